//! The folder: one user at a time, the same after opening again, moved aside when told.

use catalog::conformance::conforms;
use catalog::kv::{Batch, Kv, MemoryKv, SledKv};
use catalog::{Catalog, CatalogError, Settings};

use crate::model::{Model, assert_same};
use crate::steps::entry;

#[test]
fn both_engines_conform() {
    conforms(&MemoryKv::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kv = SledKv::open(folder.path(), 1 << 20, 1_000).unwrap();
    conforms(&kv).unwrap();
}

fn shared_between_threads<T: Send + Sync>(_: &T) {}

#[test]
fn a_second_handle_is_told_that_the_catalog_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog");
    let first = Catalog::open(&path, &Settings::default()).unwrap();
    shared_between_threads(&first);
    let second = Catalog::open(&path, &Settings::default());
    assert!(matches!(second, Err(CatalogError::InUse { folder }) if folder == path));
    let moved = Catalog::move_aside(&path, "x");
    assert!(matches!(moved, Err(CatalogError::InUse { .. })));
    drop(first);
    Catalog::open(&path, &Settings::default()).unwrap();
}

#[test]
fn opened_again_it_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    for round in 0..3 {
        let catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
        assert_same(&catalog, &model, &[catalog::Query::default()]);
        for n in 0..40 {
            let text = format!("{round}-{n}");
            catalog
                .advance(model.next(round * 10, vec![entry(&text)]))
                .unwrap();
        }
        catalog.sync().unwrap();
    }
}

#[test]
fn opened_again_in_place_it_says_what_was_flushed_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
    for n in 0..40 {
        let advance = model.next(1, vec![entry(&n.to_string())]);
        catalog.advance(advance).unwrap();
        catalog.sync().unwrap();
        catalog.reopen().unwrap();
        assert!(catalog.is_stopped());
        catalog.caught_up();
        assert!(!catalog.is_stopped());
        assert_same(&catalog, &model, &[catalog::Query::default()]);
    }
    let second = Catalog::open(folder.path(), &Settings::default());
    assert!(matches!(second, Err(CatalogError::InUse { .. })));
}

/// What is behind says nothing: whoever asks would take what it lacks for what there is not.
#[test]
fn opened_again_in_place_it_answers_only_its_follower_until_it_has_caught_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
    catalog.advance(model.next(1, vec![entry("a")])).unwrap();
    catalog.sync().unwrap();
    catalog.reopen().unwrap();
    for refused in [
        catalog.head().err(),
        catalog.entry(0).err(),
        catalog.by_request("request-a").err(),
        catalog.tile(0, 0).err(),
        catalog.fact(b"a").err(),
        catalog.facts_with_prefix(b"").err(),
        catalog.query(&catalog::Query::default()).err(),
    ] {
        let refused = refused.unwrap();
        assert!(matches!(refused, CatalogError::Stopped { .. }), "{refused}");
    }
    let follower = catalog.follower();
    assert_eq!(follower.head().unwrap().unwrap().commit, 0);
    assert!(follower.entry(0).unwrap().is_some());
    catalog.advance(model.next(2, vec![entry("b")])).unwrap();
    catalog.caught_up();
    assert_same(&catalog, &model, &[catalog::Query::default()]);
}

#[test]
fn unreadable_when_opened_again_it_is_moved_aside_and_begins_anew_once() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
    let first = Model::default().next(1, vec![entry("a")]);
    catalog.advance(first).unwrap();
    catalog.sync().unwrap();
    // The configuration of another engine.
    let damage = || std::fs::write(folder.path().join("db/conf"), "no configuration").unwrap();
    damage();
    catalog.reopen().unwrap();
    assert_eq!(catalog.follower().head().unwrap(), None);
    assert!(folder.path().join("db.bad-unreadable").is_dir());
    damage();
    let error = catalog.reopen().unwrap_err();
    assert!(matches!(error, CatalogError::Unreadable { .. }), "{error}");
    assert!(!folder.path().join("db.bad-unreadable-2").exists());
}

#[test]
fn moved_aside_it_is_kept_and_a_new_one_begins() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    for expected in ["db.bad-2026-11-23", "db.bad-2026-11-23-2"] {
        let catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
        assert_eq!(catalog.head().unwrap(), None);
        let first = Model::default().next(1, vec![entry("a")]);
        catalog.advance(first).unwrap();
        drop(catalog);
        let kept = Catalog::move_aside(folder.path(), "2026-11-23").unwrap();
        assert_eq!(kept, folder.path().join(expected));
        assert!(kept.join("db").exists());
    }
    for wrong in ["", "../x", "a/b", "a b"] {
        let error = Catalog::move_aside(folder.path(), wrong).unwrap_err();
        assert!(matches!(error, CatalogError::UnfitSuffix { .. }));
    }
    let catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
    catalog.advance(model.next(1, vec![entry("b")])).unwrap();
}

#[test]
fn another_format_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
    let first = Model::default().next(1, vec![entry("a")]);
    catalog.advance(first).unwrap();
    drop(catalog);
    let write = |key: Vec<u8>, value: Option<&str>| {
        let kv = SledKv::open(&folder.path().join("db"), 1 << 20, 1_000).unwrap();
        let mut batch = Batch::default();
        match value {
            Some(value) => batch.put(key, value.as_bytes().to_vec()),
            None => batch.remove(key),
        }
        kv.apply(batch).unwrap();
    };
    let head_of = |format: &str| {
        write(vec![0], Some(format));
        match Catalog::open(folder.path(), &Settings::default()) {
            Err(CatalogError::OtherFormat { found, head }) if found == format => head,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(head_of("vouchsafe catalog 9"), None);
    for before in catalog::layout::FORMATS_BEFORE {
        let known = head_of(before).unwrap();
        assert_eq!((known.commit, known.size), (0, 1));
    }
    write(vec![0], None);
    write(vec![9], Some("something"));
    let error = Catalog::open(folder.path(), &Settings::default()).unwrap_err();
    assert!(matches!(error, CatalogError::Unreadable { .. }));
}

#[test]
fn an_intent_is_there_until_it_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Catalog::open(folder.path(), &Settings::default()).unwrap();
    for name in ["b", "a"] {
        open().put_intent(name).unwrap();
    }
    assert_eq!(open().intents().unwrap(), ["a", "b"]);
    assert!(open().facts_with_prefix(b"").unwrap().is_empty());
    open().clear_intent("a").unwrap();
    assert_eq!(open().intents().unwrap(), ["b"]);
}
