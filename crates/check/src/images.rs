//! Images as entries tell of them: one for each task and each for one task, none reviewed that is
//! not there, and every record that stands for no task settled once.

use std::collections::{HashMap, HashSet};

use domain::Digest;

use crate::cases::Signed;
use crate::entry::EntryOne;
use crate::flows::{hash, wrong};
use crate::json::Json;

/// What entries tell of images, by hashes of tasks and records: there are millions of them.
#[derive(Debug, Default)]
pub(crate) struct Images {
    /// The images that wait for their review: the record, and what was signed.
    scanned: HashMap<u64, (u64, Digest)>,
    /// The tasks whose image was reviewed.
    reviewed: HashSet<u64>,
    /// Their records.
    in_order: HashSet<u64>,
    /// The last image of a task that was sent back, until another has taken its place.
    returned: HashMap<u64, u64>,
    /// The records that stand for a task.
    standing: HashSet<u64>,
    /// The records that wait for somebody.
    waiting: HashSet<u64>,
}

fn task_of(flow: &str, number: u64) -> u64 {
    hash(&(flow, number))
}

impl Images {
    /// A record that was filed, or is an exception.
    pub(crate) fn file(
        &mut self,
        body: &Json,
        is_exception: bool,
        entry: &EntryOne,
    ) -> Result<Filing, String> {
        let record = body.text_of("record").ok_or_else(|| wrong("record"))?;
        let Some(filing) = body.get("filing") else {
            if is_exception {
                self.waiting.insert(hash(&record));
            }
            return Ok(Filing::None);
        };
        match filing.text_of("is") {
            Some("open") if !is_exception => {
                filing.text_of("why").ok_or_else(|| wrong("filing"))?;
                self.waiting.insert(hash(&record));
                Ok(Filing::None)
            }
            Some("task") if !is_exception => {
                let signed = Signed::parse(filing)?;
                filing.text_of("by").ok_or_else(|| wrong("filing"))?;
                let at = filing.get("at").ok_or_else(|| wrong("at"))?;
                let contradiction = signed.contradiction(entry);
                let put = self.put(at, record, signed.content)?;
                Ok(Filing::Task(contradiction.or(put)))
            }
            _ => Err(wrong("filing")),
        }
    }

    /// A record that a person has matched.
    pub(crate) fn assign(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let settled = self.unqueue(body)?;
        let record = body.text_of("record").ok_or_else(|| wrong("record"))?;
        body.text_of("reason").ok_or_else(|| wrong("reason"))?;
        let signed = Signed::parse(body)?;
        let at = body.get("at").ok_or_else(|| wrong("at"))?;
        let put = self.put(at, record, signed.content)?;
        Ok(settled.or(put).or_else(|| signed.contradiction(entry)))
    }

    /// A record that a person has said something of.
    pub(crate) fn settle(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let by = body.text_of("by").ok_or_else(|| wrong("by"))?;
        let acts = entry.person.as_deref().unwrap_or("nobody known");
        let settled = self.unqueue(body)?;
        Ok(settled.or_else(|| (acts != by).then(|| format!("{by} settled where {acts} acted"))))
    }

    fn unqueue(&mut self, body: &Json) -> Result<Option<String>, String> {
        let record = body.text_of("record").ok_or_else(|| wrong("record"))?;
        body.text_of("branch").ok_or_else(|| wrong("branch"))?;
        let waited = self.waiting.remove(&hash(&record));
        Ok((!waited).then(|| format!("record {record}, which does not wait, settled")))
    }

    fn put(&mut self, at: &Json, record: &str, content: Digest) -> Result<Option<String>, String> {
        let (flow, number) = place(at)?;
        let task = task_of(flow, number);
        let again = self.reviewed.contains(&task)
            || self
                .scanned
                .insert(task, (hash(&record), content))
                .is_some();
        if again {
            return Ok(Some(format!("a second image for task {flow}/{number}")));
        }
        // A new scan takes the place of what was sent back, which waits no more.
        if let Some(returned) = self.returned.remove(&task)
            && returned != hash(&record)
        {
            self.waiting.remove(&returned);
        }
        let twice = !self.standing.insert(hash(&record));
        Ok(twice.then(|| format!("record {record} for a second task, {flow}/{number}")))
    }

    /// A review.
    pub(crate) fn review(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let (flow, number) = place(body.get("at").ok_or_else(|| wrong("at"))?)?;
        let record = body.text_of("record").ok_or_else(|| wrong("record"))?;
        let task = task_of(flow, number);
        let name = format!("task {flow}/{number}");
        let there = self.scanned.remove(&task);
        let Some((_, content)) = there.filter(|(there, _)| *there == hash(&record)) else {
            let found = format!("a review of record {record}, which does not stand for {name}");
            return Ok(Some(found));
        };
        if entry.event == "review.returned" {
            self.standing.remove(&hash(&record));
            self.waiting.insert(hash(&record));
            self.returned.insert(task, hash(&record));
            for key in ["by", "reason"] {
                body.text_of(key).ok_or_else(|| wrong(key))?;
            }
            return Ok(None);
        }
        let signed = Signed::parse(body)?;
        self.reviewed.insert(task);
        self.in_order.insert(hash(&record));
        let other = signed.content != content;
        let found = other.then(|| format!("the review of {name} passed with another content"));
        Ok(found.or_else(|| signed.contradiction(entry)))
    }

    /// A document that serves another task: one that a review has passed.
    pub(crate) fn share(&mut self, entry: &EntryOne) -> Result<Option<String>, String> {
        let body = &entry.body;
        let (flow, number) = place(body.get("at").ok_or_else(|| wrong("at"))?)?;
        let record = body.text_of("record").ok_or_else(|| wrong("record"))?;
        let by = body.text_of("by").ok_or_else(|| wrong("by"))?;
        body.text_of("reason").ok_or_else(|| wrong("reason"))?;
        let acts = entry.person.as_deref().unwrap_or("nobody known");
        let task = task_of(flow, number);
        Ok(if !self.in_order.contains(&hash(&record)) {
            Some(format!(
                "record {record}, which no review has passed, for task {flow}/{number}"
            ))
        } else if self.scanned.contains_key(&task) || !self.reviewed.insert(task) {
            Some(format!("a second image for task {flow}/{number}"))
        } else {
            (acts != by).then(|| format!("{by} shared where {acts} acted"))
        })
    }

    /// Tasks of a flow that are not owed any more: what stood for them waits.
    pub(crate) fn withdraw(&mut self, flow: &str, numbers: &[u64]) {
        for number in numbers {
            if let Some((record, _)) = self.scanned.remove(&task_of(flow, *number)) {
                self.standing.remove(&record);
                self.waiting.insert(record);
            }
        }
    }

    /// Whether a task has an image.
    pub(crate) fn has(&self, flow: &str, number: u64) -> bool {
        let task = task_of(flow, number);
        self.scanned.contains_key(&task) || self.reviewed.contains(&task)
    }
}

/// What a record was filed for.
pub(crate) enum Filing {
    /// No task.
    None,
    /// A task, and what contradicts that.
    Task(Option<String>),
}

/// The flow and the number of a task.
pub(crate) fn place(at: &Json) -> Result<(&str, u64), String> {
    let flow = at.text_of("flow").ok_or_else(|| wrong("flow"))?;
    let number = at.whole_of("task").ok_or_else(|| wrong("task"))?;
    Ok((flow, number))
}
