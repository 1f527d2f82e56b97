//! The TOML of a profile, as serde reads it. Only here do keys have names.

use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileShape {
    pub(super) profile: String,
    pub(super) version: String,
    pub(super) title: TitleShape,
    pub(super) valid_from: Spanned<String>,
    pub(super) valid_to: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) standards: Vec<String>,
    #[serde(default)]
    pub(super) lending: bool,
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
    pub(super) day: String,
    pub(super) counting: Option<String>,
    pub(super) basis: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryShape {
    pub(super) code: String,
    pub(super) title: TitleShape,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassShape {
    pub(super) code: String,
    pub(super) title: TitleShape,
    pub(super) kind: String,
    pub(super) category: String,
    pub(super) sensitivity: String,
    pub(super) owner: String,
    #[serde(default)]
    pub(super) required: Vec<String>,
    #[serde(default)]
    pub(super) native: bool,
    pub(super) scan: Option<String>,
    pub(super) basis: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TemplateShape {
    pub(super) business: String,
    pub(super) title: TitleShape,
    pub(super) tasks: Vec<String>,
    #[serde(default)]
    pub(super) shared: Vec<String>,
    pub(super) basis: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScanShape {
    pub(super) name: String,
    pub(super) dpi_min: u16,
    pub(super) dpi_max: u16,
    pub(super) page_bytes_max: u64,
    pub(super) colour_min: String,
    pub(super) basis: Vec<String>,
}

/// Exactly one of `years`, `appraise_years` and `permanent`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineShape {
    pub(super) code: String,
    pub(super) title: TitleShape,
    pub(super) classes: Vec<String>,
    pub(super) renditions: Vec<String>,
    #[serde(default)]
    pub(super) from_latest_of: Vec<String>,
    pub(super) years: Option<u16>,
    pub(super) appraise_years: Option<u16>,
    #[serde(default)]
    pub(super) permanent: bool,
    pub(super) after: String,
    pub(super) basis: Vec<String>,
}

/// `counting` with `days_after` or `day_of_next_month`, or one of the others. `days_before` is a
/// list: each of its days is a deadline of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeadlineShape {
    pub(super) duty: String,
    pub(super) counting: Option<String>,
    pub(super) days_after: Option<u16>,
    pub(super) day_of_next_month: Option<u8>,
    pub(super) date_of_next_year: Option<String>,
    pub(super) days_before: Option<Vec<u16>>,
    pub(super) months_after: Option<u16>,
    #[serde(default)]
    pub(super) before_it_starts: bool,
    #[serde(default)]
    pub(super) extendable: bool,
    pub(super) basis: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleShape {
    pub(super) code: String,
    pub(super) title: TitleShape,
    pub(super) side: String,
    pub(super) seat: String,
    #[serde(default)]
    pub(super) excludes: Vec<String>,
    pub(super) basis: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProcedureShape {
    pub(super) code: String,
    pub(super) title: TitleShape,
    pub(super) signature_days: u16,
    /// What is not said is `signed`.
    pub(super) assurance: Option<String>,
    pub(super) basis: Vec<String>,
    pub(super) position: Vec<Spanned<PositionShape>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PositionShape {
    pub(super) code: String,
    pub(super) title: TitleShape,
    pub(super) roles: Vec<String>,
    pub(super) whose: String,
    pub(super) persons: Option<u8>,
    #[serde(default)]
    pub(super) differs_from: Vec<String>,
    pub(super) basis: Vec<String>,
}
