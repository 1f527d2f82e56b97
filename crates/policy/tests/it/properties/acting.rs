//! Signatures and changes of rules: random people, random acts, in any order.

use std::collections::BTreeSet;

use domain::{BranchCode, BusinessDate, CaseId, Digest, FondsId};
use policy::authority::{Assurance, Branches, Grant, Person, Signature, complete, counting};
use policy::case::{Acting, Grounds, Workflow as _};
use policy::profile::{EMBEDDED, Position, Procedure, Profile, Seat, Side};
use policy::rule_change::{
    CONFIRMER, Change, Command, Confirmed, End, Event, PROCEDURE, PROPOSER, RuleChange, RuleGrounds,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::{check, profile_of};

const OWN: &str = "0012";
const RECEIVING: &str = "0031";
const OTHER: &str = "0077";
const TODAY: &str = "2026-11-20";
/// The last of them is nobody whom the firm knows.
const PEOPLE: [&str; 9] = ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"];
const OFFICERS: [&str; 2] = ["o1", "o2"];

fn today() -> BusinessDate {
    TODAY.parse().unwrap()
}

fn later_by(days: i64) -> BusinessDate {
    let date = today().date().checked_add(jiff::Span::new().days(days));
    BusinessDate::new(date.unwrap())
}

fn content() -> Digest {
    Digest::of(b"the list")
}

fn branches() -> Branches {
    Branches {
        own: OWN.parse().ok(),
        receiving: RECEIVING.parse().ok(),
    }
}

fn grant(role: &str, branch: Option<&str>, to: Option<BusinessDate>) -> Grant {
    Grant {
        role: role.parse().unwrap(),
        branch: branch.map(|code| code.parse::<BranchCode>().unwrap()),
        from: "2020-01-01".parse().unwrap(),
        to,
    }
}

/// Somebody: nearly always with many roles in many places, so that cases do get complete.
fn grants(roles: &[(String, bool)]) -> impl Strategy<Value = Vec<Grant>> + use<> {
    let place = prop_oneof![6 => Just(OWN), 5 => Just(RECEIVING), 1 => Just(OTHER)];
    let lost = prop_oneof![9 => Just(None), 1 => (-3..3_i64).prop_map(|days| Some(later_by(days)))];
    let many = prop::sample::subsequence(roles.to_vec(), roles.len() / 2..=roles.len());
    let of_many =
        (many, prop::collection::vec((place, lost), roles.len())).prop_map(|(roles, at)| {
            let grants = roles
                .into_iter()
                .zip(at)
                .map(|((role, of_branch), (place, to))| {
                    grant(&role, of_branch.then_some(place), to)
                });
            grants.collect()
        });
    let administers = vec![
        grant("clerk", Some(OWN), None),
        grant("system-administrator", None, None),
    ];
    prop_oneof![
        4 => Just(everywhere(roles)),
        3 => of_many,
        2 => Just(vec![grant("authority-officer", Some(OTHER), None)]),
        1 => Just(administers),
    ]
}

/// Every role, wherever it can be held in the case.
fn everywhere(roles: &[(String, bool)]) -> Vec<Grant> {
    let places = |of_branch| {
        if of_branch {
            vec![Some(OWN), Some(RECEIVING)]
        } else {
            vec![None]
        }
    };
    let grants = roles.iter().flat_map(|(role, of_branch)| {
        let places = places(*of_branch).into_iter();
        places.map(|place| grant(role, place, None))
    });
    grants.collect()
}

/// A procedure of a profile, people, and what they have signed: anything by anybody, or what
/// the procedure asks for with a little beside it.
fn signing() -> impl Strategy<Value = (&'static str, String, Vec<Person>, Vec<Signature>)> {
    let procedures: Vec<(&'static str, Procedure)> = all_procedures();
    prop::sample::select(procedures).prop_flat_map(|(name, procedure)| {
        let roles = roles_of_business(profile_of(name));
        let people = prop::collection::vec(grants(&roles), PEOPLE.len() - 1);
        let asked = asked_for(&procedure);
        let any_position = || {
            let mut any = asked.clone();
            any.push("keeper".to_owned());
            prop::sample::select(any)
        };
        let by_anybody = prop::collection::vec(signature(any_position(), &PEOPLE), 0..14);
        let beside = prop::collection::vec(signature(any_position(), &PEOPLE), 0..3);
        let as_asked = (Just(PEOPLE[..8].to_vec()).prop_shuffle(), beside);
        let as_asked = as_asked.prop_flat_map({
            let (asked, procedure) = (asked.clone(), procedure.clone());
            move |(who, beside)| {
                let mut all = signed_by(&procedure, &asked, &who);
                let in_order: Vec<Signature> = beside.iter().cloned().chain(all.clone()).collect();
                all.extend(beside);
                prop_oneof![Just(in_order), Just(all.clone()), Just(all).prop_shuffle()]
            }
        });
        let everybody = vec![everywhere(&roles); 8];
        let randomly = (people, by_anybody);
        let rightly = (Just(everybody), as_asked);
        let both = prop_oneof![randomly, rightly].prop_map(|(grants, given)| (firm(grants), given));
        (Just(name), Just(procedure.code), both)
            .prop_map(|(name, code, (people, given))| (name, code, people, given))
    })
}

fn all_procedures() -> Vec<(&'static str, Procedure)> {
    let all = EMBEDDED.iter().flat_map(|(name, _)| {
        let procedures = profile_of(name).procedures.values();
        procedures.map(|one| (*name, one.clone()))
    });
    all.collect()
}

/// The roles of those who handle documents, and whether each is held at a branch.
fn roles_of_business(profile: &Profile) -> Vec<(String, bool)> {
    let roles = profile.roles.values();
    let business = roles.filter(|role| role.side == Side::Business);
    business
        .map(|role| (role.code.to_string(), role.seat == Seat::Branch))
        .collect()
}

/// Each position once for each of its persons.
fn asked_for(procedure: &Procedure) -> Vec<String> {
    let positions = procedure.positions.iter();
    positions
        .flat_map(|one| std::iter::repeat_n(one.code.clone(), usize::from(one.persons)))
        .collect()
}

/// People with these roles, two officers, and nobody who is called as the last one.
fn firm(grants: Vec<Vec<Grant>>) -> Vec<Person> {
    let known = PEOPLE.iter().zip(grants);
    let officers = OFFICERS.iter().map(|id| {
        let grants = vec![grant("authority-officer", Some(OTHER), None)];
        (id, grants)
    });
    known
        .chain(officers)
        .map(|(id, grants)| Person {
            id: id.parse().unwrap(),
            grants,
        })
        .collect()
}

/// A signature in each position, each by another person.
fn signed_by(procedure: &Procedure, asked: &[String], who: &[&str]) -> Vec<Signature> {
    let (mut people, mut officers) = (who.iter(), OFFICERS.iter());
    let signed = asked.iter().filter_map(|position| {
        let mut positions = procedure.positions.iter();
        let at = positions.find(|at| at.code == *position)?;
        let outside = at
            .roles
            .iter()
            .any(|role| role.as_str() == "authority-officer");
        let next = if outside {
            officers.next()
        } else {
            people.next()
        };
        Some(Signature {
            position: position.clone(),
            person: next?.parse().unwrap(),
            day: today(),
            content: content(),
            assurance: Assurance::Signed,
        })
    });
    signed.collect()
}

fn signature<S: Strategy<Value = String>>(
    position: S,
    people: &'static [&'static str],
) -> impl Strategy<Value = Signature> + use<S> {
    let age = prop_oneof![12 => Just(0), 2 => -100..2_i64];
    let over = prop_oneof![15 => Just(content()), 1 => Just(Digest::of(b"something else"))];
    let assurance = prop_oneof![15 => Just(Assurance::Signed), 1 => Just(Assurance::Asserted)];
    let person = prop::sample::select(people);
    (position, person, age, over, assurance).prop_map(
        |(position, person, age, content, assurance)| Signature {
            position,
            person: person.parse().unwrap(),
            day: later_by(age),
            content,
            assurance,
        },
    )
}

/// Whether two positions must be filled by two persons.
fn apart(procedure: &Procedure, one: &str, other: &str) -> bool {
    let names = |one: &str, other: &str| {
        let at = procedure.positions.iter().find(|at| at.code == one);
        at.is_some_and(|at| at.differs_from.iter().any(|code| code == other))
    };
    one == other || names(one, other) || names(other, one)
}

/// The least number of persons who can complete a case: the largest group of positions that
/// must all be filled by others.
fn least_persons(procedure: &Procedure) -> usize {
    let positions = &procedure.positions;
    let groups = 0..1_usize << positions.len();
    let sizes = groups.map(|group| {
        let numbered = positions.iter().enumerate();
        let of_it = numbered.filter(|(n, _)| group >> n & 1 == 1);
        let of_it: Vec<&Position> = of_it.map(|(_, position)| position).collect();
        let all_apart = of_it.iter().all(|one| {
            let mut all = of_it.iter();
            all.all(|other| apart(procedure, &one.code, &other.code))
        });
        let persons = of_it.iter().map(|one| usize::from(one.persons));
        if all_apart { persons.sum() } else { 0 }
    });
    sizes.max().unwrap_or(0)
}

/// That no person counts as two, and that each signature counts for a reason.
fn one_person_counts_once(grounds: &Grounds<'_>, counted: &[&Signature]) -> TestCaseResult {
    let procedure = grounds.procedure;
    for (n, one) in counted.iter().enumerate() {
        for other in counted.iter().skip(n + 1) {
            if apart(procedure, &one.position, &other.position) {
                prop_assert_ne!(&one.person, &other.person, "{:?}", counted);
            }
        }
        let position = procedure
            .positions
            .iter()
            .find(|at| at.code == one.position)
            .unwrap();
        let there = counted
            .iter()
            .filter(|other| other.position == one.position);
        prop_assert!(there.count() <= usize::from(position.persons));
        let age = grounds.day.date().duration_since(one.day.date()).as_hours() / 24;
        prop_assert!(
            (0..=i64::from(procedure.signature_days)).contains(&age),
            "{}",
            age
        );
        prop_assert_eq!(one.content, content());
        prop_assert!(one.assurance >= procedure.assurance);
        let person = grounds.people.person(&one.person).unwrap();
        let mut held = person
            .grants
            .iter()
            .filter(|grant| grant.holds(grounds.day));
        let may = |role| position.roles.contains(role) || position.if_barred.contains(role);
        prop_assert!(held.any(|grant| may(&grant.role)));
    }
    Ok(())
}

/// In no procedure of the three profiles, and by no sequence of signatures, does one person
/// stand where two must (R04, R19, R21, R29, R62, R65, R66, R77, R89, R102, R112).
#[test]
fn one_person_never_counts_as_two() {
    let completed = std::cell::RefCell::new(BTreeSet::new());
    check(2_500, &signing(), |(name, procedure, people, given)| {
        let profile = profile_of(name);
        let procedure = &profile.procedures[&procedure];
        let branches = branches();
        let grounds = Grounds {
            profile,
            procedure,
            people: &people,
            branches: &branches,
            day: today(),
        };
        let counted = counting(&grounds, &given, content());
        one_person_counts_once(&grounds, &counted)?;
        let is_complete = complete(procedure, &counted);
        let demanded = grounds.demand_complete(&given, content());
        prop_assert_eq!(is_complete, demanded.is_ok(), "{:?}", demanded);
        if !is_complete {
            return Ok(());
        }
        completed
            .borrow_mut()
            .insert((name, procedure.code.clone()));
        let persons: BTreeSet<_> = counted.iter().map(|one| &one.person).collect();
        prop_assert!(persons.len() >= least_persons(procedure));
        // If two of them who must differ were one person, it would not be complete.
        for one in &counted {
            for other in counted.iter().filter(|other| other.person != one.person) {
                if !apart(procedure, &one.position, &other.position) {
                    continue;
                }
                let (given, people) = as_one(&counted, &people, &one.person, &other.person);
                let grounds = Grounds {
                    people: &people,
                    ..grounds
                };
                prop_assert!(grounds.demand_complete(&given, content()).is_err());
            }
        }
        Ok(())
    });
    // All were completed by somebody, so that what is said above says something.
    let all = all_procedures().into_iter();
    let all = all.map(|(name, one)| (name, one.code));
    let never: Vec<_> = all
        .filter(|one| !completed.borrow().contains(one))
        .collect();
    assert!(never.is_empty(), "never complete: {never:?}");
}

/// The same signatures by the same people, but one of them is another as well.
fn as_one(
    counted: &[&Signature],
    people: &[Person],
    one: &domain::PersonId,
    other: &domain::PersonId,
) -> (Vec<Signature>, Vec<Person>) {
    let mut given: Vec<Signature> = counted.iter().map(|one| (*one).clone()).collect();
    for signature in &mut given {
        if signature.person == *other {
            signature.person = one.clone();
        }
    }
    let mut people = people.to_vec();
    let mut theirs = people.iter().filter(|person| person.id == *other);
    let grants = theirs
        .next()
        .map_or_else(Vec::new, |person| person.grants.clone());
    if let Some(person) = people.iter_mut().find(|person| person.id == *one) {
        person.grants.extend(grants);
    }
    (given, people)
}

/// Who signs after the others is asked the same: what was let in today counts today.
#[test]
fn what_may_be_signed_counts() {
    check(1_000, &signing(), |(name, procedure, people, asked)| {
        let profile = profile_of(name);
        let branches = branches();
        let grounds = Grounds {
            profile,
            procedure: &profile.procedures[&procedure],
            people: &people,
            branches: &branches,
            day: today(),
        };
        let mut given: Vec<Signature> = Vec::new();
        for one in asked {
            let Some(person) = people.iter().find(|person| person.id == one.person) else {
                continue;
            };
            let by = Acting {
                person,
                assurance: one.assurance,
            };
            if let Ok(signature) = grounds.sign(&one.position, by, content(), &given) {
                given.push(signature);
            }
        }
        let counted = counting(&grounds, &given, content());
        prop_assert_eq!(counted.len(), given.len());
        one_person_counts_once(&grounds, &counted)
    });
}

// --- The change of rules. ---

/// What somebody asks, on which day, known how well.
#[derive(Clone, Debug)]
struct Asked {
    by: usize,
    day: i64,
    assurance: Assurance,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Propose(Change, i64),
    Confirm { as_proposed: bool },
    Reject(&'static str),
    Withdraw(&'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let profile =
        ("[12]", -30..30_i64, prop::option::of(0..60_i64)).prop_map(|(version, from, to)| {
            Change::Profile {
                name: "securities".to_owned(),
                text: Digest::of(version.as_bytes()),
                version,
                valid_from: later_by(from),
                valid_to: to.map(later_by),
            }
        });
    let calendar = (2026..2029_i16, 0..2_i16).prop_map(|(first_year, more)| Change::Calendar {
        first_year,
        last_year: first_year + more,
        text: Digest::of(b"calendar"),
    });
    prop_oneof![profile, calendar]
}

fn asked() -> impl Strategy<Value = Asked> {
    let reason = prop::sample::select(&["a mistake", "  ", ""][..]);
    let what = prop_oneof![
        4 => (change(), -5..40_i64).prop_map(|(change, from)| What::Propose(change, from)),
        5 => prop::bool::weighted(0.8).prop_map(|as_proposed| What::Confirm { as_proposed }),
        1 => reason.clone().prop_map(What::Reject),
        1 => reason.prop_map(What::Withdraw),
    ];
    let assurance = prop_oneof![Just(Assurance::Asserted), Just(Assurance::Signed)];
    (0..4_usize, 0..45_i64, assurance, what).prop_map(|(by, day, assurance, what)| Asked {
        by,
        day,
        assurance,
        what,
    })
}

fn rule_makers() -> impl Strategy<Value = Vec<Person>> {
    let role = prop_oneof![
        9 => Just("operations-department"),
        5 => Just("compliance-risk"),
        1 => Just("system-administrator"),
        1 => Just("branch-head"),
    ];
    let to = prop::option::of(0..40_i64);
    let grant = (role, to).prop_map(|(role, to)| {
        let branch = (role == "branch-head").then_some(OWN);
        grant(role, branch, to.map(later_by))
    });
    let grants = prop::collection::vec(grant, 1..3);
    prop::collection::vec(grants, 4).prop_map(|all| {
        let people = PEOPLE.iter().zip(all).map(|(id, grants)| Person {
            id: id.parse().unwrap(),
            grants,
        });
        people.collect()
    })
}

fn command(state: &RuleChange, what: &What) -> Command {
    let case = CaseId::from_bits(7);
    match what {
        What::Propose(change, from) => {
            let from = later_by(*from);
            let said = change.statement(FondsId::from_bytes([1; 16]), case, from);
            Command::Propose {
                case,
                change: change.clone(),
                from,
                content: Digest::of(said.as_bytes()),
            }
        }
        What::Confirm { as_proposed } => Command::Confirm {
            content: match state.proposal() {
                Some(proposal) if *as_proposed => proposal.content,
                Some(_) | None => Digest::of(b"something else"),
            },
        },
        What::Reject(reason) => Command::Reject {
            reason: (*reason).to_owned(),
        },
        What::Withdraw(reason) => Command::Withdraw {
            reason: (*reason).to_owned(),
        },
    }
}

/// Whether somebody holds one of these roles at headquarters on a day, and none that excludes
/// it (R05).
fn may_sign(person: &Person, roles: &[&str], on: BusinessDate) -> bool {
    let held = || person.grants.iter().filter(|grant| grant.holds(on));
    let administers = held().any(|grant| grant.role.as_str() == "system-administrator");
    let named = held().any(|grant| roles.contains(&grant.role.as_str()) && grant.branch.is_none());
    named && !administers
}

/// Whatever is asked by whom and when: no rule comes into force but by two different people who
/// hold the roles on that day, over the same statement (R23, R31, R77). The state of a case is
/// what its events make of it, and what has ended stays as it is.
#[test]
fn no_rule_changes_but_by_two() {
    let confirmed_cases = std::cell::Cell::new(0_u32);
    let names = EMBEDDED.map(|(name, _)| name).to_vec();
    let cases = (
        prop::sample::select(names),
        rule_makers(),
        prop::collection::vec(asked(), 1..14),
    );
    check(3_000, &cases, |(name, people, asked)| {
        let profile = profile_of(name);
        let mut confirmed: Vec<Confirmed> = Vec::new();
        let mut events: Vec<Event> = Vec::new();
        let mut state = RuleChange::default();
        for one in asked {
            let on = later_by(one.day);
            let here = Branches {
                own: None,
                receiving: None,
            };
            let all = RuleGrounds {
                grounds: Grounds {
                    profile,
                    procedure: &profile.procedures[PROCEDURE],
                    people: &people,
                    branches: &here,
                    day: on,
                },
                confirmed: &confirmed,
                years: (2005, 2026),
            };
            let by = Acting {
                person: &people[one.by],
                assurance: one.assurance,
            };
            let ended = matches!(state, RuleChange::Ended(..));
            let Ok(event) = state.decide(&command(&state, &one.what), by, &all) else {
                continue;
            };
            prop_assert!(!ended, "{:?}", event);
            events.push(event.clone());
            state = state.apply(&event);
            prop_assert_eq!(&RuleChange::replay(&events), &state);
            let Event::Confirmed {
                confirmed: as_confirmed,
                ..
            } = event
            else {
                continue;
            };
            let RuleChange::Ended(proposal, End::Confirmed) = &state else {
                return Err(TestCaseError::fail(format!("{state:?}")));
            };
            confirmed_cases.set(confirmed_cases.get() + 1);
            let [first, second] = proposal.signatures.as_slice() else {
                return Err(TestCaseError::fail(format!("{proposal:?}")));
            };
            prop_assert_ne!(&first.person, &second.person);
            prop_assert_eq!(
                (first.position.as_str(), second.position.as_str()),
                (PROPOSER, CONFIRMER)
            );
            prop_assert_eq!(
                (first.content, second.content),
                (proposal.content, proposal.content)
            );
            let who = |id| people.iter().find(|person| person.id == id).unwrap();
            let proposers = ["operations-department"];
            let confirmers = ["operations-department", "compliance-risk"];
            prop_assert!(may_sign(who(first.person.clone()), &proposers, on));
            prop_assert!(may_sign(who(first.person.clone()), &proposers, first.day));
            prop_assert!(may_sign(who(second.person.clone()), &confirmers, on));
            // Nothing acts backwards, and it is what was proposed.
            prop_assert!(as_confirmed.from >= on && first.day <= on && second.day == on);
            prop_assert_eq!(&as_confirmed.change, &proposal.change);
            prop_assert_eq!(as_confirmed.from, proposal.from);
            confirmed.push(as_confirmed);
        }
        Ok(())
    });
    assert!(confirmed_cases.get() > 100, "{}", confirmed_cases.get());
}
