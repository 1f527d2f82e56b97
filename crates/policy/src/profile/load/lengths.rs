//! How long and by when: schedule lines and deadlines.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::Date;
use toml::Spanned;

use super::{Load, Names, ProfileProblem, title};
use crate::calendar::{Counting, FirmClosure};
use crate::deadline::{By, Deadline, Duty, Reckoning};
use crate::profile::shape::{ClosureShape, DeadlineShape, LineShape};
use crate::retention::{After, Line, LineCode, Period, Start};

impl Load<'_> {
    pub(super) fn lines(&mut self, shapes: Vec<Spanned<LineShape>>, names: &Names) -> Vec<Line> {
        let mut lines = Vec::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let by = format!("schedule line {}", shape.code);
            for class in &shape.classes {
                self.known(&span, "class", class, &names.classes, &by);
            }
            let classes = shape
                .classes
                .iter()
                .filter_map(|class| self.class_code(&span, class))
                .collect();
            let renditions = self.words(&span, &shape.renditions);
            let from_latest_of = shape
                .from_latest_of
                .iter()
                .filter_map(|start| self.start(&span, start))
                .collect();
            let period = self.period(&span, &shape);
            let after = self.word(&span, &shape.after);
            let basis = self.basis(&span, &shape.basis);
            // A line that is wrong stands all the same, so that no class is said to lack it.
            lines.push(Line {
                code: LineCode(shape.code),
                title: title(shape.title),
                classes,
                renditions,
                from_latest_of,
                period: period.unwrap_or(Period::Permanent),
                after: after.unwrap_or(After::Stay),
                basis,
            });
        }
        lines
    }

    pub(super) fn closures(&mut self, shapes: Vec<Spanned<ClosureShape>>) -> Vec<FirmClosure> {
        let mut closures = Vec::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let day = self.value(&span, "day", &shape.day, "a day such as 2026-01-01");
            let counting = match &shape.counting {
                Some(word) => self.word(&span, word),
                None => Some(Counting::Civil),
            };
            self.basis(&span, &shape.basis);
            if let (Some(day), Some(counting)) = (day, counting) {
                closures.push(FirmClosure { day, counting });
            }
        }
        closures
    }

    pub(super) fn start(&mut self, span: &Range<usize>, found: &str) -> Option<Start> {
        let start = Start::ALL.into_iter().find(|start| start.as_str() == found);
        if start.is_none() {
            let all = Start::ALL.map(Start::as_str).join(", ");
            self.unexpected(span, "start", found, all);
        }
        start
    }

    pub(super) fn period(&mut self, span: &Range<usize>, shape: &LineShape) -> Option<Period> {
        let appraise_years = shape.appraise_years;
        let ways = [
            shape.years.map(Period::Years),
            appraise_years.map(|appraise_years| Period::LongTerm { appraise_years }),
            shape.permanent.then_some(Period::Permanent),
        ];
        if matches!(ways, [Some(_), None, None]) && shape.from_latest_of.is_empty() {
            let code = shape.code.clone();
            self.find(span.clone(), ProfileProblem::NoStart { code });
        }
        self.one_of(
            span,
            "schedule line",
            &shape.code,
            ways,
            "years, appraise_years, permanent",
        )
    }

    pub(super) fn deadlines(&mut self, shapes: Vec<Spanned<DeadlineShape>>) -> Vec<Deadline> {
        let mut deadlines = Vec::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let duty = Duty::ALL
                .into_iter()
                .find(|duty| duty.as_str() == shape.duty);
            if duty.is_none() {
                let all = Duty::ALL.map(Duty::as_str).join(", ");
                self.unexpected(&span, "duty", &shape.duty, all);
            }
            let reckonings = self.reckonings(&span, &shape);
            let basis = self.basis(&span, &shape.basis);
            let by = if shape.before_it_starts {
                By::BeforeItStarts
            } else {
                By::EndOfDay
            };
            let (Some(duty), Some(reckonings)) = (duty, reckonings) else {
                continue;
            };
            for reckoning in reckonings {
                self.judge_reckoning(&span, duty, reckoning, by);
                deadlines.push(Deadline {
                    duty,
                    reckoning,
                    by,
                    extendable: shape.extendable,
                    basis: basis.clone(),
                });
            }
        }
        deadlines
    }

    /// A day that every month has, and a moment that does not lie before what starts the duty.
    fn judge_reckoning(&mut self, span: &Range<usize>, duty: Duty, reckoning: Reckoning, by: By) {
        let (found, expected) = match (reckoning, by) {
            (
                Reckoning::OfNextMonth {
                    counting: Counting::Civil,
                    day,
                },
                _,
            ) if !(1..=28).contains(&day) => (
                format!("day_of_next_month = {day}"),
                "1 to 28, which every month has",
            ),
            // February 2005 had thirteen trading days, and no month since had fewer.
            (
                Reckoning::OfNextMonth {
                    counting: Counting::Trading | Counting::Working,
                    day,
                },
                _,
            ) if !(1..=13).contains(&day) => (
                format!("day_of_next_month = {day}"),
                "1 to 13, which every month has",
            ),
            (Reckoning::After { days: 0, .. }, By::BeforeItStarts) => (
                "before_it_starts with days_after = 0: it would be over before it starts"
                    .to_owned(),
                "at least one day after",
            ),
            (Reckoning::MonthsAfter { months: 0 }, _) => {
                ("months_after = 0".to_owned(), "at least 1")
            }
            (_, _) => return,
        };
        let wrong = ProfileProblem::Wrong {
            what: format!("deadline {}", duty.as_str()),
            found,
            expected: expected.to_owned(),
        };
        self.find(span.clone(), wrong);
    }

    pub(super) fn reckonings(
        &mut self,
        span: &Range<usize>,
        shape: &DeadlineShape,
    ) -> Option<Vec<Reckoning>> {
        let counted = shape.days_after.is_some() || shape.day_of_next_month.is_some();
        let counting = match (&shape.counting, counted) {
            (Some(found), true) => self.word(span, found)?,
            (None, true) => {
                self.unexpected(span, "counting", "", "trading, working, civil".to_owned());
                return None;
            }
            (Some(found), false) => {
                let expected = "nothing where no days are counted".to_owned();
                self.unexpected(span, "counting", found, expected);
                return None;
            }
            (None, false) => Counting::Civil,
        };
        let next_year = match &shape.date_of_next_year {
            Some(found) => Some(self.month_and_day(span, found)?),
            None => None,
        };
        let before = |days: &Vec<u16>| -> Vec<Reckoning> {
            let days = days.iter().collect::<BTreeSet<_>>().into_iter().rev();
            days.map(|days| Reckoning::Before { days: *days }).collect()
        };
        let ways = [
            shape
                .days_after
                .map(|days| vec![Reckoning::After { counting, days }]),
            shape
                .day_of_next_month
                .map(|day| vec![Reckoning::OfNextMonth { counting, day }]),
            next_year.map(|(month, day)| vec![Reckoning::OfNextYear { month, day }]),
            shape
                .days_before
                .as_ref()
                .filter(|days| !days.is_empty())
                .map(before),
            shape
                .months_after
                .map(|months| vec![Reckoning::MonthsAfter { months }]),
        ];
        self.one_of(
            span,
            "deadline",
            &shape.duty,
            ways,
            "days_after, day_of_next_month, date_of_next_year, days_before, months_after",
        )
    }

    /// `03-31`, as month and day.
    pub(super) fn month_and_day(&mut self, span: &Range<usize>, found: &str) -> Option<(i8, i8)> {
        // A leap year has them all.
        let date = format!("2024-{found}").parse::<Date>().ok();
        // The reader of dates takes more than one spelling, and a time of day.
        let date = date.filter(|date| date.to_string() == format!("2024-{found}"));
        if date.is_none() {
            let expected = "month and day such as 03-31".to_owned();
            self.unexpected(span, "date_of_next_year", found, expected);
        }
        date.map(|date| (date.month(), date.day()))
    }
}
