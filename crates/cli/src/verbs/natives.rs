//! `import native`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use archive::{NativeOutcome, SaidOfNative};
use serde_json::json;

use crate::args::Common;
use crate::environment;
use crate::fail::Failure;
use crate::output;
use crate::verbs::EXCEPTIONS;
use crate::verbs::table::{self, Columns, Row};

const COLUMNS: Columns = Columns {
    required: &[
        "file", "sha256", "source", "id", "class", "client", "branch", "date",
    ],
    optional: &["flow", "account", "document_name", "consent"],
    is_personal: false,
};
/// The longest free text of a line, in bytes.
const TEXT_BYTES_MAX: usize = 256;

/// `import native`.
pub async fn import(common: &Common, manifest: &Path, dry_run: bool) -> Result<ExitCode, Failure> {
    let table = table::read(manifest, &COLUMNS)?;
    if table.gb18030 {
        output::tell(
            common,
            &format!("{} is read as GB18030", manifest.display()),
        );
    }
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let mut refused = table.refused;
    let mut said: Vec<(u64, SaidOfNative)> = Vec::new();
    let (mut paths, mut ids) = (BTreeMap::new(), BTreeMap::new());
    for row in &table.rows {
        let told_once = parse(row, folder).and_then(|one| {
            let file = paths.insert(one.file.clone(), row.line);
            let id = ids.insert((one.source.clone(), one.id.clone()), row.line);
            match file.or(id) {
                Some(line) => Err(format!("its file or its id stands in line {line} too")),
                None => Ok(one),
            }
        });
        match told_once {
            Ok(one) => said.push((row.line, one)),
            Err(why) => refused.push((row.line, why)),
        }
    }
    let (archive, _) = environment::open(common).await?;
    let (actor, via) = environment::actor(common)?;
    let documents: Vec<SaidOfNative> = said.iter().map(|(_, one)| one.clone()).collect();
    let outcomes = archive
        .import_natives(&documents, (&actor, &via), dry_run)
        .await;
    archive.end().await;
    let (mut filed, mut known, mut excepted) = (0u64, 0u64, 0u64);
    for ((line, one), outcome) in said.iter().zip(outcomes?) {
        let (word, record) = match outcome {
            NativeOutcome::Filed(record) => {
                filed += 1;
                ("filed".to_owned(), record)
            }
            NativeOutcome::Known(record) => {
                known += 1;
                ("known".to_owned(), record)
            }
            NativeOutcome::Excepted(record, code) => {
                excepted += 1;
                let word = format!("exception {}: {}", code.as_str(), code.hint());
                (word, Some(record))
            }
            NativeOutcome::NotTaken(why) => {
                refused.push((*line, why));
                continue;
            }
            NativeOutcome::Refused(refusal) => {
                refused.push((*line, refusal.to_string()));
                continue;
            }
        };
        if common.json {
            let told = json!({
                "line": line, "source": one.source, "id": one.id, "outcome": word,
                "record": record, "dry_run": dry_run,
            });
            output::line(&told.to_string());
        } else {
            let record = record.map_or_else(|| "-".to_owned(), |record| record.to_string());
            output::line(&format!("{record}  {} {}  {word}", one.source, one.id));
        }
    }
    refused.sort();
    for (line, why) in &refused {
        output::line(&if common.json {
            json!({"line": line, "refused": why}).to_string()
        } else {
            format!("{}, line {line}: {why}", manifest.display())
        });
    }
    output::tell(
        common,
        &format!(
            "{}{filed} filed, {known} known, {excepted} exceptions, {} refused",
            if dry_run { "would be: " } else { "" },
            refused.len()
        ),
    );
    Ok(if refused.is_empty() && excepted == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXCEPTIONS)
    })
}

fn parse(row: &Row, folder: &Path) -> Result<SaidOfNative, String> {
    let file: String = row.must("file")?;
    let within = |path: &Path| {
        path.components()
            .all(|part| matches!(part, Component::Normal(_)))
    };
    if !within(Path::new(&file)) {
        return Err(format!(
            "file: {file:?}, expected a file below the manifest's folder"
        ));
    }
    let text = |column: &str| -> Result<String, String> {
        let text: String = row.must(column)?;
        short(column, &text)?;
        Ok(text)
    };
    let document_name = row.text("document_name").map(str::to_owned);
    if let Some(name) = &document_name {
        short("document_name", name)?;
    }
    Ok(SaidOfNative {
        file: PathBuf::from(folder).join(file),
        sha256: row.must("sha256")?,
        source: text("source")?,
        id: text("id")?,
        class: row.must("class")?,
        client: row.must("client")?,
        branch: row.must("branch")?,
        business_date: row.must("date")?,
        flow: row.may("flow")?,
        account: row.may("account")?,
        document_name,
        consent: row.may("consent")?,
    })
}

fn short(column: &str, text: &str) -> Result<(), String> {
    if text.len() <= TEXT_BYTES_MAX {
        return Ok(());
    }
    let length = text.len();
    Err(format!(
        "{column}: {length} bytes, expected at most {TEXT_BYTES_MAX}"
    ))
}
