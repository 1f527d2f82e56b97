//! Group commit: everything that waits goes into the next commit.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use catalog::{Catalog, Overlay, Requested};
use domain::{Clock, Digest, RecordId, RequestId, Timestamp};
use entries::Body;
use ledger::commit::{COMMIT_MAX_ENTRIES, ENTRY_MAX_BYTES, LINES_MAX_BYTES};
use ledger::log::{Appended, LedgerError, Signers};
use store::StoreError;
use tokio::sync::mpsc;

use crate::opening::InStep;
use crate::{Entered, JournalError, Standing, View, Waiting, index, sheets};

/// The most commands that are decided for one commit.
const GROUP_MAX: usize = 1024;
/// A day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The longest pause of a writer that meets others, in milliseconds: some commits' worth.
const PAUSE_MS_MAX: u64 = 32;
/// How long to wait for a command before the catalog is looked at, and one that could not be
/// opened again is tried once more.
const BEHIND_PAUSE: Duration = Duration::from_secs(1);
/// For so many commits of its own a writer remembers that it met others.
const CROWD_MEMORY: u32 = 8;

pub(crate) struct Committer {
    pub(crate) in_step: InStep,
    pub(crate) signers: Option<Signers>,
    pub(crate) standing: Standing,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) clock_ahead_days_max: u32,
    /// How crowded the ledger is: counts down with each commit won.
    pub(crate) crowd: u32,
    /// The catalog could not follow the ledger. It is opened again before anything is decided.
    pub(crate) behind: bool,
}

/// A group that is decided and not yet written.
#[derive(Default)]
struct Group {
    lines: Vec<String>,
    size_bytes: usize,
    /// Each with the position of its line.
    taken: Vec<Waiting>,
    overlay: Overlay,
    originals: BTreeMap<Digest, Vec<RecordId>>,
}

/// What became of one command while its group was decided.
enum Decided {
    Taken(Waiting),
    /// It belongs into the next group.
    Later(Waiting),
    Answered,
}

