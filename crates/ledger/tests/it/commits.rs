//! The stored form of commits, to the byte.

use domain::Digest;
use ledger::checkpoint::{Checkpoint, origin};
use ledger::commit::{
    COMMIT_MAX_BYTES, COMMIT_MAX_ENTRIES, COMMIT_MAX_NUMBER, CommitError, Committed,
    ENTRY_MAX_BYTES, EntryError, LINES_MAX_BYTES, Place, Trust, encode, read,
};
use ledger::note::SignerKey;
use ledger::tree::{Frontier, leaf_hash};

use crate::{Dice, fonds, fonds_sha256, lines, log_key, writer};

/// The first two commits of a ledger, written once and kept: every later version must read
/// them and write them again.
const GOLDEN: [&str; 2] = [
    include_str!("golden/commit-0"),
    include_str!("golden/commit-1"),
];

const GOLDEN_LINES: [&[&str]; 2] = [
    &[r#"{"v":1,"id":"01JD0000000000000000000000","at":"2026-11-23T01:14:07.120Z"}"#],
    &[
        r#"{"v":1,"id":"01JD0000000000000000000001","at":"2026-11-23T01:14:09.000Z"}"#,
        r#"{"v":1,"id":"01JD0000000000000000000002","note":"凭证 \"quoted\""}"#,
        "not JSON, which is not the ledger's to judge",
    ],
];

fn trust() -> Trust {
    Trust {
        log_keys: vec![log_key().verifier().clone()],
        writers: vec![writer(0).verifier().clone(), writer(1).verifier().clone()],
    }
}

fn place(number: u64, prev: Digest, before: &Frontier) -> Place<'_> {
    Place {
        fonds: fonds(),
        number,
        prev,
        before,
    }
}

fn note_of(before: &Frontier) -> String {
    let checkpoint = Checkpoint {
        origin: origin(fonds()),
        size: before.size(),
        root: before.root(),
    };
    checkpoint.sign(&log_key()).note().to_owned()
}

/// The tree and digest after golden commit 0.
fn after_first() -> (Frontier, Digest) {
    let nothing = Frontier::new();
    let place = place(0, fonds_sha256(), &nothing);
    let (first, tree) = read(GOLDEN[0].as_bytes(), &place, &trust()).unwrap();
    (tree, first.sha256)
}

fn read_second(bytes: &[u8]) -> Result<(Committed, Frontier), CommitError> {
    let (before, prev) = after_first();
    read(bytes, &place(1, prev, &before), &trust())
}

fn write_second(words: &[&str]) -> Vec<u8> {
    let (before, prev) = after_first();
    let note = note_of(&before);
    encode(
        &place(1, prev, &before),
        Some(&note),
        &lines(words),
        &writer(1),
    )
    .unwrap()
}

#[test]
fn the_golden_commits_are_written_and_read_to_the_byte() {
    let nothing = Frontier::new();
    let first = encode(
        &place(0, fonds_sha256(), &nothing),
        None,
        &lines(GOLDEN_LINES[0]),
        &writer(0),
    )
    .unwrap();
    assert_eq!(String::from_utf8(first).unwrap(), GOLDEN[0]);
    let (before, prev) = after_first();
    assert_eq!(prev, Digest::of(GOLDEN[0].as_bytes()));
    let second = write_second(GOLDEN_LINES[1]);
    assert_eq!(String::from_utf8(second).unwrap(), GOLDEN[1]);

    let (read, tree) = read_second(GOLDEN[1].as_bytes()).unwrap();
    assert_eq!(read.number, 1);
    assert_eq!(read.first, 1);
    assert_eq!(read.prev, prev);
    assert_eq!(read.writer, writer(1).verifier().id());
    assert_eq!(read.note, Some(note_of(&before)));
    assert_eq!(read.lines, GOLDEN_LINES[1]);
    let leaves: Vec<_> = GOLDEN_LINES[1]
        .iter()
        .map(|l| leaf_hash(l.as_bytes()))
        .collect();
    assert_eq!(read.leaves, leaves);
    assert_eq!(read.sha256, Digest::of(GOLDEN[1].as_bytes()));
    assert_eq!(read.size_bytes, GOLDEN[1].len() as u64);
    assert_eq!((read.size(), tree.size()), (4, 4));
    assert_eq!(read.root, tree.root());
}

