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
        let mut fitting = 0;
        let mut filled_by = Vec::new();
        for found in &shape.roles {
            let Some(code) = self.role_code(&span, found) else {
                continue;
            };
            match roles.get(&code) {
                None => self.known(&span, "role", found, &BTreeSet::new(), &by),
                Some(role) => fitting += usize::from(fits(role, whose)),
            }
            filled_by.push(code);
        }
        let persons = shape.persons.unwrap_or(1);
        let why = if persons == 0 {
            Some("it takes no person".to_owned())
        } else if shape.differs_from.contains(&shape.code) {
            Some("its persons would have to differ from themselves".to_owned())
        } else if fitting == 0 {
            Some(format!("none of its roles {:?} fits", shape.roles))
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

/// Whether a role can fill a position of these people: it may act at all, and sits there.
const fn fits(role: &Role, whose: Whose) -> bool {
    let sits = match whose {
        Whose::Own | Whose::Receiving => matches!(role.seat, Seat::Branch),
        Whose::Headquarters => matches!(role.seat, Seat::Headquarters),
        Whose::Any => true,
    };
    sits && matches!(role.side, Side::Business | Side::Outside)
}
