//! Whatever happens to the files: an error, or an older state that is right in itself.

use std::fs;
use std::path::{Path, PathBuf};

use catalog::{Catalog, CatalogError, Dimension, IndexedEntry, Query, Settings, Term};

use crate::model::{Model, all_pages};
use crate::steps::entry;

const COMMITS: u64 = 300;
/// In how many places of each file something happens.
const PLACES: usize = 3;

fn entries(commit: u64) -> Vec<IndexedEntry> {
    let texts = (0..40).map(|n| format!("{commit}-{n} {}", "text ".repeat(30)));
    let mut entries: Vec<_> = texts.map(|text| entry(&text)).collect();
    for (n, entry) in (commit * 40..).zip(&mut entries) {
        let client = format!("client-{}", n % 100);
        entry.terms.push(Term::new(Dimension::Client, client));
    }
    entries
}

/// A database with several segments, full runs and an open one.
fn filled(folder: &Path) {
    let catalog = Catalog::open(folder, &Settings::default()).unwrap();
    let mut model = Model::default();
    for commit in 0..COMMITS {
        let advance = model.next(i64::try_from(commit).unwrap(), entries(commit));
        catalog.advance(advance).unwrap();
    }
    catalog.sync().unwrap();
    drop(catalog);
    // Opening makes sled write a snapshot, whose damage is another kind.
    drop(Catalog::open(folder, &Settings::default()).unwrap());
}

fn model_after(commits: u64) -> Model {
    let mut model = Model::default();
    for commit in 0..commits {
        model.next(i64::try_from(commit).unwrap(), entries(commit));
    }
    model
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn noise(n: usize) -> u8 {
    n.wrapping_mul(2_654_435_761).to_le_bytes()[3]
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Opens and asks everything. An answer that isn't an error must be right for the head.
fn ask(folder: &Path) -> Result<u64, CatalogError> {
    let catalog = Catalog::open(folder, &Settings::default())?;
    let commits = catalog.head()?.map_or(0, |head| head.commit + 1);
    let mut model = model_after(commits);
    for n in (0..100).step_by(9) {
        let query = Query {
            all: vec![Term::new(Dimension::Client, format!("client-{n}"))],
            limit: 10_000,
            ..Query::default()
        };
        catalog.query(&query)?;
        let rows = all_pages(&catalog, &query);
        assert_eq!(rows, model.query(&query, u64::MAX).rows);
    }
    for (index, (_, entry)) in (0u64..).zip(&model.entries).step_by(11) {
        assert_eq!(catalog.entry(index)?.as_ref(), Some(&entry.line));
    }
    for (index, (_, entry)) in (0u64..).zip(&model.entries).step_by(397) {
        assert_eq!(catalog.by_request(&entry.id)?, Some(index));
    }
    let facts: Vec<_> = model.facts.clone().into_iter().collect();
    assert_eq!(catalog.facts_with_prefix(b"")?, facts);
    catalog.advance(model.next(1_000, vec![entry("next")]))?;
    Ok(commits)
}

#[test]
fn damaged_files_are_told_or_harmless_and_never_a_panic() {
    let original = tempfile::tempdir().unwrap();
    filled(original.path());
    let mut told = 0;
    let mut older = 0;
    for file in files(&original.path().join("db")) {
        let name = file.strip_prefix(original.path()).unwrap();
        let bytes = fs::read(&file).unwrap();
        let mut broken: Vec<(String, Option<Vec<u8>>)> = vec![("gone".into(), None)];
        for place in 0..PLACES {
            let at = bytes.len() * place / PLACES;
            broken.push((format!("cut at {at}"), Some(bytes[..at].to_vec())));
            for length in [1, 200, 70_000] {
                let mut noisy = bytes.clone();
                for (n, byte) in noisy[at..].iter_mut().take(length).enumerate() {
                    *byte ^= noise(n) | 1;
                }
                broken.push((format!("{length} of noise at {at}"), Some(noisy)));
            }
        }
        broken.push((
            "all noise".into(),
            Some((0..bytes.len()).map(noise).collect()),
        ));
        for (what, bytes) in broken {
            let folder = tempfile::tempdir().unwrap();
            copy(original.path(), folder.path());
            let target = folder.path().join(name);
            match bytes {
                None => fs::remove_file(&target).unwrap(),
                Some(bytes) => fs::write(&target, bytes).unwrap(),
            }
            match ask(folder.path()) {
                Ok(commits) => older += u64::from(commits < COMMITS),
                Err(CatalogError::Unreadable { .. } | CatalogError::Stopped { .. }) => told += 1,
                Err(other) => panic!("{} {what}: {other:?}", name.display()),
            }
            // Whatever it was, it can be moved aside, and a new one begins.
            Catalog::move_aside(folder.path(), "test").unwrap();
            let fresh = Catalog::open(folder.path(), &Settings::default()).unwrap();
            assert_eq!(fresh.head().unwrap(), None);
        }
    }
    assert!(told > 0, "no damage was told ({older} were older)");
}

/// What a kill leaves: the files as they are while commits go in.
#[test]
fn a_copy_taken_at_any_moment_is_an_older_state() {
    let original = tempfile::tempdir().unwrap();
    let settings = Settings {
        flush_every_ms: 20,
        ..Settings::default()
    };
    let catalog = Catalog::open(original.path(), &settings).unwrap();
    let mut model = Model::default();
    for commit in 0..COMMITS {
        let advance = model.next(i64::try_from(commit).unwrap(), entries(commit));
        catalog.advance(advance).unwrap();
        if commit % 40 == 7 {
            let left = tempfile::tempdir().unwrap();
            copy(original.path(), left.path());
            match ask(left.path()) {
                Ok(commits) => assert!(commits <= commit + 1),
                // Copying is not one moment: sled may free a segment meanwhile.
                Err(CatalogError::Unreadable { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}
