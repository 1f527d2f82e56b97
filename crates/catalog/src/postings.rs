//! From terms to entries: the newest run in memory, the full ones in sorted pages, but for what
//! is frequent there: that is in columns.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use crate::advance::IndexedEntry;
use crate::codec::{Reader, count_u16};
use crate::error::CatalogError;
use crate::kv::{Batch, Direction, Kv};
use crate::layout::{self, PAGE_FULL_BYTES, RUN_ENTRIES};
use crate::outline::{Mark, Outline, Outlines, is_frequent};
use crate::query::Dimension;
use crate::set::Set;

/// Terms from the first to the second, both included: mostly one term, or a range of days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) dimension: u8,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    /// Where it is one term.
    pub(crate) mark: Option<Mark>,
}

impl<'a> Terms<'a> {
    pub(crate) fn one(dimension: u8, term: &'a str) -> Self {
        Self {
            dimension,
            from: term,
            to: term,
            mark: Some(Mark::of(dimension, term)),
        }
    }

    pub(crate) const fn range(dimension: u8, from: &'a str, to: &'a str) -> Self {
        Self {
            dimension,
            from,
            to,
            mark: None,
        }
    }
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) run: u32,
    pub(crate) offset: u16,
}

impl Place {
    pub(crate) fn of(index: u64) -> Result<Self, CatalogError> {
        let beyond = |_| CatalogError::TooMany { index };
        Ok(Self {
            run: u32::try_from(index / RUN_ENTRIES).map_err(beyond)?,
            offset: u16::try_from(index % RUN_ENTRIES).map_err(beyond)?,
        })
    }
}

/// The first entry of a run.
pub(crate) fn run_start(run: u32) -> u64 {
    u64::from(run) * RUN_ENTRIES
}

/// The postings of the newest run, which is not full.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    terms: BTreeMap<u8, BTreeMap<String, Vec<u16>>>,
}

impl Recent {
    /// Adds an entry. If its run is full now, all of it goes into the batch, its outline is
    /// given back, and the next run begins.
    pub(crate) fn push(
        &mut self,
        index: u64,
        entry: &IndexedEntry,
        batch: &mut Batch,
    ) -> Result<Option<Outline>, CatalogError> {
        let place = Place::of(index)?;
        self.note(layout::REQUESTS, &entry.id, place.offset);
        for term in &entry.terms {
            self.note(term.dimension.byte(), &term.value, place.offset);
        }
        if u64::from(place.offset) + 1 < RUN_ENTRIES {
            return Ok(None);
        }
        self.put_pages(place.run, batch);
        let outline = Outline::of(&self.terms);
        outline.put(place.run, batch);
        self.terms.clear();
        Ok(Some(outline))
    }

    fn note(&mut self, dimension: u8, term: &str, offset: u16) {
        let terms = self.terms.entry(dimension).or_default();
        if let Some(offsets) = terms.get_mut(term) {
            // An entry may name a term twice.
            if offsets.last() != Some(&offset) {
                offsets.push(offset);
            }
        } else {
            terms.insert(term.to_owned(), vec![offset]);
        }
    }

    pub(crate) fn find(&self, terms: Terms<'_>, set: &mut Set) {
        let range = (Bound::Included(terms.from), Bound::Included(terms.to));
        if terms.from > terms.to {
            return;
        }
        if let Some(of_dimension) = self.terms.get(&terms.dimension) {
            for offset in of_dimension.range::<str, _>(range).flat_map(|(_, all)| all) {
                set.insert(*offset);
            }
        }
    }

