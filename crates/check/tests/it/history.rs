//! Ledgers that were cut, forked or written by the wrong hand, each object of which may be
//! well formed.

use check::{CatalogHead, Options};
use domain::Digest;
use serde_json::json;

use crate::forge::{FONDS, Forge, Key, Parts, check, codes, commit_path, expect, plain, root};

fn keeping(kept: &str) -> Options {
    Options {
        kept_checkpoints: vec![kept.to_owned()],
        ..plain()
    }
}

/// A sample whose last commit has one more entry, made by `change`.
async fn one_more(change: impl FnOnce(&mut Parts), expected: &[&str]) {
    let mut forge = Forge::sample();
    let entry = forge.entry("record.opened", &json!({}));
    forge.commit_with(vec![entry], change);
    forge.publish();
    expect(&forge, &plain(), expected).await;
}

#[tokio::test]
async fn a_commit_that_states_something_false_about_itself() {
    one_more(|_| {}, &[]).await;
    one_more(|parts| parts.commit += 1, &["commit-number"]).await;
    one_more(|parts| parts.prev = "0".repeat(64), &["commit-prev"]).await;
    one_more(|parts| parts.count += 1, &["commit-count"]).await;
    one_more(|parts| parts.size += 1, &["commit-count"]).await;
    one_more(
        |parts| parts.first += 1,
        &["commit-count", "commit-continuity"],
    )
    .await;
    one_more(
        |parts| parts.first = u64::MAX,
        &["commit-count", "commit-continuity"],
    )
    .await;
    one_more(|parts| parts.root = root(&[]), &["commit-root"]).await;
    one_more(
        |parts| parts.writer = "host-1+00000000".to_owned(),
        &["commit-writer-unknown"],
    )
    .await;
    one_more(|parts| parts.note = None, &["note-missing"]).await;
    one_more(
        |parts| parts.note = Some("words".to_owned()),
        &["note-malformed"],
    )
    .await;
    one_more(|parts| parts.count = 0, &["commit-count"]).await;
}

type Change = fn(&mut Parts);

#[tokio::test]
async fn a_signed_header_or_trailer_in_another_spelling() {
    let malformed = ["commit-malformed", "checkpoint-missing"];
    let wrong: [(Change, &str); 9] = [
        (
            |parts| parts.header = |line| line.replacen(':', ": ", 1),
            "a blank",
        ),
        (
            |parts| parts.header = |line| line.replacen("\"count\":1,", "", 1),
            "no count",
        ),
        (
            |parts| parts.header = |line| line.replacen('}', ",\"x\":1}", 1),
            "a key more",
        ),
        (
            |parts| parts.header = |line| line.replacen("host", r"\u0068ost", 1),
            "escapes",
        ),
        (
            |parts| parts.header = |line| line.replacen(":0,", ":0,\"commit\":0,", 1),
            "a key twice",
        ),
        (|parts| parts.header = |line| line + "\n", "a blank line"),
        (
            |parts| parts.trailer = |line| line.replacen("size", "Size", 1),
            "another key",
        ),
        (
            |parts| parts.trailer = |line| line.replacen('=', "", 1),
            "base64 unpadded",
        ),
        (
            |parts| parts.trailer = |line| line.replacen(':', ":\t", 1),
            "a tab",
        ),
    ];
    for (change, what) in wrong {
        let mut forge = Forge::empty();
        let entry = forge.entry("fonds.created", &json!({}));
        forge.commit_with(vec![entry], change);
        let report = check(&forge.objects, &plain()).await;
        assert_eq!(codes(&report), malformed.into(), "{what}");
    }
    let mut forge = Forge::empty();
    let entry = forge.entry("fonds.created", &json!({}));
    forge.commit_with(vec![entry], |parts| parts.note = Some("words".to_owned()));
    expect(&forge, &plain(), &["note-malformed", "checkpoint-missing"]).await;
}

#[tokio::test]
async fn notes_of_other_logs_keys_and_trees() {
    let log = Key::new("log", 2);
    let origin = format!("vouchsafe/{FONDS}");
    let sample = Forge::sample();
    let size = sample.leaves.len() as u64;
    let right = root(&sample.leaves);
    let of = |log: &Key, origin: &str, size, root: &str| Some(log.note(origin, size, root));
    let wrong = of(&log, "vouchsafe/other", size, &right);
    one_more(|parts| parts.note = wrong, &["note-malformed"]).await;
    let thief = of(&Key::new("log", 3), &origin, size, &right);
    one_more(|parts| parts.note = thief, &["note-signature"]).await;
    let earlier = of(&log, &origin, size - 1, &root(&sample.leaves[1..]));
    one_more(|parts| parts.note = earlier, &["note-differs"]).await;
    let other = of(&log, &origin, size, &root(&sample.leaves[1..]));
    one_more(|parts| parts.note = other, &["note-differs"]).await;
}

