//! What stands in a place (文本识别): the model walks along a line of text and says at each step
//! which character it sees, or none; a character that goes over several steps counts once (CTC).
//! So does one that stands there twice within too few steps: numbers in narrow figures are read
//! again, drawn out.

use std::ops::Range;

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

/// So many figures and letters at least are a number.
const NUMBER: usize = 6;
/// Figures narrower than this, in pixels of the model's height, stand within two of its steps.
const NARROW: f64 = 19.0;
/// How wide they are then drawn, at most so many times as wide as they are.
const WIDE: f64 = 28.0;
const DRAWN_OUT_MAX: f64 = 2.0;

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
        let line = scaled(&line, 1.0);
        let (steps, found) = self.seen(&line)?;
        let Some(mut text) = text_of(place, column, line.width(), steps, &found) else {
            return Ok(None);
        };
        if !column {
            self.read_narrow_numbers_again(page, &mut text)?;
        }
        Ok(Some(text))
    }

    /// What the model sees along a line, and in how many steps it went along it.
    fn seen(&mut self, line: &GrayImage) -> Result<(usize, Vec<Seen>), EngineError> {
        let characters = &self.characters;
        self.net
            .run(Input::of(line), |shape, scores| {
                let [_, steps, classes] = *shape else {
                    return None;
                };
                Some((steps, glyphs(characters, classes, scores)))
            })
            .flatten()
            .ok_or(EngineError::Failed {
                step: "reading a line",
            })
    }

    /// Numbers whose figures are narrow are read again, drawn out: where two equal figures stand
    /// within few steps of the model, it sees one.
    fn read_narrow_numbers_again(
        &mut self,
        page: &GrayImage,
        text: &mut Text,
    ) -> Result<(), EngineError> {
        // From the last to the first, so that a longer one moves none that is still to come.
        for run in numbers(&text.characters).into_iter().rev() {
            let Some(before) = text.characters.get(run.clone()) else {
                continue;
            };
            let Some(place) = place_of(before, &text.place) else {
                continue;
            };
            let wider = drawn_out(&place, before.len());
            if wider <= 1.0 {
                continue;
            }
            let cut = imageops::crop_imm(page, place.x, place.y, place.width, place.height);
            let line = scaled(&cut.to_image(), wider);
            let (steps, found) = self.seen(&line)?;
            let again: Vec<Character> = text_of(place, false, line.width(), steps, &found)
                .map(|text| text.characters)
                .unwrap_or_default()
                .into_iter()
                .filter(|one| one.glyph != ' ')
                .collect();
            if better(before, &again) {
                text.characters.splice(run, again);
            }
        }
        Ok(())
    }
}

/// The runs of figures and letters that are long enough to be numbers.
fn numbers(characters: &[Character]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, one) in characters.iter().enumerate() {
        if !one.glyph.is_ascii_alphanumeric() {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs.retain(|run| run.len() >= NUMBER);
    runs
}

/// Where a run of characters stands within its line, with half a character on each side.
fn place_of(run: &[Character], line: &PixelBox) -> Option<PixelBox> {
    let around = run
        .iter()
        .map(|one| one.place)
        .reduce(|a, b| a.around(&b))?;
    let rim = around.width / u32::try_from(run.len()).ok()? / 2;
    let x = around.x.saturating_sub(rim).max(line.x);
    let right = (around.right() + rim).min(line.right());
    Some(PixelBox {
        x,
        width: right.saturating_sub(x).max(1),
        ..around
    })
}

/// How many times as wide so many figures must be drawn for the model to tell them apart; 1
/// where they are wide enough.
#[expect(
    clippy::cast_precision_loss,
    reason = "the characters of a line are far below 2^52"
)]
fn drawn_out(place: &PixelBox, figures: usize) -> f64 {
    let width = f64::from(place.width) * f64::from(HEIGHT) / f64::from(place.height.max(1));
    let each = width / figures.max(1) as f64;
    if each >= NARROW {
        1.0
    } else {
        (WIDE / each.max(1.0)).min(DRAWN_OUT_MAX)
    }
}

