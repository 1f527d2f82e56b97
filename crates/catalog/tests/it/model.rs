//! A catalog as simple as can be, to compare with: lists that are searched from end to end.

use catalog::{
    Advance, Catalog, Dimension, HeadRecord, IndexedEntry, Page, Query, Row, Term, Tile,
};
use domain::{Digest, Timestamp};

/// Everything that was applied, in the order of time.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub entries: Vec<(i64, IndexedEntry)>,
    pub facts: std::collections::BTreeMap<Vec<u8>, Vec<u8>>,
    pub commits: u64,
    last_at_ms: i64,
}

impl Model {
    /// The next commit, with these entries, taken in here too.
    pub fn next(&mut self, at_ms: i64, entries: Vec<IndexedEntry>) -> Advance {
        let first_index = self.entries.len() as u64;
        let facts = vec![
            (b"count".to_vec(), Some(self.commits.to_be_bytes().to_vec())),
            (
                format!("seen/{}", self.commits).into_bytes(),
                Some(b"yes".to_vec()),
            ),
            (
                format!("seen/{}", self.commits.wrapping_sub(2)).into_bytes(),
                None,
            ),
        ];
        for (key, value) in &facts {
            match value {
                Some(value) => self.facts.insert(key.clone(), value.clone()),
                None => self.facts.remove(key),
            };
        }
        self.last_at_ms = self.last_at_ms.max(at_ms);
        let indexed = entries.iter().cloned();
        self.entries
            .extend(indexed.map(|entry| (self.last_at_ms, entry)));
        let commit = self.commits;
        self.commits += 1;
        Advance {
            head: HeadRecord {
                commit,
                commit_sha256: Digest::of(&commit.to_be_bytes()),
                size: self.entries.len() as u64,
                at: Timestamp::from_unix_ms(at_ms),
                ledger_state: format!("state {commit}").into_bytes(),
            },
            first_index,
            entries,
            tiles: vec![Tile {
                level: 0,
                index: commit / 3,
                bytes: commit.to_be_bytes().to_vec(),
            }],
            facts,
        }
    }

    pub fn query(&self, query: &Query, before: u64) -> Page {
        let wanted = |at_ms: i64, entry: &IndexedEntry| {
            let has = |term: &Term| entry.terms.contains(term);
            let dates = entry.terms.iter();
            let mut dates = dates.filter(|term| term.dimension == Dimension::BusinessDate);
            query.all.iter().all(has)
                && query.any.iter().all(|group| group.iter().any(has))
                && query
                    .at
                    .is_none_or(|(from, to)| from.unix_ms() <= at_ms && at_ms < to.unix_ms())
                && query.business_date.is_none_or(|(from, to)| {
                    dates.any(|day| (from..=to).contains(&day.value.parse().unwrap()))
                })
        };
        let mut rows = Vec::new();
        for (place, (at_ms, entry)) in self.entries.iter().enumerate().rev() {
            let index = place as u64;
            if index < before && wanted(*at_ms, entry) {
                rows.push(Row {
                    index,
                    line: entry.line.clone(),
                });
            }
        }
        rows.truncate(query.limit);
        Page { rows, next: None }
    }

    pub fn by_request(&self, id: &str) -> Option<u64> {
        let place = self.entries.iter().position(|(_, entry)| entry.id == id);
        place.map(|place| place as u64)
    }
}

/// Asks all pages; each must be as long as it can be.
pub fn all_pages(catalog: &Catalog, query: &Query) -> Vec<Row> {
    let mut query = query.clone();
    let mut rows = Vec::new();
    loop {
        let page = catalog.query(&query).unwrap();
        assert!(page.rows.len() <= query.limit);
        rows.extend(page.rows.iter().cloned());
        match page.next {
            None => return rows,
            Some(next) => {
                assert_eq!(page.rows.len(), query.limit);
                // As text, the way it travels.
                query.before = Some(next.to_string().parse().unwrap());
            }
        }
    }
}

/// Everything that the catalog says must be what the model says.
pub fn assert_same(catalog: &Catalog, model: &Model, queries: &[Query]) {
    let size = catalog.head().unwrap().map_or(0, |head| head.size);
    assert_eq!(size, model.entries.len() as u64);
    for query in queries {
        let all = Query {
            limit: usize::MAX,
            before: None,
            ..query.clone()
        };
        assert_eq!(
            all_pages(catalog, query),
            model.query(&all, u64::MAX).rows,
            "{query:?}"
        );
    }
    let beyond = catalog.entry(size).unwrap();
    assert_eq!(beyond, None);
    for (index, (_, entry)) in (0u64..).zip(&model.entries).step_by(7) {
        assert_eq!(catalog.entry(index).unwrap().as_ref(), Some(&entry.line));
        let first = catalog.by_request(&entry.id).unwrap();
        assert_eq!(first, model.by_request(&entry.id));
    }
    assert_eq!(catalog.by_request("never").unwrap(), None);
    let facts: Vec<_> = model.facts.clone().into_iter().collect();
    assert_eq!(catalog.facts_with_prefix(b"").unwrap(), facts);
    let seen: Vec<_> = facts
        .into_iter()
        .filter(|(key, _)| key.starts_with(b"seen/"))
        .collect();
    assert_eq!(catalog.facts_with_prefix(b"seen/").unwrap(), seen);
}
