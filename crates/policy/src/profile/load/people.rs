//! Who acts: roles, procedures, positions.

use std::collections::{BTreeMap, BTreeSet};

use domain::RoleCode;
use toml::Spanned;

use super::{Load, Names, ProfileProblem, texts};
use crate::authority::Assurance;
use crate::profile::shape::{PositionShape, ProcedureShape, RoleShape, Text};
use crate::profile::{Position, Procedure, Role, Seat, Side, Whose};
use crate::rule_change;

impl Load<'_> {
    pub(super) fn roles(
        &mut self,
        shapes: Vec<Spanned<RoleShape>>,
        names: &Names,
    ) -> BTreeMap<RoleCode, Role> {
        let mut roles = BTreeMap::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let by = format!("role {}", shape.code.get_ref());
            for excluded in &shape.excludes {
                self.known("role", excluded, &names.roles, &by);
            }
            let code = self.role_code(&shape.code);
            let side = self.word(&shape.side);
            let seat = self.word(&shape.seat);
            let excludes = shape
                .excludes
                .iter()
                .filter_map(|excluded| self.role_code(excluded))
                .collect();
            let basis = self.basis(&span, &shape.basis);
            if let (Some(code), Some(side), Some(seat)) = (code, side, seat) {
                let role = Role {
                    code: code.clone(),
                    title: self.title(shape.title),
                    side,
                    seat,
                    excludes,
                    basis,
                };
                roles.insert(code, role);
            }
        }
        roles
    }

    pub(super) fn procedures(
        &mut self,
        shapes: Vec<Spanned<ProcedureShape>>,
        roles: &BTreeMap<RoleCode, Role>,
    ) -> BTreeMap<String, Procedure> {
        let mut procedures = BTreeMap::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            self.unique("position", &shape.position, |one| &one.code);
            let code = shape.code.into_inner();
            let codes: Vec<String> = shape
                .position
                .iter()
                .map(|position| position.get_ref().code.get_ref().clone())
                .collect();
            if codes.is_empty() {
                let found = "no position: it would be complete with no signature";
                let expected = "at least one [[procedure.position]]";
                self.wrong(&span, format!("procedure {code}"), found, expected);
            }
            let mut positions = Vec::new();
            for position in shape.position {
                positions.extend(self.position(position, &code, &codes, roles));
            }
            let assurance = match &shape.assurance {
                Some(word) => self.word(word).unwrap_or(Assurance::Signed),
                None => Assurance::Signed,
            };
            let procedure = Procedure {
                code: code.clone(),
                title: self.title(shape.title),
                positions,
                signature_days: shape.signature_days,
                assurance,
                basis: self.basis(&span, &shape.basis),
            };
            if let Some(why) = lone_rule_change(&procedure) {
                self.find(span, ProfileProblem::RuleChange { why });
            }
            procedures.insert(code, procedure);
        }
        if !procedures.contains_key(rule_change::PROCEDURE) {
            let why = "is missing";
            self.find(0..0, ProfileProblem::RuleChange { why });
        }
        procedures
    }

    pub(super) fn position(
        &mut self,
        spanned: Spanned<PositionShape>,
        procedure: &str,
        codes: &[String],
        roles: &BTreeMap<RoleCode, Role>,
    ) -> Option<Position> {
        let span = spanned.span();
        let shape = spanned.into_inner();
        let code = shape.code.into_inner();
        let by = format!("position {code} of {procedure}");
        let all: BTreeSet<String> = codes.iter().cloned().collect();
        let others = shape.differs_from.iter().chain(&shape.firm_differs_from);
        for other in others.clone().chain(&shape.after) {
            self.known("position", other, &all, &by);
        }
        let mut differs_from = Vec::new();
        for other in others {
            if differs_from.contains(other.get_ref()) {
                let found = format!("it differs from {} twice", other.get_ref());
                let expected = "each once, in differs_from or firm_differs_from";
                self.wrong(&other.span(), by.clone(), found, expected);
            }
            differs_from.push(other.get_ref().clone());
        }
        // What it comes after stands before it, so no two wait for each other.
        let earlier = codes.iter().take_while(|other| **other != code);
        let earlier: BTreeSet<&String> = earlier.collect();
        for other in &shape.after {
            if all.contains(other.get_ref()) && !earlier.contains(other.get_ref()) {
                let found = format!("it comes after {}", other.get_ref());
                self.wrong(
                    &other.span(),
                    by.clone(),
                    found,
                    "a position that stands before it",
                );
            }
        }
        let whose = self.word(&shape.whose)?;
        let filled_by = self.fitting(&shape.roles, whose, (procedure, &code), roles);
        let if_barred = self.fitting(&shape.if_barred, whose, (procedure, &code), roles);
        let persons = shape.persons.unwrap_or(1);
        let why = if persons == 0 {
            Some("it takes no person")
        } else if differs_from.contains(&code) {
            Some("its persons would have to differ from themselves")
        } else if shape.roles.is_empty() {
            Some("it names no role")
        } else {
            None
        };
        if let Some(why) = why {
            let unfillable = ProfileProblem::Unfillable {
                procedure: procedure.to_owned(),
                position: code.clone(),
                why,
            };
            self.find(span.clone(), unfillable);
        }
        Some(Position {
            code,
            title: self.title(shape.title),
            roles: filled_by,
            if_barred,
            whose,
            persons,
            differs_from,
            firm_differs_from: texts(&shape.firm_differs_from),
            after: texts(&shape.after),
            basis: self.basis(&span, &shape.basis),
        })
    }

    /// Roles that are there and can fill a position of these people.
    fn fitting(
        &mut self,
        named: &[Text],
        whose: Whose,
        (procedure, position): (&str, &str),
        roles: &BTreeMap<RoleCode, Role>,
    ) -> Vec<RoleCode> {
        let by = format!("position {position} of {procedure}");
        let mut fitting = Vec::new();
        for found in named {
            if let Some(code) = self.role_code(found) {
                if !roles.contains_key(&code) {
                    self.known("role", found, &BTreeSet::new(), &by);
                }
                fitting.push((code, found.span()));
            }
        }
        let known = || fitting.iter().filter_map(|(code, _)| roles.get(code));
        let outside_alone = known().all(|role| role.side == Side::Outside);
        for (code, at) in &fitting {
            let role = roles.get(code);
            if let Some(why) = role.and_then(|role| unfit(role, whose, outside_alone)) {
                let unfit = ProfileProblem::Unfit {
                    procedure: procedure.to_owned(),
                    position: position.to_owned(),
                    role: code.clone(),
                    why,
                };
                self.find(at.clone(), unfit);
            }
        }
        fitting.into_iter().map(|(code, _)| code).collect()
    }
}

