//! Opening: bring the catalog to the ledger's head, and find out whether to write.

use std::sync::Arc;

use catalog::{Advance, Catalog, HeadRecord};
use domain::{Clock, Timestamp};
use ledger::commit::Committed;
use ledger::log::{CheckpointStanding, Head, Identity, Ledger, Signers, Survey};
use ledger::tree::Frontier;
use store::{Publication, Store};
use tokio::sync::mpsc;

use crate::committer::Committer;
use crate::nodes::Edge;
use crate::{CatalogNodes, Journal, JournalError, index};

/// How many commands may wait before their callers do.
const WAITING_MAX: usize = 1024;

/// What a journal is opened with.
pub struct Options {
    /// Where the ledger lies.
    pub store: Store,
    /// Which ledger it is.
    pub identity: Identity,
    /// This host's keys; `None` opens it for reading alone.
    pub signers: Option<Signers>,
    /// The catalog, at or behind the ledger's head.
    pub catalog: Arc<Catalog>,
    /// The clock that entries are dated by.
    pub clock: Arc<dyn Clock>,
    /// How far the clock may be ahead of the last entry.
    pub clock_ahead_days_max: u32,
}

/// Whether this process may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Sound,
    /// The host has no keys to write with.
    ReadOnly,
    /// The ledger and what is known of it contradict each other; each finding in words.
    Stopped(Vec<String>),
}

/// A journal, and what opening it brought.
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// Whether it writes.
    pub standing: Standing,
    /// Whether the catalog knew nothing: it is new, or its database was lost.
    pub catalog_was_empty: bool,
    /// How many commits the catalog was behind.
    pub replayed_commits: u64,
    /// Whether the newest checkpoint had to be published again.
    pub republished: bool,
}

/// Ledger and catalog, in step.
pub(crate) struct InStep {
    store: Store,
    identity: Identity,
    pub(crate) ledger: Ledger,
    pub(crate) catalog: Arc<Catalog>,
    edge: Edge,
    pub(crate) at: Option<Timestamp>,
}

/// How it stands after what the store, the published checkpoint and the catalog know was
/// compared.
pub(crate) struct Level {
    /// What contradicts each other, in words. Nothing was read on then.
    pub(crate) findings: Vec<String>,
    replayed_commits: u64,
    checkpoint: CheckpointStanding,
}

impl InStep {
    /// Where the catalog stands.
    fn of(store: Store, identity: Identity, catalog: Arc<Catalog>) -> Result<Self, JournalError> {
        let known = catalog.head()?;
        let head = match &known {
            None => None,
            Some(record) => Some(
                Head::from_bytes(&record.ledger_state)
                    .map_err(|error| unreadable(error.to_string()))?,
            ),
        };
        let tree = head
            .as_ref()
            .map_or_else(Frontier::new, |head| head.tree().clone());
        let edge = Edge::of(&catalog, tree).ok_or_else(|| unreadable("a node is missing"))?;
        Ok(Self {
            ledger: Ledger::new(store.clone(), identity.clone(), head),
            store,
            identity,
            catalog,
            edge,
            at: known.map(|record| record.at),
        })
    }

    /// Compares, and reads on to the newest commit.
    async fn come_level(&mut self) -> Result<Level, JournalError> {
        // First without reading on: a catalog that knows another history must not be mixed
        // with this one.
        let first = self.survey().await?;
        let mut findings: Vec<String> = first.findings.iter().map(ToString::to_string).collect();
        let mut replayed_commits = 0;
        let mut checkpoint = first.checkpoint;
        if findings.is_empty() {
            replayed_commits = self.catch_up().await?;
            let level = self.survey().await?;
            findings.extend(level.findings.iter().map(ToString::to_string));
            checkpoint = level.checkpoint;
        }
        Ok(Level {
            findings,
            replayed_commits,
            checkpoint,
        })
    }

