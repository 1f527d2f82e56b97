//! `list`.

use std::process::ExitCode;

use archive::{RecordFilter, RecordRow, Status};
use entries::Known;

use crate::args::{Common, Filter, List, StatusArg};
use crate::environment;
use crate::fail::Failure;
use crate::output::{self, Paint};

pub async fn run(common: &Common, verb: &List) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let filter = filter(&verb.filter);
    let limit = usize::try_from(verb.paging.limit).unwrap_or(usize::MAX);
    let paint = Paint::for_stdout();
    let mut head = Head::new(common);
    if let Some(words) = &verb.text {
        let (actor, via) = environment::actor(common)?;
        archive
            .search(words, &filter, limit, (&actor, &via), |hit| {
                head.show();
                show(common, &hit.row, paint);
            })
            .await?;
        archive.end().await;
        return Ok(ExitCode::SUCCESS);
    }
    let mut before = verb.paging.before;
    loop {
        let page = archive.list(&filter, before, limit)?;
        for row in &page.rows {
            head.show();
            show(common, row, paint);
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

fn filter(args: &Filter) -> RecordFilter {
    RecordFilter {
        branch: args.branch.clone(),
        client: args.client.clone(),
        class: args.class.clone(),
        flow: args.flow.clone(),
        business_from: args.business_from,
        business_to: args.business_to,
        captured_from: args.captured_from,
        captured_to: args.captured_to,
        status: args.status.map(|status| match status {
            StatusArg::Filed => Status::Filed,
            StatusArg::Exception => Status::Exception,
        }),
    }
}

/// The head of the table, printed before its first row.
struct Head(bool);

impl Head {
    const fn new(common: &Common) -> Self {
        Self(!common.json && !common.quiet)
    }

    fn show(&mut self) {
        if std::mem::take(&mut self.0) {
            output::line(&row_text([
                "record", "taken in", "status", "branch", "client", "flow", "business", "pages",
            ]));
        }
    }
}

fn row_text(cells: [&str; 8]) -> String {
    let widths = [26, 19, 9, 6, 12, 18, 10, 5];
    let padded: Vec<String> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| output::pad(cell, width))
        .collect();
    padded.join("  ").trim_end().to_owned()
}

fn show(common: &Common, row: &RecordRow, paint: Paint) {
    let (facts, now) = (&row.body.facts, row.known());
    let (client, flow) = (Known::from(now.client), Known::from(now.flow));
    let business_date = Known::from(now.business_date);
    if common.json {
        let object = serde_json::json!({
            "record": facts.record, "status": row.status.as_str(), "entry": row.entry,
            "at": row.at, "branch": facts.branch, "client": client, "class": Known::from(now.class),
            "flow": flow, "business_date": business_date, "pages": facts.pages,
            "document_name": Known::from(now.document_name), "exception": facts.exception,
            "batch": facts.batch,
        });
        output::line(&object.to_string());
        return;
    }
    let plain = |text: String| {
        if text == "unknown" {
            "-".to_owned()
        } else {
            text
        }
    };
    let mut text = row_text([
        &facts.record.to_string(),
        &output::china_time(row.at),
        row.status.as_str(),
        facts.branch.as_str(),
        &plain(client.to_string()),
        &plain(flow.to_string()),
        &plain(business_date.to_string()),
        &plain(facts.pages.to_string()),
    ]);
    if let Some(refused) = &facts.exception {
        text.push_str("  ");
        text.push_str(&paint.alert(refused.code.as_str()));
    }
    output::line(&text);
}
