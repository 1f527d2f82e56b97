//! Images against tasks: what a record is filed for, who reviewed it, and what became of those that
//! stand against no task.

use domain::{
    AccountNo, BranchCode, BusinessDate, ClassCode, ClientNo, FlowNo, PersonId, RecordId,
};
use serde::{Deserialize, Serialize};

use crate::{SheetRef, Signed};

/// A task by its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRef {
    /// The sheet that the flow stands in.
    pub sheet: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// Its number there.
    pub task: u16,
}

/// By what a record was matched with its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchedBy {
    /// The flow number that was given or stands on it.
    FlowNumber,
    /// A flow number that was read almost so, and is no other's.
    FlowNumberNear,
    /// The client, of whose open tasks one alone is for such a document.
    Client,
}

/// Why a record stands against no task. The codes are stored and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoTask {
    /// No flow number and no client by whom a task could be found.
    Unmatched,
    /// The counter system has said nothing of its flow.
    NoFlow,
    /// Its flow is another branch's.
    OtherBranch,
    /// Its flow is another client's.
    WrongClient,
    /// Its flow owes no such document, or not any more.
    NoSuchTask,
    /// The task that it is for has its image already.
    HasImage,
    /// Its flow owes several documents, and which one it is cannot be told.
    Ambiguous,
    /// Another record has the same bytes.
    Repeated,
    /// Whoever took it in may not scan at the branch.
    NotPermitted,
}

impl NoTask {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::Unmatched,
        Self::NoFlow,
        Self::OtherBranch,
        Self::WrongClient,
        Self::NoSuchTask,
        Self::HasImage,
        Self::Ambiguous,
        Self::Repeated,
        Self::NotPermitted,
    ];

    /// Its stored code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unmatched => "unmatched",
            Self::NoFlow => "no-flow",
            Self::OtherBranch => "other-branch",
            Self::WrongClient => "wrong-client",
            Self::NoSuchTask => "no-such-task",
            Self::HasImage => "has-image",
            Self::Ambiguous => "ambiguous",
            Self::Repeated => "repeated",
            Self::NotPermitted => "not-permitted",
        }
    }

    /// What somebody should do about it.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Unmatched => "match it by hand, or scan again so that the numbers can be read",
            Self::NoFlow => "take the counter system's flows over, or correct the flow number",
            Self::OtherBranch => "compare the flow number; another branch scans its own vouchers",
            Self::WrongClient => {
                "compare client and flow number with the paper, and match it by hand"
            }
            Self::NoSuchTask => "add a task with `vouchsafe task add`, or reject it",
            Self::HasImage => {
                "reject it; or let the reviewer send the first image back, then match it"
            }
            Self::Ambiguous => "match it by hand with the task that it is for",
            Self::Repeated => "reject it, or say for which document it was scanned again",
            Self::NotPermitted => "let a clerk of the branch match it",
        }
    }
}

/// What a record was filed for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Filing {
    /// A task, which its image now stands for (R25).
    Task {
        /// The task.
        at: TaskRef,
        /// By what it was found.
        by: MatchedBy,
        /// Who scanned. Signed are the lines `vouchsafe-image/1`, fonds, `FLOW/NUMBER`, record,
        /// SHA-256 of the bag's tagmanifest, each ended by LF.
        signature: Signed,
    },
    /// None: it waits for a person.
    Open {
        /// Why.
        why: NoTask,
    },
}

/// The body of `record.assigned` (异常件人工匹配): a person has matched a record with a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAssigned {
    /// The record.
    pub record: RecordId,
    /// The branch that the record belongs to.
    pub branch: BranchCode,
    /// The task.
    pub at: TaskRef,
    /// Why. It names no client and no document.
    pub reason: String,
    /// Who answers for the image, as in [`Filing::Task`].
    pub signature: Signed,
    /// All that is known of the record now, as its task says it. Entries before corrections were
    /// made have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Described>,
}

/// The body of `record.kept` (异常件留存) and `record.rejected` (异常件退回). The record stays
/// readable in both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordSettled {
    /// The record.
    pub record: RecordId,
    /// The branch that the record belongs to.
    pub branch: BranchCode,
    /// Who said so.
    pub by: PersonId,
    /// Why. It names no client and no document.
    pub reason: String,
}

