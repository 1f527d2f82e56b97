//! Authority (职责与权限): who may hold which roles, and who may act in which position of a
//! case.
//!
//! People are compared by person, never by account: two accounts of one person are one person.
//! What a signature is worth is asked anew each time: the approval of somebody who has lost the
//! role, has left the branch, or gave it too long ago does not count.

use std::borrow::Cow;
use std::fmt;

use domain::{BranchCode, BusinessDate, Digest, PersonId, RoleCode};
use serde::{Deserialize, Serialize};

use crate::basis::Basis;
use crate::case::Grounds;
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

/// The people that there are (人员名册), wherever that is written. Of the thousands that there may
/// be a decision asks for those whom it is about.
pub trait People: fmt::Debug {
    /// Somebody, if they are there.
    fn person(&self, id: &PersonId) -> Option<Cow<'_, Person>>;

    /// Whether this is true of anybody.
    fn has(&self, is_true: &mut dyn FnMut(&Person) -> bool) -> bool;
}

impl<P: AsRef<[Person]> + fmt::Debug> People for P {
    fn person(&self, id: &PersonId) -> Option<Cow<'_, Person>> {
        let found = self.as_ref().iter().find(|person| person.id == *id);
        found.map(Cow::Borrowed)
    }

    fn has(&self, is_true: &mut dyn FnMut(&Person) -> bool) -> bool {
        self.as_ref().iter().any(is_true)
    }
}

/// The branches that a case is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branches {
    /// The branch whose case it is; `None` for one of headquarters.
    pub own: Option<BranchCode>,
    /// The branch that receives, where one does.
    pub receiving: Option<BranchCode>,
}

/// A signature (签署) in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The position that it was given in.
    pub position: String,
    /// Who gave it.
    pub person: PersonId,
    /// On which day.
    pub day: BusinessDate,
    /// SHA-256 of what was signed: a signature speaks of nothing else.
    pub content: Digest,
    /// How well it was known who gave it.
    pub assurance: Assurance,
}

/// How well it is known who acts (身份确认程度). More is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// The account was named, and nothing proves it: a local act.
    Asserted,
    /// The person signed with a key that is theirs alone.
    Signed,
}

impl Assurance {
    /// Every degree.
    pub const ALL: [Self; 2] = [Self::Asserted, Self::Signed];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asserted => "asserted",
            Self::Signed => "signed",
        }
    }
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

/// Who grants roles (安全保密员), by its code in every profile.
pub const GRANTING_ROLE: &str = "security-administrator";

