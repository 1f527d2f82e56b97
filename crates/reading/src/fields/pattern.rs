//! The pattern (格式) of a numbered value as a template writes it, and how characters that the
//! OCR confuses with figures are forgiven.
//!
//! `D` is a figure, `L` a capital letter, `X` a figure or the letter X, `U` a character of a
//! unified social credit code; `{n}` or `{m,n}` says how often; what stands between quotes stands
//! so in every value; `|` separates alternatives: `D{17}X|D{15}`, `L{0,4}D{8,28}`, `'LS'D{14}`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::shapes::Shaped;

/// A pattern as it is written and as it is matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    written: String,
    alternatives: Vec<Vec<Item>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item {
    class: Class,
    least: usize,
    most: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Figure,
    Letter,
    FigureOrX,
    CreditCode,
    /// This character and no other.
    Just(char),
}

/// A pattern that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the pattern {written:?} cannot be read at character {at}: expected D, L, X, U or 'TEXT', each with {{n}} or {{m,n}} behind it, and | between alternatives"
)]
pub struct PatternError {
    written: String,
    at: usize,
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(written: &str) -> Result<Self, PatternError> {
        let mut at = 0;
        let wrong = |at: usize| PatternError {
            written: written.to_owned(),
            at: at + 1,
        };
        let characters: Vec<char> = written.chars().filter(|c| *c != ' ').collect();
        let mut alternatives = vec![Vec::new()];
        while let Some(c) = characters.get(at) {
            let class = match c {
                'D' => Class::Figure,
                'L' => Class::Letter,
                'X' => Class::FigureOrX,
                'U' => Class::CreditCode,
                '\'' => {
                    let rest = characters.get(at + 1..).unwrap_or_default();
                    let length = rest.iter().position(|c| *c == '\'').ok_or(wrong(at))?;
                    if let Some(last) = alternatives.last_mut() {
                        last.extend(rest.iter().take(length).map(|c| Item {
                            class: Class::Just(*c),
                            least: 1,
                            most: 1,
                        }));
                    }
                    at += length + 2;
                    continue;
                }
                '|' => {
                    alternatives.push(Vec::new());
                    at += 1;
                    continue;
                }
                _ => return Err(wrong(at)),
            };
            at += 1;
            let (least, most) = if characters.get(at) == Some(&'{') {
                let rest = characters.get(at + 1..).unwrap_or_default();
                let length = rest.iter().position(|c| *c == '}').ok_or(wrong(at))?;
                let inside: String = rest.iter().take(length).collect();
                let count = |text: &str| text.parse::<usize>().map_err(|_| wrong(at));
                let (least, most) = match inside.split_once(',') {
                    Some((least, most)) => (count(least)?, count(most)?),
                    None => (count(&inside)?, count(&inside)?),
                };
                if least > most || most == 0 || most > 64 {
                    return Err(wrong(at));
                }
                at += length + 2;
                (least, most)
            } else {
                (1, 1)
            };
            if let Some(last) = alternatives.last_mut() {
                last.push(Item { class, least, most });
            }
        }
        if alternatives.iter().any(Vec::is_empty) {
            return Err(wrong(characters.len()));
        }
        Ok(Self {
            written: written.to_owned(),
            alternatives,
        })
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(written: String) -> Result<Self, PatternError> {
        written.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.written
    }
}

impl Pattern {
    /// What the characters begin with, if it has the pattern and ends where the run of letters
    /// and figures ends: a part of a longer number is no number. Of several readings the one
    /// with the fewest corrections, then the longest.
    pub(super) fn matched(&self, text: &[char]) -> Option<Shaped> {
        let mut best: Option<Shaped> = None;
        for items in &self.alternatives {
            follow(items, text, 0, &mut String::new(), 0, &mut best);
        }
        // What is made mostly of corrections is something else.
        best.filter(|shaped| shaped.corrected * 4 <= shaped.length)
    }
}

fn follow(
    items: &[Item],
    text: &[char],
    at: usize,
    value: &mut String,
    corrected: usize,
    best: &mut Option<Shaped>,
) {
    let Some((item, rest)) = items.split_first() else {
        // What the OCR mistakes a figure for, and may stand behind one, ends a run as well.
        let goes_on = text.get(at).is_some_and(char::is_ascii_alphanumeric);
        let better = best.as_ref().is_none_or(|best| {
            (corrected, std::cmp::Reverse(at)) < (best.corrected, std::cmp::Reverse(best.length))
        });
        if !goes_on && at > 0 && better {
            *best = Some(Shaped {
                value: value.clone(),
                length: at,
                corrected,
            });
        }
        return;
    };
    let length = value.len();
    let mut count = 0;
    let mut corrections = 0;
    loop {
        if count >= item.least {
            follow(rest, text, at + count, value, corrected + corrections, best);
        }
        if count == item.most {
            break;
        }
        let Some((c, was_corrected)) = text.get(at + count).and_then(|c| item.class.of(*c)) else {
            break;
        };
        value.push(c);
        corrections += usize::from(was_corrected);
        count += 1;
    }
    value.truncate(length);
}

impl Class {
    /// The character that was meant, and whether it is another one than was read.
    fn of(self, c: char) -> Option<(char, bool)> {
        match self {
            Self::Figure => as_figure(c),
            Self::Letter => c
                .is_ascii_alphabetic()
                .then(|| (c.to_ascii_uppercase(), false)),
            Self::FigureOrX => match c {
                'X' | 'x' => Some(('X', false)),
                '×' | '✕' | 'K' | 'k' => Some(('X', true)),
                _ => as_figure(c),
            },
            Self::Just(meant) if c.eq_ignore_ascii_case(&meant) => Some((meant, false)),
            // What the OCR takes for a figure is the figure or the letter that was meant.
            Self::Just(meant) => {
                let figure = |c| as_figure(c).map(|(figure, _)| figure);
                (figure(c).is_some() && figure(c) == figure(meant)).then_some((meant, true))
            }
            Self::CreditCode => {
                let upper = c.to_ascii_uppercase();
                match upper {
                    // GB 32100 leaves these letters out, because they look like figures.
                    'I' => Some(('1', true)),
                    'O' | '〇' | '○' => Some(('0', true)),
                    'Z' => Some(('2', true)),
                    'S' => Some(('5', true)),
                    'V' => Some(('U', true)),
                    '0'..='9' | 'A'..='Y' => Some((upper, false)),
                    _ => None,
                }
            }
        }
    }
}

/// The figure that a character was meant to be, where figures are expected.
pub(super) fn as_figure(c: char) -> Option<(char, bool)> {
    match c {
        '0'..='9' => Some((c, false)),
        'O' | 'o' | 'Q' | 'D' | '〇' | '○' | 'C' => Some(('0', true)),
        'l' | 'I' | 'i' | '!' | 'J' | '|' | '丨' | '│' => Some(('1', true)),
        'Z' | 'z' => Some(('2', true)),
        'A' | 'H' => Some(('4', true)),
        'S' | 's' => Some(('5', true)),
        'b' | 'G' => Some(('6', true)),
        'B' => Some(('8', true)),
        'g' | 'q' => Some(('9', true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, text: &str) -> Option<(String, usize)> {
        let characters: Vec<char> = text.chars().collect();
        let pattern: Pattern = pattern.parse().unwrap();
        let shaped = pattern.matched(&characters)?;
        Some((shaped.value, shaped.corrected))
    }

    #[test]
    fn numbers_as_templates_write_them() {
        for (pattern, text, expected) in [
            ("D{6,14}", "8800012345", Some(("8800012345", 0))),
            ("D{6,14}", "88O0012345客", Some(("8800012345", 1))),
            ("D{6,14}", "88OOO12345", None),
            ("D{6,14}", "88123", None),
            ("D{6,14}", "123456789012345", None),
            ("D{6,14}", "号码", None),
            (
                "D{17}X|D{15}",
                "11010519491231002x地址",
                Some(("11010519491231002X", 0)),
            ),
            (
                "D{17}X|D{15}",
                "11010519491231002K",
                Some(("11010519491231002X", 1)),
            ),
            (
                "D{17}X | D{15}",
                "130503670401001",
                Some(("130503670401001", 0)),
            ),
            ("D{17}X|D{15}", "1305036704010012", None),
            (
                "L{0,4}D{8,28}",
                "LS20261120000123日",
                Some(("LS20261120000123", 0)),
            ),
            (
                "L{0,4}D{8,28}",
                "ls2026112O000123",
                Some(("LS20261120000123", 1)),
            ),
            (
                "L{0,4}D{8,28}",
                "20261120000123",
                Some(("20261120000123", 0)),
            ),
            ("L{0,4}D{8,28}", "LS2026", None),
            (
                "'LS'D{14}",
                "LS20180917567299",
                Some(("LS20180917567299", 0)),
            ),
            (
                "'LS'D{14}",
                "L520180917567299",
                Some(("LS20180917567299", 1)),
            ),
            (
                "'LS'D{14}",
                "LS202H0902014046",
                Some(("LS20240902014046", 1)),
            ),
            ("'LS'D{14}", "LB20180917567299", None),
            ("'88'D{8}", "8843|25128", Some(("8843125128", 1))),
            ("LD{9}|D{10}", "A990000123", Some(("A990000123", 0))),
            ("LD{9}|D{10}", "0990000123", Some(("0990000123", 0))),
            (
                "U{18}",
                "91310000MA1FL0O12V",
                Some(("91310000MA1FL0012U", 2)),
            ),
        ] {
            let found = read(pattern, text);
            let found = found.as_ref().map(|(value, n)| (value.as_str(), *n));
            assert_eq!(found, expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_named_with_the_place() {
        for (written, at) in [
            ("", 1),
            ("D{6", 2),
            ("Q{6}", 1),
            ("'LS", 1),
            ("D{7,6}", 2),
            ("D{x}", 2),
            ("D|", 3),
            ("D{0}", 2),
            ("D{99}", 2),
        ] {
            let said = written.parse::<Pattern>().unwrap_err().to_string();
            assert!(
                said.contains(&format!("at character {at}:")),
                "{written}: {said}"
            );
        }
        let again: Pattern = serde_json::from_str(
            &serde_json::to_string(&"D{6}".parse::<Pattern>().unwrap()).unwrap(),
        )
        .unwrap();
        assert_eq!(again, "D{6}".parse().unwrap());
    }
}
