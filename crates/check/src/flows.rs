//! Flows as entries tell of them: every sheet once and in its order, every flow in one sheet, and
//! no document left out by one person alone.

use std::collections::BTreeMap;

use domain::Digest;

use crate::cases::Signed;
use crate::entry::EntryOne;
use crate::json::Json;

/// A sheet by branch and day.
type Day = (String, String);

/// What entries tell of flows, as far as the next ones depend on it.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    /// How many sheets each branch's day has.
    sheets: BTreeMap<Day, u64>,
    /// The waivers that wait for a second person: who asked, and for what.
    waivers: BTreeMap<(String, u64), (String, Digest)>,
}

impl Flows {
    /// Takes in an entry about flows. The first error is of a body that cannot be read; the
    /// second answer tells what contradicts what was told before.
    pub(crate) fn take(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let (day, number) = sheet(body, "sheet")?;
        if entry.event == "flows.recorded" {
            let flows = body.get("flows").and_then(Json::list);
            let flows = flows.filter(|flows| !flows.is_empty());
            let flows = flows.ok_or("`flows` is missing or wrong")?;
            if !flows.iter().all(is_flow) {
                return Err("`flows` is missing or wrong".to_owned());
            }
            return Ok(self.begin(day, number));
        }
        let flow = body.text_of("flow").ok_or("`flow` is missing or wrong")?;
        let known = self.sheets.get(&day).copied().unwrap_or_default();
        if number >= known {
            return Ok(Some(format!(
                "{} of flow {flow} in sheet {number} of branch {} on {}, which is not there",
                entry.event, day.0, day.1
            )));
        }
        match entry.event.as_str() {
            "flow.corrected" => {
                let (to, to_number) = sheet(body, "to")?;
                for said in ["was", "now"] {
                    let said = body.get(said).filter(|said| is_said(said));
                    said.ok_or("`was` or `now` is missing or wrong")?;
                }
                if (&to, to_number) == (&day, number) {
                    return Ok(None);
                }
                Ok(self.begin(to, to_number))
            }
            "flow.cancelled" => {
                let withdrawn = body.get("withdrawn").and_then(Json::list);
                withdrawn.ok_or("`withdrawn` is missing or wrong")?;
                Ok(None)
            }
            event => self.task(event, entry, flow),
        }
    }

    /// A sheet begins behind those there are.
    fn begin(&mut self, day: Day, number: u64) -> Option<String> {
        let (branch, date) = day.clone();
        let known = self.sheets.entry(day).or_default();
        let expected = *known;
        *known = expected.max(number.saturating_add(1));
        (number != expected).then(|| {
            format!("sheet {number} of branch {branch} on {date} where {expected} follows")
        })
    }

    fn task(
        &mut self,
        event: &str,
        entry: &EntryOne,
        flow: &str,
    ) -> Result<Option<String>, String> {
        let body = &entry.body;
        let task = body.whole_of("task").ok_or("`task` is missing or wrong")?;
        let waiver = (flow.to_owned(), task);
        if event != "waiver.granted" {
            body.text_of("reason")
                .ok_or("`reason` is missing or wrong")?;
        }
        match event {
            "task.added" | "task.adjusted" => {
                body.text_of("class").ok_or("`class` is missing or wrong")?;
                Ok(None)
            }
            "waiver.asked" => {
                let signed = Signed::parse(body)?;
                let contradiction = signed.contradiction(entry);
                self.waivers.insert(waiver, (signed.person, signed.content));
                Ok(contradiction)
            }
            "waiver.granted" => {
                let signed = Signed::parse(body)?;
                let name = format!("task {flow}/{task}");
                Ok(match self.waivers.remove(&waiver) {
                    None => Some(format!("a waiver of {name} that nobody asked for")),
                    Some((asked, _)) if asked == signed.person => Some(format!(
                        "{asked} asked for and granted the waiver of {name}"
                    )),
                    Some((_, content)) if content != signed.content => {
                        Some(format!("the waiver of {name} granted with another content"))
                    }
                    Some(_) => signed.contradiction(entry),
                })
            }
            // Denied.
            _ => {
                body.text_of("by").ok_or("`by` is missing or wrong")?;
                let asked = self.waivers.remove(&waiver);
                let nobody = || format!("a denial for {flow}/{task} that nobody asked for");
                Ok(asked.is_none().then(nobody))
            }
        }
    }
}

fn sheet(body: &Json, key: &str) -> Result<(Day, u64), String> {
    let read = |sheet: &Json| {
        let day = (
            sheet.text_of("branch")?.to_owned(),
            sheet.text_of("business_date")?.to_owned(),
        );
        Some((day, sheet.whole_of("number")?))
    };
    let sheet = body.get(key).and_then(read);
    sheet.ok_or_else(|| format!("`{key}` is missing or wrong"))
}

fn is_flow(flow: &Json) -> bool {
    flow.text_of("flow").is_some()
        && flow.text_of("client").is_some()
        && flow.text_of("business").is_some()
        && flow.texts_of("tasks").is_some()
}

fn is_said(said: &Json) -> bool {
    said.text_of("branch").is_some()
        && said.text_of("business_date").is_some()
        && said.text_of("client").is_some()
        && said.text_of("business").is_some()
}
