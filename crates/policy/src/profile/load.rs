//! Reading a profile, and everything that is wrong with one.

mod documents;
mod lengths;
mod people;
mod problem;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::str::FromStr;

use domain::{BusinessDate, ClassCode, RoleCode};
use toml::Spanned;

pub use problem::{ProfileError, ProfileProblem};

use super::shape::{CategoryShape, ProfileShape, Text, TitleShape};
use super::{Category, Profile, Switches, overlaps};
use crate::authority::GRANTING_ROLE;
use crate::basis::Basis;
use crate::retention::{Schedule, Title};
use words::Word;

impl Profile {
    /// Reads and checks a profile. `file` is what errors call it.
    ///
    /// # Errors
    /// Everything that is wrong; of text that is no profile at all, the first thing alone.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProfileError> {
        Self::parse_after(file, text, &[])
    }

    /// [`Profile::parse`] of a version that follows these: on no day may two be valid (R77).
    ///
    /// # Errors
    /// As there; and that its days overlap those of another version of the same name.
    pub fn parse_after(file: &str, text: &str, earlier: &[Self]) -> Result<Self, ProfileError> {
        let mut load = Load {
            line_starts: line_starts(text),
            earlier,
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

fn line_starts(text: &str) -> Vec<usize> {
    let after = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(after).collect()
}

struct Load<'a> {
    /// Where each line of the text begins.
    line_starts: Vec<usize>,
    /// The versions before it.
    earlier: &'a [Profile],
    problems: Vec<(usize, ProfileProblem)>,
}

impl Load<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let starts = &self.line_starts;
        starts.partition_point(|start| *start <= span.start)
    }

    fn find(&mut self, span: Range<usize>, problem: ProfileProblem) {
        self.problems.push((self.line(&span), problem));
    }

    fn wrong(
        &mut self,
        span: &Range<usize>,
        what: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let wrong = ProfileProblem::Wrong {
            what: what.into(),
            found: found.into(),
            expected: expected.into(),
        };
        self.find(span.clone(), wrong);
    }

    fn word<W: Word>(&mut self, found: &Text) -> Option<W> {
        let all = W::all();
        let word = all.iter().find(|(text, _)| text == found.get_ref());
        if word.is_none() {
            let texts: Vec<&str> = all.iter().map(|(text, _)| *text).collect();
            self.unexpected(&found.span(), W::WHAT, found.get_ref(), texts.join(", "));
        }
        word.map(|(_, word)| *word)
    }

    fn words<W: Word>(&mut self, found: &[Text]) -> Vec<W> {
        found.iter().filter_map(|text| self.word(text)).collect()
    }

    /// A value that reads itself and says what it expects.
    fn value<V: FromStr>(&mut self, what: &'static str, found: &Text, expected: &str) -> Option<V> {
        let value = found.get_ref().parse().ok();
        if value.is_none() {
            self.unexpected(&found.span(), what, found.get_ref(), expected.to_owned());
        }
        value
    }

    fn day(&mut self, what: &'static str, found: &Text) -> Option<BusinessDate> {
        self.value(what, found, "a day such as 2026-01-01")
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

    fn basis(&mut self, span: &Range<usize>, found: &[Text]) -> Vec<Basis> {
        let expected = "R01 to R127, X01 to X27 or firm";
        if found.is_empty() {
            self.unexpected(span, "basis", "", expected.to_owned());
        }
        found
            .iter()
            .filter_map(|text| self.value("basis", text, expected))
            .collect()
    }

    fn class_code(&mut self, found: &Text) -> Option<ClassCode> {
        self.value("class code", found, "a short text without spaces")
    }

    fn role_code(&mut self, found: &Text) -> Option<RoleCode> {
        self.value("role code", found, "a short text without spaces")
    }

    /// What something is called: people choose by it, so it says something in either language.
    fn title(&mut self, shape: Spanned<TitleShape>) -> Title {
        let span = shape.span();
        let shape = shape.into_inner();
        for (language, text) in [("zh", &shape.zh), ("en", &shape.en)] {
            if text.trim().is_empty() {
                self.wrong(&span, "title", format!("{language} is empty"), "a name");
            }
        }
        Title {
            zh: shape.zh,
            en: shape.en,
        }
    }

    /// A name or version. It stands in statements that are signed, on a line with others, so it
    /// can be mistaken for nothing else there.
    fn signed_word(&mut self, what: &'static str, found: &Text) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let text = found.get_ref();
        if text.is_empty() || !text.chars().all(plain) {
            let expected = "letters, digits, '.', '_' and '-', and at least one".to_owned();
            self.unexpected(&found.span(), what, text, expected);
        }
        text.clone()
    }

    fn profile(&mut self, shape: ProfileShape) -> Option<Profile> {
        self.unique("closure", &shape.closure, |one| &one.day);
        self.unique("category", &shape.category, |one| &one.code);
        self.unique("class", &shape.class, |one| &one.code);
        self.unique("business", &shape.template, |one| &one.business);
        self.unique("source", &shape.source, |one| &one.code);
        self.unique("scan", &shape.scan, |one| &one.name);
        self.unique("schedule line", &shape.schedule, |one| &one.code);
        self.unique("deadline", &shape.deadline, |one| &one.duty);
        self.unique("role", &shape.role, |one| &one.code);
        self.unique("procedure", &shape.procedure, |one| &one.code);

        let name = self.signed_word("profile", &shape.profile);
        let version = self.signed_word("version", &shape.version);
        let valid_from = self.day("valid_from", &shape.valid_from);
        let valid_to = shape.valid_to.as_ref();
        let last = valid_to.and_then(|to| self.day("valid_to", to));
        if let (Some(from), Some(to), Some(at)) = (valid_from, last, valid_to)
            && to < from
        {
            self.find(at.span(), ProfileProblem::NeverValid { from, to });
        }
        if let Some(from) = valid_from {
            self.after(&shape.valid_from.span(), (&name, &version), from);
        }
        let cut_over = shape.agency_cut_over.as_ref();
        let agency_cut_over = cut_over.and_then(|day| self.day("agency_cut_over", day));
        if shape.standards.iter().all(|one| one.trim().is_empty()) {
            let expected = "those that it refers to (R93)";
            self.wrong(&(0..0), "standards", "none", expected);
        }

        let names = Names::of(&shape);
        let interpreter = self.role_code(&shape.interpreter);
        let (of, by) = (&names.roles, "interpreter (R77)");
        self.known("role", &shape.interpreter, of, by);
        if !names.roles.contains(GRANTING_ROLE) {
            let expected = format!("{GRANTING_ROLE}: nobody else grants roles (R05)");
            self.wrong(&(0..0), "roles", format!("no {GRANTING_ROLE}"), expected);
        }
        let title = self.title(shape.title);
        let categories = shape
            .category
            .into_iter()
            .map(|one| self.category(one))
            .collect();
        let scans = self.scans(shape.scan);
        let lines = self.lines(shape.schedule, &names);
        let schedule = Schedule::new(lines);
        let classes = self.classes(shape.class, &names, &schedule);
        let templates = self.templates(shape.template, &names, &classes);
        let sources = self.sources(shape.source, &names, &classes);
        let deadlines = self.deadlines(shape.deadline);
        let closures = self.closures(shape.closure);
        let roles = self.roles(shape.role, &names);
        let procedures = self.procedures(shape.procedure, &roles);
        let lending = shape.lending.as_ref().is_some_and(|one| *one.get_ref());
        if let Some(at) = shape.lending.filter(|_| lending) {
            if names.measures {
                let expected = "false: a client's documents are never lent out (R63)";
                self.wrong(&at.span(), "lending", "true", expected);
            } else if !procedures.contains_key("lending") {
                let expected = "a procedure lending, with its register (R101)";
                self.wrong(&at.span(), "lending", "true, and no procedure", expected);
            }
        }
        Some(Profile {
            name,
            version,
            title,
            valid_from: valid_from?,
            valid_to: last,
            interpreter: interpreter?,
            agency_cut_over,
            standards: shape.standards,
            categories,
            classes,
            templates,
            sources,
            scans,
            schedule,
            deadlines,
            roles,
            procedures,
            closures,
            switches: Switches {
                lending,
                admission_gate: shape.admission_gate,
            },
        })
    }

    fn category(&mut self, spanned: Spanned<CategoryShape>) -> Category {
        let shape = spanned.into_inner();
        Category {
            code: shape.code.into_inner(),
            title: self.title(shape.title),
        }
    }

    /// Finds fault with days on which another version of the same name is valid.
    fn after(&mut self, span: &Range<usize>, (name, version): (&str, &str), from: BusinessDate) {
        for one in self.earlier {
            let days = (one.valid_from, one.valid_to);
            if one.name == name && one.version != version && overlaps(days, from) {
                let overlaps = ProfileProblem::Overlaps {
                    from,
                    earlier: format!("{name}@{}", one.version),
                    since: one.valid_from,
                    until: one.valid_to,
                };
                self.find(span.clone(), overlaps);
            }
        }
    }

    fn unique<T>(&mut self, what: &'static str, all: &[Spanned<T>], code: impl Fn(&T) -> &Text) {
        let mut seen: BTreeMap<&String, usize> = BTreeMap::new();
        for one in all {
            let (line, code) = (self.line(&one.span()), code(one.get_ref()).get_ref());
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
    fn known(&mut self, what: &'static str, code: &Text, among: &BTreeSet<String>, by: &str) {
        if !among.contains(code.get_ref()) {
            let missing = ProfileProblem::Missing {
                what,
                code: code.get_ref().clone(),
                by: by.to_owned(),
            };
            self.find(code.span(), missing);
        }
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
}

/// Every code that the profile has, for whoever names one.
struct Names {
    categories: BTreeSet<String>,
    classes: BTreeSet<String>,
    scans: BTreeSet<String>,
    roles: BTreeSet<String>,
    /// Whether it follows the Measures: whether a line of its schedule rests on R41.
    measures: bool,
}

impl Names {
    fn of(shape: &ProfileShape) -> Self {
        fn all<T>(of: &[Spanned<T>], code: impl Fn(&T) -> &Text) -> BTreeSet<String> {
            let codes = of.iter().map(|one| code(one.get_ref()).get_ref());
            codes.cloned().collect()
        }
        let mut bases = shape.schedule.iter().flat_map(|line| &line.get_ref().basis);
        Self {
            categories: all(&shape.category, |one| &one.code),
            classes: all(&shape.class, |one| &one.code),
            scans: all(&shape.scan, |one| &one.name),
            roles: all(&shape.role, |one| &one.code),
            measures: bases.any(|basis| basis.get_ref() == "R41"),
        }
    }
}

fn texts(found: &[Text]) -> Vec<String> {
    found.iter().map(|one| one.get_ref().clone()).collect()
}
