//! `fonds.json`: what an archive is, written once at its creation.

use domain::{Digest, FondsId, Timestamp};
use serde::{Deserialize, Serialize};

/// For whom things are sealed: age X25519 recipients, as text (`age1…`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRing {
    /// Who opens records.
    pub archive: Vec<String>,
    /// Who opens records when the archive's identity is lost.
    pub recovery: Vec<String>,
    /// Who opens what was read from records, and cards and details.
    pub search: Vec<String>,
}

/// `fonds.json`. Later recipients, keys, writers and versions are ledger entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fonds {
    /// The version of the stored forms: 1.
    pub vouchsafe: u32,
    /// The fonds (全宗号).
    pub fonds: FondsId,
    /// The organisation's name for it (全宗名称).
    pub name: String,
    /// When it was created.
    pub created: Timestamp,
    /// For whom records are sealed.
    pub recipients: KeyRing,
    /// For whom pages in the inbox are sealed.
    pub intake: String,
    /// The log's verifier key, in signed-note form.
    pub log: String,
    /// The verifier keys of the first writers.
    pub writers: Vec<String>,
}

/// The bytes are not a `fonds.json` of this version.
#[derive(Debug, thiserror::Error)]
pub enum FondsError {
    /// Not JSON of its shape.
    #[error("fonds.json is damaged or not of this archive")]
    Damaged(#[source] serde_json::Error),
    /// Of a version that this program does not know.
    #[error("fonds.json has version {found}; this program knows version 1. Use a newer program")]
    Version {
        /// The version found.
        found: u32,
    },
    /// It is not written as this program writes it.
    #[error("fonds.json is not in its canonical form: it was edited")]
    NotCanonical,
}

impl Fonds {
    /// The version of the stored forms that this program writes.
    pub const VERSION: u32 = 1;

    /// The bytes: compact JSON and one LF.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FondsError> {
        let mut bytes = serde_json::to_vec(self).map_err(FondsError::Damaged)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the bytes, strictly.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FondsError> {
        let fonds: Self = serde_json::from_slice(bytes).map_err(FondsError::Damaged)?;
        if fonds.vouchsafe != Self::VERSION {
            return Err(FondsError::Version {
                found: fonds.vouchsafe,
            });
        }
        if fonds.to_bytes()? != bytes {
            return Err(FondsError::NotCanonical);
        }
        Ok(fonds)
    }
}

/// The body of `fonds.created`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FondsCreated {
    /// The fonds.
    pub fonds: FondsId,
    /// SHA-256 of `fonds.json`. With it in the tree, every checkpoint that somebody keeps also
    /// fixes for whom the archive seals and who writes.
    pub fonds_sha256: Digest,
    /// The version of the stored forms.
    pub format: u32,
    /// The program that made it, with its version.
    pub program: String,
    /// How many races of writers the store's probe ran, each with exactly one winner.
    pub probe_rounds: u32,
}
