//! Files to broken files: changes that keep a parser busy, by chance from a seed.
//!
//! [`bytes`] knows no format. [`picture`] knows where TIFF, JPEG, PNG and PDF keep what their
//! readers believe: sizes, counts, offsets, lengths, references. Checksums are set right again,
//! so that what stands behind them is reached.

mod jpeg;
mod pdf;
mod png;
mod tiff;

pub use png::crc32;

use crate::seed::Rng;

/// What a text or number is at its limits.
const ODD_TEXTS: [&[u8]; 10] = [
    b"",
    b"\0",
    b"\n\n",
    b"-1",
    b"18446744073709551616",
    b"\xff\xff\xff\xff",
    "\u{2028}张".as_bytes(),
    b"\\u0000",
    b"{}[]\"",
    b"--- \n",
];

/// Numbers at the limits of their types, and near what sizes and counts are.
const ODD_NUMBERS: [u64; 16] = [
    0,
    1,
    2,
    7,
    0x7f,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x1_0000,
    50_000,
    0x00ff_ffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fff0,
    0xffff_ffff,
];

/// A number below `bound`, or 0 when the bound is 0.
fn below(rng: &mut Rng, bound: usize) -> usize {
    rng.below(u32::try_from(bound).unwrap_or(u32::MAX)) as usize
}

/// One of several.
fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> Option<T> {
    from.get(below(rng, from.len())).copied()
}

/// A number at some limit: of a type, or of the file itself.
fn odd_number(rng: &mut Rng, file_bytes: usize) -> u64 {
    let file_bytes = file_bytes as u64;
    match rng.below(8) {
        0 => rng.draw(),
        1 => u64::from(rng.below(64)),
        2 => file_bytes.saturating_sub(u64::from(rng.below(16))),
        3 => file_bytes / 2,
        _ => pick(rng, &ODD_NUMBERS).unwrap_or_default(),
    }
}

/// The bytes from `at` on, as many as `value` has, are replaced; at the end, fewer.
fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    for (to, from) in bytes.iter_mut().skip(at).zip(value) {
        *to = *from;
    }
}

/// A part of the bytes; empty where it lies outside.
fn part(bytes: &[u8], range: std::ops::Range<usize>) -> &[u8] {
    let end = range.end.min(bytes.len());
    bytes.get(range.start.min(end)..end).unwrap_or_default()
}

/// Changes some bytes: flipped, cut out, put in, doubled, or moved.
pub fn bytes(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    for _ in 0..=rng.below(4) {
        let at = below(rng, bytes.len() + 1);
        let end = (at + below(rng, 64)).min(bytes.len());
        match rng.below(7) {
            0 => {
                let bit = 1 << rng.below(8);
                bytes.iter_mut().skip(at).take(1).for_each(|b| *b ^= bit);
            }
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => {
                let part = part(bytes, at..end).to_vec();
                let to = below(rng, bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            4 => {
                let from = below(rng, other.len() + 1);
                bytes.splice(at..at, part(other, from..from + 40).iter().copied());
            }
            5 => {
                let odd = pick(rng, &ODD_TEXTS).unwrap_or_default();
                bytes.splice(at..end, odd.iter().copied());
            }
            _ => {
                let digit = b'0' + u8::try_from(rng.below(10)).unwrap_or_default();
                let digits = bytes.iter_mut().skip(at).filter(|b| b.is_ascii_digit());
                digits.take(1).for_each(|b| *b = digit);
            }
        }
    }
}

/// Changes a picture's file, mostly where its format keeps what its readers believe. `other` is
/// another file, of any format.
pub fn picture(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    for _ in 0..=rng.below(3) {
        match rng.below(10) {
            0 => self::bytes(bytes, other, rng),
            1 => coarse(bytes, other, rng),
            _ => by_format(bytes, rng),
        }
    }
}

fn by_format(bytes: &mut Vec<u8>, rng: &mut Rng) {
    match bytes.as_slice() {
        [b'I', b'I', ..] | [b'M', b'M', ..] => tiff::change(bytes, rng),
        [0xff, 0xd8, ..] => jpeg::change(bytes, rng),
        [0x89, b'P', b'N', b'G', ..] => png::change(bytes, rng),
        _ => pdf::change(bytes, rng),
    }
}

/// Whole stretches: cut off, taken from another file, repeated, overwritten.
fn coarse(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let at = below(rng, bytes.len() + 1);
    match rng.below(5) {
        0 => bytes.truncate(at),
        1 => {
            let from = below(rng, other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(part(other, from..other.len()));
        }
        2 => {
            let block = part(bytes, at..at + below(rng, 4096)).to_vec();
            let repeated = block.repeat(1 + below(rng, 64));
            bytes.splice(at..at, repeated);
        }
        3 => {
            let noise: Vec<u8> = (0..below(rng, 512)).map(|_| low_byte(rng.draw())).collect();
            put(bytes, at, &noise);
        }
        _ => {
            let value = pick(rng, &[0u8, 0xff, b' ', b'[']).unwrap_or_default();
            put(bytes, at, &vec![value; below(rng, 4096)]);
        }
    }
}

fn low_byte(number: u64) -> u8 {
    number.to_le_bytes().first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_file() {
        let changed = |seed| {
            let mut file =
                b"II*\0\x08\0\0\0\x01\0\0\x01\x04\0\x01\0\0\0\x20\0\0\0\0\0\0\0".to_vec();
            picture(&mut file, b"%PDF-1.4 1 0 obj", &mut Rng::new(seed));
            file
        };
        assert_eq!(changed(7), changed(7));
        let different: std::collections::BTreeSet<_> = (0..100).map(changed).collect();
        assert!(different.len() > 80, "{}", different.len());
    }

    #[test]
    fn anything_can_be_changed() {
        for start in [
            b"II*\0".as_slice(),
            b"\xff\xd8",
            b"\x89PNG\r\n\x1a\n",
            b"%PDF-",
            b"",
        ] {
            for length in 0..40 {
                let mut file = start.to_vec();
                file.extend((0..length).map(|n: u8| n.wrapping_mul(37)));
                for seed in 0..200 {
                    let mut changed = file.clone();
                    picture(&mut changed, start, &mut Rng::new(seed));
                    bytes(&mut changed, start, &mut Rng::new(seed));
                }
            }
        }
    }
}
