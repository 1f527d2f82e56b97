//! `open`.

use std::process::ExitCode;

use archive::Wanted;
use entries::Rendition;

use crate::args::{Common, Open, What};
use crate::environment;
use crate::fail::Failure;
use crate::output;

pub async fn run(common: &Common, verb: &Open) -> Result<ExitCode, Failure> {
    let (actor, via) = environment::actor(common)?;
    let (archive, _) = environment::open(common).await?;
    let wanted = Wanted {
        rendition: match verb.what {
            What::Original => Rendition::Original,
            What::Text => Rendition::Text,
            What::Preview => Rendition::Preview,
            What::Bag => Rendition::Bag,
        },
        out: verb.out.clone(),
    };
    let files = archive
        .open_record(verb.record, wanted, &actor, &via)
        .await?;
    for file in files {
        let path = file.path.display();
        if common.json {
            let object = serde_json::json!({
                "file": path.to_string(), "sha256": file.sha256, "size_bytes": file.size_bytes,
            });
            output::line(&object.to_string());
        } else {
            output::line(&format!(
                "{path}  {} bytes  sha256 {}",
                file.size_bytes, file.sha256
            ));
        }
    }
    archive.end().await;
    Ok(ExitCode::SUCCESS)
}
