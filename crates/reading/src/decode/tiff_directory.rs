//! One directory of a TIFF structure, read by hand: the few tags that the decoder does not give.
//!
//! EXIF in JPEG and PNG has the same structure. Only classic TIFF; no pixels here.

use crate::geometry::Dpi;

/// One entry: where its value stands and what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) tag: u16,
    kind: u16,
    count: u32,
    /// Where the four value bytes of the entry stand.
    pub(super) value_at: usize,
}

/// A directory and the bytes it lies in.
pub(super) struct Directory<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    entries: Vec<Entry>,
}

impl<'a> Directory<'a> {
    /// The first directory of a TIFF structure.
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = Self::byte_order(bytes)?;
        let offset = u32_at(bytes, 4, big_endian)?;
        Self::at(bytes, usize::try_from(offset).ok()?)
    }

    /// The directory at this offset of a classic TIFF.
    pub(super) fn at(bytes: &'a [u8], offset: usize) -> Option<Self> {
        let big_endian = Self::byte_order(bytes)?;
        let count = u16_at(bytes, offset, big_endian)?;
        let mut entries = Vec::new();
        for index in 0..usize::from(count) {
            let at = offset.checked_add(2 + index * 12)?;
            entries.push(Entry {
                tag: u16_at(bytes, at, big_endian)?,
                kind: u16_at(bytes, at + 2, big_endian)?,
                count: u32_at(bytes, at + 4, big_endian)?,
                value_at: at + 8,
            });
        }
        Some(Self {
            bytes,
            big_endian,
            entries,
        })
    }

    fn byte_order(bytes: &[u8]) -> Option<bool> {
        match bytes.get(..4)? {
            [b'I', b'I', 42, 0] => Some(false),
            [b'M', b'M', 0, 42] => Some(true),
            _ => None,
        }
    }

    /// Whether numbers are stored with the high byte first.
    pub(super) fn is_big_endian(&self) -> bool {
        self.big_endian
    }

    /// The entry of a tag.
    pub(super) fn entry(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().copied().find(|e| e.tag == tag)
    }

    /// Whole numbers (BYTE, SHORT, LONG) of a tag; none when it is absent or lies outside.
    pub(super) fn numbers(&self, tag: u16) -> Option<Vec<u64>> {
        let entry = self.entry(tag)?;
        let size = match entry.kind {
            1 => 1,
            3 => 2,
            4 => 4,
            _ => return None,
        };
        let start = self.value_start(entry, size)?;
        let count = usize::try_from(entry.count).ok()?;
        // Checked before anything is collected: a count can say four thousand million.
        self.bytes
            .get(start..start.checked_add(count.checked_mul(size)?)?)?;
        (0..count)
            .map(|index| {
                let at = start + index * size;
                match size {
                    1 => self.bytes.get(at).map(|b| u64::from(*b)),
                    2 => u16_at(self.bytes, at, self.big_endian).map(u64::from),
                    _ => u32_at(self.bytes, at, self.big_endian).map(u64::from),
                }
            })
            .collect()
    }

    fn value_start(&self, entry: Entry, size: usize) -> Option<usize> {
        let length = usize::try_from(entry.count).ok()?.checked_mul(size)?;
        if length <= 4 {
            Some(entry.value_at)
        } else {
            usize::try_from(u32_at(self.bytes, entry.value_at, self.big_endian)?).ok()
        }
    }

    fn rational(&self, tag: u16) -> Option<f64> {
        let entry = self.entry(tag)?;
        if entry.kind != 5 || entry.count != 1 {
            return None;
        }
        let at = self.value_start(entry, 8)?;
        let above = u32_at(self.bytes, at, self.big_endian)?;
        let below = u32_at(self.bytes, at.checked_add(4)?, self.big_endian)?;
        (below != 0).then(|| f64::from(above) / f64::from(below))
    }

    /// `Orientation` (274).
    pub(super) fn orientation(&self) -> Option<u16> {
        let values = self.numbers(274)?;
        u16::try_from(*values.first()?).ok()
    }

    /// `XResolution`, `YResolution`, `ResolutionUnit` (282, 283, 296). The unit "none" gives
    /// no resolution.
    pub(super) fn dpi(&self) -> Option<Dpi> {
        let unit = self
            .numbers(296)
            .and_then(|values| values.first().copied())
            .unwrap_or(2);
        let to_inch = match unit {
            2 => 1.0,
            3 => 2.54,
            _ => return None,
        };
        Dpi::plausible(self.rational(282)? * to_inch, self.rational(283)? * to_inch)
    }
}

fn u16_at(bytes: &[u8], at: usize, big_endian: bool) -> Option<u16> {
    let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(if big_endian {
        u16::from_be_bytes(two)
    } else {
        u16::from_le_bytes(two)
    })
}

fn u32_at(bytes: &[u8], at: usize, big_endian: bool) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(if big_endian {
        u32::from_be_bytes(four)
    } else {
        u32::from_le_bytes(four)
    })
}
