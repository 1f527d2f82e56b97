//! The derived object: what was read from a record, one tar.
//!
//! `alto/0001.xml`, `preview/0001.webp`, `fields.json`, `pages.json`. Pages are numbered
//! through all originals of the record; `pages.json` says how many each original has.

use std::io::{self, Write};

use domain::{MediaType, Timestamp};
use reading::{Document, ScanParameters, report};
use serde::Serialize;
use tar::{EntryType, Header};

/// Where the ALTO of page `number` (from 1) lies.
#[must_use]
pub fn alto_name(number: u32) -> String {
    format!("alto/{number:04}.xml")
}

/// Where the preview of page `number` (from 1) lies.
#[must_use]
pub fn preview_name(number: u32) -> String {
    format!("preview/{number:04}.webp")
}

/// How many pages an original has.
#[derive(Serialize)]
struct OriginalPages {
    media_type: MediaType,
    pages: usize,
}

/// `pages.json`: the originals, then the report of all pages.
#[derive(Serialize)]
struct RecordPages {
    originals: Vec<OriginalPages>,
    #[serde(flatten)]
    report: report::PagesReport,
}

/// All originals of a record as one document, with pages numbered through.
pub fn merge(documents: Vec<Document>) -> Option<(Document, Vec<(MediaType, usize)>)> {
    let originals = documents
        .iter()
        .map(|document| (document.media_type, document.pages.len()))
        .collect();
    let mut documents = documents.into_iter();
    let mut all = documents.next()?;
    all.pages
        .extend(documents.flat_map(|document| document.pages));
    for (number, page) in (1..).zip(&mut all.pages) {
        page.number = number;
        for field in &mut page.fields {
            field.page = number;
        }
    }
    Some((all, originals))
}

/// Writes the tar.
pub fn write(
    document: &Document,
    originals: &[(MediaType, usize)],
    parameters: &ScanParameters,
    at: Timestamp,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mtime = u64::try_from(at.unix_ms() / 1000).unwrap_or_default();
    let mut tar = tar::Builder::new(out);
    let mut append = |name: &str, content: &[u8]| {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_path(name)?;
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(mtime);
        header.set_cksum();
        tar.append(&header, content)
    };
    for page in &document.pages {
        append(&alto_name(page.number), page.alto_xml.as_bytes())?;
        append(&preview_name(page.number), &page.preview_webp)?;
    }
    append(
        "fields.json",
        &serde_json::to_vec(&report::fields(document))?,
    )?;
    let pages = RecordPages {
        originals: originals
            .iter()
            .map(|(media_type, pages)| OriginalPages {
                media_type: *media_type,
                pages: *pages,
            })
            .collect(),
        report: report::pages(document, parameters),
    };
    append("pages.json", &serde_json::to_vec(&pages)?)?;
    tar.finish()
}
