//! Numbers with a check character that were misread in one place: what the engine would have
//! read there instead is tried, and taken if the check then fits and nothing else does.

use super::cells::Glyph;

/// How much surer the best correction must be than the next best.
const CLEARLY: f32 = 4.0;
/// The surety of a correction that only the shape of a figure suggests.
const BY_SHAPE: f32 = 0.02;

/// The number with one character exchanged, if exactly one exchange is clearly the best.
/// `value` has a character for each of the glyphs.
pub(super) fn mended(value: &str, glyphs: &[Glyph], fits: impl Fn(&str) -> bool) -> Option<String> {
    let characters: Vec<char> = value.chars().collect();
    if characters.len() != glyphs.len() {
        return None;
    }
    let mut found: Vec<(f32, String)> = Vec::new();
    for (at, glyph) in glyphs.iter().enumerate() {
        let read = characters.get(at).copied()?;
        // What the engine itself doubts, and, where it says nothing of that, what looks alike.
        let others: Vec<(char, f32)> = match glyph.other {
            Some((other, confidence)) => vec![(other, confidence)],
            None => alike(read).iter().map(|other| (*other, BY_SHAPE)).collect(),
        };
        for (other, confidence) in others {
            let changed: String = characters
                .iter()
                .enumerate()
                .map(|(n, c)| {
                    if n == at {
                        other.to_ascii_uppercase()
                    } else {
                        *c
                    }
                })
                .collect();
            if changed != value && fits(&changed) {
                found.push((confidence / glyph.confidence.max(0.01), changed));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    match found.as_slice() {
        [(_, only)] => Some(only.clone()),
        [(best, value), (next, _), ..] if *best >= next * CLEARLY => Some(value.clone()),
        _ => None,
    }
}

/// Figures and letters that are taken for one another.
const fn alike(c: char) -> &'static [char] {
    match c {
        '0' => &['8', '6', '9'],
        '1' => &['7', '4'],
        '2' => &['7', '3'],
        '3' => &['8', '5'],
        '4' => &['1', '9'],
        '5' => &['6', '3', '8'],
        '6' => &['8', '5', '0'],
        '7' => &['1', '2'],
        '8' => &['3', '6', '0', '9'],
        '9' => &['0', '8', '4'],
        'X' => &['1'],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::id_number::{CheckDigit, check};
    use crate::geometry::PixelBox;

    fn glyphs(text: &str, doubts: &[(usize, char, f32)]) -> Vec<Glyph> {
        let doubt = |at| doubts.iter().find(|(place, _, _)| *place == at);
        text.chars()
            .enumerate()
            .map(|(at, character)| Glyph {
                character,
                confidence: 0.9,
                place: PixelBox::default(),
                other: Some(doubt(at).map_or(('#', 0.001), |(_, c, p)| (*c, *p))),
            })
            .collect()
    }

    #[test]
    fn the_engine_s_own_doubt_mends_a_number() {
        let fits = |number: &str| check(number) == CheckDigit::Right;
        let read = "11010519491231802X";
        for (doubts, expected) in [
            (vec![(14, '0', 0.2)], Some("11010519491231002X")),
            // Another place would fit as well, but is less doubtful.
            (
                vec![(14, '0', 0.2), (17, '0', 0.01)],
                Some("11010519491231002X"),
            ),
            // What does not fit is no correction; without any doubt there is none.
            (vec![(3, '7', 0.3)], None),
            (vec![], None),
        ] {
            let found = mended(read, &glyphs(read, &doubts), fits);
            assert_eq!(found.as_deref(), expected, "{doubts:?}");
        }
        // Two that are equally doubtful: neither.
        let two = [(14, '0', 0.2), (17, '4', 0.2)];
        let either = |n: &str| n == "11010519491231002X" || n == "110105194912318024";
        assert_eq!(mended(read, &glyphs(read, &two), either), None);
    }
}
