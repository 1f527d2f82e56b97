//! Checks on a page (图像质检, R32): resolution, actual scale, blank, skew, cut off, too dark.
//!
//! Each finding carries what was measured and what was asked. Whether a page is filed is not
//! decided here, nor whether it repeats another: that needs more than one page.

use image::{GrayImage, imageops};
use serde::{Deserialize, Serialize};

use crate::geometry::{Dpi, QuarterTurn, SizeMm};
use crate::prepare::skew::ink_threshold;
use crate::scan_parameters::ScanParameters;

/// What a check can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The file states no resolution, so neither it nor the actual scale can be checked.
    DpiUnknown,
    /// The resolution is below the class's (分辨率过低).
    DpiTooLow,
    /// The resolution is above the class's.
    DpiTooHigh,
    /// The physical size is none of the class's paper sizes (非实际比例).
    SizeUnexpected,
    /// Nothing is on the page (空白页).
    Blank,
    /// The text is not aligned to the page (倾斜).
    Skewed,
    /// Ink runs over an edge (图像被裁切).
    CutOff,
    /// The page is too dark (过暗).
    TooDark,
    /// The image had to be turned to be read (方向不正).
    Rotated,
}

/// What was found on a page, with what was measured and what was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PageFinding {
    /// See [`FindingKind::DpiUnknown`].
    DpiUnknown,
    /// See [`FindingKind::DpiTooLow`].
    DpiTooLow {
        /// The lower of both directions.
        dpi: f64,
        /// The bound.
        dpi_min: f64,
    },
    /// See [`FindingKind::DpiTooHigh`].
    DpiTooHigh {
        /// The higher of both directions.
        dpi: f64,
        /// The bound.
        dpi_max: f64,
    },
    /// See [`FindingKind::SizeUnexpected`].
    SizeUnexpected {
        /// The page's shorter side.
        short_mm: f64,
        /// The page's longer side.
        long_mm: f64,
        /// The nearest paper of the class.
        nearest: String,
        /// How far a side is off at most.
        off_mm: f64,
        /// The bound.
        tolerance_mm: f64,
    },
    /// See [`FindingKind::Blank`].
    Blank {
        /// The share of the page that is ink.
        ink_share: f64,
        /// The bound.
        ink_share_min: f64,
    },
    /// See [`FindingKind::Skewed`].
    Skewed {
        /// Clockwise positive.
        degrees: f64,
        /// The bound, either way.
        degrees_max: f64,
    },
    /// See [`FindingKind::CutOff`].
    CutOff {
        /// The edge with the most ink.
        edge: Edge,
        /// The share of that edge that ink touches.
        ink_share: f64,
        /// The bound.
        ink_share_max: f64,
    },
    /// See [`FindingKind::TooDark`].
    TooDark {
        /// The median lightness, from 0 to 1.
        lightness: f64,
        /// The bound.
        lightness_min: f64,
    },
    /// See [`FindingKind::Rotated`].
    Rotated {
        /// How far it was turned clockwise.
        degrees: u32,
    },
}

/// An edge of the upright page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// The upper one.
    Top,
    /// The right one.
    Right,
    /// The lower one.
    Bottom,
    /// The left one.
    Left,
}

impl PageFinding {
    /// What it is, without the measures.
    #[must_use]
    pub const fn kind(&self) -> FindingKind {
        match self {
            Self::DpiUnknown => FindingKind::DpiUnknown,
            Self::DpiTooLow { .. } => FindingKind::DpiTooLow,
            Self::DpiTooHigh { .. } => FindingKind::DpiTooHigh,
            Self::SizeUnexpected { .. } => FindingKind::SizeUnexpected,
            Self::Blank { .. } => FindingKind::Blank,
            Self::Skewed { .. } => FindingKind::Skewed,
            Self::CutOff { .. } => FindingKind::CutOff,
            Self::TooDark { .. } => FindingKind::TooDark,
            Self::Rotated { .. } => FindingKind::Rotated,
        }
    }

    /// Whether it keeps the page from being filed under these parameters.
    #[must_use]
    pub fn is_obstacle(&self, parameters: &ScanParameters) -> bool {
        parameters.obstacles.contains(&self.kind())
    }

    /// The stable code.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self.kind() {
            FindingKind::DpiUnknown => "dpi-unknown",
            FindingKind::DpiTooLow => "dpi-too-low",
            FindingKind::DpiTooHigh => "dpi-too-high",
            FindingKind::SizeUnexpected => "size-unexpected",
            FindingKind::Blank => "blank",
            FindingKind::Skewed => "skewed",
            FindingKind::CutOff => "cut-off",
            FindingKind::TooDark => "too-dark",
            FindingKind::Rotated => "rotated",
        }
    }
}

