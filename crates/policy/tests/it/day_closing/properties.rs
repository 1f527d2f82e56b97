//! What holds for any day, whoever asks what of it in which order, and however its books change
//! meanwhile: random books and random commands, the same every time.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use domain::{Digest, LoginName};
use policy::authority::Person;
use policy::case::Workflow as _;
use policy::day_closing::{Account, Books, Command, Day, Difference, Event, Explanation};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseResult, TestRunner};

use super::{OTHER, OWN, REASON, World, login, person, record, task};

/// Runs the same cases every time.
fn check<S: Strategy>(cases: u32, of: &S, property: impl Fn(S::Value) -> TestCaseResult) {
    let config = Config {
        cases,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_261_120),
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config).run(of, property).unwrap();
}

/// The accounts, and whose they are: two clerks', the head's, and two that are nobody's.
const ACCOUNTS: [(&str, Option<&str>); 5] = [
    ("a0", Some("p0")),
    ("a1", Some("p1")),
    ("a2", Some("p2")),
    ("a3", None),
    ("a4", None),
];

/// Two clerks, the head of operations, one elsewhere, and one who holds nothing.
fn people() -> [Person; 5] {
    [
        person("p0", &[("clerk", OWN)]),
        person("p1", &[("clerk", OWN), ("reviewer", OWN)]),
        person("p2", &[("operations-head", OWN)]),
        person("p3", &[("clerk", OTHER), ("operations-head", OTHER)]),
        person("p4", &[]),
    ]
}

/// What stands under each account: nothing was handled, or one of three statements; and which
/// records are surplus.
#[derive(Clone, Debug)]
struct Stands {
    accounts: [Option<u8>; ACCOUNTS.len()],
    surplus: u8,
}

impl Stands {
    fn books(&self) -> Books {
        let mut accounts = BTreeMap::new();
        for ((name, owner), which) in ACCOUNTS.iter().zip(self.accounts) {
            let Some(which) = which else { continue };
            let account = Account {
                owner: owner.map(|owner| owner.parse().unwrap()),
                content: Digest::of(format!("{name} {which}").as_bytes()),
                missing: (0..u16::from(which)).map(|n| task(name, n)).collect(),
            };
            accounts.insert(login(name), account);
        }
        let bits = (0..3).filter(|bit| self.surplus & (1 << bit) != 0);
        Books {
            accounts,
            content: Digest::of(format!("{self:?}").as_bytes()),
            surplus: bits.map(record).collect(),
        }
    }
}

/// How somebody explains what does not add up.
#[derive(Clone, Copy, Debug)]
enum How {
    /// All of it.
    All,
    /// One of it is left out.
    ButOne,
    /// And one that is no difference.
    OneMore,
    /// The first of them twice.
    Twice,
    /// All of it, without a reason.
    NoReason,
    /// All of it, over what stood there before.
    OfBefore,
}

