//! Why a file could not be read, by name.

use serde::{Deserialize, Serialize};

/// Why a file cannot be read. The text says what was found; [`Unreadable::hint`] what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Unreadable {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The bytes are none of the media types that are read.
    #[error("the bytes are neither TIFF, JPEG, PNG nor PDF")]
    UnknownType,
    /// The bytes contradict their format.
    #[error("the file is damaged: {found}")]
    Damaged {
        /// What the decoder met.
        found: String,
    },
    /// The file ends before its content does.
    #[error("the file is cut short: {found}")]
    Truncated {
        /// Where it ends.
        found: String,
    },
    /// The format is known, a feature it uses is not.
    #[error("the file uses what is not supported: {found}")]
    Unsupported {
        /// The feature.
        found: String,
    },
    /// The file asks for a password.
    #[error("the file is encrypted")]
    Encrypted,
    /// There are no pages.
    #[error("the file has no pages")]
    NoPages,
    /// More pages than allowed.
    #[error("the file has {found} pages or more, {max} are allowed")]
    TooManyPages {
        /// As many were counted before the counting stopped.
        found: u64,
        /// The bound.
        max: u32,
    },
    /// A page with more pixels than allowed.
    #[error("the page has {width_px} × {height_px} pixels, {pixels_max} in all are allowed")]
    TooManyPixels {
        /// Width that the file states.
        width_px: u64,
        /// Height that the file states.
        height_px: u64,
        /// The bound.
        pixels_max: u64,
    },
    /// More bytes than allowed.
    #[error("the file has {found_bytes} bytes, {max_bytes} are allowed")]
    TooLarge {
        /// The file's size.
        found_bytes: u64,
        /// The bound.
        max_bytes: u64,
    },
    /// A page took longer than allowed and its worker was ended.
    #[error("the page was not read within {seconds_max} seconds")]
    TimedOut {
        /// The bound.
        seconds_max: u32,
    },
    /// The worker died over this file: out of memory, or stopped at a forbidden act.
    #[error("the reading worker died: {found}")]
    WorkerDied {
        /// How it ended.
        found: String,
    },
    /// The kernel cannot confine the worker, and the configuration does not accept that.
    #[error("nothing is decoded: the worker could not be confined ({found})")]
    NotConfined {
        /// What the kernel lacks.
        found: String,
    },
    /// No worker could be started, so this says nothing about the file.
    #[error("no reading worker could be started: {found}")]
    NoWorker {
        /// What went wrong.
        found: String,
    },
}

impl Unreadable {
    /// The stable code, for registers and programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::UnknownType => "unknown-type",
            Self::Damaged { .. } => "damaged",
            Self::Truncated { .. } => "truncated",
            Self::Unsupported { .. } => "unsupported",
            Self::Encrypted => "encrypted",
            Self::NoPages => "no-pages",
            Self::TooManyPages { .. } => "too-many-pages",
            Self::TooManyPixels { .. } => "too-many-pixels",
            Self::TooLarge { .. } => "too-large",
            Self::TimedOut { .. } => "timed-out",
            Self::WorkerDied { .. } => "worker-died",
            Self::NotConfined { .. } => "not-confined",
            Self::NoWorker { .. } => "no-worker",
        }
    }

    /// What to do about it, for the person at the scanner.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::Truncated { .. } => {
                "copy the file again from the scanner, or scan the paper again"
            }
            Self::UnknownType => "scan to TIFF, JPEG, PNG or PDF",
            Self::Damaged { .. } => "scan the paper again",
            Self::Unsupported { .. } => {
                "scan again as TIFF (G4, LZW, deflate or JPEG), JPEG, PNG or plain PDF"
            }
            Self::Encrypted => "save the document without a password and hand it in again",
            Self::NoPages => "check the scanner's output and scan the paper again",
            Self::TooManyPages { .. } => {
                "split the document, or raise pages_max in the reading limits"
            }
            Self::TooManyPixels { .. } => {
                "scan at 200 to 300 dpi, or raise page_pixels_max in the reading limits"
            }
            Self::TooLarge { .. } => {
                "scan with compression, or raise file_bytes_max in the reading limits"
            }
            Self::TimedOut { .. } | Self::WorkerDied { .. } => {
                "look at the file on a separate machine; it may be hostile. If it is sound, scan the paper again"
            }
            Self::NotConfined { .. } => {
                "run where the kernel offers seccomp, or accept the weaker confinement in the configuration"
            }
            Self::NoWorker { .. } => {
                "check that the program and the OCR data are installed, then hand the file in again"
            }
        }
    }
}

/// A file, or one page of it, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}{why}", Self::place(*.page))]
pub struct ReadFailure {
    /// The page on which it failed, from 1; none when the file as a whole cannot be read.
    pub page: Option<u32>,
    /// Why.
    pub why: Unreadable,
}

impl ReadFailure {
    /// The file as a whole cannot be read.
    #[must_use]
    pub const fn file(why: Unreadable) -> Self {
        Self { page: None, why }
    }

    /// This page cannot be read.
    #[must_use]
    pub const fn page(number: u32, why: Unreadable) -> Self {
        Self {
            page: Some(number),
            why,
        }
    }

    fn place(page: Option<u32>) -> String {
        page.map(|number| format!("page {number}: "))
            .unwrap_or_default()
    }
}
