//! How a sheet is kept: which facts it is, and which an entry changes.
//!
//! | fact | while something in it is owed | once all of it is at rest |
//! |---|---|---|
//! | `sheet/BRANCH/DAY/NUMBER` | empty | its flows: JSON in LZ4 |
//! | `open-sheet/BRANCH/DAY/NUMBER` | its flows, one a line: `+` if something is owed, else `-` | |
//! | `flow/BRANCH/DAY/NUMBER/FLOW` | the flow as JSON | |

use std::collections::BTreeMap;
use std::fmt::Write as _;

use domain::FlowNo;
use entries::SheetRef;
use policy::flow::Flow;
use serde_json::value::RawValue;

use super::Read;
use crate::JournalError;
use crate::error::unreadable;
use crate::index::Fact;

pub(super) const SHEETS: &str = "sheet/";
/// The sheets in which something is owed.
pub(super) const OPEN: &str = "open-sheet/";
const ROWS: &str = "flow/";

/// Flows as JSON, each read when it is asked for.
type Packed = BTreeMap<FlowNo, Box<RawValue>>;

fn place(sheet: &SheetRef) -> String {
    // Fixed in width: the order of keys is that of sheets.
    format!(
        "{}/{}/{:06}",
        sheet.branch, sheet.business_date, sheet.number
    )
}

pub(super) fn sheet_key(sheet: &SheetRef) -> String {
    format!("{SHEETS}{}", place(sheet))
}

pub(super) fn open_key(sheet: &SheetRef) -> Vec<u8> {
    format!("{OPEN}{}", place(sheet)).into_bytes()
}

pub(super) fn rows_prefix(sheet: &SheetRef) -> String {
    format!("{ROWS}{}/", place(sheet))
}

pub(super) fn row_key(sheet: &SheetRef, flow: &FlowNo) -> Vec<u8> {
    format!("{}{flow}", rows_prefix(sheet)).into_bytes()
}

