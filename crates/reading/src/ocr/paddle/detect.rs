//! Where text stands (文本检测): the model gives each pixel of a reduced page how surely it is
//! the middle of a line of text; runs of such pixels, widened again, are the places.

use image::{GrayImage, imageops};

use super::net::{Input, Net};
use crate::geometry::PixelBox;
use crate::ocr::EngineError;
use crate::prepare::skew::ink_threshold;
use crate::resample::resized;

/// From this on a pixel belongs to text.
const PIXEL: f32 = 0.3;
/// From this mean on a run of pixels is a line of text.
const PLACE: f32 = 0.5;
/// The model marks the middle of a line; by so much of area over circumference it is widened.
const WIDEN: f32 = 1.6;
/// Shorter sides than this are specks, in pixels of the reduced page.
const SPECK: u32 = 3;
/// What the model's sides are multiples of.
const STRIDE: u32 = 32;
/// By how much a page is reduced for looking where its ink is.
const REDUCED: u32 = 8;
/// A reduced stroke is paler than it was; this dark is ink in any case.
const PALE_INK: u8 = 200;
/// Bare paper around the ink.
const RIM_PX: u32 = 32;
/// How far an upright line goes on above and below a line of text, in its heights.
const BEYOND_PERCENT: u32 = 40;
/// How much of such a line may be lost.
const GAPS_PERCENT: usize = 3;
/// The most places of a page; beyond it they are noise.
const PLACES_MAX: usize = 1500;

pub(super) struct Detector {
    net: Net,
    longest_side_px: u32,
}

impl Detector {
    pub(super) const fn new(net: Net, longest_side_px: u32) -> Self {
        Self {
            net,
            longest_side_px,
        }
    }

    /// Where text stands on a page, in its pixels.
    pub(super) fn places(&mut self, page: &GrayImage) -> Result<Vec<PixelBox>, EngineError> {
        let inked = inked(page);
        let part = imageops::crop_imm(page, inked.x, inked.y, inked.width, inked.height).to_image();
        let (width, height) = reduced(page.dimensions(), part.dimensions(), self.longest_side_px);
        let small = resized(&part, width, height);
        let map = self
            .net
            .run(Input::of(&small), |_, values| {
                Map::of(values, width, height)
            })
            .ok_or(EngineError::Failed {
                step: "looking for text",
            })?;
        let across = f64::from(part.width()) / f64::from(width);
        let down = f64::from(part.height()) / f64::from(height);
        let threshold = ink_threshold(page);
        let mut places: Vec<PixelBox> = map
            .runs()
            .into_iter()
            .map(|run| enlarged(&run, across, down, part.dimensions()))
            .map(|place| PixelBox {
                x: place.x + inked.x,
                y: place.y + inked.y,
                ..place
            })
            .flat_map(|place| between_rulings(page, place, threshold))
            .collect();
        places.truncate(PLACES_MAX);
        Ok(places)
    }
}

/// The part of a page with ink on it, and a rim: bare paper costs as much as text.
fn inked(page: &GrayImage) -> PixelBox {
    let whole = PixelBox {
        x: 0,
        y: 0,
        width: page.width(),
        height: page.height(),
    };
    let (columns, rows) = (page.width() / REDUCED, page.height() / REDUCED);
    if columns == 0 || rows == 0 {
        return whole;
    }
    let small = imageops::thumbnail(page, columns, rows);
    let threshold = ink_threshold(&small).max(PALE_INK);
    let dark = small
        .enumerate_pixels()
        .filter(|(_, _, pixel)| pixel.0[0] <= threshold);
    let ink = dark
        .map(|(x, y, _)| PixelBox {
            x,
            y,
            width: 1,
            height: 1,
        })
        .reduce(|a, b| a.around(&b));
    let Some(ink) = ink else { return whole };
    let (x, y) = (
        (ink.x * REDUCED).saturating_sub(RIM_PX),
        (ink.y * REDUCED).saturating_sub(RIM_PX),
    );
    PixelBox {
        x,
        y,
        width: (ink.right() * REDUCED + RIM_PX).min(page.width()) - x,
        height: (ink.bottom() * REDUCED + RIM_PX).min(page.height()) - y,
    }
}

/// The size in which text is looked for on a part of a page: the whole page would have the
/// longest side.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a side of a page, divided"
)]
fn reduced(page: (u32, u32), (width, height): (u32, u32), longest_px: u32) -> (u32, u32) {
    let longest = f64::from(page.0.max(page.1).max(1));
    let factor = (f64::from(longest_px) / longest).min(1.0);
    let side = |side: u32| {
        let strides = (f64::from(side) * factor / f64::from(STRIDE)).round() as u32;
        strides.max(1) * STRIDE
    };
    (side(width), side(height))
}

