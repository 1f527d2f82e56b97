//! Reads a folder of files through the sandboxed worker and prints what came of each; with truth
//! beside them, how many characters and fields are right.
//!
//! ```text
//! cargo run -p reading --example measure-pages -- fixtures
//! cargo run -p reading --example measure-pages -- --verbose some/folder
//! cargo run -p reading --example measure-pages -- --models=archive/models fixtures
//! cargo run -p reading --example measure-pages -- --models=archive/models --runtime=ort fixtures
//! ```
//!
//! It ends with an error if pages miss the bounds of their colours, see [`BOUNDS`], if nothing
//! was measured, or if a file was read that is known to be broken. What should have been read and
//! was not counts as all wrong.
//!
//! Truth is looked for in `truth/*.json` of the folder: `file`, `colour`, `pages[].lines`,
//! `fields`, and `reason` for a file that is broken. The character error rate ignores blanks; see [`errors`].
#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a measurement, not a part of the product"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use reading::checks::PageFinding;
use reading::fields::{FieldKind, best};
use reading::ocr::EngineSetup;
use reading::ocr::paddle::{PaddleSetup, Runtime};
use reading::ocr::tesseract::TesseractSetup;
use reading::worker::{ConfinementPolicy, Pool, PoolConfig, WorkerCommand};
use reading::{Document, Limits, ReadOptions};
use serde_json::Value;

/// For each colour the most character errors in a thousand. Four fields of five must be right.
/// There is one page in grey.
const BOUNDS: [(&str, usize); 3] = [("colour", 35), ("bilevel", 70), ("grey", 80)];

#[derive(Default)]
struct Sum {
    files: usize,
    pages: usize,
    characters: usize,
    errors: usize,
    fields: usize,
    fields_right: usize,
    text_fields_right: usize,
    seconds: f64,
}

