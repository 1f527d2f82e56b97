//! What somebody asks of a flow, and what has happened to it.

use std::collections::BTreeSet;

use domain::{BusinessDate, ClassCode, Digest, PersonId, RecordId};

use super::shared::KeptRecord;
use super::verification::{Found, Means};
use super::{
    FLOW_CORRECTION, FLOW_IMPORT, FlowFacts, IMAGE_REVIEW, Missed, TASK_CHANGE, VERIFICATION,
    WAIVER,
};
use crate::authority::Signature;

/// What somebody asks of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To take it over from the counter system.
    Record(FlowFacts),
    /// To put right what was taken over.
    Correct(FlowFacts),
    /// To say that it was cancelled.
    Cancel,
    /// To add a task that the template does not make.
    AddTask {
        /// The class of the document.
        class: ClassCode,
        /// Why.
        reason: String,
    },
    /// To put another task in the place of a wrong one.
    AdjustTask {
        /// The wrong one.
        number: u16,
        /// The class that is right.
        class: ClassCode,
        /// Why.
        reason: String,
    },
    /// To let a document that is kept already serve a task (资料共用, R24).
    Share {
        /// The task.
        number: u16,
        /// The document.
        kept: Box<KeptRecord>,
        /// Why.
        reason: String,
    },
    /// To say what the verification of its documents came to (审核, R19).
    Verify {
        /// By what they were verified.
        means: BTreeSet<Means>,
        /// What was found.
        found: Found,
        /// What is wrong with them, where something is.
        reason: Option<String>,
        /// Who handled the business, where that is known.
        handler: Option<PersonId>,
        /// SHA-256 of its [`super::verification_statement`].
        content: Digest,
    },
    /// To ask that a document be left out.
    AskWaiver {
        /// The task.
        number: u16,
        /// Why.
        reason: String,
        /// SHA-256 of its [`super::waiver_statement`].
        content: Digest,
    },
    /// To grant what was asked.
    GrantWaiver {
        /// The task.
        number: u16,
        /// SHA-256 of the statement that whoever grants has before them.
        content: Digest,
    },
    /// To say no to it: the document is owed as before.
    DenyWaiver {
        /// The task.
        number: u16,
        /// Why.
        reason: String,
    },
    /// To put an image where one is owed (R25, R28).
    Scan {
        /// The task.
        number: u16,
        /// The record of the image.
        record: RecordId,
        /// SHA-256 of its [`super::image_statement`].
        content: Digest,
    },
    /// To find an image in order (复核, R29).
    PassReview {
        /// The task.
        number: u16,
        /// SHA-256 of the statement about the image that whoever reviews has before them.
        content: Digest,
    },
    /// To send an image back: the document is to be scanned again.
    ReturnReview {
        /// The task.
        number: u16,
        /// Why.
        reason: String,
    },
}

/// What has happened to a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was taken over.
    Recorded {
        /// What the counter system says.
        facts: FlowFacts,
        /// A task for each of these, from number 1.
        tasks: Vec<ClassCode>,
    },
    /// It was corrected.
    Corrected {
        /// What holds now.
        facts: FlowFacts,
        /// Tasks that are not owed any more.
        withdrawn: Vec<u16>,
        /// New tasks, behind those there are.
        added: Vec<ClassCode>,
    },
    /// It was cancelled.
    Cancelled {
        /// Tasks that are not owed any more.
        withdrawn: Vec<u16>,
    },
    /// A task was added behind those there are.
    TaskAdded {
        /// Its class.
        class: ClassCode,
        /// Why.
        reason: String,
    },
    /// A task was replaced by one behind those there are.
    TaskAdjusted {
        /// Which one.
        number: u16,
        /// The class of the new one.
        class: ClassCode,
        /// Why.
        reason: String,
    },
    /// A document that is kept already serves a task.
    Shared {
        /// The task.
        number: u16,
        /// The record of the document.
        record: RecordId,
        /// Until when the document is valid; none where it is for good.
        valid_to: Option<BusinessDate>,
        /// Why.
        reason: String,
    },
    /// Its documents were verified.
    Verified {
        /// By what.
        means: BTreeSet<Means>,
        /// What was found.
        found: Found,
        /// What is wrong with them, where something is.
        reason: Option<String>,
        /// Who verified them.
        signature: Signature,
    },
    /// Somebody asks that a document be left out.
    WaiverAsked {
        /// The task.
        number: u16,
        /// The class of its document.
        class: ClassCode,
        /// Why.
        reason: String,
        /// The first signature.
        signature: Signature,
    },
    /// A second person has granted it.
    WaiverGranted {
        /// The task.
        number: u16,
        /// The second signature.
        signature: Signature,
    },
    /// A second person has said no.
    WaiverDenied {
        /// The task.
        number: u16,
        /// Why.
        reason: String,
    },
    /// An image was put where one was owed.
    Scanned {
        /// The task.
        number: u16,
        /// The record of the image.
        record: RecordId,
        /// Who put it there.
        signature: Signature,
    },
    /// An image was found in order.
    ReviewPassed {
        /// The task.
        number: u16,
        /// Who looked at it.
        signature: Signature,
    },
    /// An image was sent back.
    ReviewReturned {
        /// The task.
        number: u16,
        /// Why.
        reason: String,
    },
    /// Something was open when its day had passed. Nobody asks for that: it is found.
    Missed {
        /// What was not done.
        what: Missed,
        /// The tasks; 0 is the flow itself, that nobody had made a task of.
        numbers: Vec<u16>,
    },
}

impl Command {
    /// The procedure that says who may.
    #[must_use]
    pub const fn procedure(&self) -> &'static str {
        match self {
            Self::Record(_) => FLOW_IMPORT,
            Self::Correct(_) | Self::Cancel => FLOW_CORRECTION,
            Self::AddTask { .. } | Self::AdjustTask { .. } | Self::Share { .. } => TASK_CHANGE,
            Self::Verify { .. } => VERIFICATION,
            Self::AskWaiver { .. } | Self::GrantWaiver { .. } | Self::DenyWaiver { .. } => WAIVER,
            Self::Scan { .. } | Self::PassReview { .. } | Self::ReturnReview { .. } => IMAGE_REVIEW,
        }
    }
}
