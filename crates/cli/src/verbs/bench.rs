//! `bench`: what was measured, and how well it came out.

use std::path::Path;
use std::process::ExitCode;

use archive::ReadingConfig;
use bench::run::{FileScore, Measured, Setting, measure};
use bench::score::Score;
use bench::{plot, table, truth};
use reading::fields::template::{Known, Templates};
use reading::ocr::EngineSetup;
use reading::ocr::paddle::models::ModelFile;
use reading::ocr::paddle::{PaddleSetup, Runtime};
use reading::ocr::tesseract::TesseractSetup;
use reading::prepare::{Step, Steps};
use reading::{Document, ReadFailure};

use crate::args::Common;
use crate::args::bench::{Bench, EngineName, Ocr, RuntimeName, What};
use crate::environment;
use crate::fail::Failure;
use crate::output;

/// Runs the verb.
pub async fn run(common: &Common, verb: &Bench) -> Result<ExitCode, Failure> {
    match &verb.what {
        What::Ocr(ocr) => read(common, ocr).await,
    }
}

async fn read(common: &Common, verb: &Ocr) -> Result<ExitCode, Failure> {
    let hint = "each image needs its truth: `vouchsafe bench ocr --help` shows one";
    let mut truths = truth::of(&verb.folder)
        .map_err(|error| Failure::from_error(&error, Some(hint.to_owned())))?;
    if let Some(part) = &verb.only {
        truths.retain(|truth| truth.file.to_string_lossy().contains(part.as_str()));
    }
    let settings = settings(common, verb)?;
    let mut all = Vec::new();
    let mut fields = String::new();
    for setting in &settings {
        output::tell(common, &format!("reading with {}", setting.name));
        let worker = environment::worker_command()?;
        let tell =
            |file: &FileScore, document: Option<&Document>, failure: Option<&ReadFailure>| {
                tell(common, setting, file, document, failure);
                for field in &file.fields {
                    let mut row = serde_json::json!(field);
                    if let Some(row) = row.as_object_mut() {
                        row.insert("setting".to_owned(), setting.name.clone().into());
                        row.insert("file".to_owned(), file.file.clone().into());
                    }
                    fields.push_str(&row.to_string());
                    fields.push('\n');
                }
            };
        let measured = measure(&verb.folder, &truths, setting, worker, tell)
            .await
            .map_err(|error| {
                Failure::from_error(
                    &error,
                    Some("`vouchsafe doctor` says what is missing".to_owned()),
                )
            })?;
        print(common, &measured);
        all.push(measured);
    }
    let rows: Vec<String> = all.iter().flat_map(table::rows).collect();
    let csv = format!("{}\n{}\n", table::HEAD, rows.join("\n"));
    write(verb.csv.as_deref(), &csv)?;
    write(verb.plot.as_deref(), &plot::svg(&all))?;
    write(verb.fields.as_deref(), &fields)?;
    let missed = missed(verb, &all);
    for one in &missed {
        output::warn(one);
    }
    Ok(if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is measured: each engine, then the same without each step.
fn settings(common: &Common, verb: &Ocr) -> Result<Vec<Setting>, Failure> {
    let models = verb
        .models
        .clone()
        .unwrap_or_else(|| ReadingConfig::default().models_folder(&common.archive));
    // A worker stands in another folder.
    let models = std::path::absolute(&models).unwrap_or(models);
    let whole = ModelFile::ALL
        .iter()
        .all(|model| model.path(&models).exists());
    let engines = match verb.engine.as_slice() {
        [] if whole => vec![EngineName::Tesseract, EngineName::Paddle, EngineName::Both],
        [] => vec![EngineName::Tesseract],
        asked => asked.to_vec(),
    };
    if !whole && engines.iter().any(|one| *one != EngineName::Tesseract) {
        let found = format!(
            "the models of the engine paddle are not in {}",
            models.display()
        );
        let hint = "`deploy/models FOLDER` fetches them; --models FOLDER says where they are";
        return Err(Failure::said(found, hint));
    }
    let mut steps = Steps::default();
    for step in &verb.with {
        steps = steps.with(*step);
    }
    for step in &verb.without {
        steps = steps.without(*step);
    }
    let templates = templates(verb)?;
    let mut settings = Vec::new();
    for engine in engines {
        let tesseract = TesseractSetup {
            data_folder: verb.tessdata.clone(),
            ..TesseractSetup::default()
        };
        let paddle = PaddleSetup {
            runtime: match verb.runtime {
                RuntimeName::Rten => Runtime::Rten,
                RuntimeName::Ort => Runtime::Ort,
            },
            ..PaddleSetup::of(models.clone())
        };
        let (name, engine) = match engine {
            EngineName::Tesseract => ("tesseract", EngineSetup::Tesseract(tesseract)),
            EngineName::Paddle => ("paddle", EngineSetup::Paddle(paddle)),
            EngineName::Both => ("both", EngineSetup::Both(paddle, tesseract)),
        };
        let mut add = |name: String, steps: Steps| {
            settings.push(Setting {
                name,
                engine: engine.clone(),
                steps,
                workers: verb.workers,
                templates: templates.clone(),
                calibrated: !verb.uncalibrated,
            });
        };
        add(name.to_owned(), steps.clone());
        if verb.each_step {
            for step in Step::ALL {
                if steps.has(step) {
                    let name = format!("{name} without {}", step.as_str());
                    add(name, steps.clone().without(step));
                } else {
                    add(
                        format!("{name} with {}", step.as_str()),
                        steps.clone().with(step),
                    );
                }
            }
            add(format!("{name} without any step"), Steps::none());
        }
    }
    Ok(settings)
}

/// Which fields are looked for, and what is known beforehand.
fn templates(verb: &Ocr) -> Result<Templates, Failure> {
    let wrong = |error| Failure::from_error(&error, Some("mend the line that is named".to_owned()));
    let templates = match &verb.templates {
        Some(folder) => Templates::with_folder(folder),
        None => Templates::embedded(),
    };
    let mut templates = templates.map_err(wrong)?;
    if let Some(file) = &verb.known {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| {
            let hint = "name a file of lines `branch = [\"0012 上海示范路营业部\", …]`";
            Failure::said(format!("{name} cannot be read: {error}"), hint)
        })?;
        templates.know(&Known::parse(&name, &text).map_err(wrong)?);
    }
    Ok(templates)
}

fn tell(
    common: &Common,
    setting: &Setting,
    file: &FileScore,
    document: Option<&Document>,
    failure: Option<&ReadFailure>,
) {
    if common.verbose == 0 {
        return;
    }
    output::warn(&format!(
        "{} {}: {:.2} % wrong, {} of {} fields{}",
        setting.name,
        file.file,
        file.score.cer_percent(),
        file.score.right,
        file.score.fields,
        failure.map_or_else(String::new, |failure| format!("; not read: {failure}"))
    ));
    for field in file.fields.iter().filter(|field| !field.right) {
        let read = field.read.as_deref().unwrap_or("nothing");
        output::warn(&format!(
            "  {}: {} was read as {read} ({:.3}{})",
            field.kind.as_str(),
            field.stands,
            field.confidence,
            if field.certain { ", certain" } else { "" }
        ));
    }
    if common.verbose > 1 {
        for page in document.iter().flat_map(|document| &document.pages) {
            output::warn(&page.text);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "pages far below 2^52")]
fn print(common: &Common, measured: &Measured) {
    let colours = measured.by.iter().filter(|((by, _), _)| by == "colour");
    let rows = colours
        .map(|((_, colour), score)| (colour.as_str(), score))
        .chain(std::iter::once(("all", &measured.all)));
    for (what, score) in rows {
        let seconds = score.seconds / score.pages.max(1) as f64;
        if common.json {
            let object = serde_json::json!({
                "setting": measured.name, "engine": measured.engine, "of": what,
                "files": score.files, "pages": score.pages, "characters": score.characters,
                "errors": score.errors, "cer_percent": score.cer_percent(),
                "cer_with_seals_percent": score.cer_with_seals_percent(),
                "fields": score.fields, "fields_read": score.read, "fields_right": score.right,
                "certain": score.certain, "certain_wrong": score.certain_wrong,
                "cpu_seconds_a_page": seconds, "peak_mib": measured.peak_mib,
                "pages_a_second": score.pages as f64 / measured.wall_seconds,
            });
            output::line(&object.to_string());
        } else {
            output::line(&row(
                &measured.name,
                what,
                score,
                seconds,
                measured.peak_mib,
            ));
        }
    }
}

fn row(name: &str, what: &str, score: &Score, seconds: f64, peak_mib: u64) -> String {
    format!(
        "{} {} {:>4} pages, {:>6.2} % of characters wrong ({:.2} with seals), fields {} of {} right ({:.1} %, precision {:.1} %), certain {}, of these wrong {}; {seconds:.2} CPU s a page, {peak_mib} MiB",
        output::pad(name, 9),
        output::pad(what, 8),
        score.pages,
        score.cer_percent(),
        score.cer_with_seals_percent(),
        score.right,
        score.fields,
        score.recall_percent(),
        score.precision_percent(),
        score.certain,
        score.certain_wrong,
    )
}

/// The bounds that were missed, and what was read that should not have been.
fn missed(verb: &Ocr, all: &[Measured]) -> Vec<String> {
    let mut missed = Vec::new();
    for measured in all {
        missed.extend(
            measured
                .surprises
                .iter()
                .map(|one| format!("{}: {one}", measured.name)),
        );
        for ((by, value), score) in &measured.by {
            let cer = score.cer_percent();
            let beyond = verb.cer_max.iter().any(|bound| {
                bound.colour.as_ref().is_none_or(|colour| colour == value) && cer > bound.percent
            });
            if by == "colour" && beyond {
                missed.push(format!(
                    "{}: of {value} pages {cer:.2} % is wrong",
                    measured.name
                ));
            }
            let right = score.recall_percent();
            if by == "colour" && verb.fields_min.is_some_and(|least| right < least) {
                missed.push(format!(
                    "{}: of {value} pages {right:.1} % of fields are right",
                    measured.name
                ));
            }
        }
    }
    missed
}

#[expect(
    clippy::disallowed_methods,
    reason = "a table for whoever asked for it; nothing that must last"
)]
fn write(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, text)
        .map_err(|error| Failure::from_io(&format!("writing {}", path.display()), &error))
}
