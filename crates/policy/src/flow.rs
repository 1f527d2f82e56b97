//! Flows (业务流水) and their scan tasks (采集任务): what each business of the day owes the archive,
//! and how each document that is owed comes to rest.
//!
//! The counter system says what was done; the profile's template says which documents that
//! makes (R23), and for those that are born electronic it makes no task (R15). A flow has one
//! task for each document (R25). What the template gets wrong the handling clerk adds or
//! adjusts, with a reason, and what was there stays readable (R27). A document is left out only
//! by a waiver, which takes a second person (R07, R22).

use domain::{AccountNo, BranchCode, BusinessCode, BusinessDate, ClassCode, ClientNo, Digest};
use domain::{FlowNo, FondsId, LoginName};
use serde::{Deserialize, Serialize};

use crate::authority::Signature;
use crate::basis::Basis;
use crate::case::{Acting, Grounds, Workflow};
use crate::profile::{Profile, Template};
use crate::refusal::{Refusal, RefusalCode};

/// The procedure by which flows are taken over from the counter system.
pub const FLOW_IMPORT: &str = "flow-import";
/// The procedure by which a task is added or adjusted.
pub const TASK_CHANGE: &str = "task-change";
/// The procedure by which a document is left out.
pub const WAIVER: &str = "waiver";

/// The position of whoever takes flows over.
pub const IMPORTER: &str = "importer";
/// The position of whoever adds or adjusts a task.
pub const HANDLER: &str = "handler";
/// The position of whoever asks for a waiver.
pub const REQUESTER: &str = "requester";
/// The position of whoever grants one.
pub const APPROVER: &str = "approver";

/// The longest reason, in characters.
const REASON_CHARS_MAX: usize = 200;
/// The most tasks of one flow.
const TASKS_MAX: usize = 99;
/// The shortest group of digits in which such a number is written.
const GROUP_DIGITS: usize = 3;
/// A run of so many digits is the number of a document or of a card, and no reason.
const NUMBER_DIGITS: usize = 15;

/// By which way a business came (办理渠道).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// At a counter (临柜), on paper.
    Counter,
    /// Online (网上): its documents are born electronic, and are taken in as they are (R15).
    Online,
}

impl Channel {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Counter, Self::Online];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Online => "online",
        }
    }
}

/// What the counter system says of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowFacts {
    /// The branch where it was done.
    pub branch: BranchCode,
    /// The day on which it was done: T.
    pub business_date: BusinessDate,
    /// The client.
    pub client: ClientNo,
    /// The account that it concerns, if one.
    pub account: Option<AccountNo>,
    /// Its type.
    pub business: BusinessCode,
    /// The account of the clerk who handled it.
    pub operator: LoginName,
    /// By which way it came.
    pub channel: Channel,
}

/// Where a task came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The template of its business (R23).
    Template,
    /// Somebody's hand (R27).
    Manual,
}

/// How a task stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum TaskStanding {
    /// Its document is to be scanned.
    ToScan,
    /// Somebody asks that its document be left out; until a second person says so it is owed.
    WaiverAsked {
        /// Over what the second person signs too.
        signature: Signature,
    },
    /// Two people have said that its document is left out. At rest.
    Waived,
    /// Another task has taken its place (R27), by its number. At rest.
    Replaced {
        /// That task.
        by: u16,
    },
    /// The flow was corrected or cancelled, and it is not owed any more. At rest.
    Withdrawn,
}

impl TaskStanding {
    /// Whether nothing more is owed. A task comes to rest once.
    #[must_use]
    pub const fn is_at_rest(&self) -> bool {
        match self {
            Self::Waived | Self::Replaced { .. } | Self::Withdrawn => true,
            Self::ToScan | Self::WaiverAsked { .. } => false,
        }
    }

    /// How it stands, as the end of "the task …".
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ToScan => "is to be scanned",
            Self::WaiverAsked { .. } => "waits for its waiver",
            Self::Waived => "was waived",
            Self::Replaced { .. } => "was replaced",
            Self::Withdrawn => "was withdrawn",
        }
    }
}

