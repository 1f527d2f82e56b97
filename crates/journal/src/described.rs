//! What is known of a record once it was put right (著录更正): a fact of its own for the few records
//! of which something else is known than what they were filed with.

use domain::RecordId;
use entries::{Described, RecordAssigned, RecordCorrected, RecordFacts};
use policy::description::Description;

use crate::error::unreadable;
use crate::index::Fact;
use crate::{JournalError, Lookup};

const DESCRIBED: &str = "described/";

fn key(record: RecordId) -> Vec<u8> {
    format!("{DESCRIBED}{record}").into_bytes()
}

fn fact(record: RecordId, now: &Described) -> Result<Fact, JournalError> {
    let json = serde_json::to_vec(now).map_err(|_| unreadable("description"))?;
    Ok((key(record), Some(json)))
}

pub(crate) fn corrected(body: &RecordCorrected) -> Result<Vec<Fact>, JournalError> {
    Ok(vec![fact(body.record, &body.now)?])
}

pub(crate) fn assigned(body: &RecordAssigned) -> Result<Option<Fact>, JournalError> {
    let now = body.now.as_ref();
    now.map(|now| fact(body.record, now)).transpose()
}

impl Lookup<'_> {
    /// What is known of a record since it was put right; `None` where it never was.
    pub fn described(self, record: RecordId) -> Result<Option<Description>, JournalError> {
        let stored = self.fact(&key(record))?;
        let parse = |json: Vec<u8>| {
            let now: Described =
                serde_json::from_slice(&json).map_err(|_| unreadable("description"))?;
            Ok(description(now))
        };
        stored.map(parse).transpose()
    }
}

/// What a record was filed with.
#[must_use]
pub fn filed_with(facts: &RecordFacts) -> Description {
    Description {
        client: facts.client.get().cloned(),
        class: facts.class.get().cloned(),
        flow: facts.flow.get().cloned(),
        business_date: facts.business_date.get().copied(),
        account: facts.account.get().cloned(),
        document_name: facts.document_name.get().cloned(),
    }
}

/// What an entry says of a record, as `policy` knows it.
fn description(stored: Described) -> Description {
    let Described {
        client,
        class,
        flow,
        business_date,
        account,
        document_name,
    } = stored;
    Description {
        client,
        class,
        flow,
        business_date,
        account,
        document_name,
    }
}

/// A description as an entry keeps it.
#[must_use]
pub fn described(known: Description) -> Described {
    let Description {
        client,
        class,
        flow,
        business_date,
        account,
        document_name,
    } = known;
    Described {
        client,
        class,
        flow,
        business_date,
        account,
        document_name,
    }
}
