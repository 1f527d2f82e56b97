//! Notices (放假安排通知): which days of a year differ from the ordinary week.
//!
//! One row a day, `date,kind,occasion`:
//!
//! - `closed`: a day off by the State Council's notice; the exchange is closed as well;
//! - `exchange-closed`: the exchange is closed, everybody else works (2024-02-09);
//! - `make-up`: a Saturday or Sunday on which everybody works (调休上班) and the exchange
//!   does not.
//!
//! A notice covers whole years: a day of them that it does not name is ordinary. Which years
//! those are is not taken from the first and the last row. A year is covered if it has its Spring
//! Festival, a holiday of the second quarter and its National Day: a file that was cut off would
//! make working days of the rest. Days of the December before the first covered year, which a
//! notice names where the New Year's days begin in the old year, are added to what is known of
//! that year, and take the place of nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use csv_core::{ReadRecordResult, Reader};
use domain::BusinessDate;
use jiff::civil::Weekday;

use super::YearsError;
use crate::problems::by_line;

/// The largest file that is read.
const BYTES_MAX: usize = 1024 * 1024;

/// How a day differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Departure {
    /// A day off, for the exchange too.
    Closed,
    /// A day off for the exchange alone.
    ExchangeClosed,
    /// A day of a weekend on which everybody but the exchange works.
    MakeUp,
}

impl Departure {
    const ALL: [Self; 3] = [Self::Closed, Self::ExchangeClosed, Self::MakeUp];

    /// Its word in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::ExchangeClosed => "exchange-closed",
            Self::MakeUp => "make-up",
        }
    }
}

/// The days of whole years that differ from the ordinary week, and perhaps some of the December
/// before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub(super) first_year: i16,
    pub(super) last_year: i16,
    pub(super) days: BTreeMap<BusinessDate, Departure>,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeProblem {
    /// The first line is not the heading.
    #[error("the first line is {found:?}, expected date,kind,occasion")]
    Heading {
        /// What stands there.
        found: String,
    },
    /// A row has not three fields.
    #[error("{found} fields, expected three: date,kind,occasion")]
    Fields {
        /// How many there are.
        found: usize,
    },
    /// The first field is no day.
    #[error("{found:?} is no day, expected one such as 2027-01-01")]
    Day {
        /// What stands there.
        found: String,
    },
    /// The second field is no kind.
    #[error("{found:?} is no kind, expected closed, exchange-closed or make-up")]
    Kind {
        /// What stands there.
        found: String,
    },
    /// The third field is empty.
    #[error("the occasion is missing, expected the holiday's name")]
    Occasion,
    /// The day was named before.
    #[error("{day} stands in line {earlier} already")]
    Repeated {
        /// The day.
        day: BusinessDate,
        /// Where it was named.
        earlier: u64,
    },
    /// A make-up day that is worked anyway.
    #[error("{day} is a {weekday:?}, and only a day of a weekend can be made up on")]
    MakeUpOnWeekday {
        /// The day.
        day: BusinessDate,
        /// Which weekday it is.
        weekday: Weekday,
    },
    /// The file has no days.
    #[error("no day is named, expected those of at least one year")]
    Empty,
    /// Days of a year are named, and not all that every year has: some file was cut off.
    #[error("{year} is not whole: {found} found, expected {expected} (is the file cut off?)")]
    NotWhole {
        /// The year.
        year: i16,
        /// How many days off of the holiday stand there.
        found: usize,
        /// What every year has.
        expected: &'static str,
    },
    /// A year between the first and the last has no day: some file was cut together.
    #[error("no day of {year} is named, and there are days before and after it")]
    YearMissing {
        /// The year.
        year: i16,
    },
    /// The file is too large to be a notice.
    #[error("{size_bytes} bytes, and a notice has at most {BYTES_MAX}")]
    TooLarge {
        /// Its size.
        size_bytes: usize,
    },
}

/// Everything that is wrong with a notice, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeError {
    /// The file, as the caller names it.
    pub file: String,
    /// Line, from 1, and what is wrong there.
    pub problems: Vec<(u64, NoticeProblem)>,
}

impl fmt::Display for NoticeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        by_line(f, &self.file, &self.problems)
    }
}

impl std::error::Error for NoticeError {}

