//! The derived image that the OCR reads (图像预处理). The original is never touched; boxes found
//! on the derived image are carried back to the upright page.
//!
//! The steps, in their order, each of which can be left out by [`Steps`]: the red seal is lifted
//! off a colour page and a pale one off a grey page ([`Step::Seal`]), uneven light is evened
//! ([`Step::Light`]), what shines through from the back is taken off ([`Step::BleedThrough`]),
//! a page of few dots an inch is enlarged ([`Step::Scale`]), skew is taken out ([`Step::Skew`]),
//! the jags of a black and white page are softened ([`Step::Soften`]), and table lines are
//! removed ([`Step::Rulings`]).
//!
//! What cannot be undone is not pretended: where a seal was scanned black, or black and white,
//! it stays over the text.

mod bleed_through;
mod light;
mod rulings;
mod scale;
mod seal;
pub(crate) mod skew;
mod soften;

use std::collections::BTreeSet;

use image::GrayImage;
use serde::{Deserialize, Serialize};

use self::scale::{Scaled, unscaled};
use self::skew::{Straightened, skew_degrees};
use crate::geometry::{Dpi, PixelBox};
use crate::raster::{ColourMode, Pixels};

/// A step of the work before reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The page is turned upright (方向校正).
    Orientation,
    /// Red seals are lifted off, and pale ones off grey pages (去印章).
    Seal,
    /// Shadows are evened (光照均衡).
    Light,
    /// What shines through from the back is taken off (去透印).
    BleedThrough,
    /// Few dots an inch are enlarged (放大).
    Scale,
    /// Skew is taken out (纠斜).
    Skew,
    /// The jags of black and white are softened (二值平滑).
    Soften,
    /// Table lines are removed (去表格线).
    Rulings,
}

impl Step {
    /// Every step, in its order.
    pub const ALL: [Self; 8] = [
        Self::Orientation,
        Self::Seal,
        Self::Light,
        Self::BleedThrough,
        Self::Scale,
        Self::Skew,
        Self::Soften,
        Self::Rulings,
    ];

    /// The word that configurations and results have for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orientation => "orientation",
            Self::Seal => "seal",
            Self::Light => "light",
            Self::BleedThrough => "bleed-through",
            Self::Scale => "scale",
            Self::Skew => "skew",
            Self::Soften => "soften",
            Self::Rulings => "rulings",
        }
    }
}

/// Which steps are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steps(BTreeSet<Step>);

/// All but [`Step::Rulings`]: where table lines are gone, Tesseract reads three times as much
/// wrongly (`crates/bench/MEASURED.md`).
impl Default for Steps {
    fn default() -> Self {
        Self(Step::ALL.into()).without(Step::Rulings)
    }
}

impl Steps {
    /// No step at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// All of these but one.
    #[must_use]
    pub fn without(mut self, step: Step) -> Self {
        self.0.remove(&step);
        self
    }

    /// These and one more.
    #[must_use]
    pub fn with(mut self, step: Step) -> Self {
        self.0.insert(step);
        self
    }

    /// Whether a step is taken.
    #[must_use]
    pub fn has(&self, step: Step) -> bool {
        self.0.contains(&step)
    }

    /// Those that are taken, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Step> + '_ {
        self.0.iter().copied()
    }
}

/// The page in shades of grey with what covers its text taken off: the steps that keep every
/// pixel in its place.
pub(crate) fn uncovered(
    pixels: &Pixels,
    mode: ColourMode,
    dpi: Option<Dpi>,
    steps: &Steps,
) -> GrayImage {
    let mut grey = if steps.has(Step::Seal) {
        pixels.without_red()
    } else {
        pixels.lightness()
    };
    if mode == ColourMode::Bilevel {
        return grey;
    }
    if steps.has(Step::Light) {
        light::evened(&mut grey);
    }
    // Behind the light: how pale a seal is can be told only where the paper is as bright everywhere.
    if steps.has(Step::Seal) && mode == ColourMode::Grey {
        seal::pale_rings_lifted(&mut grey, dpi.map_or(300.0, |dpi| dpi.x));
    }
    if steps.has(Step::BleedThrough) {
        bleed_through::taken_off(&mut grey);
    }
    grey
}

/// A page ready to be read, and the way back from it.
pub(crate) struct Prepared {
    pub(crate) image: GrayImage,
    pub(crate) dpi: u32,
    /// The skew that was measured.
    pub(crate) skew_degrees: f64,
    straight: Straightening,
    across: f64,
    down: f64,
    full: (u32, u32),
}

struct Straightening {
    degrees: f64,
    size: (u32, u32),
}

impl Prepared {
    /// Prepares an upright page that was uncovered. `skew` is its skew, where that is known.
    pub(crate) fn of(
        page: GrayImage,
        mode: ColourMode,
        dpi: Option<Dpi>,
        skew: Option<f64>,
        steps: &Steps,
    ) -> Self {
        let full = page.dimensions();
        let Scaled {
            image,
            dpi,
            across,
            down,
        } = Scaled::of(page, dpi, steps.has(Step::Scale));
        // Scaling by the same factor both ways leaves angles as they are.
        let skew_degrees = skew
            .filter(|_| (across - down).abs() < f64::EPSILON)
            .unwrap_or_else(|| skew_degrees(&image));
        let taken_out = if steps.has(Step::Skew) {
            skew_degrees
        } else {
            0.0
        };
        let Straightened { mut image, degrees } = Straightened::of(image, taken_out);
        if mode == ColourMode::Bilevel && steps.has(Step::Soften) {
            image = soften::softened(&image);
        }
        if steps.has(Step::Rulings) {
            rulings::remove(&mut image, dpi);
        }
        let size = image.dimensions();
        Self {
            image,
            dpi,
            skew_degrees,
            straight: Straightening { degrees, size },
            across,
            down,
            full,
        }
    }

    /// A box on the prepared image as a box on the upright page.
    pub(crate) fn carry_back(&self, place: &PixelBox) -> PixelBox {
        let (width, height) = self.full;
        let place = skew::carried_back(place, self.straight.degrees, self.straight.size);
        unscaled(&place, self.across, self.down, width, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_named_as_they_are_written() {
        for step in Step::ALL {
            let written = serde_json::to_value(step).unwrap();
            assert_eq!(written, step.as_str());
        }
        let steps = Steps::default().without(Step::Seal);
        assert!(!steps.has(Step::Seal) && steps.has(Step::Skew));
        assert_eq!(steps.with(Step::Seal), Steps::default());
        assert_eq!(Steps::none().iter().count(), 0);
    }
}
