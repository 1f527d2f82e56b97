//! Descriptions (著录): what is known of a record, put right by whoever looks at it again.

use domain::{Actor, RecordId, Via};
use entries::{Body, Draft, RecordCorrected};
use journal::{described, filed_with};
use policy::case::Workflow as _;
use policy::description::{Command, Described, Description, PROCEDURE};

use crate::cases::{own, with_grounds};
use crate::{Archive, ArchiveError};

impl Archive {
    /// Puts right what is known of a record: what is `None` stays. What was known before stays in
    /// the ledger, and in the sealed bag for ever.
    ///
    /// # Errors
    /// Whoever acts may not, it changes nothing or what is its task's, or it cannot be entered.
    pub async fn correct_description(
        &self,
        record: RecordId,
        now: Description,
        reason: &str,
        (actor, via): (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let facts = self.filed(record)?.body.facts;
        if let Some(client) = &now.client
            && let Some(refusal) = self.strange_client(client)?
        {
            return Err(ArchiveError::Refused(refusal));
        }
        let command = Command {
            now,
            reason: reason.to_owned(),
        };
        let (actor, via) = (actor.clone(), via.clone());
        self.enter_and_tell(move |id, view, ruling| {
            let (lookup, day) = (view.lookup(), view.at().china_day());
            let known = lookup.described(record)?;
            let known = known.unwrap_or_else(|| filed_with(&facts));
            let flow = known.flow.as_ref().map(|flow| lookup.flow(flow));
            let flow = flow.transpose()?.flatten();
            let state = Described {
                has_task: flow.is_some_and(|(_, flow)| flow.holds(record)),
                known,
            };
            let seat = (PROCEDURE, &own(&facts.branch));
            let by = (&actor, &via);
            let ((event, person), known) =
                with_grounds(lookup, (ruling, day), seat, by, |acting, grounds| {
                    let event = state.decide(&command, acting, &grounds)?;
                    Ok((event, acting.person.id.clone()))
                })?;
            let before = state.known.clone();
            let reason = event.reason.clone();
            let now = state.clone().apply(&event).known;
            let draft = Draft {
                id,
                actor: known,
                via: via.clone(),
                body: Body::RecordCorrected(RecordCorrected {
                    record,
                    branch: facts.branch.clone(),
                    by: person,
                    reason,
                    before: described(before),
                    now: described(now),
                }),
                rules: ruling.name.clone(),
            };
            Ok((draft, ()))
        })
        .await
    }
}
