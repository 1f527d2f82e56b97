//! Flows and their scan tasks: what the counter system said, and what the archive is owed for it.
//!
//! Flows stand in *sheets*: a handful of one branch and one business date, in one entry. A sheet
//! is where flows are kept, and nothing that anybody decides about.

use domain::{
    AccountNo, BranchCode, BusinessCode, BusinessDate, ClassCode, ClientNo, FlowNo, LoginName,
    PersonId,
};
use serde::{Deserialize, Serialize};

use crate::Signed;

/// The most flows of one sheet: an entry has at most 65,535 bytes.
pub const SHEET_FLOWS_MAX: usize = 30;

/// A sheet by where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SheetRef {
    /// The branch.
    pub branch: BranchCode,
    /// The business date.
    pub business_date: BusinessDate,
    /// Which of the sheets of that branch and day, from 0.
    pub number: u32,
}

/// By which way a business came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// At a counter, on paper.
    Counter,
    /// Online: its documents are born electronic.
    Online,
}

/// What the counter system says of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowSaid {
    /// The branch where it was done.
    pub branch: BranchCode,
    /// The day on which it was done.
    pub business_date: BusinessDate,
    /// The client.
    pub client: ClientNo,
    /// The account that it concerns, if one.
    pub account: Option<AccountNo>,
    /// Its type.
    pub business: BusinessCode,
    /// The account of the clerk who handled it.
    pub operator: LoginName,
    /// By which way it came.
    pub channel: Channel,
}

/// A flow as it was taken over. Branch and day are those of its sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowTaken {
    /// Its number.
    pub flow: FlowNo,
    /// The client.
    pub client: ClientNo,
    /// The account that it concerns, if one.
    pub account: Option<AccountNo>,
    /// Its type.
    pub business: BusinessCode,
    /// The account of the clerk who handled it.
    pub operator: LoginName,
    /// By which way it came.
    pub channel: Channel,
    /// A task for a document of each of these classes, numbered from 1.
    pub tasks: Vec<ClassCode>,
}

/// The body of `flows.recorded` (业务流水导入): flows that were not known, with the tasks that the
/// profile's templates make of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowsRecorded {
    /// The sheet that they make.
    pub sheet: SheetRef,
    /// The flows.
    pub flows: Vec<FlowTaken>,
}

/// The body of `flow.corrected` (业务流水更正): the counter system says something else than it
/// did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowCorrected {
    /// The sheet that the flow stood in.
    pub sheet: SheetRef,
    /// The sheet that it stands in now: another one if branch or day were wrong.
    pub to: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// What was said before.
    pub was: FlowSaid,
    /// What holds now.
    pub now: FlowSaid,
    /// Tasks that are not owed any more, by their numbers.
    pub withdrawn: Vec<u16>,
    /// The classes of new tasks, numbered on.
    pub added: Vec<ClassCode>,
}

/// The body of `flow.cancelled` (业务流水撤销).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowCancelled {
    /// The sheet that it stands in.
    pub sheet: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// Tasks that are not owed any more, by their numbers.
    pub withdrawn: Vec<u16>,
}

/// The body of `task.added` (采集任务增加, R27).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskAdded {
    /// The sheet that the flow stands in.
    pub sheet: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// The number of the new task.
    pub task: u16,
    /// The class of its document.
    pub class: ClassCode,
    /// Why. It names no client and no document.
    pub reason: String,
}

/// The body of `task.adjusted` (采集任务调整, R27): another task takes the place of a wrong one,
/// which stays readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskAdjusted {
    /// The sheet that the flow stands in.
    pub sheet: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// The number of the wrong task.
    pub task: u16,
    /// The class of its document.
    pub was: ClassCode,
    /// The number of the new task.
    pub by: u16,
    /// The class of its document.
    pub class: ClassCode,
    /// Why. It names no client and no document.
    pub reason: String,
}

/// The body of `waiver.asked` (豁免申请, R07, R22). Signed are the lines `vouchsafe-waiver/1`,
/// fonds, `FLOW/NUMBER`, class, reason, each ended by LF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverAsked {
    /// The sheet that the flow stands in.
    pub sheet: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// The task.
    pub task: u16,
    /// The class of its document.
    pub class: ClassCode,
    /// Why. It names no client and no document.
    pub reason: String,
    /// The first person's signature.
    pub signature: Signed,
}

