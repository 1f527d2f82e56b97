//! Closing a branch's day (日终勾对): every handling clerk answers for the flows of their day (R26),
//! and a day is closed once nothing in it is unexplained.
//!
//! A difference is what a flow still owes, or a record that stands for no task. It blocks the
//! closing until somebody has said why it is there; it is owed all the same afterwards. What was
//! signed is the day as it stood: when it changes, it is signed anew.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Digest, LoginName, PersonId, RecordId};
use serde::{Deserialize, Serialize};

use crate::authority::Signature;
use crate::case::{Acting, Grounds, Workflow};
use crate::flow::TaskId;
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

/// The procedure by which a clerk reconciles their flows.
pub const RECONCILIATION: &str = "reconciliation";
/// The procedure by which a day is closed.
pub const DAY_CLOSING: &str = "day-closing";
/// The position of whoever reconciles.
pub const RECONCILER: &str = "reconciler";
/// The position of whoever closes.
pub const CLOSER: &str = "closer";

/// What does not add up: missing, or surplus.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// A task whose document is not there; with the number 0 a flow that nobody has made a task
    /// of.
    Missing(TaskId),
    /// A record that stands for no task.
    Surplus(RecordId),
}

/// Why differences are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The differences.
    pub differences: Vec<Difference>,
    /// Why, in words.
    pub reason: String,
}

/// What was handled under one account on the day, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose account it is, if anybody's.
    pub owner: Option<PersonId>,
    /// SHA-256 of the statement of its flows and tasks.
    pub content: Digest,
    /// What is missing.
    pub missing: BTreeSet<Difference>,
}

/// A branch's day as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// By the accounts under which flows were handled.
    pub accounts: BTreeMap<LoginName, Account>,
    /// SHA-256 of the statement of the whole day: of its accounts.
    pub content: Digest,
    /// What is surplus. It is no part of the statement: what comes in on a later day opens no day
    /// again.
    pub surplus: BTreeSet<Difference>,
}

/// What decisions about a day rest on beside its state.
#[derive(Clone, Copy, Debug)]
pub struct DayGrounds<'a> {
    /// The rules, the people and the day.
    pub grounds: Grounds<'a>,
    /// The day's flows and records.
    pub books: &'a Books,
}

/// How a branch's day stands. The default is one of which nobody has said anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// What was signed for each account, last.
    pub reconciled: BTreeMap<LoginName, Signature>,
    /// What was signed for the whole day, last.
    pub closed: Option<Signature>,
}

/// What somebody asks of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To answer for the flows of an account.
    Reconcile {
        /// The account.
        operator: LoginName,
        /// SHA-256 of the statement that whoever answers has before them.
        content: Digest,
        /// Why each difference is there.
        explained: Vec<Explanation>,
    },
    /// To close the day.
    Close {
        /// SHA-256 of the statement that whoever closes has before them.
        content: Digest,
        /// Why each surplus record is there.
        explained: Vec<Explanation>,
    },
}

/// What has happened to a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody answered for the flows of an account.
    Reconciled {
        /// The account.
        operator: LoginName,
        /// Over what.
        signature: Signature,
        /// Why each difference is there.
        explained: Vec<Explanation>,
    },
    /// The day was closed.
    Closed {
        /// Over what.
        signature: Signature,
        /// Why each surplus record is there.
        explained: Vec<Explanation>,
    },
}

impl Workflow for Day {
    type Command = Command;
    type Event = Event;
    type Grounds<'a> = DayGrounds<'a>;

    fn decide(
        &self,
        command: &Command,
        by: Acting<'_>,
        DayGrounds { grounds, books }: &DayGrounds<'_>,
    ) -> Result<Event, Refusal> {
        match command {
            Command::Reconcile {
                operator,
                content,
                explained,
            } => {
                let signature = grounds.sign(RECONCILER, by, *content, &[])?;
                let Some(account) = books.accounts.get(operator) else {
                    return Err(wrong_state(
                        format!("no flow of the day under {operator}"),
                        "an account under which flows were handled on the day",
                    ));
                };
                demand_owner(operator, account, by)?;
                demand_content(account.content, *content)?;
                if self.stands_reconciled(operator, account) {
                    return Err(wrong_state(
                        format!("{operator}, reconciled as it stands"),
                        "an account that is not reconciled as it stands",
                    ));
                }
                Ok(Event::Reconciled {
                    operator: operator.clone(),
                    signature,
                    explained: demand_explained(&account.missing, explained)?,
                })
            }
            Command::Close { content, explained } => {
                let signature = grounds.sign(CLOSER, by, *content, &[])?;
                demand_content(books.content, *content)?;
                if books.accounts.is_empty() {
                    return Err(wrong_state(
                        "a day without flows".to_owned(),
                        "a day on which flows were handled",
                    ));
                }
                let lacking = self.lacking(books);
                if !lacking.is_empty() {
                    return Err(wrong_state(
                        format!("{}, not reconciled as they stand", lacking.join(", ")),
                        "every account of the day reconciled as it stands",
                    ));
                }
                if self.stands_closed(books) {
                    return Err(wrong_state(
                        "a day that is closed as it stands".to_owned(),
                        "a day that is not closed, or has changed since",
                    ));
                }
                Ok(Event::Closed {
                    signature,
                    explained: demand_explained(&books.surplus, explained)?,
                })
            }
        }
    }

