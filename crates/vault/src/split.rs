//! Where an age file is cut in two.
//!
//! This reads no further into the header than it must: the age crate alone knows what it says.

/// The start of the last line of an age header, the one with its MAC (age-encryption.org/v1,
/// "Header"). No line before it can begin so: those begin with the version, with `-> `, or are
/// base64.
const LAST_LINE: &[u8] = b"--- ";

/// Collects the header from the front of an age file that arrives in pieces.
#[derive(Default)]
pub(crate) struct HeaderPart {
    bytes: Vec<u8>,
    line_start: usize,
    complete: bool,
}

impl HeaderPart {
    /// Takes what belongs to the header, and returns what belongs to the payload.
    pub(crate) fn take<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        if self.complete {
            return piece;
        }
        for (at, byte) in piece.iter().enumerate() {
            self.bytes.push(*byte);
            if *byte != b'\n' {
                continue;
            }
            let line = self.bytes.get(self.line_start..).unwrap_or_default();
            if line.starts_with(LAST_LINE) {
                self.complete = true;
                return piece.get(at + 1..).unwrap_or_default();
            }
            self.line_start = self.bytes.len();
        }
        &[]
    }

    /// The header, once its last line has been seen.
    pub(crate) fn complete(&self) -> Option<&[u8]> {
        self.complete.then_some(self.bytes.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] =
        b"age-encryption.org/v1\n-> X25519 abc\nbody\n-> --- grease\n--\n--- mac\n--- no\n\x00\n";

    #[test]
    fn the_header_ends_with_the_first_line_that_begins_with_three_dashes_and_a_space() {
        let end = FILE.len() - b"--- no\n\x00\n".len();
        for piece_size in 1..=FILE.len() {
            let mut part = HeaderPart::default();
            let mut payload = Vec::new();
            for piece in FILE.chunks(piece_size) {
                payload.extend_from_slice(part.take(piece));
            }
            assert_eq!(part.complete(), Some(&FILE[..end]), "{piece_size}");
            assert_eq!(payload, &FILE[end..], "{piece_size}");
        }
    }

    #[test]
    fn a_header_without_its_last_line_feed_is_not_complete() {
        let mut part = HeaderPart::default();
        assert_eq!(part.take(b"age-encryption.org/v1\n--- mac"), b"");
        assert_eq!(part.complete(), None);
        assert_eq!(part.take(b"\n"), b"");
        assert!(part.complete().is_some());
    }
}