/// Whether somebody may record what a person holds from here on. Until anybody ever was to grant
/// roles everybody may: somebody has to be the first.
///
/// # Errors
/// The first reason against it: whoever acts grants no roles, or would grant them to
/// themselves; a role that the profile does not have, or that is held elsewhere; roles that
/// exclude each other.
pub fn may_record(
    profile: &Profile,
    people: &[Person],
    by: Option<&Person>,
    recorded: &Person,
    day: BusinessDate,
) -> Result<(), Refusal> {
    let grants_roles = |grant: &&Grant| grant.role.as_str() == GRANTING_ROLE;
    let mut grants = people.iter().flat_map(|person| &person.grants);
    if grants.any(|grant| grants_roles(&grant)) {
        let may = |by: &&Person| {
            let mut held = by.grants.iter().filter(grants_roles);
            held.any(|grant| grant.holds(day))
        };
        let who = || by.map_or_else(|| "nobody known".to_owned(), |by| by.id.to_string());
        let refused = |code, found, accepted: &str| Refusal {
            code,
            basis: "R05".parse().into_iter().collect(),
            found,
            accepted: accepted.to_owned(),
        };
        let Some(by) = by.filter(may) else {
            return Err(refused(
                RefusalCode::NotInRole,
                format!("{} grants no roles", who()),
                &format!("somebody who holds {GRANTING_ROLE}"),
            ));
        };
        if by.id == recorded.id {
            return Err(refused(
                RefusalCode::SamePerson,
                format!("{} would grant roles to themselves", by.id),
                "another person who grants roles",
            ));
        }
    }
    for grant in &recorded.grants {
        let role = profile.roles.get(&grant.role);
        let seat = role.map(|role| role.seat);
        let sits = match seat {
            Some(Seat::Branch) => grant.branch.is_some(),
            Some(Seat::Headquarters) => grant.branch.is_none(),
            None => false,
        };
        if !sits {
            let at = grant.branch.as_ref().map_or("headquarters", |b| b.as_str());
            return Err(Refusal {
                code: RefusalCode::NoSuchRole,
                basis: role.map_or_else(|| vec![Basis::FirmSetting], |role| role.basis.clone()),
                found: format!("{} at {at}", grant.role),
                accepted: match seat {
                    Some(Seat::Branch) => "a branch".to_owned(),
                    Some(Seat::Headquarters) => "headquarters, that is no branch".to_owned(),
                    None => format!("a role of {}@{}", profile.name, profile.version),
                },
            });
        }
    }
    // Two roles that are held together on any day are both held when the later one begins.
    for grant in &recorded.grants {
        check_roles(profile, recorded, grant.from)?;
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
/// position of the same person, the number of persons, what it comes after.
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
        .filter(|grant| may_handle(profile, grant))
        .collect();
    if grants.is_empty() {
        return Err(Refusal {
            code: RefusalCode::NotInRole,
            basis: position.basis.clone(),
            found: format!("{} holds no role for {} on {day}", person.id, position.code),
            accepted: {
                let roles: Vec<&str> = position.roles.iter().map(RoleCode::as_str).collect();
                format!("one of {}", roles.join(", "))
            },
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
            let mut refusal = same_person(other, person, &position.code);
            refusal.found = acted_as_said(person, &signature.position);
            refusal.accepted = format!("another person as {}", position.code);
            return Err(refusal);
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
    in_order(procedure, position, acted)
}

/// As [`may_act`], and with those who come next where nobody of the position's own roles can act:
/// each is barred, because they have acted where the position takes another person.
///
/// # Errors
/// As [`may_act`].
pub fn may_act_or_stand_in(
    grounds: &Grounds<'_>,
    (position, person): (&str, &Person),
    acted: &[Signature],
) -> Result<(), Refusal> {
    let may = |procedure: &Procedure, person: &Person| {
        let act = (position, person);
        may_act(
            grounds.profile,
            procedure,
            act,
            grounds.branches,
            acted,
            grounds.day,
        )
    };
    let refused = match may(grounds.procedure, person) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    let next = find(grounds.procedure, position).map(|one| one.if_barred.as_slice());
    let Some(next) = next.filter(|next| !next.is_empty()) else {
        return Err(refused);
    };
    let can = &mut |other: &Person| may(grounds.procedure, other).is_ok();
    if refused.code != RefusalCode::NotInRole || grounds.people.has(can) {
        return Err(refused);
    }
    let mut instead = grounds.procedure.clone();
    for one in &mut instead.positions {
        if one.code == position {
            one.roles = next.to_vec();
        }
    }
    may(&instead, person).map_err(|_| refused)
}

/// Refuses a position whose turn has not come: who decides has what the others say before them.
fn in_order(
    procedure: &Procedure,
    position: &Position,
    acted: &[Signature],
) -> Result<(), Refusal> {
    let missing = position.after.iter().find(|code| {
        let there = acted.iter().filter(|one| one.position == **code).count();
        let wanted = find(procedure, code).map_or(1, |one| usize::from(one.persons));
        there < wanted
    });
    missing.map_or(Ok(()), |code| {
        Err(Refusal {
            code: RefusalCode::WrongState,
            basis: position.basis.clone(),
            found: format!("{code} has not signed"),
            accepted: format!("{} after {}", position.code, position.after.join(", ")),
        })
    })
}

/// The signatures of a case that count today: they are over this content, their givers still
/// hold the role where it is needed and were known well enough, gave them no longer ago than
/// the procedure says, and are different persons where they must be. They come in the order in
/// which they were given: what must come after others counts only behind those that count.
#[must_use]
pub fn counting<'s>(
    grounds: &Grounds<'_>,
    given: &'s [Signature],
    content: Digest,
) -> Vec<&'s Signature> {
    let procedure = grounds.procedure;
    let mut counted: Vec<Signature> = Vec::new();
    given
        .iter()
        .filter(|signature| {
            let age = days_from(signature.day, grounds.day);
            let fresh = (0..=i64::from(procedure.signature_days)).contains(&age);
            let sound = signature.content == content && signature.assurance >= procedure.assurance;
            let stands = fresh
                && sound
                && grounds
                    .people
                    .person(&signature.person)
                    .is_some_and(|person| {
                        let act = (signature.position.as_str(), &*person);
                        may_act_or_stand_in(grounds, act, &counted).is_ok()
                    });
            if stands {
                counted.push((*signature).clone());
            }
            stands
        })
        .collect()
}

/// Whether every position has the persons that it takes. With no position nothing is complete:
/// somebody must have signed.
#[must_use]
pub fn complete(procedure: &Procedure, counted: &[&Signature]) -> bool {
    let filled = |position: &Position| {
        let there = counted.iter().filter(|one| one.position == position.code);
        there.count() == usize::from(position.persons)
    };
    !procedure.positions.is_empty() && procedure.positions.iter().all(filled)
}

/// Whether a role is of those who handle documents or decide about them. Who runs the system
/// (R05) or looks at what was done (R75) never does, whatever a position names.
fn may_handle(profile: &Profile, grant: &Grant) -> bool {
    let side = profile.roles.get(&grant.role).map(|role| role.side);
    !matches!(side, Some(Side::System | Side::Audit))
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
    let role = profile.roles.get(&grant.role);
    // People of an authority belong nowhere in the firm.
    let outside = role.is_some_and(|role| role.side == Side::Outside);
    match (whose, role.map(|role| role.seat)) {
        (_, None) => false,
        (Whose::Any, Some(_)) if outside => true,
        (Whose::Any, Some(seat)) => (seat == Seat::Branch) == grant.branch.is_some(),
        (Whose::OwnOrHeadquarters, Some(Seat::Headquarters)) => grant.branch.is_none(),
        (Whose::OwnOrHeadquarters, Some(Seat::Branch)) => {
            grant.branch.is_some() && grant.branch == branches.own
        }
        (Whose::Headquarters, Some(seat)) => seat == Seat::Headquarters && grant.branch.is_none(),
        (Whose::Own, Some(seat)) => {
            seat == Seat::Branch && grant.branch.is_some() && grant.branch == branches.own
        }
        (Whose::Receiving, Some(seat)) => {
            seat == Seat::Branch && grant.branch.is_some() && grant.branch == branches.receiving
        }
    }
}

fn accepted_seat(whose: Whose, branches: &Branches) -> String {
    let of = |branch: &Option<BranchCode>, what: &str| match branch {
        Some(branch) => format!("somebody of branch {branch}"),
        None => format!("a case with {what}"),
    };
    match whose {
        Whose::Own => of(&branches.own, "a branch of its own"),
        Whose::Receiving => of(&branches.receiving, "a receiving branch"),
        Whose::Headquarters => "somebody of headquarters".to_owned(),
        Whose::OwnOrHeadquarters => {
            format!(
                "{} or of headquarters",
                of(&branches.own, "a branch of its own")
            )
        }
        Whose::Any => "somebody who holds the role where it belongs".to_owned(),
    }
}

fn same_person(position: &Position, person: &Person, acted_as: &str) -> Refusal {
    // What no text says is said to be the firm's, whatever else the position rests on.
    let basis = if position.firm_differs_from.iter().any(|one| one == acted_as) {
        vec![Basis::FirmSetting]
    } else {
        position.basis.clone()
    };
    Refusal {
        code: RefusalCode::SamePerson,
        basis,
        found: acted_as_said(person, acted_as),
        accepted: format!("another person as {}", position.code),
    }
}

fn acted_as_said(person: &Person, position: &str) -> String {
    format!("{} has acted as {position} in this case", person.id)
}
