//! Who asks for a change and who confirms it (R89), looked at whole, and what only a forged ledger
//! holds.

use std::collections::BTreeSet;

use domain::Digest;
use policy::authority::{Assurance, Person};
use policy::case::Workflow as _;
use policy::information_change::{
    BUSINESS, CHECKER, Change, Command, Event, MAKER, PROCEDURE, Standing,
};
use policy::refusal::RefusalCode;

use super::{application, ask, cancelled, content, decide, flow_of, of_another_client};
use crate::everybody::{self, From, OTHER, OWN, REASON, TODAY, World, against, day};
use RefusalCode::{
    NoReason, NotInRole, NotSigned, OtherBranch, OtherContent, SamePerson, SignatureExpired,
    WrongState,
};

#[rustfmt::skip]
const OTHERS: &[(&str, &[(&str, &str)])] = &[
    ("li", &[("clerk", OWN)]),
    ("both", &[("clerk", OWN), ("reviewer", OWN)]),
    ("clerk-here-reviewer-elsewhere", &[("clerk", OWN), ("reviewer", OTHER)]),
    ("nobody", &[]),
];

fn world() -> World {
    World::new("securities", OTHERS)
}

fn other_content() -> Digest {
    Digest::of(b"another card")
}

fn asked_by(by: &str) -> Event {
    let signature = everybody::signed(by, MAKER, content());
    Event::Asked { signature }
}

fn confirmed_by(by: &str, over: Digest) -> Event {
    let signature = everybody::signed(by, CHECKER, over);
    Event::Confirmed { signature }
}

fn rejected() -> Event {
    let reason = REASON.to_owned();
    Event::Rejected { reason }
}

fn withdrawn() -> Event {
    let reason = REASON.to_owned();
    Event::Withdrawn { reason }
}

/// A change as it stands; somebody has asked for it, unless nobody has.
fn state(word: &str, maker: &str) -> Change {
    let asked = asked_by(maker);
    match word {
        "nothing" => Change::default(),
        "asked" => Change::replay(&[asked]),
        "confirmed" => Change::replay(&[asked, confirmed_by("reviewer.0012", content())]),
        "rejected" => Change::replay(&[asked, rejected()]),
        "withdrawn" => Change::replay(&[asked, withdrawn()]),
        "asked again" => Change::replay(&[asked.clone(), rejected(), asked]),
        _ => unreachable!("{word}"),
    }
}

const STATES: [&str; 6] = [
    "nothing",
    "asked",
    "confirmed",
    "rejected",
    "withdrawn",
    "asked again",
];

fn command(word: &str) -> Command {
    let reason = REASON.to_owned();
    match word {
        "ask" => ask(application()),
        "confirm" => Command::Confirm { content: content() },
        "confirm another" => Command::Confirm {
            content: other_content(),
        },
        "reject" => Command::Reject { reason },
        "withdraw" => Command::Withdraw { reason },
        _ => unreachable!("{word}"),
    }
}

const COMMANDS: [&str; 5] = ["ask", "confirm", "confirm another", "reject", "withdraw"];

