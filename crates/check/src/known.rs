//! What the entries of the ledger say about objects, records and batches.
//!
//! Only what entries *claim* is gathered here. Whether the objects are there and right is the
//! business of [`crate::objects`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use domain::{BatchId, Digest, Epoch, RecordId, RequestId, SealedKind, SealedName, SealedObject};

use crate::cases::Cases;
use crate::clients::Clients;
use crate::entry::{self, Filing, KNOWN_EVENTS};
use crate::flows::Flows;
use crate::json::Json;
use crate::report::{Draft, Finding};
use crate::sealed::Named;
use crate::{Code, entry::EntryOne, layout};

/// All that entries claim.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) objects: BTreeMap<SealedName, Claimed>,
    pub(crate) filings: BTreeMap<RecordId, Filing>,
    pub(crate) batches: BTreeMap<BatchId, Batch>,
    pub(crate) cases: Cases,
    flows: Flows,
    clients: Clients,
    /// SHA-256 of `fonds.json` as it lies in the store.
    fonds_sha256: Option<Digest>,
    /// Entry by id, to tell a repeated one.
    ids: BTreeMap<RequestId, u64>,
    /// Keys that may write from the next commit on.
    pub(crate) added_writers: Vec<String>,
}

/// A sealed object as entries name it.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    /// SHA-256 of the header in each epoch that is named, in the order of epochs. Mostly
    /// one, of very many objects: a list, for the sake of memory.
    pub(crate) headers: Vec<(Epoch, Digest)>,
    pub(crate) payload_sha256: Digest,
    pub(crate) payload_size_bytes: u64,
    /// The first entry that names it.
    pub(crate) entry: u64,
}

impl Claimed {
    /// SHA-256 of the header in an epoch, if an entry names it.
    pub(crate) fn header(&self, epoch: Epoch) -> Option<Digest> {
        let mut headers = self.headers.iter();
        headers
            .find(|(named, _)| *named == epoch)
            .map(|(_, sha256)| *sha256)
    }
}

/// A batch as entries tell it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    pub(crate) files: u64,
    /// Nothing more may be filed for it.
    pub(crate) interrupted: bool,
    pub(crate) closed: bool,
    pub(crate) received_in: u64,
}

/// Where an entry stands.
pub(crate) struct At<'a> {
    /// Path of its commit.
    pub(crate) commit: &'a str,
    /// Its position in the ledger.
    pub(crate) index: u64,
}

impl At<'_> {
    /// The place that a finding names.
    pub(crate) fn place(&self) -> String {
        format!("{} entry {}", self.commit, self.index)
    }

    fn find(&self, code: Code, found: impl Into<String>, expected: impl Into<String>) -> Finding {
        Finding::new(code, self.place(), found, expected)
    }
}

impl Known {
    /// Nothing known yet but the digest of `fonds.json`.
    pub(crate) fn new(fonds_sha256: Option<Digest>) -> Self {
        Self {
            fonds_sha256,
            ..Self::default()
        }
    }

