//! Shared documents, verifications, claims, changes of client information and findings: what cannot
//! have been decided is found.

use serde_json::{Value, json};

use crate::flows::{Entry, recorded, recorded_as, sheet, signed};
use crate::forge::{check, plain, ulid};
use crate::images::{CONTRADICTED, at, demand_found, filed, forged, passed, returned};

fn shared(record: u64, at: &Value, by: &str) -> Entry {
    let record = ulid(record.into());
    let body = json!({
        "at": at, "record": record, "valid_to": null, "by": by, "reason": "证件未变更",
    });
    ("task.shared", "1001", body)
}

fn verified(found: &str, person: &str) -> Entry {
    let body = json!({
        "sheet": sheet(0), "flow": "F1", "means": ["originals"], "found": found, "reason": null,
        "signature": signed("verifier", person),
    });
    ("flow.verified", "1002", body)
}

fn claimed(person: &'static str) -> Entry {
    let signature = signed("claimant", person);
    let body = json!({"client": "8800012345", "branch": "0012", "signature": signature});
    ("client.claimed", person, body)
}

fn given(to: &str) -> Entry {
    let body = json!({
        "client": "8800012345", "branch": "0012", "to": to, "reason": "客户要求",
        "signature": signed("manager", "1003"),
    });
    ("client.given", "1003", body)
}

fn asked() -> Entry {
    let body = json!({
        "sheet": sheet(0), "flow": "F1", "fields": ["phone"], "identified": ["id-reader"],
        "signed": ["client"], "sync": [], "now": {"client": "8800012345"},
        "signature": signed("maker", "1001"),
    });
    ("change.asked", "1001", body)
}

fn confirmed(person: &'static str) -> Entry {
    let body = json!({
        "flow": "F1", "client": "8800012345", "branch": "0012",
        "signature": signed("checker", person),
    });
    ("change.confirmed", person, body)
}

fn ended(event: &'static str, person: &'static str) -> Entry {
    let body = json!({
        "flow": "F1", "client": "8800012345", "branch": "0012", "by": person, "reason": "不符",
    });
    (event, person, body)
}

fn reported() -> Entry {
    let body = json!({
        "finding": ulid(77), "branch": "0012", "about": "flow F1", "what": "缺签名",
        "owner": "1001", "due": "2026-11-27", "by": "1002",
    });
    ("finding.reported", "1002", body)
}

fn finished(event: &'static str, person: &'static str) -> Entry {
    let body = json!({"finding": ulid(77), "branch": "0012", "by": person, "said": "已补签"});
    (event, person, body)
}

#[tokio::test]
async fn what_is_done_about_clients_and_documents_is_sound() {
    let (one, other) = (at("F1", 1), at("F1", 2));
    for (n, entries) in [
        vec![filed(2, &one), passed(2, &one), shared(2, &other, "1001")],
        vec![verified("defective", "1002"), verified("in-order", "1002")],
        vec![claimed("1001"), claimed("1002"), given("1002")],
        vec![asked(), confirmed("1002")],
        vec![
            asked(),
            ended("change.rejected", "1002"),
            asked(),
            ended("change.withdrawn", "1001"),
        ],
        vec![reported(), finished("finding.mended", "1001")],
        vec![reported(), finished("finding.dismissed", "1003")],
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
async fn what_cannot_have_been_decided_about_them_is_found() {
    let (one, other) = (at("F1", 1), at("F1", 2));
    let reviewed = [filed(2, &one), passed(2, &one)];
    let after = |more: Entry| [reviewed.as_slice(), &[more]].concat();
    let rows = [
        (
            "shared, and not reviewed",
            vec![filed(2, &one), shared(2, &other, "1001")],
        ),
        ("shared with its own task", after(shared(2, &one, "1001"))),
        (
            "shared by another than acted",
            after(shared(2, &other, "1003")),
        ),
        (
            "shared once it was sent back",
            vec![filed(2, &one), returned(2, &one), shared(2, &other, "1001")],
        ),
        (
            "shared where nothing is",
            after(shared(2, &at("F2", 1), "1001")),
        ),
        (
            "an image where a document is shared",
            [after(shared(2, &other, "1001")), vec![filed(3, &other)]].concat(),
        ),
        (
            "verified again",
            vec![verified("in-order", "1002"), verified("in-order", "1002")],
        ),
        (
            "verified by another than acted",
            vec![verified("in-order", "1004")],
        ),
        ("claimed twice", vec![claimed("1001"), claimed("1001")]),
        (
            "given to nobody who claims",
            vec![claimed("1001"), given("1002")],
        ),
        (
            "confirmed by whoever asked",
            vec![asked(), confirmed("1001")],
        ),
        ("confirmed, and nobody asked", vec![confirmed("1002")]),
        (
            "confirmed twice",
            vec![asked(), confirmed("1002"), confirmed("1002")],
        ),
        ("asked for twice", vec![asked(), asked()]),
        (
            "asked for on a flow that was used",
            vec![asked(), confirmed("1002"), asked()],
        ),
        (
            "taken back by another",
            vec![asked(), ended("change.withdrawn", "1002")],
        ),
        ("reported twice", vec![reported(), reported()]),
        (
            "mended by another",
            vec![reported(), finished("finding.mended", "1002")],
        ),
        (
            "dismissed by whoever is to mend it",
            vec![reported(), finished("finding.dismissed", "1001")],
        ),
        (
            "mended twice",
            vec![
                reported(),
                finished("finding.mended", "1001"),
                finished("finding.mended", "1001"),
            ],
        ),
        (
            "mended, and nobody reported it",
            vec![finished("finding.mended", "1001")],
        ),
    ];
    demand_found(CONTRADICTED, &[recorded()], &rows).await;
    let other_flow = [recorded(), recorded_as(&sheet(1), "F2")];
    let rows = [(
        "verified in another sheet",
        vec![{
            let (event, person, mut body) = verified("in-order", "1002");
            body["sheet"] = sheet(1);
            (event, person, body)
        }],
    )];
    demand_found(CONTRADICTED, &other_flow, &rows).await;
}
