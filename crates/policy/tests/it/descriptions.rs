//! Descriptions (著录项) put right (R13, R104): what stood there stays readable, with a reason, and
//! what a task says of its document is not for its record to say (R25).

use std::collections::BTreeSet;

use policy::authority::{Assurance, Person};
use policy::case::Workflow as _;
use policy::description::{Command, Described, Description, Event, PROCEDURE};
use policy::profile::EMBEDDED;
use policy::refusal::{Refusal, RefusalCode};

use crate::everybody::{From, OTHER, OWN, REASON, World, against, day};
use RefusalCode::{NoReason, NotInRole, NotSigned, OtherBranch, OtherContent, WrongState};

/// What is known, or what is right, in words such as `class=id-copy`.
fn description(words: &[&str]) -> Description {
    let mut all = Description::default();
    for word in words {
        let (field, value) = word.split_once('=').unwrap();
        match field {
            "client" => all.client = Some(value.parse().unwrap()),
            "class" => all.class = Some(value.parse().unwrap()),
            "flow" => all.flow = Some(value.parse().unwrap()),
            "day" => all.business_date = Some(day(value)),
            "account" => all.account = Some(value.parse().unwrap()),
            "name" => all.document_name = Some(value.to_owned()),
            _ => unreachable!("{word}"),
        }
    }
    all
}

/// The fields of a description that say something, by their words.
fn fields(of: &Description) -> Vec<(&'static str, String)> {
    [
        ("client", of.client.as_ref().map(ToString::to_string)),
        ("class", of.class.as_ref().map(ToString::to_string)),
        ("flow", of.flow.as_ref().map(ToString::to_string)),
        ("day", of.business_date.as_ref().map(ToString::to_string)),
        ("account", of.account.as_ref().map(ToString::to_string)),
        ("name", of.document_name.clone()),
    ]
    .into_iter()
    .filter_map(|(field, value)| Some((field, value?)))
    .collect()
}

/// What one of them says.
fn says(of: &Description, field: &str) -> Option<String> {
    let mut all = fields(of).into_iter();
    all.find(|(one, _)| *one == field).map(|(_, value)| value)
}

/// What a task says of its document.
const OF_A_TASK: [&str; 4] = ["client", "class", "flow", "day"];

fn correction(words: &[&str]) -> Command {
    Command {
        now: description(words),
        reason: REASON.to_owned(),
    }
}

fn record(known: &[&str], has_task: bool) -> Described {
    Described {
        known: description(known),
        has_task,
    }
}

const KNOWN: &[&str] = &[
    "client=8800012345",
    "class=id-copy",
    "flow=20261120-000123",
    "day=2026-11-20",
    "account=A100",
    "name=身份证",
];

/// Requirement; whether the record stands for a task; what is right; what stood there before, or
/// what refuses it.
type Row = (
    &'static str,
    bool,
    &'static [&'static str],
    Result<&'static [&'static str], RefusalCode>,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // The branch answers for what it collected, and puts right whatever is wrong with it.
    ("R13", false, &["client=8800054321"], Ok(&["client=8800012345"])),
    ("R13", false, &["class=client-contract"], Ok(&["class=id-copy"])),
    ("R13", false, &["flow=20261120-000124"], Ok(&["flow=20261120-000123"])),
    ("R13", false, &["day=2026-11-19"], Ok(&["day=2026-11-20"])),
    ("R13", false, &["account=A200"], Ok(&["account=A100"])),
    ("R13", true, &["account=A200"], Ok(&["account=A100"])),
    ("R13", true, &["name=护照"], Ok(&["name=身份证"])),
    // What stood there is kept, of all that changes and of nothing else.
    ("R104", false, &["client=8800054321", "name=护照"], Ok(&["client=8800012345", "name=身份证"])),
    ("R104", false, &["client=8800012345", "name=护照"], Ok(&["name=身份证"])),
    ("R104", true, &["class=id-copy", "account=A200"], Ok(&["account=A100"])),
    // Each change can be told: what it was, and what it is.
    ("R94", false, &["client=8800054321", "class=client-contract", "flow=F2", "day=2026-11-19", "account=A200", "name=护照"], Ok(KNOWN)),
    // It says nothing new.
    ("R13", false, &[], Err(WrongState)),
    ("R13", false, &["client=8800012345"], Err(WrongState)),
    ("R13", false, KNOWN, Err(WrongState)),
    ("R13", true, KNOWN, Err(WrongState)),
    // What its task says: the image is sent back, or the flow corrected.
    ("R25", true, &["client=8800054321"], Err(WrongState)),
    ("R25", true, &["class=client-contract"], Err(WrongState)),
    ("R25", true, &["flow=20261120-000124"], Err(WrongState)),
    ("R25", true, &["day=2026-11-19"], Err(WrongState)),
    ("R25", true, &["account=A200", "day=2026-11-19"], Err(WrongState)),
    // No category has such a class.
    ("R22", false, &["class=love-letter"], Err(OtherContent)),
    // A name is one short line.
    ("R22", false, &["name="], Err(OtherContent)),
    ("R22", false, &["name= \u{3000}"], Err(OtherContent)),
    ("R22", true, &["name=身份证\n正面"], Err(OtherContent)),
    ("R22", true, &["name=身份证\u{7f}"], Err(OtherContent)),
];

