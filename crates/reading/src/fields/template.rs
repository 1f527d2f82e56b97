//! What is looked for on the pages of a document class (资料类别): a small template in TOML.
//!
//! ```toml
//! # Labels of no field; where one stands, the value before it ends.
//! other_labels = ["经办人", "复核人"]
//!
//! [[field]]
//! kind = "id-number"
//! labels = ["证件号码", "身份证号"]      # as printed; the OCR may mistake a character
//! neighbourhood = ["beside", "below"]   # where the value stands; this is the default
//! pattern = "D{17}X|D{15}"              # or one of: date, name, branch, amount, capitals
//! check = "gb-11643"                    # or gb-32100; left out: none
//! ```
//!
//! A class has the fields of its own template, and for the kinds that this one does not speak of
//! those of the general template; `only = true` leaves the general ones out. What a firm knows
//! (`[known]`, [`Known`]) it knows of every class.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::FieldKind;
pub use super::known::Known;
use super::pattern::Pattern;

/// A template, ready for use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// What is looked for.
    #[serde(rename = "field", default)]
    pub fields: Vec<FieldTemplate>,
    /// Labels of no field.
    #[serde(default)]
    pub other_labels: Vec<String>,
    /// Whether the general template is left out.
    #[serde(default)]
    pub only: bool,
    /// What is known beforehand.
    #[serde(default)]
    pub known: Known,
}

/// What is looked for on a page of any class.
impl Default for Template {
    fn default() -> Self {
        // That the embedded ones can be read is shown by a test.
        Templates::embedded().map_or(
            Self {
                fields: Vec::new(),
                other_labels: Vec::new(),
                only: false,
                known: Known::default(),
            },
            |templates| templates.of(None),
        )
    }
}

/// One field of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldTemplate {
    /// What it is.
    pub kind: FieldKind,
    /// The words beside which it stands.
    pub labels: Vec<String>,
    /// Where the value stands, in the order in which it is looked for.
    #[serde(default = "everywhere")]
    pub neighbourhood: Vec<Neighbourhood>,
    /// What it looks like.
    pub pattern: ValuePattern,
    /// The check character that it has.
    #[serde(default)]
    pub check: Option<CheckRule>,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Neighbourhood {
    /// Behind its label in the same cell, or in the next cell of the row.
    Beside,
    /// In the cell below.
    Below,
}

fn everywhere() -> Vec<Neighbourhood> {
    vec![Neighbourhood::Beside, Neighbourhood::Below]
}

/// What a value looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum ValuePattern {
    /// A date (日期), in figures or numerals.
    Date,
    /// The name of a person or an institution (姓名, 名称).
    Name,
    /// A branch (营业部), with or without its number.
    Branch,
    /// An amount in figures (小写金额).
    Amount,
    /// An amount in capitals (大写金额).
    Capitals,
    /// Figures and letters.
    Number(Pattern),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Word(Word),
    Number(Pattern),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Date,
    Name,
    Branch,
    Amount,
    Capitals,
}

impl From<Written> for ValuePattern {
    fn from(written: Written) -> Self {
        match written {
            Written::Word(Word::Date) => Self::Date,
            Written::Word(Word::Name) => Self::Name,
            Written::Word(Word::Branch) => Self::Branch,
            Written::Word(Word::Amount) => Self::Amount,
            Written::Word(Word::Capitals) => Self::Capitals,
            Written::Number(pattern) => Self::Number(pattern),
        }
    }
}

impl From<ValuePattern> for Written {
    fn from(pattern: ValuePattern) -> Self {
        match pattern {
            ValuePattern::Date => Self::Word(Word::Date),
            ValuePattern::Name => Self::Word(Word::Name),
            ValuePattern::Branch => Self::Word(Word::Branch),
            ValuePattern::Amount => Self::Word(Word::Amount),
            ValuePattern::Capitals => Self::Word(Word::Capitals),
            ValuePattern::Number(pattern) => Self::Number(pattern),
        }
    }
}

