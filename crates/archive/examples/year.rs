//! A year of a hundred branches: the counter system's flows come in, images are put and reviewed,
//! and one asks what a branch owes.
//!
//! ```text
//! cargo run --release -p archive --example year -- FOLDER FIGURES.csv FLOWS…
//! ```
//!
//! At each of the sizes: how fast flows are imported, what memory that takes, what ledger and
//! catalog take on disk, and how long the list of what one branch owes takes while nothing was
//! scanned; then every task but those of the last three days gets its image and its review (without
//! objects), and the list is asked for again. At a size given as `+FLOWS` nothing is scanned; at
//! `=FLOWS` what is there already is opened and asked once more; at `~FLOWS` ten branches of what is
//! there scan what they owe, and are asked alone. A thousand people are recorded.
//! Every figure is printed, and is a line of `FIGURES.csv`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a measurement stops at the first surprise, reads the clock and makes its own files"
)]

#[path = "common/opening.rs"]
mod opening;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::{Archive, Environment, Folder, OwedFilter, SaidOfFlow};
use domain::{
    Actor, BatchId, BusinessDate, Digest, Epoch, FlowNo, RecordId, RequestId, SealedName,
    SealedObject, Via,
};
use entries::{
    Assurance, BUILT_IN_RULES, Body, Draft, Filing, Granted, Identification, Known, MatchedBy,
    PersonRecorded, RecordBody, RecordFacts, ReviewPassed, SheetRef, Signed, TaskRef,
};
use futures::StreamExt as _;
use journal::{Journal, Lookup};
use opening::{Now, actor, create, journal};
use policy::flow::{Channel, FlowFacts};
use store::StoreOptions;

const BRANCHES: u64 = 100;
/// How many of them scan at a size given as `~FLOWS`.
const SOME_BRANCHES: u64 = 10;
/// Flows of a branch and day.
const A_DAY: u64 = 120;
/// How many sheets are on their way into the ledger at once.
const WAITING: usize = 512;
/// The days whose tasks stay open.
const OPEN_DAYS: u64 = 3;
const BUSINESSES: [&str; 6] = [
    "account-opening",
    "information-change",
    "agency-business",
    "fund-business",
    "custody-business",
    "account-closing",
];
const MIB: f64 = 1024.0 * 1024.0;

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.len() < 3 {
        eprintln!("usage: year FOLDER FIGURES.csv FLOWS…");
        std::process::exit(2);
    }
    let folder = Path::new(&args[0]).join("archive");
    let mut figures = Figures {
        file: std::fs::File::create(&args[1]).unwrap(),
        flows: 0,
    };
    writeln!(figures.file, "flows,figure,unit,value").unwrap();
    std::fs::create_dir_all(&args[0]).unwrap();
    if !folder.exists() {
        create(&folder, "store", StoreOptions::default(), Arc::new(Now)).await;
    }
    let mut from = 0;
    for size in &args[2..] {
        let to: u64 = size.trim_start_matches(['+', '=', '~']).parse().unwrap();
        figures.flows = to;
        println!("{to} flows");
        if size.starts_with('~') {
            let days = to / (BRANCHES * A_DAY);
            let entries = settle(&folder, 0, days, SOME_BRANCHES).await;
            figures.tell("images and reviews entered", "a second", entries);
        }
        if size.starts_with(['=', '~']) {
            let began = Instant::now();
            let archive = open(&folder).await;
            figures.tell("opened", "s", began.elapsed().as_secs_f64());
            let of = if size.starts_with('~') {
                SOME_BRANCHES
            } else {
                BRANCHES
            };
            ask(&archive, ("opened again", of), to, &mut figures).await;
            figures.tell("memory at most, asking", "MiB", memory_mib());
            archive.end().await;
            from = to;
            continue;
        }
        grow(&folder, (from, to), !size.starts_with('+'), &mut figures).await;
        from = to;
    }
}

struct Figures {
    file: std::fs::File,
    flows: u64,
}

impl Figures {
    fn tell(&mut self, figure: &str, unit: &str, value: f64) {
        println!("  {figure:<48} {value:>12.2} {unit}");
        writeln!(self.file, "{},{figure},{unit},{value}", self.flows).unwrap();
    }
}

