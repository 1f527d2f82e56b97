//! Claims to clients, changes of what is known of them, and findings, as entries tell them: nobody
//! claims twice, nobody changes a client alone, and what has ended has ended.

use std::collections::{HashMap, HashSet};

use domain::Digest;

use crate::cases::Signed;
use crate::entry::EntryOne;
use crate::flows::{hash, wrong};
use crate::json::Json;

/// What entries tell of clients, as far as the next ones depend on it.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    /// Who claims whom, and what they signed: by hashes of client and person.
    claims: HashMap<u64, Digest>,
    /// The changes that wait for a second person, by flow: who asked, and for what.
    changes: HashMap<String, (String, Digest)>,
    /// The flows whose change was confirmed.
    confirmed: HashSet<String>,
    /// The findings that were reported; whether each is open, and who is to mend it.
    findings: HashMap<String, (bool, String)>,
}

impl Clients {
    /// Takes in an entry. The first error is of a body that cannot be read; the second answer tells
    /// what contradicts what was told before.
    pub(crate) fn take(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        match entry.event.as_str() {
            "client.claimed" | "client.given" => self.claim(entry),
            "change.asked" | "change.confirmed" | "change.rejected" | "change.withdrawn" => {
                self.change(entry)
            }
            _finding => self.find(entry),
        }
    }

    fn claim(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let client = body.text_of("client").ok_or_else(|| wrong("client"))?;
        let signed = Signed::parse(body)?;
        if entry.event == "client.given" {
            let to = body.text_of("to").ok_or_else(|| wrong("to"))?;
            body.text_of("reason").ok_or_else(|| wrong("reason"))?;
            let claimed = self.claims.get(&hash(&(client, to)));
            return Ok(if claimed == Some(&signed.content) {
                signed.contradiction(entry)
            } else {
                Some(format!(
                    "client {client} given to {to} over another content"
                ))
            });
        }
        let key = hash(&(client, signed.person.as_str()));
        let again = self.claims.insert(key, signed.content).is_some();
        let twice = again.then(|| format!("a second claim of {} to {client}", signed.person));
        Ok(twice.or_else(|| signed.contradiction(entry)))
    }

    fn change(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let flow = body.text_of("flow").ok_or_else(|| wrong("flow"))?;
        if entry.event == "change.asked" {
            let signed = Signed::parse(body)?;
            for key in ["fields", "identified", "signed", "sync"] {
                body.texts_of(key).ok_or_else(|| wrong(key))?;
            }
            let now = body.get("now").ok_or_else(|| wrong("now"))?;
            now.text_of("client").ok_or_else(|| wrong("now"))?;
            let contradiction = signed.contradiction(entry);
            let asked = (signed.person, signed.content);
            let again = self.confirmed.contains(flow)
                || self.changes.insert(flow.to_owned(), asked).is_some();
            let twice = again.then(|| format!("a second change on flow {flow}"));
            return Ok(twice.or(contradiction));
        }
        let Some((asked_by, content)) = self.changes.remove(flow) else {
            let found = format!("{} on flow {flow}, where none waits", entry.event);
            return Ok(Some(found));
        };
        if entry.event != "change.confirmed" {
            let by = said_by(body)?;
            body.text_of("reason").ok_or_else(|| wrong("reason"))?;
            let own = entry.event == "change.withdrawn";
            let other =
                (own && by != asked_by).then(|| format!("{by} withdrew a change of {asked_by}"));
            return Ok(other.or_else(|| acted(entry, by)));
        }
        self.confirmed.insert(flow.to_owned());
        let signed = Signed::parse(body)?;
        Ok(if signed.person == asked_by {
            Some(format!(
                "{asked_by} asked for and confirmed the change on flow {flow}"
            ))
        } else if signed.content != content {
            Some(format!(
                "the change on flow {flow} confirmed with another content"
            ))
        } else {
            signed.contradiction(entry)
        })
    }

    fn find(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let id = body.text_of("finding").ok_or_else(|| wrong("finding"))?;
        let by = said_by(body)?;
        if entry.event == "finding.reported" {
            for key in ["branch", "about", "what", "due"] {
                body.text_of(key).ok_or_else(|| wrong(key))?;
            }
            let owner = body.text_of("owner").ok_or_else(|| wrong("owner"))?;
            let known = self
                .findings
                .insert(id.to_owned(), (true, owner.to_owned()));
            let twice = known.map(|_| format!("finding {id} reported twice"));
            return Ok(twice.or_else(|| acted(entry, by)));
        }
        body.text_of("said").ok_or_else(|| wrong("said"))?;
        let mended = entry.event == "finding.mended";
        let Some((open, owner)) = self.findings.get_mut(id).filter(|(open, _)| *open) else {
            return Ok(Some(format!("{} of {id}, which is not open", entry.event)));
        };
        *open = false;
        let own = by == owner.as_str();
        let wrong_person = (own != mended)
            .then(|| format!("{} of {id} by {by}, where {owner} owns it", entry.event));
        Ok(wrong_person.or_else(|| acted(entry, by)))
    }
}

fn said_by(body: &Json) -> Result<&str, String> {
    body.text_of("by").ok_or_else(|| wrong("by"))
}

/// Whoever is named has acted.
fn acted(entry: &EntryOne, by: &str) -> Option<String> {
    let acts = entry.person.as_deref().unwrap_or("nobody known");
    (acts != by).then(|| format!("{by} named where {acts} acted"))
}
