//! Authority (职责与权限): who may hold which roles, and who may act in which position of a
//! case.
//!
//! People are compared by person, never by account: two accounts of one person are one person.
//! What a signature is worth is asked anew each time: the approval of somebody who has lost the
//! role, has left the branch, or gave it too long ago does not count.

use domain::{BranchCode, BusinessDate, PersonId, RoleCode};

use crate::basis::Basis;
use crate::day::days_from;
use crate::profile::{Position, Procedure, Profile, Role, Seat, Side, Whose};
use crate::refusal::{Refusal, RefusalCode};

/// A role that somebody holds (授权).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The role.
    pub role: RoleCode,
    /// The branch that it is held at; `None` at headquarters.
    pub branch: Option<BranchCode>,
    /// The first day on which it is held.
    pub from: BusinessDate,
    /// The last day, if it has ended or will.
    pub to: Option<BusinessDate>,
}

impl Grant {
    /// Whether it is held on a day.
    #[must_use]
    pub fn holds(&self, day: BusinessDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// Somebody, with the roles that they hold or held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// Their roles.
    pub grants: Vec<Grant>,
}

/// The branches that a case is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branches {
    /// The branch whose case it is.
    pub own: BranchCode,
    /// The branch that receives, where one does.
    pub receiving: Option<BranchCode>,
}

/// A signature (签署) in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The position that it was given in.
    pub position: String,
    /// Who gave it.
    pub person: PersonId,
    /// On which day.
    pub day: BusinessDate,
}