#[test]
fn a_description_is_put_right_as_the_table_says() {
    for (name, _) in EMBEDDED {
        let world = World::new(name, &[]);
        for (rule, has_task, right, expected) in ROWS {
            let state = record(KNOWN, *has_task);
            // The classes of another profile are others.
            let is_other = right.contains(&"class=client-contract") && name != "securities";
            let expected = if is_other && expected.is_ok() {
                Err(OtherContent)
            } else {
                *expected
            };
            let command = correction(right);
            match (
                world.decide(&state, (PROCEDURE, &command), "archivist.0012"),
                expected,
            ) {
                (Ok(event), Ok(before)) => {
                    assert_eq!(event.before, description(before), "{name} {rule} {right:?}");
                    assert_eq!(event.reason, REASON);
                    let now = state.clone().apply(&event);
                    for (field, value) in fields(&command.now) {
                        assert_eq!(says(&now.known, field), Some(value), "{right:?}");
                    }
                    // Back again, there stands what stood there.
                    let back = Event {
                        before: event.now.clone(),
                        now: event.before.clone(),
                        reason: REASON.to_owned(),
                    };
                    assert_eq!(now.apply(&back), state, "{name} {right:?}");
                }
                (Err(refusal), Err(code)) => {
                    let said = refusal.to_string();
                    assert_eq!(refusal.code, code, "{name} {right:?}: {said}");
                    let other = name != "securities" && code == OtherContent;
                    assert!(said.contains(rule) || other, "{name} {right:?}: {said}");
                }
                (found, expected) => unreachable!("{name} {right:?}: {found:?} {expected:?}"),
            }
        }
    }
}

#[test]
fn a_name_has_eighty_characters_at_most() {
    let world = World::new("securities", &[]);
    let state = record(KNOWN, true);
    for (characters, is_one) in [(1, true), (80, true), (81, false)] {
        let name = "证".repeat(characters);
        let command = correction(&[&format!("name={name}")]);
        let found = world.decide(&state, (PROCEDURE, &command), "archivist.0012");
        assert_eq!(found.is_ok(), is_one, "{characters}: {found:?}");
    }
}

/// A correction stands in the ledger for ever, and so does its reason (R104).
#[test]
fn a_correction_takes_a_reason() {
    let world = World::new("securities", &[]);
    let state = record(KNOWN, false);
    for (reason, kept) in [
        (" 录入有误 ", Some("录入有误")),
        ("", None),
        (" \u{3000}\t", None),
        ("one\ntwo", None),
        ("证件110101199003077758", None),
    ] {
        let command = Command {
            now: description(&["account=A200"]),
            reason: reason.to_owned(),
        };
        match (
            world.decide(&state, (PROCEDURE, &command), "reviewer.0012"),
            kept,
        ) {
            (Ok(event), Some(kept)) => assert_eq!(event.reason, kept),
            (Err(refusal), None) => assert_eq!(refusal.code, NoReason, "{reason:?}"),
            (found, _) => unreachable!("{reason:?}: {found:?}"),
        }
    }
}

