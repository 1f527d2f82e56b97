//! The nouns of the archive: what two or more crates must agree on.
//!
//! Identifiers, digests, names of stored objects, actors, dates and sizes, each with one text
//! form. There is no input or output here, no clock and no rule: a type in this crate can say
//! what it *is*, never what may be *done* with it. Wire and stored shapes live at their
//! boundaries; what the types here have is a text form (`Display`, `FromStr`), and serde goes
//! through that text form alone.
//!
//! The words are those of ISO 15489 and the archivists' trade: a *fonds* (全宗) is all the
//! records of one organisation, a *record* (案卷/文件) is what is filed, a *rendition* is one
//! of the forms a record exists in.

mod actor;
mod code;
mod digest;
mod ids;
mod media;
mod objects;
mod time;

pub use actor::{Actor, Via};
pub use code::{
    AccountNo, BranchCode, BusinessCode, ClassCode, ClientNo, CodeError, FlowNo, LoginName,
    PersonId, RoleCode,
};
pub use digest::{Digest, DigestError};
pub use ids::{BatchId, CaseId, FondsId, IdError, RecordId, RequestId};
pub use media::{MediaType, Medium, Sensitivity, UnknownWord};
pub use objects::{
    Epoch, NameError, SealedKind, SealedName, SealedObject, commit_path, evidence_path,
};
pub use time::{BusinessDate, Clock, TimeError, Timestamp};

/// Serde through the text form: one line a type, no attributes on the types themselves.
macro_rules! text_serde {
    ($($type:ty),+ $(,)?) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
pub(crate) use text_serde;
