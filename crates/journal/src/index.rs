//! What an entry is found by, and which facts it changes.

use catalog::{Dimension, IndexedEntry, Term};
use domain::{Actor, BatchId, BranchCode, BusinessDate, ClientNo, FlowNo, RecordId, Timestamp};
use entries::{Body, Described, Entry, RecordBody, SheetRef, TaskRef};
use policy::finding::Ended;

use crate::sheets::{self, Read};
use crate::view::OpenBatch;
use crate::{JournalError, lookup};
use crate::{clients, days, described, findings, origins, queue, reference};

/// A fact and its new value; `None` takes it away.
pub(crate) type Fact = (Vec<u8>, Option<Vec<u8>>);

/// What the catalog takes of an entry.
pub(crate) struct Indexed {
    /// The entry with what it is found by.
    pub(crate) entry: IndexedEntry,
    /// Its time.
    pub(crate) at: Timestamp,
    /// The facts that it changes.
    pub(crate) facts: Vec<Fact>,
}

/// What the catalog takes of this line. `writer` is the host that wrote the commit; `read` gives
/// the facts as the lines before it have left them.
pub(crate) fn index(line: String, writer: &str, read: Read<'_>) -> Result<Indexed, JournalError> {
    let entry = Entry::parse(&line)?;
    let mut terms = vec![Term::new(Dimension::Event, entry.event.clone())];
    actor_terms(&entry.actor, &mut terms);
    let mut facts = Vec::new();
    if let Some(body) = entry.body()? {
        body_terms(&body, &mut terms);
        facts.extend(body_facts(&body, writer, read)?);
    }
    Ok(Indexed {
        at: entry.at,
        entry: IndexedEntry {
            line,
            id: entry.id.to_string(),
            terms,
        },
        facts,
    })
}

