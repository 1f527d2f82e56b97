//! What the scanner adds: the sheet lies askew and a little off, the lamp is uneven, the sensor
//! is noisy. A bilevel scan has a fixed threshold and a few specks.

use super::paint::{Canvas, pixel, pixels_per_mm, place, to_byte};
use super::seed::Rng;
use super::{Format, Rotation, Scan};

/// The pixels of a scanned page.
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixels: Pixels,
}

/// Row by row.
pub(super) enum Pixels {
    /// Three bytes a pixel.
    Rgb(Vec<u8>),
    /// One byte a pixel.
    Grey(Vec<u8>),
    /// One entry a pixel; true is black.
    Bilevel(Vec<bool>),
}

const PAPER: [f32; 3] = [0.985, 0.98, 0.962];
const BACKING: f32 = 244.0;
const THRESHOLD: f32 = 150.0;
/// The threshold of a styled scan: hairlines that are paler than black at a low resolution are
/// to stay, as the setting of a clerk who looks at the result would have it.
const STYLED_THRESHOLD: f32 = 182.0;

/// What a style adds.
pub(super) struct Spoil {
    pub(super) shadow: Option<Shadow>,
}

/// A shadow that falls on the sheet from one side or corner.
pub(super) struct Shadow {
    /// Which edges it lies along: to the right or left, below or above, as signs; 0 for neither.
    side: (f32, f32),
    /// How much light it takes at the edge: 0 to 1.
    depth: f32,
    /// How far it reaches in, in pixels.
    reach: f32,
}

impl Shadow {
    /// One that fits the scan: deep and wide, or for two colours so narrow that it ends before
    /// the type area.
    pub(super) fn fall(scan: &Scan, rng: &mut Rng) -> Self {
        // Mostly where text stands: forms leave the lower part of the sheet empty.
        let sides = [
            (1.0, 0.0),
            (-1.0, 0.0),
            (1.0, 0.0),
            (-1.0, 0.0),
            (0.0, -1.0),
            (0.0, 1.0),
            (1.0, -1.0),
            (-1.0, -1.0),
        ];
        let at = rng.below(8) as usize;
        let side = sides.get(at).copied().unwrap_or((1.0, 0.0));
        let (depth, reach_mm) = match scan.format {
            Format::BilevelTiff => (rng.between(0.6, 0.75), rng.between(6.0, 9.0)),
            Format::ColourJpeg(_) | Format::GreyJpeg(_) | Format::ColourPdf(_) => {
                (rng.between(0.4, 0.62), rng.between(50.0, 95.0))
            }
        };
        Self {
            side,
            depth,
            reach: reach_mm * pixels_per_mm(scan.dpi),
        }
    }

    /// Which share of the light reaches a place, given from the middle of a sheet of this half
    /// width and half height.
    fn leaves(&self, off: (f32, f32), half: (f32, f32)) -> f32 {
        let from =
            |side: f32, off: f32, half: f32| if side == 0.0 { 0.0 } else { half - side * off };
        let far = from(self.side.0, off.0, half.0).hypot(from(self.side.1, off.1, half.1));
        1.0 - self.depth * (-(far / self.reach).powi(2)).exp()
    }
}

/// Scans the page.
pub(super) fn scan(canvas: &Canvas, scan: &Scan, spoil: Option<&Spoil>, rng: &mut Rng) -> Raster {
    let shadow = spoil.and_then(|spoil| spoil.shadow.as_ref());
    let threshold = spoil.map_or(THRESHOLD, |_| STYLED_THRESHOLD);
    let skewed = expose(canvas, scan, shadow, rng);
    let (width, height, rgb) = turn(canvas.width, canvas.height, skewed, scan.rotation);
    let pixels = match scan.format {
        Format::ColourJpeg(_) | Format::ColourPdf(_) => {
            Pixels::Rgb(rgb.into_iter().flatten().map(to_byte).collect())
        }
        Format::GreyJpeg(_) => Pixels::Grey(rgb.iter().map(|p| to_byte(luma(*p))).collect()),
        Format::BilevelTiff => {
            let mut black: Vec<bool> = rgb.iter().map(|p| luma(*p) < threshold).collect();
            specks(&mut black, width, rng);
            Pixels::Bilevel(black)
        }
    };
    Raster {
        width: width.unsigned_abs(),
        height: height.unsigned_abs(),
        pixels,
    }
}

/// ITU-R BT.601.
fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

