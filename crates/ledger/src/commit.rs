//! Commits: the objects that the ledger consists of, version 1 of their stored form.
//!
//! UTF-8; lines end in LF, the last too; no blank lines.
//!
//! 1. A header, compact JSON with its keys in this order:
//!    `{"commit":n,"first":i,"count":c,"prev":"<64 hex>","writer":"<key name+id>","note":…}`.
//!    `prev` is SHA-256 of the whole previous commit, for commit 0 of `fonds.json`; `note` the
//!    signed checkpoint of the tree before this commit, null in commit 0.
//! 2. `c` entries, at least one, one a line. Leaf `i` + k of the tree is the k-th line without
//!    its LF (RFC 6962 section 2.1).
//! 3. A trailer: `{"size":i+c,"root":"<base64>","sig":"<base64>"}`, where `sig` is the
//!    writer's Ed25519 signature over
//!    `vouchsafe-commit/1\n<fonds>\n<SHA-256 hex of all preceding bytes>\n<size>\n<root>\n`.
//!
//! Header and trailer have one spelling: they must equal what writing them again gives.
//!
//! A commit is read against its [`Place`] and believed only whole: [`read`] verifies form,
//! chain, tree, checkpoint and signature before it answers. What an entry means is not looked
//! at; that it is JSON isn't either.

use domain::{Digest, FondsId};
use serde::{Deserialize, Serialize};

use crate::checkpoint::{CheckpointError, SignedCheckpoint, origin};
use crate::note::{SignerKey, VerifierKey};
use crate::spelling;
use crate::tree::{Frontier, Hash, leaf_hash};

/// The most bytes that an entry may have.
pub const ENTRY_MAX_BYTES: usize = 65_535;
/// The most entries that a commit may have.
pub const COMMIT_MAX_ENTRIES: usize = 10_000;
/// The most bytes that a commit may have: 4 MiB.
pub const COMMIT_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Entries that, with a line feed each, sum to at most this always fit into one commit; the
/// rest is for header and trailer, with key names of up to a thousand bytes.
pub const LINES_MAX_BYTES: usize = COMMIT_MAX_BYTES - 16 * 1024;
/// The highest number that a commit can have: names have four groups of three digits.
pub const COMMIT_MAX_NUMBER: u64 = 999_999_999_999;

/// A line can't be an entry.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EntryError {
    /// It is empty.
    #[error("an entry is empty")]
    Empty,
    /// It is too large.
    #[error("an entry of {found_bytes} bytes; at most {ENTRY_MAX_BYTES} are accepted")]
    TooLarge {
        /// Its size.
        found_bytes: usize,
    },
    /// It is more than one line.
    #[error("an entry holds a line feed at byte {at}")]
    LineFeed {
        /// Where, in bytes from its start.
        at: usize,
    },
}