/// The parts of a place between the upright lines of a table (竖线) that cross it: what stands in
/// neighbouring cells is often marked as one line of text.
fn between_rulings(page: &GrayImage, place: PixelBox, threshold: u8) -> Vec<PixelBox> {
    let beyond = place.height * BEYOND_PERCENT / 100;
    let top = place.y.saturating_sub(beyond);
    let bottom = (place.bottom() + beyond).min(page.height());
    // No letter stands out of its line on both sides.
    if place.y < beyond || bottom < place.bottom() + beyond || place.width < place.height {
        return vec![place];
    }
    let is_ink = |x: u32, y: u32| page.get_pixel(x, y).0[0] <= threshold;
    let crosses = |x: u32| {
        // A line that is not quite upright goes on in a neighbouring column.
        let near = x.saturating_sub(1)..=(x + 1).min(page.width() - 1);
        let gaps = (top..bottom).filter(|y| !near.clone().any(|x| is_ink(x, *y)));
        gaps.count() <= (bottom - top) as usize * GAPS_PERCENT / 100
    };
    let mut parts = Vec::new();
    let mut from = place.x;
    let mut part_to = |from: u32, to: u32| {
        if to > from && to - from >= place.height / 3 {
            parts.push(PixelBox {
                x: from,
                width: to - from,
                ..place
            });
        }
    };
    let mut within = false;
    for x in place.x..place.right().min(page.width()) {
        let ruling = crosses(x);
        if ruling && !within {
            part_to(from, x);
        }
        if ruling {
            from = x + 1;
        }
        within = ruling;
    }
    part_to(from, place.right());
    parts
}

/// What the model says of each pixel.
struct Map {
    width: u32,
    height: u32,
    values: Vec<f32>,
}

/// A run of pixels that hang together.
#[derive(Clone, Copy, Debug)]
struct Run {
    left: u32,
    top: u32,
    right: u32,
    bottom: u32,
}

impl Map {
    fn of(values: &[f32], width: u32, height: u32) -> Self {
        let mut values = values.to_vec();
        values.resize(width as usize * height as usize, 0.0);
        Self {
            width,
            height,
            values,
        }
    }

    fn at(&self, x: u32, y: u32) -> f32 {
        let index = y as usize * self.width as usize + x as usize;
        self.values.get(index).copied().unwrap_or_default()
    }

    /// The runs that are surely enough text, from top to bottom.
    fn runs(&self) -> Vec<Run> {
        let mut seen = vec![false; self.values.len()];
        let mut runs = Vec::new();
        for y in 0..self.height {
            for x in 0..self.width {
                let index = y as usize * self.width as usize + x as usize;
                let fresh = seen.get(index).is_some_and(|seen| !seen);
                if fresh && self.at(x, y) > PIXEL {
                    runs.extend(self.run_from(x, y, &mut seen));
                }
            }
        }
        runs
    }

    /// The run around a pixel, if it is large and sure enough. Pixels hang together over a gap
    /// of one, as if each were drawn two wide.
    fn run_from(&self, x: u32, y: u32, seen: &mut [bool]) -> Option<Run> {
        let mut run = Run {
            left: x,
            top: y,
            right: x,
            bottom: y,
        };
        let (mut sum, mut count) = (0.0f64, 0u32);
        let mut waiting = vec![(x, y)];
        while let Some((x, y)) = waiting.pop() {
            let index = y as usize * self.width as usize + x as usize;
            let Some(seen) = seen.get_mut(index) else {
                continue;
            };
            if *seen || self.at(x, y) <= PIXEL {
                continue;
            }
            *seen = true;
            sum += f64::from(self.at(x, y));
            count += 1;
            run.left = run.left.min(x);
            run.right = run.right.max(x);
            run.top = run.top.min(y);
            run.bottom = run.bottom.max(y);
            for ny in y.saturating_sub(1)..=(y + 1).min(self.height.saturating_sub(1)) {
                for nx in x.saturating_sub(2)..=(x + 2).min(self.width.saturating_sub(1)) {
                    waiting.push((nx, ny));
                }
            }
        }
        let shorter = (run.right - run.left).min(run.bottom - run.top) + 1;
        let sure = sum / f64::from(count.max(1)) >= f64::from(PLACE);
        (shorter >= SPECK && sure).then_some(run)
    }
}