impl Notice {
    /// Reads a notice from CSV text. `file` is what errors call it.
    ///
    /// # Errors
    /// Every line that is wrong, not the first alone.
    pub fn parse(file: &str, text: &str) -> Result<Self, NoticeError> {
        let mut problems = Vec::new();
        let mut days = BTreeMap::new();
        let mut lines = BTreeMap::new();
        if text.len() > BYTES_MAX {
            let size_bytes = text.len();
            problems.push((1, NoticeProblem::TooLarge { size_bytes }));
            let file = file.to_owned();
            return Err(NoticeError { file, problems });
        }
        for (n, (line, fields)) in rows(text).into_iter().enumerate() {
            if n == 0 {
                if fields != ["date", "kind", "occasion"] {
                    let found = fields.join(",");
                    problems.push((line, NoticeProblem::Heading { found }));
                }
                continue;
            }
            match row(&fields) {
                Ok((day, departure)) => {
                    if let Some(earlier) = lines.insert(day, line) {
                        problems.push((line, NoticeProblem::Repeated { day, earlier }));
                    }
                    days.insert(day, departure);
                }
                Err(problem) => problems.push((line, problem)),
            }
        }
        let years = years(&days);
        match &years {
            Ok(_) => {}
            // What the rows say is wrong comes first; then there is nothing to add.
            Err(_) if !problems.is_empty() => {}
            Err(all) => problems.extend(all.iter().map(|problem| (1, problem.clone()))),
        }
        match years {
            Ok((first_year, last_year)) if problems.is_empty() => Ok(Self {
                first_year,
                last_year,
                days,
            }),
            Ok(_) | Err(_) => Err(NoticeError {
                file: file.to_owned(),
                problems,
            }),
        }
    }

    /// The first and the last year that it covers.
    #[must_use]
    pub const fn years(&self) -> (i16, i16) {
        (self.first_year, self.last_year)
    }

    /// These years with those of a later notice in the place of what was known of them. What the
    /// later one names of the December before its first year is added to that year.
    ///
    /// # Errors
    /// The later notice ends before or begins beyond what is known, so that a year would be
    /// unknown between known ones.
    pub fn followed_by(mut self, later: &Self) -> Result<Self, YearsError> {
        let expected = self.last_year.saturating_add(1);
        let meets = later.last_year.saturating_add(1) >= self.first_year;
        if later.first_year > expected || !meets {
            return Err(YearsError::Gap {
                expected,
                found: later.first_year,
            });
        }
        let covered = later.first_year..=later.last_year;
        self.days
            .retain(|day, _| !covered.contains(&day.date().year()));
        self.days.extend(&later.days);
        self.first_year = self.first_year.min(later.first_year);
        self.last_year = self.last_year.max(later.last_year);
        Ok(self)
    }

    /// The days that it names.
    pub fn days(&self) -> impl Iterator<Item = (BusinessDate, Departure)> {
        self.days.iter().map(|(day, departure)| (*day, *departure))
    }
}

fn row(fields: &[String]) -> Result<(BusinessDate, Departure), NoticeProblem> {
    let [day, kind, occasion] = fields else {
        let found = fields.len();
        return Err(NoticeProblem::Fields { found });
    };
    let day = day
        .parse::<BusinessDate>()
        .map_err(|_| NoticeProblem::Day { found: day.clone() })?;
    let departure = Departure::ALL
        .into_iter()
        .find(|departure| departure.as_str() == kind)
        .ok_or_else(|| NoticeProblem::Kind {
            found: kind.clone(),
        })?;
    if occasion.trim().is_empty() {
        return Err(NoticeProblem::Occasion);
    }
    let weekday = day.date().weekday();
    if departure == Departure::MakeUp && !super::is_weekend(day) {
        return Err(NoticeProblem::MakeUpOnWeekday { day, weekday });
    }
    Ok((day, departure))
}

