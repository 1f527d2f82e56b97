//! Findings (问题整改, R120) as they stand; those that are open are a fact of their own.

use domain::{BranchCode, CaseId};
use entries::{FindingEnded, FindingReported};
use policy::finding::{Defect, Ended, Event, Finding};

use crate::clients::{after, fact};
use crate::error::unreadable;
use crate::index::Fact;
use crate::sheets::Read;
use crate::{JournalError, Lookup};

const FINDINGS: &str = "finding/";
const OPEN: &str = "open-finding/";

fn key(finding: CaseId) -> Vec<u8> {
    format!("{FINDINGS}{finding}").into_bytes()
}

fn facts(
    (finding, branch): (CaseId, &BranchCode),
    event: &Event,
    read: Read<'_>,
) -> Result<Vec<Fact>, JournalError> {
    let key = key(finding);
    let state: Finding = after(&key, event, read)?;
    let open = format!("{OPEN}{branch}/{finding}").into_bytes();
    let is_open = state.is_open().then(Vec::new);
    Ok(vec![(open, is_open), fact(key, &state)?])
}

pub(crate) fn reported(body: &FindingReported, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let defect = Box::new(Defect {
        branch: body.branch.clone(),
        about: body.about.clone(),
        what: body.what.clone(),
        owner: body.owner.clone(),
        due: body.due,
    });
    let by = body.by.clone();
    let event = Event::Reported { defect, by };
    facts((body.finding, &body.branch), &event, read)
}

pub(crate) fn ended(
    body: &FindingEnded,
    how: Ended,
    read: Read<'_>,
) -> Result<Vec<Fact>, JournalError> {
    let said = body.said.clone();
    let event = Event::Ended { how, said };
    facts((body.finding, &body.branch), &event, read)
}

impl Lookup<'_> {
    /// A finding; the default is one that nobody reported.
    pub fn finding(self, finding: CaseId) -> Result<Finding, JournalError> {
        let stored = self.fact(&key(finding))?;
        stored.map_or_else(
            || Ok(Finding::default()),
            |bytes| serde_json::from_slice(&bytes).map_err(|_| unreadable("finding")),
        )
    }

    /// The findings that are open, of one branch or of all, oldest first within a branch.
    pub fn open_findings(
        self,
        branch: Option<&BranchCode>,
    ) -> Result<Vec<(CaseId, Finding)>, JournalError> {
        let prefix = branch.map_or_else(|| OPEN.to_owned(), |branch| format!("{OPEN}{branch}/"));
        let mut open = Vec::new();
        for (key, _) in self.with_prefix(&prefix)? {
            let finding = std::str::from_utf8(&key).ok();
            let finding = finding.and_then(|key| key.rsplit_once('/')?.1.parse().ok());
            let finding: CaseId = finding.ok_or_else(|| unreadable("finding"))?;
            open.push((finding, self.finding(finding)?));
        }
        Ok(open)
    }
}
