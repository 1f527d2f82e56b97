//! Flows and scan tasks (业务流水、采集任务): taken over from the counter system, corrected, added
//! to, waived; and what of them is due.

mod missed;
mod owed;
mod review;
mod shared;
mod tasks;
mod verification;

use std::collections::BTreeMap;

use domain::{Actor, BranchCode, BusinessDate, FlowNo, Via};
use entries::{Body, Draft, FlowsRecorded, SHEET_FLOWS_MAX, SheetRef};
use futures::{StreamExt as _, TryStreamExt as _};
use journal::{FlowPlace, JournalError, Lookup, taken};
use policy::basis::Basis;
use policy::case::Workflow as _;
use policy::flow::{Command, Event, FLOW_IMPORT, Flow, FlowFacts};
use policy::refusal::{Refusal, RefusalCode};

use crate::cases::{Ruling, own, with_grounds};
use crate::{Archive, ArchiveError};

pub use owed::{Owed, OwedFilter};
pub use review::ReviewResult;
pub use shared::KeptCopy;
pub use tasks::WaiverAnswer;
pub use verification::Verification;

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
            let known = self.flow(&one.flow)?;
            // What is known stays known when its branch is closed later.
            let is_news = known.as_ref().and_then(|known| known.facts.as_ref()) != Some(&one.facts);
            if let Some(refusal) = if is_news {
                self.strange_reference(&one.facts)?
            } else {
                None
            } {
                put(place, FlowOutcome::Refused(refusal));
                continue;
            }
            match known {
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
        let decided = self.act_on_flow(&said.flow, command, by, dry_run).await;
        match decided.map(|decided| decided.event) {
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

    /// Carries out what somebody asks of a flow, or with `dry_run` only decides it.
    async fn act_on_flow(
        &self,
        flow: &FlowNo,
        command: Command,
        (actor, via): (&Actor, &Via),
        dry_run: bool,
    ) -> Result<Decided, ArchiveError> {
        if dry_run {
            let day = self.clock.now().china_day();
            let (lookup, ruling) = (Lookup::of(self.catalog()), self.ruling_on(day).await?);
            let decided = step(lookup, (&ruling, day), flow, &command, (actor, via));
            return Ok(decided.map(|(decided, ..)| decided)?);
        }
        let (flow, actor, via) = (flow.clone(), actor.clone(), via.clone());
        self.enter_and_tell(move |id, view, ruling| {
            let (lookup, day) = (view.lookup(), view.at().china_day());
            let (decided, body, actor) =
                step(lookup, (ruling, day), &flow, &command, (&actor, &via))?;
            let draft = Draft {
                id,
                actor,
                via: via.clone(),
                body,
                rules: ruling.name.clone(),
            };
            Ok((draft, decided))
        })
        .await
    }
}

/// What was decided about a flow.
struct Decided {
    event: Event,
    /// The number that a task which it makes has.
    next_task: u16,
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
    let branches = own(&branch);
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
) -> Result<(Decided, Body, Actor), JournalError> {
    let Some((sheet, state)) = lookup.flow(flow)? else {
        return Err(JournalError::refused(Refusal {
            code: RefusalCode::WrongState,
            basis: "R25".parse::<Basis>().into_iter().collect(),
            found: format!("flow {flow}, of which nothing was said"),
            accepted: "a flow that was taken over from the counter system".to_owned(),
        }));
    };
    let branches = own(&sheet.branch);
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
        | Event::Shared { .. }
        | Event::Verified { .. }
        | Event::WaiverAsked { .. }
        | Event::WaiverGranted { .. }
        | Event::WaiverDenied { .. }
        | Event::Scanned { .. }
        | Event::ReviewPassed { .. }
        | Event::ReviewReturned { .. }
        | Event::Missed { .. } => sheet.clone(),
    };
    let place = FlowPlace {
        sheet,
        to,
        flow: flow.clone(),
        state: &state,
    };
    let next_task = u16::try_from(state.tasks.len() + 1).unwrap_or(u16::MAX);
    let body = place.body(&event, person).ok_or(JournalError::Ended)?;
    Ok((Decided { event, next_task }, body, actor))
}

fn belongs(facts: &FlowFacts, sheet: &SheetRef) -> bool {
    facts.branch == sheet.branch && facts.business_date == sheet.business_date
}
