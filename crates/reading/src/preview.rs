//! A small picture of a page for people to look at (预览图). Never a substitute for the original.

use image::imageops;
use webp::{Encoder, WebPEncodingError};

use crate::raster::Pixels;

/// The longer side of a preview, in pixels.
pub const LONGER_SIDE_PX: u32 = 1200;
const QUALITY: f32 = 70.0;

/// The upright page as a small WebP.
pub fn webp(page: &Pixels) -> Result<Vec<u8>, WebPEncodingError> {
    let (width, height) = reduced(page.width(), page.height());
    let rgb = match page {
        Pixels::Grey(image) => {
            let small = imageops::thumbnail(image, width, height);
            let samples = small.as_raw().iter().flat_map(|v| [*v; 3]).collect();
            image::RgbImage::from_raw(width, height, samples).unwrap_or_default()
        }
        Pixels::Rgb(image) => imageops::thumbnail(image, width, height),
    };
    let encoded = Encoder::from_rgb(rgb.as_raw(), width, height).encode_simple(false, QUALITY)?;
    Ok(encoded.to_vec())
}

fn reduced(width: u32, height: u32) -> (u32, u32) {
    let longer = width.max(height).max(1);
    if longer <= LONGER_SIDE_PX {
        return (width.max(1), height.max(1));
    }
    let scale = |side: u32| {
        let side = u64::from(side) * u64::from(LONGER_SIDE_PX) / u64::from(longer);
        u32::try_from(side).unwrap_or(LONGER_SIDE_PX).max(1)
    };
    (scale(width), scale(height))
}
