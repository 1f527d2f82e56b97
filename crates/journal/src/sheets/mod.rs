//! Sheets of flows (业务流水单): each flow of a branch's day as its entries have left it.
//!
//! A flow's state is what `policy` makes of its entries. To decide about one it must be at hand,
//! and millions of them must not cost a key each: so they are kept in the sheets that they came
//! in, some thirty together, compressed. Which sheets still owe something is a fact of its own,
//! so that what is due is found without looking at what is done.

mod forms;

use std::collections::BTreeMap;

use catalog::{CatalogError, Dimension, Query, Term};
use domain::{BranchCode, BusinessDate, FlowNo, RecordId};
use entries::{Body, Entry, Event, SheetRef};
use policy::case::Workflow as _;
use policy::exception::Trouble;
use policy::flow::{self, Flow};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use forms::events_of;
pub use forms::{FlowPlace, signature, signed, taken};

use crate::error::unreadable;
use crate::index::Fact;
use crate::{JournalError, Lookup};

const SHEETS: &str = "sheet/";
/// The sheets in which something is owed.
const OPEN: &str = "open-sheet/";
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

/// A sheet as it is kept: each flow as JSON that is read when it is asked for. An entry changes
/// one flow of thirty.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Rows(BTreeMap<FlowNo, Row>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Row {
    /// Whether anything of it is owed.
    open: bool,
    flow: Box<RawValue>,
}

impl Rows {
    fn to_bytes(&self) -> Result<Vec<u8>, JournalError> {
        let json = serde_json::to_vec(self).map_err(|_| unreadable("sheet"))?;
        Ok(lz4_flex::compress_prepend_size(&json))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, JournalError> {
        let json = lz4_flex::decompress_size_prepended(bytes).map_err(|_| unreadable("sheet"))?;
        serde_json::from_slice(&json).map_err(|_| unreadable("sheet"))
    }

    fn is_at_rest(&self) -> bool {
        self.0.values().all(|row| !row.open)
    }

    fn flow(&self, flow: &FlowNo) -> Result<Option<Flow>, JournalError> {
        self.0.get(flow).map(Row::read).transpose()
    }

    fn put(&mut self, flow: FlowNo, state: &Flow) -> Result<(), JournalError> {
        let row = Row {
            open: !state.is_at_rest(),
            flow: serde_json::value::to_raw_value(state).map_err(|_| unreadable("sheet"))?,
        };
        self.0.insert(flow, row);
        Ok(())
    }

    /// Those of its flows that a condition lets through.
    fn flows(self, is_wanted: impl Fn(&Row) -> bool) -> Result<Vec<(FlowNo, Flow)>, JournalError> {
        let wanted = self.0.into_iter().filter(|(_, row)| is_wanted(row));
        wanted.map(|(flow, row)| Ok((flow, row.read()?))).collect()
    }

    fn sheet(self) -> Result<Sheet, JournalError> {
        let flows = self.flows(|_| true)?.into_iter().collect();
        Ok(Sheet { flows })
    }
}

impl Row {
    fn read(&self) -> Result<Flow, JournalError> {
        serde_json::from_str(self.flow.get()).map_err(|_| unreadable("flow"))
    }
}

fn sheet_key(sheet: &SheetRef) -> String {
    // Fixed in width: the order of keys is that of sheets.
    format!(
        "{SHEETS}{}/{}/{:06}",
        sheet.branch, sheet.business_date, sheet.number
    )
}

fn open_key(sheet: &SheetRef) -> Vec<u8> {
    format!(
        "{OPEN}{}/{}/{:06}",
        sheet.branch, sheet.business_date, sheet.number
    )
    .into_bytes()
}

fn pending_key(flow: &FlowNo) -> Vec<u8> {
    format!("{PENDING}{flow}").into_bytes()
}

fn returned_key(flow: &FlowNo, number: u16) -> Vec<u8> {
    format!("{RETURNED}{flow}/{number}").into_bytes()
}

/// The sheet that a key names, behind its prefix.
fn named(key: &[u8], prefix: &str) -> Option<SheetRef> {
    let mut parts = std::str::from_utf8(key)
        .ok()?
        .strip_prefix(prefix)?
        .split('/');
    Some(SheetRef {
        branch: parts.next()?.parse().ok()?,
        business_date: parts.next()?.parse().ok()?,
        number: parts.next()?.parse().ok()?,
    })
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
    let mut changed: BTreeMap<SheetRef, Rows> = BTreeMap::new();
    for (flow, sheet, to, event) in events_of(body) {
        let mut at_hand = |sheet: &SheetRef| -> Result<Rows, JournalError> {
            if let Some(sheet) = changed.remove(sheet) {
                return Ok(sheet);
            }
            let stored = read(sheet_key(sheet).as_bytes())?;
            stored.map_or_else(|| Ok(Rows::default()), |bytes| Rows::from_bytes(&bytes))
        };
        let mut from = at_hand(&sheet)?;
        let before = from.flow(&flow)?.unwrap_or_default();
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
        if to == sheet {
            from.put(flow, &state)?;
        } else {
            from.0.remove(&flow);
            let mut there = at_hand(&to)?;
            there.put(flow, &state)?;
            changed.insert(to, there);
        }
        changed.insert(sheet, from);
    }
    for (at, sheet) in changed {
        let open = (!sheet.is_at_rest()).then(Vec::new);
        facts.push((open_key(&at), open));
        facts.push((sheet_key(&at).into_bytes(), Some(sheet.to_bytes()?)));
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
        let rows = self.rows(sheet)?;
        rows.map(Rows::sheet).transpose()
    }

    fn rows(self, sheet: &SheetRef) -> Result<Option<Rows>, JournalError> {
        let stored = self.fact(sheet_key(sheet).as_bytes())?;
        stored.map(|bytes| Rows::from_bytes(&bytes)).transpose()
    }

    /// Those flows of a sheet of which something is owed.
    pub fn open_flows(self, sheet: &SheetRef) -> Result<Vec<(FlowNo, Flow)>, JournalError> {
        let rows = self.rows(sheet)?.unwrap_or_default();
        rows.flows(|row| row.open)
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
            Ok((sheet, Rows::from_bytes(value)?.sheet()?))
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
        let rows = self.rows(&at)?.unwrap_or_default();
        Ok(rows.flow(flow)?.map(|state| (at, state)))
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
