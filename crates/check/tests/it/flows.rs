//! Flows as the checker sees them: sheets in their order, and two people for each waiver.

mod bodies;

use serde_json::{Value, json};

use crate::forge::{Forge, check, expect, plain, sha256};

/// What was done: event, who acted, body.
pub(crate) type Entry = (&'static str, &'static str, Value);

fn forged(entries: &[Entry]) -> Forge {
    let mut forge = Forge::small();
    for (event, person, body) in entries {
        let line = forge.entry(event, body);
        let person = format!("\"person\":\"{person}\"");
        forge.commit(vec![line.replacen("\"person\":null", &person, 1)]);
    }
    forge.publish();
    forge
}

/// A sheet of branch 0012 on 2026-11-20.
pub(crate) fn sheet(number: u64) -> Value {
    sheet_of("0012", "2026-11-20", number)
}

pub(crate) fn sheet_of(branch: &str, day: &str, number: u64) -> Value {
    json!({"branch": branch, "business_date": day, "number": number})
}

pub(crate) fn recorded_as(sheet: &Value, flow: &str) -> Entry {
    let taken = json!({
        "flow": flow, "client": "8800012345", "account": null, "business": "fund-business",
        "operator": "li.na", "channel": "counter", "tasks": ["fund-voucher", "id-copy"],
    });
    let body = json!({"sheet": sheet, "flows": [taken]});
    ("flows.recorded", "1001", body)
}

/// Flow F1 in the first sheet.
pub(crate) fn recorded() -> Entry {
    recorded_as(&sheet(0), "F1")
}

fn said(branch: &str, day: &str, business: &str) -> Value {
    json!({
        "branch": branch, "business_date": day, "client": "8800012345", "account": null,
        "business": business, "operator": "li.na", "channel": "counter",
    })
}

fn corrected(from: &Value, to: &Value) -> Entry {
    let body = json!({
        "sheet": from, "to": to, "flow": "F1",
        "was": said("0012", "2026-11-20", "fund-business"),
        "now": said("0012", "2026-11-19", "account-closing"),
        "withdrawn": [1], "added": ["asset-voucher"],
    });
    ("flow.corrected", "1001", body)
}

pub(crate) fn cancelled(sheet: &Value) -> Entry {
    let body = json!({"sheet": sheet, "flow": "F1", "withdrawn": [1, 2]});
    ("flow.cancelled", "1001", body)
}

fn added(sheet: &Value) -> Entry {
    let body = json!({
        "sheet": sheet, "flow": "F1", "task": 3, "class": "due-diligence", "reason": "漏生成",
    });
    ("task.added", "1001", body)
}

fn adjusted(sheet: &Value) -> Entry {
    let body = json!({
        "sheet": sheet, "flow": "F1", "task": 1, "was": "fund-voucher", "by": 4,
        "class": "product-voucher", "reason": "错误生成",
    });
    ("task.adjusted", "1001", body)
}

pub(crate) fn signed(position: &str, person: &str) -> Value {
    json!({
        "position": position, "person": person, "day": "2026-11-20",
        "content": sha256(b"what is signed"), "assurance": "asserted",
    })
}

/// 1001 asks that the second document be left out.
pub(crate) fn asked(sheet: &Value) -> Entry {
    let body = json!({
        "sheet": sheet, "flow": "F1", "task": 2, "class": "id-copy", "reason": "客户未提供原件",
        "signature": signed("requester", "1001"),
    });
    ("waiver.asked", "1001", body)
}

/// 1002 grants it.
pub(crate) fn granted(sheet: &Value) -> Entry {
    let signature = signed("approver", "1002");
    let body = json!({"sheet": sheet, "flow": "F1", "task": 2, "signature": signature});
    ("waiver.granted", "1002", body)
}

fn denied(sheet: &Value) -> Entry {
    let body = json!({
        "sheet": sheet, "flow": "F1", "task": 2, "by": "1002", "reason": "原件可补",
    });
    ("waiver.denied", "1002", body)
}

/// An entry with one value of its body changed.
pub(crate) fn with((event, person, mut body): Entry, pointer: &str, value: Value) -> Entry {
    *body.pointer_mut(pointer).unwrap() = value;
    (event, person, body)
}

