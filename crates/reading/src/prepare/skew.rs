//! Skew (倾斜), measured and taken out, and which way the lines of a page run.

use image::{GrayImage, Luma, imageops};

use crate::geometry::PixelBox;

/// Skew is looked for up to this many degrees either way.
const SEARCHED_DEGREES: f64 = 6.0;
/// Less than this is left alone: turning costs sharpness.
const WORTH_TURNING_DEGREES: f64 = 0.15;
/// The width to which a page is reduced for measuring.
const MEASURED_WIDTH_PX: u32 = 1000;

/// How dark a pixel must be to count as ink: halfway between the paper and the darkest ink.
#[must_use]
pub fn ink_threshold(page: &GrayImage) -> u8 {
    let mut counts = [0u64; 256];
    for pixel in page.as_raw().iter().step_by(7) {
        if let Some(count) = counts.get_mut(usize::from(*pixel)) {
            *count += 1;
        }
    }
    otsu(&counts)
}

/// Otsu's threshold: the split with the largest variance between its two sides.
#[expect(
    clippy::cast_precision_loss,
    reason = "pixel counts of one page are far below 2^52"
)]
fn otsu(counts: &[u64; 256]) -> u8 {
    let total: u64 = counts.iter().sum();
    let weighted: f64 = (0u32..)
        .zip(counts)
        .map(|(v, n)| f64::from(v) * *n as f64)
        .sum();
    let (mut below, mut below_weighted) = (0u64, 0.0);
    let (mut best, mut best_spread) = (128u8, -1.0);
    for (value, count) in (0u8..=255).zip(counts) {
        below += count;
        below_weighted += f64::from(value) * *count as f64;
        let above = total - below;
        if below == 0 || above == 0 {
            continue;
        }
        let difference = below_weighted / below as f64 - (weighted - below_weighted) / above as f64;
        let spread = below as f64 * above as f64 * difference * difference;
        if spread > best_spread {
            best_spread = spread;
            best = value;
        }
    }
    // A page without contrast has no ink at all, whatever the split says.
    best.clamp(64, 200)
}

/// The ink of a page at reduced size, as points.
struct InkPoints {
    points: Vec<(f32, f32)>,
    height: u32,
}

/// A page at the size at which skew is measured.
fn reduced(page: &GrayImage) -> GrayImage {
    let width = page.width().clamp(1, MEASURED_WIDTH_PX);
    let height = scaled(page.height(), width, page.width()).max(1);
    imageops::thumbnail(page, width, height)
}

impl InkPoints {
    fn of(small: &GrayImage) -> Self {
        let threshold = ink_threshold(small);
        let points = small
            .enumerate_pixels()
            .filter(|(_, _, Luma([value]))| *value <= threshold)
            .map(|(x, y, _)| (to_f32(x), to_f32(y)))
            .collect();
        Self {
            points,
            height: small.height(),
        }
    }

    /// The angle at which the ink falls into rows most sharply, and how sharply it does. Too
    /// little ink gives nothing.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an angle needs no more precision"
    )]
    fn best(&self) -> (f64, f64) {
        if self.points.len() < 200 {
            return (0.0, 0.0);
        }
        let score = |degrees: f64| self.sharpness(degrees.to_radians().tan() as f32);
        let best_of = |around: (f64, f64), reach: f64, step: f64| {
            let steps = (reach / step).round();
            let mut best = around;
            let mut k = -steps;
            while k <= steps {
                let degrees = around.0 + k * step;
                let found = score(degrees);
                if found > best.1 {
                    best = (degrees, found);
                }
                k += 1.0;
            }
            best
        };
        let coarse = best_of((0.0, score(0.0)), SEARCHED_DEGREES, 0.5);
        let finer = best_of(coarse, 0.5, 0.1);
        best_of(finer, 0.08, 0.02)
    }

    /// How sharply the ink falls into rows when the page is sheared by this slope: the steps
    /// between neighbouring rows against the rows themselves.
    fn sharpness(&self, slope: f32) -> f64 {
        let mut rows = vec![0u32; self.height as usize * 2 + 2];
        let offset = to_f32(self.height) / 2.0;
        for (x, y) in &self.points {
            let row = index(y - x * slope + offset);
            if let Some(count) = rows.get_mut(row) {
                *count += 1;
            }
        }
        let square = |value: f64| value * value;
        let steps: f64 = rows
            .windows(2)
            .map(|pair| match pair {
                [a, b] => square(f64::from(*a) - f64::from(*b)),
                _ => 0.0,
            })
            .sum();
        let all: f64 = rows.iter().map(|count| square(f64::from(*count))).sum();
        steps / all.max(1.0)
    }
}

