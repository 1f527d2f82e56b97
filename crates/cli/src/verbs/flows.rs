//! `import flows`, `flow`, `task` and `due`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use archive::{FlowOutcome, KeptCopy, Owed, OwedFilter, SaidOfFlow, Verification, WaiverAnswer};
use domain::FlowNo;
use policy::deadline::Due;
use policy::flow::{Channel, Flow, FlowFacts, Found, TaskStanding};
use policy::retention::Language;
use policy::sharing::Validity;
use serde_json::json;

use crate::args::Common;
use crate::args::flows::{DueList, Flow as FlowArgs, FlowVerb, Task, TaskVerb};
use crate::environment;
use crate::fail::Failure;
use crate::output;
use crate::verbs::EXCEPTIONS;
use crate::verbs::table::{self, Columns, Refused, Row};

const COLUMNS: Columns = Columns {
    required: &["flow", "branch", "date", "client", "business", "operator"],
    optional: &["account", "channel", "status"],
    is_personal: false,
};

/// `import flows`.
pub async fn import(common: &Common, file: &Path, dry_run: bool) -> Result<ExitCode, Failure> {
    let table = table::read(file, &COLUMNS)?;
    if table.gb18030 {
        output::tell(common, &format!("{} is read as GB18030", file.display()));
    }
    let (lines, flows, mut refused) = said(table.rows);
    refused.extend(table.refused);
    let (archive, _) = environment::open(common).await?;
    let (actor, via) = environment::actor(common)?;
    let outcomes = archive.import_flows(&flows, (&actor, &via), dry_run).await;
    archive.end().await;
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut tasks = 0;
    for ((line, said), outcome) in lines.iter().zip(&flows).zip(outcomes?) {
        let (word, more) = match &outcome {
            FlowOutcome::Recorded { tasks: made } => {
                tasks += made;
                ("recorded", format!("{made} tasks"))
            }
            FlowOutcome::Corrected { withdrawn, added } => {
                let more = format!("{withdrawn} tasks withdrawn, {added} added");
                ("corrected", more)
            }
            FlowOutcome::Cancelled { withdrawn } => {
                ("cancelled", format!("{withdrawn} tasks withdrawn"))
            }
            FlowOutcome::Unchanged => ("unchanged", String::new()),
            FlowOutcome::Refused(refusal) => {
                refused.push((*line, format!("{}: {refusal}", said.flow)));
                continue;
            }
        };
        *counts.entry(word).or_default() += 1;
        if common.json {
            let flow = &said.flow;
            output::line(
                &json!({"line": line, "flow": flow, "outcome": word, "dry_run": dry_run})
                    .to_string(),
            );
        } else if matches!(word, "corrected" | "cancelled") {
            output::line(&format!("{}  {word}: {more}", said.flow));
        }
    }
    refused.sort();
    for (line, why) in &refused {
        if common.json {
            output::line(&json!({"line": line, "refused": why}).to_string());
        } else {
            output::line(&format!("{}, line {line}: {why}", file.display()));
        }
    }
    let count = |word: &str| counts.get(word).copied().unwrap_or_default();
    let would = if dry_run { "would be: " } else { "" };
    output::tell(
        common,
        &format!(
            "{would}{} recorded with {tasks} tasks, {} corrected, {} cancelled, {} unchanged, {} refused",
            count("recorded"),
            count("corrected"),
            count("cancelled"),
            count("unchanged"),
            refused.len()
        ),
    );
    Ok(if refused.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXCEPTIONS)
    })
}

/// What the rows say, each flow once, and the lines that say nothing that can be taken over.
/// Of the first, each with its line.
fn said(rows: Vec<Row>) -> (Vec<u64>, Vec<SaidOfFlow>, Vec<Refused>) {
    let (mut lines, mut said, mut refused) = (Vec::new(), Vec::<SaidOfFlow>::new(), Vec::new());
    let mut places: BTreeMap<FlowNo, usize> = BTreeMap::new();
    for row in rows {
        let one = match said_by(&row) {
            Ok(one) => one,
            Err(why) => {
                refused.push((row.line, why));
                continue;
            }
        };
        let before = places.get(&one.flow).copied();
        let before = before.and_then(|place| Some((lines.get(place)?, said.get(place)?)));
        match before {
            None => {
                places.insert(one.flow.clone(), said.len());
                lines.push(row.line);
                said.push(one);
            }
            // The same line again says nothing new.
            Some((_, before)) if *before == one => {}
            Some((line, _)) => {
                let why = format!("flow {} says something else in line {line}", one.flow);
                refused.push((row.line, why));
            }
        }
    }
    (lines, said, refused)
}

