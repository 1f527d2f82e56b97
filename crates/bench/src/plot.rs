//! The results as a picture: for each setting the share of wrong characters and of right fields
//! by colour, with processor time and memory beside its name.

use std::fmt::Write as _;

use crate::run::Measured;
use crate::score::Score;

const WIDTH: f64 = 900.0;
const NAME: f64 = 270.0;
const BAR: f64 = 12.0;
const GAP: f64 = 16.0;
const TOP: f64 = 56.0;
const COLOURS: [(&str, &str); 3] = [
    ("colour", "#2f6f9f"),
    ("grey", "#8a8f98"),
    ("bilevel", "#c2703d"),
];

/// Draws the settings one below the other.
#[must_use]
pub fn svg(settings: &[Measured]) -> String {
    let half = (WIDTH - NAME) / 2.0 - 60.0;
    let cer_max = settings
        .iter()
        .flat_map(|one| one.by.iter())
        .filter(|((by, _), _)| by == "colour")
        .map(|(_, score)| score.cer_percent())
        .fold(0.5, f64::max);
    let step = BAR * 3.0 + GAP;
    #[expect(clippy::cast_precision_loss, reason = "a few settings")]
    let height = TOP + step * settings.len() as f64 + 24.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let right = NAME + half + 60.0;
    text(&mut svg, NAME, 20.0, "wrong characters, %");
    text(&mut svg, right, 20.0, "fields read rightly, %");
    for (n, (name, fill)) in (0u8..).zip(COLOURS) {
        let x = NAME + f64::from(n) * 80.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"30\" width=\"10\" height=\"10\" fill=\"{fill}\"/>"
        );
        text(&mut svg, x + 14.0, 39.0, name);
    }
    let mut y = TOP;
    for one in settings {
        text(&mut svg, 8.0, y + 11.0, &one.name);
        #[expect(clippy::cast_precision_loss, reason = "pages far below 2^52")]
        let seconds = one.all.seconds / one.all.pages.max(1) as f64;
        let costs = format!("{seconds:.2} CPU s a page, {} MiB", one.peak_mib);
        text(&mut svg, 8.0, y + 26.0, &costs);
        for (colour, fill) in COLOURS {
            let key = ("colour".to_owned(), colour.to_owned());
            if let Some(score) = one.by.get(&key) {
                bars(&mut svg, y, (half, right, cer_max), fill, score);
            }
            y += BAR;
        }
        y += GAP;
    }
    svg.push_str("</svg>\n");
    svg
}

fn bars(
    svg: &mut String,
    y: f64,
    (length, right, cer_max): (f64, f64, f64),
    fill: &str,
    score: &Score,
) {
    let mut bar = |x: f64, share: f64, said: String| {
        let width = (share * length).max(0.5);
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{fill}\"/>",
            BAR - 2.0
        );
        text(svg, x + width + 4.0, y + 9.0, &said);
    };
    let cer = score.cer_percent();
    bar(NAME, cer / cer_max, format!("{cer:.2}"));
    let recall = score.recall_percent();
    bar(right, recall / 100.0, format!("{recall:.1}"));
}

fn text(svg: &mut String, x: f64, y: f64, said: &str) {
    let said = said
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\">{said}</text>");
}
