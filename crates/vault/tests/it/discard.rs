//! Discarding left-overs.

use domain::{Epoch, SealedName};
use store::Deletion;
use vault::{Discard, DiscardReason, Discarded, Vault};

use crate::{World, content, record, replace};

fn warrant(name: &SealedName, epochs: &[u32]) -> Discard {
    let epochs = epochs.iter().map(|epoch| Epoch(*epoch));
    Discard::new(name.clone(), epochs, DiscardReason::InterruptedBatch)
}

#[tokio::test]
async fn everything_of_that_name_goes_and_nothing_else() {
    for world in World::both() {
        let name = SealedName::bag(record(1), 1);
        let others = [
            SealedName::bag(record(1), 2),
            SealedName::bag(record(1), 11),
            SealedName::derived(record(1), 1),
            SealedName::bag(record(2), 1),
        ];
        for other in &others {
            world.vault.seal(other, content(10, 1)).await.unwrap();
        }
        let kept = world.all().await;
        world.vault.seal(&name, content(10, 1)).await.unwrap();
        replace(
            &world.keys,
            &name.header_path(Epoch(2)),
            &b"of another epoch"[..],
        )
        .await;

        // The vault's own epoch is 0, and is not asked for.
        let gone = world.vault.discard(warrant(&name, &[2, 1])).await.unwrap();
        let expected = Discarded {
            name: name.clone(),
            reason: DiscardReason::InterruptedBatch,
            headers: vec![Epoch(0), Epoch(2)],
            payload: Deletion::Deleted,
            partial_uploads: 0,
        };
        assert_eq!(gone, expected);
        assert_eq!(world.all().await, kept);

        let again = world.vault.discard(warrant(&name, &[])).await.unwrap();
        let nothing = Discarded {
            headers: Vec::new(),
            payload: Deletion::WasAbsent,
            ..expected
        };
        assert_eq!(again, nothing);
        world.vault.seal(&name, content(10, 2)).await.unwrap();
    }
}

#[tokio::test]
async fn what_an_interrupted_process_leaves_goes_too() {
    let world = World::local();
    let folder = world.folder.as_ref().unwrap().path();
    let name = SealedName::bag(record(1), 1);
    world.vault.seal(&name, content(10, 1)).await.unwrap();
    for path in [name.header_path(Epoch(0)), name.payload_path()] {
        let file = folder.join(&path);
        std::fs::copy(&file, folder.join(format!("{path}#1"))).unwrap();
    }
    // The crash came before the payload appeared.
    std::fs::remove_file(folder.join(name.payload_path())).unwrap();
    let gone = world.vault.discard(warrant(&name, &[0])).await.unwrap();
    assert_eq!(gone.headers, [Epoch(0)]);
    assert_eq!(
        (gone.payload, gone.partial_uploads),
        (Deletion::WasAbsent, 2)
    );
    assert_eq!(world.all().await, Vec::<String>::new());
}

/// A sealing that is dropped halfway is what a crash is.
#[tokio::test]
async fn a_sealing_that_was_dropped_is_a_left_over() {
    let world = World::memory();
    let name = SealedName::bag(record(1), 1);
    let (started, wait) = tokio::sync::oneshot::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let sealing = world.vault.seal_stream(&name, move |out| {
        out.write_all(&content(20 << 20, 1))?;
        started.send(()).unwrap();
        let _ = released.recv();
        out.write_all(&content(20 << 20, 1))
    });
    tokio::select! {
        _ = sealing => panic!("it was sealed"),
        _ = wait => {}
    }
    drop(release);
    assert!(!world.all().await.is_empty());
    let gone = world.vault.discard(warrant(&name, &[])).await.unwrap();
    assert_eq!(
        (gone.headers, gone.payload),
        (vec![Epoch(0)], Deletion::WasAbsent)
    );
    assert_eq!(world.all().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_left_over_of_an_older_epoch_is_found_by_a_newer_vault() {
    let world = World::memory();
    let name = SealedName::derived(record(1), 1);
    world.vault.seal(&name, content(10, 1)).await.unwrap();
    let (keys, blobs) = (world.keys.clone(), world.blobs.clone());
    let newer = Vault::new(keys, blobs, Epoch(1), &world.holders.recipients()).unwrap();
    let gone = newer.discard(warrant(&name, &[0])).await.unwrap();
    assert_eq!(gone.headers, [Epoch(0)]);
    assert_eq!(world.all().await, Vec::<String>::new());
}
