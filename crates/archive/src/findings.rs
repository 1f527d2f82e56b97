//! Findings (问题整改, R120): reported by anybody of the firm, mended by whoever owns them.

use domain::{Actor, BranchCode, CaseId, Via};
use entries::{Body, Draft, FindingEnded, FindingReported};
use journal::{JournalError, Lookup};
use policy::case::Workflow as _;
use policy::finding::{Command, Defect, Ended, Event, Finding, PROCEDURE};
use policy::refusal::{Refusal, RefusalCode};

use crate::cases::{own, with_grounds};
use crate::{Archive, ArchiveError};

impl Archive {
    /// A finding as it stands.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn finding(&self, finding: CaseId) -> Result<Finding, ArchiveError> {
        Ok(Lookup::of(self.catalog()).finding(finding)?)
    }

    /// The findings that are open, of one branch or of all.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn open_findings(
        &self,
        branch: Option<&BranchCode>,
    ) -> Result<Vec<(CaseId, Finding)>, ArchiveError> {
        Ok(Lookup::of(self.catalog()).open_findings(branch)?)
    }

    /// Reports what is missing or wrong. Says the finding.
    ///
    /// # Errors
    /// Whoever acts may not, nobody is recorded to mend it, its day has passed, or it cannot be
    /// entered.
    pub async fn report_finding(
        &self,
        defect: Defect,
        by: (&Actor, &Via),
    ) -> Result<CaseId, ArchiveError> {
        let today = self.clock.now().china_day();
        if let Some(refusal) = self.strange_branch(&defect.branch, today)? {
            return Err(ArchiveError::Refused(refusal));
        }
        let finding = CaseId::from_bits(self.fresh_bits()?);
        let command = Command::Report(Box::new(defect));
        self.act_on_finding(finding, command, by).await?;
        Ok(finding)
    }

    /// Says that it is mended, and how.
    ///
    /// # Errors
    /// It is not open, is somebody else's to mend, or it cannot be entered.
    pub async fn mend_finding(
        &self,
        finding: CaseId,
        how: &str,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let how = how.to_owned();
        self.act_on_finding(finding, Command::Mend { how }, by)
            .await
    }

    /// Says that there is nothing to mend, and why.
    ///
    /// # Errors
    /// It is not open, whoever acts may not, or it cannot be entered.
    pub async fn dismiss_finding(
        &self,
        finding: CaseId,
        reason: &str,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let reason = reason.to_owned();
        self.act_on_finding(finding, Command::Dismiss { reason }, by)
            .await
    }

    async fn act_on_finding(
        &self,
        finding: CaseId,
        command: Command,
        (actor, via): (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let (actor, via) = (actor.clone(), via.clone());
        self.enter_and_tell(move |id, view, ruling| {
            let (lookup, day) = (view.lookup(), view.at().china_day());
            let state = lookup.finding(finding)?;
            let known = state.defect.as_ref().map(|(defect, _)| &defect.branch);
            let branch = match (&command, known) {
                (Command::Report(defect), _) => defect.branch.clone(),
                (_, Some(branch)) => branch.clone(),
                (_, None) => {
                    return Err(JournalError::refused(Refusal::new(
                        RefusalCode::WrongState,
                        &["R120"],
                        format!("finding {finding}, that nobody reported"),
                        "a finding that is open; `vouchsafe finding` lists them",
                    )));
                }
            };
            let seat = (PROCEDURE, &own(&branch));
            let by = (&actor, &via);
            let ((event, person), known) =
                with_grounds(lookup, (ruling, day), seat, by, |acting, grounds| {
                    let event = state.decide(&command, acting, &grounds)?;
                    Ok((event, acting.person.id.clone()))
                })?;
            let draft = Draft {
                id,
                actor: known,
                via: via.clone(),
                body: match event {
                    Event::Reported { defect, by } => Body::FindingReported(FindingReported {
                        finding,
                        branch,
                        about: defect.about,
                        what: defect.what,
                        owner: defect.owner,
                        due: defect.due,
                        by,
                    }),
                    Event::Ended { how, said } => {
                        let ended = FindingEnded {
                            finding,
                            branch,
                            by: person,
                            said,
                        };
                        match how {
                            Ended::Mended => Body::FindingMended(ended),
                            Ended::Dismissed => Body::FindingDismissed(ended),
                        }
                    }
                },
                rules: ruling.name.clone(),
            };
            Ok((draft, ()))
        })
        .await
    }
}
