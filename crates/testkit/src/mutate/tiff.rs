//! TIFF 6.0, section 2: directories of entries, and the chain that they form.

use super::{below, odd_number, pick, put};
use crate::seed::Rng;

/// As many directories are looked at.
const DIRECTORIES_MAX: usize = 8;
/// Tags by which a reader decides how to decode.
const TAGS: [u16; 24] = [
    254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 284, 292, 293, 317, 320, 322,
    323, 324, 325, 347, 530,
];
/// Compressions that are known, and some that are not.
const COMPRESSIONS: [u64; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34712, 50000];

/// Which end of a number comes first.
#[derive(Clone, Copy)]
struct Order {
    big_endian: bool,
}

impl Order {
    fn number(self, bytes: &[u8], at: usize, length: usize) -> Option<usize> {
        let part = bytes.get(at..at.checked_add(length)?)?;
        let fold = |value: usize, byte: &u8| value << 8 | usize::from(*byte);
        Some(if self.big_endian {
            part.iter().fold(0, fold)
        } else {
            part.iter().rev().fold(0, fold)
        })
    }

    fn set(self, bytes: &mut [u8], at: usize, length: usize, value: u64) {
        let mut part: Vec<u8> = value.to_le_bytes().into_iter().take(length).collect();
        if self.big_endian {
            part.reverse();
        }
        put(bytes, at, &part);
    }
}

/// Where the directories begin, along their chain.
fn directories(bytes: &[u8], order: Order) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = order.number(bytes, 4, 4);
    while let Some(here) = at
        && here != 0
        && found.len() < DIRECTORIES_MAX
    {
        found.push(here);
        let entries = order.number(bytes, here, 2).unwrap_or(0);
        at = order.number(bytes, here + 2 + entries * 12, 4);
    }
    found
}

pub(super) fn change(bytes: &mut [u8], rng: &mut Rng) {
    let order = Order {
        big_endian: bytes.first() == Some(&b'M'),
    };
    let chain = directories(bytes, order);
    let odd = odd_number(rng, bytes.len());
    let Some(directory) = pick(rng, &chain) else {
        order.set(bytes, 4, 4, odd);
        return;
    };
    let entries = order.number(bytes, directory, 2).unwrap_or(0);
    let entry = directory + 2 + below(rng, entries) * 12;
    let next = directory + 2 + entries * 12;
    match rng.below(16) {
        0 => order.set(bytes, 4, 4, odd),
        1 => order.set(bytes, directory, 2, odd),
        // A ring, or a chain that leads elsewhere.
        2 => {
            let target = pick(rng, &chain).map_or(odd, |at| at as u64);
            order.set(bytes, next, 4, target);
        }
        3 => order.set(bytes, next, 4, odd),
        4 => order.set(bytes, entry, 2, pick(rng, &TAGS).map_or(odd, u64::from)),
        5 => order.set(bytes, entry + 2, 2, u64::from(rng.below(20))),
        6 | 7 => order.set(bytes, entry + 4, 4, odd),
        // The other numbers of a list that lies elsewhere.
        8 => {
            let list = order.number(bytes, entry + 8, 4).unwrap_or(0);
            order.set(bytes, list + below(rng, 32) * 4, 4, odd);
        }
        9 => {
            let compression = pick(rng, &COMPRESSIONS).unwrap_or_default();
            if let Some(at) = entry_of(bytes, order, directory, 259) {
                order.set(bytes, at + 8, 2, compression);
            }
        }
        10 => put(bytes, 2, &[43, 0, 8, 0]), // BigTIFF
        11 => put(bytes, 0, if order.big_endian { b"II" } else { b"MM" }),
        _ => order.set(bytes, entry + 8, 4, odd),
    }
}

fn entry_of(bytes: &[u8], order: Order, directory: usize, tag: usize) -> Option<usize> {
    let entries = order.number(bytes, directory, 2)?;
    (0..entries.min(100))
        .map(|entry| directory + 2 + entry * 12)
        .find(|at| order.number(bytes, *at, 2) == Some(tag))
}
