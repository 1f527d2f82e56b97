//! Flows and scan tasks (业务流水、采集任务): taken over from the counter system, corrected, added
//! to, waived; and what of them is due.

use std::collections::BTreeMap;

use domain::{
    Actor, BranchCode, BusinessDate, ClassCode, Digest, FlowNo, LoginName, PersonId, Via,
};
use entries::{
    Body, Channel, Draft, FlowCancelled, FlowCorrected, FlowSaid, FlowTaken, FlowsRecorded,
    SHEET_FLOWS_MAX, SheetRef, TaskAdded, TaskAdjusted, WaiverAsked, WaiverDenied, WaiverGranted,
};
use futures::{StreamExt as _, TryStreamExt as _};
use journal::{JournalError, Lookup};
use policy::authority::Branches;
use policy::basis::Basis;
use policy::case::Workflow as _;
use policy::deadline::{Assessment, Done, Due, Duty, assess};
use policy::flow::{
    Command, Event, FLOW_IMPORT, Flow, FlowFacts, TaskId, TaskStanding, waiver_statement,
};
use policy::refusal::{Refusal, RefusalCode};

use crate::cases::{Ruling, with_grounds};
use crate::rules::signed;
use crate::{Archive, ArchiveError};

/// How many sheets are on their way into the ledger at once: they share commits.
const UNDER_WAY: usize = 32;

/// What the counter system says of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidOfFlow {
    /// Its number.
    pub flow: FlowNo,
    /// What it says.
    pub facts: FlowFacts,
    /// Whether it was cancelled.
    pub cancelled: bool,
}

/// What became of a flow that was to be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowOutcome {
    /// It was not known. So many tasks were made; none where no template knows its type.
    Recorded {
        /// How many.
        tasks: usize,
    },
    /// Something else was known of it.
    Corrected {
        /// How many of its tasks are not owed any more.
        withdrawn: usize,
        /// How many were added.
        added: usize,
    },
    /// It was known, and is cancelled now.
    Cancelled {
        /// How many of its tasks are not owed any more.
        withdrawn: usize,
    },
    /// All of it was known.
    Unchanged,
    /// It may not be taken over.
    Refused(Refusal),
}

/// Something that is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The flow.
    pub flow: FlowNo,
    /// What is known of it.
    pub facts: FlowFacts,
    /// The task; `None` of a flow for which no template makes one, and nobody has yet (R25).
    pub task: Option<(u16, ClassCode, TaskStanding)>,
    /// What must be done.
    pub duty: Duty,
    /// By when, and how that stands.
    pub assessment: Assessment,
}

/// What is asked for of what is owed.
#[derive(Clone, Debug, Default)]
pub struct OwedFilter {
    /// By this branch alone.
    pub branch: Option<BranchCode>,
    /// By whoever handled it under this account alone.
    pub operator: Option<LoginName>,
}

