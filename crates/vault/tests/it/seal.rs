//! Sealing, and what a sealing that fails leaves.

use std::io;

use domain::{Digest, Epoch, SealedName};
use store::Store;
use vault::{Holder, Recipients, Remains, SealStreamError, Vault, VaultError};

use crate::{Holders, LIMIT_BYTES, World, content, names, read, record, replace};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

#[tokio::test]
async fn what_was_sealed_opens() {
    for world in World::both() {
        let sizes = [
            0,
            1,
            64 * KIB - 1,
            64 * KIB,
            64 * KIB + 1,
            128 * KIB,
            512 * KIB,
            // To both sides of what is written with one call.
            8 * MIB - 2064,
            8 * MIB - 2063,
            9 * MIB,
            17 * MIB + 3,
        ];
        for (generation, size_bytes) in (1..).zip(sizes) {
            let name = SealedName::bag(record(7), generation);
            let sealed = content(size_bytes, generation.into());
            let object = world.vault.seal(&name, sealed.clone()).await.unwrap();

            assert_eq!((&object.name, object.epoch), (&name, Epoch(0)));
            let header = read(&world.keys, &name.header_path(Epoch(0))).await;
            let payload = read(&world.blobs, &name.payload_path()).await;
            assert_eq!(object.header_sha256, Digest::of(&header));
            assert_eq!(object.payload_sha256, Digest::of(&payload));
            assert_eq!(object.payload_size_bytes, payload.len() as u64);
            assert!(header.starts_with(b"age-encryption.org/v1\n") && header.ends_with(b"\n"));
            let last = header.split(|byte| *byte == b'\n').rev().nth(1).unwrap();
            assert!(last.starts_with(b"--- "));

            let opened = world.open(&object, &world.holders.archive).await;
            assert!(opened == sealed, "{size_bytes}");
            let opening = world
                .vault
                .open_stream(&object, &world.holders.recovery, Vec::new());
            let (opened_bytes, opened) = opening.await.unwrap();
            assert!(
                opened_bytes == size_bytes as u64 && opened == sealed,
                "{size_bytes}"
            );
        }
        assert_eq!(
            world.all().await.len(),
            2 * sizes.len(),
            "nothing lies beside them"
        );
    }
}

#[tokio::test]
async fn the_kind_of_object_says_who_can_open_it() {
    let world = World::memory();
    let Holders {
        archive,
        recovery,
        search,
        intake,
    } = &world.holders;
    for name in names() {
        let object = world.vault.seal(&name, &b"for whom?"[..]).await.unwrap();
        let mut openers = String::new();
        for (initial, identity) in [
            ('a', archive),
            ('r', recovery),
            ('s', search),
            ('i', intake),
        ] {
            match world.vault.open(&object, identity, LIMIT_BYTES).await {
                Ok(opened) => {
                    assert_eq!(opened, &b"for whom?"[..]);
                    openers.push(initial);
                }
                Err(VaultError::WrongIdentity { name: wrong }) => assert_eq!(wrong, name),
                Err(other) => panic!("{other}"),
            }
        }
        let expected = match name.kind() {
            domain::SealedKind::Bag => "ar",
            domain::SealedKind::Derived | domain::SealedKind::Card | domain::SealedKind::Detail => {
                "ars"
            }
            domain::SealedKind::Inbox => "i",
        };
        assert_eq!(openers, expected, "{name}");
    }
}

#[test]
fn recipients_are_complete_and_each_stands_once() {
    let good = Holders::generate().recipients();
    let refused = |change: &dyn Fn(&mut Recipients)| {
        let mut recipients = good.clone();
        change(&mut recipients);
        Vault::new(Store::memory(), Store::memory(), Epoch(0), &recipients)
            .err()
            .unwrap()
    };
    for (holder, change) in [
        (
            Holder::Archive,
            &(|r: &mut Recipients| r.archive.clear()) as &dyn Fn(&mut Recipients),
        ),
        (Holder::Recovery, &|r| r.recovery.clear()),
        (Holder::Search, &|r| r.search.clear()),
    ] {
        let error = refused(change);
        assert!(matches!(error, VaultError::RecipientsMissing { holder: h } if h == holder));
    }
    let secret = "AGE-SECRET-KEY-1XYZ";
    let error = refused(&|r| r.intake = secret.to_owned());
    assert!(matches!(
        error,
        VaultError::RecipientUnreadable {
            holder: Holder::Intake
        }
    ));
    assert!(!format!("{error} {error:?}").contains(secret));
    let error = refused(&|r| r.search.push(r.archive[0].to_uppercase()));
    assert!(
        matches!(&error, VaultError::RecipientRepeated { holder: Holder::Search, recipient }
            if *recipient == good.archive[0])
    );
}

