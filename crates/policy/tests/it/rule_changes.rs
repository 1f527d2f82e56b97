//! The change of rules, from what is proposed to what is in force (R23, R31, R77).

use domain::{BusinessDate, CaseId, Digest, FondsId};
use policy::authority::{Assurance, Branches, Grant, Person};
use policy::case::{Acting, Grounds, Workflow as _};
use policy::profile::Profile;
use policy::refusal::{Refusal, RefusalCode};
use policy::rule_change::{
    Change, Command, Confirmed, End, Event, InForce, PROCEDURE, RuleChange, RuleGrounds,
};

use crate::profiles::profile;

const HERE: Branches = Branches {
    own: None,
    receiving: None,
};
/// The first and the last year that the calendars know.
const YEARS: (i16, i16) = (2005, 2026);

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn case() -> CaseId {
    CaseId::from_bits(7)
}

fn person(id: &str, role: &str) -> Person {
    Person {
        id: id.parse().unwrap(),
        grants: vec![Grant {
            role: role.parse().unwrap(),
            branch: None,
            from: day("2020-01-01"),
            to: None,
        }],
    }
}

/// Two of operations, one of compliance, one who runs the system.
fn people() -> Vec<Person> {
    [
        ("ops-1", "operations-department"),
        ("ops-2", "operations-department"),
        ("risk", "compliance-risk"),
        ("it", "system-administrator"),
    ]
    .map(|(id, role)| person(id, role))
    .to_vec()
}

fn version(version: &str, text: &str, (from, to): (&str, Option<&str>)) -> Change {
    Change::Profile {
        name: "securities".to_owned(),
        version: version.to_owned(),
        text: Digest::of(text.as_bytes()),
        valid_from: day(from),
        valid_to: to.map(day),
    }
}

fn calendar(first_year: i16, last_year: i16) -> Change {
    Change::Calendar {
        first_year,
        last_year,
        text: Digest::of(b"calendar"),
    }
}

fn propose(change: Change, from: &str) -> Command {
    let content = Digest::of(
        change
            .statement(FondsId::from_bytes([1; 16]), case(), day(from))
            .as_bytes(),
    );
    Command::Propose {
        case: case(),
        change,
        from: day(from),
        content,
    }
}

struct World {
    profile: Profile,
    people: Vec<Person>,
    confirmed: Vec<Confirmed>,
}

impl World {
    fn new() -> Self {
        Self {
            profile: profile("securities"),
            people: people(),
            confirmed: Vec::new(),
        }
    }

    fn decide(
        &self,
        state: &RuleChange,
        command: &Command,
        (by, on): (&str, &str),
    ) -> Result<Event, Refusal> {
        let mut people = self.people.iter();
        let person = people.find(|one| one.id.as_str() == by).unwrap();
        let by = Acting {
            person,
            assurance: Assurance::Asserted,
        };
        let grounds = Grounds {
            profile: &self.profile,
            procedure: self.profile.procedures.get(PROCEDURE).unwrap(),
            people: &self.people,
            branches: &HERE,
            day: day(on),
        };
        let all = RuleGrounds {
            grounds,
            confirmed: &self.confirmed,
            years: YEARS,
        };
        state.decide(command, by, &all)
    }
}

fn confirm(state: &RuleChange) -> Command {
    Command::Confirm {
        content: state.proposal().unwrap().content,
    }
}

const TODAY: &str = "2026-11-20";

fn proposed() -> RuleChange {
    let next = version("2026.2", "two", ("2026-01-02", None));
    let event = World::new().decide(
        &RuleChange::default(),
        &propose(next, "2027-01-01"),
        ("ops-1", TODAY),
    );
    RuleChange::replay(&[event.unwrap()])
}