impl How {
    fn explained(self, differences: &BTreeSet<Difference>) -> Vec<Explanation> {
        let mut all: Vec<Difference> = differences.iter().cloned().collect();
        match self {
            Self::ButOne => {
                all.pop();
            }
            Self::OneMore => all.push(task("L999", 1)),
            Self::Twice => all.extend(all.first().cloned()),
            Self::All | Self::NoReason | Self::OfBefore => (),
        }
        let reason = match self {
            Self::NoReason => " ",
            Self::All | Self::ButOne | Self::OneMore | Self::Twice | Self::OfBefore => REASON,
        };
        let one = |difference| Explanation {
            differences: vec![difference],
            reason: reason.to_owned(),
        };
        all.into_iter().map(one).collect()
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// An account's flows change, or the first or the last of them goes.
    Change(usize, Option<u8>),
    /// Other records are surplus.
    Surplus(u8),
    Reconcile(usize, usize, How),
    Close(usize, How),
}

fn stands() -> impl Strategy<Value = Stands> {
    let account = prop_oneof![1 => Just(None), 2 => (0..3_u8).prop_map(Some)];
    let accounts = prop::array::uniform5(account);
    (accounts, 0..8_u8).prop_map(|(accounts, surplus)| Stands { accounts, surplus })
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        12 => Just(How::All),
        1 => Just(How::ButOne),
        1 => Just(How::OneMore),
        1 => Just(How::Twice),
        1 => Just(How::NoReason),
        1 => Just(How::OfBefore),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let account = || 0..ACCOUNTS.len();
    let which = prop_oneof![1 => Just(None), 4 => (0..3_u8).prop_map(Some)];
    // Mostly whoever answers for it; of nobody's, the head.
    let usual = (account(), how()).prop_map(|(at, how)| Step::Reconcile(at.min(2), at, how));
    prop_oneof![
        3 => (account(), which).prop_map(|(at, which)| Step::Change(at, which)),
        1 => (0..8_u8).prop_map(Step::Surplus),
        16 => usual,
        4 => (0..5_usize, account(), how()).prop_map(|(by, at, how)| Step::Reconcile(by, at, how)),
        6 => how().prop_map(|how| Step::Close(2, how)),
        1 => (0..5_usize, how()).prop_map(|(by, how)| Step::Close(by, how)),
    ]
}

/// What somebody asks of a day whose books stand so, and stood otherwise before.
fn command(step: &Step, now: &Books, before: &Books) -> Option<(usize, How, Command)> {
    let seen = |how| {
        if matches!(how, How::OfBefore) {
            before
        } else {
            now
        }
    };
    match step {
        Step::Change(..) | Step::Surplus(_) => None,
        Step::Reconcile(by, at, how) => {
            let operator = login(ACCOUNTS.get(*at)?.0);
            let account = seen(*how).accounts.get(&operator)?;
            let (content, explained) = (account.content, how.explained(&account.missing));
            let command = Command::Reconcile {
                operator,
                content,
                explained,
            };
            Some((*by, *how, command))
        }
        Step::Close(by, how) => {
            let seen = seen(*how);
            let (content, explained) = (seen.content, how.explained(&seen.surplus));
            Some((*by, *how, Command::Close { content, explained }))
        }
    }
}

/// The differences of all explanations, each of which has a reason.
fn all_explained(by: &[Explanation]) -> Vec<Difference> {
    assert!(by.iter().all(|one| one.reason == REASON), "{by:?}");
    let all = by.iter().flat_map(|one| one.differences.iter().cloned());
    all.collect()
}

/// Whoever handled it answers, and whoever may: a clerk or the head of this branch (R26).
fn is_theirs(books: &Books, operator: &LoginName, by: usize) -> bool {
    let owner = books.accounts.get(operator).unwrap().owner.as_ref();
    by < 3 && owner.is_none_or(|owner| owner.as_str() == format!("p{by}"))
}

/// A day, what was signed of it, and what its books were then.
struct History {
    day: Day,
    events: Vec<Event>,
    /// The statement that was signed last for each account.
    signed: BTreeMap<LoginName, Digest>,
    /// Every statement that was closed, when everything was explained.
    closed: BTreeSet<String>,
}

impl History {
    /// What was decided is as it must be, and the day says so from then on.
    fn record(&mut self, books: &Books, (by, how): (usize, How), event: Event) -> TestCaseResult {
        match &event {
            Event::Reconciled {
                operator,
                signature,
                explained,
            } => {
                prop_assert!(is_theirs(books, operator, by), "{:?} by {}", event, by);
                let account = books.accounts.get(operator).unwrap();
                prop_assert_eq!(signature.content, account.content);
                let said = all_explained(explained);
                prop_assert_eq!(said, account.missing.iter().cloned().collect::<Vec<_>>());
                let before = self.signed.insert(operator.clone(), account.content);
                prop_assert_ne!(before, Some(account.content));
            }
            Event::Closed {
                signature,
                explained,
            } => {
                prop_assert_eq!(by, 2);
                prop_assert_eq!(signature.content, books.content);
                let said = all_explained(explained);
                prop_assert_eq!(said, books.surplus.iter().cloned().collect::<Vec<_>>());
                for (operator, account) in &books.accounts {
                    prop_assert_eq!(self.signed.get(operator), Some(&account.content));
                }
                self.closed.insert(format!("{:?}", books.content));
            }
        }
        // What does as well as nothing was not refused.
        prop_assert!(!matches!(how, How::OneMore | How::NoReason) || said_nothing(&event));
        self.day = std::mem::take(&mut self.day).apply(&event);
        self.events.push(event);
        prop_assert_eq!(&Day::replay(&self.events), &self.day);
        Ok(())
    }

