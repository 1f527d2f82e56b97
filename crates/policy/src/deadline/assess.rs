//! The answer for one duty.

use domain::BusinessDate;
use jiff::Span;
use jiff::civil::Date;

use super::{By, Deadline, Reckoning};
use crate::calendar::{CalendarError, Calendars, Counting};
use crate::day::plus_days;

/// When a duty was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Not yet.
    Open,
    /// On this day.
    On(BusinessDate),
}

/// More time that somebody asked for (延期, R114).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The new last day.
    pub until: BusinessDate,
    /// Whether somebody who may has approved it. One that nobody approved changes nothing.
    pub approved: bool,
}

/// The due day, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// The last day on which it can be done in time.
    On(BusinessDate),
    /// The calendars do not reach so far. The duty stands; its day is computed once the next
    /// notice is taken in.
    Unknown(CalendarError),
}

/// How a duty stands on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Done in time.
    Met,
    /// Not done, and there is time left.
    Open {
        /// Days that count, from today to the due day.
        days_left: u32,
    },
    /// Done too late.
    Late {
        /// By how many days.
        days: u32,
        /// Days of which calendar.
        counting: Counting,
    },
    /// Not done, and it is too late.
    Overdue {
        /// By how many days so far.
        days: u32,
        /// Days of which calendar.
        counting: Counting,
    },
    /// The due day is unknown, or the day on which it is said to be done cannot be right: nobody
    /// can say.
    Unknown,
}

/// One step of the reckoning, for whoever asks why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It started on this day.
    Started(BusinessDate),
    /// The profile's reckoning gave this day.
    Reckoned(BusinessDate),
    /// It must be done before that day starts.
    BeforeItStarts(BusinessDate),
    /// An approved extension moved it.
    Extended(BusinessDate),
    /// An extension that nobody approved did not.
    NotApproved(BusinessDate),
    /// An extension did not, of a duty for which nobody may approve one.
    NotExtendable(BusinessDate),
    /// It is said to be done on this day, before it started or after today.
    CannotBe(BusinessDate),
}

/// The answer for one duty: due when, met or not, late by how much, and why that day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The due day.
    pub due: Due,
    /// How it stands today.
    pub standing: Standing,
    /// How the due day came about, in order.
    pub because: Vec<Step>,
}

/// Assesses one duty that started on `started`, as it stands on `today`.
#[must_use]
pub fn assess(
    deadline: &Deadline,
    calendars: &Calendars,
    started: BusinessDate,
    extension: Option<Extension>,
    done: Done,
    today: BusinessDate,
) -> Assessment {
    let mut because = vec![Step::Started(started)];
    let due = reckon(deadline, calendars, started, &mut because)
        .map(|due| extended(due, deadline, extension, &mut because));
    let counting = counting_of(deadline.reckoning);
    let standing = match (&due, done) {
        (_, Done::On(day)) if !can_be(deadline.reckoning, started, day, today) => {
            because.push(Step::CannotBe(day));
            Standing::Unknown
        }
        // Whatever the day is, it does not lie before the one that started it.
        (Err(_), Done::On(day)) if day == started => Standing::Met,
        (Err(_), _) => Standing::Unknown,
        (Ok(due), done) => stand(*due, calendars, counting, done, today),
    };
    let due = due.map_or_else(Due::Unknown, Due::On);
    Assessment {
        due,
        standing,
        because,
    }
}

/// Whether a duty can have been done on a day: today at the latest, and not before it started.
/// What runs out is reminded of before it does.
fn can_be(
    reckoning: Reckoning,
    started: BusinessDate,
    done: BusinessDate,
    today: BusinessDate,
) -> bool {
    let begun = done >= started || matches!(reckoning, Reckoning::Before { .. });
    begun && done <= today
}

fn reckon(
    deadline: &Deadline,
    calendars: &Calendars,
    started: BusinessDate,
    because: &mut Vec<Step>,
) -> Result<BusinessDate, CalendarError> {
    let reckoned = match deadline.reckoning {
        Reckoning::After { counting, days } => calendars.nth_after(counting, started, days)?,
        Reckoning::OfNextMonth { counting, day } => {
            let first = month_after(started);
            calendars.nth_of_month(counting, (first.year(), first.month()), day)?
        }
        Reckoning::OfNextYear { month, day } => of_next_year(started, month, day),
        Reckoning::Before { days } => plus_days(started, -i64::from(days)),
        Reckoning::MonthsAfter { months } => months_after(started, months),
    };
    because.push(Step::Reckoned(reckoned));
    match deadline.by {
        By::EndOfDay => Ok(reckoned),
        By::BeforeItStarts => {
            let last = plus_days(reckoned, -1);
            because.push(Step::BeforeItStarts(last));
            Ok(last)
        }
    }
}

fn extended(
    due: BusinessDate,
    deadline: &Deadline,
    extension: Option<Extension>,
    because: &mut Vec<Step>,
) -> BusinessDate {
    match extension {
        Some(Extension { until, .. }) if !deadline.extendable => {
            because.push(Step::NotExtendable(until));
            due
        }
        Some(Extension {
            until,
            approved: true,
        }) if until > due => {
            because.push(Step::Extended(until));
            until
        }
        Some(Extension {
            until,
            approved: false,
        }) => {
            because.push(Step::NotApproved(until));
            due
        }
        Some(_) | None => due,
    }
}

fn stand(
    due: BusinessDate,
    calendars: &Calendars,
    counting: Counting,
    done: Done,
    today: BusinessDate,
) -> Standing {
    // Where the calendar ends, plain days still tell how late it is.
    let between = |earlier, later| {
        let counted = calendars.between(counting, earlier, later);
        counted.map_or_else(
            |_| {
                let days = calendars.between(Counting::Civil, earlier, later);
                (days.unwrap_or_default(), Counting::Civil)
            },
            |days| (days, counting),
        )
    };
    match done {
        Done::On(day) if day <= due => Standing::Met,
        Done::On(day) => {
            let (days, counting) = between(due, day);
            Standing::Late { days, counting }
        }
        Done::Open if today <= due => Standing::Open {
            days_left: between(today, due).0,
        },
        Done::Open => {
            let (days, counting) = between(due, today);
            Standing::Overdue { days, counting }
        }
    }
}

/// By which calendar lateness is counted: that by which the deadline is.
const fn counting_of(reckoning: Reckoning) -> Counting {
    match reckoning {
        Reckoning::After { counting, .. } | Reckoning::OfNextMonth { counting, .. } => counting,
        Reckoning::OfNextYear { .. } | Reckoning::Before { .. } | Reckoning::MonthsAfter { .. } => {
            Counting::Civil
        }
    }
}

fn month_after(day: BusinessDate) -> Date {
    let next = day
        .date()
        .first_of_month()
        .checked_add(Span::new().months(1));
    next.unwrap_or(Date::MAX)
}

fn of_next_year(day: BusinessDate, month: i8, of_month: i8) -> BusinessDate {
    let year = day.date().year().saturating_add(1);
    // 29 February of a year without one is the last day of the month.
    let date = Date::new(year, month, of_month)
        .or_else(|_| Date::new(year, month, 1).map(Date::last_of_month));
    BusinessDate::new(date.unwrap_or(Date::MAX))
}

fn months_after(day: BusinessDate, months: u16) -> BusinessDate {
    let later = day
        .date()
        .checked_add(Span::new().months(i64::from(months)));
    BusinessDate::new(later.unwrap_or(Date::MAX))
}
