//! Seals over text (印章): what of them can be taken off without the text below.
//!
//! On a colour page a red seal is told by its colour. In shades of grey it is told by being
//! paler than print and by its ring: inside the ring what is as pale as the seal becomes paper,
//! and what is darker stays. A seal that is as dark as print, and any seal in black and white,
//! cannot be told from the text that it covers, and stays.

use image::GrayImage;

use crate::geometry::Dpi;
use crate::raster::{ColourMode, Pixels};

/// A ring of a seal has a radius of so many millimetres: round seals of firms measure 30 to 58
/// across.
const RADIUS_MM: std::ops::RangeInclusive<u32> = 13..=30;
/// Pixels a millimetre of the picture in which rings are looked for.
const PER_MM: u32 = 2;
/// So much of a ring must be there.
const RING_SHARE: f64 = 0.55;
/// The most seals of a page.
const SEALS_MAX: usize = 4;

/// The page in shades of grey without its seals, as far as they can be told from text.
pub(super) fn lifted(pixels: &Pixels, mode: ColourMode, dpi: Option<Dpi>) -> GrayImage {
    let mut grey = pixels.without_red();
    if mode == ColourMode::Grey {
        pale_rings_lifted(&mut grey, dpi.map_or(300.0, |dpi| dpi.x));
    }
    grey
}

/// A ring, in pixels of the page.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ring {
    x: f64,
    y: f64,
    radius: f64,
}

fn pale_rings_lifted(page: &mut GrayImage, dpi: f64) {
    for ring in rings(page, dpi) {
        lift(page, &ring);
    }
}

/// What is inside a ring and as pale as it becomes paper.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the page"
)]
fn lift(page: &mut GrayImage, ring: &Ring) {
    let reach = ring.radius * 1.08;
    let (width, height) = page.dimensions();
    let side = |middle: f64, most: u32| {
        let from = (middle - reach).max(0.0) as u32;
        let to = ((middle + reach).max(0.0) as u32).min(most);
        from..to
    };
    let (columns, rows) = (side(ring.x, width), side(ring.y, height));
    let inside = |x: u32, y: u32| (f64::from(x) - ring.x).hypot(f64::from(y) - ring.y) <= reach;
    let mut counts = [0u32; 256];
    for y in rows.clone() {
        for x in columns.clone().filter(|x| inside(*x, y)) {
            if let Some(count) = counts.get_mut(usize::from(page.get_pixel(x, y).0[0])) {
                *count += 1;
            }
        }
    }
    let Some(palest_print) = between_print_and_seal(&counts) else {
        return;
    };
    for y in rows {
        for x in columns.clone().filter(|x| inside(*x, y)) {
            let pixel = page.get_pixel_mut(x, y);
            if pixel.0[0] > palest_print {
                pixel.0 = [u8::MAX];
            }
        }
    }
}

/// The shade between print and seal: of all shades darker than paper the split with the largest
/// difference between its sides. None if all are as dark as print.
#[expect(clippy::cast_precision_loss, reason = "pixels of a seal")]
fn between_print_and_seal(counts: &[u32; 256]) -> Option<u8> {
    let ink = counts.get(..185)?;
    let total: f64 = ink.iter().map(|count| f64::from(*count)).sum();
    let sum: f64 = ink
        .iter()
        .enumerate()
        .map(|(v, n)| v as f64 * f64::from(*n))
        .sum();
    let (mut below, mut below_sum) = (0.0, 0.0);
    let (mut best, mut best_spread) = (None, 0.0);
    for (value, count) in (0u8..).zip(ink) {
        below += f64::from(*count);
        below_sum += f64::from(value) * f64::from(*count);
        let above = total - below;
        if below < 1.0 || above < 1.0 {
            continue;
        }
        let (print, seal) = (below_sum / below, (sum - below_sum) / above);
        let spread = below * above * (seal - print) * (seal - print);
        if spread > best_spread && seal - print > 35.0 {
            best_spread = spread;
            best = Some(value);
        }
    }
    best
}

