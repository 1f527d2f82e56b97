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

use super::shape::{CategoryShape, ProfileShape, TitleShape};
use super::{Category, Profile, Switches};
use crate::basis::Basis;
use crate::retention::{Schedule, Title};
use words::Word;

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
        self.unique("closure", &shape.closure, |one| &one.day);
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
        let closures = self.closures(shape.closure);
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
            closures,
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