#[tokio::test]
async fn a_witness_may_sign_too_and_a_wrong_signature_by_the_log_spoils_the_note() {
    let line = |note: &str| note.lines().last().unwrap().to_owned();
    let mut forge = Forge::sample();
    let own = forge.checkpoint();
    let size = forge.leaves.len() as u64;
    let witness = Key::new("witness", 9).note("anything", size, &root(&forge.leaves));
    let cosigned = format!("{own}{}\n", line(&witness));
    forge
        .objects
        .insert("log/checkpoint".to_owned(), cosigned.into_bytes());
    expect(&forge, &plain(), &[]).await;
    let wrong = forge.log.note("anything", size, &root(&forge.leaves));
    let spoilt = format!("{own}{}\n", line(&wrong));
    forge
        .objects
        .insert("log/checkpoint".to_owned(), spoilt.into_bytes());
    expect(&forge, &plain(), &["checkpoint-signature"]).await;
}

#[tokio::test]
async fn a_tail_that_was_cut() {
    let whole = Forge::sample();
    let mut cut = whole.clone();
    cut.remove(&commit_path(3));
    cut.remove(&commit_path(2));
    // The objects of the lost entries are not called left-overs: nobody should remove them.
    expect(
        &cut,
        &plain(),
        &["checkpoint-ahead", "batch-open", "unnamed-object"],
    )
    .await;

    // Whoever cuts the ledger puts an old checkpoint back too.
    let mut older = Forge::empty();
    older.leaves = whole.leaves[..2].to_vec();
    let checkpoint = older.checkpoint().into_bytes();
    cut.objects.insert("log/checkpoint".to_owned(), checkpoint);
    expect(&cut, &plain(), &["batch-open", "left-over"]).await;

    let kept = keeping(&whole.checkpoint());
    let expected = ["kept-checkpoint-ahead", "batch-open", "unnamed-object"];
    expect(&cut, &kept, &expected).await;
    let catalog = Options {
        catalog: Some(whole.head()),
        ..plain()
    };
    expect(
        &cut,
        &catalog,
        &["catalog-ahead", "batch-open", "unnamed-object"],
    )
    .await;

    cut.objects.retain(|path, _| !path.starts_with("ledger/"));
    let expected = ["catalog-ahead", "checkpoint-ahead", "unnamed-object"];
    expect(&cut, &catalog, &expected).await;
}

#[tokio::test]
async fn gaps_are_told_as_one_and_what_lies_beyond_is_still_checked() {
    let mut forge = Forge::sample();
    forge.remove(&commit_path(1));
    forge.remove(&commit_path(2));
    let last = forge.objects.get_mut(&commit_path(3)).unwrap();
    let text = String::from_utf8(last.clone()).unwrap();
    *last = text.replacen("clerk", "clerc", 1).into_bytes();
    let report = check(&forge.objects, &plain()).await;
    let gap = &report.findings[0];
    assert_eq!(gap.code.as_str(), "commit-missing");
    assert_eq!(
        (gap.place.as_str(), gap.found.as_str()),
        (&*commit_path(1), "no commits 1 to 2")
    );
    assert!(codes(&report).contains("commit-signature"));
    let unchecked: Vec<&str> = report
        .not_checked
        .iter()
        .map(|skip| skip.what.as_str())
        .collect();
    for what in [
        "links to the commit before",
        "roots of commits",
        "trees of notes",
    ] {
        assert!(unchecked.contains(&what), "{unchecked:?}");
    }
    assert!(unchecked.contains(&"log/checkpoint"));
}