/// The rings of the page, from their pale strokes: each stroke votes for the middles that it may
/// be a part of the ring of.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a picture of a few hundred pixels a side"
)]
fn rings(page: &GrayImage, dpi: f64) -> Vec<Ring> {
    let per_px = f64::from(PER_MM) / (dpi / 25.4);
    let width = (f64::from(page.width()) * per_px).ceil() as u32 + 1;
    let height = (f64::from(page.height()) * per_px).ceil() as u32 + 1;
    let strokes = pale_strokes(page, per_px, width, height);
    if strokes.len() < 60 || strokes.len() > 40_000 {
        return Vec::new();
    }
    let mut rings: Vec<(f64, Ring)> = Vec::new();
    for radius_mm in RADIUS_MM {
        let radius = f64::from(radius_mm * PER_MM);
        let around = (radius * std::f64::consts::TAU).round() as u32;
        let mut votes = vec![0u16; width as usize * height as usize];
        for (x, y) in &strokes {
            for step in 0..around {
                let angle = f64::from(step) / f64::from(around) * std::f64::consts::TAU;
                let (sin, cos) = angle.sin_cos();
                let (mx, my) = (f64::from(*x) + radius * cos, f64::from(*y) + radius * sin);
                if mx >= 0.0 && my >= 0.0 && mx < f64::from(width) && my < f64::from(height) {
                    let at = my as usize * width as usize + mx as usize;
                    if let Some(vote) = votes.get_mut(at) {
                        *vote = vote.saturating_add(1);
                    }
                }
            }
        }
        let best = votes.iter().enumerate().max_by_key(|(_, vote)| **vote);
        if let Some((at, votes)) = best {
            let share = f64::from(*votes) / f64::from(around);
            let (x, y) = (at % width as usize, at / width as usize);
            let ring = Ring {
                x: (x as f64 + 0.5) / per_px,
                y: (y as f64 + 0.5) / per_px,
                radius: radius / per_px,
            };
            if share >= RING_SHARE {
                rings.push((share, ring));
            }
        }
    }
    rings.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut apart: Vec<Ring> = Vec::new();
    for (_, ring) in rings {
        let near = |other: &Ring| (ring.x - other.x).hypot(ring.y - other.y) < other.radius;
        if !apart.iter().any(near) && apart.len() < SEALS_MAX {
            apart.push(ring);
        }
    }
    apart
}

/// Where strokes are that are paler than print and wider than the soft edge of a letter.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the picture"
)]
fn pale_strokes(page: &GrayImage, per_px: f64, width: u32, height: u32) -> Vec<(u32, u32)> {
    let pale = |x: u32, y: u32| (60..185).contains(&page.get_pixel(x, y).0[0]);
    let mut marked = vec![false; width as usize * height as usize];
    for y in 1..page.height().saturating_sub(1) {
        for x in 1..page.width().saturating_sub(1) {
            let wide =
                pale(x, y) && pale(x - 1, y) && pale(x + 1, y) && pale(x, y - 1) && pale(x, y + 1);
            if wide {
                let (small_x, small_y) = (
                    (f64::from(x) * per_px) as usize,
                    (f64::from(y) * per_px) as usize,
                );
                if let Some(mark) = marked.get_mut(small_y * width as usize + small_x) {
                    *mark = true;
                }
            }
        }
    }
    let marks = marked.iter().enumerate().filter(|(_, marked)| **marked);
    marks
        .filter_map(|(at, _)| {
            let at = u32::try_from(at).ok()?;
            Some((at % width, at / width))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of 200 dpi with rows of print and a ring of this shade over them.
    fn sealed(shade: u8) -> GrayImage {
        let mut page = GrayImage::from_pixel(1000, 1000, image::Luma([245]));
        for (x, y, pixel) in page.enumerate_pixels_mut() {
            let print = y % 50 < 6 && x % 30 < 20;
            let off = (f64::from(x) - 500.0).hypot(f64::from(y) - 520.0);
            let seal = (150.0..160.0).contains(&off);
            pixel.0 = [match (print, seal) {
                (true, _) => 30,
                (false, true) => shade,
                (false, false) => 245,
            }];
        }
        page
    }

    #[test]
    fn a_pale_seal_goes_and_print_below_it_stays() {
        let mut page = sealed(110);
        pale_rings_lifted(&mut page, 200.0);
        let mut left = 0;
        for (x, y, pixel) in page.enumerate_pixels() {
            let print = y % 50 < 6 && x % 30 < 20;
            assert!(!print || pixel.0[0] == 30, "print at {x} {y}");
            left += usize::from(!print && pixel.0[0] < 200);
        }
        assert!(left < 100, "{left} pixels of the seal are left");
    }

    #[test]
    fn what_is_as_dark_as_print_or_no_ring_stays() {
        let mut page = sealed(35);
        pale_rings_lifted(&mut page, 200.0);
        assert_eq!(page, sealed(35));
        // A pale block, as a photograph has.
        let mut block = GrayImage::from_fn(1000, 1000, |x, y| {
            image::Luma([if x < 400 && y < 400 { 120 } else { 245 }])
        });
        let before = block.clone();
        pale_rings_lifted(&mut block, 200.0);
        assert_eq!(block, before);
    }
}
