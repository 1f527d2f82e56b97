//! Shortened is not new: what the store holds, beside what is known of it.

use std::collections::BTreeSet;
use std::fmt;

use domain::{Digest, commit_path};

use super::{Ledger, LedgerError, Standing};
use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::commit::COMMIT_MAX_BYTES;
use crate::tree::{self, Nodes};

const COMMITS: &str = "ledger/commits";

/// What a survey found. With a finding, nothing is written until two people decide.
#[derive(Debug)]
pub struct Survey {
    /// Where this process stands, by the commits in the store.
    pub position: Position,
    /// What the published checkpoint says.
    pub checkpoint: CheckpointStanding,
    /// What is wrong; nothing if empty.
    pub findings: Vec<Finding>,
}

/// Where the head stands beside the furthest commit in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// It is the furthest commit, or there is neither.
    Level,
    /// The store has more: read on.
    Behind {
        /// How many commits lie between.
        commits: u64,
    },
    /// The store has less than was read from it. There is a finding.
    Ahead {
        /// How many commits are gone at the end.
        commits: u64,
    },
}

/// What the published checkpoint says about the tree that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointStanding {
    /// None is published.
    Absent,
    /// It is of the tree up to the head, or of a beginning of it.
    Prefix {
        /// How many entries it covers.
        size: u64,
    },
    /// It could not be compared: read on, or give the tree's nodes, and survey again.
    NotCompared {
        /// How many entries it covers.
        size: u64,
    },
    /// It speaks against the ledger. There is a finding.
    Contradicts,
}

/// A sign that the ledger was cut, forked or tampered with.
#[derive(Debug, PartialEq, Eq)]
pub enum Finding {
    /// The store has no commit as far as this process has read.
    Shortened {
        /// The last commit that was read.
        known: u64,
        /// The furthest commit in the store, if there is any.
        furthest: Option<u64>,
    },
    /// The last commit that was read is gone, or other bytes lie in its place.
    HeadDiffers {
        /// The commit.
        number: u64,
        /// SHA-256 of what was read.
        known: Digest,
        /// SHA-256 of what lies there, if anything does.
        found: Option<Digest>,
    },
    /// A commit is missing before the furthest one.
    Gap {
        /// The first that is missing.
        missing: u64,
        /// The furthest in the store.
        furthest: u64,
    },
    /// A checkpoint is published of entries that the ledger does not have.
    CheckpointAhead {
        /// How many entries it covers.
        size: u64,
        /// How many entries the ledger has.
        known: u64,
    },
    /// A checkpoint is published that is not of a beginning of this ledger.
    CheckpointForked {
        /// How many entries it covers.
        size: u64,
        /// The root of the ledger at that size.
        ours: Digest,
        /// The root that is published.
        published: Digest,
    },
    /// What is published is not a checkpoint of this log.
    CheckpointInvalid {
        /// What is wrong with it.
        why: CheckpointError,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shortened {
                known,
                furthest: Some(furthest),
            } => write!(
                f,
                "the store ends at commit {furthest}, the ledger was read up to {known}"
            ),
            Self::Shortened {
                known,
                furthest: None,
            } => write!(
                f,
                "the store has no commits, the ledger was read up to {known}"
            ),
            Self::HeadDiffers {
                number,
                known,
                found: Some(found),
            } => write!(f, "commit {number} was read as {known} and is now {found}"),
            Self::HeadDiffers {
                number,
                known,
                found: None,
            } => write!(f, "commit {number} was read as {known} and is gone"),
            Self::Gap { missing, furthest } => {
                write!(
                    f,
                    "commit {missing} is missing, there are commits up to {furthest}"
                )
            }
            Self::CheckpointAhead { size, known } => write!(
                f,
                "a checkpoint of {size} entries is published, the ledger has {known}"
            ),
            Self::CheckpointForked {
                size,
                ours,
                published,
            } => write!(
                f,
                "the published checkpoint of {size} entries has the root {published}, the \
                 ledger {ours}"
            ),
            Self::CheckpointInvalid { why } => {
                write!(
                    f,
                    "what is published is not a checkpoint of this log: {why}"
                )
            }
        }
    }
}

impl Ledger {
    /// Compares what is known, up to the head, with what the store and the published
    /// checkpoint say. Only after a survey without findings, and with a checkpoint that was
    /// compared, does this process write. `nodes` are the tree's up to the head; without them
    /// a checkpoint that is older than the head can't be compared.
    ///
    /// It costs one listing for a thousand commits that lie beyond the head, three more, and
    /// two reads.
    pub async fn survey(
        &mut self,
        nodes: Option<&(dyn Nodes + Sync)>,
    ) -> Result<Survey, LedgerError> {
        self.standing = Standing::Unknown;
        // First the checkpoint, then the commits: it is published after its commit, so one
        // that is published meanwhile does not look like a cut.
        let published = self.read_published().await?;
        let furthest = self.furthest().await?;
        let mut findings = self.survey_commits(furthest).await?;
        let position = self.position(furthest);
        let checkpoint = match published {
            None => CheckpointStanding::Absent,
            Some(Err(why)) => {
                findings.push(Finding::CheckpointInvalid { why });
                CheckpointStanding::Contradicts
            }
            Some(Ok(signed)) => match self.compare(&signed, position, nodes)? {
                Ok(standing) => standing,
                Err(finding) => {
                    findings.push(finding);
                    CheckpointStanding::Contradicts
                }
            },
        };
        let compared = !matches!(checkpoint, CheckpointStanding::NotCompared { .. });
        if findings.is_empty() && compared {
            self.standing = Standing::Sound;
        }
        Ok(Survey {
            position,
            checkpoint,
            findings,
        })
    }

