//! What a command may be decided by.

use std::collections::BTreeMap;

use catalog::{Catalog, Dimension, Overlay, Query, Term};
use domain::{BatchId, BranchCode, Digest, RecordId, Timestamp};
use entries::{Body, Entry};

use crate::{JournalError, Lookup};

/// How many holders of the same bytes are named.
const HOLDERS_MAX: usize = 8;

/// The archive as it will be once the commands before this one are written.
pub struct View<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) overlay: &'a Overlay,
    pub(crate) originals: &'a BTreeMap<Digest, Vec<RecordId>>,
    pub(crate) at: Timestamp,
}

impl View<'_> {
    /// The time that the entry will have.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// What entries say that still holds.
    #[must_use]
    pub const fn lookup(&self) -> Lookup<'_> {
        Lookup::over(self.catalog, self.overlay)
    }

    /// How a batch stands.
    pub fn batch(&self, batch: BatchId) -> Result<BatchStanding, JournalError> {
        let fact = |key: &[u8]| self.overlay.fact(self.catalog, key);
        Ok(if fact(&OpenBatch::key_of(batch))?.is_none() {
            BatchStanding::Closed
        } else if fact(&OpenBatch::interrupted_key(batch))?.is_some() {
            BatchStanding::Interrupted
        } else {
            BatchStanding::Open
        })
    }

    /// Refuses what belongs to a batch that does not stand so any more.
    ///
    /// # Errors
    /// [`JournalError::BatchNotOpen`], or the catalog could not be read.
    pub fn demand_batch(&self, batch: BatchId, wanted: BatchStanding) -> Result<(), JournalError> {
        if self.batch(batch)? == wanted {
            return Ok(());
        }
        Err(JournalError::BatchNotOpen { batch })
    }

    /// Records that hold an original with these bytes, newest first.
    pub fn holders(&self, original: Digest) -> Result<Vec<RecordId>, JournalError> {
        let mut holders = self.originals.get(&original).cloned().unwrap_or_default();
        let page = self.catalog.query(&Query {
            all: vec![Term::new(Dimension::Original, original.to_string())],
            limit: HOLDERS_MAX,
            ..Query::default()
        })?;
        for row in page.rows {
            let body = Entry::parse(&row.line)?.body()?;
            if let Some(Body::RecordFiled(record) | Body::RecordExcepted(record)) = body {
                holders.push(record.facts.record);
            }
        }
        holders.truncate(HOLDERS_MAX);
        Ok(holders)
    }
}

/// How a batch stands in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchStanding {
    /// Received, and somebody is taking it in.
    Open,
    /// Whoever took it in is gone: nothing more is filed for it.
    Interrupted,
    /// Accounted for, or never received.
    Closed,
}

/// A batch that was received and not closed (未办结批次).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBatch {
    /// The batch.
    pub batch: BatchId,
    /// The branch that answers for it.
    pub branch: BranchCode,
    /// The host that received it, by its writer key's id: no other may clean up after it.
    pub writer: String,
    /// How many records it declared.
    pub records: u64,
}

impl OpenBatch {
    pub(crate) const PREFIX: &'static [u8] = b"batch/";

    pub(crate) fn key_of(batch: BatchId) -> Vec<u8> {
        [Self::PREFIX, batch.to_string().as_bytes()].concat()
    }

    /// The fact that a batch was interrupted; it goes when the batch is closed.
    pub(crate) fn interrupted_key(batch: BatchId) -> Vec<u8> {
        [b"batch-interrupted/", batch.to_string().as_bytes()].concat()
    }

    pub(crate) fn key(&self) -> Vec<u8> {
        Self::key_of(self.batch)
    }

    /// Number of records, then branch and writer with a slash between: no code has one.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let names = format!("{}/{}", self.branch, self.writer);
        [&self.records.to_be_bytes(), names.as_bytes()].concat()
    }

    pub(crate) fn from_fact(key: &[u8], value: &[u8]) -> Option<Self> {
        let batch = std::str::from_utf8(key.strip_prefix(Self::PREFIX)?)
            .ok()?
            .parse()
            .ok()?;
        let (records, names) = value.split_first_chunk::<8>()?;
        let (branch, writer) = std::str::from_utf8(names).ok()?.split_once('/')?;
        Some(Self {
            batch,
            branch: branch.parse().ok()?,
            writer: writer.to_owned(),
            records: u64::from_be_bytes(*records),
        })
    }

    /// The batches that a catalog knows as open.
    pub fn all(catalog: &Catalog) -> Result<Vec<Self>, JournalError> {
        let facts = catalog.facts_with_prefix(Self::PREFIX)?;
        Ok(facts
            .iter()
            .filter_map(|(key, value)| Self::from_fact(key, value))
            .collect())
    }
}
