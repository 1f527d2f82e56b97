//! A small world, looked at whole: every role in every seat, in every position of every
//! procedure, with nobody, the same person or another one having acted before. Who may act
//! there stands in a table that is written from the regulations, and not from the profiles.
//!
//! Where the regulations are silent the firm has settled it, and the table says so. Where a
//! profile says something else than they do, the difference stands in [`table::NOT_YET`].

use std::collections::{BTreeMap, BTreeSet};

use domain::{BranchCode, BusinessDate, Digest, RoleCode};
use policy::authority::{
    Assurance, Branches, Grant, Person, Signature, check_roles, complete, may_act,
    may_act_or_stand_in,
};
use policy::case::Grounds;
use policy::profile::{Procedure, Profile};
use policy::refusal::RefusalCode;

use crate::profiles::profile;

mod table;

use table::*;

const DAY: &str = "2026-11-20";
const OWN: &str = "0012";
const RECEIVING: &str = "0031";
const OTHER: &str = "0077";

fn day() -> BusinessDate {
    DAY.parse().unwrap()
}

/// Whether a role is held where it is, and by people whom the position takes.
fn sits(role: &str, from: Whom, place: Place) -> bool {
    let branch = OF_BRANCHES.contains(&role);
    let at_home = branch == (place != Headquarters);
    match from {
        OwnBranch => branch && place == Own,
        ReceivingBranch => branch && place == Receiving,
        Hq => !branch && place == Headquarters,
        OwnOrHq => at_home && matches!(place, Own | Headquarters),
        Anywhere => at_home,
        Outside => true,
    }
}

impl Row {
    fn apart(&self, other: &Row) -> bool {
        let names =
            |one: &Row, other: &Row| one.others.iter().any(|(name, _)| *name == other.position);
        names(self, other) || names(other, self)
    }

    /// What the regulations say: may somebody with this role act here, when the same or another
    /// person has acted in a position before?
    fn may(&self, role: &str, place: Place, acted: Option<(&Row, bool)>) -> bool {
        let named = self.by_text.contains(&role) || self.by_firm.contains(&role);
        let in_the_way = acted.is_some_and(|(earlier, same)| {
            let here = earlier.position == self.position;
            if same {
                here || self.apart(earlier)
            } else {
                here && self.persons == 1
            }
        });
        named && sits(role, self.from, place) && !in_the_way
    }
}

fn branch(place: Place) -> Option<BranchCode> {
    let code = match place {
        Own => OWN,
        Receiving => RECEIVING,
        Other => OTHER,
        Headquarters => return None,
    };
    Some(code.parse().unwrap())
}

fn branches() -> Branches {
    Branches {
        own: branch(Own),
        receiving: branch(Receiving),
    }
}

fn person(id: &str, role: &RoleCode, place: Place) -> Person {
    Person {
        id: id.parse().unwrap(),
        grants: vec![Grant {
            role: role.clone(),
            branch: branch(place),
            from: day(),
            to: Some(day()),
        }],
    }
}

fn signed(position: &str, person: &str) -> Signature {
    Signature {
        position: position.to_owned(),
        person: person.parse().unwrap(),
        day: day(),
        content: Digest::of(b"it"),
        assurance: Assurance::Signed,
    }
}

/// Every procedure and position of the profiles has a row, and no row is without one.
#[test]
fn the_table_speaks_of_every_position() {
    for (name, rows) in tables() {
        let profile = profile(name);
        let stands: BTreeSet<(&str, &str)> = profile
            .procedures
            .values()
            .flat_map(|one| {
                one.positions
                    .iter()
                    .map(|at| (one.code.as_str(), at.code.as_str()))
            })
            .collect();
        let told: BTreeSet<(&str, &str)> = rows
            .iter()
            .map(|row| (row.procedure, row.position))
            .collect();
        assert_eq!(stands, told, "{name}");
        assert_eq!(told.len(), rows.len(), "{name}: a position has two rows");
    }
}

