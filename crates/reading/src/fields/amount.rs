//! Amounts of money (金额): in figures (小写) and in capitals (大写), both as a number with two
//! decimals, so that the one checks the other.

use super::pattern::as_figure;
use super::shapes::Shaped;

/// Fen, as `12345.67`.
fn written(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// An amount in figures: perhaps a sign of the currency, figures in groups, two decimals or
/// none, perhaps 元 behind it. A comma that was read as a point is one.
pub(super) fn in_figures(text: &[char]) -> Option<Shaped> {
    let mut at = 0;
    for sign in ["人民币", "RMB", "CNY", "¥", "￥", "Y", "$"] {
        let sign: Vec<char> = sign.chars().collect();
        if text.get(at..).is_some_and(|rest| rest.starts_with(&sign)) {
            at += sign.len();
            break;
        }
    }
    while matches!(text.get(at), Some('¥' | '￥' | ':' | '元')) {
        at += 1;
    }
    let mut groups = vec![String::new()];
    let mut corrected = 0;
    let start = at;
    while let Some(c) = text.get(at).copied() {
        if let Some((figure, was_corrected)) = as_figure(c) {
            groups.last_mut()?.push(figure);
            corrected += usize::from(was_corrected);
        } else if matches!(c, ',' | '.' | '，' | '。' | '、' | '\'')
            && text.get(at + 1).is_some_and(|c| as_figure(*c).is_some())
        {
            groups.push(String::new());
        } else {
            break;
        }
        at += 1;
    }
    if corrected * 4 > at - start {
        return None;
    }
    // The last group is the decimals if it has two figures; all others but the first have three.
    let decimals = if groups.len() > 1 && groups.last()?.len() == 2 {
        groups.pop()?
    } else {
        "00".to_owned()
    };
    // Four figures before a comma: a sign of the currency looks like a 4.
    if groups.len() > 1
        && let Some(first) = groups.first_mut()
        && first.len() == 4
        && first.starts_with('4')
    {
        first.remove(0);
        corrected += 1;
    }
    let (first, others) = groups.split_first()?;
    let grouped = !others.is_empty();
    let fits = others.iter().all(|group| group.len() == 3)
        && !first.is_empty()
        && (!grouped || first.len() <= 3)
        && first.len() <= 12;
    if !fits || text.get(at).is_some_and(char::is_ascii_alphanumeric) {
        return None;
    }
    let yuan: u64 = groups.concat().parse().ok()?;
    let fen = yuan.checked_mul(100)?.checked_add(decimals.parse().ok()?)?;
    if text.get(at) == Some(&'元') {
        at += 1;
    }
    (fen > 0).then(|| Shaped {
        value: written(fen),
        length: at,
        corrected,
    })
}

/// The capital numeral (大写数字) that a character is, and whether it is another one than was read.
fn capital(c: char) -> Option<(u64, bool)> {
    Some(match c {
        '零' | '〇' => (0, false),
        '壹' => (1, false),
        '贰' | '貳' => (2, false),
        '叁' | '叄' => (3, false),
        '肆' => (4, false),
        '伍' => (5, false),
        '陆' | '陸' => (6, false),
        '柒' => (7, false),
        '捌' => (8, false),
        '玖' => (9, false),
        '令' | '雪' | '霉' => (0, true),
        '壶' | '壺' | '壸' | '查' => (1, true),
        '贷' | '贸' | '贾' | '貢' => (2, true),
        '参' | '參' | '弎' => (3, true),
        '肄' | '津' => (4, true),
        '五' | '仵' => (5, true),
        '际' | '陈' | '阵' => (6, true),
        '染' | '棠' => (7, true),
        '别' | '捐' => (8, true),
        '玫' | '致' => (9, true),
        _ => return None,
    })
}

const NUMERALS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];