    fn put_pages(&self, run: u32, batch: &mut Batch) {
        let none = BTreeMap::new();
        let dimensions = Dimension::ALL.iter().map(|dimension| dimension.byte());
        for dimension in std::iter::once(layout::REQUESTS).chain(dimensions) {
            let terms = self.terms.get(&dimension).unwrap_or(&none);
            let mut first: &str = "";
            let mut body = Vec::new();
            for (term, offsets) in terms {
                let set = stored_set(offsets);
                if is_frequent(offsets) {
                    batch.put(layout::column_key(dimension, term, run), set);
                    continue;
                }
                if body.len() >= PAGE_FULL_BYTES {
                    let full = page(Some(term), &body);
                    batch.put(layout::page_key(run, dimension, first.as_bytes()), full);
                    body.clear();
                    first = term;
                }
                body.extend(count_u16(term.len()));
                body.extend_from_slice(term.as_bytes());
                body.extend(count_u16(set.len()));
                body.extend(set);
            }
            let key = layout::page_key(run, dimension, first.as_bytes());
            batch.put(key, page(None, &body));
        }
    }
}

fn stored_set(offsets: &[u16]) -> Vec<u8> {
    let mut set = Set::empty();
    for offset in offsets {
        set.insert(*offset);
    }
    set.to_bytes()
}

/// A page: whether another follows and with which term it begins, then the body.
fn page(next: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut value = vec![u8::from(next.is_some())];
    let next = next.unwrap_or_default();
    value.extend(count_u16(next.len()));
    value.extend_from_slice(next.as_bytes());
    value.extend_from_slice(body);
    value
}

/// Adds the entries of a full run that have one of these terms.
pub(crate) fn find_in_run(
    kv: &dyn Kv,
    outlines: &Outlines,
    run: u32,
    terms: Terms<'_>,
    set: &mut Set,
) -> Result<(), CatalogError> {
    if terms.from > terms.to {
        return Ok(());
    }
    let mut in_column = false;
    for term in outlines.frequent(run, terms)? {
        let column = kv.get(&layout::column_key(terms.dimension, term, run))?;
        set.unite_bytes(&column.ok_or_else(lost)?)?;
        in_column = true;
    }
    if in_column && terms.from == terms.to {
        return Ok(());
    }
    find_in_pages(kv, run, terms, set)
}

