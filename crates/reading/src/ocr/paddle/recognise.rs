//! What stands in a place (文本识别): the model walks along a line of text and says at each step
//! which character it sees, or none; a character that goes over several steps counts once (CTC).

use image::{GrayImage, imageops};

use super::net::{Input, Net};
use crate::geometry::PixelBox;
use crate::ocr::{EngineError, Glyph};
use crate::resample::resized;

/// The height of a line as the model takes it.
const HEIGHT: u32 = 48;
/// The widest line that is read as a whole, in pixels of that height.
const WIDTH_MAX: u32 = 3200;
/// A place so much taller than wide is a column of upright characters, or lies on its side.
const COLUMN: f64 = 1.5;
/// Less sure than this in the mean, it is a picture or a seal and no text.
const TEXT: f32 = 0.5;

/// A character that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Character {
    pub(super) glyph: char,
    /// From 0 to 1.
    pub(super) confidence: f32,
    /// Where it stands.
    pub(super) place: PixelBox,
    /// The next best character, and how surely.
    pub(super) other: Option<(char, f32)>,
}

impl Character {
    /// What is said of it beside its glyph.
    pub(super) const fn known(&self) -> Glyph {
        Glyph {
            confidence: self.confidence,
            place: self.place,
            other: self.other,
        }
    }
}

/// What was read in a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) place: PixelBox,
    /// Never none.
    pub(super) characters: Vec<Character>,
}

pub(super) struct Recogniser {
    net: Net,
    /// What each class of the model stands for; the first one is none.
    characters: Vec<char>,
}

impl Recogniser {
    pub(super) fn new(net: Net) -> Result<Self, EngineError> {
        let named = net.metadata("character").unwrap_or_default();
        let mut characters = vec!['\0'];
        characters.extend(named.lines().filter_map(|line| line.chars().next()));
        characters.push(' ');
        if characters.len() < 100 {
            return Err(EngineError::Failed {
                step: "reading the model's characters",
            });
        }
        Ok(Self { net, characters })
    }

    /// What stands in a place of the page, if it is text.
    pub(super) fn read(
        &mut self,
        page: &GrayImage,
        place: PixelBox,
    ) -> Result<Option<Text>, EngineError> {
        let cut = imageops::crop_imm(page, place.x, place.y, place.width, place.height).to_image();
        let column = f64::from(place.height) > COLUMN * f64::from(place.width);
        let line = if column {
            imageops::rotate270(&cut)
        } else {
            cut
        };
        let line = scaled(&line);
        let characters = &self.characters;
        self.net
            .run(Input::of(&line), |shape, scores| {
                let [_, steps, classes] = *shape else {
                    return None;
                };
                let found = glyphs(characters, classes, scores);
                Some(text_of(place, column, line.width(), steps, &found))
            })
            .flatten()
            .ok_or(EngineError::Failed {
                step: "reading a line",
            })
    }
}

/// A character with the steps at which it was seen.
struct Seen {
    glyph: char,
    confidence: f32,
    other: Option<(char, f32)>,
    first: usize,
    last: usize,
}

/// What the scores of all steps say.
fn glyphs(characters: &[char], classes: usize, scores: &[f32]) -> Vec<Seen> {
    let mut found: Vec<Seen> = Vec::new();
    let mut last = 0;
    for (step, scores) in scores.chunks_exact(classes.max(1)).enumerate() {
        let (class, score, next) = best_two(scores);
        if class != 0
            && let Some(glyph) = characters.get(class)
        {
            let other = characters
                .get(next.0)
                .filter(|_| next.0 != 0)
                .map(|other| (*other, next.1));
            match found.last_mut() {
                Some(known) if class == last => {
                    known.last = step;
                    if score > known.confidence {
                        known.confidence = score;
                        known.other = other;
                    }
                }
                _ => found.push(Seen {
                    glyph: *glyph,
                    confidence: score,
                    other,
                    first: step,
                    last: step,
                }),
            }
        }
        last = class;
    }
    found
}

/// The class of which the model is most sure, how sure, and the next best that is a character.
fn best_two(scores: &[f32]) -> (usize, f32, (usize, f32)) {
    let (mut best, mut next) = ((0, 0.0f32), (0, 0.0f32));
    for (class, score) in scores.iter().enumerate() {
        if *score > best.1 {
            if best.0 != 0 {
                next = best;
            }
            best = (class, *score);
        } else if class != 0 && *score > next.1 {
            next = (class, *score);
        }
    }
    (best.0, best.1, next)
}

fn text_of(
    place: PixelBox,
    column: bool,
    width: u32,
    steps: usize,
    found: &[Seen],
) -> Option<Text> {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand steps of a line")]
    let at = |step: usize| step as f64 / steps.max(1) as f64;
    let characters: Vec<Character> = found
        .iter()
        .map(|seen| Character {
            glyph: seen.glyph,
            confidence: seen.confidence.clamp(0.0, 1.0),
            place: share(place, column, at(seen.first), at(seen.last + 1), width),
            other: seen.other,
        })
        .collect();
    let inked: Vec<f32> = characters
        .iter()
        .filter(|one| one.glyph != ' ')
        .map(|one| one.confidence)
        .collect();
    #[expect(
        clippy::cast_precision_loss,
        reason = "a few thousand characters of a line"
    )]
    let mean = inked.iter().sum::<f32>() / inked.len().max(1) as f32;
    (!inked.is_empty() && mean >= TEXT).then_some(Text { place, characters })
}

/// The part of a place between two shares of its length. A character is as wide as its steps
/// say, and at least half as wide as the line is high.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the place"
)]
fn share(place: PixelBox, column: bool, from: f64, to: f64, width: u32) -> PixelBox {
    let least = f64::from(HEIGHT) * 0.5 / f64::from(width.max(1));
    let middle = f64::midpoint(from, to);
    let half = ((to - from) / 2.0).max(least / 2.0);
    let (from, to) = ((middle - half).max(0.0), (middle + half).min(1.0));
    let length = f64::from(if column { place.height } else { place.width });
    let start = (from * length).floor() as u32;
    let extent = (((to - from) * length).ceil() as u32).max(1);
    if column {
        PixelBox {
            y: place.y + start,
            height: extent,
            ..place
        }
    } else {
        PixelBox {
            x: place.x + start,
            width: extent,
            ..place
        }
    }
}

/// A line in the height that the model takes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn scaled(line: &GrayImage) -> GrayImage {
    let ratio = f64::from(line.width()) / f64::from(line.height().max(1));
    let width = (ratio * f64::from(HEIGHT)).ceil() as u32;
    let width = width.clamp(HEIGHT / 3, WIDTH_MAX);
    resized(line, width, HEIGHT)
}