#[tokio::test]
async fn a_history_written_anew_with_a_stolen_writer_key() {
    let whole = Forge::sample();
    let kept = whole.checkpoint();
    // The thief has the writer's key, every object, and not the log key: the notes must be
    // the ones that were there.
    let fonds = whole.objects["fonds.json"].clone();
    let mut forged = whole.clone();
    forged.objects = [("fonds.json".to_owned(), fonds)].into();
    forged.leaves.clear();
    forged.commits = 0;
    let notes: Vec<Option<String>> = (0..4).map(|n| note_of(&whole, n)).collect();
    let first = std::str::from_utf8(&whole.leaves[0]).unwrap().to_owned();
    let batch = std::str::from_utf8(&whole.leaves[1]).unwrap().to_owned();
    let prev = crate::forge::sha256(&forged.objects["fonds.json"]);
    forged.commit_with(vec![first], |parts| parts.prev = prev);
    forged.commit_with(vec![batch], |parts| parts.note = notes[1].clone());
    // From here on it is another history.
    let other = forged.entry("record.opened", &json!({"record": null}));
    let another = forged.entry("text.searched", &json!({}));
    forged.commit_with(vec![other], |parts| parts.note = notes[2].clone());
    // The commits so far can be told only by who saw more of the ledger.
    let mut short = forged.clone();
    short.objects.insert(
        "log/checkpoint".to_owned(),
        notes[2].clone().unwrap().into_bytes(),
    );
    expect(&short, &plain(), &["batch-open", "checkpoint-behind"]).await;
    let expected = ["batch-open", "checkpoint-behind", "kept-checkpoint-ahead"];
    expect(&short, &keeping(&kept), &expected).await;
    let at_three = notes[3].clone().unwrap();
    // One that was kept of three commits has five entries, more than the forged three.
    expect(&short, &keeping(&at_three), &expected).await;

    forged.commit_with(vec![another], |parts| parts.note = notes[3].clone());
    forged.objects.insert(
        "log/checkpoint".to_owned(),
        notes[2].clone().unwrap().into_bytes(),
    );
    expect(
        &forged,
        &plain(),
        &["batch-open", "checkpoint-behind", "note-differs"],
    )
    .await;
}

