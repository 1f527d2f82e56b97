//! Blocks of entries: lines, request ids and terms in LZ4, and the times of their commits
//! before them.
//!
//! A block takes entries of several commits until it is full, so a commit of one entry doesn't
//! cost a key. The times stand outside the compressed part: a search by time reads them alone.

use crate::advance::IndexedEntry;
use crate::codec::{Reader, count_u16, length_u32};
use crate::error::CatalogError;
use crate::layout::{BLOCK_ENTRIES_MAX, BLOCK_FULL_BYTES};
use crate::query::{Dimension, Term};

/// No block that this crate writes is larger: one that is not full, and one longest entry.
const RAW_BYTES_MAX: usize = 1 << 30;

/// Entries of one time, next to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeRun {
    /// How many.
    pub(crate) count: u16,
    /// The time of their commit, in milliseconds since 1970.
    pub(crate) at_ms: i64,
}

/// A block as it is stored, its head read.
pub(crate) struct Stored<'a> {
    /// How many entries it has; at least one.
    pub(crate) count: u16,
    times: &'a [u8],
    raw_bytes: usize,
    compressed: &'a [u8],
}

impl<'a> Stored<'a> {
    pub(crate) fn parse(value: &'a [u8]) -> Result<Self, CatalogError> {
        let mut reader = Reader::new(value);
        let count = reader.u16()?;
        let runs = reader.u16()?;
        let times = reader.bytes(usize::from(runs) * 10)?;
        let raw_bytes = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
        if count == 0 || times.is_empty() || raw_bytes > RAW_BYTES_MAX {
            return Err(CatalogError::damaged("a block of entries has a wrong head"));
        }
        Ok(Self {
            count,
            times,
            raw_bytes,
            compressed: reader.rest(),
        })
    }

    pub(crate) fn times(&self) -> Result<Vec<TimeRun>, CatalogError> {
        let mut reader = Reader::new(self.times);
        let mut runs = Vec::new();
        while !reader.is_empty() {
            let count = reader.u16()?;
            let at_ms = reader.i64()?;
            runs.push(TimeRun { count, at_ms });
        }
        Ok(runs)
    }

    pub(crate) fn open(&self) -> Result<Opened, CatalogError> {
        let damaged = |_| CatalogError::damaged("a block of entries does not decompress");
        let raw = lz4_flex::block::decompress(self.compressed, self.raw_bytes).map_err(damaged)?;
        if raw.len() != self.raw_bytes {
            return Err(CatalogError::damaged("a block of entries has a wrong size"));
        }
        Opened::parse(raw, usize::from(self.count))
    }
}

/// A block, decompressed: the length of each line and of what it is found by, then the lines,
/// then the rest.
pub(crate) struct Opened {
    raw: Vec<u8>,
    /// Where each line starts, and where the last one ends.
    lines: Vec<usize>,
}

impl Opened {
    fn parse(raw: Vec<u8>, count: usize) -> Result<Self, CatalogError> {
        let mut reader = Reader::new(&raw);
        let mut end = count * 4;
        let mut lines = vec![end];
        for _ in 0..count {
            end = end.saturating_add(usize::try_from(reader.u32()?).unwrap_or(usize::MAX));
            lines.push(end);
        }
        if end > raw.len() {
            return Err(CatalogError::damaged("the lines of a block do not add up"));
        }
        Ok(Self { raw, lines })
    }

    /// The line at this place in the block.
    pub(crate) fn line(&self, place: usize) -> Result<&str, CatalogError> {
        let bytes = match (self.lines.get(place), self.lines.get(place + 1)) {
            (Some(from), Some(to)) => self.raw.get(*from..*to),
            _ => None,
        };
        bytes
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .ok_or_else(|| CatalogError::damaged("an entry is not in its block"))
    }

    /// All entries with what they are found by.
    pub(crate) fn entries(&self) -> Result<Vec<IndexedEntry>, CatalogError> {
        let end = self.lines.last().copied().unwrap_or_default();
        let mut reader = Reader::new(self.raw.get(end..).unwrap_or_default());
        let mut entries = Vec::new();
        for place in 0..self.lines.len() - 1 {
            let line = self.line(place)?.to_owned();
            let id = reader.string()?;
            let mut terms = Vec::new();
            for _ in 0..reader.u16()? {
                let dimension = match reader.bytes(1)? {
                    [byte] => Dimension::from_byte(*byte),
                    _ => None,
                };
                let dimension = dimension
                    .ok_or_else(|| CatalogError::damaged("a term has an unknown dimension"))?;
                terms.push(Term::new(dimension, reader.string()?));
            }
            entries.push(IndexedEntry { line, id, terms });
        }
        if !reader.is_empty() {
            return Err(CatalogError::damaged("the terms of a block do not add up"));
        }
        Ok(entries)
    }
}