/// The same by somebody else.
pub(crate) fn by(person: &'static str, (event, _, body): Entry) -> Entry {
    (event, person, body)
}

#[tokio::test]
async fn sheets_in_their_order_and_two_people_are_sound() {
    let moved = || sheet_of("0012", "2026-11-19", 0);
    for (n, entries) in [
        vec![recorded()],
        // Each branch and each day counts its own sheets.
        vec![
            recorded(),
            recorded_as(&sheet(1), "F2"),
            recorded_as(&sheet_of("0031", "2026-11-20", 0), "F3"),
            recorded_as(&moved(), "F4"),
            recorded_as(&sheet(2), "F5"),
            recorded_as(&sheet_of("0012", "2026-11-19", 1), "F6"),
        ],
        vec![
            recorded(),
            corrected(&sheet(0), &sheet(0)),
            cancelled(&sheet(0)),
        ],
        // A wrong day: the flow stands in a sheet of the right one.
        vec![
            recorded(),
            corrected(&sheet(0), &moved()),
            // The correction has added the third.
            with(added(&moved()), "/task", json!(4)),
            cancelled(&moved()),
        ],
        // Behind those that the right day has.
        vec![
            recorded(),
            recorded_as(&moved(), "F2"),
            corrected(&sheet(0), &sheet_of("0012", "2026-11-19", 1)),
            recorded_as(&sheet_of("0012", "2026-11-19", 2), "F3"),
        ],
        vec![recorded(), added(&sheet(0)), adjusted(&sheet(0))],
        vec![recorded(), asked(&sheet(0)), granted(&sheet(0))],
        vec![recorded(), asked(&sheet(0)), denied(&sheet(0))],
        vec![
            recorded(),
            asked(&sheet(0)),
            denied(&sheet(0)),
            asked(&sheet(0)),
            granted(&sheet(0)),
        ],
        // Two waivers at once: of another task, and of another flow.
        vec![
            recorded(),
            recorded_as(&sheet(1), "F2"),
            asked(&sheet(0)),
            by(
                "1003",
                with(
                    with(asked(&sheet(0)), "/task", json!(1)),
                    "/signature",
                    signed("requester", "1003"),
                ),
            ),
            with(asked(&sheet(1)), "/flow", json!("F2")),
            with(granted(&sheet(1)), "/flow", json!("F2")),
            granted(&sheet(0)),
            with(granted(&sheet(0)), "/task", json!(1)),
        ],
        // Asked in the sheet where it stood, granted where it stands.
        vec![
            recorded(),
            asked(&sheet(0)),
            corrected(&sheet(0), &moved()),
            granted(&moved()),
        ],
    ]
    .iter()
    .enumerate()
    {
        let report = check(&forged(entries).objects, &plain()).await;
        assert!(report.findings.is_empty(), "{n}: {:#?}", report.findings);
    }
}