/// All roles, all places, and all that may have happened before, against the table.
#[test]
fn whoever_may_act_may_by_the_regulations() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut asked = 0;
    for (name, rows) in tables() {
        let profile = profile(name);
        for row in &rows {
            let procedure = &profile.procedures[row.procedure];
            let mut before: Vec<Option<(&Row, bool)>> = vec![None];
            let others: Vec<&Row> = rows
                .iter()
                .filter(|one| one.procedure == row.procedure)
                .collect();
            before.extend(
                others
                    .iter()
                    .flat_map(|one| [Some((*one, true)), Some((*one, false))]),
            );
            for role in profile.roles.keys() {
                for place in PLACES {
                    for acted in &before {
                        asked += 1;
                        let expected = row.may(role.as_str(), place, *acted);
                        let given = everybody_else(row, &others, *acted);
                        let answer = ask(&profile, procedure, row.position, (role, place), &given);
                        if answer != expected {
                            let may = if answer { "may" } else { "may not" };
                            let what = format!(
                                "{name} {} {}, {}: {place:?} {may}",
                                row.procedure, row.position, row.rule
                            );
                            found.entry(what).or_default().insert(role.to_string());
                        }
                    }
                }
            }
        }
    }
    let found: Vec<String> = found
        .into_iter()
        .map(|(what, roles)| {
            format!(
                "{what}: {}",
                roles.into_iter().collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_known(&found, NOT_YET);
    assert!(asked > 10_000, "{asked}");
}

fn assert_known(found: &BTreeSet<&str>, known: &[&str]) {
    let known: BTreeSet<&str> = known.iter().copied().collect();
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "not as the table says: {new:#?}; true no more, so the line goes: {gone:#?}"
    );
}

/// Everybody else has signed already, each another person, so that the turn has come; but in one
/// position it was the same person or the other one.
fn everybody_else(row: &Row, others: &[&Row], acted: Option<(&Row, bool)>) -> Vec<Signature> {
    let mut given = Vec::new();
    for other in others {
        let here = other.position == row.position;
        let mut missing = if here { 0 } else { other.persons };
        if let Some((earlier, same)) = acted
            && earlier.position == other.position
        {
            given.push(signed(other.position, if same { "p1" } else { "p2" }));
            missing = missing.saturating_sub(1);
        }
        for n in 0..missing {
            given.push(signed(other.position, &format!("{}-{n}", other.position)));
        }
    }
    given
}

fn ask(
    profile: &Profile,
    procedure: &Procedure,
    position: &str,
    (role, place): (&RoleCode, Place),
    given: &[Signature],
) -> bool {
    let person = person("p1", role, place);
    assert!(check_roles(profile, &person, day()).is_ok(), "{role}");
    let act = (position, &person);
    may_act(profile, procedure, act, &branches(), given, day()).is_ok()
}

/// Somebody who may fill a position by the table, and where they sit.
fn somebody(row: &Row) -> Person {
    let mut roles = row.by_text.iter().chain(row.by_firm);
    let role = roles.next().unwrap();
    let mut places = PLACES.into_iter();
    let place = places.find(|place| sits(role, row.from, *place)).unwrap();
    person("p1", &role.parse().unwrap(), place)
}

/// Nobody acts before their turn, and nobody waits for more than the table says (R65: no stage
/// is left out).
#[test]
fn each_acts_in_their_turn() {
    let mut waited = BTreeSet::new();
    for (name, rows) in tables() {
        let profile = profile(name);
        for row in &rows {
            let procedure = &profile.procedures[row.procedure];
            let others: Vec<&Row> = rows
                .iter()
                .filter(|one| one.procedure == row.procedure && one.position != row.position)
                .collect();
            for missing in &others {
                let rest: Vec<&Row> = others
                    .iter()
                    .copied()
                    .filter(|one| one.position != missing.position)
                    .collect();
                let given = everybody_else(row, &rest, None);
                let person = somebody(row);
                let act = (row.position, &person);
                let found = may_act(&profile, procedure, act, &branches(), &given, day());
                let found = found.map_err(|refusal| refusal.code);
                let waits = ORDER.iter().find(|(_, procedure, position, after)| {
                    (*procedure, *position) == (row.procedure, row.position)
                        && after.contains(&missing.position)
                });
                let expected = match waits {
                    Some((rule, ..)) => {
                        waited.insert((*rule, row.procedure, row.position));
                        Err(RefusalCode::WrongState)
                    }
                    None => Ok(()),
                };
                let (here, missing) = (row.position, missing.position);
                assert_eq!(
                    found, expected,
                    "{name} {} {here} without {missing}",
                    row.procedure
                );
            }
        }
    }
    let all: BTreeSet<_> = ORDER.iter().map(|one| (one.0, one.1, one.2)).collect();
    assert_eq!(waited, all);
}

/// A refusal never says that the regulations keep two people apart where only the firm does, and
/// says so where they do.
#[test]
fn a_refusal_says_whose_rule_keeps_two_apart() {
    let mut wrong = BTreeSet::new();
    for (name, rows) in tables() {
        let profile = profile(name);
        for row in rows {
            let person = somebody(&row);
            for (other, rests) in row.others {
                let procedure = &profile.procedures[row.procedure];
                let act = (row.position, &person);
                let acted = [signed(other, "p1")];
                let said = may_act(&profile, procedure, act, &branches(), &acted, day())
                    .map_or_else(|refusal| refusal.to_string(), |()| "nothing".to_owned());
                let right = match rests {
                    Firm => said.contains("firm's setting"),
                    Text => said.contains(row.rule),
                };
                if !right {
                    wrong.insert(format!(
                        "{name} {} {}: {other}",
                        row.procedure, row.position
                    ));
                }
            }
        }
    }
    assert_known(&wrong.iter().map(String::as_str).collect(), SAID_AS_TEXT);
}

/// A case is complete with the persons that the table asks for, and with none of them missing.
#[test]
fn a_case_takes_the_persons_that_the_table_says() {
    for (name, rows) in tables() {
        let profile = profile(name);
        for procedure in profile.procedures.values() {
            let all: Vec<Signature> = rows
                .iter()
                .filter(|row| row.procedure == procedure.code)
                .flat_map(|row| (0..row.persons).map(|n| signed(row.position, &format!("p{n}"))))
                .collect();
            let given: Vec<&Signature> = all.iter().collect();
            assert!(complete(procedure, &given), "{name} {}", procedure.code);
            for missing in 0..given.len() {
                let mut fewer = given.clone();
                fewer.remove(missing);
                assert!(
                    !complete(procedure, &fewer),
                    "{name} {}: {missing}",
                    procedure.code
                );
            }
        }
    }
}

/// People and their roles at the branch, who asks, who may approve.
type Viewing = (
    &'static str,
    &'static [(&'static str, &'static [&'static str])],
    &'static str,
    &'static [&'static str],
);