    fn apply(mut self, event: &Event) -> Self {
        match event {
            Event::Reconciled {
                operator,
                signature,
                ..
            } if is_news(self.reconciled.get(operator), signature, RECONCILER) => {
                self.reconciled.insert(operator.clone(), signature.clone());
            }
            Event::Closed { signature, .. }
                if !self.reconciled.is_empty()
                    && is_news(self.closed.as_ref(), signature, CLOSER) =>
            {
                self.closed = Some(signature.clone());
            }
            // Only a forged ledger says these.
            Event::Reconciled { .. } | Event::Closed { .. } => {}
        }
        self
    }
}

impl Day {
    /// Whether somebody has answered for an account as it stands now.
    #[must_use]
    pub fn stands_reconciled(&self, operator: &LoginName, account: &Account) -> bool {
        let signed = self.reconciled.get(operator);
        signed.is_some_and(|signed| signed.content == account.content)
    }

    /// Whether the day is closed as it stands now.
    #[must_use]
    pub fn stands_closed(&self, books: &Books) -> bool {
        let signed = self.closed.as_ref();
        let signed = signed.is_some_and(|signed| signed.content == books.content);
        signed && self.lacking(books).is_empty()
    }

    /// The accounts for which nobody has answered as they stand now.
    #[must_use]
    pub fn lacking<'b>(&self, books: &'b Books) -> Vec<&'b str> {
        let lacking = books
            .accounts
            .iter()
            .filter(|(operator, account)| !self.stands_reconciled(operator, account));
        lacking.map(|(operator, _)| operator.as_str()).collect()
    }
}

/// Whether a signature in this position is over something else than the last one.
fn is_news(last: Option<&Signature>, signature: &Signature, position: &str) -> bool {
    signature.position == position && last.is_none_or(|last| last.content != signature.content)
}

/// Whoever handled it answers for it; for an account that is nobody's, whoever may reconcile.
fn demand_owner(operator: &LoginName, account: &Account, by: Acting<'_>) -> Result<(), Refusal> {
    match &account.owner {
        Some(owner) if *owner != by.person.id => Err(Refusal::new(
            RefusalCode::AccountTaken,
            &["R26"],
            format!("{} for the flows of {operator}", by.person.id),
            format!("{owner}, who handled them"),
        )),
        Some(_) | None => Ok(()),
    }
}

fn demand_content(stands: Digest, signed: Digest) -> Result<(), Refusal> {
    if stands == signed {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::OtherContent,
        &["R26"],
        "a day that has changed meanwhile",
        "the day as it stands; look at it again",
    ))
}

/// Every difference explained once, and nothing that is none.
fn demand_explained(
    differences: &BTreeSet<Difference>,
    explained: &[Explanation],
) -> Result<Vec<Explanation>, Refusal> {
    let mut lacking = differences.clone();
    let mut clean = Vec::with_capacity(explained.len());
    for explanation in explained {
        let reason = demand_reason(&explanation.reason)?;
        if explanation.differences.is_empty() {
            return Err(wrong_state(
                "an explanation of nothing".to_owned(),
                "an explanation of a difference",
            ));
        }
        for difference in &explanation.differences {
            if !lacking.remove(difference) {
                return Err(wrong_state(
                    format!("{difference}, which is no difference, or explained twice"),
                    "an explanation of each difference",
                ));
            }
        }
        let differences = explanation.differences.clone();
        clean.push(Explanation {
            differences,
            reason,
        });
    }
    if let Some(first) = lacking.first() {
        return Err(wrong_state(
            format!("{} unexplained, the first {first}", lacking.len()),
            "a reason for each difference",
        ));
    }
    Ok(clean)
}

fn wrong_state(found: String, accepted: &str) -> Refusal {
    Refusal::new(RefusalCode::WrongState, &["R26"], found, accepted)
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(task) if task.number == 0 => write!(f, "flow {}", task.flow),
            Self::Missing(task) => write!(f, "task {task}"),
            Self::Surplus(record) => write!(f, "record {record}"),
        }
    }
}
