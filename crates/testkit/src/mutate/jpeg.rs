//! JPEG (ITU-T T.81): segments with lengths, then coded scans.

use super::{below, low_byte, odd_number, part, pick, put};
use crate::seed::Rng;

const START_OF_SCAN: u8 = 0xda;
/// Frames of all codings, tables, restarts, ends, and what applications add.
const MARKERS: [u8; 20] = [
    0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc9, 0xca, 0xcc, 0xd0, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc,
    0xdd, 0xe0, 0xe1, 0xee,
];

/// A segment before a scan: its marker's place and its length without the marker.
#[derive(Clone, Copy)]
struct Segment {
    at: usize,
    length: usize,
    marker: u8,
}

/// The segments up to the first scan, and that scan's own.
fn segments(bytes: &[u8]) -> Vec<Segment> {
    let mut found = Vec::new();
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        found.push(Segment { at, length, marker });
        at += 2 + length;
        if marker == START_OF_SCAN {
            break;
        }
    }
    found
}

pub(super) fn change(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let found = segments(bytes);
    let Some(segment) = pick(rng, &found) else {
        return super::bytes(bytes, &[0xff, 0xd9], rng);
    };
    let end = (segment.at + 2 + segment.length).min(bytes.len());
    let odd = odd_number(rng, bytes.len());
    let short = [low_byte(odd >> 8), low_byte(odd)];
    let marker = [0xff, pick(rng, &MARKERS).unwrap_or_default()];
    match rng.below(12) {
        0 => put(bytes, segment.at + 2, &short),
        1 => put(bytes, segment.at, &marker),
        2 => drop(bytes.drain(segment.at..end)),
        3 => {
            let copy = part(bytes, segment.at..end).to_vec();
            let to = pick(rng, &found).map_or(2, |other| other.at.min(bytes.len()));
            bytes.splice(to..to, copy.repeat(1 + below(rng, 20)));
        }
        // Tables and parameters, one byte of them.
        4 | 5 => put(
            bytes,
            segment.at + 4 + below(rng, segment.length),
            &[low_byte(odd)],
        ),
        // A marker within the coded scan.
        6 | 7 => {
            let within = below(rng, bytes.len().saturating_sub(end));
            put(bytes, end + within, &marker);
        }
        8 => {
            let interval = [&[0xff, 0xdd, 0, 4], short.as_slice()].concat();
            bytes.splice(segment.at..segment.at, interval);
        }
        // The frame: precision, height, width, components and their sampling.
        choice => {
            let frame = |s: &&Segment| (0xc0..=0xc2).contains(&s.marker);
            let Some(frame) = found.iter().find(frame) else {
                return;
            };
            if choice == 9 {
                put(bytes, frame.at + 5 + below(rng, 2) * 2, &short);
            } else {
                put(bytes, frame.at + 4 + below(rng, 15), &[low_byte(odd)]);
            }
        }
    }
}
