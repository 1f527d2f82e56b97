//! `proof` and `verify`.

use std::path::Path;
use std::process::ExitCode;

use ledger::note::VerifierKey;
use ledger::proof::EntryProof;

use crate::args::{Common, Proof, Verify};
use crate::environment;
use crate::fail::Failure;
use crate::output;

pub async fn make(common: &Common, verb: &Proof) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let proof = archive.proof(&verb.entry).await?;
    archive.end().await;
    #[expect(
        clippy::disallowed_methods,
        reason = "the reader's own file, outside the store"
    )]
    std::fs::write(&verb.out, &proof)
        .map_err(|error| Failure::from_io(&format!("writing {}", verb.out.display()), &error))?;
    if common.json {
        let object = serde_json::json!({"file": verb.out.display().to_string()});
        output::line(&object.to_string());
    } else {
        output::line(&verb.out.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

pub fn verify(common: &Common, verb: &Verify) -> Result<ExitCode, Failure> {
    let key = log_key(&verb.log_key)?;
    let text = std::fs::read_to_string(&verb.file)
        .map_err(|error| Failure::unreadable(&verb.file, &error))?;
    let refused = |error: &(dyn std::error::Error + 'static)| {
        let hint = "the proof was changed, is of another log, or the key is not that log's";
        Failure::from_error(error, Some(hint.to_owned()))
    };
    let proof: EntryProof = text
        .parse()
        .map_err(|error: ledger::proof::ProofFileError| refused(&error))?;
    let proven = proof.verify(&key).map_err(|error| refused(&error))?;
    if common.json {
        output::line(&format!(
            "{{\"index\":{},\"size\":{},\"origin\":{},\"key\":{},\"entry\":{}}}",
            proven.index,
            proven.size,
            serde_json::Value::from(proven.origin),
            serde_json::Value::from(proven.key),
            proven.entry
        ));
    } else {
        output::tell(
            common,
            &format!(
                "good: this is entry {} of {} in {}, signed by {}",
                proven.index, proven.size, proven.origin, proven.key
            ),
        );
        output::line(&proven.entry);
    }
    Ok(ExitCode::SUCCESS)
}

/// A verifier key, from the text itself or from a file: the key alone, or a `fonds.json`.
fn log_key(text: &str) -> Result<VerifierKey, Failure> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    let path = Path::new(text);
    let content = std::fs::read_to_string(path).map_err(|_| {
        Failure::usage(format!(
            "--log-key {text:?} is neither a verifier key (name+hash+base64) nor a file that can be read"
        ))
    })?;
    let stated = serde_json::from_str::<serde_json::Value>(&content)
        .ok()
        .and_then(|fonds| Some(fonds.get("log")?.as_str()?.to_owned()));
    stated.unwrap_or(content).trim().parse().map_err(|_| {
        Failure::usage(format!(
            "{} holds no verifier key and is no fonds.json",
            path.display()
        ))
    })
}
