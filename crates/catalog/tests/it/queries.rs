//! Random commits and queries, against the model, on both engines.

use catalog::{Catalog, Dimension, IndexedEntry, Query, Settings, Term, layout};
use domain::{BusinessDate, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};

use crate::model::{Model, assert_same};

const DAYS: [&str; 4] = ["2025-12-31", "2026-01-01", "2026-01-05", "2026-11-23"];

fn term() -> impl Strategy<Value = Term> {
    let dimension = prop_oneof![
        Just(Dimension::Event),
        Just(Dimension::Branch),
        Just(Dimension::Client),
        Just(Dimension::Class),
    ];
    let value = prop_oneof![Just(""), Just("a"), Just("ab"), Just("b"), Just("客")];
    let plain = (dimension, value).prop_map(|(dimension, value)| Term::new(dimension, value));
    prop_oneof![
        4 => plain,
        1 => day().prop_map(|day| Term::new(Dimension::BusinessDate, day.to_string())),
    ]
}

fn day() -> impl Strategy<Value = BusinessDate> {
    (0..DAYS.len()).prop_map(|n| DAYS[n].parse().unwrap())
}

fn entry() -> impl Strategy<Value = IndexedEntry> {
    let terms = prop::collection::vec(term(), 0..6);
    let line = prop_oneof![
        6 => "[ -~]{0,40}",
        1 => Just("长".repeat(2_000)),
    ];
    (line, 0..60u8, terms).prop_map(|(line, id, terms)| IndexedEntry {
        line,
        id: id.to_string(),
        terms,
    })
}

fn commits() -> impl Strategy<Value = Vec<(i64, Vec<IndexedEntry>)>> {
    prop::collection::vec((0..100i64, prop::collection::vec(entry(), 0..30)), 0..12)
}

fn query() -> impl Strategy<Value = Query> {
    let moment = || (0..110i64).prop_map(Timestamp::from_unix_ms);
    (
        prop::collection::vec(term(), 0..3),
        prop::collection::vec(prop::collection::vec(term(), 0..3), 0..2),
        prop::option::weighted(0.3, (day(), day())),
        prop::option::weighted(0.3, (moment(), moment())),
        1..40usize,
    )
        .prop_map(|(all, any, business_date, at, limit)| Query {
            all,
            any,
            business_date,
            at,
            before: None,
            limit,
        })
}

/// The same cases every time.
fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_261_123),
        failure_persistence: None,
        ..Config::default()
    })
}

fn cases() -> impl Strategy<Value = (Vec<(i64, Vec<IndexedEntry>)>, Vec<Query>)> {
    (commits(), prop::collection::vec(query(), 1..12))
}

#[test]
fn answers_in_memory_are_those_of_the_model() {
    let answered = runner(300).run(&cases(), |(commits, queries)| {
        let catalog = Catalog::in_memory().unwrap();
        let mut model = Model::default();
        for (at_ms, entries) in commits {
            catalog.advance(model.next(at_ms, entries)).unwrap();
        }
        assert_same(&catalog, &model, &queries);
        Ok(())
    });
    answered.unwrap();
}

#[test]
fn answers_from_a_folder_are_those_of_the_model() {
    let answered = runner(12).run(&cases(), |(commits, queries)| {
        let folder = tempfile::tempdir().unwrap();
        let mut model = Model::default();
        let mut catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
        for (place, (at_ms, entries)) in commits.into_iter().enumerate() {
            if place % 4 == 3 {
                drop(catalog);
                catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
            }
            catalog.advance(model.next(at_ms, entries)).unwrap();
        }
        assert_same(&catalog, &model, &queries);
        Ok(())
    });
    answered.unwrap();
}

/// Runs are longer than random commits: here are some, with commits that end before, at and
/// beyond the end of a run, and openings at each.
#[test]
fn answers_over_several_runs_are_those_of_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let run = usize::try_from(layout::RUN_ENTRIES).unwrap();
    let one = |n: usize| IndexedEntry {
        line: format!("line {n}"),
        id: format!("request {n}"),
        terms: vec![
            Term::new(Dimension::Branch, (n % 7).to_string()),
            Term::new(Dimension::Client, (n % 1_000).to_string()),
            Term::new(Dimension::Record, n.to_string()),
            Term::new(Dimension::BusinessDate, DAYS[n / 3_000 % DAYS.len()]),
        ],
    };
    let ends = [run - 1, run, run + 1, 2 * run, 3 * run + 70];
    for (at_ms, end) in (0..).zip(ends) {
        let catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
        let start = model.entries.len();
        let entries: Vec<_> = (start..end).map(one).collect();
        catalog.advance(model.next(at_ms * 10, entries)).unwrap();
    }
    let catalog = Catalog::open(folder.path(), &Settings::default()).unwrap();
    let all = |terms: Vec<Term>| Query {
        all: terms,
        limit: 1_000,
        ..Query::default()
    };
    let days = |from: &str, to: &str| Some((from.parse().unwrap(), to.parse().unwrap()));
    let moment = Timestamp::from_unix_ms;
    let queries = [
        all(vec![]),
        all(one(3_007).terms),
        // Its client, record and day are the last ones of its run.
        all(one(9_999).terms),
        all(vec![Term::new(Dimension::Client, "7")]),
        all(vec![Term::new(Dimension::Record, run.to_string())]),
        Query {
            any: vec![vec![
                Term::new(Dimension::Client, "8"),
                Term::new(Dimension::Record, "1"),
            ]],
            business_date: days("2026-01-01", "2026-06-30"),
            ..all(vec![])
        },
        Query {
            at: Some((moment(10), moment(31))),
            ..all(vec![Term::new(Dimension::Branch, "3")])
        },
    ];
    assert_same(&catalog, &model, &queries);
}