async fn grow(folder: &Path, (from, to): (u64, u64), scans: bool, figures: &mut Figures) {
    let archive = open(folder).await;
    if from == 0 {
        people(&archive).await;
    }
    let began = Instant::now();
    let mut tasks = 0;
    let mut next = from;
    while next < to {
        let end = to.min(next + BRANCHES * A_DAY);
        let said: Vec<SaidOfFlow> = (next..end).map(said).collect();
        let outcomes = archive
            .import_flows(&said, by(&actor("ops")), false)
            .await
            .unwrap();
        tasks += outcomes
            .iter()
            .map(|outcome| {
                let archive::FlowOutcome::Recorded { tasks } = outcome else {
                    unreachable!("{outcome:?}");
                };
                *tasks as u64
            })
            .sum::<u64>();
        next = end;
    }
    let seconds = began.elapsed().as_secs_f64();
    figures.tell("flows imported", "a second", (to - from) as f64 / seconds);
    figures.tell("tasks made of these", "", tasks as f64);
    figures.tell("memory at most, importing", "MiB", memory_mib());
    ask(&archive, ("nothing scanned", BRANCHES), to, figures).await;
    archive.end().await;
    if scans {
        let days = |flows: u64| flows / (BRANCHES * A_DAY);
        let entries = settle(folder, days(from), days(to), BRANCHES).await;
        figures.tell("images and reviews entered", "a second", entries);
        let archive = open(folder).await;
        ask(&archive, ("three days open", BRANCHES), to, figures).await;
        archive.end().await;
    }
    let catalog = Folder::new(folder).catalog_path();
    figures.tell("catalog", "MiB", bytes(&catalog) as f64 / MIB);
    figures.tell(
        "ledger",
        "MiB",
        bytes(&folder.join("store/ledger")) as f64 / MIB,
    );
}

/// How long it takes to list what a branch owes, each branch in turn.
async fn ask(archive: &Archive, (when, of): (&str, u64), flows: u64, figures: &mut Figures) {
    let day = day(flows / (BRANCHES * A_DAY));
    let mut took: Vec<Duration> = Vec::new();
    let mut owed = 0;
    for n in 0..2 * BRANCHES {
        let filter = OwedFilter {
            branch: Some(branch(n % of).parse().unwrap()),
            ..OwedFilter::default()
        };
        let began = Instant::now();
        owed += archive.owed(&filter, day).await.unwrap().len();
        took.push(began.elapsed());
    }
    took.sort();
    let ms = |at: usize| took[at].as_secs_f64() * 1000.0;
    figures.tell(
        &format!("due list of a branch, p50, {when}"),
        "ms",
        ms(took.len() / 2),
    );
    figures.tell(
        &format!("due list of a branch, p99, {when}"),
        "ms",
        ms(took.len() * 99 / 100),
    );
    let lines = owed as f64 / took.len() as f64;
    figures.tell(&format!("lines of it, {when}"), "", lines);
}

