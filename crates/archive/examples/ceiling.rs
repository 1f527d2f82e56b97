//! How far an archive carries: one archive grows, and is measured at each size on its way.
//!
//! ```text
//! cargo run --release -p archive --example ceiling -- FOLDER FIGURES.csv RECORDS…
//! ```
//!
//! At each of the sizes: how fast records are entered (ledger and catalog, every write synced,
//! no objects), what ledger and catalog take on disk, how long opening takes with the catalog
//! level, 1 % behind and missing, what memory that takes, and how long answers take. At a size
//! given as `+RECORDS` only what needs no second catalog. Each measurement is a process of its
//! own, so that memory is its own as well.
//!
//! An archive that an earlier call left in `FOLDER` grows on, and the figures go below those
//! that are there.
//!
//! Every figure is printed, and is a line of `FIGURES.csv`. On a machine that others use, times
//! and rates on the clock are mostly of them: hence next to each what was computed. The exit
//! status is 1 if what a kind of question computes misses its aim at the 99th percentile.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a measurement stops at the first surprise, reads the clock and makes its own files"
)]

#[path = "common/opening.rs"]
mod opening;
#[path = "common/questions.rs"]
mod questions;
#[path = "common/records.rs"]
mod records;

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::{Archive, Environment, Folder, OpenReport};
use opening::{Now, create};
use questions::AIM_MS;
use records::Pace;
use rustix::time::ClockId;
use store::StoreOptions;

/// How often each kind of question is asked, in a small and in a large archive.
const QUESTIONS_MIN: u64 = 100;
const QUESTIONS_MAX: u64 = 2_000;
const MIB: f64 = 1024.0 * 1024.0;
const USAGE: &str = "usage: ceiling FOLDER FIGURES.csv RECORDS…";

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["fill", folder, what, from, to] => {
            let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
            fill(Path::new(folder), what, from, to).await;
        }
        ["open", folder, what] => opened(Path::new(folder), what).await,
        ["ask", folder, records] => asked(Path::new(folder), records.parse().unwrap()).await,
        [folder, figures, _, ..] => {
            let sizes = args[2..].iter().map(|size| Size::parse(size)).collect();
            measure(Path::new(folder), Path::new(figures), sizes).await;
        }
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    }
}

/// A size to measure at.
struct Size {
    records: u64,
    /// Also with a catalog that is behind, or missing.
    whole: bool,
}

impl Size {
    fn parse(text: &str) -> Self {
        let number = text.strip_prefix('+');
        Self {
            records: number.unwrap_or(text).parse().unwrap(),
            whole: number.is_none(),
        }
    }
}

async fn measure(folder: &Path, figures: &Path, mut sizes: Vec<Size>) {
    sizes.sort_by_key(|size| size.records);
    std::fs::create_dir_all(folder).unwrap();
    let archive = folder.join("archive");
    let mut from = begun(&archive).await;
    let mut file = OpenOptions::new();
    let file = file
        .create(true)
        .append(from > 0)
        .write(true)
        .truncate(from == 0);
    let mut run = Run {
        archive,
        behind: folder.join("behind"),
        figures: file.open(figures).unwrap(),
        records: 0,
        missed: Vec::new(),
    };
    if from == 0 {
        writeln!(run.figures, "records,figure,unit,value").unwrap();
    }
    for size in sizes {
        run.records = size.records;
        println!("{} records", size.records);
        run.grow(from, &size);
        from = size.records;
    }
    if !run.missed.is_empty() {
        eprintln!(
            "the aim of {AIM_MS} ms is missed: {}",
            run.missed.join("; ")
        );
        std::process::exit(1);
    }
}

/// How many records the archive has; it is made if it is not there.
async fn begun(folder: &Path) -> u64 {
    if !folder.exists() {
        let clock = Arc::new(Pace::at(0));
        create(folder, "store", StoreOptions::default(), clock).await;
    }
    let (archive, _, _) = open(folder).await;
    let size = archive.catalog().head().unwrap().unwrap().size;
    archive.end().await;
    // The first entry is of the archive itself.
    size - 1
}

/// One archive on its way.
struct Run {
    archive: PathBuf,
    /// Where a catalog is kept that falls behind.
    behind: PathBuf,
    figures: File,
    records: u64,
    missed: Vec<String>,
}

