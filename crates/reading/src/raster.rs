//! A decoded page: its pixels, and what the file says about them.
//!
//! Nothing here knows file formats, and nothing here judges.

use domain::Digest;
use image::{GrayImage, RgbImage, imageops};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::geometry::{Dpi, QuarterTurn, SizeMm};

/// How colours are stored in the file (色彩模式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourMode {
    /// Black and white (黑白二值).
    Bilevel,
    /// Shades of grey (灰度).
    Grey,
    /// Colour (彩色).
    Colour,
}

/// The pixels of a page, eight bits a sample, black is 0.
#[derive(Clone, Debug)]
pub enum Pixels {
    /// One sample a pixel.
    Grey(GrayImage),
    /// Red, green, blue.
    Rgb(RgbImage),
}

impl Pixels {
    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        match self {
            Self::Grey(image) => image.width(),
            Self::Rgb(image) => image.width(),
        }
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        match self {
            Self::Grey(image) => image.height(),
            Self::Rgb(image) => image.height(),
        }
    }

    /// The digest of the decoded image: samples a pixel, width, height (big-endian), samples.
    /// Two files with the same picture have the same digest, whatever their compression.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        let (samples, bytes): (u8, &[u8]) = match self {
            Self::Grey(image) => (1, image.as_raw()),
            Self::Rgb(image) => (3, image.as_raw()),
        };
        let mut hasher = Sha256::new();
        hasher.update([samples]);
        hasher.update(self.width().to_be_bytes());
        hasher.update(self.height().to_be_bytes());
        hasher.update(bytes);
        Digest::from(hasher)
    }

    /// The same picture, turned clockwise.
    #[must_use]
    pub fn turned(self, turn: QuarterTurn) -> Self {
        match (self, turn) {
            (same, QuarterTurn::None) => same,
            (Self::Grey(image), _) => Self::Grey(turn_grey(&image, turn)),
            (Self::Rgb(image), QuarterTurn::Right) => Self::Rgb(imageops::rotate90(&image)),
            (Self::Rgb(mut image), QuarterTurn::Half) => {
                imageops::rotate180_in_place(&mut image);
                Self::Rgb(image)
            }
            (Self::Rgb(image), QuarterTurn::Left) => Self::Rgb(imageops::rotate270(&image)),
        }
    }

    /// The same picture, left and right exchanged.
    #[must_use]
    pub fn mirrored(mut self) -> Self {
        match &mut self {
            Self::Grey(image) => imageops::flip_horizontal_in_place(image),
            Self::Rgb(image) => imageops::flip_horizontal_in_place(image),
        }
        self
    }

    /// What the OCR reads: of a colour page the red channel, on which a red seal (印章) is light,
    /// lifted by how red a pixel is, so that the seal is as light as paper and what is printed
    /// under it stays dark. A grey page as it is.
    #[must_use]
    pub fn without_red(&self) -> GrayImage {
        match self {
            Self::Grey(image) => image.clone(),
            Self::Rgb(image) => {
                let mut grey = GrayImage::new(image.width(), image.height());
                for (to, from) in grey.pixels_mut().zip(image.pixels()) {
                    let [red, green, blue] = from.0;
                    let excess = u16::from(red.saturating_sub(green.max(blue)));
                    let lifted = u16::from(red) + excess * 3 / 5;
                    to.0 = [u8::try_from(lifted).unwrap_or(u8::MAX)];
                }
                grey
            }
        }
    }

    /// Lightness, for barcodes and for the checks that look at what was scanned.
    #[must_use]
    pub fn lightness(&self) -> GrayImage {
        match self {
            Self::Grey(image) => image.clone(),
            Self::Rgb(image) => imageops::grayscale(image),
        }
    }
}

/// A grey picture, turned clockwise.
#[must_use]
pub fn turn_grey(image: &GrayImage, turn: QuarterTurn) -> GrayImage {
    match turn {
        QuarterTurn::None => image.clone(),
        QuarterTurn::Right => imageops::rotate90(image),
        QuarterTurn::Half => imageops::rotate180(image),
        QuarterTurn::Left => imageops::rotate270(image),
    }
}

/// One decoded page, as it is stored.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The pixels as stored, before any turn.
    pub pixels: Pixels,
    /// How colours are stored.
    pub mode: ColourMode,
    /// The resolution that the file states; none when it states none.
    pub dpi: Option<Dpi>,
    /// The physical size that the file states or that follows from its resolution.
    pub size_mm: Option<SizeMm>,
    /// How the file says the image must be mirrored and turned to be viewed.
    pub viewing: Viewing,
}

/// What TIFF and EXIF call orientation: mirror first, then turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Viewing {
    /// Exchange left and right.
    pub mirrored: bool,
    /// Then turn clockwise.
    pub turn: QuarterTurn,
}

impl Viewing {
    /// From the value of tag 274 (TIFF 6.0, EXIF); an unknown value means as stored.
    #[must_use]
    pub const fn from_tag(value: u16) -> Self {
        let (mirrored, turn) = match value {
            2 => (true, QuarterTurn::None),
            3 => (false, QuarterTurn::Half),
            4 => (true, QuarterTurn::Half),
            5 => (true, QuarterTurn::Left),
            6 => (false, QuarterTurn::Right),
            7 => (true, QuarterTurn::Right),
            8 => (false, QuarterTurn::Left),
            _ => (false, QuarterTurn::None),
        };
        Self { mirrored, turn }
    }
}