/// A scan task (采集任务): one document that a flow owes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The class of the document.
    pub class: ClassCode,
    /// Where the task came from.
    pub origin: Origin,
    /// How it stands.
    pub standing: TaskStanding,
}

/// A task by its flow and its number there, from 1: `20261120-000123/2` as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId {
    /// The flow.
    pub flow: FlowNo,
    /// Which of its tasks.
    pub number: u16,
}

/// A flow with its tasks. The default is one of which nothing was ever said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// What the counter system says of it; none while nothing was said.
    pub facts: Option<FlowFacts>,
    /// Whether it was cancelled (撤销).
    pub cancelled: bool,
    /// Its tasks. Numbers count from 1, and a task keeps its number.
    pub tasks: Vec<Task>,
}

/// What somebody asks of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To take it over from the counter system.
    Record(FlowFacts),
    /// To put right what was taken over.
    Correct(FlowFacts),
    /// To say that it was cancelled.
    Cancel,
    /// To add a task that the template does not make.
    AddTask {
        /// The class of the document.
        class: ClassCode,
        /// Why.
        reason: String,
    },
    /// To put another task in the place of a wrong one.
    AdjustTask {
        /// The wrong one.
        number: u16,
        /// The class that is right.
        class: ClassCode,
        /// Why.
        reason: String,
    },
    /// To ask that a document be left out.
    AskWaiver {
        /// The task.
        number: u16,
        /// Why.
        reason: String,
        /// SHA-256 of its [`waiver_statement`].
        content: Digest,
    },
    /// To grant what was asked.
    GrantWaiver {
        /// The task.
        number: u16,
        /// SHA-256 of the statement that whoever grants has before them.
        content: Digest,
    },
    /// To say no to it: the document is owed as before.
    DenyWaiver {
        /// The task.
        number: u16,
        /// Why.
        reason: String,
    },
}

/// What has happened to a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was taken over.
    Recorded {
        /// What the counter system says.
        facts: FlowFacts,
        /// A task for each of these, from number 1.
        tasks: Vec<ClassCode>,
    },
    /// It was corrected.
    Corrected {
        /// What holds now.
        facts: FlowFacts,
        /// Tasks that are not owed any more.
        withdrawn: Vec<u16>,
        /// New tasks, behind those there are.
        added: Vec<ClassCode>,
    },
    /// It was cancelled.
    Cancelled {
        /// Tasks that are not owed any more.
        withdrawn: Vec<u16>,
    },
    /// A task was added behind those there are.
    TaskAdded {
        /// Its class.
        class: ClassCode,
        /// Why.
        reason: String,
    },
    /// A task was replaced by one behind those there are.
    TaskAdjusted {
        /// Which one.
        number: u16,
        /// The class of the new one.
        class: ClassCode,
        /// Why.
        reason: String,
    },
    /// Somebody asks that a document be left out.
    WaiverAsked {
        /// The task.
        number: u16,
        /// The class of its document.
        class: ClassCode,
        /// Why.
        reason: String,
        /// The first signature.
        signature: Signature,
    },
    /// A second person has granted it.
    WaiverGranted {
        /// The task.
        number: u16,
        /// The second signature.
        signature: Signature,
    },
    /// A second person has said no.
    WaiverDenied {
        /// The task.
        number: u16,
        /// Why.
        reason: String,
    },
}

/// What is signed for a waiver: these lines, in UTF-8, each ended by LF.
#[must_use]
pub fn waiver_statement(fonds: FondsId, task: &TaskId, class: &ClassCode, reason: &str) -> String {
    format!(
        "vouchsafe-waiver/1\n{fonds}\n{task}\n{class}\n{}\n",
        reason.trim()
    )
}

/// The template of a business, if the profile has one.
#[must_use]
pub fn template<'p>(profile: &'p Profile, business: &BusinessCode) -> Option<&'p Template> {
    let mut templates = profile.templates.iter();
    templates.find(|template| template.business == business.as_str())
}