/// Refuses roles that one person may not hold together: business and system (R05), any two
/// that a profile says exclude each other, and audit with anything else (R75).
///
/// # Errors
/// The first pair that excludes each other.
pub fn check_roles(profile: &Profile, person: &Person, day: BusinessDate) -> Result<(), Refusal> {
    let held: Vec<&Role> = person
        .grants
        .iter()
        .filter(|grant| grant.holds(day))
        .filter_map(|grant| profile.roles.get(&grant.role))
        .collect();
    for (n, one) in held.iter().enumerate() {
        for other in held
            .iter()
            .skip(n + 1)
            .filter(|other| other.code != one.code)
        {
            if let Some(basis) = exclusion(one, other) {
                return Err(Refusal {
                    code: RefusalCode::RolesExclude,
                    basis,
                    found: format!("{} holds {} and {}", person.id, one.code, other.code),
                    accepted: "one of the two".to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// What keeps two roles apart, if anything does.
fn exclusion(one: &Role, other: &Role) -> Option<Vec<Basis>> {
    let named = one.excludes.contains(&other.code) || other.excludes.contains(&one.code);
    if named {
        let mut basis = one.basis.clone();
        basis.extend(
            other
                .basis
                .iter()
                .filter(|basis| !one.basis.contains(basis)),
        );
        return Some(basis);
    }
    (one.side != other.side).then(|| {
        let rule = match (one.side, other.side) {
            (Side::Audit, _) | (_, Side::Audit) => "R75",
            (Side::Business | Side::System | Side::Outside, _) => "R05",
        };
        rule.parse().into_iter().collect()
    })
}

/// Whether a person may act in a position of a case on a day, given who has acted before.
///
/// # Errors
/// The first reason against it, in this order: the position, the role, the branch, another
/// position, the number of persons.
pub fn may_act(
    profile: &Profile,
    procedure: &Procedure,
    (position, person): (&str, &Person),
    branches: &Branches,
    acted: &[Signature],
    day: BusinessDate,
) -> Result<(), Refusal> {
    let Some(position) = find(procedure, position) else {
        return Err(Refusal {
            code: RefusalCode::NoSuchPosition,
            basis: procedure.basis.clone(),
            found: format!("position {position:?}"),
            accepted: codes(&procedure.positions),
        });
    };
    check_roles(profile, person, day)?;
    let grants: Vec<&Grant> = person
        .grants
        .iter()
        .filter(|grant| grant.holds(day) && position.roles.contains(&grant.role))
        .collect();
    if grants.is_empty() {
        return Err(Refusal {
            code: RefusalCode::NotInRole,
            basis: position.basis.clone(),
            found: format!("{} holds no role for {} on {day}", person.id, position.code),
            accepted: format!("one of {:?}", position.roles),
        });
    }
    if !grants
        .iter()
        .any(|grant| sits(profile, grant, position.whose, branches))
    {
        return Err(Refusal {
            code: RefusalCode::OtherBranch,
            basis: position.basis.clone(),
            found: format!("{} holds the role elsewhere", person.id),
            accepted: accepted_seat(position.whose, branches),
        });
    }
    let counting = |signature: &&Signature| signature.person == person.id;
    for signature in acted.iter().filter(counting) {
        if signature.position == position.code {
            return Err(same_person(position, person, &position.code));
        }
        let apart = |one: &Position, other: &str| one.differs_from.iter().any(|code| code == other);
        let other = find(procedure, &signature.position);
        if apart(position, &signature.position) {
            return Err(same_person(position, person, &signature.position));
        }
        if let Some(other) = other.filter(|other| apart(other, &position.code)) {
            return Err(same_person(other, person, &signature.position));
        }
    }
    let there = acted.iter().filter(|one| one.position == position.code);
    if there.count() >= usize::from(position.persons) {
        return Err(Refusal {
            code: RefusalCode::PositionFull,
            basis: position.basis.clone(),
            found: format!("{} has signed already", position.code),
            accepted: format!("{} persons", position.persons),
        });
    }
    Ok(())
}

/// The signatures of a case that count on a day: their givers still hold the role where it is
/// needed, gave them no longer ago than the procedure says, and are different persons where
/// they must be.
#[must_use]
pub fn counting<'a>(
    profile: &Profile,
    procedure: &Procedure,
    people: &[Person],
    branches: &Branches,
    given: &'a [Signature],
    day: BusinessDate,
) -> Vec<&'a Signature> {
    let mut counted: Vec<Signature> = Vec::new();
    given
        .iter()
        .filter(|signature| {
            let age = days_from(signature.day, day);
            let fresh = (0..=i64::from(procedure.signature_days)).contains(&age);
            let person = people.iter().find(|person| person.id == signature.person);
            let stands = fresh
                && person.is_some_and(|person| {
                    let act = (signature.position.as_str(), person);
                    may_act(profile, procedure, act, branches, &counted, day).is_ok()
                });
            if stands {
                counted.push((*signature).clone());
            }
            stands
        })
        .collect()
}

/// Whether every position has the persons that it takes.
#[must_use]
pub fn complete(procedure: &Procedure, counted: &[&Signature]) -> bool {
    procedure.positions.iter().all(|position| {
        let there = counted.iter().filter(|one| one.position == position.code);
        there.count() == usize::from(position.persons)
    })
}

fn find<'a>(procedure: &'a Procedure, code: &str) -> Option<&'a Position> {
    procedure
        .positions
        .iter()
        .find(|position| position.code == code)
}

fn codes(positions: &[Position]) -> String {
    let codes: Vec<&str> = positions.iter().map(|one| one.code.as_str()).collect();
    format!("one of {}", codes.join(", "))
}

fn sits(profile: &Profile, grant: &Grant, whose: Whose, branches: &Branches) -> bool {
    let seat = profile.roles.get(&grant.role).map(|role| role.seat);
    match (whose, seat) {
        (_, None) => false,
        (Whose::Any, Some(_)) => true,
        (Whose::Headquarters, Some(seat)) => seat == Seat::Headquarters && grant.branch.is_none(),
        (Whose::Own, Some(seat)) => {
            seat == Seat::Branch && grant.branch.as_ref() == Some(&branches.own)
        }
        (Whose::Receiving, Some(seat)) => {
            seat == Seat::Branch && grant.branch.is_some() && grant.branch == branches.receiving
        }
    }
}

fn accepted_seat(whose: Whose, branches: &Branches) -> String {
    match (whose, &branches.receiving) {
        (Whose::Own, _) => format!("somebody of branch {}", branches.own),
        (Whose::Receiving, Some(branch)) => format!("somebody of branch {branch}"),
        (Whose::Receiving, None) => "a case with a receiving branch".to_owned(),
        (Whose::Headquarters, _) => "somebody of headquarters".to_owned(),
        (Whose::Any, _) => "somebody whose role the profile knows".to_owned(),
    }
}

fn same_person(position: &Position, person: &Person, acted_as: &str) -> Refusal {
    Refusal {
        code: RefusalCode::SamePerson,
        basis: position.basis.clone(),
        found: format!("{} has acted as {acted_as} in this case", person.id),
        accepted: format!("another person as {}", position.code),
    }
}
