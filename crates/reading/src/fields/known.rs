//! What a firm knows (已知值): its register of branches (营业部名册). A branch that was read with a
//! character or two mistaken is put right from it where one branch alone can be meant.
//!
//! ```toml
//! branch = ["0012 上海示范路营业部", "0027 杭州样例大道营业部"]
//! ```
//!
//! A number and a name that stand in the register together check each other. What was put right
//! counts as corrected, and so is never certain. Names, numbers and accounts of clients are not
//! made whole from any list.

use serde::{Deserialize, Serialize};

use super::Check;
use super::distance::distance;
use super::shapes::{Shaped, branch_number};
use super::template::TemplateError;

/// How the names of branches end: what they have in common tells none from another.
const ENDS: [&str; 2] = ["营业部", "分公司"];

/// What is known beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Branches (营业部).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    branch: Vec<Branch>,
}

/// A branch (营业部) as `0012 上海示范路营业部`; the number may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Branch {
    number: String,
    name: Vec<char>,
}

impl TryFrom<String> for Branch {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        let (number, name) = match written.trim().split_once(' ') {
            Some((number, name)) => (number, name.trim()),
            None => ("", written.trim()),
        };
        let figures = number.chars().all(|c| c.is_ascii_digit());
        let han = name.chars().filter(|c| crate::ocr::is_han(*c)).count();
        if !figures || (1..2).contains(&number.len()) || number.len() > 6 || han < 5 {
            return Err(format!(
                "{written:?} is no branch: expected a number of two to six figures, a blank and a name"
            ));
        }
        Ok(Self {
            number: number.to_owned(),
            name: name.chars().collect(),
        })
    }
}

impl From<Branch> for String {
    fn from(branch: Branch) -> Self {
        branch.written(!branch.number.is_empty())
    }
}

impl Branch {
    fn written(&self, with_number: bool) -> String {
        let name: String = self.name.iter().collect();
        if with_number {
            format!("{} {name}", self.number)
        } else {
            name
        }
    }

    /// How many characters tell it from other branches.
    fn telling(&self) -> usize {
        let name: String = self.name.iter().collect();
        let end = ENDS.iter().find(|end| name.ends_with(*end));
        self.name.len() - end.map_or(0, |end| end.chars().count())
    }
}

/// A branch as it was found by the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundBranch {
    pub(super) shaped: Shaped,
    pub(super) check: Check,
}

/// A known name beside what was read: how many characters differ, and how many it takes.
#[derive(Clone, Copy)]
struct Near<'a> {
    branch: &'a Branch,
    distance: usize,
    length: usize,
}

