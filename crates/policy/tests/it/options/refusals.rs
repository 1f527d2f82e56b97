//! Every refusal, as a person reads it: what was found, what would be accepted, and by which
//! rule; and every way that a change of rules can go.

use domain::{BusinessDate, CaseId, Digest, FondsId};
use policy::authority::{
    Assurance, Branches, Grant, Person, Signature, check_roles, may_act, may_record,
};
use policy::case::{Acting, Grounds, Workflow as _};
use policy::profile::{Procedure, Profile};
use policy::refusal::{Refusal, RefusalCode};
use policy::rule_change::{Change, Command, End, Event, PROCEDURE, RuleChange, RuleGrounds};

use super::{Options as _, day, each_has_a_row};
use crate::profiles::profile;

const OWN: &str = "0012";
const TODAY: &str = "2026-11-20";

fn today() -> BusinessDate {
    day(TODAY)
}

fn content() -> Digest {
    Digest::of(b"the list")
}

/// A person with roles, each `role@branch`, or `role` at headquarters; held until a day if one
/// is given.
fn person(id: &str, roles: &[&str], to: Option<&str>) -> Person {
    let grants = roles.iter().map(|text| {
        let (role, branch) = text.split_once('@').unzip();
        Grant {
            role: role.unwrap_or(text).parse().unwrap(),
            branch: branch.map(|code| code.parse().unwrap()),
            from: day("2020-01-01"),
            to: to.map(day),
        }
    });
    Person {
        id: id.parse().unwrap(),
        grants: grants.collect(),
    }
}

fn signed(position: &str, person: &str, on: &str, over: Digest) -> Signature {
    Signature {
        position: position.to_owned(),
        person: person.parse().unwrap(),
        day: day(on),
        content: over,
        assurance: Assurance::Signed,
    }
}

fn procedure_of<'a>(profile: &'a Profile, code: &str) -> &'a Procedure {
    profile.procedures.get(code).unwrap()
}

fn branches(own: Option<&str>, receiving: Option<&str>) -> Branches {
    Branches {
        own: own.map(|code| code.parse().unwrap()),
        receiving: receiving.map(|code| code.parse().unwrap()),
    }
}

/// Procedure, who has acted, position, the roles of p1, and the whole refusal.
type ActRow = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static [&'static str],
    &'static str,
);

#[rustfmt::skip]
const ACTS: &[ActRow] = &[
    ("information-change", &[], "maker", &["reviewer@0012"], "p1 holds no role for maker on 2026-11-20, expected one of clerk (R89)"),
    ("information-change", &[], "maker", &["clerk@0031"], "p1 holds the role elsewhere, expected somebody of branch 0012 (R89)"),
    ("transfer", &[], "receiver", &["archivist@0012"], "p1 holds the role elsewhere, expected a case with a receiving branch (R70, R71)"),
    ("destruction", &[], "operations-opinion", &["operations-department@0012"], "p1 holds the role elsewhere, expected somebody of headquarters (R65"),
    ("information-change", &[("maker", "p1")], "checker", &["reviewer@0012"], "p1 has acted as maker in this case, expected another person as checker (R89)"),
    ("witnessing", &[("witness", "p2"), ("witness", "p3")], "witness", &["clerk@0012"], "witness has signed already, expected 2 persons (R04)"),
    ("information-change", &[], "watcher", &["clerk@0012"], "position \"watcher\", expected one of maker, checker (R87, R89)"),
    ("information-change", &[], "maker", &["clerk@0012", "system-administrator"], "p1 holds clerk and system-administrator, expected one of the two (R05)"),
];

fn acts(profile: &Profile) -> Vec<Refusal> {
    let refuse = |(procedure, acted, position, roles, said): &ActRow| {
        let acted: Vec<Signature> = acted
            .iter()
            .map(|(position, by)| signed(position, by, TODAY, content()))
            .collect();
        let person = person("p1", roles, None);
        let here = branches(Some(OWN), None);
        let act = (*position, &person);
        let procedure = procedure_of(profile, procedure);
        let refusal = may_act(profile, procedure, act, &here, &acted, today()).unwrap_err();
        assert!(refusal.to_string().starts_with(said), "{refusal}");
        refusal
    };
    ACTS.iter().map(refuse).collect()
}