    /// The highest number of a commit in the store, found level by level; `None` if there are
    /// no commits. Names that are no commit's are passed over.
    pub async fn furthest(&self) -> Result<Option<u64>, LedgerError> {
        // Folders to look into, the most promising last; a folder may turn out empty.
        let mut open = vec![(COMMITS.to_owned(), 0u64, 0u8)];
        while let Some((folder, number, depth)) = open.pop() {
            let children = self.store.children(&folder).await;
            let children = children.map_err(LedgerError::List)?;
            if depth == 3 {
                let names = children
                    .objects
                    .iter()
                    .filter_map(|o| o.path.rsplit('/').next());
                if let Some(last) = names.filter_map(three_digits).max() {
                    return Ok(Some(number * 1000 + last));
                }
                continue;
            }
            let mut below: Vec<u64> = children
                .folders
                .iter()
                .filter_map(|name| three_digits(name.strip_prefix('x')?))
                .collect();
            below.sort_unstable();
            open.extend(
                below
                    .iter()
                    .map(|n| (format!("{folder}/x{n:03}"), number * 1000 + n, depth + 1)),
            );
        }
        Ok(None)
    }

    async fn survey_commits(&self, furthest: Option<u64>) -> Result<Vec<Finding>, LedgerError> {
        let mut findings = Vec::new();
        if let Some(head) = &self.head {
            let known = head.commit();
            if furthest.is_none_or(|furthest| furthest < known) {
                findings.push(Finding::Shortened { known, furthest });
                return Ok(findings);
            }
            let bytes = self
                .store
                .read(&commit_path(known), COMMIT_MAX_BYTES as u64)
                .await
                .map_err(|source| LedgerError::ReadCommit {
                    number: known,
                    source,
                })?;
            let found = bytes.map(|bytes| Digest::of(&bytes));
            if found != Some(head.sha256()) {
                findings.push(Finding::HeadDiffers {
                    number: known,
                    known: head.sha256(),
                    found,
                });
            }
        }
        if let Some(furthest) = furthest
            && let Some(missing) = self.first_missing(furthest).await?
        {
            findings.push(Finding::Gap { missing, furthest });
        }
        Ok(findings)
    }

    /// The first number after the head that has no commit, up to `furthest`.
    async fn first_missing(&self, furthest: u64) -> Result<Option<u64>, LedgerError> {
        let mut number = self.next_number();
        while number <= furthest {
            let path = commit_path(number);
            let (folder, _) = path.rsplit_once('/').unwrap_or_default();
            let listed = self.store.list(folder).await.map_err(LedgerError::List)?;
            let there: BTreeSet<&str> = listed.iter().map(|object| object.path.as_str()).collect();
            let last = furthest.min(number / 1000 * 1000 + 999);
            let missing = (number..=last).find(|n| !there.contains(commit_path(*n).as_str()));
            if missing.is_some() {
                return Ok(missing);
            }
            number = last + 1;
        }
        Ok(None)
    }

    fn position(&self, furthest: Option<u64>) -> Position {
        let in_store = furthest.map_or(0, |number| number + 1);
        let known = self.next_number();
        match in_store.cmp(&known) {
            std::cmp::Ordering::Equal => Position::Level,
            std::cmp::Ordering::Greater => Position::Behind {
                commits: in_store - known,
            },
            std::cmp::Ordering::Less => Position::Ahead {
                commits: known - in_store,
            },
        }
    }

    fn compare(
        &self,
        signed: &SignedCheckpoint,
        position: Position,
        nodes: Option<&(dyn Nodes + Sync)>,
    ) -> Result<Result<CheckpointStanding, Finding>, LedgerError> {
        let Checkpoint { size, root, .. } = *signed.checkpoint();
        let place = self.place();
        let known = place.before.size();
        if size > known {
            return Ok(match position {
                Position::Behind { .. } => Ok(CheckpointStanding::NotCompared { size }),
                Position::Level | Position::Ahead { .. } => {
                    Err(Finding::CheckpointAhead { size, known })
                }
            });
        }
        let ours = if size == known {
            place.before.root()
        } else if let Some(nodes) = nodes {
            if tree::root_at(nodes, known).map_err(LedgerError::Nodes)? != place.before.root() {
                // Else a catalog with a wrong node would look like a fork.
                return Err(LedgerError::NodesDiffer { size: known });
            }
            tree::root_at(nodes, size).map_err(LedgerError::Nodes)?
        } else {
            return Ok(Ok(CheckpointStanding::NotCompared { size }));
        };
        Ok(if ours == root {
            Ok(CheckpointStanding::Prefix { size })
        } else {
            Err(Finding::CheckpointForked {
                size,
                ours: Digest::from_bytes(ours),
                published: Digest::from_bytes(root),
            })
        })
    }
}

/// The last or a middle part of a commit's name.
fn three_digits(name: &str) -> Option<u64> {
    let digits = name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| name.parse().ok()).flatten()
}