/// Which way the lines of a page run, as far as its ink shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextDirection {
    /// From side to side: the page stands upright or on its head.
    Across,
    /// From top to bottom: the page lies on its side.
    Down,
    /// It cannot be told.
    Unclear,
}

/// How the lines of a page run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextLines {
    /// Which way.
    pub direction: TextDirection,
    /// The skew in degrees as [`skew_degrees`] has it, if the page stands upright.
    pub skew_degrees: f64,
}

/// How much sharper one direction must be than the other.
const CLEARLY: f64 = 1.25;

/// Which way the lines run. Lines of text fall into rows with gaps between them; across them
/// the ink is spread evenly.
#[must_use]
pub fn text_lines(page: &GrayImage) -> TextLines {
    let small = reduced(page);
    let (skew_degrees, across) = InkPoints::of(&small).best();
    let down = InkPoints::of(&imageops::rotate90(&small)).best().1;
    TextLines {
        direction: if across > down * CLEARLY {
            TextDirection::Across
        } else if down > across * CLEARLY {
            TextDirection::Down
        } else {
            TextDirection::Unclear
        },
        skew_degrees,
    }
}

fn scaled(length: u32, numerator: u32, denominator: u32) -> u32 {
    u32::try_from(u64::from(length) * u64::from(numerator) / u64::from(denominator.max(1)))
        .unwrap_or(u32::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "coordinates of a reduced page are far below 2^24"
)]
fn to_f32(value: u32) -> f32 {
    value as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates; a row outside is left out by the caller"
)]
fn index(value: f32) -> usize {
    value.max(0.0) as usize
}

/// The skew of a page in degrees, clockwise positive: the text falls to the right by so much.
#[must_use]
pub fn skew_degrees(page: &GrayImage) -> f64 {
    InkPoints::of(&reduced(page)).best().0
}

/// A page with its skew taken out, and the way back.
pub struct Straightened {
    /// The straightened page, of the same size.
    pub image: GrayImage,
    /// The skew that was taken out; 0 when it was left alone.
    pub degrees: f64,
}

impl Straightened {
    /// Takes this skew out of the page. What comes in from outside is paper-white.
    #[must_use]
    pub fn of(page: GrayImage, skew: f64) -> Self {
        if skew.abs() < WORTH_TURNING_DEGREES {
            return Self {
                image: page,
                degrees: 0.0,
            };
        }
        Self {
            image: turned_by(&page, skew),
            degrees: skew,
        }
    }
}

/// A box on an image of this size that was straightened by so many degrees, as a box on the page
/// it came from.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the page"
)]
pub(super) fn carried_back(
    found: &PixelBox,
    degrees: f64,
    (width, height): (u32, u32),
) -> PixelBox {
    if degrees == 0.0 {
        return *found;
    }
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (f64::from(width), f64::from(height));
    let (cx, cy) = (width / 2.0, height / 2.0);
    let x = f64::from(found.x) + f64::from(found.width) / 2.0 - cx;
    let y = f64::from(found.y) + f64::from(found.height) / 2.0 - cy;
    let (back_x, back_y) = (cx + x * cos - y * sin, cy + x * sin + y * cos);
    let left = (back_x - f64::from(found.width) / 2.0).clamp(0.0, width);
    let top = (back_y - f64::from(found.height) / 2.0).clamp(0.0, height);
    PixelBox {
        x: left.round() as u32,
        y: top.round() as u32,
        width: found.width.min((width - left.round()) as u32),
        height: found.height.min((height - top.round()) as u32),
    }
}

