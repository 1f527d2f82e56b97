//! The change of rules (规则变更): a profile or a calendar is proposed by 运营管理部, confirmed by
//! a second person, and in force from a day (R23, R31, R77). Nobody changes a rule by editing a
//! file.
//!
//! Whatever is in force on a day follows from what was confirmed: [`InForce::profile`],
//! [`InForce::calendars`].

mod in_force;

use domain::{BusinessDate, CaseId, Digest, PersonId};

use crate::authority::Signature;
use crate::basis::Basis;
use crate::case::{Acting, Grounds, Workflow};
use crate::profile::overlaps;
use crate::refusal::{Refusal, RefusalCode};

pub use in_force::{Change, Confirmed, InForce};

/// The procedure's code in every profile.
pub const PROCEDURE: &str = "rule-change";
/// The position of whoever proposes.
pub const PROPOSER: &str = "proposer";
/// The position of whoever confirms.
pub const CONFIRMER: &str = "confirmer";

/// A change that somebody has proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The case.
    pub case: CaseId,
    /// What is to be in force.
    pub change: Change,
    /// From which day.
    pub from: BusinessDate,
    /// SHA-256 of its [`Change::statement`].
    pub content: Digest,
    /// Who has signed it.
    pub signatures: Vec<Signature>,
}

/// How a proposal ended. It repeats two events and cannot be one: the event of a confirmation
/// carries its signature, which lies with the proposal afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It is in force from its day on.
    Confirmed,
    /// The second person has said no.
    Rejected {
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// Somebody who may propose has taken it back.
    Withdrawn {
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
}

/// The state of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RuleChange {
    /// Nobody has proposed anything.
    #[default]
    NotBegun,
    /// It waits for the second person.
    Proposed(Proposal),
    /// It has come to its end.
    Ended(Proposal, End),
}

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To propose a change.
    Propose {
        /// The case that it begins.
        case: CaseId,
        /// What is to be in force.
        change: Change,
        /// From which day.
        from: BusinessDate,
        /// SHA-256 of its [`Change::statement`].
        content: Digest,
    },
    /// To confirm what was proposed.
    Confirm {
        /// SHA-256 of the statement that whoever confirms has before them.
        content: Digest,
    },
    /// To say no to it.
    Reject {
        /// Why.
        reason: String,
    },
    /// To take it back.
    Withdraw {
        /// Why.
        reason: String,
    },
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was proposed.
    Proposed {
        /// The case.
        case: CaseId,
        /// What is to be in force.
        change: Change,
        /// From which day.
        from: BusinessDate,
        /// The first signature.
        signature: Signature,
    },
    /// It was confirmed.
    Confirmed {
        /// The second signature.
        signature: Signature,
        /// What is in force by it.
        confirmed: Confirmed,
    },
    /// It was rejected.
    Rejected {
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
    /// It was taken back.
    Withdrawn {
        /// Who.
        by: PersonId,
        /// Why.
        reason: String,
    },
}

/// What a change of rules rests on beside its case.
#[derive(Clone, Copy, Debug)]
pub struct RuleGrounds<'a> {
    /// Who may act, by the rules in force.
    pub grounds: Grounds<'a>,
    /// Every change that was confirmed.
    pub confirmed: &'a [Confirmed],
    /// The first and the last year that the calendars know.
    pub years: (i16, i16),
}

impl Workflow for RuleChange {
    type Command = Command;
    type Event = Event;
    type Grounds<'a> = RuleGrounds<'a>;

    fn decide(
        &self,
        command: &Command,
        by: Acting<'_>,
        all: &RuleGrounds<'_>,
    ) -> Result<Event, Refusal> {
        let grounds = &all.grounds;
        match (self, command) {
            (
                Self::NotBegun,
                Command::Propose {
                    case,
                    change,
                    from,
                    content,
                },
            ) => {
                let signature = grounds.sign(PROPOSER, by, *content, &[])?;
                all.demand_day(*from)?;
                all.demand_new(change)?;
                demand_valid(change, *from)?;
                Ok(Event::Proposed {
                    case: *case,
                    change: change.clone(),
                    from: *from,
                    signature,
                })
            }
            (Self::Proposed(proposal), Command::Confirm { content }) => {
                if *content != proposal.content {
                    return Err(refusal(
                        RefusalCode::OtherContent,
                        format!("a confirmation of {content}"),
                        format!("one of what was proposed, {}", proposal.content),
                    ));
                }
                let given = &proposal.signatures;
                let signature = grounds.sign(CONFIRMER, by, *content, given)?;
                let mut signed = given.clone();
                signed.push(signature.clone());
                grounds.demand_complete(&signed, *content)?;
                all.demand_day(proposal.from)?;
                // Another may have been confirmed since this one was proposed.
                all.demand_new(&proposal.change)?;
                Ok(Event::Confirmed {
                    signature,
                    confirmed: Confirmed {
                        sequence: u32::try_from(all.confirmed.len()).unwrap_or(u32::MAX),
                        case: proposal.case,
                        change: proposal.change.clone(),
                        from: proposal.from,
                    },
                })
            }
            (Self::Proposed(proposal), Command::Reject { reason }) => {
                let given = &proposal.signatures;
                let signature = grounds.sign(CONFIRMER, by, proposal.content, given)?;
                let (by, reason) = (signature.person, demand_reason(reason)?);
                Ok(Event::Rejected { by, reason })
            }
            (Self::Proposed(proposal), Command::Withdraw { reason }) => {
                let signature = grounds.sign(PROPOSER, by, proposal.content, &[])?;
                let (by, reason) = (signature.person, demand_reason(reason)?);
                Ok(Event::Withdrawn { by, reason })
            }
            (Self::NotBegun | Self::Proposed(_) | Self::Ended(..), _) => Err(refusal(
                RefusalCode::WrongState,
                format!("a case that {}", self.as_str()),
                command.wants().to_owned(),
            )),
        }
    }