fn actor_terms(actor: &Actor, terms: &mut Vec<Term>) {
    terms.push(Term::new(Dimension::Actor, actor.account.as_str()));
    if let Some(branch) = &actor.branch {
        terms.push(Term::new(Dimension::Branch, branch.as_str()));
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each event")]
fn body_terms(body: &Body, terms: &mut Vec<Term>) {
    let mut add = |dimension, value: Option<String>| {
        terms.extend(value.map(|value| Term::new(dimension, value)));
    };
    match body {
        Body::FondsCreated(_)
        | Body::ActInterrupted(_)
        | Body::PersonRecorded(_)
        | Body::RulesProposed(_)
        | Body::RulesConfirmed(_)
        | Body::RulesRejected(_)
        | Body::RulesWithdrawn(_) => {}
        Body::BatchReceived(batch) => batch_terms(batch.batch, &batch.branch, &mut add),
        Body::BatchInterrupted(batch) => batch_terms(batch.batch, &batch.branch, &mut add),
        Body::BatchClosed(batch) => batch_terms(batch.batch, &batch.branch, &mut add),
        Body::FlowsRecorded(recorded) => {
            sheet_terms(&recorded.sheet, &mut add);
            for taken in &recorded.flows {
                add(Dimension::Flow, Some(taken.flow.to_string()));
                add(Dimension::Client, Some(taken.client.to_string()));
            }
        }
        Body::FlowCorrected(body) => {
            sheet_terms(&body.to, &mut add);
            add(Dimension::Branch, Some(body.sheet.branch.to_string()));
            add(Dimension::Flow, Some(body.flow.to_string()));
            add(Dimension::Client, Some(body.was.client.to_string()));
            add(Dimension::Client, Some(body.now.client.to_string()));
        }
        Body::FlowCancelled(body) => flow_terms(&body.sheet, &body.flow, &mut add),
        Body::TaskAdded(body) => flow_terms(&body.sheet, &body.flow, &mut add),
        Body::TaskAdjusted(body) => flow_terms(&body.sheet, &body.flow, &mut add),
        Body::WaiverAsked(body) => flow_terms(&body.sheet, &body.flow, &mut add),
        Body::WaiverGranted(body) => flow_terms(&body.sheet, &body.flow, &mut add),
        Body::WaiverDenied(body) => flow_terms(&body.sheet, &body.flow, &mut add),
        Body::RecordFiled(record) | Body::RecordExcepted(record) => record_terms(record, &mut add),
        Body::RecordAssigned(body) => {
            image_terms(&body.at, body.record, &mut add);
            if let Some(now) = &body.now {
                described_terms(now, &mut add);
            }
        }
        Body::RecordCorrected(body) => {
            add(Dimension::Record, Some(body.record.to_string()));
            add(Dimension::Branch, Some(body.branch.to_string()));
            described_terms(&body.now, &mut add);
        }
        Body::TaskShared(body) => image_terms(&body.at, body.record, &mut add),
        Body::FlowVerified(body) => flow_terms(&body.sheet, &body.flow, &mut add),
        Body::ClientClaimed(body) => client_terms(&body.client, &body.branch, &mut add),
        Body::ClientGiven(body) => client_terms(&body.client, &body.branch, &mut add),
        Body::ChangeAsked(body) => {
            flow_terms(&body.sheet, &body.flow, &mut add);
            add(Dimension::Client, Some(body.now.client.to_string()));
        }
        Body::ChangeConfirmed(body) => {
            add(Dimension::Flow, Some(body.flow.to_string()));
            client_terms(&body.client, &body.branch, &mut add);
        }
        Body::ChangeRejected(body) | Body::ChangeWithdrawn(body) => {
            add(Dimension::Flow, Some(body.flow.to_string()));
            client_terms(&body.client, &body.branch, &mut add);
        }
        Body::FindingReported(body) => {
            add(Dimension::Branch, Some(body.branch.to_string()));
        }
        Body::FindingMended(body) | Body::FindingDismissed(body) => {
            add(Dimension::Branch, Some(body.branch.to_string()));
        }
        Body::RecordKept(body) | Body::RecordRejected(body) => {
            add(Dimension::Record, Some(body.record.to_string()));
            add(Dimension::Branch, Some(body.branch.to_string()));
        }
        Body::RecordRescanned(body) => {
            add(Dimension::Record, Some(body.record.to_string()));
            add(Dimension::Record, Some(body.instead.to_string()));
            add(Dimension::Branch, Some(body.branch.to_string()));
        }
        Body::ReviewPassed(body) => image_terms(&body.at, body.record, &mut add),
        Body::ReviewReturned(body) => image_terms(&body.at, body.record, &mut add),
        Body::BranchesRecorded(body) => {
            for one in &body.branches {
                add(Dimension::Branch, Some(one.branch.to_string()));
            }
        }
        Body::ClientsRecorded(body) => {
            for one in &body.clients {
                add(Dimension::Client, Some(one.client.to_string()));
            }
        }
        Body::AccountsRecorded(body) => {
            for one in &body.accounts {
                add(Dimension::Client, Some(one.client.to_string()));
            }
        }
        Body::DayReconciled(body) => {
            add(Dimension::Branch, Some(body.branch.to_string()));
            add(
                Dimension::BusinessDate,
                Some(body.business_date.to_string()),
            );
        }
        Body::DayClosed(body) => {
            add(Dimension::Branch, Some(body.branch.to_string()));
            add(
                Dimension::BusinessDate,
                Some(body.business_date.to_string()),
            );
        }
        Body::DeadlineMissed(body) => {
            sheet_terms(&body.sheet, &mut add);
            for (flow, _) in &body.open {
                add(Dimension::Flow, Some(flow.to_string()));
            }
        }
        Body::RecordOpened(act) => {
            add(Dimension::Record, Some(act.record.to_string()));
            add(Dimension::Branch, Some(act.branch.to_string()));
            add(Dimension::Client, act.client.get().map(ToString::to_string));
        }
        Body::TextSearched(act) => {
            add(
                Dimension::Branch,
                act.branch.as_ref().map(ToString::to_string),
            );
            add(
                Dimension::Client,
                act.client.as_ref().map(ToString::to_string),
            );
            add(
                Dimension::Class,
                act.class.as_ref().map(ToString::to_string),
            );
            add(Dimension::Flow, act.flow.as_ref().map(ToString::to_string));
        }
    }
}

fn client_terms(
    client: &ClientNo,
    branch: &BranchCode,
    add: &mut impl FnMut(Dimension, Option<String>),
) {
    add(Dimension::Client, Some(client.to_string()));
    add(Dimension::Branch, Some(branch.to_string()));
}

fn described_terms(now: &Described, add: &mut impl FnMut(Dimension, Option<String>)) {
    add(
        Dimension::Client,
        now.client.as_ref().map(ToString::to_string),
    );
    add(
        Dimension::Class,
        now.class.as_ref().map(ToString::to_string),
    );
    add(Dimension::Flow, now.flow.as_ref().map(ToString::to_string));
    let day = now.business_date.as_ref().map(ToString::to_string);
    add(Dimension::BusinessDate, day);
}

fn batch_terms(
    batch: BatchId,
    branch: &BranchCode,
    add: &mut impl FnMut(Dimension, Option<String>),
) {
    add(Dimension::Batch, Some(batch.to_string()));
    add(Dimension::Branch, Some(branch.to_string()));
}

fn day_terms(
    branch: &BranchCode,
    day: BusinessDate,
    add: &mut impl FnMut(Dimension, Option<String>),
) {
    add(Dimension::Branch, Some(branch.to_string()));
    add(Dimension::BusinessDate, Some(day.to_string()));
}

fn sheet_terms(sheet: &SheetRef, add: &mut impl FnMut(Dimension, Option<String>)) {
    day_terms(&sheet.branch, sheet.business_date, add);
}

fn image_terms(at: &TaskRef, record: RecordId, add: &mut impl FnMut(Dimension, Option<String>)) {
    add(Dimension::Record, Some(record.to_string()));
    flow_terms(&at.sheet, &at.flow, add);
}

fn flow_terms(sheet: &SheetRef, flow: &FlowNo, add: &mut impl FnMut(Dimension, Option<String>)) {
    sheet_terms(sheet, add);
    add(Dimension::Flow, Some(flow.to_string()));
}

fn record_terms(record: &RecordBody, add: &mut impl FnMut(Dimension, Option<String>)) {
    let facts = &record.facts;
    add(Dimension::Record, Some(facts.record.to_string()));
    add(Dimension::Batch, Some(facts.batch.to_string()));
    add(Dimension::Branch, Some(facts.branch.to_string()));
    add(
        Dimension::Client,
        facts.client.get().map(ToString::to_string),
    );
    add(Dimension::Class, facts.class.get().map(ToString::to_string));
    add(Dimension::Flow, facts.flow.get().map(ToString::to_string));
    add(
        Dimension::BusinessDate,
        facts.business_date.get().map(ToString::to_string),
    );
    for original in &record.originals {
        add(Dimension::Original, Some(original.sha256.to_string()));
    }
}

/// The facts that an entry changes.
pub(crate) fn body_facts(
    body: &Body,
    writer: &str,
    read: Read<'_>,
) -> Result<Vec<Fact>, JournalError> {
    Ok(match body {
        Body::BatchReceived(batch) => {
            let open = OpenBatch {
                batch: batch.batch,
                branch: batch.branch.clone(),
                writer: writer.to_owned(),
                records: batch.records,
            };
            vec![(open.key(), Some(open.to_bytes()))]
        }
        Body::BatchInterrupted(batch) => {
            vec![(OpenBatch::interrupted_key(batch.batch), Some(Vec::new()))]
        }
        Body::BatchClosed(batch) => vec![
            (OpenBatch::key_of(batch.batch), None),
            (OpenBatch::interrupted_key(batch.batch), None),
        ],
        Body::FondsCreated(_)
        | Body::RecordOpened(_)
        | Body::TextSearched(_)
        | Body::ActInterrupted(_) => Vec::new(),
        Body::PersonRecorded(_)
        | Body::RulesProposed(_)
        | Body::RulesConfirmed(_)
        | Body::RulesRejected(_)
        | Body::RulesWithdrawn(_) => lookup::facts_of(body)?,
        Body::DayReconciled(body) => days::reconciled(body, read)?,
        Body::DayClosed(body) => days::closed(body, read)?,
        Body::BranchesRecorded(body) => reference::branches(body)?,
        Body::ClientsRecorded(body) => reference::clients(body, read)?,
        Body::AccountsRecorded(body) => reference::accounts(body, read)?,
        Body::RecordCorrected(body) => described::corrected(body)?,
        Body::ClientClaimed(body) => clients::claimed(body, read)?,
        Body::ClientGiven(body) => clients::given(body, read)?,
        Body::ChangeAsked(body) => clients::asked(body, read)?,
        Body::ChangeConfirmed(body) => clients::confirmed(body, read)?,
        Body::ChangeRejected(body) => clients::rejected(body, read)?,
        Body::ChangeWithdrawn(body) => clients::withdrawn(body, read)?,
        Body::FindingReported(body) => findings::reported(body, read)?,
        Body::FindingMended(body) => findings::ended(body, Ended::Mended, read)?,
        Body::FindingDismissed(body) => findings::ended(body, Ended::Dismissed, read)?,
        Body::RecordFiled(_)
        | Body::RecordExcepted(_)
        | Body::RecordAssigned(_)
        | Body::RecordKept(_)
        | Body::RecordRejected(_)
        | Body::RecordRescanned(_)
        | Body::ReviewPassed(_)
        | Body::ReviewReturned(_)
        | Body::DeadlineMissed(_)
        | Body::FlowsRecorded(_)
        | Body::FlowCorrected(_)
        | Body::FlowCancelled(_)
        | Body::TaskAdded(_)
        | Body::TaskAdjusted(_)
        | Body::WaiverAsked(_)
        | Body::WaiverGranted(_)
        | Body::TaskShared(_)
        | Body::FlowVerified(_)
        | Body::WaiverDenied(_) => {
            let mut changed = sheets::facts_of(body, read)?;
            let queued = queue::facts_of(body, &changed, read)?;
            let mut facts = std::mem::take(&mut changed.facts);
            facts.extend(queued);
            if let Body::RecordAssigned(body) = body {
                facts.extend(described::assigned(body)?);
            }
            if let Body::RecordFiled(body) = body {
                facts.extend(origins::filed(body, read)?);
            }
            facts
        }
    })
}