/// Why one person could change the rules by this procedure alone, if it is the one for that.
fn lone_rule_change(procedure: &Procedure) -> Option<&'static str> {
    if procedure.code != rule_change::PROCEDURE {
        return None;
    }
    let find = |code: &str| procedure.positions.iter().find(|one| one.code == code);
    let Some(proposer) = find(rule_change::PROPOSER) else {
        return Some("has no proposer");
    };
    let Some(confirmer) = find(rule_change::CONFIRMER) else {
        return Some("has no confirmer");
    };
    let apart = |one: &Position, other: &Position| one.differs_from.contains(&other.code);
    (!apart(proposer, confirmer) && !apart(confirmer, proposer))
        .then_some("lets one person propose and confirm")
}

/// Why a role cannot fill a position of these people. Each role that is named must fit: one that
/// does not would be passed over unseen beside one that does.
const fn unfit(role: &Role, whose: Whose, outside_alone: bool) -> Option<&'static str> {
    match (role.side, whose, role.seat) {
        (Side::System, _, _) => Some("runs the system, and handles no document (R05)"),
        (Side::Audit, _, _) => Some("looks at what was done, and does nothing (R75)"),
        (Side::Outside, _, _) if !outside_alone => {
            Some("is not of the firm: those stand in a position alone (R62)")
        }
        (_, Whose::Own | Whose::Receiving, Seat::Headquarters) => Some("is held at headquarters"),
        (_, Whose::Headquarters, Seat::Branch) => Some("is held at a branch"),
        (Side::Business | Side::Outside, _, _) => None,
    }
}
