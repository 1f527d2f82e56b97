//! The request id of a record that is taken in: the same input gives the same id, so taking
//! the same files in again answers with the record that there is.

use std::path::Path;

use domain::{BranchCode, Digest, RequestId};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A key that request ids are made with. Without it nobody can confirm a guessed file name
/// from an id and the digests that stand beside it in the ledger.
#[derive(Clone)]
pub struct RequestKey([u8; 32]);

impl RequestKey {
    /// Derives the key from the intake identity's secret text.
    #[must_use]
    pub fn derive(intake_secret: &[u8]) -> Self {
        let mut key = [0u8; 32];
        // 32 bytes are always within what HKDF can give.
        let derived = Hkdf::<Sha256>::new(None, intake_secret)
            .expand(b"vouchsafe intake request/1", &mut key);
        debug_assert!(derived.is_ok());
        Self(key)
    }

    /// The id for these files (name below the given folder, digest of the bytes) of a branch,
    /// with what was said about them.
    #[must_use]
    pub fn id<'a>(
        &self,
        branch: &BranchCode,
        said: &str,
        files: impl IntoIterator<Item = (&'a Path, Digest)>,
    ) -> RequestId {
        // HMAC takes keys of every length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return RequestId::from_bits(0);
        };
        let mut add = |part: &[u8]| {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        };
        add(branch.as_str().as_bytes());
        add(said.as_bytes());
        for (name, sha256) in files {
            add(name.as_os_str().as_encoded_bytes());
            add(sha256.as_bytes());
        }
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        let (first, _) = tag.split_at(16);
        RequestId::from_bits(
            first
                .iter()
                .fold(0, |bits, byte| (bits << 8) | u128::from(*byte)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_input_has_the_same_id_and_any_other_another() {
        let key = RequestKey::derive(b"secret");
        let branch: BranchCode = "0012".parse().unwrap();
        let other: BranchCode = "0013".parse().unwrap();
        let sha = Digest::of(b"bytes");
        let id = key.id(&branch, "", [(Path::new("a.jpg"), sha)]);
        assert_eq!(
            id,
            RequestKey::derive(b"secret").id(&branch, "", [(Path::new("a.jpg"), sha)])
        );
        for different in [
            key.id(&other, "", [(Path::new("a.jpg"), sha)]),
            key.id(&branch, "x", [(Path::new("a.jpg"), sha)]),
            key.id(&branch, "", [(Path::new("b.jpg"), sha)]),
            key.id(&branch, "", [(Path::new("a.jpg"), Digest::of(b"other"))]),
            key.id(
                &branch,
                "",
                [(Path::new("a.jpg"), sha), (Path::new("a.jpg"), sha)],
            ),
            RequestKey::derive(b"secret2").id(&branch, "", [(Path::new("a.jpg"), sha)]),
        ] {
            assert_ne!(different, id);
        }
    }
}
