//! Flows (业务流水) and their scan tasks (采集任务): what each business of the day owes the archive,
//! and how each document that is owed comes to rest.
//!
//! The counter system says what was done; the profile's template says which documents that
//! makes (R23), and for those that are born electronic it makes no task (R15). A flow has one
//! task for each document (R25). What the template gets wrong the handling clerk adds or
//! adjusts, with a reason, and what was there stays readable (R27). A document of a business that
//! was done is left out only by a waiver, which takes a second person (R07, R22). That the
//! business was another, or none, is not for whoever owes its documents to say: a position of its
//! own corrects and cancels.

mod asked;
mod facts;
mod image;
mod shared;
mod task;
mod verification;
mod waiver;

use std::collections::BTreeSet;

use domain::{ClassCode, Digest, FondsId, RecordId};
use serde::{Deserialize, Serialize};

use crate::case::{Acting, Grounds, Workflow};
use crate::profile::Profile;
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

pub use asked::{Command, Event};
pub use facts::{Channel, FlowFacts, tasks_of, template};
pub use shared::{KeptRecord, title_of};
pub use task::{Missed, Origin, Task, TaskId, TaskIdError, TaskStanding};
pub use verification::{Found, Means, Verified, verification_statement};
pub use waiver::waiver_statement;

/// The procedure by which flows are taken over from the counter system.
pub const FLOW_IMPORT: &str = "flow-import";
/// The procedure by which a flow that was taken over is corrected or cancelled.
pub const FLOW_CORRECTION: &str = "flow-correction";
/// The procedure by which a task is added or adjusted.
pub const TASK_CHANGE: &str = "task-change";
/// The procedure by which a document is left out.
pub const WAIVER: &str = "waiver";
/// The procedure by which an image is put where it is owed, and reviewed.
pub const IMAGE_REVIEW: &str = "image-review";

/// The procedure by which the documents of a flow are verified.
pub const VERIFICATION: &str = "verification";

/// The position of whoever takes flows over.
pub const IMPORTER: &str = "importer";
/// The position of whoever corrects or cancels them.
pub const CORRECTOR: &str = "corrector";
/// The position of whoever adds or adjusts a task.
pub const HANDLER: &str = "handler";
/// The position of whoever verifies documents.
pub const VERIFIER: &str = "verifier";
/// The position of whoever asks for a waiver.
pub const REQUESTER: &str = "requester";
/// The position of whoever grants one.
pub const APPROVER: &str = "approver";

/// The position of whoever scans.
pub const SCANNER: &str = "scanner";
/// The position of whoever reviews.
pub const REVIEWER: &str = "reviewer";

/// The most tasks of one flow.
const TASKS_MAX: usize = 99;

/// A flow with its tasks. The default is one of which nothing was ever said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// What the counter system says of it; none while nothing was said.
    pub facts: Option<FlowFacts>,
    /// Whether it was cancelled (撤销).
    pub cancelled: bool,
    /// Its tasks. Numbers count from 1, and a task keeps its number.
    pub tasks: Vec<Task>,
    /// What was not done by its day, by the number of the task; 0 is the flow itself, that nobody
    /// had made a task of.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub missed: BTreeSet<(u16, Missed)>,
    /// What the last verification of its documents came to (R19); none while nobody has looked, or
    /// since the flow was corrected or owes another document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
}

/// What is signed for an image: these lines, in UTF-8, each ended by LF. `bag` is the SHA-256 of
/// the manifest that covers all bytes of its record.
#[must_use]
pub fn image_statement(fonds: FondsId, task: &TaskId, record: RecordId, bag: Digest) -> String {
    format!("vouchsafe-image/1\n{fonds}\n{task}\n{record}\n{bag}\n")
}

impl Workflow for Flow {
    type Command = Command;
    type Event = Event;
    type Grounds<'a> = Grounds<'a>;

