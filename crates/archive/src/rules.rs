//! The rules in force (现行规则): which profile and which calendars, by which case.

use std::sync::Arc;

use bytes::Bytes;
use domain::{Actor, BusinessDate, CaseId, Digest, Via, evidence_path};
use entries::{Body, CaseStep, RuleText, RulesConfirmed, RulesEnded, RulesProposed};
use journal::{JournalError, Lookup, signature, signed};
use policy::calendar::{Calendars, Notice};
use policy::case::{Acting, Grounds, Workflow as _};
use policy::profile::Profile;
use policy::refusal::Refusal;
use policy::rule_change::{
    Change, Command, Confirmed, Event, InForce, PROCEDURE, RuleChange, RuleGrounds,
};

use crate::cases::Recorded;
use crate::detail::TEXT;
use crate::{Archive, ArchiveError};

/// The rules in force on a day.
#[derive(Clone, Debug)]
pub struct RulesInForce {
    /// The profile; `None` while none was ever confirmed.
    pub profile: Option<(Confirmed, Arc<Profile>)>,
    /// The calendars that were confirmed, in the order in which each takes the place of those
    /// before it.
    pub notices: Vec<Confirmed>,
    /// The calendars, with the days on which the firm is closed.
    pub calendars: Calendars,
}

impl Archive {
    /// Proposes that a profile is in force from a day. `file` is what errors call its text.
    ///
    /// # Errors
    /// The text is no profile, whoever acts may not, or it cannot be entered.
    pub async fn propose_profile(
        &self,
        (file, text): (&str, &str),
        from: BusinessDate,
        by: (&Actor, &Via),
    ) -> Result<CaseId, ArchiveError> {
        let profile = Profile::parse(file, text)?;
        let change = Change::Profile {
            name: profile.name,
            version: profile.version,
            text: Digest::of(text.as_bytes()),
            valid_from: profile.valid_from,
            valid_to: profile.valid_to,
        };
        self.propose(change, text, from, by).await
    }

    /// Proposes that a notice of holidays is in force from a day. `file` is what errors call
    /// its text.
    ///
    /// # Errors
    /// The text is no notice, whoever acts may not, or it cannot be entered.
    pub async fn propose_calendar(
        &self,
        (file, text): (&str, &str),
        from: BusinessDate,
        by: (&Actor, &Via),
    ) -> Result<CaseId, ArchiveError> {
        let (first_year, last_year) = Notice::parse(file, text)?.years();
        let change = Change::Calendar {
            first_year,
            last_year,
            text: Digest::of(text.as_bytes()),
        };
        self.propose(change, text, from, by).await
    }

    async fn propose(
        &self,
        change: Change,
        text: &str,
        from: BusinessDate,
        by: (&Actor, &Via),
    ) -> Result<CaseId, ArchiveError> {
        self.demand_writing()?;
        self.begin_writing()?;
        let case = CaseId::from_bits(self.fresh_bits()?);
        let statement = change.statement(self.fonds.fonds, case, from);
        // Whoever reads the entry finds the text. One that nobody names in the end is small,
        // and says nothing of anybody.
        let path = evidence_path(change.text());
        let intent = format!("{TEXT}{}", change.text());
        self.catalog().put_intent(&intent)?;
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        self.stores.blobs.create(&path, bytes).await?;
        self.catalog().clear_intent(&intent)?;
        let command = Command::Propose {
            case,
            change,
            from,
            content: Digest::of(statement.as_bytes()),
        };
        self.act::<RuleChange>(case, &command, by).await?;
        Ok(case)
    }

    /// Confirms what was proposed, as it stands in the ledger.
    ///
    /// # Errors
    /// Whoever acts may not, there is no such case, or it cannot be entered.
    pub async fn confirm_rules(
        &self,
        case: CaseId,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let state = self.rule_change(case)?;
        // Who signs has read what is in the store; it must still be what was proposed.
        let Some(proposal) = state.proposal() else {
            return Err(ArchiveError::NoCase { case });
        };
        self.rule_text(proposal.change.text()).await?;
        let content = proposal.content;
        self.decide_rules(case, Command::Confirm { content }, by)
            .await
    }

    /// Says no to what was proposed.
    ///
    /// # Errors
    /// Whoever acts may not, there is no such case, or it cannot be entered.
    pub async fn reject_rules(
        &self,
        case: CaseId,
        reason: &str,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let reason = reason.to_owned();
        self.decide_rules(case, Command::Reject { reason }, by)
            .await
    }

