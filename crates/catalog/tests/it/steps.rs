//! Commits follow each other, and bring all they say.

use catalog::{Catalog, CatalogError, Dimension, IndexedEntry, Overlay, Requested, Term};

use crate::model::Model;

pub fn entry(text: &str) -> IndexedEntry {
    IndexedEntry {
        line: format!("{{\"line\":\"{text}\"}}"),
        id: format!("request-{text}"),
        terms: vec![Term::new(Dimension::Event, "record.filed")],
    }
}

#[test]
fn a_commit_out_of_order_is_refused_and_nothing_is_written() {
    let catalog = Catalog::in_memory().unwrap();
    let mut model = Model::default();
    let first = model.next(10, vec![entry("a"), entry("b")]);
    let second = model.next(20, vec![entry("c")]);
    let refused = |advance, expected: &str| {
        let before = catalog.head().unwrap();
        let error = catalog.advance(advance).unwrap_err();
        assert!(matches!(error, CatalogError::OutOfOrder { .. }), "{error}");
        assert_eq!(error.to_string(), expected);
        assert_eq!(catalog.head().unwrap(), before);
    };
    refused(
        second.clone(),
        "the catalog expects commit 0, and was given 1",
    );
    catalog.advance(first.clone()).unwrap();
    refused(first, "the catalog expects commit 1, and was given 0");
    let mut wrong = second.clone();
    wrong.first_index = 3;
    refused(
        wrong,
        "the catalog expects the first entry 2, and was given 3",
    );
    let mut wrong = second.clone();
    wrong.head.size = 4;
    refused(
        wrong,
        "the catalog expects a ledger of size 3, and was given 4",
    );
    let mut wrong = second.clone();
    wrong.entries[0].terms[0].value = "x".repeat(65_536);
    assert!(matches!(
        catalog.advance(wrong).unwrap_err(),
        CatalogError::TermTooLong {
            length_bytes: 65_536,
            ..
        }
    ));
    catalog.advance(second).unwrap();
    assert_eq!(catalog.entry(2).unwrap(), Some(entry("c").line));
}

#[test]
fn a_commit_brings_head_tiles_and_facts() {
    let catalog = Catalog::in_memory().unwrap();
    assert_eq!(catalog.head().unwrap(), None);
    assert_eq!(catalog.entry(0).unwrap(), None);
    let mut model = Model::default();
    for commit in 0..5 {
        let advance = model.next(10 - commit, vec![entry(&commit.to_string())]);
        let head = advance.head.clone();
        catalog.advance(advance).unwrap();
        assert_eq!(catalog.head().unwrap(), Some(head));
    }
    assert_eq!(
        catalog.tile(0, 1).unwrap(),
        Some(4u64.to_be_bytes().to_vec())
    );
    assert_eq!(catalog.tile(1, 1).unwrap(), None);
    assert_eq!(catalog.fact(b"seen/4").unwrap(), Some(b"yes".to_vec()));
    assert_eq!(catalog.fact(b"seen/2").unwrap(), None);
    catalog.advance(model.next(10, Vec::new())).unwrap();
    assert_eq!(catalog.head().unwrap().unwrap().size, 5);
}

#[test]
fn an_overlay_is_seen_over_the_catalog_until_cleared() {
    let catalog = Catalog::in_memory().unwrap();
    let mut model = Model::default();
    catalog.advance(model.next(1, vec![entry("a")])).unwrap();
    catalog.advance(model.next(1, vec![entry("b")])).unwrap();
    let mut overlay = Overlay::new();
    assert!(overlay.is_empty());
    overlay.put_fact(b"seen/0".to_vec(), None);
    overlay.put_fact(b"seen/9".to_vec(), Some(b"soon".to_vec()));
    overlay.put_fact(b"seen0".to_vec(), Some(b"beyond the prefix".to_vec()));
    overlay.note_request("request-new");
    let seen = |overlay: &Overlay| -> Vec<String> {
        let facts = overlay.facts_with_prefix(&catalog, b"seen/").unwrap();
        let keys = facts
            .into_iter()
            .map(|(key, _)| String::from_utf8(key).unwrap());
        keys.collect()
    };
    assert_eq!(seen(&overlay), ["seen/1", "seen/9"]);
    assert_eq!(overlay.fact(&catalog, b"seen/0").unwrap(), None);
    assert_eq!(
        overlay.fact(&catalog, b"seen/1").unwrap(),
        Some(b"yes".to_vec())
    );
    let request = |overlay: &Overlay, id| overlay.request(&catalog, id).unwrap();
    assert_eq!(request(&overlay, "request-new"), Requested::Pending);
    assert_eq!(request(&overlay, "request-b"), Requested::Entry(1));
    assert_eq!(request(&overlay, "request-c"), Requested::Never);
    overlay.clear();
    assert_eq!(seen(&overlay), ["seen/0", "seen/1"]);
    assert_eq!(request(&overlay, "request-new"), Requested::Never);
}