impl Archive {
    /// A flow as it stands, if it is known.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn flow(&self, flow: &FlowNo) -> Result<Option<Flow>, ArchiveError> {
        let found = Lookup::of(self.catalog()).flow(flow)?;
        Ok(found.map(|(_, flow)| flow))
    }

    /// The flows of a branch's day, by their numbers.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn flows(
        &self,
        branch: &BranchCode,
        day: BusinessDate,
    ) -> Result<Vec<(FlowNo, Flow)>, ArchiveError> {
        let sheets = Lookup::of(self.catalog()).sheets(branch, day)?;
        let mut flows: Vec<_> = sheets
            .into_iter()
            .flat_map(|(_, sheet)| sheet.flows)
            .collect();
        flows.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(flows)
    }

    /// Takes flows over from the counter system, and says what became of each, in their order.
    /// What is known is left as it is; said again it changes nothing. With `dry_run` it is only
    /// decided.
    ///
    /// # Errors
    /// It cannot be entered. What was entered before that stays, and is unchanged next time.
    pub async fn import_flows(
        &self,
        said: &[SaidOfFlow],
        by: (&Actor, &Via),
        dry_run: bool,
    ) -> Result<Vec<FlowOutcome>, ArchiveError> {
        let mut outcomes = vec![FlowOutcome::Unchanged; said.len()];
        let mut new: BTreeMap<(&BranchCode, BusinessDate), Vec<usize>> = BTreeMap::new();
        let mut put = |place: usize, outcome: FlowOutcome| {
            if let Some(there) = outcomes.get_mut(place) {
                *there = outcome;
            }
        };
        for (place, one) in said.iter().enumerate() {
            match self.flow(&one.flow)? {
                None => {
                    let day = (&one.facts.branch, one.facts.business_date);
                    new.entry(day).or_default().push(place);
                }
                Some(known) => put(place, self.say_again(&known, one, by, dry_run).await?),
            }
        }
        let sheets = new.into_values().flat_map(|places| {
            let sheets: Vec<Vec<usize>> = places
                .chunks(SHEET_FLOWS_MAX)
                .map(<[usize]>::to_vec)
                .collect();
            sheets
        });
        let entering = sheets.map(|places| async move {
            let flows: Vec<SaidOfFlow> = places
                .iter()
                .filter_map(|place| said.get(*place).cloned())
                .collect();
            let outcomes = self.record_sheet(flows, by, dry_run).await?;
            Ok::<_, ArchiveError>((places, outcomes))
        });
        let mut entering = futures::stream::iter(entering).buffered(UNDER_WAY);
        while let Some((places, sheet)) = entering.try_next().await? {
            for (place, outcome) in places.into_iter().zip(sheet) {
                put(place, outcome);
            }
        }
        drop(entering);
        // One that is cancelled on arrival has been, and was.
        for (place, one) in said
            .iter()
            .enumerate()
            .filter(|(_, one)| one.cancelled && !dry_run)
        {
            if let Some(known) = self.flow(&one.flow)?.filter(|known| !known.cancelled) {
                let outcome = self.say_again(&known, one, by, dry_run).await?;
                if let Some(there) = outcomes.get_mut(place) {
                    *there = outcome;
                }
            }
        }
        Ok(outcomes)
    }

    /// What is said of a flow that is known.
    async fn say_again(
        &self,
        known: &Flow,
        said: &SaidOfFlow,
        by: (&Actor, &Via),
        dry_run: bool,
    ) -> Result<FlowOutcome, ArchiveError> {
        let command = match (said.cancelled, known.cancelled) {
            (true, true) => return Ok(FlowOutcome::Unchanged),
            (true, false) => Command::Cancel,
            (false, false) if known.facts.as_ref() == Some(&said.facts) => {
                return Ok(FlowOutcome::Unchanged);
            }
            // What was cancelled stays so: the machine says why not.
            (false, _) => Command::Correct(said.facts.clone()),
        };
        match self.act_on_flow(&said.flow, command, by, dry_run).await {
            Ok(Event::Corrected {
                withdrawn, added, ..
            }) => Ok(FlowOutcome::Corrected {
                withdrawn: withdrawn.len(),
                added: added.len(),
            }),
            Ok(Event::Cancelled { withdrawn }) => Ok(FlowOutcome::Cancelled {
                withdrawn: withdrawn.len(),
            }),
            Ok(_other) => Ok(FlowOutcome::Unchanged),
            Err(ArchiveError::Refused(refusal)) => Ok(FlowOutcome::Refused(refusal)),
            Err(error) => Err(error),
        }
    }

    /// Flows of one branch and day that are not known, at most a sheet full.
    async fn record_sheet(
        &self,
        flows: Vec<SaidOfFlow>,
        (actor, via): (&Actor, &Via),
        dry_run: bool,
    ) -> Result<Vec<FlowOutcome>, ArchiveError> {
        let decided = if dry_run {
            let day = self.clock.now().china_day();
            let (lookup, ruling) = (Lookup::of(self.catalog()), self.ruling_on(day).await?);
            let decided = new_sheet(lookup, (&ruling, day), &flows, (actor, via));
            decided.map(|(body, _)| body).map_err(ArchiveError::from)
        } else {
            let (said, actor, via) = (flows.clone(), actor.clone(), via.clone());
            self.enter_and_tell(move |id, view, ruling| {
                let (lookup, day) = (view.lookup(), view.at().china_day());
                let (body, actor) = new_sheet(lookup, (ruling, day), &said, (&actor, &via))?;
                let draft = Draft {
                    id,
                    actor,
                    via: via.clone(),
                    body: Body::FlowsRecorded(body.clone()),
                    rules: ruling.name.clone(),
                };
                Ok((draft, body))
            })
            .await
        };
        match decided {
            Ok(body) => {
                let taken = body.flows.iter();
                let tasks: BTreeMap<&FlowNo, usize> = taken
                    .map(|taken| (&taken.flow, taken.tasks.len()))
                    .collect();
                let outcome = |one: &SaidOfFlow| match tasks.get(&one.flow) {
                    Some(tasks) => FlowOutcome::Recorded { tasks: *tasks },
                    // Another process was faster.
                    None => FlowOutcome::Unchanged,
                };
                Ok(flows.iter().map(outcome).collect())
            }
            Err(ArchiveError::Refused(refusal)) => {
                Ok(vec![FlowOutcome::Refused(refusal); flows.len()])
            }
            Err(error) => Err(error),
        }
    }

    /// Adds a task that no template makes (R27). Says its number.
    ///
    /// # Errors
    /// Whoever acts may not, the class is none of the profile's, or it cannot be entered.
    pub async fn add_task(
        &self,
        flow: &FlowNo,
        (class, reason): (&ClassCode, &str),
        by: (&Actor, &Via),
    ) -> Result<TaskId, ArchiveError> {
        let command = Command::AddTask {
            class: class.clone(),
            reason: reason.to_owned(),
        };
        self.act_on_flow(flow, command, by, false).await?;
        self.newest_task(flow)
    }

    /// Puts another task in the place of a wrong one (R27). Says its number.
    ///
    /// # Errors
    /// As [`Archive::add_task`]; or the task is not to be scanned any more.
    pub async fn adjust_task(
        &self,
        task: &TaskId,
        (class, reason): (&ClassCode, &str),
        by: (&Actor, &Via),
    ) -> Result<TaskId, ArchiveError> {
        let command = Command::AdjustTask {
            number: task.number,
            class: class.clone(),
            reason: reason.to_owned(),
        };
        self.act_on_flow(&task.flow, command, by, false).await?;
        self.newest_task(&task.flow)
    }

    /// Asks that a document be left out (R07, R22).
    ///
    /// # Errors
    /// Whoever acts may not, the document is not owed, or it cannot be entered.
    pub async fn ask_waiver(
        &self,
        task: &TaskId,
        reason: &str,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let flow = self.flow(&task.flow)?.unwrap_or_default();
        // Of a task that is not there the machine says so, whatever would be signed.
        let class = flow.task(task.number).map(|task| task.class.clone());
        let statement = class
            .map(|class| waiver_statement(self.fonds.fonds, task, &class, reason))
            .unwrap_or_default();
        let command = Command::AskWaiver {
            number: task.number,
            reason: reason.to_owned(),
            content: Digest::of(statement.as_bytes()),
        };
        self.act_on_flow(&task.flow, command, by, false).await?;
        Ok(())
    }

    /// Grants or denies what was asked, as it stands in the ledger.
    ///
    /// # Errors
    /// Whoever acts may not, nothing was asked, or it cannot be entered.
    pub async fn answer_waiver(
        &self,
        task: &TaskId,
        answer: WaiverAnswer<'_>,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let flow = self.flow(&task.flow)?.unwrap_or_default();
        let asked = flow
            .task(task.number)
            .and_then(|task| match &task.standing {
                TaskStanding::WaiverAsked { signature } => Some(signature.content),
                TaskStanding::ToScan
                | TaskStanding::Waived
                | TaskStanding::Replaced { .. }
                | TaskStanding::Withdrawn => None,
            });
        let number = task.number;
        let command = match answer {
            WaiverAnswer::Granted => Command::GrantWaiver {
                number,
                content: asked.unwrap_or_else(|| Digest::of(b"")),
            },
            WaiverAnswer::Denied { reason } => Command::DenyWaiver {
                number,
                reason: reason.to_owned(),
            },
        };
        self.act_on_flow(&task.flow, command, by, false).await?;
        Ok(())
    }

    /// What is owed on a day: first what nobody can say a day for, then by the day.
    ///
    /// # Errors
    /// The catalog or the rules in force could not be read.
    pub async fn owed(
        &self,
        filter: &OwedFilter,
        day: BusinessDate,
    ) -> Result<Vec<Owed>, ArchiveError> {
        let lookup = Lookup::of(self.catalog());
        let calendars = self.rules_in_force(day).await?.calendars;
        let ruling = self.ruling_on(day).await?;
        let mut owed = Vec::new();
        for sheet in lookup.open_sheets(filter.branch.as_ref())? {
            let flows = lookup.sheet(&sheet)?.unwrap_or_default().flows;
            for (flow, state) in flows {
                let Some(facts) = state.facts.clone().filter(|_| !state.is_at_rest()) else {
                    continue;
                };
                let wanted = filter.operator.as_ref();
                if wanted.is_some_and(|operator| *operator != facts.operator) {
                    continue;
                }
                let started = facts.business_date;
                let mut deadlines = ruling.profile.deadlines_for(Duty::Capture);
                let Some(deadline) = deadlines.next() else {
                    continue;
                };
                let assessment = assess(deadline, &calendars, started, None, Done::Open, day);
                let open = state
                    .numbered()
                    .filter(|(_, task)| !task.standing.is_at_rest());
                let tasks: Vec<_> = open
                    .map(|(number, task)| Some((number, task.class.clone(), task.standing.clone())))
                    .collect();
                let tasks = if tasks.is_empty() { vec![None] } else { tasks };
                owed.extend(tasks.into_iter().map(|task| Owed {
                    flow: flow.clone(),
                    facts: facts.clone(),
                    task,
                    duty: Duty::Capture,
                    assessment: assessment.clone(),
                }));
            }
        }
        let due = |one: &Owed| match one.assessment.due {
            Due::Unknown(_) => None,
            Due::On(day) => Some(day),
        };
        owed.sort_by(|one, other| {
            let flow = |one: &Owed| (one.facts.branch.clone(), one.flow.clone());
            (due(one), flow(one)).cmp(&(due(other), flow(other)))
        });
        Ok(owed)
    }

    fn newest_task(&self, flow: &FlowNo) -> Result<TaskId, ArchiveError> {
        let tasks = self.flow(flow)?.unwrap_or_default().tasks.len();
        Ok(TaskId {
            flow: flow.clone(),
            number: u16::try_from(tasks).unwrap_or(u16::MAX),
        })
    }

    /// Carries out what somebody asks of a flow, or with `dry_run` only decides it.
    async fn act_on_flow(
        &self,
        flow: &FlowNo,
        command: Command,
        (actor, via): (&Actor, &Via),
        dry_run: bool,
    ) -> Result<Event, ArchiveError> {
        if dry_run {
            let day = self.clock.now().china_day();
            let (lookup, ruling) = (Lookup::of(self.catalog()), self.ruling_on(day).await?);
            let decided = step(lookup, (&ruling, day), flow, &command, (actor, via));
            return Ok(decided.map(|(event, ..)| event)?);
        }
        let (flow, actor, via) = (flow.clone(), actor.clone(), via.clone());
        self.enter_and_tell(move |id, view, ruling| {
            let (lookup, day) = (view.lookup(), view.at().china_day());
            let (event, body, actor) =
                step(lookup, (ruling, day), &flow, &command, (&actor, &via))?;
            let draft = Draft {
                id,
                actor,
                via: via.clone(),
                body,
                rules: ruling.name.clone(),
            };
            Ok((draft, event))
        })
        .await
    }
}

