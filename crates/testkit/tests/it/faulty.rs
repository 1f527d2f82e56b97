//! The faulty store: whole without breakages, and broken just as told.

use std::error::Error as _;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode, integration};
use testkit::faulty::{Breakage, Fault, FaultyStore, Injected, Operation, WRITES};

fn store() -> (FaultyStore, Arc<InMemory>) {
    let inner = Arc::new(InMemory::new());
    (FaultyStore::new(inner.clone()), inner)
}

async fn held(store: &dyn ObjectStore, path: &str) -> Option<String> {
    let bytes = store
        .get(&Path::from(path))
        .await
        .ok()?
        .bytes()
        .await
        .ok()?;
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

/// The suite that `object_store` has for its own stores.
#[tokio::test]
async fn without_breakages_it_is_a_whole_store() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    // The one in memory can update on a condition, the one on disk cannot.
    for (store, updates) in [
        (store().0, true),
        (FaultyStore::new(Arc::new(local)), false),
    ] {
        integration::put_get_delete_list(&store).await;
        integration::get_opts(&store).await;
        integration::put_opts(&store, updates).await;
        integration::list_uses_directories_correctly(&store).await;
        integration::list_with_delimiter(&store).await;
        integration::rename_and_copy(&store).await;
        integration::copy_if_not_exists(&store).await;
        integration::copy_rename_nonexistent_object(&store).await;
        integration::stream_get(&store).await;
        integration::list_with_offset_exclusivity(&store).await;
        assert_eq!(store.failed(), 0);
        assert!(store.calls(Operation::Put) > 0);
    }
    // What this one must also do: bodies go through the wrapper's own stream.
    let (store, _) = self::store();
    store.add(Breakage::of(Operation::Body).on_call(u64::MAX));
    integration::put_get_delete_list(&store).await;
    integration::get_opts(&store).await;
    assert!(store.calls(Operation::Body) > 0);
}

#[tokio::test]
async fn the_nth_put_fails_once_before_or_after_it_took_effect() {
    for (breakage, arrives) in [
        (Breakage::of(Operation::Put).on_call(2), false),
        (Breakage::of(Operation::Put).on_call(2).after_effect(), true),
    ] {
        let (store, inner) = store();
        store.add(breakage);
        store.put(&Path::from("a"), "1".into()).await.unwrap();
        let error = store.put(&Path::from("b"), "2".into()).await.unwrap_err();
        assert!(matches!(error, Error::Generic { .. }));
        assert_eq!(held(&*inner, "b").await.is_some(), arrives);
        store.put(&Path::from("c"), "3".into()).await.unwrap();
        assert_eq!(store.calls(Operation::Put), 3);
        assert_eq!(store.failed(), 1);
    }
}

#[tokio::test]
async fn for_good_lasts_until_healed_and_counts_only_what_is_under_the_prefix() {
    let (store, inner) = store();
    store.add(
        Breakage::of(Operation::Put)
            .under("ledger/commits")
            .on_call(2)
            .for_good(),
    );
    for (path, works) in [
        ("ledger/commits/1", true),
        ("ledger/commits-not/1", true),
        ("blobs/1", true),
        ("ledger/commits/2", false),
        ("ledger/commits/3", false),
        ("blobs/2", true),
    ] {
        let done = store.put(&Path::from(path), "x".into()).await;
        assert_eq!(done.is_ok(), works, "{path}");
        assert_eq!(held(&*inner, path).await.is_some(), works, "{path}");
    }
    store.heal();
    store
        .put(&Path::from("ledger/commits/2"), "x".into())
        .await
        .unwrap();
}

#[tokio::test]
async fn each_fault_is_the_error_that_it_says() {
    let kind = |error: &Error| match error {
        Error::NotFound { .. } => "not found",
        Error::AlreadyExists { .. } => "exists",
        Error::Precondition { .. } => "precondition",
        Error::PermissionDenied { .. } => "denied",
        Error::Generic { source, .. } => match source.downcast_ref::<std::io::Error>() {
            Some(io) if io.kind() == std::io::ErrorKind::TimedOut => "time-out",
            Some(io) if io.kind() == std::io::ErrorKind::StorageFull => "full",
            Some(_) => "other",
            None => "generic",
        },
        _ => "other",
    };
    for (fault, expected) in [
        (Fault::TimedOut, "time-out"),
        (Fault::Unavailable, "generic"),
        (Fault::DiskFull, "full"),
        (Fault::NotFound, "not found"),
        (Fault::AlreadyExists, "exists"),
        (Fault::Precondition, "precondition"),
        (Fault::PermissionDenied, "denied"),
    ] {
        let (store, _) = store();
        store.add(Breakage::of(Operation::Head).with(fault));
        let error = store.head(&Path::from("a/b")).await.unwrap_err();
        assert_eq!(kind(&error), expected);
        assert!(error.to_string().contains("injected fault"), "{error}");
        assert!(error.to_string().contains("a/b"), "{error}");
        let direct = error.source().unwrap().downcast_ref::<Injected>();
        assert!(direct.is_none_or(|injected| injected.fault == fault));
    }
}

