//! A derived object judged by its stored form: for every page its text and its preview, and
//! the fields and findings of all of them.
//!
//! Whether the text is what the page says is not judged.

use std::collections::BTreeSet;

use crate::Code;
use crate::contents::Contents;
use crate::json::Json;
use crate::report::{Draft, Finding};

const PAGES: &str = "pages.json";
const FIELDS: &str = "fields.json";

/// Whether the bytes of a file in a derived object are read.
pub(crate) fn wants(path: &str) -> bool {
    matches!(path, PAGES | FIELDS)
}

/// Judges what was found in the derived object at `place`.
pub(crate) fn judge(place: &str, contents: &Contents, draft: &mut Draft) {
    let mut find = |code, found: String, expected: &str| {
        draft.find(Finding::new(code, place, found, expected));
    };
    for path in &contents.repeated {
        find(
            Code::DerivedMalformed,
            format!("{path} twice"),
            "every file once",
        );
    }
    let mut expected: BTreeSet<String> = [PAGES, FIELDS].map(str::to_owned).into();
    let json = |path: &str| {
        let whole = contents.files.get(path).and_then(|seen| seen.whole());
        whole.map(Json::parse)
    };
    match json(FIELDS) {
        Some(Ok(_)) => {}
        None => find(
            Code::DerivedIncomplete,
            format!("no readable {FIELDS}"),
            "JSON",
        ),
        Some(Err(why)) => find(Code::DerivedIncomplete, format!("{FIELDS}: {why}"), "JSON"),
    }
    let pages = match json(PAGES) {
        Some(Ok(json)) => page_count(&json),
        Some(Err(_)) | None => None,
    };
    let Some(pages) = pages else {
        let found = format!("no readable {PAGES}");
        find(Code::DerivedIncomplete, found, "a list of pages");
        return;
    };
    for page in 1..=pages {
        for part in [Part::Text, Part::Preview] {
            let path = part.path(page);
            match contents.files.get(&path) {
                None => find(
                    Code::DerivedIncomplete,
                    format!("no {path}"),
                    "one for each page",
                ),
                Some(seen) if !part.is_form(&seen.head) => {
                    let found = format!("{path} in another form");
                    find(Code::DerivedIncomplete, found, "ALTO or WebP");
                }
                Some(_) => {}
            }
            expected.insert(path);
        }
    }
    for path in contents.files.keys() {
        if !expected.contains(path) {
            let found = path.clone();
            find(
                Code::DerivedUnknownFile,
                found,
                "the files of the stored form",
            );
        }
    }
}

/// How many pages `pages.json` tells of: it is a list of pages, or has one as `pages`.
fn page_count(json: &Json) -> Option<usize> {
    json.list()
        .or_else(|| json.get("pages")?.list())
        .map(<[Json]>::len)
}

/// What a derived object has of every page.
#[derive(Clone, Copy)]
enum Part {
    Text,
    Preview,
}

impl Part {
    fn path(self, page: usize) -> String {
        match self {
            Self::Text => format!("alto/{page:04}.xml"),
            Self::Preview => format!("preview/{page:04}.webp"),
        }
    }

    /// Whether the first bytes are of the form that this part has.
    fn is_form(self, head: &[u8]) -> bool {
        match self {
            Self::Text => {
                let text = String::from_utf8_lossy(head);
                text.trim_start_matches('\u{feff}').starts_with('<') && text.contains("<alto")
            }
            Self::Preview => head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"),
        }
    }
}
