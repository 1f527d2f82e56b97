//! What is done about clients: who has them, and how what is known of them changes.

use domain::{BranchCode, BusinessDate, CaseId, ClientNo, Digest, FlowNo, PersonId};
use serde::{Deserialize, Serialize};

use crate::{ClientRecorded, Detail, SheetRef, Signed};

/// The body of `client.claimed` (客户归属登记, R85): somebody claims a client. The first claim holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientClaimed {
    /// The client.
    pub client: ClientNo,
    /// The branch that the client belongs to.
    pub branch: BranchCode,
    /// Who claims them. Signed are the lines `vouchsafe-claim/1`, fonds, client, person, each
    /// ended by LF.
    pub signature: Signed,
}

/// The body of `client.given` (客户归属调整, R85): a manager gave a client to a later claimant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientGiven {
    /// The client.
    pub client: ClientNo,
    /// The branch that the client belongs to.
    pub branch: BranchCode,
    /// To whom.
    pub to: PersonId,
    /// Why. It names no client and no document.
    pub reason: String,
    /// The manager, over what the claimant signed.
    pub signature: Signed,
}

/// The body of `change.asked` (客户资料修改申请, R86 to R92).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeAsked {
    /// The sheet that its flow stands in.
    pub sheet: SheetRef,
    /// The flow that it rests on: a flow has one change at a time.
    pub flow: FlowNo,
    /// What changes, by the names of a client table's columns.
    pub fields: Vec<String>,
    /// By what the client was identified (R87).
    pub identified: Vec<String>,
    /// Who has signed the application (R88).
    pub signed: Vec<String>,
    /// Where the change is sent (R91).
    pub sync: Vec<String>,
    /// The keyed hash of the card that it was made from: it holds only while that one does.
    pub was: Digest,
    /// The client as the ledger may say it, once this holds.
    pub now: ClientRecorded,
    /// The card as it is to be, sealed: a JSON object, ended by LF.
    pub card: Detail,
    /// Who submitted it. Signed are the lines `vouchsafe-information-change/1`, fonds, flow,
    /// client, the fields with commas between, and the keyed hash of the card, each ended by LF.
    pub signature: Signed,
}

/// The body of `change.confirmed` (客户资料修改复核): from here on it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeConfirmed {
    /// The flow that it rests on.
    pub flow: FlowNo,
    /// The client.
    pub client: ClientNo,
    /// The branch where it was asked for.
    pub branch: BranchCode,
    /// The second person, over what the first signed.
    pub signature: Signed,
}

/// The body of `change.rejected` (复核退回) and `change.withdrawn` (撤回): nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeEnded {
    /// The flow that it rested on.
    pub flow: FlowNo,
    /// The client.
    pub client: ClientNo,
    /// The branch where it was asked for.
    pub branch: BranchCode,
    /// Who said so.
    pub by: PersonId,
    /// Why. It names no client and no document.
    pub reason: String,
}

/// The body of `finding.reported` (问题登记, R120).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingReported {
    /// The finding.
    pub finding: CaseId,
    /// The branch that it concerns.
    pub branch: BranchCode,
    /// What it is about, by its id or number.
    pub about: String,
    /// What is missing or wrong. It names no client and no document.
    pub what: String,
    /// Who is to mend it.
    pub owner: PersonId,
    /// By the end of which day.
    pub due: BusinessDate,
    /// Who reported it.
    pub by: PersonId,
}

/// The body of `finding.mended` (整改完成) and `finding.dismissed` (核销).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingEnded {
    /// The finding.
    pub finding: CaseId,
    /// The branch that it concerns.
    pub branch: BranchCode,
    /// Who said so.
    pub by: PersonId,
    /// How it was mended, or why there is nothing to mend. It names no client and no document.
    pub said: String,
}

#[cfg(test)]
mod tests {
    use crate::{Body, Event};

    const DIGEST: &str = "3b1f7b0f3c2b1a09f8e7d6c5b4a3928170615243342516070809a0b0c0d0e0f0";
    const CASE: &str = "01M808CKBJQB7C81AEMMK9PZ40";

    /// The stored text of each body: what it says today it says for ever.
    #[test]
    fn bodies_are_stored_in_one_way() {
        let signed = |position: &str| {
            format!(
                r#"{{"position":"{position}","person":"1001","day":"2026-11-23","content":"{DIGEST}","assurance":"asserted"}}"#
            )
        };
        let (claimant, manager) = (signed("claimant"), signed("manager"));
        let (maker, checker) = (signed("maker"), signed("checker"));
        let sheet = r#""sheet":{"branch":"0012","business_date":"2026-11-20","number":0}"#;
        let client = format!(
            r#"{{"client":"8800012345","branch":"0012","kind":"person","masked":"张*三","id_valid_to":null,"lacks":["portrait"],"name_hmac":"{DIGEST}","id_hmac":"{DIGEST}","card_hmac":"{DIGEST}"}}"#
        );
        let card = format!(
            r#"{{"object":{{"name":"{CASE}.detail.1","epoch":0,"header_sha256":"{DIGEST}","payload_sha256":"{DIGEST}","payload_size_bytes":33312}},"commitment":"{DIGEST}"}}"#
        );
        let whose = r#""client":"8800012345","branch":"0012""#;
        let on = format!(r#""flow":"L1",{whose}"#);
        for (event, json) in [
            (
                Event::ClientClaimed,
                format!(r#"{{{whose},"signature":{claimant}}}"#),
            ),
            (
                Event::ClientGiven,
                format!(r#"{{{whose},"to":"1003","reason":"客户要求","signature":{manager}}}"#),
            ),
            (
                Event::ChangeAsked,
                format!(
                    r#"{{{sheet},"flow":"L1","fields":["phone"],"identified":["id-reader"],"signed":["client"],"sync":[],"was":"{DIGEST}","now":{client},"card":{card},"signature":{maker}}}"#
                ),
            ),
            (
                Event::ChangeConfirmed,
                format!(r#"{{{on},"signature":{checker}}}"#),
            ),
            (
                Event::ChangeRejected,
                format!(r#"{{{on},"by":"1002","reason":"与原件不符"}}"#),
            ),
            (
                Event::ChangeWithdrawn,
                format!(r#"{{{on},"by":"1001","reason":"客户撤回"}}"#),
            ),
            (
                Event::FindingReported,
                format!(
                    r#"{{"finding":"{CASE}","branch":"0012","about":"flow L1","what":"缺签名","owner":"1001","due":"2026-11-27","by":"1002"}}"#
                ),
            ),
            (
                Event::FindingMended,
                format!(r#"{{"finding":"{CASE}","branch":"0012","by":"1001","said":"已补签"}}"#),
            ),
            (
                Event::FindingDismissed,
                format!(r#"{{"finding":"{CASE}","branch":"0012","by":"1003","said":"在背面"}}"#),
            ),
        ] {
            let body = Body::from_json(event, &json).unwrap();
            assert_eq!(body.to_json().unwrap(), json);
            assert!(body.case_step().is_none(), "{json}");
        }
    }
}
