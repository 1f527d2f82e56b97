//! Reading a profile, and everything that is wrong with one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use domain::{BusinessDate, ClassCode, RoleCode};
use jiff::civil::Date;
use toml::Spanned;

use super::shape::{
    CategoryShape, ClassShape, DeadlineShape, LineShape, PositionShape, ProcedureShape,
    ProfileShape, RoleShape, ScanShape, TemplateShape, TitleShape,
};
use super::{
    Category, Class, Colour, Kind, Owner, Position, Procedure, Profile, Required, Role, Scan, Seat,
    Sensitivity, Side, Switches, Template, Whose,
};
use crate::basis::Basis;
use crate::calendar::Counting;
use crate::deadline::{By, Deadline, Duty, Reckoning};
use crate::retention::{After, Line, LineCode, Period, Rendition, Schedule, Start, Title};

/// What is wrong at one place of a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileProblem {
    /// It is not TOML, or has a key that a profile does not have, or lacks one.
    #[error("{message}")]
    Toml {
        /// What the reader says.
        message: String,
    },
    /// A word that is not one of those that can stand there.
    #[error("{what} {found:?}, expected {expected}")]
    Word {
        /// What should stand there.
        what: &'static str,
        /// What stands there.
        found: String,
        /// What could.
        expected: String,
    },
    /// A code stands twice.
    #[error("{what} {code} stands in line {earlier} already")]
    Repeated {
        /// What it is.
        what: &'static str,
        /// Its code.
        code: String,
        /// Where it stands first.
        earlier: usize,
    },
    /// Something is named that the profile does not have.
    #[error("{by} names the {what} {code}, and the profile has none of that code")]
    Missing {
        /// What is named.
        what: &'static str,
        /// Its code.
        code: String,
        /// Who names it.
        by: String,
    },
    /// A class that the schedule says nothing of.
    #[error(
        "class {class} has no schedule line for its {rendition} form, expected at least one: nothing may be kept whose end nobody has settled"
    )]
    NoLine {
        /// The class.
        class: ClassCode,
        /// In which form.
        rendition: &'static str,
    },
    /// A native class with a scan, or a scanned one without.
    #[error("class {class} {why}")]
    Scan {
        /// The class.
        class: ClassCode,
        /// What is wrong.
        why: &'static str,
    },
    /// A line or deadline says its length in none of the ways, or in several.
    #[error("{what} {code} says how long in {found} ways, expected exactly one of {expected}")]
    OneOf {
        /// What it is.
        what: &'static str,
        /// Its code.
        code: String,
        /// How many ways stand there.
        found: usize,
        /// The ways there are.
        expected: &'static str,
    },
    /// A period that begins with nothing.
    #[error("schedule line {code} runs for years from nothing: from_latest_of is empty")]
    NoStart {
        /// The line.
        code: String,
    },
    /// A position that nobody can fill.
    #[error("position {position} of {procedure} can be filled by nobody: {why}")]
    Unfillable {
        /// The procedure.
        procedure: String,
        /// The position.
        position: String,
        /// Why.
        why: String,
    },
    /// The profile ends before it begins.
    #[error("it is valid to {to} and from {from}: it would never be")]
    NeverValid {
        /// The first day.
        from: BusinessDate,
        /// The last.
        to: BusinessDate,
    },
}

/// Everything that is wrong with a profile, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    /// The file, as the caller names it.
    pub file: String,
    /// Line, from 1, and what is wrong there.
    pub problems: Vec<(usize, ProfileProblem)>,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (line, problem)) in self.problems.iter().enumerate() {
            let end = if n == 0 { "" } else { "\n" };
            write!(f, "{end}{}, line {line}: {problem}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for ProfileError {}

impl Profile {
    /// Reads and checks a profile. `file` is what errors call it.
    ///
    /// # Errors
    /// Everything that is wrong; of text that is no profile at all, the first thing alone.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProfileError> {
        let mut load = Load {
            text,
            problems: Vec::new(),
        };
        let profile = match toml::from_str::<ProfileShape>(text) {
            Ok(shape) => load.profile(shape),
            Err(error) => {
                let message = error.message().to_owned();
                load.find(
                    error.span().unwrap_or_default(),
                    ProfileProblem::Toml { message },
                );
                None
            }
        };
        let mut problems = load.problems;
        match profile {
            Some(profile) if problems.is_empty() => Ok(profile),
            Some(_) | None => {
                problems.sort_by_key(|(line, _)| *line);
                let file = file.to_owned();
                Err(ProfileError { file, problems })
            }
        }
    }
}

/// A word of the profile's language, and the text that stands for it.
trait Word: Copy + 'static {
    const WHAT: &'static str;
    const ALL: &'static [(&'static str, Self)];
}

