//! Citizen identity numbers (公民身份号码): the check character of GB 11643.

/// Weights of the first seventeen digits (ISO 7064, MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// What the check character says about a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckDigit {
    /// Eighteen characters whose last one fits.
    Right,
    /// Eighteen characters whose last one does not fit.
    Wrong,
    /// Another number: an old one of fifteen digits, a passport. It has no check character.
    None,
}

/// Checks a number. Spaces are not allowed in it; `x` counts as `X`.
#[must_use]
pub fn check(number: &str) -> CheckDigit {
    let characters: Vec<char> = number.chars().collect();
    let Some((last, body)) = characters.split_last().filter(|(_, body)| body.len() == 17) else {
        return CheckDigit::None;
    };
    let mut sum = 0;
    for (character, weight) in body.iter().zip(WEIGHTS) {
        let Some(digit) = character.to_digit(10) else {
            return CheckDigit::None;
        };
        sum += digit * weight;
    }
    if !last.is_ascii_digit() && !last.eq_ignore_ascii_case(&'X') {
        return CheckDigit::None;
    }
    let expected = CHECK_CHARACTERS.get((sum % 11) as usize);
    if expected == Some(&last.to_ascii_uppercase()) {
        CheckDigit::Right
    } else {
        CheckDigit::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_character_of_gb_11643() {
        for (number, expected) in [
            // The examples of the standard.
            ("11010519491231002X", CheckDigit::Right),
            ("440524188001010014", CheckDigit::Right),
            ("11010519491231002x", CheckDigit::Right),
            ("110105194912310021", CheckDigit::Wrong),
            ("11010519491231003X", CheckDigit::Wrong),
            ("440524188001010041", CheckDigit::Wrong),
            ("130503670401001", CheckDigit::None),
            ("11010519491231002", CheckDigit::None),
            ("11010519491231OO2X", CheckDigit::None),
            ("11010519491231002Y", CheckDigit::None),
            ("", CheckDigit::None),
        ] {
            assert_eq!(check(number), expected, "{number}");
        }
    }

    #[test]
    fn every_single_wrong_digit_and_swap_is_noticed() {
        let number: Vec<char> = "440524188001010014".chars().collect();
        for at in 0..17 {
            for digit in '0'..='9' {
                let mut changed = number.clone();
                if changed[at] == digit {
                    continue;
                }
                changed[at] = digit;
                let text: String = changed.iter().collect();
                assert_eq!(check(&text), CheckDigit::Wrong, "{text}");
            }
        }
    }
}