/// The answer to a waiver that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiverAnswer<'a> {
    /// The document is left out.
    Granted,
    /// It is owed as before.
    Denied {
        /// Why.
        reason: &'a str,
    },
}

/// A new sheet of these flows, without those that are known.
fn new_sheet(
    lookup: Lookup<'_>,
    (ruling, day): (&Ruling, BusinessDate),
    said: &[SaidOfFlow],
    by: (&Actor, &Via),
) -> Result<(FlowsRecorded, Actor), JournalError> {
    let first = said.first().map(|one| &one.facts);
    let (branch, business_date) = match first {
        Some(facts) => (facts.branch.clone(), facts.business_date),
        None => return Err(nothing_new()),
    };
    let mut new = Vec::with_capacity(said.len());
    for one in said {
        if lookup.flow(&one.flow)?.is_none() {
            new.push(one);
        }
    }
    if new.is_empty() {
        return Err(nothing_new());
    }
    let sheet = next_sheet(lookup, branch.clone(), business_date)?;
    let branches = Branches {
        own: Some(branch),
        receiving: None,
    };
    let (flows, actor) = with_grounds(
        lookup,
        (ruling, day),
        (FLOW_IMPORT, &branches),
        by,
        |acting, grounds| {
            let mut flows = Vec::with_capacity(new.len());
            for one in new {
                let command = Command::Record(one.facts.clone());
                let event = Flow::default().decide(&command, acting, &grounds)?;
                if let Event::Recorded { facts, tasks } = event {
                    flows.push(taken(one.flow.clone(), facts, tasks));
                }
            }
            Ok(flows)
        },
    )?;
    Ok((FlowsRecorded { sheet, flows }, actor))
}

