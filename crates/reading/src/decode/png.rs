//! PNG: pixels from the `image` crate, resolution from pHYs.

use image::{DynamicImage, ImageDecoder, codecs::png::PngDecoder};

use super::tiff_directory::Directory;
use super::{check_pixels, from_image_error};
use crate::geometry::Dpi;
use crate::limits::Limits;
use crate::raster::{ColourMode, Decoded, Pixels, Viewing};
use crate::unreadable::Unreadable;

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, Unreadable> {
    let header = Header::of(bytes)?;
    check_pixels(
        u64::from(header.width_px),
        u64::from(header.height_px),
        limits,
    )?;
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(limits.worker_memory_bytes_max);
    let mut decoder = PngDecoder::with_limits(std::io::Cursor::new(bytes), bounds)
        .map_err(|e| from_image_error(&e))?;
    let exif = decoder.exif_metadata().ok().flatten();
    let directory = exif.as_deref().and_then(Directory::first);
    let image = DynamicImage::from_decoder(decoder).map_err(|e| from_image_error(&e))?;
    let (pixels, mut mode) = eight_bit(image);
    if header.bilevel {
        mode = ColourMode::Bilevel;
    }
    let dpi = header
        .dpi
        .or_else(|| directory.as_ref().and_then(Directory::dpi));
    Ok(Decoded {
        size_mm: dpi.map(|dpi| dpi.size_of(pixels.width(), pixels.height())),
        pixels,
        mode,
        dpi,
        viewing: Viewing::from_tag(
            directory
                .as_ref()
                .and_then(Directory::orientation)
                .unwrap_or(1),
        ),
    })
}

/// Any image as eight bits a sample without transparency: what shows through is white paper.
pub(super) fn eight_bit(image: DynamicImage) -> (Pixels, ColourMode) {
    let colour = image.color();
    let opaque = !colour.has_alpha();
    match (colour.has_color(), opaque) {
        (false, true) => (Pixels::Grey(image.into_luma8()), ColourMode::Grey),
        (true, true) => (Pixels::Rgb(image.into_rgb8()), ColourMode::Colour),
        (false, false) => {
            let mut grey = image::GrayImage::new(image.width(), image.height());
            for (to, from) in grey.pixels_mut().zip(image.into_luma_alpha8().pixels()) {
                let [value, alpha] = from.0;
                to.0 = [on_white(value, alpha)];
            }
            (Pixels::Grey(grey), ColourMode::Grey)
        }
        (true, false) => {
            let mut rgb = image::RgbImage::new(image.width(), image.height());
            for (to, from) in rgb.pixels_mut().zip(image.into_rgba8().pixels()) {
                let [red, green, blue, alpha] = from.0;
                to.0 = [
                    on_white(red, alpha),
                    on_white(green, alpha),
                    on_white(blue, alpha),
                ];
            }
            (Pixels::Rgb(rgb), ColourMode::Colour)
        }
    }
}

fn on_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

/// What the chunks before the picture say (PNG, 11.2 and 11.3.4.3).
struct Header {
    width_px: u32,
    height_px: u32,
    bilevel: bool,
    dpi: Option<Dpi>,
}

impl Header {
    fn of(bytes: &[u8]) -> Result<Self, Unreadable> {
        let cut = || Unreadable::Truncated {
            found: "the PNG ends within its header".to_owned(),
        };
        let be32 = |at: usize| -> Option<u32> {
            let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
            Some(u32::from_be_bytes(four))
        };
        let mut header = Self {
            width_px: be32(16).ok_or_else(cut)?,
            height_px: be32(20).ok_or_else(cut)?,
            bilevel: bytes.get(24) == Some(&1) && bytes.get(25) == Some(&0),
            dpi: None,
        };
        let mut at = 8usize;
        while let (Some(length), Some(kind)) = (be32(at), bytes.get(at + 4..at + 8)) {
            match kind {
                b"IDAT" => break,
                b"pHYs" => {
                    let metre = bytes.get(at + 16) == Some(&1);
                    if let (Some(x), Some(y), true) = (be32(at + 8), be32(at + 12), metre) {
                        header.dpi = Dpi::plausible(f64::from(x) * 0.0254, f64::from(y) * 0.0254);
                    }
                }
                _ => {}
            }
            let Some(next) = at.checked_add(12 + length as usize) else {
                break;
            };
            at = next;
        }
        Ok(header)
    }
}