impl Sum {
    fn misses(&self, per_thousand_max: usize) -> bool {
        self.errors * 1000 > self.characters * per_thousand_max
            || self.fields_right * 5 < self.fields * 4
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // The measuring program is its own worker.
    if std::env::args().any(|argument| argument == "--worker") {
        let _ = reading::worker::main();
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let mut verbose = false;
    let mut engine = TesseractSetup::default();
    let mut models = None;
    let mut runtime = Runtime::default();
    let mut onnxruntime = None;
    let mut longest_side_px = None;
    let mut folder = PathBuf::from("fixtures");
    for argument in std::env::args().skip(1) {
        if argument == "--verbose" {
            verbose = true;
        } else if let Some(mode) = argument.strip_prefix("--psm=") {
            engine.segmentation = mode.parse()?;
        } else if let Some(languages) = argument.strip_prefix("--languages=") {
            languages.clone_into(&mut engine.languages);
        } else if let Some(data) = argument.strip_prefix("--data=") {
            engine.data_folder = Some(data.to_owned());
        } else if let Some(folder) = argument.strip_prefix("--models=") {
            models = Some(PathBuf::from(folder));
        } else if let Some(name) = argument.strip_prefix("--runtime=") {
            runtime = serde_json::from_value(name.into())?;
        } else if let Some(path) = argument.strip_prefix("--onnxruntime=") {
            onnxruntime = Some(PathBuf::from(path));
        } else if let Some(side) = argument.strip_prefix("--side=") {
            longest_side_px = Some(side.parse()?);
        } else {
            folder = argument.into();
        }
    }
    let pool = Pool::start(PoolConfig {
        command: WorkerCommand {
            program: std::env::current_exe()?,
            args: vec!["--worker".into()],
        },
        workers: NonZeroUsize::MIN,
        limits: Limits::default(),
        policy: ConfinementPolicy::default(),
        engine: match models {
            Some(models) => {
                let setup = PaddleSetup::of(models);
                EngineSetup::Paddle(PaddleSetup {
                    runtime,
                    onnxruntime,
                    longest_side_px: longest_side_px.unwrap_or(setup.longest_side_px),
                    ..setup
                })
            }
            None => EngineSetup::Tesseract(engine),
        },
    })
    .await?;
    println!("{:?} {:?}", pool.engine(), pool.confinement());
    let mut truths = truths(&folder)?;
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let mut surprises = Vec::new();
    for file in files(&folder)? {
        let bytes = std::fs::read(&file)?;
        let before = worker_seconds();
        let read = pool.read(bytes.into(), &ReadOptions::default()).await;
        let seconds = worker_seconds() - before;
        let name = file
            .strip_prefix(&folder)
            .unwrap_or(&file)
            .display()
            .to_string();
        match &read {
            Ok(document) => show(&name, document, seconds, verbose),
            Err(failure) => println!("{name}: {failure} [{}]", failure.why.as_str()),
        }
        let Some(truth) = truths.remove(&name) else {
            continue;
        };
        match (is_broken(&truth), read) {
            (false, read) => judge(read.ok().as_ref(), &truth, seconds, &mut sums, verbose),
            (true, Ok(_)) => surprises.push(format!("{name} is broken and was read")),
            (true, Err(_)) => {}
        }
    }
    surprises.extend(truths.keys().map(|name| format!("{name} is not there")));
    println!("the worker took {} MB at most", worker_peak_kib() / 1024);
    for (colour, sum) in &sums {
        println!(
            "{colour}: {} files, {} pages, CER {:.2} %, fields {} of {} ({} without barcodes), {:.2} CPU s a page",
            sum.files,
            sum.pages,
            100.0 * sum.errors as f64 / sum.characters.max(1) as f64,
            sum.fields_right,
            sum.fields,
            sum.text_fields_right,
            sum.seconds / sum.pages.max(1) as f64,
        );
    }
    for (colour, sum) in &sums {
        match BOUNDS.iter().find(|(bounded, _)| bounded == colour) {
            Some((_, most)) if sum.misses(*most) => {
                surprises.push(format!("the {colour} pages miss their bounds"));
            }
            Some(_) => {}
            None => surprises.push(format!("there are no bounds for {colour} pages")),
        }
    }
    if sums.is_empty() {
        surprises.push("nothing was measured".to_owned());
    }
    if surprises.is_empty() {
        Ok(())
    } else {
        Err(surprises.join("; ").into())
    }
}

/// Whether nothing of the file should be read.
fn is_broken(truth: &Value) -> bool {
    matches!(truth["reason"].as_str(), Some("damaged" | "empty"))
}

/// A file under `/proc` of each worker, this process's children.
fn of_workers(file: &str) -> Vec<String> {
    let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
    let threads = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let children: String = threads
        .map(|thread| read(format!("{}/children", thread.path().display())))
        .collect();
    children
        .split_whitespace()
        .map(|child| read(format!("/proc/{child}/{file}")))
        .collect()
}

/// Processor seconds that the workers have used so far.
fn worker_seconds() -> f64 {
    of_workers("stat")
        .iter()
        .map(|stat| {
            // The numbers behind the name in brackets; user and system time are 14 and 15.
            let numbers = stat.rsplit(')').next().unwrap_or_default();
            numbers
                .split_whitespace()
                .skip(11)
                .take(2)
                .filter_map(|ticks| ticks.parse::<f64>().ok())
                .sum::<f64>()
                / 100.0
        })
        .sum()
}

/// The most memory that a living worker has held.
fn worker_peak_kib() -> u64 {
    of_workers("status")
        .iter()
        .filter_map(|status| {
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        })
        .max()
        .unwrap_or_default()
}

fn show(name: &str, document: &Document, seconds: f64, verbose: bool) {
    for page in &document.pages {
        let found: Vec<&str> = page.findings.iter().map(PageFinding::as_str).collect();
        println!(
            "{name} p{}/{}: {}×{} {:?} dpi {} turn {} skew {:.2} conf {} chars {} codes {:?} findings {found:?} {seconds:.1} s",
            page.number,
            document.pages.len(),
            page.width_px,
            page.height_px,
            page.mode,
            page.dpi
                .map_or("-".to_owned(), |dpi| format!("{:.0}×{:.0}", dpi.x, dpi.y)),
            page.turn.degrees(),
            page.skew_degrees,
            page.confidence_mean
                .map_or("-".to_owned(), |c| format!("{c:.2}")),
            page.characters,
            page.barcodes
                .iter()
                .map(|b| b.value.as_str())
                .collect::<Vec<_>>(),
        );
        if verbose {
            println!("{}", page.text);
        }
    }
}

/// Holds what was read against the truth; nothing, where the file was not.
fn judge(
    document: Option<&Document>,
    truth: &Value,
    seconds: f64,
    sums: &mut BTreeMap<String, Sum>,
    verbose: bool,
) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let colour = text(&truth["colour"]);
    let sum = sums.entry(colour).or_default();
    sum.files += 1;
    sum.seconds += seconds;
    let (mut errors_here, mut characters_here) = (0, 0);
    let pages = document.map_or(&[][..], |document| &document.pages);
    for (n, truth) in truth["pages"].as_array().into_iter().flatten().enumerate() {
        sum.pages += 1;
        let lines: Vec<String> = truth["lines"]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect();
        let read = pages.get(n).map_or("", |page| &page.text);
        let (wrong, of) = errors(&lines, read);
        errors_here += wrong;
        characters_here += of;
    }
    sum.errors += errors_here;
    sum.characters += characters_here;
    if characters_here > 0 {
        println!(
            "    CER {:.2} %",
            100.0 * errors_here as f64 / characters_here as f64
        );
    }
    let fields = document.map(Document::fields).unwrap_or_default();
    let from_text: Vec<_> = fields
        .iter()
        .filter(|f| f.source == reading::fields::FieldSource::Text)
        .cloned()
        .collect();
    for (kind, name) in [
        (FieldKind::ClientNo, "client_no"),
        (FieldKind::ClientName, "client_name"),
        (FieldKind::IdNumber, "id_number"),
        (FieldKind::FlowNo, "flow_no"),
        (FieldKind::Date, "date"),
        (FieldKind::Branch, "branch"),
    ] {
        let Some(expected) = truth["fields"][name].as_str() else {
            continue;
        };
        sum.fields += 1;
        let found = best(&fields, kind).map(|f| f.value.as_str());
        let in_text = best(&from_text, kind).map(|f| f.value.as_str());
        sum.fields_right += usize::from(found == Some(expected));
        sum.text_fields_right += usize::from(in_text == Some(expected));
        if verbose || in_text != Some(expected) {
            println!("    {name}: {expected} -> {found:?}, text {in_text:?}");
        }
    }
}

/// Wrong, missing and superfluous characters against the printed lines, and how many were
/// printed. Blanks do not count. The distance is that of the whole texts (Levenshtein).
fn errors(lines: &[String], read: &str) -> (usize, usize) {
    let plain = |text: &str| -> Vec<char> { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let printed = plain(&lines.join(""));
    let read = plain(read);
    let mut row: Vec<usize> = (0..=read.len()).collect();
    for (i, expected) in printed.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, found) in read.iter().enumerate() {
            let cost = diagonal + usize::from(expected != found);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    (row[read.len()], printed.len())
}

fn truths(folder: &Path) -> Result<BTreeMap<String, Value>, Box<dyn Error>> {
    let mut truths = BTreeMap::new();
    for file in files(&folder.join("truth")).unwrap_or_default() {
        let truth: Value = serde_json::from_slice(&std::fs::read(file)?)?;
        if let Some(name) = truth["file"].as_str() {
            truths.insert(name.to_owned(), truth.clone());
        }
    }
    Ok(truths)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("truth") && !path.ends_with("formats") {
                found.extend(files(&path)?);
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
