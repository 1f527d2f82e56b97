//! What is owed: every task that has not come to rest, and by when.

use domain::{BranchCode, BusinessDate, ClassCode, FlowNo, LoginName};
use journal::Lookup;
use policy::deadline::{Assessment, Done, Due, Duty, assess};
use policy::flow::{FlowFacts, TaskStanding};

use crate::{Archive, ArchiveError};

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
    /// By when, and how that stands; `None` where the rules in force give no time for it.
    pub assessment: Option<Assessment>,
}

/// What is asked for of what is owed.
#[derive(Clone, Debug, Default)]
pub struct OwedFilter {
    /// By this branch alone.
    pub branch: Option<BranchCode>,
    /// By whoever handled it under this account alone.
    pub operator: Option<LoginName>,
    /// Of this duty alone.
    pub duty: Option<Duty>,
}

impl Archive {
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
            for (flow, state) in lookup.open_flows(&sheet)? {
                let Some(facts) = state.facts.clone() else {
                    continue;
                };
                let wanted = filter.operator.as_ref();
                if wanted.is_some_and(|operator| *operator != facts.operator) {
                    continue;
                }
                let started = facts.business_date;
                let assessed = |duty| {
                    let mut deadlines = ruling.profile.deadlines_for(duty);
                    let deadline = deadlines.next()?;
                    Some(assess(deadline, &calendars, started, None, Done::Open, day))
                };
                let open = state
                    .numbered()
                    .filter(|(_, task)| !task.standing.is_at_rest());
                let mut tasks: Vec<_> = open
                    .map(|(number, task)| Some((number, task.class.clone(), task.standing.clone())))
                    .collect();
                if tasks.is_empty() {
                    tasks.push(None);
                }
                owed.extend(tasks.into_iter().map(|task| {
                    let duty = match &task {
                        Some((_, _, TaskStanding::Scanned { .. })) => Duty::Review,
                        Some(_) | None => Duty::Capture,
                    };
                    Owed {
                        flow: flow.clone(),
                        facts: facts.clone(),
                        assessment: assessed(duty),
                        duty,
                        task,
                    }
                }));
            }
        }
        owed.retain(|one: &Owed| filter.duty.is_none_or(|duty| one.duty == duty));
        let due = |one: &Owed| match one.assessment.as_ref().map(|assessed| &assessed.due) {
            Some(Due::On(day)) => Some(*day),
            Some(Due::Unknown(_)) | None => None,
        };
        owed.sort_by(|one, other| {
            let flow = |one: &Owed| (one.facts.branch.clone(), one.flow.clone());
            (due(one), flow(one)).cmp(&(due(other), flow(other)))
        });
        Ok(owed)
    }
}