macro_rules! words {
    ($($type:ty, $what:literal, { $($text:literal = $value:expr,)+ })+) => {$(
        impl Word for $type {
            const WHAT: &'static str = $what;
            const ALL: &'static [(&'static str, Self)] = &[$(($text, $value),)+];
        }
    )+};
}

words! {
    Kind, "kind", {
        "basic" = Self::Basic, "voucher" = Self::Voucher, "transaction" = Self::Transaction,
        "other" = Self::Other,
    }
    Sensitivity, "sensitivity", {
        "internal" = Self::Internal, "sensitive" = Self::Sensitive,
        "confidential" = Self::Confidential,
    }
    Owner, "owner", {
        "client" = Self::Client, "account" = Self::Account, "firm" = Self::Firm,
    }
    Required, "required fact", {
        "client" = Self::Client, "flow" = Self::Flow, "business-date" = Self::BusinessDate,
        "account" = Self::Account, "instrument" = Self::Instrument, "price" = Self::Price,
        "quantity" = Self::Quantity, "trade-time" = Self::TradeTime,
        "fiscal-year" = Self::FiscalYear,
    }
    Colour, "colour", {
        "bilevel" = Self::Bilevel, "grey" = Self::Grey, "colour" = Self::Colour,
    }
    Side, "side", {
        "business" = Self::Business, "system" = Self::System, "audit" = Self::Audit,
        "outside" = Self::Outside,
    }
    Seat, "seat", { "branch" = Self::Branch, "headquarters" = Self::Headquarters, }
    Whose, "whose", {
        "own-branch" = Self::Own, "receiving-branch" = Self::Receiving,
        "headquarters" = Self::Headquarters, "any" = Self::Any,
    }
    Rendition, "rendition", { "paper" = Self::Paper, "electronic" = Self::Electronic, }
    Counting, "counting", {
        "trading" = Self::Trading, "working" = Self::Working, "civil" = Self::Civil,
    }
    After, "after", {
        "review" = Self::Review, "destroy-by-chain" = Self::DestroyByChain, "stay" = Self::Stay,
    }
}

struct Load<'a> {
    text: &'a str,
    problems: Vec<(usize, ProfileProblem)>,
}

