//! Fills a catalog with synthetic filings and prints what it costs.
//!
//! `cargo run --release -p catalog --example measure-catalog -- [ENTRIES] [ENTRIES_A_COMMIT] [CACHE_MIB] [FOLDER]`
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark tells the time, and stops at what goes wrong"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use catalog::{
    Advance, Catalog, Dimension, HeadRecord, IndexedEntry, Page, Query, Settings, Term, Tile,
};
use domain::{BusinessDate, Digest, Timestamp};

const DAY_MS: i64 = 86_400_000;
const DAYS: u64 = 250;
const BRANCHES: u64 = 20;
const CLASSES: u64 = 8;

struct Plan {
    entries: u64,
    commit: u64,
    clients: u64,
    start_ms: i64,
}

impl Plan {
    fn branch(n: u64) -> String {
        format!("B{:03}", mix(n, 1) % BRANCHES)
    }
    fn class(n: u64) -> String {
        format!("K{:02}", mix(n, 2) % CLASSES)
    }
    fn client(&self, n: u64) -> String {
        // Three in ten have a client of their own; the others share some thousands.
        if mix(n, 3) % 10 < 3 {
            format!("{:012}", 500_000_000 + n)
        } else {
            format!("{:012}", mix(n, 4) % self.clients)
        }
    }
    fn record(n: u64) -> String {
        format!("01J{:010X}{:013X}", n, mix(n, 5) >> 12)
    }
    fn at_ms(&self, n: u64) -> i64 {
        let commit = n / self.commit;
        let commits = self.entries.div_ceil(self.commit);
        let span = DAY_MS * i64::try_from(DAYS).unwrap();
        self.start_ms + span / i64::try_from(commits).unwrap() * i64::try_from(commit).unwrap()
    }
    fn day(&self, n: u64) -> BusinessDate {
        // Scanned up to five days after the business.
        let late = i64::try_from(mix(n, 6) % 5).unwrap() * DAY_MS;
        Timestamp::from_unix_ms(self.at_ms(n) - late).china_day()
    }

    fn entry(&self, n: u64) -> IndexedEntry {
        let record = Self::record(n);
        let request = format!("01K{:010X}{:013X}", n, mix(n, 7) >> 12);
        let hash = |salt: u64| Digest::of(&mix(n, salt).to_be_bytes());
        let (branch, class, client) = (Self::branch(n), Self::class(n), self.client(n));
        let flow = format!("F{:014}", mix(n, 8) % 100_000_000_000_000);
        let batch = format!("01B{:023X}", n / 64);
        let day = self.day(n).to_string();
        let line = format!(
            r#"{{"v":1,"id":"{request}","at":"{}","actor":"station:{branch}-1","via":"api","event":"record.filed","body":{{"record":"{record}","batch":"{batch}","client":"{client}","class":"{class}","flow":"{flow}","business_date":"{day}","branch":"{branch}","pages":2,"bag":{{"name":"{record}.bag.1","epoch":1,"header_sha256":"{}","payload_sha256":"{}","header_bytes":512,"payload_bytes":131072}},"derived":{{"name":"{record}.derived.1","epoch":1,"header_sha256":"{}","payload_sha256":"{}","header_bytes":512,"payload_bytes":32768}},"tagmanifest_sha256":"{}","originals":[{{"media_type":"image/tiff","sha256":"{}","size_bytes":120345}}],"engine":{{"name":"tesseract","version":"5.3.0","languages":"chi_sim+eng","mean_confidence":0.873}},"document_name":"客户资料变更申请表","account":"unknown","medium":"paper","carrier":"scan","rendition_of":"unknown","origin_system":"unknown","native_id":"unknown","responsible_branch":"{branch}","responsible_person":"unknown","sensitivity":"internal"}}}}"#,
            Timestamp::from_unix_ms(self.at_ms(n)),
            hash(10),
            hash(11),
            hash(12),
            hash(13),
            hash(14),
            hash(15),
        );
        let original = hash(15).to_string();
        let terms = vec![
            Term::new(Dimension::Actor, format!("station:{branch}-1")),
            Term::new(Dimension::Event, "record.filed"),
            Term::new(Dimension::Client, client),
            Term::new(Dimension::Branch, branch),
            Term::new(Dimension::Class, class),
            Term::new(Dimension::Flow, flow),
            Term::new(Dimension::Record, record),
            Term::new(Dimension::Batch, batch),
            Term::new(Dimension::BusinessDate, day),
            Term::new(Dimension::Original, original),
        ];
        IndexedEntry {
            line,
            id: request,
            terms,
        }
    }

