//! The first engine: Tesseract, through the plumbing that the `tesseract` crate re-exports,
//! which lets one engine be used again and again.

use std::ffi::CString;

use ::tesseract::plumbing::tesseract_sys::{
    TessPageSegMode_PSM_SINGLE_BLOCK, TessPageSegMode_PSM_SINGLE_LINE,
};
use ::tesseract::plumbing::{TessBaseApi, version};
use image::GrayImage;
use serde::{Deserialize, Serialize};

use super::{Engine, EngineError, EngineIdentity, Layout, Line, Recognised, Word};
use crate::geometry::PixelBox;

/// How Tesseract is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TesseractSetup {
    /// The folder with the language data; none for the one compiled in.
    pub data_folder: Option<String>,
    /// The languages, joined with `+`, the main one first. The others are asked about pages
    /// that turn out not to be in the main one; asked together, as Tesseract would do it, the
    /// second spoils the first: lines of Chinese come out as Latin capitals.
    pub languages: String,
    /// Tesseract's page segmentation mode.
    pub segmentation: u32,
}

impl Default for TesseractSetup {
    fn default() -> Self {
        Self {
            data_folder: None,
            languages: "chi_sim+eng".to_owned(),
            segmentation: 3,
        }
    }
}

/// A living Tesseract.
pub struct Tesseract {
    main: TessBaseApi,
    others: Vec<TessBaseApi>,
    segmentation: u32,
    identity: EngineIdentity,
}

impl Tesseract {
    /// Loads the language data. Reads files, so it comes before the confinement.
    pub fn load(setup: &TesseractSetup) -> Result<Self, EngineError> {
        let no_data = || EngineError::Data {
            languages: setup.languages.clone(),
            folder: setup
                .data_folder
                .clone()
                .unwrap_or_else(|| "the folder compiled in".to_owned()),
        };
        let folder = setup
            .data_folder
            .as_deref()
            .map(CString::new)
            .transpose()
            .map_err(|_| no_data())?;
        let load = |language: &str| -> Result<TessBaseApi, EngineError> {
            let language = CString::new(language).map_err(|_| no_data())?;
            let mut api = TessBaseApi::create();
            api.init_2(folder.as_deref(), Some(&language))
                .map_err(|_| no_data())?;
            Ok(api)
        };
        let mut languages = setup.languages.split('+');
        let main = load(languages.next().unwrap_or_default())?;
        let others = languages.map(load).collect::<Result<_, _>>()?;
        Ok(Self {
            main,
            others,
            segmentation: setup.segmentation,
            identity: EngineIdentity {
                name: "tesseract".to_owned(),
                version: version().to_string_lossy().into_owned(),
                data: setup.languages.clone(),
            },
        })
    }
}

impl Engine for Tesseract {
    fn identity(&self) -> &EngineIdentity {
        &self.identity
    }

    fn recognise(
        &mut self,
        page: &GrayImage,
        dpi: u32,
        layout: Layout,
    ) -> Result<Recognised, EngineError> {
        let segmentation = match layout {
            Layout::Page | Layout::UprightPage => self.segmentation,
            Layout::OneBlock => TessPageSegMode_PSM_SINGLE_BLOCK,
            Layout::OneLine => TessPageSegMode_PSM_SINGLE_LINE,
        };
        let mut best = read(&mut self.main, page, dpi, segmentation)?;
        if matches!(layout, Layout::Page | Layout::UprightPage) && best.is_mostly_latin() {
            for other in &mut self.others {
                let found = read(other, page, dpi, segmentation)?;
                if found.confidence_mean() > best.confidence_mean() {
                    best = found;
                }
            }
        }
        Ok(best.without_stray_quotes().with_wide_marks())
    }
}

