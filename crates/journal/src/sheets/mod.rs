//! Sheets of flows (业务流水单): each flow of a branch's day as its entries have left it.
//!
//! A flow's state is what `policy` makes of its entries. To decide about one it must be at hand.
//! While anything in a sheet is owed its flows are facts of their own, as an entry changes one of
//! thirty; once all of them are at rest they are packed into one, as millions of them must not
//! cost a key each. So what is due is found without looking at what is done.

mod forms;
mod kept;

use std::collections::BTreeMap;

use catalog::{CatalogError, Dimension, Query, Term};
use domain::{BranchCode, BusinessDate, FlowNo, RecordId};
use entries::{Body, Entry, Event, SheetRef};
use policy::case::Workflow as _;
use policy::exception::Trouble;
use policy::flow::{self, Flow};

use forms::events_of;
pub use forms::{FlowPlace, signature, signed, taken};
use kept::{
    Changing, OPEN, SHEETS, named, open_flows, open_key, packed, row_key, rows_prefix, sheet_key,
};

use crate::error::unreadable;
use crate::index::Fact;
use crate::{JournalError, Lookup};

/// The last image of a task that its review sent back, until another has taken its place.
const RETURNED: &str = "returned/";
/// Where a flow stands that is decided and not yet written. Only the group's overlay has these:
/// what is written is found by the flow's entries.
const PENDING: &str = "flow-at/";

/// What a fact is read by.
pub(crate) type Read<'a> = &'a dyn Fn(&[u8]) -> Result<Option<Vec<u8>>, CatalogError>;

/// A sheet: its flows as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The flows, by their numbers.
    pub flows: BTreeMap<FlowNo, Flow>,
}

fn pending_key(flow: &FlowNo) -> Vec<u8> {
    format!("{PENDING}{flow}").into_bytes()
}

fn returned_key(flow: &FlowNo, number: u16) -> Vec<u8> {
    format!("{RETURNED}{flow}/{number}").into_bytes()
}

/// A record that stands for its task no more.
pub(crate) struct Dropped {
    pub(crate) record: RecordId,
    /// The branch of its flow.
    pub(crate) branch: BranchCode,
    pub(crate) trouble: Trouble,
}

/// What an entry about flows changes.
pub(crate) struct Changed {
    pub(crate) facts: Vec<Fact>,
    pub(crate) dropped: Vec<Dropped>,
    /// Records that were sent back, each with the one that stands for its task now.
    pub(crate) replaced: Vec<(RecordId, RecordId)>,
}

