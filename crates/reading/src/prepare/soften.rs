//! The jags of a black and white page (二值图像): the models have learned from pages in shades of
//! grey, and read soft edges better.

use image::{GrayImage, imageops};

/// About as soft as a scan in shades of grey.
const SIGMA_PX: f32 = 0.8;

/// The page with soft edges, and without dots of one pixel.
pub(super) fn softened(page: &GrayImage) -> GrayImage {
    imageops::fast_blur(&without_dots(page), SIGMA_PX)
}

/// Dark pixels with no dark neighbour beside, above or below are dust.
fn without_dots(page: &GrayImage) -> GrayImage {
    let mut out = page.clone();
    let (width, height) = page.dimensions();
    let dark = |x: u32, y: u32| x < width && y < height && page.get_pixel(x, y).0[0] < 128;
    for (x, y, pixel) in out.enumerate_pixels_mut() {
        let alone = pixel.0[0] < 128
            && !dark(x.wrapping_sub(1), y)
            && !dark(x + 1, y)
            && !dark(x, y.wrapping_sub(1))
            && !dark(x, y + 1);
        if alone {
            pixel.0 = [u8::MAX];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dust_goes_and_strokes_stay() {
        let mut page = GrayImage::from_pixel(40, 40, image::Luma([255]));
        page.put_pixel(5, 5, image::Luma([0]));
        for y in 10..30 {
            for x in 20..24 {
                page.put_pixel(x, y, image::Luma([0]));
            }
        }
        let soft = softened(&page);
        assert_eq!(soft.get_pixel(5, 5).0[0], 255);
        assert!(soft.get_pixel(21, 20).0[0] < 60);
        assert!((1..255).contains(&soft.get_pixel(19, 20).0[0]));
    }
}
