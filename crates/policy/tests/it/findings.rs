//! Findings (问题整改, R120): what anybody finds missing or wrong, with somebody who mends it by a
//! day. A small world looked at whole, under every profile.

use std::collections::BTreeSet;

use policy::authority::{Assurance, Person};
use policy::case::Workflow as _;
use policy::finding::{Command, Defect, Ended, Event, Finding, PROCEDURE};
use policy::profile::EMBEDDED;
use policy::refusal::{Refusal, RefusalCode};

use crate::everybody::{From, HQ, OTHER, OWN, REASON, TODAY, World, against, day};
use RefusalCode::{
    NoReason, NobodysAccount, NotInRole, NotSigned, OtherBranch, OtherContent, SamePerson,
    WrongDay, WrongState,
};

#[rustfmt::skip]
const OTHERS: &[(&str, &[(&str, &str)])] = &[
    ("li", &[("clerk", OWN)]),
    ("compliance-here", &[("compliance-officer", OWN)]),
    ("two-roles", &[("clerk", OWN), ("compliance-officer", OWN)]),
    ("clerk-of-no-branch", &[("clerk", HQ)]),
    ("nobody", &[]),
];

/// Every channel puts right what is missing or wrong in its scope.
#[rustfmt::skip]
const REPORTERS: &[&str] = &[
    "clerk", "reviewer", "archivist", "operations-head", "compliance-officer", "branch-head",
    "operations-department", "compliance-risk", "hq-staff",
];
/// Who says that there is nothing to mend no text says; the firm has settled it.
const DISMISSERS: &[&str] = &["compliance-officer", "operations-department"];

fn world() -> World {
    World::new("securities", OTHERS)
}

fn defect(owner: &str) -> Defect {
    Defect {
        branch: OWN.parse().unwrap(),
        about: "client 8800012345".to_owned(),
        what: "联系电话缺失".to_owned(),
        owner: owner.parse().unwrap(),
        due: day("2026-11-27"),
    }
}

fn report(defect: Defect) -> Command {
    Command::Report(Box::new(defect))
}

fn mend() -> Command {
    let how = REASON.to_owned();
    Command::Mend { how }
}

fn dismiss() -> Command {
    let reason = REASON.to_owned();
    Command::Dismiss { reason }
}

fn reported(owner: &str, by: &str) -> Event {
    Event::Reported {
        defect: Box::new(defect(owner)),
        by: by.parse().unwrap(),
    }
}

fn ended(how: Ended) -> Event {
    let said = REASON.to_owned();
    Event::Ended { how, said }
}

/// How it stands: as nobody reported it, open, mended or dismissed.
fn state(word: &str, owner: &str) -> Finding {
    let open = reported(owner, "reviewer.0012");
    match word {
        "unreported" => Finding::default(),
        "open" => Finding::replay(&[open]),
        "mended" => Finding::replay(&[open, ended(Ended::Mended)]),
        "dismissed" => Finding::replay(&[open, ended(Ended::Dismissed)]),
        _ => unreachable!("{word}"),
    }
}

fn command(word: &str, owner: &str) -> Command {
    match word {
        "report" => report(defect(owner)),
        "mend" => mend(),
        "dismiss" => dismiss(),
        _ => unreachable!("{word}"),
    }
}