    /// Takes back what was proposed.
    ///
    /// # Errors
    /// Whoever acts may not, there is no such case, or it cannot be entered.
    pub async fn withdraw_rules(
        &self,
        case: CaseId,
        reason: &str,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let reason = reason.to_owned();
        self.decide_rules(case, Command::Withdraw { reason }, by)
            .await
    }

    async fn decide_rules(
        &self,
        case: CaseId,
        command: Command,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        self.rule_change(case)?;
        self.act::<RuleChange>(case, &command, by).await?;
        Ok(())
    }

    /// How a change of rules stands.
    ///
    /// # Errors
    /// [`ArchiveError::NoCase`], or the catalog could not be read.
    pub fn rule_change(&self, case: CaseId) -> Result<RuleChange, ArchiveError> {
        let steps = Lookup::of(self.catalog()).case(case)?;
        match replayed(&steps) {
            RuleChange::NotBegun => Err(ArchiveError::NoCase { case }),
            state @ (RuleChange::Proposed(_) | RuleChange::Ended(..)) => Ok(state),
        }
    }

    /// Every change of rules that was proposed, oldest first.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn rule_changes(&self) -> Result<Vec<RuleChange>, ArchiveError> {
        let cases = Lookup::of(self.catalog()).cases()?;
        let states = cases.iter().map(|(_, steps)| replayed(steps));
        Ok(states
            .filter(|state| *state != RuleChange::NotBegun)
            .collect())
    }

    /// The text of a profile or a notice, as it was proposed.
    ///
    /// # Errors
    /// It is not in the store, or is not what its digest says.
    pub async fn rule_text(&self, text: Digest) -> Result<String, ArchiveError> {
        self.rulings().text(text).await
    }

    /// The rules in force on a day.
    ///
    /// # Errors
    /// The catalog or the store could not be read, or a text in force is not what it was.
    pub async fn rules_in_force(&self, day: BusinessDate) -> Result<RulesInForce, ArchiveError> {
        let confirmed = confirmed(Lookup::of(self.catalog()))?;
        let in_force = InForce {
            confirmed: &confirmed,
        };
        let mut joined = Calendars::built_in_notice()?;
        let mut notices = Vec::new();
        for one in in_force.calendars(day) {
            let text = one.change.text();
            let notice = Notice::parse(&text.to_string(), &self.rule_text(text).await?)?;
            joined = joined.followed_by(&notice)?;
            notices.push(one.clone());
        }
        let profile = match in_force.profile(day) {
            None => None,
            Some(one) => Some((one.clone(), self.profile(one).await?)),
        };
        let closures = profile
            .as_ref()
            .map(|(_, profile)| profile.closures.as_slice());
        Ok(RulesInForce {
            calendars: Calendars::of(&joined, closures.unwrap_or_default()),
            profile,
            notices,
        })
    }

    pub(crate) async fn profile(
        &self,
        confirmed: &Confirmed,
    ) -> Result<Arc<Profile>, ArchiveError> {
        self.rulings.profile(confirmed).await
    }
}

/// Every change of rules that was confirmed.
pub(crate) fn confirmed(lookup: Lookup<'_>) -> Result<Vec<Confirmed>, JournalError> {
    let bodies = lookup.confirmed_rules()?;
    Ok(bodies.into_iter().map(confirmed_of).collect())
}

fn confirmed_of(body: RulesConfirmed) -> Confirmed {
    Confirmed {
        sequence: body.sequence,
        case: body.case,
        change: change(body.change),
        from: body.from,
    }
}

fn replayed(steps: &[Body]) -> RuleChange {
    let events: Vec<Event> = steps.iter().filter_map(RuleChange::event).collect();
    RuleChange::replay(&events)
}

impl Recorded for RuleChange {
    const PROCEDURE: &'static str = PROCEDURE;

