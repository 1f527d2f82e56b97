//! What is kept of a reading beside text and previews: `pages.json` and `fields.json`.
//!
//! These are stored shapes: version 1 of pages, version 2 of fields. They are apart from
//! [`Page`] so that the one can change without the other. Writing them anywhere is not done here.

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

/// The version of `pages.json`.
const PAGES_VERSION: u32 = 1;
/// The version of `fields.json`. Version 1 had six kinds of fields, and neither `corrected` nor
/// `agreement`; it is read as well.
const FIELDS_VERSION: u32 = 2;

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
    /// The version of the shape: 2.
    pub v: u32,
    /// The fields of all pages, in page order, best first within each kind.
    pub fields: Vec<Field>,
}

/// The content of `pages.json`.
#[must_use]
pub fn pages(document: &Document, parameters: &ScanParameters) -> PagesReport {
    PagesReport {
        v: PAGES_VERSION,
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
        v: FIELDS_VERSION,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{Agreement, FieldKind};

    /// What lies in archives: each form that was ever written is read for ever.
    #[test]
    fn every_form_of_fields_is_read() {
        let first = r#"{"v":1,"fields":[{"kind":"client-no","value":"8800012345","confidence":0.98,
            "source":"text","page":1,"place":{"x":1,"y":2,"width":3,"height":4},"check":"none"}]}"#;
        let second = r#"{"v":2,"fields":[{"kind":"amount","value":"12345.67","confidence":0.98,
            "source":"text","page":1,"place":{"x":1,"y":2,"width":3,"height":4},"check":"right",
            "corrected":1,"agreement":"agrees"}]}"#;
        let first: FieldsReport = serde_json::from_str(first).unwrap();
        assert_eq!(first.fields[0].kind, FieldKind::ClientNo);
        assert_eq!(
            (first.fields[0].corrected, first.fields[0].agreement),
            (0, Agreement::NotAsked)
        );
        let read: FieldsReport = serde_json::from_str(second).unwrap();
        assert_eq!(
            (read.fields[0].corrected, read.fields[0].agreement),
            (1, Agreement::Agrees)
        );
        let again = serde_json::to_value(&read).unwrap();
        assert_eq!(again["v"], FIELDS_VERSION);
        assert_eq!(again["fields"][0]["agreement"], "agrees");
    }
}