/// What maker and checker of a change have signed, and what is said of it. The signature of
/// either counts for seven days.
#[rustfmt::skip]
fn incomplete(profile: &Profile) -> Vec<Refusal> {
    let other = Digest::of(b"something else");
    let made = signed("maker", "p1", TODAY, content());
    let rows = [
        (vec![], "nobody has signed as maker, expected maker who holds the role, signed within 7 days (R89)"),
        (vec![made.clone()], "nobody has signed as checker, expected checker who holds the role, signed within 7 days (R89)"),
        (vec![made.clone(), signed("checker", "p2", TODAY, other)], "p2 signed as checker something else, expected checker who holds the role"),
        (vec![made.clone(), signed("checker", "p2", "2026-11-12", content())], "what p2 signed as checker on 2026-11-12 does not count on 2026-11-20, expected checker who"),
        (vec![made.clone(), signed("checker", "p3", TODAY, content())], "what p3 signed as checker on 2026-11-20 does not count on 2026-11-20"),
        // One person behind both.
        (vec![made, signed("checker", "p1", TODAY, content())], "what p1 signed as checker on 2026-11-20 does not count on 2026-11-20"),
    ];
    let people = [
        person("p1", &["clerk@0012", "reviewer@0012"], None),
        person("p2", &["reviewer@0012"], None),
        person("p3", &["reviewer@0012"], Some("2026-11-19")),
    ];
    let here = branches(Some(OWN), None);
    let grounds = Grounds { profile, procedure: procedure_of(profile, "information-change"), people: &people, branches: &here, day: today() };
    let refused = rows.into_iter().map(|(given, said)| {
        let refusal = grounds.demand_complete(&given, content()).unwrap_err();
        assert!(refusal.to_string().starts_with(said), "{refusal}");
        refusal
    });
    let mut refused: Vec<Refusal> = refused.collect();
    // R65: who is not known well enough signs nothing.
    let grounds = Grounds { procedure: procedure_of(profile, "transfer"), ..grounds };
    let by = Acting { person: &person("p4", &["archivist@0012"], None), assurance: Assurance::Asserted };
    let refusal = grounds.sign("sender", by, content(), &[]).unwrap_err();
    assert_eq!(refusal.to_string(), "p4 is asserted, expected signed (R68, R69, R70, R71)");
    refused.push(refusal);
    refused
}

/// Who records roles, whose, which; what is said.
#[rustfmt::skip]
fn recording(profile: &Profile) -> Vec<Refusal> {
    let granting = person("s1", &["security-administrator"], None);
    let former = person("s2", &["security-administrator"], Some("2026-11-19"));
    let clerk = person("c1", &["clerk@0012"], None);
    let people = [granting.clone(), former.clone(), clerk.clone()];
    let new = |roles: &[&str]| person("n1", roles, None);
    let asked = |people: &[Person], by: Option<&Person>, recorded: &Person| may_record(profile, people, by, recorded, today());
    // R05: until anybody ever was to grant roles, everybody may; then only who is.
    assert_eq!(asked(&[], None, &new(&["clerk@0012"])), Ok(()));
    assert_eq!(asked(std::slice::from_ref(&clerk), Some(&clerk), &new(&["security-administrator"])), Ok(()));
    assert_eq!(asked(&people, Some(&granting), &new(&["clerk@0012", "reviewer@0031"])), Ok(()));
    assert_eq!(asked(&people, Some(&granting), &new(&["hq-staff"])), Ok(()));
    assert_eq!(asked(&people, Some(&granting), &new(&[])), Ok(()));
    let rows = [
        (&people[..], None, new(&["clerk@0012"]), "nobody known grants no roles, expected somebody who holds security-administrator (R05)"),
        (&people[..], Some(&clerk), new(&["clerk@0012"]), "c1 grants no roles, expected somebody who holds security-administrator (R05)"),
        (&people[..], Some(&former), new(&["clerk@0012"]), "s2 grants no roles, expected somebody who holds security-administrator (R05)"),
        // Who granted them once keeps everybody else out.
        (&people[1..], Some(&clerk), new(&["clerk@0012"]), "c1 grants no roles"),
        (&people[..], Some(&granting), person("s1", &["clerk@0012"], None), "s1 would grant roles to themselves, expected another person who grants roles (R05)"),
        (&people[..], Some(&granting), new(&["porter@0012"]), "porter at 0012, expected a role of securities@2026.1 (firm's setting)"),
        (&people[..], Some(&granting), new(&["clerk"]), "clerk at headquarters, expected a branch (R21)"),
        (&people[..], Some(&granting), new(&["hq-staff@0012"]), "hq-staff at 0012, expected headquarters, that is no branch (R59)"),
        (&people[..], Some(&granting), new(&["clerk@0012", "system-auditor"]), "n1 holds clerk and system-auditor, expected one of the two (R05)"),
    ];
    let refused = rows.into_iter().map(|(people, by, recorded, said)| {
        let refusal = asked(people, by, &recorded).unwrap_err();
        assert!(refusal.to_string().starts_with(said), "{refusal}");
        refusal
    });
    refused.collect()
}

