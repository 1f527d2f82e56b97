//! The commits in their order: each one judged by itself and against the one before it.
//!
//! Nothing is read from a store here: commits come in as bytes, gaps as numbers. Beyond a
//! commit that is missing or unreadable the root of the tree cannot be recomputed any more;
//! the rest of each commit still is checked, and what was not is said.

use std::collections::BTreeMap;

use domain::{Digest, Timestamp};

use crate::Code;
use crate::commit::{COMMIT_ENTRIES_MAX, Commit, ENTRY_BYTES_MAX};
use crate::entry::{Entry, NotEntry};
use crate::fonds::Fonds;
use crate::known::{At, Known};
use crate::layout;
use crate::note::{Checkpoint, VerifierKey, hash_text};
use crate::report::{Draft, Finding};
use crate::tree::{Hash, Tree};

const NO_FONDS: &str = "`fonds.json` is missing or malformed";
const BEYOND_DAMAGE: &str = "a commit before is missing or damaged";

/// The ledger as far as it has been walked.
pub(crate) struct History<'a> {
    fonds: Option<&'a Fonds>,
    writers: BTreeMap<String, VerifierKey>,
    /// `None` beyond a commit that is missing or damaged.
    tree: Option<Tree>,
    /// Whether the last root that was compared was wrong: not told again for each commit.
    root_differs: bool,
    previous: Option<Previous>,
    last_at: Option<Timestamp>,
    /// Sizes at which the root is wanted, for comparing checkpoints.
    wanted: BTreeMap<u64, Option<Hash>>,
    /// The commit whose digest and size are wanted, for comparing a catalog.
    pub(crate) watched: Watched,
    pub(crate) known: Known,
    /// Whether every entry that was ever there could be read and understood, as far as can
    /// be told: only then is an object that no entry names a left-over.
    pub(crate) whole: bool,
}

/// A commit that a catalog says it applied last.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) number: Option<u64>,
    /// Its digest, once it has been read.
    pub(crate) sha256: Option<Digest>,
    /// The number of entries with it, if it could be read.
    pub(crate) size: Option<u64>,
}

/// What is known of the commit directly before.
struct Previous {
    sha256: Digest,
    /// Size and root that it states; `None` if its form could not be read.
    end: Option<(u64, Hash)>,
}

impl<'a> History<'a> {
    /// A history before its first commit. `fonds_sha256` is that of the object, however
    /// damaged; `wanted` are sizes at which roots will be asked for.
    pub(crate) fn new(
        fonds: Option<&'a Fonds>,
        fonds_sha256: Option<Digest>,
        wanted: impl IntoIterator<Item = u64>,
        watched: Option<u64>,
    ) -> Self {
        let tree = Tree::default();
        let empty = tree.root();
        let keys = fonds
            .map(|fonds| fonds.writers.as_slice())
            .unwrap_or_default();
        Self {
            fonds,
            writers: keys.iter().map(|key| (key.label(), key.clone())).collect(),
            previous: fonds_sha256.map(|sha256| Previous {
                sha256,
                end: Some((0, empty)),
            }),
            tree: Some(tree),
            root_differs: false,
            last_at: None,
            wanted: wanted
                .into_iter()
                .map(|size| (size, (size == 0).then_some(empty)))
                .collect(),
            watched: Watched {
                number: watched,
                ..Watched::default()
            },
            known: Known::new(fonds_sha256),
            whole: true,
        }
    }

    /// The size of the ledger, where every commit so far was there and readable.
    pub(crate) fn size(&self) -> Option<u64> {
        self.tree.as_ref().map(Tree::size)
    }

    /// The root at a wanted size, if the ledger was whole up to there.
    pub(crate) fn root_at(&self, size: u64) -> Option<Hash> {
        self.wanted.get(&size).copied().flatten()
    }

    /// The next commit cannot be had: it is missing, or could not be read at all.
    pub(crate) fn lose(&mut self) {
        self.whole = false;
        self.tree = None;
        self.previous = None;
    }