    fn decide(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Event, Refusal> {
        match command {
            Command::Record(facts) => {
                demand_seat(grounds, IMPORTER, by)?;
                if self.facts.is_some() {
                    return Err(self.wrong_state("a flow of which nothing was said"));
                }
                let tasks = tasks_of(grounds.profile, facts);
                Ok(Event::Recorded {
                    facts: facts.clone(),
                    tasks,
                })
            }
            Command::Correct(facts) => {
                demand_seat(grounds, CORRECTOR, by)?;
                let known = self.known()?;
                if known == facts {
                    return Err(self.wrong_state("something else than what is known"));
                }
                let wanted = tasks_of(grounds.profile, facts);
                let (withdrawn, added) = self.moved_to(wanted);
                Ok(Event::Corrected {
                    facts: facts.clone(),
                    withdrawn,
                    added,
                })
            }
            Command::Cancel => {
                demand_seat(grounds, CORRECTOR, by)?;
                self.known()?;
                let owed = self.numbered();
                let owed = owed.filter(|(_, task)| !task.standing.is_at_rest());
                Ok(Event::Cancelled {
                    withdrawn: owed.map(|(number, _)| number).collect(),
                })
            }
            Command::AddTask { class, reason } => {
                demand_seat(grounds, HANDLER, by)?;
                self.known()?;
                demand_class(grounds.profile, class)?;
                let reason = demand_reason(reason)?;
                self.demand_room()?;
                Ok(Event::TaskAdded {
                    class: class.clone(),
                    reason,
                })
            }
            Command::AdjustTask {
                number,
                class,
                reason,
            } => {
                demand_seat(grounds, HANDLER, by)?;
                self.known()?;
                let task = self.to_scan(*number)?;
                demand_class(grounds.profile, class)?;
                if task.class == *class {
                    return Err(self.wrong_state("another class than the task has"));
                }
                let reason = demand_reason(reason)?;
                self.demand_room()?;
                Ok(Event::TaskAdjusted {
                    number: *number,
                    class: class.clone(),
                    reason,
                })
            }
            Command::Share { .. } => self.decide_sharing(command, by, grounds),
            Command::Verify { .. } => self.decide_verification(command, by, grounds),
            Command::AskWaiver { .. }
            | Command::GrantWaiver { .. }
            | Command::DenyWaiver { .. } => self.decide_waiver(command, by, grounds),
            Command::Scan { .. } | Command::PassReview { .. } | Command::ReturnReview { .. } => {
                self.decide_image(command, by, grounds)
            }
        }
    }

    fn apply(mut self, event: &Event) -> Self {
        if self.fits(event) {
            match event {
                Event::Recorded { facts, tasks } => {
                    self.facts = Some(facts.clone());
                    self.add(tasks, Origin::Template);
                }
                Event::Corrected {
                    facts,
                    withdrawn,
                    added,
                } => {
                    self.facts = Some(facts.clone());
                    self.verified = None;
                    self.withdraw(withdrawn);
                    self.add(added, Origin::Template);
                }
                Event::Cancelled { withdrawn } => {
                    self.cancelled = true;
                    self.withdraw(withdrawn);
                }
                Event::TaskAdded { class, .. } => {
                    // Of a document that was added nobody has verified anything.
                    self.verified = None;
                    self.add(std::slice::from_ref(class), Origin::Manual);
                }
                Event::TaskAdjusted { number, class, .. } => {
                    self.verified = None;
                    let by = u16::try_from(self.tasks.len() + 1).unwrap_or(u16::MAX);
                    self.stands(*number, TaskStanding::Replaced { by });
                    self.add(std::slice::from_ref(class), Origin::Manual);
                }
                Event::Shared { number, record, .. } => {
                    self.stands(*number, TaskStanding::Shared { record: *record });
                }
                Event::Verified {
                    means,
                    found,
                    signature,
                    ..
                } => {
                    self.verified = Some(Verified {
                        means: means.clone(),
                        found: *found,
                        person: signature.person.clone(),
                        day: signature.day,
                    });
                }
                Event::WaiverAsked {
                    number, signature, ..
                } => {
                    let signature = signature.clone();
                    self.stands(*number, TaskStanding::WaiverAsked { signature });
                }
                Event::WaiverGranted { number, .. } => self.stands(*number, TaskStanding::Waived),
                Event::WaiverDenied { number, .. } | Event::ReviewReturned { number, .. } => {
                    self.stands(*number, TaskStanding::ToScan);
                }
                Event::Scanned {
                    number,
                    record,
                    signature,
                } => {
                    let (record, signature) = (*record, signature.clone());
                    self.stands(*number, TaskStanding::Scanned { record, signature });
                }
                Event::Missed { what, numbers } => {
                    let missed = numbers.iter().map(|number| (*number, *what));
                    self.missed.extend(missed);
                }
                Event::ReviewPassed { number, signature } => {
                    if let Ok((record, scanned)) = self.scanned(*number) {
                        let (scanned, reviewed) = (scanned.day, signature.day);
                        let standing = TaskStanding::Reviewed {
                            record,
                            scanned,
                            reviewed,
                        };
                        self.stands(*number, standing);
                    }
                }
            }
        }
        self
    }
}

impl Flow {
    /// Whether nothing of it is owed any more. A flow without a task, or with none but such as were
    /// withdrawn, is not at rest: one that no template knows must not be forgotten (R25), unless
    /// it was cancelled or came online (R15).
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        let online = self.facts.as_ref().map(|facts| facts.channel) == Some(Channel::Online);
        let owes = |task: &Task| task.standing != TaskStanding::Withdrawn;
        let is_known = self.cancelled || online || self.tasks.iter().any(owes);
        is_known && self.tasks.iter().all(|task| task.standing.is_at_rest())
    }