fn said_by(row: &Row) -> Result<SaidOfFlow, String> {
    let word = |column: &str, words: [&str; 2]| {
        let [first, second] = words;
        match row.text(column) {
            None => Ok(false),
            Some(text) if text == first => Ok(false),
            Some(text) if text == second => Ok(true),
            Some(text) => Err(format!(
                "{column}: expected {first} or {second}, found {text:?}"
            )),
        }
    };
    let online = word("channel", ["counter", "online"])?;
    Ok(SaidOfFlow {
        flow: row.must("flow")?,
        facts: FlowFacts {
            branch: row.must("branch")?,
            business_date: row.must("date")?,
            client: row.must("client")?,
            account: row.may("account")?,
            business: row.must("business")?,
            operator: row.must("operator")?,
            channel: if online {
                Channel::Online
            } else {
                Channel::Counter
            },
        },
        cancelled: word("status", ["done", "cancelled"])?,
    })
}

/// `flow`.
pub async fn show(common: &Common, verb: &FlowArgs) -> Result<ExitCode, Failure> {
    if let Some(what) = &verb.what {
        return verify(common, what).await;
    }
    let (archive, _) = environment::open(common).await?;
    let flows = match (&verb.number, &verb.branch, verb.date) {
        (Some(flow), ..) => archive.flow(flow).map(|known| {
            known
                .map(|known| (flow.clone(), known))
                .into_iter()
                .collect()
        }),
        (None, Some(branch), Some(day)) => archive.flows(branch, day),
        (None, ..) => Ok(Vec::new()),
    };
    archive.end().await;
    let flows: Vec<(FlowNo, Flow)> = flows?;
    if flows.is_empty()
        && let Some(flow) = &verb.number
    {
        return Err(Failure::said(
            format!("there is no flow {flow}"),
            "the number as the counter system gives it; `vouchsafe import flows FILE` takes flows over",
        ));
    }
    for (number, flow) in &flows {
        tell(common, number, flow);
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(common: &Common, number: &FlowNo, flow: &Flow) {
    let Some(facts) = &flow.facts else { return };
    let tasks = flow.numbered().map(|(n, task)| {
        json!({
            "task": format!("{number}/{n}"), "class": task.class,
            "origin": task.origin, "standing": task.standing,
        })
    });
    if common.json {
        let tasks: Vec<serde_json::Value> = tasks.collect();
        let line = json!({
            "flow": number, "facts": facts, "cancelled": flow.cancelled,
            "at_rest": flow.is_at_rest(), "tasks": tasks, "verified": flow.verified,
        });
        output::line(&line.to_string());
        return;
    }
    let account = facts
        .account
        .as_ref()
        .map(|account| format!(", account {account}"));
    output::line(&format!(
        "{number}  {}  branch {}, client {}{}, {} by {}{}{}",
        facts.business_date,
        facts.branch,
        facts.client,
        account.unwrap_or_default(),
        facts.business,
        facts.operator,
        if facts.channel == Channel::Online {
            ", online"
        } else {
            ""
        },
        if flow.cancelled { ", cancelled" } else { "" },
    ));
    if let Some(verified) = &flow.verified {
        let means: Vec<&str> = verified.means.iter().map(|one| one.as_str()).collect();
        output::line(&format!(
            "  verified by {} on {}: {} ({})",
            verified.person,
            verified.day,
            verified.found.as_str(),
            means.join(", ")
        ));
    }
    for (n, task) in flow.numbered() {
        output::line(&format!(
            "  {}  {} {}",
            output::pad(&format!("{number}/{n}"), 24),
            task.class,
            task.standing.as_str(),
        ));
    }
    if flow.tasks.is_empty() && !flow.is_at_rest() {
        output::line("  no template makes a task of it: add one with `vouchsafe task add` (R27)");
    }
}

/// `flow verify`.
async fn verify(common: &Common, verb: &FlowVerb) -> Result<ExitCode, Failure> {
    let FlowVerb::Verify {
        flow,
        means,
        defective,
    } = verb;
    let found = if defective.is_some() {
        Found::Defective
    } else {
        Found::InOrder
    };
    let verification = Verification {
        means: means.iter().copied().collect(),
        found,
        reason: defective.clone(),
    };
    let (archive, _) = environment::open(common).await?;
    let (actor, via) = environment::actor(common)?;
    let done = archive
        .verify_documents(flow, verification, (&actor, &via))
        .await;
    archive.end().await;
    done?;
    output::line(&if common.json {
        json!({"flow": flow, "outcome": found.as_str()}).to_string()
    } else {
        format!("{flow}  {}", found.as_str())
    });
    Ok(ExitCode::SUCCESS)
}

/// `task`.
pub async fn task(common: &Common, verb: &Task) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let (actor, via) = environment::actor(common)?;
    let by = (&actor, &via);
    let done = match &verb.what {
        TaskVerb::Add {
            flow,
            class,
            reason,
        } => {
            let added = archive.add_task(flow, (class, reason), by).await;
            added.map(|task| (task, "added"))
        }
        TaskVerb::Adjust {
            task,
            class,
            reason,
        } => {
            let added = archive.adjust_task(task, (class, reason), by).await;
            added.map(|task| (task, "added in its place"))
        }
        TaskVerb::Share {
            task,
            record,
            valid_to,
            for_good,
            unchanged,
            reason,
        } => {
            let copy = KeptCopy {
                record: *record,
                validity: match valid_to {
                    Some(day) => Validity::Until(*day),
                    None if *for_good => Validity::ForGood,
                    None => Validity::Unknown,
                },
                unchanged: unchanged.then_some(true),
            };
            let shared = archive.share_task(task, copy, reason, by).await;
            shared.map(|()| (task.clone(), "served by what is kept"))
        }
        TaskVerb::Waive { task, reason } => {
            let asked = archive.ask_waiver(task, reason, by).await;
            asked.map(|()| (task.clone(), "waits for a second person"))
        }
        TaskVerb::Grant { task } => {
            let answered = archive.answer_waiver(task, WaiverAnswer::Granted, by).await;
            answered.map(|()| (task.clone(), "left out"))
        }
        TaskVerb::Deny { task, reason } => {
            let denied = WaiverAnswer::Denied { reason };
            let answered = archive.answer_waiver(task, denied, by).await;
            answered.map(|()| (task.clone(), "owed as before"))
        }
    };
    archive.end().await;
    let (task, word) = done?;
    if common.json {
        output::line(&json!({"task": task.to_string(), "outcome": word}).to_string());
    } else {
        output::line(&format!("{task}  {word}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// `due`.
pub async fn due(common: &Common, verb: &DueList) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let filter = OwedFilter {
        branch: verb.branch.clone(),
        operator: verb.operator.clone(),
        duty: None,
    };
    let day = verb.on.unwrap_or_else(environment::today);
    let owed = archive.owed(&filter, day).await;
    archive.end().await;
    list(common, &owed?);
    Ok(ExitCode::SUCCESS)
}

/// Lists what is owed.
pub fn list(common: &Common, owed: &[Owed]) {
    for one in owed {
        output::line(&if common.json {
            owed_json(one)
        } else {
            owed_line(one)
        });
    }
}

fn due_day(one: &Owed) -> Option<String> {
    match one.assessment.as_ref().map(|assessed| &assessed.due) {
        Some(Due::On(day)) => Some(day.to_string()),
        Some(Due::Unknown(_)) | None => None,
    }
}

fn standing(one: &Owed) -> String {
    let assessed = one.assessment.as_ref();
    assessed.map_or_else(
        || "the rules in force give no time for it".to_owned(),
        |assessed| assessed.standing(Language::English),
    )
}

fn owed_json(one: &Owed) -> String {
    let task = one.task.as_ref();
    json!({
        "due": due_day(one), "standing": standing(one), "duty": one.duty.as_str(),
        "flow": one.flow, "facts": one.facts,
        "task": task.map(|(number, ..)| number), "class": task.map(|(_, class, _)| class),
        "record": task.and_then(|(.., standing)| standing.record()),
    })
    .to_string()
}

fn owed_line(one: &Owed) -> String {
    let (name, what) = match &one.task {
        Some((number, class, standing)) => {
            let waits = match standing {
                TaskStanding::WaiverAsked { .. } => " (waiver asked)",
                TaskStanding::Scanned { .. } => " (to be reviewed)",
                TaskStanding::ToScan
                | TaskStanding::Reviewed { .. }
                | TaskStanding::Shared { .. }
                | TaskStanding::Waived
                | TaskStanding::Replaced { .. }
                | TaskStanding::Withdrawn => "",
            };
            (format!("{}/{number}", one.flow), format!("{class}{waits}"))
        }
        None => (
            one.flow.to_string(),
            format!("no task for {}", one.facts.business),
        ),
    };
    format!(
        "{}  {}  branch {}  {}  {}  client {}  by {}",
        due_day(one).unwrap_or_else(|| "unknown   ".to_owned()),
        output::pad(&standing(one), 24),
        one.facts.branch,
        output::pad(&name, 22),
        output::pad(&what, 22),
        one.facts.client,
        one.facts.operator,
    )
}
