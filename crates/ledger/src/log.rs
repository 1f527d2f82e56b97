//! The ledger in a store: read it, append to it, publish its checkpoint, survey it.
//!
//! Any number of writers, in as many processes, race for the next number with a create-only
//! write. One wins; the others read the winner's commit and decide again. There is no lock and
//! no lease. A [`Ledger`] is one writer's view: it knows the tree up to its head and nothing
//! else, and has one commit in flight at a time because appending borrows it whole.
//!
//! A checkpoint is signed only of what was read back from the store, so a writer that loses a
//! race never signed a tree that does not exist.
//!
//! Shortened is not new: nothing is written before [`Ledger::survey`] has found that the store
//! holds what this process and the published checkpoint know. There is no verb to get past a
//! finding, none that deletes, and no clock: the time in an entry is its writer's to decide.

mod error;
mod head;
mod survey;

use bytes::Bytes;
use domain::{Digest, FondsId, commit_path};
use store::{Creation, Publication, Store, StoreError};

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, origin};
use crate::commit::{self, COMMIT_MAX_BYTES, Committed, Place, Trust};
use crate::note::{NOTE_MAX_BYTES, NoteError, SignerKey, VerifierKey};
use crate::tree::Frontier;

pub use error::LedgerError;
pub use head::{Head, HeadError};
pub use survey::{CheckpointStanding, Finding, Position, Survey};

/// Where the newest published checkpoint lies: the only object that is ever overwritten.
pub const CHECKPOINT_PATH: &str = "log/checkpoint";

/// Which ledger it is, and whom to believe at its beginning.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The fonds whose ledger it is.
    pub fonds: FondsId,
    /// SHA-256 of `fonds.json`, which commit 0 continues.
    pub fonds_sha256: Digest,
    /// The key that signs checkpoints.
    pub log_key: VerifierKey,
    /// The keys of the first writers.
    pub writers: Vec<VerifierKey>,
}

/// The keys that a writer holds.
#[derive(Clone, Debug)]
pub struct Signers {
    /// This host's key: it signs commits.
    pub writer: SignerKey,
    /// The log's key: it signs checkpoints.
    pub log: SignerKey,
}

/// How an append ended.
#[derive(Debug)]
pub enum Appended {
    /// The entries are in the ledger, durably, and were read back.
    Won(Box<Won>),
    /// Another commit has the number. Nothing of these entries is in the ledger: read it with
    /// [`Ledger::next`], decide again, back off.
    Lost,
}

/// A commit that this process has written.
#[derive(Debug)]
pub struct Won {
    /// The commit.
    pub committed: Committed,
    /// The signed checkpoint of the tree with it.
    pub checkpoint: SignedCheckpoint,
    /// Whether that checkpoint is published. The commit stands either way; the next one's
    /// publication makes up for a failure, but a caller should say so once.
    pub published: Result<Publication, LedgerError>,
}

/// One process's view of a ledger.
#[derive(Debug)]
pub struct Ledger {
    store: Store,
    fonds: FondsId,
    fonds_sha256: Digest,
    trust: Trust,
    head: Option<Head>,
    standing: Standing,
}

/// Whether this process may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nobody has looked, or a look found something.
    Unknown,
    /// A survey found nothing wrong.
    Sound,
}

impl Ledger {
    /// The ledger of `identity` in `store`, read up to `head`; `None` if nothing was read yet.
    /// The head is believed: it comes from this process's own catalog.
    #[must_use]
    pub fn new(store: Store, identity: Identity, head: Option<Head>) -> Self {
        Self {
            store,
            fonds: identity.fonds,
            fonds_sha256: identity.fonds_sha256,
            trust: Trust {
                log_keys: vec![identity.log_key],
                writers: identity.writers,
            },
            head,
            standing: Standing::Unknown,
        }
    }

    /// The last commit that was read; `None` before the first.
    #[must_use]
    pub const fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Believes commits of this writer from here on, because an entry says so.
    pub fn trust_writer(&mut self, key: VerifierKey) {
        if !self.trust.writers.contains(&key) {
            self.trust.writers.push(key);
        }
    }

    /// Believes checkpoints signed by this key too from here on, because an entry says so.
    pub fn trust_log_key(&mut self, key: VerifierKey) {
        if !self.trust.log_keys.contains(&key) {
            self.trust.log_keys.push(key);
        }
    }

