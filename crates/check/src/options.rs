//! What a check is asked to do, and why it could not be done at all.

use domain::Digest;
use store::StoreError;

use crate::Identity;

/// How closely to look, and what to compare with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether payloads are read and hashed, and not only their sizes compared.
    pub read_data: bool,
    /// What opens bags and derived objects. Those are then read whole in any case.
    pub identity: Option<Identity>,
    /// The head of the catalog, where there is one. It must be taken before the check begins.
    pub catalog: Option<CatalogHead>,
    /// Checkpoints that somebody kept, each the text of a signed note: the ledger must
    /// continue every one of them.
    pub kept_checkpoints: Vec<String>,
    /// How many objects are looked at together; at least 1.
    pub concurrency: usize,
}

impl Default for Options {
    /// Every byte that needs no key, compared with nothing.
    fn default() -> Self {
        Self {
            read_data: true,
            identity: None,
            catalog: None,
            kept_checkpoints: Vec::new(),
            concurrency: 4,
        }
    }
}

/// What a catalog says it has applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogHead {
    /// Number of the last commit it applied.
    pub commit: u64,
    /// SHA-256 of that commit.
    pub commit_sha256: Digest,
    /// How many entries the ledger has with that commit.
    pub size: u64,
}

/// The check could not be carried out: there is no report.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There is neither a `fonds.json` nor a commit. It is another folder, or an empty one.
    #[error("{store} holds no archive: neither fonds.json nor a commit")]
    NotAnArchive {
        /// The store's name.
        store: String,
    },
    /// `fonds.json` could not be read.
    #[error("could not read fonds.json")]
    Fonds {
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// The objects could not be listed.
    #[error("could not list the objects of the archive")]
    List {
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// A part of the check ended by itself: a defect of this program.
    #[error("a part of the check ended before its time")]
    Ended {
        /// How it ended.
        #[source]
        source: tokio::task::JoinError,
    },
}
