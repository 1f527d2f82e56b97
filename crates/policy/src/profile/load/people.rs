//! Who acts: roles, procedures, positions.

use std::collections::{BTreeMap, BTreeSet};

use domain::RoleCode;
use toml::Spanned;

use super::{Load, Names, ProfileProblem, title};
use crate::authority::Assurance;
use crate::profile::shape::{PositionShape, ProcedureShape, RoleShape};
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
            let by = format!("role {}", shape.code);
            for excluded in &shape.excludes {
                self.known(&span, "role", excluded, &names.roles, &by);
            }
            let code = self.role_code(&span, &shape.code);
            let side = self.word(&span, &shape.side);
            let seat = self.word(&span, &shape.seat);
            let excludes = shape
                .excludes
                .iter()
                .filter_map(|excluded| self.role_code(&span, excluded))
                .collect();
            let basis = self.basis(&span, &shape.basis);
            if let (Some(code), Some(side), Some(seat)) = (code, side, seat) {
                let role = Role {
                    code: code.clone(),
                    title: title(shape.title),
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
            let codes: BTreeSet<String> = shape
                .position
                .iter()
                .map(|position| position.get_ref().code.clone())
                .collect();
            if shape.position.is_empty() {
                let nobody = ProfileProblem::Wrong {
                    what: format!("procedure {}", shape.code),
                    found: "no position: it would be complete with no signature".to_owned(),
                    expected: "at least one [[procedure.position]]".to_owned(),
                };
                self.find(span.clone(), nobody);
            }
            let positions = shape
                .position
                .into_iter()
                .filter_map(|position| self.position(position, &shape.code, &codes, roles))
                .collect();
            let assurance = match &shape.assurance {
                Some(word) => self.word(&span, word).unwrap_or(Assurance::Signed),
                None => Assurance::Signed,
            };
            let procedure = Procedure {
                code: shape.code.clone(),
                title: title(shape.title),
                positions,
                signature_days: shape.signature_days,
                assurance,
                basis: self.basis(&span, &shape.basis),
            };
            if let Some(why) = lone_rule_change(&procedure) {
                self.find(span, ProfileProblem::RuleChange { why });
            }
            procedures.insert(shape.code, procedure);
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
        codes: &BTreeSet<String>,
        roles: &BTreeMap<RoleCode, Role>,
    ) -> Option<Position> {
        let span = spanned.span();
        let shape = spanned.into_inner();
        let by = format!("position {} of {procedure}", shape.code);
        for other in &shape.differs_from {
            self.known(&span, "position", other, codes, &by);
        }
        let whose = self.word(&span, &shape.whose)?;
        let mut filled_by = Vec::new();
        for found in &shape.roles {
            if let Some(code) = self.role_code(&span, found) {
                if !roles.contains_key(&code) {
                    self.known(&span, "role", found, &BTreeSet::new(), &by);
                }
                filled_by.push(code);
            }
        }
        let known = || filled_by.iter().filter_map(|code| roles.get(code));
        let outside_alone = known().all(|role| role.side == Side::Outside);
        let unfit: Vec<(RoleCode, &str)> = known()
            .filter_map(|role| {
                unfit(role, whose, outside_alone).map(|why| (role.code.clone(), why))
            })
            .collect();
        for (role, why) in unfit {
            let unfit = ProfileProblem::Unfit {
                procedure: procedure.to_owned(),
                position: shape.code.clone(),
                role,
                why,
            };
            self.find(span.clone(), unfit);
        }
        let persons = shape.persons.unwrap_or(1);
        let why = if persons == 0 {
            Some("it takes no person".to_owned())
        } else if shape.differs_from.contains(&shape.code) {
            Some("its persons would have to differ from themselves".to_owned())
        } else if shape.roles.is_empty() {
            Some("it names no role".to_owned())
        } else {
            None
        };
        if let Some(why) = why {
            let unfillable = ProfileProblem::Unfillable {
                procedure: procedure.to_owned(),
                position: shape.code.clone(),
                why,
            };
            self.find(span.clone(), unfillable);
        }
        Some(Position {
            code: shape.code,
            title: title(shape.title),
            roles: filled_by,
            whose,
            persons,
            differs_from: shape.differs_from,
            basis: self.basis(&span, &shape.basis),
        })
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