/// Whether a number that was read again is the better reading: the same but for figures that
/// stand there several times in a row, or longer and surer, or surer and with fewer letters.
fn better(before: &[Character], again: &[Character]) -> bool {
    let once = |run: &[Character]| {
        let mut all: Vec<char> = run.iter().map(|one| one.glyph).collect();
        all.dedup();
        all
    };
    let weakest = |run: &[Character]| run.iter().map(|one| one.confidence).fold(1.0, f32::min);
    let letters = |run: &[Character]| {
        let letters = run.iter().filter(|one| one.glyph.is_ascii_alphabetic());
        letters.count()
    };
    let surer = weakest(again) > weakest(before);
    let longer = again.len() > before.len() && (surer || once(before) == once(again));
    let plainer = again.len() == before.len() && surer && letters(again) < letters(before);
    again.iter().all(|one| one.glyph.is_ascii_alphanumeric()) && (longer || plainer)
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

/// A line in the height that the model takes, drawn out so many times as wide.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn scaled(line: &GrayImage, wider: f64) -> GrayImage {
    let ratio = f64::from(line.width()) / f64::from(line.height().max(1));
    let width = (ratio * f64::from(HEIGHT) * wider).ceil() as u32;
    let width = width.clamp(HEIGHT / 3, WIDTH_MAX);
    resized(line, width, HEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters of a width and a surety, one beside the other.
    fn read(text: &str, width: u32, confidence: f32) -> Vec<Character> {
        (0u32..)
            .zip(text.chars())
            .map(|(n, glyph)| Character {
                glyph,
                confidence,
                place: PixelBox {
                    x: 100 + n * width,
                    y: 10,
                    width,
                    height: 48,
                },
                other: None,
            })
            .collect()
    }

    #[test]
    fn the_numbers_of_a_line_are_found() {
        let line = read("客户号 8800012345，12号LS20261120000123", 20, 0.9);
        assert_eq!(numbers(&line), [4..14, 18..34]);
        assert_eq!(numbers(&read("12345", 20, 0.9)), []);
    }

    #[test]
    fn narrow_figures_are_drawn_out_and_wide_ones_are_not() {
        let line = PixelBox {
            x: 0,
            y: 10,
            width: 1000,
            height: 48,
        };
        for (width, least, most) in [(24, 1.0, 1.0), (14, 1.7, 2.0), (5, 2.0, 2.0)] {
            let run = read("8800012345", width, 0.9);
            let place = place_of(&run, &line).unwrap();
            assert_eq!(place.x, 100 - width / 2);
            let wider = drawn_out(&place, run.len());
            assert!((least..=most).contains(&wider), "{width}: {wider}");
        }
        let at_the_edge = PixelBox { x: 100, ..line };
        assert_eq!(
            place_of(&read("8800", 20, 0.9), &at_the_edge).unwrap().x,
            100
        );
    }

    #[test]
    fn what_is_read_again_must_be_the_better_reading() {
        for (before, again, expected) in [
            // Figures that stand there several times, however sure.
            (("LS2017493639", 0.9), ("LS201711493639", 0.9), false),
            (("LS201711493639", 0.9), ("LS20171111493639", 0.8), true),
            (("883171", 0.6), ("8833117211", 0.9), true),
            (("883171", 0.6), ("8833117211", 0.5), false),
            // As long: only where letters become figures.
            (("LS202H09", 0.6), ("LS202409", 0.7), true),
            (("LS202H09", 0.6), ("LS202409", 0.5), false),
            (("88000123", 0.6), ("88000128", 0.9), false),
            (("8800123", 0.6), ("880012", 0.9), false),
            (("883171", 0.6), ("8833.17211", 0.9), false),
            (("883171", 0.6), ("", 0.9), false),
        ] {
            let (one, two) = (read(before.0, 10, before.1), read(again.0, 10, again.1));
            assert_eq!(better(&one, &two), expected, "{before:?} {again:?}");
        }
    }
}