/// The capitals of an amount such as `12345.67`, without what says nothing about it: 零, 整.
pub(super) fn capitals_of(value: &str) -> Option<Vec<char>> {
    let (yuan, fen) = value.split_once('.')?;
    let (yuan, fen): (u64, u64) = (yuan.parse().ok()?, fen.parse().ok()?);
    let mut text = Vec::new();
    for (size, mark) in [(100_000_000, '亿'), (10_000, '万'), (1, '元')] {
        let here = yuan / size % 10_000;
        say(&mut text, here / 1000, Some('仟'));
        say(&mut text, here / 100 % 10, Some('佰'));
        say(&mut text, here / 10 % 10, Some('拾'));
        say(&mut text, here % 10, None);
        if here > 0 || (mark == '元' && yuan > 0) {
            text.push(mark);
        }
    }
    say(&mut text, fen / 10, Some('角'));
    say(&mut text, fen % 10, Some('分'));
    Some(text)
}

fn say(text: &mut Vec<char>, count: u64, unit: Option<char>) {
    let numeral = usize::try_from(count).ok().and_then(|at| NUMERALS.get(at));
    if let Some(numeral) = numeral.filter(|_| count > 0) {
        text.push(*numeral);
        text.extend(unit);
    }
}

/// A character of capitals in the form of [`capitals_of`]; none where it says nothing.
pub(super) fn telling(c: char) -> Option<char> {
    if let Some((value, _)) = capital(c) {
        let numeral = usize::try_from(value).ok().and_then(|at| NUMERALS.get(at));
        return numeral.copied().filter(|_| value > 0);
    }
    match c {
        '整' | '正' | '人' | '民' | '币' | ':' | '(' | ')' | '大' | '写' => None,
        '萬' => Some('万'),
        '億' => Some('亿'),
        '圆' | '圓' => Some('元'),
        _ => Some(unit(c).map_or(c, |(_, name, _)| name)),
    }
}

/// The unit (拾, 佰, 仟) that a character is, how it is written, and whether it is another one than
/// was read.
fn unit(c: char) -> Option<(u64, char, bool)> {
    Some(match c {
        '拾' | '十' => (10, '拾', false),
        '捨' | '什' => (10, '拾', true),
        '佰' | '百' => (100, '佰', false),
        '伯' => (100, '佰', true),
        '仟' | '千' => (1000, '仟', false),
        _ => return None,
    })
}

/// An amount in capitals: 壹万贰仟叁佰肆拾伍元陆角柒分.
pub(super) fn in_capitals(text: &[char]) -> Option<Shaped> {
    let mut at = 0;
    let sign: Vec<char> = "人民币".chars().collect();
    if text.starts_with(&sign) {
        at = sign.len();
    }
    while matches!(text.get(at), Some(':' | '(' | ')')) || starts_capitals_label(text, at) {
        at += if starts_capitals_label(text, at) {
            2
        } else {
            1
        };
    }
    let start = at;
    // Fen in all; what is below the next 亿, below the next 万, and the numeral in hand.
    let (mut fen, mut large, mut small) = (0u64, 0u64, 0u64);
    let mut in_hand: Option<u64> = None;
    let mut corrected = 0;
    let mut yuan_said = false;
    while let Some(c) = text.get(at).copied() {
        if let Some((value, was_corrected)) = capital(c) {
            if in_hand.is_some_and(|held| held != 0) {
                return None;
            }
            in_hand = Some(value);
            corrected += usize::from(was_corrected);
            at += 1;
            continue;
        }
        if let Some((unit, _, was_corrected)) = unit(c) {
            // 拾 alone is ten.
            let count = in_hand.take().filter(|count| *count > 0);
            small += count.or((unit == 10).then_some(1))? * unit;
            corrected += usize::from(was_corrected);
            at += 1;
            continue;
        }
        match c {
            '万' | '萬' => {
                small += in_hand.take().unwrap_or(0);
                large = large.checked_add(small.checked_mul(10_000)?)?;
                small = 0;
            }
            '亿' | '億' => {
                let whole = large + small + in_hand.take().unwrap_or(0);
                large = whole.checked_mul(100_000_000)?;
                small = 0;
            }
            '元' | '圆' | '圓' if !yuan_said => {
                let whole = large.checked_add(small)? + in_hand.take().unwrap_or(0);
                fen = whole.checked_mul(100)?;
                (large, small) = (0, 0);
                yuan_said = true;
            }
            '角' => {
                fen += in_hand.take()? * 10;
                yuan_said = true;
            }
            '分' | '份' | '少' if yuan_said || in_hand.is_some() => {
                fen += in_hand.take()?;
                yuan_said = true;
                at += 1;
                break;
            }
            '整' | '正' => {
                at += 1;
                break;
            }
            _ => break,
        }
        at += 1;
    }
    let said = at - start;
    if !yuan_said || in_hand.is_some_and(|held| held > 0) || corrected * 3 > said {
        return None;
    }
    (fen > 0).then(|| Shaped {
        value: written(fen),
        length: at,
        corrected,
    })
}