    /// Opens the catalog again after a failure, and brings it to the ledger's head.
    pub(crate) async fn resume(&mut self) -> Result<Level, JournalError> {
        self.catalog.reopen()?;
        *self = Self::of(
            self.store.clone(),
            self.identity.clone(),
            self.catalog.clone(),
        )?;
        let level = self.come_level().await?;
        // The engine writes later. Where there is still no room, that is told now.
        self.catalog.sync()?;
        Ok(level)
    }

    /// Brings the catalog one commit further.
    pub(crate) fn apply(&mut self, committed: &Committed) -> Result<(), JournalError> {
        let head = self.ledger.head().map(Head::to_bytes).unwrap_or_default();
        let mut entries = Vec::with_capacity(committed.lines.len());
        let mut facts = Vec::new();
        let mut at = self.at;
        for line in &committed.lines {
            let indexed = index::index(line.clone(), &committed.writer)?;
            at = at.max(Some(indexed.at));
            entries.push(indexed.entry);
            facts.extend(indexed.facts);
        }
        let mut edge = self.edge.clone();
        let tiles = edge.grow(&committed.leaves);
        self.catalog.advance(Advance {
            head: HeadRecord {
                commit: committed.number,
                commit_sha256: committed.sha256,
                size: committed.size(),
                at: at.unwrap_or(Timestamp::from_unix_ms(0)),
                ledger_state: head,
            },
            first_index: committed.first,
            entries,
            tiles,
            facts,
        })?;
        self.edge = edge;
        self.at = at;
        Ok(())
    }

    /// Compares what the store, the published checkpoint and the catalog know.
    pub(crate) async fn survey(&mut self) -> Result<Survey, JournalError> {
        let catalog = self.catalog.clone();
        Ok(self.ledger.survey(Some(&CatalogNodes(&catalog))).await?)
    }

    /// Reads on to the newest commit; says how many there were.
    pub(crate) async fn catch_up(&mut self) -> Result<u64, JournalError> {
        let mut commits = 0;
        while let Some(committed) = self.ledger.next().await? {
            self.apply(&committed)?;
            commits += 1;
        }
        Ok(commits)
    }
}

impl Journal {
    /// Opens the journal: the catalog follows the ledger to its head, and what the store, the
    /// published checkpoint and the catalog know is compared.
    ///
    /// A ledger that was cut or forked is no error here: what is there can be listed and
    /// checked, and [`Standing::Stopped`] says why nothing is written.
    pub async fn open(options: Options) -> Result<Opened, JournalError> {
        let Options {
            store,
            identity,
            signers,
            catalog,
            clock,
            clock_ahead_days_max,
        } = options;
        let mut in_step = InStep::of(store, identity, catalog.clone())?;
        let catalog_was_empty = in_step.ledger.head().is_none();
        let Level {
            findings,
            replayed_commits,
            checkpoint,
        } = in_step.come_level().await?;
        let mut republished = false;
        let standing = match (&signers, findings.is_empty()) {
            (_, false) => Standing::Stopped(findings),
            (None, true) => Standing::ReadOnly,
            (Some(signers), true) => {
                // A crash between a commit and its checkpoint.
                let size = in_step.ledger.head().map_or(0, Head::size);
                if size > 0 && checkpoint != (CheckpointStanding::Prefix { size }) {
                    let published = in_step.ledger.publish_checkpoint(&signers.log).await?;
                    republished = published == Publication::Published;
                }
                Standing::Sound
            }
        };
        let (commands, waiting) = mpsc::channel(WAITING_MAX);
        let committer = Committer {
            in_step,
            signers,
            standing: standing.clone(),
            clock,
            clock_ahead_days_max,
            crowd: 0,
            behind: false,
        };
        tokio::spawn(committer.run(waiting));
        let journal = Self { catalog, commands };
        Ok(Opened {
            journal,
            standing,
            catalog_was_empty,
            replayed_commits,
            republished,
        })
    }
}

/// A catalog that does not have what it must have.
fn unreadable(found: impl Into<String>) -> JournalError {
    JournalError::from(catalog::CatalogError::Unreadable {
        doing: "reading the ledger's state",
        found: found.into(),
    })
}
