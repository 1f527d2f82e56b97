//! Paints a sheet: clean, straight, at the resolution of the scan. Inks multiply, so that text
//! stays visible under a seal.

use ab_glyph::{Font, FontVec, PxScale, point};

use super::fonts::Fonts;
use super::layout::{Ink, Item, Sheet};
use super::seed::Rng;
use super::{A4_MM, VoucherError, seal};

/// A colour picture of one page.
pub(super) struct Canvas {
    pub(super) width: i32,
    pub(super) height: i32,
    pixels: Vec<[u8; 3]>,
    per_mm: f32,
}

/// Millimetres to pixels at a resolution.
pub(super) fn pixels_per_mm(dpi: u16) -> f32 {
    f32::from(dpi) / 25.4
}

impl Canvas {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sheet of A4 has a few thousand pixels a side"
    )]
    fn blank(dpi: u16) -> Self {
        let per_mm = pixels_per_mm(dpi);
        let width = (A4_MM.0 * per_mm).round() as i32;
        let height = (A4_MM.1 * per_mm).round() as i32;
        Self {
            width,
            height,
            pixels: vec![[255; 3]; width as usize * height as usize],
            per_mm,
        }
    }

    fn index(&self, x: i32, y: i32) -> Option<usize> {
        let inside = (0..self.width).contains(&x) && (0..self.height).contains(&y);
        inside.then(|| usize::try_from(y * self.width + x).ok())?
    }

    /// The pixel, if it is on the sheet.
    pub(super) fn at(&self, x: i32, y: i32) -> Option<[u8; 3]> {
        self.pixels.get(self.index(x, y)?).copied()
    }

    /// Lets ink soak in: `amount` from 0 to 1.
    pub(super) fn soak(&mut self, x: i32, y: i32, ink: [u8; 3], amount: f32) {
        let Some(pixel) = self.index(x, y).and_then(|at| self.pixels.get_mut(at)) else {
            return;
        };
        let amount = amount.clamp(0.0, 1.0);
        for (channel, ink) in pixel.iter_mut().zip(ink) {
            let keep = 1.0 - amount * (1.0 - f32::from(ink) / 255.0);
            *channel = to_byte(f32::from(*channel) * keep);
        }
    }

    /// Lets a share (0 to 1) of another sheet's ink be seen through this one, mirrored and
    /// blurred by the thickness of the paper.
    pub(super) fn shine_through(&mut self, back: &Self, share: f32) {
        let reach = pixel(self.per_mm * 0.22).max(1);
        let around = [(0, 0), (-reach, 0), (reach, 0), (0, -reach), (0, reach)];
        for y in 0..self.height {
            for x in 0..self.width {
                let mirrored = self.width - 1 - x;
                let mut seen = [0.0; 3];
                for (dx, dy) in around {
                    let pixel = back.at(mirrored + dx, y + dy).unwrap_or([255; 3]);
                    for (sum, channel) in seen.iter_mut().zip(pixel) {
                        *sum += f32::from(channel) / 5.0;
                    }
                }
                let ink = seen.map(to_byte);
                if ink != [255; 3] {
                    self.soak(x, y, ink, share);
                }
            }
        }
    }

    /// A rectangle with soft edges, in pixels.
    fn fill(&mut self, from: (f32, f32), to: (f32, f32), ink: [u8; 3]) {
        for y in pixel(from.1)..=pixel(to.1) {
            let rows = overlap(y, from.1, to.1);
            for x in pixel(from.0)..=pixel(to.0) {
                self.soak(x, y, ink, rows * overlap(x, from.0, to.0));
            }
        }
    }
}

/// Rounded and kept within a byte.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=255 just before"
)]
pub(super) fn to_byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// The pixel that a place lies in.
#[expect(
    clippy::cast_possible_truncation,
    reason = "places lie near the sheet, a few thousand pixels wide"
)]
pub(super) fn pixel(place: f32) -> i32 {
    place.floor() as i32
}

/// The place of a pixel's upper left corner.
#[expect(
    clippy::cast_precision_loss,
    reason = "a few thousand pixels fit an f32 exactly"
)]
pub(super) fn place(pixel: i32) -> f32 {
    pixel as f32
}

fn overlap(pixel: i32, from: f32, to: f32) -> f32 {
    let corner = place(pixel);
    (to.min(corner + 1.0) - from.max(corner)).max(0.0)
}

