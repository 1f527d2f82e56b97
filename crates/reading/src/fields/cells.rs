//! Words to cells: runs of words that stand close together in one row, as a table or form has
//! them. Labels and values are looked for in these.

use crate::geometry::PixelBox;
use crate::ocr::{Recognised, Word};

/// So many letters and figures at least are a number. The groups in which one number may be written
/// are shorter.
const NUMBER_LETTERS: u32 = 8;

/// A character of a cell with where it comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    pub(super) character: char,
    pub(super) confidence: f32,
    /// Its own place, or that of the word it belongs to.
    pub(super) place: PixelBox,
    /// What else it may be, and how surely.
    pub(super) other: Option<(char, f32)>,
}

/// A run of characters without blanks.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) glyphs: Vec<Glyph>,
    pub(super) place: PixelBox,
}

/// Splits every line where the gap between two words is wider than the line is high, or between
/// two numbers wider than half of one of their letters: no long number is written with such a gap.
pub(super) fn of(read: &Recognised) -> Vec<Cell> {
    let mut cells = Vec::new();
    for line in &read.lines {
        let height = line_height(line);
        let mut words: Vec<_> = line.words.iter().collect();
        words.sort_by_key(|word| word.place.x);
        let mut current: Option<Cell> = None;
        let mut last: Option<&Word> = None;
        for word in words {
            let glyphs = glyphs_of(word).filter(|glyph| !glyph.character.is_whitespace());
            let another = last.is_some_and(|last| are_two_numbers(last, word));
            last = Some(word);
            match &mut current {
                Some(cell)
                    if word.place.x <= cell.place.right().saturating_add(height) && !another =>
                {
                    cell.glyphs.extend(glyphs);
                    cell.place = cell.place.around(&word.place);
                }
                _ => {
                    cells.extend(current.take());
                    current = Some(Cell {
                        glyphs: glyphs.collect(),
                        place: word.place,
                    });
                }
            }
        }
        cells.extend(current);
    }
    cells.retain(|cell| !cell.glyphs.is_empty());
    cells
}

/// Whether two neighbouring words are numbers of two cells: long ones, and apart by more than half
/// the width of a letter.
fn are_two_numbers(one: &Word, other: &Word) -> bool {
    let letters = |word: &Word| {
        let letters = word
            .text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .count();
        let all = letters == word.text.chars().count();
        u32::try_from(letters)
            .ok()
            .filter(|n| all && *n >= NUMBER_LETTERS)
    };
    let (Some(here), Some(there)) = (letters(one), letters(other)) else {
        return false;
    };
    let gap = other.place.x.saturating_sub(one.place.right());
    let widest = (one.place.width / here).max(other.place.width / there);
    gap * 2 > widest
}

/// The characters of a word. An engine that does not tell them apart gives all of them the
/// word's place and confidence.
fn glyphs_of(word: &Word) -> impl Iterator<Item = Glyph> + '_ {
    let characters: Vec<char> = word.text.chars().collect();
    let apart = word.glyphs.len() == characters.len();
    let figure = |at: Option<usize>| {
        at.and_then(|at| characters.get(at))
            .is_some_and(char::is_ascii_digit)
    };
    // Between figures a stroke is a figure as well; elsewhere it is a line of the table.
    let kept: Vec<(usize, char)> = characters
        .iter()
        .copied()
        .enumerate()
        .filter(|(n, c)| {
            !is_ruling(*c) || (is_stroke(*c) && figure(n.checked_sub(1)) && figure(Some(n + 1)))
        })
        .collect();
    kept.into_iter().map(move |(n, character)| {
        let own = word.glyphs.get(n).filter(|_| apart);
        Glyph {
            character: narrow(character),
            confidence: own.map_or(word.confidence, |glyph| glyph.confidence),
            place: own.map_or(word.place, |glyph| glyph.place),
            other: own
                .and_then(|glyph| glyph.other)
                .map(|(other, confidence)| (narrow(other), confidence)),
        }
    })
}

/// The median height of the line's words: one tall ruling read as a word must not count.
fn line_height(line: &crate::ocr::Line) -> u32 {
    let mut heights: Vec<u32> = line.words.iter().map(|word| word.place.height).collect();
    heights.sort_unstable();
    heights.get(heights.len() / 2).copied().unwrap_or(1).max(1)
}

