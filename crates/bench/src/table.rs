//! The results as CSV.

use crate::run::Measured;
use crate::score::Score;

/// The head of the table.
pub const HEAD: &str = "setting,engine,by,value,files,pages,characters,errors,cer_percent,cer_with_seals_percent,fields,fields_read,fields_right,precision_percent,recall_percent,certain,certain_wrong,cpu_seconds_a_page,peak_mib,pages_a_second";

/// The rows of one setting: all files, then by each way in which they differ.
#[must_use]
pub fn rows(measured: &Measured) -> Vec<String> {
    let all = ("all".to_owned(), String::new());
    std::iter::once((&all, &measured.all))
        .chain(&measured.by)
        .map(|((by, value), score)| row(measured, by, value, score))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "pages far below 2^52")]
fn row(measured: &Measured, by: &str, value: &str, score: &Score) -> String {
    let pages = score.pages.max(1) as f64;
    let a_second = if by == "all" {
        format!("{:.3}", pages / measured.wall_seconds.max(1e-9))
    } else {
        String::new()
    };
    [
        quoted(&measured.name),
        quoted(&measured.engine),
        quoted(by),
        quoted(value),
        score.files.to_string(),
        score.pages.to_string(),
        score.characters.to_string(),
        score.errors.to_string(),
        format!("{:.3}", score.cer_percent()),
        format!("{:.3}", score.cer_with_seals_percent()),
        score.fields.to_string(),
        score.read.to_string(),
        score.right.to_string(),
        format!("{:.2}", score.precision_percent()),
        format!("{:.2}", score.recall_percent()),
        score.certain.to_string(),
        score.certain_wrong.to_string(),
        format!("{:.3}", score.seconds / pages),
        measured.peak_mib.to_string(),
        a_second,
    ]
    .join(",")
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
