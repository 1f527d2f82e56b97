//! Seals over text (印章): what of them can be taken off without the text below.
//!
//! On a colour page a red seal is told by its colour (`Pixels::without_red`). In shades of grey it is told by being
//! paler than print and by its ring: inside the ring what is as pale as the seal becomes paper,
//! and what is darker stays. A seal that is as dark as print, and any seal in black and white,
//! cannot be told from the text that it covers, and stays.

use image::GrayImage;

/// A ring of a seal has a radius of so many millimetres: round seals of firms measure 30 to 58
/// across.
const RADIUS_MM: std::ops::RangeInclusive<u32> = 13..=30;
/// Pixels a millimetre of the picture in which rings are looked for.
const PER_MM: u32 = 2;
/// So much of a ring must be there.
const RING_SHARE: f64 = 0.55;
/// Shades that may be a seal's.
const PALE: std::ops::Range<u8> = 60..185;
/// How much paler than print a seal is that can be told from it.
const TOLD_APART: f32 = 25.0;
/// How far the soft edge of a seal's stroke reaches beyond its middle.
const EDGE_PX: u32 = 2;
/// The most seals of a page.
const SEALS_MAX: usize = 4;

/// A ring, in pixels of the page.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ring {
    x: f64,
    y: f64,
    radius: f64,
}

/// Lifts pale seals off a grey page on which the light is even.
pub(super) fn pale_rings_lifted(page: &mut GrayImage, dpi: f64) {
    for ring in rings(page, dpi) {
        lift(page, &ring);
    }
}

/// What is inside a ring and as pale as it becomes paper; what is darker keeps its place between
/// print and paper.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the page"
)]
fn lift(page: &mut GrayImage, ring: &Ring) {
    let reach = ring.radius * 1.08;
    let (width, height) = page.dimensions();
    let side = |middle: f64, most: u32| {
        let from = (middle - reach).max(1.0) as u32;
        let to = ((middle + reach).max(0.0) as u32).min(most.saturating_sub(1));
        from..to
    };
    let (columns, rows) = (side(ring.x, width), side(ring.y, height));
    let off = |x: u32, y: u32| (f64::from(x) - ring.x).hypot(f64::from(y) - ring.y);
    let mut strokes = GrayImage::new(width, height);
    let mut of_ring = Vec::new();
    for y in rows.clone() {
        for x in columns.clone().filter(|x| off(*x, y) <= reach) {
            if !is_wide_and_pale(page, x, y) {
                continue;
            }
            if (off(x, y) / ring.radius - 1.0).abs() < 0.04 {
                of_ring.push(page.get_pixel(x, y).0[0]);
            }
            for ny in y.saturating_sub(EDGE_PX)..=(y + EDGE_PX).min(height - 1) {
                for nx in x.saturating_sub(EDGE_PX)..=(x + EDGE_PX).min(width - 1) {
                    strokes.get_pixel_mut(nx, ny).0 = [u8::MAX];
                }
            }
        }
    }
    of_ring.sort_unstable();
    let Some(seal) = of_ring.get(of_ring.len() / 20).copied().map(f32::from) else {
        return;
    };
    let (print, paper) = shades(page);
    if seal - print < TOLD_APART {
        return;
    }
    for y in rows {
        for x in columns.clone() {
            if strokes.get_pixel(x, y).0[0] > 0 {
                let pixel = page.get_pixel_mut(x, y);
                let above = (f32::from(pixel.0[0]) - print) / (seal - print);
                let lifted = print + above * (paper - print);
                pixel.0 = [lifted.clamp(0.0, paper) as u8];
            }
        }
    }
}

/// The shade of print, that of the darkest quarter of all ink, and of paper, that of most of the
/// page.
fn shades(page: &GrayImage) -> (f32, f32) {
    let mut all: Vec<u8> = page.as_raw().iter().step_by(5).copied().collect();
    all.sort_unstable();
    let ink = all.partition_point(|value| *value < 130);
    let at = |place: usize| all.get(place).copied().map(f32::from);
    (
        at(ink / 4).unwrap_or_default(),
        at(all.len() / 2).unwrap_or(255.0),
    )
}

/// Paler than print and wider than the soft edge of a letter.
fn is_wide_and_pale(page: &GrayImage, x: u32, y: u32) -> bool {
    let may_be_seal = |x: u32, y: u32| PALE.contains(&page.get_pixel(x, y).0[0]);
    may_be_seal(x, y)
        && may_be_seal(x - 1, y)
        && may_be_seal(x + 1, y)
        && may_be_seal(x, y - 1)
        && may_be_seal(x, y + 1)
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
        let offsets: Vec<(f64, f64)> = (0..around)
            .map(|step| f64::from(step) / f64::from(around) * std::f64::consts::TAU)
            .map(|angle| (radius * angle.cos(), radius * angle.sin()))
            .collect();
        let mut votes = vec![0u16; width as usize * height as usize];
        for (x, y) in &strokes {
            for (right, down) in &offsets {
                let (mx, my) = (f64::from(*x) + right, f64::from(*y) + down);
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
    let mut marked = vec![false; width as usize * height as usize];
    for y in 1..page.height().saturating_sub(1) {
        for x in 1..page.width().saturating_sub(1) {
            if is_wide_and_pale(page, x, y) {
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
