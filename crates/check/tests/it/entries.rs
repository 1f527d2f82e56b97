//! Entries: what every one must have, and what is not known.

use serde_json::{Value, json};

use crate::forge::{Forge, expect, plain, ulid};

/// A small archive with one more entry, made out of a right one by `change`.
async fn with_entry(change: impl FnOnce(String) -> String, expected: &[&str]) -> check::Report {
    let mut forge = Forge::small();
    let entry = forge.entry("text.searched", &json!({"a": 1}));
    forge.commit(vec![change(entry)]);
    forge.publish();
    expect(&forge, &plain(), expected).await
}

#[tokio::test]
async fn the_envelope_is_demanded_piece_by_piece() {
    let swap = |from: &'static str, to: &'static str| {
        move |entry: String| {
            assert!(entry.contains(from), "{from}");
            entry.replacen(from, to, 1)
        }
    };
    with_entry(swap("{", "{"), &[]).await;
    // The order of the keys and blanks between them are not fixed in an entry.
    with_entry(swap(r#"{"v":1,"#, r#"{ "v" : 1 , "#), &[]).await;
    with_entry(swap(r#""person":null"#, r#""person":"E77""#), &[]).await;
    with_entry(swap(r#""via":"local""#, r#""via":{"door":"local"}"#), &[]).await;
    for (from, to) in [
        (r#""v":1"#, r#""v":"1""#),
        (r#""v":1,"#, ""),
        (r#""id":"0"#, r#""id":"x"#),
        ("08.000Z", "08Z"),
        (r#""person":null,"#, ""),
        (r#""account":"clerk""#, r#""account":"""#),
        (r#""roles":["clerk"]"#, r#""roles":"clerk""#),
        (r#""branch":"0001""#, r#""branch":1"#),
        (r#""via":"local""#, r#""via":"""#),
        (r#""event":"text.searched""#, r#""event":null"#),
        (r#""body":{"a":1}"#, r#""body":[]"#),
        (r#","rules":"securities@2026.1""#, ""),
    ] {
        with_entry(swap(from, to), &["entry-envelope"]).await;
    }
    with_entry(|_| "7".to_owned(), &["entry-envelope"]).await;
    for wrong in ["{", "words", r#"{"a":1}}"#] {
        with_entry(|_| wrong.to_owned(), &["entry-malformed"]).await;
    }
    with_entry(swap(r#"{"a":1}"#, r#"{"a":1,"a":1}"#), &["entry-malformed"]).await;
    with_entry(swap(r#""v":1"#, r#""v":1,"v":1"#), &["entry-malformed"]).await;
}

#[tokio::test]
async fn what_is_not_known_is_named_and_nothing_is_held_against_it() {
    let named = |report: &check::Report, what: &str| {
        let found = report
            .not_checked
            .iter()
            .find(|skip| skip.what.contains(what));
        assert_eq!(found.map(|skip| skip.count), Some(1), "{what}");
    };
    let report = with_entry(|e| e.replacen("text.searched", "hold.placed", 1), &[]).await;
    named(&report, "hold.placed");
    let report = with_entry(|e| e.replacen(r#""v":1"#, r#""v":2"#, 1), &[]).await;
    named(&report, "entries of version 2");
    let report = with_entry(
        |e| e.replacen(r#""v":1"#, r#""v":1,"auth":"asserted""#, 1),
        &[],
    )
    .await;
    named(&report, r#"the key "auth""#);
}

#[tokio::test]
async fn objects_named_by_unknown_entries_must_be_there_too() {
    for (event, version) in [("hold.placed", 1), ("record.filed", 2)] {
        let mut forge = Forge::small();
        let detail = forge.seal(&format!("{}.detail.1", ulid(70)), b"salt and content");
        let body = json!({"deep": [{"er": detail}]});
        let entry = forge.entry(event, &body);
        let entry = entry.replacen(r#""v":1"#, &format!(r#""v":{version}"#), 1);
        forge.commit(vec![entry]);
        forge.publish();
        expect(&forge, &plain(), &[]).await;
        forge.objects.retain(|path, _| !path.contains(".detail."));
        expect(&forge, &plain(), &["header-missing", "payload-missing"]).await;
    }
}

#[tokio::test]
async fn times_are_one_a_commit_and_never_go_back() {
    let at = |forge: &mut Forge, at: &str| {
        at.clone_into(&mut forge.at);
        forge.entry("text.searched", &json!({}))
    };
    let (early, late) = ("2026-11-23T01:14:07.999Z", "2026-11-24T00:00:00.000Z");
    for (times, expected) in [
        (vec![vec![late, late], vec![late]], vec![]),
        (vec![vec![early]], vec!["entry-time"]),
        (
            vec![vec![late, "2026-11-24T00:00:00.001Z"]],
            vec!["entry-time"],
        ),
        (
            vec![vec![late], vec!["2026-11-23T23:59:59.999Z"]],
            vec!["entry-time"],
        ),
    ] {
        let mut forge = Forge::small();
        for commit in times {
            let lines = commit
                .into_iter()
                .map(|time| at(&mut forge, time))
                .collect();
            forge.commit(lines);
        }
        forge.publish();
        expect(&forge, &plain(), &expected).await;
    }
}

#[tokio::test]
async fn an_id_stands_for_one_entry() {
    let mut forge = Forge::small();
    let entry = forge.entry("text.searched", &json!({}));
    forge.commit(vec![entry.clone(), entry]);
    forge.publish();
    expect(&forge, &plain(), &["entry-id-repeated"]).await;
}

#[tokio::test]
async fn bodies_that_checking_needs_are_demanded() {
    let mut forge = Forge::small();
    let whole = forge.filing(5, &[b"a page"]);
    let right = |forge: &Forge, body: &Value| {
        let mut forge = forge.clone();
        forge.record("record.filed", body);
        forge
    };
    expect(&right(&forge, &whole), &plain(), &[]).await;
    let mut without_derived = whole.clone();
    without_derived["derived"] = Value::Null;
    let mut lean = right(&forge, &without_derived);
    lean.objects
        .retain(|path, _| !path.contains(&format!("{}.derived", ulid(5))));
    expect(&lean, &plain(), &[]).await;

    let wrong: [(&str, Value); 10] = [
        ("/record", json!("5")),
        ("/bag", json!(null)),
        ("/bag/name", json!("5.bag.1")),
        ("/bag/epoch", json!(-1)),
        ("/bag/header_sha256", json!("00")),
        ("/bag/payload_size_bytes", json!("12")),
        ("/tagmanifest_sha256", json!(null)),
        ("/originals", json!([])),
        ("/originals/0/size_bytes", json!(1.5)),
        ("/originals/0/media_type", json!(null)),
    ];
    for (pointer, value) in wrong {
        let mut body = whole.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let broken = right(&forge, &body);
        let report = crate::forge::check(&broken.objects, &plain()).await;
        let codes = crate::forge::codes(&report);
        assert!(codes.contains("entry-body"), "{pointer}: {codes:?}");
        // What the entry meant to name is kept, not called a left-over.
        assert!(!codes.contains("left-over"), "{pointer}: {codes:?}");
    }
    for (event, body) in [
        ("batch.received", json!({"batch": ulid(8)})),
        ("batch.received", json!({"files": 8})),
        ("batch.closed", json!({})),
        ("writer.added", json!({"key": 1})),
    ] {
        let mut broken = Forge::small();
        broken.record(event, &body);
        expect(&broken, &plain(), &["entry-body"]).await;
    }
}

#[tokio::test]
async fn records_and_their_objects_belong_together() {
    let mut forge = Forge::small();
    let mut again = forge.filing(5, &[b"a page"]);
    forge.record("record.excepted", &again);
    let mut twice = forge.clone();
    twice.record("record.filed", &again);
    expect(&twice, &plain(), &["record-filed-twice"]).await;

    let mut stolen = forge.clone();
    again["record"] = json!(ulid(6));
    stolen.record("record.filed", &again);
    expect(&stolen, &plain(), &["object-of-another-record"]).await;

    let mut confused = forge.clone();
    let mut body = confused.filing(7, &[b"a page"]);
    body["derived"] = body["bag"].clone();
    confused
        .objects
        .retain(|path, _| !path.contains(&format!("{}.derived", ulid(7))));
    confused.record("record.filed", &body);
    expect(&confused, &plain(), &["object-of-another-record"]).await;

    let mut contradicted = forge.clone();
    let mut body = contradicted.filing(8, &[b"a page"]);
    contradicted.record("record.filed", &body);
    body["bag"]["payload_sha256"] = json!("0".repeat(64));
    contradicted.record("record.opened", &body);
    expect(&contradicted, &plain(), &["object-contradicted"]).await;
}

#[tokio::test]
async fn batches_are_received_once_and_closed_once() {
    let received = |n: u128| ("batch.received", json!({"batch": ulid(n), "files": 1}));
    let closed = |n: u128| ("batch.closed", json!({"batch": ulid(n)}));
    let interrupted = |n: u128| ("batch.interrupted", json!({"batch": ulid(n)}));
    for (events, expected) in [
        (vec![received(1), closed(1), received(2), closed(2)], vec![]),
        (vec![received(1)], vec!["batch-open"]),
        (vec![received(1), interrupted(1), closed(1)], vec![]),
        (vec![received(1), interrupted(1)], vec!["batch-open"]),
        (
            vec![received(1), closed(1), interrupted(1)],
            vec!["batch-contradicted"],
        ),
        (vec![closed(1)], vec!["batch-contradicted"]),
        (
            vec![received(1), closed(1), closed(1)],
            vec!["batch-contradicted"],
        ),
        (
            vec![received(1), received(1), closed(1)],
            vec!["batch-contradicted"],
        ),
    ] {
        let mut forge = Forge::small();
        for (event, body) in &events {
            forge.record(event, body);
        }
        expect(&forge, &plain(), &expected).await;
    }
}

#[tokio::test]
async fn nothing_is_filed_for_a_batch_that_has_ended() {
    let batch = json!({"batch": ulid(1), "files": 1});
    for (ends, expected) in [
        (&[][..], &["batch-open"][..]),
        (
            &["batch.interrupted"],
            &["batch-contradicted", "batch-open"],
        ),
        (&["batch.closed"], &["batch-contradicted"]),
    ] {
        let mut forge = Forge::small();
        forge.record("batch.received", &batch);
        for end in ends {
            forge.record(end, &json!({"batch": ulid(1)}));
        }
        let mut filing = forge.filing(9, &[b"a page"]);
        filing["batch"] = json!(ulid(1));
        forge.record("record.filed", &filing);
        expect(&forge, &plain(), expected).await;
    }
}

#[tokio::test]
async fn an_interrupted_act_ends_its_own_request_alone() {
    // The id that the next entry will have.
    let own = ulid(1_000_000 + Forge::small().ids + 1);
    for (detail, expected) in [
        (json!(format!("{own}.detail.1")), &[][..]),
        (json!(format!("{}.detail.1", ulid(9))), &["entry-body"]),
        (json!("words"), &["entry-body"]),
        (json!(null), &["entry-body"]),
    ] {
        let mut forge = Forge::small();
        forge.record("act.interrupted", &json!({"detail": detail}));
        expect(&forge, &plain(), expected).await;
    }
}
