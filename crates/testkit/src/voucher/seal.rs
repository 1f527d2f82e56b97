//! The round seal (公章): ring, star, text along the arc, text below, unevenly inked. The black
//! one has no star, which would hide what it lies over from any reader.

use ab_glyph::{Font, point};

use super::VoucherError;
use super::fonts::{Face, Fonts};
use super::paint::{Canvas, pixel, place, scale};
use super::seed::Rng;

const RED: [u8; 3] = [206, 32, 48];
const BLACK: [u8; 3] = [72, 72, 78];

/// A seal, in pixels and radians.
pub(super) struct Seal<'a> {
    pub(super) centre: (f32, f32),
    pub(super) radius: f32,
    pub(super) turn: f32,
    pub(super) around: &'a str,
    pub(super) below: &'a str,
    pub(super) black: bool,
}

impl Seal<'_> {
    const fn ink(&self) -> [u8; 3] {
        if self.black { BLACK } else { RED }
    }
}

/// Stamps it.
pub(super) fn stamp(
    canvas: &mut Canvas,
    seal: &Seal<'_>,
    fonts: &Fonts,
    rng: &mut Rng,
) -> Result<(), VoucherError> {
    let texture = Texture {
        seed: rng.draw(),
        cell: seal.radius / 18.0,
    };
    ring_and_star(canvas, seal, &texture);
    // The text runs clockwise over the upper part of the ring.
    let count = seal.around.chars().count();
    let step = (4.0 / place(i32::try_from(count).unwrap_or(1).max(1))).min(0.42);
    let first = -step * (place(i32::try_from(count).unwrap_or(0)) - 1.0) / 2.0;
    let size = (seal.radius * step * 0.80).min(seal.radius * 0.21);
    for (c, at) in seal.around.chars().zip(0..) {
        let angle = seal.turn + first + step * place(at);
        let from_centre = seal.radius * 0.78;
        let centre = (
            seal.centre.0 + from_centre * angle.sin(),
            seal.centre.1 - from_centre * angle.cos(),
        );
        turned(
            canvas,
            fonts,
            c,
            size,
            (centre, angle),
            seal.ink(),
            &texture,
        )?;
    }
    let size = seal.radius * 0.21;
    let width = fonts.width_em(Face::Title, seal.below)? * size;
    let (sin, cos) = seal.turn.sin_cos();
    let mut along = -width / 2.0 + size / 2.0;
    let down = seal.radius * 0.56;
    for c in seal.below.chars() {
        let centre = (
            seal.centre.0 + along * cos - down * sin,
            seal.centre.1 + along * sin + down * cos,
        );
        turned(
            canvas,
            fonts,
            c,
            size,
            (centre, seal.turn),
            seal.ink(),
            &texture,
        )?;
        along += size;
    }
    Ok(())
}

fn ring_and_star(canvas: &mut Canvas, seal: &Seal<'_>, texture: &Texture) {
    let reach = seal.radius * 1.05;
    let half_width = seal.radius * 0.028;
    let tips: Vec<(f32, f32)> = (0_u8..10)
        .map(|at| {
            let angle = seal.turn + f32::from(at) * std::f32::consts::PI / 5.0;
            let far = seal.radius * if at % 2 == 0 { 0.30 } else { 0.115 };
            (
                seal.centre.0 + far * angle.sin(),
                seal.centre.1 - far * angle.cos(),
            )
        })
        .collect();
    for y in pixel(seal.centre.1 - reach)..=pixel(seal.centre.1 + reach) {
        for x in pixel(seal.centre.0 - reach)..=pixel(seal.centre.0 + reach) {
            let middle = (place(x) + 0.5, place(y) + 0.5);
            let off = (middle.0 - seal.centre.0).hypot(middle.1 - seal.centre.1);
            let ring = 0.5 + half_width - (off - seal.radius).abs();
            let star = if !seal.black && off < seal.radius * 0.32 {
                share_inside(middle, &tips)
            } else {
                0.0
            };
            let amount = ring.clamp(0.0, 1.0).max(star);
            if amount > 0.0 {
                canvas.soak(x, y, seal.ink(), amount * texture.at(x, y));
            }
        }
    }
}