/// How it stands, what is asked, by whom, and what refuses it; `li` has asked for it.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    Option<(RefusalCode, &'static str)>,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // The counter submits.
    ("nothing", "ask", "li", None),
    ("nothing", "ask", "reviewer.0012", Some((NotInRole, "R89"))),
    ("nothing", "ask", "operations-department.hq", Some((NotInRole, "R89"))),
    ("nothing", "ask", "clerk.0077", Some((OtherBranch, "R89"))),
    ("nothing", "ask", "clerk.hq", Some((OtherBranch, "R89"))),
    // Once; and again when it came to nothing.
    ("asked", "ask", "li", Some((WrongState, "R89"))),
    ("asked", "ask", "clerk.0012", Some((WrongState, "R89"))),
    ("confirmed", "ask", "li", Some((WrongState, "R89"))),
    ("rejected", "ask", "li", None),
    ("rejected", "ask", "clerk.0012", None),
    ("withdrawn", "ask", "li", None),
    // The review post of the branch confirms, and that is another person.
    ("asked", "confirm", "reviewer.0012", None),
    ("asked again", "confirm", "reviewer.0012", None),
    ("asked", "confirm", "both", None),
    ("asked", "confirm", "li", Some((NotInRole, "R89"))),
    ("asked", "confirm", "branch-head.0012", Some((NotInRole, "R89"))),
    ("asked", "confirm", "reviewer.0077", Some((OtherBranch, "R89"))),
    ("asked", "confirm", "clerk-here-reviewer-elsewhere", Some((OtherBranch, "R89"))),
    ("asked", "confirm another", "reviewer.0012", Some((OtherContent, "R89"))),
    ("nothing", "confirm", "reviewer.0012", Some((WrongState, "R89"))),
    ("confirmed", "confirm", "reviewer.0012", Some((WrongState, "R89"))),
    ("rejected", "confirm", "reviewer.0012", Some((WrongState, "R89"))),
    ("withdrawn", "confirm", "reviewer.0012", Some((WrongState, "R89"))),
    // Or says no.
    ("asked", "reject", "reviewer.0012", None),
    ("asked", "reject", "li", Some((NotInRole, "R89"))),
    ("asked", "reject", "reviewer.0077", Some((OtherBranch, "R89"))),
    ("nothing", "reject", "reviewer.0012", Some((WrongState, "R89"))),
    ("confirmed", "reject", "reviewer.0012", Some((WrongState, "R89"))),
    ("rejected", "reject", "reviewer.0012", Some((WrongState, "R89"))),
    // Whoever asked takes it back, and nobody else; that no text says.
    ("asked", "withdraw", "li", None),
    ("asked", "withdraw", "clerk.0012", Some((SamePerson, "firm's setting"))),
    ("asked", "withdraw", "reviewer.0012", Some((SamePerson, "firm's setting"))),
    ("confirmed", "withdraw", "li", Some((WrongState, "R89"))),
    ("rejected", "withdraw", "li", Some((WrongState, "R89"))),
    ("withdrawn", "withdraw", "li", Some((WrongState, "R89"))),
    ("nothing", "withdraw", "li", Some((WrongState, "R89"))),
];

#[test]
fn a_change_goes_on_as_the_table_says() {
    let world = world();
    let flow = flow_of(&world, BUSINESS);
    for (stands, word, by, expected) in ROWS {
        let before = state(stands, "li");
        let found = decide(&world, (&before, &flow), &command(word), by);
        super::demand(found, *expected, &format!("{by} {word}, {stands}"));
    }
}

/// Maker and checker are two by the regulations, whatever roles one person has.
#[test]
fn nobody_confirms_what_they_asked_for() {
    let world = world();
    let flow = flow_of(&world, BUSINESS);
    for word in ["confirm", "reject"] {
        let before = state("asked", "both");
        let refusal = decide(&world, (&before, &flow), &command(word), "both").unwrap_err();
        assert_eq!(refusal.code, SamePerson, "{word}");
        assert!(refusal.to_string().contains("R89"), "{refusal}");
        assert!(!refusal.to_string().contains("firm"), "{refusal}");
    }
}

/// Every reason against it.
fn reasons((stands, maker): (&str, &str), word: &str, by: &Person) -> BTreeSet<RefusalCode> {
    let is_maker = by.id.as_str() == maker;
    let waits = matches!(stands, "asked" | "asked again");
    let mut all = BTreeSet::new();
    let possible = match word {
        "ask" => {
            all.extend(against(by, &["clerk"], From::OwnBranch));
            matches!(stands, "nothing" | "rejected" | "withdrawn")
        }
        "withdraw" => {
            if !is_maker {
                all.insert(SamePerson);
            }
            waits
        }
        _ => {
            all.extend(against(by, &["reviewer"], From::OwnBranch));
            if is_maker {
                all.insert(SamePerson);
            }
            if word == "confirm another" {
                all.insert(OtherContent);
            }
            waits
        }
    };
    if !possible {
        all.insert(WrongState);
    }
    all
}