/// Requirement, how it stands, what somebody asks, who, and what refuses it with which words. The
/// finding is for `li` to mend.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<(RefusalCode, &'static str)>,
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Whoever finds it says so, at the branch, at another one or at headquarters.
    ("R120", "unreported", "report", "clerk.0012", None),
    ("R120", "unreported", "report", "branch-head.0077", None),
    ("R120", "unreported", "report", "hq-staff.hq", None),
    ("R120", "unreported", "report", "compliance-risk.hq", None),
    ("R120", "unreported", "report", "system-administrator.hq", Some((NotInRole, "R120"))),
    ("R120", "unreported", "report", "internal-audit.hq", Some((NotInRole, "R120"))),
    ("R120", "unreported", "report", "clerk.hq", Some((OtherBranch, "R120"))),
    ("R120", "unreported", "report", "nobody", Some((NotInRole, "R120"))),
    // Once.
    ("R120", "open", "report", "clerk.0012", Some((WrongState, "R120"))),
    ("R120", "mended", "report", "clerk.0012", Some((WrongState, "R120"))),
    ("R120", "dismissed", "report", "clerk.0012", Some((WrongState, "R120"))),
    // Whoever is to mend it says that it is mended, and nobody else.
    ("R120", "open", "mend", "li", None),
    ("R120", "open", "mend", "clerk.0012", Some((NotInRole, "li, who is to mend it"))),
    ("R120", "open", "mend", "reviewer.0012", Some((NotInRole, "R120"))),
    ("R120", "open", "mend", "compliance-officer.0012", Some((NotInRole, "R120"))),
    ("R120", "unreported", "mend", "li", Some((WrongState, "nobody reported"))),
    ("R120", "mended", "mend", "li", Some((WrongState, "is mended"))),
    ("R120", "dismissed", "mend", "li", Some((WrongState, "was dismissed"))),
    // That there is nothing to mend compliance or headquarters says.
    ("R120", "open", "dismiss", "compliance-officer.0012", None),
    ("R120", "open", "dismiss", "compliance-officer.0077", None),
    ("R120", "open", "dismiss", "operations-department.hq", None),
    ("R120", "open", "dismiss", "li", Some((NotInRole, "R120"))),
    ("R120", "open", "dismiss", "branch-head.0012", Some((NotInRole, "firm's setting"))),
    ("R120", "open", "dismiss", "compliance-officer.hq", Some((OtherBranch, "R120"))),
    ("R120", "unreported", "dismiss", "compliance-officer.0012", Some((WrongState, "nobody reported"))),
    ("R120", "mended", "dismiss", "compliance-officer.0012", Some((WrongState, "is mended"))),
    ("R120", "dismissed", "dismiss", "compliance-officer.0012", Some((WrongState, "was dismissed"))),
];

#[test]
fn a_finding_goes_on_as_the_table_says() {
    for (name, _) in EMBEDDED {
        let world = World::new(name, OTHERS);
        for (rule, stands, word, by, expected) in ROWS {
            let before = state(stands, "li");
            let found = world.decide(&before, (PROCEDURE, &command(word, "li")), by);
            match (found, expected) {
                (Ok(_), None) => {}
                (Err(refusal), Some((code, says))) => {
                    let said = refusal.to_string();
                    assert_eq!(refusal.code, *code, "{name} {by} {word}, {stands}: {said}");
                    assert!(said.contains(says), "{name} {by} {word}, {stands}: {said}");
                }
                (found, _) => unreachable!("{name} {rule} {by} {word}, {stands}: {found:?}"),
            }
        }
    }
}

/// Nobody says of their own duty that there is none; that no text says.
#[test]
fn whoever_is_to_mend_it_does_not_dismiss_it() {
    let world = world();
    for owner in ["compliance-here", "two-roles", "operations-department.hq"] {
        let refusal = world.decide(&state("open", owner), (PROCEDURE, &dismiss()), owner);
        let refusal = refusal.unwrap_err();
        assert_eq!(refusal.code, SamePerson, "{owner}");
        assert!(refusal.to_string().contains("firm's setting"), "{refusal}");
        // They mend it as anybody.
        let open = state("open", owner);
        assert!(world.decide(&open, (PROCEDURE, &mend()), owner).is_ok());
    }
}

