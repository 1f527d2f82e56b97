//! Checkpoints (检查点): what a log says about its tree, signed (C2SP tlog-checkpoint).
//!
//! Three lines: origin, size, root in base64. Extension lines, which C2SP allows and advises
//! against, are refused: this archive writes none, and nobody audits what stands there.
//!
//! When it is right to sign one is decided in [`crate::log`]; whether two are consistent, by
//! [`crate::tree::verify_consistency`].

use std::fmt;

use domain::{Digest, FondsId};

use crate::note::{Note, NoteError, SignerKey, VerifierKey};
use crate::spelling;
use crate::tree::Hash;

/// The origin of the log of a fonds, `vouchsafe/<fonds>`; also the name of its log key.
#[must_use]
pub fn origin(fonds: FondsId) -> String {
    format!("vouchsafe/{fonds}")
}

/// A text is not a signed checkpoint of this log.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// It is not a note, or not signed by the log.
    #[error("not a note signed by the log")]
    Note(#[source] NoteError),
    /// The signed text is not origin, size and root, each on its line.
    #[error("the signed text is not a checkpoint: expected origin, size and root, each on a line")]
    Shape,
    /// It is a checkpoint of another log.
    #[error("the checkpoint is of the log {found:?}, expected {expected:?}")]
    Origin {
        /// The origin that was expected.
        expected: String,
        /// The origin that it names.
        found: String,
    },
}

/// What a log says about its tree: its name, how many entries it has, and their root.
#[derive(Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log, `vouchsafe/<fonds>`.
    pub origin: String,
    /// How many entries its tree has.
    pub size: u64,
    /// The root of its tree (RFC 6962 section 2.1).
    pub root: Hash,
}

impl Checkpoint {
    /// The checkpoint, signed. The same key and tree give the same bytes.
    #[must_use]
    pub fn sign(self, log: &SignerKey) -> SignedCheckpoint {
        let note = Note::sign(self.text(), log).to_string();
        SignedCheckpoint {
            checkpoint: self,
            note,
            key: log.verifier().id(),
        }
    }

    fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            spelling::encode(&self.root)
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let whole = lines.next().is_none() && !origin.is_empty();
        Some(Self {
            origin: origin.to_owned(),
            size: spelling::decode_number(size)?,
            root: spelling::decode_hash(root)?,
        })
        .filter(|_| whole)
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = Digest::from_bytes(self.root);
        write!(
            f,
            "checkpoint of {}: {}, root {root}",
            self.origin, self.size
        )
    }
}

/// A checkpoint whose signature by the log was verified, or made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: String,
    key: String,
}

impl SignedCheckpoint {
    /// Reads and verifies a signed checkpoint of the log `origin`; `None` accepts any origin,
    /// and the caller looks at it.
    pub fn open(
        note: &str,
        log: &[VerifierKey],
        origin: Option<&str>,
    ) -> Result<Self, CheckpointError> {
        let parsed = note.parse::<Note>().map_err(CheckpointError::Note)?;
        let key = parsed.verify(log).map_err(CheckpointError::Note)?;
        let checkpoint = Checkpoint::parse(parsed.text()).ok_or(CheckpointError::Shape)?;
        if let Some(expected) = origin.filter(|expected| *expected != checkpoint.origin) {
            return Err(CheckpointError::Origin {
                expected: expected.to_owned(),
                found: checkpoint.origin,
            });
        }
        Ok(Self {
            checkpoint,
            note: note.to_owned(),
            key: key.id(),
        })
    }

    /// What it says.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signed note, exactly as it was read or made.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The id of the log key that signed it, `<name>+<8 hex digits>`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}
