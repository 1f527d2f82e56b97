//! What documents there are: classes, scan parameters, templates.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::ClassCode;
use toml::Spanned;

use super::{Load, Names, ProfileProblem, title};
use crate::profile::shape::{ClassShape, ScanShape, TemplateShape};
use crate::profile::{Class, Owner, Scan, Template};
use crate::retention::{Line, Rendition, Schedule, Start};

impl Load<'_> {
    pub(super) fn scans(&mut self, shapes: Vec<Spanned<ScanShape>>) -> BTreeMap<String, Scan> {
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
        // The client's paper would end with one account while another is open.
        if class.owner == Owner::Client {
            let runs_from_one = |line: &&Line| {
                line.classes.contains(&class.code)
                    && line.from_latest_of.contains(&Start::LinkedAccountClosed)
            };
            for line in schedule.lines().iter().filter(runs_from_one) {
                let one_account = ProfileProblem::Wrong {
                    what: format!("class {}, of the client as such", class.code),
                    found: format!("line {} runs from linked-account-closed", line.code),
                    expected: "last-account-closed (R41)".to_owned(),
                };
                self.find(span.clone(), one_account);
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

    pub(super) fn templates(
        &mut self,
        shapes: Vec<Spanned<TemplateShape>>,
        names: &Names,
    ) -> Vec<Template> {
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
}