/// A commit can't be written, or its bytes are not the commit that belongs in its place.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// No name is left for a commit of this number.
    #[error("commit {number} can't be named: the last is {COMMIT_MAX_NUMBER}")]
    Number {
        /// The number.
        number: u64,
    },
    /// It is larger than a commit may be.
    #[error("a commit of {found_bytes} bytes; at most {COMMIT_MAX_BYTES} are accepted")]
    TooLarge {
        /// Its size.
        found_bytes: usize,
    },
    /// It has no entry, or more than a commit may have.
    #[error("a commit of {found} entries; from 1 to {COMMIT_MAX_ENTRIES} are accepted")]
    Entries {
        /// How many it has.
        found: usize,
    },
    /// One of its lines can't be an entry.
    #[error("line {line} of the commit is no entry")]
    Entry {
        /// Which line, from 1; the header is line 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: EntryError,
    },
    /// It is not UTF-8.
    #[error("the commit is not UTF-8 from byte {at} on")]
    NotUtf8 {
        /// Where, in bytes from its start.
        at: usize,
    },
    /// It has not a header, a trailer, and a line feed at its end.
    #[error("the commit is cut: it does not end in a trailer and a line feed")]
    Cut,
    /// Its first line is not a header, or not spelled as one.
    #[error("the first line of the commit is not a header")]
    Header(#[source] SpellingError),
    /// Its last line is not a trailer, or not spelled as one.
    #[error("the last line of the commit is not a trailer")]
    Trailer(#[source] SpellingError),
    /// A number in header or trailer is not the one that belongs there.
    #[error("{field:?} of the commit is {found}, expected {expected}")]
    Field {
        /// The key: commit, first, count or size.
        field: &'static str,
        /// What belongs there.
        expected: u64,
        /// What stands there.
        found: u64,
    },
    /// It continues another commit than the one before it.
    #[error("the commit continues {found}, expected {expected}")]
    Previous {
        /// SHA-256 of what it must continue.
        expected: Digest,
        /// SHA-256 of what it says that it continues.
        found: Digest,
    },
    /// It has a checkpoint where none belongs, or none where one belongs.
    #[error("the checkpoint in the header is {}", if *.found { "one too many: nothing was before this commit" } else { "missing" })]
    NotePresence {
        /// Whether there is one.
        found: bool,
    },
    /// Its header carries something that is not a checkpoint of this log.
    #[error("the header carries something that is not a checkpoint of this log")]
    Note(#[source] CheckpointError),
    /// The checkpoint in its header is of another tree than the one before it.
    #[error(
        "the checkpoint in the header is of {found_size} entries with root {found_root}, \
         expected {expected_size} with root {expected_root}"
    )]
    NoteTree {
        /// How many entries are before this commit.
        expected_size: u64,
        /// Their root.
        expected_root: Digest,
        /// The size that the checkpoint names.
        found_size: u64,
        /// The root that it names.
        found_root: Digest,
    },
    /// The root in its trailer is not that of the tree with its entries.
    #[error("the commit states the root {found}, its entries lead to {computed}")]
    Root {
        /// The root that the entries lead to.
        computed: Digest,
        /// The root that the trailer states.
        found: Digest,
    },
    /// It is by a writer that this ledger doesn't know.
    #[error("the commit is by {writer:?}, who is not a writer of this ledger")]
    Writer {
        /// The writer that it names.
        writer: String,
    },
    /// Its signature is not its writer's.
    #[error("the signature of the commit is not that of {writer}")]
    Signature {
        /// The writer that it names.
        writer: String,
    },
}

/// A line is not the JSON that belongs there, in its one spelling.
#[derive(Debug, thiserror::Error)]
pub enum SpellingError {
    /// It is not JSON of this shape.
    #[error("it is not JSON of the right shape")]
    Json(#[source] serde_json::Error),
    /// It says the right things in another spelling.
    #[error("it is not spelled as this archive writes it: expected {expected:?}")]
    Spelling {
        /// How it is written.
        expected: String,
    },
    /// A value is not base64 of the right length.
    #[error("{field:?} is not {length_bytes} bytes in base64")]
    Base64 {
        /// The key: root or sig.
        field: &'static str,
        /// How many bytes it must have.
        length_bytes: usize,
    },
}

/// Whom to believe: the keys that may sign. Keys are added as entries of the ledger say so.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The keys that sign checkpoints.
    pub log_keys: Vec<VerifierKey>,
    /// The keys of the hosts that write commits.
    pub writers: Vec<VerifierKey>,
}

/// Where a commit belongs: what is before it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The fonds whose ledger this is.
    pub fonds: FondsId,
    /// The number of the commit.
    pub number: u64,
    /// SHA-256 of the previous commit; for commit 0 of `fonds.json`.
    pub prev: Digest,
    /// The tree before this commit.
    pub before: &'a Frontier,
}

/// A commit that was read and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its number, from 0.
    pub number: u64,
    /// The index of its first entry in the log.
    pub first: u64,
    /// SHA-256 of the commit before it, or of `fonds.json`.
    pub prev: Digest,
    /// The id of the key that signed it, `<name>+<8 hex digits>`.
    pub writer: String,
    /// The signed checkpoint of the tree before it; none in commit 0.
    pub note: Option<String>,
    /// Its entries, without line feeds.
    pub lines: Vec<String>,
    /// The leaf hashes of its entries, in their order.
    pub leaves: Vec<Hash>,
    /// The root of the tree with its entries.
    pub root: Hash,
    /// SHA-256 of the whole commit.
    pub sha256: Digest,
    /// Its size.
    pub size_bytes: u64,
}

