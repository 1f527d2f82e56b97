//! Unified social credit codes (统一社会信用代码): the check character of GB 32100-2015.

use super::id_number::CheckDigit;

/// The characters of a code in the order of their values; I, O, S, V and Z are left out.
const CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Checks a code of eighteen characters: the sum of the first seventeen, each weighted by a
/// power of three, taken from 31.
#[must_use]
pub fn check(code: &str) -> CheckDigit {
    let value = |c: char| CHARACTERS.chars().position(|known| known == c);
    let characters: Vec<char> = code.chars().collect();
    let Some((last, body)) = characters.split_last().filter(|(_, body)| body.len() == 17) else {
        return CheckDigit::None;
    };
    let (mut sum, mut weight) = (0, 1);
    for c in body {
        let Some(value) = value(*c) else {
            return CheckDigit::None;
        };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    match value(*last) {
        None => CheckDigit::None,
        Some(last) if last == (31 - sum % 31) % 31 => CheckDigit::Right,
        Some(_) => CheckDigit::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_character_of_gb_32100() {
        for (code, expected) in [
            // The example of the standard.
            ("91350100M000100Y43", CheckDigit::Right),
            ("91350100M000100Y44", CheckDigit::Wrong),
            ("91350100M000010Y43", CheckDigit::Wrong),
            ("91350100M000100Y4", CheckDigit::None),
            ("91350100M000100I43", CheckDigit::None),
            ("91350100M000100Y4O", CheckDigit::None),
            ("", CheckDigit::None),
        ] {
            assert_eq!(check(code), expected, "{code}");
        }
    }

    #[test]
    fn every_single_wrong_character_is_noticed() {
        let code: Vec<char> = "91350100M000100Y43".chars().collect();
        for at in 0..18 {
            for other in CHARACTERS.chars().filter(|other| *other != code[at]) {
                let mut changed = code.clone();
                changed[at] = other;
                let text: String = changed.iter().collect();
                assert_eq!(check(&text), CheckDigit::Wrong, "{text}");
            }
        }
    }
}
