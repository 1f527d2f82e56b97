//! Files of every type, broken by chance from a seed, through the pool with its default limits:
//! each gets an answer in time, the pool goes on, memory stays bounded, and no worker is left.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use image::{DynamicImage, GrayImage};
use reading::worker::Pool;
use reading::{Document, Limits, ReadFailure, ReadOptions, Unreadable};
use testkit::seed::Rng;
use tiff::encoder::{Compression, DeflateLevel};

use super::processes::{mib, no_worker_is_left, workers};
use super::{config, make, without_text};

/// What this process may take more at the end than at the start: answers that are held while
/// they are judged, and what the allocator keeps.
const GROWTH_MIB_MAX: u64 = 256;
/// What an answer may take beyond its pages' time: a worker is started again, and the machine
/// has other work.
const MARGIN: Duration = Duration::from_secs(20);
const MIB: u64 = 1024 * 1024;

/// A sound file.
struct Sound {
    name: String,
    bytes: Vec<u8>,
}

fn sound(name: &str, bytes: Vec<u8>) -> Sound {
    Sound {
        name: name.to_owned(),
        bytes,
    }
}

/// The sample vouchers, and the types that are not among them, made of one of them.
fn vouchers() -> Vec<Sound> {
    let folder = testkit::fixtures().join("vouchers");
    let mut files: Vec<Sound> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            sound(&name, std::fs::read(&path).unwrap())
        })
        .filter(|file| !file.bytes.is_empty())
        .collect();
    // Folders list their files in any order.
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files.extend(made_of(&voucher(&folder)));
    files
}

/// The same types at a fifth of the size, for a quick run.
fn small_vouchers() -> Vec<Sound> {
    let page = voucher(&testkit::fixtures().join("vouchers"));
    made_of(&page.thumbnail(page.width() / 5, page.height() / 5))
}

fn voucher(folder: &Path) -> DynamicImage {
    image::open(folder.join("opening-colour-200.jpg")).unwrap()
}

/// One page in every type and compression that is read.
fn made_of(page: &DynamicImage) -> Vec<Sound> {
    let (grey, rgb) = (page.to_luma8(), page.to_rgb8());
    let dimensions = rgb.dimensions();
    let baseline = make::jpeg(&rgb, 200);
    let bilevel = |compression, data: &[u8]| {
        make::tiff_by_hand(&make::Stored {
            width: grey.width(),
            height: grey.height(),
            compression,
            photometric: 0,
            bits: 1,
            data,
            colour_map: None,
        })
    };
    let jpeg_in_tiff = make::tiff_by_hand(&make::Stored {
        width: grey.width(),
        height: grey.height(),
        compression: 7,
        photometric: 1,
        bits: 8,
        data: &grey_jpeg(&grey),
        colour_map: None,
    });
    let pages = [grey.clone(), grey.clone(), grey.clone()];
    vec![
        sound("g4.tif", bilevel(4, &make::g4(&grey))),
        sound("packed.tif", bilevel(1, &make::packed(&grey))),
        sound("lzw.tif", make::tiff_rgb(&rgb, Compression::Lzw)),
        sound(
            "deflate.tif",
            make::tiff_rgb(&rgb, Compression::Deflate(DeflateLevel::Balanced)),
        ),
        sound("jpeg.tif", jpeg_in_tiff),
        sound("cmyk.tif", make::tiff_cmyk(&grey)),
        sound("pages.tif", make::tiff_grey(&pages, Compression::Lzw)),
        sound("baseline.jpg", baseline.clone()),
        sound("turned.jpg", make::jpeg_oriented(&rgb, 6)),
        sound("progressive.jpg", make::jpeg_progressive(&rgb)),
        sound("scans.jpg", make::jpeg_in_separate_scans(&grey)),
        sound("grey.png", make::png(&grey, Some(200))),
        sound("jpeg.pdf", make::pdf_of_jpeg(&baseline, dimensions, 2)),
        sound("g4.pdf", make::pdf_of_g4(&grey)),
        sound("deflate.pdf", make::pdf_of_deflate(&grey)),
        sound("empty.pdf", make::pdf_empty_pages(3)),
    ]
}