impl std::fmt::Display for PageFinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::DpiUnknown => write!(f, "the file states no resolution"),
            Self::DpiTooLow { dpi, dpi_min } => {
                write!(
                    f,
                    "scanned at {dpi:.0} dpi, at least {dpi_min:.0} are asked"
                )
            }
            Self::DpiTooHigh { dpi, dpi_max } => {
                write!(f, "scanned at {dpi:.0} dpi, at most {dpi_max:.0} are asked")
            }
            Self::SizeUnexpected {
                short_mm,
                long_mm,
                nearest,
                off_mm,
                tolerance_mm,
            } => write!(
                f,
                "{short_mm:.0} × {long_mm:.0} mm is no paper of the class: {off_mm:.0} mm off \
                 {nearest}, {tolerance_mm:.0} are allowed"
            ),
            Self::Blank { ink_share, .. } => {
                write!(f, "nothing is on the page (ink {:.3} %)", ink_share * 100.0)
            }
            Self::Skewed {
                degrees,
                degrees_max,
            } => write!(
                f,
                "skewed by {degrees:.1} degrees, {degrees_max:.1} are allowed"
            ),
            Self::CutOff {
                edge, ink_share, ..
            } => write!(
                f,
                "ink runs over the {} edge along {:.0} % of it",
                match edge {
                    Edge::Top => "upper",
                    Edge::Right => "right",
                    Edge::Bottom => "lower",
                    Edge::Left => "left",
                },
                ink_share * 100.0
            ),
            Self::TooDark {
                lightness,
                lightness_min,
            } => write!(
                f,
                "the page is too dark: lightness {lightness:.2}, at least {lightness_min:.2} is asked"
            ),
            Self::Rotated { degrees } => write!(f, "the image was turned by {degrees} degrees"),
        }
    }
}

/// What the checks are told about a page beside its picture.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// The stated resolution.
    pub dpi: Option<Dpi>,
    /// The stated physical size.
    pub size_mm: Option<SizeMm>,
    /// The measured skew, clockwise positive.
    pub skew_degrees: f64,
    /// How far it had to be turned beyond what the file says.
    pub turned: QuarterTurn,
}

/// The share of the page that is ink, leaving out a border of a twentieth, where scanners
/// leave shadows.
#[must_use]
pub fn ink_share(page: &GrayImage) -> f64 {
    let (width, height) = page.dimensions();
    let (left, top) = (width / 20, height / 20);
    let inner = imageops::crop_imm(page, left, top, width - 2 * left, height - 2 * top).to_image();
    if inner.is_empty() {
        return 0.0;
    }
    let threshold = ink_threshold(&inner);
    let paper = median(&inner);
    // Ink is dark in itself and clearly darker than its paper; the noise of empty paper is not.
    let darkest = threshold.min(paper.saturating_sub(40));
    let dark = inner.as_raw().iter().filter(|v| **v < darkest).count();
    share(dark, inner.as_raw().len())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "pixel counts of one page are far below 2^52"
)]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

fn median(page: &GrayImage) -> u8 {
    let mut counts = [0usize; 256];
    for value in page.as_raw() {
        if let Some(count) = counts.get_mut(usize::from(*value)) {
            *count += 1;
        }
    }
    let half = page.as_raw().len() / 2;
    let mut seen = 0;
    for (value, count) in (0u8..=255).zip(counts) {
        seen += count;
        if seen > half {
            return value;
        }
    }
    u8::MAX
}

/// Runs every check. `lightness` is the upright page, not straightened.
#[must_use]
pub fn run(
    lightness: &GrayImage,
    measured: &Measured,
    parameters: &ScanParameters,
) -> Vec<PageFinding> {
    let mut findings = Vec::new();
    resolution(measured, parameters, &mut findings);
    if let Some(size) = measured.size_mm {
        findings.extend(actual_scale(size, parameters));
    }
    let ink_share = ink_share(lightness);
    let blank = ink_share < parameters.ink_share_min;
    let light = f64::from(median(lightness)) / 255.0;
    if light < parameters.lightness_min {
        findings.push(PageFinding::TooDark {
            lightness: light,
            lightness_min: parameters.lightness_min,
        });
    } else if blank {
        findings.push(PageFinding::Blank {
            ink_share,
            ink_share_min: parameters.ink_share_min,
        });
    } else {
        findings.extend(cut_off(lightness, measured, parameters));
    }
    if !blank && measured.skew_degrees.abs() > parameters.skew_degrees_max {
        findings.push(PageFinding::Skewed {
            degrees: measured.skew_degrees,
            degrees_max: parameters.skew_degrees_max,
        });
    }
    if measured.turned != QuarterTurn::None {
        findings.push(PageFinding::Rotated {
            degrees: measured.turned.degrees(),
        });
    }
    findings
}