/// The body of `record.rescanned` (异常件重扫): another scan has taken its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRescanned {
    /// The record.
    pub record: RecordId,
    /// The branch that the record belongs to.
    pub branch: BranchCode,
    /// Who said so.
    pub by: PersonId,
    /// The record that took its place.
    pub instead: RecordId,
}

/// What is known of a record and may be put right (著录项). What is not named is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// The client (客户号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientNo>,
    /// The class (资料类别).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassCode>,
    /// The flow (业务流水号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowNo>,
    /// The day of the business (业务日期).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_date: Option<BusinessDate>,
    /// The account (账户).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountNo>,
    /// The name of the document (文件名称).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_name: Option<String>,
}

/// The body of `record.corrected` (著录更正). The bag keeps what was known when it was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordCorrected {
    /// The record.
    pub record: RecordId,
    /// The branch that the record belongs to.
    pub branch: BranchCode,
    /// Who said so.
    pub by: PersonId,
    /// Why. It names no client and no document.
    pub reason: String,
    /// All that was known; what was unknown is not named.
    pub before: Described,
    /// All that is known now.
    pub now: Described,
}

/// The body of `task.shared` (资料共用, R24): a document that is kept already serves a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskShared {
    /// The task.
    pub at: TaskRef,
    /// The record of the document, which stands for another task.
    pub record: RecordId,
    /// Until when the document is valid; none where it is for good.
    pub valid_to: Option<BusinessDate>,
    /// Who said so.
    pub by: PersonId,
    /// Why. It names no client and no document.
    pub reason: String,
}

/// The body of `flow.verified` (资料审核, R19).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowVerified {
    /// The sheet that the flow stands in.
    pub sheet: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// By what its documents were verified: `counter-guide`, `originals`, `id-reader`,
    /// `police-check`, `callback`, `specimen`.
    pub means: Vec<String>,
    /// `in-order` or `defective`.
    pub found: String,
    /// What is wrong, where something is. It names no client and no document.
    pub reason: Option<String>,
    /// Who verified. Signed are the lines `vouchsafe-verification/1`, fonds, flow, the means with
    /// commas between, and what was found, each ended by LF.
    pub signature: Signed,
}

/// The body of `review.passed` (复核通过, R29).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPassed {
    /// The task.
    pub at: TaskRef,
    /// The record of its image.
    pub record: RecordId,
    /// Who reviewed, over what the scanner signed.
    pub signature: Signed,
}

/// The body of `review.returned` (复核退回): the document is to be scanned again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewReturned {
    /// The task.
    pub at: TaskRef,
    /// The record of the image that was sent back.
    pub record: RecordId,
    /// Who sent it back.
    pub by: PersonId,
    /// Why. It names no client and no document.
    pub reason: String,
}

/// The body of `deadline.missed` (时限逾期): what stood open when its day had passed. Each task is
/// named once for each duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineMissed {
    /// The sheet that the flows stand in.
    pub sheet: SheetRef,
    /// What was to be done, as in the rules: `capture`, `review`.
    pub duty: String,
    /// The day by whose end it was due.
    pub due: BusinessDate,
    /// The flows with the numbers of their tasks; none of a flow for which nobody has made one.
    pub open: Vec<(FlowNo, Vec<u16>)>,
}

#[cfg(test)]
mod tests {
    use super::{MatchedBy, NoTask};
    use crate::{Body, Event};

    const DIGEST: &str = "3b1f7b0f3c2b1a09f8e7d6c5b4a3928170615243342516070809a0b0c0d0e0f0";
    const RECORD: &str = "01M808CKBJQB7C81AEMMK9PZ40";
    const OTHER: &str = "01M808CKBJBSGT3J010925Y2S6";
    /// A task by its place.
    const AT: &str = r#"{"sheet":{"branch":"0012","business_date":"2026-11-20","number":1},"flow":"L1","task":2}"#;

    fn signed(position: &str) -> String {
        format!(
            r#"{{"position":"{position}","person":"1001","day":"2026-11-23","content":"{DIGEST}","assurance":"asserted"}}"#
        )
    }

    fn demand_same(event: Event, json: &str) {
        let body = Body::from_json(event, json).unwrap();
        assert_eq!(body.to_json().unwrap(), json);
        assert!(body.case_step().is_none(), "{json}");
    }

