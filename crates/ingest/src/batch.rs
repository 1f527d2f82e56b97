//! A batch: declared, taken in by many hands at once, accounted for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use domain::{Actor, BatchId, BranchCode, Digest, RecordId, RequestId, Via};
use entries::{
    BUILT_IN_RULES, BatchClosed, BatchEnd, BatchOrigin, BatchReceived, Body, Draft, Filing,
};
use futures::StreamExt as _;
use journal::BatchStanding;
use tokio::sync::{Semaphore, watch};

use crate::error::IngestError;
use crate::intake::{Delivery, Intake};
use crate::material::IN_MEMORY_BYTES_MAX;
use crate::outcome::{Outcome, RecordReport};
use crate::plan::PlannedRecord;
use crate::sidecar::Facts;

/// How many records are in work at once while pages are read. More than there are cores: what
/// is read waits for a disk. Not many more: whoever interrupts a batch waits for all of them.
const READ_AT_ONCE: usize = 24;
/// How many are in work at once while none is read. Most of the time of one is waiting for a
/// disk, and all that wait go into one commit.
const UNREAD_AT_ONCE: usize = 64;
/// How much of the files in work is held in memory.
const MEMORY_MIB: usize = 512;

/// What a batch is taken in with.
pub struct BatchRequest {
    /// The branch that answers for it.
    pub branch: BranchCode,
    /// Who takes it in.
    pub actor: Actor,
    /// By which door.
    pub via: Via,
    /// What is said of every record.
    pub facts: Facts,
    /// The records.
    pub records: Vec<PlannedRecord>,
}

/// What came of a batch. The counts add up to what was declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchSummary {
    /// The batch; `None` where there was nothing to take in.
    pub batch: Option<BatchId>,
    /// Records that were filed now.
    pub filed: u64,
    /// Of these, records that stand for no task and wait for a person.
    pub open: u64,
    /// Records that became exceptions now.
    pub excepted: u64,
    /// Records that had been taken in before.
    pub known: u64,
    /// Records that were not taken: their files are where they were.
    pub not_taken: u64,
}

impl BatchSummary {
    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Filed(taken, _) | Outcome::Excepted(taken, _) if taken.before => {
                self.known += 1;
            }
            Outcome::Filed(_, filing) => {
                self.filed += 1;
                self.open += u64::from(matches!(filing, Some(Filing::Open { .. })));
            }
            Outcome::Excepted(..) => self.excepted += 1,
            Outcome::NotTaken { .. } => self.not_taken += 1,
        }
    }

    const fn done(&self) -> u64 {
        self.filed + self.excepted + self.known + self.not_taken
    }
}

/// The id of record `n` (from 0) of a batch. It follows from the batch's id, so that whoever
/// finds an open batch knows the names of everything that may have been sealed for it.
#[must_use]
pub fn record_id(batch: BatchId, n: u64) -> RecordId {
    RecordId::from_bits(derived_bits(
        batch,
        &format!("vouchsafe record/1\n{batch}\n{n}\n"),
    ))
}

/// The bits of an id that follows from a batch's: its time, and 80 bits of the text's SHA-256.
pub(crate) fn derived_bits(batch: BatchId, text: &str) -> u128 {
    let digest = Digest::of(text.as_bytes());
    let entropy = digest
        .as_bytes()
        .iter()
        .take(10)
        .fold(0, |e, byte| (e << 8) | u128::from(*byte));
    (batch.bits() >> 80 << 80) | entropy
}

impl Intake {
    /// Takes a batch in. `report` is called for each record once its outcome is durable; the
    /// order is that of completion. When `stop` turns true no further record is begun.
    ///
    /// # Errors
    /// What stops the batch; everything that was reported stays. The batch is closed when the
    /// archive is next opened.
    pub async fn run(
        &self,
        request: BatchRequest,
        stop: watch::Receiver<bool>,
        mut report: impl FnMut(RecordReport),
    ) -> Result<BatchSummary, IngestError> {
        let mut summary = BatchSummary::default();
        if request.records.is_empty() {
            return Ok(summary);
        }
        let batch = BatchId::from_parts(self.unix_ms(), entropy()?);
        let declared = request.records.len() as u64;
        summary.batch = Some(batch);
        self.receive(&request, batch).await?;
        let BatchRequest {
            branch,
            actor,
            via,
            facts,
            records,
        } = request;
        let delivery = Arc::new(Delivery {
            batch,
            branch,
            actor,
            via,
            flags: facts,
        });

        let stopped = self.work(&delivery, records, &stop, |done| {
            summary.count(&done.outcome);
            report(done);
        });
        let stopped = stopped.await;
        summary.not_taken += declared.saturating_sub(summary.done());
        // What is unsettled may yet turn out to be entered: the batch stays open, and recovery
        // reads the ledger before it discards anything.
        if let Some(error) = stopped {
            return Err(error);
        }
        let end = if *stop.borrow() {
            BatchEnd::Stopped
        } else {
            BatchEnd::Complete
        };
        self.close(&delivery, batch, &summary, end).await?;
        Ok(summary)
    }

