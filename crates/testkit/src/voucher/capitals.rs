//! Amounts and days in the capital numerals of bills (大写), which cannot be altered by a stroke.

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];

/// An amount in fen (分, hundredths of a yuan) as bills write it: `壹万贰仟叁佰肆拾伍元陆角柒分`.
///
/// Zeros between figures are read as one `零`; after yuan or jiao without fen stands `整`. Where
/// the rules for bills leave a `零` to the writer, it is left out.
#[must_use]
pub fn amount_in_capitals(fen: u64) -> String {
    let (yuan, jiao, fen) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut out = String::new();
    if yuan > 0 || (jiao == 0 && fen == 0) {
        out.push_str(&number(yuan));
        out.push('元');
    }
    match (jiao, fen) {
        (0, 0) => out.push('整'),
        (jiao, 0) => {
            out.push(digit(jiao));
            out.push_str("角整");
        }
        (0, fen) => {
            if yuan > 0 {
                out.push('零');
            }
            out.push(digit(fen));
            out.push('分');
        }
        (jiao, fen) => out.extend([digit(jiao), '角', digit(fen), '分']),
    }
    out
}

/// A day as bills write it: `贰零贰陆年壹拾壹月贰拾叁日`. Before a month or a day that could be
/// made longer by a stroke in front of it stands `零`.
#[must_use]
pub fn date_in_capitals((year, month, day): (u16, u8, u8)) -> String {
    let year: String = year
        .to_string()
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|at| digit(u64::from(at)))
        .collect();
    let guarded = |value: u8, guard: bool| {
        let zero = if guard { "零" } else { "" };
        format!("{zero}{}", number(u64::from(value)))
    };
    let month = guarded(month, matches!(month, 1 | 2 | 10));
    let day = guarded(day, day < 10 || day % 10 == 0);
    format!("{year}年{month}月{day}日")
}

fn digit(value: u64) -> char {
    let at = usize::try_from(value).unwrap_or(0);
    DIGITS.get(at).copied().unwrap_or('零')
}

/// A whole number below 10^16.
fn number(value: u64) -> String {
    if value == 0 {
        return "零".to_owned();
    }
    let mut out = String::new();
    let mut gap = false;
    for (unit, scale) in [
        ("万亿", 1_000_000_000_000),
        ("亿", 100_000_000),
        ("万", 10_000),
        ("", 1),
    ] {
        let section = value / scale % 10_000;
        gap |= section < 1000;
        if section == 0 {
            continue;
        }
        if gap && !out.is_empty() {
            out.push('零');
        }
        out.push_str(&four(section));
        out.push_str(unit);
        gap = false;
    }
    out
}

/// A number of up to four figures, not 0.
fn four(value: u64) -> String {
    let mut out = String::new();
    let mut gap = false;
    for (unit, scale) in [("仟", 1000), ("佰", 100), ("拾", 10), ("", 1)] {
        let figure = value / scale % 10;
        if figure == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push('零');
            gap = false;
        }
        out.push(digit(figure));
        out.push_str(unit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_bills_want_them() {
        for (fen, capitals) in [
            (0, "零元整"),
            (3, "叁分"),
            (50, "伍角整"),
            (67, "陆角柒分"),
            (100, "壹元整"),
            (1000, "壹拾元整"),
            (1_003, "壹拾元零叁分"),
            (11_000, "壹佰壹拾元整"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (140_950, "壹仟肆佰零玖元伍角整"),
            (168_032, "壹仟陆佰捌拾元叁角贰分"),
            (200_000, "贰仟元整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (1_234_567, "壹万贰仟叁佰肆拾伍元陆角柒分"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (10_700_053, "壹拾万柒仟元伍角叁分"),
            (10_070_000, "壹拾万零柒佰元整"),
            (100_050_000, "壹佰万零伍佰元整"),
            (100_000_100, "壹佰万零壹元整"),
            (105_000_000, "壹佰零伍万元整"),
            (200_000_000_000, "贰拾亿元整"),
            (10_000_000_700, "壹亿零柒元整"),
            (10_000_700_000, "壹亿零柒仟元整"),
            (10_010_000_000, "壹亿零壹拾万元整"),
            (
                123_456_789_012,
                "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分",
            ),
            (12_000_000_000_000, "壹仟贰佰亿元整"),
        ] {
            assert_eq!(amount_in_capitals(fen), capitals, "{fen}");
        }
    }

    #[test]
    fn days_are_written_as_bills_want_them() {
        for (date, capitals) in [
            ((2026, 11, 23), "贰零贰陆年壹拾壹月贰拾叁日"),
            ((2026, 1, 5), "贰零贰陆年零壹月零伍日"),
            ((2020, 10, 20), "贰零贰零年零壹拾月零贰拾日"),
            ((2019, 12, 30), "贰零壹玖年壹拾贰月零叁拾日"),
            ((2019, 2, 14), "贰零壹玖年零贰月壹拾肆日"),
            ((2024, 7, 31), "贰零贰肆年柒月叁拾壹日"),
        ] {
            assert_eq!(date_in_capitals(date), capitals);
        }
    }
}
