//! Cases (流程实例): the shape that every workflow takes.
//!
//! A workflow is a state machine without I/O. [`Workflow::decide`] looks at a case and at what
//! somebody asks, and answers with what has happened now, or with a [`Refusal`];
//! [`Workflow::apply`] makes the next state of it. The state of a case is nothing but what its
//! events make of it, so whoever has the events has the state.
//!
//! People act in *positions* of a [`Procedure`], and sign the digest of what they decide about:
//! [`Grounds::sign`] says whether they may, [`Grounds::demand_complete`] whether what was
//! signed is enough *today*. A signature over another content, by somebody who has lost the
//! role, or given too long ago does not count.

use domain::{BusinessDate, Digest};

use crate::authority::{self, Assurance, Branches, People, Person, Signature, may_act_or_stand_in};
use crate::profile::{Position, Procedure, Profile};
use crate::refusal::{Refusal, RefusalCode};

/// A state machine for the cases of one kind. The default value is the case that has not begun.
pub trait Workflow: Default {
    /// What somebody asks.
    type Command;
    /// What has happened.
    type Event;
    /// What a decision rests on beside the state of the case.
    type Grounds<'a>;

    /// Decides what somebody asks.
    ///
    /// # Errors
    /// Why it may not be done; nothing has happened then.
    fn decide(
        &self,
        command: &Self::Command,
        by: Acting<'_>,
        grounds: &Self::Grounds<'_>,
    ) -> Result<Self::Event, Refusal>;

    /// The state after an event. An event that was decided fits the state; any other, which
    /// only a forged ledger holds, leaves it as it is.
    #[must_use]
    fn apply(self, event: &Self::Event) -> Self;

    /// The state that these events make.
    fn replay<'e>(events: impl IntoIterator<Item = &'e Self::Event>) -> Self
    where
        Self::Event: 'e,
    {
        events.into_iter().fold(Self::default(), Self::apply)
    }
}

/// Who acts, and how well that is known.
#[derive(Clone, Copy, Debug)]
pub struct Acting<'a> {
    /// The person.
    pub person: &'a Person,
    /// How well it is known that it is this person.
    pub assurance: Assurance,
}

/// What decisions in a case rest on beside the case: the rules in force, the people with their
/// roles, the branches, and the day.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// The rules in force.
    pub profile: &'a Profile,
    /// The procedure, one of the profile's.
    pub procedure: &'a Procedure,
    /// The people that there are.
    pub people: &'a dyn People,
    /// The branches that the case is about.
    pub branches: &'a Branches,
    /// The day on which it is decided.
    pub day: BusinessDate,
}

impl Grounds<'_> {
    /// The signature of somebody in a position over a content, given what was signed before.
    ///
    /// # Errors
    /// The first reason against it: that they are not known well enough, or one of
    /// [`may_act_or_stand_in`]'s.
    pub fn sign(
        &self,
        position: &str,
        by: Acting<'_>,
        content: Digest,
        given: &[Signature],
    ) -> Result<Signature, Refusal> {
        if by.assurance < self.procedure.assurance {
            return Err(Refusal {
                code: RefusalCode::NotSigned,
                basis: self.procedure.basis.clone(),
                found: format!("{} is {}", by.person.id, by.assurance.as_str()),
                accepted: self.procedure.assurance.as_str().to_owned(),
            });
        }
        may_act_or_stand_in(self, (position, by.person), given)?;
        Ok(Signature {
            position: position.to_owned(),
            person: by.person.id.clone(),
            day: self.day,
            content,
            assurance: by.assurance,
        })
    }

    /// Refuses what has not, today, the counting signatures of every position over this
    /// content.
    ///
    /// # Errors
    /// The first position that lacks one; where somebody has signed in it, why that does not
    /// count any more.
    pub fn demand_complete(&self, given: &[Signature], content: Digest) -> Result<(), Refusal> {
        let counted = authority::counting(self, given, content);
        let lacking = |position: &&Position| {
            let there = counted.iter().filter(|one| one.position == position.code);
            there.count() < usize::from(position.persons)
        };
        let Some(position) = self.procedure.positions.iter().find(lacking) else {
            return Ok(());
        };
        let signed = given.iter().find(|one| one.position == position.code);
        let (code, found) = match signed {
            None => (
                RefusalCode::NotSigned,
                format!("nobody has signed as {}", position.code),
            ),
            Some(one) if one.content != content => (
                RefusalCode::OtherContent,
                format!("{} signed as {} something else", one.person, position.code),
            ),
            Some(one) => (
                RefusalCode::SignatureExpired,
                format!(
                    "what {} signed as {} on {} does not count on {}",
                    one.person, position.code, one.day, self.day
                ),
            ),
        };
        Err(Refusal {
            code,
            basis: position.basis.clone(),
            found,
            accepted: format!(
                "{} who holds the role, signed within {} days",
                position.code, self.procedure.signature_days
            ),
        })
    }
}
