//! A door for tests that feed foreign bytes to what reads an age file. In the vault's own use
//! they are compared with the ledger's digests first.

use crate::Identity;
use crate::open::decrypt;
use crate::split::HeaderPart;

/// Cuts an age file where header and payload part, in pieces of this size (at least 1), and
/// decrypts the two parts; `None` where that fails.
#[must_use]
pub fn open_file(file: &[u8], piece_bytes: usize, identity: &Identity) -> Option<Vec<u8>> {
    let mut part = HeaderPart::default();
    let mut payload = Vec::new();
    for piece in file.chunks(piece_bytes.max(1)) {
        payload.extend_from_slice(part.take(piece));
    }
    let mut content = Vec::new();
    decrypt(part.complete()?, payload.as_slice(), identity, &mut content).ok()?;
    Some(content)
}