    fn apply(self, event: &Event) -> Self {
        match (self, event) {
            (
                Self::NotBegun,
                Event::Proposed {
                    case,
                    change,
                    from,
                    signature,
                },
            ) => Self::Proposed(Proposal {
                case: *case,
                change: change.clone(),
                from: *from,
                content: signature.content,
                signatures: vec![signature.clone()],
            }),
            (Self::Proposed(mut proposal), Event::Confirmed { signature, .. }) => {
                proposal.signatures.push(signature.clone());
                Self::Ended(proposal, End::Confirmed)
            }
            (Self::Proposed(proposal), Event::Rejected { by, reason }) => {
                let (by, reason) = (by.clone(), reason.clone());
                Self::Ended(proposal, End::Rejected { by, reason })
            }
            (Self::Proposed(proposal), Event::Withdrawn { by, reason }) => {
                let (by, reason) = (by.clone(), reason.clone());
                Self::Ended(proposal, End::Withdrawn { by, reason })
            }
            (as_it_was, _) => as_it_was,
        }
    }
}

impl RuleChange {
    /// What was proposed, once something is.
    #[must_use]
    pub const fn proposal(&self) -> Option<&Proposal> {
        match self {
            Self::NotBegun => None,
            Self::Proposed(proposal) | Self::Ended(proposal, _) => Some(proposal),
        }
    }

    /// How it stands, as the end of "it …".
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotBegun => "has not begun",
            Self::Proposed(_) => "waits for its confirmation",
            Self::Ended(_, End::Confirmed) => "is confirmed",
            Self::Ended(_, End::Rejected { .. }) => "was rejected",
            Self::Ended(_, End::Withdrawn { .. }) => "was withdrawn",
        }
    }
}

impl Command {
    const fn wants(&self) -> &'static str {
        match self {
            Self::Propose { .. } => "a case that has not begun",
            Self::Confirm { .. } | Self::Reject { .. } | Self::Withdraw { .. } => {
                "a case that waits for its confirmation"
            }
        }
    }
}

impl RuleGrounds<'_> {
    /// Rules never act backwards: what was decided was decided by those that were in force.
    fn demand_day(&self, from: BusinessDate) -> Result<(), Refusal> {
        let today = self.grounds.day;
        if from >= today {
            return Ok(());
        }
        Err(refusal(
            RefusalCode::WrongDay,
            format!("a change in force from {from}"),
            format!("{today} or later"),
        ))
    }

    /// One version has one text, and a calendar leaves no year out.
    fn demand_new(&self, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::Profile {
                name,
                version,
                text,
                valid_from,
                ..
            } => {
                for one in self.confirmed {
                    let Change::Profile {
                        name: known,
                        version: as_version,
                        text: as_text,
                        valid_from: since,
                        valid_to: until,
                    } = &one.change
                    else {
                        continue;
                    };
                    if known != name {
                        continue;
                    }
                    if as_version == version && as_text != text {
                        return Err(refusal(
                            RefusalCode::OtherContent,
                            format!("another text of {name}@{version}, which was confirmed"),
                            "a version of its own for every text".to_owned(),
                        ));
                    }
                    let overlaps = overlaps((*since, *until), *valid_from);
                    if as_version != version && overlaps {
                        return Err(refusal(
                            RefusalCode::WrongDay,
                            format!(
                                "{name}@{version} valid from {valid_from}, when {name}@{as_version} is valid"
                            ),
                            "versions whose days do not overlap".to_owned(),
                        ));
                    }
                }
                Ok(())
            }
            Change::Calendar {
                first_year,
                last_year,
                ..
            } => {
                let (earliest, latest) = self.years;
                let next = latest.saturating_add(1);
                if (earliest..=next).contains(first_year) && first_year <= last_year {
                    return Ok(());
                }
                Err(refusal(
                    RefusalCode::WrongDay,
                    format!("a calendar of {first_year} to {last_year}"),
                    format!("one that begins with a year from {earliest} to {next}"),
                ))
            }
        }
    }
}

/// A profile is in force only while it says that it is valid.
fn demand_valid(change: &Change, from: BusinessDate) -> Result<(), Refusal> {
    match change {
        Change::Profile {
            name,
            version,
            valid_from,
            valid_to,
            ..
        } => {
            let begun = *valid_from <= from;
            if begun && valid_to.is_none_or(|to| from <= to) {
                return Ok(());
            }
            let to = valid_to.map_or_else(String::new, |to| format!(" to {to}"));
            Err(refusal(
                RefusalCode::WrongDay,
                format!("{name}@{version} in force from {from}"),
                format!("a day on which it is valid: from {valid_from}{to}"),
            ))
        }
        Change::Calendar { .. } => Ok(()),
    }
}

fn demand_reason(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(refusal(
            RefusalCode::NoReason,
            "no reason".to_owned(),
            "a reason, in words".to_owned(),
        ));
    }
    Ok(reason.to_owned())
}

fn refusal(code: RefusalCode, found: String, accepted: String) -> Refusal {
    let basis = ["R23", "R31", "R77"];
    Refusal {
        code,
        basis: basis
            .iter()
            .filter_map(|rule| rule.parse::<Basis>().ok())
            .collect(),
        found,
        accepted,
    }
}