impl Committed {
    /// How many entries the log has with this commit.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.first + self.leaves.len() as u64
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    commit: u64,
    first: u64,
    count: u64,
    prev: Digest,
    writer: String,
    note: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trailer {
    size: u64,
    root: String,
    sig: String,
}

/// Whether a line can be an entry: not empty, no line feed, at most 65,535 bytes.
pub fn check_line(line: &str) -> Result<(), EntryError> {
    if line.is_empty() {
        return Err(EntryError::Empty);
    }
    if line.len() > ENTRY_MAX_BYTES {
        return Err(EntryError::TooLarge {
            found_bytes: line.len(),
        });
    }
    match line.bytes().position(|byte| byte == b'\n') {
        Some(at) => Err(EntryError::LineFeed { at }),
        None => Ok(()),
    }
}

/// The bytes of a commit of these entries in this place. `note` is the signed checkpoint of
/// the tree before it, none for commit 0. What can't be in a commit is refused; whether the
/// note and the writer are right, [`read`] finds out.
pub fn encode(
    place: &Place<'_>,
    note: Option<&str>,
    lines: &[String],
    writer: &SignerKey,
) -> Result<Vec<u8>, CommitError> {
    check_number(place.number)?;
    check_count(lines.len())?;
    let header = Header {
        commit: place.number,
        first: place.before.size(),
        count: lines.len() as u64,
        prev: place.prev,
        writer: writer.verifier().id(),
        note: note.map(str::to_owned),
    };
    let mut text = spell(&header).map_err(CommitError::Header)?;
    text.push('\n');
    let mut tree = place.before.clone();
    for (at, line) in lines.iter().enumerate() {
        check_entry(at, line)?;
        tree.append(leaf_hash(line.as_bytes()));
        text.push_str(line);
        text.push('\n');
    }
    let root = spelling::encode(&tree.root());
    let signed = signed_text(place.fonds, text.as_bytes(), tree.size(), &root);
    let trailer = Trailer {
        size: tree.size(),
        root,
        sig: spelling::encode(&writer.sign(signed.as_bytes())),
    };
    text.push_str(&spell(&trailer).map_err(CommitError::Trailer)?);
    text.push('\n');
    check_size(text.len())?;
    Ok(text.into_bytes())
}

/// Reads the commit that belongs in `place` and verifies all of it: form and limits, number,
/// chain, the checkpoint in its header, every leaf, the root, and the writer's signature.
/// Answers with the commit and the tree after it.
pub fn read(
    bytes: &[u8],
    place: &Place<'_>,
    trust: &Trust,
) -> Result<(Committed, Frontier), CommitError> {
    check_number(place.number)?;
    check_size(bytes.len())?;
    let parts = Parts::cut(bytes)?;
    let header: Header = unspell(parts.header).map_err(CommitError::Header)?;
    let trailer: Trailer = unspell(parts.trailer).map_err(CommitError::Trailer)?;

    check_place(&header, parts.lines.len(), place)?;
    check_note(header.note.as_deref(), place, trust)?;

    let leaves: Vec<Hash> = parts
        .lines
        .iter()
        .map(|l| leaf_hash(l.as_bytes()))
        .collect();
    let mut tree = place.before.clone();
    for leaf in &leaves {
        tree.append(*leaf);
    }
    check_field("size", tree.size(), trailer.size)?;
    check_root(&tree, &trailer.root)?;

    let signed = signed_text(place.fonds, parts.above, tree.size(), &trailer.root);
    check_signature(&header.writer, signed.as_bytes(), &trailer.sig, trust)?;

    let committed = Committed {
        number: header.commit,
        first: header.first,
        prev: header.prev,
        writer: header.writer,
        note: header.note,
        lines: parts.lines.iter().map(|line| (*line).to_owned()).collect(),
        leaves,
        root: tree.root(),
        sha256: Digest::of(bytes),
        size_bytes: bytes.len() as u64,
    };
    Ok((committed, tree))
}

/// The lines of a commit.
struct Parts<'a> {
    header: &'a str,
    lines: Vec<&'a str>,
    trailer: &'a str,
    /// All bytes above the trailer.
    above: &'a [u8],
}

impl<'a> Parts<'a> {
    fn cut(bytes: &'a [u8]) -> Result<Self, CommitError> {
        let text = std::str::from_utf8(bytes).map_err(|error| CommitError::NotUtf8 {
            at: error.valid_up_to(),
        })?;
        let body = text.strip_suffix('\n').ok_or(CommitError::Cut)?;
        let (above, trailer) = body.rsplit_once('\n').ok_or(CommitError::Cut)?;
        let mut lines = above.split('\n');
        let header = lines.next().ok_or(CommitError::Cut)?;
        let lines: Vec<&str> = lines.collect();
        check_count(lines.len())?;
        for (at, line) in lines.iter().enumerate() {
            check_entry(at, line)?;
        }
        Ok(Self {
            header,
            lines,
            trailer,
            above: bytes.get(..=above.len()).ok_or(CommitError::Cut)?,
        })
    }
}

