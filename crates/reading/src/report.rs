//! What is kept of a reading beside text and previews: `pages.json` and `fields.json`.
//!
//! These are stored shapes, version 1. They are apart from [`Page`] so that
//! the one can change without the other. Writing them anywhere is not done here.

use domain::{Digest, MediaType};
use serde::{Deserialize, Serialize};

use crate::barcodes::Barcode;
use crate::checks::PageFinding;
use crate::fields::Field;
use crate::geometry::{Dpi, QuarterTurn, SizeMm};
use crate::ocr::EngineIdentity;
use crate::page::{Document, Page};
use crate::raster::ColourMode;
use crate::scan_parameters::ScanParameters;
use crate::worker::Confinement;

/// The version of both shapes.
const VERSION: u32 = 1;

/// `pages.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PagesReport {
    /// The version of the shape: 1.
    pub v: u32,
    /// What the bytes of the original are.
    pub media_type: MediaType,
    /// The engine that read the text.
    pub engine: EngineIdentity,
    /// How the worker that read the pages was confined.
    pub confinement: Confinement,
    /// Mean confidence over all characters.
    pub confidence_mean: Option<f32>,
    /// The pages.
    pub pages: Vec<PageReport>,
}

/// One page of [`PagesReport`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageReport {
    /// Its number in the file, from 1.
    pub number: u32,
    /// Width of the upright page.
    pub width_px: u32,
    /// Height of the upright page.
    pub height_px: u32,
    /// The stated resolution.
    pub dpi: Option<Dpi>,
    /// The stated physical size.
    pub size_mm: Option<SizeMm>,
    /// How colours are stored.
    pub mode: ColourMode,
    /// How far the stored image is turned clockwise to stand upright.
    pub turn_degrees: QuarterTurn,
    /// The measured skew, clockwise positive.
    pub skew_degrees: f64,
    /// How many characters were recognised.
    pub characters: u64,
    /// Their mean confidence.
    pub confidence_mean: Option<f32>,
    /// Digest of the decoded image.
    pub pixels_sha256: Digest,
    /// What the checks found.
    pub findings: Vec<FindingReport>,
    /// The barcodes.
    pub barcodes: Vec<Barcode>,
}

/// A finding with its weight under the parameters that were in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingReport {
    /// What was found and measured.
    #[serde(flatten)]
    pub finding: PageFinding,
    /// Whether it keeps the page from being filed.
    pub obstacle: bool,
}

/// `fields.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldsReport {
    /// The version of the shape: 1.
    pub v: u32,
    /// The fields of all pages, in page order, best first within each kind.
    pub fields: Vec<Field>,
}

/// The content of `pages.json`.
#[must_use]
pub fn pages(document: &Document, parameters: &ScanParameters) -> PagesReport {
    PagesReport {
        v: VERSION,
        media_type: document.media_type,
        engine: document.engine.clone(),
        confinement: document.confinement,
        confidence_mean: document.confidence_mean(),
        pages: document
            .pages
            .iter()
            .map(|page| page_report(page, parameters))
            .collect(),
    }
}

/// The content of `fields.json`.
#[must_use]
pub fn fields(document: &Document) -> FieldsReport {
    FieldsReport {
        v: VERSION,
        fields: document.fields(),
    }
}

fn page_report(page: &Page, parameters: &ScanParameters) -> PageReport {
    PageReport {
        number: page.number,
        width_px: page.width_px,
        height_px: page.height_px,
        dpi: page.dpi,
        size_mm: page.size_mm,
        mode: page.mode,
        turn_degrees: page.turn,
        skew_degrees: page.skew_degrees,
        characters: page.characters,
        confidence_mean: page.confidence_mean,
        pixels_sha256: page.pixels_sha256,
        findings: page
            .findings
            .iter()
            .map(|finding| FindingReport {
                finding: finding.clone(),
                obstacle: finding.is_obstacle(parameters),
            })
            .collect(),
        barcodes: page.barcodes.clone(),
    }
}
