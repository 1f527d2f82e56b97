//! What a process must remember of the ledger to read on.

use domain::Digest;

use crate::tree::{Frontier, FrontierError, Hash};

const VERSION: u8 = 1;

/// How far a ledger was read: the last commit, and the tree up to it. A catalog keeps it in
/// the same batch as what it derived from that commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    commit: u64,
    sha256: Digest,
    tree: Frontier,
}

/// The bytes are not a head.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HeadError {
    /// They are of another version, or too short.
    #[error("not the head of a ledger: expected version {VERSION}, found {found_bytes} bytes")]
    Shape {
        /// How many bytes there were.
        found_bytes: usize,
    },
    /// What should be the tree is none.
    #[error("the head of the ledger has no tree")]
    Tree(#[source] FrontierError),
}

impl Head {
    pub(super) const fn new(commit: u64, sha256: Digest, tree: Frontier) -> Self {
        Self {
            commit,
            sha256,
            tree,
        }
    }

    /// The number of the commit, from 0.
    #[must_use]
    pub const fn commit(&self) -> u64 {
        self.commit
    }

    /// SHA-256 of the commit.
    #[must_use]
    pub const fn sha256(&self) -> Digest {
        self.sha256
    }

    /// How many entries the log has up to this commit.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root of the tree up to this commit.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The tree up to this commit.
    #[must_use]
    pub const fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// Its bytes: a version byte, the commit's number (8 bytes, big-endian), its SHA-256, the
    /// tree's own bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.commit.to_be_bytes());
        bytes.extend(self.sha256.as_bytes());
        bytes.extend(self.tree.to_bytes());
        bytes
    }

    /// From its bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, HeadError> {
        let shape = || HeadError::Shape {
            found_bytes: bytes.len(),
        };
        let (version, rest) = bytes.split_first().ok_or_else(shape)?;
        let (commit, rest) = rest.split_first_chunk::<8>().ok_or_else(shape)?;
        let (sha256, tree) = rest.split_first_chunk::<32>().ok_or_else(shape)?;
        if *version != VERSION {
            return Err(shape());
        }
        Ok(Self {
            commit: u64::from_be_bytes(*commit),
            sha256: Digest::from_bytes(*sha256),
            tree: Frontier::from_bytes(tree).map_err(HeadError::Tree)?,
        })
    }
}