fn read(
    api: &mut TessBaseApi,
    page: &GrayImage,
    dpi: u32,
    segmentation: u32,
) -> Result<Recognised, EngineError> {
    let failed = |step| EngineError::Failed { step };
    api.set_page_seg_mode(segmentation);
    let width = i32::try_from(page.width()).map_err(|_| failed("taking the image"))?;
    let height = i32::try_from(page.height()).map_err(|_| failed("taking the image"))?;
    api.set_image(page.as_raw(), width, height, 1, width)
        .map_err(|_| failed("taking the image"))?;
    api.set_source_resolution(i32::try_from(dpi.clamp(70, 2400)).unwrap_or(300));
    api.recognize()
        .map_err(|_| failed("recognising the page"))?;
    let table = api
        .get_tsv_text(0)
        .map_err(|_| failed("giving the words"))?;
    Ok(from_tsv(&table.as_ref().to_string_lossy()))
}

/// Tesseract's table of words: level, page, block, paragraph, line, word, left, top, width,
/// height, confidence in percent, text.
fn from_tsv(table: &str) -> Recognised {
    let mut lines: Vec<Line> = Vec::new();
    let mut current = None;
    for row in table.lines() {
        let mut columns = row.splitn(12, '\t');
        let mut number = || columns.next().and_then(|c| c.parse::<f32>().ok());
        let (Some(level), Some(_), Some(block), Some(paragraph), Some(line), Some(_)) =
            (number(), number(), number(), number(), number(), number())
        else {
            continue;
        };
        let (Some(x), Some(y), Some(width), Some(height), Some(percent)) =
            (number(), number(), number(), number(), number())
        else {
            continue;
        };
        let text = without_rulings(columns.next().unwrap_or_default());
        if level < 5.0 || text.is_empty() {
            continue;
        }
        let word = Word {
            text: text.to_owned(),
            confidence: (percent / 100.0).clamp(0.0, 1.0),
            place: PixelBox {
                x: pixels(x),
                y: pixels(y),
                width: pixels(width),
                height: pixels(height),
            },
            glyphs: Vec::new(),
        };
        let key = (pixels(block), pixels(paragraph), pixels(line));
        match lines.last_mut() {
            Some(last) if current == Some(key) => {
                last.place = last.place.around(&word.place);
                last.words.push(word);
            }
            _ => {
                current = Some(key);
                lines.push(Line {
                    block: pixels(block),
                    place: word.place,
                    words: vec![word],
                });
            }
        }
    }
    Recognised {
        lines,
        stands: None,
    }
}

/// A word without the table lines that were read as part of it; empty when nothing is left but
/// the quotes that the engine makes of their ends.
fn without_rulings(word: &str) -> &str {
    const RULINGS: [char; 6] = ['|', '｜', '│', '┃', '丨', '¦'];
    let word = word.trim();
    let bare = word.trim_matches(|c| RULINGS.contains(&c) || c == ' ');
    let torn = bare.len() < word.len();
    if torn
        && bare
            .chars()
            .all(|c| matches!(c, '“' | '”' | '"' | '\'' | '‘' | '’'))
    {
        return "";
    }
    bare
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates; the engine's numbers are whole pixels"
)]
fn pixels(value: f32) -> u32 {
    value.max(0.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_words_becomes_lines() {
        let table = "1\t1\t0\t0\t0\t0\t0\t0\t100\t50\t-1\t\n\
                     4\t1\t1\t1\t1\t0\t5\t5\t90\t10\t-1\t\n\
                     5\t1\t1\t1\t1\t1\t5\t5\t20\t10\t96.5\t客户\n\
                     5\t1\t1\t1\t1\t2\t27\t5\t10\t10\t90.0\t号\n\
                     5\t1\t1\t1\t1\t3\t40\t5\t30\t10\t80.0\tA1 b\n\
                     5\t1\t1\t1\t2\t1\t5\t25\t20\t10\t50.0\t \n\
                     5\t1\t1\t1\t3\t1\t5\t35\t20\t10\t50.0\tx\n";
        let read = from_tsv(table);
        assert_eq!(read.text(), "客户号 A1 b\nx\n");
        let line = read.lines.first().unwrap();
        assert_eq!(line.words.len(), 3);
        assert_eq!(
            line.place,
            PixelBox {
                x: 5,
                y: 5,
                width: 65,
                height: 10
            }
        );
        assert!(from_tsv("nonsense\n1\t2\n").lines.is_empty());
    }
}
