//! Text recognition (文字识别) behind a trait, so that a second engine can stand beside the first.
//!
//! An engine is given an upright, straightened grey image and says what words stand where. It
//! does not decide what is read from them, nor write any format; [`alto`] does that.

pub mod alto;
pub mod paddle;
pub mod tesseract;

use image::GrayImage;
use serde::{Deserialize, Serialize};

use self::paddle::library::Library;
use self::paddle::{Paddle, PaddleSetup};
use self::tesseract::{Tesseract, TesseractSetup};
use crate::geometry::PixelBox;

/// Which engine read a page, exactly enough to read it again the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineIdentity {
    /// The engine's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The language data it read with.
    pub data: String,
}

/// A recognised word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The text, never empty.
    pub text: String,
    /// From 0 to 1.
    pub confidence: f32,
    /// Where it stands.
    pub place: PixelBox,
}

/// A line of words, in reading order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The number of its block on the page.
    pub block: u32,
    /// Where it stands.
    pub place: PixelBox,
    /// Its words, never none.
    pub words: Vec<Word>,
}

impl Line {
    /// The words as running text: a blank between words, none between Han characters.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for word in &self.words {
            if let (Some(last), Some(first)) = (text.chars().next_back(), word.text.chars().next())
                && !(is_han(last) && is_han(first))
                && !is_wide_mark(last)
                && !is_wide_mark(first)
            {
                text.push(' ');
            }
            text.push_str(&word.text);
        }
        text
    }
}

/// Whether this is a Chinese character (汉字).
#[must_use]
pub const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}' | '〇')
}

/// Whether this is a full-width mark (全角标点), which carries its own blank.
#[must_use]
pub const fn is_wide_mark(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{303f}' | '\u{ff01}'..='\u{ff5e}')
}

const fn widened(c: char) -> char {
    match c {
        ':' => '：',
        ';' => '；',
        ',' => '，',
        '?' => '？',
        '!' => '！',
        '(' => '（',
        ')' => '）',
        _ => c,
    }
}

/// What an engine read on one page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recognised {
    /// The lines, in reading order.
    pub lines: Vec<Line>,
}

impl Recognised {
    /// The whole text, a line a line.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(&line.text());
            text.push('\n');
        }
        text
    }

    /// The mean confidence from 0 to 1, each character of a word counting once; 0 for no text.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "the characters of a page are far below 2^24"
    )]
    pub fn confidence_mean(&self) -> f32 {
        let (mut sum, mut characters) = (0.0f32, 0usize);
        for word in self.lines.iter().flat_map(|line| &line.words) {
            let count = word.text.chars().count();
            sum += word.confidence * count as f32;
            characters += count;
        }
        if characters == 0 {
            0.0
        } else {
            sum / characters as f32
        }
    }

    /// How many characters were read.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.lines
            .iter()
            .flat_map(|line| &line.words)
            .map(|word| word.text.chars().count())
            .sum()
    }

    /// The same text with the marks that Chinese print has: behind a Han character the engine
    /// often gives the narrow form of a wide mark.
    #[must_use]
    pub fn with_wide_marks(mut self) -> Self {
        for line in &mut self.lines {
            let mut before = None;
            for word in &mut line.words {
                word.text = word
                    .text
                    .chars()
                    .map(|c| {
                        let c = if before.is_some_and(|b| is_han(b) || is_wide_mark(b)) {
                            widened(c)
                        } else {
                            c
                        };
                        before = Some(c);
                        c
                    })
                    .collect();
            }
        }
        self
    }

    /// The same text without the quotes that the engine makes of table lines: closing ones at
    /// the beginning of a word that close nothing, opening ones at its end that open nothing.
    #[must_use]
    pub fn without_stray_quotes(mut self) -> Self {
        for line in &mut self.lines {
            let mut open = 0usize;
            for word in &mut line.words {
                if open == 0 {
                    let bare = word.text.trim_start_matches(['”', '’', '"', '\'']);
                    word.text = bare.to_owned();
                }
                open += word.text.matches('“').count();
                open = open.saturating_sub(word.text.matches('”').count());
            }
            let mut closing = 0usize;
            for word in line.words.iter_mut().rev() {
                if closing == 0 {
                    let bare = word.text.trim_end_matches(['“', '‘']);
                    word.text = bare.to_owned();
                }
                closing += word.text.matches('”').count();
                closing = closing.saturating_sub(word.text.matches('“').count());
            }
            line.words.retain(|word| !word.text.is_empty());
        }
        self.lines.retain(|line| !line.words.is_empty());
        self
    }

    /// Whether this is a page of Latin letters rather than of Han characters.
    #[must_use]
    pub fn is_mostly_latin(&self) -> bool {
        let (mut han, mut latin) = (0usize, 0usize);
        for c in self
            .lines
            .iter()
            .flat_map(|line| &line.words)
            .flat_map(|word| word.text.chars())
        {
            han += usize::from(is_han(c));
            latin += usize::from(c.is_ascii_alphabetic());
        }
        latin >= 20 && latin > han
    }

    /// The same text with every box moved.
    #[must_use]
    pub fn moved(mut self, carry: impl Fn(&PixelBox) -> PixelBox) -> Self {
        for line in &mut self.lines {
            for word in &mut line.words {
                word.place = carry(&word.place);
            }
            line.place = line
                .words
                .iter()
                .map(|word| word.place)
                .reduce(|a, b| a.around(&b))
                .unwrap_or_default();
        }
        self
    }
}