fn taken(flow: FlowNo, facts: FlowFacts, tasks: Vec<ClassCode>) -> FlowTaken {
    FlowTaken {
        flow,
        client: facts.client,
        account: facts.account,
        business: facts.business,
        operator: facts.operator,
        channel: channel(facts.channel),
        tasks,
    }
}

/// The sheet behind those that a branch's day has.
fn next_sheet(
    lookup: Lookup<'_>,
    branch: BranchCode,
    business_date: BusinessDate,
) -> Result<SheetRef, JournalError> {
    let there = lookup.last_sheet(&branch, business_date)?;
    Ok(SheetRef {
        branch,
        business_date,
        number: there.map_or(0, |last| last.saturating_add(1)),
    })
}

/// Everything was known: it was taken over meanwhile.
fn nothing_new() -> JournalError {
    JournalError::refused(Refusal {
        code: RefusalCode::WrongState,
        basis: "R25".parse::<Basis>().into_iter().collect(),
        found: "flows that are all known".to_owned(),
        accepted: "a flow that is not".to_owned(),
    })
}

/// Decides one step of a flow, and how it stands in the ledger.
fn step(
    lookup: Lookup<'_>,
    (ruling, day): (&Ruling, BusinessDate),
    flow: &FlowNo,
    command: &Command,
    by: (&Actor, &Via),
) -> Result<(Event, Body, Actor), JournalError> {
    let Some((sheet, state)) = lookup.flow(flow)? else {
        return Err(JournalError::refused(Refusal {
            code: RefusalCode::WrongState,
            basis: "R25".parse::<Basis>().into_iter().collect(),
            found: format!("flow {flow}, of which nothing was said"),
            accepted: "a flow that was taken over from the counter system".to_owned(),
        }));
    };
    let branches = Branches {
        own: Some(sheet.branch.clone()),
        receiving: None,
    };
    let procedure = (command.procedure(), &branches);
    let ((event, person), actor) =
        with_grounds(lookup, (ruling, day), procedure, by, |acting, grounds| {
            let event = state.decide(command, acting, &grounds)?;
            Ok((event, acting.person.id.clone()))
        })?;
    let to = match &event {
        Event::Corrected { facts, .. } if !belongs(facts, &sheet) => {
            next_sheet(lookup, facts.branch.clone(), facts.business_date)?
        }
        Event::Recorded { .. }
        | Event::Corrected { .. }
        | Event::Cancelled { .. }
        | Event::TaskAdded { .. }
        | Event::TaskAdjusted { .. }
        | Event::WaiverAsked { .. }
        | Event::WaiverGranted { .. }
        | Event::WaiverDenied { .. } => sheet.clone(),
    };
    let place = Place {
        sheet,
        to,
        flow: flow.clone(),
        state: &state,
    };
    let body = place.body(&event, person);
    Ok((event, body, actor))
}

