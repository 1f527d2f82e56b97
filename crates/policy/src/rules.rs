//! The register of requirements (规则清单): what each asks, where it comes from, which code
//! carries it out, and where its cases stand.

use serde::Deserialize;

use crate::basis::RuleNo;

const REGISTER: &str = include_str!("../data/rules.toml");

/// A requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its number.
    pub number: RuleNo,
    /// The text that it comes from.
    pub source: String,
    /// What it asks, in one sentence of our own.
    pub text: String,
    /// What carries it out; empty while nothing does.
    pub code: Vec<String>,
    /// The tables of tests that have its cases.
    pub tables: Vec<String>,
    /// What of it is not carried out, where that is a part.
    pub lacks: Option<String>,
    /// Where it is met although no rule decides anything by it.
    pub elsewhere: Option<String>,
}

/// The register cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the register of requirements cannot be read: {why}")]
pub struct RegisterError {
    /// What is wrong.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterShape {
    rule: Vec<RequirementShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequirementShape {
    number: String,
    source: String,
    text: String,
    #[serde(default)]
    code: Vec<String>,
    #[serde(default)]
    tables: Vec<String>,
    lacks: Option<String>,
    elsewhere: Option<String>,
}

/// Every requirement, in the order of their numbers.
///
/// # Errors
/// None that a released version has; a test reads them all.
pub fn register() -> Result<Vec<Requirement>, RegisterError> {
    let wrong = |why: String| RegisterError { why };
    let shape: RegisterShape =
        toml::from_str(REGISTER).map_err(|error| wrong(error.message().to_owned()))?;
    shape
        .rule
        .into_iter()
        .map(|rule| {
            Ok(Requirement {
                number: rule
                    .number
                    .parse()
                    .map_err(|error| wrong(format!("{error}")))?,
                source: rule.source,
                text: rule.text,
                code: rule.code,
                tables: rule.tables,
                lacks: rule.lacks,
                elsewhere: rule.elsewhere,
            })
        })
        .collect()
}