/// Table lines that were read as characters.
const fn is_ruling(c: char) -> bool {
    matches!(
        c,
        '|' | '｜' | '丨' | '│' | '┃' | '[' | ']' | '【' | '】' | '_' | '—' | '─' | '\u{fffd}'
    )
}

/// A single upright stroke, as the figure one has.
const fn is_stroke(c: char) -> bool {
    matches!(c, '|' | '｜' | '丨' | '│')
}

/// Full-width forms as ordinary ones.
pub(super) fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// The nearest cell to the right in the same row.
pub(super) fn right_of<'a>(cells: &'a [Cell], place: &PixelBox) -> Option<&'a Cell> {
    cells
        .iter()
        .filter(|cell| {
            let shared = cell.place.rows_shared(place);
            let lower = cell.place.height.min(place.height);
            shared * 5 >= lower * 2 && cell.place.x + place.height / 2 >= place.right()
        })
        .min_by_key(|cell| cell.place.x)
}

/// The column that a label heads: as far to each side as half way to whatever stands beside it
/// in its row. A table has its labels in the middle of their columns and its values at the left.
pub(super) fn column_of(cells: &[Cell], place: &PixelBox) -> (u32, u32) {
    let beside = || {
        cells.iter().map(|cell| cell.place).filter(|other| {
            let shared = other.rows_shared(place);
            shared * 5 >= other.height.min(place.height) * 2
        })
    };
    let left = beside()
        .filter(|other| other.right() <= place.x)
        .map(|other| other.right());
    let right = beside()
        .filter(|other| other.x >= place.right())
        .map(|other| other.x);
    (
        left.max().map_or(0, |edge| edge.midpoint(place.x)),
        right
            .min()
            .map_or(u32::MAX, |edge| edge.midpoint(place.right())),
    )
}

/// The nearest cell below in a column, no further than three times the height: one that shares
/// its own columns with the label, or begins within the label's.
pub(super) fn below<'a>(
    cells: &'a [Cell],
    place: &PixelBox,
    (from, to): (u32, u32),
) -> Option<&'a Cell> {
    cells
        .iter()
        .filter(|cell| {
            let under = cell.place.columns_shared(place) * 2 >= cell.place.width.min(place.width);
            // A little to the left: letters reach beyond their places.
            let begins_within = cell.place.x + place.height / 2 >= from && cell.place.x < to;
            (under || begins_within)
                && cell.place.y >= place.bottom().saturating_sub(place.height / 4)
                && cell.place.y <= place.bottom() + place.height * 3
        })
        .min_by_key(|cell| {
            (
                cell.place.y.abs_diff(place.y) / place.height.max(1),
                cell.place.x,
            )
        })
}

/// Every cell in the row of a place, from the left.
fn row_of<'a>(cells: &'a [Cell], place: &PixelBox) -> Vec<&'a Cell> {
    let mut row: Vec<&Cell> = cells
        .iter()
        .filter(|cell| {
            let shared = cell.place.rows_shared(place);
            shared * 5 >= cell.place.height.min(place.height) * 2
        })
        .collect();
    row.sort_by_key(|cell| cell.place.x);
    row
}

/// The cell below that stands in its row where a place stands in its own, if both rows have as
/// many cells. Columns of unequal width with labels in their middle are told by this alone.
pub(super) fn below_in_order<'a>(cells: &'a [Cell], place: &PixelBox) -> Option<&'a Cell> {
    let labels = row_of(cells, place);
    let at = labels
        .iter()
        .position(|cell| cell.place.x <= place.x && place.x < cell.place.right())?;
    let next = cells
        .iter()
        .filter(|cell| {
            cell.place.y >= place.bottom().saturating_sub(place.height / 4)
                && cell.place.y <= place.bottom() + place.height * 3
        })
        .min_by_key(|cell| cell.place.y)?;
    let values = row_of(cells, &next.place);
    if labels.len() < 2 || values.len() != labels.len() {
        return None;
    }
    values.get(at).copied()
}
