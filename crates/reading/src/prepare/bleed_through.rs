//! What shines through from the back of thin paper (透印): paler than any ink on the front.

use image::GrayImage;

/// Paler than this share of the paper's brightness is no ink.
const PALEST_INK: f32 = 0.78;
/// At least this share of a page shines through before anything is done: edges of letters are
/// as pale, and lose a little by it.
const SHARE_MIN: f64 = 0.03;

/// Makes what is paler than ink as bright as the paper.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of a page, and a table of 256 shades"
)]
pub(super) fn taken_off(page: &mut GrayImage) {
    let mut counts = [0u64; 256];
    for pixel in page.as_raw() {
        if let Some(count) = counts.get_mut(usize::from(*pixel)) {
            *count += 1;
        }
    }
    let total: u64 = counts.iter().sum();
    let paper = brightness_of_half(&counts);
    let palest = f32::from(paper) * PALEST_INK;
    let shining: u64 = (0u8..=255)
        .zip(counts)
        .filter(|(shade, _)| {
            let shade = f32::from(*shade);
            shade > palest && shade < f32::from(paper) * 0.94
        })
        .map(|(_, count)| count)
        .sum();
    if (shining as f64) < total as f64 * SHARE_MIN {
        return;
    }
    for pixel in page.as_mut().iter_mut() {
        *pixel = (f32::from(*pixel) / palest * 255.0).min(255.0) as u8;
    }
}

/// The shade that half of the page is brighter than: paper, on any page of text.
fn brightness_of_half(counts: &[u64; 256]) -> u8 {
    let total: u64 = counts.iter().sum();
    let mut above = 0;
    for (shade, count) in (0u8..=255).zip(counts).rev() {
        above += count;
        if above * 2 >= total {
            return shade;
        }
    }
    u8::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_goes_and_the_front_stays() {
        let page = |back: bool| {
            GrayImage::from_fn(400, 400, |x, y| {
                let front = y % 40 < 4;
                let behind = back && (x + y) % 10 == 0;
                image::Luma([if front {
                    40
                } else if behind {
                    215
                } else {
                    248
                }])
            })
        };
        let mut through = page(true);
        taken_off(&mut through);
        assert_eq!(through.get_pixel(5, 15).0[0], 255);
        assert!(through.get_pixel(5, 1).0[0] <= 60);
        // A page through which nothing shines is left as it is.
        let mut clean = page(false);
        taken_off(&mut clean);
        assert_eq!(clean, page(false));
    }
}
