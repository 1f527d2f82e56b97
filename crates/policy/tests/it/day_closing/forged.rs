//! What only a forged ledger holds. The machine has no books when it applies an event: over which
//! statement somebody signed it cannot judge, and that is judged when it is asked how the day
//! stands. What it can judge is who could sign what, and that nothing is signed twice.

use domain::Digest;
use policy::case::Workflow as _;
use policy::day_closing::{CLOSER, Day, Event, RECONCILER};

use super::{ALL, BOOKS, CLOSED, IDLE, NOBODYS, THEIRS, after, books, happened, login, signature};

fn reconciled(operator: &str, position: &str, by: &str, content: &[u8]) -> Event {
    Event::Reconciled {
        operator: login(operator),
        signature: signature(position, by, Digest::of(content)),
        explained: Vec::new(),
    }
}

fn closed(position: &str, by: &str, content: &[u8]) -> Event {
    Event::Closed {
        signature: signature(position, by, Digest::of(content)),
        explained: Vec::new(),
    }
}

/// What was done, and an event that nobody could decide then.
type Row = (&'static [&'static str], fn() -> Event);

/// Over statements that do not stand, or of accounts that nothing was handled under: nothing comes
/// to stand as it did not.
#[rustfmt::skip]
const NOTHING_STANDS: &[Row] = &[
    (&[], || reconciled(THEIRS, RECONCILER, "clerk", b"forged")),
    (&[], || reconciled(IDLE, RECONCILER, "clerk", b"li 1")),
    (&[], || reconciled(NOBODYS, RECONCILER, "clerk", b"li 1")),
    (&[THEIRS], || reconciled(NOBODYS, RECONCILER, "clerk", b"")),
    (&[], || closed(CLOSER, "operations-head", b"")),
    (ALL, || closed(CLOSER, "operations-head", b"forged")),
    (ALL, || closed(CLOSER, "operations-head", b"day 2 1 1")),
];

#[test]
fn a_signature_over_another_statement_lets_nothing_stand() {
    for (words, event) in NOTHING_STANDS {
        let (before, books) = after(words, BOOKS);
        let day = before.clone().apply(&event());
        assert_eq!(
            day.lacking(&books),
            before.lacking(&books),
            "{words:?} {:?}",
            event()
        );
        assert!(!day.stands_closed(&books), "{words:?} {:?}", event());
    }
}

/// What was signed over another statement takes the last signature's place: the account or the day
/// is signed anew then, and nothing worse has come of it.
#[test]
fn a_signature_over_another_statement_asks_for_a_new_one() {
    let (day, books) = after(CLOSED, BOOKS);
    let forged = reconciled(THEIRS, RECONCILER, "clerk", b"forged");
    assert_eq!(day.clone().apply(&forged).lacking(&books), [THEIRS]);
    let forged = closed(CLOSER, "operations-head", b"forged");
    assert!(!day.apply(&forged).stands_closed(&books));
}

/// An event tells of one account or of the day, and changes nothing else.
#[test]
fn an_event_changes_what_it_tells_of_alone() {
    let (before, _) = after(CLOSED, BOOKS);
    for operator in [THEIRS, NOBODYS, IDLE] {
        let event = reconciled(operator, RECONCILER, "clerk", b"forged");
        let mut day = before.clone().apply(&event);
        day.reconciled.remove(&login(operator));
        let mut others = before.clone();
        others.reconciled.remove(&login(operator));
        assert_eq!(day, others, "{operator}");
    }
    let day = before
        .clone()
        .apply(&closed(CLOSER, "operations-head", b"forged"));
    assert_eq!(day.reconciled, before.reconciled);
}

/// [`policy::case::Workflow::apply`] says that these leave the day as it is.
#[rustfmt::skip]
const DECIDED_BY_NOBODY: &[Row] = &[
    // R26: whoever closes does not thereby answer for an account, nor the other way round.
    (&[], || reconciled(THEIRS, CLOSER, "operations-head", b"li 1")),
    (&[], || reconciled(THEIRS, "reviewer", "clerk", b"li 1")),
    (&[], || reconciled(THEIRS, "", "clerk", b"li 1")),
    (ALL, || closed(RECONCILER, "clerk", b"day 1 1 1")),
    (ALL, || closed("", "clerk", b"day 1 1 1")),
    // It stands as it was signed: nobody else comes to have signed it.
    (ALL, || reconciled(THEIRS, RECONCILER, "another-clerk", b"li 1")),
    (CLOSED, || closed(CLOSER, "clerk-and-head", b"day 1 1 1")),
    // No day is closed for which nobody has answered.
    (&[], || closed(CLOSER, "operations-head", b"day 1 1 1")),
];

#[test]
fn an_event_that_nobody_decided_changes_nothing() {
    let mut changed = Vec::new();
    for (words, event) in DECIDED_BY_NOBODY {
        let (before, _) = after(words, BOOKS);
        if before.clone().apply(&event()) != before {
            changed.push(format!("{words:?} {:?}", event()));
        }
    }
    assert!(changed.is_empty(), "{changed:#?}");
}

/// What the catalog keeps of a day is the day.
#[test]
fn a_day_is_what_its_events_make_of_it() {
    let books = books(BOOKS);
    let events: Vec<Event> = CLOSED.iter().map(|word| happened(word, &books)).collect();
    let day = Day::replay(&events);
    // The reasons stand in the entry, and nothing follows from them.
    let bare = events.into_iter().map(|event| match event {
        Event::Reconciled {
            operator,
            signature,
            ..
        } => Event::Reconciled {
            operator,
            signature,
            explained: Vec::new(),
        },
        Event::Closed { signature, .. } => Event::Closed {
            signature,
            explained: Vec::new(),
        },
    });
    assert_eq!(Day::replay(&bare.collect::<Vec<_>>()), day);
    assert!(day.stands_closed(&books));
}
