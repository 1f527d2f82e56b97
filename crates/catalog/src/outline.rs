//! What each full run has, in outline and in memory: a run without a term costs no read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, ControlFlow};

use domain::Digest;

use crate::codec::{Reader, count_u16, length_u32};
use crate::error::CatalogError;
use crate::kv::{Batch, Direction, Kv};
use crate::layout::{self, FREQUENT, OUTLINE_PIECE_BYTES};
use crate::postings::Terms;

/// Bits of a filter for each term: a term that a run does not have is taken for one that it
/// may have in one of a hundred runs.
const BITS_A_TERM: usize = 10;
/// How many bits a term sets, all in one block: a look at one costs one line of the processor's
/// cache.
const BITS_SET: u32 = 6;
const WORDS: usize = 8;
const BLOCK_BYTES: usize = WORDS * 8;
const BLOCK_BITS: usize = BLOCK_BYTES * 8;

/// What a term sets in every filter, by its hash.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// Tells the block.
    hash: u64,
    /// The bits within the block.
    bits: [u64; WORDS],
}

impl Mark {
    pub(crate) fn of(dimension: u8, term: &str) -> Self {
        let digest = Digest::of(&[&[dimension], term.as_bytes()].concat());
        let mut words = digest.as_bytes().as_chunks::<8>().0.iter();
        let mut next = || words.next().map_or(0, |word| u64::from_be_bytes(*word));
        let (hash, places) = (next(), next());
        let mut bits = [0; WORDS];
        for nth in 0..BITS_SET {
            let place = places >> (nth * 9);
            let word = usize::try_from(place >> 6 & 7).unwrap_or_default();
            if let Some(word) = bits.get_mut(word) {
                *word |= 1 << (place & 63);
            }
        }
        Self { hash, bits }
    }

    /// The place of its block among so many.
    fn block_of(&self, blocks: usize) -> usize {
        let place = (u128::from(self.hash) * blocks as u128) >> 64;
        usize::try_from(place).unwrap_or_default()
    }
}

/// A full run in outline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    dimensions: BTreeMap<u8, Within>,
    /// Bloom's filter over the terms of all dimensions, in blocks.
    filter: Vec<[u64; WORDS]>,
}

/// What a run has of a dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Within {
    first: String,
    last: String,
    /// The terms that have a column.
    frequent: BTreeSet<String>,
}

impl Outline {
    /// The outline of these terms with their entries.
    pub(crate) fn of(terms: &BTreeMap<u8, BTreeMap<String, Vec<u16>>>) -> Self {
        let count: usize = terms.values().map(BTreeMap::len).sum();
        let blocks = (count * BITS_A_TERM).div_ceil(BLOCK_BITS);
        let mut outline = Self {
            dimensions: BTreeMap::new(),
            filter: vec![[0; WORDS]; blocks],
        };
        for (dimension, terms) in terms {
            for term in terms.keys() {
                let mark = Mark::of(*dimension, term);
                if let Some(block) = outline.filter.get_mut(mark.block_of(blocks)) {
                    for (word, bits) in block.iter_mut().zip(mark.bits) {
                        *word |= bits;
                    }
                }
            }
            let ends = terms.first_key_value().zip(terms.last_key_value());
            if let Some(((first, _), (last, _))) = ends {
                let frequent = terms.iter().filter(|(_, all)| is_frequent(all));
                let within = Within {
                    first: first.clone(),
                    last: last.clone(),
                    frequent: frequent.map(|(term, _)| term.clone()).collect(),
                };
                outline.dimensions.insert(*dimension, within);
            }
        }
        outline
    }

    /// Whether the run may have one of these terms; if not, it has none.
    fn may_have(&self, terms: &Terms<'_>) -> bool {
        let Some(within) = self.dimensions.get(&terms.dimension) else {
            return false;
        };
        if terms.to < within.first.as_str() || within.last.as_str() < terms.from {
            return false;
        }
        let Some(mark) = &terms.mark else {
            return true;
        };
        let block = self.filter.get(mark.block_of(self.filter.len()));
        block.is_some_and(|block| {
            let mut words = block.iter().zip(mark.bits);
            words.all(|(word, bits)| word & bits == bits)
        })
    }