fn resolution(measured: &Measured, parameters: &ScanParameters, findings: &mut Vec<PageFinding>) {
    let Some(dpi) = measured.dpi else {
        findings.push(PageFinding::DpiUnknown);
        return;
    };
    let (low, high) = (dpi.x.min(dpi.y), dpi.x.max(dpi.y));
    if low < parameters.dpi_min {
        findings.push(PageFinding::DpiTooLow {
            dpi: low,
            dpi_min: parameters.dpi_min,
        });
    }
    if high > parameters.dpi_max {
        findings.push(PageFinding::DpiTooHigh {
            dpi: high,
            dpi_max: parameters.dpi_max,
        });
    }
}

fn actual_scale(size: SizeMm, parameters: &ScanParameters) -> Option<PageFinding> {
    let (short_mm, long_mm) = (size.width.min(size.height), size.width.max(size.height));
    let off = |paper: &crate::scan_parameters::PaperSize| {
        (short_mm - paper.short_mm)
            .abs()
            .max((long_mm - paper.long_mm).abs())
    };
    let nearest = parameters
        .paper_sizes
        .iter()
        .min_by(|a, b| off(a).total_cmp(&off(b)))?;
    (off(nearest) > parameters.paper_tolerance_mm).then(|| PageFinding::SizeUnexpected {
        short_mm,
        long_mm,
        nearest: nearest.name.clone(),
        off_mm: off(nearest),
        tolerance_mm: parameters.paper_tolerance_mm,
    })
}

/// The edge along which the most ink lies in the outermost millimetres.
fn cut_off(
    page: &GrayImage,
    measured: &Measured,
    parameters: &ScanParameters,
) -> Option<PageFinding> {
    let (width, height) = page.dimensions();
    let dpi = measured.dpi.map_or(200.0, |dpi| dpi.x.min(dpi.y));
    let margin = margin_px(parameters.edge_margin_mm, dpi)
        .min(width / 4)
        .min(height / 4)
        .max(1);
    let reach = margin_px(EDGE_REACH_MM, dpi).min(width / 4).min(height / 4);
    let threshold = ink_threshold(page).min(median(page).saturating_sub(40));
    let strip = Strip {
        margin,
        reach,
        threshold,
    };
    let value = |x: u32, y: u32| {
        page.get_pixel_checked(x, y)
            .map_or(u8::MAX, |pixel| pixel.0[0])
    };
    let edges = [
        (Edge::Top, strip.ink_share(width, value)),
        (
            Edge::Bottom,
            strip.ink_share(width, |at, depth| value(at, height - 1 - depth)),
        ),
        (
            Edge::Left,
            strip.ink_share(height, |at, depth| value(depth, at)),
        ),
        (
            Edge::Right,
            strip.ink_share(height, |at, depth| value(width - 1 - depth, at)),
        ),
    ];
    let (edge, ink_share) = edges.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    (ink_share > parameters.edge_ink_share_max).then_some(PageFinding::CutOff {
        edge,
        ink_share,
        ink_share_max: parameters.edge_ink_share_max,
    })
}

/// How far around a dark spot at the edge the paper's own light is looked for: further than a stroke
/// is wide, and nearer than a shadow's light changes.
const EDGE_REACH_MM: f64 = 2.5;
/// How much darker than the paper around it ink is. A shadow that falls on the edge loses half of
/// this over the reach.
const EDGE_CONTRAST: u8 = 50;

/// What lies along an edge.
struct Strip {
    /// How deep ink is looked for, in pixels.
    margin: u32,
    /// How far the paper's light is looked for, in pixels.
    reach: u32,
    /// What is darker may be ink.
    threshold: u8,
}

impl Strip {
    /// The share of an edge that ink touches: dark, and among lighter paper. `value` is the
    /// lightness at a place along the edge and a depth.
    fn ink_share(&self, length: u32, value: impl Fn(u32, u32) -> u8) -> f64 {
        let over = |at: u32, depth: u32, best: fn(u8, u8) -> u8| {
            (0..depth).map(|depth| value(at, depth)).reduce(best)
        };
        let darkest = (0..length).map(|at| over(at, self.margin, u8::min));
        let lightest: Vec<u8> = (0..length)
            .filter_map(|at| over(at, self.margin + self.reach, u8::max))
            .collect();
        let reach = self.reach as usize;
        let touched = darkest.enumerate().filter(|(at, darkest)| {
            let around = at.saturating_sub(reach)..(at + reach + 1).min(lightest.len());
            let paper = lightest.get(around).and_then(|around| around.iter().max());
            let (Some(paper), Some(darkest)) = (paper, darkest) else {
                return false;
            };
            *darkest < self.threshold && paper.saturating_sub(*darkest) >= EDGE_CONTRAST
        });
        share(touched.count(), length as usize)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and is clamped to the page by the caller"
)]
fn margin_px(margin_mm: f64, dpi: f64) -> u32 {
    (margin_mm / 25.4 * dpi).round() as u32
}