    /// The task of a number.
    #[must_use]
    pub fn task(&self, number: u16) -> Option<&Task> {
        self.tasks.get(usize::from(number).checked_sub(1)?)
    }

    /// Its tasks with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u16, &Task)> {
        (1..=u16::MAX).zip(&self.tasks)
    }

    /// What of these, by the numbers of tasks (0 is the flow itself), was open when its day had
    /// passed and was not said to be so yet: a missed deadline is told once.
    #[must_use]
    pub fn newly_missed(&self, what: Missed) -> Vec<u16> {
        let open = |task: &Task| match (&task.standing, what) {
            (TaskStanding::ToScan | TaskStanding::WaiverAsked { .. }, Missed::Capture)
            | (TaskStanding::Scanned { .. }, Missed::Review) => true,
            (
                TaskStanding::ToScan
                | TaskStanding::WaiverAsked { .. }
                | TaskStanding::Scanned { .. }
                | TaskStanding::Reviewed { .. }
                | TaskStanding::Shared { .. }
                | TaskStanding::Waived
                | TaskStanding::Replaced { .. }
                | TaskStanding::Withdrawn,
                Missed::Capture | Missed::Review,
            ) => false,
        };
        let mut numbers: Vec<u16> = self
            .numbered()
            .filter(|(_, task)| open(task))
            .map(|(number, _)| number)
            .collect();
        let all_at_rest = self.tasks.iter().all(|task| task.standing.is_at_rest());
        let is_known = self.facts.is_some();
        if what == Missed::Capture && is_known && all_at_rest && !self.is_at_rest() {
            numbers.push(0);
        }
        numbers.retain(|number| !self.missed.contains(&(*number, what)));
        numbers
    }

    /// Whether an event can have been decided about this flow; any other, which only a forged
    /// ledger holds, leaves it as it is.
    fn fits(&self, event: &Event) -> bool {
        match event {
            Event::Recorded { .. } => self.facts.is_none(),
            Event::Corrected { .. } | Event::Cancelled { .. } | Event::TaskAdded { .. } => {
                self.known().is_ok()
            }
            Event::TaskAdjusted { number, .. } => {
                self.known().is_ok() && self.to_scan(*number).is_ok()
            }
            Event::Shared { number, record, .. } => {
                let free = self.known().and_then(|_| self.to_scan(*number)).is_ok();
                free && !self.holds(*record)
            }
            Event::Verified {
                means,
                found,
                reason,
                ..
            } => {
                let told = !means.is_empty() && (*found == Found::InOrder || reason.is_some());
                told && self.known().is_ok() && !self.is_in_order()
            }
            Event::WaiverAsked { number, class, .. } => {
                let task = self.known().and_then(|_| self.to_scan(*number));
                task.is_ok_and(|task| task.class == *class)
            }
            Event::WaiverGranted { number, signature } => {
                let asked = self.known().and_then(|_| self.asked(*number));
                asked.is_ok_and(|asked| {
                    asked.person != signature.person && asked.content == signature.content
                })
            }
            Event::WaiverDenied { number, .. } => {
                self.known().is_ok() && self.asked(*number).is_ok()
            }
            Event::Scanned { number, record, .. } => {
                let free = self.known().and_then(|_| self.to_scan(*number)).is_ok();
                free && !self.holds(*record)
            }
            Event::ReviewPassed { number, signature } => {
                let scanned = self.known().and_then(|_| self.scanned(*number));
                scanned.is_ok_and(|(_, scanned)| {
                    scanned.content == signature.content && scanned.day <= signature.day
                })
            }
            Event::ReviewReturned { number, .. } => {
                self.known().is_ok() && self.scanned(*number).is_ok()
            }
            Event::Missed { what, numbers } => {
                let open = self.newly_missed(*what);
                numbers.iter().all(|number| open.contains(number))
            }
        }
    }

    /// What is known of it, while that is still to be worked on.
    fn known(&self) -> Result<&FlowFacts, Refusal> {
        match &self.facts {
            Some(facts) if !self.cancelled => Ok(facts),
            Some(_) | None => Err(self.wrong_state("a flow that was recorded, and not cancelled")),
        }
    }

    fn to_scan(&self, number: u16) -> Result<&Task, Refusal> {
        let task = self.task(number);
        task.filter(|task| task.standing == TaskStanding::ToScan)
            .ok_or_else(|| self.wrong_task(number, "a task that is to be scanned"))
    }

    /// What to withdraw and what to add so that these classes are owed. What has come to rest
    /// stays: a document that was waived or replaced is not owed anew, and a task that somebody
    /// made by hand stands.
    fn moved_to(&self, mut wanted: Vec<ClassCode>) -> (Vec<u16>, Vec<ClassCode>) {
        let mut withdrawn = Vec::new();
        for (number, task) in self.numbered() {
            if task.standing == TaskStanding::Withdrawn {
                continue;
            }
            let place = wanted.iter().position(|class| *class == task.class);
            if let Some(place) = place {
                wanted.remove(place);
            } else if !task.standing.is_at_rest() && task.origin == Origin::Template {
                withdrawn.push(number);
            }
        }
        (withdrawn, wanted)
    }

    fn add(&mut self, classes: &[ClassCode], origin: Origin) {
        self.tasks.extend(classes.iter().map(|class| Task {
            class: class.clone(),
            origin,
            standing: TaskStanding::ToScan,
        }));
    }

    fn withdraw(&mut self, numbers: &[u16]) {
        for number in numbers {
            self.stands(*number, TaskStanding::Withdrawn);
        }
    }

    /// A task that has come to rest stays so, whatever a forged ledger says.
    fn stands(&mut self, number: u16, standing: TaskStanding) {
        let place = usize::from(number).checked_sub(1);
        let task = place.and_then(|place| self.tasks.get_mut(place));
        if let Some(task) = task.filter(|task| !task.standing.is_at_rest()) {
            task.standing = standing;
        }
    }

    fn demand_room(&self) -> Result<(), Refusal> {
        if self.tasks.len() < TASKS_MAX {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalCode::WrongState,
            &["firm"],
            format!("{} tasks", self.tasks.len()),
            format!("at most {TASKS_MAX} in one flow"),
        ))
    }

    fn wrong_state(&self, accepted: &str) -> Refusal {
        let found = match &self.facts {
            None => "a flow of which nothing was said",
            Some(_) if self.cancelled => "a flow that was cancelled",
            Some(_) => "a flow that was recorded",
        };
        let basis = &["R25", "R27"];
        Refusal::new(RefusalCode::WrongState, basis, found, accepted)
    }

    fn wrong_task(&self, number: u16, accepted: &str) -> Refusal {
        let found = match self.task(number) {
            Some(task) => format!("task {number}, which {}", task.standing.as_str()),
            None => format!("task {number} of {}", self.tasks.len()),
        };
        Refusal::new(RefusalCode::WrongState, &["R25", "R27"], found, accepted)
    }
}

/// Whether somebody may act in the one position of a procedure of which nothing is kept but that
/// they acted.
fn demand_seat(grounds: &Grounds<'_>, position: &str, by: Acting<'_>) -> Result<(), Refusal> {
    grounds.sign(position, by, Digest::of(b""), &[]).map(drop)
}

fn demand_class(profile: &Profile, class: &ClassCode) -> Result<(), Refusal> {
    match profile.classes.get(class) {
        Some(known) if !known.native => Ok(()),
        Some(_) => Err(Refusal::new(
            RefusalCode::OtherContent,
            &["R15"],
            format!("{class}, which is born electronic"),
            "a class of documents on paper",
        )),
        None => Err(Refusal::new(
            RefusalCode::OtherContent,
            &["R22", "R23"],
            format!(
                "{class}, a class that {}@{} does not have",
                profile.name, profile.version
            ),
            "one of its classes",
        )),
    }
}