fn grey_jpeg(page: &GrayImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80)
        .encode_image(page)
        .unwrap();
    bytes
}

/// The broken file of this number: the same for the same seed, whatever came before it.
fn broken(files: &[Sound], seed: u64, number: u64) -> (String, Bytes) {
    let mut rng = Rng::new(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut one = || &files[rng.below(u32::try_from(files.len()).unwrap()) as usize];
    let (file, other) = (one(), one());
    let mut bytes = file.bytes.clone();
    testkit::mutate::picture(&mut bytes, &other.bytes, &mut rng);
    (format!("{} {seed}/{number}", file.name), bytes.into())
}

/// What came of a run.
#[derive(Default)]
struct Tally {
    files: u64,
    /// How often each kind of answer was given.
    answers: BTreeMap<String, u64>,
    /// What cost a worker or made a decoder panic, with how often and the first such file.
    costly: BTreeMap<String, (u64, String)>,
    /// The longest that an answer took, and to which file.
    slowest: (Duration, String),
    /// The most memory that a worker or this process ever held, in MiB.
    worker_mib: u64,
    own_mib: u64,
    workers_most: usize,
}

impl Tally {
    fn take(&mut self, name: &str, answer: &Result<Document, ReadFailure>) {
        self.files += 1;
        let code = match answer {
            Ok(document) => {
                assert!(!document.pages.is_empty(), "{name}: read, without a page");
                "read"
            }
            Err(failure) => {
                if let Some(cost) = cost_of(&failure.why) {
                    let entry = self.costly.entry(cost);
                    entry.or_insert_with(|| (0, name.to_owned())).0 += 1;
                }
                code_of(&failure.why).unwrap_or_else(|| panic!("{name}: {failure}"))
            }
        };
        *self.answers.entry(code.to_owned()).or_default() += 1;
    }

    fn add(&mut self, other: Self) {
        self.files += other.files;
        if other.slowest.0 > self.slowest.0 {
            self.slowest = other.slowest;
        }
        for (answer, count) in other.answers {
            *self.answers.entry(answer).or_default() += count;
        }
        for (cost, (count, first)) in other.costly {
            self.costly.entry(cost).or_insert((0, first)).0 += count;
        }
    }

    fn look_at_processes(&mut self) {
        let workers = workers();
        self.workers_most = self.workers_most.max(workers.len());
        let peaks = workers.iter().filter_map(|worker| mib(worker, "VmHWM:"));
        self.worker_mib = self.worker_mib.max(peaks.max().unwrap_or(0));
        self.own_mib = self.own_mib.max(mib("self", "VmRSS:").unwrap());
    }

    fn print(&self, what: &str) {
        println!("{what}: {} files", self.files);
        for (answer, count) in &self.answers {
            println!("  {count:7} {answer}");
        }
        println!(
            "  slowest answer {:.1} s, to {}; most workers {}; a worker's memory {} MiB; this process {} MiB",
            self.slowest.0.as_secs_f64(),
            self.slowest.1,
            self.workers_most,
            self.worker_mib,
            self.own_mib,
        );
        for (cost, (count, first)) in &self.costly {
            println!("  {count} × {cost}, first: {first}");
        }
    }
}

/// The code of a failure that a file may be answered with. That no worker can be had is none.
fn code_of(why: &Unreadable) -> Option<&'static str> {
    assert!(!why.hint().is_empty());
    match why {
        Unreadable::NoWorker { .. } | Unreadable::NotConfined { .. } => None,
        Unreadable::Empty
        | Unreadable::UnknownType
        | Unreadable::Damaged { .. }
        | Unreadable::Truncated { .. }
        | Unreadable::Unsupported { .. }
        | Unreadable::Encrypted
        | Unreadable::NoPages
        | Unreadable::TooManyPages { .. }
        | Unreadable::TooManyPixels { .. }
        | Unreadable::TooLarge { .. }
        | Unreadable::TimedOut { .. }
        | Unreadable::WorkerDied { .. } => Some(why.as_str()),
    }
}

/// What a file cost, if it cost more than its own reading should: contained, yet a defect of a
/// decoder.
fn cost_of(why: &Unreadable) -> Option<String> {
    let is_panic = matches!(why, Unreadable::Damaged { found } if found.contains("gave up"));
    let is_end = matches!(
        why,
        Unreadable::TimedOut { .. } | Unreadable::WorkerDied { .. }
    );
    (is_panic || is_end).then(|| why.to_string())
}