/// What is other about what was found, what it is, and what refuses it.
type Other = (fn(&mut Defect), Option<(RefusalCode, &'static str)>);

#[rustfmt::skip]
const DEFECTS: &[Other] = &[
    (|_| (), None),
    // By a day: today is one, yesterday is none.
    (|it| it.due = day(TODAY), None),
    (|it| it.due = day("2026-11-19"), Some((WrongDay, "R120"))),
    // Somebody mends it, who is recorded, whatever they do.
    (|it| it.owner = "nobody".parse().unwrap(), None),
    (|it| it.owner = "hq-staff.hq".parse().unwrap(), None),
    (|it| it.owner = "who-is-that".parse().unwrap(), Some((NobodysAccount, "R120"))),
    // Of a branch where whoever reports it is not.
    (|it| it.branch = OTHER.parse().unwrap(), None),
    // What it is about is named by its number, and by nothing that tells of a person.
    (|it| "record 01HZZZZZZZZZZZZZZZZZZZZZZZ".clone_into(&mut it.about), None),
    (|it| "task LS20261120000001/2".clone_into(&mut it.about), None),
    (|it| it.about = format!("flow {}", "L".repeat(75)), None),
    (|it| it.about = format!("flow {}", "L".repeat(76)), Some((OtherContent, "R120"))),
    (|it| "张小三".clone_into(&mut it.about), Some((OtherContent, "R120"))),
    (|it| "client 张小三".clone_into(&mut it.about), Some((OtherContent, "R120"))),
    (|it| "person 1001".clone_into(&mut it.about), Some((OtherContent, "R120"))),
    (|it| "flow ".clone_into(&mut it.about), Some((OtherContent, "R120"))),
    (|it| it.about = String::new(), Some((OtherContent, "R120"))),
    (|it| " \u{3000}".clone_into(&mut it.about), Some((OtherContent, "R120"))),
    (|it| "client 1\nclient 2".clone_into(&mut it.about), Some((OtherContent, "R120"))),
    (|it| "client\u{1}".clone_into(&mut it.about), Some((OtherContent, "R120"))),
    // What is wrong is kept in clear.
    (|it| it.what = String::new(), Some((NoReason, "R27"))),
    (|it| it.what = "缺".repeat(201), Some((NoReason, "R27"))),
    (|it| "证件110101199003077758".clone_into(&mut it.what), Some((NoReason, "R27"))),
    (|it| "one\ntwo".clone_into(&mut it.what), Some((NoReason, "R27"))),
];

#[test]
fn what_is_reported_says_what_whose_and_by_when() {
    let world = world();
    for (n, (change, expected)) in DEFECTS.iter().enumerate() {
        let mut defect = defect("li");
        change(&mut defect);
        let command = report(defect.clone());
        match (
            world.decide(&Finding::default(), (PROCEDURE, &command), "clerk.0012"),
            expected,
        ) {
            (Ok(event), None) => {
                let finding = Finding::replay(&[event]);
                let by = "clerk.0012".parse().unwrap();
                assert_eq!(finding.defect, Some((defect, by)), "{n}");
                assert!(finding.is_open(), "{n}");
            }
            (Err(refusal), Some((code, says))) => {
                let said = refusal.to_string();
                assert_eq!(refusal.code, *code, "{n}: {said}");
                assert!(said.contains(says), "{n}: {said}");
            }
            (found, _) => unreachable!("{n}: {found:?}"),
        }
    }
}

/// How it was mended and why it was dismissed is said, in words that name no document.
#[test]
fn an_end_takes_its_words() {
    let world = world();
    let open = state("open", "li");
    for (said, kept) in [
        (" 已补录 ", Some("已补录")),
        ("", None),
        ("\u{3000}", None),
        ("卡 6222 0212 3456 7890 123", None),
    ] {
        let text = said.to_owned();
        let how = Command::Mend { how: text.clone() };
        let dismiss = Command::Dismiss { reason: text };
        for (by, command) in [("li", how), ("compliance-here", dismiss)] {
            match (world.decide(&open, (PROCEDURE, &command), by), kept) {
                (Ok(Event::Ended { said, .. }), Some(kept)) => assert_eq!(said, kept),
                (Err(refusal), None) => assert_eq!(refusal.code, NoReason, "{by} {said:?}"),
                (found, _) => unreachable!("{by} {said:?}: {found:?}"),
            }
        }
    }
    let said: String = world
        .decide(&open, (PROCEDURE, &command("report", "li")), "clerk.0012")
        .unwrap_err()
        .to_string();
    assert!(said.contains("a new one"), "{said}");
}

/// Its day counts; what ended is not late any more.
#[test]
fn a_finding_is_late_after_its_day_while_it_is_open() {
    for (stands, on, late) in [
        ("unreported", "2027-01-01", false),
        ("open", "2026-11-26", false),
        ("open", "2026-11-27", false),
        ("open", "2026-11-28", true),
        ("mended", "2026-11-28", false),
        ("dismissed", "2026-11-28", false),
    ] {
        let finding = state(stands, "li");
        assert_eq!(finding.is_late(day(on)), late, "{stands} {on}");
        assert_eq!(finding.is_open(), stands == "open");
    }
}

// --- A small world, looked at whole. ---

/// Every reason against it.
fn reasons(stands: &str, word: &str, (owner, by): (&str, &Person)) -> BTreeSet<RefusalCode> {
    let mut all = BTreeSet::new();
    let is_owner = by.id.as_str() == owner;
    let possible = match word {
        "report" => {
            all.extend(against(by, REPORTERS, From::Anywhere));
            stands == "unreported"
        }
        "mend" => {
            all.extend(against(by, REPORTERS, From::Anywhere));
            if !is_owner {
                all.insert(NotInRole);
            }
            stands == "open"
        }
        "dismiss" => {
            all.extend(against(by, DISMISSERS, From::Anywhere));
            if is_owner {
                all.insert(SamePerson);
            }
            stands == "open"
        }
        _ => unreachable!("{word}"),
    };
    if !possible {
        all.insert(WrongState);
    }
    all
}

#[test]
fn everything_that_can_be_asked_is_answered_as_the_rules_say() {
    let (mut asked, mut accepted, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for (name, _) in EMBEDDED {
        let world = World::new(name, OTHERS);
        for owner in [
            "li",
            "compliance-here",
            "operations-department.hq",
            "nobody",
        ] {
            for stands in ["unreported", "open", "mended", "dismissed"] {
                let before = state(stands, owner);
                for word in ["report", "mend", "dismiss"] {
                    for by in &world.people {
                        asked += 1;
                        let expected = reasons(stands, word, (owner, by));
                        let who = by.id.as_str();
                        let command = command(word, owner);
                        let found = world.decide(&before, (PROCEDURE, &command), who);
                        let code = found.as_ref().err().map(|refusal: &Refusal| refusal.code);
                        // Where two reasons hold, either will do.
                        if !code.map_or(expected.is_empty(), |code| expected.contains(&code)) {
                            wrong.push(format!("{name} {who} {word}, {stands}: {code:?}"));
                        }
                        let Ok(event) = found else {
                            continue;
                        };
                        accepted.insert((word, who.to_owned()));
                        let (event_to_be, end) = match word {
                            "report" => (reported(owner, who), None),
                            "mend" => (ended(Ended::Mended), Some(Ended::Mended)),
                            _ => (ended(Ended::Dismissed), Some(Ended::Dismissed)),
                        };
                        assert_eq!(event, event_to_be);
                        let after = before.clone().apply(&event);
                        let end = end.map(|end| (end, REASON.to_owned()));
                        assert_eq!(after.ended, end, "{who} {word}");
                        assert_eq!(after.is_open(), word == "report", "{who} {word}");
                        // What was found, and who said so, stays.
                        let kept = before.defect.is_none() || after.defect == before.defect;
                        assert!(kept && after.defect.is_some(), "{who} {word}");
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "found, and is no reason: {wrong:#?}");
    let by = |word: &str| accepted.iter().filter(|(one, _)| *one == word).count();
    // Six roles at each of two branches, three at headquarters, and three people with two.
    assert_eq!((by("report"), by("mend")), (6 * 2 + 3 + 3, 3));
    assert!(by("dismiss") >= 2 + 1 + 2, "{}", by("dismiss"));
    assert!(asked > 5_000, "{asked}");
}

#[test]
fn a_firm_may_ask_for_signed_reports() {
    let mut world = world();
    world.asks_for_signatures(PROCEDURE);
    for (stands, word, by) in [
        ("unreported", "report", "clerk.0012"),
        ("open", "dismiss", "compliance-here"),
    ] {
        world.assurance = Assurance::Asserted;
        let command = command(word, "li");
        let refusal = world.decide(&state(stands, "li"), (PROCEDURE, &command), by);
        assert_eq!(refusal.unwrap_err().code, NotSigned, "{word}");
        world.assurance = Assurance::Signed;
        let found = world.decide(&state(stands, "li"), (PROCEDURE, &command), by);
        assert!(found.is_ok(), "{word}");
    }
}

/// Where the firm asks for more, an account that was only named is not taken.
#[test]
fn a_firm_may_ask_for_signed_mending() {
    let mut world = world();
    world.asks_for_signatures(PROCEDURE);
    let found = world.decide(&state("open", "li"), (PROCEDURE, &mend()), "li");
    assert_eq!(found.unwrap_err().code, NotSigned);
}

// --- What only a forged ledger holds. ---

/// How it stands, and an event that does not fit it.
type Forged = (&'static str, fn() -> Event);

#[rustfmt::skip]
const LEFT_AS_IT_IS: &[Forged] = &[
    // Of nothing nothing is mended.
    ("unreported", || ended(Ended::Mended)),
    ("unreported", || ended(Ended::Dismissed)),
    // It is reported once: neither what is wrong nor whose it is becomes another.
    ("open", || reported("wang", "clerk.0012")),
    ("mended", || reported("li", "clerk.0012")),
    ("dismissed", || reported("li", "clerk.0012")),
    // And it ends once.
    ("mended", || ended(Ended::Dismissed)),
    ("dismissed", || ended(Ended::Mended)),
    ("mended", || Event::Ended { how: Ended::Mended, said: "另一种".to_owned() }),
];

#[test]
fn an_event_that_nobody_decided_changes_nothing() {
    for (stands, event) in LEFT_AS_IT_IS {
        let before = state(stands, "li");
        let after = before.clone().apply(&event());
        assert_eq!(after, before, "{stands} {:?}", event());
    }
}
