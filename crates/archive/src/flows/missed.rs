//! Missed deadlines (逾期): each is told once, however often somebody looks.

use std::collections::BTreeMap;

use domain::{Actor, BusinessDate, FlowNo, Via};
use entries::{Body, DeadlineMissed, Draft, SheetRef};
use journal::{JournalError, Lookup};
use policy::calendar::Calendars;
use policy::deadline::{Done, Due, assess};
use policy::flow::Missed;

use crate::cases::Ruling;
use crate::{Archive, ArchiveError};

/// What of a sheet has become late, and by when it was due.
type Late = BTreeMap<(BusinessDate, Missed), Vec<(FlowNo, Vec<u16>)>>;

impl Archive {
    /// Enters what stood open when its day had passed, and was not entered yet: an entry for each
    /// sheet, duty and day. Says of how many tasks (or flows that have none) that is true now.
    ///
    /// # Errors
    /// The rules in force could not be read, or it cannot be entered. What was entered stays, and
    /// is not entered again.
    pub async fn record_missed(
        &self,
        day: BusinessDate,
        (actor, via): (&Actor, &Via),
    ) -> Result<u64, ArchiveError> {
        let calendars = self.rules_in_force(day).await?.calendars;
        let ruling = self.ruling_on(day).await?;
        let lookup = Lookup::of(self.catalog());
        let mut told = 0;
        for sheet in lookup.open_sheets(None)? {
            for at in late(lookup, &sheet, (&ruling, &calendars), day)?.into_keys() {
                told += self
                    .record_late(&sheet, at, &calendars, (actor, via))
                    .await?;
            }
        }
        Ok(told)
    }

    /// Enters what is late of one sheet, duty and day, as it stands in the moment of the commit.
    async fn record_late(
        &self,
        sheet: &SheetRef,
        at: (BusinessDate, Missed),
        calendars: &Calendars,
        (actor, via): (&Actor, &Via),
    ) -> Result<u64, ArchiveError> {
        let (sheet, calendars) = (sheet.clone(), calendars.clone());
        let (actor, via) = (actor.clone(), via.clone());
        let entered = self.enter_and_tell(move |id, view, ruling| {
            let (lookup, day) = (view.lookup(), view.at().china_day());
            let mut late = late(lookup, &sheet, (ruling, &calendars), day)?;
            let open = late.remove(&at).ok_or_else(told_already)?;
            let tasks = open
                .iter()
                .map(|(_, tasks)| tasks.len().max(1) as u64)
                .sum();
            let (due, what) = at;
            let draft = Draft {
                id,
                actor: actor.clone(),
                via: via.clone(),
                body: Body::DeadlineMissed(DeadlineMissed {
                    sheet: sheet.clone(),
                    duty: what.duty().as_str().to_owned(),
                    due,
                    open,
                }),
                rules: ruling.name.clone(),
            };
            Ok((draft, tasks))
        });
        match entered.await {
            Ok(tasks) => Ok(tasks),
            // Another process was faster.
            Err(ArchiveError::Journal(JournalError::Refused(why))) if why.is::<ToldAlready>() => {
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }
}

/// What was late is told already.
#[derive(Debug, thiserror::Error)]
#[error("what was late is in the ledger already")]
struct ToldAlready;

fn told_already() -> JournalError {
    JournalError::refused(ToldAlready)
}

fn late(
    lookup: Lookup<'_>,
    sheet: &SheetRef,
    (ruling, calendars): (&Ruling, &Calendars),
    day: BusinessDate,
) -> Result<Late, JournalError> {
    let mut late = Late::new();
    for (flow, state) in lookup.sheet(sheet)?.unwrap_or_default().flows {
        for what in [Missed::Capture, Missed::Review] {
            let numbers = state.newly_missed(what);
            let (Some(facts), false) = (&state.facts, numbers.is_empty()) else {
                continue;
            };
            let mut deadlines = ruling.profile.deadlines_for(what.duty());
            let started = facts.business_date;
            let assessed = deadlines
                .next()
                .map(|deadline| assess(deadline, calendars, started, None, Done::Open, day));
            if let Some(Due::On(due)) = assessed.map(|assessed| assessed.due)
                && due < day
            {
                // A flow without a task is told of by its number alone.
                let numbers = numbers.into_iter().filter(|number| *number > 0).collect();
                late.entry((due, what))
                    .or_default()
                    .push((flow.clone(), numbers));
            }
        }
    }
    Ok(late)
}