    /// Reads and verifies the commit after the head, and moves the head to it. `None`: there
    /// is no such commit. A commit that does not belong there is an error, and the head stays.
    pub async fn next(&mut self) -> Result<Option<Committed>, LedgerError> {
        let number = self.next_number();
        let bytes = self
            .store
            .read(&commit_path(number), COMMIT_MAX_BYTES as u64)
            .await
            .map_err(|source| LedgerError::ReadCommit { number, source })?;
        let Some(bytes) = bytes else { return Ok(None) };
        let (committed, tree) = self.verify(&bytes)?;
        self.head = Some(Head::new(number, committed.sha256, tree));
        Ok(Some(committed))
    }

    /// Writes commit 0, which begins the ledger. Lost if it has begun; refused if something
    /// speaks of an older one that is gone: a commit further on, or a published checkpoint.
    pub async fn begin(
        &mut self,
        lines: &[String],
        keys: &Signers,
    ) -> Result<Appended, LedgerError> {
        if let Some(head) = &self.head {
            return Err(LedgerError::Begun {
                number: head.commit(),
            });
        }
        let survey = self.survey(None).await?;
        if !survey.findings.is_empty() {
            return Err(LedgerError::Unsound {
                findings: survey.findings,
            });
        }
        if survey.position != Position::Level {
            return Ok(Appended::Lost);
        }
        self.write(lines, keys).await
    }

    /// Writes these entries as the commit after the head. The commit is verified before it is
    /// written, as every reader will, and compared after: it counts once it was read back.
    ///
    /// After an error the outcome may be open: the entries may be in the ledger, now or a
    /// moment later. Read on with [`Ledger::next`] and look for them before writing them
    /// again.
    pub async fn append(
        &mut self,
        lines: &[String],
        keys: &Signers,
    ) -> Result<Appended, LedgerError> {
        if self.head.is_none() {
            return Err(LedgerError::NotBegun);
        }
        if self.standing != Standing::Sound {
            return Err(LedgerError::NotSurveyed);
        }
        self.write(lines, keys).await
    }

    async fn write(&mut self, lines: &[String], keys: &Signers) -> Result<Appended, LedgerError> {
        self.demand_log_key(&keys.log)?;
        let number = self.next_number();
        let head = self.head.as_ref();
        let note = head.map(|head| self.checkpoint_of(head).sign(&keys.log));
        let note = note.as_ref().map(SignedCheckpoint::note);
        let bytes = commit::encode(&self.place(), note, lines, &keys.writer)
            .map_err(|source| LedgerError::Unwritable { number, source })?;
        let (committed, tree) = commit::read(&bytes, &self.place(), &self.trust)
            .map_err(|source| LedgerError::Unwritable { number, source })?;

        let bytes = Bytes::from(bytes);
        let created = self
            .store
            .create(&commit_path(number), bytes.clone())
            .await
            .map_err(|source| LedgerError::WriteCommit { number, source })?;
        match created {
            Creation::Taken(_) => return Ok(Appended::Lost),
            Creation::Mine => self.read_back(number, &bytes).await?,
        }
        let head = Head::new(number, committed.sha256, tree);
        let checkpoint = self.checkpoint_of(&head).sign(&keys.log);
        self.head = Some(head);
        let published = self.publish(&checkpoint).await;
        Ok(Appended::Won(Box::new(Won {
            committed,
            checkpoint,
            published,
        })))
    }

    async fn read_back(&self, number: u64, written: &Bytes) -> Result<(), LedgerError> {
        let found = self
            .store
            .read(&commit_path(number), COMMIT_MAX_BYTES as u64)
            .await
            .map_err(|source| LedgerError::ReadCommit { number, source })?;
        if found.as_ref() == Some(written) {
            return Ok(());
        }
        Err(LedgerError::ReadBack {
            number,
            written: Digest::of(written),
            found: found.map(|bytes| Digest::of(&bytes)),
        })
    }

    /// The signed checkpoint of the tree up to the head.
    pub fn sign_checkpoint(&self, log: &SignerKey) -> Result<SignedCheckpoint, LedgerError> {
        self.demand_log_key(log)?;
        let head = self.head.as_ref().ok_or(LedgerError::NotBegun)?;
        Ok(self.checkpoint_of(head).sign(log))
    }

    /// Publishes the signed checkpoint of the tree up to the head, unless a newer one is
    /// published. One that is not of this log, or forked, is left as it is, for it is
    /// evidence, and stops this process from writing.
    pub async fn publish_checkpoint(
        &mut self,
        log: &SignerKey,
    ) -> Result<Publication, LedgerError> {
        let checkpoint = self.sign_checkpoint(log)?;
        self.publish(&checkpoint).await
    }

