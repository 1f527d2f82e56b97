//! What the values look like. Each function takes the characters that stand beside a label and
//! says what value they can be, and how many of them had to be corrected.

use domain::BusinessDate;

use crate::ocr::is_han;

/// A value with the part of the characters that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shaped {
    pub(super) value: String,
    /// How many characters of the input it takes, from the first.
    pub(super) length: usize,
    /// How many characters were corrected.
    pub(super) corrected: usize,
}

/// The digit that a character was meant to be, where digits are expected.
fn as_digit(c: char) -> Option<(char, bool)> {
    match c {
        '0'..='9' => Some((c, false)),
        'O' | 'o' | 'Q' | 'D' | '〇' | '○' | 'C' => Some(('0', true)),
        'l' | 'I' | 'i' | '!' | 'J' => Some(('1', true)),
        'Z' | 'z' => Some(('2', true)),
        'A' => Some(('4', true)),
        'S' | 's' => Some(('5', true)),
        'b' | 'G' => Some(('6', true)),
        'B' => Some(('8', true)),
        'g' | 'q' => Some(('9', true)),
        _ => None,
    }
}

/// The longest run of digits at the beginning, with corrections; a run made mostly of
/// corrections is no run.
fn digits(text: &[char]) -> Shaped {
    let mut shaped = Shaped {
        value: String::new(),
        length: 0,
        corrected: 0,
    };
    for c in text {
        let Some((digit, corrected)) = as_digit(*c) else {
            break;
        };
        shaped.value.push(digit);
        shaped.length += 1;
        shaped.corrected += usize::from(corrected);
    }
    if shaped.corrected * 4 > shaped.length {
        return Shaped {
            value: String::new(),
            length: 0,
            corrected: 0,
        };
    }
    shaped
}

/// A client number (客户号): six to fourteen digits.
pub(super) fn client_no(text: &[char]) -> Option<Shaped> {
    let shaped = digits(text);
    (6..=14).contains(&shaped.length).then_some(shaped)
}

/// An identity number (证件号码): seventeen digits and a digit or X, or fifteen digits.
pub(super) fn id_number(text: &[char]) -> Option<Shaped> {
    let mut shaped = digits(text);
    let next = text.get(shaped.length).copied();
    match (shaped.length, next) {
        (17, Some('X' | 'x' | '×' | '✕' | 'K' | 'k')) => {
            shaped.value.push('X');
            shaped.length += 1;
            Some(shaped)
        }
        (18 | 15, _) => Some(shaped),
        _ => None,
    }
}

/// A flow number (业务流水号): up to four letters and at least eight digits, at most 32 in all.
pub(super) fn flow_no(text: &[char]) -> Option<Shaped> {
    let letters = text
        .iter()
        .take_while(|c| c.is_ascii_alphabetic())
        .take(4)
        .count();
    // The letters are tried first as they are; a digit among them is a letter misread.
    let candidates = (0..=letters).rev().filter_map(|prefix| {
        let rest = digits(text.get(prefix..)?);
        let head: String = text.get(..prefix)?.iter().collect();
        (rest.length >= 8 && prefix + rest.length <= 32).then(|| Shaped {
            value: format!("{}{}", head.to_ascii_uppercase(), rest.value),
            length: prefix + rest.length,
            corrected: rest.corrected,
        })
    });
    candidates.min_by_key(|shaped| shaped.corrected)
}

/// A client's name (客户姓名): Han characters, for institutions with marks between them.
pub(super) fn client_name(text: &[char]) -> Option<Shaped> {
    let length = text
        .iter()
        .take_while(|c| is_han(**c) || matches!(c, '·' | '•' | '(' | ')'))
        .take(40)
        .count();
    let name: String = text.get(..length)?.iter().collect();
    let institution = [
        "公司", "中心", "企业", "合伙)", "基金", "银行", "协会", "学校",
    ]
    .iter()
    .any(|end| name.ends_with(end));
    let person = (2..=4).contains(&length) || name.contains('·');
    (length >= 2 && (person || institution)).then_some(Shaped {
        value: name,
        length,
        corrected: 0,
    })
}

/// A branch (营业部): perhaps its number, then a name that ends in 营业部 or 分公司.
pub(super) fn branch(text: &[char]) -> Option<Shaped> {
    let number = digits(text);
    let number = if (2..=6).contains(&number.length) {
        number
    } else {
        Shaped {
            value: String::new(),
            length: 0,
            corrected: 0,
        }
    };
    let rest = text.get(number.length..)?;
    let skipped = rest
        .iter()
        .take_while(|c| matches!(c, '-' | ':' | '.' | ' '))
        .count();
    let rest = rest.get(skipped..)?;
    let han = rest
        .iter()
        .take_while(|c| is_han(**c) || c.is_ascii_digit())
        .take(30)
        .count();
    let name: String = rest.get(..han)?.iter().collect();
    let end = ["营业部", "分公司"]
        .iter()
        .filter_map(|end| name.find(end).map(|at| at + end.len()))
        .min()?;
    let name = name.get(..end)?;
    let characters = name.chars().count();
    if characters < 5 {
        return None;
    }
    let value = if number.value.is_empty() {
        name.to_owned()
    } else {
        format!("{} {name}", number.value)
    };
    Some(Shaped {
        value,
        length: number.length + skipped + characters,
        corrected: number.corrected,
    })
}