/// The body of `waiver.granted` (豁免批准): the document is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverGranted {
    /// The sheet that the flow stands in.
    pub sheet: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// The task.
    pub task: u16,
    /// The second person's signature, over what the first one signed.
    pub signature: Signed,
}

/// The body of `waiver.denied` (豁免驳回): the document is owed as before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverDenied {
    /// The sheet that the flow stands in.
    pub sheet: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// The task.
    pub task: u16,
    /// Who said no.
    pub by: PersonId,
    /// Why. It names no client and no document.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::SHEET_FLOWS_MAX;
    use crate::{Body, Event};

    const DIGEST: &str = "3b1f7b0f3c2b1a09f8e7d6c5b4a3928170615243342516070809a0b0c0d0e0f0";

    fn sheet(number: u32) -> String {
        format!(r#"{{"branch":"0012","business_date":"2026-11-20","number":{number}}}"#)
    }

    /// The stored text of each body: what it says today it says for ever.
    #[test]
    fn bodies_are_stored_in_one_way() {
        let at = format!(r#""sheet":{},"flow":"L1""#, sheet(0));
        let said = |business: &str| {
            format!(
                r#"{{"branch":"0012","business_date":"2026-11-20","client":"8800012345","account":null,"business":"{business}","operator":"li","channel":"online"}}"#
            )
        };
        let (was, now, to) = (said("fund-business"), said("account-closing"), sheet(1));
        let signed = |position| {
            format!(
                r#"{{"position":"{position}","person":"1001","day":"2026-11-23","content":"{DIGEST}","assurance":"asserted"}}"#
            )
        };
        let (first, second) = (signed("requester"), signed("approver"));
        for (event, json) in [
            (
                Event::FlowsRecorded,
                format!(
                    r#"{{"sheet":{},"flows":[{{"flow":"L1","client":"8800012345","account":"A1","business":"fund-business","operator":"li","channel":"counter","tasks":["fund-voucher","id-copy"]}}]}}"#,
                    sheet(0)
                ),
            ),
            (
                Event::FlowCorrected,
                format!(
                    r#"{{"sheet":{},"to":{to},"flow":"L1","was":{was},"now":{now},"withdrawn":[1],"added":["asset-voucher"]}}"#,
                    sheet(0)
                ),
            ),
            (
                Event::FlowCancelled,
                format!(r#"{{{at},"withdrawn":[1,2]}}"#),
            ),
            (
                Event::TaskAdded,
                format!(r#"{{{at},"task":3,"class":"due-diligence","reason":"补"}}"#),
            ),
            (
                Event::TaskAdjusted,
                format!(
                    r#"{{{at},"task":1,"was":"fund-voucher","by":3,"class":"custody-voucher","reason":"有误"}}"#
                ),
            ),
            (
                Event::WaiverAsked,
                format!(
                    r#"{{{at},"task":2,"class":"id-copy","reason":"已留存","signature":{first}}}"#
                ),
            ),
            (
                Event::WaiverGranted,
                format!(r#"{{{at},"task":2,"signature":{second}}}"#),
            ),
            (
                Event::WaiverDenied,
                format!(r#"{{{at},"task":2,"by":"1003","reason":"已过期"}}"#),
            ),
        ] {
            let body = Body::from_json(event, &json).unwrap();
            assert_eq!(body.to_json().unwrap(), json);
            assert!(body.case_step().is_none(), "{json}");
        }
    }

    /// The longest codes, and more tasks than a template has: a full sheet fits into an entry.
    #[test]
    fn a_full_sheet_fits_into_an_entry() {
        let long = "9".repeat(64);
        let tasks = vec![format!("\"{long}\""); 20].join(",");
        let flow = format!(
            r#"{{"flow":"{long}","client":"{long}","account":"{long}","business":"{long}","operator":"{long}","channel":"counter","tasks":[{tasks}]}}"#
        );
        let flows = vec![flow; SHEET_FLOWS_MAX].join(",");
        let json = format!(r#"{{"sheet":{},"flows":[{flows}]}}"#, sheet(0));
        let body = Body::from_json(Event::FlowsRecorded, &json).unwrap();
        assert!(body.to_json().unwrap().len() < 60_000);
    }
}
