//! Batches (批次): what was declared, what came of it, and how its records stand now.

use catalog::{Cursor, Dimension, Query, Term};
use domain::{BatchId, BranchCode, Timestamp};
use entries::{BatchClosed, BatchReceived, Body, Entry, Event, Filing};
use journal::Lookup;

use crate::{Archive, ArchiveError};

/// How many rows are read at once.
const PAGE: usize = 1_000;

/// A batch as it was received, and as it came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// When it was received.
    pub at: Timestamp,
    /// What was declared.
    pub received: BatchReceived,
    /// What came of it; none while it is open.
    pub closed: Option<BatchClosed>,
}

/// How the records of a batch stand now. The counts add up to the records that it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchRecords {
    /// Filed where the branch scanned for no tasks.
    pub filed: u64,
    /// For a task from the beginning.
    pub for_task: u64,
    /// Exceptions that wait for a person.
    pub waiting: u64,
    /// Exceptions that were settled.
    pub settled: u64,
}

impl Archive {
    /// Batches, newest first, of one branch or of all.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn batches(
        &self,
        branch: Option<&BranchCode>,
        limit: usize,
    ) -> Result<Vec<BatchRow>, ArchiveError> {
        let mut all = vec![Term::new(Dimension::Event, Event::BatchReceived.as_str())];
        all.extend(branch.map(|branch| Term::new(Dimension::Branch, branch.as_str())));
        let page = self.catalog().query(&Query {
            all,
            limit,
            ..Query::default()
        })?;
        let rows = page.rows.into_iter().map(|row| {
            let entry = Entry::parse(&row.line)?;
            Ok(match entry.body()? {
                Some(Body::BatchReceived(received)) => Some(BatchRow {
                    at: entry.at,
                    closed: self.batch_end(received.batch)?,
                    received,
                }),
                _ => None,
            })
        });
        rows.filter_map(Result::transpose).collect()
    }

    /// A batch, if it was ever received.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn batch(&self, batch: BatchId) -> Result<Option<BatchRow>, ArchiveError> {
        let Some(entry) = self.of_batch(batch, Event::BatchReceived)? else {
            return Ok(None);
        };
        Ok(match entry.body()? {
            Some(Body::BatchReceived(received)) => Some(BatchRow {
                at: entry.at,
                received,
                closed: self.batch_end(batch)?,
            }),
            _ => None,
        })
    }

    /// How the records of a batch stand now.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn batch_records(&self, batch: BatchId) -> Result<BatchRecords, ArchiveError> {
        let lookup = Lookup::of(self.catalog());
        let mut counts = BatchRecords::default();
        let mut before: Option<Cursor> = None;
        loop {
            let page = self.catalog().query(&Query {
                all: vec![Term::new(Dimension::Batch, batch.to_string())],
                any: vec![vec![
                    Term::new(Dimension::Event, Event::RecordFiled.as_str()),
                    Term::new(Dimension::Event, Event::RecordExcepted.as_str()),
                ]],
                before,
                limit: PAGE,
                ..Query::default()
            })?;
            for row in page.rows {
                let body = Entry::parse(&row.line)?.body()?;
                let Some(Body::RecordFiled(body) | Body::RecordExcepted(body)) = body else {
                    continue;
                };
                match lookup.exception(body.facts.record)? {
                    Some(queued) if queued.exception.is_waiting() => counts.waiting += 1,
                    Some(_) => counts.settled += 1,
                    None if matches!(body.filing, Some(Filing::Task { .. })) => {
                        counts.for_task += 1;
                    }
                    None => counts.filed += 1,
                }
            }
            before = page.next;
            if before.is_none() {
                return Ok(counts);
            }
        }
    }

    fn batch_end(&self, batch: BatchId) -> Result<Option<BatchClosed>, ArchiveError> {
        let Some(entry) = self.of_batch(batch, Event::BatchClosed)? else {
            return Ok(None);
        };
        Ok(match entry.body()? {
            Some(Body::BatchClosed(closed)) => Some(closed),
            _ => None,
        })
    }

    /// The newest entry of an event about a batch.
    fn of_batch(&self, batch: BatchId, event: Event) -> Result<Option<Entry>, ArchiveError> {
        let page = self.catalog().query(&Query {
            all: vec![
                Term::new(Dimension::Batch, batch.to_string()),
                Term::new(Dimension::Event, event.as_str()),
            ],
            limit: 1,
            ..Query::default()
        })?;
        let line = page.rows.first().map(|row| Entry::parse(&row.line));
        Ok(line.transpose()?)
    }
}