/// The place on the page of a run on the reduced page, widened to the whole line.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the page"
)]
fn enlarged(run: &Run, across: f64, down: f64, (page_width, page_height): (u32, u32)) -> PixelBox {
    let width = f64::from(run.right - run.left + 1);
    let height = f64::from(run.bottom - run.top + 1);
    let widen = width * height * f64::from(WIDEN) / (2.0 * (width + height));
    let edge = |value: f64, factor: f64, most: u32| {
        (value * factor).round().clamp(0.0, f64::from(most)) as u32
    };
    let left = edge(f64::from(run.left) - widen, across, page_width);
    let right = edge(f64::from(run.right + 1) + widen, across, page_width);
    let top = edge(f64::from(run.top) - widen, down, page_height);
    let bottom = edge(f64::from(run.bottom + 1) + widen, down, page_height);
    PixelBox {
        x: left,
        y: top,
        width: right.saturating_sub(left).max(1),
        height: bottom.saturating_sub(top).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_looked_at_in_sides_that_the_model_takes() {
        for (page, longest, expected) in [
            ((1654, 2339), 1280, (896, 1280)),
            ((2339, 1654), 1280, (1280, 896)),
            ((600, 800), 1280, (608, 800)),
            ((1, 60_000), 1280, (32, 1280)),
            ((1, 1), 1280, (32, 32)),
        ] {
            assert_eq!(reduced(page, page, longest), expected, "{page:?}");
        }
    }

    #[test]
    fn bare_paper_is_left_out() {
        let mut page = GrayImage::from_pixel(1600, 2400, image::Luma([245]));
        let inked_part = |page: &GrayImage| {
            let part = inked(page);
            (part.x, part.y, part.right(), part.bottom())
        };
        assert_eq!(inked_part(&page), (0, 0, 1600, 2400));
        for y in 400..440 {
            for x in 200..1000 {
                page.put_pixel(x, y, image::Luma([20]));
            }
        }
        assert_eq!(inked_part(&page), (168, 368, 1032, 472));
        assert_eq!(inked_part(&GrayImage::new(5, 3000)), (0, 0, 5, 3000));
    }

    #[test]
    fn a_place_ends_where_a_table_line_crosses_it() {
        let mut page = GrayImage::from_pixel(400, 200, image::Luma([250]));
        let place = PixelBox {
            x: 20,
            y: 80,
            width: 300,
            height: 40,
        };
        let parts = |page: &GrayImage| -> Vec<(u32, u32)> {
            let parts = between_rulings(page, place, 128);
            parts.iter().map(|part| (part.x, part.right())).collect()
        };
        let upright = |page: &mut GrayImage, x: u32, ys: std::ops::Range<u32>| {
            for y in ys {
                // Askew by a pixel.
                page.put_pixel(x + u32::from(y > 100), y, image::Luma([20]));
            }
        };
        // The stroke of a letter, and a line above it alone.
        upright(&mut page, 60, 80..120);
        upright(&mut page, 90, 0..120);
        assert_eq!(parts(&page), [(20, 320)]);
        upright(&mut page, 150, 10..190);
        assert_eq!(parts(&page), [(20, 150), (152, 320)]);
        // One at its very end leaves nothing beyond it.
        upright(&mut page, 316, 10..190);
        assert_eq!(parts(&page), [(20, 150), (152, 316)]);
    }

    /// A map with rectangles of one value each.
    fn map(rectangles: &[(u32, u32, u32, u32, f32)]) -> Map {
        let (width, height) = (96, 64);
        let mut values = vec![0.0; (width * height) as usize];
        for (left, top, right, bottom, value) in rectangles {
            for y in *top..*bottom {
                for x in *left..*right {
                    values[(y * width + x) as usize] = *value;
                }
            }
        }
        Map {
            width,
            height,
            values,
        }
    }

    #[test]
    fn runs_are_large_and_sure_enough() {
        let runs = map(&[
            (10, 5, 60, 10, 0.9),
            // Joined over a gap of one.
            (61, 5, 80, 10, 0.8),
            // A speck, and a line that the model doubts.
            (5, 20, 60, 22, 0.9),
            (5, 30, 60, 36, 0.4),
            (5, 50, 40, 55, 0.6),
        ])
        .runs();
        let found: Vec<_> = runs
            .iter()
            .map(|run| (run.left, run.top, run.right, run.bottom))
            .collect();
        assert_eq!(found, [(10, 5, 79, 9), (5, 50, 39, 54)]);
    }

    #[test]
    fn a_place_is_wider_than_its_middle_and_within_the_page() {
        let run = Run {
            left: 0,
            top: 10,
            right: 99,
            bottom: 19,
        };
        let place = enlarged(&run, 2.0, 2.0, (400, 400));
        // 100 by 10 is widened by 7.3 pixels on each side.
        assert_eq!((place.x, place.y), (0, 5));
        assert_eq!((place.width, place.height), (215, 50));
        let place = enlarged(&run, 2.0, 2.0, (201, 35));
        assert_eq!((place.right(), place.bottom()), (201, 35));
    }
}
