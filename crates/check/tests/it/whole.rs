//! An archive that is whole has no finding, and what was not looked at is said.

use check::{Counts, NotChecked, Options, Progress, Stage};

use crate::forge::{Forge, check, expect, identity_of, load, plain, reading};

fn skipped(list: &[NotChecked]) -> Vec<(&str, &str, u64)> {
    list.iter()
        .map(|skip| (skip.what.as_str(), skip.why.as_str(), skip.count))
        .collect()
}

#[tokio::test]
async fn nothing_is_found_and_nothing_is_left_out() {
    let forge = Forge::sample();
    let report = expect(&forge, &forge.everything(), &[]).await;
    assert!(report.is_clean());
    assert_eq!(report.not_checked, []);
    let bytes_read = report.counts.bytes_read;
    let all: usize = forge.objects.values().map(Vec::len).sum();
    let small = forge.objects["fonds.json"].len() + forge.objects["log/checkpoint"].len();
    assert_eq!(bytes_read, (all - small) as u64);
    let expected = Counts {
        commits: 4,
        entries: 7,
        records: 3,
        objects: 18,
        sealed_objects: 6,
        headers_compared: 6,
        payloads_compared_by_size: 0,
        payloads_compared_by_hash: 6,
        bags_valid: 3,
        derived_valid: 3,
        bytes_read,
    };
    assert_eq!(report.counts, expected);
}

#[tokio::test]
async fn what_was_not_looked_at_is_counted_nowhere_as_good() {
    let forge = Forge::sample();
    let report = expect(&forge, &plain(), &[]).await;
    assert_eq!(
        skipped(&report.not_checked),
        [
            ("bytes of payloads", "only sizes were compared", 6),
            ("checkpoints that others kept", "none were given", 1),
            ("contents of bags", "no identity was given", 3),
            ("contents of derived objects", "no identity was given", 3),
            ("the catalog's head", "none was given", 1),
        ]
    );
    assert_eq!(report.counts.payloads_compared_by_size, 6);
    assert_eq!(report.counts.payloads_compared_by_hash, 0);
    assert_eq!(report.counts.bags_valid, 0);

    let report = expect(&forge, &reading(), &[]).await;
    assert_eq!(report.counts.payloads_compared_by_size, 0);
    assert_eq!(report.counts.payloads_compared_by_hash, 6);
}

#[tokio::test]
async fn each_identity_opens_what_it_may() {
    let forge = Forge::sample();
    let stranger = age::x25519::Identity::generate();
    for (identity, bags, derived) in [
        (&forge.people.archive, 3, 3),
        (&forge.people.recovery, 3, 3),
        (&forge.people.search, 0, 3),
        (&forge.people.intake, 0, 0),
        (&stranger, 0, 0),
    ] {
        let options = Options {
            identity: Some(identity_of(identity)),
            ..plain()
        };
        let report = expect(&forge, &options, &[]).await;
        assert_eq!(report.counts.bags_valid, bags);
        assert_eq!(report.counts.derived_valid, derived);
        let unopened: u64 = report
            .not_checked
            .iter()
            .filter(|skip| skip.what.starts_with("contents of"))
            .map(|skip| skip.count)
            .sum();
        assert_eq!(unopened, 6 - bags - derived);
    }
}

#[tokio::test]
async fn an_archive_that_was_only_made_is_whole() {
    let forge = Forge::empty();
    let report = expect(&forge, &plain(), &[]).await;
    assert_eq!((report.counts.commits, report.counts.objects), (0, 1));
}

#[tokio::test]
async fn the_thousandth_commit_lies_in_another_folder() {
    let mut forge = Forge::empty();
    for _ in 0..=1000 {
        let entry = forge.entry("text.searched", &serde_json::json!({}));
        forge.commit(vec![entry]);
    }
    forge.publish();
    assert!(
        forge
            .objects
            .contains_key("ledger/commits/x000/x000/x001/000")
    );
    let report = expect(&forge, &forge.everything(), &[]).await;
    assert_eq!(report.counts.commits, 1001);
    forge.remove("ledger/commits/x000/x000/x000/999");
    let report = check(&forge.objects, &plain()).await;
    assert_eq!(report.findings[0].found, "no commit 999");
}

#[tokio::test]
async fn the_report_does_not_depend_on_how_many_are_looked_at_together() {
    let mut forge = Forge::sample();
    let some: Vec<String> = forge.objects.keys().skip(1).step_by(3).cloned().collect();
    for path in some {
        forge.objects.get_mut(&path).unwrap().push(b'!');
    }
    let mut options = forge.everything();
    let first = check(&forge.objects, &options).await;
    assert!(first.findings.len() > 4);
    for concurrency in [0, 1, 2, 16] {
        options.concurrency = concurrency;
        assert_eq!(check(&forge.objects, &options).await, first);
    }
}

#[tokio::test]
async fn progress_runs_to_the_end_of_each_stage() {
    let mut forge = Forge::sample();
    let digest = crate::forge::sha256(b"evidence");
    let path = format!("evidence/{}/{digest}", &digest[..2]);
    forge.objects.insert(path, b"evidence".to_vec());
    let store = load(&forge.objects).await;
    let mut seen: Vec<Progress> = Vec::new();
    let report = check::check(&store, &store, &plain(), |progress| seen.push(progress)).await;
    assert!(report.unwrap().is_clean());
    for (stage, total) in [
        (Stage::Ledger, 4),
        (Stage::Objects, 6),
        (Stage::Evidence, 1),
    ] {
        let last = seen.iter().rfind(|progress| progress.stage == stage);
        assert_eq!(last.map(|p| (p.done, p.total)), Some((total, total)));
    }
}
