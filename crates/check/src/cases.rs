//! Cases as entries tell them: every step once, in order, and no change of rules by one person
//! alone.

use std::collections::BTreeMap;

use domain::{CaseId, Digest};

use crate::entry::EntryOne;
use crate::json::Json;

/// The cases that entries tell of.
#[derive(Debug, Default)]
pub(crate) struct Cases {
    changes: BTreeMap<CaseId, RuleChange>,
    /// How many changes of rules were confirmed.
    confirmed: u64,
    /// The texts that are named, each with the first entry that names it.
    pub(crate) texts: BTreeMap<Digest, u64>,
}

/// A change of rules that was proposed.
#[derive(Debug)]
struct RuleChange {
    steps: u64,
    ended: bool,
    proposer: String,
    content: Digest,
    /// What is to be in force, and from when.
    change: Json,
    from: String,
}

impl Cases {
    /// Takes in an entry of a change of rules. The first error is of a body that cannot be
    /// read; the second answer tells what contradicts the case.
    pub(crate) fn take(&mut self, index: u64, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let wrong = |key: &str| format!("`{key}` is missing or wrong");
        let case: CaseId = body.parsed("case").ok_or_else(|| wrong("case"))?;
        let step = body.whole_of("step").ok_or_else(|| wrong("step"))?;
        let known = self.changes.get_mut(&case);
        let there = known.as_ref().map_or(0, |case| case.steps);
        if step != there {
            return Ok(Some(format!("step {step} of case {case} after {there}")));
        }
        match (entry.event.as_str(), known) {
            ("rules.proposed", None) => {
                let signed = Signed::parse(body)?;
                let (change, from) = change(body)?;
                if let Some(text) = change.parsed("text") {
                    self.texts.entry(text).or_insert(index);
                }
                let contradiction = signed.contradiction(entry);
                let proposed = RuleChange {
                    steps: 1,
                    ended: false,
                    proposer: signed.person,
                    content: signed.content,
                    change,
                    from,
                };
                self.changes.insert(case, proposed);
                Ok(contradiction)
            }
            ("rules.confirmed", Some(known)) if !known.ended => {
                let signed = Signed::parse(body)?;
                let (change, from) = change(body)?;
                let sequence = body.whole_of("sequence").ok_or_else(|| wrong("sequence"))?;
                let contradiction = if signed.person == known.proposer {
                    Some(format!(
                        "{} proposed and confirmed case {case}",
                        signed.person
                    ))
                } else if signed.content != known.content {
                    Some(format!("case {case} confirmed with another content"))
                } else if change != known.change || from != known.from {
                    Some(format!("case {case} confirmed with another change or day"))
                } else if sequence != self.confirmed {
                    let expected = self.confirmed;
                    Some(format!("confirmation {sequence} where {expected} follows"))
                } else {
                    signed.contradiction(entry)
                };
                known.steps += 1;
                known.ended = true;
                self.confirmed += 1;
                Ok(contradiction)
            }
            ("rules.rejected" | "rules.withdrawn", Some(known)) if !known.ended => {
                body.text_of("by").ok_or_else(|| wrong("by"))?;
                body.text_of("reason").ok_or_else(|| wrong("reason"))?;
                known.steps += 1;
                known.ended = true;
                Ok(None)
            }
            (event, _) => Ok(Some(format!("{event} as step {step} of case {case}"))),
        }
    }
}

/// What is to be in force, and from when.
fn change(body: &Json) -> Result<(Json, String), String> {
    let change = body.get("change").filter(|change| {
        let text: Option<Digest> = change.parsed("text");
        text.is_some() && change.text_of("kind").is_some()
    });
    let change = change.ok_or("`change` is missing or wrong")?.clone();
    let from = body.text_of("from").ok_or("`from` is missing or wrong")?;
    Ok((change, from.to_owned()))
}

/// A signature.
pub(crate) struct Signed {
    pub(crate) person: String,
    pub(crate) content: Digest,
}

impl Signed {
    pub(crate) fn parse(body: &Json) -> Result<Self, String> {
        let parse = |signed: &Json| {
            for key in ["position", "day", "assurance"] {
                signed.text_of(key)?;
            }
            Some(Self {
                person: signed.text_of("person")?.to_owned(),
                content: signed.parsed("content")?,
            })
        };
        let signed = body.get("signature").and_then(parse);
        signed.ok_or_else(|| "`signature` is missing or wrong".to_owned())
    }

    /// Whoever signs is whoever acts.
    pub(crate) fn contradiction(&self, entry: &EntryOne) -> Option<String> {
        let acts = entry.person.as_deref().unwrap_or("nobody known");
        (acts != self.person).then(|| format!("{} signed where {acts} acted", self.person))
    }
}
