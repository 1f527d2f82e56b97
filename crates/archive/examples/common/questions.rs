//! What an archive is asked, and how long the answers take.

use std::time::{Duration, Instant};

use archive::{Archive, AuditFilter, RecordFilter};
use domain::{BusinessDate, Timestamp};
use rustix::time::ClockId;

use crate::records::{DAY_MS, at_ms, branch, class, client, day, mix, record, strangers};

/// What every answer may take at the 99th percentile.
pub const AIM_MS: f64 = 5.0;
/// How many rows an answer has at most.
const ROWS: usize = 50;

/// How long the answers to one kind of question took.
pub struct Answered {
    pub question: &'static str,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Of the time that was computed.
    pub p99_computed_ms: f64,
}

/// Asks an archive of so many made-up records, each kind of question so many times.
pub fn ask(archive: &Archive, records: u64, rounds: u64) -> Vec<Answered> {
    let mut answers = Vec::new();
    let mut measure = |question, act: &dyn Fn(u64)| {
        answers.push(measured(question, rounds, act));
    };
    let any = |round: u64| mix(round, 100) % records;
    let list = |filter: &RecordFilter| archive.list(filter, None, ROWS).unwrap().rows.len();
    let audit = |filter: &AuditFilter| archive.audit(filter, None, ROWS).unwrap().rows.len();

    measure("list by client", &|round| {
        let found = list(&RecordFilter {
            client: Some(client(any(round)).parse().unwrap()),
            ..RecordFilter::default()
        });
        assert!(found > 0);
    });
    measure("list by branch and class in 30 days", &|round| {
        let found = list(&month_of(any(round)));
        assert!(found > 0);
    });
    measure("list newest", &|_| {
        list(&RecordFilter::default());
    });
    measure("list a page deep in a branch", &|round| {
        let before = format!("c1-{:016x}", any(round) + 1).parse().unwrap();
        let filter = RecordFilter {
            branch: Some(branch(round).parse().unwrap()),
            ..RecordFilter::default()
        };
        archive.list(&filter, Some(before), ROWS).unwrap();
    });
    measure("list branch and class that never meet", &|round| {
        let (branch, class) = strangers(round);
        let found = list(&RecordFilter {
            branch: Some(branch.parse().unwrap()),
            class: Some(class.parse().unwrap()),
            ..RecordFilter::default()
        });
        assert_eq!(found, 0);
    });
    measure("show", &|round| {
        archive.show(record(any(round))).unwrap();
    });
    measure("show what is not there", &|round| {
        // Between two that are there.
        let there = record(any(round)).bits();
        let absent = domain::RecordId::from_bits(there ^ 1 << 70);
        assert!(archive.show(absent).is_err());
    });
    measure("audit by event", &|_| {
        audit(&of_event("record.filed"));
    });
    measure("audit by the rarest event", &|_| {
        assert_eq!(audit(&of_event("fonds.created")), 1);
    });
    measure("audit by record", &|round| {
        let found = audit(&AuditFilter {
            record: Some(record(any(round))),
            ..AuditFilter::default()
        });
        assert_eq!(found, 1);
    });
    measure("audit by day", &|round| {
        let from = at_ms(any(round));
        audit(&AuditFilter {
            from: Some(Timestamp::from_unix_ms(from)),
            to: Some(Timestamp::from_unix_ms(from + DAY_MS)),
            ..AuditFilter::default()
        });
    });
    measure("a request that was never made", &|round| {
        let never = record(any(round)).to_string();
        assert!(archive.catalog().by_request(&never).unwrap().is_none());
    });
    answers
}

fn of_event(event: &str) -> AuditFilter {
    AuditFilter {
        event: Some(event.to_owned()),
        ..AuditFilter::default()
    }
}

/// Branch and class of a record, and thirty days around its day of business.
fn month_of(n: u64) -> RecordFilter {
    let around = |days: i64| -> BusinessDate {
        Timestamp::from_unix_ms(day(n).starts_at().unix_ms() + days * DAY_MS).china_day()
    };
    RecordFilter {
        branch: Some(branch(n).parse().unwrap()),
        class: Some(class(n).parse().unwrap()),
        business_from: Some(around(-15)),
        business_to: Some(around(14)),
        ..RecordFilter::default()
    }
}

fn measured(question: &'static str, rounds: u64, act: &dyn Fn(u64)) -> Answered {
    let (mut took, mut busy) = (Vec::new(), Vec::new());
    let so_far = || computed(ClockId::ThreadCPUTime);
    for round in 0..rounds {
        let (started, before) = (Instant::now(), so_far());
        act(round);
        busy.push(so_far().saturating_sub(before));
        took.push(started.elapsed());
    }
    Answered {
        question,
        p50_ms: percentile_ms(&mut took, 50),
        p99_ms: percentile_ms(&mut took, 99),
        p99_computed_ms: percentile_ms(&mut busy, 99),
    }
}

fn percentile_ms(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3
}

/// What this thread, or this process, has computed: what other programs take from the machine
/// is not in it.
pub fn computed(clock: ClockId) -> Duration {
    let now = rustix::time::clock_gettime(clock);
    Duration::new(
        now.tv_sec.unsigned_abs(),
        u32::try_from(now.tv_nsec).unwrap(),
    )
}
