//! Recovery: what a crash left is finished or undone.
//!
//! A batch that this host received and never closed belongs to a process that is gone: one
//! process at a time holds the catalog. First the batch is declared interrupted in the ledger:
//! from there on no entry can name anything of it, neither one that a store still held back nor
//! one of a process that is not gone after all, on a copy of this host's folder. Then what was
//! sealed under the batch's ids and never entered is discarded, and the batch is closed. A
//! crash in between is finished the same way.

use catalog::{Dimension, Query, Term};
use domain::{Actor, BatchId, RequestId, Via};
use entries::{BatchClosed, BatchEnd, BatchInterrupted, Body, Entry};
use journal::{BatchStanding, JournalError, OpenBatch};

use crate::batch::{derived_bits, draft, entropy};
use crate::error::IngestError;
use crate::intake::Intake;
use crate::record_id;

/// What recovery did for one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The batch.
    pub batch: BatchId,
    /// Records of it that are filed.
    pub filed: u64,
    /// Records of it that are kept as exceptions.
    pub excepted: u64,
    /// Records that were not taken in: their files are with whoever gave them.
    pub not_taken: u64,
    /// Objects of unfinished records that were removed.
    pub discarded: u64,
}

impl Intake {
    /// Closes every batch of this host that is open. Only to be called before this process
    /// takes anything in itself.
    pub async fn recover(&self, actor: &Actor) -> Result<Vec<Recovered>, IngestError> {
        let open = OpenBatch::all(self.setup.journal.catalog())?;
        let mut recovered = Vec::new();
        for batch in open
            .into_iter()
            .filter(|batch| batch.writer == self.setup.writer)
        {
            match self.recover_batch(&batch, actor).await {
                Ok(done) => recovered.push(done),
                // Another process was faster; it accounts for the batch.
                Err(IngestError::Journal(JournalError::BatchNotOpen { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(recovered)
    }

    async fn recover_batch(
        &self,
        open: &OpenBatch,
        actor: &Actor,
    ) -> Result<Recovered, IngestError> {
        let interrupted = self.interrupt(open, actor).await?;
        // The ledger has the interruption and whatever was filed before it. What follows takes
        // what the catalog does not have for what was never filed, so it must have come as far.
        let head = self.setup.journal.catalog().head();
        let size = head
            .map_err(JournalError::from)?
            .map_or(0, |head| head.size);
        if size <= interrupted {
            return Err(JournalError::Behind { entry: interrupted }.into());
        }
        let mut recovered = Recovered {
            batch: open.batch,
            filed: 0,
            excepted: 0,
            not_taken: 0,
            discarded: 0,
        };
        for n in 0..open.records {
            let record = record_id(open.batch, n);
            let page = self
                .setup
                .journal
                .catalog()
                .query(&Query {
                    all: vec![
                        Term::new(Dimension::Record, record.to_string()),
                        Term::new(Dimension::Batch, open.batch.to_string()),
                    ],
                    limit: 1,
                    ..Query::default()
                })
                .map_err(journal::JournalError::from)?;
            let entered = page
                .rows
                .first()
                .map(|row| Entry::parse(&row.line))
                .transpose();
            let body = entered
                .map_err(journal::JournalError::from)?
                .map(|entry| entry.body());
            match body
                .transpose()
                .map_err(journal::JournalError::from)?
                .flatten()
            {
                Some(Body::RecordFiled(_)) => recovered.filed += 1,
                Some(Body::RecordExcepted(_)) => recovered.excepted += 1,
                _ => {
                    recovered.discarded += self.discard(record).await?;
                    recovered.not_taken += 1;
                }
            }
        }
        let body = Body::BatchClosed(BatchClosed {
            batch: open.batch,
            branch: open.branch.clone(),
            end: BatchEnd::Recovered,
            filed: recovered.filed,
            excepted: recovered.excepted,
            known: 0,
            not_taken: recovered.not_taken,
            discarded: recovered.discarded,
        });
        let id = RequestId::from_parts(self.unix_ms(), entropy()?);
        let draft = draft(id, actor, &Via::System, body);
        let batch = open.batch;
        self.setup
            .journal
            .enter(id, move |view| {
                view.demand_batch(batch, BatchStanding::Interrupted)?;
                Ok(draft.clone())
            })
            .await?;
        Ok(recovered)
    }

    /// Enters that nothing more may be filed for the batch, unless that is entered already;
    /// answers the number of that entry.
    async fn interrupt(&self, open: &OpenBatch, actor: &Actor) -> Result<u64, IngestError> {
        let body = Body::BatchInterrupted(BatchInterrupted {
            batch: open.batch,
            branch: open.branch.clone(),
        });
        // One for each batch: a repetition is answered with the entry there is.
        let id = interruption_id(open.batch);
        let draft = draft(id, actor, &Via::System, body);
        let batch = open.batch;
        let entered = self
            .setup
            .journal
            .enter(id, move |view| {
                view.demand_batch(batch, BatchStanding::Open)?;
                Ok(draft.clone())
            })
            .await?;
        Ok(entered.index())
    }
}

/// The request id of a batch's interruption: it follows from the batch.
fn interruption_id(batch: BatchId) -> RequestId {
    RequestId::from_bits(derived_bits(
        batch,
        &format!("vouchsafe interruption/1\n{batch}\n"),
    ))
}