/// The facts that an entry about flows changes; none for any other. `read` gives what the
/// entries before it have left.
pub(crate) fn facts_of(body: &Body, read: Read<'_>) -> Result<Changed, JournalError> {
    let (mut facts, mut dropped, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
    let mut changed: BTreeMap<SheetRef, Changing> = BTreeMap::new();
    for (flow, sheet, to, event) in events_of(body) {
        for sheet in [&sheet, &to] {
            if !changed.contains_key(sheet) {
                changed.insert(sheet.clone(), Changing::read(sheet, read)?);
            }
        }
        let from = changed.get(&sheet).map(|from| from.flow(&flow, read));
        let before = from.transpose()?.flatten().unwrap_or_default();
        let held: Vec<RecordId> = before.records().collect();
        let state = before.apply(&event);
        let (returned, scanned) = image_of(&event);
        // Whatever loses its task waits for a person; what was sent back until a new scan has
        // taken its place.
        for record in held.into_iter().filter(|record| !state.holds(*record)) {
            if let Some(number) = returned {
                let key = returned_key(&flow, number);
                facts.push((key, Some(record.to_string().into_bytes())));
            }
            dropped.push(Dropped {
                record,
                branch: to.branch.clone(),
                trouble: match returned {
                    Some(_) => Trouble::Returned,
                    None => Trouble::Withdrawn,
                },
            });
        }
        if let Some((number, record)) = scanned.filter(|(_, record)| state.holds(*record)) {
            let key = returned_key(&flow, number);
            if let Some(before) = read(&key)? {
                let before = std::str::from_utf8(&before).ok();
                let before = before.and_then(|before| before.parse().ok());
                let before = before.ok_or_else(|| unreadable("image that was sent back"))?;
                if before != record {
                    replaced.push((before, record));
                }
                facts.push((key, None));
            }
        }
        if to != sheet
            && let Some(from) = changed.get_mut(&sheet)
        {
            from.remove(&flow);
        }
        if let Some(there) = changed.get_mut(&to) {
            there.put(flow, &state)?;
        }
    }
    for sheet in changed.into_values() {
        facts.extend(sheet.facts(read)?);
    }
    Ok(Changed {
        facts,
        dropped,
        replaced,
    })
}

/// The task whose image an event sends back, and the one that it gives an image, with that.
fn image_of(event: &flow::Event) -> (Option<u16>, Option<(u16, RecordId)>) {
    if let flow::Event::ReviewReturned { number, .. } = event {
        return (Some(*number), None);
    }
    if let flow::Event::Scanned { number, record, .. } = event {
        return (None, Some((*number, *record)));
    }
    (None, None)
}

/// Where the flows of an entry stand once it is decided, until it is written.
pub(crate) fn pending(body: &Body) -> Vec<(Vec<u8>, Vec<u8>)> {
    let moved = |(flow, _, to, _): (FlowNo, SheetRef, SheetRef, flow::Event)| {
        (pending_key(&flow), sheet_key(&to).into_bytes())
    };
    events_of(body).into_iter().map(moved).collect()
}

impl Lookup<'_> {
    /// A sheet, if there is one.
    pub fn sheet(self, sheet: &SheetRef) -> Result<Option<Sheet>, JournalError> {
        let stored = self.fact(sheet_key(sheet).as_bytes())?;
        let read = |bytes: Vec<u8>| self.sheet_of(sheet, &bytes);
        stored.map(read).transpose()
    }

    /// A sheet by what stands under its key.
    fn sheet_of(self, sheet: &SheetRef, stored: &[u8]) -> Result<Sheet, JournalError> {
        let flows = if let Some(packed) = packed(stored)? {
            let flows = packed.into_iter();
            let read = flows.map(|(flow, json)| Ok((flow, kept::parse(json.get().as_bytes())?)));
            read.collect::<Result<_, JournalError>>()?
        } else {
            self.rows(sheet)?
        };
        Ok(Sheet { flows })
    }

    /// The flows of a sheet in which something is owed.
    fn rows(self, sheet: &SheetRef) -> Result<BTreeMap<FlowNo, Flow>, JournalError> {
        let prefix = rows_prefix(sheet);
        let read = |(key, value): &(Vec<u8>, Vec<u8>)| {
            let flow = std::str::from_utf8(key).ok();
            let flow = flow.and_then(|key| key.strip_prefix(&prefix)?.parse().ok());
            let flow = flow.ok_or_else(|| unreadable("flow"))?;
            Ok((flow, kept::parse(value)?))
        };
        self.with_prefix(&prefix)?.iter().map(read).collect()
    }

    /// Those flows of a sheet of which something is owed.
    pub fn open_flows(self, sheet: &SheetRef) -> Result<Vec<(FlowNo, Flow)>, JournalError> {
        let Some(open) = self.fact(&open_key(sheet))? else {
            return Ok(Vec::new());
        };
        let open = open_flows(&open)?;
        let mut rows = self.rows(sheet)?;
        rows.retain(|flow, _| open.get(flow) == Some(&true));
        Ok(rows.into_iter().collect())
    }

    /// The sheets of a branch's day, in their order.
    pub fn sheets(
        self,
        branch: &BranchCode,
        day: BusinessDate,
    ) -> Result<Vec<(SheetRef, Sheet)>, JournalError> {
        let stored = self.with_prefix(&format!("{SHEETS}{branch}/{day}/"))?;
        let read = |(key, value): &(Vec<u8>, Vec<u8>)| {
            let sheet = named(key, SHEETS).ok_or_else(|| unreadable("sheet"))?;
            let flows = self.sheet_of(&sheet, value)?;
            Ok((sheet, flows))
        };
        stored.iter().map(read).collect()
    }

    /// Whether any flow of a branch was ever taken over: from then on it scans for tasks.
    pub fn has_flows(self, branch: &BranchCode) -> Result<bool, JournalError> {
        Ok(self.any_with_prefix(&format!("{SHEETS}{branch}/"))?)
    }

    /// The number of the last sheet of a branch's day, if it has any.
    pub fn last_sheet(
        self,
        branch: &BranchCode,
        day: BusinessDate,
    ) -> Result<Option<u32>, JournalError> {
        let stored = self.with_prefix(&format!("{SHEETS}{branch}/{day}/"))?;
        let last = stored.last().and_then(|(key, _)| named(key, SHEETS));
        Ok(last.map(|sheet| sheet.number))
    }

    /// The sheets in which something is owed, of one branch or of all, each branch's oldest
    /// first.
    pub fn open_sheets(self, branch: Option<&BranchCode>) -> Result<Vec<SheetRef>, JournalError> {
        let prefix = branch.map_or_else(|| OPEN.to_owned(), |branch| format!("{OPEN}{branch}/"));
        let keys = self.with_prefix(&prefix)?;
        let read = |(key, _): &(Vec<u8>, Vec<u8>)| {
            named(key, OPEN).ok_or_else(|| unreadable("open sheet"))
        };
        keys.iter().map(read).collect()
    }

    /// A flow as it stands, and its sheet.
    pub fn flow(self, flow: &FlowNo) -> Result<Option<(SheetRef, Flow)>, JournalError> {
        let pending = self.fact(&pending_key(flow))?;
        let at = match pending {
            Some(key) => named(&key, SHEETS),
            None => self.last_sheet_of(flow)?,
        };
        let Some(at) = at else { return Ok(None) };
        if let Some(row) = self.fact(&row_key(&at, flow))? {
            return Ok(Some((at, kept::parse(&row)?)));
        }
        let stored = self.fact(sheet_key(&at).as_bytes())?.unwrap_or_default();
        let packed = packed(&stored)?.unwrap_or_default();
        let state = packed.get(flow);
        let state = state.map(|json| kept::parse(json.get().as_bytes()));
        Ok(state.transpose()?.map(|state| (at, state)))
    }

    /// The sheet that the newest entry which moves it names.
    fn last_sheet_of(self, flow: &FlowNo) -> Result<Option<SheetRef>, JournalError> {
        let moves = [Event::FlowsRecorded, Event::FlowCorrected];
        let moves = moves.map(|event| Term::new(Dimension::Event, event.as_str()));
        let page = self.catalog().query(&Query {
            all: vec![Term::new(Dimension::Flow, flow.as_str())],
            any: vec![moves.to_vec()],
            limit: 1,
            ..Query::default()
        })?;
        let Some(row) = page.rows.first() else {
            return Ok(None);
        };
        let body = Entry::parse(&row.line)?.body()?;
        let told = body.as_ref().map(events_of).unwrap_or_default();
        let of_it = told.into_iter().find(|(known, ..)| known == flow);
        Ok(of_it.map(|(_, _, to, _)| to))
    }
}