    /// The next commit.
    pub(crate) fn take(&mut self, number: u64, bytes: &[u8], draft: &mut Draft) {
        let place = layout::commit(number);
        let sha256 = Digest::of(bytes);
        let is_watched = self.watched.number == Some(number);
        if is_watched {
            self.watched.sha256 = Some(sha256);
        }
        let commit = match Commit::parse(bytes) {
            Ok(commit) => commit,
            Err(why) => {
                draft.find(Finding::new(
                    Code::CommitMalformed,
                    place,
                    why,
                    "header, entries and trailer as the stored form spells them",
                ));
                self.lose();
                self.previous = Some(Previous { sha256, end: None });
                return;
            }
        };
        if is_watched {
            self.watched.size = Some(commit.trailer.size);
        }
        draft.counts.commits += 1;
        let judge = Judge {
            place: &place,
            commit: &commit,
        };
        judge.numbers(number, self.previous.as_ref(), draft);
        self.grow(&judge, draft);
        self.judge_signature(&judge, draft);
        self.judge_note(number, &judge, draft);
        self.take_entries(&judge, draft);
        self.admit_writers(&judge, draft);
        self.previous = Some(Previous {
            sha256,
            end: Some((commit.trailer.size, commit.trailer.root)),
        });
    }

    fn grow(&mut self, judge: &Judge<'_>, draft: &mut Draft) {
        let Some(tree) = self.tree.as_mut() else {
            draft.skip("roots of commits", BEYOND_DAMAGE, 1);
            return;
        };
        for line in &judge.commit.lines {
            tree.append(line.as_bytes());
            if let Some(wanted) = self.wanted.get_mut(&tree.size()) {
                *wanted = Some(tree.root());
            }
        }
        let root = tree.root();
        let differs = root != judge.commit.trailer.root;
        if differs && self.root_differs {
            draft.skip("roots of commits", "the root of a commit before differs", 1);
        } else if differs {
            draft.find(judge.find(
                Code::CommitRoot,
                hash_text(&judge.commit.trailer.root),
                format!("{}, computed from the entries", hash_text(&root)),
            ));
        }
        self.root_differs = differs;
    }

    fn judge_signature(&self, judge: &Judge<'_>, draft: &mut Draft) {
        let Some(fonds) = self.fonds else {
            draft.skip("signatures of commits", NO_FONDS, 1);
            return;
        };
        let commit = judge.commit;
        let Some(writer) = self.writers.get(&commit.header.writer) else {
            draft.find(judge.find(
                Code::CommitWriter,
                commit.header.writer.clone(),
                "a key of `fonds.json` or of an earlier `writer.added`",
            ));
            return;
        };
        let message = commit.signed_message(&fonds.id);
        if !writer.verifies(message.as_bytes(), &commit.trailer.signature) {
            draft.find(judge.find(
                Code::CommitSignature,
                "a signature that does not verify",
                format!("the signature of {}", commit.header.writer),
            ));
        }
    }

    fn judge_note(&self, number: u64, judge: &Judge<'_>, draft: &mut Draft) {
        let note = match (&judge.commit.header.note, number) {
            (None, 0) => return,
            (Some(_), 0) => {
                draft.find(judge.find(Code::NoteMalformed, "a note", "none in the first commit"));
                return;
            }
            (None, _) => {
                draft.find(judge.find(Code::NoteMissing, "null", "a signed checkpoint"));
                return;
            }
            (Some(note), _) => note,
        };
        let checkpoint = match Checkpoint::parse(note) {
            Ok(checkpoint) => checkpoint,
            Err(why) => {
                draft.find(judge.find(Code::NoteMalformed, why, "a signed checkpoint"));
                return;
            }
        };
        match self.fonds {
            None => draft.skip("signatures of notes", NO_FONDS, 1),
            Some(fonds) if checkpoint.origin != fonds.origin() => {
                draft.find(judge.find(Code::NoteMalformed, checkpoint.origin, fonds.origin()));
                return;
            }
            Some(fonds) if !checkpoint.is_signed_by(&fonds.log) => {
                let log = fonds.log.label();
                draft.find(judge.find(
                    Code::NoteSignature,
                    "no right signature by the log key",
                    format!("the signature of {log}"),
                ));
                return;
            }
            Some(_) => {}
        }
        match self.previous.as_ref().and_then(|previous| previous.end) {
            None => draft.skip("trees of notes", BEYOND_DAMAGE, 1),
            Some((size, root)) if (size, root) != (checkpoint.size, checkpoint.root) => {
                draft.find(judge.find(
                    Code::NoteDiffers,
                    tree_text(checkpoint.size, &checkpoint.root),
                    tree_text(size, &root),
                ));
            }
            Some(_) => {}
        }
    }

