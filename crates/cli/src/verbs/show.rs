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
        output::line(&row.body_json);
    } else {
        let queued = archive.exception(verb.record)?;
        plain(&row, queued.as_ref());
    }
    archive.end().await;
    Ok(ExitCode::SUCCESS)
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
        Some(Filing::Task { at, .. }) => show("filed for", format!("task {}/{}", at.flow, at.task)),
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
    let by = |by: Option<IdentifiedBy>| match by {
        Some(IdentifiedBy::Flag) => " (as given)",
        Some(IdentifiedBy::Sidecar) => " (from the sidecar)",
        Some(IdentifiedBy::Barcode) => " (from a barcode)",
        Some(IdentifiedBy::Text) => " (from the text)",
        Some(IdentifiedBy::CounterSystem) => " (from the counter system)",
        None => "",
    };
    let found = &facts.identified_by;
    show("client", format!("{}{}", facts.client, by(found.client)));
    show("class", facts.class.to_string());
    show("flow", format!("{}{}", facts.flow, by(found.flow)));
    show(
        "business date",
        format!("{}{}", facts.business_date, by(found.business_date)),
    );
    show("document", facts.document_name.to_string());
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
