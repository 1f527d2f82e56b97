//! `day`.

use std::process::ExitCode;

use archive::{AccountDay, BranchDay, Explained};
use policy::day_closing::Difference;
use serde_json::json;

use crate::args::Common;
use crate::args::day::{DayVerb, DayVerbs, Explain, Of};
use crate::environment;
use crate::fail::Failure;
use crate::output;

/// `day`.
pub async fn run(common: &Common, verb: &DayVerbs) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    if let DayVerb::Show { of } = &verb.what {
        let day = archive.day(&of.branch, of.date);
        archive.end().await;
        show(common, of, &day?);
        return Ok(ExitCode::SUCCESS);
    }
    let (actor, via) = environment::actor(common)?;
    let by = (&actor, &via);
    let done = match &verb.what {
        DayVerb::Show { .. } => Ok((json!({}), String::new())),
        DayVerb::Reconcile {
            of,
            operator,
            explain,
        } => {
            let operator = operator.as_ref().unwrap_or(&actor.account);
            let (at, explained) = ((&of.branch, of.date), explained(explain));
            let done = archive.reconcile(at, operator, explained, by).await;
            let told = json!({"operator": operator, "outcome": "reconciled"});
            done.map(|()| (told, format!("{operator}  reconciled")))
        }
        DayVerb::Close { of, explain } => {
            let (at, explained) = ((&of.branch, of.date), explained(explain));
            let done = archive.close_day(at, explained, by).await;
            let told = json!({"branch": of.branch, "date": of.date, "outcome": "closed"});
            done.map(|()| (told, format!("branch {}  {}  closed", of.branch, of.date)))
        }
        DayVerb::Late => {
            let told = archive.record_missed(environment::today(), by).await;
            told.map(|tasks| {
                let plain = format!("{tasks} entered that were not done by their day");
                (json!({"entered": tasks}), plain)
            })
        }
    };
    archive.end().await;
    let (told, plain) = done?;
    output::line(&if common.json { told.to_string() } else { plain });
    Ok(ExitCode::SUCCESS)
}

fn explained(explain: &[Explain]) -> Explained {
    let mut explained = Explained::default();
    for Explain { what, reason } in explain {
        match what {
            Some(difference) => explained
                .one_by_one
                .push((difference.clone(), reason.clone())),
            None => explained.rest = Some(reason.clone()),
        }
    }
    explained
}

fn show(common: &Common, of: &Of, day: &BranchDay) {
    let named = |difference: &Difference| match difference {
        Difference::Missing(task) if task.number == 0 => task.flow.to_string(),
        Difference::Missing(task) => task.to_string(),
        Difference::Surplus(record) => record.to_string(),
    };
    let surplus: Vec<String> = day.surplus.iter().map(named).collect();
    if common.json {
        let account = |account: &AccountDay| {
            let missing = account.missing.iter();
            let missing: Vec<_> = missing
                .map(|(what, class)| json!({"task": named(what), "class": class}))
                .collect();
            json!({
                "flows": account.flows, "tasks": account.tasks, "scanned": account.scanned,
                "reviewed": account.reviewed, "shared": account.shared, "waived": account.waived,
                "verified": account.verified, "missing": missing,
                "reconciled": account.is_reconciled,
            })
        };
        let accounts: serde_json::Map<String, serde_json::Value> = day
            .accounts
            .iter()
            .map(|(operator, day)| (operator.to_string(), account(day)))
            .collect();
        let line = json!({
            "branch": of.branch, "date": of.date, "accounts": accounts, "surplus": surplus,
            "was_closed": day.was_closed, "closed": day.is_closed,
        });
        output::line(&line.to_string());
        return;
    }
    let closed = match (day.is_closed, day.was_closed) {
        (true, _) => "closed",
        (false, true) => "changed since it was closed",
        (false, false) => "not closed",
    };
    output::line(&format!("branch {}  {}  {closed}", of.branch, of.date));
    for (operator, account) in &day.accounts {
        output::line(&format!(
            "  {}  {} flows, {} tasks: {} missing, {} to be reviewed, {} reviewed, {} waived  {}",
            output::pad(operator.as_str(), 12),
            account.flows,
            account.tasks,
            account.missing.len(),
            account.scanned,
            account.reviewed,
            account.waived,
            if account.is_reconciled {
                "reconciled"
            } else {
                "not reconciled"
            },
        ));
        for (difference, class) in &account.missing {
            let name = output::pad(&named(difference), 24);
            output::line(&format!("    missing  {name}  {class}"));
        }
    }
    for record in surplus {
        output::line(&format!("  surplus  {record}"));
    }
}