#[test]
fn two_people_bring_a_profile_into_force() {
    let world = World::new();
    let state = proposed();
    assert_eq!(state.as_str(), "waits for its confirmation");
    let event = world
        .decide(&state, &confirm(&state), ("ops-2", "2026-11-23"))
        .unwrap();
    let Event::Confirmed {
        confirmed,
        signature,
    } = &event
    else {
        unreachable!("{event:?}")
    };
    assert_eq!((confirmed.sequence, confirmed.case), (0, case()));
    assert_eq!(confirmed.from, day("2027-01-01"));
    assert_eq!(signature.person.as_str(), "ops-2");
    let state = state.apply(&event);
    assert!(matches!(&state, RuleChange::Ended(proposal, End::Confirmed)
        if proposal.signatures.len() == 2));
    // An event that does not fit changes nothing.
    assert_eq!(state.clone().apply(&event), state);
    assert_eq!(RuleChange::default().apply(&event), RuleChange::NotBegun);
}

/// Who asks, what, on which day, of a proposal of ops-1; and what refuses it.
type Row = (
    &'static str,
    fn(&RuleChange) -> Command,
    &'static str,
    Option<RefusalCode>,
);

fn other_content(_: &RuleChange) -> Command {
    Command::Confirm {
        content: Digest::of(b"something else"),
    }
}

fn again(_: &RuleChange) -> Command {
    propose(calendar(2027, 2027), "2027-01-01")
}

fn reject(_: &RuleChange) -> Command {
    let reason = " S02 is too short ".to_owned();
    Command::Reject { reason }
}

fn withdraw(_: &RuleChange) -> Command {
    let reason = "a mistake".to_owned();
    Command::Withdraw { reason }
}

fn withdraw_without_a_word(_: &RuleChange) -> Command {
    let reason = "  ".to_owned();
    Command::Withdraw { reason }
}

use RefusalCode::{
    NoReason, NotInRole, OtherContent, SamePerson, SignatureExpired, WrongDay, WrongState,
};

#[rustfmt::skip]
const OF_A_PROPOSAL: &[Row] = &[
    ("ops-2", confirm, TODAY, None),
    ("risk", confirm, TODAY, None),
    // R77: the second person is another.
    ("ops-1", confirm, TODAY, Some(SamePerson)),
    // R05, R23: whoever runs the system changes no rule.
    ("it", confirm, TODAY, Some(NotInRole)),
    ("ops-2", other_content, TODAY, Some(OtherContent)),
    ("ops-1", again, TODAY, Some(WrongState)),
    // The first signature counts for thirty days.
    ("ops-2", confirm, "2026-12-20", None),
    ("ops-2", confirm, "2026-12-21", Some(SignatureExpired)),
    ("risk", reject, TODAY, None),
    ("ops-1", reject, TODAY, Some(SamePerson)),
    ("it", reject, TODAY, Some(NotInRole)),
    ("ops-1", withdraw, TODAY, None),
    ("ops-2", withdraw, TODAY, None),
    ("risk", withdraw, TODAY, Some(NotInRole)),
    ("ops-1", withdraw_without_a_word, TODAY, Some(NoReason)),
];

