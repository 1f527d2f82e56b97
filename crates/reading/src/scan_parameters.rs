//! Scan parameters (扫描参数): what a class of documents asks of its images (R31, R32).
//!
//! They are set by the operations department and versioned with the profile; this type is only
//! their shape and the defaults, which are the firm's settings and follow DA/T 31 where it says
//! something. Keeping versions is not done here.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::barcodes::BarcodeFormat;
use crate::checks::FindingKind;

/// A paper format (纸张规格); it may lie either way round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperSize {
    /// What people call it.
    pub name: String,
    /// The shorter side.
    pub short_mm: f64,
    /// The longer side.
    pub long_mm: f64,
}

/// What is asked of an image of a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScanParameters {
    /// The lowest resolution, in dots an inch (DA/T 31: 200).
    pub dpi_min: f64,
    /// The highest resolution.
    pub dpi_max: f64,
    /// The paper formats of the class, scanned at actual scale. None listed: any size is right.
    pub paper_sizes: Vec<PaperSize>,
    /// How far a side may differ from its paper's, in millimetres.
    pub paper_tolerance_mm: f64,
    /// The largest skew, in degrees.
    pub skew_degrees_max: f64,
    /// A page with a smaller share of ink is blank.
    pub ink_share_min: f64,
    /// The median lightness, from 0 to 1, below which a page is too dark.
    pub lightness_min: f64,
    /// How wide a margin is looked at for ink that runs over the edge, in millimetres.
    pub edge_margin_mm: f64,
    /// The largest share of an edge that ink may touch.
    pub edge_ink_share_max: f64,
    /// The barcode formats that are looked for.
    pub barcode_formats: Vec<BarcodeFormat>,
    /// The findings that keep a page from being filed; the others are notes.
    pub obstacles: BTreeSet<FindingKind>,
}

impl Default for ScanParameters {
    fn default() -> Self {
        let paper = |name: &str, short_mm, long_mm| PaperSize {
            name: name.to_owned(),
            short_mm,
            long_mm,
        };
        Self {
            dpi_min: 195.0,
            dpi_max: 620.0,
            paper_sizes: vec![
                paper("A3", 297.0, 420.0),
                paper("A4", 210.0, 297.0),
                paper("A5", 148.0, 210.0),
                paper("A6", 105.0, 148.0),
                paper("B5", 182.0, 257.0),
                paper("ID card", 54.0, 85.6),
            ],
            paper_tolerance_mm: 5.0,
            skew_degrees_max: 3.0,
            ink_share_min: 0.001,
            lightness_min: 0.5,
            edge_margin_mm: 1.0,
            edge_ink_share_max: 0.02,
            barcode_formats: vec![BarcodeFormat::Code128, BarcodeFormat::QrCode],
            obstacles: BTreeSet::from([
                FindingKind::DpiTooLow,
                FindingKind::DpiTooHigh,
                FindingKind::SizeUnexpected,
                FindingKind::Blank,
                FindingKind::Skewed,
                FindingKind::CutOff,
                FindingKind::TooDark,
            ]),
        }
    }
}
