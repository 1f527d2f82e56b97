//! An amount stands on a page in two forms, in figures (小写) and in capitals (大写): each checks the
//! other, and each settles what was misread in the other.
//!
//! What was settled so counts as corrected in both forms, and so is never certain: either may be
//! the misread one. Capitals that were found by the figures alone check nothing.

use super::amount;
use super::cells::Glyph;
use super::distance::distance;
use super::{Agreement, Check, Field, FieldKind, FieldSource, MISTAKE, weakest};

/// Compares the forms of a page's amount. `unread` is what stands beside labels of capitals and
/// is no amount as it was read.
pub(super) fn settle(fields: &mut Vec<Field>, unread: &[Vec<Glyph>], page: u32) {
    marks_read_as_figures(fields);
    check(fields);
    if values(fields, FieldKind::AmountInCapitals).is_empty() {
        capitals_by_figures(fields, unread, page);
    }
}

fn values(fields: &[Field], kind: FieldKind) -> Vec<String> {
    let of_kind = fields.iter().filter(|field| field.kind == kind);
    of_kind.map(|field| field.value.clone()).collect()
}

/// If both forms say the same, each is checked; if not, one is misread, or the paper contradicts
/// itself.
fn check(fields: &mut [Field]) {
    let figures = values(fields, FieldKind::Amount);
    let capitals = values(fields, FieldKind::AmountInCapitals);
    for field in fields {
        let others = match field.kind {
            FieldKind::Amount => &capitals,
            FieldKind::AmountInCapitals => &figures,
            FieldKind::ClientNo
            | FieldKind::ClientName
            | FieldKind::IdNumber
            | FieldKind::CreditCode
            | FieldKind::FlowNo
            | FieldKind::Date
            | FieldKind::Branch
            | FieldKind::SecuritiesAccount
            | FieldKind::FundAccount => continue,
        };
        field.check = match others.as_slice() {
            [] => Check::None,
            others if others.contains(&field.value) => Check::Right,
            _ => Check::Wrong,
        };
    }
}

/// What the figures say where one of them is a mark: ¥ that was read as 4, or a comma as 1.
fn without_marks(value: &str) -> Vec<String> {
    let mut all = Vec::new();
    let whole = value.split('.').next().unwrap_or(value).len();
    for (at, figure) in value.char_indices().take(whole) {
        // A comma stands before the third, the sixth figure from the end.
        let comma = figure == '1' && at > 0 && (whole - at - 1).is_multiple_of(3) && at + 1 < whole;
        let sign = figure == '4' && at == 0 && whole > 1;
        if comma || sign {
            let rest = value.char_indices().filter(|(other, _)| *other != at);
            all.push(rest.map(|(_, c)| c).collect());
        }
    }
    all
}

/// Figures that the capitals contradict, and would not without a mark that was read as a figure.
fn marks_read_as_figures(fields: &mut [Field]) {
    let capitals = values(fields, FieldKind::AmountInCapitals);
    let mut settled = Vec::new();
    for field in fields.iter_mut() {
        if field.kind != FieldKind::Amount || capitals.contains(&field.value) {
            continue;
        }
        let meant = without_marks(&field.value);
        if let Some(value) = meant.into_iter().find(|value| capitals.contains(value)) {
            settled.push(value.clone());
            correct(field, value);
        }
    }
    for field in fields {
        if field.kind == FieldKind::AmountInCapitals && settled.contains(&field.value) {
            field.corrected += 1;
        }
    }
}

fn correct(field: &mut Field, value: String) {
    field.value = value;
    field.corrected += 1;
    field.confidence *= MISTAKE;
}

/// Capitals in which a character is misread, if they are those of the figures but for that.
fn capitals_by_figures(fields: &mut Vec<Field>, unread: &[Vec<Glyph>], page: u32) {
    let mut found = None;
    for field in fields.iter_mut() {
        if field.kind != FieldKind::Amount || field.source != FieldSource::Text {
            continue;
        }
        let mut meant = vec![field.value.clone()];
        meant.extend(without_marks(&field.value));
        let near = unread.iter().flat_map(|glyphs| {
            let meant = meant.iter();
            meant.filter_map(move |value| Some((near_capitals(value, glyphs)?, value, glyphs)))
        });
        let Some(((mistaken, length), value, glyphs)) = near.min_by_key(|(near, _, _)| near.0)
        else {
            continue;
        };
        if *value != field.value {
            correct(field, value.clone());
        }
        let used = glyphs.get(..length).unwrap_or(glyphs);
        let worth = MISTAKE.powi(i32::try_from(mistaken).unwrap_or(0));
        found = Some(Field {
            kind: FieldKind::AmountInCapitals,
            value: field.value.clone(),
            confidence: weakest(used) * worth,
            source: FieldSource::Text,
            page,
            place: super::place_of(used),
            check: Check::None,
            corrected: u32::try_from(mistaken).unwrap_or(u32::MAX).max(1),
            agreement: Agreement::NotAsked,
        });
        break;
    }
    fields.extend(found);
}

/// How many characters of the capitals of an amount are misread in what was read, and how many
/// characters that takes; none where it is too much of them.
fn near_capitals(value: &str, glyphs: &[Glyph]) -> Option<(usize, usize)> {
    let expected = amount::capitals_of(value)?;
    // What says nothing about the amount is left out, with the places of what stays.
    let (places, read): (Vec<usize>, Vec<char>) = glyphs
        .iter()
        .enumerate()
        .filter_map(|(n, glyph)| Some((n, amount::telling(glyph.character)?)))
        .unzip();
    let (mistaken, taken) = distance(&expected, &read);
    let allowed = match expected.len() {
        0..5 => 0,
        5..9 => 1,
        _ => 2,
    };
    let last = places.get(taken.checked_sub(1)?)?;
    (mistaken <= allowed).then_some((mistaken, last + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stands_before_the_figures_or_between_their_groups() {
        for (value, expected) in [
            ("43790.25", vec!["3790.25"]),
            ("551606.24", vec!["55606.24"]),
            ("411234.00", vec!["11234.00", "41234.00"]),
            ("4.50", vec![]),
            ("1234.00", vec![]),
            ("5514.44", vec![]),
        ] {
            assert_eq!(without_marks(value), expected, "{value}");
        }
    }

    #[test]
    fn capitals_are_told_by_the_figures_but_for_few_characters() {
        let near = |value: &str, read: &str| {
            let glyphs: Vec<Glyph> = read
                .chars()
                .map(|character| Glyph {
                    character,
                    confidence: 0.9,
                    place: crate::geometry::PixelBox::default(),
                    other: None,
                })
                .collect();
            near_capitals(value, &glyphs)
        };
        for (value, read, expected) in [
            ("40400.00", "肆万零肆相元整", Some((1, 6))),
            ("3801.45", "叁仟捌相零壹元肆角伍分", Some((1, 11))),
            ("3801.45", "人民币叁仟捌相零壹元肆角伍分", Some((1, 14))),
            ("403.84", "肆佰零叁元捌角肆分", Some((0, 9))),
            ("403.84", "肆相零三元捌角肆分", None),
            ("403.84", "肆佰零贰元捌角肆分", Some((1, 9))),
            ("20.00", "贰拾元整", Some((0, 3))),
            ("20.00", "贰相元整", None),
            ("40400.00", "取款人签名", None),
            ("40400.00", "", None),
        ] {
            assert_eq!(near(value, read), expected, "{value} in {read}");
        }
    }
}
