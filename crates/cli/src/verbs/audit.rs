//! `audit`.

use std::process::ExitCode;

use archive::{AuditFilter, AuditRow};
use entries::{Body, RuleText, TaskRef};

use crate::args::{Audit, Common};
use crate::environment;
use crate::fail::Failure;
use crate::output;
use crate::verbs::people;

pub async fn run(common: &Common, verb: &Audit) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let filter = AuditFilter {
        actor: verb.actor.clone(),
        event: verb.event.clone(),
        client: verb.client.clone(),
        record: verb.record,
        branch: verb.branch.clone(),
        from: verb.from,
        to: verb.to,
    };
    let limit = usize::try_from(verb.paging.limit).unwrap_or(usize::MAX);
    let mut before = verb.paging.before;
    loop {
        let page = archive.audit(&filter, before, limit)?;
        for row in &page.rows {
            show(common, row);
        }
        before = page.next;
        match before {
            Some(_) if verb.paging.all => {}
            Some(cursor) => {
                output::tell(common, &format!("more: add --before {cursor}, or --all"));
                break;
            }
            None => break,
        }
    }
    archive.end().await;
    Ok(ExitCode::SUCCESS)
}

fn show(common: &Common, row: &AuditRow) {
    if common.json {
        // The line as it stands, so that nothing is lost or reordered on the way.
        output::line(&format!(
            "{{\"index\":{},\"entry\":{}}}",
            row.index, row.line
        ));
        return;
    }
    let entry = &row.entry;
    output::line(&format!(
        "{:>8}  {}  {}  {}  {}",
        row.index,
        output::china_time(entry.at),
        output::pad(entry.actor.account.as_str(), 12),
        output::pad(&entry.event, 16),
        subject(row),
    ));
}

