//! Changes of rules: what was proposed, and what came of it.
//!
//! The texts themselves, a profile's TOML or a notice's CSV, lie in the store as
//! `evidence/<aa>/<sha256>`, in clear: they say nothing of any client.

use domain::{BusinessDate, CaseId, Digest, PersonId};
use serde::{Deserialize, Serialize};

/// Where an entry stands in its case: the first has step 0, and there are no gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseStep {
    /// The case.
    pub case: CaseId,
    /// How many entries of the case stand before it.
    pub step: u32,
}

/// How well it was known who signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// The account was named, and nothing proved it: a local act.
    Asserted,
}

/// A signature (签署) in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The position that it was given in.
    pub position: String,
    /// Who gave it.
    pub person: PersonId,
    /// On which day, in China.
    pub day: BusinessDate,
    /// SHA-256 of what was signed.
    pub content: Digest,
    /// How well it was known who gave it.
    pub assurance: Assurance,
}

/// What is to be in force. `text` is the SHA-256 of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RuleText {
    /// A version of a profile (制度配置).
    Profile {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// The first day on which it may be in force.
        valid_from: BusinessDate,
        /// The last day, if it has one.
        valid_to: Option<BusinessDate>,
        /// SHA-256 of its text.
        text: Digest,
    },
    /// A notice of holidays (放假安排).
    Calendar {
        /// The first year that it covers.
        first_year: i16,
        /// The last year.
        last_year: i16,
        /// SHA-256 of its text.
        text: Digest,
    },
}

impl RuleText {
    /// SHA-256 of its text, under which it lies in the store.
    #[must_use]
    pub const fn text(&self) -> Digest {
        match self {
            Self::Profile { text, .. } | Self::Calendar { text, .. } => *text,
        }
    }
}

/// The body of `rules.proposed` (规则变更提出). Signed are the lines
/// `vouchsafe-rule-change/1`, fonds, case, `profile NAME@VERSION` or `calendar YEAR to YEAR`,
/// SHA-256 of the text, `from DAY`, each ended by LF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesProposed {
    /// The case.
    pub case: CaseId,
    /// Its step: 0.
    pub step: u32,
    /// What is to be in force.
    pub change: RuleText,
    /// From which day.
    pub from: BusinessDate,
    /// The first person's signature.
    pub signature: Signed,
}

/// The body of `rules.confirmed` (规则变更确认): from its day on it is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesConfirmed {
    /// The case.
    pub case: CaseId,
    /// Its step.
    pub step: u32,
    /// How many changes were confirmed in this ledger before it.
    pub sequence: u32,
    /// What is in force.
    pub change: RuleText,
    /// From which day.
    pub from: BusinessDate,
    /// The second person's signature, over what the first one signed.
    pub signature: Signed,
}

/// The body of `rules.rejected` (规则变更否决) and of `rules.withdrawn` (规则变更撤回).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesEnded {
    /// The case.
    pub case: CaseId,
    /// Its step.
    pub step: u32,
    /// Who ended it.
    pub by: PersonId,
    /// Why. It speaks of rules, and of no client.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use crate::{Body, Event};

    /// The stored text of each body: what it says today it says for ever.
    #[test]
    fn bodies_are_stored_in_one_way() {
        let digest = "3b1f7b0f3c2b1a09f8e7d6c5b4a3928170615243342516070809a0b0c0d0e0f0";
        let case = "01JZ5M7Q9V3T8R2X4Y6A0B1C2D";
        let profile = format!(
            r#"{{"kind":"profile","name":"securities","version":"2026.2","valid_from":"2026-07-01","valid_to":null,"text":"{digest}"}}"#
        );
        let calendar = format!(
            r#"{{"kind":"calendar","first_year":2027,"last_year":2027,"text":"{digest}"}}"#
        );
        let signed = |position| {
            format!(
                r#"{{"position":"{position}","person":"1001","day":"2026-11-23","content":"{digest}","assurance":"asserted"}}"#
            )
        };
        let (first, second) = (signed("proposer"), signed("confirmer"));
        let ended = format!(r#"{{"case":"{case}","step":1,"by":"1002","reason":"too short"}}"#);
        for (event, json) in [
            (
                Event::RulesProposed,
                format!(
                    r#"{{"case":"{case}","step":0,"change":{profile},"from":"2027-01-01","signature":{first}}}"#
                ),
            ),
            (
                Event::RulesConfirmed,
                format!(
                    r#"{{"case":"{case}","step":1,"sequence":0,"change":{calendar},"from":"2027-01-01","signature":{second}}}"#
                ),
            ),
            (Event::RulesRejected, ended.clone()),
            (Event::RulesWithdrawn, ended),
            (
                Event::PersonRecorded,
                r#"{"person":"1001","accounts":["li"],"grants":[{"role":"clerk","branch":"0012","from":"2026-01-01","to":null},{"role":"hq-staff","branch":null,"from":"2026-01-01","to":"2026-06-30"}]}"#
                    .to_owned(),
            ),
        ] {
            let body = Body::from_json(event, &json).unwrap();
            assert_eq!(body.to_json().unwrap(), json);
            let belongs = event != Event::PersonRecorded;
            assert_eq!(body.case_step().is_some(), belongs, "{json}");
        }
    }
}
