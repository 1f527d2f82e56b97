//! Why differences are there: each is explained once, nothing else is, and every reason is one.

use std::collections::BTreeSet;

use policy::day_closing::{Command, Difference, Event, Explanation};
use policy::refusal::{Refusal, RefusalCode};

use RefusalCode::{NoReason, WrongState};

use super::{
    ALL, BOOKS, NOBODYS, REASON, THEIRS, World, after, books, command, record, somebody, task,
};

/// The same command with other explanations.
fn explaining(word: &str, by: Vec<Explanation>) -> Command {
    let mut command = command(word, &books(BOOKS));
    match &mut command {
        Command::Reconcile { explained, .. } | Command::Close { explained, .. } => *explained = by,
    }
    command
}

/// What whoever may is answered; nobody's account is reconciled by whoever may.
fn answer(word: &str, by: Vec<Explanation>) -> Result<Vec<Explanation>, Refusal> {
    let (state, books) = after(if word == "close" { ALL } else { &[] }, BOOKS);
    let who = somebody(match word {
        THEIRS => "clerk",
        _ => "operations-head",
    });
    let rules = World::new("securities");
    let event = rules.decide(&state, &explaining(word, by), &books, &who)?;
    let (Event::Reconciled { explained, .. } | Event::Closed { explained, .. }) = event;
    Ok(explained)
}

fn explanation(differences: &[Difference], reason: &str) -> Explanation {
    Explanation {
        differences: differences.to_vec(),
        reason: reason.to_owned(),
    }
}

fn owed() -> [Difference; 3] {
    [task("L1", 1), task("L1", 2), task("L2", 0)]
}

type Said = fn() -> Vec<Vec<Difference>>;

/// The requirement; what is signed; the differences of each explanation; what stands in the
/// refusal, or nothing if it is accepted.
#[rustfmt::skip]
const EXPLAINED: &[(&str, &str, Said, &str)] = &[
    ("R26", THEIRS, || vec![owed().to_vec()], ""),
    ("R26", THEIRS, || owed().map(|one| vec![one]).to_vec(), ""),
    // In whichever order.
    ("R26", THEIRS, || vec![vec![task("L2", 0)], vec![task("L1", 2), task("L1", 1)]], ""),
    // Each of them.
    ("R26", THEIRS, Vec::new, "3 unexplained, the first task L1/1"),
    ("R26", THEIRS, || vec![vec![task("L1", 1), task("L2", 0)]], "the first task L1/2"),
    ("R26", THEIRS, || vec![vec![task("L1", 1), task("L1", 2)]], "the first flow L2"),
    ("R26", NOBODYS, Vec::new, "the first task L3/1"),
    ("R26", "close", Vec::new, "the first record 00000000000000000000000000"),
    // Once.
    ("R26", THEIRS, || vec![owed().to_vec(), vec![task("L1", 1)]], "task L1/1, which is no difference, or explained twice"),
    ("R26", THEIRS, || vec![vec![task("L2", 0), task("L2", 0), task("L1", 1), task("L1", 2)]], "flow L2, which is no difference, or explained twice"),
    ("R26", "close", || vec![vec![record(0)], vec![record(0)]], "record 00000000000000000000000000, which is no difference"),
    // And nothing else.
    ("R26", THEIRS, || vec![owed().to_vec(), vec![task("L1", 3)]], "task L1/3, which is no difference"),
    ("R26", THEIRS, || vec![owed().to_vec(), vec![task("L9", 0)]], "flow L9, which is no difference"),
    // What another account owes is none of theirs, and what is surplus none of anybody's.
    ("R26", THEIRS, || vec![owed().to_vec(), vec![task("L3", 1)]], "task L3/1, which is no difference"),
    ("R26", THEIRS, || vec![owed().to_vec(), vec![record(0)]], "record 00000000000000000000000000, which is no difference"),
    ("R26", NOBODYS, || vec![vec![task("L3", 1)], owed().to_vec()], "task L1/1, which is no difference"),
    // What is missing the accounts have explained; the day's closing explains what is surplus.
    ("R26", "close", || vec![vec![record(0)]], ""),
    ("R26", "close", || vec![vec![record(0)], owed().to_vec()], "task L1/1, which is no difference"),
    ("R26", "close", || vec![vec![record(0), record(1)]], "record 00000000000000000000000001, which is no difference"),
];