/// What the entry is about, in one line.
#[expect(clippy::too_many_lines, reason = "an arm for each event")]
fn subject(row: &AuditRow) -> String {
    match row.entry.body() {
        Ok(Some(Body::FondsCreated(body))) => format!("fonds {}", body.fonds),
        Ok(Some(Body::BatchReceived(body))) => {
            format!(
                "{}  branch {}, {} files",
                body.batch, body.branch, body.files
            )
        }
        Ok(Some(Body::BatchInterrupted(body))) => body.batch.to_string(),
        Ok(Some(Body::BatchClosed(body))) => format!(
            "{}  {} filed, {} exceptions, {} known, {} not taken",
            body.batch, body.filed, body.excepted, body.known, body.not_taken
        ),
        Ok(Some(Body::RecordFiled(body) | Body::RecordExcepted(body))) => {
            let facts = &body.facts;
            let why = facts
                .exception
                .as_ref()
                .map(|refused| refused.code.as_str());
            format!(
                "{}  branch {}, client {}, flow {}{}",
                facts.record,
                facts.branch,
                facts.client,
                facts.flow,
                why.map(|code| format!(", {code}")).unwrap_or_default()
            )
        }
        Ok(Some(Body::RecordOpened(body))) => {
            format!("{}  {}", body.record, body.opened.rendition.as_str())
        }
        Ok(Some(Body::TextSearched(body))) => format!("words sealed in {}", body.words.object.name),
        Ok(Some(Body::ActInterrupted(body))) => format!("no entry names {}", body.detail),
        Ok(Some(Body::PersonRecorded(body))) => {
            let held: Vec<String> = body.grants.iter().map(people::held).collect();
            format!("{}  {}", body.person, held.join(", "))
        }
        Ok(Some(Body::RulesProposed(body))) => {
            let what = rule_text(&body.change);
            format!("{}  {what} from {}", body.case, body.from)
        }
        Ok(Some(Body::RulesConfirmed(body))) => {
            let what = rule_text(&body.change);
            format!("{}  {what} from {}", body.case, body.from)
        }
        Ok(Some(Body::RulesRejected(body) | Body::RulesWithdrawn(body))) => {
            format!("{}  {}", body.case, body.reason)
        }
        Ok(Some(Body::FlowsRecorded(body))) => {
            let tasks: usize = body.flows.iter().map(|taken| taken.tasks.len()).sum();
            let day = body.sheet.business_date;
            let flows = body.flows.len();
            let branch = body.sheet.branch;
            format!("branch {branch}, {day}: {flows} flows with {tasks} tasks")
        }
        Ok(Some(Body::FlowCorrected(body))) => format!(
            "{}  {} tasks withdrawn, {} added",
            body.flow,
            body.withdrawn.len(),
            body.added.len()
        ),
        Ok(Some(Body::FlowCancelled(body))) => {
            format!("{}  {} tasks withdrawn", body.flow, body.withdrawn.len())
        }
        Ok(Some(Body::TaskAdded(body))) => {
            format!(
                "{}/{}  {}: {}",
                body.flow, body.task, body.class, body.reason
            )
        }
        Ok(Some(Body::TaskAdjusted(body))) => format!(
            "{}/{}  {} in place of {}: {}",
            body.flow, body.task, body.class, body.was, body.reason
        ),
        Ok(Some(Body::WaiverAsked(body))) => {
            format!(
                "{}/{}  {}: {}",
                body.flow, body.task, body.class, body.reason
            )
        }
        Ok(Some(Body::WaiverGranted(body))) => format!("{}/{}", body.flow, body.task),
        Ok(Some(Body::WaiverDenied(body))) => {
            format!("{}/{}  {}", body.flow, body.task, body.reason)
        }
        Ok(Some(Body::RecordAssigned(body))) => {
            format!("{}  {}: {}", body.record, task(&body.at), body.reason)
        }
        Ok(Some(Body::RecordKept(body) | Body::RecordRejected(body))) => {
            format!("{}  {}", body.record, body.reason)
        }
        Ok(Some(Body::RecordRescanned(body))) => {
            format!("{}  {} took its place", body.record, body.instead)
        }
        Ok(Some(Body::ReviewPassed(body))) => format!("{}  {}", body.record, task(&body.at)),
        Ok(Some(Body::ReviewReturned(body))) => {
            format!("{}  {}: {}", body.record, task(&body.at), body.reason)
        }
        Ok(Some(Body::DeadlineMissed(body))) => {
            let tasks: usize = body.open.iter().map(|(_, tasks)| tasks.len().max(1)).sum();
            let branch = body.sheet.branch;
            format!(
                "branch {branch}: {} of {tasks} tasks due on {}",
                body.duty, body.due
            )
        }
        Ok(Some(Body::DayReconciled(body))) => format!(
            "branch {}, {}: {} flows, {} tasks of {}",
            body.branch, body.business_date, body.flows, body.tasks, body.operator
        ),
        Ok(Some(Body::DayClosed(body))) => {
            format!("branch {}, {}", body.branch, body.business_date)
        }
        Ok(Some(Body::BranchesRecorded(body))) => format!("{} branches", body.branches.len()),
        Ok(Some(Body::ClientsRecorded(body))) => format!(
            "{} clients, their cards sealed in {}",
            body.clients.len(),
            body.cards.object.name
        ),
        Ok(Some(Body::RecordCorrected(body))) => format!("{}  {}", body.record, body.reason),
        Ok(Some(Body::TaskShared(body))) => {
            format!("{}  serves {}", body.record, task(&body.at))
        }
        Ok(Some(Body::FlowVerified(body))) => {
            let reason = body.reason.map(|reason| format!(": {reason}"));
            let reason = reason.unwrap_or_default();
            format!("{}  {}{reason}", body.flow, body.found)
        }
        Ok(Some(Body::ClientClaimed(body))) => {
            format!("client {}  by {}", body.client, body.signature.person)
        }
        Ok(Some(Body::ClientGiven(body))) => {
            format!("client {}  to {}: {}", body.client, body.to, body.reason)
        }
        Ok(Some(Body::ChangeAsked(body))) => format!(
            "{}  client {}: {}",
            body.flow,
            body.now.client,
            body.fields.join(", ")
        ),
        Ok(Some(Body::ChangeConfirmed(body))) => format!("{}  client {}", body.flow, body.client),
        Ok(Some(Body::ChangeRejected(body) | Body::ChangeWithdrawn(body))) => {
            format!("{}  client {}: {}", body.flow, body.client, body.reason)
        }
        Ok(Some(Body::FindingReported(body))) => format!(
            "{}  {}: {}, to be mended by {} until {}",
            body.finding, body.about, body.what, body.owner, body.due
        ),
        Ok(Some(Body::FindingMended(body) | Body::FindingDismissed(body))) => {
            format!("{}  {}", body.finding, body.said)
        }
        Ok(Some(Body::AccountsRecorded(body))) => format!("{} accounts", body.accounts.len()),
        Ok(None) => "an event that this version does not know".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn task(at: &TaskRef) -> String {
    format!("{}/{}", at.flow, at.task)
}

/// What is to be in force.
fn rule_text(change: &RuleText) -> String {
    match change {
        RuleText::Profile { name, version, .. } => format!("profile {name}@{version}"),
        RuleText::Calendar {
            first_year,
            last_year,
            ..
        } => format!("calendar {first_year} to {last_year}"),
    }
}