/// Puts an image for every task of these days but the last ones, of the first so many branches, and
/// reviews it. Says how many entries a second that were.
async fn settle(folder: &Path, from: u64, to: u64, branches: u64) -> f64 {
    let catalog = Folder::new(folder).catalog_path();
    let journal = journal(folder, &catalog, &StoreOptions::default(), Arc::new(Now)).await;
    let lookup_sheets = |n: u64| {
        let (branch, day) = (branch(n % BRANCHES), day(n / BRANCHES));
        Lookup::of(journal.catalog())
            .sheets(&branch.parse().unwrap(), day)
            .unwrap()
    };
    let began = Instant::now();
    let from = from.saturating_sub(OPEN_DAYS);
    let mut entered = 0_u64;
    for n in from * BRANCHES..to.saturating_sub(OPEN_DAYS) * BRANCHES {
        if n % BRANCHES >= branches {
            continue;
        }
        let mut tasks = Vec::new();
        for (sheet, flows) in lookup_sheets(n) {
            for (flow, state) in flows.flows {
                let open = state
                    .numbered()
                    .filter(|(_, task)| !task.standing.is_at_rest());
                tasks.extend(open.map(|(number, _)| (sheet.clone(), flow.clone(), number)));
            }
        }
        for pass in [false, true] {
            entered += tasks.len() as u64;
            futures::stream::iter(&tasks)
                .for_each_concurrent(WAITING, |(sheet, flow, number)| {
                    enter(&journal, (sheet, flow, *number), pass)
                })
                .await;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let catalog = journal.catalog().clone();
    catalog.sync().unwrap();
    drop(journal);
    while Arc::strong_count(&catalog) > 1 {
        tokio::task::yield_now().await;
    }
    entered as f64 / seconds
}

async fn enter(journal: &Journal, (sheet, flow, task): (&SheetRef, &FlowNo, u16), pass: bool) {
    let name = format!("{flow}/{task}");
    let digest = Digest::of(name.as_bytes());
    let bits = digest.as_bytes()[..10]
        .iter()
        .fold(0, |bits: u128, byte| bits << 8 | u128::from(*byte));
    let record = RecordId::from_parts(1_780_000_000_000, bits);
    let at = TaskRef {
        sheet: sheet.clone(),
        flow: flow.clone(),
        task,
    };
    let signature = |position: &str, person: &str| Signed {
        position: position.to_owned(),
        person: person.parse().unwrap(),
        day: sheet.business_date,
        content: digest,
        assurance: Assurance::Asserted,
    };
    let body = if pass {
        Body::ReviewPassed(ReviewPassed {
            at,
            record,
            signature: signature("reviewer", "3"),
        })
    } else {
        let filing = Filing::Task {
            at,
            by: MatchedBy::FlowNumber,
            signature: signature("scanner", "2"),
        };
        Body::RecordFiled(filed(record, sheet, flow, filing))
    };
    let id = RequestId::from_parts(1_780_000_000_000 + u64::from(pass), bits);
    let draft = Draft {
        id,
        actor: actor("scan"),
        via: Via::System,
        body,
        rules: BUILT_IN_RULES.to_owned(),
    };
    journal.enter(id, move |_| Ok(draft.clone())).await.unwrap();
}

fn filed(record: RecordId, sheet: &SheetRef, flow: &FlowNo, filing: Filing) -> RecordBody {
    let sealed = |name: SealedName| SealedObject {
        header_sha256: Digest::of(name.to_string().as_bytes()),
        payload_sha256: Digest::of(b"payload"),
        payload_size_bytes: 123_456,
        epoch: Epoch(0),
        name,
    };
    RecordBody {
        facts: RecordFacts {
            record,
            batch: BatchId::from_parts(1_780_000_000_000, u128::from(sheet.number)),
            client: Known::Unknown,
            class: Known::Unknown,
            flow: Known::Is(flow.clone()),
            business_date: Known::Is(sheet.business_date),
            branch: sheet.branch.clone(),
            pages: Known::Is(1),
            document_name: Known::Unknown,
            account: Known::Unknown,
            medium: Known::Unknown,
            carrier: Known::Unknown,
            rendition_of: Known::Unknown,
            origin_system: Known::Unknown,
            origin_id: Known::Unknown,
            responsible_branch: Known::Unknown,
            responsible_person: Known::Unknown,
            sensitivity: Known::Unknown,
            consent: None,
            identified_by: Identification::default(),
            exception: None,
        },
        originals: Vec::new(),
        repeats: Vec::new(),
        filing: Some(filing),
        tagmanifest_sha256: Digest::of(b"tagmanifest"),
        bag: sealed(SealedName::bag(record, 1)).into(),
        derived: None,
        reading: None,
    }
}

/// The n-th flow: the branches in turn, a day full after another.
fn said(n: u64) -> SaidOfFlow {
    let day = day(n / (BRANCHES * A_DAY));
    SaidOfFlow {
        flow: format!("LS{}{n:08}", day.to_string().replace('-', ""))
            .parse()
            .unwrap(),
        facts: FlowFacts {
            branch: branch(n).parse().unwrap(),
            business_date: day,
            client: format!("88{:08}", n * 7919 % 1_000_003).parse().unwrap(),
            account: None,
            // A quarter came online and makes none: 5 million tasks of 3 million flows, nearly.
            business: BUSINESSES[(n / BRANCHES % 18).min(5) as usize]
                .parse()
                .unwrap(),
            operator: format!("clerk-{}", n % (BRANCHES * 5)).parse().unwrap(),
            channel: if (n / BRANCHES).is_multiple_of(4) {
                Channel::Online
            } else {
                Channel::Counter
            },
        },
        cancelled: false,
    }
}

fn branch(n: u64) -> String {
    format!("{:04}", n % BRANCHES + 1)
}

/// Days in a row: how many of them are working days is nothing to the store.
fn day(n: u64) -> BusinessDate {
    let first = jiff::civil::date(2025, 11, 1);
    let day = first
        .checked_add(jiff::Span::new().days(i64::try_from(n).unwrap()))
        .unwrap();
    day.to_string().parse().unwrap()
}

/// Somebody of the operations department, and ten clerks of each branch.
async fn people(archive: &Archive) {
    let grant = |role: &str, branch: Option<String>| Granted {
        role: role.parse().unwrap(),
        branch: branch.map(|branch| branch.parse().unwrap()),
        from: "2020-01-01".parse().unwrap(),
        to: None,
    };
    let mut people = vec![PersonRecorded {
        person: "1".parse().unwrap(),
        accounts: vec!["ops".parse().unwrap()],
        grants: vec![grant("operations-department", None)],
    }];
    people.extend((0..BRANCHES * 10).map(|n| PersonRecorded {
        person: format!("{}", n + 1000).parse().unwrap(),
        accounts: vec![format!("clerk-{n}").parse().unwrap()],
        grants: vec![grant("clerk", Some(branch(n)))],
    }));
    for person in people {
        archive
            .record_person(&person, by(&actor("ops")), false)
            .await
            .unwrap();
    }
}

const fn by(actor: &Actor) -> (&Actor, &Via) {
    (actor, &Via::System)
}

async fn open(folder: &Path) -> Archive {
    let environment = Environment {
        clock: Arc::new(Now),
        store_options: StoreOptions::default(),
    };
    let folder = Folder::new(PathBuf::from(folder));
    Archive::open(folder, environment).await.unwrap().0
}

/// The most memory that this process has had.
fn memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1024.0
}

fn bytes(folder: &Path) -> u64 {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.metadata().unwrap();
        sum += if kind.is_dir() {
            bytes(&entry.path())
        } else {
            kind.len()
        };
    }
    sum
}