/// A rule by which a value checks itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckRule {
    /// Citizen identity numbers.
    #[serde(rename = "gb-11643")]
    Gb11643,
    /// Unified social credit codes.
    #[serde(rename = "gb-32100")]
    Gb32100,
}

/// A template that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {found}")]
pub struct TemplateError {
    /// Which one.
    pub file: String,
    /// What is wrong, and where.
    pub found: String,
}

impl Template {
    /// Reads a template.
    pub fn parse(file: &str, text: &str) -> Result<Self, TemplateError> {
        let wrong = |found: String| TemplateError {
            file: file.to_owned(),
            found,
        };
        let mut template: Self =
            toml::from_str(text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
        template.known = template.known.checked().map_err(wrong)?;
        for (n, field) in template.fields.iter().enumerate() {
            let at = || format!("the field {} ({})", n + 1, field.kind.as_str());
            if field.labels.iter().all(|label| label.trim().is_empty()) {
                return Err(wrong(format!("{} has no labels", at())));
            }
            if let Some(short) = field.labels.iter().find(|one| one.chars().count() < 2) {
                let found = format!("{}: the label {short:?} is too short to be found", at());
                return Err(wrong(found));
            }
            if field.neighbourhood.is_empty() {
                let found = format!("{} stands nowhere: expected beside or below", at());
                return Err(wrong(found));
            }
        }
        Ok(template)
    }

    /// This template over another: of each kind that both speak of, this one's.
    #[must_use]
    fn over(&self, general: &Self) -> Self {
        let mut both = self.clone();
        both.known.and(&general.known);
        if self.only {
            return both;
        }
        for field in &general.fields {
            if self.fields.iter().all(|own| own.kind != field.kind) {
                both.fields.push(field.clone());
            }
        }
        both.other_labels
            .extend(general.other_labels.iter().cloned());
        both
    }
}

/// The templates of all classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    general: Template,
    of_class: BTreeMap<String, Template>,
}

/// The templates that come with the program: class and text.
const EMBEDDED: [(&str, &str); 4] = [
    (
        "opening-application",
        include_str!("../../templates/opening-application.toml"),
    ),
    (
        "asset-voucher",
        include_str!("../../templates/asset-voucher.toml"),
    ),
    (
        "agency-voucher",
        include_str!("../../templates/agency-voucher.toml"),
    ),
    (
        "information-change",
        include_str!("../../templates/information-change.toml"),
    ),
];

impl Templates {
    /// Those that come with the program.
    pub fn embedded() -> Result<Self, TemplateError> {
        let general = include_str!("../../templates/general.toml");
        let mut templates = Self {
            general: Template::parse("general.toml", general)?,
            of_class: BTreeMap::new(),
        };
        for (class, text) in EMBEDDED {
            templates.add(class, Template::parse(&format!("{class}.toml"), text)?);
        }
        Ok(templates)
    }

