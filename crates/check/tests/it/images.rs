//! Images and days as the checker sees them: one image for a task and one task for an image, none
//! reviewed that is not there, what waits settled once, and no day signed that never was.

use serde_json::{Value, json};

use crate::flows::{
    Entry, asked, by, cancelled, granted, recorded, recorded_as, sheet, sheet_of, signed, with,
};
use crate::forge::{Forge, check, plain, sha256, ulid};

/// A ledger of these entries; of a record the number stands for itself and its objects.
pub(crate) fn forged(entries: &[Entry]) -> Forge {
    let mut forge = Forge::small();
    for (event, person, body) in entries {
        let mut body = body.clone();
        if let Some(number) = body["record"].as_u64() {
            let mut filing = forge.filing(number.into(), &[format!("II*\0 {number}").as_bytes()]);
            let more = body.as_object().unwrap().clone();
            filing.as_object_mut().unwrap().extend(more);
            filing["record"] = json!(ulid(number.into()));
            body = filing;
        }
        let line = forge.entry(event, &body);
        let person = format!("\"person\":\"{person}\"");
        forge.commit(vec![line.replacen("\"person\":null", &person, 1)]);
    }
    forge.publish();
    forge
}

/// A task of the first sheet.
pub(crate) fn at(flow: &str, task: u64) -> Value {
    at_sheet(&sheet(0), flow, task)
}

fn at_sheet(sheet: &Value, flow: &str, task: u64) -> Value {
    json!({"sheet": sheet, "flow": flow, "task": task})
}

/// 1001 has scanned a record for a task.
pub(crate) fn filed(record: u64, at: &Value) -> Entry {
    let signature = signed("scanner", "1001");
    let filing = json!({"is": "task", "at": at, "by": "flow-number", "signature": signature});
    (
        "record.filed",
        "1001",
        json!({"record": record, "filing": filing}),
    )
}

/// A record that waits.
fn open(record: u64) -> Entry {
    let filing = json!({"is": "open", "why": "no-flow"});
    (
        "record.filed",
        "1001",
        json!({"record": record, "filing": filing}),
    )
}

/// One of a branch that scans for no tasks.
fn filed_for_nothing(record: u64) -> Entry {
    ("record.filed", "1001", json!({"record": record}))
}

fn excepted(record: u64) -> Entry {
    ("record.excepted", "1001", json!({"record": record}))
}

fn name(record: u64) -> String {
    ulid(record.into())
}

fn assigned(record: u64, at: &Value) -> Entry {
    let body = json!({
        "record": name(record), "branch": "0012", "at": at, "reason": "流水号模糊",
        "signature": signed("scanner", "1001"),
    });
    ("record.assigned", "1001", body)
}

fn settled(event: &'static str, record: u64) -> Entry {
    let body = json!({"record": name(record), "branch": "0012", "by": "1001", "reason": "说明"});
    (event, "1001", body)
}

fn kept(record: u64) -> Entry {
    settled("record.kept", record)
}

fn rescanned(record: u64, instead: u64) -> Entry {
    let body = json!({
        "record": name(record), "branch": "0012", "by": "1001", "instead": name(instead),
    });
    ("record.rescanned", "1001", body)
}

/// 1002 has found an image in order.
pub(crate) fn passed(record: u64, at: &Value) -> Entry {
    let signature = signed("reviewer", "1002");
    let body = json!({"at": at, "record": name(record), "signature": signature});
    ("review.passed", "1002", body)
}

/// 1002 has sent an image back.
pub(crate) fn returned(record: u64, at: &Value) -> Entry {
    let body = json!({"at": at, "record": name(record), "by": "1002", "reason": "不清"});
    ("review.returned", "1002", body)
}

fn missed(sheet: &Value, open: &Value) -> Entry {
    let body = json!({"sheet": sheet, "duty": "capture", "due": "2026-11-20", "open": open});
    ("deadline.missed", "1001", body)
}

fn reconciled(branch: &str, day: &str) -> Entry {
    let body = json!({
        "branch": branch, "business_date": day, "operator": "li.na", "flows": 1, "tasks": 2,
        "missing": [{"tasks": [["F1", [2]]], "reason": "次日补交"}],
        "signature": signed("reconciler", "1001"),
    });
    ("day.reconciled", "1001", body)
}

fn closed(branch: &str, day: &str) -> Entry {
    let body = json!({
        "branch": branch, "business_date": day,
        "surplus": [{"records": [name(1)], "reason": "次日处理"}],
        "signature": signed("closer", "1003"),
    });
    ("day.closed", "1003", body)
}