    fn advance(&self, commit: u64) -> Advance {
        let first = commit * self.commit;
        let end = (first + self.commit).min(self.entries);
        let entries: Vec<_> = (first..end).map(|n| self.entry(n)).collect();
        let full = (first / 256 * 256..end)
            .step_by(256)
            .skip(1)
            .map(|next| Tile {
                level: 0,
                index: next / 256 - 1,
                bytes: noise(next, 8_192),
            });
        Advance {
            head: HeadRecord {
                commit,
                commit_sha256: Digest::of(&commit.to_be_bytes()),
                size: end,
                at: Timestamp::from_unix_ms(self.at_ms(first)),
                ledger_state: noise(commit, 700),
            },
            first_index: first,
            entries,
            tiles: full.collect(),
            facts: Vec::new(),
        }
    }
}

fn mix(n: u64, salt: u64) -> u64 {
    let mut z = n
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(salt.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn noise(salt: u64, bytes: usize) -> Vec<u8> {
    let words = (0..bytes.div_ceil(8) as u64).flat_map(|n| mix(n, salt).to_be_bytes());
    words.take(bytes).collect()
}

fn rss_mib(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.metadata().unwrap() {
            meta if meta.is_dir() => folder_bytes(&entry.path()),
            meta => meta.len(),
        })
        .sum()
}

/// The time that this thread has computed: other programs on the machine don't count.
fn computed() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        now.tv_sec.unsigned_abs(),
        u32::try_from(now.tv_nsec).unwrap(),
    )
}

fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3
}

fn measured(name: &str, rounds: u64, mut run: impl FnMut(u64) -> usize) {
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    let mut rows = 0;
    for round in 0..rounds {
        let (wall, cpu) = (Instant::now(), computed());
        rows += run(round);
        cpus.push(computed().saturating_sub(cpu));
        walls.push(wall.elapsed());
    }
    println!(
        "{name:<38} p50 {:7.3} ms  p99 {:7.3} ms  CPU p50 {:7.3}  p99 {:7.3}  max {:7.3}  rows {:5.1}",
        percentile(&mut walls, 50),
        percentile(&mut walls, 99),
        percentile(&mut cpus, 50),
        percentile(&mut cpus, 99),
        percentile(&mut cpus, 100),
        rows as f64 / rounds as f64
    );
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| {
        arguments
            .next()
            .map_or(default, |text| text.parse().unwrap())
    };
    let entries = number(100_000);
    let commit = number(16);
    let cache_bytes = number(32) * 1024 * 1024;
    let kept = arguments.next();
    let temporary = tempfile::tempdir().unwrap();
    let folder = kept
        .as_deref()
        .map_or(temporary.path(), Path::new)
        .to_path_buf();
    let settings = Settings {
        cache_bytes,
        ..Settings::default()
    };
    let plan = Plan {
        entries,
        commit,
        clients: entries / 50 + 1,
        start_ms: "2026-01-05"
            .parse::<BusinessDate>()
            .unwrap()
            .starts_at()
            .unix_ms(),
    };
    let line_bytes = plan.entry(0).line.len();
    println!(
        "{entries} entries of {line_bytes} bytes, {commit} a commit, cache {cache_bytes} bytes"
    );

    let catalog = Catalog::open(&folder, &settings).unwrap();
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    if catalog.head().unwrap().is_none() {
        for number in 0..entries.div_ceil(commit) {
            let advance = plan.advance(number);
            let (wall, cpu) = (Instant::now(), computed());
            catalog.advance(advance).unwrap();
            cpus.push(computed().saturating_sub(cpu));
            walls.push(wall.elapsed());
        }
        let begin = Instant::now();
        catalog.sync().unwrap();
        let sync = begin.elapsed();
        for (what, mut times) in [("wall", walls), ("CPU", cpus)] {
            let all: Duration = times.iter().sum();
            println!(
                "applied, {what}: {:.0} entries/s, a commit p50 {:.3} ms p99 {:.3} ms max {:.3} ms",
                entries as f64 / all.as_secs_f64(),
                percentile(&mut times, 50),
                percentile(&mut times, 99),
                percentile(&mut times, 100),
            );
        }
        println!("sync {sync:?}");
    }
    let disk = folder_bytes(&folder);
    println!(
        "disk {} MiB ({} bytes an entry), memory {} MiB (peak {})",
        disk >> 20,
        disk / entries,
        rss_mib("VmRSS"),
        rss_mib("VmHWM")
    );
    ask(&plan, &catalog, "warm");
    let begin = Instant::now();
    drop(catalog);
    print!("closed in {:?}, ", begin.elapsed());
    let begin = Instant::now();
    let catalog = Catalog::open(&folder, &settings).unwrap();
    println!(
        "opened in {:?}, disk {} MiB",
        begin.elapsed(),
        folder_bytes(&folder) >> 20
    );
    ask(&plan, &catalog, "after opening");
    println!(
        "memory {} MiB (peak {})",
        rss_mib("VmRSS"),
        rss_mib("VmHWM")
    );
}

