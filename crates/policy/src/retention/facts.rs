//! The facts that a retention verdict stands on.

use std::collections::BTreeMap;

use domain::{BusinessDate, ClassCode};

use super::schedule::{Rendition, Start};

/// Whether and when something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// On this day.
    On(BusinessDate),
    /// It has not happened: an account is open, a case is not closed.
    NotYet,
    /// Nobody has said. What waits for it is never due.
    Unknown,
}

/// What happened to an account (账户).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountEvent {
    /// It was opened, or opened again.
    Opened,
    /// It was closed (销户).
    Closed,
}

/// What is known of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub number: String,
    /// What happened to it, in any order.
    pub events: Vec<(BusinessDate, AccountEvent)>,
}

impl Account {
    /// When it was closed for good, as far as is known. One that was opened again is open,
    /// whatever happened before: the period begins anew with its next closure (R41).
    #[must_use]
    pub fn closed(&self) -> Moment {
        let mut of_days: BTreeMap<BusinessDate, (usize, usize)> = BTreeMap::new();
        for (day, event) in &self.events {
            let (opened, closed) = of_days.entry(*day).or_default();
            match event {
                AccountEvent::Opened => *opened += 1,
                AccountEvent::Closed => *closed += 1,
            }
        }
        let mut state = Moment::Unknown;
        for (day, (opened, closed)) in of_days {
            // Both on one day: what was open was closed and opened again, and anything else was
            // opened and closed.
            let open = match (opened, closed) {
                (_, 0) => true,
                (0, _) => false,
                (_, _) => state == Moment::NotYet || opened > closed,
            };
            state = if open {
                Moment::NotYet
            } else {
                Moment::On(day)
            };
        }
        state
    }
}

/// A hold (保全/冻结, R109): while one stands, nothing ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The matter: a lawsuit, an investigation, a sealing.
    pub matter: String,
    /// Who placed it.
    pub authority: String,
    /// From when on.
    pub placed: BusinessDate,
    /// When it was released; `None` while it stands.
    pub released: Option<BusinessDate>,
}

impl Hold {
    /// Whether it stands on a day. A hold that was placed later stands in the way already:
    /// who knows of it does not end what it is about to name. On the day of its release it
    /// stands no more. A release before the placing is no release: one of the two days is
    /// wrong, and nobody knows which.
    #[must_use]
    pub fn stands(&self, day: BusinessDate) -> bool {
        self.released
            .is_none_or(|released| day < released || released < self.placed)
    }
}

/// What a period can begin with, as far as it is known of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starts([Moment; Start::ALL.len()]);

impl Starts {
    /// Nothing is known.
    #[must_use]
    pub const fn unknown() -> Self {
        Self([Moment::Unknown; Start::ALL.len()])
    }

    /// With this one known.
    #[must_use]
    pub fn with(mut self, start: Start, moment: Moment) -> Self {
        if let Some(place) = self.0.get_mut(start as usize) {
            *place = moment;
        }
        self
    }

    /// What is known of a start.
    #[must_use]
    pub fn get(&self, start: Start) -> Moment {
        self.0
            .get(start as usize)
            .copied()
            .unwrap_or(Moment::Unknown)
    }

    /// With what the client's accounts say. `linked` is the account that the document belongs
    /// to; a document of the client as such has none. Whether all accounts are known is for
    /// the caller to say: one that may be missing could still be open.
    #[must_use]
    pub fn with_accounts(
        self,
        accounts: &[Account],
        linked: Option<&str>,
        all_known: bool,
    ) -> Self {
        let last = if all_known {
            accounts
                .iter()
                .map(Account::closed)
                .reduce(later)
                .unwrap_or(Moment::Unknown)
        } else {
            Moment::Unknown
        };
        // A document of the client as such follows the last account. An account that stands
        // there twice is closed once both say so.
        let own = linked.map_or(last, |number| {
            let named = accounts.iter().filter(|one| one.number == number);
            let closed = named.map(Account::closed).reduce(later);
            closed.unwrap_or(Moment::Unknown)
        });
        self.with(Start::LastAccountClosed, last)
            .with(Start::LinkedAccountClosed, own)
    }
}

/// The later of two: what has not happened is later than what has, and what nobody has said
/// leaves both open.
pub(crate) fn later(one: Moment, other: Moment) -> Moment {
    match (one, other) {
        (Moment::On(one), Moment::On(other)) => Moment::On(one.max(other)),
        (Moment::NotYet, _) | (_, Moment::NotYet) => Moment::NotYet,
        (Moment::Unknown, _) | (_, Moment::Unknown) => Moment::Unknown,
    }
}

/// A document, or one form of it, as far as its retention depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its class.
    pub class: ClassCode,
    /// The form that is judged.
    pub rendition: Rendition,
    /// What its periods may begin with.
    pub starts: Starts,
    /// The holds on it, those that were released too.
    pub holds: Vec<Hold>,
}
