//! `init`.

use std::process::ExitCode;

use archive::{Archive, Folder, NewArchive};

use crate::args::{Common, Init};
use crate::environment;
use crate::fail::Failure;
use crate::output;

pub async fn run(common: &Common, verb: &Init) -> Result<ExitCode, Failure> {
    let (actor, via) = environment::actor(common)?;
    let environment = environment::environment();
    let created = Archive::create(NewArchive {
        folder: Folder::new(&common.archive),
        name: verb.name.clone(),
        store_url: verb.store.clone(),
        store_options: environment.store_options,
        probe_rounds: verb.probe_rounds,
        clock: environment.clock,
        actor,
        via,
    })
    .await?;
    let folder = common.archive.display();
    if common.json {
        let object = serde_json::json!({
            "fonds": created.fonds.fonds, "archive": folder.to_string(),
            "log_key": created.fonds.log, "probe_rounds": created.probe.rounds,
        });
        output::line(&object.to_string());
    } else {
        output::line(&format!("fonds    {}", created.fonds.fonds));
        output::line(&format!("archive  {folder}"));
        output::line(&format!("log key  {}", created.fonds.log));
    }
    output::tell(
        common,
        &format!(
            "The store was probed: of many writers one won, {} times out of {}.",
            created.probe.rounds, created.probe.rounds
        ),
    );
    output::tell(
        common,
        &format!(
            "Copy {folder}/secrets to a safe place now, and take recovery.txt off this machine: without\n\
         archive.txt or recovery.txt nobody can ever open a record. Give the log key to whoever\n\
         should be able to verify proofs."
        ),
    );
    Ok(ExitCode::SUCCESS)
}
