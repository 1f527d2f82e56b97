//! What is known to stand on a file: `truth/*.json` of the folder.
//!
//! ```json
//! {"file":"001.jpg","colour":"grey","dpi":200,
//!  "pages":[{"lines":["客户号 8800012345"],"seals":["示范证券业务专用章"]}],
//!  "fields":{"client_no":"8800012345"}}
//! ```
//!
//! `reason` says that a file is broken and why: nothing of it should be read. Whatever else
//! stands there is left alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reading::fields::FieldKind;
use serde::Deserialize;

/// What is known of one file.
#[derive(Clone, Debug, Deserialize)]
pub struct Truth {
    /// The file, relative to the folder.
    pub file: PathBuf,
    /// Colour, grey or bilevel.
    pub colour: String,
    /// Its resolution.
    #[serde(default)]
    pub dpi: u32,
    /// Its pages.
    #[serde(default)]
    pub pages: Vec<PageTruth>,
    /// Its fields, by the name of the kind with `_`.
    #[serde(default)]
    pub fields: BTreeMap<String, Option<String>>,
    /// Why nothing of it should be read.
    #[serde(default)]
    pub reason: Option<String>,
    /// Its class, where templates differ by class.
    #[serde(default)]
    pub class: Option<String>,
    /// By what else the figures are told apart: how it was drawn.
    #[serde(default)]
    pub drawn: BTreeMap<String, serde_json::Value>,
}

/// What is known of one page.
#[derive(Clone, Debug, Deserialize)]
pub struct PageTruth {
    /// The printed and written lines, from the top.
    pub lines: Vec<String>,
    /// What stands on its seals.
    #[serde(default)]
    pub seals: Vec<String>,
}

/// A folder that cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A truth is none.
    #[error("{} is no truth", path.display())]
    Wrong {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// There is nothing to measure.
    #[error("there is no truth in {}: expected files truth/NAME.json", .0.display())]
    Nothing(PathBuf),
}

impl Truth {
    /// Whether nothing of the file should be read.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.reason.as_deref(), Some("damaged" | "empty"))
    }

    /// What stands on it as a field of this kind.
    #[must_use]
    pub fn field(&self, kind: FieldKind) -> Option<&str> {
        // Figures and capitals say the same number; both are looked for where both stand there.
        let mut kind = kind;
        if kind == FieldKind::AmountInCapitals {
            self.fields.get("amount_words")?;
            kind = FieldKind::Amount;
        }
        let name = kind.as_str().replace('-', "_");
        self.fields.get(&name).and_then(Option::as_deref)
    }
}

/// The truths of a folder, by the names of their files.
pub fn of(folder: &Path) -> Result<Vec<Truth>, TruthError> {
    let lie_in = folder.join("truth");
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| TruthError::Unreadable { path, source }
    };
    let entries = match std::fs::read_dir(&lie_in) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(TruthError::Nothing(folder.to_owned()));
        }
        Err(error) => return Err(unreadable(&lie_in)(error)),
    };
    let mut truths = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable(&lie_in))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read(&path).map_err(unreadable(&path))?;
        let truth: Truth =
            serde_json::from_slice(&text).map_err(|source| TruthError::Wrong { path, source })?;
        truths.push(truth);
    }
    if truths.is_empty() {
        return Err(TruthError::Nothing(folder.to_owned()));
    }
    truths.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(truths)
}
