//! The printed labels (栏目) beside which values stand, and how they are recognised although
//! the OCR mistakes a character.

use super::FieldKind;
use super::cells::Glyph;

/// A label and what stands beside it; labels of no field mark where a value ends.
struct Label {
    text: &'static str,
    kind: Option<FieldKind>,
}

const fn of(kind: FieldKind, text: &'static str) -> Label {
    Label {
        text,
        kind: Some(kind),
    }
}

const fn other(text: &'static str) -> Label {
    Label { text, kind: None }
}

const BRANCH: &str = "营业部";

/// Longer labels come before those that they contain.
const LABELS: &[Label] = &[
    of(FieldKind::ClientNo, "客户号码"),
    of(FieldKind::ClientNo, "客户编号"),
    of(FieldKind::ClientNo, "客户代码"),
    of(FieldKind::ClientNo, "客户号"),
    of(FieldKind::ClientName, "客户姓名"),
    of(FieldKind::ClientName, "客户名称"),
    of(FieldKind::ClientName, "投资者姓名"),
    of(FieldKind::IdNumber, "有效身份证明文件号码"),
    of(FieldKind::IdNumber, "身份证件号码"),
    of(FieldKind::IdNumber, "身份证号码"),
    of(FieldKind::IdNumber, "身份证号"),
    of(FieldKind::IdNumber, "证件号码"),
    of(FieldKind::FlowNo, "业务流水号"),
    of(FieldKind::FlowNo, "流水号"),
    of(FieldKind::Date, "业务日期"),
    of(FieldKind::Date, "办理日期"),
    of(FieldKind::Date, "申请日期"),
    of(FieldKind::Date, "填表日期"),
    of(FieldKind::Date, "签署日期"),
    other("出生日期"),
    other("有效期"),
    of(FieldKind::Branch, "开户营业部"),
    of(FieldKind::Branch, "所属营业部"),
    of(FieldKind::Branch, BRANCH),
    other("证件类型"),
    other("联系电话"),
    other("业务类型"),
    other("风险等级"),
    other("经办人"),
    other("复核人"),
    of(FieldKind::Date, "日期"),
    of(FieldKind::ClientName, "姓名"),
    other("地址"),
];

/// A label found in a run of characters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) kind: Option<FieldKind>,
    /// Where it begins.
    pub(super) start: usize,
    /// One past its end, its colon included.
    pub(super) end: usize,
    /// How many characters were mistaken.
    pub(super) mistaken: usize,
}

/// Finds the labels of a cell, from left to right, none overlapping another.
pub(super) fn find(glyphs: &[Glyph]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while at < glyphs.len() {
        let Some(rest) = glyphs.get(at..) else { break };
        let before = at.checked_sub(1).and_then(|i| glyphs.get(i));
        match begins_with(rest, before, found.last().is_some_and(|f| f.end == at)) {
            Some((label, mistaken)) => {
                let mut end = at + label.text.chars().count();
                while glyphs.get(end).is_some_and(|g| is_colon(g.character)) {
                    end += 1;
                }
                found.push(Found {
                    kind: label.kind,
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
    glyphs: &[Glyph],
    before: Option<&Glyph>,
    after_label: bool,
) -> Option<(&'static Label, usize)> {
    let candidates = LABELS.iter().filter_map(|label| {
        let length = label.text.chars().count();
        // A short word occurs within others (有效日期, 收件地址), and a branch's name ends in its
        // own label: these must begin something.
        if (length <= 2 || label.text == BRANCH)
            && !after_label
            && before.is_some_and(|glyph| crate::ocr::is_han(glyph.character))
        {
            return None;
        }
        let window = glyphs.get(..length)?;
        let mut mistaken = 0;
        let mut foreign = 0;
        for (glyph, expected) in window.iter().zip(label.text.chars()) {
            if glyph.character == expected {
                continue;
            }
            mistaken += 1;
            if !looks_like(glyph.character, expected) {
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
