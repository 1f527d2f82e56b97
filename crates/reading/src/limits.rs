//! How much one foreign file may cost.

use serde::{Deserialize, Serialize};

/// The bounds under which foreign bytes are decoded. A bomb costs one page's reading, no more.
///
/// Sizes are checked before anything is decoded; memory and time are enforced from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest file, in bytes.
    pub file_bytes_max: u64,
    /// The most pages in one file.
    pub pages_max: u32,
    /// The most pixels on one page.
    pub page_pixels_max: u64,
    /// The longest that one page may take, in seconds of wall time.
    pub page_seconds_max: u32,
    /// The most address space that a worker may take, in bytes, its OCR engine included.
    pub worker_memory_bytes_max: u64,
    /// The most bytes that a worker may answer for one file: they are held by the program that
    /// asked, which must not be filled by a worker that was taken over.
    pub answer_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes_max: 512 * 1024 * 1024,
            pages_max: 500,
            page_pixels_max: 120_000_000,
            page_seconds_max: 120,
            // The largest page takes 1.9 GiB, as PNG of 64 bits a pixel.
            worker_memory_bytes_max: 2_560 * 1024 * 1024,
            // 500 pages of half a mebibyte of text and preview each, and as much again.
            answer_bytes_max: 512 * 1024 * 1024,
        }
    }
}