/// The note in the header of commit `number`.
fn note_of(forge: &Forge, number: u64) -> Option<String> {
    let commit = &forge.objects[&commit_path(number)];
    let header = commit.split(|byte| *byte == b'\n').next().unwrap();
    let header: serde_json::Value = serde_json::from_slice(header).unwrap();
    header["note"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_last_commit_written_anew_has_another_root() {
    let whole = Forge::sample();
    let mut forged = whole.clone();
    forged.commits -= 1;
    forged.leaves.truncate(5);
    let note = note_of(&whole, 3);
    let entries: Vec<String> = (0..2)
        .map(|_| forged.entry("text.searched", &json!({})))
        .collect();
    let prev = crate::forge::sha256(&whole.objects[&commit_path(2)]);
    forged.commit_with(entries, |parts| {
        parts.note = note;
        parts.prev = prev;
    });
    expect(&forged, &plain(), &["checkpoint-forked", "batch-open"]).await;
    forged.remove("log/checkpoint");
    expect(&forged, &plain(), &["checkpoint-missing", "batch-open"]).await;
    let expected = ["checkpoint-missing", "kept-checkpoint-forked", "batch-open"];
    expect(&forged, &keeping(&whole.checkpoint()), &expected).await;
    let catalog = Options {
        catalog: Some(whole.head()),
        ..plain()
    };
    let expected = [
        "checkpoint-missing",
        "catalog-of-another-history",
        "batch-open",
    ];
    expect(&forged, &catalog, &expected).await;
}

#[tokio::test]
async fn an_altered_entry_is_told_once_by_its_root_and_not_by_every_later_commit() {
    let mut forge = Forge::sample();
    let commit = forge.objects.get_mut(&commit_path(1)).unwrap();
    let text = String::from_utf8(commit.clone()).unwrap();
    *commit = text.replacen("clerk", "clerc", 1).into_bytes();
    let report = check(&forge.objects, &plain()).await;
    let roots = report
        .findings
        .iter()
        .filter(|f| f.code.as_str() == "commit-root");
    assert_eq!(
        roots.map(|f| f.place.as_str()).collect::<Vec<_>>(),
        [commit_path(1)]
    );
    assert!(codes(&report).is_superset(&["commit-signature", "commit-prev"].into()));
    let skip = report
        .not_checked
        .iter()
        .find(|skip| skip.what == "roots of commits");
    assert_eq!(skip.map(|skip| skip.count), Some(2));
}

#[tokio::test]
async fn checkpoints_that_prove_nothing() {
    let forge = Forge::sample();
    let stranger = Key::new("log", 7);
    let origin = format!("vouchsafe/{FONDS}");
    for kept in [
        String::new(),
        "vouchsafe".to_owned(),
        stranger.note(&origin, 7, &root(&forge.leaves)),
        forge.log.note("vouchsafe/other", 7, &root(&forge.leaves)),
    ] {
        expect(&forge, &keeping(&kept), &["kept-checkpoint-invalid"]).await;
    }
    // A checkpoint of any beginning, of nothing at all too, is one that may be kept.
    for size in 0..=forge.leaves.len() {
        let kept = forge
            .log
            .note(&origin, size as u64, &root(&forge.leaves[..size]));
        expect(&forge, &keeping(&kept), &[]).await;
        let kept = forge
            .log
            .note(&origin, size as u64, &root(&[b"other".to_vec()]));
        expect(&forge, &keeping(&kept), &["kept-checkpoint-forked"]).await;
    }
}

#[tokio::test]
async fn a_catalog_behind_ahead_or_of_another_history() {
    let forge = Forge::sample();
    let with = |head| Options {
        catalog: Some(head),
        ..plain()
    };
    let head = forge.head();
    expect(&forge, &with(head), &[]).await;
    let behind = CatalogHead {
        commit: 1,
        commit_sha256: Digest::of(&forge.objects[&commit_path(1)]),
        size: 2,
    };
    expect(&forge, &with(behind), &["catalog-behind"]).await;
    let other = "catalog-of-another-history";
    expect(&forge, &with(CatalogHead { commit: 1, ..head }), &[other]).await;
    expect(&forge, &with(CatalogHead { size: 8, ..head }), &[other]).await;
    expect(
        &forge,
        &with(CatalogHead { commit: 4, ..head }),
        &["catalog-ahead"],
    )
    .await;
}

#[tokio::test]
async fn writers_are_admitted_by_the_ledger_and_not_before() {
    let second = Key::new("host-2", 5);
    let mut forge = Forge::sample();
    let added = forge.entry("writer.added", &json!({"key": second.verifier()}));
    let mut hasty = forge.clone();
    hasty.writer = second.clone();
    hasty.commit(vec![added.clone()]);
    hasty.publish();
    expect(&hasty, &plain(), &["commit-writer-unknown"]).await;

    forge.commit(vec![added]);
    forge.writer = second;
    let entry = forge.entry("text.searched", &json!({}));
    forge.commit(vec![entry]);
    forge.publish();
    expect(&forge, &plain(), &[]).await;

    let broken = forge.entry("writer.added", &json!({"key": "host-3+00000000+AQ=="}));
    forge.commit(vec![broken]);
    forge.publish();
    expect(&forge, &plain(), &["entry-body"]).await;
}

#[tokio::test]
async fn a_signature_over_something_else_is_not_the_writers() {
    let mut forge = Forge::sample();
    let entry = forge.entry("text.searched", &json!({}));
    let label = forge.writer.label();
    forge.writer = Key::new("host-1", 8);
    forge.commit_with(vec![entry], |parts| parts.writer = label);
    forge.publish();
    expect(&forge, &plain(), &["commit-signature"]).await;
}

#[tokio::test]
async fn commits_and_entries_have_limits() {
    let mut forge = Forge::empty();
    let entry = forge.entry("text.searched", &json!({"pad": ""}));
    let pad = |to: usize| {
        let fill = "x".repeat(to - entry.len());
        entry.replacen(r#""pad":"""#, &format!(r#""pad":"{fill}""#), 1)
    };
    let mut right = forge.clone();
    right.commit(vec![pad(65_535)]);
    right.publish();
    expect(&right, &plain(), &[]).await;
    let mut long = forge.clone();
    long.commit(vec![pad(65_536)]);
    long.publish();
    expect(&long, &plain(), &["entry-over-limit"]).await;

    let mut lines = Vec::new();
    for _ in 0..10_001 {
        lines.push(forge.entry("text.searched", &json!({})));
    }
    let mut many = forge.clone();
    many.commit(lines.clone());
    many.publish();
    expect(&many, &plain(), &["commit-over-limit"]).await;
    lines.truncate(10_000);
    let mut most = forge.clone();
    most.commit(lines);
    most.publish();
    expect(&most, &plain(), &[]).await;

    let mut large = forge.clone();
    let lines = (0..65).map(|_| {
        let entry = forge.entry("text.searched", &json!({"pad": "x".repeat(65_000)}));
        assert!(entry.len() < 65_536);
        entry
    });
    large.commit(lines.collect());
    large.publish();
    expect(&large, &plain(), &["commit-over-limit"]).await;
}

#[tokio::test]
async fn the_first_entry_fixes_fonds_json() {
    for (exchanged, expected) in [(false, &[][..]), (true, &["fonds-foreign"][..])] {
        let mut forge = Forge::empty();
        let stated = if exchanged {
            domain::Digest::of(b"another")
        } else {
            domain::Digest::of(&forge.objects["fonds.json"])
        };
        let body = json!({"fonds_sha256": stated.to_string()});
        let entry = forge.entry("fonds.created", &body);
        forge.commit(vec![entry]);
        forge.publish();
        expect(&forge, &plain(), expected).await;
    }
}
