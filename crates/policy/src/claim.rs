//! Claims to clients (客户归属, R85): of two people who claim a client the one whose claim was
//! recorded first has them, until a manager says otherwise, with a reason.

use domain::{ClientNo, Digest, FondsId, PersonId};
use serde::{Deserialize, Serialize};

use crate::authority::Signature;
use crate::case::{Acting, Grounds, Workflow};
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

/// The procedure by which clients are claimed.
pub const PROCEDURE: &str = "claim-override";
/// The position of whoever claims a client.
pub const CLAIMANT: &str = "claimant";
/// The position of whoever gives a client to a later claimant.
pub const MANAGER: &str = "manager";

/// Who claims a client. The default is a client whom nobody claims.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The claims, in the order in which they were recorded.
    pub claims: Vec<Signature>,
    /// To whom a manager gave the client; none while the first claim holds.
    pub given: Option<PersonId>,
}

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To claim the client.
    Claim {
        /// SHA-256 of their [`claim_statement`].
        content: Digest,
    },
    /// To give the client to somebody whose claim was recorded later.
    Give {
        /// To whom.
        to: PersonId,
        /// Why.
        reason: String,
    },
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody claims the client.
    Claimed {
        /// Their signature.
        signature: Signature,
    },
    /// A manager gave the client to somebody.
    Given {
        /// To whom.
        to: PersonId,
        /// Why.
        reason: String,
        /// The manager's signature, over what the claimant signed.
        signature: Signature,
    },
}

/// What is signed for a claim: these lines, in UTF-8, each ended by LF.
#[must_use]
pub fn claim_statement(fonds: FondsId, client: &ClientNo, claimant: &PersonId) -> String {
    format!("vouchsafe-claim/1\n{fonds}\n{client}\n{claimant}\n")
}

impl Claim {
    /// Whose client it is.
    #[must_use]
    pub fn holder(&self) -> Option<&PersonId> {
        let first = self.claims.first().map(|claim| &claim.person);
        self.given.as_ref().or(first)
    }

    fn of(&self, person: &PersonId) -> Option<&Signature> {
        self.claims.iter().find(|claim| claim.person == *person)
    }

    fn fits(&self, event: &Event) -> bool {
        match event {
            Event::Claimed { signature } => self.of(&signature.person).is_none(),
            Event::Given { to, signature, .. } => {
                // Nobody gives a client to themselves.
                self.holder() != Some(to)
                    && signature.person != *to
                    && (self.of(to)).is_some_and(|claim| claim.content == signature.content)
            }
        }
    }
}

impl Workflow for Claim {
    type Command = Command;
    type Event = Event;
    type Grounds<'a> = Grounds<'a>;

    fn decide(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Event, Refusal> {
        let refused = |found: String, accepted: &str| {
            Err(Refusal::new(
                RefusalCode::WrongState,
                &["R85"],
                found,
                accepted,
            ))
        };
        match command {
            Command::Claim { content } => {
                // Each claims for themselves: what others signed before is no bar.
                let signature = grounds.sign(CLAIMANT, by, *content, &[])?;
                if let Some(claim) = self.of(&by.person.id) {
                    let found = format!("a claim of {} of {}", claim.person, claim.day);
                    return refused(found, "a client whom you have not claimed");
                }
                Ok(Event::Claimed { signature })
            }
            Command::Give { to, reason } => {
                let claim = self.of(to);
                let seen = claim.map(std::slice::from_ref).unwrap_or_default();
                let content = claim.map_or_else(|| Digest::of(b""), |claim| claim.content);
                if claim.is_none() {
                    let found = format!("{to}, who has not claimed the client");
                    return refused(found, "somebody whose claim is recorded");
                }
                let signature = grounds.sign(MANAGER, by, content, seen)?;
                if self.holder() == Some(to) {
                    return refused(format!("a client of {to}"), "a client of somebody else");
                }
                Ok(Event::Given {
                    to: to.clone(),
                    reason: demand_reason(reason)?,
                    signature,
                })
            }
        }
    }

    fn apply(mut self, event: &Event) -> Self {
        if self.fits(event) {
            match event {
                Event::Claimed { signature } => self.claims.push(signature.clone()),
                Event::Given { to, .. } => self.given = Some(to.clone()),
            }
        }
        self
    }
}
