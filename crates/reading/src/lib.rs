//! One page in, findings out: decoding, checks, text recognition, barcodes, fields, and the
//! sandboxed worker in which all of that happens.
//!
//! The way of a file: [`worker::Pool::read`] hands its bytes to a child process; there
//! `decode::Source` turns them into pages under [`Limits`], [`page::Reader`] reads each page, and
//! the answers come back page by page as a [`Document`].
//!
//! The way of a page: what covers its text is taken off and it is straightened ([`prepare`]),
//! an engine reads words ([`ocr`]), fields are looked for among them by a template of its class
//! ([`fields`]), a second engine may read these once more, and each is as sure as fields like it
//! were right when that was measured.
//!
//! This crate knows nothing of records, ledgers, stores or file names. It does not decide what
//! is filed: it gives findings, fields and confidences to those who do.

pub mod barcodes;
pub mod checks;
mod decode;
pub mod fields;
pub mod geometry;
mod limits;
pub mod ocr;
pub mod page;
pub mod prepare;
mod preview;
pub mod raster;
pub mod report;
mod resample;
pub mod scan_parameters;
mod unreadable;
pub mod worker;

pub use decode::Source;
pub use limits::Limits;
pub use page::{Document, Page, ReadOptions, TextReading};
pub use scan_parameters::{PaperSize, ScanParameters};
pub use unreadable::{ReadFailure, Unreadable};