impl Known {
    /// Reads a register of its own.
    pub fn parse(file: &str, text: &str) -> Result<Self, TemplateError> {
        let wrong = |found: String| TemplateError {
            file: file.to_owned(),
            found,
        };
        let known: Self =
            toml::from_str(text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
        known.checked().map_err(wrong)
    }

    /// A register out of numbers and names.
    pub fn of_branches<'a>(
        branches: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, TemplateError> {
        let read = branches
            .into_iter()
            .map(|(number, name)| Branch::try_from(format!("{number} {name}")));
        let wrong = |found| TemplateError {
            file: "the register of branches".to_owned(),
            found,
        };
        let branch = read.collect::<Result<_, _>>().map_err(wrong)?;
        Self { branch }.checked().map_err(wrong)
    }

    /// A number that two branches have tells neither.
    pub(super) fn checked(self) -> Result<Self, String> {
        let mut seen = std::collections::BTreeSet::new();
        let twice = self
            .branch
            .iter()
            .find(|one| !one.number.is_empty() && !seen.insert(&one.number));
        match twice {
            Some(one) => Err(format!("the branch number {} is there twice", one.number)),
            None => Ok(self),
        }
    }

    /// This and another.
    pub(super) fn and(&mut self, other: &Self) {
        for branch in &other.branch {
            if !self.branch.contains(branch) {
                self.branch.push(branch.clone());
            }
        }
    }

    /// The branch that the characters begin with, if the register tells which is meant. Nothing
    /// where it does not: the reading then stands as it is.
    pub(super) fn branch(&self, text: &[char]) -> Option<FoundBranch> {
        let number = branch_number(text);
        let start = number.length;
        let skipped = text
            .iter()
            .skip(start)
            .take_while(|c| matches!(c, '-' | ':' | '.' | ' '))
            .count();
        let rest = text.get(start + skipped..)?;
        let mut near: Vec<Near<'_>> = self
            .branch
            .iter()
            .map(|branch| {
                let (distance, length) = distance(&branch.name, rest);
                Near {
                    branch,
                    distance,
                    length,
                }
            })
            .collect();
        near.sort_by_key(|one| one.distance);
        let has_number = |one: &Near<'_>| one.branch.number == number.value;
        let numbered = near
            .iter()
            .find(|one| !number.value.is_empty() && has_number(one));
        let (meant, wrong_in_number) = match numbered {
            Some(own) => match near.iter().find(|one| !has_number(one)) {
                // The number of one branch with the whole name of another: one is misread.
                Some(other) if other.distance == 0 && own.distance > 0 => {
                    let shaped = super::shapes::branch(text)?;
                    let check = Check::Wrong;
                    return Some(FoundBranch { shaped, check });
                }
                Some(other) if other.distance < own.distance => return None,
                // Half of what tells it from others, at most, is misread.
                _ if own.distance * 2 >= own.branch.telling() => return None,
                _ => (*own, 0),
            },
            None => the_one_alone(&near, &number.value)?,
        };
        let with_number = !number.value.is_empty();
        let corrected = number.corrected + wrong_in_number + meant.distance;
        Some(FoundBranch {
            shaped: Shaped {
                value: meant.branch.written(with_number),
                length: start + skipped + meant.length,
                corrected,
            },
            check: if with_number && wrong_in_number + meant.distance == 0 {
                Check::Right
            } else {
                Check::None
            },
        })
    }
}

/// The only branch whose name is read as it is, or else with one mistake, where the number says
/// nothing: it was not read, or is no branch's and has one mistake itself.
fn the_one_alone<'a>(near: &[Near<'a>], number: &str) -> Option<(Near<'a>, usize)> {
    let figures: Vec<char> = number.chars().collect();
    let one = near.first().filter(|one| one.distance <= 1)?;
    if near
        .iter()
        .filter(|other| other.distance == one.distance)
        .count()
        > 1
    {
        return None;
    }
    if number.is_empty() {
        return Some((*one, 0));
    }
    let known: Vec<char> = one.branch.number.chars().collect();
    let (mistaken, taken) = distance(&known, &figures);
    let mistaken = mistaken + figures.len() - taken;
    (mistaken <= 1).then_some((*one, mistaken))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register() -> Known {
        Known::of_branches([
            ("0012", "上海示范路营业部"),
            ("0013", "上海示范街营业部"),
            ("0027", "杭州样例大道营业部"),
            ("0188", "哈尔滨范本街营业部"),
        ])
        .unwrap()
    }

    /// A value, how many characters of it are corrected, and its check.
    type Expected = (&'static str, usize, Check);

    fn found(text: &str) -> Option<(String, usize, Check)> {
        let characters: Vec<char> = text.chars().collect();
        let found = register().branch(&characters)?;
        Some((found.shaped.value, found.shaped.corrected, found.check))
    }

    #[test]
    fn a_branch_is_put_right_where_one_alone_can_be_meant() {
        use Check::{None as Unchecked, Right, Wrong};
        let cases: &[(&str, Option<Expected>)] = &[
            (
                "0012上海示范路营业部",
                Some(("0012 上海示范路营业部", 0, Right)),
            ),
            (
                "0012上海示范路营业部联系电话",
                Some(("0012 上海示范路营业部", 0, Right)),
            ),
            // The number says which of two like names.
            (
                "0012上海示苑路营业部",
                Some(("0012 上海示范路营业部", 1, Unchecked)),
            ),
            (
                "0012上诲示苑路营业部",
                Some(("0012 上海示范路营业部", 2, Unchecked)),
            ),
            (
                "0188哈尔法范木街营业部",
                Some(("0188 哈尔滨范本街营业部", 2, Unchecked)),
            ),
            (
                "0027杭州样例大道營業部",
                Some(("0027 杭州样例大道营业部", 2, Unchecked)),
            ),
            (
                "0027杭州样例大道营业",
                Some(("0027 杭州样例大道营业部", 1, Unchecked)),
            ),
            ("OO27杭州样例大道营业部", None),
            (
                "O027杭州样例大道营业部",
                Some(("0027 杭州样例大道营业部", 1, Right)),
            ),
            // Too much of it.
            ("0012土诲示苑路营业部", None),
            ("0012北京解放道营业部", None),
            // The number of one, the name of another, whole or nearer.
            (
                "0012杭州样例大道营业部",
                Some(("0012 杭州样例大道营业部", 0, Wrong)),
            ),
            (
                "0013上海示范路营业部",
                Some(("0013 上海示范路营业部", 0, Wrong)),
            ),
            ("0012杭州样例火道营业部", None),
            (
                "0012上海示范衔营业部",
                Some(("0012 上海示范路营业部", 1, Unchecked)),
            ),
            // No branch has the number.
            (
                "002杭州样例大道营业部",
                Some(("0027 杭州样例大道营业部", 1, Unchecked)),
            ),
            (
                "0029杭州样倒大道营业部",
                Some(("0027 杭州样例大道营业部", 2, Unchecked)),
            ),
            ("0092杭州样例大道营业部", None),
            // Without a number: the name alone, and only if no other is as near.
            (
                "杭州样例大道营业部",
                Some(("杭州样例大道营业部", 0, Unchecked)),
            ),
            (
                "杭州样倒大道营业部",
                Some(("杭州样例大道营业部", 1, Unchecked)),
            ),
            ("杭州祥倒大道营业部", None),
            ("上海示范营业部", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = found(text);
            let found = found
                .as_ref()
                .map(|(value, n, check)| (value.as_str(), *n, *check));
            assert_eq!(found, *expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_register_is_named() {
        for (text, said) in [
            ("branch = [\"x12 上海示范路营业部\"]", "is no branch"),
            ("branch = [\"0012\"]", "is no branch"),
            ("client-name = [\"王晓明\"]", "unknown field `client-name`"),
            (
                "branch = [\"0012 上海示范路营业部\", \"0012 上海范本路营业部\"]",
                "0012 is there twice",
            ),
        ] {
            let found = Known::parse("k.toml", text).unwrap_err().to_string();
            assert!(
                found.starts_with("k.toml: ") && found.contains(said),
                "{found}"
            );
        }
        let text = toml::to_string(&register()).unwrap();
        assert_eq!(Known::parse("k.toml", &text), Ok(register()));
    }
}
