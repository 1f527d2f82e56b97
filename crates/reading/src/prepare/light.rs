//! Uneven light (光照不均): the paper is as bright everywhere as where it is brightest.

use image::{GrayImage, imageops};

use crate::resample::resized;

/// The side of the squares in which the paper's brightness is looked for, in pixels.
const SQUARE_PX: u32 = 16;
/// How many squares around are looked at for one with bare paper: a line of text, and a box
/// around it, are lower than that.
const REACH: i64 = 4;
/// Paper darker than this is no paper.
const PAPER_MIN: u8 = 90;
/// What bare paper becomes.
const PAPER: u32 = 250;

/// Divides by the brightness of the paper.
pub(super) fn evened(page: &mut GrayImage) {
    let (width, height) = page.dimensions();
    let columns = width.div_ceil(SQUARE_PX).max(1);
    let rows = height.div_ceil(SQUARE_PX).max(1);
    let mut brightest = GrayImage::new(columns, rows);
    for (x, y, pixel) in page.enumerate_pixels() {
        if x % 2 == 0 {
            continue;
        }
        let square = brightest.get_pixel_mut(x / SQUARE_PX, y / SQUARE_PX);
        square.0 = [square.0[0].max(pixel.0[0])];
    }
    let paper = imageops::blur(&spread(&brightest), 2.0);
    let paper = resized(&paper, width, height);
    for (pixel, paper) in page.as_mut().iter_mut().zip(paper.as_raw()) {
        let paper = u32::from((*paper).max(PAPER_MIN));
        *pixel = u8::try_from(u32::from(*pixel) * PAPER / paper).unwrap_or(u8::MAX);
    }
}

/// Each square as bright as the middle one of those around it: squares full of ink do not darken
/// it, and one bright speck does not lighten it.
fn spread(squares: &GrayImage) -> GrayImage {
    let (width, height) = (i64::from(squares.width()), i64::from(squares.height()));
    GrayImage::from_fn(squares.width(), squares.height(), |x, y| {
        let (x, y) = (i64::from(x), i64::from(y));
        let mut around: Vec<u8> = Vec::new();
        for ny in (y - REACH).max(0)..=(y + REACH).min(height - 1) {
            for nx in (x - REACH).max(0)..=(x + REACH).min(width - 1) {
                if let (Ok(nx), Ok(ny)) = (u32::try_from(nx), u32::try_from(ny)) {
                    around.push(squares.get_pixel(nx, ny).0[0]);
                }
            }
        }
        around.sort_unstable();
        let middle = around.get(around.len() / 2).copied();
        image::Luma([middle.unwrap_or(u8::MAX)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shadow_goes_and_ink_stays() {
        // Darker to the right; a bar of ink across.
        let mut page = GrayImage::from_fn(640, 480, |x, y| {
            let paper = 250 - x / 5;
            let ink = (200..216).contains(&y) && (40..600).contains(&x);
            image::Luma([u8::try_from(if ink { paper / 5 } else { paper }).unwrap()])
        });
        evened(&mut page);
        for x in [8, 320, 630] {
            assert!(page.get_pixel(x, 100).0[0] >= 230, "{x}");
        }
        for x in [60, 320, 590] {
            assert!(page.get_pixel(x, 208).0[0] <= 70, "{x}");
        }
    }
}
