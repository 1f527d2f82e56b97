//! Every code that a finding can have, what it means and what to do.
//!
//! The codes stand in the order in which the rules run. A code is stable: scripts and
//! procedures may depend on its text.

use std::fmt;

use crate::report::Severity;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $severity:ident, $advice:literal;)+) => {
        /// The code of a finding (检查代码). Printed as a word such as `commit-missing`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order in which the rules run.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that is printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// What to do, in a sentence or two.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)+ }
            }

            const fn doc(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc, "\n"),+),)+ }
            }
        }
    };
}

impl Code {
    /// What it means, in one line, for a reader who has never met it.
    #[must_use]
    pub fn meaning(self) -> String {
        let lines: Vec<&str> = self.doc().lines().map(str::trim).collect();
        lines.join(" ").trim().to_owned()
    }

    /// What it means and what to do, for a reader who has never met it.
    #[must_use]
    pub fn explain(self) -> String {
        format!(
            "{} ({})\n{}\nWhat to do: {}",
            self.as_str(),
            self.severity(),
            self.meaning(),
            self.advice()
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

codes! {
    /// The archive has no `fonds.json`, though it has other objects. That file says who the
    /// archive is and whose signatures count; without it no signature can be judged.
    FondsMissing = "fonds-missing", Harm,
        "Write nothing. Bring `fonds.json` back from a backup, byte for byte, and check again.";
    /// `fonds.json` is not spelled as version 1 spells it. It is written once and never
    /// changes, so it was altered or damaged.
    FondsMalformed = "fonds-malformed", Harm,
        "Write nothing. Compare `fonds.json` with a backup and bring the first state back.";
    /// The first entry fixes the SHA-256 of `fonds.json`, and the one that lies there has
    /// another: recipients, keys or writers were exchanged. Every kept checkpoint covers that
    /// entry, so whoever exchanged the file could not make them agree.
    FondsForeign = "fonds-foreign", Harm,
        "Write nothing. Bring the first `fonds.json` back from a backup, and find out who could \
         write to the store.";
    /// `fonds.json` says a version of the stored forms that this checker does not know.
    FondsVersion = "fonds-version-unknown", Harm,
        "Check with a program of that version. Nothing was judged here that depends on it.";
    /// A number is missing in the row of commits. Commits are written without gaps, so
    /// objects were lost or removed.
    CommitMissing = "commit-missing", Harm,
        "Write nothing. Bring the missing commits back from a replica or backup; they are objects \
         that never change. Find out who could delete from the ledger.";
    /// A commit is larger than 4 MiB, or has more than 10,000 entries. No writer makes one.
    CommitOverLimit = "commit-over-limit", Harm,
        "Compare the object with a replica or backup. If all copies are like this, the program \
         that wrote it is wrong: report it.";
    /// A commit is not spelled as the stored form spells it: header, entries, trailer, each
    /// line ended by one LF.
    CommitMalformed = "commit-malformed", Harm,
        "Write nothing. Bring the commit back from a replica or backup and check again.";
    /// A commit says another number than its path does.
    CommitNumber = "commit-number", Harm,
        "Objects were exchanged or copied. Bring both commits back from a replica or backup.";
    /// A commit does not name the SHA-256 of the commit before it, so one of the two was
    /// altered or exchanged. For the first commit, the one before it is `fonds.json`.
    CommitPrev = "commit-prev", Harm,
        "Write nothing. Compare this commit and the one before it with a replica or backup.";
    /// A commit does not begin at the entry where the one before it ended.
    CommitContinuity = "commit-continuity", Harm,
        "Write nothing. Compare this commit and the one before it with a replica or backup.";
    /// A commit says a number of entries that it does not have.
    CommitCount = "commit-count", Harm,
        "Write nothing. Bring the commit back from a replica or backup and check again.";
    /// The Merkle root that a commit states is not the root of the entries up to it
    /// (RFC 6962). An entry, or the trailer, was altered. Later commits are not told again.
    CommitRoot = "commit-root", Harm,
        "Write nothing. Compare with a replica, and with receipts and kept checkpoints: they \
         prove which entries were there.";
    /// A commit bears the name of a key that may not write: neither in `fonds.json` nor
    /// admitted by an earlier `writer.added` entry.
    CommitWriter = "commit-writer-unknown", Harm,
        "Write nothing. Find out whose key it is. Entries in this commit count as forged until \
         that is known.";
    /// The signature on a commit is not its writer's.
    CommitSignature = "commit-signature", Harm,
        "Write nothing. Compare the commit with a replica or backup.";
    /// A commit after the first does not carry the signed checkpoint of the tree before it.
    NoteMissing = "note-missing", Harm,
        "Write nothing. Compare the commit with a replica or backup.";
    /// The checkpoint that a commit carries is not a checkpoint of this archive.
    NoteMalformed = "note-malformed", Harm,
        "Write nothing. Compare the commit with a replica or backup.";
    /// The checkpoint that a commit carries is not signed by the log key.
    NoteSignature = "note-signature", Harm,
        "Write nothing. Somebody with a writer's key and without the log key may have written \
         this commit. Compare with a replica.";
    /// The checkpoint that a commit carries, signed by the log key, is of another tree than
    /// the one before that commit. The log key signs only what was read back from the
    /// store: what stands there now is not what stood there then. History was rewritten.
    NoteDiffers = "note-differs", Harm,
        "Write nothing. Keep the store as it is as evidence. Compare with a replica and with kept \
         checkpoints to find which commits were replaced; treat the writer's key as stolen.";
    /// An entry is longer than 65,535 bytes. No writer makes one.
    EntryOverLimit = "entry-over-limit", Harm,
        "The program that wrote it is wrong: report it.";
    /// An entry is not JSON that can be read in one way only: not JSON at all, or with a key
    /// twice in one object.
    EntryMalformed = "entry-malformed", Harm,
        "If the commit has other findings, mend those first. Otherwise the program that wrote the \
         entry is wrong: report it.";
    /// An entry lacks something that every entry has, or has it in another form: id, time,
    /// actor, door, event, body, rules.
    EntryEnvelope = "entry-envelope", Harm,
        "If the commit has other findings, mend those first. Otherwise the program that wrote the \
         entry is wrong: report it.";
    /// Two entries have one id. An id stands for one act; a repeated request gets the first
    /// answer and leaves no second entry.
    EntryIdRepeated = "entry-id-repeated", Harm,
        "Read both entries: an act may have been carried out twice.";
    /// The time of an entry goes backwards, or differs from that of other entries of the
    /// same commit.
    EntryTime = "entry-time", Harm,
        "Check the clock of the writing host. Deadlines counted from this time need a second look.";
    /// The body of an entry whose event is known lacks something that checking needs, or has
    /// it in another form. What it names cannot be checked.
    EntryBody = "entry-body", Harm,
        "If the commit has other findings, mend those first. Otherwise the program that wrote the \
         entry is wrong: report it.";
    /// Two entries state different digests or sizes for one sealed object.
    ObjectContradicted = "object-contradicted", Harm,
        "The object agrees with one of them at most. Read both entries and compare with a replica.";
    /// Two entries file the same record.
    RecordFiledTwice = "record-filed-twice", Harm,
        "Read both entries. The first one counts; find out how the second came about.";
    /// A record's entry names an object that lies under another record's name, or of another
    /// kind. When one of the two records ends, the other would lose its object or outlive it.
    ObjectOfAnother = "object-of-another-record", Harm,
        "Destroy neither record until this is settled. Report it: the program that wrote the entry \
         is wrong.";
    /// A batch was received twice, interrupted or closed without having been received, or a
    /// record was filed for it after that.
    BatchContradicted = "batch-contradicted", Harm,
        "Read the entries of the batch and compare with the station's own list.";
    /// The entries of a case contradict each other: a step is missing or repeated, a change of
    /// rules was confirmed by whoever proposed it, or something else was confirmed than proposed.
    CaseContradicted = "case-contradicted", Harm,
        "Do not rely on what the case brought into force. Read its entries, and ask the people \
         whom they name.";
    /// A batch was received and is not closed: files that were acknowledged are not all
    /// accounted for yet. This is so while a batch is worked on, and after a crash.
    BatchOpen = "batch-open", Warning,
        "If nothing is running, open the archive once: it finishes its interrupted batches. Then \
         check again.";
    /// There is no published checkpoint, though the ledger has commits. A crash right after
    /// the first commit leaves it so; later it means that the object was removed.
    CheckpointMissing = "checkpoint-missing", Warning,
        "The next write publishes one. If the ledger has more than one commit, find out who \
         removed it, and compare with kept checkpoints first.";
    /// The published checkpoint is older than the ledger. A crash between a commit and its
    /// publication leaves it so.
    CheckpointBehind = "checkpoint-behind", Warning,
        "The next write publishes a newer one. If it stays behind while entries are written, the \
         object cannot be overwritten: look at the store's permissions.";
    /// The published checkpoint is not a checkpoint of this archive.
    CheckpointMalformed = "checkpoint-malformed", Harm,
        "Compare with a replica. Do not remove it before that is done: it may be the only sign of \
         a shortened ledger.";
    /// The published checkpoint is not signed by the log key.
    CheckpointSignature = "checkpoint-signature", Harm,
        "Compare with a replica. Do not remove it before that is done: it may be the only sign of \
         a shortened ledger.";
    /// The published checkpoint is of a longer ledger than the one that is here. Entries at
    /// the end were cut off.
    CheckpointAhead = "checkpoint-ahead", Harm,
        "Write nothing: what is written now would take the place of what was lost. Bring the \
         missing commits back from a replica or backup.";
    /// The published checkpoint has another root than the ledger had at that size. One of
    /// the two was rewritten.
    CheckpointForked = "checkpoint-forked", Harm,
        "Write nothing. Keep the store as it is as evidence and compare with a replica and with \
         kept checkpoints.";
    /// A checkpoint that was given to compare with is not one of this archive, or not signed
    /// by its log key. It proves nothing.
    KeptInvalid = "kept-checkpoint-invalid", Warning,
        "Ask where it came from. If a station received it as part of a receipt, somebody answered \
         in this archive's name.";
    /// A checkpoint that somebody kept is of a longer ledger than the one that is here.
    /// Entries at the end were cut off.
    KeptAhead = "kept-checkpoint-ahead", Harm,
        "Write nothing: what is written now would take the place of what was lost. Bring the \
         missing commits back from a replica or backup.";
    /// A checkpoint that somebody kept has another root than the ledger had at that size.
    /// The ledger was rewritten since.
    KeptForked = "kept-checkpoint-forked", Harm,
        "Write nothing. Keep the store and the checkpoint as evidence. The kept checkpoint is \
         right: it was signed when the entries had been read back.";
    /// The catalog has not applied the newest commits. A crash leaves it so.
    CatalogBehind = "catalog-behind", Warning,
        "Open the archive once: the catalog catches up by itself.";
    /// The catalog has applied a commit that the ledger does not have. The ledger was cut,
    /// or the catalog belongs to a later state of the archive.
    CatalogAhead = "catalog-ahead", Harm,
        "Write nothing and do not rebuild the catalog: it is evidence of what was lost. Bring the \
         missing commits back from a replica or backup.";
    /// The catalog has applied another commit of that number, or counts other entries. It
    /// belongs to another archive, or the ledger was rewritten.
    CatalogForked = "catalog-of-another-history", Harm,
        "Write nothing and keep the catalog as evidence. If it is only the wrong folder, correct \
         the setting.";
    /// The store answered an error while an object was read. What is in it is not known.
    UnreadableObject = "unreadable-object", Harm,
        "Look at the store: disk, permissions, network. Then check again.";
    /// An object lies under a path that no object of an archive has.
    Stray = "stray", Warning,
        "Find out who put it there. Move it out of the store once you know that nothing needs it.";
    /// The header of a sealed object is missing. Without its header a payload can never be
    /// opened again.
    HeaderMissing = "header-missing", Harm,
        "Bring the header back from a replica or a backup of `keys` at once, before that backup is \
         rotated away.";
    /// The header of a sealed object is not an age header.
    HeaderMalformed = "header-malformed", Harm,
        "Bring the header back from a replica or a backup of `keys` at once.";
    /// The header of a sealed object is not the one that the ledger names.
    HeaderDiffers = "header-differs", Harm,
        "Bring the header back from a replica or a backup of `keys` at once. Do not remove the one \
         that is there before the right one is back.";
    /// A sealed object of epoch 0 is not sealed for as many recipients as its kind demands:
    /// too few, and a key that must open it cannot; too many, and somebody can who may not.
    HeaderRecipients = "header-recipients", Harm,
        "Report it: the program that sealed it is wrong. Treat the record as readable by more \
         people than intended until it is sealed anew.";
    /// A header lies in the store of payloads although headers have a store of their own.
    /// Deleting the header in its own store would then not destroy the record.
    HeaderMisplaced = "header-misplaced", Harm,
        "Find out who copied it. It must be gone there before a certificate of destruction of that \
         record may be given.";
    /// The payload of a sealed object is missing.
    PayloadMissing = "payload-missing", Harm,
        "Bring it back from a replica or backup: it is an object that never changes.";
    /// The payload of a sealed object has another size than the ledger states.
    PayloadSize = "payload-size", Harm,
        "Bring it back from a replica or backup and check again with `--read-data`.";
    /// The payload of a sealed object is not the one that the ledger names.
    PayloadDiffers = "payload-differs", Harm,
        "Bring it back from a replica or backup and check again with `--read-data`.";
    /// An entry names a text, of a profile or a notice, that is not in the store. What was decided
    /// by it cannot be explained any more.
    EvidenceMissing = "evidence-missing", Harm,
        "Put the object back from a replica, or from the file that was proposed: its name is the \
         SHA-256 of its bytes.";
    /// Evidence is stored under the digest of other bytes.
    EvidenceDiffers = "evidence-differs", Harm,
        "Bring it back from a replica or backup.";
    /// A sealed object is not named by any entry that could be read, while entries are lost,
    /// damaged or of a kind that this checker does not know: one of them may name it.
    UnnamedObject = "unnamed-object", Warning,
        "Keep it. Mend the ledger first, or check with the program that wrote those entries.";
    /// A sealed object is not named by any entry. A crash leaves such objects: what was
    /// being written was not recorded, and so never acknowledged.
    LeftOver = "left-over", LeftOver,
        "Nothing that was acknowledged depends on it. Open the archive once: it removes left-overs \
         of its own interrupted work. What stays after that, keep, and find out where it came from.";
    /// A write of an object was cut off, and left its half beside the object's name.
    CutOffUpload = "cut-off-upload", LeftOver,
        "Nothing that was acknowledged depends on it. If nothing writes to this store now, the \
         file may be deleted.";
    /// A page in the inbox belongs to a batch that is closed. Its record has been filed; the
    /// page should have been removed.
    InboxLeftOver = "inbox-left-over", LeftOver,
        "Open the archive once: it removes left-overs of its own interrupted work.";
    /// The bag cannot be decrypted with the identity, although the object is the one that
    /// the ledger names.
    BagUnopened = "bag-unopened", Harm,
        "Try the recovery identity. If that fails too, report it: the record cannot be read, and \
         the paper must not be destroyed.";
    /// What the sealed object holds is not a tar as the stored form has it.
    BagMalformed = "bag-malformed", Harm,
        "Open the record with stock tools (age, tar) and compare. Report it: the program that \
         sealed it is wrong.";
    /// The bag is not one folder with the record's id as its name.
    BagFolder = "bag-folder", Harm,
        "Look whether it is another record's bag. Report it: the program that sealed it is wrong.";
    /// The bag can be read, and differs from the stored form where that form is fixed so
    /// that any tool reads it: owner, mode, one time, data before manifests.
    BagForm = "bag-form", Warning,
        "Nothing is lost. Report it.";
    /// `bagit.txt` or `bag-info.txt` is missing or wrong.
    BagDeclaration = "bag-declaration", Harm,
        "The files in the bag may be whole. Report it: the program that sealed it is wrong.";
    /// A file of the bag's manifest is missing or has another digest, or a file stands in no
    /// manifest.
    BagManifest = "bag-manifest", Harm,
        "The record is not what was filed. Compare the named file with the paper or with the \
         sender's copy.";
    /// The manifest of the bag's own descriptions is missing, leaves one out, or names
    /// another digest. Without it an edited description would look valid.
    BagTagmanifest = "bag-tagmanifest", Harm,
        "Trust the description of the record (client, class, dates) only as far as the ledger \
         entry repeats it.";
    /// The bag's tagmanifest is not the one that the ledger names. The bag is consistent in
    /// itself, and is another than the one that was filed.
    BagForeign = "bag-of-another-filing", Harm,
        "Keep the object as evidence and compare with a replica.";
    /// The files in the bag are not the originals that the ledger names: number, order,
    /// digest, size or type.
    BagOriginals = "bag-originals", Harm,
        "Compare the files with the paper or with the sender's copy.";
    /// `metadata/record.json` is missing, cannot be read in one way only, or is of another
    /// record.
    BagRecord = "bag-record", Harm,
        "The originals may be whole. Take the description from the ledger entry.";
    /// The bag has a file that its stored form does not have.
    BagUnknownFile = "bag-unknown-file", Warning,
        "Nothing is lost. If a newer program wrote it, check with that program.";
    /// The derived object cannot be decrypted with the identity, although it is the one that
    /// the ledger names.
    DerivedUnopened = "derived-unopened", Harm,
        "The record itself is not touched. Have it read again.";
    /// The derived object is not a tar as the stored form has it.
    DerivedMalformed = "derived-malformed", Harm,
        "The record itself is not touched. Have it read again.";
    /// The derived object lacks text, preview, fields or findings of a page, or has them in
    /// another form.
    DerivedIncomplete = "derived-incomplete", Harm,
        "The record itself is not touched. Have it read again.";
    /// The derived object has a file that its stored form does not have.
    DerivedUnknownFile = "derived-unknown-file", Warning,
        "Nothing is lost. If a newer program wrote it, check with that program.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_kebab_words_and_each_is_explained() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            let word = code.as_str();
            assert!(seen.insert(word), "{word} twice");
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
            let text = code.explain();
            assert!(text.starts_with(word));
            assert!(text.lines().count() == 3, "{text}");
            assert!(text.len() > 100, "{text}");
            assert!(!text.contains("  "), "{text}");
        }
    }
}