/// Turns a page anticlockwise by so many degrees about its centre, with linear interpolation.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "positions are checked against the page; weights lie between 0 and 1"
)]
fn turned_by(page: &GrayImage, degrees: f64) -> GrayImage {
    let (sin, cos) = (degrees.to_radians()).sin_cos();
    let (sin, cos) = (sin as f32, cos as f32);
    let (width, height) = page.dimensions();
    let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
    let samples = page.as_raw();
    let stride = width as usize;
    let mut out = GrayImage::from_pixel(width, height, Luma([255]));
    for (y, row) in out.as_mut().chunks_exact_mut(stride.max(1)).enumerate() {
        let dy = y as f32 - cy;
        let (row_x, row_y) = (cx - cx * cos - dy * sin, cy - cx * sin + dy * cos);
        for (x, to) in row.iter_mut().enumerate() {
            let from_x = row_x + x as f32 * cos;
            let from_y = row_y + x as f32 * sin;
            if from_x < 0.0 || from_y < 0.0 {
                continue;
            }
            let (column, line) = (from_x as usize, from_y as usize);
            if column + 1 >= stride || line + 1 >= height as usize {
                continue;
            }
            let at = line * stride + column;
            let (Some([a, b]), Some([c, d])) = (
                samples.get(at..at + 2),
                samples.get(at + stride..at + stride + 2),
            ) else {
                continue;
            };
            let (fx, fy) = (from_x - column as f32, from_y - line as f32);
            let upper = f32::from(*a) * (1.0 - fx) + f32::from(*b) * fx;
            let lower = f32::from(*c) * (1.0 - fx) + f32::from(*d) * fx;
            *to = (upper * (1.0 - fy) + lower * fy) as u8;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of short dark marks, as lines of text look from afar.
    pub(crate) fn lines_of_marks(width: u32, height: u32) -> GrayImage {
        let mut page = GrayImage::from_pixel(width, height, Luma([250]));
        for (x, y, pixel) in page.enumerate_pixels_mut() {
            let inside = x > width / 10 && x < width - width / 10 && y > 60 && y < height - 60;
            if inside && y % 40 < 18 && x % 24 < 16 && (x / 24 + y / 40) % 7 != 0 {
                *pixel = Luma([20]);
            }
        }
        page
    }

    #[test]
    fn skew_is_measured_and_taken_out() {
        let straight = lines_of_marks(1200, 1600);
        assert!(skew_degrees(&straight).abs() < 0.1);
        for degrees in [-4.0, -2.0, -0.5, 0.5, 1.0, 3.0] {
            // Turning anticlockwise by a negative angle leaves a page that falls by it.
            let skewed = turned_by(&straight, -degrees);
            let measured = skew_degrees(&skewed);
            assert!(
                (measured - degrees).abs() < 0.12,
                "{degrees} measured as {measured}"
            );
            let again = Straightened::of(skewed, measured);
            assert!(skew_degrees(&again.image).abs() < 0.12);
        }
    }

    #[test]
    fn a_box_is_carried_back_to_where_it_was() {
        let mut page = GrayImage::from_pixel(1000, 1400, Luma([255]));
        for y in 300..340 {
            for x in 700..760 {
                page.put_pixel(x, y, Luma([0]));
            }
        }
        let skewed = turned_by(&page, -3.0);
        let dark = |image: &GrayImage| {
            image
                .enumerate_pixels()
                .filter(|(_, _, p)| p.0 == [0])
                .map(|(x, y, _)| PixelBox {
                    x,
                    y,
                    width: 1,
                    height: 1,
                })
                .reduce(|a, b| a.around(&b))
                .unwrap()
        };
        let on_skewed = dark(&skewed);
        let straight = Straightened::of(skewed, 3.0);
        let back = carried_back(
            &dark(&straight.image),
            straight.degrees,
            straight.image.dimensions(),
        );
        let close = |a: u32, b: u32| a.abs_diff(b) <= 4;
        assert!(close(
            back.x + back.width / 2,
            on_skewed.x + on_skewed.width / 2
        ));
        assert!(close(
            back.y + back.height / 2,
            on_skewed.y + on_skewed.height / 2
        ));
    }
}
