//! Objects that no entry names, objects in the wrong place, and stores that fail.

use std::sync::Arc;

use check::{CheckError, Severity};
use serde_json::json;
use store::Store;
use testkit::faulty::{Breakage, Fault, FaultyStore, Operation};

use crate::forge::{Forge, check, codes, expect, load, paths, plain, reading, sha256, ulid};

#[tokio::test]
async fn left_overs_are_told_and_no_harm() {
    let mut forge = Forge::small();
    forge.seal(&format!("{}.bag.1", ulid(50)), b"never recorded");
    forge.seal(&format!("{}.0001", ulid(51)), b"never acknowledged");
    let report = expect(&forge, &plain(), &["left-over"]).await;
    assert_eq!(report.findings.len(), 4);
    assert_eq!(report.worst(), Some(Severity::LeftOver));
    assert!(!report.findings[0].advice.contains("A batch is open"));

    forge.record("batch.received", &json!({"batch": ulid(52), "files": 1}));
    let report = expect(&forge, &plain(), &["batch-open", "left-over"]).await;
    let advice = &report.findings.last().unwrap().advice;
    assert!(
        advice.contains(&ulid(52)) && advice.contains("open the archive once"),
        "{advice}"
    );
}

#[tokio::test]
async fn what_entries_of_another_program_may_name_is_not_called_a_left_over() {
    for (from, to) in [("text.searched", "hold.placed"), (r#""v":1"#, r#""v":2"#)] {
        let mut forge = Forge::small();
        forge.seal(
            &format!("{}.bag.1", ulid(50)),
            b"named in a way not known here",
        );
        let entry = forge.entry("text.searched", &json!({"bag": ulid(50)}));
        forge.commit(vec![entry.replacen(from, to, 1)]);
        forge.publish();
        expect(&forge, &plain(), &["unnamed-object"]).await;
    }
}

#[tokio::test]
async fn a_header_of_an_epoch_that_no_entry_names_is_a_left_over() {
    let mut forge = Forge::small();
    let (header, _) = paths(&format!("{}.bag.1", ulid(1)));
    let copy = forge.objects[&header].clone();
    forge
        .objects
        .insert(header.replacen("keys/0/", "keys/1/", 1), copy);
    let report = expect(&forge, &plain(), &["left-over"]).await;
    assert_eq!(report.findings.len(), 1);
}

#[tokio::test]
async fn a_re_keyed_object_has_a_header_for_each_epoch_that_is_named() {
    let mut forge = Forge::small();
    let detail = forge.seal(&format!("{}.detail.1", ulid(60)), b"words");
    let mut second = detail.clone();
    second["epoch"] = json!(1);
    let (header, _) = paths(&format!("{}.detail.1", ulid(60)));
    let copy = forge.objects[&header].clone();
    forge
        .objects
        .insert(header.replacen("keys/0/", "keys/1/", 1), copy);
    forge.record("record.opened", &json!({"both": [detail, second]}));
    let report = expect(&forge, &reading(), &[]).await;
    assert_eq!(report.counts.headers_compared, 4);
    assert!(
        report
            .not_checked
            .iter()
            .any(|skip| skip.what == "number of recipients")
    );
}

#[tokio::test]
async fn the_inbox_follows_its_batches() {
    let mut forge = Forge::small();
    let batch = ulid(900);
    let name = format!("{batch}.0001");
    let page = forge.seal(&name, b"a page");
    let (header, payload) = paths(&name);
    // Named by the entry or not, a page of an open batch is where it should be.
    let mut unnamed = forge.clone();
    unnamed.record("batch.received", &json!({"batch": batch, "files": 1}));
    let report = expect(&unnamed, &reading(), &["batch-open"]).await;
    let skipped = report
        .not_checked
        .iter()
        .find(|skip| skip.what.contains("inbox"));
    assert_eq!(skipped.map(|skip| skip.count), Some(2));
    forge.record(
        "batch.received",
        &json!({"batch": batch, "files": 1, "pages": [page]}),
    );
    let report = expect(&forge, &reading(), &["batch-open"]).await;
    assert_eq!(report.counts.payloads_compared_by_hash, 3);

    let mut broken = forge.clone();
    broken.objects.get_mut(&payload).unwrap()[3] ^= 1;
    expect(&broken, &reading(), &["batch-open", "payload-differs"]).await;
    // Filed, and gone from the inbox header first: no finding of its own.
    for gone in [vec![&header], vec![&header, &payload]] {
        let mut filed = forge.clone();
        for path in gone {
            filed.remove(path);
        }
        expect(&filed, &reading(), &["batch-open"]).await;
        filed.record("batch.closed", &json!({"batch": batch}));
        let left: &[&str] = if filed.objects.contains_key(&payload) {
            &["inbox-left-over"]
        } else {
            &[]
        };
        expect(&filed, &reading(), left).await;
    }
}

#[tokio::test]
async fn strays_are_told_wherever_they_lie() {
    let record = format!("{}.bag.1", ulid(1));
    let (header, payload) = paths(&record);
    for path in [
        "notes.txt".to_owned(),
        "ledger/head".to_owned(),
        "ledger/commits/x000/x000/x000/0000".to_owned(),
        "log/checkpoint.old".to_owned(),
        "evidence/ab/words".to_owned(),
        payload.replace(".bag.1", ".bag.x"),
        payload.replace("blobs/", "inbox/"),
        format!("{header}.tmp"),
        format!("keys/x/{record}"),
    ] {
        let mut forge = Forge::small();
        forge.objects.insert(path.clone(), b"words".to_vec());
        let report = expect(&forge, &plain(), &["stray"]).await;
        assert_eq!(report.findings[0].place, path);
        assert_eq!(report.worst(), Some(Severity::Warning));
    }
}

#[tokio::test]
async fn evidence_has_the_digest_it_is_named_by() {
    let mut forge = Forge::small();
    let digest = sha256(b"evidence");
    let path = format!("evidence/{}/{digest}", &digest[..2]);
    forge.objects.insert(path.clone(), b"evidence".to_vec());
    expect(&forge, &plain(), &[]).await;
    forge.objects.insert(path.clone(), b"Evidence".to_vec());
    expect(&forge, &plain(), &["evidence-differs"]).await;
    forge.remove(&path);
    let folder = if digest.starts_with("00") { "01" } else { "00" };
    let elsewhere = format!("evidence/{folder}/{digest}");
    forge.objects.insert(elsewhere, b"evidence".to_vec());
    expect(&forge, &plain(), &["stray"]).await;
}

#[tokio::test]
async fn recipients_are_counted_by_kind() {
    let mut forge = Forge::small();
    let people = forge.people.clone();
    let record = ulid(30);
    let too_many = [people.archive.clone(), people.recovery, people.search];
    let bag = forge.seal_for(&format!("{record}.bag.1"), b"", &too_many);
    let detail = forge.seal_for(&format!("{record}.detail.1"), b"", &[people.archive]);
    forge.record("record.opened", &json!({"a": bag, "b": detail}));
    let report = expect(&forge, &plain(), &["header-recipients"]).await;
    let found: Vec<&str> = report.findings.iter().map(|f| f.found.as_str()).collect();
    assert_eq!(found, ["3 X25519 recipients", "1 X25519 recipients"]);
}

#[tokio::test]
async fn a_header_that_is_no_age_header_although_the_ledger_names_it() {
    for change in [
        |text: String| text.replacen("age-encryption.org/v1", "age-encryption.org/v2", 1),
        |text: String| text.replacen("\n--- ", "\n-- ", 1),
        |text: String| text + "more\n",
        |text: String| text.trim_end().to_owned(),
        |_: String| String::new(),
    ] {
        let mut forge = Forge::small();
        let name = format!("{}.detail.1", ulid(31));
        let mut detail = forge.seal(&name, b"words");
        let (header, _) = paths(&name);
        let text = String::from_utf8(forge.objects[&header].clone()).unwrap();
        let wrong = change(text).into_bytes();
        detail["header_sha256"] = json!(sha256(&wrong));
        forge.objects.insert(header, wrong);
        forge.record("record.opened", &json!({"detail": detail}));
        expect(&forge, &plain(), &["header-malformed"]).await;
    }
}

/// The sample in two stores.
async fn apart(forge: &Forge) -> (Store, Store) {
    let (keys, blobs) = forge
        .objects
        .clone()
        .into_iter()
        .partition(|(path, _)| path.starts_with("keys/"));
    (load(&keys).await, load(&blobs).await)
}

#[tokio::test]
async fn headers_may_have_a_store_of_their_own() {
    let forge = Forge::sample();
    let (keys, blobs) = apart(&forge).await;
    let report = check::check(&keys, &blobs, &forge.everything(), |_| {})
        .await
        .unwrap();
    assert_eq!(report, check(&forge.objects, &forge.everything()).await);

    let (header, _) = paths(&format!("{}.bag.1", ulid(1)));
    let copy = forge.objects[&header].clone();
    blobs.create(&header, copy.into()).await.unwrap();
    keys.create("notes.txt", "words".into()).await.unwrap();
    let report = check::check(&keys, &blobs, &plain(), |_| {}).await.unwrap();
    assert_eq!(codes(&report), ["header-misplaced", "stray"].into());
}

fn failing(store: &Store, breakage: Breakage) -> Store {
    store.wrapped(|inner| {
        let faulty = FaultyStore::new(inner);
        faulty.add(breakage);
        Arc::new(faulty)
    })
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_a_finding_and_the_rest_goes_on() {
    let forge = Forge::sample();
    let store = load(&forge.objects).await;
    for path in forge.objects.keys().filter(|path| *path != "fonds.json") {
        for operation in [Operation::Get, Operation::Body] {
            let breakage = Breakage::of(operation)
                .under(path)
                .for_good()
                .with(Fault::PermissionDenied);
            let broken = failing(&store, breakage);
            let report = check::check(&broken, &broken, &reading(), |_| {})
                .await
                .unwrap();
            let unreadable: Vec<&str> = report
                .findings
                .iter()
                .filter(|finding| finding.code.as_str() == "unreadable-object")
                .map(|finding| finding.place.as_str())
                .collect();
            assert_eq!(unreadable, [path], "{operation:?}");
            let others: Vec<&str> = codes(&report)
                .into_iter()
                .filter(|code| *code != "unreadable-object")
                .collect();
            // An unreadable commit leaves the objects of its entries unnamed.
            let allowed = ["unnamed-object", "batch-open", "batch-contradicted"];
            assert!(
                others.iter().all(|code| allowed.contains(code)),
                "{path}: {others:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_listed_gives_no_report() {
    let store = load(&Forge::small().objects).await;
    for call in 1..=3 {
        let breakage = Breakage::of(Operation::List).on_call(call).for_good();
        let broken = failing(&store, breakage);
        let result = check::check(&broken, &broken, &plain(), |_| {}).await;
        assert!(matches!(result, Err(CheckError::List { .. })), "{result:?}");
    }
    let broken = failing(
        &store,
        Breakage::of(Operation::Get).under("fonds.json").for_good(),
    );
    let result = check::check(&broken, &broken, &plain(), |_| {}).await;
    assert!(
        matches!(result, Err(CheckError::Fonds { .. })),
        "{result:?}"
    );
}