#[test]
fn a_proposal_is_decided_as_the_table_says() {
    let world = World::new();
    let state = proposed();
    let mut wrong = Vec::new();
    for (n, (by, command, on, refused)) in OF_A_PROPOSAL.iter().enumerate() {
        let found = world.decide(&state, &command(&state), (by, on));
        let code = found.as_ref().err().map(|refusal| refusal.code);
        if code != *refused {
            wrong.push(format!("{n}: {by}: {found:?}"));
        }
        // What has ended takes nothing more.
        if let Ok(event) = found {
            let ended = state.clone().apply(&event);
            assert!(matches!(ended, RuleChange::Ended(..)));
            for command in [confirm, reject, withdraw, again] {
                let found = world.decide(&ended, &command(&ended), ("ops-2", TODAY));
                assert_eq!(found.unwrap_err().code, WrongState, "{n}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for command in [other_content, reject, withdraw] {
        let nothing = RuleChange::default();
        let found = world.decide(&nothing, &command(&nothing), ("ops-1", TODAY));
        assert_eq!(found.unwrap_err().code, WrongState);
    }
}

/// Roles are asked anew: what somebody signed who has left does not count.
#[test]
fn a_proposal_of_somebody_who_left_is_not_confirmed() {
    let mut world = World::new();
    let state = proposed();
    world.people[0].grants[0].to = Some(day("2026-11-21"));
    let on = |world: &World, on: &str| world.decide(&state, &confirm(&state), ("ops-2", on));
    assert!(on(&world, "2026-11-21").is_ok());
    let refusal = on(&world, "2026-11-22").unwrap_err();
    assert_eq!(refusal.code, SignatureExpired);
    let said = refusal.to_string();
    assert!(
        said.contains("what ops-1 signed as proposer on 2026-11-20"),
        "{said}"
    );
    // One person with two accounts in the case is one person, and a role granted twice counts once.
    world.people[1].id = world.people[0].id.clone();
    world.people[0].grants[0].to = None;
    let person = &world.people[1].id.clone();
    assert_eq!(on_as(&world, &state, person.as_str()), Some(SamePerson));
}

fn on_as(world: &World, state: &RuleChange, by: &str) -> Option<RefusalCode> {
    let found = world.decide(state, &confirm(state), (by, TODAY));
    found.err().map(|refusal| refusal.code)
}

/// What was confirmed before, as version, text and validity; what is proposed, from when; and
/// what refuses it.
#[test]
fn what_may_be_proposed_follows_from_what_is_in_force() {
    let open = ("2026-01-01", None);
    let first = version("2026.1", "one", open);
    let ends = version("2026.1", "one", ("2026-01-01", Some("2027-03-31")));
    let rows = [
        (
            &first,
            version("2026.2", "two", ("2027-01-01", None)),
            "2027-01-01",
            None,
        ),
        // R77: no rule acts backwards.
        (
            &first,
            version("2026.2", "two", ("2026-02-01", None)),
            "2026-11-19",
            Some(WrongDay),
        ),
        (
            &first,
            version("2026.2", "two", ("2026-02-01", None)),
            TODAY,
            None,
        ),
        // Only while it is valid.
        (
            &first,
            version("2026.2", "two", ("2027-01-01", None)),
            "2026-12-31",
            Some(WrongDay),
        ),
        (
            &first,
            version("2026.2", "two", ("2026-12-01", Some("2026-12-31"))),
            "2027-01-01",
            Some(WrongDay),
        ),
        (
            &first,
            version("2026.2", "two", ("2026-12-01", Some("2027-01-01"))),
            "2027-01-01",
            None,
        ),
        // One version has one text; the same text may come into force anew.
        (
            &first,
            version("2026.1", "two", open),
            "2027-01-01",
            Some(OtherContent),
        ),
        (&first, version("2026.1", "one", open), "2027-01-01", None),
        // Versions whose days overlap.
        (
            &ends,
            version("2026.2", "two", ("2027-03-31", None)),
            "2027-04-01",
            Some(WrongDay),
        ),
        (
            &ends,
            version("2026.2", "two", ("2027-04-01", None)),
            "2027-04-01",
            None,
        ),
        (
            &first,
            version("2026.2", "two", open),
            "2027-01-01",
            Some(WrongDay),
        ),
        // A calendar leaves no year out, and may amend one.
        (&first, calendar(2027, 2027), "2026-11-20", None),
        (&first, calendar(2026, 2026), "2026-11-20", None),
        (&first, calendar(2028, 2028), "2026-11-20", Some(WrongDay)),
    ];
    for (n, (before, change, from, refused)) in rows.into_iter().enumerate() {
        let mut world = World::new();
        world.confirmed.push(Confirmed {
            sequence: 0,
            case: CaseId::from_bits(1),
            change: before.clone(),
            from: day("2026-01-01"),
        });
        let command = propose(change, from);
        let found = world.decide(&RuleChange::default(), &command, ("ops-1", TODAY));
        let code = found.as_ref().err().map(|refusal| refusal.code);
        assert_eq!(code, refused, "{n}: {found:?}");
        // A refusal says what it rests on and what would be accepted.
        if let Err(refusal) = found {
            let said = refusal.to_string();
            assert!(said.contains("expected ") && said.contains("R77"), "{said}");
        }
    }
}

#[test]
fn in_force_is_what_began_last() {
    let at = |sequence, text: &str, from: &str| Confirmed {
        sequence,
        case: CaseId::from_bits(u128::from(sequence)),
        change: version(text, text, ("2026-01-01", None)),
        from: day(from),
    };
    let next_year = Confirmed {
        change: calendar(2027, 2027),
        ..at(3, "", "2026-11-25")
    };
    let confirmed = [
        at(0, "one", "2026-03-01"),
        // Confirmed earlier, and begins later.
        at(1, "three", "2027-01-01"),
        at(2, "two", "2026-06-01"),
        next_year,
        // It takes the place of another before that has begun.
        at(4, "four", "2027-01-01"),
    ];
    let in_force = InForce {
        confirmed: &confirmed,
    };
    for (on, expected) in [
        ("2026-02-28", None),
        ("2026-03-01", Some(0)),
        ("2026-05-31", Some(0)),
        ("2026-06-01", Some(2)),
        ("2026-12-31", Some(2)),
        ("2027-01-01", Some(4)),
        ("2030-01-01", Some(4)),
    ] {
        let found = in_force.profile(day(on)).map(|one| one.sequence);
        assert_eq!(found, expected, "{on}");
    }
    assert_eq!(in_force.calendars(day("2026-11-24")).len(), 0);
    assert_eq!(in_force.calendars(day("2026-11-25")).len(), 1);
}

/// An older version never comes back, and what says who may change the rules stays.
#[test]
fn what_is_valid_no_more_is_not_in_force() {
    let at = |sequence, valid: (&str, Option<&str>), from: &str| Confirmed {
        sequence,
        case: CaseId::from_bits(1),
        change: version("v", "v", valid),
        from: day(from),
    };
    let confirmed = [
        at(0, ("2026-01-01", None), "2026-01-01"),
        at(1, ("2027-01-01", Some("2027-12-31")), "2027-01-01"),
    ];
    let in_force = InForce {
        confirmed: &confirmed,
    };
    for (on, valid, last) in [
        ("2026-12-31", Some(0), Some(0)),
        ("2027-12-31", Some(1), Some(1)),
        ("2028-01-01", None, Some(1)),
    ] {
        let found = in_force.profile(day(on)).map(|one| one.sequence);
        assert_eq!(found, valid, "{on}");
        let found = in_force.begun_last(day(on)).map(|one| one.sequence);
        assert_eq!(found, last, "{on}");
    }
}

#[test]
fn a_procedure_may_ask_for_more_than_an_asserted_account() {
    let mut world = World::new();
    let procedure = world.profile.procedures.get_mut(PROCEDURE).unwrap();
    procedure.assurance = Assurance::Signed;
    let command = propose(calendar(2027, 2027), TODAY);
    let found = world.decide(&RuleChange::default(), &command, ("ops-1", TODAY));
    assert_eq!(found.unwrap_err().code, RefusalCode::NotSigned);
}

#[test]
fn what_is_signed_names_archive_case_text_and_day() {
    let change = version("2026.2", "two", ("2026-01-01", None));
    let fonds = FondsId::from_bytes([1; 16]);
    let expected = format!(
        "vouchsafe-rule-change/1\n{fonds}\n{}\nprofile securities@2026.2\n{}\nfrom 2027-01-01\n",
        case(),
        Digest::of(b"two")
    );
    assert_eq!(change.statement(fonds, case(), day("2027-01-01")), expected);
    let said = calendar(2027, 2028).statement(fonds, case(), day("2027-01-01"));
    assert!(said.contains("\ncalendar 2027 to 2028\n"), "{said}");
}
