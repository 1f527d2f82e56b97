//! What the values look like. Each function takes the characters that stand beside a label and
//! says what value they can be, and how many of them had to be corrected.

use domain::BusinessDate;

use super::pattern::as_figure;
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
    let number = branch_number(text);
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

/// The number before a branch's name: two to six figures; nothing if there is none.
pub(super) fn branch_number(text: &[char]) -> Shaped {
    let mut number = Shaped {
        value: String::new(),
        length: 0,
        corrected: 0,
    };
    for (figure, corrected) in text.iter().map_while(|c| as_figure(*c)) {
        number.value.push(figure);
        number.length += 1;
        number.corrected += usize::from(corrected);
    }
    if (2..=6).contains(&number.length) && number.corrected * 4 <= number.length {
        number
    } else {
        Shaped {
            value: String::new(),
            length: 0,
            corrected: 0,
        }
    }
}

/// A date (日期) in figures or Chinese numerals, as `2026-11-23`.
pub(super) fn date(text: &[char]) -> Option<Shaped> {
    let mut at = 0;
    let mut corrected = 0;
    let mut numeral = |at: &mut usize, figures| {
        let (value, others) = numeral(text, at, figures)?;
        corrected += others;
        Some(value)
    };
    let year = numeral(&mut at, 4)?;
    let separator = *text.get(at)?;
    let chinese = match separator {
        '年' => true,
        '-' | '/' | '.' => false,
        _ => return None,
    };
    at += 1;
    let month = numeral(&mut at, 2)?;
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
    let day = numeral(&mut at, 2)?;
    if chinese && matches!(text.get(at), Some('日' | '曰' | '目' | '口' | '号')) {
        at += 1;
    }
    let value = format!("{year:04}-{month:02}-{day:02}");
    let plausible = (1980..=2100).contains(&year) && value.parse::<BusinessDate>().is_ok();
    plausible.then_some(Shaped {
        value,
        length: at,
        corrected,
    })
}

/// A number of at most so many figures, or in Chinese numerals, and how many of its characters
/// are others than were read.
fn numeral(text: &[char], at: &mut usize, figures: usize) -> Option<(u32, usize)> {
    let mut value = 0;
    let mut count = 0;
    let mut corrected = 0;
    while count < figures
        && let Some((digit, other)) = text.get(*at).copied().and_then(as_figure)
        && text.get(*at) != Some(&'〇')
        && text.get(*at) != Some(&'○')
    {
        value = value * 10 + digit.to_digit(10)?;
        corrected += usize::from(other);
        count += 1;
        *at += 1;
    }
    if count > 0 {
        return (figures < 4 || count == 4).then_some((value, corrected));
    }
    Some((chinese_numeral(text, at, figures)?, 0))
}

/// 二〇二六, 十一, 二十三, and the same in capitals: 贰零贰陆, 壹拾壹, 零叁.
fn chinese_numeral(text: &[char], at: &mut usize, figures: usize) -> Option<u32> {
    const FIGURES: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    const CAPITALS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
    let figure = |c: char| {
        // The model gives some of them in their traditional form.
        let c = match c {
            '零' | '○' => '〇',
            '貳' => '贰',
            '參' | '参' | '叄' => '叁',
            '陸' => '陆',
            _ => c,
        };
        FIGURES
            .iter()
            .position(|f| *f == c)
            .or_else(|| CAPITALS.iter().position(|f| *f == c))
            .and_then(|v| u32::try_from(v).ok())
    };
    let start = *at;
    let (mut value, mut ones, mut tens) = (0, None, false);
    while let Some(c) = text.get(*at).copied() {
        if matches!(c, '十' | '拾') && figures == 2 && !tens {
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
            ("贰零贰陆年壹拾壹月贰拾叁日", Some("2026-11-23")),
            ("贰零贰陆年零贰月零壹拾日", Some("2026-02-10")),
            ("贰零贰陆年零叁月零伍日", Some("2026-03-05")),
            ("貳零壹柒年參月貳拾壹日", Some("2017-03-21")),
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

    #[test]
    fn what_is_corrected_in_a_date_is_counted() {
        for (text, corrected) in [
            ("202H-04-2O", 2),
            ("2024-04-20", 0),
            ("二〇二六年三月三日", 0),
        ] {
            let characters: Vec<char> = text.chars().collect();
            assert_eq!(date(&characters).unwrap().corrected, corrected, "{text}");
        }
    }

    type Shape = fn(&[char]) -> Option<Shaped>;

    #[test]
    fn names_and_branches() {
        let cases: &[(Shape, &str, Option<&str>)] = &[
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