impl Load<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        before.split('\n').count()
    }

    fn find(&mut self, span: Range<usize>, problem: ProfileProblem) {
        self.problems.push((self.line(&span), problem));
    }

    fn word<W: Word>(&mut self, span: &Range<usize>, found: &str) -> Option<W> {
        let word = W::ALL.iter().find(|(text, _)| *text == found);
        if word.is_none() {
            let all: Vec<&str> = W::ALL.iter().map(|(text, _)| *text).collect();
            self.unexpected(span, W::WHAT, found, all.join(", "));
        }
        word.map(|(_, word)| *word)
    }

    fn words<W: Word>(&mut self, span: &Range<usize>, found: &[String]) -> Vec<W> {
        found
            .iter()
            .filter_map(|text| self.word(span, text))
            .collect()
    }

    /// A value that reads itself and says what it expects.
    fn value<V: FromStr>(
        &mut self,
        span: &Range<usize>,
        what: &'static str,
        found: &str,
        expected: &str,
    ) -> Option<V> {
        let value = found.parse().ok();
        if value.is_none() {
            self.unexpected(span, what, found, expected.to_owned());
        }
        value
    }

    fn unexpected(
        &mut self,
        span: &Range<usize>,
        what: &'static str,
        found: &str,
        expected: String,
    ) {
        let found = found.to_owned();
        self.find(
            span.clone(),
            ProfileProblem::Word {
                what,
                found,
                expected,
            },
        );
    }

    fn basis(&mut self, span: &Range<usize>, found: &[String]) -> Vec<Basis> {
        if found.is_empty() {
            self.unexpected(
                span,
                "basis",
                "",
                "R01 to R127, X01 to X27 or firm".to_owned(),
            );
        }
        found
            .iter()
            .filter_map(|text| self.value(span, "basis", text, "R01 to R127, X01 to X27 or firm"))
            .collect()
    }

    fn class_code(&mut self, span: &Range<usize>, found: &str) -> Option<ClassCode> {
        self.value(span, "class code", found, "a short text without spaces")
    }

    fn role_code(&mut self, span: &Range<usize>, found: &str) -> Option<RoleCode> {
        self.value(span, "role code", found, "a short text without spaces")
    }

    fn profile(&mut self, shape: ProfileShape) -> Option<Profile> {
        self.unique("category", &shape.category, |one| &one.code);
        self.unique("class", &shape.class, |one| &one.code);
        self.unique("business", &shape.template, |one| &one.business);
        self.unique("scan", &shape.scan, |one| &one.name);
        self.unique("schedule line", &shape.schedule, |one| &one.code);
        self.unique("deadline", &shape.deadline, |one| &one.duty);
        self.unique("role", &shape.role, |one| &one.code);
        self.unique("procedure", &shape.procedure, |one| &one.code);

        let day = "a day such as 2026-01-01";
        let valid_from: Option<BusinessDate> = self.value(
            &shape.valid_from.span(),
            "valid_from",
            shape.valid_from.get_ref(),
            day,
        );
        let valid_to: Option<BusinessDate> = shape
            .valid_to
            .as_ref()
            .and_then(|to| self.value(&to.span(), "valid_to", to.get_ref(), day));
        if let (Some(from), Some(to), Some(at)) = (valid_from, valid_to, &shape.valid_to)
            && to < from
        {
            self.find(at.span(), ProfileProblem::NeverValid { from, to });
        }

        let names = Names::of(&shape);
        let categories = shape.category.into_iter().map(category).collect();
        let scans = self.scans(shape.scan);
        let lines = self.lines(shape.schedule, &names);
        let schedule = Schedule::new(lines);
        let classes = self.classes(shape.class, &names, &schedule);
        let templates = self.templates(shape.template, &names);
        let deadlines = self.deadlines(shape.deadline);
        let roles = self.roles(shape.role, &names);
        let procedures = self.procedures(shape.procedure, &roles);
        Some(Profile {
            name: shape.profile,
            version: shape.version,
            title: title(shape.title),
            valid_from: valid_from?,
            valid_to,
            standards: shape.standards,
            categories,
            classes,
            templates,
            scans,
            schedule,
            deadlines,
            roles,
            procedures,
            switches: Switches {
                lending: shape.lending,
                admission_gate: shape.admission_gate,
            },
        })
    }

    fn unique<T>(&mut self, what: &'static str, all: &[Spanned<T>], code: impl Fn(&T) -> &String) {
        let mut seen: BTreeMap<&String, usize> = BTreeMap::new();
        for one in all {
            let (line, code) = (self.line(&one.span()), code(one.get_ref()));
            if let Some(earlier) = seen.get(code) {
                let (code, earlier) = (code.clone(), *earlier);
                let repeated = ProfileProblem::Repeated {
                    what,
                    code,
                    earlier,
                };
                self.find(one.span(), repeated);
            } else {
                seen.insert(code, line);
            }
        }
    }

    /// Finds fault with a code that is not among those there are.
    fn known(
        &mut self,
        span: &Range<usize>,
        what: &'static str,
        code: &str,
        among: &BTreeSet<String>,
        by: &str,
    ) {
        if !among.contains(code) {
            let missing = ProfileProblem::Missing {
                what,
                code: code.to_owned(),
                by: by.to_owned(),
            };
            self.find(span.clone(), missing);
        }
    }

    fn scans(&mut self, shapes: Vec<Spanned<ScanShape>>) -> BTreeMap<String, Scan> {
        let mut scans = BTreeMap::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let basis = self.basis(&span, &shape.basis);
            if shape.dpi_max < shape.dpi_min {
                let expected = format!("at least dpi_min, {}", shape.dpi_min);
                self.unexpected(&span, "dpi_max", &shape.dpi_max.to_string(), expected);
            }
            if let Some(colour_min) = self.word(&span, &shape.colour_min) {
                let parameters = Scan {
                    dpi_min: shape.dpi_min,
                    dpi_max: shape.dpi_max,
                    page_bytes_max: shape.page_bytes_max,
                    colour_min,
                    basis,
                };
                scans.insert(shape.name, parameters);
            }
        }
        scans
    }

    fn lines(&mut self, shapes: Vec<Spanned<LineShape>>, names: &Names) -> Vec<Line> {
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

    fn start(&mut self, span: &Range<usize>, found: &str) -> Option<Start> {
        let start = Start::ALL.into_iter().find(|start| start.as_str() == found);
        if start.is_none() {
            let all = Start::ALL.map(Start::as_str).join(", ");
            self.unexpected(span, "start", found, all);
        }
        start
    }

    fn period(&mut self, span: &Range<usize>, shape: &LineShape) -> Option<Period> {
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

    fn one_of<T, const N: usize>(
        &mut self,
        span: &Range<usize>,
        what: &'static str,
        code: &str,
        ways: [Option<T>; N],
        expected: &'static str,
    ) -> Option<T> {
        let mut ways: Vec<T> = ways.into_iter().flatten().collect();
        if ways.len() != 1 {
            let one_of = ProfileProblem::OneOf {
                what,
                code: code.to_owned(),
                found: ways.len(),
                expected,
            };
            self.find(span.clone(), one_of);
            return None;
        }
        ways.pop()
    }

    fn classes(
        &mut self,
        shapes: Vec<Spanned<ClassShape>>,
        names: &Names,
        schedule: &Schedule,
    ) -> BTreeMap<ClassCode, Class> {
        let mut classes = BTreeMap::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let by = format!("class {}", shape.code);
            self.known(&span, "category", &shape.category, &names.categories, &by);
            if let Some(scan) = &shape.scan {
                self.known(&span, "scan", scan, &names.scans, &by);
            }
            let code = self.class_code(&span, &shape.code);
            let kind = self.word(&span, &shape.kind);
            let sensitivity = self.word(&span, &shape.sensitivity);
            let owner = self.word(&span, &shape.owner);
            let required = self.words(&span, &shape.required);
            let basis = self.basis(&span, &shape.basis);
            let (Some(code), Some(kind), Some(sensitivity), Some(owner)) =
                (code, kind, sensitivity, owner)
            else {
                continue;
            };
            let class = Class {
                code: code.clone(),
                title: title(shape.title),
                kind,
                category: shape.category,
                sensitivity,
                owner,
                required,
                native: shape.native,
                scan: shape.scan,
                basis,
            };
            self.judge_class(&span, &class, schedule);
            classes.insert(code, class);
        }
        classes
    }

    /// The class determines what becomes of a document, so it must say so for each form that
    /// the document can have.
    fn judge_class(&mut self, span: &Range<usize>, class: &Class, schedule: &Schedule) {
        for rendition in Rendition::ALL {
            let can_be = rendition == Rendition::Electronic || !class.native;
            if can_be && schedule.lines_for(&class.code, rendition).next().is_none() {
                let no_line = ProfileProblem::NoLine {
                    class: class.code.clone(),
                    rendition: rendition.as_str(),
                };
                self.find(span.clone(), no_line);
            }
        }
        let why = match (class.native, &class.scan) {
            (true, Some(_)) => "is native and never scanned (R15), and names scan parameters",
            (false, None) => "is scanned, and names no scan parameters (R31)",
            (true, None) | (false, Some(_)) => return,
        };
        let class = class.code.clone();
        self.find(span.clone(), ProfileProblem::Scan { class, why });
    }

    fn templates(&mut self, shapes: Vec<Spanned<TemplateShape>>, names: &Names) -> Vec<Template> {
        let mut templates = Vec::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let by = format!("template {}", shape.business);
            for class in shape.tasks.iter().chain(&shape.shared) {
                self.known(&span, "class", class, &names.classes, &by);
            }
            let mut codes = |all: &[String]| -> Vec<ClassCode> {
                all.iter()
                    .filter_map(|class| self.class_code(&span, class))
                    .collect()
            };
            let (tasks, shared) = (codes(&shape.tasks), codes(&shape.shared));
            templates.push(Template {
                business: shape.business,
                title: title(shape.title),
                tasks,
                shared,
                basis: self.basis(&span, &shape.basis),
            });
        }
        templates
    }

    fn deadlines(&mut self, shapes: Vec<Spanned<DeadlineShape>>) -> Vec<Deadline> {
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

    fn reckoning(&mut self, span: &Range<usize>, shape: &DeadlineShape) -> Option<Reckoning> {
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
    fn month_and_day(&mut self, span: &Range<usize>, found: &str) -> Option<(i8, i8)> {
        // A leap year has them all.
        let date = format!("2024-{found}").parse::<Date>().ok();
        if date.is_none() {
            let expected = "month and day such as 03-31".to_owned();
            self.unexpected(span, "date_of_next_year", found, expected);
        }
        date.map(|date| (date.month(), date.day()))
    }

    fn roles(
        &mut self,
        shapes: Vec<Spanned<RoleShape>>,
        names: &Names,
    ) -> BTreeMap<RoleCode, Role> {
        let mut roles = BTreeMap::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let by = format!("role {}", shape.code);
            for excluded in &shape.excludes {
                self.known(&span, "role", excluded, &names.roles, &by);
            }
            let code = self.role_code(&span, &shape.code);
            let side = self.word(&span, &shape.side);
            let seat = self.word(&span, &shape.seat);
            let excludes = shape
                .excludes
                .iter()
                .filter_map(|excluded| self.role_code(&span, excluded))
                .collect();
            let basis = self.basis(&span, &shape.basis);
            if let (Some(code), Some(side), Some(seat)) = (code, side, seat) {
                let role = Role {
                    code: code.clone(),
                    title: title(shape.title),
                    side,
                    seat,
                    excludes,
                    basis,
                };
                roles.insert(code, role);
            }
        }
        roles
    }

    fn procedures(
        &mut self,
        shapes: Vec<Spanned<ProcedureShape>>,
        roles: &BTreeMap<RoleCode, Role>,
    ) -> BTreeMap<String, Procedure> {
        let mut procedures = BTreeMap::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            self.unique("position", &shape.position, |one| &one.code);
            let codes: BTreeSet<String> = shape
                .position
                .iter()
                .map(|position| position.get_ref().code.clone())
                .collect();
            let positions = shape
                .position
                .into_iter()
                .filter_map(|position| self.position(position, &shape.code, &codes, roles))
                .collect();
            let procedure = Procedure {
                code: shape.code.clone(),
                title: title(shape.title),
                positions,
                signature_days: shape.signature_days,
                basis: self.basis(&span, &shape.basis),
            };
            procedures.insert(shape.code, procedure);
        }
        procedures
    }

    fn position(
        &mut self,
        spanned: Spanned<PositionShape>,
        procedure: &str,
        codes: &BTreeSet<String>,
        roles: &BTreeMap<RoleCode, Role>,
    ) -> Option<Position> {
        let span = spanned.span();
        let shape = spanned.into_inner();
        let by = format!("position {} of {procedure}", shape.code);
        for other in &shape.differs_from {
            self.known(&span, "position", other, codes, &by);
        }
        let whose = self.word(&span, &shape.whose)?;
        let mut fitting = 0;
        let mut filled_by = Vec::new();
        for found in &shape.roles {
            let Some(code) = self.role_code(&span, found) else {
                continue;
            };
            match roles.get(&code) {
                None => self.known(&span, "role", found, &BTreeSet::new(), &by),
                Some(role) => fitting += usize::from(fits(role, whose)),
            }
            filled_by.push(code);
        }
        let persons = shape.persons.unwrap_or(1);
        let why = if persons == 0 {
            Some("it takes no person".to_owned())
        } else if shape.differs_from.contains(&shape.code) {
            Some("its persons would have to differ from themselves".to_owned())
        } else if fitting == 0 {
            Some(format!("none of its roles {:?} fits", shape.roles))
        } else {
            None
        };
        if let Some(why) = why {
            let unfillable = ProfileProblem::Unfillable {
                procedure: procedure.to_owned(),
                position: shape.code.clone(),
                why,
            };
            self.find(span.clone(), unfillable);
        }
        Some(Position {
            code: shape.code,
            title: title(shape.title),
            roles: filled_by,
            whose,
            persons,
            differs_from: shape.differs_from,
            basis: self.basis(&span, &shape.basis),
        })
    }
}

