//! Records: what was filed, or kept as an exception.

use domain::{
    AccountNo, BatchId, BranchCode, BusinessDate, ClassCode, ClientNo, Digest, Epoch, FlowNo,
    LoginName, MediaType, Medium, RecordId, SealedName, SealedObject, Sensitivity,
};
use serde::{Deserialize, Serialize};

use crate::{Filing, Known};

/// A sealed object as it stands in a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedShape {
    /// Its name; where it lies follows from name and epoch.
    pub name: SealedName,
    /// The epoch of its header.
    pub epoch: u32,
    /// SHA-256 of its header.
    pub header_sha256: Digest,
    /// SHA-256 of its payload.
    pub payload_sha256: Digest,
    /// Size of its payload.
    pub payload_size_bytes: u64,
}

impl From<SealedObject> for SealedShape {
    fn from(object: SealedObject) -> Self {
        Self {
            name: object.name,
            epoch: object.epoch.0,
            header_sha256: object.header_sha256,
            payload_sha256: object.payload_sha256,
            payload_size_bytes: object.payload_size_bytes,
        }
    }
}

impl From<SealedShape> for SealedObject {
    fn from(shape: SealedShape) -> Self {
        Self {
            name: shape.name,
            epoch: Epoch(shape.epoch),
            header_sha256: shape.header_sha256,
            payload_sha256: shape.payload_sha256,
            payload_size_bytes: shape.payload_size_bytes,
        }
    }
}

/// One original of a record, in the order of the bag's `data/` files. Its name stands sealed
/// in the bag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// What its bytes are.
    pub media_type: MediaType,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Its size.
    pub size_bytes: u64,
}

/// How a number became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentifiedBy {
    /// Whoever took it in said so for the whole call.
    Flag,
    /// The sidecar beside the file says so.
    Sidecar,
    /// A barcode on a page.
    Barcode,
    /// The recognised text of a page.
    Text,
    /// The flow of the counter system that it was matched with.
    CounterSystem,
}

/// How the record's numbers became known; `None` where they are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identification {
    /// The client number.
    pub client: Option<IdentifiedBy>,
    /// The flow number.
    pub flow: Option<IdentifiedBy>,
    /// The business date.
    pub business_date: Option<IdentifiedBy>,
}

/// What read the pages, and how well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingSummary {
    /// The engine with its version and data, such as `tesseract 5.3.0 chi_sim+eng`.
    pub engine: String,
    /// Mean confidence over the words, in thousandths; `unknown` where no word was found.
    pub confidence_mean_permille: Known<u32>,
    /// What held the decoder in: `landlock+seccomp`, less, or `none`.
    pub confinement: String,
}

macro_rules! exceptions {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $hint:literal;)+) => {
        /// Why a record is an exception (异常原因). The codes are stored and never change
        /// their meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum ExceptionCode {
            $($(#[$doc])* $variant,)+
        }

        impl ExceptionCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its stored code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The exception of this code, if this version knows it.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// What somebody should do about it.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint,)+ }
            }
        }
    };
}

