//! What the bodies of flows must say.

use serde_json::{Value, json};

use super::{
    Entry, added, adjusted, asked, cancelled, corrected, denied, forged, granted, recorded, sheet,
    with,
};
use crate::forge::{check, expect, plain};

/// An entry, and pointers into its body.
type Pointed = (fn() -> Entry, &'static [&'static str]);

/// What each body must say; [`WEAKLY`] has what the checker does not ask for yet.
#[rustfmt::skip]
const DEMANDED: &[Pointed] = &[
    (recorded, &["/sheet", "/sheet/branch", "/sheet/business_date", "/sheet/number", "/flows", "/flows/0", "/flows/0/flow", "/flows/0/client", "/flows/0/business", "/flows/0/tasks", "/flows/0/tasks/1"]),
    (|| corrected(&sheet(0), &sheet(0)), &["/sheet", "/sheet/number", "/to", "/to/branch", "/to/business_date", "/to/number", "/flow", "/was", "/was/branch", "/was/business_date", "/was/client", "/was/business", "/now", "/now/branch", "/now/business_date", "/now/client", "/now/business"]),
    (|| cancelled(&sheet(0)), &["/sheet", "/sheet/branch", "/flow", "/withdrawn"]),
    (|| added(&sheet(0)), &["/sheet", "/sheet/business_date", "/flow", "/task", "/class", "/reason"]),
    (|| adjusted(&sheet(0)), &["/sheet", "/sheet/number", "/flow", "/task", "/class", "/reason"]),
    (|| asked(&sheet(0)), &["/sheet", "/flow", "/task", "/reason", "/signature", "/signature/person", "/signature/content"]),
    (|| granted(&sheet(0)), &["/sheet", "/flow", "/task", "/signature", "/signature/person", "/signature/content"]),
    (|| denied(&sheet(0)), &["/sheet", "/flow", "/task", "/by", "/reason"]),
];

/// What else the stored shapes have (`entries`), without which no other reader has an entry.
#[rustfmt::skip]
const WEAKLY: &[Pointed] = &[
    (recorded, &["/flows/0/operator", "/flows/0/channel"]),
    (|| corrected(&sheet(0), &sheet(0)), &["/was/operator", "/was/channel", "/now/operator", "/now/channel", "/withdrawn", "/withdrawn/0", "/added", "/added/0"]),
    (|| cancelled(&sheet(0)), &["/withdrawn/0"]),
    (|| adjusted(&sheet(0)), &["/was", "/by"]),
    (|| asked(&sheet(0)), &["/class", "/signature/position", "/signature/day", "/signature/assurance"]),
    (|| granted(&sheet(0)), &["/signature/position", "/signature/day", "/signature/assurance"]),
];

/// A body without the value that a pointer names; of a list, with one that is no value of it.
fn without((event, person, mut body): Entry, pointer: &str) -> Entry {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(fields) => assert!(fields.remove(key).is_some(), "{event} {pointer}"),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = json!(null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            unreachable!("{event} {pointer}")
        }
    }
    (event, person, body)
}

async fn demand_each(bodies: &[Pointed]) {
    let mut missed = Vec::new();
    for (entry, pointers) in bodies {
        let whole = entry();
        let before: Vec<Entry> = match whole.0 {
            "flows.recorded" => Vec::new(),
            "waiver.granted" | "waiver.denied" => vec![recorded(), asked(&sheet(0))],
            _ => vec![recorded()],
        };
        for pointer in *pointers {
            let broken = [
                ("missing", without(whole.clone(), pointer)),
                ("null", with(whole.clone(), pointer, json!(null))),
                ("of another kind", with(whole.clone(), pointer, json!(true))),
            ];
            for (how, one) in broken {
                let all: Vec<Entry> = before.iter().cloned().chain([one]).collect();
                let report = check(&forged(&all).objects, &plain()).await;
                let found: Vec<&str> = report.findings.iter().map(|f| f.code.as_str()).collect();
                if found != ["entry-body"] {
                    missed.push(format!("{} {pointer} {how}: {found:?}", whole.0));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test]
async fn bodies_that_tell_nothing_are_demanded() {
    demand_each(DEMANDED).await;
    let none = with(recorded(), "/flows", json!([]));
    expect(&forged(&[none]), &plain(), &["entry-body"]).await;
    for wrong in [json!(-1), json!(1.5), json!("1")] {
        let task = with(added(&sheet(0)), "/task", wrong.clone());
        expect(&forged(&[recorded(), task]), &plain(), &["entry-body"]).await;
        let number = with(recorded(), "/sheet/number", wrong);
        expect(&forged(&[number]), &plain(), &["entry-body"]).await;
    }
    let short = with(asked(&sheet(0)), "/signature/content", json!("00"));
    expect(&forged(&[recorded(), short]), &plain(), &["entry-body"]).await;
}

#[tokio::test]
async fn bodies_say_all_that_their_shape_has() {
    demand_each(WEAKLY).await;
}