/// Reads one file, and holds its answer against the bounds.
async fn answer(pool: &Pool, file: (String, Bytes), options: &ReadOptions, tally: &mut Tally) {
    let (name, bytes) = file;
    let begun = Instant::now();
    let answer = pool.read(bytes.clone(), options).await;
    let took = begun.elapsed();
    let pages = match &answer {
        Ok(document) => document.pages.len(),
        Err(failure) => failure.page.unwrap_or(1) as usize,
    };
    let page_bound = Duration::from_secs(u64::from(Limits::default().page_seconds_max));
    // Twice: what ends a used worker is read again by a fresh one.
    let bound = 2 * page_bound * u32::try_from(pages.max(1)).unwrap() + MARGIN;
    assert!(took < bound, "{name} was answered after {took:?}");
    if took > tally.slowest.0 {
        tally.slowest = (took, name.clone());
    }
    if answer
        .as_ref()
        .is_err_and(|failure| cost_of(&failure.why).is_some())
    {
        keep(&name, &bytes);
    }
    tally.take(&name, &answer);
}

/// Keeps a file that cost too much, for whoever looks into it.
fn keep(name: &str, bytes: &[u8]) {
    let file = name.replace(['/', ' '], "-");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn broken_files_are_answered_and_no_decoder_gives_up() {
    // A header that promises the largest page costs seconds; here it is refused.
    let limits = Limits {
        page_pixels_max: 4_000_000,
        ..Limits::default()
    };
    let pool = Pool::start(config(limits, &[])).await.unwrap();
    let files = small_vouchers();
    let mut tally = Tally::default();
    for file in &files {
        let document = pool.read(file.bytes.clone().into(), &without_text()).await;
        assert!(document.is_ok(), "{}, unbroken: {document:?}", file.name);
    }
    for number in 0..400 {
        answer(
            &pool,
            broken(&files, 1, number),
            &without_text(),
            &mut tally,
        )
        .await;
    }
    tally.print("seed 1");
    assert!(
        tally.answers["read"] < 300 && tally.answers.len() > 4,
        "hardly broken"
    );
    assert!(tally.costly.is_empty(), "{:?}", tally.costly);
}

/// `BROKEN_SECONDS`, `BROKEN_SEED` and `BROKEN_TEXT` (1: with text) say how.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes: tests/campaign images"]
async fn broken_files_are_answered_for_long() {
    let variable = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse().ok())
    };
    let seconds = variable("BROKEN_SECONDS").unwrap_or(900);
    let seed = variable("BROKEN_SEED").unwrap_or(1);
    let with_text = variable("BROKEN_TEXT") == Some(1);
    let options = if with_text {
        ReadOptions::default()
    } else {
        without_text()
    };
    let pool = Pool::start(config(Limits::default(), &[])).await.unwrap();
    let at_once = pool.workers().get();
    let files = vouchers();
    let at_start = mib("self", "VmRSS:").unwrap();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut tally = Tally::default();
    let mut number = 0;
    while Instant::now() < end {
        let (one, other) = (
            broken(&files, seed, number),
            broken(&files, seed, number + 1),
        );
        number += 2;
        let mut beside = Tally::default();
        tokio::join!(
            answer(&pool, one, &options, &mut tally),
            answer(&pool, other, &options, &mut beside),
        );
        tally.add(beside);
        tally.look_at_processes();
        assert!(
            tally.workers_most <= at_once,
            "{} workers",
            tally.workers_most
        );
    }
    drop(pool);
    let text = if with_text { "with" } else { "without" };
    tally.print(&format!("seed {seed}, {text} text, {seconds} s"));
    no_worker_is_left().await;
    let worker_mib_max = Limits::default().worker_memory_bytes_max / MIB;
    assert!(tally.worker_mib <= worker_mib_max);
    assert!(
        tally.own_mib <= at_start + GROWTH_MIB_MAX,
        "from {at_start} MiB on"
    );
    assert!(tally.costly.is_empty(), "{:?}", tally.costly);
}
