//! `metadata/record.json`: what the bag says of itself, with nothing of the archive at hand.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Digest, FondsId, MediaType, Timestamp};
use entries::{Original, RecordFacts};
use reading::fields::{Field, FieldKind, FieldSource};
use reading::{Document, ReadFailure};
use serde::Serialize;

use crate::bag::data_name;
use crate::plan::{PlannedRecord, Trouble};

const VERSION: u32 = 1;

#[derive(Serialize)]
struct RecordJson<'a> {
    v: u32,
    fonds: FondsId,
    filed_at: Timestamp,
    #[serde(flatten)]
    facts: &'a RecordFacts,
    /// Why it is an exception, in words.
    exception_found: Option<String>,
    exception_hint: Option<&'static str>,
    originals: Vec<OriginalJson>,
    /// What the pages seemed to say. Personal data: it stands in the sealed bag alone.
    found: Vec<FieldJson<'a>>,
}

#[derive(Serialize)]
struct OriginalJson {
    path: String,
    media_type: MediaType,
    sha256: Digest,
    size_bytes: u64,
    /// The name it came with; what is no UTF-8 is replaced, the raw bytes stand beside it.
    received_name: String,
    received_name_base64: String,
}

#[derive(Serialize)]
struct FieldJson<'a> {
    kind: FieldKind,
    value: &'a str,
    confidence: f32,
    source: FieldSource,
    page: u32,
}

/// What is described.
pub struct Description<'a> {
    /// The fonds.
    pub fonds: FondsId,
    /// When it is filed.
    pub filed_at: Timestamp,
    /// What is known of it.
    pub facts: &'a RecordFacts,
    /// Its originals.
    pub originals: &'a [Original],
    /// The record as it was planned.
    pub planned: &'a PlannedRecord,
    /// What was read.
    pub document: Option<&'a Document>,
    /// What could not be read.
    pub failure: Option<&'a ReadFailure>,
}

impl Description<'_> {
    /// The JSON, pretty enough to be read by a person in twenty years.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let fields: Vec<Field> = self.document.map(Document::fields).unwrap_or_default();
        let json = RecordJson {
            v: VERSION,
            fonds: self.fonds,
            filed_at: self.filed_at,
            facts: self.facts,
            exception_found: self.found(),
            exception_hint: self
                .facts
                .exception
                .as_ref()
                .map(|refused| refused.code.hint()),
            originals: self.originals(),
            found: fields
                .iter()
                .map(|field| FieldJson {
                    kind: field.kind,
                    value: &field.value,
                    confidence: field.confidence,
                    source: field.source,
                    page: field.page,
                })
                .collect(),
        };
        let mut bytes = serde_json::to_vec_pretty(&json)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn originals(&self) -> Vec<OriginalJson> {
        (1..)
            .zip(self.originals)
            .zip(&self.planned.files)
            .map(|((n, original), file)| OriginalJson {
                path: data_name(n, original.media_type),
                media_type: original.media_type,
                sha256: original.sha256,
                size_bytes: original.size_bytes,
                received_name: file.name.display().to_string(),
                received_name_base64: raw_name(&file.name),
            })
            .collect()
    }

    fn found(&self) -> Option<String> {
        match (&self.planned.trouble, self.failure) {
            (Some(Trouble::Sidecar(why) | Trouble::NotAFile(why)), _) => Some(why.clone()),
            (Some(Trouble::FileMissing(name)), _) => Some(format!("{name} is not there")),
            (None, Some(failure)) => Some(failure.why.to_string()),
            (None, None) => None,
        }
    }
}

fn raw_name(name: &Path) -> String {
    STANDARD.encode(name.as_os_str().as_encoded_bytes())
}
