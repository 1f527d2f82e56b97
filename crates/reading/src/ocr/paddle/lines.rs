//! Places in any order to lines of words in reading order.

use super::recognise::{Character, Text};
use crate::geometry::PixelBox;
use crate::ocr::{Line, Recognised, Word, is_han, is_wide_mark};

/// The lines of a page: places that share most of their height stand in one line.
pub(super) fn of(mut read: Vec<Text>) -> Recognised {
    read.sort_by_key(|text| (middle(&text.place), text.place.x));
    let mut lines: Vec<Vec<Text>> = Vec::new();
    for text in read {
        let line = lines.iter_mut().rev().take(8).find(|line| {
            line.iter()
                .any(|other| in_one_line(&other.place, &text.place))
                && !line.iter().any(|other| above(&other.place, &text.place))
        });
        match line {
            Some(line) => line.push(text),
            None => lines.push(vec![text]),
        }
    }
    let lines = lines
        .into_iter()
        .zip(1..)
        .map(|(mut texts, block)| {
            texts.sort_by_key(|text| text.place.x);
            let words: Vec<Word> = texts.iter().flat_map(words).collect();
            let place = words
                .iter()
                .map(|word| word.place)
                .reduce(|one, other| one.around(&other))
                .unwrap_or_default();
            Line {
                block,
                place,
                words,
            }
        })
        .filter(|line| !line.words.is_empty())
        .collect();
    Recognised {
        lines,
        stands: None,
    }
}

const fn middle(place: &PixelBox) -> u32 {
    place.y + place.height / 2
}

/// Whether two places share most of the lower one's height.
fn in_one_line(one: &PixelBox, other: &PixelBox) -> bool {
    let lower = one.height.min(other.height);
    let higher = one.height.max(other.height);
    one.rows_shared(other) * 5 >= lower * 3 && higher <= lower.saturating_mul(3)
}

/// Whether one of two places stands over the other.
fn above(one: &PixelBox, other: &PixelBox) -> bool {
    let narrower = one.width.min(other.width);
    one.columns_shared(other) * 3 > narrower
}

/// The words of a text: between blanks, and between Han characters and others.
fn words(text: &Text) -> Vec<Word> {
    let characters = with_ones(&text.characters);
    let mut words: Vec<Vec<Character>> = vec![Vec::new()];
    for character in &characters {
        let last = words.last().and_then(|word| word.last());
        let apart = last.is_some_and(|last| kind(last.glyph) != kind(character.glyph));
        if character.glyph == ' ' || apart {
            words.push(Vec::new());
        }
        if character.glyph != ' '
            && let Some(word) = words.last_mut()
        {
            word.push(*character);
        }
    }
    words.iter().filter_map(|word| joined(word)).collect()
}

/// A stroke between figures is the figure one: the model takes a thin one for a line.
fn with_ones(characters: &[Character]) -> Vec<Character> {
    let figure = |at: Option<usize>| {
        at.and_then(|at| characters.get(at))
            .is_some_and(|one| one.glyph.is_ascii_digit())
    };
    let mut mended = characters.to_vec();
    for (at, one) in mended.iter_mut().enumerate() {
        if matches!(one.glyph, '|' | '丨') && figure(at.checked_sub(1)) && figure(Some(at + 1)) {
            one.other = Some((one.glyph, one.confidence));
            one.glyph = '1';
        }
    }
    mended
}

/// Han characters with their marks, or anything else.
fn kind(c: char) -> bool {
    is_han(c) || is_wide_mark(c)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the characters of a word are far below 2^24"
)]
fn joined(word: &[Character]) -> Option<Word> {
    let place = word
        .iter()
        .map(|one| one.place)
        .reduce(|one, other| one.around(&other))?;
    let sum: f32 = word.iter().map(|one| one.confidence).sum();
    Some(Word {
        text: word.iter().map(|one| one.glyph).collect(),
        confidence: sum / word.len() as f32,
        place,
        glyphs: word.iter().map(Character::known).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(said: &str, (x, y, width, height): (u32, u32, u32, u32)) -> Text {
        let place = PixelBox {
            x,
            y,
            width,
            height,
        };
        let count = u32::try_from(said.chars().count()).unwrap();
        let characters = said.chars().zip(0..).map(|(character, n)| Character {
            glyph: character,
            confidence: 0.9,
            other: None,
            place: PixelBox {
                x: x + width * n / count,
                width: width / count,
                ..place
            },
        });
        Text {
            place,
            characters: characters.collect(),
        }
    }

    #[test]
    fn places_in_any_order_become_lines_from_left_to_right() {
        let read = of(vec![
            text("第二行", (10, 60, 90, 30)),
            text("8800012345", (300, 12, 200, 28)),
            text("客户号", (10, 10, 90, 30)),
            // A column of a table beside two lines stands in neither of them.
            text("说明", (600, 10, 30, 120)),
        ]);
        let lines: Vec<String> = read.lines.iter().map(Line::text).collect();
        assert_eq!(lines, ["客户号 8800012345", "说明", "第二行"]);
        // What stands over another is never in its line, however much they share.
        let read = of(vec![
            text("上", (10, 10, 30, 30)),
            text("下", (10, 20, 30, 30)),
        ]);
        assert_eq!(read.lines.len(), 2);
    }

    #[test]
    fn a_stroke_between_figures_is_a_figure() {
        for (said, expected) in [
            ("8843|25128", "8843125128"),
            ("|880", "|880"),
            ("88|", "88|"),
            ("甲|乙", "甲|乙"),
        ] {
            let read = of(vec![text(said, (0, 0, 240, 20))]);
            assert_eq!(read.text().replace([' ', '\n'], ""), expected);
        }
    }

    #[test]
    fn words_part_at_blanks_and_between_han_and_others() {
        let read = of(vec![text("流水号：LS2026 元", (0, 0, 240, 20))]);
        let line = read.lines.first().unwrap();
        let words: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, ["流水号：", "LS2026", "元"]);
        let places: Vec<(u32, u32)> = line
            .words
            .iter()
            .map(|word| (word.place.x, word.place.right()))
            .collect();
        assert_eq!(places, [(0, 80), (80, 200), (220, 240)]);
    }
}
