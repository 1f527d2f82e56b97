//! What was read held against what stands there.

use reading::Document;
use reading::fields::{Agreement, Check, Field, FieldKind, FieldSource, best};
use serde::Serialize;

use crate::truth::{PageTruth, Truth};

/// What was counted over files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Files.
    pub files: usize,
    /// Pages.
    pub pages: usize,
    /// Characters that stand there, blanks left out.
    pub characters: usize,
    /// Wrong, missing and superfluous ones.
    pub errors: usize,
    /// The same with nothing forgiven: what was read of seals counts as superfluous.
    pub errors_with_seals: usize,
    /// Fields that stand there.
    pub fields: usize,
    /// Fields of which the best reading is right.
    pub right: usize,
    /// Fields of which something was read.
    pub read: usize,
    /// Fields that were taken as certain.
    pub certain: usize,
    /// Of these, wrong ones.
    pub certain_wrong: usize,
    /// Processor seconds.
    pub seconds: f64,
}

/// One field that was looked for.
#[derive(Clone, Debug, Serialize)]
pub struct FieldScore {
    /// What it is.
    pub kind: FieldKind,
    /// What stands there.
    pub stands: String,
    /// What was read.
    pub read: Option<String>,
    /// Whether that is right.
    pub right: bool,
    /// How sure the reading is.
    pub confidence: f32,
    /// What its own check says.
    pub check: Option<Check>,
    /// How many characters were corrected.
    pub corrected: u32,
    /// What a second engine says.
    pub agreement: Agreement,
    /// Whether it was taken as certain.
    pub certain: bool,
}

impl Score {
    /// The share of wrong characters, in per cent (CER).
    #[must_use]
    pub fn cer_percent(&self) -> f64 {
        percent(self.errors, self.characters)
    }

    /// The same with seals that were read.
    #[must_use]
    pub fn cer_with_seals_percent(&self) -> f64 {
        percent(self.errors_with_seals, self.characters)
    }

    /// Of the fields that were read, the share that is right, in per cent.
    #[must_use]
    pub fn precision_percent(&self) -> f64 {
        percent(self.right, self.read)
    }

    /// Of the fields that stand there, the share that was read rightly, in per cent.
    #[must_use]
    pub fn recall_percent(&self) -> f64 {
        percent(self.right, self.fields)
    }

    /// Adds another count.
    pub fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.pages += other.pages;
        self.characters += other.characters;
        self.errors += other.errors;
        self.errors_with_seals += other.errors_with_seals;
        self.fields += other.fields;
        self.right += other.right;
        self.read += other.read;
        self.certain += other.certain;
        self.certain_wrong += other.certain_wrong;
        self.seconds += other.seconds;
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

/// The score of a file, and its fields one by one. What should have been read and was not counts
/// as all wrong. Fields are scored as the text has them: barcodes are left out.
#[must_use]
pub fn of(truth: &Truth, document: Option<&Document>, seconds: f64) -> (Score, Vec<FieldScore>) {
    let mut score = Score {
        files: 1,
        pages: truth.pages.len(),
        seconds,
        ..Score::default()
    };
    let pages = document.map_or(&[][..], |document| &document.pages);
    for (n, stands) in truth.pages.iter().enumerate() {
        let read = pages.get(n).map_or("", |page| page.text.as_str());
        let printed = plain(&stands.lines.concat());
        score.characters += printed.len();
        score.errors_with_seals += distance(&printed, &plain(read));
        score.errors += distance(&printed, &plain(&without_seals(read, stands)));
    }
    let fields: Vec<Field> = document
        .map(Document::fields)
        .unwrap_or_default()
        .into_iter()
        .filter(|field| field.source == FieldSource::Text)
        .collect();
    let mut scores = Vec::new();
    for kind in FieldKind::ALL {
        let Some(stands) = truth.field(kind) else {
            continue;
        };
        let found = best(&fields, kind);
        let right = found.is_some_and(|field| field.value == stands);
        let certain = found.is_some_and(Field::is_certain);
        score.fields += 1;
        score.read += usize::from(found.is_some());
        score.right += usize::from(right);
        score.certain += usize::from(certain);
        score.certain_wrong += usize::from(certain && !right);
        scores.push(FieldScore {
            kind,
            stands: stands.to_owned(),
            read: found.map(|field| field.value.clone()),
            right,
            confidence: found.map_or(0.0, |field| field.confidence),
            check: found.map(|field| field.check),
            corrected: found.map_or(0, |field| field.corrected),
            agreement: found.map_or(Agreement::NotAsked, |field| field.agreement),
            certain,
        });
    }
    (score, scores)
}

/// The characters of a text in the form in which they are compared: without blanks, and with
/// full-width forms as ordinary ones, between which print does not tell.
fn plain(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '￥' => '¥',
            _ => c,
        })
        .collect()
}

/// The text without lines that were read from a seal: most of their characters stand on it, in
/// its order, and not in any printed line.
fn without_seals(read: &str, stands: &PageTruth) -> String {
    let seals: Vec<Vec<char>> = stands.seals.iter().map(|seal| plain(seal)).collect();
    let printed: Vec<Vec<char>> = stands.lines.iter().map(|line| plain(line)).collect();
    read.lines()
        .filter(|line| {
            let line = plain(line);
            let in_common =
                |all: &[Vec<char>]| all.iter().map(|one| common(&line, one)).max().unwrap_or(0);
            let on_seal = in_common(&seals);
            on_seal * 5 < line.len() * 3 || in_common(&printed) >= on_seal
        })
        .collect()
}

/// How many characters two texts have in common, in order.
fn common(one: &[char], other: &[char]) -> usize {
    let mut row = vec![0usize; other.len() + 1];
    for a in one {
        let mut diagonal = 0;
        let mut left = 0;
        for (b, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            *cell = if a == b {
                diagonal + 1
            } else {
                above.max(left)
            };
            left = *cell;
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Wrong, missing and superfluous characters (Levenshtein).
fn distance(printed: &[char], read: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=read.len()).collect();
    for (i, expected) in printed.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (found, cell) in read.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            *cell = (diagonal + usize::from(expected != found))
                .min(above + 1)
                .min(left + 1);
            left = *cell;
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(printed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance_of(printed: &str, read: &str) -> usize {
        distance(&plain(printed), &plain(read))
    }

    #[test]
    fn wrong_missing_and_superfluous_characters() {
        for (printed, read, expected) in [
            ("客户号 8800", "客户号8800", 0),
            ("客户号：8800", "客户号:8800", 0),
            ("客户号8800", "客户号880", 1),
            ("客户号8800", "客户号88000", 1),
            ("客户号8800", "容户号8B00", 2),
            ("客户号", "", 3),
            ("", "客户号", 3),
        ] {
            assert_eq!(distance_of(printed, read), expected, "{printed} {read}");
        }
    }

    #[test]
    fn what_was_read_of_a_seal_is_set_aside_and_print_never() {
        let page = PageTruth {
            lines: vec!["营业部 上海示范路营业部".to_owned(), "业务专用".to_owned()],
            seals: vec!["示范证券上海示范路营业部业务专用章".to_owned()],
        };
        let read = "营业部 上海示范路营业部\n示范证券上海\n业务专用章\n业务专用\n其他文字\n";
        assert_eq!(
            without_seals(read, &page),
            "营业部 上海示范路营业部业务专用其他文字"
        );
    }
}