/// The first and the last year that these days cover, or all that is missing of them.
fn years(days: &BTreeMap<BusinessDate, Departure>) -> Result<(i16, i16), Vec<NoticeProblem>> {
    let mut named: Vec<i16> = days.keys().map(|day| day.date().year()).collect();
    named.dedup();
    // The December before the first year comes with it, and covers nothing.
    let december_alone = |year: i16| {
        let mut of_year = days.keys().filter(|day| day.date().year() == year);
        of_year.all(|day| day.date().month() == 12)
    };
    let (first, last) = match named.as_slice() {
        [] => return Err(vec![NoticeProblem::Empty]),
        [december, first, .., last] if first - december == 1 && december_alone(*december) => {
            (*first, *last)
        }
        [december, only] if only - december == 1 && december_alone(*december) => (*only, *only),
        [first, .., last] => (*first, *last),
        [only] => (*only, *only),
    };
    let mut problems = Vec::new();
    for year in first..=last {
        if named.contains(&year) {
            problems.extend(lacking(days, year));
        } else {
            problems.push(NoticeProblem::YearMissing { year });
        }
    }
    if problems.is_empty() {
        Ok((first, last))
    } else {
        Err(problems)
    }
}

/// A holiday that every year since 2005 had.
struct Holiday {
    /// How many weekdays off it has at least.
    least: usize,
    /// The first and the last month and day that it can fall on.
    within: RangeInclusive<(i8, i8)>,
    /// What a year without it lacks.
    expected: &'static str,
}

const EVERY_YEAR: [Holiday; 3] = [
    Holiday {
        least: 3,
        within: (1, 20)..=(2, 28),
        expected: "at least three weekdays off from 20 January to 28 February, the Spring Festival",
    },
    Holiday {
        least: 1,
        within: (4, 1)..=(6, 30),
        expected: "at least one weekday off from April to June, as Qingming, Labour Day and Dragon Boat are",
    },
    Holiday {
        least: 3,
        within: (10, 1)..=(10, 8),
        expected: "at least three weekdays off from 1 to 8 October, National Day",
    },
];

/// The holidays of every year that are not among the days of this one.
fn lacking(days: &BTreeMap<BusinessDate, Departure>, year: i16) -> Vec<NoticeProblem> {
    let off = days
        .iter()
        .filter(|(day, departure)| day.date().year() == year && **departure == Departure::Closed)
        // Saturdays and Sundays are off in any week, and show no holiday.
        .filter(|(day, _)| !super::is_weekend(**day))
        .map(|(day, _)| (day.date().month(), day.date().day()));
    EVERY_YEAR
        .into_iter()
        .filter_map(|holiday| {
            let of_it = off.clone().filter(|at| holiday.within.contains(at));
            let (found, expected) = (of_it.count(), holiday.expected);
            (found < holiday.least).then_some(NoticeProblem::NotWhole {
                year,
                found,
                expected,
            })
        })
        .collect()
}

/// The rows of CSV text, each with the number of its line; empty lines are left out.
fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
    let mut reader = Reader::new();
    // A spreadsheet may put a byte order mark first.
    let mut input = text.trim_start_matches('\u{feff}').as_bytes();
    let mut rows = Vec::new();
    // A row's fields can't be longer than the text, nor more.
    let mut bytes = vec![0; input.len() + 1];
    let mut ends = vec![0; input.len() + 1];
    let (mut length, mut count) = (0, 0);
    // The reader's own count stands before the empty lines that it skips.
    let (mut line, mut next_line) = (1, 1);
    loop {
        if length == 0 && count == 0 {
            let empty = input
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n'));
            let (skipped, ends) = empty.fold((0, 0), |(n, ends), byte| {
                (n + 1, ends + u64::from(*byte == b'\n'))
            });
            input = input.get(skipped..).unwrap_or_default();
            line = next_line + ends;
            next_line = line;
        }
        let (Some(out), Some(out_ends)) = (bytes.get_mut(length..), ends.get_mut(count..)) else {
            return rows;
        };
        let (result, read, written, ended) = reader.read_record(input, out, out_ends);
        let (taken, rest) = input.split_at_checked(read).unwrap_or((input, &[]));
        next_line += taken
            .iter()
            .map(|byte| u64::from(*byte == b'\n'))
            .sum::<u64>();
        input = rest;
        length += written;
        count += ended;
        match result {
            // The rest of the input is empty: once more to end the last row.
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::Record => {
                let mut from = 0;
                let fields = ends.iter().take(count).map(|end| {
                    let field = bytes.get(from..*end).unwrap_or_default();
                    from = *end;
                    String::from_utf8_lossy(field).into_owned()
                });
                rows.push((line, fields.collect()));
                (length, count) = (0, 0);
            }
            // What is written to has room for all of the text, so only the end comes.
            ReadRecordResult::OutputFull
            | ReadRecordResult::OutputEndsFull
            | ReadRecordResult::End => return rows,
        }
    }
}
