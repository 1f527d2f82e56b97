//! `rebuild`.

use std::process::ExitCode;

use archive::{Archive, Folder};

use crate::args::Common;
use crate::environment;
use crate::fail::Failure;
use crate::output;

pub async fn run(common: &Common) -> Result<ExitCode, Failure> {
    let folder = Folder::new(&common.archive);
    let (archive, report) = Archive::rebuild(folder, environment::environment()).await?;
    output::tell_opening(common, &report);
    let head = archive
        .catalog()
        .head()
        .map_err(archive::ArchiveError::from)?;
    let (commits, entries) = head.map_or((0, 0), |head| (head.commit + 1, head.size));
    if common.json {
        let object = serde_json::json!({"commits": commits, "entries": entries});
        output::line(&object.to_string());
    } else {
        output::line(&format!("{entries} entries from {commits} commits"));
    }
    archive.end().await;
    Ok(ExitCode::SUCCESS)
}
