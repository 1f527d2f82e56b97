//! The printed labels (栏目) beside which values stand, and how they are recognised although
//! the OCR mistakes a character.

use super::cells::{Glyph, narrow};
use super::template::Template;

/// A branch's name ends in its own label.
const BRANCH: &str = "营业部";

/// A label and what stands beside it; labels of no field mark where a value ends.
struct Label {
    text: Vec<char>,
    /// Which field of the template.
    field: Option<usize>,
    /// Whether it occurs within other words, so that it must begin something.
    occurs_within: bool,
}

/// The labels of a template, longer ones before those that they contain.
pub(super) struct Labels(Vec<Label>);

impl Labels {
    pub(super) fn of(template: &Template) -> Self {
        let label = |text: &String, field| Label {
            text: text.chars().map(narrow).collect(),
            field,
            // A short word occurs within others: 有效日期, 收件地址.
            occurs_within: text.chars().count() <= 2 || text == BRANCH,
        };
        let fields = template.fields.iter().enumerate();
        let mut labels: Vec<Label> = fields
            .flat_map(|(n, field)| field.labels.iter().map(move |text| (text, Some(n))))
            .chain(template.other_labels.iter().map(|text| (text, None)))
            .map(|(text, field)| label(text, field))
            .collect();
        labels.sort_by_key(|label| std::cmp::Reverse(label.text.len()));
        Self(labels)
    }

    /// Finds the labels of a cell, from left to right, none overlapping another.
    pub(super) fn find(&self, glyphs: &[Glyph]) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut at = 0;
        while at < glyphs.len() {
            let Some(rest) = glyphs.get(at..) else { break };
            let before = at.checked_sub(1).and_then(|i| glyphs.get(i));
            match self.begins_with(rest, before, found.last().is_some_and(|f| f.end == at)) {
                Some((label, mistaken)) => {
                    let mut end = at + label.text.len();
                    while glyphs.get(end).is_some_and(|g| is_colon(g.character)) {
                        end += 1;
                    }
                    found.push(Found {
                        field: label.field,
                        start: at,
                        end,
                        mistaken,
                    });
                    at = end;
                }
                None => at += 1,
            }
        }
        found
    }

    fn begins_with(
        &self,
        glyphs: &[Glyph],
        before: Option<&Glyph>,
        after_label: bool,
    ) -> Option<(&Label, usize)> {
        let within = before.is_some_and(|glyph| crate::ocr::is_han(glyph.character));
        let candidates = self.0.iter().filter_map(|label| {
            if label.occurs_within && !after_label && within {
                return None;
            }
            let length = label.text.len();
            let window = glyphs.get(..length)?;
            let mut mistaken = 0;
            let mut foreign = 0;
            for (glyph, expected) in window.iter().zip(&label.text) {
                if glyph.character == *expected {
                    continue;
                }
                mistaken += 1;
                if !looks_like(glyph.character, *expected) {
                    // A figure is the beginning of the value, not the end of a longer label.
                    foreign += if crate::ocr::is_han(glyph.character) {
                        1
                    } else {
                        length
                    };
                }
            }
            let forgiven = usize::from(length >= 4);
            (foreign <= forgiven && mistaken * 2 <= length).then_some((label, mistaken))
        });
        // The first of equals: longer labels come first in the list.
        candidates.min_by_key(|(_, mistaken)| *mistaken)
    }
}

/// A label found in a run of characters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Which field of the template stands beside it.
    pub(super) field: Option<usize>,
    /// Where it begins.
    pub(super) start: usize,
    /// One past its end, its colon included.
    pub(super) end: usize,
    /// How many characters were mistaken.
    pub(super) mistaken: usize,
}

/// Marks that the OCR makes of a colon.
const fn is_colon(c: char) -> bool {
    matches!(
        c,
        ':' | '：' | ';' | '；' | '﹕' | '∶' | '.' | '·' | '。' | ',' | '，' | '、' | '*'
    )
}

/// Characters that the OCR takes for one another in labels.
const fn looks_like(read: char, printed: char) -> bool {
    matches!(
        (printed, read),
        ('客', '容' | '窖' | '宫' | '各')
            | ('户', '尸' | '卢' | '护' | '启' | '广' | '产' | '局')
            | ('号', '呈' | '吕' | '昌' | '导' | '另' | '叶')
            | ('姓', '娃' | '妊')
            | ('名', '各' | '多' | '召')
            | ('证', '让' | '订' | '征' | '正' | '诬')
            | ('件', '伴' | '仵' | '作' | '什')
            | ('码', '玛' | '妈' | '吗' | '马' | '科')
            | ('业', '亚' | '并' | '北')
            | ('务', '条' | '各' | '劣' | '夯')
            | ('流', '琉' | '浪' | '沥' | '疏' | '硫')
            | ('水', '永' | '木' | '氺')
            | ('日', '曰' | '目' | '白' | '田' | '口')
            | ('期', '朋' | '斯' | '明' | '其')
            | ('营', '菅' | '萱' | '宫' | '莒')
            | ('部', '郡' | '邵' | '都' | '邮')
    )
}
