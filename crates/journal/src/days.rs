//! A branch's days: who has answered for what, and which days are closed.

use domain::{BranchCode, BusinessDate};
use entries::{DayClosed, DayReconciled};
use policy::case::Workflow as _;
use policy::day_closing::{Day, Event};

use crate::error::unreadable;
use crate::index::Fact;
use crate::sheets::Read;
use crate::{JournalError, Lookup, signature};

fn key(branch: &BranchCode, day: BusinessDate) -> Vec<u8> {
    format!("day/{branch}/{day}").into_bytes()
}

/// The facts that an entry which reconciles an account changes.
pub(crate) fn reconciled(body: &DayReconciled, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let event = Event::Reconciled {
        operator: body.operator.clone(),
        signature: signature(&body.signature),
        // The reasons stand in the entry; nothing is decided by them.
        explained: Vec::new(),
    };
    changed(key(&body.branch, body.business_date), &event, read)
}

/// The facts that an entry which closes a day changes.
pub(crate) fn closed(body: &DayClosed, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let event = Event::Closed {
        signature: signature(&body.signature),
        explained: Vec::new(),
    };
    changed(key(&body.branch, body.business_date), &event, read)
}

fn changed(key: Vec<u8>, event: &Event, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let stored = read(&key)?;
    let day = stored.map_or_else(|| Ok(Day::default()), |bytes| parse(&bytes))?;
    let json = serde_json::to_vec(&day.apply(event)).map_err(|_| unreadable("day"))?;
    Ok(vec![(key, Some(json))])
}

impl Lookup<'_> {
    /// How a branch's day stands.
    pub fn day(self, branch: &BranchCode, day: BusinessDate) -> Result<Day, JournalError> {
        let stored = self.fact(&key(branch, day))?;
        stored.map_or_else(|| Ok(Day::default()), |bytes| parse(&bytes))
    }
}

fn parse(bytes: &[u8]) -> Result<Day, JournalError> {
    serde_json::from_slice(bytes).map_err(|_| unreadable("day"))
}
