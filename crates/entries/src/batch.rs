//! Batches: what was declared, and what came of it.

use domain::{BatchId, BranchCode};
use serde::{Deserialize, Serialize};

/// Where a batch came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchOrigin {
    /// Files on the archive's own machine.
    LocalFiles,
}

/// The body of `batch.received` (批次接收). It stands in the ledger before the first object of
/// the batch is sealed: the ids of its records follow from the batch's id, so whatever a crash
/// leaves behind can be found and removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchReceived {
    /// The batch.
    pub batch: BatchId,
    /// Where it came from.
    pub origin: BatchOrigin,
    /// The branch that answers for it (R13).
    pub branch: BranchCode,
    /// How many files it declares.
    pub files: u64,
    /// How many records they make.
    pub records: u64,
}

/// The body of `batch.interrupted` (批次中断): the process that took the batch in is gone. From
/// here on nothing more is filed for it, whoever still tries; only then may what was sealed for
/// it and never entered be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchInterrupted {
    /// The batch.
    pub batch: BatchId,
    /// The branch that answers for it (R13).
    pub branch: BranchCode,
}

/// How a batch came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchEnd {
    /// Every record is accounted for.
    Complete,
    /// Whoever ran it stopped it, or it could not go on.
    Stopped,
    /// The process that ran it was gone; the next one closed it.
    Recovered,
}

/// The body of `batch.closed` (批次办结).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchClosed {
    /// The batch.
    pub batch: BatchId,
    /// The branch that answers for it (R13).
    pub branch: BranchCode,
    /// How it ended.
    pub end: BatchEnd,
    /// Records that were filed.
    pub filed: u64,
    /// Records that were kept as exceptions.
    pub excepted: u64,
    /// Records that had been taken in before, by the same request.
    pub known: u64,
    /// Records that were not taken in: their files are still with whoever gave them.
    pub not_taken: u64,
    /// Objects of unfinished records that were removed.
    pub discarded: u64,
}
