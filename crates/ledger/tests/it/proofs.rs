//! Proof files: an outsider with the log's key and nothing else.

use ledger::checkpoint::{Checkpoint, SignedCheckpoint, origin};
use ledger::proof::{EntryProof, ProofFileError, Proven};
use ledger::tree::{MemoryNodes, leaf_hash, root_at};

use crate::{Dice, fonds, log_key, writer};

fn entry(n: u64) -> String {
    format!("{{\"v\":1,\"id\":\"{n}\",\"body\":{{\"class\":\"开户资料\"}}}}")
}

fn log(size: u64) -> (MemoryNodes, SignedCheckpoint) {
    let nodes: MemoryNodes = (0..size).map(|n| leaf_hash(entry(n).as_bytes())).collect();
    let checkpoint = Checkpoint {
        origin: origin(fonds()),
        size,
        root: root_at(&nodes, size).unwrap(),
    };
    (nodes, checkpoint.sign(&log_key()))
}

#[test]
fn a_proof_file_convinces_who_has_the_key() {
    let (nodes, checkpoint) = log(11);
    for index in 0..11 {
        let made = EntryProof::make(&nodes, &entry(index), index, &checkpoint).unwrap();
        let text = made.to_string();
        let read: EntryProof = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
        let proven = read.verify(log_key().verifier()).unwrap();
        let expected = Proven {
            entry: entry(index),
            index,
            size: 11,
            origin: origin(fonds()),
            key: log_key().verifier().id(),
        };
        assert_eq!(proven, expected);
        let by_stranger = read.verify(writer(0).verifier());
        assert!(matches!(by_stranger, Err(ProofFileError::Checkpoint(_))));
    }
}

#[test]
fn the_file_has_the_shape_of_c2sp() {
    let (nodes, checkpoint) = log(2);
    let text = EntryProof::make(&nodes, "{}", 0, &checkpoint);
    assert!(
        matches!(text, Err(ProofFileError::Proof(_))),
        "another entry"
    );
    let made = EntryProof::make(&nodes, &entry(1), 1, &checkpoint).unwrap();
    let text = made.to_string();
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(lines[0], "c2sp.org/tlog-proof@v1");
    assert!(lines[1].starts_with("extra eyJ2IjoxLCJpZCI6IjEi"));
    assert_eq!(lines[2], "index 1");
    assert_eq!(lines[3].len(), 44);
    assert_eq!(lines[4], "");
    assert_eq!(lines[5..].join("\n"), checkpoint.note());
}

#[test]
fn what_is_no_proof_file_is_refused() {
    let (nodes, checkpoint) = log(3);
    let made = EntryProof::make(&nodes, &entry(1), 1, &checkpoint).unwrap();
    let text = made.to_string();
    for wrong in [
        String::new(),
        text.replace("@v1", "@v2"),
        text.replace("extra ", "extra"),
        text.replace("index 1", "index 01"),
        text.replace("index 1", "index -1"),
        text.replace("index 1\n", "index 1\n\n"),
        text.replace("index 1\n", ""),
        text.replacen("=\n", "\n", 1),
        text.replace('\n', "\r\n"),
        text.lines()
            .filter(|l| !l.starts_with("extra"))
            .collect::<Vec<_>>()
            .join("\n"),
        format!("\n{text}"),
        format!("{text}\n"),
    ] {
        let verdict = wrong
            .parse::<EntryProof>()
            .and_then(|p| p.verify(log_key().verifier()));
        assert!(verdict.is_err(), "{wrong}");
    }
    assert!(matches!(
        "a".repeat(200_000).parse::<EntryProof>(),
        Err(ProofFileError::TooLarge { .. })
    ));
}

/// Each bit of each byte of a file, and a thousand other mutations, are noticed.
#[test]
fn no_mutated_file_proves_anything() {
    let (nodes, checkpoint) = log(7);
    let made = EntryProof::make(&nodes, &entry(4), 4, &checkpoint).unwrap();
    let text = made.to_string();
    let verify = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        text.parse::<EntryProof>()
            .ok()?
            .verify(log_key().verifier())
            .ok()
    };
    assert!(verify(text.as_bytes()).is_some());
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            assert_eq!(verify(&bytes), None, "byte {at}, bit {bit}");
        }
    }
    let mut dice = Dice(4);
    for _ in 0..1_000 {
        let mut bytes = text.clone().into_bytes();
        let (from, to) = (dice.below(bytes.len()), dice.below(bytes.len()));
        match dice.below(3) {
            0 => drop(bytes.remove(from)),
            1 => bytes.insert(from, dice.below(128) as u8),
            _ => bytes.truncate(to),
        }
        assert_eq!(verify(&bytes), None);
    }
}
