//! What other systems deliver as it was born: held against its manifest, and against what the same
//! origin has delivered before.

use catalog::{Dimension, Query, Term};
use entries::{Event, ExceptionCode, RecordBody, Refused};
use journal::{JournalError, Lookup, View};

use crate::bag::BagFile;
use crate::error::IngestError;
use crate::intake::Intake;
use crate::outcome::Outcome;
use crate::plan::PlannedRecord;

impl Intake {
    /// The outcome of a document of the same origin with the same bytes.
    pub(crate) fn delivered_before(
        &self,
        planned: &PlannedRecord,
    ) -> Result<Option<Outcome>, IngestError> {
        let facts = &planned.facts;
        let (Some(native), Some(system), Some(id)) =
            (&planned.native, &facts.origin_system, &facts.origin_id)
        else {
            return Ok(None);
        };
        let lookup = Lookup::of(self.setup.journal.catalog());
        let known = lookup.delivered(system, id)?;
        let Some(known) = known.filter(|known| known.sha256 == native.sha256) else {
            return Ok(None);
        };
        let query = Query {
            all: vec![
                Term::new(Dimension::Record, known.record.to_string()),
                Term::new(Dimension::Event, Event::RecordFiled.as_str()),
            ],
            limit: 1,
            ..Query::default()
        };
        let page = self.setup.journal.catalog().query(&query);
        let page = page.map_err(JournalError::from)?;
        let row = page.rows.first();
        row.map(|row| self.stored(row.index)).transpose()
    }
}

/// A document with other bytes than the one of the same origin that is there is an exception.
pub(crate) fn told_apart(
    view: &View<'_>,
    mut body: RecordBody,
) -> Result<RecordBody, JournalError> {
    let facts = &body.facts;
    if let (Some(system), Some(id)) = (facts.origin_system.get(), facts.origin_id.get())
        && view.lookup().delivered(system, id)?.is_some()
    {
        body.facts.exception = Some(Refused {
            code: ExceptionCode::OriginConflict,
            original: None,
            page: None,
        });
    }
    Ok(body)
}

/// Why a file is not the one that a manifest declares.
pub(crate) fn not_as_declared(planned: &PlannedRecord, files: &[BagFile]) -> Option<String> {
    let declared = planned.native.as_ref()?.sha256;
    let found = files.first()?.sha256;
    (found != declared).then(|| {
        format!("SHA-256 {found}, where the manifest says {declared}: let it be delivered again")
    })
}