#[test]
fn each_flipped_bit_is_refused() {
    for at in 0..GOLDEN[1].len() {
        for bit in 0..8 {
            let mut bytes = GOLDEN[1].as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            assert!(read_second(&bytes).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn each_cut_and_each_moved_line_is_refused() {
    let whole = GOLDEN[1].as_bytes();
    for end in 0..whole.len() {
        assert!(read_second(&whole[..end]).is_err(), "cut at {end}");
        assert!(read_second(&whole[end + 1..]).is_err(), "begun after {end}");
    }
    let all: Vec<&str> = GOLDEN[1].lines().collect();
    let refuse = |lines: &[&str]| {
        let text = lines.join("\n") + "\n";
        assert!(read_second(text.as_bytes()).is_err(), "{text}");
    };
    for at in 0..all.len() {
        let mut less = all.clone();
        less.remove(at);
        refuse(&less);
        for to in 0..=all.len() {
            let mut more = all.clone();
            more.insert(to, all[at]);
            refuse(&more);
            let mut blank = all.clone();
            blank.insert(to, "");
            refuse(&blank);
        }
        for with in 0..at {
            let mut swapped = all.clone();
            swapped.swap(at, with);
            refuse(&swapped);
        }
    }
    for tail in ["\n", " ", "\0", "x\n"] {
        assert!(read_second(format!("{}{tail}", GOLDEN[1]).as_bytes()).is_err());
    }
    assert!(read_second(GOLDEN[1].replace('\n', "\r\n").as_bytes()).is_err());
}

/// A writer whose signature is good can still not write header or trailer in another way.
#[test]
fn another_spelling_is_refused_though_it_says_the_same() {
    for (from, to) in [
        (r#"{"commit":1,"#, r#"{"commit": 1,"#),
        (r#"{"commit":1,"first":1,"#, r#"{"first":1,"commit":1,"#),
        (r#""count":3,"#, r#""count":3,"count":3,"#),
        (r#""count":3,"#, r#""count":3,"extra":0,"#),
        (r#""count":3,"#, r#""count":3.0,"#),
        (r#""note":"vouchsafe/"#, r#""note":"vouchsafe\/"#),
        ("\u{2014}", "\\u2014"),
        (r#"{"size":4,"#, r#"{"size":4 ,"#),
        (r#"{"size":4,"#, r#"{"size":4,"size":4,"#),
    ] {
        assert!(GOLDEN[1].contains(from), "{from}");
        let text = GOLDEN[1].replacen(from, to, 1);
        let refused = read_second(text.as_bytes());
        assert!(
            matches!(
                refused,
                Err(CommitError::Header(_) | CommitError::Trailer(_))
            ),
            "{to}: {refused:?}"
        );
    }
}

#[test]
fn a_commit_belongs_in_one_place() {
    let (before, prev) = after_first();
    let bytes = GOLDEN[1].as_bytes();
    let refused = |place: Place<'_>, trust: &Trust| read(bytes, &place, trust).unwrap_err();
    assert!(matches!(
        refused(place(2, prev, &before), &trust()),
        CommitError::Field {
            field: "commit",
            expected: 2,
            found: 1
        }
    ));
    assert!(matches!(
        refused(place(1, fonds_sha256(), &before), &trust()),
        CommitError::Previous { found, .. } if found == prev
    ));
    let mut other = Frontier::new();
    assert!(matches!(
        refused(place(1, prev, &other), &trust()),
        CommitError::Field {
            field: "first",
            expected: 0,
            found: 1
        }
    ));
    other.append(leaf_hash(b"another entry"));
    assert!(matches!(
        refused(place(1, prev, &other), &trust()),
        CommitError::NoteTree {
            expected_size: 1,
            found_size: 1,
            ..
        }
    ));
    let elsewhere = Place {
        fonds: "ffffffffffffffffffffffffffffffff".parse().unwrap(),
        ..place(1, prev, &before)
    };
    assert!(matches!(refused(elsewhere, &trust()), CommitError::Note(_)));
    let here = place(1, prev, &before);
    let mut fewer = trust();
    fewer.writers.remove(1);
    assert!(matches!(
        refused(here, &fewer),
        CommitError::Writer { writer: found } if found == writer(1).verifier().id()
    ));
    let mut others = trust();
    others.log_keys = vec![writer(0).verifier().clone()];
    assert!(matches!(refused(here, &others), CommitError::Note(_)));
}

/// The fonds is in what is signed: commit 0, which has no checkpoint, fits no other ledger.
#[test]
fn a_first_commit_of_another_fonds_is_refused() {
    let nothing = Frontier::new();
    let elsewhere = Place {
        fonds: "ffffffffffffffffffffffffffffffff".parse().unwrap(),
        ..place(0, fonds_sha256(), &nothing)
    };
    let refused = read(GOLDEN[0].as_bytes(), &elsewhere, &trust());
    assert!(
        matches!(refused, Err(CommitError::Signature { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_checkpoint_stands_in_every_header_but_the_first() {
    let (before, prev) = after_first();
    let some = lines(&["entry"]);
    let here = place(1, prev, &before);
    let none = encode(&here, None, &some, &writer(0)).unwrap();
    assert!(matches!(
        read(&none, &here, &trust()),
        Err(CommitError::NotePresence { found: false })
    ));
    let nothing = Frontier::new();
    let first = place(0, fonds_sha256(), &nothing);
    let noted = encode(&first, Some(&note_of(&nothing)), &some, &writer(0)).unwrap();
    assert!(matches!(
        read(&noted, &first, &trust()),
        Err(CommitError::NotePresence { found: true })
    ));
    for wrong in ["", "no note", &note_of(&nothing)] {
        let bytes = encode(&here, Some(wrong), &some, &writer(0)).unwrap();
        let refused = read(&bytes, &here, &trust());
        assert!(
            matches!(
                refused,
                Err(CommitError::Note(_) | CommitError::NoteTree { .. })
            ),
            "{refused:?}"
        );
    }
}

#[test]
fn the_limits_hold_at_their_edges() {
    let nothing = Frontier::new();
    let here = place(0, fonds_sha256(), &nothing);
    let write = |lines: &[String]| encode(&here, None, lines, &writer(0));
    let full = "x".repeat(ENTRY_MAX_BYTES);
    let bytes = write(std::slice::from_ref(&full)).unwrap();
    assert_eq!(
        read(&bytes, &here, &trust()).unwrap().0.lines,
        std::slice::from_ref(&full)
    );
    assert!(matches!(
        write(&[format!("{full}x")]),
        Err(CommitError::Entry {
            line: 2,
            source: EntryError::TooLarge {
                found_bytes: 65_536
            }
        })
    ));
    assert!(matches!(
        write(&lines(&["a", ""])),
        Err(CommitError::Entry {
            line: 3,
            source: EntryError::Empty
        })
    ));
    assert!(matches!(
        write(&lines(&["a\nb"])),
        Err(CommitError::Entry {
            line: 2,
            source: EntryError::LineFeed { at: 1 }
        })
    ));
    assert!(matches!(write(&[]), Err(CommitError::Entries { found: 0 })));
    let many = vec!["x".to_owned(); COMMIT_MAX_ENTRIES + 1];
    let bytes = write(&many[1..]).unwrap();
    assert_eq!(read(&bytes, &here, &trust()).unwrap().0.size(), 10_000);
    assert!(matches!(
        write(&many),
        Err(CommitError::Entries { found: 10_001 })
    ));
    assert!(matches!(
        write(&vec![full; 64]),
        Err(CommitError::TooLarge { found_bytes }) if found_bytes > COMMIT_MAX_BYTES
    ));
    assert!(matches!(
        encode(
            &place(COMMIT_MAX_NUMBER + 1, fonds_sha256(), &nothing),
            None,
            &many[..1],
            &writer(0)
        ),
        Err(CommitError::Number { .. })
    ));
}

/// Lines up to the room that is promised fit, with names of a thousand bytes.
#[test]
fn lines_that_are_said_to_fit_do_fit() {
    let (before, prev) = after_first();
    let here = place(COMMIT_MAX_NUMBER, prev, &before);
    let long = SignerKey::from_seed(&"\"".repeat(1000), &[9; 32]).unwrap();
    let checkpoint = Checkpoint {
        origin: "o".repeat(1000),
        size: u64::MAX,
        root: [0; 32],
    };
    let note = checkpoint.sign(&long);
    let full = "x".repeat(ENTRY_MAX_BYTES);
    let mut all = vec![full; LINES_MAX_BYTES / (ENTRY_MAX_BYTES + 1)];
    let left = LINES_MAX_BYTES - all.len() * (ENTRY_MAX_BYTES + 1);
    all.push("x".repeat(left - 1));
    encode(&here, Some(note.note()), &all, &long).unwrap();
}

#[test]
fn random_bytes_never_panic() {
    let mut dice = Dice(1);
    let nothing = Frontier::new();
    for _ in 0..2_000 {
        let mut bytes = GOLDEN[1].as_bytes().to_vec();
        for _ in 0..=dice.below(20) {
            let at = dice.below(bytes.len());
            bytes[at] = dice.below(256) as u8;
        }
        bytes.truncate(1 + dice.below(bytes.len()));
        assert!(read(&bytes, &place(0, fonds_sha256(), &nothing), &trust()).is_err());
        assert!(read_second(&bytes).is_err());
    }
}
