//! A set of entries within one run.

use crate::codec::Reader;
use crate::error::CatalogError;
use crate::layout::RUN_ENTRIES;

const WORDS: usize = 128;
const BITMAP_BYTES: usize = WORDS * 8;
/// From this many offsets on, bits are shorter than a list.
const LISTED_END: u32 = 512;

/// Offsets 0 to 8,191, as bits.
///
/// Stored as two bytes an offset below 512 of them, else as 1,024 bytes; the length tells
/// which. A roaring bitmap would take 18 bytes for one offset and up to 8 KB for half of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set {
    words: [u64; WORDS],
}

impl Set {
    pub(crate) const fn empty() -> Self {
        Self { words: [0; WORDS] }
    }

    /// Offsets from `from` to `to`, without `to`.
    pub(crate) fn range(from: u64, to: u64) -> Self {
        let mut set = Self::empty();
        for (start, word) in (0u64..).step_by(64).zip(&mut set.words) {
            *word = below(to.saturating_sub(start)) & !below(from.saturating_sub(start));
        }
        set
    }

    pub(crate) fn insert(&mut self, offset: u16) {
        if let Some(word) = self.words.get_mut(usize::from(offset / 64)) {
            *word |= 1 << (offset % 64);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(crate) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    pub(crate) fn len(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// The offsets, lowest first.
    pub(crate) fn offsets(&self) -> impl DoubleEndedIterator<Item = u16> {
        let words = (0..8_192u16).step_by(64).zip(self.words);
        words
            .filter(|(_, word)| *word != 0)
            .flat_map(|(start, word)| {
                (0..64u16)
                    .filter(move |bit| word >> bit & 1 == 1)
                    .map(move |bit| start + bit)
            })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if self.len() < LISTED_END {
            self.offsets().flat_map(u16::to_be_bytes).collect()
        } else {
            let words = self.words.iter();
            words.flat_map(|word| word.to_be_bytes()).collect()
        }
    }

    /// Adds a stored set.
    pub(crate) fn unite_bytes(&mut self, bytes: &[u8]) -> Result<(), CatalogError> {
        let mut reader = Reader::new(bytes);
        if bytes.len() == BITMAP_BYTES {
            for word in &mut self.words {
                *word |= reader.u64()?;
            }
            return Ok(());
        }
        while !reader.is_empty() {
            let offset = reader.u16()?;
            if u64::from(offset) >= RUN_ENTRIES {
                return Err(CatalogError::damaged("a posting reaches beyond its run"));
            }
            self.insert(offset);
        }
        Ok(())
    }
}

/// The lowest `count` bits.
fn below(count: u64) -> u64 {
    let shift = u32::try_from(count).unwrap_or(u32::MAX);
    1u64.checked_shl(shift).map_or(u64::MAX, |bit| bit - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_comes_back_from_either_form() {
        for count in [0u16, 1, 511, 512, 513, 8_192] {
            let mut set = Set::empty();
            let mut expected = Vec::new();
            for n in 0..count {
                let offset = u16::try_from(u32::from(n) * 37 % 8_192).unwrap();
                set.insert(offset);
                expected.push(offset);
            }
            expected.sort_unstable();
            let bytes = set.to_bytes();
            assert!(bytes.len() <= BITMAP_BYTES);
            let mut back = Set::empty();
            back.unite_bytes(&bytes).unwrap();
            assert_eq!(back.offsets().collect::<Vec<_>>(), expected);
            let mut backwards: Vec<u16> = back.offsets().rev().collect();
            backwards.reverse();
            assert_eq!(backwards, expected);
        }
        assert!(Set::empty().unite_bytes(&[0]).is_err());
        assert!(Set::empty().unite_bytes(&[0x20, 0]).is_err());
    }

    #[test]
    fn a_range_has_its_first_and_not_its_last() {
        for (from, to) in [
            (0, 0),
            (0, 1),
            (63, 65),
            (5, 8_192),
            (0, 8_192),
            (64, 128),
            (9, 3),
        ] {
            let found: Vec<u64> = Set::range(from, to).offsets().map(u64::from).collect();
            assert_eq!(found, (from..to).collect::<Vec<_>>(), "{from}..{to}");
        }
        let mut both = Set::range(0, 100);
        both.intersect(&Set::range(90, 200));
        assert_eq!(both, Set::range(90, 100));
        assert!(Set::range(3, 3).is_empty());
    }
}