/// The classes of the documents that a business is to scan: those of its template, and none that
/// are born electronic, by their class or by the way in which the business came (R15).
#[must_use]
pub fn tasks_of(profile: &Profile, facts: &FlowFacts) -> Vec<ClassCode> {
    match facts.channel {
        Channel::Online => Vec::new(),
        Channel::Counter => {
            let listed = template(profile, &facts.business).map(|template| &template.tasks);
            let on_paper = |class: &&ClassCode| {
                let known = profile.classes.get(*class);
                known.is_some_and(|class| !class.native)
            };
            listed
                .into_iter()
                .flatten()
                .filter(on_paper)
                .cloned()
                .collect()
        }
    }
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
                demand_seat(grounds, IMPORTER, by)?;
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
                demand_seat(grounds, IMPORTER, by)?;
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
            Command::AskWaiver {
                number,
                reason,
                content,
            } => {
                let signature = grounds.sign(REQUESTER, by, *content, &[])?;
                self.known()?;
                let task = self.to_scan(*number)?;
                let reason = demand_reason(reason)?;
                Ok(Event::WaiverAsked {
                    number: *number,
                    class: task.class.clone(),
                    reason,
                    signature,
                })
            }
            Command::GrantWaiver { number, content } => {
                let signature = self.granted(*number, *content, by, grounds)?;
                Ok(Event::WaiverGranted {
                    number: *number,
                    signature,
                })
            }
            Command::DenyWaiver { number, reason } => {
                let asked = self.asked(*number)?;
                grounds.sign(APPROVER, by, asked.content, std::slice::from_ref(asked))?;
                let reason = demand_reason(reason)?;
                Ok(Event::WaiverDenied {
                    number: *number,
                    reason,
                })
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
                    self.withdraw(withdrawn);
                    self.add(added, Origin::Template);
                }
                Event::Cancelled { withdrawn } => {
                    self.cancelled = true;
                    self.withdraw(withdrawn);
                }
                Event::TaskAdded { class, .. } => {
                    self.add(std::slice::from_ref(class), Origin::Manual);
                }
                Event::TaskAdjusted { number, class, .. } => {
                    let by = u16::try_from(self.tasks.len() + 1).unwrap_or(u16::MAX);
                    self.stands(*number, TaskStanding::Replaced { by });
                    self.add(std::slice::from_ref(class), Origin::Manual);
                }
                Event::WaiverAsked {
                    number, signature, ..
                } => {
                    let signature = signature.clone();
                    self.stands(*number, TaskStanding::WaiverAsked { signature });
                }
                Event::WaiverGranted { number, .. } => self.stands(*number, TaskStanding::Waived),
                Event::WaiverDenied { number, .. } => self.stands(*number, TaskStanding::ToScan),
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
            Event::WaiverAsked { number, class, .. } => {
                let task = self.known().and_then(|_| self.to_scan(*number));
                task.is_ok_and(|task| task.class == *class)
            }
            Event::WaiverGranted { number, signature } => {
                let asked = self.asked(*number);
                asked.is_ok_and(|asked| {
                    asked.person != signature.person && asked.content == signature.content
                })
            }
            Event::WaiverDenied { number, .. } => self.asked(*number).is_ok(),
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

    fn asked(&self, number: u16) -> Result<&Signature, Refusal> {
        match self.task(number).map(|task| &task.standing) {
            Some(TaskStanding::WaiverAsked { signature }) => Ok(signature),
            Some(_) | None => Err(self.wrong_task(number, "a task that waits for its waiver")),
        }
    }

    /// The second signature of a waiver, once nothing is lacking.
    fn granted(
        &self,
        number: u16,
        content: Digest,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Signature, Refusal> {
        let asked = self.asked(number)?;
        if asked.content != content {
            return Err(refusal(
                RefusalCode::OtherContent,
                &["R07", "R22"],
                format!("a waiver of {content}"),
                format!("one of what was asked, {}", asked.content),
            ));
        }
        let mut signed = vec![asked.clone()];
        let signature = grounds.sign(APPROVER, by, content, &signed)?;
        // Whatever a profile leaves out: a waiver takes a second person.
        if asked.person == signature.person {
            return Err(refusal(
                RefusalCode::SamePerson,
                &["R07", "R22"],
                format!("{} has asked for it", signature.person),
                "another person".to_owned(),
            ));
        }
        signed.push(signature.clone());
        grounds.demand_complete(&signed, content)?;
        Ok(signature)
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
        Err(refusal(
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
        refusal(
            RefusalCode::WrongState,
            basis,
            found.to_owned(),
            accepted.to_owned(),
        )
    }

    fn wrong_task(&self, number: u16, accepted: &str) -> Refusal {
        let found = match self.task(number) {
            Some(task) => format!("task {number}, which {}", task.standing.as_str()),
            None => format!("task {number} of {}", self.tasks.len()),
        };
        refusal(
            RefusalCode::WrongState,
            &["R25", "R27"],
            found,
            accepted.to_owned(),
        )
    }
}

impl Command {
    /// The procedure that says who may.
    #[must_use]
    pub const fn procedure(&self) -> &'static str {
        match self {
            Self::Record(_) | Self::Correct(_) | Self::Cancel => FLOW_IMPORT,
            Self::AddTask { .. } | Self::AdjustTask { .. } => TASK_CHANGE,
            Self::AskWaiver { .. } | Self::GrantWaiver { .. } | Self::DenyWaiver { .. } => WAIVER,
        }
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
        Some(_) => Err(refusal(
            RefusalCode::OtherContent,
            &["R15"],
            format!("{class}, which is born electronic"),
            "a class of documents on paper".to_owned(),
        )),
        None => Err(refusal(
            RefusalCode::OtherContent,
            &["R22", "R23"],
            format!(
                "{class}, a class that {}@{} does not have",
                profile.name, profile.version
            ),
            "one of its classes".to_owned(),
        )),
    }
}

/// A reason stands in the ledger for ever and in clear, so it is short and names no document.
fn demand_reason(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    let refused = |found: String, accepted: &str| {
        refusal(RefusalCode::NoReason, &["R27"], found, accepted.to_owned())
    };
    if reason.is_empty() {
        return Err(refused("no reason".to_owned(), "a reason, in words"));
    }
    let characters = reason.chars().count();
    if characters > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
        let accepted = "one line of at most 200 characters";
        return Err(refused(
            format!("a reason of {characters} characters"),
            accepted,
        ));
    }
    // Digits of any script; a number may be written in groups, and a date has shorter ones.
    let (mut run, mut group) = (0, 0);
    for character in reason.chars() {
        let parts = character == '-' || character.is_whitespace();
        if character.is_numeric() {
            group += 1;
        } else if parts && group >= GROUP_DIGITS {
            (run, group) = (run + group, 0);
        } else if !parts || group > 0 {
            (run, group) = (0, 0);
        }
        let counted = if group >= GROUP_DIGITS { group } else { 0 };
        let run = run + counted;
        if run >= NUMBER_DIGITS {
            return Err(refused(
                format!("a reason with a number of {NUMBER_DIGITS} digits or more"),
                "a reason without the number of a document or of a card: it is kept in clear",
            ));
        }
    }
    Ok(reason.to_owned())
}

fn refusal(code: RefusalCode, basis: &[&str], found: String, accepted: String) -> Refusal {
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

impl std::fmt::Display for TaskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.flow, self.number)
    }
}

/// The text names no task.
#[derive(Debug, thiserror::Error)]
#[error("not a task: expected FLOW/NUMBER such as 20261120-000123/2, found {found:?}")]
pub struct TaskIdError {
    /// What stood there.
    pub found: String,
}

impl std::str::FromStr for TaskId {
    type Err = TaskIdError;

    fn from_str(text: &str) -> Result<Self, TaskIdError> {
        let wrong = || TaskIdError {
            found: text.chars().take(80).collect(),
        };
        let (flow, number) = text.rsplit_once('/').ok_or_else(wrong)?;
        let number: u16 = number.parse().map_err(|_| wrong())?;
        let task = Self {
            flow: flow.parse().map_err(|_| wrong())?,
            number,
        };
        // One spelling: no sign, no nought in front.
        if number == 0 || task.to_string() != text {
            return Err(wrong());
        }
        Ok(task)
    }
}
