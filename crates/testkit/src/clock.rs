//! A clock that tells what the test says.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{Clock, Timestamp};

/// Stands still until it is moved. Shared by reference or in an `Arc`.
#[derive(Debug)]
pub struct FixedClock {
    unix_ms: AtomicI64,
}

impl FixedClock {
    /// Stands at this moment.
    #[must_use]
    pub const fn new(at: Timestamp) -> Self {
        Self {
            unix_ms: AtomicI64::new(at.unix_ms()),
        }
    }

    /// Puts it to another moment, earlier ones too.
    pub fn set(&self, to: Timestamp) {
        self.unix_ms.store(to.unix_ms(), Ordering::SeqCst);
    }

    /// Moves it on, or back by a negative number. It stops at the ends of what a
    /// [`Timestamp`] holds.
    pub fn advance_ms(&self, by_ms: i64) {
        let moved = |now: i64| Timestamp::from_unix_ms(now.saturating_add(by_ms)).unix_ms();
        self.unix_ms
            .update(Ordering::SeqCst, Ordering::SeqCst, moved);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.unix_ms.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_only_when_told() {
        let clock = FixedClock::new("2026-11-23T01:14:07.120Z".parse().unwrap());
        assert_eq!(clock.now().to_string(), "2026-11-23T01:14:07.120Z");
        assert_eq!(clock.now(), clock.now());
        clock.advance_ms(1500);
        assert_eq!(clock.now().to_string(), "2026-11-23T01:14:08.620Z");
        clock.advance_ms(-8_620);
        assert_eq!(clock.now().to_string(), "2026-11-23T01:14:00.000Z");
        let day = "2020-02-29T00:00:00.000Z".parse().unwrap();
        clock.set(day);
        assert_eq!(clock.now(), day);
        clock.advance_ms(i64::MAX);
        assert!(clock.now() > day);
    }
}
