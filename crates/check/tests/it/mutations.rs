//! Every object of a whole archive lost, altered, cut, lengthened or exchanged: each must be
//! found, and by the rule that it broke.

use std::collections::BTreeSet;

use check::{Options, Report, Severity};

use crate::forge::{Forge, check, codes, plain, reading};

/// What the object at a path is, by the first part of it.
fn kind(path: &str) -> &str {
    path.split('/').next().unwrap()
}

fn must_have(report: &Report, one_of: &[&str], what: &str) {
    let codes = codes(report);
    let hit = one_of.iter().any(|code| codes.contains(code));
    assert!(hit, "{what}: {codes:?}");
    assert_eq!(report.worst(), Some(Severity::Harm), "{what}");
}

#[tokio::test]
async fn every_object_is_missed() {
    let forge = Forge::sample();
    for path in forge.objects.keys() {
        let mut broken = forge.clone();
        broken.remove(path);
        let report = check(&broken.objects, &plain()).await;
        let expected = match kind(path) {
            "fonds.json" => "fonds-missing",
            // The last commit is missed because the checkpoint knows of it.
            "ledger" if path.ends_with("003") => "checkpoint-ahead",
            "ledger" => "commit-missing",
            "log" => "checkpoint-missing",
            "keys" => "header-missing",
            "blobs" => "payload-missing",
            other => panic!("{other}"),
        };
        assert!(codes(&report).contains(expected), "{path}: {report:#?}");
        let at = if expected == "checkpoint-ahead" {
            "log/checkpoint"
        } else {
            path
        };
        assert!(report.findings.iter().any(|finding| finding.place == at));
    }
}

#[tokio::test]
async fn every_byte_of_the_ledger_counts() {
    let forge = Forge::small();
    for (path, bytes) in &forge.objects {
        let expected: &[&str] = match kind(path) {
            "ledger" => &[
                "commit-signature",
                "commit-malformed",
                "commit-writer-unknown",
            ],
            // What can still be read as a fonds.json is not the one that was linked to.
            "fonds.json" => &["fonds-malformed", "fonds-version-unknown", "commit-prev"],
            "log" => &["checkpoint-malformed", "checkpoint-signature"],
            _ => continue,
        };
        for at in 0..bytes.len() {
            // Another letter everywhere; another case, and no text at all, here and there.
            let masks: &[u8] = if at % 8 == 0 {
                &[0x01, 0x20, 0x80]
            } else {
                &[0x01]
            };
            for mask in masks {
                let mut objects = forge.objects.clone();
                objects.get_mut(path).unwrap()[at] ^= mask;
                let report = check(&objects, &plain()).await;
                must_have(&report, expected, &format!("{path} byte {at} ^ {mask:#x}"));
            }
        }
    }
}

#[tokio::test]
async fn every_byte_of_a_header_counts() {
    let forge = Forge::sample();
    let headers = forge
        .objects
        .iter()
        .filter(|(path, _)| kind(path) == "keys");
    for (path, bytes) in headers.take(2) {
        for at in 0..bytes.len() {
            let mut broken = forge.clone();
            broken.objects.get_mut(path).unwrap()[at] ^= 1;
            let report = check(&broken.objects, &plain()).await;
            assert_eq!(codes(&report), BTreeSet::from(["header-differs"]));
            assert_eq!(report.findings[0].place, *path);
        }
    }
}

#[tokio::test]
async fn bytes_of_a_payload_count_when_they_are_read() {
    let forge = Forge::sample();
    for with_identity in [false, true] {
        let options = Options {
            identity: with_identity.then(|| forge.archive_identity()),
            read_data: !with_identity,
            ..plain()
        };
        for (path, bytes) in &forge.objects {
            if kind(path) != "blobs" {
                continue;
            }
            for at in (0..bytes.len())
                .step_by(bytes.len() / 5)
                .chain([bytes.len() - 1])
            {
                let mut broken = forge.clone();
                broken.objects.get_mut(path).unwrap()[at] ^= 1;
                let report = check(&broken.objects, &options).await;
                assert_eq!(codes(&report), BTreeSet::from(["payload-differs"]));
                assert_eq!(report.counts.payloads_compared_by_hash, 5);
                // By size alone nothing is wrong, and nothing is claimed.
                let report = check(&broken.objects, &plain()).await;
                assert!(report.is_clean());
                assert_eq!(report.counts.payloads_compared_by_hash, 0);
            }
        }
    }
}

#[tokio::test]
async fn shorter_and_longer_objects_are_found() {
    let forge = Forge::sample();
    for (path, bytes) in &forge.objects {
        let expected: &[&str] = match kind(path) {
            "fonds.json" => &["fonds-malformed", "commit-prev"],
            "ledger" => &["commit-malformed"],
            "log" => &["checkpoint-malformed"],
            "keys" => &["header-differs"],
            "blobs" => &["payload-size"],
            other => panic!("{other}"),
        };
        let half = bytes.len() / 2;
        let extended = [b"\n".as_slice(), b" ", b"\0", b"x"].map(|more| [bytes, more].concat());
        let cut = [0, 1, half, bytes.len() - 1].map(|length| bytes[..length].to_vec());
        for other in extended.into_iter().chain(cut) {
            let mut broken = forge.clone();
            let what = format!("{path} of {} bytes", other.len());
            broken.objects.insert(path.clone(), other);
            let report = check(&broken.objects, &reading()).await;
            must_have(&report, expected, &what);
        }
    }
}

#[tokio::test]
async fn exchanged_objects_are_found() {
    let forge = Forge::sample();
    let paths: Vec<&String> = forge.objects.keys().collect();
    for (n, a) in paths.iter().enumerate() {
        for b in paths.iter().skip(n + 1).filter(|b| kind(a) == kind(b)) {
            let mut broken = forge.clone();
            let bytes = broken.objects.remove(*a).unwrap();
            let other = broken.objects.insert((*b).clone(), bytes).unwrap();
            broken.objects.insert((*a).clone(), other);
            let report = check(&broken.objects, &reading()).await;
            let expected: &[&str] = match kind(a) {
                "ledger" => &["commit-number"],
                "keys" => &["header-differs"],
                _ => &["payload-differs", "payload-size"],
            };
            must_have(&report, expected, &format!("{a} for {b}"));
        }
    }
}

#[tokio::test]
async fn noise_in_the_place_of_any_object_is_no_panic() {
    let forge = Forge::sample();
    // A fixed generator: the same noise in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for path in forge.objects.keys() {
        for length in [1usize, 63, 512, 5000] {
            let mut broken = forge.clone();
            let noise = (0..length).map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()[0]
            });
            broken.objects.insert(path.clone(), noise.collect());
            let report = check(&broken.objects, &forge.everything()).await;
            assert_eq!(report.worst(), Some(Severity::Harm), "{path}");
        }
    }
}
