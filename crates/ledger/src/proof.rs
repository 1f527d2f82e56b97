//! Proof files: one entry, and what shows that it is in the log (C2SP tlog-proof).
//!
//! Whoever has the log's verifier key can verify one with no archive at hand. The `extra` line
//! of C2SP carries the entry itself in base64: C2SP leaves its meaning open and does not
//! authenticate it, but here the path does, because the leaf is the hash of these bytes.
//!
//! A file must carry an entry to be read here; a proof of something that is kept elsewhere is
//! not made and not verified. Whether the checkpoint is the newest, or consistent with one
//! that was seen before, is another question ([`crate::tree::verify_consistency`]).

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::commit::{EntryError, check_line};
use crate::note::VerifierKey;
use crate::spelling;
use crate::tree::{self, Hash, Nodes, ProofError, TreeError};

/// The most bytes that a proof file may have: an entry of full size, 64 hashes and a note.
pub const PROOF_MAX_BYTES: usize = 160 * 1024;

const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// A proof file can't be made, is none, or proves nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProofFileError {
    /// The nodes for the path are not at hand, or the entry is not in the tree.
    #[error("the path of the entry can't be made")]
    Path(#[source] TreeError),
    /// The text is larger than any proof file.
    #[error("a text of {found_bytes} bytes; a proof file has at most {PROOF_MAX_BYTES}")]
    TooLarge {
        /// Its size.
        found_bytes: usize,
    },
    /// The text is not a proof file.
    #[error("not a proof file: {why}")]
    Shape {
        /// What is missing or wrong.
        why: &'static str,
    },
    /// The entry that it carries can't be one of a ledger.
    #[error("the proof file carries something that is no entry")]
    Entry(#[source] EntryError),
    /// Its checkpoint is not one, or not signed by this log.
    #[error("the checkpoint of the proof file is not the log's")]
    Checkpoint(#[source] CheckpointError),
    /// Its path does not lead from the entry to the root of the checkpoint.
    #[error("the proof file does not show that its entry is in the log")]
    Proof(#[source] ProofError),
}

/// An entry with its path and checkpoint. That it was read says nothing about the entry: only
/// [`EntryProof::verify`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryProof {
    entry: String,
    index: u64,
    path: Vec<Hash>,
    checkpoint: String,
}

/// What a proof file has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The entry: one line of the ledger, without its line feed.
    pub entry: String,
    /// Its position in the log, from 0.
    pub index: u64,
    /// How many entries the log had at the checkpoint.
    pub size: u64,
    /// The log, `vouchsafe/<fonds>`. C2SP wants the key to bear the same name.
    pub origin: String,
    /// The id of the key that signed the checkpoint, `<name>+<8 hex digits>`.
    pub key: String,
}

impl EntryProof {
    /// The proof that `entry` is entry `index` of the log at this checkpoint. It is verified
    /// before it is handed out.
    pub fn make<N: Nodes + ?Sized>(
        nodes: &N,
        entry: &str,
        index: u64,
        at: &SignedCheckpoint,
    ) -> Result<Self, ProofFileError> {
        check_line(entry).map_err(ProofFileError::Entry)?;
        let tree = at.checkpoint();
        let path = tree::inclusion(nodes, index, tree.size).map_err(ProofFileError::Path)?;
        let leaf = tree::leaf_hash(entry.as_bytes());
        tree::verify_inclusion(&leaf, index, tree.size, &path, &tree.root)
            .map_err(ProofFileError::Proof)?;
        Ok(Self {
            entry: entry.to_owned(),
            index,
            path,
            checkpoint: at.note().to_owned(),
        })
    }

    /// Whether it proves its entry to somebody who knows the log by this key.
    pub fn verify(&self, log: &VerifierKey) -> Result<Proven, ProofFileError> {
        let signed = SignedCheckpoint::open(&self.checkpoint, std::slice::from_ref(log), None)
            .map_err(ProofFileError::Checkpoint)?;
        let tree = signed.checkpoint();
        let leaf = tree::leaf_hash(self.entry.as_bytes());
        tree::verify_inclusion(&leaf, self.index, tree.size, &self.path, &tree.root)
            .map_err(ProofFileError::Proof)?;
        Ok(Proven {
            entry: self.entry.clone(),
            index: self.index,
            size: tree.size,
            origin: tree.origin.clone(),
            key: signed.key().to_owned(),
        })
    }
}

impl fmt::Display for EntryProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}")?;
        writeln!(f, "extra {}", spelling::encode(self.entry.as_bytes()))?;
        writeln!(f, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", spelling::encode(hash))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for EntryProof {
    type Err = ProofFileError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > PROOF_MAX_BYTES {
            return Err(ProofFileError::TooLarge {
                found_bytes: text.len(),
            });
        }
        let wrong = |why| ProofFileError::Shape { why };
        let (top, checkpoint) = text
            .split_once("\n\n")
            .ok_or_else(|| wrong("it has no blank line before its checkpoint"))?;
        let mut lines = top.split('\n');
        if lines.next() != Some(MAGIC) {
            return Err(wrong("its first line is not c2sp.org/tlog-proof@v1"));
        }
        let entry = lines
            .next()
            .and_then(|line| line.strip_prefix("extra "))
            .and_then(spelling::decode)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| wrong("its second line does not carry an entry"))?;
        check_line(&entry).map_err(ProofFileError::Entry)?;
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(spelling::decode_number)
            .ok_or_else(|| wrong("its third line is not an index"))?;
        let path = lines
            .map(|line| spelling::decode_hash(line).ok_or_else(|| wrong("a hash is not 32 bytes")))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            entry,
            index,
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }
}