    /// The day says of every account and of itself what was signed.
    fn is_told(&self, books: &Books) -> TestCaseResult {
        for (operator, account) in &books.accounts {
            let stands = self.signed.get(operator) == Some(&account.content);
            prop_assert_eq!(self.day.stands_reconciled(operator, account), stands);
            prop_assert_eq!(
                self.day.lacking(books).contains(&operator.as_str()),
                !stands
            );
        }
        let was_closed = self.closed.contains(&format!("{:?}", books.content));
        prop_assert!(!self.day.stands_closed(books) || was_closed);
        Ok(())
    }
}

fn said_nothing(event: &Event) -> bool {
    let (Event::Reconciled { explained, .. } | Event::Closed { explained, .. }) = event;
    explained.is_empty()
}

/// Plays a history, and looks at it after each step.
fn play(
    world: &World,
    (mut stands, steps): (Stands, Vec<Step>),
    mut look: impl FnMut(&Day, &Books, Option<&Event>) -> TestCaseResult,
) -> TestCaseResult {
    let people = people();
    let mut history = History {
        day: Day::default(),
        events: Vec::new(),
        signed: BTreeMap::new(),
        closed: BTreeSet::new(),
    };
    let mut before = stands.books();
    for step in steps {
        let now = stands.books();
        let decided = command(&step, &now, &before).and_then(|(by, how, command)| {
            let found = world.decide(&history.day, &command, &now, people.get(by)?);
            found.ok().map(|event| (by, how, event))
        });
        let event = decided.as_ref().map(|(.., event)| event.clone());
        if let Some((by, how, event)) = decided {
            history.record(&now, (by, how), event)?;
        }
        history.is_told(&now)?;
        look(&history.day, &now, event.as_ref())?;
        match step {
            Step::Change(at, which) => {
                before = now;
                *stands.accounts.get_mut(at).unwrap() = which;
            }
            Step::Surplus(surplus) => {
                before = now;
                stands.surplus = surplus;
            }
            Step::Reconcile(..) | Step::Close(..) => (),
        }
    }
    Ok(())
}

fn histories() -> impl Strategy<Value = (Stands, Vec<Step>)> {
    (stands(), prop::collection::vec(step(), 0..80))
}

#[test]
fn a_day_is_closed_only_over_what_everybody_answered_for() {
    let (reconciled, closed) = (Cell::new(0_u32), Cell::new(0_u32));
    let (anew, with_surplus) = (Cell::new(0_u32), Cell::new(0_u32));
    let count = |of: &Cell<u32>| of.set(of.get() + 1);
    let world = World::new("securities");
    check(2_000, &histories(), |history| {
        let mut closings = 0;
        play(&world, history, |_, books, event| {
            match event {
                Some(Event::Reconciled { .. }) => count(&reconciled),
                Some(Event::Closed { .. }) => {
                    closings += 1;
                    count(if closings == 1 { &closed } else { &anew });
                    if !books.surplus.is_empty() {
                        count(&with_surplus);
                    }
                }
                None => (),
            }
            Ok(())
        })
    });
    // All of it has happened often, so that what is said above says something.
    let happened = [reconciled, closed, anew, with_surplus].map(|of| of.get());
    assert!(happened.iter().all(|of| *of > 500), "{happened:?}");
}

/// R26: a day that says it is closed lacks nobody's answer as it stands, also where it came back to
/// what was closed once, and somebody signed something else meanwhile.
#[test]
fn a_day_that_is_closed_lacks_no_account() {
    let world = World::new("securities");
    check(2_000, &histories(), |history| {
        play(&world, history, |day, books, _| {
            let lacking = day.lacking(books);
            prop_assert!(
                !day.stands_closed(books) || lacking.is_empty(),
                "{lacking:?}"
            );
            Ok(())
        })
    });
}

/// R26: a day under whose accounts nothing was handled is none that somebody could answer for.
#[test]
fn a_day_without_flows_is_not_closed() {
    let world = World::new("securities");
    let [.., head, _, _] = people();
    let none = Stands {
        accounts: [None; ACCOUNTS.len()],
        surplus: 1,
    };
    let books = none.books();
    let close = super::command("close", &books);
    let found = world.decide(&Day::default(), &close, &books, &head);
    assert!(found.is_err(), "{found:?}");
}