    fn take_entries(&mut self, judge: &Judge<'_>, draft: &mut Draft) {
        let mut commit_at: Option<Timestamp> = None;
        let first = judge.commit.header.first;
        for (offset, line) in (0u64..).zip(&judge.commit.lines) {
            draft.counts.entries += 1;
            let at = At {
                commit: judge.place,
                index: first.saturating_add(offset),
            };
            let find = |code, found: String, expected: &str| {
                Finding::new(code, at.place(), found, expected)
            };
            if line.len() > ENTRY_BYTES_MAX {
                let found = format!("{} bytes", line.len());
                draft.find(find(Code::EntryOverLimit, found, "at most 65,535 bytes"));
            }
            let entry = match Entry::parse(line) {
                Ok(Entry::One(entry)) => entry,
                Ok(Entry::Other { version, json }) => {
                    let what = format!("entries of version {version}");
                    draft.skip(&what, "this checker knows version 1", 1);
                    self.known.take_objects(&at, &json, draft);
                    self.whole = false;
                    continue;
                }
                Err(not_entry) => {
                    self.whole = false;
                    let (code, why) = match not_entry {
                        NotEntry::Json(why) => (Code::EntryMalformed, why),
                        NotEntry::Envelope(why) => (Code::EntryEnvelope, why),
                    };
                    draft.find(find(code, why, "an entry of version 1"));
                    continue;
                }
            };
            self.whole &= self.known.take(&at, &entry, draft);
            let earliest = commit_at.or(self.last_at);
            let is_right = match commit_at {
                Some(one_value) => entry.at == one_value,
                None => earliest.is_none_or(|last| entry.at >= last),
            };
            if !is_right {
                let wanted = earliest.map(|at| at.to_string()).unwrap_or_default();
                let expected = if commit_at.is_some() {
                    format!("{wanted}, as the other entries of the commit")
                } else {
                    format!("{wanted} or later, as in the commit before")
                };
                draft.find(find(Code::EntryTime, entry.at.to_string(), &expected));
            }
            commit_at = commit_at.or(Some(entry.at));
        }
        // A commit that went backwards is told once; the next one is held against the latest.
        self.last_at = self.last_at.max(commit_at);
    }

    /// Keys that this commit's entries admit may sign from the next one on.
    fn admit_writers(&mut self, judge: &Judge<'_>, draft: &mut Draft) {
        for text in std::mem::take(&mut self.known.added_writers) {
            match VerifierKey::parse(&text) {
                Ok(key) => {
                    self.writers.insert(key.label(), key);
                }
                Err(why) => {
                    draft.find(judge.find(
                        Code::EntryBody,
                        why,
                        "a verifier key in `writer.added`",
                    ));
                }
            }
        }
    }
}

/// A tree as findings name it.
pub(crate) fn tree_text(size: u64, root: &Hash) -> String {
    format!("{size} entries with the root {}", hash_text(root))
}

/// One commit and where it lies.
struct Judge<'a> {
    place: &'a str,
    commit: &'a Commit<'a>,
}

impl Judge<'_> {
    fn find(&self, code: Code, found: impl Into<String>, expected: impl Into<String>) -> Finding {
        Finding::new(code, self.place, found, expected)
    }

    /// What the commit says of its own number, extent, and the commit before.
    fn numbers(&self, number: u64, previous: Option<&Previous>, draft: &mut Draft) {
        let header = &self.commit.header;
        let trailer = &self.commit.trailer;
        if header.commit != number {
            let found = format!("the number {}", header.commit);
            draft.find(self.find(Code::CommitNumber, found, number.to_string()));
        }
        let entries = self.commit.lines.len();
        if usize::try_from(header.count) != Ok(entries) {
            let found = format!("a count of {}", header.count);
            draft.find(self.find(Code::CommitCount, found, format!("{entries}, as there are")));
        }
        if entries > COMMIT_ENTRIES_MAX {
            let found = format!("{entries} entries");
            draft.find(self.find(Code::CommitOverLimit, found, "at most 10,000"));
        }
        if header.first.checked_add(header.count) != Some(trailer.size) {
            let expected = format!("{} more than {}", header.count, header.first);
            let found = format!("a size of {}", trailer.size);
            draft.find(self.find(Code::CommitCount, found, expected));
        }
        match previous {
            None => draft.skip("links to the commit before", BEYOND_DAMAGE, 1),
            Some(previous) if previous.sha256 != header.prev => {
                let expected = format!("{}, as the object before has", previous.sha256);
                draft.find(self.find(Code::CommitPrev, header.prev.to_string(), expected));
            }
            Some(_) => {}
        }
        if let Some((size, _)) = previous.and_then(|previous| previous.end)
            && size != header.first
        {
            let found = format!("a first entry {}", header.first);
            draft.find(self.find(Code::CommitContinuity, found, size.to_string()));
        }
    }
}