    /// Those that come with the program, and over them those of a folder: `CLASS.toml` each.
    pub fn with_folder(folder: &Path) -> Result<Self, TemplateError> {
        let mut templates = Self::embedded()?;
        let unreadable = |path: &Path, error: &std::io::Error| TemplateError {
            file: path.display().to_string(),
            found: format!("it cannot be read: {error}"),
        };
        let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| unreadable(folder, &error))?.path();
            let class = path.file_stem().and_then(|stem| stem.to_str());
            if let Some(class) = class
                && path
                    .extension()
                    .is_some_and(|extension| extension == "toml")
            {
                let text =
                    std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
                let template = Template::parse(&path.display().to_string(), &text)?;
                templates.add(class, template);
            }
        }
        Ok(templates)
    }

    /// Puts a class's own template in the place of any other. `general` is that of all classes:
    /// it goes over the one that comes with the program.
    pub fn add(&mut self, class: &str, template: Template) {
        if class == "general" {
            self.general = template.over(&self.general);
        } else {
            self.of_class.insert(class.to_owned(), template);
        }
    }

    /// Adds what is known beforehand, such as the register of branches.
    pub fn know(&mut self, known: &Known) {
        self.general.known.and(known);
    }

    /// What is looked for on pages of a class, or where that is not known.
    #[must_use]
    pub fn of(&self, class: Option<&str>) -> Template {
        class
            .and_then(|class| self.of_class.get(class))
            .map_or_else(|| self.general.clone(), |own| own.over(&self.general))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_templates_can_be_read_and_each_kind_is_looked_for() {
        let templates = Templates::embedded().unwrap();
        let kinds: Vec<FieldKind> = templates.of(None).fields.iter().map(|f| f.kind).collect();
        assert_eq!(kinds, FieldKind::ALL);
        for (class, _) in EMBEDDED {
            let own = templates.of(Some(class));
            assert_eq!(own.fields.len(), FieldKind::ALL.len(), "{class}");
        }
        assert_eq!(templates.of(Some("unheard-of")), templates.of(None));
    }

    #[test]
    fn a_class_speaks_before_the_general_template() {
        let own = "[[field]]\nkind = \"client-no\"\nlabels = [\"编号\"]\npattern = \"D{4}\"\n";
        let mut templates = Templates::embedded().unwrap();
        templates.add("own", Template::parse("own.toml", own).unwrap());
        templates.add(
            "alone",
            Template::parse("alone.toml", &format!("only = true\n{own}")).unwrap(),
        );
        let labels = |class| {
            let template = templates.of(Some(class));
            let of_clients = template
                .fields
                .iter()
                .filter(|f| f.kind == FieldKind::ClientNo);
            (
                template.fields.len(),
                of_clients
                    .flat_map(|f| f.labels.clone())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            labels("own"),
            (FieldKind::ALL.len(), vec!["编号".to_owned()])
        );
        assert_eq!(labels("alone"), (1, vec!["编号".to_owned()]));
    }

    #[test]
    fn what_is_known_is_known_of_every_class() {
        let mut templates = Templates::embedded().unwrap();
        let own = "only = true\n[known]\nbranch = [\"0012 上海示范路营业部\"]\n";
        templates.add("alone", Template::parse("alone.toml", own).unwrap());
        let more = Known::of_branches([("0027", "杭州样例大道营业部")]).unwrap();
        templates.know(&more);
        assert_eq!(templates.of(None).known, more);
        assert_eq!(templates.of(Some("asset-voucher")).known, more);
        let both = [("0012", "上海示范路营业部"), ("0027", "杭州样例大道营业部")];
        let both = Known::of_branches(both).unwrap();
        assert_eq!(templates.of(Some("alone")).known, both);
    }

    #[test]
    fn what_is_wrong_with_a_template_is_named() {
        let field = |lines: &str| format!("[[field]]\nkind = \"date\"\n{lines}");
        for (text, said) in [
            (
                field("labels = []\npattern = \"date\""),
                "the field 1 (date) has no labels",
            ),
            (
                field("labels = [\"日\"]\npattern = \"date\""),
                "the label \"日\" is too short",
            ),
            (
                field("labels = [\"日期\"]\npattern = \"date\"\nneighbourhood = []"),
                "stands nowhere: expected beside or below",
            ),
            (field("labels = [\"日期\"]\npattern = \"D{\""), "line 4"),
            (
                field("labels = [\"日期\"]\npatern = \"date\""),
                "unknown field `patern`",
            ),
            (
                "[[field]]\nkind = \"colour\"".to_owned(),
                "unknown variant `colour`",
            ),
            (
                "[known]\nbranch = [\"上海\"]".to_owned(),
                "\"上海\" is no branch",
            ),
        ] {
            let found = Template::parse("t.toml", &text).unwrap_err().to_string();
            assert!(
                found.starts_with("t.toml: ") && found.contains(said),
                "{found}"
            );
        }
    }
}