fn starts_capitals_label(text: &[char], at: usize) -> bool {
    text.get(at..at + 2) == Some(&['大', '写'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn characters(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn amounts_in_figures() {
        for (text, expected) in [
            ("¥12,345.67", Some(("12345.67", 0))),
            ("￥12345.67", Some(("12345.67", 0))),
            ("人民币12,345.67", Some(("12345.67", 0))),
            ("12345.67元", Some(("12345.67", 0))),
            ("12345元整", Some(("12345.00", 0))),
            ("1.234.567.89", Some(("1234567.89", 0))),
            ("1,234,567", Some(("1234567.00", 0))),
            ("12,345.6O", Some(("12345.60", 1))),
            ("0.05", Some(("0.05", 0))),
            // ¥ is misread.
            ("4739,554.78", Some(("739554.78", 1))),
            ("$8.600.000.47.", Some(("8600000.47", 0))),
            ("H03.84元", Some(("403.84", 1))),
            ("12,34.56", None),
            ("1234,567.00", None),
            ("0.00", None),
            ("元", None),
            ("12.5", None),
            ("99999999999999", None),
            ("", None),
        ] {
            let found = in_figures(&characters(text));
            let found = found.as_ref().map(|s| (s.value.as_str(), s.corrected));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn capitals_without_what_says_nothing() {
        for (value, expected) in [
            ("12345.67", "壹万贰仟叁佰肆拾伍元陆角柒分"),
            ("200030000.00", "贰亿叁万元"),
            ("10.05", "壹拾元伍分"),
            ("0.95", "玖角伍分"),
        ] {
            let capitals: String = capitals_of(value).unwrap().into_iter().collect();
            assert_eq!(capitals, expected);
        }
        let read = "人民币叁仟零伍百圆正";
        let telling: String = read.chars().filter_map(telling).collect();
        assert_eq!(telling, "叁仟伍佰元");
    }

    #[test]
    fn amounts_in_capitals() {
        for (text, expected) in [
            ("壹万贰仟叁佰肆拾伍元陆角柒分", Some(("12345.67", 0))),
            ("人民币壹万贰仟叁佰肆拾伍元陆角柒分", Some(("12345.67", 0))),
            ("伍万元整", Some(("50000.00", 0))),
            ("伍万圆正", Some(("50000.00", 0))),
            ("壹拾万零伍佰元零伍分", Some(("100500.05", 0))),
            ("拾元整", Some(("10.00", 0))),
            ("贰亿零叁万元整", Some(("200030000.00", 0))),
            ("叁仟万零捌元玖角整", Some(("30000008.90", 0))),
            ("玖角伍分", Some(("0.95", 0))),
            ("陆佰柒拾元零柒少", Some(("670.07", 0))),
            ("貳仟參佰圓整", Some(("2300.00", 1))),
            ("壶万贰仟元整", Some(("12000.00", 1))),
            ("肆万零肆伯元整", Some(("40400.00", 1))),
            ("壹贰叁元", None),
            ("壹万贰仟", None),
            ("佰元", None),
            ("元整", None),
            ("", None),
        ] {
            let found = in_capitals(&characters(text));
            let found = found.as_ref().map(|s| (s.value.as_str(), s.corrected));
            assert_eq!(found, expected, "{text}");
        }
    }
}
