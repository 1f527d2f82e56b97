//! How long and by when: schedule lines and deadlines.

use std::collections::BTreeSet;
use std::ops::Range;

use domain::ClassCode;
use jiff::civil::Date;
use toml::Spanned;

use super::{Load, Names, ProfileProblem};
use crate::basis::{Basis, RuleNo};
use crate::calendar::{Counting, FirmClosure};
use crate::deadline::{By, Deadline, Duty, Reckoning};
use crate::profile::shape::{ClosureShape, DeadlineShape, LineShape, Text};
use crate::retention::{After, Line, LineCode, Period, Rendition};

/// How long paper is kept at least by R41. By R45 no other line makes it shorter.
const YEARS_LEAST: u16 = 20;

impl Load<'_> {
    pub(super) fn lines(&mut self, shapes: Vec<Spanned<LineShape>>, names: &Names) -> Vec<Line> {
        let mut lines = Vec::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let by = format!("schedule line {}", shape.code.get_ref());
            for class in &shape.classes {
                self.known("class", class, &names.classes, &by);
            }
            let classes: Vec<ClassCode> = shape
                .classes
                .iter()
                .filter_map(|class| self.class_code(class))
                .collect();
            let renditions: Vec<Rendition> = self.words(&shape.renditions);
            for (key, empty) in [
                ("classes", shape.classes.is_empty()),
                ("renditions", shape.renditions.is_empty()),
            ] {
                if empty {
                    let found = format!("{key} is empty");
                    self.wrong(&span, by.clone(), found, "what the line is about");
                }
            }
            let from_latest_of = self.words(&shape.from_latest_of);
            let period = self.period(&span, &shape);
            let after = self.word(&shape.after);
            let years_at = shape.years.as_ref().map_or(span.clone(), Spanned::span);
            let after_at = shape.after.span();
            let basis = self.basis(&span, &shape.basis);
            // A line that is wrong stands all the same, so that no class is said to lack it.
            let line = Line {
                code: LineCode(shape.code.into_inner()),
                title: self.title(shape.title),
                classes,
                renditions,
                from_latest_of,
                period: period.unwrap_or(Period::Permanent),
                after: after.unwrap_or(After::Stay),
                basis,
            };
            self.judge_line((&years_at, &after_at), &line, names);
            lines.push(line);
        }
        lines
    }

    /// What a line may not say.
    fn judge_line(
        &mut self,
        (years_at, after_at): (&Range<usize>, &Range<usize>),
        line: &Line,
        names: &Names,
    ) {
        let what = format!("schedule line {}", line.code);
        let rests_on = |rule| {
            let rule = RuleNo::new(rule).map(Basis::Rule);
            rule.is_some_and(|rule| line.basis.contains(&rule))
        };
        if rests_on(41)
            && let Period::Years(years) = line.period
            && years < YEARS_LEAST
        {
            let expected = format!("at least {YEARS_LEAST} (R41, R45)");
            self.wrong(years_at, what.clone(), format!("{years} years"), expected);
        }
        if line.after != After::DestroyByChain {
            return;
        }
        if !matches!(line.period, Period::Years(_)) {
            let expected = "stay or review: its period never runs out";
            self.wrong(
                after_at,
                what.clone(),
                "after = \"destroy-by-chain\"",
                expected,
            );
        }
        if names.measures && line.renditions.contains(&Rendition::Electronic) {
            let found = "after = \"destroy-by-chain\" of the electronic form";
            let expected = "paper alone: electronic documents are kept (R42, R65)";
            self.wrong(after_at, what, found, expected);
        }
    }

    pub(super) fn closures(&mut self, shapes: Vec<Spanned<ClosureShape>>) -> Vec<FirmClosure> {
        let mut closures = Vec::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let day = self.day("day", &shape.day);
            let counting = match &shape.counting {
                Some(word) => self.word(word),
                None => Some(Counting::Civil),
            };
            self.basis(&span, &shape.basis);
            if let (Some(day), Some(counting)) = (day, counting) {
                closures.push(FirmClosure { day, counting });
            }
        }
        closures
    }

    pub(super) fn period(&mut self, span: &Range<usize>, shape: &LineShape) -> Option<Period> {
        for (key, years) in [
            ("years", &shape.years),
            ("appraise_years", &shape.appraise_years),
        ] {
            if let Some(at) = years.as_ref().filter(|years| *years.get_ref() == 0) {
                let what = format!("schedule line {}", shape.code.get_ref());
                self.wrong(&at.span(), what, format!("{key} = 0"), "at least 1");
            }
        }
        let years = |years: &Option<Spanned<u16>>| years.as_ref().map(|one| *one.get_ref());
        let appraise_years = years(&shape.appraise_years);
        let ways = [
            years(&shape.years).map(Period::Years),
            appraise_years.map(|appraise_years| Period::LongTerm { appraise_years }),
            shape.permanent.then_some(Period::Permanent),
        ];
        let code = shape.code.get_ref();
        if matches!(ways, [Some(_), None, None]) && shape.from_latest_of.is_empty() {
            let code = code.clone();
            self.find(span.clone(), ProfileProblem::NoStart { code });
        }
        self.one_of(
            span,
            "schedule line",
            code,
            ways,
            "years, appraise_years, permanent",
        )
    }

    pub(super) fn deadlines(&mut self, shapes: Vec<Spanned<DeadlineShape>>) -> Vec<Deadline> {
        let mut deadlines = Vec::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let duty = self.word(&shape.duty);
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
        self.wrong(span, format!("deadline {}", duty.as_str()), found, expected);
    }

    pub(super) fn reckonings(
        &mut self,
        span: &Range<usize>,
        shape: &DeadlineShape,
    ) -> Option<Vec<Reckoning>> {
        let counted = shape.days_after.is_some() || shape.day_of_next_month.is_some();
        let counting = match (&shape.counting, counted) {
            (Some(found), true) => self.word(found)?,
            (None, true) => {
                self.unexpected(span, "counting", "", "trading, working, civil".to_owned());
                return None;
            }
            (Some(found), false) => {
                let expected = "nothing where no days are counted".to_owned();
                self.unexpected(&found.span(), "counting", found.get_ref(), expected);
                return None;
            }
            (None, false) => Counting::Civil,
        };
        let next_year = match &shape.date_of_next_year {
            Some(found) => Some(self.month_and_day(found)?),
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
            shape.duty.get_ref(),
            ways,
            "days_after, day_of_next_month, date_of_next_year, days_before, months_after",
        )
    }

    /// `03-31`, as month and day.
    pub(super) fn month_and_day(&mut self, found: &Text) -> Option<(i8, i8)> {
        // A leap year has them all.
        let text = format!("2024-{}", found.get_ref());
        let date = text.parse::<Date>().ok();
        // The reader of dates takes more than one spelling, and a time of day.
        let date = date.filter(|date| date.to_string() == text);
        if date.is_none() {
            let expected = "month and day such as 03-31".to_owned();
            let what = "date_of_next_year";
            self.unexpected(&found.span(), what, found.get_ref(), expected);
        }
        date.map(|date| (date.month(), date.day()))
    }
}
