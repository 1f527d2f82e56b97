//! Which way round a page stands (方向判别): lines of text that are taller than wide lie on their
//! side, and a small model tells a line that stands on its head.

use image::{GrayImage, Luma, imageops};

use super::net::{Input, Net};
use crate::geometry::{PixelBox, QuarterTurn};
use crate::ocr::EngineError;
use crate::resample::resized;

/// What the model looks at: a line of this height, as far as it fits the width.
const HEIGHT: u32 = 48;
const WIDTH: u32 = 192;
/// The most lines that are looked at.
const LINES_MAX: usize = 9;
/// A place so much longer than high is a line, and shows which way text runs.
const LINE: u32 = 3;

pub(super) struct Direction {
    net: Net,
}

impl Direction {
    pub(super) const fn new(net: Net) -> Self {
        Self { net }
    }

    /// How the page must be turned to stand upright; as it is where its lines do not tell.
    pub(super) fn of(
        &mut self,
        page: &GrayImage,
        places: &[PixelBox],
    ) -> Result<QuarterTurn, EngineError> {
        let lines = |along: fn(&PixelBox) -> (u32, u32)| -> Vec<PixelBox> {
            let is_line = |place: &&PixelBox| {
                let (length, height) = along(place);
                length >= height.saturating_mul(LINE)
            };
            let mut lines: Vec<PixelBox> = places.iter().filter(is_line).copied().collect();
            lines.sort_by_key(|place| std::cmp::Reverse(along(place).0));
            lines
        };
        let across = lines(|place| (place.width, place.height));
        let down = lines(|place| (place.height, place.width));
        let length = |lines: &[PixelBox]| -> u64 {
            lines
                .iter()
                .map(|place| u64::from(place.width.max(place.height)))
                .sum()
        };
        let on_its_side = length(&down) > length(&across);
        let lines = if on_its_side { down } else { across };
        let mut on_their_head = 0.0;
        let looked_at = lines.len().min(LINES_MAX);
        for place in lines.iter().take(looked_at) {
            on_their_head += self.on_its_head(&cut(page, place, on_its_side))?;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most nine")]
        let turned_over = on_their_head > 0.5 * looked_at as f32;
        Ok(match (on_its_side, turned_over) {
            _ if looked_at == 0 => QuarterTurn::None,
            (false, false) => QuarterTurn::None,
            (false, true) => QuarterTurn::Half,
            (true, false) => QuarterTurn::Left,
            (true, true) => QuarterTurn::Right,
        })
    }

    /// How surely a line stands on its head, from 0 to 1.
    fn on_its_head(&mut self, line: &GrayImage) -> Result<f32, EngineError> {
        self.net
            .run(Input::of(line), |_, scores| scores.get(1).copied())
            .flatten()
            .ok_or(EngineError::Failed {
                step: "telling which way round the page stands",
            })
    }
}

/// The beginning of a line as the model takes it; one that runs down is turned to run across.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn cut(page: &GrayImage, place: &PixelBox, runs_down: bool) -> GrayImage {
    let cut = imageops::crop_imm(page, place.x, place.y, place.width, place.height).to_image();
    let line = if runs_down {
        imageops::rotate270(&cut)
    } else {
        cut
    };
    let ratio = f64::from(line.width()) / f64::from(line.height().max(1));
    let width = ((ratio * f64::from(HEIGHT)).ceil() as u32).clamp(1, WIDTH * 4);
    let small = resized(&line, width, HEIGHT);
    let small = imageops::crop_imm(&small, 0, 0, width.min(WIDTH), HEIGHT).to_image();
    // Half way between black and white is nothing to the model.
    let mut out = GrayImage::from_pixel(WIDTH, HEIGHT, Luma([127]));
    imageops::replace(&mut out, &small, 0, 0);
    out
}