impl Committer {
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Waiting>) {
        let mut queue = VecDeque::new();
        loop {
            if queue.is_empty() {
                match self.next(&mut commands).await {
                    Some(waiting) => queue.push_back(waiting),
                    None => return,
                }
            }
            if self.crowd > 0 {
                // Whoever just won lets the others have a turn; what comes meanwhile goes into
                // the same commit.
                pause(PAUSE_MS_MAX).await;
            }
            while queue.len() < GROUP_MAX
                && let Ok(waiting) = commands.try_recv()
            {
                queue.push_back(waiting);
            }
            self.commit(&mut queue).await;
        }
    }

    /// The next command. Until it comes, a catalog that fell behind is helped up: it may have
    /// stopped under whoever only reads, and sends no command.
    async fn next(&mut self, commands: &mut mpsc::Receiver<Waiting>) -> Option<Waiting> {
        loop {
            if let Ok(next) = tokio::time::timeout(BEHIND_PAUSE, commands.recv()).await {
                return next;
            }
            if let Err(error) = self.keep_level().await {
                tracing::debug!(%error, "the catalog still cannot follow the ledger");
            }
        }
    }

    /// Whether the catalog has to be opened again. Where the ledger contradicts what is known,
    /// that mends nothing.
    fn is_behind(&self) -> bool {
        let stopped = matches!(self.standing, Standing::Stopped(_));
        !stopped && (self.behind || self.in_step.catalog.is_stopped())
    }

    /// Opens a catalog that fell behind again, and brings it to the ledger's head.
    async fn keep_level(&mut self) -> Result<(), JournalError> {
        if !self.is_behind() {
            return Ok(());
        }
        self.behind = true;
        let level = self.in_step.resume().await?;
        self.behind = false;
        if level.findings.is_empty() {
            tracing::info!("the catalog was opened again and follows the ledger");
        } else {
            let findings = level.findings.join("; ");
            tracing::error!(
                findings,
                "the catalog was opened again and does not follow the ledger"
            );
            self.standing = Standing::Stopped(level.findings);
        }
        Ok(())
    }

    /// Decides what waits, writes it, answers it. Commands that did not fit stay in the queue.
    async fn commit(&mut self, queue: &mut VecDeque<Waiting>) {
        let mut lost = 0u32;
        loop {
            if let Err(error) = self.keep_level().await {
                return refuse_all(queue.drain(..), &error);
            }
            let signers = match self.may_write() {
                Ok(signers) => signers,
                Err(error) => return refuse_all(queue.drain(..), &error),
            };
            let at = match self.now() {
                Ok(at) => at,
                Err(error) => return refuse_all(queue.drain(..), &error),
            };
            let group = self.decide(queue, at);
            if group.lines.is_empty() {
                return;
            }
            match self.in_step.ledger.append(&group.lines, &signers).await {
                Ok(Appended::Won(won)) => {
                    self.crowd = self.crowd.saturating_sub(1);
                    if let Err(unpublished) = &won.published {
                        tracing::warn!(error = %unpublished, "the checkpoint is not published yet");
                    }
                    let first = won.committed.first;
                    if let Err(error) = self.in_step.apply(&won.committed) {
                        self.fell_behind(&error).await;
                    }
                    return answer(group.taken, first, at);
                }
                Ok(Appended::Lost) => {
                    tracing::debug!(lost, "another writer was faster");
                    give_back(queue, group.taken);
                    if let Err(error) = self.in_step.catch_up().await {
                        // The ledger's head moves before the catalog's. Only where the ledger
                        // itself could not be read do they still stand together.
                        self.behind |= !matches!(error, JournalError::Ledger(_));
                        return refuse_all(queue.drain(..), &error);
                    }
                    self.crowd = CROWD_MEMORY;
                    lost = lost.saturating_add(1);
                    // Whoever has lost often pauses least, so nobody waits for ever.
                    pause(PAUSE_MS_MAX >> lost.min(5)).await;
                }
                // What is published could not be compared after the last commit. Nothing of
                // this group was tried yet: look again, then try.
                Err(LedgerError::NotSurveyed) => {
                    give_back(queue, group.taken);
                    match self.in_step.survey().await {
                        Ok(survey) if survey.findings.is_empty() => {}
                        Ok(survey) => {
                            let findings = survey.findings.iter().map(ToString::to_string);
                            self.standing = Standing::Stopped(findings.collect());
                        }
                        Err(error) => return refuse_all(queue.drain(..), &error),
                    }
                }
                Err(error) => {
                    let error = self.not_written(error);
                    return refuse_all(group.taken.into_iter(), &error);
                }
            }
        }
    }

    fn may_write(&self) -> Result<Signers, JournalError> {
        match &self.standing {
            Standing::Stopped(findings) => Err(JournalError::Stopped {
                findings: findings.join("; "),
            }),
            Standing::ReadOnly | Standing::Sound => {
                self.signers.clone().ok_or(JournalError::NoKeys)
            }
        }
    }

    /// The time of the next commit: never before the last one's.
    fn now(&self) -> Result<Timestamp, JournalError> {
        let now = self.clock.now();
        let Some(last) = self.in_step.at else {
            return Ok(now);
        };
        let bound_days = self.clock_ahead_days_max;
        if now.unix_ms() - last.unix_ms() > i64::from(bound_days) * DAY_MS {
            return Err(JournalError::ClockAhead {
                last,
                now,
                bound_days,
            });
        }
        Ok(now.max(last))
    }

    fn decide(&self, queue: &mut VecDeque<Waiting>, at: Timestamp) -> Group {
        let mut group = Group::default();
        let mut later = VecDeque::new();
        while let Some(waiting) = queue.pop_front() {
            match self.decide_one(&mut group, waiting, at) {
                Decided::Taken(waiting) => group.taken.push(waiting),
                Decided::Later(waiting) => later.push_back(waiting),
                Decided::Answered => {}
            }
        }
        *queue = later;
        group
    }

    fn decide_one(&self, group: &mut Group, mut waiting: Waiting, at: Timestamp) -> Decided {
        if group.lines.len() >= COMMIT_MAX_ENTRIES {
            return Decided::Later(waiting);
        }
        match group
            .overlay
            .request(&self.in_step.catalog, &waiting.id.to_string())
        {
            Ok(Requested::Never) => {}
            Ok(Requested::Pending) => return Decided::Later(waiting),
            Ok(Requested::Entry(index)) => {
                return answered(waiting, Ok(Entered::Known { index }));
            }
            Err(error) => return answered(waiting, Err(error.into())),
        }
        let decided = self.line(group, &mut waiting, at);
        let (line, body) = match decided {
            Ok(decided) => decided,
            Err(error) => return answered(waiting, Err(error)),
        };
        if group.size_bytes + line.len() >= LINES_MAX_BYTES {
            return Decided::Later(waiting);
        }
        if let Err(error) = group.note(&self.in_step.catalog, waiting.id, &body) {
            return answered(waiting, Err(error));
        }
        group.size_bytes += line.len() + 1;
        group.lines.push(line);
        Decided::Taken(waiting)
    }

    fn line(
        &self,
        group: &Group,
        waiting: &mut Waiting,
        at: Timestamp,
    ) -> Result<(String, Body), JournalError> {
        let view = View {
            catalog: &self.in_step.catalog,
            overlay: &group.overlay,
            originals: &group.originals,
            at,
        };
        let draft = (waiting.decide)(&view)?;
        let line = draft.line(at)?;
        if line.len() > ENTRY_MAX_BYTES {
            return Err(JournalError::TooLong {
                size_bytes: line.len(),
            });
        }
        Ok((line, draft.body))
    }

    /// The entries are durable; the catalog is derived and catches up when it is opened again.
    /// Until then nothing more can be decided.
    async fn fell_behind(&mut self, error: &JournalError) {
        tracing::warn!(
            because = error as &(dyn Error + 'static),
            "the catalog could not follow the ledger and is opened again"
        );
        self.behind = true;
        if let Err(error) = self.keep_level().await {
            tracing::error!(
                because = &error as &(dyn Error + 'static),
                "what is entered is safe; nothing more is until the catalog can be written"
            );
        }
    }

    /// After most failures the slot may be written, now or later. That is safe to go on from:
    /// the next append finds the slot taken, reads it and decides again.
    fn not_written(&mut self, error: LedgerError) -> JournalError {
        if let LedgerError::WriteCommit {
            source: StoreError::Full { .. } | StoreError::Denied { .. },
            ..
        } = error
        {
            // The slot was seen empty and the store refuses to fill it.
            return JournalError::from(error);
        }
        if matches!(error, LedgerError::ReadBack { .. }) {
            self.standing = Standing::Stopped(vec![error.to_string()]);
        }
        let open = matches!(
            error,
            LedgerError::WriteCommit { .. }
                | LedgerError::ReadCommit { .. }
                | LedgerError::ReadBack { .. }
        );
        if open {
            JournalError::Unsettled(Arc::new(error))
        } else {
            JournalError::from(error)
        }
    }
}

impl Group {
    fn note(&mut self, catalog: &Catalog, id: RequestId, body: &Body) -> Result<(), JournalError> {
        let read = |key: &[u8]| self.overlay.fact(catalog, key);
        let facts = index::body_facts(body, "", &read)?;
        let pending = sheets::pending(body);
        self.overlay.note_request(id.to_string());
        for (key, value) in facts {
            self.overlay.put_fact(key, value);
        }
        for (key, value) in pending {
            self.overlay.put_fact(key, Some(value));
        }
        if let Body::RecordFiled(record) | Body::RecordExcepted(record) = body {
            for original in &record.originals {
                self.originals
                    .entry(original.sha256)
                    .or_default()
                    .push(record.facts.record);
            }
        }
        Ok(())
    }
}

fn answer(taken: Vec<Waiting>, first: u64, at: Timestamp) {
    for (index, waiting) in (first..).zip(taken) {
        let _gone = waiting.answer.send(Ok(Entered::New { index, at }));
    }
}

fn answered(waiting: Waiting, answer: Result<Entered, JournalError>) -> Decided {
    // Whoever asked may have gone; what is entered stays entered.
    let _gone = waiting.answer.send(answer);
    Decided::Answered
}

fn refuse_all(waiting: impl Iterator<Item = Waiting>, error: &JournalError) {
    for waiting in waiting {
        let _gone = waiting.answer.send(Err(error.clone()));
    }
}

fn give_back(queue: &mut VecDeque<Waiting>, taken: Vec<Waiting>) {
    for waiting in taken.into_iter().rev() {
        queue.push_front(waiting);
    }
}

/// A pause of up to so many milliseconds, by chance, so that writers part.
async fn pause(longest_ms: u64) {
    let mut byte = [0u8; 1];
    if getrandom::fill(&mut byte).is_err() {
        byte = [128];
    }
    let share = u64::from(byte.first().copied().unwrap_or_default());
    tokio::time::sleep(Duration::from_micros(longest_ms * 1000 * share / 255)).await;
}