exceptions! {
    /// Neither client nor flow number was given or found (R25).
    Unmatched = "unmatched", "give the client and flow number with a sidecar or flag, or rescan so that the number can be read";
    /// Two sources give different client or flow numbers (R25).
    Conflict = "conflict", "compare the paper with what was entered and take the file in again with the right numbers";
    /// The file has no bytes.
    Empty = "empty", "scan the document again; the file is empty";
    /// The bytes are no type that the archive reads.
    UnknownType = "unknown-type", "save the scan as TIFF, JPEG, PNG or PDF";
    /// The bytes break off before their end.
    Truncated = "truncated", "copy or scan the file again; it is incomplete";
    /// The bytes are damaged.
    Damaged = "damaged", "scan the document again; the file cannot be decoded";
    /// The format is known, a feature it uses is not.
    Unsupported = "unsupported", "scan again as TIFF (G4, LZW, deflate or JPEG), JPEG, PNG or plain PDF";
    /// The file has no pages.
    NoPages = "no-pages", "check what the scanner wrote and scan the document again";
    /// The PDF is encrypted.
    Encrypted = "encrypted", "remove the password from the PDF, or scan the paper";
    /// More pages than one file may have.
    TooManyPages = "too-many-pages", "split the document into smaller files";
    /// More pixels than a page may have.
    TooManyPixels = "too-many-pixels", "scan at a lower resolution";
    /// More bytes than are read; the original is kept all the same.
    TooLarge = "too-large", "split the document or scan it at a lower resolution";
    /// Reading took longer than a page may.
    TimedOut = "timed-out", "look at the file with another program; scan the document again";
    /// The confined reader was stopped while reading this file.
    ReaderStopped = "reader-stopped", "look at the file with care: it made its reader fail; scan the document again";
    /// The resolution is not stated, so neither it nor the actual scale can be told (R31, R32).
    DpiUnknown = "dpi-unknown", "let the scanner state its resolution in the file, and scan again";
    /// The resolution is above the class's (R31).
    DpiTooHigh = "dpi-too-high", "scan again with the resolution that the class demands";
    /// The page stands on its side or head (R32).
    Rotated = "rotated", "lay the paper the right way up and scan again";
    /// There is nothing on the document (R32).
    Blank = "blank", "leave the blank page out, or scan the other side";
    /// The resolution is below the class's (R31).
    DpiTooLow = "dpi-too-low", "scan again with the resolution that the class demands";
    /// The page is not of a size that the class knows at actual scale (R32).
    SizeUnexpected = "size-unexpected", "scan again at actual size, without scaling or cropping";
    /// Content reaches the edge of the page: something may be cut off (R32).
    CutOff = "cut-off", "lay the paper straight and inside the scan area, and scan again";
    /// The page is too dark to be read (R32).
    TooDark = "too-dark", "scan again with more brightness";
    /// The page is more askew than the class allows (R32).
    Skewed = "skewed", "lay the paper straight and scan again";
    /// Its system has delivered another document under the same id (R03).
    OriginConflict = "origin-conflict", "ask the system which of the two is right, and reject the other";
    /// A sidecar cannot be read.
    SidecarDamaged = "sidecar-damaged", "mend the sidecar: it must be JSON as fixtures/README.md shows";
    /// A sidecar names a file that is not there.
    FileMissing = "file-missing", "add the file that the sidecar names, or take it out of the sidecar";
}

/// Why a record is an exception, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The reason.
    pub code: ExceptionCode,
    /// The original (from 1), where one is to blame.
    pub original: Option<u32>,
    /// The page of it (from 1), where one is to blame.
    pub page: Option<u32>,
}

/// What is known of a record (著录项): the same in its entry and in its bag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordFacts {
    /// The record.
    pub record: RecordId,
    /// The batch that it came in.
    pub batch: BatchId,
    /// The client (客户号).
    pub client: Known<ClientNo>,
    /// The document class (资料类别, R01).
    pub class: Known<ClassCode>,
    /// The business flow (业务流水号, R25).
    pub flow: Known<FlowNo>,
    /// The day of the business (业务日期).
    pub business_date: Known<BusinessDate>,
    /// The branch that the record belongs to (营业部).
    pub branch: BranchCode,
    /// How many pages it has.
    pub pages: Known<u32>,
    /// The name of the document (文件名称), such as 开户申请表: never that of a file or client.
    pub document_name: Known<String>,
    /// The account (账户).
    pub account: Known<AccountNo>,
    /// The medium of what was scanned (R02).
    pub medium: Known<Medium>,
    /// The carrier: disc, tape or bag (R02).
    pub carrier: Known<String>,
    /// The record that this is another rendition of (R02).
    pub rendition_of: Known<RecordId>,
    /// The system that it comes from (R03).
    pub origin_system: Known<String>,
    /// Its key in that system (R03).
    pub origin_id: Known<String>,
    /// The branch that answers for its quality (R13).
    pub responsible_branch: Known<BranchCode>,
    /// The account of whoever answers for it (R13).
    pub responsible_person: Known<LoginName>,
    /// How far it may be known (R105).
    pub sensitivity: Known<Sensitivity>,
    /// When the client agreed that a third party gives it (R14); none of what no third party gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<BusinessDate>,
    /// How client, flow and date became known.
    pub identified_by: Identification,
    /// Why it is an exception; `None` for a filed record.
    pub exception: Option<Refused>,
}

/// The body of `record.filed` and of `record.excepted`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordBody {
    /// What is known of it.
    #[serde(flatten)]
    pub facts: RecordFacts,
    /// The originals, in the order of the bag.
    pub originals: Vec<Original>,
    /// Records that hold an original with the same bytes.
    pub repeats: Vec<RecordId>,
    /// What it is filed for, where the branch scans for tasks. Entries before these have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<Filing>,
    /// SHA-256 of the bag's tagmanifest, which covers every other tag file.
    pub tagmanifest_sha256: Digest,
    /// The bag.
    pub bag: SealedShape,
    /// What was read from it; `None` where nothing could be.
    pub derived: Option<SealedShape>,
    /// What read it; `None` where it was not read.
    pub reading: Option<ReadingSummary>,
}