// --- A small world, looked at whole. ---

#[rustfmt::skip]
const OTHERS: &[(&str, &[(&str, &str)])] = &[
    ("reviewer-and-clerk", &[("reviewer", OWN), ("clerk", OWN)]),
    // Here something else, and one who corrects elsewhere.
    ("clerk-here-and-archivist-elsewhere", &[("clerk", OWN), ("archivist", OTHER)]),
    ("archivist-of-two-branches", &[("archivist", OTHER), ("archivist", OWN)]),
    ("nobody", &[]),
];

/// Whoever looks the documents through at the branch; which of them, the firm has settled.
const CORRECTORS: &[&str] = &["reviewer", "archivist", "operations-head"];

#[rustfmt::skip]
const ASKED: &[&[&str]] = &[
    &[],
    &["client=8800012345"], &["client=8800054321"],
    &["class=id-copy"], &["class=client-contract"], &["class=love-letter"],
    &["flow=F1"], &["flow=F2"],
    &["day=2026-11-19"], &["day=2026-11-20"],
    &["account=A100"], &["account=A200"],
    &["name=护照"], &["name=身份证"], &["name=\u{1}"],
    &["client=8800054321", "account=A200"],
    &["account=A100", "name=护照"],
];

/// Every reason against it.
fn reasons(state: &Described, asked: &Command, by: &Person) -> BTreeSet<RefusalCode> {
    let mut all: BTreeSet<RefusalCode> = against(by, CORRECTORS, From::OwnBranch)
        .into_iter()
        .collect();
    let changed: Vec<_> = fields(&asked.now)
        .into_iter()
        .filter(|(field, value)| says(&state.known, field).as_ref() != Some(value))
        .collect();
    let of_a_task = |field: &str| OF_A_TASK.contains(&field);
    if changed.is_empty() || state.has_task && changed.iter().any(|(field, _)| of_a_task(field)) {
        all.insert(WrongState);
    }
    let strange = |(field, value): &(&str, String)| {
        (*field, value.as_str()) == ("class", "love-letter") || value.as_str() == "\u{1}"
    };
    if changed.iter().any(strange) {
        all.insert(OtherContent);
    }
    all
}

/// What two corrections make of a record of which nothing or everything is known.
fn reachable(world: &World) -> Vec<Described> {
    let mut all = Vec::new();
    for known in [&[][..], KNOWN] {
        for has_task in [false, true] {
            all.push(record(known, has_task));
        }
    }
    for _ in 0..2 {
        for state in all.clone() {
            for asked in ASKED {
                let command = correction(asked);
                let by = "operations-head.0012";
                if let Ok(event) = world.decide(&state, (PROCEDURE, &command), by) {
                    let now = state.clone().apply(&event);
                    if !all.contains(&now) {
                        all.push(now);
                    }
                }
            }
        }
    }
    all
}