fn find_in_pages(
    kv: &dyn Kv,
    run: u32,
    terms: Terms<'_>,
    set: &mut Set,
) -> Result<(), CatalogError> {
    let start = layout::page_key(run, terms.dimension, b"");
    let mut last = layout::page_key(run, terms.dimension, terms.to.as_bytes());
    // Downwards from the page that has `to`, until the page that has `from`. A page that says
    // that the one above it begins elsewhere than it does has lost a neighbour.
    last.push(0);
    let mut above: Option<Vec<u8>> = None;
    let mut found = Err(lost());
    kv.scan(&start, &last, Direction::Reverse, &mut |key, value| {
        let first = key.get(start.len()..).unwrap_or_default();
        found = read_page(value, above.as_deref(), terms, set);
        above = Some(first.to_vec());
        if found.is_err() || first <= terms.from.as_bytes() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    found?;
    match above {
        Some(first) if first.as_slice() <= terms.from.as_bytes() => Ok(()),
        _ => Err(lost()),
    }
}

/// Reads one page. `above` is where the page above it begins, if that was read.
fn read_page(
    value: &[u8],
    above: Option<&[u8]>,
    terms: Terms<'_>,
    set: &mut Set,
) -> Result<(), CatalogError> {
    let (from, to) = (terms.from.as_bytes(), terms.to.as_bytes());
    let mut reader = Reader::new(value);
    let followed = reader.bytes(1)? == [1];
    let next = reader.text()?;
    let whole = match above {
        Some(above) => followed && next == above,
        None => !followed || next > to,
    };
    if !whole {
        return Err(lost());
    }
    while !reader.is_empty() {
        let term = reader.text()?;
        let stored = reader.text()?;
        if term > to {
            break;
        }
        if term >= from {
            set.unite_bytes(stored)?;
        }
    }
    Ok(())
}

fn lost() -> CatalogError {
    CatalogError::damaged("a page of postings is missing")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryKv;
    use crate::query::Term;

    fn entry(n: u64) -> IndexedEntry {
        IndexedEntry {
            line: String::new(),
            id: format!("R{n:05}"),
            terms: vec![
                Term::new(Dimension::Event, "filed"),
                Term::new(Dimension::Event, "filed"),
                Term::new(Dimension::Client, format!("{:03}", n % 300)),
                Term::new(Dimension::Branch, ""),
            ],
        }
    }

    fn full_run() -> MemoryKv {
        let mut batch = Batch::default();
        let mut recent = Recent::default();
        for n in 0..RUN_ENTRIES {
            let full = recent.push(n, &entry(n), &mut batch).unwrap();
            assert_eq!(full.is_some(), n + 1 == RUN_ENTRIES);
        }
        let kv = MemoryKv::default();
        kv.apply(batch).unwrap();
        kv
    }

    fn without(key: Vec<u8>) -> MemoryKv {
        let kv = full_run();
        let mut batch = Batch::default();
        batch.remove(key);
        kv.apply(batch).unwrap();
        kv
    }

    fn found(kv: &dyn Kv, dimension: u8, from: &str, to: &str) -> Result<u32, CatalogError> {
        let terms = Terms::range(dimension, from, to);
        let mut set = Set::empty();
        let outlines = Outlines::load(kv, 1)?;
        find_in_run(kv, &outlines, 0, terms, &mut set).map(|()| set.len())
    }

    #[test]
    fn terms_and_ranges_are_found_in_pages() {
        let kv = full_run();
        let all = u32::try_from(RUN_ENTRIES).unwrap();
        for n in [0, 1, 4_000, 8_191] {
            let id = format!("R{n:05}");
            assert_eq!(found(&kv, layout::REQUESTS, &id, &id).unwrap(), 1, "{id}");
        }
        assert_eq!(found(&kv, 0, "R01000", "R01999").unwrap(), 1_000);
        assert_eq!(found(&kv, 0, "", "~").unwrap(), all);
        assert_eq!(found(&kv, 0, "S", "A").unwrap(), 0);
        assert_eq!(found(&kv, 0, "R0400", "R0400").unwrap(), 0);
        let client = Dimension::Client.byte();
        assert_eq!(found(&kv, client, "007", "007").unwrap(), 28);
        assert_eq!(
            found(&kv, Dimension::Event.byte(), "filed", "filed").unwrap(),
            all
        );
        assert_eq!(found(&kv, Dimension::Branch.byte(), "", "").unwrap(), all);
        assert_eq!(found(&kv, Dimension::Flow.byte(), "x", "x").unwrap(), 0);
    }

    #[test]
    fn a_lost_page_is_noticed_by_whoever_needs_it() {
        let kv = full_run();
        let mut keys = Vec::new();
        let visit = &mut |key: &[u8], _: &[u8]| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        };
        let (from, to) = (layout::page_key(0, 0, b""), layout::page_key(0, 1, b""));
        kv.scan(&from, &to, Direction::Forward, visit).unwrap();
        assert!(keys.len() > 10);
        for key in keys {
            let kv = without(key.clone());
            let first = std::str::from_utf8(&key[from.len()..]).unwrap();
            assert!(found(&kv, 0, first, first).is_err(), "{first}");
            assert!(found(&kv, 0, "R00000", "R09999").is_err(), "{first}");
        }
        let none = find_in_pages(&kv, 1, Terms::one(0, "x"), &mut Set::empty());
        assert!(none.is_err());
    }

    #[test]
    fn what_is_frequent_is_in_columns_and_a_lost_one_is_noticed() {
        let (event, client) = (Dimension::Event.byte(), Dimension::Client.byte());
        let column = |dimension, term| layout::column_key(dimension, term, 0);
        let kv = full_run();
        assert!(kv.get(&column(event, "filed")).unwrap().is_some());
        assert!(kv.get(&column(client, "007")).unwrap().is_none());
        let kv = without(column(event, "filed"));
        for (from, to) in [("filed", "filed"), ("a", "z")] {
            assert!(found(&kv, event, from, to).is_err());
        }
        assert_eq!(found(&kv, event, "g", "z").unwrap(), 0);
        assert_eq!(found(&kv, client, "007", "007").unwrap(), 28);
    }
}