#[test]
fn each_difference_is_explained_once_and_nothing_else_is() {
    for (rule, word, said, refused) in EXPLAINED {
        let by: Vec<Explanation> = said()
            .iter()
            .map(|differences| explanation(differences, REASON))
            .collect();
        match answer(word, by.clone()) {
            Ok(kept) => {
                assert_eq!(*refused, "", "{rule} {word}: {by:?}");
                assert_eq!(kept, by);
            }
            Err(refusal) => {
                let found = refusal.to_string();
                assert_eq!(refusal.code, WrongState, "{found}");
                assert!(!refused.is_empty() && found.contains(refused), "{found}");
                assert!(found.contains(rule), "{found}");
            }
        }
    }
}

/// R26: an explanation of nothing explains nothing, and would stand in the ledger for ever.
#[test]
fn an_explanation_of_nothing_is_refused() {
    for (word, owed) in [
        (THEIRS, owed().to_vec()),
        (NOBODYS, vec![task("L3", 1)]),
        ("close", vec![record(0)]),
    ] {
        let by = vec![explanation(&owed, REASON), explanation(&[], REASON)];
        let found = answer(word, by).map_err(|refusal| refusal.code);
        assert_eq!(found, Err(WrongState), "{word}");
    }
}

/// What it is, a reason, and whether it is one.
type Reason = (&'static str, fn() -> String, bool);

#[rustfmt::skip]
const REASONS: &[Reason] = &[
    ("words", || " 客户次日补交\n".to_owned(), true),
    ("none", String::new, false),
    ("blanks", || " \u{3000}\t".to_owned(), false),
    ("200 characters", || "缺".repeat(200), true),
    ("201 characters", || "缺".repeat(201), false),
    ("two lines", || "one\ntwo".to_owned(), false),
    // It is kept in clear: no identity card, no bank card.
    ("18 digits", || "证件110101199003077758".to_owned(), false),
    ("19 digits in groups", || "卡 6222 0212 3456 7890 123".to_owned(), false),
    ("a flow and its task", || "见 20261120-000123/2".to_owned(), true),
];

/// Every reason is looked at, and not the first alone.
#[test]
fn what_is_explained_takes_a_reason() {
    for (what, reason, is_one) in REASONS {
        for (word, owed) in [
            (THEIRS, owed().to_vec()),
            (NOBODYS, vec![task("L3", 1)]),
            ("close", vec![record(0)]),
        ] {
            for at in 0..owed.len() {
                let reason_of = |n| if n == at { reason() } else { REASON.to_owned() };
                let by = owed.iter().enumerate();
                let by: Vec<Explanation> = by
                    .map(|(n, one)| explanation(std::slice::from_ref(one), &reason_of(n)))
                    .collect();
                let found = answer(word, by.clone()).map_err(|refusal| refusal.code);
                let kept = by.iter().map(|one| Explanation {
                    reason: one.reason.trim().to_owned(),
                    ..one.clone()
                });
                let expected = if *is_one {
                    Ok(kept.collect())
                } else {
                    Err(NoReason)
                };
                assert_eq!(found, expected, "{what}: {word}, {at}");
            }
        }
    }
}

/// A difference is told apart from every other, and says what it is.
#[test]
fn a_difference_says_what_it_is() {
    let all = [task("L1", 1), task("L1", 0), task("L2", 1), record(1)];
    let said: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(
        said.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "flow L1",
            "record 00000000000000000000000001",
            "task L1/1",
            "task L2/1"
        ]
    );
}
