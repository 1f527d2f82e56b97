//! Verification (资料审核与验证, R06, R14, R19): whether the documents of a business are true,
//! accurate and complete, looked at before they are handed over on T. It is not the review of the
//! images (R29), and intake never waits for it.

use std::collections::BTreeSet;

use domain::{BusinessDate, FlowNo, FondsId, PersonId};
use serde::{Deserialize, Serialize};

use super::{Command, Event, Flow, HANDLER, VERIFIER};
use crate::authority::Signature;
use crate::case::{Acting, Grounds};
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

/// By what documents are verified (审核方式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// Against the counter guide (柜台操作指南, R06).
    CounterGuide,
    /// Against the original documents (核对原件).
    Originals,
    /// With an identity-card reader (身份证阅读器, R87).
    IdReader,
    /// With the public-security check of identities (公安身份核查, R87).
    PoliceCheck,
    /// By calling the client back (回访).
    Callback,
    /// By comparing seals and signatures with those on file (核对印鉴, R88).
    Specimen,
}

impl Means {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::CounterGuide,
        Self::Originals,
        Self::IdReader,
        Self::PoliceCheck,
        Self::Callback,
        Self::Specimen,
    ];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CounterGuide => "counter-guide",
            Self::Originals => "originals",
            Self::IdReader => "id-reader",
            Self::PoliceCheck => "police-check",
            Self::Callback => "callback",
            Self::Specimen => "specimen",
        }
    }
}

/// What a verification came to (审核结论).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// True, accurate and complete.
    InOrder,
    /// Something is wrong or missing; to be verified again.
    Defective,
}

impl Found {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InOrder => "in-order",
            Self::Defective => "defective",
        }
    }
}

/// The last verification of a flow's documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// By what.
    pub means: BTreeSet<Means>,
    /// What was found.
    pub found: Found,
    /// Who verified.
    pub person: PersonId,
    /// When.
    pub day: BusinessDate,
}

/// What is signed for a verification: these lines, in UTF-8, each ended by LF; the means in their
/// order, with commas between.
#[must_use]
pub fn verification_statement(
    fonds: FondsId,
    flow: &FlowNo,
    (means, found): (&BTreeSet<Means>, Found),
) -> String {
    let means: Vec<&str> = means.iter().map(|means| means.as_str()).collect();
    let (means, found) = (means.join(","), found.as_str());
    format!("vouchsafe-verification/1\n{fonds}\n{flow}\n{means}\n{found}\n")
}

impl Flow {
    /// Whether its documents were found in order, as it stands.
    #[must_use]
    pub fn is_in_order(&self) -> bool {
        let verified = self.verified.as_ref();
        verified.is_some_and(|verified| verified.found == Found::InOrder)
    }

    /// Decides what a verification of its documents came to.
    pub(super) fn decide_verification(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Event, Refusal> {
        let Command::Verify {
            means,
            found,
            reason,
            handler,
            content,
        } = command
        else {
            return Err(self.wrong_state("a verification"));
        };
        // The counter system names whoever handled the business: their act is the flow itself.
        let Some(handler) = handler else {
            return Err(Refusal::new(
                RefusalCode::NobodysAccount,
                &["R19"],
                "a business that was handled under nobody's account",
                "an operator who is recorded; `vouchsafe import people`",
            ));
        };
        let acted = Signature {
            position: HANDLER.to_owned(),
            person: handler.clone(),
            day: grounds.day,
            content: *content,
            assurance: by.assurance,
        };
        let signature = grounds.sign(VERIFIER, by, *content, &[acted])?;
        self.known()?;
        if self.is_in_order() {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                &["R19"],
                "documents that were found in order",
                "documents that nobody has verified, or that were found defective",
            ));
        }
        if means.is_empty() {
            return Err(Refusal::new(
                RefusalCode::OtherContent,
                &["R06", "R19"],
                "a verification by nothing",
                "by what the documents were verified",
            ));
        }
        let reason = match found {
            Found::InOrder => None,
            Found::Defective => Some(demand_reason(reason.as_deref().unwrap_or_default())?),
        };
        Ok(Event::Verified {
            means: means.clone(),
            found: *found,
            reason,
            signature,
        })
    }
}
