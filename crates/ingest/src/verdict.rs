//! What the reader of pages says, in the words of the entry.

use entries::{ExceptionCode, Known, ReadingSummary, Refused};
use reading::checks::FindingKind;
use reading::worker::Confinement;
use reading::{Document, ReadOptions, Unreadable};

/// What the entry keeps of a reading: by what it was read, how surely, and how held in.
pub(crate) fn summary(document: &Document) -> ReadingSummary {
    let engine = &document.engine;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share from 0 to 1, in thousandths"
    )]
    let permille = |mean: f32| (mean.clamp(0.0, 1.0) * 1000.0).round() as u32;
    ReadingSummary {
        engine: format!("{} {} {}", engine.name, engine.version, engine.data),
        confidence_mean_permille: Known::from(document.confidence_mean().map(permille)),
        confinement: confinement(document.confinement).to_owned(),
    }
}

/// How the decoder was held in, as the entry says it.
const fn confinement(reached: Confinement) -> &'static str {
    match (reached.landlock, reached.seccomp) {
        (true, true) => "landlock+seccomp",
        (true, false) => "landlock",
        (false, true) => "seccomp",
        (false, false) => "none",
    }
}

/// The first obstacle on the pages. A blank page is one only where all are: backs are blank.
pub(crate) fn obstacle(documents: &[Document], options: &ReadOptions) -> Option<Refused> {
    let pages = || documents.iter().flat_map(|document| &document.pages);
    let blank = |page: &reading::Page| {
        page.findings
            .iter()
            .any(|finding| finding.kind() == FindingKind::Blank)
    };
    let all_blank = pages().count() > 0 && pages().all(blank);
    (1..).zip(documents).find_map(|(original, document)| {
        document.pages.iter().find_map(|page| {
            let finding = page.findings.iter().find(|finding| {
                finding.is_obstacle(&options.parameters)
                    && (finding.kind() != FindingKind::Blank || all_blank)
            })?;
            Some(Refused {
                code: code_of_finding(finding.kind()),
                original: Some(original),
                page: Some(page.number),
            })
        })
    })
}

const fn code_of_finding(kind: FindingKind) -> ExceptionCode {
    match kind {
        FindingKind::DpiUnknown => ExceptionCode::DpiUnknown,
        FindingKind::DpiTooLow => ExceptionCode::DpiTooLow,
        FindingKind::DpiTooHigh => ExceptionCode::DpiTooHigh,
        FindingKind::SizeUnexpected => ExceptionCode::SizeUnexpected,
        FindingKind::Blank => ExceptionCode::Blank,
        FindingKind::Skewed => ExceptionCode::Skewed,
        FindingKind::CutOff => ExceptionCode::CutOff,
        FindingKind::TooDark => ExceptionCode::TooDark,
        FindingKind::Rotated => ExceptionCode::Rotated,
    }
}

/// The reason for an exception that a file which cannot be read makes.
pub(crate) const fn code_of(why: &Unreadable) -> ExceptionCode {
    match why {
        Unreadable::Empty => ExceptionCode::Empty,
        Unreadable::UnknownType => ExceptionCode::UnknownType,
        Unreadable::Damaged { .. } => ExceptionCode::Damaged,
        Unreadable::Truncated { .. } => ExceptionCode::Truncated,
        Unreadable::Unsupported { .. } => ExceptionCode::Unsupported,
        Unreadable::Encrypted => ExceptionCode::Encrypted,
        Unreadable::NoPages => ExceptionCode::NoPages,
        Unreadable::TooManyPages { .. } => ExceptionCode::TooManyPages,
        Unreadable::TooManyPixels { .. } => ExceptionCode::TooManyPixels,
        Unreadable::TooLarge { .. } => ExceptionCode::TooLarge,
        Unreadable::TimedOut { .. } => ExceptionCode::TimedOut,
        Unreadable::WorkerDied { .. }
        | Unreadable::NotConfined { .. }
        | Unreadable::NoWorker { .. } => ExceptionCode::ReaderStopped,
    }
}
