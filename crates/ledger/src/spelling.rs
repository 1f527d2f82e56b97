//! The one spelling of bytes and numbers in texts: base64 of RFC 4648 section 4, padded and
//! without stray bits; decimals without sign or leading zeroes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::tree::Hash;

/// The bytes in base64.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a base64 text. None for any other spelling of the same bytes.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A hash of exactly 32 bytes.
pub(crate) fn decode_hash(text: &str) -> Option<Hash> {
    decode(text)?.try_into().ok()
}

/// A number without sign or leading zeroes (C2SP tlog-checkpoint, tlog-proof).
pub(crate) fn decode_number(text: &str) -> Option<u64> {
    let number = text.parse::<u64>().ok()?;
    (number.to_string() == text).then_some(number)
}