impl Run {
    fn grow(&mut self, from: u64, size: &Size) {
        let catalog = Folder::new(&self.archive).catalog_path();
        if size.whole {
            // The last hundredth is entered while a copy of the catalog stays behind.
            let most = from.max(size.records - size.records / 100);
            self.fill("entered", from, most);
            copy(&catalog, &self.behind);
            self.fill("entered of the last hundredth", most, size.records);
        } else {
            self.fill("entered", from, size.records);
        }
        let ledger = folder_bytes(&self.archive.join("store/ledger"));
        self.figure("ledger on disk", "MiB", ledger as f64 / MIB);
        self.step(&["open", "opened after filling"]);
        self.figure(
            "catalog on disk",
            "MiB",
            folder_bytes(&catalog) as f64 / MIB,
        );
        self.step(&["ask", &size.records.to_string()]);
        if size.whole {
            std::fs::remove_dir_all(&catalog).unwrap();
            std::fs::rename(&self.behind, &catalog).unwrap();
            self.step(&["open", "opened 1 % behind"]);
            std::fs::remove_dir_all(&catalog).unwrap();
            self.step(&["open", "opened without catalog"]);
        }
    }

    fn fill(&mut self, what: &str, from: u64, to: u64) {
        self.step(&["fill", what, &from.to_string(), &to.to_string()]);
    }

    /// Runs a part in a process of its own and takes its figures.
    fn step(&mut self, part: &[&str]) {
        let output = Command::new(std::env::current_exe().unwrap())
            .arg(part[0])
            .arg(&self.archive)
            .args(&part[1..])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        assert!(output.status.success(), "{part:?} failed");
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            match line.split(',').collect::<Vec<_>>()[..] {
                [figure, unit, value] => self.figure(figure, unit, value.parse().unwrap()),
                _ => self.missed.push(format!("{line} ({})", self.records)),
            }
        }
    }

    fn figure(&mut self, figure: &str, unit: &str, value: f64) {
        println!("  {figure:58} {value:>12.3} {unit}");
        writeln!(self.figures, "{},{figure},{unit},{value:.3}", self.records).unwrap();
    }
}

async fn fill(folder: &Path, what: &str, from: u64, to: u64) {
    let started = Instant::now();
    records::fill(folder, from..to).await;
    let count = (to - from) as f64;
    println!(
        "{what},records/s,{}",
        count / started.elapsed().as_secs_f64()
    );
    println!("{what} with a CPU,records/s,{}", count / busy());
    println!("memory at most ({what}),MiB,{}", memory_mib("VmHWM"));
}

/// Opens the archive as every command does.
async fn open(folder: &Path) -> (Archive, OpenReport, Duration) {
    let environment = Environment {
        clock: Arc::new(Now),
        store_options: StoreOptions::default(),
    };
    let started = Instant::now();
    let (archive, report) = Archive::open(Folder::new(folder), environment)
        .await
        .unwrap();
    (archive, report, started.elapsed())
}

async fn opened(folder: &Path, what: &str) {
    let (archive, report, took) = open(folder).await;
    let size = archive.catalog().head().unwrap().unwrap().size;
    println!("{what},s,{}", took.as_secs_f64());
    println!("{what} (computed),s,{}", busy());
    println!(
        "commits replayed ({what}),commits,{}",
        report.replayed_commits
    );
    if report.catalog_was_empty {
        println!("replayed,entries/s,{}", size as f64 / took.as_secs_f64());
        println!("replayed with a CPU,entries/s,{}", size as f64 / busy());
    }
    println!("memory at most ({what}),MiB,{}", memory_mib("VmHWM"));
    archive.end().await;
}

async fn asked(folder: &Path, records: u64) {
    let (archive, report, took) = open(folder).await;
    assert_eq!(report.replayed_commits, 0);
    println!("opened level,s,{}", took.as_secs_f64());
    println!("opened level (computed),s,{}", busy());
    println!("memory opened,MiB,{}", memory_mib("VmRSS"));
    let rounds = (records / 50).clamp(QUESTIONS_MIN, QUESTIONS_MAX);
    for answered in questions::ask(&archive, records, rounds) {
        let question = answered.question;
        println!("{question}: p50,ms,{}", answered.p50_ms);
        println!("{question}: p99,ms,{}", answered.p99_ms);
        println!("{question}: p99 computed,ms,{}", answered.p99_computed_ms);
        if answered.p99_computed_ms > AIM_MS {
            println!("{question}");
        }
    }
    println!("memory after all questions,MiB,{}", memory_mib("VmRSS"));
    println!("memory at most (asking),MiB,{}", memory_mib("VmHWM"));
    archive.end().await;
}

/// The seconds that this process has computed, on all cores.
fn busy() -> f64 {
    questions::computed(ClockId::ProcessCPUTime).as_secs_f64()
}

fn memory_mib(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024.0
}

/// What a folder takes on the disk, in whole blocks.
fn folder_bytes(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.metadata().unwrap() {
            meta if meta.is_dir() => folder_bytes(&entry.path()),
            meta => meta.blocks() * 512,
        })
        .sum()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.metadata().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
