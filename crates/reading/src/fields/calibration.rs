//! How often a field is right of which an engine says that it is so sure (校准).
//!
//! An engine's own confidence is a figure between 0 and 1 and no probability. The tables here
//! were made from drawn vouchers of the set `tune` (`tests/ocr-set`; `vouchsafe bench ocr
//! --uncalibrated --fields FILE`): the share that was right in each step, rounded down for what
//! the set does not show.

use super::{Agreement, Check, Field, FieldKind};

/// From which confidence of the engine on, and the share that was right. The last step is that
/// of everything below.
type Steps = &'static [(f32, f32)];

/// 1,133 fields without a check of their own, 8 of them wrong.
const PADDLE: Steps = &[
    (0.999, 0.999),
    (0.99, 0.99),
    (0.95, 0.96),
    (0.5, 0.95),
    (0.0, 0.85),
];
/// The same of which Tesseract read another value: 162 fields, 4 wrong.
const PADDLE_AGAINST: Steps = &[(0.99, 0.985), (0.95, 0.95), (0.0, 0.9)];
const TESSERACT: Steps = &[
    (0.96, 0.98),
    (0.9, 0.95),
    (0.8, 0.85),
    (0.5, 0.6),
    (0.0, 0.3),
];

/// What remains of a field whose own check does not fit: it is misread, or the paper is wrong.
const AGAINST_ITS_CHECK: f32 = 0.2;
/// A value that was mended by its check, or read through a mistaken character.
const MENDED: f32 = 0.99;
/// The most that an engine alone is worth for a name: among thousands of characters a like one is
/// read with the same surety.
const NAME: f32 = 0.99;
/// A value that its check, or a second engine, confirms: none was wrong of 254, and of 845.
const CONFIRMED: f32 = 0.9995;

/// The confidence of a field as the share of fields like it that were right.
pub(super) fn calibrated(engine: &str, field: &Field) -> f32 {
    let paddle = engine == "paddle";
    let alone = match (paddle, field.agreement) {
        (true, Agreement::Differs) => step(PADDLE_AGAINST, field.confidence),
        (true, Agreement::NotAsked | Agreement::Agrees | Agreement::Silent) => {
            step(PADDLE, field.confidence)
        }
        (false, _) => step(TESSERACT, field.confidence),
    };
    let alone = match field.kind {
        FieldKind::ClientName | FieldKind::Branch => alone.min(NAME),
        FieldKind::ClientNo
        | FieldKind::IdNumber
        | FieldKind::CreditCode
        | FieldKind::FlowNo
        | FieldKind::Date
        | FieldKind::Amount
        | FieldKind::AmountInCapitals
        | FieldKind::SecuritiesAccount
        | FieldKind::FundAccount => alone,
    };
    let confirmed = field.check == Check::Right || field.agreement == Agreement::Agrees;
    match field.check {
        Check::Wrong => alone * AGAINST_ITS_CHECK,
        Check::Right | Check::None if confirmed && field.corrected == 0 => CONFIRMED,
        Check::Right | Check::None if confirmed => MENDED.max(alone.min(MENDED)),
        Check::Right | Check::None if field.corrected > 0 => alone.min(MENDED),
        Check::Right | Check::None => alone,
    }
}

fn step(steps: Steps, confidence: f32) -> f32 {
    steps
        .iter()
        .find(|(from, _)| confidence >= *from)
        .map_or(0.0, |(_, share)| *share)
}