/// The sheet that a key names, behind its prefix.
pub(super) fn named(key: &[u8], prefix: &str) -> Option<SheetRef> {
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

/// The flows of a sheet that is at rest; `None` of one that is not.
pub(super) fn packed(stored: &[u8]) -> Result<Option<Packed>, JournalError> {
    if stored.is_empty() {
        return Ok(None);
    }
    let json = lz4_flex::decompress_size_prepended(stored).map_err(|_| unreadable("sheet"))?;
    let flows = serde_json::from_slice(&json).map_err(|_| unreadable("sheet"))?;
    Ok(Some(flows))
}

/// The flows of a sheet, each with whether something of it is owed.
pub(super) fn open_flows(stored: &[u8]) -> Result<BTreeMap<FlowNo, bool>, JournalError> {
    let line = |line: &str| {
        let (mark, flow) = line.split_at_checked(1)?;
        Some((flow.parse().ok()?, mark == "+"))
    };
    let text = std::str::from_utf8(stored).map_err(|_| unreadable("open sheet"))?;
    let flows = text.lines().map(line).collect::<Option<_>>();
    flows.ok_or_else(|| unreadable("open sheet"))
}

pub(super) fn parse(json: &[u8]) -> Result<Flow, JournalError> {
    serde_json::from_slice(json).map_err(|_| unreadable("flow"))
}

/// A sheet that an entry changes.
pub(super) struct Changing {
    at: SheetRef,
    /// Its flows, each with whether something of it is owed.
    flows: BTreeMap<FlowNo, bool>,
    /// What stood under its key among those in which something is owed, if it was one of them.
    before: Option<Vec<u8>>,
    /// Its flows as they were, if they were packed.
    packed: Option<Packed>,
    /// The flows that change; `None` leaves the sheet.
    changed: BTreeMap<FlowNo, Option<Box<RawValue>>>,
}

impl Changing {
    pub(super) fn read(at: &SheetRef, read: Read<'_>) -> Result<Self, JournalError> {
        let open = read(&open_key(at))?;
        let packed = if open.is_none() {
            let stored = read(sheet_key(at).as_bytes())?.unwrap_or_default();
            packed(&stored)?
        } else {
            None
        };
        let flows = match (&open, &packed) {
            (Some(open), _) => open_flows(open)?,
            (None, Some(packed)) => packed.keys().map(|flow| (flow.clone(), false)).collect(),
            (None, None) => BTreeMap::new(),
        };
        Ok(Self {
            at: at.clone(),
            flows,
            before: open,
            packed,
            changed: BTreeMap::new(),
        })
    }

    /// A flow as it stands.
    pub(super) fn flow(&self, flow: &FlowNo, read: Read<'_>) -> Result<Option<Flow>, JournalError> {
        let json = self.json(flow, read)?;
        json.map(|json| parse(json.get().as_bytes())).transpose()
    }

    fn json(&self, flow: &FlowNo, read: Read<'_>) -> Result<Option<Box<RawValue>>, JournalError> {
        if let Some(changed) = self.changed.get(flow) {
            return Ok(changed.clone());
        }
        if let Some(packed) = &self.packed {
            return Ok(packed.get(flow).cloned());
        }
        if !self.flows.contains_key(flow) {
            return Ok(None);
        }
        let row = read(&row_key(&self.at, flow))?.ok_or_else(|| unreadable("flow"))?;
        let json = serde_json::from_slice(&row).map_err(|_| unreadable("flow"))?;
        Ok(Some(json))
    }

    pub(super) fn put(&mut self, flow: FlowNo, state: &Flow) -> Result<(), JournalError> {
        let json = serde_json::value::to_raw_value(state).map_err(|_| unreadable("flow"))?;
        self.flows.insert(flow.clone(), !state.is_at_rest());
        self.changed.insert(flow, Some(json));
        Ok(())
    }

    pub(super) fn remove(&mut self, flow: &FlowNo) {
        self.flows.remove(flow);
        self.changed.insert(flow.clone(), None);
    }

    /// The facts that change.
    pub(super) fn facts(self, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
        if self.flows.values().any(|is_open| *is_open) {
            return Ok(self.open_facts());
        }
        let mut rest = Packed::new();
        for flow in self.flows.keys() {
            let json = self.json(flow, read)?;
            rest.insert(flow.clone(), json.ok_or_else(|| unreadable("flow"))?);
        }
        let json = serde_json::to_vec(&rest).map_err(|_| unreadable("sheet"))?;
        let stored = lz4_flex::compress_prepend_size(&json);
        let mut facts = vec![(sheet_key(&self.at).into_bytes(), Some(stored))];
        if self.before.is_some() {
            facts.push((open_key(&self.at), None));
            let rows = self.flows.keys().chain(self.changed.keys());
            facts.extend(rows.map(|flow| (row_key(&self.at, flow), None)));
        }
        Ok(facts)
    }

    /// As something in it is owed.
    fn open_facts(self) -> Vec<Fact> {
        let mut list = String::new();
        for (flow, is_open) in &self.flows {
            // Into a text nothing fails.
            let _written = writeln!(list, "{}{flow}", if *is_open { '+' } else { '-' });
        }
        let list = list.into_bytes();
        let mut facts = Vec::new();
        if self.before.is_none() {
            facts.push((sheet_key(&self.at).into_bytes(), Some(Vec::new())));
        }
        if self.before.as_ref() != Some(&list) {
            facts.push((open_key(&self.at), Some(list)));
        }
        let mut rows: BTreeMap<FlowNo, Option<Box<RawValue>>> = BTreeMap::new();
        let unpacked = self.packed.into_iter().flatten();
        rows.extend(unpacked.map(|(flow, json)| (flow, Some(json))));
        rows.extend(self.changed);
        facts.extend(rows.into_iter().map(|(flow, json)| {
            let json = json.map(|json| json.get().as_bytes().to_vec());
            (row_key(&self.at, &flow), json)
        }));
        facts
    }
}

#[cfg(test)]
mod tests {
    use testkit::seed::Rng;

    use super::*;

    type Stored = BTreeMap<Vec<u8>, Vec<u8>>;

    fn change(stored: &mut Stored, at: &SheetRef, what: impl FnOnce(&mut Changing, Read<'_>)) {
        let facts = {
            let read = |key: &[u8]| Ok(stored.get(key).cloned());
            let mut sheet = Changing::read(at, &read).unwrap();
            what(&mut sheet, &read);
            sheet.facts(&read).unwrap()
        };
        for (key, value) in facts {
            match value {
                Some(value) => stored.insert(key, value),
                None => stored.remove(&key),
            };
        }
    }

    #[test]
    fn a_sheet_is_its_flows_while_something_is_owed_and_packed_once_nothing_is() {
        let at = SheetRef {
            branch: "0012".parse().unwrap(),
            business_date: "2026-11-20".parse().unwrap(),
            number: 7,
        };
        let mut rng = Rng::new(26);
        let (mut stored, mut is) = (Stored::new(), BTreeMap::<FlowNo, Flow>::new());
        let (mut opened, mut packed_again) = (0, 0);
        for _ in 0..2_000 {
            let was_open = stored.contains_key(&open_key(&at));
            change(&mut stored, &at, |sheet, read| {
                for _ in 0..=rng.below(2) {
                    let flow: FlowNo = format!("LS{}", rng.below(4)).parse().unwrap();
                    assert_eq!(sheet.flow(&flow, read).unwrap(), is.get(&flow).cloned());
                    if rng.below(5) == 0 {
                        sheet.remove(&flow);
                        is.remove(&flow);
                    } else {
                        let state = Flow {
                            cancelled: rng.below(4) > 0,
                            ..Flow::default()
                        };
                        sheet.put(flow.clone(), &state).unwrap();
                        is.insert(flow, state);
                    }
                }
            });
            let owed = |flow: &Flow| !flow.is_at_rest();
            let flows = stored.get(sheet_key(&at).as_bytes()).unwrap();
            let rows = stored.keys().filter(|key| key.starts_with(ROWS.as_bytes()));
            let rows: Vec<Vec<u8>> = rows.cloned().collect();
            if is.values().any(owed) {
                opened += u32::from(!was_open);
                let told = open_flows(stored.get(&open_key(&at)).unwrap()).unwrap();
                let marks = is.iter().map(|(flow, state)| (flow.clone(), owed(state)));
                assert_eq!(told, marks.collect());
                assert!(flows.is_empty());
                let keys = is.keys().map(|flow| row_key(&at, flow));
                assert_eq!(rows, keys.collect::<Vec<_>>());
            } else {
                packed_again += u32::from(was_open);
                assert_eq!((rows.len(), stored.len()), (0, 1));
                let kept = packed(flows).unwrap().unwrap();
                let kept = kept
                    .into_iter()
                    .map(|(flow, json)| (flow, parse(json.get().as_bytes()).unwrap()));
                assert_eq!(kept.collect::<BTreeMap<_, _>>(), is);
            }
        }
        assert!(
            opened > 100 && packed_again > 100,
            "{opened} {packed_again}"
        );
    }
}
