//! The sidecar (随附说明): what somebody knows about files, beside the files.
//!
//! `NAME.json` in the same folder:
//!
//! ```json
//! {"v":1,"records":[{"files":["a.jpg","b.jpg"],"client":"8800012345","class":"opening",
//!   "flow":"LS20261120000123","business_date":"2026-11-20","document_name":"开户申请表"}]}
//! ```
//!
//! Every key of a record but `files` may be left out. The other keys are those of
//! `record.filed`.

use domain::{
    AccountNo, BranchCode, BusinessDate, ClassCode, ClientNo, FlowNo, LoginName, Medium, RecordId,
    Sensitivity,
};
use serde::Deserialize;

/// The largest sidecar that is read.
pub const SIDECAR_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A sidecar, version 1.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// Its version: 1.
    v: u32,
    /// The records that its files make.
    pub records: Vec<Declared>,
}

/// One record as a sidecar declares it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The files that belong together, in their order, as names beside the sidecar.
    pub files: Vec<String>,
    /// The facts about them.
    #[serde(flatten)]
    pub facts: Facts,
}

/// What may be said about a record when it is taken in. `None`: nobody said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The client (客户号).
    pub client: Option<ClientNo>,
    /// The class (资料类别).
    pub class: Option<ClassCode>,
    /// The flow (业务流水号).
    pub flow: Option<FlowNo>,
    /// The day of the business (业务日期).
    pub business_date: Option<BusinessDate>,
    /// The name of the document (文件名称).
    pub document_name: Option<String>,
    /// The account (账户).
    pub account: Option<AccountNo>,
    /// The medium of what was scanned (R02).
    pub medium: Option<Medium>,
    /// The carrier (R02).
    pub carrier: Option<String>,
    /// The record that this is another rendition of (R02).
    pub rendition_of: Option<RecordId>,
    /// The system that it comes from (R03).
    pub origin_system: Option<String>,
    /// Its key in that system (R03).
    pub origin_id: Option<String>,
    /// The branch that answers for it (R13).
    pub responsible_branch: Option<BranchCode>,
    /// Who answers for it (R13).
    pub responsible_person: Option<LoginName>,
    /// How far it may be known (R105).
    pub sensitivity: Option<Sensitivity>,
}

/// The bytes are not a sidecar.
#[derive(Debug, thiserror::Error)]
pub enum SidecarError {
    /// Not JSON of its shape; the source names line and column.
    #[error("the sidecar is not JSON as it should be")]
    Shape(#[source] serde_json::Error),
    /// Another version.
    #[error("the sidecar has version {found}, expected 1")]
    Version {
        /// The version found.
        found: u32,
    },
    /// A file's name leads out of the sidecar's folder, or a record has no file.
    #[error("the sidecar names {found:?}: expected names of files beside it")]
    FileName {
        /// The name.
        found: String,
    },
    /// A text is too long for an entry.
    #[error("{key} has {size_bytes} bytes, expected at most {TEXT_BYTES_MAX}")]
    TextTooLong {
        /// The key.
        key: &'static str,
        /// Its length.
        size_bytes: usize,
    },
}

/// The longest free text in a sidecar.
const TEXT_BYTES_MAX: usize = 256;

impl Sidecar {
    /// Reads a sidecar, strictly.
    pub fn parse(bytes: &[u8]) -> Result<Self, SidecarError> {
        let sidecar: Self = serde_json::from_slice(bytes).map_err(SidecarError::Shape)?;
        if sidecar.v != 1 {
            return Err(SidecarError::Version { found: sidecar.v });
        }
        for declared in &sidecar.records {
            if declared.files.is_empty() {
                return Err(SidecarError::FileName {
                    found: String::new(),
                });
            }
            if let Some(bad) = declared.files.iter().find(|name| !is_plain(name)) {
                return Err(SidecarError::FileName { found: bad.clone() });
            }
            declared.facts.check()?;
        }
        Ok(sidecar)
    }
}

impl Facts {
    fn check(&self) -> Result<(), SidecarError> {
        let texts = [
            ("document_name", &self.document_name),
            ("carrier", &self.carrier),
            ("origin_system", &self.origin_system),
            ("origin_id", &self.origin_id),
        ];
        for (key, text) in texts {
            let size_bytes = text.as_ref().map_or(0, String::len);
            if size_bytes > TEXT_BYTES_MAX {
                return Err(SidecarError::TextTooLong { key, size_bytes });
            }
        }
        Ok(())
    }

    /// These facts, with the gaps filled from `other`.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        let other = other.clone();
        Self {
            client: self.client.or(other.client),
            class: self.class.or(other.class),
            flow: self.flow.or(other.flow),
            business_date: self.business_date.or(other.business_date),
            document_name: self.document_name.or(other.document_name),
            account: self.account.or(other.account),
            medium: self.medium.or(other.medium),
            carrier: self.carrier.or(other.carrier),
            rendition_of: self.rendition_of.or(other.rendition_of),
            origin_system: self.origin_system.or(other.origin_system),
            origin_id: self.origin_id.or(other.origin_id),
            responsible_branch: self.responsible_branch.or(other.responsible_branch),
            responsible_person: self.responsible_person.or(other.responsible_person),
            sensitivity: self.sensitivity.or(other.sensitivity),
        }
    }
}

/// A file's name and nothing else: no folder, no way up.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sidecar_is_read_strictly() {
        let good = r#"{"v":1,"records":[{"files":["a.jpg","二.jpg"],"client":"88","flow":"L1","business_date":"2026-11-20"}]}"#;
        let sidecar = Sidecar::parse(good.as_bytes()).unwrap();
        assert_eq!(sidecar.records[0].files, ["a.jpg", "二.jpg"]);
        assert_eq!(
            sidecar.records[0].facts.client.as_ref().unwrap().as_str(),
            "88"
        );
        for wrong in [
            "",
            "[]",
            r#"{"v":2,"records":[]}"#,
            r#"{"v":1}"#,
            r#"{"v":1,"records":[{"files":[]}]}"#,
            r#"{"v":1,"records":[{"files":["../a.jpg"]}]}"#,
            r#"{"v":1,"records":[{"files":["a.jpg"],"client":"a b"}]}"#,
            r#"{"v":1,"records":[{"files":["a.jpg"],"klient":"88"}]}"#,
            r#"{"v":1,"records":[{"files":["a.jpg"],"business_date":"20.11.2026"}]}"#,
        ] {
            assert!(Sidecar::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