fn check_number(number: u64) -> Result<(), CommitError> {
    if number > COMMIT_MAX_NUMBER {
        return Err(CommitError::Number { number });
    }
    Ok(())
}

fn check_size(found_bytes: usize) -> Result<(), CommitError> {
    if found_bytes > COMMIT_MAX_BYTES {
        return Err(CommitError::TooLarge { found_bytes });
    }
    Ok(())
}

fn check_count(found: usize) -> Result<(), CommitError> {
    if found == 0 || found > COMMIT_MAX_ENTRIES {
        return Err(CommitError::Entries { found });
    }
    Ok(())
}

/// `at` counts the entries from 0; the first stands on line 2.
fn check_entry(at: usize, line: &str) -> Result<(), CommitError> {
    check_line(line).map_err(|source| CommitError::Entry {
        line: at + 2,
        source,
    })
}

fn check_field(field: &'static str, expected: u64, found: u64) -> Result<(), CommitError> {
    if expected == found {
        return Ok(());
    }
    Err(CommitError::Field {
        field,
        expected,
        found,
    })
}

fn check_place(header: &Header, lines: usize, place: &Place<'_>) -> Result<(), CommitError> {
    check_field("commit", place.number, header.commit)?;
    check_field("first", place.before.size(), header.first)?;
    check_field("count", lines as u64, header.count)?;
    if header.prev == place.prev {
        return Ok(());
    }
    Err(CommitError::Previous {
        expected: place.prev,
        found: header.prev,
    })
}

fn check_note(note: Option<&str>, place: &Place<'_>, trust: &Trust) -> Result<(), CommitError> {
    let Some(note) = note.filter(|_| place.number > 0) else {
        return if note.is_none() && place.number == 0 {
            Ok(())
        } else {
            Err(CommitError::NotePresence {
                found: note.is_some(),
            })
        };
    };
    let origin = origin(place.fonds);
    let signed =
        SignedCheckpoint::open(note, &trust.log_keys, Some(&origin)).map_err(CommitError::Note)?;
    let (found, root) = (signed.checkpoint(), place.before.root());
    if found.size == place.before.size() && found.root == root {
        return Ok(());
    }
    Err(CommitError::NoteTree {
        expected_size: place.before.size(),
        expected_root: Digest::from_bytes(root),
        found_size: found.size,
        found_root: Digest::from_bytes(found.root),
    })
}

fn check_root(tree: &Frontier, stated: &str) -> Result<(), CommitError> {
    let found =
        spelling::decode_hash(stated).ok_or(CommitError::Trailer(SpellingError::Base64 {
            field: "root",
            length_bytes: 32,
        }))?;
    let computed = tree.root();
    if found == computed {
        return Ok(());
    }
    Err(CommitError::Root {
        computed: Digest::from_bytes(computed),
        found: Digest::from_bytes(found),
    })
}

fn check_signature(
    writer: &str,
    signed: &[u8],
    signature: &str,
    trust: &Trust,
) -> Result<(), CommitError> {
    let key = trust.writers.iter().find(|key| key.id() == writer);
    let Some(key) = key else {
        return Err(CommitError::Writer {
            writer: writer.to_owned(),
        });
    };
    let signature = spelling::decode(signature)
        .and_then(|bytes| <[u8; 64]>::try_from(bytes).ok())
        .ok_or(CommitError::Trailer(SpellingError::Base64 {
            field: "sig",
            length_bytes: 64,
        }))?;
    if key.verifies(signed, &signature) {
        return Ok(());
    }
    Err(CommitError::Signature {
        writer: writer.to_owned(),
    })
}

/// What a writer signs.
fn signed_text(fonds: FondsId, above: &[u8], size: u64, root: &str) -> String {
    let sha256 = Digest::of(above);
    format!("vouchsafe-commit/1\n{fonds}\n{sha256}\n{size}\n{root}\n")
}

fn spell<T: Serialize>(value: &T) -> Result<String, SpellingError> {
    serde_json::to_string(value).map_err(SpellingError::Json)
}

fn unspell<T: Serialize + for<'de> Deserialize<'de>>(line: &str) -> Result<T, SpellingError> {
    let value: T = serde_json::from_str(line).map_err(SpellingError::Json)?;
    let expected = spell(&value)?;
    if expected == line {
        return Ok(value);
    }
    Err(SpellingError::Spelling { expected })
}