/// A date (日期) in figures or Chinese numerals, as `2026-11-23`.
pub(super) fn date(text: &[char]) -> Option<Shaped> {
    let mut at = 0;
    let year = numeral(text, &mut at, 4)?;
    let separator = *text.get(at)?;
    let chinese = match separator {
        '年' => true,
        '-' | '/' | '.' => false,
        _ => return None,
    };
    at += 1;
    let month = numeral(text, &mut at, 2)?;
    let between = *text.get(at)?;
    let fits = if chinese {
        matches!(between, '月' | '用' | '目')
    } else {
        between == separator
    };
    if !fits {
        return None;
    }
    at += 1;
    let day = numeral(text, &mut at, 2)?;
    if chinese && matches!(text.get(at), Some('日' | '曰' | '目' | '口' | '号')) {
        at += 1;
    }
    let value = format!("{year:04}-{month:02}-{day:02}");
    let plausible = (1980..=2100).contains(&year) && value.parse::<BusinessDate>().is_ok();
    plausible.then_some(Shaped {
        value,
        length: at,
        corrected: 0,
    })
}

/// A number of at most so many figures, or in Chinese numerals.
fn numeral(text: &[char], at: &mut usize, figures: usize) -> Option<u32> {
    let mut value = 0;
    let mut count = 0;
    while count < figures
        && let Some((digit, _)) = text.get(*at).copied().and_then(as_digit)
        && text.get(*at) != Some(&'〇')
        && text.get(*at) != Some(&'○')
    {
        value = value * 10 + digit.to_digit(10)?;
        count += 1;
        *at += 1;
    }
    if count > 0 {
        return (figures < 4 || count == 4).then_some(value);
    }
    chinese_numeral(text, at, figures)
}

/// 二〇二六, 十一, 二十三.
fn chinese_numeral(text: &[char], at: &mut usize, figures: usize) -> Option<u32> {
    const FIGURES: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let figure = |c: char| {
        let c = if matches!(c, '零' | '○') { '〇' } else { c };
        FIGURES
            .iter()
            .position(|f| *f == c)
            .and_then(|v| u32::try_from(v).ok())
    };
    let start = *at;
    let (mut value, mut ones, mut tens) = (0, None, false);
    while let Some(c) = text.get(*at).copied() {
        if c == '十' && figures == 2 && !tens {
            value = ones.take().unwrap_or(1) * 10;
            tens = true;
        } else if let Some(v) = figure(c) {
            if figures == 4 {
                value = value * 10 + v;
            } else {
                ones = Some(v);
            }
        } else {
            break;
        }
        *at += 1;
    }
    if *at == start || (figures == 4 && *at - start != 4) {
        return None;
    }
    Some(value + ones.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_shape(shape: Shape, text: &str) -> Option<String> {
        let characters: Vec<char> = text.chars().collect();
        shape(&characters).map(|shaped| shaped.value)
    }

    #[test]
    fn dates() {
        for (text, expected) in [
            ("2026-11-23", Some("2026-11-23")),
            ("2026年11月23日", Some("2026-11-23")),
            ("2026年1月3日", Some("2026-01-03")),
            ("2026/1/3后", Some("2026-01-03")),
            ("2026.11.23", Some("2026-11-23")),
            ("二〇二六年十一月二十三日", Some("2026-11-23")),
            ("二零二六年二月十日", Some("2026-02-10")),
            ("2O26年11月2l日", Some("2026-11-21")),
            ("2026年13月1日", None),
            ("2026年02月30日", None),
            ("2026-11/23", None),
            ("1126-11-23", None),
            ("26-11-23", None),
            ("", None),
        ] {
            assert_eq!(try_shape(date, text).as_deref(), expected, "{text}");
        }
    }

    type Shape = fn(&[char]) -> Option<Shaped>;

    #[test]
    fn numbers_and_names() {
        let cases: &[(Shape, &str, Option<&str>)] = &[
            (client_no, "8800012345", Some("8800012345")),
            (client_no, "88OOO12345", None),
            (client_no, "88O0012345客", Some("8800012345")),
            (client_no, "88123", None),
            (client_no, "号码", None),
            (id_number, "11010519491231002X", Some("11010519491231002X")),
            (
                id_number,
                "11010519491231002x地址",
                Some("11010519491231002X"),
            ),
            (id_number, "130503670401001", Some("130503670401001")),
            (id_number, "1305036704010012", None),
            (flow_no, "LS20261120000123", Some("LS20261120000123")),
            (flow_no, "ls2026112O000123日", Some("LS20261120000123")),
            (flow_no, "20261120000123", Some("20261120000123")),
            (flow_no, "LS2026", None),
            (client_name, "王晓明", Some("王晓明")),
            (client_name, "阿卜杜拉·买买提", Some("阿卜杜拉·买买提")),
            (
                client_name,
                "示范(上海)贸易有限公司",
                Some("示范(上海)贸易有限公司"),
            ),
            (client_name, "须与证件一致不得更改", None),
            (client_name, "、证件号码", None),
            (
                branch,
                "0012上海示范路营业部",
                Some("0012 上海示范路营业部"),
            ),
            (branch, "上海示范路营业部联系", Some("上海示范路营业部")),
            (branch, "复核通过之时起生效", None),
            (branch, "营业部", None),
        ];
        for (shape, text, expected) in cases {
            assert_eq!(try_shape(*shape, text).as_deref(), *expected, "{text}");
        }
    }
}
