//! Pages follow each other without a gap or a repeat, also while entries arrive.

use catalog::{Catalog, Query};

use crate::model::{Model, all_pages};
use crate::steps::entry;

#[test]
fn pages_bring_each_entry_once_newest_first() {
    let catalog = Catalog::in_memory().unwrap();
    let mut model = Model::default();
    for n in 0..120 {
        catalog
            .advance(model.next(n, vec![entry(&n.to_string())]))
            .unwrap();
    }
    for limit in [1, 7, 60, 119, 120, 121] {
        let query = Query {
            all: entry("").terms,
            limit,
            ..Query::default()
        };
        let rows = all_pages(&catalog, &query);
        let indices: Vec<u64> = rows.iter().map(|row| row.index).collect();
        assert_eq!(indices, (0..120).rev().collect::<Vec<_>>());
    }
    let none = Query {
        limit: 0,
        ..Query::default()
    };
    assert_eq!(catalog.query(&none).unwrap().rows.len(), 1);
}

#[test]
fn a_cursor_stays_where_it_is_while_entries_arrive() {
    let catalog = Catalog::in_memory().unwrap();
    let mut model = Model::default();
    for n in 0..20 {
        catalog
            .advance(model.next(n, vec![entry(&n.to_string())]))
            .unwrap();
    }
    let mut query = Query {
        limit: 5,
        ..Query::default()
    };
    let mut indices = Vec::new();
    for n in 20..24 {
        let page = catalog.query(&query).unwrap();
        indices.extend(page.rows.iter().map(|row| row.index));
        query.before = page.next;
        catalog
            .advance(model.next(n, vec![entry(&n.to_string())]))
            .unwrap();
    }
    assert_eq!(query.before, None);
    assert_eq!(indices, (0..20).rev().collect::<Vec<_>>());
}