/// Whether a role can fill a position of these people: it may act at all, and sits there.
const fn fits(role: &Role, whose: Whose) -> bool {
    let sits = match whose {
        Whose::Own | Whose::Receiving => matches!(role.seat, Seat::Branch),
        Whose::Headquarters => matches!(role.seat, Seat::Headquarters),
        Whose::Any => true,
    };
    sits && matches!(role.side, Side::Business | Side::Outside)
}

/// Every code that the profile has, for whoever names one.
struct Names {
    categories: BTreeSet<String>,
    classes: BTreeSet<String>,
    scans: BTreeSet<String>,
    roles: BTreeSet<String>,
}

impl Names {
    fn of(shape: &ProfileShape) -> Self {
        fn all<T>(of: &[Spanned<T>], code: impl Fn(&T) -> &String) -> BTreeSet<String> {
            of.iter().map(|one| code(one.get_ref()).clone()).collect()
        }
        Self {
            categories: all(&shape.category, |one| &one.code),
            classes: all(&shape.class, |one| &one.code),
            scans: all(&shape.scan, |one| &one.name),
            roles: all(&shape.role, |one| &one.code),
        }
    }
}

fn category(spanned: Spanned<CategoryShape>) -> Category {
    let shape = spanned.into_inner();
    Category {
        code: shape.code,
        title: title(shape.title),
    }
}

fn title(shape: TitleShape) -> Title {
    Title {
        zh: shape.zh,
        en: shape.en,
    }
}