    /// Those of the terms that have a column.
    fn frequent(&self, terms: Terms<'_>) -> impl Iterator<Item = &str> {
        let within = self.dimensions.get(&terms.dimension);
        let range = (Bound::Included(terms.from), Bound::Included(terms.to));
        let within = within.filter(|_| terms.from <= terms.to);
        let found = within.map(|within| within.frequent.range::<str, _>(range));
        found.into_iter().flatten().map(String::as_str)
    }

    /// Puts the outline of this run into the batch, in pieces: a long value would have sled
    /// rewrite long pages.
    pub(crate) fn put(&self, run: u32, batch: &mut Batch) {
        let mut value = Vec::new();
        value.extend(count_u16(self.dimensions.len()));
        for (dimension, within) in &self.dimensions {
            value.push(*dimension);
            value.extend(count_u16(within.frequent.len()));
            for term in [&within.first, &within.last]
                .into_iter()
                .chain(&within.frequent)
            {
                value.extend(count_u16(term.len()));
                value.extend_from_slice(term.as_bytes());
            }
        }
        for word in self.filter.iter().flatten() {
            value.extend(word.to_be_bytes());
        }
        let value = [&length_u32(value.len()), value.as_slice()].concat();
        for (piece, bytes) in (0u32..).zip(value.chunks(OUTLINE_PIECE_BYTES)) {
            batch.put(layout::outline_key(run, piece), bytes.to_vec());
        }
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, CatalogError> {
        let mut reader = Reader::new(bytes);
        let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
        if length != bytes.len() - size_of::<u32>() {
            return Err(lost());
        }
        let mut outline = Self::default();
        for _ in 0..reader.u16()? {
            let &[dimension] = reader.bytes(1)? else {
                return Err(lost());
            };
            let frequent = reader.u16()?;
            let mut within = Within {
                first: reader.string()?,
                last: reader.string()?,
                frequent: BTreeSet::new(),
            };
            for _ in 0..frequent {
                within.frequent.insert(reader.string()?);
            }
            outline.dimensions.insert(dimension, within);
        }
        let (blocks, odd) = reader.rest().as_chunks::<BLOCK_BYTES>();
        if !odd.is_empty() {
            return Err(lost());
        }
        outline.filter = blocks
            .iter()
            .map(|block| {
                let mut words = [0; WORDS];
                for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
                    *word = u64::from_be_bytes(*bytes);
                }
                words
            })
            .collect();
        Ok(outline)
    }
}

/// The outlines of all full runs, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Outlines(Vec<Outline>);

impl Outlines {
    /// Reads those of the first `runs` runs. Every one must be there, and whole.
    pub(crate) fn load(kv: &dyn Kv, runs: u32) -> Result<Self, CatalogError> {
        let mut outlines = Self::default();
        for run in 0..runs {
            let (from, to) = (layout::outline_key(run, 0), layout::outline_key(run + 1, 0));
            let mut bytes = Vec::new();
            kv.scan(&from, &to, Direction::Forward, &mut |_, piece| {
                bytes.extend_from_slice(piece);
                ControlFlow::Continue(())
            })?;
            outlines.push(Outline::from_bytes(&bytes)?);
        }
        Ok(outlines)
    }

    /// Adds the outline of the next run.
    pub(crate) fn push(&mut self, outline: Outline) {
        self.0.push(outline);
    }

    /// Whether this full run may have one of these terms; if not, it has none.
    pub(crate) fn may_have(&self, run: u32, terms: &Terms<'_>) -> Result<bool, CatalogError> {
        Ok(self.of_run(run)?.may_have(terms))
    }

    /// Those of the terms that have a column in this full run.
    pub(crate) fn frequent<'a>(
        &'a self,
        run: u32,
        terms: Terms<'a>,
    ) -> Result<impl Iterator<Item = &'a str>, CatalogError> {
        Ok(self.of_run(run)?.frequent(terms))
    }

    fn of_run(&self, run: u32) -> Result<&Outline, CatalogError> {
        let outline = usize::try_from(run).ok().and_then(|run| self.0.get(run));
        outline.ok_or_else(lost)
    }
}

