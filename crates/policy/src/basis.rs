//! What a rule rests on (依据): an article of the regulations, an outside law, or nothing but
//! what this firm has set.

use std::fmt;
use std::str::FromStr;

/// A requirement of the regulations, `R01` to `R127`. `vouchsafe policy rules` prints each in
/// our own words, with the article that it comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleNo(u8);

/// The last requirement that there is.
const RULE_LAST: u8 = 127;

impl RuleNo {
    /// The requirement with this number, from 1.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= RULE_LAST {
            Some(Self(number))
        } else {
            None
        }
    }

    /// Every requirement.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=RULE_LAST).map(Self)
    }
}

/// A law or standard outside the regulations, `X01` to `X27`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutsideNo(u8);

const OUTSIDE_LAST: u8 = 27;

/// One thing that a rule rests on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// A requirement of the regulations.
    Rule(RuleNo),
    /// A law or standard outside them.
    Outside(OutsideNo),
    /// No text says so: the firm has set it (本公司设定). A refusal that rests on it says so.
    FirmSetting,
}

/// The text names no basis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no basis, expected R01 to R{RULE_LAST}, X01 to X{OUTSIDE_LAST} or firm")]
pub struct BasisError {
    /// What stands there.
    pub found: String,
}

impl fmt::Display for RuleNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{:02}", self.0)
    }
}

impl fmt::Debug for RuleNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for OutsideNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "X{:02}", self.0)
    }
}

impl fmt::Debug for OutsideNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rule) => fmt::Display::fmt(rule, f),
            Self::Outside(outside) => fmt::Display::fmt(outside, f),
            Self::FirmSetting => f.write_str("firm"),
        }
    }
}

impl fmt::Debug for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Basis {
    type Err = BasisError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |prefix, last| {
            let number: u8 = text.strip_prefix(prefix)?.parse().ok()?;
            (1..=last).contains(&number).then_some(number)
        };
        let found = if text == "firm" {
            Some(Self::FirmSetting)
        } else if let Some(rule) = number('R', RULE_LAST) {
            Some(Self::Rule(RuleNo(rule)))
        } else {
            number('X', OUTSIDE_LAST).map(|outside| Self::Outside(OutsideNo(outside)))
        };
        // One spelling each, with its leading zero.
        found
            .filter(|basis| basis.to_string() == text)
            .ok_or_else(|| BasisError {
                found: text.chars().take(40).collect(),
            })
    }
}

impl FromStr for RuleNo {
    type Err = BasisError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<Basis>()? {
            Basis::Rule(rule) => Ok(rule),
            Basis::Outside(_) | Basis::FirmSetting => Err(BasisError {
                found: text.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_has_one_spelling() {
        for text in ["R01", "R45", "R127", "X01", "X27", "firm"] {
            assert_eq!(text.parse::<Basis>().unwrap().to_string(), text);
        }
        for text in [
            "R1", "R001", "R00", "R128", "X28", "Y01", "", "Firm", "R+1", "R256",
        ] {
            assert!(text.parse::<Basis>().is_err(), "{text}");
        }
        assert!("X01".parse::<RuleNo>().is_err());
        assert_eq!(RuleNo::all().count(), 127);
    }
}
