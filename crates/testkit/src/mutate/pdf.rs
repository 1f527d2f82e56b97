//! PDF (ISO 32000): numbers, references, names and nesting in what is text.

use super::{below, odd_number, part, pick};
use crate::seed::Rng;

/// Filters and kinds that send a reader elsewhere.
const NAMES: [&[u8]; 18] = [
    b"/DCTDecode",
    b"/FlateDecode",
    b"/LZWDecode",
    b"/CCITTFaxDecode",
    b"/JBIG2Decode",
    b"/JPXDecode",
    b"/RunLengthDecode",
    b"/ASCII85Decode",
    b"/ASCIIHexDecode",
    b"/Page",
    b"/Pages",
    b"/XObject",
    b"/Image",
    b"/Form",
    b"/ObjStm",
    b"/XRef",
    b"/DeviceN",
    b"/Indexed",
];
/// What opens without being closed, or turns in a circle.
const NESTED: [&[u8]; 8] = [
    b"[", b"<<", b"(", b"<</A", b"[[<<", b"q ", b"/Fm Do ", b"BT ",
];
/// A match is looked for in this many bytes.
const STRETCH_BYTES: usize = 64 * 1024;

/// Stretches of the file for which `inside` holds, from a place that chance gives.
fn stretch(
    bytes: &[u8],
    rng: &mut Rng,
    begins: impl Fn(u8) -> bool,
    inside: impl Fn(u8) -> bool,
) -> Option<std::ops::Range<usize>> {
    // The texts of a scanner's PDF lie at its two ends; the picture between them is no text.
    let near = below(rng, 4096.min(bytes.len()));
    let from = match rng.below(4) {
        0 => below(rng, bytes.len()),
        1 => near,
        _ => bytes.len() - near,
    };
    let found = part(bytes, from..from + STRETCH_BYTES)
        .iter()
        .position(|byte| begins(*byte))?;
    let start = from + found;
    let length = part(bytes, start + 1..bytes.len())
        .iter()
        .take_while(|byte| inside(**byte))
        .count();
    Some(start..start + 1 + length)
}

pub(super) fn change(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    match rng.below(8) {
        0..3 => {
            if let Some(number) = stretch(bytes, rng, is_digit, is_digit) {
                bytes.splice(number, number_text(rng).into_bytes());
            }
        }
        // A number of the same length: places in the file stay what they are, references do not.
        3 | 4 => {
            if let Some(number) = stretch(bytes, rng, is_digit, is_digit) {
                let length = number.len();
                let digits = (0..length).map(|_| b'0' + super::low_byte(u64::from(rng.below(10))));
                let digits: Vec<u8> = digits.collect();
                bytes.splice(number, digits);
            }
        }
        5 => {
            let name = stretch(bytes, rng, |b| b == b'/', |b| b.is_ascii_alphanumeric());
            if let Some(name) = name {
                bytes.splice(name, pick(rng, &NAMES).unwrap_or_default().iter().copied());
            }
        }
        6 => {
            let place = stretch(bytes, rng, |b| b == b' ' || b == b'\n', |_| false);
            let at = place.map_or(0, |place| place.end);
            let depth = pick(rng, &[1, 10, 300, 5_000, 60_000]).unwrap_or(1);
            let nested = pick(rng, &NESTED).unwrap_or_default().repeat(depth);
            bytes.splice(at..at, nested);
        }
        _ => {
            // A reference to another object, or to itself.
            let reference = format!(" {} 0 R", rng.below(12));
            if let Some(number) = stretch(bytes, rng, is_digit, is_digit) {
                bytes.splice(number, reference.into_bytes());
            }
        }
    }
}

fn number_text(rng: &mut Rng) -> String {
    let odd = odd_number(rng, 4096);
    match rng.below(6) {
        0 => format!("-{odd}"),
        1 => format!("{odd}.5"),
        2 => format!("{odd}{odd}{odd}"),
        _ => odd.to_string(),
    }
}