    /// Takes the records in, many at once. After the first error none is begun and those in
    /// work come to their own end: what was entered is reported.
    async fn work(
        &self,
        delivery: &Arc<Delivery>,
        records: Vec<PlannedRecord>,
        stop: &watch::Receiver<bool>,
        mut report: impl FnMut(RecordReport),
    ) -> Option<IngestError> {
        let memory = Semaphore::new(MEMORY_MIB);
        let failed = AtomicBool::new(false);
        let mut work = futures::stream::iter((0u64..).zip(records))
            .take_while(|_| std::future::ready(!*stop.borrow() && !failed.load(Relaxed)))
            .map(|(n, planned)| {
                let memory = &memory;
                async move {
                    let _room = memory.acquire_many(weight_mib(&planned)).await;
                    self.take(delivery.clone(), n, planned).await
                }
            })
            .buffer_unordered(self.at_once());
        let mut first = None;
        while let Some(done) = work.next().await {
            match done {
                Ok(done) => report(done),
                Err(error) => {
                    failed.store(true, Relaxed);
                    first.get_or_insert(error);
                }
            }
        }
        first
    }

    fn at_once(&self) -> usize {
        if self.setup.pool.is_some() {
            READ_AT_ONCE
        } else {
            UNREAD_AT_ONCE
        }
    }

    pub(crate) fn unix_ms(&self) -> u64 {
        u64::try_from(self.setup.clock.now().unix_ms()).unwrap_or_default()
    }

    async fn receive(&self, request: &BatchRequest, batch: BatchId) -> Result<(), IngestError> {
        let files: usize = request
            .records
            .iter()
            .map(|record| record.files.len())
            .sum();
        let body = Body::BatchReceived(BatchReceived {
            batch,
            origin: BatchOrigin::LocalFiles,
            branch: request.branch.clone(),
            files: files as u64,
            records: request.records.len() as u64,
        });
        let draft = draft(
            RequestId::from_bits(batch.bits()),
            &request.actor,
            &request.via,
            body,
        );
        loop {
            let (draft, branch) = (draft.clone(), request.branch.clone());
            let tasks = self.setup.tasks.clone();
            let is_native = request.records.iter().all(|one| one.native.is_some());
            let entered = self.setup.journal.enter(draft.id, move |view| {
                let by = (&draft.actor, &draft.via);
                match &tasks {
                    Some(tasks) if is_native => tasks.demand_deliverer(view, &branch, by)?,
                    Some(tasks) => tasks.demand_scanner(view, &branch, by)?,
                    None => {}
                }
                Ok(draft.clone())
            });
            match (entered.await, &self.setup.tasks) {
                (Ok(_), _) => return Ok(()),
                (Err(error), Some(tasks)) if !error.may_be_entered() => {
                    if !tasks.renewed(&error).await? {
                        return Err(error.into());
                    }
                }
                (Err(error), _) => return Err(error.into()),
            }
        }
    }

    async fn close(
        &self,
        delivery: &Delivery,
        batch: BatchId,
        summary: &BatchSummary,
        end: BatchEnd,
    ) -> Result<(), IngestError> {
        let body = BatchClosed {
            batch,
            branch: delivery.branch.clone(),
            end,
            filed: summary.filed,
            excepted: summary.excepted,
            known: summary.known,
            not_taken: summary.not_taken,
            discarded: 0,
        };
        let id = RequestId::from_parts(self.unix_ms(), entropy()?);
        let draft = draft(id, &delivery.actor, &delivery.via, Body::BatchClosed(body));
        self.setup
            .journal
            .enter(id, move |view| {
                view.demand_batch(batch, BatchStanding::Open)?;
                Ok(draft.clone())
            })
            .await?;
        Ok(())
    }
}

pub(crate) fn draft(id: RequestId, actor: &Actor, via: &Via, body: Body) -> Draft {
    Draft {
        id,
        actor: actor.clone(),
        via: via.clone(),
        body,
        rules: BUILT_IN_RULES.to_owned(),
    }
}

/// 80 random bits.
pub(crate) fn entropy() -> Result<u128, IngestError> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| IngestError::Random)?;
    Ok(u128::from_be_bytes(bytes) >> 48)
}

/// How much memory a record's files take while they are in work.
fn weight_mib(planned: &PlannedRecord) -> u32 {
    let bytes: u64 = planned
        .files
        .iter()
        .filter_map(|file| std::fs::metadata(&file.path).ok())
        .map(|meta| meta.len())
        .filter(|bytes| *bytes <= IN_MEMORY_BYTES_MAX)
        .sum();
    let mib = bytes.div_ceil(1 << 20).clamp(1, MEMORY_MIB as u64);
    u32::try_from(mib).unwrap_or(u32::MAX)
}