/// Two roles of which only one names the other exclude each other all the same, by the rules of
/// both, each once (R05).
#[test]
fn an_exclusion_holds_from_either_side() {
    let mut profile = profile("securities");
    let clerk = profile.roles.get_mut(&"clerk".parse().unwrap()).unwrap();
    clerk.excludes = vec!["archivist".parse().unwrap()];
    clerk.basis = ["R21", "firm"].map(|text| text.parse().unwrap()).to_vec();
    let archivist = profile
        .roles
        .get_mut(&"archivist".parse().unwrap())
        .unwrap();
    archivist.basis = ["R10", "firm"].map(|text| text.parse().unwrap()).to_vec();
    for (roles, said) in [
        (
            ["clerk@0012", "archivist@0012"],
            "p1 holds clerk and archivist, expected one of the two (R21, firm's setting, R10)",
        ),
        (
            ["archivist@0012", "clerk@0012"],
            "p1 holds archivist and clerk, expected one of the two (R10, firm's setting, R21)",
        ),
    ] {
        let refusal = check_roles(&profile, &person("p1", &roles, None), today()).unwrap_err();
        assert_eq!(refusal.to_string(), said);
    }
    // The same role at two branches is one role.
    let twice = person("p1", &["clerk@0012", "clerk@0031"], None);
    assert_eq!(check_roles(&profile, &twice, today()), Ok(()));
}