#[tokio::test]
async fn a_name_is_sealed_once() {
    for world in World::both() {
        let name = SealedName::bag(record(1), 1);
        let first = world.vault.seal(&name, &b"first"[..]).await.unwrap();
        for size_bytes in [6, 9 * MIB] {
            let again = world
                .vault
                .seal(&name, content(size_bytes, 1))
                .await
                .unwrap_err();
            let VaultError::NameTaken {
                path,
                remains: Remains::Nothing,
                ..
            } = again
            else {
                panic!("{again}")
            };
            assert_eq!(path, name.header_path(Epoch(0)));
        }
        let untouched =
            |_: &mut dyn io::Write| -> io::Result<()> { panic!("it must not be called") };
        let again = world.vault.seal_stream(&name, untouched).await;
        assert!(matches!(
            again,
            Err(SealStreamError::Vault(VaultError::NameTaken { .. }))
        ));
        assert_eq!(
            world.open(&first, &world.holders.archive).await,
            &b"first"[..]
        );
        assert_eq!(world.all().await.len(), 2);
    }
}

#[tokio::test]
async fn of_many_who_seal_one_name_one_wins() {
    for world in World::both() {
        let name = SealedName::inbox(domain::BatchId::from_bits(5), 1);
        let racers = (0..24u64).map(|seed| world.vault.seal(&name, content(100_000, seed)));
        let outcomes = futures::future::join_all(racers).await;
        let mut won = (0u64..)
            .zip(outcomes)
            .filter_map(|(seed, outcome)| match outcome {
                Ok(object) => Some((seed, object)),
                Err(VaultError::NameTaken { .. }) => None,
                Err(other) => panic!("{other}"),
            });
        let (seed, object) = won.next().unwrap();
        assert!(won.next().is_none());
        assert_eq!(
            world.open(&object, &world.holders.intake).await,
            content(100_000, seed)
        );
        assert_eq!(world.all().await.len(), 2);
    }
}

#[tokio::test]
async fn a_payload_that_is_there_already_is_left_alone() {
    for world in World::both() {
        for size_bytes in [3, 9 * MIB] {
            let name = SealedName::bag(record(1), 1);
            replace(&world.blobs, &name.payload_path(), &b"an older one"[..]).await;
            let error = world
                .vault
                .seal(&name, content(size_bytes, 1))
                .await
                .unwrap_err();
            let VaultError::NameTaken {
                path,
                remains: Remains::Nothing,
                ..
            } = error
            else {
                panic!("{error}")
            };
            assert_eq!(path, name.payload_path());
            assert_eq!(read(&world.blobs, &path).await, b"an older one");
            assert_eq!(world.all().await.len(), 1, "its header is gone again");
        }
    }
}

#[tokio::test]
async fn a_writer_that_fails_leaves_nothing() {
    for world in World::both() {
        let name = SealedName::derived(record(1), 1);
        for written_bytes in [0, 100, MIB, 20 * MIB] {
            let sealing = world
                .vault
                .seal_stream(&name, move |out| -> io::Result<()> {
                    out.write_all(&content(written_bytes, 1))?;
                    Err(io::Error::other("the page was taken away"))
                });
            let Err(SealStreamError::Writer {
                source, remains, ..
            }) = sealing.await
            else {
                panic!("it was sealed")
            };
            assert_eq!(source.to_string(), "the page was taken away");
            assert!(matches!(remains, Remains::Nothing));
            assert_eq!(world.all().await, Vec::<String>::new());
        }
        // The name is free again.
        let sealing = world.vault.seal_stream(&name, |out| -> io::Result<u8> {
            out.write_all(b"one ")?;
            out.flush()?;
            out.write_all(b"two")?;
            Ok(42)
        });
        let (object, answer) = sealing.await.unwrap();
        assert_eq!(answer, 42);
        assert_eq!(
            world.open(&object, &world.holders.search).await,
            &b"one two"[..]
        );
    }
}

#[tokio::test]
async fn a_writer_that_panics_leaves_nothing() {
    let world = World::local();
    let name = SealedName::derived(record(1), 1);
    let sealing = world.vault.seal_stream(&name, |out| -> io::Result<()> {
        out.write_all(&content(20 * MIB, 1))?;
        panic!("on purpose, in a test")
    });
    let Err(SealStreamError::Vault(VaultError::BrokenOff { remains, .. })) = sealing.await else {
        panic!("it was sealed")
    };
    assert!(matches!(remains, Remains::Nothing));
    assert_eq!(world.all().await, Vec::<String>::new());
}

/// Every large sealing holds a blocking thread that waits for the store, which needs one itself.
#[test]
fn many_sealings_get_by_with_few_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(20)
        .enable_all()
        .build()
        .unwrap();
    let world = World::local();
    let sealings = (1..=24).map(|generation| {
        let name = SealedName::bag(record(1), generation);
        let vault = world.vault.clone();
        async move {
            vault
                .seal(&name, content(12 * MIB, generation.into()))
                .await
                .unwrap()
        }
    });
    let all = futures::future::join_all(sealings);
    let limit = std::time::Duration::from_mins(2);
    let sealed = runtime.block_on(async { tokio::time::timeout(limit, all).await });
    assert_eq!(sealed.expect("they wait for each other").len(), 24);
}