#[test]
fn everything_that_can_be_asked_is_answered_as_the_rules_say() {
    let world = World::new("securities", OTHERS);
    let states = reachable(&world);
    let (mut accepted, mut wrong) = (0, Vec::new());
    for state in &states {
        for asked in ASKED {
            let asked = correction(asked);
            for by in &world.people {
                let expected = reasons(state, &asked, by);
                let found = world.decide(state, (PROCEDURE, &asked), by.id.as_str());
                let code = found.as_ref().err().map(|refusal: &Refusal| refusal.code);
                // Where two reasons hold, either will do.
                if !code.map_or(expected.is_empty(), |code| expected.contains(&code)) {
                    wrong.push(format!("{} {asked:?} {state:?}: {code:?}", by.id));
                }
                let Ok(event) = found else {
                    continue;
                };
                accepted += 1;
                let now = state.clone().apply(&event);
                assert_eq!(now.has_task, state.has_task);
                for (field, _) in fields(&description(KNOWN)) {
                    let (before, after) = (says(&state.known, field), says(&now.known, field));
                    let right = says(&asked.now, field);
                    // There stands what is right, or what stood there.
                    assert_eq!(after, right.or_else(|| before.clone()), "{field}");
                    // What was put elsewhere is told, and nothing else.
                    let changed = before != after;
                    assert_eq!(says(&event.now, field), after.filter(|_| changed));
                    assert_eq!(says(&event.before, field), before.filter(|_| changed));
                    assert!(!changed || !state.has_task || !OF_A_TASK.contains(&field));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "found, and is no reason: {wrong:#?}");
    assert!(
        states.len() > 100 && accepted > 1_000,
        "{} {accepted}",
        states.len()
    );
}

/// Who may, in each profile, as a person reads it.
#[test]
fn the_branch_itself_puts_it_right() {
    for (name, _) in EMBEDDED {
        let world = World::new(name, &[]);
        let (state, command) = (record(KNOWN, false), correction(&["account=A200"]));
        for (by, code) in [
            ("reviewer.0012", None),
            ("archivist.0012", None),
            ("operations-head.0012", None),
            ("clerk.0012", Some(NotInRole)),
            ("branch-head.0012", Some(NotInRole)),
            ("operations-department.hq", Some(NotInRole)),
            ("archivist.0077", Some(OtherBranch)),
            ("archivist.hq", Some(OtherBranch)),
        ] {
            let found = world.decide(&state, (PROCEDURE, &command), by);
            let refusal = found.err();
            assert_eq!(refusal.as_ref().map(|one| one.code), code, "{name} {by}");
            if let Some(refusal) = refusal {
                assert!(refusal.to_string().contains("R13"), "{name} {by}");
                assert!(refusal.to_string().contains("firm's setting"), "{name}");
            }
        }
    }
}

#[test]
fn a_firm_may_ask_for_signed_corrections() {
    let mut world = World::new("securities", &[]);
    world.asks_for_signatures(PROCEDURE);
    let (state, command) = (record(KNOWN, false), correction(&["account=A200"]));
    let asked = (PROCEDURE, &command);
    let refusal = world.decide(&state, asked, "archivist.0012").unwrap_err();
    assert_eq!(refusal.code, NotSigned);
    world.assurance = Assurance::Signed;
    assert!(world.decide(&state, asked, "archivist.0012").is_ok());
}

// --- What only a forged ledger holds. ---

/// What a task says of its document stays what it says (R25).
#[test]
fn an_event_about_what_a_task_says_changes_nothing() {
    let state = record(KNOWN, true);
    for words in [
        &["client=8800054321"][..],
        &["class=client-contract"],
        &["flow=F2"],
        &["day=2026-11-19"],
        &["account=A200", "client=8800054321"],
    ] {
        let now = description(words);
        let event = Event {
            before: state.known.before(&now),
            now,
            reason: REASON.to_owned(),
        };
        assert_eq!(state.clone().apply(&event), state, "{words:?}");
        // Of a record without one it is no forgery.
        let other = record(KNOWN, false);
        assert_ne!(other.clone().apply(&event), other, "{words:?}");
    }
}

/// What it says stood there did not.
#[test]
fn an_event_about_what_did_not_stand_there_is_left_out() {
    let state = record(KNOWN, false);
    let event = Event {
        before: description(&["account=A900"]),
        now: description(&["account=A200"]),
        reason: REASON.to_owned(),
    };
    assert_eq!(state.clone().apply(&event), state);
}

/// What is known never becomes less, whatever a ledger says.
#[test]
fn no_event_takes_away_what_is_known() {
    for has_task in [false, true] {
        for asked in ASKED {
            let event = Event {
                before: description(KNOWN),
                now: description(asked),
                reason: REASON.to_owned(),
            };
            let now = record(KNOWN, has_task).apply(&event);
            assert_eq!(fields(&now.known).len(), KNOWN.len(), "{asked:?}");
        }
        let nothing = Event {
            before: Description::default(),
            now: Description::default(),
            reason: REASON.to_owned(),
        };
        assert_eq!(
            record(KNOWN, has_task).apply(&nothing),
            record(KNOWN, has_task)
        );
    }
}
