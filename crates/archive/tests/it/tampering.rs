//! Whoever can write to the store changes it: the checker names every change, and nothing that
//! was changed is ever handed out.

use archive::{Archive, Wanted};
use bytes::Bytes;
use check::Severity;
use domain::Digest;
use entries::Rendition;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use store::Store;

use crate::rules::{NOTICE, notice_in_force};
use crate::world::{Objects, Run, Told, World, actor, held, memory, take_in, via};

/// An archive with a few records, as it lies in the store.
async fn archive() -> (World, Objects) {
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    take_in(&archive, &world.scans, &mut Told::new())
        .await
        .unwrap();
    notice_in_force(&archive).await;
    archive.end().await;
    let objects = objects(&run.store()).await;
    (world, objects)
}

async fn objects(store: &Store) -> Objects {
    let mut objects = Objects::new();
    for listed in store.list("").await.unwrap() {
        let bytes = store.read(&listed.path, 1 << 30).await.unwrap().unwrap();
        objects.insert(listed.path, bytes);
    }
    objects
}

async fn put(run: &Run, path: &str, bytes: Option<Bytes>) {
    let path = Path::parse(path).unwrap();
    match bytes {
        Some(bytes) => drop(run.faulty.put(&path, bytes.into()).await.unwrap()),
        None => run.faulty.delete(&path).await.unwrap(),
    }
}

/// The object with one byte changed.
fn flipped(bytes: &Bytes, at: usize) -> Bytes {
    let changed = |(n, byte): (usize, &u8)| if n == at { byte ^ 1 } else { *byte };
    bytes.iter().enumerate().map(changed).collect()
}

/// Everything else that can be done to an object: cut, extended, emptied, removed, or
/// exchanged for another of its kind.
fn changes<'a>(
    objects: &'a Objects,
    path: &'a str,
) -> impl Iterator<Item = (String, Option<Bytes>)> + 'a {
    let bytes = objects.get(path).unwrap();
    let cut = [0, 1, bytes.len() / 2, bytes.len() - 1];
    let cut = cut.into_iter().map(move |length| {
        let cut = bytes.slice(..length.min(bytes.len()));
        (format!("cut to {length}"), Some(cut))
    });
    let extended = [b"\n".as_slice(), b"\0", b"more of it"]
        .into_iter()
        .map(move |more| {
            let longer = [bytes.as_ref(), more].concat().into();
            (format!("followed by {more:?}"), Some(longer))
        });
    let folder = path.split('/').next().unwrap_or_default();
    let exchanged = objects
        .iter()
        .filter(move |(other, _)| other.starts_with(folder) && *other != path)
        .map(|(other, bytes)| (format!("replaced by {other}"), Some(bytes.clone())));
    let removed = std::iter::once(("removed".to_owned(), None));
    cut.chain(extended).chain(exchanged).chain(removed)
}

async fn is_found(run: &Run, what: &str) {
    let store = run.store();
    let options = check::Options::default();
    match check::check(&store, &store, &options, |_| {}).await {
        // A crash may leave no published checkpoint, so that it is missing is a warning.
        Ok(report) if what == "log/checkpoint removed" => {
            let codes: Vec<&str> = report
                .findings
                .iter()
                .map(|one| one.code.as_str())
                .collect();
            assert_eq!(codes, ["checkpoint-missing"]);
        }
        Ok(report) => assert_eq!(report.worst(), Some(Severity::Harm), "{what}: not found"),
        // Without fonds.json and commits it is no archive, which is an answer too.
        Err(error) => assert!(what.contains("removed"), "{what}: {error}"),
    }
}

/// What somebody gets who asks for the first record: the original, or an error.
async fn handed_out(archive: &Archive, run: &Run, world: &World) -> Option<Vec<u8>> {
    let out = run.host.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let wanted = Wanted {
        rendition: Rendition::Original,
        out: out.clone(),
    };
    let opened = archive
        .open_record(world.first, wanted, &actor(), &via())
        .await;
    let got = if let Ok(files) = opened {
        Some(std::fs::read(&files.first().unwrap().path).unwrap())
    } else {
        let left = std::fs::read_dir(&out).unwrap().count();
        assert_eq!(left, 0, "something was left where the record should go");
        None
    };
    std::fs::remove_dir_all(&out).unwrap();
    got
}

/// Changes one object in one way, and looks.
async fn changed(world: &World, objects: &Objects, path: &str, to: Option<Bytes>, what: &str) {
    let what = format!("{path} {what}");
    let run = Run::over(world.host(), memory(objects).await);
    put(&run, path, to).await;
    is_found(&run, &what).await;
    // A new host, which has no catalog to compare with, believes nothing that was changed.
    if let Ok((archive, _)) = run.open().await {
        let there = held(&archive);
        let record = there.iter().find(|(_, record)| *record == world.first);
        if record.is_some() {
            let got = handed_out(&archive, &run, world).await;
            assert!(
                got.is_none() || got.as_ref() == Some(&world.original),
                "{what}: something else was handed out"
            );
        }
        let text = Digest::of(NOTICE.as_bytes());
        let text = archive.rule_text(text).await;
        assert!(
            text.is_err() || text.is_ok_and(|text| text == NOTICE),
            "{what}: another rule was handed out"
        );
        archive.end().await;
    }
}

async fn every(step: usize) -> usize {
    let (world, objects) = archive().await;
    let mut tried = 0;
    let mut turn = 0;
    let mut is_next = || {
        turn += 1;
        turn % step == 0
    };
    for (path, bytes) in &objects {
        for at in 0..bytes.len() {
            if is_next() {
                let to = Some(flipped(bytes, at));
                changed(&world, &objects, path, to, &format!("byte {at}")).await;
                tried += 1;
            }
        }
        for (what, to) in changes(&objects, path) {
            // Two objects may hold the same bytes: that is no change.
            if to.as_ref() != Some(bytes) && is_next() {
                changed(&world, &objects, path, to, &what).await;
                tried += 1;
            }
        }
    }
    tried
}

#[tokio::test(start_paused = true)]
async fn some_changes_are_found_and_nothing_changed_is_handed_out() {
    every(397).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "minutes: tests/campaign tampering"]
async fn every_change_is_found_and_nothing_changed_is_handed_out() {
    let tried = every(1).await;
    println!("{tried} changes, all found, nothing changed handed out");
}
