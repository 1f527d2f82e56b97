//! What can go wrong between ledger and catalog, by what a caller does about it.

use std::sync::Arc;

use catalog::CatalogError;
use domain::{BatchId, Timestamp};
use entries::EntryError;
use ledger::log::LedgerError;

/// A command was not entered, or the journal could not be opened.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// The ledger was cut, forked or tampered with: nothing is written until two people decide.
    #[error("writing has stopped: {findings}")]
    Stopped {
        /// What was found, in words.
        findings: String,
    },
    /// This host has no writer key or no log key.
    #[error("this host cannot write: its writer key and log key are not there")]
    NoKeys,
    /// The clock is further ahead of the last entry than the configured bound.
    #[error(
        "the clock says {now}, more than {bound_days} days after the last entry at {last}: nothing is written until the clock is confirmed"
    )]
    ClockAhead {
        /// The time of the last entry.
        last: Timestamp,
        /// What the clock says.
        now: Timestamp,
        /// The configured bound.
        bound_days: u32,
    },
    /// It is not known whether the entries are in the ledger. They may be: look again after
    /// reopening before entering the same.
    #[error("it is not known whether this was recorded; open the archive again to find out")]
    Unsettled(#[source] Arc<LedgerError>),
    /// The ledger could not be read or written. Nothing was entered.
    #[error("the ledger could not be used")]
    Ledger(#[source] Arc<LedgerError>),
    /// The catalog could not be used.
    #[error("the catalog could not be used")]
    Catalog(#[source] Arc<CatalogError>),
    /// The entry cannot be written, or one in the ledger cannot be read.
    #[error("an entry could not be written or read")]
    Entry(#[source] Arc<EntryError>),
    /// What was to be entered is longer than an entry may be.
    #[error("an entry of {size_bytes} bytes is longer than an entry may be")]
    TooLong {
        /// Its length.
        size_bytes: usize,
    },
    /// The batch was declared interrupted, or closed, by another process meanwhile. Nothing was
    /// entered, and nothing can be entered for it any more.
    #[error(
        "another process with this host's keys has ended the batch {batch}: take the files in again, and give each host its own folder and keys"
    )]
    BatchNotOpen {
        /// The batch.
        batch: BatchId,
    },
    /// Whoever decides has refused. Nothing was entered.
    #[error(transparent)]
    Refused(Arc<dyn std::error::Error + Send + Sync>),
    /// The entry is in the ledger, and the catalog has not come as far: what it does not have
    /// may be there all the same.
    #[error("the catalog has not followed the ledger to entry {entry}")]
    Behind {
        /// The number of the entry.
        entry: u64,
    },
    /// The committer has ended; nothing more is entered.
    #[error("the journal has ended")]
    Ended,
}

impl JournalError {
    /// A refusal by what decides, which its caller finds again by its type.
    pub fn refused(refusal: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Refused(Arc::new(refusal))
    }

    /// Whether the entry may be in the ledger all the same.
    #[must_use]
    pub const fn may_be_entered(&self) -> bool {
        matches!(self, Self::Unsettled(_) | Self::Behind { .. } | Self::Ended)
    }
}

impl From<LedgerError> for JournalError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(Arc::new(error))
    }
}

impl From<CatalogError> for JournalError {
    fn from(error: CatalogError) -> Self {
        Self::Catalog(Arc::new(error))
    }
}

impl From<EntryError> for JournalError {
    fn from(error: EntryError) -> Self {
        Self::Entry(Arc::new(error))
    }
}

/// A value of the catalog that is none of what this program writes.
pub(crate) fn unreadable(what: &str) -> JournalError {
    JournalError::from(CatalogError::Unreadable {
        doing: "reading a fact",
        found: format!("no {what} that this program writes"),
    })
}