#[test]
fn everything_that_can_be_asked_is_answered_as_the_rules_say() {
    let world = world();
    let flow = flow_of(&world, BUSINESS);
    let (mut accepted, mut wrong) = (BTreeSet::new(), Vec::new());
    for maker in ["li", "both", "clerk.0012"] {
        for stands in STATES {
            let before = state(stands, maker);
            for word in COMMANDS {
                for by in &world.people {
                    let who = by.id.as_str();
                    let expected = reasons((stands, maker), word, by);
                    let found = decide(&world, (&before, &flow), &command(word), who);
                    let code = found.as_ref().err().map(|refusal| refusal.code);
                    // Where two reasons hold, either will do.
                    if !code.map_or(expected.is_empty(), |code| expected.contains(&code)) {
                        wrong.push(format!("{who} {word}, {stands} by {maker}: {code:?}"));
                    }
                    let Ok(event) = found else {
                        continue;
                    };
                    accepted.insert((word, who.to_owned()));
                    let (to_be, standing) = match word {
                        "ask" => (asked_by(who), Standing::Asked),
                        "confirm" => (confirmed_by(who, content()), Standing::Confirmed),
                        "reject" => (rejected(), Standing::Rejected),
                        _ => (withdrawn(), Standing::Withdrawn),
                    };
                    assert_eq!(event, to_be);
                    // Who has submitted it stays, whatever becomes of it.
                    let maker = if word == "ask" { who } else { maker };
                    let signature = everybody::signed(maker, MAKER, content());
                    let after = before.clone().apply(&event);
                    assert_eq!(after.asked, Some((signature, standing)), "{who} {word}");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "found, and is no reason: {wrong:#?}");
    let by = |word: &str| accepted.iter().filter(|(one, _)| *one == word).count();
    // Four clerks of the branch; one who only reviews and one who does both; three makers.
    let all = COMMANDS.map(by);
    assert_eq!(all, [4, 2, 0, 2, 3]);
}

/// The word of whoever asked counts for seven days, and while they hold the role.
#[test]
fn a_change_is_confirmed_while_the_first_signature_counts() {
    for (on, left, code) in [
        ("2026-11-27", false, None),
        ("2026-11-28", false, Some(SignatureExpired)),
        (TODAY, true, Some(SignatureExpired)),
    ] {
        let mut world = world();
        world.day = day(on);
        if left {
            for one in &mut world.people {
                if one.id.as_str() == "li" {
                    one.grants.clear();
                }
            }
        }
        let (before, flow) = (state("asked", "li"), flow_of(&world, BUSINESS));
        let found = decide(
            &world,
            (&before, &flow),
            &command("confirm"),
            "reviewer.0012",
        );
        let found = found.err().map(|refusal| refusal.code);
        assert_eq!(found, code, "{on} {left}");
        // Said no to, it is whenever.
        let found = decide(
            &world,
            (&before, &flow),
            &command("reject"),
            "reviewer.0012",
        );
        assert!(found.is_ok(), "{on} {left}: {found:?}");
    }
}

#[test]
fn whoever_says_no_says_why() {
    let world = world();
    let (before, flow) = (state("asked", "li"), flow_of(&world, BUSINESS));
    for (text, kept) in [
        (" 证件不符 ", Some("证件不符")),
        ("", None),
        ("\u{3000}\t", None),
        ("证件110101199003077758", None),
    ] {
        let reason = text.to_owned();
        let reject = Command::Reject {
            reason: reason.clone(),
        };
        for (by, command) in [
            ("reviewer.0012", reject),
            ("li", Command::Withdraw { reason }),
        ] {
            match (decide(&world, (&before, &flow), &command, by), kept) {
                (Ok(Event::Rejected { reason } | Event::Withdrawn { reason }), Some(kept)) => {
                    assert_eq!(reason, kept);
                }
                (Err(refusal), None) => assert_eq!(refusal.code, NoReason, "{by} {text:?}"),
                (found, _) => unreachable!("{by} {text:?}: {found:?}"),
            }
        }
    }
}

#[test]
fn a_firm_may_ask_for_signed_changes() {
    let mut world = world();
    world.asks_for_signatures(PROCEDURE);
    let flow = flow_of(&world, BUSINESS);
    for (stands, word, by) in [
        ("nothing", "ask", "li"),
        ("asked", "confirm", "reviewer.0012"),
        ("asked", "reject", "reviewer.0012"),
    ] {
        let before = state(stands, "li");
        let refusal = decide(&world, (&before, &flow), &command(word), by).unwrap_err();
        assert_eq!(refusal.code, NotSigned, "{word}");
    }
    // Asserted before the firm asked for more, it is worth nothing now.
    world.assurance = Assurance::Signed;
    let before = state("asked", "li");
    let found = decide(
        &world,
        (&before, &flow),
        &command("confirm"),
        "reviewer.0012",
    );
    assert_eq!(found.unwrap_err().code, SignatureExpired);
    let event = decide(&world, (&Change::default(), &flow), &command("ask"), "li").unwrap();
    let before = Change::replay(&[event]);
    let found = decide(
        &world,
        (&before, &flow),
        &command("confirm"),
        "reviewer.0012",
    );
    assert!(found.is_ok(), "{found:?}");
}

/// Where the firm asks for more, an account that was only named is not taken.
#[test]
fn a_firm_may_ask_for_signed_withdrawals() {
    let mut world = world();
    world.asks_for_signatures(PROCEDURE);
    let (before, flow) = (state("asked", "li"), flow_of(&world, BUSINESS));
    let found = decide(&world, (&before, &flow), &command("withdraw"), "li");
    assert_eq!(found.unwrap_err().code, NotSigned);
}

/// The flow that it rests on was cancelled, or is another client's by then.
#[test]
fn a_change_whose_flow_is_gone_is_not_confirmed() {
    let world = world();
    let before = state("asked", "li");
    for flow in [cancelled(&world), of_another_client(&world)] {
        let found = decide(
            &world,
            (&before, &flow),
            &command("confirm"),
            "reviewer.0012",
        );
        assert_eq!(found.unwrap_err().code, WrongState);
    }
}

// --- What only a forged ledger holds. ---

/// How it stands, and an event that does not fit it.
type Forged = (&'static str, fn() -> Event);

#[rustfmt::skip]
const LEFT_AS_IT_IS: &[Forged] = &[
    // Nobody has asked.
    ("nothing", || confirmed_by("reviewer.0012", content())),
    ("nothing", rejected),
    ("nothing", withdrawn),
    // It waits, and is asked for by one.
    ("asked", || asked_by("clerk.0012")),
    ("asked", || asked_by("li")),
    // R89: confirmed by whoever asked, or over something else.
    ("asked", || confirmed_by("li", content())),
    ("asked", || confirmed_by("reviewer.0012", other_content())),
    ("asked again", || confirmed_by("li", content())),
    // What holds, holds.
    ("confirmed", || asked_by("clerk.0012")),
    ("confirmed", || confirmed_by("both", content())),
    ("confirmed", rejected),
    ("confirmed", withdrawn),
    // What came to nothing is asked for again, or stays so.
    ("rejected", || confirmed_by("reviewer.0012", content())),
    ("rejected", rejected),
    ("rejected", withdrawn),
    ("withdrawn", || confirmed_by("reviewer.0012", content())),
    ("withdrawn", rejected),
    ("withdrawn", withdrawn),
];

#[test]
fn an_event_that_nobody_decided_changes_nothing() {
    for (stands, event) in LEFT_AS_IT_IS {
        let before = state(stands, "li");
        let after = before.clone().apply(&event());
        assert_eq!(after, before, "{stands} {:?}", event());
    }
}