    async fn publish(&mut self, signed: &SignedCheckpoint) -> Result<Publication, LedgerError> {
        let (log_keys, origin) = (&self.trust.log_keys, origin(self.fonds));
        let ours = signed.checkpoint();
        let older = |there: &[u8]| {
            open_published(there, log_keys, &origin)
                .is_ok_and(|there| there.checkpoint().size < ours.size)
        };
        let bytes = Bytes::copy_from_slice(signed.note().as_bytes());
        let publication = self
            .store
            .publish(CHECKPOINT_PATH, bytes, older)
            .await
            .map_err(LedgerError::PublishCheckpoint)?;
        if publication == Publication::Kept
            && let Err(objection) = self.look_at_kept(ours).await
        {
            self.standing = Standing::Unknown;
            return Err(objection);
        }
        Ok(publication)
    }

    /// What was kept instead of `ours` must be of the same tree, or of a larger one.
    async fn look_at_kept(&self, ours: &Checkpoint) -> Result<(), LedgerError> {
        let Some(kept) = self.published_checkpoint().await? else {
            return Ok(());
        };
        let found = kept.checkpoint();
        if found.size != ours.size || found.root == ours.root {
            return Ok(());
        }
        Err(LedgerError::Forked {
            size: ours.size,
            ours: Digest::from_bytes(ours.root),
            published: Digest::from_bytes(found.root),
        })
    }

    /// The newest published checkpoint, verified; `None` if none was published.
    pub async fn published_checkpoint(&self) -> Result<Option<SignedCheckpoint>, LedgerError> {
        match self.read_published().await? {
            None => Ok(None),
            Some(Ok(signed)) => Ok(Some(signed)),
            Some(Err(source)) => Err(LedgerError::CheckpointInvalid(source)),
        }
    }

    async fn read_published(
        &self,
    ) -> Result<Option<Result<SignedCheckpoint, CheckpointError>>, LedgerError> {
        let read = self
            .store
            .read(CHECKPOINT_PATH, NOTE_MAX_BYTES as u64)
            .await;
        match read {
            Ok(None) => Ok(None),
            Ok(Some(bytes)) => {
                let origin = origin(self.fonds);
                Ok(Some(open_published(&bytes, &self.trust.log_keys, &origin)))
            }
            Err(StoreError::TooLarge { size_bytes, .. }) => {
                let found_bytes = usize::try_from(size_bytes).unwrap_or(usize::MAX);
                let source = NoteError::TooLarge { found_bytes };
                Ok(Some(Err(CheckpointError::Note(source))))
            }
            Err(source) => Err(LedgerError::ReadCheckpoint(source)),
        }
    }

    fn next_number(&self) -> u64 {
        self.head.as_ref().map_or(0, |head| head.commit() + 1)
    }

    fn place(&self) -> Place<'_> {
        static NOTHING: Frontier = Frontier::new();
        let (prev, before) = match &self.head {
            Some(head) => (head.sha256(), head.tree()),
            None => (self.fonds_sha256, &NOTHING),
        };
        Place {
            fonds: self.fonds,
            number: self.next_number(),
            prev,
            before,
        }
    }

    fn verify(&self, bytes: &[u8]) -> Result<(Committed, Frontier), LedgerError> {
        commit::read(bytes, &self.place(), &self.trust).map_err(|source| LedgerError::Commit {
            number: self.next_number(),
            source,
        })
    }

    fn checkpoint_of(&self, head: &Head) -> Checkpoint {
        Checkpoint {
            origin: origin(self.fonds),
            size: head.size(),
            root: head.root(),
        }
    }

    fn demand_log_key(&self, log: &SignerKey) -> Result<(), LedgerError> {
        if self.trust.log_keys.contains(log.verifier()) {
            return Ok(());
        }
        Err(LedgerError::LogKey {
            key: log.verifier().id(),
        })
    }
}

fn open_published(
    bytes: &[u8],
    log_keys: &[VerifierKey],
    origin: &str,
) -> Result<SignedCheckpoint, CheckpointError> {
    let note = std::str::from_utf8(bytes).map_err(|_| CheckpointError::Note(NoteError::Shape))?;
    SignedCheckpoint::open(note, log_keys, Some(origin))
}
