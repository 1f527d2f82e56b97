//! How things look.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use archive::{CatalogNote, OpenReport};
use domain::Timestamp;
use journal::Standing;

use crate::args::Common;

/// Why data could not be printed, if it could not.
static UNPRINTED: Mutex<Option<std::io::Error>> = Mutex::new(None);

/// Prints a line of data. That it cannot be printed is told at the end, and is no reason to
/// leave a batch half done.
pub fn line(text: &str) {
    note(writeln!(std::io::stdout().lock(), "{text}"));
}

/// Keeps the first failure to print. A reader that is gone (a closed pipe) is none.
pub fn note(printed: std::io::Result<()>) {
    if let Err(error) = printed
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        UNPRINTED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
    }
}

/// Why data could not be printed, once everything was.
pub fn unprinted() -> Option<std::io::Error> {
    note(std::io::stdout().lock().flush());
    UNPRINTED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take()
}

/// Prints a message, unless told to be quiet.
pub fn tell(common: &Common, text: &str) {
    if !common.quiet {
        eprintln!("{text}");
    }
}

/// Prints a warning, always.
pub fn warn(text: &str) {
    eprintln!("warning: {text}");
}

/// Says what opening the archive brought, where there is anything to say.
pub fn tell_opening(common: &Common, report: &OpenReport) {
    tell_catalog(common, report);
    tell_mended(common, report);
    match report.standing {
        Standing::ReadOnly => warn(
            "secrets/writer.key or secrets/log.key is missing: this archive is open for listing only",
        ),
        Standing::Stopped(_) | Standing::Sound => tell_doubt(&report.standing),
    }
}

/// Says how the catalog was brought to the ledger.
pub fn tell_catalog(common: &Common, report: &OpenReport) {
    if let Some(CatalogNote::Rebuilt { why, aside }) = &report.catalog {
        warn(&format!(
            "the catalog was made anew from the ledger ({why}); the old one is kept in {}",
            aside.display()
        ));
    } else {
        let commits = report.replayed_commits;
        let s = if commits == 1 { "" } else { "s" };
        match (report.catalog_was_empty, commits) {
            // Nothing was missing, or the archive is new.
            (_, 0) | (true, 1) => {}
            (true, _) => warn(&format!(
                "the catalog was empty and was made anew from the {commits} commits of the ledger"
            )),
            (false, _) => tell(
                common,
                &format!("the catalog was {commits} commit{s} behind the ledger and has caught up"),
            ),
        }
    }
}

fn tell_mended(common: &Common, report: &OpenReport) {
    if report.republished {
        tell(
            common,
            "the newest checkpoint had not been published, and is now",
        );
    }
    for batch in &report.recovered {
        warn(&format!(
            "batch {} was cut off: {} filed, {} exceptions, {} not taken in (take their files in again); {} unfinished objects removed",
            batch.batch, batch.filed, batch.excepted, batch.not_taken, batch.discarded
        ));
    }
}

/// Tells why nothing is written, if that is in doubt.
pub fn tell_doubt(standing: &Standing) {
    if let Standing::Stopped(findings) = standing {
        for finding in findings {
            warn(finding);
        }
        warn("nothing is written until two people have decided; run `vouchsafe check`");
    }
}

/// A moment as people at a branch read it: China time.
pub fn china_time(at: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    jiff::Timestamp::from_millisecond(at.unix_ms()).map_or_else(
        |_| at.to_string(),
        |moment| {
            moment
                .to_zoned(zone)
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string()
        },
    )
}

/// Colours, where a person looks and has not said no.
#[derive(Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// For standard output.
    #[expect(
        clippy::disallowed_methods,
        reason = "NO_COLOR is for programs to read"
    )]
    pub fn for_stdout() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self(std::io::stdout().is_terminal() && !refused)
    }

    /// Good news.
    pub fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Something to look at.
    pub fn alert(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// Bad news.
    pub fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    fn paint(self, colour: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A path as a line of a table shows it: what would break the line, command the terminal or
/// turn the reading direction is spelled out.
pub fn shown(path: &std::path::Path) -> String {
    let mut text = String::new();
    for c in path.display().to_string().chars() {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }
    text
}

/// Text padded to a width on the screen, where a Han character takes two columns.
pub fn pad(text: &str, columns: usize) -> String {
    let width: usize = text
        .chars()
        .map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 })
        .sum();
    format!("{text}{}", " ".repeat(columns.saturating_sub(width)))
}