/// The block that takes the next entries.
#[derive(Debug, Default)]
pub(crate) struct Filling {
    /// Its first entry.
    first: u64,
    lengths: Vec<u8>,
    lines: Vec<u8>,
    terms: Vec<u8>,
    times: Vec<TimeRun>,
    count: usize,
}

impl Filling {
    pub(crate) fn new(first: u64) -> Self {
        Self {
            first,
            ..Self::default()
        }
    }

    /// Adds an entry. If the block is full now, it is given back with its first entry, and the
    /// next one begins.
    pub(crate) fn push(&mut self, entry: &IndexedEntry, at_ms: i64) -> Option<(u64, Vec<u8>)> {
        self.lengths.extend(length_u32(entry.line.len()));
        self.lines.extend_from_slice(entry.line.as_bytes());
        self.terms.extend(count_u16(entry.id.len()));
        self.terms.extend_from_slice(entry.id.as_bytes());
        self.terms.extend(count_u16(entry.terms.len()));
        for term in &entry.terms {
            self.terms.push(term.dimension.byte());
            self.terms.extend(count_u16(term.value.len()));
            self.terms.extend_from_slice(term.value.as_bytes());
        }
        self.count += 1;
        match self.times.last_mut() {
            Some(run) if run.at_ms == at_ms => run.count += 1,
            _ => self.times.push(TimeRun { count: 1, at_ms }),
        }
        if self.lines.len() < BLOCK_FULL_BYTES && self.count < BLOCK_ENTRIES_MAX {
            return None;
        }
        let full = self.stored();
        *self = Self::new(self.first + self.count as u64);
        full
    }

    /// The block as it is now, with its first entry; `None` if it is empty.
    pub(crate) fn stored(&self) -> Option<(u64, Vec<u8>)> {
        if self.count == 0 {
            return None;
        }
        let mut value = Vec::new();
        value.extend(count_u16(self.count));
        value.extend(count_u16(self.times.len()));
        for run in &self.times {
            value.extend(run.count.to_be_bytes());
            value.extend(run.at_ms.to_be_bytes());
        }
        let raw = [self.lengths.as_slice(), &self.lines, &self.terms].concat();
        value.extend(length_u32(raw.len()));
        value.extend(lz4_flex::block::compress(&raw));
        Some((self.first, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: &str) -> IndexedEntry {
        IndexedEntry {
            line: line.to_owned(),
            id: format!("request of {line}"),
            terms: vec![
                Term::new(Dimension::Event, "filed"),
                Term::new(Dimension::Original, line),
            ],
        }
    }

    #[test]
    fn entries_and_times_come_back() {
        let entries = ["eins", "", "凭证"].map(entry);
        let mut filling = Filling::new(10);
        for (entry, at_ms) in entries.iter().zip([1, 1, 2]) {
            assert!(filling.push(entry, at_ms).is_none());
        }
        let (first, value) = filling.stored().unwrap();
        let stored = Stored::parse(&value).unwrap();
        assert_eq!((first, stored.count), (10, 3));
        let times = stored.times().unwrap();
        assert_eq!(
            times.iter().map(|run| run.count).collect::<Vec<_>>(),
            [2, 1]
        );
        let opened = stored.open().unwrap();
        assert_eq!(opened.line(2).unwrap(), "凭证");
        assert!(opened.line(3).is_err());
        assert_eq!(opened.entries().unwrap(), entries);
        assert!(Filling::new(10).stored().is_none());
    }

    #[test]
    fn a_full_block_is_given_back() {
        let mut filling = Filling::new(0);
        let short: Vec<_> = (0..BLOCK_ENTRIES_MAX)
            .filter_map(|_| filling.push(&entry("x"), 5))
            .collect();
        assert_eq!(
            short.iter().map(|(first, _)| *first).collect::<Vec<_>>(),
            [0]
        );
        let long = filling.push(&entry(&"y".repeat(BLOCK_FULL_BYTES)), 5);
        assert_eq!(long.unwrap().0, BLOCK_ENTRIES_MAX as u64);
        assert!(filling.stored().is_none());
    }

    #[test]
    fn damage_is_an_error_or_other_text_and_never_a_panic() {
        let mut filling = Filling::new(0);
        filling.push(&entry(&"long line ".repeat(50)), 5);
        let (_, value) = filling.stored().unwrap();
        let read = |value: &[u8]| Stored::parse(value).and_then(|stored| stored.open()?.entries());
        for place in 0..value.len() {
            for bits in [0x01, 0x41, 0xff] {
                let mut damaged = value.clone();
                damaged[place] ^= bits;
                let _ = read(&damaged);
            }
            assert!(read(&value[..place]).is_err());
        }
    }
}