fn belongs(facts: &FlowFacts, sheet: &SheetRef) -> bool {
    facts.branch == sheet.branch && facts.business_date == sheet.business_date
}

/// A flow as it stands, and where.
struct Place<'a> {
    sheet: SheetRef,
    /// The sheet that it stands in afterwards.
    to: SheetRef,
    flow: FlowNo,
    state: &'a Flow,
}

impl Place<'_> {
    /// What an event is in the ledger.
    fn body(self, event: &Event, person: PersonId) -> Body {
        let Self {
            sheet,
            to,
            flow,
            state,
        } = self;
        let next = u16::try_from(state.tasks.len() + 1).unwrap_or(u16::MAX);
        // A machine decides about tasks that are there.
        let class_of = |number: u16| state.task(number).map(|task| task.class.clone());
        match event {
            Event::Recorded { facts, tasks } => Body::FlowsRecorded(FlowsRecorded {
                sheet,
                flows: vec![taken(flow, facts.clone(), tasks.clone())],
            }),
            Event::Corrected {
                facts,
                withdrawn,
                added,
            } => Body::FlowCorrected(FlowCorrected {
                sheet,
                to,
                flow,
                was: facts_said(state.facts.as_ref().unwrap_or(facts)),
                now: facts_said(facts),
                withdrawn: withdrawn.clone(),
                added: added.clone(),
            }),
            Event::Cancelled { withdrawn } => Body::FlowCancelled(FlowCancelled {
                sheet,
                flow,
                withdrawn: withdrawn.clone(),
            }),
            Event::TaskAdded { class, reason } => Body::TaskAdded(TaskAdded {
                sheet,
                flow,
                task: next,
                class: class.clone(),
                reason: reason.clone(),
            }),
            Event::TaskAdjusted {
                number,
                class,
                reason,
            } => Body::TaskAdjusted(TaskAdjusted {
                sheet,
                flow,
                task: *number,
                was: class_of(*number).unwrap_or_else(|| class.clone()),
                by: next,
                class: class.clone(),
                reason: reason.clone(),
            }),
            Event::WaiverAsked {
                number,
                class,
                reason,
                signature,
            } => Body::WaiverAsked(WaiverAsked {
                sheet,
                flow,
                task: *number,
                class: class.clone(),
                reason: reason.clone(),
                signature: signed(signature),
            }),
            Event::WaiverGranted { number, signature } => Body::WaiverGranted(WaiverGranted {
                sheet,
                flow,
                task: *number,
                signature: signed(signature),
            }),
            Event::WaiverDenied { number, reason } => Body::WaiverDenied(WaiverDenied {
                sheet,
                flow,
                task: *number,
                by: person,
                reason: reason.clone(),
            }),
        }
    }
}

fn facts_said(facts: &FlowFacts) -> FlowSaid {
    FlowSaid {
        branch: facts.branch.clone(),
        business_date: facts.business_date,
        client: facts.client.clone(),
        account: facts.account.clone(),
        business: facts.business.clone(),
        operator: facts.operator.clone(),
        channel: channel(facts.channel),
    }
}

const fn channel(channel: policy::flow::Channel) -> Channel {
    match channel {
        policy::flow::Channel::Counter => Channel::Counter,
        policy::flow::Channel::Online => Channel::Online,
    }
}
