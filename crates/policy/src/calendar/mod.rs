//! Calendars (日历): which days count. What lies beyond the notices is never guessed.
//!
//! The exchange's trading days (交易日) and the statutory working days (工作日) are two
//! calendars: the exchange never trades on a weekend, while a make-up weekend is worked; and it
//! has closed on days that were worked. From 2015 to 2026 the fifth working day and the fifth
//! trading day of a month differ in 27 months.
//!
//! The notices of 2005 to 2026 are built in (`data/china-2005-2026.csv`); later ones are taken
//! in year by year. A question beyond the last is [`CalendarError::BeyondHorizon`].

mod notice;

use domain::BusinessDate;
use jiff::civil::{Date, Weekday};

pub use notice::{Departure, Notice, NoticeError, NoticeProblem};

use crate::day::{days_from, plus_days};

/// The notices that this version carries.
const BUILT_IN: &str = include_str!("../../data/china-2005-2026.csv");
const BUILT_IN_NAME: &str = "china-2005-2026.csv";

/// Which days are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counting {
    /// Days on which the exchange trades (交易日).
    Trading,
    /// Statutory working days (工作日), make-up weekends included.
    Working,
    /// Every day (自然日).
    Civil,
}

impl Counting {
    /// Every way of counting.
    pub const ALL: [Self; 3] = [Self::Trading, Self::Working, Self::Civil];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trading => "trading",
            Self::Working => "working",
            Self::Civil => "civil",
        }
    }
}

/// A calendar has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The answer needs a day that no notice covers.
    #[error("{day} lies outside the calendars, which are known from {first} to {last}")]
    BeyondHorizon {
        /// The day that would have to be known.
        day: BusinessDate,
        /// The first day that is known.
        first: BusinessDate,
        /// The last day that is known.
        last: BusinessDate,
    },
    /// The month has fewer days of the kind.
    #[error("{year}-{month:02} has {has} {} days, and no {wanted}th", counting.as_str())]
    NoSuchDay {
        /// The year.
        year: i16,
        /// The month, from 1.
        month: i8,
        /// How many it has.
        has: u8,
        /// Which was asked for, from 1.
        wanted: u8,
        /// What was counted.
        counting: Counting,
    },
    /// There is no such month.
    #[error("{year}-{month:02} is no month")]
    NoSuchMonth {
        /// The year.
        year: i16,
        /// The month, from 1.
        month: i8,
    },
}

/// Notices that do not make one row of years.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YearsError {
    /// A notice begins beyond the year after the last one that is known.
    #[error("a notice begins with {found}, expected {expected} or a year before it")]
    Gap {
        /// The year expected.
        expected: i16,
        /// The year found.
        found: i16,
    },
}

/// A day on which this firm is closed although others work (本公司休市).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirmClosure {
    /// The day.
    pub day: BusinessDate,
    /// Which of the two calendars it is taken out of; [`Counting::Civil`] means both.
    pub counting: Counting,
}

/// The calendars, as far as notices reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendars {
    first: BusinessDate,
    last: BusinessDate,
    /// For each day from the first, a bit for each calendar in which it counts.
    days: Vec<u8>,
}

/// For how many days before their last one the calendars ask for the next notice.
pub const HORIZON_WARNING_DAYS: u32 = 30;

const TRADING: u8 = 1;
const WORKING: u8 = 2;

impl Calendars {
    /// The notices that are built in.
    ///
    /// # Errors
    /// None that a released version has; a test reads them.
    pub fn built_in_notice() -> Result<Notice, NoticeError> {
        Notice::parse(BUILT_IN_NAME, BUILT_IN)
    }

    /// The calendars of a notice, without the days on which the firm is closed. Later notices
    /// are joined to the first one by [`Notice::followed_by`].
    #[must_use]
    pub fn of(notice: &Notice, closures: &[FirmClosure]) -> Self {
        let first = BusinessDate::new(jiff::civil::date(notice.first_year, 1, 1));
        let last = BusinessDate::new(jiff::civil::date(notice.last_year, 12, 31));
        let count = days_from(first, last);
        let days = (0..=count)
            .map(|n| {
                let day = plus_days(first, n);
                let departure = notice.days.get(&day);
                let closed = closures
                    .iter()
                    .filter(|closure| closure.day == day)
                    .fold(0, |bits, closure| bits | bits_of(closure.counting));
                ordinary_or(day, departure.copied()) & !closed
            })
            .collect();
        Self { first, last, days }
    }

