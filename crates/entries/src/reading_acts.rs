//! Acts of reading. Reading counts as an act: its entry is written before anything is shown.

use domain::{BranchCode, BusinessDate, ClassCode, ClientNo, Digest, FlowNo, RecordId, SealedName};
use serde::{Deserialize, Serialize};

use crate::{Known, SealedShape};

/// Which form of a record was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rendition {
    /// The files as they came in.
    Original,
    /// The recognised text.
    Text,
    /// The small pictures.
    Preview,
    /// The whole bag.
    Bag,
}

impl Rendition {
    /// Its stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Text => "text",
            Self::Preview => "preview",
            Self::Bag => "bag",
        }
    }
}

/// What was opened of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The form.
    pub rendition: Rendition,
    /// The sealed object that it is in.
    pub object: SealedName,
}

/// The body of `record.opened` (调阅).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordOpened {
    /// The record.
    pub record: RecordId,
    /// The branch that it belongs to.
    pub branch: BranchCode,
    /// Its client.
    pub client: Known<ClientNo>,
    /// What of it.
    pub opened: Opened,
}

/// What an entry must keep and may not show: a sealed object, and a commitment to its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The sealed object: 32 bytes of salt, then the content.
    pub object: SealedShape,
    /// SHA-256 of salt and content.
    pub commitment: Digest,
}

/// The body of `act.interrupted` (操作中断): whoever began the act is gone, and its entry was not
/// made. This one stands under the act's own request id, so the act can never be entered any
/// more; only then may its detail be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActInterrupted {
    /// The sealed detail that may have been made for the act.
    pub detail: SealedName,
}

/// The body of `text.searched` (全文检索): the words are sealed, the other filters stand here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearched {
    /// The words that were searched for, sealed.
    pub words: Detail,
    /// The branch that was asked for.
    pub branch: Option<BranchCode>,
    /// The client that was asked for.
    pub client: Option<ClientNo>,
    /// The class that was asked for.
    pub class: Option<ClassCode>,
    /// The flow that was asked for.
    pub flow: Option<FlowNo>,
    /// The first business day that was asked for.
    pub business_from: Option<BusinessDate>,
    /// The last business day that was asked for.
    pub business_to: Option<BusinessDate>,
}
