//! How long and by when: schedule lines and deadlines.

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
            let reckoning = self.reckoning(&span, &shape);
            let basis = self.basis(&span, &shape.basis);
            let by = if shape.before_it_starts {
                By::BeforeItStarts
            } else {
                By::EndOfDay
            };
            if let (Some(duty), Some(reckoning)) = (duty, reckoning) {
                deadlines.push(Deadline {
                    duty,
                    reckoning,
                    by,
                    basis,
                });
            }
        }
        deadlines
    }

    pub(super) fn reckoning(
        &mut self,
        span: &Range<usize>,
        shape: &DeadlineShape,
    ) -> Option<Reckoning> {
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
        let ways = [
            shape
                .days_after
                .map(|days| Reckoning::After { counting, days }),
            shape
                .day_of_next_month
                .map(|day| Reckoning::OfNextMonth { counting, day }),
            next_year.map(|(month, day)| Reckoning::OfNextYear { month, day }),
            shape.days_before.map(|days| Reckoning::Before { days }),
            shape
                .months_after
                .map(|months| Reckoning::MonthsAfter { months }),
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
        if date.is_none() {
            let expected = "month and day such as 03-31".to_owned();
            self.unexpected(span, "date_of_next_year", found, expected);
        }
        date.map(|date| (date.month(), date.day()))
    }
}