/// What was done before in the case, what is asked by whom, and what is said of it (R23, R31,
/// R77).
#[rustfmt::skip]
fn changing(profile: &Profile, seen: &mut Seen) -> Vec<Refusal> {
    let first = person("o1", &["operations-department"], None);
    let second = person("o2", &["operations-department"], None);
    let people = [first.clone(), second.clone()];
    let reason = |text: &str| text.to_owned();
    let propose = proposal(TODAY);
    let Command::Propose { content, .. } = propose.clone() else { unreachable!() };
    let confirm = Command::Confirm { content };
    let rows: [(&[&Command], Command, &str); 10] = [
        (&[], confirm.clone(), "a case that has not begun, expected a case that waits for its confirmation (R23, R31, R77)"),
        (&[&propose], propose.clone(), "a case that waits for its confirmation, expected a case that has not begun (R23"),
        (&[&propose, &confirm], confirm.clone(), "a case that is confirmed, expected a case that waits for its confirmation (R23"),
        (&[&propose, &Command::Reject { reason: reason("no") }], confirm.clone(), "a case that was rejected, expected"),
        (&[&propose, &Command::Withdraw { reason: reason("no") }], confirm.clone(), "a case that was withdrawn, expected"),
        (&[&propose], Command::Confirm { content: Digest::of(b"?") }, "a confirmation of "),
        (&[&propose], Command::Reject { reason: reason(" ") }, "no reason, expected a reason, in words (R23, R31, R77)"),
        (&[], proposal("2026-11-19"), "a change in force from 2026-11-19, expected 2026-11-20 or later (R23, R31, R77)"),
        (&[], new_calendar(2029), "a calendar of 2029 to 2029, expected one that begins with a year from 2005 to 2027 (R23"),
        (&[], new_calendar(2004), "a calendar of 2004 to 2004, expected one that begins with a year from 2005 to 2027 (R23"),
    ];
    let here = branches(None, None);
    let grounds = Grounds { profile, procedure: procedure_of(profile, PROCEDURE), people: &people, branches: &here, day: today() };
    let all = RuleGrounds { grounds, confirmed: &[], years: (2005, 2026) };
    let refused = rows.into_iter().map(|(before, asked, said)| {
        let mut state = RuleChange::default();
        seen.states.push(state.clone());
        for command in before {
            let person = match command {
                Command::Propose { .. } | Command::Withdraw { .. } => &first,
                Command::Confirm { .. } | Command::Reject { .. } => &second,
            };
            let event = state.decide(command, Acting { person, assurance: Assurance::Asserted }, &all).unwrap();
            state = state.apply(&event);
            seen.commands.push((*command).clone());
            seen.states.push(state.clone());
            seen.events.push(event);
        }
        let person = if before.is_empty() { &first } else { &second };
        let by = Acting { person, assurance: Assurance::Asserted };
        let refusal = state.decide(&asked, by, &all).unwrap_err();
        assert!(refusal.to_string().starts_with(said), "{refusal}");
        refusal
    });
    refused.collect()
}

/// What the rows on changes of rules reached.
#[derive(Default)]
struct Seen {
    states: Vec<RuleChange>,
    commands: Vec<Command>,
    events: Vec<Event>,
}

fn proposal(from: &str) -> Command {
    command(
        Change::Profile {
            name: "securities".to_owned(),
            version: "2026.2".to_owned(),
            text: Digest::of(b"two"),
            valid_from: day("2026-01-02"),
            valid_to: None,
        },
        from,
    )
}

fn new_calendar(year: i16) -> Command {
    command(
        Change::Calendar {
            first_year: year,
            last_year: year,
            text: Digest::of(b"calendar"),
        },
        TODAY,
    )
}

fn command(change: Change, from: &str) -> Command {
    let case = CaseId::from_bits(7);
    let said = change.statement(FondsId::from_bytes([1; 16]), case, day(from));
    Command::Propose {
        case,
        change,
        from: day(from),
        content: Digest::of(said.as_bytes()),
    }
}

/// These two the archive says of accounts, and its own tests have them.
const OF_ACCOUNTS: [RefusalCode; 2] = [RefusalCode::NobodysAccount, RefusalCode::AccountTaken];

#[test]
fn each_refusal_has_a_row() {
    let profile = profile("securities");
    let mut seen = Seen::default();
    let mut refused = acts(&profile);
    refused.extend(incomplete(&profile));
    refused.extend(recording(&profile));
    refused.extend(changing(&profile, &mut seen));
    let codes = refused.iter().map(|refusal| refusal.code);
    each_has_a_row(codes.chain(OF_ACCOUNTS));
    for code in RefusalCode::ALL {
        assert_eq!(code.as_str(), code.word());
    }
    let ends = seen.states.iter().filter_map(|state| match state {
        RuleChange::Ended(_, end) => Some(end.clone()),
        RuleChange::NotBegun | RuleChange::Proposed(_) => None,
    });
    each_has_a_row::<End>(ends);
    let changes = [proposal(TODAY), new_calendar(2027)].map(|command| match command {
        Command::Propose { change, .. } => change,
        Command::Confirm { .. } | Command::Reject { .. } | Command::Withdraw { .. } => {
            unreachable!()
        }
    });
    each_has_a_row(changes);
    each_has_a_row(seen.states);
    each_has_a_row(seen.commands);
    each_has_a_row(seen.events);
}
