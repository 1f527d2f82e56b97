//! Changes of rules as the checker sees them: every step in its place, and two people.

use serde_json::{Value, json};

use crate::forge::{Forge, expect, plain, sha256, ulid};

const TEXT: &[u8] = b"profile = \"ours\"\n";

/// An archive that has the text, with these entries: event, who acted, body.
fn forged(entries: &[(&str, &str, Value)]) -> Forge {
    let mut forge = Forge::small();
    let digest = sha256(TEXT);
    let path = format!("evidence/{}/{digest}", &digest[..2]);
    forge.objects.insert(path, TEXT.to_vec());
    for (event, person, body) in entries {
        let line = forge.entry(event, body);
        let person = format!("\"person\":\"{person}\"");
        forge.commit(vec![line.replacen("\"person\":null", &person, 1)]);
    }
    forge.publish();
    forge
}

fn signed(position: &str, person: &str) -> Value {
    json!({
        "position": position, "person": person, "day": "2026-11-23",
        "content": sha256(b"what is signed"), "assurance": "asserted",
    })
}

fn change() -> Value {
    json!({
        "kind": "profile", "name": "ours", "version": "1", "valid_from": "2026-01-01",
        "valid_to": null, "text": sha256(TEXT),
    })
}

fn proposed() -> Value {
    json!({
        "case": ulid(40), "step": 0, "change": change(), "from": "2026-12-01",
        "signature": signed("proposer", "1001"),
    })
}

fn confirmed() -> Value {
    json!({
        "case": ulid(40), "step": 1, "sequence": 0, "change": change(), "from": "2026-12-01",
        "signature": signed("confirmer", "1002"),
    })
}

fn ended() -> Value {
    json!({"case": ulid(40), "step": 1, "by": "1002", "reason": "too short"})
}

#[tokio::test]
async fn two_people_and_each_step_in_its_place() {
    let first = ("rules.proposed", "1001", proposed());
    for second in [
        ("rules.confirmed", "1002", confirmed()),
        ("rules.rejected", "1002", ended()),
        ("rules.withdrawn", "1001", ended()),
    ] {
        expect(&forged(&[first.clone(), second]), &plain(), &[]).await;
    }
    let person = json!({
        "person": "1001", "accounts": ["li"],
        "grants": [{"role": "clerk", "branch": "0012", "from": "2026-01-01", "to": null}],
    });
    expect(
        &forged(&[("person.recorded", "1004", person)]),
        &plain(),
        &[],
    )
    .await;
}

/// `body` with one of its values changed.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

#[tokio::test]
async fn what_contradicts_the_case_is_found() {
    let first = ("rules.proposed", "1001", proposed());
    let second = |body| ("rules.confirmed", "1002", body);
    let own = with(confirmed(), "/signature", signed("confirmer", "1001"));
    for (n, entries) in [
        // One person alone.
        vec![first.clone(), ("rules.confirmed", "1001", own.clone())],
        // Somebody else's signature.
        vec![
            first.clone(),
            second(with(confirmed(), "/signature", signed("confirmer", "1003"))),
        ],
        vec![("rules.proposed", "1002", proposed())],
        // Something else than was proposed.
        vec![
            first.clone(),
            second(with(confirmed(), "/change/version", json!("2"))),
        ],
        vec![
            first.clone(),
            second(with(confirmed(), "/from", json!("2026-11-01"))),
        ],
        vec![
            first.clone(),
            second(with(
                confirmed(),
                "/signature/content",
                json!(sha256(b"other")),
            )),
        ],
        vec![
            first.clone(),
            second(with(confirmed(), "/sequence", json!(1))),
        ],
        // Steps that are missing, repeated, or come after the end.
        vec![second(confirmed())],
        vec![second(with(confirmed(), "/step", json!(0)))],
        vec![first.clone(), second(with(confirmed(), "/step", json!(2)))],
        vec![first.clone(), first.clone()],
        vec![
            first.clone(),
            ("rules.rejected", "1002", ended()),
            second(with(confirmed(), "/step", json!(2))),
        ],
    ]
    .iter()
    .enumerate()
    {
        let report = crate::forge::check(&forged(entries).objects, &plain()).await;
        let codes: Vec<&str> = crate::forge::codes(&report).into_iter().collect();
        assert_eq!(codes, ["case-contradicted"], "{n}");
    }
}

#[tokio::test]
async fn bodies_that_tell_nothing_are_demanded() {
    for (event, body) in [
        ("rules.proposed", with(proposed(), "/case", json!("40"))),
        ("rules.proposed", with(proposed(), "/step", json!("0"))),
        (
            "rules.proposed",
            with(proposed(), "/change/text", json!("00")),
        ),
        ("rules.proposed", with(proposed(), "/change", json!(null))),
        ("rules.proposed", with(proposed(), "/from", json!(null))),
        (
            "rules.proposed",
            with(proposed(), "/signature/person", json!(7)),
        ),
        ("person.recorded", json!({"person": "1001", "accounts": []})),
        (
            "person.recorded",
            json!({"person": "1001", "accounts": [], "grants": [{"role": "clerk"}]}),
        ),
    ] {
        expect(&forged(&[(event, "1001", body)]), &plain(), &["entry-body"]).await;
    }
}

#[tokio::test]
async fn a_text_that_an_entry_names_must_be_there() {
    let mut forge = forged(&[("rules.proposed", "1001", proposed())]);
    forge
        .objects
        .retain(|path, _| !path.starts_with("evidence/"));
    expect(&forge, &plain(), &["evidence-missing"]).await;
}