/// Whether a term with these entries has a column.
pub(crate) fn is_frequent(entries: &[u16]) -> bool {
    entries.len() >= FREQUENT
}

fn lost() -> CatalogError {
    CatalogError::damaged("the outline of a run is missing")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryKv;

    const THERE: u32 = 5_000;

    fn outline() -> Outline {
        let ids = (0..THERE).map(|n| (format!("R{n:05}"), vec![1]));
        let days = [("2026-01-05", 1), ("2026-01-20", 64), ("2026-02-10", 63)];
        let days = days.map(|(day, count)| (day.to_owned(), (0..count).collect()));
        Outline::of(&BTreeMap::from([
            (0, ids.collect()),
            (9, BTreeMap::from(days)),
        ]))
    }

    fn stored(outline: &Outline) -> MemoryKv {
        let mut batch = Batch::default();
        outline.put(0, &mut batch);
        Outline::default().put(1, &mut batch);
        let kv = MemoryKv::default();
        kv.apply(batch).unwrap();
        kv
    }

    #[test]
    fn what_is_there_is_never_denied_and_what_is_not_mostly() {
        let outline = outline();
        let mut wrongly = 0;
        for n in 0..THERE {
            let (there, absent) = (format!("R{n:05}"), format!("R{n:05}x"));
            assert!(outline.may_have(&Terms::one(0, &there)), "{there}");
            wrongly += u32::from(outline.may_have(&Terms::one(0, &absent)));
        }
        assert!(wrongly > 0, "a filter of this size is sometimes wrong");
        assert!(wrongly < THERE / 50, "{wrongly} of {THERE}");
        assert!(!outline.may_have(&Terms::one(3, "R00000")));
    }

    #[test]
    fn a_range_is_denied_outside_of_the_bounds_alone() {
        let outline = outline();
        for (from, to, may_have, frequent) in [
            ("2025-01-01", "2026-01-04", false, false),
            ("2025-01-01", "2026-01-05", true, false),
            ("2026-01-10", "2026-01-20", true, true),
            ("2026-01-21", "2026-01-22", true, false),
            ("2026-02-10", "2026-12-31", true, false),
            ("2026-02-11", "2026-12-31", false, false),
            ("2026-01-21", "2026-01-19", true, false),
        ] {
            let terms = Terms::range(9, from, to);
            assert_eq!(outline.may_have(&terms), may_have, "{from} to {to}");
            let found: Vec<_> = outline.frequent(terms).collect();
            assert_eq!(found, ["2026-01-20"][usize::from(!frequent)..]);
        }
    }

    #[test]
    fn outlines_come_back_and_a_lost_piece_is_noticed() {
        let outline = outline();
        let kv = stored(&outline);
        let loaded = Outlines::load(&kv, 2).unwrap();
        assert_eq!(loaded.0, [outline.clone(), Outline::default()]);
        assert!(Outlines::load(&kv, 3).is_err());
        assert!(loaded.may_have(2, &Terms::one(0, "x")).is_err());
        let mut pieces = 0;
        while kv.get(&layout::outline_key(0, pieces)).unwrap().is_some() {
            let kv = stored(&outline);
            let mut batch = Batch::default();
            batch.remove(layout::outline_key(0, pieces));
            kv.apply(batch).unwrap();
            assert!(Outlines::load(&kv, 2).is_err(), "{pieces}");
            pieces += 1;
        }
        assert!(pieces > 1);
    }

    #[test]
    fn damage_is_an_error_or_another_outline_and_never_a_panic() {
        let days = BTreeMap::from([("2026-01-05".to_owned(), vec![0; FREQUENT])]);
        let mut batch = Batch::default();
        Outline::of(&BTreeMap::from([(9, days)])).put(0, &mut batch);
        let (_, value) = batch.into_writes().next().unwrap();
        let value = value.unwrap();
        for place in 0..value.len() {
            let mut damaged = value.clone();
            damaged[place] ^= 0x41;
            let _ = Outline::from_bytes(&damaged);
            assert!(Outline::from_bytes(&value[..place]).is_err());
        }
    }
}