const fn colour(ink: Ink) -> [u8; 3] {
    match ink {
        Ink::Black => [28, 28, 32],
        Ink::Blue => [28, 44, 118],
        Ink::Rule => [62, 62, 64],
    }
}

/// Paints the sheet.
pub(super) fn paint(
    sheet: &Sheet,
    dpi: u16,
    fonts: &Fonts,
    rng: &mut Rng,
) -> Result<Canvas, VoucherError> {
    let mut canvas = Canvas::blank(dpi);
    let per_mm = canvas.per_mm;
    for item in &sheet.items {
        match item {
            Item::Text {
                x_mm,
                baseline_mm,
                size_mm,
                face,
                ink,
                text,
            } => {
                let size = size_mm * per_mm;
                let mut x = x_mm * per_mm;
                for c in text.chars() {
                    let font = fonts.face_for(*face, c)?;
                    let at = (x, baseline_mm * per_mm);
                    glyph(&mut canvas, font, c, size, at, colour(*ink));
                    x += fonts.advance_em(*face, c)? * size;
                }
            }
            Item::Rule {
                from_mm,
                to_mm,
                width_mm,
            } => {
                let half = width_mm * per_mm / 2.0;
                canvas.fill(
                    (from_mm.0 * per_mm - half, from_mm.1 * per_mm - half),
                    (to_mm.0 * per_mm + half, to_mm.1 * per_mm + half),
                    colour(Ink::Rule),
                );
            }
            Item::Bars {
                right_mm,
                top_mm,
                height_mm,
                module_mm,
                modules,
            } => {
                let step = (module_mm * per_mm).round();
                let count = i32::try_from(modules.len()).unwrap_or(0);
                let left = (right_mm * per_mm).round() - place(count) * step;
                let top = (top_mm * per_mm).round();
                for (at, _) in (0..).zip(modules).filter(|(_, dark)| **dark) {
                    let x = left + place(at) * step;
                    let corner = (x + step, top + height_mm * per_mm);
                    canvas.fill((x, top), corner, colour(Ink::Black));
                }
            }
            Item::Matrix {
                left_mm,
                top_mm,
                module_mm,
                modules,
                side,
            } => {
                let step = (module_mm * per_mm).round();
                let (left, top) = ((left_mm * per_mm).round(), (top_mm * per_mm).round());
                for (row, y) in modules.chunks((*side).max(1)).zip(0..) {
                    for (_, x) in row.iter().zip(0..).filter(|(dark, _)| **dark) {
                        let corner = (left + place(x) * step, top + place(y) * step);
                        let far = (corner.0 + step, corner.1 + step);
                        canvas.fill(corner, far, colour(Ink::Black));
                    }
                }
            }
            Item::Seal {
                centre_mm,
                radius_mm,
                turn_degrees,
                around,
                below,
                black,
            } => seal::stamp(
                &mut canvas,
                &seal::Seal {
                    centre: (centre_mm.0 * per_mm, centre_mm.1 * per_mm),
                    radius: radius_mm * per_mm,
                    turn: turn_degrees.to_radians(),
                    around,
                    below,
                    black: *black,
                },
                fonts,
                rng,
            )?,
        }
    }
    Ok(canvas)
}

/// One upright glyph with its pen at a place.
fn glyph(canvas: &mut Canvas, font: &FontVec, c: char, size_px: f32, at: (f32, f32), ink: [u8; 3]) {
    let glyph = font
        .glyph_id(c)
        .with_scale_and_position(scale(font, size_px), point(at.0, at.1));
    let Some(outlined) = font.outline_glyph(glyph) else {
        return; // a blank
    };
    let bounds = outlined.px_bounds();
    let (left, top) = (pixel(bounds.min.x), pixel(bounds.min.y));
    outlined.draw(|x, y, amount| {
        let x = left + i32::try_from(x).unwrap_or(0);
        let y = top + i32::try_from(y).unwrap_or(0);
        canvas.soak(x, y, ink, amount);
    });
}

/// `ab_glyph` scales by the height from descent to ascent; we scale by the em.
pub(super) fn scale(font: &FontVec, em_px: f32) -> PxScale {
    let em = font.units_per_em().unwrap_or(1000.0);
    PxScale::from(em_px * font.height_unscaled() / em)
}