fn ask(plan: &Plan, catalog: &Catalog, when: &str) {
    println!("-- {when}");
    let entries = plan.entries;
    let rows = |query: &Query| -> usize { catalog.query(query).expect("a page").rows.len() };
    let any = |round: u64, salt: u64| mix(round, salt) % entries;
    let with = |all: Vec<Term>| Query {
        all,
        ..Query::default()
    };
    measured("by client", 2_000, |round| {
        let client = plan.client(any(round, 100));
        rows(&with(vec![Term::new(Dimension::Client, client)]))
    });
    measured("by record", 2_000, |round| {
        let record = Plan::record(any(round, 101));
        rows(&with(vec![Term::new(Dimension::Record, record)]))
    });
    let branch_and_class = |round| {
        vec![
            Term::new(Dimension::Branch, Plan::branch(any(round, 102))),
            Term::new(Dimension::Class, Plan::class(any(round, 103))),
        ]
    };
    measured("branch, class, ten days of business", 2_000, |round| {
        let from = plan.day(any(round, 104));
        let ten_days = Timestamp::from_unix_ms(from.starts_at().unix_ms() + 9 * DAY_MS);
        rows(&Query {
            all: branch_and_class(round),
            business_date: Some((from, ten_days.china_day())),
            ..Query::default()
        })
    });
    measured("one day of business", 500, |round| {
        let day = plan.day(any(round, 105));
        rows(&Query {
            business_date: Some((day, day)),
            ..Query::default()
        })
    });
    measured("by event, newest", 2_000, |_| {
        rows(&with(vec![Term::new(Dimension::Event, "record.filed")]))
    });
    measured("an hour of commits", 2_000, |round| {
        let from = plan.at_ms(any(round, 106));
        let to = Timestamp::from_unix_ms(from + DAY_MS / 24);
        rows(&Query {
            at: Some((Timestamp::from_unix_ms(from), to)),
            ..Query::default()
        })
    });
    measured("one entry", 5_000, |round| {
        usize::from(catalog.entry(any(round, 107)).unwrap().is_some())
    });
    measured("a request that was never made", 5_000, |round| {
        usize::from(
            catalog
                .by_request(&Plan::record(round + entries))
                .unwrap()
                .is_some(),
        )
    });
    let mut pages: Option<Page> = None;
    let few = entries / 1_000;
    measured(
        "pages through a branch, one after another",
        few.min(2_000),
        |_| {
            let before = pages.take().and_then(|page| page.next);
            let page = catalog
                .query(&Query {
                    all: vec![Term::new(Dimension::Branch, "B007")],
                    before,
                    ..Query::default()
                })
                .unwrap();
            let rows = page.rows.len();
            pages = Some(page);
            rows
        },
    );
}
