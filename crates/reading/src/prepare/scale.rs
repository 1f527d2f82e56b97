//! Low or uneven resolution (分辨率): text is recognised best at 180 to 350 dpi with square pixels.

use image::GrayImage;

use crate::geometry::{Dpi, PixelBox};
use crate::resample::resized;

/// Text is recognised best in this range of resolutions; other pages are scaled to 300.
const COMFORTABLE_DPI: std::ops::RangeInclusive<f64> = 180.0..=350.0;

/// A page at a comfortable resolution with square pixels, and how it was scaled.
pub(super) struct Scaled {
    pub(super) image: GrayImage,
    pub(super) dpi: u32,
    pub(super) across: f64,
    pub(super) down: f64,
}

impl Scaled {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded by the pixels of a page, which are checked"
    )]
    /// The page as it is, if `wanted` is false.
    pub(super) fn of(page: GrayImage, dpi: Option<Dpi>, wanted: bool) -> Self {
        let unscaled_dpi = dpi.map_or(300.0, |dpi| dpi.x);
        let as_it_is = |image| Self {
            image,
            dpi: unscaled_dpi.round() as u32,
            across: 1.0,
            down: 1.0,
        };
        let Some(dpi) = dpi.filter(|_| wanted) else {
            return as_it_is(page);
        };
        let square = (dpi.x / dpi.y - 1.0).abs() < 0.05;
        if square && COMFORTABLE_DPI.contains(&dpi.x) {
            return as_it_is(page);
        }
        let target = if COMFORTABLE_DPI.contains(&dpi.x) {
            dpi.x
        } else {
            300.0
        };
        // A resolution that is stated wrongly must not blow a page up.
        let (across, down) = (
            (target / dpi.x).clamp(0.2, 3.0),
            (target / dpi.y).clamp(0.2, 3.0),
        );
        let width = (f64::from(page.width()) * across).round().max(1.0) as u32;
        let height = (f64::from(page.height()) * down).round().max(1.0) as u32;
        if u64::from(width) * u64::from(height) > 60_000_000 {
            return as_it_is(page);
        }
        Self {
            image: resized(&page, width, height),
            dpi: target.round() as u32,
            across,
            down,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the page"
)]
pub(super) fn unscaled(
    place: &PixelBox,
    across: f64,
    down: f64,
    width: u32,
    height: u32,
) -> PixelBox {
    let back =
        |value: u32, factor: f64, most: u32| ((f64::from(value) / factor).round() as u32).min(most);
    let (x, y) = (back(place.x, across, width), back(place.y, down, height));
    PixelBox {
        x,
        y,
        width: back(place.width, across, width - x),
        height: back(place.height, down, height - y),
    }
}