fn expose(canvas: &Canvas, scan: &Scan, shadow: Option<&Shadow>, rng: &mut Rng) -> Vec<[f32; 3]> {
    let per_mm = pixels_per_mm(scan.dpi);
    let (sin, cos) = scan.skew_degrees.to_radians().sin_cos();
    let (middle_x, middle_y) = (place(canvas.width) / 2.0, place(canvas.height) / 2.0);
    let shift = (
        rng.between(-1.2, 1.2) * per_mm,
        rng.between(-1.2, 1.2) * per_mm,
    );
    let (lamp_sin, lamp_cos) = rng.between(0.0, std::f32::consts::TAU).sin_cos();
    let fall = rng.between(0.03, 0.08);
    let noise = match scan.format {
        Format::BilevelTiff => 9.0,
        Format::ColourJpeg(_) | Format::GreyJpeg(_) | Format::ColourPdf(_) => 2.1,
    };
    let mut out = Vec::with_capacity(usize::try_from(canvas.width * canvas.height).unwrap_or(0));
    for y in 0..canvas.height {
        for x in 0..canvas.width {
            let (dx, dy) = (place(x) - middle_x, place(y) - middle_y);
            let at = (
                dx * cos + dy * sin + middle_x + shift.0,
                dy * cos - dx * sin + middle_y + shift.1,
            );
            let light = 1.0
                - fall * (0.5 + 0.5 * (dx / middle_x * lamp_cos + dy / middle_y * lamp_sin) / 1.42);
            let light = shadow.map_or(light, |shadow| {
                light * shadow.leaves((dx, dy), (middle_x, middle_y))
            });
            let grain = rng.normal() * noise;
            out.push(sample(canvas, at).map(|channel| channel * light + grain));
        }
    }
    out
}

/// Between the four pixels around a place; the backing of the scanner beyond the sheet.
fn sample(canvas: &Canvas, at: (f32, f32)) -> [f32; 3] {
    let (left, top) = (pixel(at.0), pixel(at.1));
    let (right, down) = (at.0 - place(left), at.1 - place(top));
    let mut sum = [0.0; 3];
    for (dx, dy, share) in [
        (0, 0, (1.0 - right) * (1.0 - down)),
        (1, 0, right * (1.0 - down)),
        (0, 1, (1.0 - right) * down),
        (1, 1, right * down),
    ] {
        let seen = canvas
            .at(left + dx, top + dy)
            .map_or([BACKING; 3], |[r, g, b]| {
                let [paper_r, paper_g, paper_b] = PAPER;
                [
                    f32::from(r) * paper_r,
                    f32::from(g) * paper_g,
                    f32::from(b) * paper_b,
                ]
            });
        for (sum, seen) in sum.iter_mut().zip(seen) {
            *sum += seen * share;
        }
    }
    sum
}

/// Turns a picture by quarters, clockwise.
fn turn<T: Copy>(width: i32, height: i32, pixels: Vec<T>, by: Rotation) -> (i32, i32, Vec<T>) {
    let (out_width, out_height) = match by {
        Rotation::None => return (width, height, pixels),
        Rotation::Half => (width, height),
        Rotation::Quarter | Rotation::ThreeQuarters => (height, width),
    };
    let mut out = Vec::with_capacity(pixels.len());
    for y in 0..out_height {
        for x in 0..out_width {
            let (from_x, from_y) = match by {
                Rotation::None => (x, y),
                Rotation::Half => (width - 1 - x, height - 1 - y),
                Rotation::Quarter => (y, height - 1 - x),
                Rotation::ThreeQuarters => (width - 1 - y, x),
            };
            let at = usize::try_from(from_y * width + from_x).unwrap_or(0);
            out.extend(pixels.get(at));
        }
    }
    (out_width, out_height, out)
}

fn specks(black: &mut [bool], width: i32, rng: &mut Rng) {
    let width = usize::try_from(width).unwrap_or(1);
    let area = u32::try_from(black.len()).unwrap_or(0);
    for _ in 0..area / 60_000 {
        let at = rng.below(area) as usize;
        let size = rng.below(3) as usize;
        for offset in [0, 1, width, width + 1].into_iter().take(size + 1) {
            if let Some(pixel) = black.get_mut(at + offset) {
                *pixel = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_clockwise() {
        // 1 2
        // 3 4
        // 5 6
        let page = vec![1, 2, 3, 4, 5, 6];
        let (w, h, turned) = turn(2, 3, page.clone(), Rotation::Quarter);
        assert_eq!((w, h, turned), (3, 2, vec![5, 3, 1, 6, 4, 2]));
        let (_, _, turned) = turn(2, 3, page.clone(), Rotation::Half);
        assert_eq!(turned, vec![6, 5, 4, 3, 2, 1]);
        let (w, h, turned) = turn(2, 3, page, Rotation::ThreeQuarters);
        assert_eq!((w, h, turned), (3, 2, vec![2, 4, 6, 1, 3, 5]));
    }
}