    /// The stored text of each body: what it says today it says for ever.
    #[test]
    fn bodies_are_stored_in_one_way() {
        let (scanner, reviewer) = (signed("scanner"), signed("reviewer"));
        let whose = format!(r#""record":"{RECORD}","branch":"0012""#);
        for (event, json) in [
            (
                Event::RecordAssigned,
                format!(r#"{{{whose},"at":{AT},"reason":"流水号模糊","signature":{scanner}}}"#),
            ),
            (
                Event::RecordKept,
                format!(r#"{{{whose},"by":"1001","reason":"客户意见登记表"}}"#),
            ),
            (
                Event::RecordRejected,
                format!(r#"{{{whose},"by":"1001","reason":"空白页"}}"#),
            ),
            (
                Event::RecordRescanned,
                format!(r#"{{{whose},"by":"1001","instead":"{OTHER}"}}"#),
            ),
            (
                Event::ReviewPassed,
                format!(r#"{{"at":{AT},"record":"{RECORD}","signature":{reviewer}}}"#),
            ),
            (
                Event::ReviewReturned,
                format!(r#"{{"at":{AT},"record":"{RECORD}","by":"1002","reason":"签名不清"}}"#),
            ),
            (
                Event::RecordAssigned,
                format!(
                    r#"{{{whose},"at":{AT},"reason":"流水号模糊","signature":{scanner},"now":{{"client":"8800012345","class":"opening","flow":"L1","business_date":"2026-11-20","account":"A1","document_name":"开户申请表"}}}}"#
                ),
            ),
            (
                Event::RecordCorrected,
                format!(
                    r#"{{{whose},"by":"1002","reason":"客户号误读","before":{{"client":"8800012346"}},"now":{{"client":"8800012345","flow":"L1"}}}}"#
                ),
            ),
            (
                Event::TaskShared,
                format!(
                    r#"{{"at":{AT},"record":"{RECORD}","valid_to":"2031-05-01","by":"1001","reason":"证件未变更"}}"#
                ),
            ),
            (
                Event::FlowVerified,
                format!(
                    r#"{{"sheet":{{"branch":"0012","business_date":"2026-11-20","number":0}},"flow":"L1","means":["originals","police-check"],"found":"in-order","reason":null,"signature":{reviewer}}}"#
                ),
            ),
            (
                Event::DeadlineMissed,
                r#"{"sheet":{"branch":"0012","business_date":"2026-11-20","number":0},"duty":"capture","due":"2026-11-20","open":[["L1",[1,2]],["L2",[]]]}"#
                    .to_owned(),
            ),
        ] {
            demand_same(event, &json);
        }
    }

    /// A record, with what stands between the records that it repeats and the digest of its bag.
    fn filed(filing: &str, exception: &str) -> String {
        let unknown = |keys: [&str; 8]| keys.map(|key| format!(r#""{key}":"unknown","#)).concat();
        let described = unknown([
            "document_name",
            "account",
            "medium",
            "carrier",
            "rendition_of",
            "origin_system",
            "origin_id",
            "responsible_branch",
        ]);
        format!(
            r#"{{"record":"{RECORD}","batch":"{OTHER}","client":"8800012345","class":"id-copy","flow":"L1","business_date":"2026-11-20","branch":"0012","pages":1,{described}"responsible_person":"unknown","sensitivity":"unknown","identified_by":{{"client":"counter-system","flow":"barcode","business_date":"text"}},"exception":{exception},"originals":[{{"media_type":"image/tiff","sha256":"{DIGEST}","size_bytes":24355}}],"repeats":["{OTHER}"],{filing}"tagmanifest_sha256":"{DIGEST}","bag":{{"name":"{RECORD}.bag.1","epoch":0,"header_sha256":"{DIGEST}","payload_sha256":"{DIGEST}","payload_size_bytes":33312}},"derived":null,"reading":{{"engine":"tesseract 5.3.0 chi_sim+eng","confidence_mean_permille":864,"confinement":"landlock+seccomp"}}}}"#
        )
    }

    #[test]
    fn what_a_record_is_filed_for_stands_in_its_body() {
        let scanner = signed("scanner");
        for by in ["flow-number", "flow-number-near", "client"] {
            let task =
                format!(r#""filing":{{"is":"task","at":{AT},"by":"{by}","signature":{scanner}}},"#);
            demand_same(Event::RecordFiled, &filed(&task, "null"));
        }
        for why in NoTask::ALL {
            let open = format!(r#""filing":{{"is":"open","why":"{}"}},"#, why.as_str());
            demand_same(Event::RecordFiled, &filed(&open, "null"));
        }
    }

    /// Entries that were made before there were tasks, and those of branches that scan for none,
    /// say nothing of it.
    #[test]
    fn a_record_that_is_filed_for_nothing_is_stored_as_it_always_was() {
        demand_same(Event::RecordFiled, &filed("", "null"));
        let blank = r#"{"code":"blank","original":null,"page":1}"#;
        demand_same(Event::RecordExcepted, &filed("", blank));
        // Stored by the first version.
        let first = r#"{"record":"01M808CKBJQB7C81AEMMK9PZ40","batch":"01M808CKBJBSGT3J010925Y2S6","client":"8832990685","class":"unknown","flow":"LS20261105396668","business_date":"2026-11-05","branch":"0012","pages":1,"document_name":"unknown","account":"unknown","medium":"unknown","carrier":"unknown","rendition_of":"unknown","origin_system":"unknown","origin_id":"unknown","responsible_branch":"0012","responsible_person":"unknown","sensitivity":"unknown","identified_by":{"client":"barcode","flow":"barcode","business_date":"text"},"exception":null,"originals":[{"media_type":"image/tiff","sha256":"ea8d3cbbd64d6fd026e20322129a3976e00926ce02a0e24c098a5f1b1798bdd9","size_bytes":24355}],"repeats":[],"tagmanifest_sha256":"9f60e30a11599197a4959e0b0aa6a13f248be424ba361b298f0ece3bdf963c3f","bag":{"name":"01M808CKBJQB7C81AEMMK9PZ40.bag.1","epoch":0,"header_sha256":"9f69cf1a72cb3002c71fdbd08d8a15f37c4df9208641cb0d6260db68c378ebf4","payload_sha256":"678e905aa759c05b7e1668a4a80a165161e72a75c5b85cfa43a172173d673bb6","payload_size_bytes":33312},"derived":{"name":"01M808CKBJQB7C81AEMMK9PZ40.derived.1","epoch":0,"header_sha256":"c76a94a4c597d2aaa8bf9eedc5b44a6b2daf3626a5852b267371ade642b36694","payload_sha256":"eac441bdd5d8b686e08b30e1d6c673de868f3526e0465fd8506fee76fdf23a3c","payload_size_bytes":103984},"reading":{"engine":"tesseract 5.3.0 chi_sim+eng","confidence_mean_permille":864,"confinement":"landlock+seccomp"}}"#;
        demand_same(Event::RecordFiled, first);
        let null = filed(r#""filing":null,"#, "null");
        let body = Body::from_json(Event::RecordFiled, &null).unwrap();
        assert_eq!(body.to_json().unwrap(), filed("", "null"));
    }

    /// Codes are stored: whoever reads an old ledger finds them again.
    #[test]
    fn codes_stay_what_they_are() {
        let codes = [
            "unmatched",
            "no-flow",
            "other-branch",
            "wrong-client",
            "no-such-task",
            "has-image",
            "ambiguous",
            "repeated",
            "not-permitted",
        ];
        assert_eq!(NoTask::ALL.map(NoTask::as_str), codes);
        for code in NoTask::ALL {
            let stored = serde_json::to_string(&code).unwrap();
            assert_eq!(stored, format!("\"{}\"", code.as_str()));
            assert!(!code.hint().is_empty());
        }
        let by = [
            (MatchedBy::FlowNumber, "\"flow-number\""),
            (MatchedBy::FlowNumberNear, "\"flow-number-near\""),
            (MatchedBy::Client, "\"client\""),
        ];
        for (by, stored) in by {
            assert_eq!(serde_json::to_string(&by).unwrap(), stored);
        }
    }

    /// What an unknown word would come to is not guessed.
    #[test]
    fn what_is_no_filing_is_no_body() {
        let scanner = signed("scanner");
        for filing in [
            r#"{"is":"open","why":"lost"}"#.to_owned(),
            r#"{"is":"open"}"#.to_owned(),
            r#"{"why":"no-flow"}"#.to_owned(),
            format!(r#"{{"is":"task","at":{AT},"by":"client"}}"#),
            format!(r#"{{"is":"task","at":{AT},"by":"guess","signature":{scanner}}}"#),
            format!(r#"{{"is":"task","by":"client","signature":{scanner}}}"#),
        ] {
            let json = filed(&format!("\"filing\":{filing},"), "null");
            assert!(
                Body::from_json(Event::RecordFiled, &json).is_err(),
                "{filing}"
            );
        }
    }
}