/// Which share of a pixel lies inside a polygon, by nine samples.
fn share_inside(middle: (f32, f32), tips: &[(f32, f32)]) -> f32 {
    let thirds = [-1.0 / 3.0, 0.0, 1.0 / 3.0];
    let hits: u8 = thirds
        .iter()
        .flat_map(|dy| thirds.iter().map(move |dx| (middle.0 + dx, middle.1 + dy)))
        .map(|at| u8::from(inside(at, tips)))
        .sum();
    f32::from(hits) / 9.0
}

fn inside(at: (f32, f32), tips: &[(f32, f32)]) -> bool {
    let next = tips.iter().cycle().skip(1);
    tips.iter().zip(next).fold(false, |odd, (a, b)| {
        let crosses =
            (a.1 > at.1) != (b.1 > at.1) && at.0 < (b.0 - a.0) * (at.1 - a.1) / (b.1 - a.1) + a.0;
        odd != crosses
    })
}

/// A glyph around its own middle, turned clockwise by an angle.
fn turned(
    canvas: &mut Canvas,
    fonts: &Fonts,
    c: char,
    size: f32,
    (centre, angle): ((f32, f32), f32),
    ink: [u8; 3],
    texture: &Texture,
) -> Result<(), VoucherError> {
    let font = fonts.face_for(Face::Title, c)?;
    // Drawn twice as large, then sampled.
    let glyph = font
        .glyph_id(c)
        .with_scale_and_position(scale(font, size * 2.0), point(0.0, 0.0));
    let Some(outlined) = font.outline_glyph(glyph) else {
        return Ok(());
    };
    let bounds = outlined.px_bounds();
    let (width, height) = (pixel(bounds.width()), pixel(bounds.height()));
    let mut cover = std::collections::BTreeMap::new();
    outlined.draw(|x, y, amount| {
        if amount > 0.0 {
            cover.insert((pixel_of(x), pixel_of(y)), amount);
        }
    });
    let (sin, cos) = angle.sin_cos();
    let reach = size * 0.8;
    for y in pixel(centre.1 - reach)..=pixel(centre.1 + reach) {
        for x in pixel(centre.0 - reach)..=pixel(centre.0 + reach) {
            let (dx, dy) = (place(x) + 0.5 - centre.0, place(y) + 0.5 - centre.1);
            let u = pixel((dx * cos + dy * sin) * 2.0 + place(width) / 2.0);
            let v = pixel((dy * cos - dx * sin) * 2.0 + place(height) / 2.0);
            let sum: f32 = [(0, 0), (1, 0), (0, 1), (1, 1)]
                .iter()
                .filter_map(|(right, down)| cover.get(&(u + right, v + down)))
                .sum();
            if sum > 0.0 {
                canvas.soak(x, y, ink, sum / 4.0 * texture.at(x, y));
            }
        }
    }
    Ok(())
}

fn pixel_of(at: u32) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}

/// How well the ink took: blotches of a few pixels.
struct Texture {
    seed: u64,
    cell: f32,
}

impl Texture {
    fn at(&self, x: i32, y: i32) -> f32 {
        let (u, v) = (place(x) / self.cell, place(y) / self.cell);
        let (left, top) = (pixel(u), pixel(v));
        let (right, down) = (u - place(left), v - place(top));
        let corner = |dx: i32, dy: i32| {
            let key =
                u64::from((left + dx).unsigned_abs()) << 32 | u64::from((top + dy).unsigned_abs());
            Rng::new(self.seed ^ key.wrapping_mul(0x9E37_79B9_7F4A_7C15)).between(0.0, 1.0)
        };
        let above = corner(0, 0) * (1.0 - right) + corner(1, 0) * right;
        let below = corner(0, 1) * (1.0 - right) + corner(1, 1) * right;
        0.66 + 0.34 * (above * (1.0 - down) + below * down)
    }
}
