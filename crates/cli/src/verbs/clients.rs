//! What is done about clients: `client claim`, `give`, `change` and the answers to it.

use std::process::ExitCode;

use archive::{Archive, ArchiveError, AskedChange, ChangeAnswer, ChangeOf};
use domain::{Actor, FlowNo, Via};
use policy::claim::Claim;
use serde_json::json;

use crate::args::Common;
use crate::args::people::ClientVerb;
use crate::environment;
use crate::fail::Failure;
use crate::output;
use crate::verbs::reference;

/// `client VERB`.
pub async fn run(common: &Common, verb: &ClientVerb) -> Result<ExitCode, Failure> {
    let card = match verb {
        ClientVerb::Change { card, .. } => Some(reference::one_card(common, card)?),
        ClientVerb::Claim { .. }
        | ClientVerb::Give { .. }
        | ClientVerb::Changes { .. }
        | ClientVerb::Confirm { .. }
        | ClientVerb::Reject { .. }
        | ClientVerb::Withdraw { .. } => None,
    };
    let (archive, _) = environment::open(common).await?;
    if let ClientVerb::Changes { branch } = verb {
        let waiting = archive.changes_waiting(branch.as_ref());
        archive.end().await;
        for one in waiting? {
            show(common, &one);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (actor, via) = environment::actor(common)?;
    let done = act(&archive, verb, card, (&actor, &via)).await;
    archive.end().await;
    let (what, outcome) = done?;
    output::line(&if common.json {
        json!({"about": what, "outcome": outcome}).to_string()
    } else {
        format!("{what}  {outcome}")
    });
    Ok(ExitCode::SUCCESS)
}

async fn act(
    archive: &Archive,
    verb: &ClientVerb,
    card: Option<archive::SaidOfClient>,
    by: (&Actor, &Via),
) -> Result<(String, String), ArchiveError> {
    let answer = async |flow: &FlowNo, answer: ChangeAnswer, word: &str| {
        archive.answer_change(flow, &answer, by).await?;
        Ok((flow.to_string(), word.to_owned()))
    };
    match verb {
        ClientVerb::Claim { client } => {
            let claim = archive.claim_client(client, by).await?;
            Ok((client.to_string(), claimed(&claim)))
        }
        ClientVerb::Give { client, to, reason } => {
            let claim = archive.give_client(client, (to, reason), by).await?;
            Ok((client.to_string(), claimed(&claim)))
        }
        ClientVerb::Change {
            flow,
            fields,
            identified,
            signed,
            sync,
            one_code_known,
            unconfirmed_relation,
            ..
        } => {
            if let Some(card) = card {
                let asked = AskedChange {
                    card,
                    fields: fields.iter().cloned().collect(),
                    identified: identified.iter().copied().collect(),
                    signed: signed.iter().copied().collect(),
                    sync: sync.iter().copied().collect(),
                    one_code_known: *one_code_known,
                    unconfirmed_relation: *unconfirmed_relation,
                };
                archive.ask_change(flow, asked, by).await?;
            }
            let waits = "submitted; a second person confirms it with `vouchsafe client confirm`";
            Ok((flow.to_string(), waits.to_owned()))
        }
        ClientVerb::Confirm { flow } => answer(flow, ChangeAnswer::Confirmed, "confirmed").await,
        ClientVerb::Reject { flow, reason } => {
            let reason = reason.clone();
            answer(flow, ChangeAnswer::Rejected { reason }, "rejected").await
        }
        ClientVerb::Withdraw { flow, reason } => {
            let reason = reason.clone();
            answer(flow, ChangeAnswer::Withdrawn { reason }, "withdrawn").await
        }
        // Listed before anybody acts.
        ClientVerb::Changes { .. } => Ok((String::new(), String::new())),
    }
}

/// Whose client it is, and who claims them too.
pub fn claimed(claim: &Claim) -> String {
    let Some(holder) = claim.holder() else {
        return "claimed by nobody".to_owned();
    };
    let later: Vec<String> = claim
        .claims
        .iter()
        .filter(|one| one.person != *holder)
        .map(|one| format!("{} ({})", one.person, one.day))
        .collect();
    if later.is_empty() {
        return format!("claimed by {holder}");
    }
    format!(
        "claimed by {holder}; also by {}: a manager may give them the client (R85)",
        later.join(", ")
    )
}

fn show(common: &Common, one: &ChangeOf) {
    let asked = &one.asked;
    output::line(&if common.json {
        json!({
            "flow": asked.flow, "branch": asked.sheet.branch, "client": asked.now.client,
            "name": asked.now.masked, "fields": asked.fields, "identified": asked.identified,
            "signed": asked.signed, "sync": asked.sync, "by": asked.signature.person,
            "on": asked.signature.day,
        })
        .to_string()
    } else {
        format!(
            "{}  branch {}  client {} {}  {}  asked by {} on {}",
            asked.flow,
            asked.sheet.branch,
            asked.now.client,
            asked.now.masked,
            asked.fields.join(", "),
            asked.signature.person,
            asked.signature.day
        )
    });
}