/// Demands of each of these histories, which all begin alike, one finding, about its last entry.
async fn demand_contradicted(before: &[Entry], all: &[(&str, Vec<Entry>)]) {
    let mut missed = Vec::new();
    for (what, entries) in all {
        let forge = forged(&[before, entries].concat());
        let last = format!(" entry {}", forge.leaves.len() - 1);
        let report = check(&forge.objects, &plain()).await;
        let mut found = report.findings.iter();
        let right =
            found.all(|one| one.code.as_str() == "case-contradicted" && one.place.ends_with(&last));
        if !right || report.findings.len() != 1 {
            missed.push(format!("{what}: {:?}", report.findings));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test]
async fn a_sheet_that_is_skipped_or_repeated_is_found() {
    let elsewhere = || sheet_of("0012", "2026-11-19", 0);
    demand_contradicted(
        &[],
        &[
            ("the first is skipped", vec![recorded_as(&sheet(1), "F1")]),
            (
                "one is skipped",
                vec![recorded(), recorded_as(&sheet(2), "F2")],
            ),
            (
                "one is repeated",
                vec![recorded(), recorded_as(&sheet(0), "F2")],
            ),
            (
                "one before the last is repeated",
                vec![
                    recorded(),
                    recorded_as(&sheet(1), "F2"),
                    recorded_as(&sheet(0), "F3"),
                ],
            ),
            (
                "another branch has it",
                vec![
                    recorded(),
                    recorded_as(&sheet_of("0031", "2026-11-20", 1), "F2"),
                ],
            ),
            (
                "another day has it",
                vec![
                    recorded(),
                    recorded_as(&sheet_of("0012", "2026-11-19", 1), "F2"),
                ],
            ),
            (
                "the largest of all numbers",
                vec![recorded(), recorded_as(&sheet(u64::MAX), "F2")],
            ),
            // A correction that moves the flow begins a sheet, too.
            (
                "moved behind a gap",
                vec![
                    recorded(),
                    corrected(&sheet(0), &sheet_of("0012", "2026-11-19", 1)),
                ],
            ),
            (
                "moved into a sheet of others",
                vec![
                    recorded(),
                    recorded_as(&elsewhere(), "F2"),
                    corrected(&sheet(0), &elsewhere()),
                ],
            ),
            (
                "moved within its day, behind a gap",
                vec![recorded(), corrected(&sheet(0), &sheet(2))],
            ),
            (
                "recorded where a correction has begun one",
                vec![
                    recorded(),
                    corrected(&sheet(0), &elsewhere()),
                    recorded_as(&elsewhere(), "F2"),
                ],
            ),
        ],
    )
    .await;
}

/// A gap is said once, and not of every sheet behind it.
#[tokio::test]
async fn a_gap_is_found_once() {
    let entries = [
        recorded(),
        recorded_as(&sheet(2), "F2"),
        recorded_as(&sheet(3), "F3"),
    ];
    let report = check(&forged(&entries).objects, &plain()).await;
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
}

#[tokio::test]
async fn what_is_said_of_a_sheet_that_is_not_there_is_found() {
    let steps: [fn(&Value) -> Entry; 7] = [
        |sheet| corrected(sheet, sheet),
        cancelled,
        added,
        adjusted,
        asked,
        granted,
        denied,
    ];
    for step in steps {
        for absent in [
            sheet(1),
            sheet(u64::MAX),
            sheet_of("0031", "2026-11-20", 0),
            sheet_of("0012", "2026-11-19", 0),
        ] {
            let what = absent.to_string();
            demand_contradicted(&[recorded()], &[(&what, vec![step(&absent)])]).await;
        }
        demand_contradicted(&[], &[("no sheet at all", vec![step(&sheet(0))])]).await;
    }
}

#[tokio::test]
async fn a_waiver_of_one_person_alone_is_found() {
    let own = by(
        "1001",
        with(granted(&sheet(0)), "/signature", signed("approver", "1001")),
    );
    let other_content = json!(sha256(b"other"));
    demand_contradicted(
        &[recorded()],
        &[
            ("by whoever asked", vec![asked(&sheet(0)), own.clone()]),
            // Whoever signs is whoever acts.
            (
                "asked for somebody else",
                vec![by("1002", asked(&sheet(0)))],
            ),
            (
                "granted for somebody else",
                vec![asked(&sheet(0)), by("1003", granted(&sheet(0)))],
            ),
            (
                "granted by whoever asked, in another's name",
                vec![asked(&sheet(0)), by("1001", granted(&sheet(0)))],
            ),
            (
                "granted by another, in the name of whoever asked",
                vec![asked(&sheet(0)), by("1002", own.clone())],
            ),
            (
                "with another content",
                vec![
                    asked(&sheet(0)),
                    with(granted(&sheet(0)), "/signature/content", other_content),
                ],
            ),
            // Nobody asked for that.
            ("granted unasked", vec![granted(&sheet(0))]),
            ("denied unasked", vec![denied(&sheet(0))]),
            (
                "granted for another task",
                vec![
                    asked(&sheet(0)),
                    with(granted(&sheet(0)), "/task", json!(1)),
                ],
            ),
            (
                "granted for another flow",
                vec![
                    recorded_as(&sheet(1), "F2"),
                    asked(&sheet(0)),
                    with(granted(&sheet(1)), "/flow", json!("F2")),
                ],
            ),
            (
                "denied for another task",
                vec![asked(&sheet(0)), with(denied(&sheet(0)), "/task", json!(1))],
            ),
            // What is answered is answered.
            (
                "granted after the denial",
                vec![asked(&sheet(0)), denied(&sheet(0)), granted(&sheet(0))],
            ),
            (
                "granted twice",
                vec![asked(&sheet(0)), granted(&sheet(0)), granted(&sheet(0))],
            ),
            (
                "denied after the grant",
                vec![asked(&sheet(0)), granted(&sheet(0)), denied(&sheet(0))],
            ),
            (
                "denied twice",
                vec![asked(&sheet(0)), denied(&sheet(0)), denied(&sheet(0))],
            ),
        ],
    )
    .await;
}

/// An entry that names no person was made by nobody known, whoever signed.
#[tokio::test]
async fn a_signature_of_somebody_who_did_not_act_is_found() {
    let mut forge = forged(&[recorded()]);
    let (event, _, body) = asked(&sheet(0));
    forge.record(event, &body);
    expect(&forge, &plain(), &["case-contradicted"]).await;
}

/// What the module says that it tells: every flow in one sheet, and each step where its turn is.
#[tokio::test]
async fn a_flow_that_stands_in_no_sheet_or_in_two_is_found() {
    let moved = || sheet_of("0012", "2026-11-19", 0);
    let mut twice = recorded();
    let taken = twice.2["flows"][0].clone();
    twice.2["flows"].as_array_mut().unwrap().push(taken);
    let stranger = |entry| with(entry, "/flow", json!("F9"));
    demand_contradicted(
        &[],
        &[
            ("twice in one sheet", vec![twice]),
            (
                "in two sheets",
                vec![recorded(), recorded_as(&sheet(1), "F1")],
            ),
            (
                "in sheets of two branches",
                vec![
                    recorded(),
                    recorded_as(&sheet_of("0031", "2026-11-20", 0), "F1"),
                ],
            ),
            (
                "still where it stood before it moved",
                vec![
                    recorded(),
                    corrected(&sheet(0), &moved()),
                    cancelled(&sheet(0)),
                ],
            ),
            (
                "in another sheet than is said",
                vec![recorded(), recorded_as(&sheet(1), "F2"), added(&sheet(1))],
            ),
            (
                "nowhere, corrected",
                vec![recorded(), stranger(corrected(&sheet(0), &sheet(0)))],
            ),
            (
                "nowhere, cancelled",
                vec![recorded(), stranger(cancelled(&sheet(0)))],
            ),
            (
                "nowhere, with a task",
                vec![recorded(), stranger(added(&sheet(0)))],
            ),
            (
                "nowhere, with a waiver",
                vec![recorded(), stranger(asked(&sheet(0)))],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_task_that_is_not_in_turn_is_found() {
    let numbered = |entry, task: u64| with(entry, "/task", json!(task));
    let mut rows = vec![
        ("skipped", vec![numbered(added(&sheet(0)), 4)]),
        ("there already", vec![numbered(added(&sheet(0)), 2)]),
        ("replaced out of turn", vec![adjusted(&sheet(0))]),
    ];
    let by_third = |task| with(numbered(adjusted(&sheet(0)), task), "/by", json!(3));
    for task in [0, 3] {
        rows.push(("replaced and not there", vec![by_third(task)]));
        rows.push((
            "asked and not there",
            vec![numbered(asked(&sheet(0)), task)],
        ));
    }
    demand_contradicted(&[recorded()], &rows).await;
}

#[tokio::test]
async fn a_waiver_that_is_asked_or_denied_out_of_turn_is_found() {
    let again = by(
        "1003",
        with(asked(&sheet(0)), "/signature", signed("requester", "1003")),
    );
    demand_contradicted(
        &[recorded()],
        &[
            ("asked twice", vec![asked(&sheet(0)), asked(&sheet(0))]),
            // Else the one who asked first could grant it.
            (
                "asked by another, unanswered",
                vec![asked(&sheet(0)), again],
            ),
            (
                "asked of what was waived",
                vec![asked(&sheet(0)), granted(&sheet(0)), asked(&sheet(0))],
            ),
            (
                "denied by whoever asked",
                vec![
                    asked(&sheet(0)),
                    by("1001", with(denied(&sheet(0)), "/by", json!("1001"))),
                ],
            ),
            (
                "denied in another's name",
                vec![asked(&sheet(0)), by("1003", denied(&sheet(0)))],
            ),
        ],
    )
    .await;
}
