//! The TOML of a profile, as serde reads it. Only here do keys have names. What is checked keeps its
//! place in the text, so that a mistake is named with its own line.

use serde::Deserialize;
use toml::Spanned;

/// A text and its place.
pub(super) type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileShape {
    pub(super) profile: Text,
    pub(super) version: Text,
    pub(super) title: Spanned<TitleShape>,
    pub(super) valid_from: Text,
    pub(super) valid_to: Option<Text>,
    pub(super) interpreter: Text,
    pub(super) agency_cut_over: Option<Text>,
    #[serde(default)]
    pub(super) standards: Vec<String>,
    pub(super) lending: Option<Spanned<bool>>,
    #[serde(default)]
    pub(super) admission_gate: bool,
    #[serde(default)]
    pub(super) closure: Vec<Spanned<ClosureShape>>,
    #[serde(default)]
    pub(super) category: Vec<Spanned<CategoryShape>>,
    #[serde(default)]
    pub(super) class: Vec<Spanned<ClassShape>>,
    #[serde(default)]
    pub(super) template: Vec<Spanned<TemplateShape>>,
    #[serde(default)]
    pub(super) source: Vec<Spanned<SourceShape>>,
    #[serde(default)]
    pub(super) scan: Vec<Spanned<ScanShape>>,
    #[serde(default)]
    pub(super) schedule: Vec<Spanned<LineShape>>,
    #[serde(default)]
    pub(super) deadline: Vec<Spanned<DeadlineShape>>,
    #[serde(default)]
    pub(super) role: Vec<Spanned<RoleShape>>,
    #[serde(default)]
    pub(super) procedure: Vec<Spanned<ProcedureShape>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TitleShape {
    pub(super) zh: String,
    pub(super) en: String,
}

/// `counting` that is not given means every calendar.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClosureShape {
    pub(super) day: Text,
    pub(super) counting: Option<Text>,
    pub(super) basis: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryShape {
    pub(super) code: Text,
    pub(super) title: Spanned<TitleShape>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassShape {
    pub(super) code: Text,
    pub(super) title: Spanned<TitleShape>,
    pub(super) kind: Text,
    pub(super) category: Text,
    pub(super) sensitivity: Text,
    pub(super) owner: Text,
    #[serde(default)]
    pub(super) required: Vec<Text>,
    #[serde(default)]
    pub(super) printed: Vec<String>,
    #[serde(default)]
    pub(super) native: bool,
    pub(super) scan: Option<Text>,
    pub(super) basis: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TemplateShape {
    pub(super) business: Text,
    pub(super) title: Spanned<TitleShape>,
    pub(super) tasks: Vec<Text>,
    #[serde(default)]
    pub(super) shared: Vec<Text>,
    pub(super) basis: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceShape {
    pub(super) code: Text,
    pub(super) title: Spanned<TitleShape>,
    #[serde(default)]
    pub(super) third_party: bool,
    pub(super) classes: Vec<Text>,
    pub(super) basis: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScanShape {
    pub(super) name: Text,
    pub(super) dpi_min: Spanned<u16>,
    pub(super) dpi_max: Spanned<u16>,
    pub(super) page_bytes_max: Spanned<u64>,
    pub(super) colour_min: Text,
    pub(super) basis: Vec<Text>,
}

/// Exactly one of `years`, `appraise_years` and `permanent`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineShape {
    pub(super) code: Text,
    pub(super) title: Spanned<TitleShape>,
    pub(super) classes: Vec<Text>,
    pub(super) renditions: Vec<Text>,
    #[serde(default)]
    pub(super) from_latest_of: Vec<Text>,
    pub(super) years: Option<Spanned<u16>>,
    pub(super) appraise_years: Option<Spanned<u16>>,
    #[serde(default)]
    pub(super) permanent: bool,
    pub(super) after: Text,
    pub(super) basis: Vec<Text>,
}

/// `counting` with `days_after` or `day_of_next_month`, or one of the others. `days_before` is a
/// list: each of its days is a deadline of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeadlineShape {
    pub(super) duty: Text,
    pub(super) counting: Option<Text>,
    pub(super) days_after: Option<u16>,
    pub(super) day_of_next_month: Option<u8>,
    pub(super) date_of_next_year: Option<Text>,
    pub(super) days_before: Option<Vec<u16>>,
    pub(super) months_after: Option<u16>,
    #[serde(default)]
    pub(super) before_it_starts: bool,
    #[serde(default)]
    pub(super) extendable: bool,
    pub(super) basis: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleShape {
    pub(super) code: Text,
    pub(super) title: Spanned<TitleShape>,
    pub(super) side: Text,
    pub(super) seat: Text,
    #[serde(default)]
    pub(super) excludes: Vec<Text>,
    pub(super) basis: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProcedureShape {
    pub(super) code: Text,
    pub(super) title: Spanned<TitleShape>,
    pub(super) signature_days: u16,
    /// What is not said is `signed`.
    pub(super) assurance: Option<Text>,
    pub(super) basis: Vec<Text>,
    pub(super) position: Vec<Spanned<PositionShape>>,
}

/// `differs_from` is of the text, and `firm_differs_from` the firm's setting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PositionShape {
    pub(super) code: Text,
    pub(super) title: Spanned<TitleShape>,
    pub(super) roles: Vec<Text>,
    #[serde(default)]
    pub(super) if_barred: Vec<Text>,
    pub(super) whose: Text,
    pub(super) persons: Option<u8>,
    #[serde(default)]
    pub(super) differs_from: Vec<Text>,
    #[serde(default)]
    pub(super) firm_differs_from: Vec<Text>,
    #[serde(default)]
    pub(super) after: Vec<Text>,
    pub(super) basis: Vec<Text>,
}
