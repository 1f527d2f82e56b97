//! Simplified and traditional characters (简体, 繁体). A running hand has strokes of both, and an
//! engine that knows both takes now the one, now the other: 貿易 on a form in simplified
//! characters. There the simplified one is meant, if the engine had it in mind as well.
//!
//! Which is which follows from the standards: GB 2312 has the simplified ones, Big5 the
//! traditional ones. No table says which belong together; the engine does.

use encoding_rs::{BIG5, Encoding, GBK};

use super::cells::{Cell, Glyph};

/// How sure the engine must be at least of the simplified character.
const IN_MIND: f32 = 0.01;
/// So many characters that are simplified alone stand, on a form in these, for each that is
/// traditional alone.
const SIMPLIFIED: usize = 4;

fn bytes(encoding: &'static Encoding, c: char) -> Option<(u8, u8)> {
    let text = c.to_string();
    let (bytes, _, unknown) = encoding.encode(&text);
    match *bytes {
        [first, second] if !unknown => Some((first, second)),
        _ => None,
    }
}

/// Whether GB 2312 has this character: its part of GBK.
fn in_gb2312(c: char) -> bool {
    bytes(GBK, c).is_some_and(|(row, cell)| (0xb0..=0xf7).contains(&row) && cell >= 0xa1)
}

fn in_big5(c: char) -> bool {
    bytes(BIG5, c).is_some()
}

fn traditional_alone(c: char) -> bool {
    crate::ocr::is_han(c) && !in_gb2312(c) && in_big5(c)
}

fn simplified_alone(c: char) -> bool {
    crate::ocr::is_han(c) && in_gb2312(c) && !in_big5(c)
}

/// Whether a page is written in simplified characters.
pub(super) fn is_simplified(cells: &[Cell]) -> bool {
    let (mut simplified, mut traditional) = (0, 0);
    for glyph in cells.iter().flat_map(|cell| &cell.glyphs) {
        simplified += usize::from(simplified_alone(glyph.character));
        traditional += usize::from(traditional_alone(glyph.character));
    }
    simplified > traditional * SIMPLIFIED
}

/// The simplified character that was meant by a traditional one.
pub(super) fn simplified(glyph: &Glyph) -> Option<char> {
    let (other, confidence) = glyph.other?;
    let meant = confidence >= IN_MIND && in_gb2312(other) && traditional_alone(glyph.character);
    meant.then_some(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::PixelBox;

    fn glyph(character: char, other: Option<(char, f32)>) -> Glyph {
        Glyph {
            character,
            confidence: 0.9,
            place: PixelBox::default(),
            other,
        }
    }

    #[test]
    fn a_traditional_character_gives_way_to_the_simplified_one_that_the_engine_had_in_mind() {
        for (read, other, expected) in [
            ('貿', Some(('贸', 0.4)), Some('贸')),
            ('嵐', Some(('岚', 0.015)), Some('岚')),
            ('嵐', Some(('岚', 0.001)), None),
            ('鴻', Some(('鴨', 0.02)), None),
            ('范', Some(('苑', 0.3)), None),
            // Both scripts have it; a given name has it rightly.
            ('昇', Some(('异', 0.001)), None),
            ('贸', Some(('貿', 0.4)), None),
            ('貿', None, None),
            ('4', Some(('贸', 0.4)), None),
        ] {
            assert_eq!(simplified(&glyph(read, other)), expected, "{read}");
        }
    }

    #[test]
    fn a_page_is_in_the_script_of_most_of_its_characters() {
        let cell = |text: &str| Cell {
            glyphs: text.chars().map(|c| glyph(c, None)).collect(),
            place: PixelBox::default(),
        };
        for (text, expected) in [
            ("客户签名：罗嵐，业务类型：资金存入", true),
            ("客戶簽名：羅嵐，業務類型：資金存入", false),
            ("12345", false),
        ] {
            assert_eq!(is_simplified(&[cell(text)]), expected, "{text}");
        }
    }
}
