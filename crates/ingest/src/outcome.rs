//! What became of what was given to be taken in.

use std::path::PathBuf;

use domain::{Digest, RecordId};
use entries::{Filing, Refused};

/// What became of one record.
#[derive(Clone, Debug)]
pub struct RecordReport {
    /// Its files as they were given, with the digest of each that could be read.
    pub files: Vec<(PathBuf, Option<Digest>)>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one record.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is filed, durably: for a task, for none yet, or where none is asked for.
    Filed(Taken, Option<Filing>),
    /// It is kept as an exception, durably.
    Excepted(Taken, Refused),
    /// A file could not be read from where it lies: nothing was kept, the file is where it was.
    NotTaken {
        /// Why, with what to do.
        why: String,
    },
}

/// A record that is in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The record.
    pub record: RecordId,
    /// Its entry in the ledger.
    pub entry: u64,
    /// Whether it had been taken in before, by the same request.
    pub before: bool,
}
