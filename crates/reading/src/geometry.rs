//! Places and sizes on a page.
//!
//! All boxes that leave this crate lie on the *upright page*: the stored image turned by its
//! [`QuarterTurn`], nothing else. Straightening happens on derived images only, and boxes found
//! there are carried back.

use serde::{Deserialize, Serialize};

/// A box on the upright page, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelBox {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl PixelBox {
    /// One past the right edge.
    #[must_use]
    pub const fn right(&self) -> u32 {
        self.x.saturating_add(self.width)
    }

    /// One past the bottom edge.
    #[must_use]
    pub const fn bottom(&self) -> u32 {
        self.y.saturating_add(self.height)
    }

    /// The smallest box around both.
    #[must_use]
    pub fn around(&self, other: &Self) -> Self {
        let x = self.x.min(other.x);
        let y = self.y.min(other.y);
        Self {
            x,
            y,
            width: self.right().max(other.right()).saturating_sub(x),
            height: self.bottom().max(other.bottom()).saturating_sub(y),
        }
    }

    /// Where the box lies after its page of this size is turned.
    #[must_use]
    pub const fn turned(&self, turn: QuarterTurn, width_px: u32, height_px: u32) -> Self {
        let from_right = width_px.saturating_sub(self.right());
        let from_bottom = height_px.saturating_sub(self.bottom());
        let (x, y) = match turn {
            QuarterTurn::None => (self.x, self.y),
            QuarterTurn::Right => (from_bottom, self.x),
            QuarterTurn::Half => (from_right, from_bottom),
            QuarterTurn::Left => (self.y, from_right),
        };
        let (width, height) = if turn.swaps_sides() {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        };
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// How many rows both boxes share.
    #[must_use]
    pub fn rows_shared(&self, other: &Self) -> u32 {
        self.bottom()
            .min(other.bottom())
            .saturating_sub(self.y.max(other.y))
    }

    /// How many columns both boxes share.
    #[must_use]
    pub fn columns_shared(&self, other: &Self) -> u32 {
        self.right()
            .min(other.right())
            .saturating_sub(self.x.max(other.x))
    }
}

/// How far the stored image has to be turned clockwise to stand upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuarterTurn {
    /// It stands upright.
    #[default]
    #[serde(rename = "0")]
    None,
    /// By 90 degrees.
    #[serde(rename = "90")]
    Right,
    /// By 180 degrees.
    #[serde(rename = "180")]
    Half,
    /// By 270 degrees.
    #[serde(rename = "270")]
    Left,
}

impl QuarterTurn {
    /// All four.
    pub const ALL: [Self; 4] = [Self::None, Self::Right, Self::Half, Self::Left];

    /// The angle in degrees, clockwise.
    #[must_use]
    pub const fn degrees(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Right => 90,
            Self::Half => 180,
            Self::Left => 270,
        }
    }

    /// This turn and then the other.
    #[must_use]
    pub const fn then(self, other: Self) -> Self {
        match (self.degrees() + other.degrees()) % 360 {
            90 => Self::Right,
            180 => Self::Half,
            270 => Self::Left,
            _ => Self::None,
        }
    }

    /// Whether it swaps width and height.
    #[must_use]
    pub const fn swaps_sides(self) -> bool {
        matches!(self, Self::Right | Self::Left)
    }
}

/// A resolution in dots an inch, along the stored image's width and height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dpi {
    /// Along the width.
    pub x: f64,
    /// Along the height.
    pub y: f64,
}

impl Dpi {
    /// A resolution that can be one: finite and between 1 and 100,000 both ways.
    #[must_use]
    pub fn plausible(x: f64, y: f64) -> Option<Self> {
        let fits = |v: f64| v.is_finite() && (1.0..=100_000.0).contains(&v);
        (fits(x) && fits(y)).then_some(Self { x, y })
    }

    /// The same resolution of the turned image.
    #[must_use]
    pub const fn turned(self, turn: QuarterTurn) -> Self {
        if turn.swaps_sides() {
            Self {
                x: self.y,
                y: self.x,
            }
        } else {
            self
        }
    }

    /// The physical size of an image of that many pixels.
    #[must_use]
    pub fn size_of(self, width_px: u32, height_px: u32) -> SizeMm {
        SizeMm {
            width: f64::from(width_px) / self.x * 25.4,
            height: f64::from(height_px) / self.y * 25.4,
        }
    }
}

/// A physical size in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeMm {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl SizeMm {
    /// The same sheet, turned.
    #[must_use]
    pub const fn turned(self, turn: QuarterTurn) -> Self {
        if turn.swaps_sides() {
            Self {
                width: self.height,
                height: self.width,
            }
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_turns_with_its_page() {
        let place = PixelBox {
            x: 10,
            y: 20,
            width: 30,
            height: 5,
        };
        let turned = place.turned(QuarterTurn::Right, 100, 200);
        assert_eq!(
            (turned.x, turned.y, turned.width, turned.height),
            (175, 10, 5, 30)
        );
        for turn in QuarterTurn::ALL {
            let (width, height) = if turn.swaps_sides() {
                (200, 100)
            } else {
                (100, 200)
            };
            let back = QuarterTurn::ALL
                .into_iter()
                .find(|back| turn.then(*back) == QuarterTurn::None)
                .unwrap();
            assert_eq!(
                place.turned(turn, 100, 200).turned(back, width, height),
                place
            );
        }
    }
}
