//! PNG (ISO 15948): chunks with lengths and checksums.

use super::{below, odd_number, part, pick, put};
use crate::seed::Rng;

const SIGNATURE_BYTES: usize = 8;
/// Length and type before the data, checksum after it.
const CHUNK_FRAME_BYTES: usize = 12;
const TYPES: [&[u8; 4]; 10] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"pHYs", b"iCCP", b"zTXt", b"acTL", b"fdAT",
];

/// The checksum of a chunk's type and data.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// Where a chunk lies, whole, and how much data it has.
#[derive(Clone, Copy)]
struct Chunk {
    at: usize,
    data_bytes: usize,
}

impl Chunk {
    fn end(self) -> usize {
        self.at + CHUNK_FRAME_BYTES + self.data_bytes
    }
}

fn chunks(bytes: &[u8]) -> Vec<Chunk> {
    let mut found = Vec::new();
    let mut at = SIGNATURE_BYTES;
    while let Some(&[a, b, c, d]) = bytes.get(at..at + 4) {
        let data_bytes = u32::from_be_bytes([a, b, c, d]) as usize;
        let chunk = Chunk { at, data_bytes };
        if chunk.end() > bytes.len() {
            break;
        }
        found.push(chunk);
        at = chunk.end();
    }
    found
}

pub(super) fn change(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let found = chunks(bytes);
    let Some(chunk) = pick(rng, &found) else {
        return super::bytes(bytes, b"IEND", rng);
    };
    let odd = u32::try_from(odd_number(rng, bytes.len()) & 0xffff_ffff).unwrap_or_default();
    let data = chunk.at + 8;
    match rng.below(9) {
        0 => put(bytes, chunk.at, &odd.to_be_bytes()),
        1 => drop(bytes.drain(chunk.at..chunk.end())),
        2 => {
            let copy = part(bytes, chunk.at..chunk.end()).to_vec();
            let to = pick(rng, &found).map_or(bytes.len(), Chunk::end);
            bytes.splice(to..to, copy.repeat(1 + below(rng, 20)));
        }
        3 => {
            put(bytes, chunk.at + 4, pick(rng, &TYPES).unwrap_or(b"IEND"));
            seal(bytes, chunk);
        }
        4 => {
            put(
                bytes,
                data + below(rng, chunk.data_bytes),
                &odd.to_be_bytes(),
            );
            seal(bytes, chunk);
        }
        5 => put(bytes, data + chunk.data_bytes, &odd.to_be_bytes()),
        // The header: width, height, then depth, colour, compression, filter, interlacing.
        choice => {
            let Some(header) = found.first().copied() else {
                return;
            };
            let at = header.at + 8;
            if choice == 6 {
                put(bytes, at + below(rng, 2) * 4, &odd.to_be_bytes());
            } else {
                let value = super::low_byte(u64::from(rng.below(18)));
                put(bytes, at + 8 + below(rng, 5), &[value]);
            }
            seal(bytes, header);
        }
    }
}

/// Sets the checksum right.
fn seal(bytes: &mut [u8], chunk: Chunk) {
    let data_end = chunk.at + 8 + chunk.data_bytes;
    let crc = crc32(part(bytes, chunk.at + 4..data_end));
    put(bytes, data_end, &crc.to_be_bytes());
}
