//! What other systems have delivered (来源, R03), by their own keys: a document of one origin is
//! there once.

use domain::{Digest, RecordId};
use entries::RecordBody;
use serde::{Deserialize, Serialize};

use crate::error::unreadable;
use crate::index::Fact;
use crate::sheets::Read;
use crate::{JournalError, Lookup};

const ORIGINS: &str = "origin/";

/// A document as its origin delivered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Its record.
    pub record: RecordId,
    /// SHA-256 of its first original.
    pub sha256: Digest,
}

fn key(system: &str, id: &str) -> Vec<u8> {
    // Neither is known to have no slash: the length keeps them apart.
    format!("{ORIGINS}{}/{system}/{id}", system.len()).into_bytes()
}

/// The fact of a record that was filed, if its origin is known and has delivered nothing before.
pub(crate) fn filed(body: &RecordBody, read: Read<'_>) -> Result<Option<Fact>, JournalError> {
    let facts = &body.facts;
    let (Some(system), Some(id)) = (facts.origin_system.get(), facts.origin_id.get()) else {
        return Ok(None);
    };
    let key = key(system, id);
    let Some(original) = body.originals.first() else {
        return Ok(None);
    };
    if read(&key)?.is_some() {
        return Ok(None);
    }
    let delivered = Delivered {
        record: facts.record,
        sha256: original.sha256,
    };
    let json = serde_json::to_vec(&delivered).map_err(|_| unreadable("origin"))?;
    Ok(Some((key, Some(json))))
}

impl Lookup<'_> {
    /// What a system has delivered under one of its keys.
    pub fn delivered(self, system: &str, id: &str) -> Result<Option<Delivered>, JournalError> {
        let stored = self.fact(&key(system, id))?;
        stored
            .map(|json| serde_json::from_slice(&json).map_err(|_| unreadable("origin")))
            .transpose()
    }
}