    /// The first and the last day that are known.
    #[must_use]
    pub const fn horizon(&self) -> (BusinessDate, BusinessDate) {
        (self.first, self.last)
    }

    /// How many days the calendars are still known for, from `day` on; `None` once it lies
    /// beyond them.
    #[must_use]
    pub fn days_left(&self, day: BusinessDate) -> Option<u32> {
        u32::try_from(days_from(day, self.last)).ok()
    }

    /// Whether the next notice is to be taken in now: the calendars are known for so many days
    /// more, and for no more than [`HORIZON_WARNING_DAYS`].
    #[must_use]
    pub fn runs_out(&self, day: BusinessDate) -> bool {
        self.days_left(day)
            .is_none_or(|left| left <= HORIZON_WARNING_DAYS)
    }

    /// Whether a day counts.
    pub fn counts(&self, counting: Counting, day: BusinessDate) -> Result<bool, CalendarError> {
        if counting == Counting::Civil {
            return Ok(true);
        }
        let known = usize::try_from(days_from(self.first, day))
            .ok()
            .and_then(|n| self.days.get(n));
        known
            .map(|bits| bits & bits_of(counting) != 0)
            .ok_or(CalendarError::BeyondHorizon {
                day,
                first: self.first,
                last: self.last,
            })
    }

    /// The n-th day that counts after `day`; for 0, `day` itself, whether it counts or not.
    pub fn nth_after(
        &self,
        counting: Counting,
        day: BusinessDate,
        n: u16,
    ) -> Result<BusinessDate, CalendarError> {
        if counting == Counting::Civil {
            return Ok(plus_days(day, i64::from(n)));
        }
        let (mut at, mut left) = (day, n);
        while left > 0 {
            at = plus_days(at, 1);
            left -= u16::from(self.counts(counting, at)?);
        }
        Ok(at)
    }

    /// The n-th day of a month that counts, from 1.
    pub fn nth_of_month(
        &self,
        counting: Counting,
        (year, month): (i16, i8),
        n: u8,
    ) -> Result<BusinessDate, CalendarError> {
        let first =
            Date::new(year, month, 1).map_err(|_| CalendarError::NoSuchMonth { year, month })?;
        let mut has = 0;
        for number in 0..i64::from(first.days_in_month()) {
            let day = plus_days(BusinessDate::new(first), number);
            has += u8::from(self.counts(counting, day)?);
            if has == n && n > 0 {
                return Ok(day);
            }
        }
        Err(CalendarError::NoSuchDay {
            year,
            month,
            has,
            wanted: n,
            counting,
        })
    }

    /// How many days count after `earlier`, up to and with `later`; 0 if `later` is not after
    /// it.
    pub fn between(
        &self,
        counting: Counting,
        earlier: BusinessDate,
        later: BusinessDate,
    ) -> Result<u32, CalendarError> {
        let days = days_from(earlier, later);
        if counting == Counting::Civil {
            return Ok(u32::try_from(days).unwrap_or(0));
        }
        let mut count = 0;
        for n in 1..=days {
            count += u32::from(self.counts(counting, plus_days(earlier, n))?);
        }
        Ok(count)
    }
}

const fn bits_of(counting: Counting) -> u8 {
    match counting {
        Counting::Trading => TRADING,
        Counting::Working => WORKING,
        Counting::Civil => TRADING | WORKING,
    }
}

fn ordinary_or(day: BusinessDate, departure: Option<Departure>) -> u8 {
    match departure {
        Some(Departure::Closed) => 0,
        Some(Departure::ExchangeClosed) => bits_of(Counting::Civil) & !TRADING & weekday_bits(day),
        Some(Departure::MakeUp) => WORKING,
        None => weekday_bits(day),
    }
}

fn weekday_bits(day: BusinessDate) -> u8 {
    if is_weekend(day) {
        0
    } else {
        TRADING | WORKING
    }
}

/// Whether it is a Saturday or a Sunday.
fn is_weekend(day: BusinessDate) -> bool {
    matches!(day.date().weekday(), Weekday::Saturday | Weekday::Sunday)
}