#[tokio::test]
async fn create_only_puts_keep_their_meaning_after_a_lost_answer() {
    let (store, _) = store();
    store.add(Breakage::of(Operation::Put).after_effect());
    let path = Path::from("slot");
    let mode = || PutMode::Create.into();
    store
        .put_opts(&path, "mine".into(), mode())
        .await
        .unwrap_err();
    let again = store.put_opts(&path, "mine".into(), mode()).await;
    assert!(matches!(again, Err(Error::AlreadyExists { .. })));
    assert_eq!(held(&store, "slot").await.as_deref(), Some("mine"));
}

#[tokio::test]
async fn deletes_fail_one_by_one() {
    let (store, inner) = store();
    for path in ["a", "b", "c", "d"] {
        inner.put(&Path::from(path), "x".into()).await.unwrap();
    }
    store.add(Breakage::of(Operation::Delete).on_call(2));
    store.add(Breakage::of(Operation::Delete).on_call(3).after_effect());
    let paths = ["a", "b", "c", "d"].map(|path| Ok(Path::from(path)));
    let stream = futures::stream::iter(paths).boxed();
    let outcomes: Vec<bool> = store
        .delete_stream(stream)
        .map(|done| done.is_ok())
        .collect()
        .await;
    assert_eq!(outcomes, [true, false, false, true]);
    assert_eq!(held(&*inner, "b").await.as_deref(), Some("x"));
    assert_eq!(held(&*inner, "c").await, None);
    assert_eq!(store.calls(Operation::Delete), 4);
}

#[tokio::test]
async fn lists_break_in_front_or_behind() {
    let (store, inner) = store();
    inner.put(&Path::from("a/1"), "x".into()).await.unwrap();
    let prefix = Path::from("a");
    store.add(Breakage::of(Operation::List));
    store.add(Breakage::of(Operation::List).on_call(2).after_effect());
    store.add(Breakage::of(Operation::List).on_call(3));
    let mut before = store.list(Some(&prefix));
    assert!(before.next().await.unwrap().is_err());
    assert!(before.next().await.is_none());
    let mut after = store.list(Some(&prefix));
    assert!(after.next().await.unwrap().is_ok());
    assert!(after.next().await.unwrap().is_err());
    assert!(store.list_with_delimiter(Some(&prefix)).await.is_err());
    let whole: Vec<_> = store.list(Some(&prefix)).try_collect().await.unwrap();
    assert_eq!(whole.len(), 1);
}

#[tokio::test]
async fn a_body_breaks_off() {
    let (store, inner) = store();
    inner.put(&Path::from("a"), "whole".into()).await.unwrap();
    store.add(Breakage::of(Operation::Body));
    let answer = store.get(&Path::from("a")).await.unwrap();
    assert!(answer.bytes().await.is_err());
    assert_eq!(held(&store, "a").await.as_deref(), Some("whole"));
}

#[tokio::test]
async fn uploads_break_at_each_step() {
    let steps = [
        Operation::StartUpload,
        Operation::PutPart,
        Operation::CompleteUpload,
    ];
    for step in steps {
        for after in [false, true] {
            let (store, inner) = store();
            let breakage = Breakage::of(step);
            store.add(if after {
                breakage.after_effect()
            } else {
                breakage
            });
            let path = Path::from("large");
            let outcome = async {
                let mut upload = store.put_multipart(&path).await?;
                upload.put_part("one".into()).await?;
                upload.put_part("two".into()).await?;
                upload.complete().await
            };
            assert!(outcome.await.is_err(), "{step:?}");
            let arrived = held(&*inner, "large").await;
            let expected = (step == Operation::CompleteUpload && after).then_some("onetwo");
            assert_eq!(arrived.as_deref(), expected, "{step:?} {after}");
        }
    }
    let (store, _) = store();
    store.add(Breakage::of(Operation::AbortUpload));
    let mut upload = store.put_multipart(&Path::from("large")).await.unwrap();
    assert!(upload.abort().await.is_err());
}

/// What the module's own text promises: nothing gets through after the death of the process.
#[tokio::test]
async fn two_breakages_make_a_process_that_dies_after_its_nth_write() {
    let (store, inner) = store();
    store.add(Breakage::of_any(WRITES).on_call(2).after_effect());
    store.add(Breakage::of_any(WRITES).on_call(3).for_good());
    store.put(&Path::from("a"), "x".into()).await.unwrap();
    store.delete(&Path::from("a")).await.unwrap_err();
    store.put(&Path::from("b"), "x".into()).await.unwrap_err();
    store
        .copy(&Path::from("a"), &Path::from("c"))
        .await
        .unwrap_err();
    let left: Vec<_> = inner.list(None).try_collect().await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

/// However calls interleave, exactly one of them is the n-th.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clones_share_one_count() {
    let (store, _) = store();
    store.add(Breakage::of(Operation::Put).on_call(17));
    let puts = (0..64).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let path = Path::from(format!("{number}"));
            store.put(&path, "x".into()).await.is_err()
        })
    });
    let failed = futures::future::join_all(puts).await;
    assert_eq!(
        failed
            .into_iter()
            .filter(|failed| *failed.as_ref().unwrap())
            .count(),
        1
    );
    assert_eq!(store.calls(Operation::Put), 64);
}
