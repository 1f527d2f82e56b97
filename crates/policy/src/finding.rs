//! Findings (问题整改, R120): what anybody finds missing or wrong with what is kept, with somebody
//! who mends it by a day.

use domain::{BranchCode, BusinessDate, Digest, PersonId};
use serde::{Deserialize, Serialize};

use crate::case::{Acting, Grounds, Workflow};
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

/// The procedure by which findings are reported and ended.
pub const PROCEDURE: &str = "finding";
/// The position of whoever reports one: everybody of the firm.
pub const REPORTER: &str = "reporter";
/// The position of whoever says that there is nothing to mend.
pub const DISMISSER: &str = "dismisser";
/// What a finding may be about: nothing else is said of it in clear.
const ABOUT: [&str; 6] = ["record", "task", "flow", "client", "batch", "branch"];
/// The longest subject, in characters.
const ABOUT_CHARS_MAX: usize = 80;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defect {
    /// The branch that it concerns.
    pub branch: BranchCode,
    /// What it is about, as it is named elsewhere: `record ID`, `task FLOW/NUMBER`, `flow FLOW`,
    /// `client NUMBER`, `batch ID`, `branch CODE`.
    pub about: String,
    /// What is missing or wrong.
    pub what: String,
    /// Who is to mend it.
    pub owner: PersonId,
    /// By the end of which day.
    pub due: BusinessDate,
}

/// How a finding ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It is mended.
    Mended,
    /// There was nothing to mend.
    Dismissed,
}

/// A finding. The default is one that nobody reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found, and who reported it.
    pub defect: Option<(Defect, PersonId)>,
    /// How it ended, and what was said then; none while it is open.
    pub ended: Option<(Ended, String)>,
}

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To report it.
    Report(Box<Defect>),
    /// To say that it is mended.
    Mend {
        /// How.
        how: String,
    },
    /// To say that there is nothing to mend.
    Dismiss {
        /// Why.
        reason: String,
    },
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was reported.
    Reported {
        /// What was found.
        defect: Box<Defect>,
        /// By whom.
        by: PersonId,
    },
    /// It ended.
    Ended {
        /// How.
        how: Ended,
        /// What was said then.
        said: String,
    },
}

impl Finding {
    /// Whether somebody still has to mend it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.defect.is_some() && self.ended.is_none()
    }

    /// Whether it is open although its day has passed.
    #[must_use]
    pub fn is_late(&self, day: BusinessDate) -> bool {
        let due = self.defect.as_ref().map(|(defect, _)| defect.due);
        self.is_open() && due.is_some_and(|due| due < day)
    }

    fn open(&self) -> Result<&Defect, Refusal> {
        match (&self.defect, &self.ended) {
            (Some((defect, _)), None) => Ok(defect),
            (None, _) => Err(wrong_state("a finding that nobody reported")),
            (Some(_), Some((Ended::Mended, _))) => Err(wrong_state("a finding that is mended")),
            (Some(_), Some((Ended::Dismissed, _))) => {
                Err(wrong_state("a finding that was dismissed"))
            }
        }
    }
}

/// What a finding is about is named by numbers, so it is no reason; but it is one short line.
fn demand_name(about: &str) -> Result<(), Refusal> {
    let characters = about.chars().count();
    let named = about.split_once(' ').is_some_and(|(what, name)| {
        let plain = |one: char| one.is_ascii_alphanumeric() || "-/.".contains(one);
        ABOUT.contains(&what) && !name.is_empty() && name.chars().all(plain)
    });
    if named && characters <= ABOUT_CHARS_MAX {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::OtherContent,
        &["R120"],
        format!("a subject of {characters} characters"),
        format!(
            "one of {}, and its id or number, in one line",
            ABOUT.join(", ")
        ),
    ))
}

fn wrong_state(found: &str) -> Refusal {
    let accepted = "a finding that is open";
    Refusal::new(RefusalCode::WrongState, &["R120"], found, accepted)
}

impl Workflow for Finding {
    type Command = Command;
    type Event = Event;
    type Grounds<'a> = Grounds<'a>;

    fn decide(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Event, Refusal> {
        let nothing = Digest::of(b"");
        match command {
            Command::Report(defect) => {
                grounds.sign(REPORTER, by, nothing, &[])?;
                if self.defect.is_some() {
                    return Err(Refusal::new(
                        RefusalCode::WrongState,
                        &["R120"],
                        "a finding that was reported",
                        "a new one",
                    ));
                }
                if defect.due < grounds.day {
                    return Err(Refusal::new(
                        RefusalCode::WrongDay,
                        &["R120"],
                        format!("to be mended by {}", defect.due),
                        format!("{} or a later day", grounds.day),
                    ));
                }
                if grounds.people.person(&defect.owner).is_none() {
                    return Err(Refusal::new(
                        RefusalCode::NobodysAccount,
                        &["R120"],
                        format!("{}, who is not recorded", defect.owner),
                        "somebody who is, to mend it",
                    ));
                }
                demand_name(&defect.about)?;
                let what = demand_reason(&defect.what)?;
                let defect = Defect {
                    what,
                    ..(**defect).clone()
                };
                let by = by.person.id.clone();
                let defect = Box::new(defect);
                Ok(Event::Reported { defect, by })
            }
            Command::Mend { how } => {
                let defect = self.open()?;
                if defect.owner != by.person.id {
                    return Err(Refusal::new(
                        RefusalCode::NotInRole,
                        &["R120"],
                        format!("{}, whose finding it is not", by.person.id),
                        format!("{}, who is to mend it", defect.owner),
                    ));
                }
                grounds.sign(REPORTER, by, nothing, &[])?;
                Ok(Event::Ended {
                    how: Ended::Mended,
                    said: demand_reason(how)?,
                })
            }
            Command::Dismiss { reason } => {
                let defect = self.open()?;
                grounds.sign(DISMISSER, by, nothing, &[])?;
                // Nobody says of their own duty that there is none.
                if defect.owner == by.person.id {
                    return Err(Refusal::new(
                        RefusalCode::SamePerson,
                        &["firm"],
                        format!("{}, who is to mend it", by.person.id),
                        "another person",
                    ));
                }
                Ok(Event::Ended {
                    how: Ended::Dismissed,
                    said: demand_reason(reason)?,
                })
            }
        }
    }

    fn apply(mut self, event: &Event) -> Self {
        match event {
            Event::Reported { defect, by } if self.defect.is_none() => {
                self.defect = Some(((**defect).clone(), by.clone()));
            }
            Event::Ended { how, said } if self.is_open() => {
                self.ended = Some((*how, said.clone()));
            }
            Event::Reported { .. } | Event::Ended { .. } => {}
        }
        self
    }
}
