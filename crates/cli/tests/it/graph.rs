//! Who may import whom: `crates/README.md` holds the table, this test holds every manifest
//! against it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn crates_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Rows of the table: crate, and what it may import.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let readme = std::fs::read_to_string(crates_folder().join("README.md")).unwrap();
    readme
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, name, _, imports, _] = cells.as_slice() else {
                return None;
            };
            let name = name.strip_prefix('`')?.strip_suffix('`')?;
            let imports = imports.split(',').map(str::trim).filter(|i| *i != "-");
            Some((name.to_owned(), imports.map(str::to_owned).collect()))
        })
        .collect()
}

/// The names in a section of a manifest that are crates of this workspace.
fn section(manifest: &str, name: &str, ours: &BTreeSet<String>) -> BTreeSet<String> {
    let start = format!("[{name}]");
    manifest
        .lines()
        .skip_while(|line| line.trim() != start)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|dependency| ours.contains(*dependency))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_crate_imports_only_what_the_map_allows() {
    let allowed = allowed();
    let ours: BTreeSet<String> = std::fs::read_dir(crates_folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let rows: BTreeSet<String> = allowed.keys().cloned().collect();
    assert_eq!(
        rows, ours,
        "the table of crates/README.md and the folders differ"
    );
    for name in &ours {
        let path = crates_folder().join(name).join("Cargo.toml");
        let manifest = std::fs::read_to_string(&path).unwrap();
        let imports = section(&manifest, "dependencies", &ours);
        let beyond: Vec<_> = imports.difference(&allowed[name]).collect();
        assert!(
            beyond.is_empty(),
            "{name} imports {beyond:?}, which crates/README.md does not allow"
        );
        let for_tests = section(&manifest, "dev-dependencies", &ours);
        let mut tests_may = allowed[name].clone();
        tests_may.extend(["testkit", "check"].map(str::to_owned));
        let beyond: Vec<_> = for_tests.difference(&tests_may).collect();
        assert!(beyond.is_empty(), "the tests of {name} import {beyond:?}");
    }
}

#[test]
fn the_four_below_the_journal_never_see_each_other() {
    let allowed = allowed();
    let four = ["ledger", "vault", "catalog", "reading"];
    for one in four {
        for other in four {
            assert!(!allowed[one].contains(other), "{one} may import {other}");
        }
    }
    assert!(
        allowed["check"]
            .iter()
            .all(|name| name == "domain" || name == "store")
    );
    assert!(allowed.values().all(|imports| !imports.contains("testkit")));
}