    /// Takes in an entry of version 1. Answers whether everything it may name is known.
    pub(crate) fn take(&mut self, at: &At<'_>, entry: &EntryOne, draft: &mut Draft) -> bool {
        if let Some(earlier) = self.ids.get(&entry.id) {
            draft.find(at.find(
                Code::EntryIdRepeated,
                format!("the id {} of entry {earlier}", entry.id),
                "an id that no other entry has",
            ));
        } else {
            self.ids.insert(entry.id, at.index);
        }
        for key in &entry.unknown_keys {
            draft.skip(
                &format!("the key {key:?} of entries"),
                "this checker does not know its meaning",
                1,
            );
        }
        let malformed = self.take_objects(at, &entry.body, draft);
        if !KNOWN_EVENTS.contains(&entry.event.as_str()) {
            draft.skip(
                &format!("the meaning of entries with the event {:?}", entry.event),
                "this checker does not know the event",
                1,
            );
            return false;
        }
        let mut whole = malformed.is_empty();
        for why in malformed {
            draft.find(at.find(Code::EntryBody, why, "a sealed object with all its digests"));
        }
        let read = match entry.event.as_str() {
            "record.filed" | "record.excepted" => {
                let filed = self.file(at, &entry.body, draft);
                filed.and_then(|()| self.follow_images(at, entry, draft))
            }
            "record.assigned" | "record.kept" | "record.rejected" | "record.rescanned"
            | "task.shared" | "review.passed" | "review.returned" | "deadline.missed"
            | "day.reconciled" | "day.closed" => self.follow_images(at, entry, draft),
            "batch.received" => self.receive(at, &entry.body, draft),
            "batch.interrupted" => self.interrupt(at, &entry.body, draft),
            "batch.closed" => self.close(at, &entry.body, draft),
            "act.interrupted" => entry::act_interrupted(entry),
            "person.recorded" => entry::person_recorded(&entry.body),
            "branches.recorded" => entry::listed(&entry.body, "branches", &["branch", "name"]),
            "clients.recorded" => {
                let keys = ["client", "branch", "kind", "masked", "name_hmac", "id_hmac"];
                entry::listed(&entry.body, "clients", &keys)
            }
            "accounts.recorded" => entry::listed(&entry.body, "accounts", &["account", "client"]),
            "rules.proposed" | "rules.confirmed" | "rules.rejected" | "rules.withdrawn" => {
                self.change_rules(at, entry, draft)
            }
            "flows.recorded" | "flow.corrected" | "flow.cancelled" | "task.added"
            | "task.adjusted" | "flow.verified" | "waiver.asked" | "waiver.granted"
            | "waiver.denied" => self.follow_flows(at, entry, draft),
            "record.corrected" => self.describe(at, &entry.body, draft),
            "client.claimed" | "client.given" | "change.asked" | "change.confirmed"
            | "change.rejected" | "change.withdrawn" | "finding.reported" | "finding.mended"
            | "finding.dismissed" => self.follow_clients(at, entry, draft),
            "writer.added" => self.admit(&entry.body),
            "fonds.created" => {
                self.compare_fonds(at, &entry.body, draft);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(why) = read {
            let expected = format!("the body of {:?}", entry.event);
            draft.find(at.find(Code::EntryBody, why, expected));
            whole = false;
        }
        whole
    }

    /// The digest of `fonds.json` that the ledger fixes, beside the one that lies there.
    fn compare_fonds(&self, at: &At<'_>, body: &Json, draft: &mut Draft) {
        let (Some(stated), Some(found)) = (entry::fonds_sha256(body), self.fonds_sha256) else {
            return;
        };
        if stated != found {
            let expected = format!("fonds.json with SHA-256 {stated}");
            draft.find(at.find(Code::FondsForeign, format!("SHA-256 {found}"), expected));
        }
    }

    /// Takes in the objects that a value names, however deep. Answers what looked like one
    /// and could not be read.
    pub(crate) fn take_objects(
        &mut self,
        at: &At<'_>,
        json: &Json,
        draft: &mut Draft,
    ) -> Vec<String> {
        let mut named = Named::default();
        named.collect(json);
        for object in named.objects {
            self.claim(at, object, draft);
        }
        named.malformed
    }

    /// The batch that a page of the inbox belongs to, if an entry tells of it.
    pub(crate) fn batch_of(&self, name: &SealedName) -> Option<&Batch> {
        let id = layout::owner(&name.to_string()).parse().ok()?;
        self.batches.get(&id)
    }

    fn claim(&mut self, at: &At<'_>, object: SealedObject, draft: &mut Draft) {
        let name = object.name.clone();
        let claimed = self.objects.entry(object.name).or_insert_with(|| Claimed {
            headers: Vec::with_capacity(1),
            payload_sha256: object.payload_sha256,
            payload_size_bytes: object.payload_size_bytes,
            entry: at.index,
        });
        let header = claimed.header(object.epoch).unwrap_or_else(|| {
            claimed.headers.push((object.epoch, object.header_sha256));
            claimed.headers.sort();
            object.header_sha256
        });
        let agrees = header == object.header_sha256
            && claimed.payload_sha256 == object.payload_sha256
            && claimed.payload_size_bytes == object.payload_size_bytes;
        if !agrees {
            draft.find(at.find(
                Code::ObjectContradicted,
                format!("other digests or another size of {name}"),
                format!("what entry {} states", claimed.entry),
            ));
        }
    }

    fn file(&mut self, at: &At<'_>, body: &Json, draft: &mut Draft) -> Result<(), String> {
        let filing = Filing::parse(body)?;
        let record = filing.record;
        let batch = body.parsed("batch").and_then(|id: BatchId| {
            let batch = self.batches.get(&id)?;
            (batch.interrupted || batch.closed).then_some(id)
        });
        if let Some(batch) = batch {
            draft.find(at.find(
                Code::BatchContradicted,
                format!("record {record} filed for batch {batch}"),
                "nothing filed for a batch that was interrupted or closed",
            ));
        }
        let derived = filing.derived.as_ref().map(|d| (d, SealedKind::Derived));
        for (object, kind) in [(&filing.bag, SealedKind::Bag)].into_iter().chain(derived) {
            if object.name.record() != Some(record) || object.name.kind() != kind {
                draft.find(at.find(
                    Code::ObjectOfAnother,
                    object.name.to_string(),
                    format!("an object of record {record}, and of the kind that stands there"),
                ));
            }
        }
        match self.filings.entry(record) {
            Entry::Vacant(free) => {
                free.insert(filing);
            }
            Entry::Occupied(_) => draft.find(at.find(
                Code::RecordFiledTwice,
                format!("record {record}"),
                "a record that no earlier entry files",
            )),
        }
        Ok(())
    }

    fn receive(&mut self, at: &At<'_>, body: &Json, draft: &mut Draft) -> Result<(), String> {
        let (batch, files) = entry::batch_received(body)
            .ok_or_else(|| "`batch` or `files` is missing or wrong".to_owned())?;
        if let Some(earlier) = self.batches.get(&batch) {
            draft.find(at.find(
                Code::BatchContradicted,
                format!("batch {batch} received again"),
                format!("one `batch.received`, in entry {}", earlier.received_in),
            ));
            return Ok(());
        }
        let received_in = at.index;
        self.batches.insert(
            batch,
            Batch {
                files,
                interrupted: false,
                closed: false,
                received_in,
            },
        );
        Ok(())
    }

    fn interrupt(&mut self, at: &At<'_>, body: &Json, draft: &mut Draft) -> Result<(), String> {
        let batch =
            entry::batch_ended(body).ok_or_else(|| "`batch` is missing or wrong".to_owned())?;
        match self.batches.get_mut(&batch) {
            Some(known) if !known.closed && !known.interrupted => known.interrupted = true,
            Some(_) | None => draft.find(at.find(
                Code::BatchContradicted,
                format!("batch {batch} interrupted"),
                "one interruption of a batch that was received and is not closed",
            )),
        }
        Ok(())
    }

    fn close(&mut self, at: &At<'_>, body: &Json, draft: &mut Draft) -> Result<(), String> {
        let batch =
            entry::batch_ended(body).ok_or_else(|| "`batch` is missing or wrong".to_owned())?;
        match self.batches.get_mut(&batch) {
            Some(known) if !known.closed => known.closed = true,
            Some(_) => draft.find(at.find(
                Code::BatchContradicted,
                format!("batch {batch} closed again"),
                "one `batch.closed`",
            )),
            None => draft.find(at.find(
                Code::BatchContradicted,
                format!("batch {batch} closed"),
                "a `batch.received` before it",
            )),
        }
        Ok(())
    }

    fn change_rules(
        &mut self,
        at: &At<'_>,
        entry: &EntryOne,
        draft: &mut Draft,
    ) -> Result<(), String> {
        if let Some(found) = self.cases.take(at.index, entry)? {
            draft.find(at.find(
                Code::CaseContradicted,
                found,
                "each step of a case once, in its order, and a second person who confirms",
            ));
        }
        Ok(())
    }

    fn follow_flows(
        &mut self,
        at: &At<'_>,
        entry: &EntryOne,
        draft: &mut Draft,
    ) -> Result<(), String> {
        if let Some(found) = self.flows.take(entry)? {
            draft.find(at.find(
                Code::CaseContradicted,
                found,
                "each sheet once, in its order, and a second person who grants a waiver",
            ));
        }
        Ok(())
    }

    /// What is known of a record that was put right: of one that was filed.
    fn describe(&self, at: &At<'_>, body: &Json, draft: &mut Draft) -> Result<(), String> {
        let wrong = |key: &str| format!("`{key}` is missing or wrong");
        let record: RecordId = body.parsed("record").ok_or_else(|| wrong("record"))?;
        for key in ["branch", "by", "reason"] {
            body.text_of(key).ok_or_else(|| wrong(key))?;
        }
        for key in ["before", "now"] {
            body.get(key).ok_or_else(|| wrong(key))?;
        }
        if !self.filings.contains_key(&record) {
            let found = format!("record {record}, which is nowhere, put right");
            draft.find(at.find(Code::CaseContradicted, found, "a record that was taken in"));
        }
        Ok(())
    }

    fn follow_clients(
        &mut self,
        at: &At<'_>,
        entry: &EntryOne,
        draft: &mut Draft,
    ) -> Result<(), String> {
        if let Some(found) = self.clients.take(entry)? {
            let expected = "what the entries before it allow";
            draft.find(at.find(Code::CaseContradicted, found, expected));
        }
        Ok(())
    }

    fn follow_images(
        &mut self,
        at: &At<'_>,
        entry: &EntryOne,
        draft: &mut Draft,
    ) -> Result<(), String> {
        if let Some(found) = self.flows.take_image(entry)? {
            draft.find(at.find(
                Code::CaseContradicted,
                found,
                "one image for each task and one task for each, reviewed after it is there",
            ));
        }
        Ok(())
    }

    fn admit(&mut self, body: &Json) -> Result<(), String> {
        let key = body
            .text_of("key")
            .ok_or_else(|| "`key` is missing or wrong".to_owned())?;
        self.added_writers.push(key.to_owned());
        Ok(())
    }
}
