//! Opening: bring the catalog to the ledger's head, and find out whether to write.

use std::collections::BTreeMap;
use std::sync::Arc;

use catalog::{Advance, Catalog, HeadRecord};
use domain::{Clock, Digest, Timestamp};
use ledger::commit::Committed;
use ledger::log::{CheckpointStanding, Finding, Head, Identity, Ledger, Signers, Survey};
use ledger::tree::Frontier;
use store::{Publication, Store};
use tokio::sync::mpsc;

use crate::committer::Committer;
use crate::nodes::{Edge, FollowerNodes};
use crate::{Journal, JournalError, index};

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
    /// The newest commit that was read or written before the catalog was last opened again. The
    /// catalog may have forgotten it; this process has not.
    known: Option<Known>,
}

/// A commit that this process knows, and what it met under its number since.
#[derive(Clone, Copy)]
struct Known {
    number: u64,
    sha256: Digest,
    met: Option<Digest>,
}

impl Known {
    fn meet(&mut self, number: u64, sha256: Digest) {
        if number == self.number {
            self.met = Some(sha256);
        }
    }
}

/// How it stands after what the store, the published checkpoint and the catalog know was
/// compared.
pub(crate) struct Level {
    /// What contradicts each other, in words. What was found before reading on has prevented it.
    pub(crate) findings: Vec<String>,
    replayed_commits: u64,
    checkpoint: CheckpointStanding,
}

impl InStep {
    /// Where the catalog stands.
    fn of(store: Store, identity: Identity, catalog: Arc<Catalog>) -> Result<Self, JournalError> {
        let known = catalog.follower().head()?;
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
        let edge = Edge::of(catalog.follower(), tree)?;
        let edge = edge.ok_or_else(|| unreadable("a node is missing"))?;
        Ok(Self {
            ledger: Ledger::new(store.clone(), identity.clone(), head),
            store,
            identity,
            catalog,
            edge,
            at: known.map(|record| record.at),
            known: None,
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
            findings.extend(self.forgotten().as_ref().map(ToString::to_string));
            checkpoint = level.checkpoint;
        }
        Ok(Level {
            findings,
            replayed_commits,
            checkpoint,
        })
    }

    /// Opens the catalog again after a failure, and brings it to the ledger's head. Until it is
    /// there, and nothing contradicts it, it answers nobody else.
    pub(crate) async fn resume(&mut self) -> Result<Level, JournalError> {
        let head = self.ledger.head().map(|head| Known {
            number: head.commit(),
            sha256: head.sha256(),
            met: None,
        });
        let known = match self.known {
            // An attempt before this one has not come to it, or has met another there.
            Some(before) if before.met != Some(before.sha256) => Some(before),
            met_again => head.or(met_again),
        };
        let catalog = self.catalog.clone();
        let reopened = tokio::task::spawn_blocking(move || catalog.reopen()).await;
        reopened.map_err(|_ended| JournalError::Ended)??;
        *self = Self {
            known,
            ..Self::of(
                self.store.clone(),
                self.identity.clone(),
                self.catalog.clone(),
            )?
        };
        if let (Some(known), Some(head)) = (&mut self.known, self.ledger.head()) {
            known.meet(head.commit(), head.sha256());
        }
        let level = self.come_level().await?;
        // The engine writes later. Where there is still no room, that is told now.
        self.catalog.sync()?;
        if level.findings.is_empty() {
            self.catalog.caught_up();
        }
        Ok(level)
    }

    /// A ledger that does not lead through the commit that this process knew. Whoever takes the
    /// newest commits away with their checkpoint contradicts nothing that is stored.
    fn forgotten(&self) -> Option<Finding> {
        let known = self.known?;
        match known.met {
            Some(met) if met == known.sha256 => None,
            Some(met) => Some(Finding::HeadDiffers {
                number: known.number,
                known: known.sha256,
                found: Some(met),
            }),
            None => Some(Finding::Shortened {
                known: known.number,
                furthest: self.ledger.head().map(Head::commit),
            }),
        }
    }

    /// Brings the catalog one commit further.
    pub(crate) fn apply(&mut self, committed: &Committed) -> Result<(), JournalError> {
        let head = self.ledger.head().map(Head::to_bytes).unwrap_or_default();
        let mut entries = Vec::with_capacity(committed.lines.len());
        // What the lines before have left, so that each finds it.
        let mut facts: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
        let mut at = self.at;
        let follower = self.catalog.follower();
        for line in &committed.lines {
            let read = |key: &[u8]| match facts.get(key) {
                Some(left) => Ok(left.clone()),
                None => follower.fact(key),
            };
            let indexed = index::index(line.clone(), &committed.writer, &read)?;
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
            facts: facts.into_iter().collect(),
        })?;
        self.edge = edge;
        self.at = at;
        Ok(())
    }

    /// Compares what the store, the published checkpoint and the catalog know.
    pub(crate) async fn survey(&mut self) -> Result<Survey, JournalError> {
        let catalog = self.catalog.clone();
        let nodes = FollowerNodes::new(catalog.follower());
        let survey = self.ledger.survey(Some(&nodes)).await;
        match nodes.failure() {
            Some(failed) => Err(failed.into()),
            None => Ok(survey?),
        }
    }

    /// Reads on to the newest commit; says how many there were.
    pub(crate) async fn catch_up(&mut self) -> Result<u64, JournalError> {
        let mut commits = 0;
        while let Some(committed) = self.ledger.next().await? {
            if let Some(known) = &mut self.known {
                known.meet(committed.number, committed.sha256);
            }
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
