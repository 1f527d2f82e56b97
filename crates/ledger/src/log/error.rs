//! What can go wrong with a ledger, by what a caller does about it.

use domain::Digest;
use store::StoreError;

use super::Finding;
use crate::checkpoint::CheckpointError;
use crate::commit::CommitError;
use crate::tree::TreeError;

/// The ledger can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The store could not say what a commit is. Try again later.
    #[error("commit {number} could not be read")]
    ReadCommit {
        /// The commit.
        number: u64,
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// The store could not say whether a commit was written. It may be: read on before
    /// writing the same again.
    #[error("commit {number} could not be written")]
    WriteCommit {
        /// The commit.
        number: u64,
        /// What the store said.
        #[source]
        source: StoreError,
    },
    /// The store acknowledged a commit and does not give it back. The store is not to be
    /// trusted: stop.
    #[error(
        "commit {number} was written as {written} and reads back as {}: the store does not keep \
         what it acknowledges",
        found.map_or("nothing".to_owned(), |digest| digest.to_string())
    )]
    ReadBack {
        /// The commit.
        number: u64,
        /// SHA-256 of what was written.
        written: Digest,
        /// SHA-256 of what was read, if there was anything.
        found: Option<Digest>,
    },
    /// A commit in the store is not the one that belongs there: it was changed, forged, or
    /// written by a host that is not known. Stop.
    #[error("commit {number} is not what belongs there")]
    Commit {
        /// The commit.
        number: u64,
        /// What is wrong with it.
        #[source]
        source: CommitError,
    },
    /// These entries, or these keys, give no commit that a reader would believe. Nothing was
    /// written.
    #[error("no valid commit {number} can be made of these entries and keys")]
    Unwritable {
        /// The commit.
        number: u64,
        /// What would be wrong with it.
        #[source]
        source: CommitError,
    },
    /// The key that is to sign checkpoints is not one of this ledger's log keys.
    #[error("{key} is not a log key of this ledger")]
    LogKey {
        /// The id of the key.
        key: String,
    },
    /// The ledger has no commit yet.
    #[error("the ledger has not begun: it has no commit 0")]
    NotBegun,
    /// The ledger has commits: it can't begin again.
    #[error("the ledger has begun: it is read up to commit {number}")]
    Begun {
        /// The last commit that was read.
        number: u64,
    },
    /// Nothing is written before a survey has found the ledger sound.
    #[error("the ledger was not surveyed, or not found sound: nothing is written to it")]
    NotSurveyed,
    /// A ledger can't begin where something speaks of an older one.
    #[error(
        "a ledger can't begin here: {}",
        findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    Unsound {
        /// What speaks of an older one.
        findings: Vec<Finding>,
    },
    /// The commits in the store could not be listed.
    #[error("the commits could not be listed")]
    List(#[source] StoreError),
    /// The published checkpoint could not be read.
    #[error("the published checkpoint could not be read")]
    ReadCheckpoint(#[source] StoreError),
    /// The checkpoint could not be published. The ledger is whole; publish again later.
    #[error("the checkpoint could not be published")]
    PublishCheckpoint(#[source] StoreError),
    /// What is published is not a checkpoint of this log. It is evidence and stays. Stop.
    #[error("what is published as the checkpoint is not one of this log")]
    CheckpointInvalid(#[source] CheckpointError),
    /// The published checkpoint is of another tree of the same size: the ledger was forked.
    /// It is evidence and stays. Stop.
    #[error("the published checkpoint of {size} entries has the root {published}, not {ours}")]
    Forked {
        /// How many entries both trees have.
        size: u64,
        /// The root of the tree that was read.
        ours: Digest,
        /// The root that is published.
        published: Digest,
    },
    /// The tree's nodes, which the catalog keeps, are not at hand. Rebuild the catalog.
    #[error("the published checkpoint can't be compared with the tree")]
    Nodes(#[source] TreeError),
    /// The nodes that the catalog keeps are not of the tree that was read. Rebuild the catalog.
    #[error("the nodes at hand are not those of the ledger's tree of {size} entries")]
    NodesDiffer {
        /// How many entries were read.
        size: u64,
    },
}