/// Demands of each of these histories one finding, of this code, about its last entry.
pub(crate) async fn demand_found(code: &str, before: &[Entry], all: &[(&str, Vec<Entry>)]) {
    let mut missed = Vec::new();
    for (what, entries) in all {
        let forge = forged(&[before, entries].concat());
        let last = format!(" entry {}", forge.leaves.len() - 1);
        let report = check(&forge.objects, &plain()).await;
        let mut found = report.findings.iter();
        let right = found.all(|one| one.code.as_str() == code && one.place.ends_with(&last));
        if !right || report.findings.len() != 1 {
            missed.push(format!("{what}: {:?}", report.findings));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

pub(crate) const CONTRADICTED: &str = "case-contradicted";

#[tokio::test]
async fn what_a_day_brings_is_sound() {
    let (one, two) = (at("F1", 1), at("F1", 2));
    let moved = || sheet_of("0012", "2026-11-19", 0);
    for (n, entries) in [
        vec![
            filed(2, &one),
            passed(2, &one),
            filed(3, &two),
            passed(3, &two),
        ],
        // Sent back, and another image in its place; in the end the first one for another task.
        vec![
            filed(2, &one),
            returned(2, &one),
            filed(3, &one),
            passed(3, &one),
            filed_for_nothing(4),
        ],
        vec![open(2), assigned(2, &one), passed(2, &one)],
        vec![open(2), kept(2), open(3), settled("record.rejected", 3)],
        vec![
            open(2),
            assigned(2, &one),
            returned(2, &one),
            open(3),
            assigned(3, &one),
        ],
        vec![excepted(2), filed(3, &one), rescanned(2, 3)],
        // Sent back, and rejected before anything else is scanned.
        vec![
            filed(2, &one),
            returned(2, &one),
            settled("record.rejected", 2),
        ],
        vec![excepted(2), assigned(2, &two)],
        // Its flow is cancelled: the image waits again, and is another flow's.
        vec![
            filed(2, &one),
            cancelled(&sheet(0)),
            recorded_as(&sheet(1), "F2"),
            assigned(2, &at_sheet(&sheet(1), "F2", 1)),
        ],
        vec![filed(2, &one), cancelled(&sheet(0)), kept(2)],
        vec![missed(&sheet(0), &json!([["F1", [1, 2]]]))],
        vec![missed(&sheet(0), &json!([["F1", []]]))],
        vec![
            reconciled("0012", "2026-11-20"),
            closed("0012", "2026-11-20"),
        ],
        // Signed again as often as it changes.
        vec![
            closed("0012", "2026-11-20"),
            filed(2, &one),
            closed("0012", "2026-11-20"),
        ],
        vec![recorded_as(&moved(), "F2"), closed("0012", "2026-11-19")],
    ]
    .iter()
    .enumerate()
    {
        let all = [&[recorded()], entries.as_slice()].concat();
        let report = check(&forged(&all).objects, &plain()).await;
        assert!(report.findings.is_empty(), "{n}: {:#?}", report.findings);
    }
}

#[tokio::test]
async fn a_second_image_for_a_task_is_found() {
    let (one, two) = (at("F1", 1), at("F1", 2));
    let rows = [
        ("filed", vec![filed(2, &one), filed(3, &one)]),
        (
            "behind its review",
            vec![filed(2, &one), passed(2, &one), filed(3, &one)],
        ),
        ("by hand", vec![filed(2, &one), open(3), assigned(3, &one)]),
        (
            "beside one by hand",
            vec![open(2), assigned(2, &two), filed(3, &two)],
        ),
        (
            "where the first was sent back once",
            vec![
                filed(2, &one),
                returned(2, &one),
                filed(3, &one),
                filed(4, &one),
            ],
        ),
    ];
    demand_found(CONTRADICTED, &[recorded()], &rows).await;
}

#[tokio::test]
async fn one_record_for_two_tasks_is_found() {
    let (one, two) = (at("F1", 1), at("F1", 2));
    let second = recorded_as(&sheet(1), "F2");
    let elsewhere = at_sheet(&sheet(1), "F2", 1);
    let rows = [
        (
            "by hand beside its own",
            vec![filed(2, &one), assigned(2, &two)],
        ),
        (
            "by hand twice",
            vec![open(2), assigned(2, &one), assigned(2, &two)],
        ),
        (
            "of another flow",
            vec![second, open(2), assigned(2, &one), assigned(2, &elsewhere)],
        ),
        (
            "though the first was reviewed",
            vec![filed(2, &one), passed(2, &one), assigned(2, &two)],
        ),
    ];
    demand_found(CONTRADICTED, &[recorded()], &rows).await;
}

/// Two entries of one record are found for that alone, and for both tasks.
#[tokio::test]
async fn one_record_filed_for_two_tasks_is_found() {
    let all = [recorded(), filed(2, &at("F1", 1)), filed(2, &at("F1", 2))];
    let report = check(&forged(&all).objects, &plain()).await;
    let found: Vec<&str> = report
        .findings
        .iter()
        .map(|one| one.code.as_str())
        .collect();
    assert!(found.contains(&CONTRADICTED), "{:#?}", report.findings);
    assert!(
        found.contains(&"record-filed-twice"),
        "{:#?}",
        report.findings
    );
}

#[tokio::test]
async fn an_image_for_a_waived_task_is_found() {
    let (one, two) = (at("F1", 1), at("F1", 2));
    let waived = || vec![asked(&sheet(0)), granted(&sheet(0))];
    let and = |entries: &[Entry]| [waived(), entries.to_vec()].concat();
    let rows = [
        ("filed", and(&[filed(2, &two)])),
        ("by hand", and(&[open(2), assigned(2, &two)])),
        // And the other way round: what is there is not left out.
        (
            "asked of one that has its image",
            vec![filed(2, &two), asked(&sheet(0))],
        ),
        (
            "asked of one that was reviewed",
            vec![filed(2, &two), passed(2, &two), asked(&sheet(0))],
        ),
    ];
    demand_found(CONTRADICTED, &[recorded()], &rows).await;
    let beside = [vec![recorded()], and(&[filed(2, &one)])].concat();
    let report = check(&forged(&beside).objects, &plain()).await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[tokio::test]
async fn a_review_of_what_is_not_there_is_found() {
    let (one, two) = (at("F1", 1), at("F1", 2));
    let other_content = json!(sha256(b"other"));
    let scanned = |entries: &[Entry]| [vec![filed(2, &one)], entries.to_vec()].concat();
    let rows = [
        (
            "of another content",
            scanned(&[with(passed(2, &one), "/signature/content", other_content)]),
        ),
        ("where nothing is scanned", vec![passed(2, &one)]),
        (
            "sent back where nothing is scanned",
            vec![returned(2, &one)],
        ),
        ("of another task", scanned(&[passed(2, &two)])),
        ("of another record", scanned(&[open(3), passed(3, &one)])),
        (
            "another record sent back",
            scanned(&[open(3), returned(3, &one)]),
        ),
        ("twice", scanned(&[passed(2, &one), passed(2, &one)])),
        (
            "sent back once it passed",
            scanned(&[passed(2, &one), returned(2, &one)]),
        ),
        (
            "passed once it was sent back",
            scanned(&[returned(2, &one), passed(2, &one)]),
        ),
        ("of what waits", vec![open(2), passed(2, &one)]),
        (
            "of a flow that was cancelled",
            scanned(&[cancelled(&sheet(0)), passed(2, &one)]),
        ),
        // Whoever signs is whoever acts.
        ("in another's name", scanned(&[by("1003", passed(2, &one))])),
        (
            "in a sheet where the flow is not",
            scanned(&[passed(2, &at_sheet(&sheet(1), "F1", 1))]),
        ),
    ];
    demand_found(CONTRADICTED, &[recorded()], &rows).await;
}

#[tokio::test]
async fn a_record_that_does_not_wait_and_is_settled_is_found() {
    let one = at("F1", 1);
    let settle: [fn(u64) -> Entry; 3] = [
        kept,
        |record| settled("record.rejected", record),
        |record| rescanned(record, 1),
    ];
    for again in settle {
        let mut rows = vec![
            ("of which nothing was said", vec![again(9)]),
            ("that stands for its task", vec![filed(2, &one), again(2)]),
            (
                "that stands for its task by hand",
                vec![open(2), assigned(2, &one), again(2)],
            ),
            (
                "that was reviewed",
                vec![filed(2, &one), passed(2, &one), again(2)],
            ),
            (
                "whose place a new scan has taken",
                vec![filed(2, &one), returned(2, &one), filed(3, &one), again(2)],
            ),
            (
                "for which no task is asked",
                vec![filed_for_nothing(2), again(2)],
            ),
        ];
        for first in settle {
            rows.push(("that was settled", vec![open(2), first(2), again(2)]));
            rows.push((
                "that was settled, an exception",
                vec![excepted(2), first(2), again(2)],
            ));
            rows.push((
                "and matched with a task",
                vec![open(2), first(2), assigned(2, &one)],
            ));
        }
        demand_found(CONTRADICTED, &[recorded()], &rows).await;
    }
}

#[tokio::test]
async fn an_image_where_its_flow_is_not_is_found() {
    for (what, at) in [
        ("another sheet of the day", at_sheet(&sheet(1), "F1", 1)),
        (
            "another day",
            at_sheet(&sheet_of("0012", "2026-11-19", 0), "F1", 1),
        ),
        (
            "another branch",
            at_sheet(&sheet_of("0031", "2026-11-20", 0), "F1", 1),
        ),
        ("a flow of which nothing was said", at("F9", 1)),
        ("a task that is not there", at("F1", 3)),
        ("task 0", at("F1", 0)),
    ] {
        let second = recorded_as(&sheet(1), "F2");
        let rows = [
            (what, vec![filed(2, &at)]),
            (what, vec![open(2), assigned(2, &at)]),
            (what, vec![second, filed(2, &at)]),
        ];
        demand_found(CONTRADICTED, &[recorded()], &rows).await;
    }
    let one = at("F1", 1);
    let rows = [
        (
            "scanned in another's name",
            vec![by("1002", filed(2, &one))],
        ),
        (
            "matched in another's name",
            vec![open(2), by("1002", assigned(2, &one))],
        ),
    ];
    demand_found(CONTRADICTED, &[recorded()], &rows).await;
}

#[tokio::test]
async fn a_day_that_never_was_is_found() {
    let rows = [
        ("another day", vec![reconciled("0012", "2026-11-19")]),
        ("another branch", vec![reconciled("0031", "2026-11-20")]),
        ("another day, closed", vec![closed("0012", "2026-11-19")]),
        ("another branch, closed", vec![closed("0031", "2026-11-20")]),
        // Whoever signs is whoever acts.
        (
            "in another's name",
            vec![by("1002", reconciled("0012", "2026-11-20"))],
        ),
        (
            "closed in another's name",
            vec![by("1002", closed("0012", "2026-11-20"))],
        ),
    ];
    demand_found(CONTRADICTED, &[recorded()], &rows).await;
}

#[tokio::test]
async fn what_is_late_and_is_not_there_is_found() {
    let second = || recorded_as(&sheet(1), "F2");
    let rows = [
        (
            "no such task",
            vec![missed(&sheet(0), &json!([["F1", [3]]]))],
        ),
        (
            "one of them is no task",
            vec![missed(&sheet(0), &json!([["F1", [1, 2, 3]]]))],
        ),
        ("task 0", vec![missed(&sheet(0), &json!([["F1", [0]]]))]),
        (
            "no such flow",
            vec![missed(&sheet(0), &json!([["F9", []]]))],
        ),
        (
            "another sheet",
            vec![second(), missed(&sheet(1), &json!([["F1", [1]]]))],
        ),
        (
            "one of them in another sheet",
            vec![
                second(),
                missed(&sheet(0), &json!([["F1", [1]], ["F2", [1]]])),
            ],
        ),
    ];
    demand_found(CONTRADICTED, &[recorded()], &rows).await;
}

/// What each body must say: without it no other reader has the entry.
#[tokio::test]
async fn bodies_say_all_that_the_checker_reads() {
    let one = at("F1", 1);
    let (waits, there) = (vec![open(2)], vec![filed(2, &one)]);
    #[rustfmt::skip]
    let rows: [(Vec<Entry>, Entry, &[&str]); 9] = [
        (vec![], filed(2, &one), &["/filing/is", "/filing/by", "/filing/at", "/filing/at/sheet", "/filing/at/flow", "/filing/at/task", "/filing/signature", "/filing/signature/person", "/filing/signature/content"]),
        (vec![], open(2), &["/filing/is", "/filing/why"]),
        (waits.clone(), assigned(2, &one), &["/record", "/branch", "/at", "/at/sheet", "/at/sheet/number", "/at/flow", "/at/task", "/reason", "/signature", "/signature/person", "/signature/content"]),
        (waits.clone(), kept(2), &["/record", "/branch", "/reason"]),
        (waits, rescanned(2, 1), &["/record", "/branch", "/instead"]),
        (there.clone(), passed(2, &one), &["/at", "/at/sheet", "/at/flow", "/at/task", "/record", "/signature", "/signature/content"]),
        (there, returned(2, &one), &["/at", "/at/sheet", "/at/flow", "/at/task", "/record", "/by", "/reason"]),
        (vec![], missed(&sheet(0), &json!([["F1", [1]]])), &["/sheet", "/sheet/branch", "/duty", "/due", "/open", "/open/0", "/open/0/0", "/open/0/1", "/open/0/1/0"]),
        (vec![], reconciled("0012", "2026-11-20"), &["/branch", "/business_date", "/missing", "/missing/0/reason", "/signature", "/signature/person"]),
    ];
    for (before, entry, pointers) in rows {
        let before = [vec![recorded()], before].concat();
        let broken = pointers.iter().map(|pointer| {
            let without = with(entry.clone(), pointer, json!(null));
            (*pointer, vec![without])
        });
        let broken: Vec<(&str, Vec<Entry>)> = broken.collect();
        demand_found("entry-body", &before, &broken).await;
    }
    // An exception is for no task.
    let mut odd = excepted(2);
    odd.2["filing"] = json!({"is": "open", "why": "no-flow"});
    let rows = [("an exception that is filed", vec![odd])];
    demand_found("entry-body", &[recorded()], &rows).await;
}
