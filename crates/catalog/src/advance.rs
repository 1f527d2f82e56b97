//! What one ledger commit brings.

use domain::{Digest, Timestamp};

use crate::codec::{Reader, length_u32};
use crate::error::CatalogError;
use crate::postings::Place;
use crate::query::Term;

/// The commit that a catalog stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRecord {
    /// The number of the commit, from 0.
    pub commit: u64,
    /// The SHA-256 of the commit object.
    pub commit_sha256: Digest,
    /// How many entries the ledger has up to and with this commit.
    pub size: u64,
    /// The time of the commit.
    pub at: Timestamp,
    /// What the reader of the ledger needs to go on from here; opaque to the catalog.
    pub ledger_state: Vec<u8>,
}

/// An entry with what it is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedEntry {
    /// The line of the ledger.
    pub line: String,
    /// The id of the request that it answers. Several entries of one commit may share it.
    pub id: String,
    /// What it is found by; repeats count once.
    pub terms: Vec<Term>,
}

/// Hashes of the Merkle tree, under the level and index that the caller chose; opaque to the
/// catalog.
///
/// A tile that is replaced with each commit until it is full costs more on disk than all else
/// together: write full tiles, and keep the open edge in the head's `ledger_state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The level.
    pub level: u8,
    /// The index within the level.
    pub index: u64,
    /// The bytes. They replace what the tile had.
    pub bytes: Vec<u8>,
}

/// Everything that one ledger commit brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// The head afterwards.
    pub head: HeadRecord,
    /// The number of the first of `entries`, which is the size of the ledger before.
    pub first_index: u64,
    /// The entries in their order.
    pub entries: Vec<IndexedEntry>,
    /// Tiles that are new or replaced.
    pub tiles: Vec<Tile>,
    /// Facts that are set, or taken away by `None`.
    pub facts: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// A head as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredHead {
    pub(crate) record: HeadRecord,
    /// The time that the entries of this commit are found by. It never goes back: a commit
    /// whose clock was behind its predecessor's is found under the predecessor's time.
    pub(crate) indexed_at_ms: i64,
}

impl StoredHead {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let head = &self.record;
        let mut value = Vec::new();
        value.extend(head.commit.to_be_bytes());
        value.extend(head.commit_sha256.as_bytes());
        value.extend(head.size.to_be_bytes());
        value.extend(head.at.unix_ms().to_be_bytes());
        value.extend(self.indexed_at_ms.to_be_bytes());
        value.extend(length_u32(head.ledger_state.len()));
        value.extend_from_slice(&head.ledger_state);
        value
    }

    pub(crate) fn from_bytes(value: &[u8]) -> Result<Self, CatalogError> {
        let mut reader = Reader::new(value);
        let commit = reader.u64()?;
        let commit_sha256 = reader.digest()?;
        let size = reader.u64()?;
        let at = Timestamp::from_unix_ms(reader.i64()?);
        let indexed_at_ms = reader.i64()?;
        let length = reader.u32()?;
        let ledger_state = reader.rest().to_vec();
        if u32::try_from(ledger_state.len()) != Ok(length) {
            return Err(CatalogError::damaged("the head has a wrong length"));
        }
        Ok(Self {
            record: HeadRecord {
                commit,
                commit_sha256,
                size,
                at,
                ledger_state,
            },
            indexed_at_ms,
        })
    }
}

/// Refuses an advance that doesn't follow the head, or doesn't fit.
pub(crate) fn check(head: Option<&StoredHead>, advance: &Advance) -> Result<(), CatalogError> {
    let fits = |what, expected, found| {
        if expected == found {
            Ok(())
        } else {
            Err(CatalogError::OutOfOrder {
                what,
                expected,
                found,
            })
        }
    };
    let commit = head.map_or(0, |head| head.record.commit.saturating_add(1));
    let size = head.map_or(0, |head| head.record.size);
    let after = size.saturating_add(advance.entries.len() as u64);
    fits("commit", commit, advance.head.commit)?;
    fits("the first entry", size, advance.first_index)?;
    fits("a ledger of size", after, advance.head.size)?;
    Place::of(after)?;
    for entry in &advance.entries {
        check_length("request", &entry.id)?;
        for term in &entry.terms {
            check_length(term.dimension.name(), &term.value)?;
        }
        if u16::try_from(entry.terms.len()).is_err() {
            return Err(CatalogError::TooManyTerms {
                count: entry.terms.len(),
            });
        }
    }
    Ok(())
}

fn check_length(dimension: &'static str, text: &str) -> Result<(), CatalogError> {
    if u16::try_from(text.len()).is_ok() {
        return Ok(());
    }
    Err(CatalogError::TermTooLong {
        dimension,
        length_bytes: text.len(),
    })
}