/// Ambiguity 8: who asks for a viewing does not approve it; the other of the two heads comes
/// next, and the head of the branch if both are barred.
#[rustfmt::skip]
const VIEWINGS: &[Viewing] = &[
    ("R58", &[("c", &["clerk"]), ("o", &["operations-head"]), ("k", &["compliance-officer"]), ("b", &["branch-head"])], "c", &["o", "k"]),
    ("R58", &[("o", &["operations-head"]), ("k", &["compliance-officer"]), ("b", &["branch-head"])], "o", &["k"]),
    ("R58", &[("o", &["operations-head"]), ("k", &["compliance-officer"]), ("b", &["branch-head"])], "k", &["o"]),
    // One person is both heads.
    ("R58", &[("o", &["operations-head", "compliance-officer"]), ("b", &["branch-head"])], "o", &["b"]),
    ("R58", &[("o", &["operations-head", "compliance-officer"]), ("k", &["compliance-officer"]), ("b", &["branch-head"])], "o", &["k"]),
    ("R58", &[("o", &["operations-head", "compliance-officer"]), ("b", &["clerk"])], "o", &[]),
    // The head of the branch is a head as well: in that role, and not by their own word.
    ("R58", &[("c", &["clerk"]), ("b", &["branch-head", "operations-head"])], "c", &["b"]),
    ("R58", &[("b", &["branch-head", "operations-head"])], "b", &[]),
];

#[test]
fn who_stands_in_where_both_are_barred() {
    let profile = profile("securities");
    let here = branches();
    for (rule, people, asks, may) in VIEWINGS {
        let people: Vec<Person> = people
            .iter()
            .map(|(id, roles)| {
                let grants = roles.iter().flat_map(|role| {
                    let role: RoleCode = role.parse().unwrap();
                    person(id, &role, Own).grants
                });
                Person {
                    id: id.parse().unwrap(),
                    grants: grants.collect(),
                }
            })
            .collect();
        let grounds = Grounds {
            profile: &profile,
            procedure: &profile.procedures["branch-viewing"],
            people: &people,
            branches: &here,
            day: day(),
        };
        let acted = [signed("requester", asks)];
        let approving = people
            .iter()
            .filter(|one| may_act_or_stand_in(&grounds, ("approver", one), &acted).is_ok());
        let approving: Vec<&str> = approving.map(|one| one.id.as_str()).collect();
        assert_eq!(approving, *may, "{rule}: {asks} of {people:?}");
    }
}
