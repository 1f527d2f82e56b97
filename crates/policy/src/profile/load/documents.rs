//! What documents there are: classes, scan parameters, templates.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::ClassCode;
use toml::Spanned;

use super::{Load, Names, ProfileProblem};
use crate::profile::shape::{ClassShape, ScanShape, SourceShape, TemplateShape, Text};
use crate::profile::{Class, Kind, Owner, Required, Scan, Source, Template};
use crate::retention::{Line, Period, Rendition, Schedule, Start};

/// The class of destruction inventories (销毁清册) in every profile that has one.
const INVENTORY: &str = "destruction-file";

impl Load<'_> {
    pub(super) fn scans(&mut self, shapes: Vec<Spanned<ScanShape>>) -> BTreeMap<String, Scan> {
        let mut scans = BTreeMap::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let basis = self.basis(&span, &shape.basis);
            let (dpi_min, dpi_max) = (*shape.dpi_min.get_ref(), *shape.dpi_max.get_ref());
            let page_bytes_max = *shape.page_bytes_max.get_ref();
            if dpi_max < dpi_min {
                let expected = format!("at least dpi_min, {dpi_min}");
                self.unexpected(
                    &shape.dpi_max.span(),
                    "dpi_max",
                    &dpi_max.to_string(),
                    expected,
                );
            }
            // Any page would do, or none.
            for (what, none, at) in [
                ("dpi_min", dpi_min == 0, shape.dpi_min.span()),
                (
                    "page_bytes_max",
                    page_bytes_max == 0,
                    shape.page_bytes_max.span(),
                ),
            ] {
                if none {
                    self.unexpected(&at, what, "0", "at least 1".to_owned());
                }
            }
            if let Some(colour_min) = self.word(&shape.colour_min) {
                let parameters = Scan {
                    dpi_min,
                    dpi_max,
                    page_bytes_max,
                    colour_min,
                    basis,
                };
                scans.insert(shape.name.into_inner(), parameters);
            }
        }
        scans
    }

    pub(super) fn classes(
        &mut self,
        shapes: Vec<Spanned<ClassShape>>,
        names: &Names,
        schedule: &Schedule,
    ) -> BTreeMap<ClassCode, Class> {
        let mut classes = BTreeMap::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let by = format!("class {}", shape.code.get_ref());
            self.known("category", &shape.category, &names.categories, &by);
            if let Some(scan) = &shape.scan {
                self.known("scan", scan, &names.scans, &by);
            }
            let code = self.class_code(&shape.code);
            let kind = self.word(&shape.kind);
            let sensitivity = self.word(&shape.sensitivity);
            let owner = self.word(&shape.owner);
            let required = self.words(&shape.required);
            let basis = self.basis(&span, &shape.basis);
            let (Some(code), Some(kind), Some(sensitivity), Some(owner)) =
                (code, kind, sensitivity, owner)
            else {
                continue;
            };
            let class = Class {
                code: code.clone(),
                title: self.title(shape.title),
                kind,
                category: shape.category.into_inner(),
                sensitivity,
                owner,
                required,
                printed: shape.printed.clone(),
                native: shape.native,
                scan: shape.scan.map(Text::into_inner),
                basis,
            };
            self.judge_class(&span, &class, schedule);
            if names.measures {
                self.judge_required(&span, &class);
            }
            classes.insert(code, class);
        }
        classes
    }

    /// The class determines what becomes of a document, so it must say so for each form that
    /// the document can have.
    pub(super) fn judge_class(&mut self, span: &Range<usize>, class: &Class, schedule: &Schedule) {
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
        if class.code.as_str() == INVENTORY {
            for rendition in Rendition::ALL {
                let mut lines = schedule.lines_for(&class.code, rendition);
                if !lines.any(|line| line.period == Period::Permanent) {
                    let found = format!("its {} form may end", rendition.as_str());
                    let expected = "a line that keeps it for ever (R67)";
                    self.wrong(span, format!("class {INVENTORY}"), found, expected);
                }
            }
        }
        // The client's paper would end with one account while another is open.
        if class.owner == Owner::Client {
            let runs_from_one = |line: &&Line| {
                line.classes.contains(&class.code)
                    && line.from_latest_of.contains(&Start::LinkedAccountClosed)
            };
            for line in schedule.lines().iter().filter(runs_from_one) {
                let what = format!("class {}, of the client as such", class.code);
                let found = format!("line {} runs from linked-account-closed", line.code);
                self.wrong(span, what, found, "last-account-closed (R41)");
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

    /// The Measures say what must be known at least of a document of each kind. What cannot have
    /// it is of none of the kinds.
    fn judge_required(&mut self, span: &Range<usize>, class: &Class) {
        use Required::{BusinessDate, Client, Flow, Instrument, Price, Quantity, TradeTime};
        let (least, rule): (&[Required], &str) = match class.kind {
            Kind::Basic => (&[Client], "R16"),
            Kind::Voucher => (&[Client, Flow, BusinessDate], "R01, R17"),
            Kind::Transaction => (
                &[Client, Instrument, Price, Quantity, TradeTime],
                "R01, R18",
            ),
            Kind::Other => (&[], ""),
        };
        let lacking = least.iter().filter(|one| !class.required.contains(one));
        let lacking: Vec<&str> = lacking.map(|one| one.as_str()).collect();
        if !lacking.is_empty() {
            let what = format!("class {}", class.code);
            let found = format!("required lacks {}", lacking.join(", "));
            let expected = format!("what its kind has at least ({rule}), or kind = \"other\"");
            self.wrong(span, what, found, expected);
        }
    }

    pub(super) fn templates(
        &mut self,
        shapes: Vec<Spanned<TemplateShape>>,
        names: &Names,
        classes: &BTreeMap<ClassCode, Class>,
    ) -> Vec<Template> {
        let mut templates = Vec::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let by = format!("template {}", shape.business.get_ref());
            for class in shape.tasks.iter().chain(&shape.shared) {
                self.known("class", class, &names.classes, &by);
            }
            if shape.tasks.is_empty() {
                let expected = "at least one: a flow has 1 to n tasks (R25)";
                self.wrong(&span, by.clone(), "no tasks", expected);
            }
            let mut codes = |all: &[Text]| -> Vec<ClassCode> {
                all.iter()
                    .filter_map(|class| self.class_code(class))
                    .collect()
            };
            let (tasks, shared) = (codes(&shape.tasks), codes(&shape.shared));
            for class in &tasks {
                if classes.get(class).is_some_and(|class| class.native) {
                    let found = format!("a task for {class}, which is native");
                    self.wrong(&span, by.clone(), found, "what is scanned (R15)");
                }
            }
            for class in &shared {
                if !tasks.contains(class) {
                    let found = format!("shared names {class}, and tasks does not");
                    let expected = "what is shared to be one of the tasks (R24)";
                    self.wrong(&span, by.clone(), found, expected);
                }
            }
            templates.push(Template {
                business: shape.business.into_inner(),
                title: self.title(shape.title),
                tasks,
                shared,
                basis: self.basis(&span, &shape.basis),
            });
        }
        templates
    }

    pub(super) fn sources(
        &mut self,
        shapes: Vec<Spanned<SourceShape>>,
        names: &Names,
        classes: &BTreeMap<ClassCode, Class>,
    ) -> BTreeMap<String, Source> {
        let mut sources = BTreeMap::new();
        for spanned in shapes {
            let span = spanned.span();
            let shape = spanned.into_inner();
            let by = format!("source {}", shape.code.get_ref());
            for class in &shape.classes {
                self.known("class", class, &names.classes, &by);
            }
            let listed = shape.classes.iter();
            let listed: Vec<ClassCode> =
                listed.filter_map(|class| self.class_code(class)).collect();
            for class in &listed {
                if classes.get(class).is_some_and(|class| !class.native) {
                    let found = format!("{class}, which is scanned");
                    self.wrong(&span, by.clone(), found, "what is born electronic (R15)");
                }
            }
            let source = Source {
                title: self.title(shape.title),
                third_party: shape.third_party,
                classes: listed,
                basis: self.basis(&span, &shape.basis),
            };
            sources.insert(shape.code.into_inner(), source);
        }
        sources
    }
}
