//! `show`.

use std::process::ExitCode;

use archive::{Queued, RecordRow};
use entries::{Filing, IdentifiedBy, SealedShape};

use crate::args::{Common, Show};
use crate::environment;
use crate::fail::Failure;
use crate::output;

pub async fn run(common: &Common, verb: &Show) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let row = archive.show(verb.record)?;
    if common.json {
        output::line(&with_now(&row));
    } else {
        let queued = archive.exception(verb.record)?;
        plain(&row, queued.as_ref());
    }
    archive.end().await;
    Ok(ExitCode::SUCCESS)
}

/// The body as it stands in the ledger, and beside it what is known now, where it was put right.
fn with_now(row: &RecordRow) -> String {
    let now = row.now.as_ref().map(|now| serde_json::json!(now));
    match (now, row.body_json.strip_suffix('}')) {
        (Some(now), Some(body)) => format!("{body},\"now\":{now}}}"),
        _ => row.body_json.clone(),
    }
}

/// What is known of whose it is and what it is, each with how it became known; and of what was put
/// right what stood there before.
fn described(row: &RecordRow) -> [(&'static str, String); 5] {
    let by = |by: Option<IdentifiedBy>| match by {
        Some(IdentifiedBy::Flag) => " (as given)",
        Some(IdentifiedBy::Sidecar) => " (from the sidecar)",
        Some(IdentifiedBy::Barcode) => " (from a barcode)",
        Some(IdentifiedBy::Text) => " (from the text)",
        Some(IdentifiedBy::CounterSystem) => " (from the counter system)",
        None => "",
    };
    let (facts, found, now) = (&row.body.facts, &row.body.facts.identified_by, row.known());
    let text = |filed: String, by: &str, now: Option<String>| match now {
        Some(now) if now != filed => format!("{now} (put right; it was taken in with {filed})"),
        Some(_) | None => format!("{filed}{by}"),
    };
    let (client, class) = (facts.client.to_string(), facts.class.to_string());
    let (flow, day) = (facts.flow.to_string(), facts.business_date.to_string());
    let document = facts.document_name.to_string();
    let now_flow = now.flow.map(|flow| flow.to_string());
    let now_day = now.business_date.map(|day| day.to_string());
    [
        (
            "client",
            text(
                client,
                by(found.client),
                now.client.map(|one| one.to_string()),
            ),
        ),
        (
            "class",
            text(class, "", now.class.map(|one| one.to_string())),
        ),
        ("flow", text(flow, by(found.flow), now_flow)),
        ("business date", text(day, by(found.business_date), now_day)),
        ("document", text(document, "", now.document_name)),
    ]
}

fn plain(row: &RecordRow, queued: Option<&Queued>) {
    let facts = &row.body.facts;
    let show = |name: &str, value: String| {
        output::line(&format!("{}  {value}", output::pad(name, 20)));
    };
    show("record", facts.record.to_string());
    show("status", row.status.as_str().to_owned());
    if let Some(refused) = &facts.exception {
        let page = refused
            .page
            .map(|page| format!(", page {page}"))
            .unwrap_or_default();
        show("reason", format!("{}{page}", refused.code.as_str()));
        show("what to do", refused.code.hint().to_owned());
    }
    match &row.body.filing {
        Some(Filing::Task { at, .. }) => {
            // What became an exception later has lost its task.
            let name = queued.map_or("filed for", |_| "was filed for");
            show(name, format!("task {}/{}", at.flow, at.task));
        }
        Some(Filing::Open { why }) => {
            show("filed for", format!("no task: {}", why.as_str()));
        }
        None => {}
    }
    if let Some(queued) = queued {
        show(
            "as an exception",
            crate::verbs::exceptions::standing(queued),
        );
    }
    show(
        "taken in",
        format!("{} (entry {})", output::china_time(row.at), row.entry),
    );
    show("batch", facts.batch.to_string());
    show("branch", facts.branch.to_string());
    for (name, value) in described(row) {
        show(name, value);
    }
    show("pages", facts.pages.to_string());
    show("account", facts.account.to_string());
    show(
        "medium",
        format!("{}, carrier {}", facts.medium, facts.carrier),
    );
    show("rendition of", facts.rendition_of.to_string());
    show(
        "origin",
        format!("{}, its id {}", facts.origin_system, facts.origin_id),
    );
    show(
        "responsible",
        format!(
            "branch {}, person {}",
            facts.responsible_branch, facts.responsible_person
        ),
    );
    show("sensitivity", facts.sensitivity.to_string());
    for (n, original) in (1..).zip(&row.body.originals) {
        show(
            &format!("original {n}"),
            format!(
                "{}, {} bytes, sha256 {}",
                original.media_type, original.size_bytes, original.sha256
            ),
        );
    }
    for other in &row.body.repeats {
        show("same bytes as", other.to_string());
    }
    if let Some(reading) = &row.body.reading {
        show(
            "read by",
            format!(
                "{}, mean confidence {} per mille, confined by {}",
                reading.engine, reading.confidence_mean_permille, reading.confinement
            ),
        );
    }
    let sealed = |object: &SealedShape| {
        format!(
            "{}, epoch {}, {} bytes",
            object.name, object.epoch, object.payload_size_bytes
        )
    };
    show("bag", sealed(&row.body.bag));
    if let Some(derived) = &row.body.derived {
        show("derived", sealed(derived));
    }
}