/// The engine could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The language data could not be loaded.
    #[error("the OCR data {languages:?} could not be loaded from {folder}")]
    Data {
        /// The languages asked for.
        languages: String,
        /// Where they were looked for.
        folder: String,
    },
    /// A model is not there, or is another one.
    #[error("the OCR model {} cannot be used: {found}", path.display())]
    Model {
        /// Its file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// The library that runs the models is not there, or is another one.
    #[error(
        "the OCR runtime {} cannot be used: {found}; {}",
        path.display(),
        Library::remedy(path)
    )]
    Library {
        /// Its file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// The image was refused or recognition failed.
    #[error("the OCR engine failed at {step}")]
    Failed {
        /// At which step.
        step: &'static str,
    },
}

/// What an engine may assume about a page's layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Nothing: columns, tables, text lying on its side.
    Page,
    /// Upright lines, one below the other: for telling which way round a page is.
    OneBlock,
}

/// A living OCR engine: costly to make, used for many pages.
pub trait Engine {
    /// Which engine this is.
    fn identity(&self) -> &EngineIdentity;

    /// Does something on each thread that the engine has beside the one that calls it, and
    /// answers whether all of it went well. The confinement of a thread is its own.
    fn on_its_threads(&self, _work: &(dyn Fn() -> bool + Sync)) -> bool {
        true
    }

    /// Reads an upright, straightened page. Boxes are in pixels of that image.
    fn recognise(
        &mut self,
        page: &GrayImage,
        dpi: u32,
        layout: Layout,
    ) -> Result<Recognised, EngineError>;
}

impl Engine for Box<dyn Engine> {
    fn identity(&self) -> &EngineIdentity {
        (**self).identity()
    }

    fn on_its_threads(&self, work: &(dyn Fn() -> bool + Sync)) -> bool {
        (**self).on_its_threads(work)
    }

    fn recognise(
        &mut self,
        page: &GrayImage,
        dpi: u32,
        layout: Layout,
    ) -> Result<Recognised, EngineError> {
        (**self).recognise(page, dpi, layout)
    }
}

/// Which engine reads, and how it is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineSetup {
    /// Tesseract.
    Tesseract(TesseractSetup),
    /// The PP-OCR models.
    Paddle(PaddleSetup),
}

impl Default for EngineSetup {
    fn default() -> Self {
        Self::Tesseract(TesseractSetup::default())
    }
}

impl EngineSetup {
    /// Makes the engine. Reads files and may start threads, so it comes before the confinement.
    pub fn load(&self) -> Result<Box<dyn Engine>, EngineError> {
        Ok(match self {
            Self::Tesseract(setup) => Box::new(Tesseract::load(setup)?),
            Self::Paddle(setup) => Box::new(Paddle::load(setup)?),
        })
    }
}