    fn event(body: &Body) -> Option<Event> {
        match body {
            Body::RulesProposed(body) => Some(Event::Proposed {
                case: body.case,
                change: change(body.change.clone()),
                from: body.from,
                signature: signature(&body.signature),
            }),
            Body::RulesConfirmed(body) => Some(Event::Confirmed {
                signature: signature(&body.signature),
                confirmed: confirmed_of(body.clone()),
            }),
            Body::RulesRejected(body) => Some(Event::Rejected {
                by: body.by.clone(),
                reason: body.reason.clone(),
            }),
            Body::RulesWithdrawn(body) => Some(Event::Withdrawn {
                by: body.by.clone(),
                reason: body.reason.clone(),
            }),
            Body::FondsCreated(_)
            | Body::BatchReceived(_)
            | Body::BatchInterrupted(_)
            | Body::BatchClosed(_)
            | Body::RecordFiled(_)
            | Body::RecordExcepted(_)
            | Body::RecordOpened(_)
            | Body::TextSearched(_)
            | Body::ActInterrupted(_)
            | Body::PersonRecorded(_)
            | Body::FlowsRecorded(_)
            | Body::FlowCorrected(_)
            | Body::FlowCancelled(_)
            | Body::TaskAdded(_)
            | Body::TaskAdjusted(_)
            | Body::WaiverAsked(_)
            | Body::WaiverGranted(_)
            | Body::WaiverDenied(_)
            | Body::RecordAssigned(_)
            | Body::RecordKept(_)
            | Body::RecordRejected(_)
            | Body::RecordRescanned(_)
            | Body::ReviewPassed(_)
            | Body::ReviewReturned(_)
            | Body::DeadlineMissed(_)
            | Body::DayReconciled(_)
            | Body::DayClosed(_)
            | Body::BranchesRecorded(_)
            | Body::ClientsRecorded(_)
            | Body::AccountsRecorded(_)
            | Body::RecordCorrected(_)
            | Body::TaskShared(_)
            | Body::FlowVerified(_)
            | Body::ClientClaimed(_)
            | Body::ClientGiven(_)
            | Body::ChangeAsked(_)
            | Body::ChangeConfirmed(_)
            | Body::ChangeRejected(_)
            | Body::ChangeWithdrawn(_)
            | Body::FindingReported(_)
            | Body::FindingMended(_)
            | Body::FindingDismissed(_) => None,
        }
    }

    fn body(event: &Event, CaseStep { case, step }: CaseStep) -> Body {
        match event {
            Event::Proposed {
                change,
                from,
                signature,
                ..
            } => Body::RulesProposed(RulesProposed {
                case,
                step,
                change: text_of(change),
                from: *from,
                signature: signed(signature),
            }),
            Event::Confirmed {
                signature,
                confirmed,
            } => Body::RulesConfirmed(RulesConfirmed {
                case,
                step,
                sequence: confirmed.sequence,
                change: text_of(&confirmed.change),
                from: confirmed.from,
                signature: signed(signature),
            }),
            Event::Rejected { by, reason } => Body::RulesRejected(RulesEnded {
                case,
                step,
                by: by.clone(),
                reason: reason.clone(),
            }),
            Event::Withdrawn { by, reason } => Body::RulesWithdrawn(RulesEnded {
                case,
                step,
                by: by.clone(),
                reason: reason.clone(),
            }),
        }
    }

    fn decide_in(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: Grounds<'_>,
        confirmed: &[Confirmed],
    ) -> Result<Event, Refusal> {
        let built_in = Calendars::built_in_notice().map_or((0, 0), |notice| notice.years());
        let last = confirmed.iter().filter_map(|one| match one.change {
            Change::Calendar { last_year, .. } => Some(last_year),
            Change::Profile { .. } => None,
        });
        let all = RuleGrounds {
            grounds,
            confirmed,
            years: (built_in.0, last.fold(built_in.1, i16::max)),
        };
        self.decide(command, by, &all)
    }
}

fn change(text: RuleText) -> Change {
    match text {
        RuleText::Profile {
            name,
            version,
            valid_from,
            valid_to,
            text,
        } => Change::Profile {
            name,
            version,
            text,
            valid_from,
            valid_to,
        },
        RuleText::Calendar {
            first_year,
            last_year,
            text,
        } => Change::Calendar {
            first_year,
            last_year,
            text,
        },
    }
}

fn text_of(change: &Change) -> RuleText {
    match change.clone() {
        Change::Profile {
            name,
            version,
            text,
            valid_from,
            valid_to,
        } => RuleText::Profile {
            name,
            version,
            valid_from,
            valid_to,
            text,
        },
        Change::Calendar {
            first_year,
            last_year,
            text,
        } => RuleText::Calendar {
            first_year,
            last_year,
            text,
        },
    }
}
