//! A branch's day: reconciled by those who handled it, and closed.

use domain::{BranchCode, BusinessDate, FlowNo, LoginName, RecordId};
use serde::{Deserialize, Serialize};

use crate::Signed;

/// Why flows and tasks still owe something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingExplained {
    /// The flows with the numbers of their tasks; none of a flow for which nobody has made one.
    pub tasks: Vec<(FlowNo, Vec<u16>)>,
    /// Why. It names no client and no document.
    pub reason: String,
}

/// Why records stand for no task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurplusExplained {
    /// The records.
    pub records: Vec<RecordId>,
    /// Why. It names no client and no document.
    pub reason: String,
}

/// The body of `day.reconciled` (日终勾对, R26). Signed are the lines `vouchsafe-reconciliation/1`,
/// fonds, branch, day, account, then for each flow in the order of their numbers `FLOW cancelled`
/// or `FLOW`, and behind it for each of its tasks `FLOW/NUMBER class standing record`, the record
/// being `-` where there is none; each line ended by LF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayReconciled {
    /// The branch.
    pub branch: BranchCode,
    /// The day.
    pub business_date: BusinessDate,
    /// The account whose flows they are.
    pub operator: LoginName,
    /// How many flows.
    pub flows: u32,
    /// How many tasks.
    pub tasks: u32,
    /// Why each difference is there.
    pub missing: Vec<MissingExplained>,
    /// Who answers for it.
    pub signature: Signed,
}

/// The body of `day.closed` (日终办结). Signed are the lines `vouchsafe-day/1`, fonds, branch, day,
/// then `account SHA-256` of each account's statement in the order of the accounts; each ended by
/// LF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayClosed {
    /// The branch.
    pub branch: BranchCode,
    /// The day.
    pub business_date: BusinessDate,
    /// Why records stood for no task when it was closed.
    pub surplus: Vec<SurplusExplained>,
    /// Who closed it.
    pub signature: Signed,
}

#[cfg(test)]
mod tests {
    use crate::{Body, Event};

    const DIGEST: &str = "3b1f7b0f3c2b1a09f8e7d6c5b4a3928170615243342516070809a0b0c0d0e0f0";
    const RECORDS: &str = r#""01M808CKBJQB7C81AEMMK9PZ40","01M808CKBJBSGT3J010925Y2S6""#;

    fn signed(position: &str) -> String {
        format!(
            r#"{{"position":"{position}","person":"1001","day":"2026-11-23","content":"{DIGEST}","assurance":"asserted"}}"#
        )
    }

    /// The stored text of each body: what it says today it says for ever.
    #[test]
    fn bodies_are_stored_in_one_way() {
        let (by_clerk, by_head) = (signed("reconciler"), signed("closer"));
        let day = r#""branch":"0012","business_date":"2026-11-20""#;
        let reconciled = |flows: u32, tasks: u32, missing: &str| {
            let json = format!(
                r#"{{{day},"operator":"li","flows":{flows},"tasks":{tasks},"missing":{missing},"signature":{by_clerk}}}"#
            );
            (Event::DayReconciled, json)
        };
        let closed = |surplus: &str| {
            let json = format!(r#"{{{day},"surplus":{surplus},"signature":{by_head}}}"#);
            (Event::DayClosed, json)
        };
        let explained = format!(r#"[{{"records":[{RECORDS}],"reason":"次日处理"}}]"#);
        for (event, json) in [
            reconciled(0, 0, "[]"),
            // Of a flow without a task its number alone.
            reconciled(
                3,
                7,
                r#"[{"tasks":[["L1",[2,3]],["L2",[]]],"reason":"客户次日补交"},{"tasks":[["L3",[1]]],"reason":"明日扫描"}]"#,
            ),
            closed("[]"),
            closed(&explained),
        ] {
            let body = Body::from_json(event, &json).unwrap();
            assert_eq!(body.to_json().unwrap(), json);
            assert!(body.case_step().is_none(), "{json}");
        }
    }

    #[test]
    fn what_is_signed_by_nobody_is_no_body() {
        let day = r#""branch":"0012","business_date":"2026-11-20""#;
        for (event, json) in [
            (
                Event::DayReconciled,
                format!(r#"{{{day},"operator":"li","flows":1,"tasks":1,"missing":[]}}"#),
            ),
            (Event::DayClosed, format!(r#"{{{day},"surplus":[]}}"#)),
            (
                Event::DayClosed,
                format!(
                    r#"{{{day},"surplus":[{{"records":[]}}],"signature":{}}}"#,
                    signed("closer")
                ),
            ),
        ] {
            assert!(Body::from_json(event, &json).is_err(), "{json}");
        }
    }
}
