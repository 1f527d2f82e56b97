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
use crate::geometry::{PixelBox, QuarterTurn};

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

impl EngineIdentity {
    /// This engine, with another one that read fields once more.
    fn beside(&self, other: &Self) -> Self {
        let joined = |one: &str, other: &str| format!("{one} + {other}");
        Self {
            name: joined(&self.name, &other.name),
            version: joined(&self.version, &other.version),
            data: joined(&self.data, &other.data),
        }
    }
}

/// A recognised character, where the engine tells the characters of a word apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Glyph {
    /// From 0 to 1.
    pub confidence: f32,
    /// Where it stands.
    pub place: PixelBox,
    /// What the engine would have read instead, and how surely.
    pub other: Option<(char, f32)>,
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
    /// Its characters, one for each of the text; none where the engine does not tell them apart.
    pub glyphs: Vec<Glyph>,
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
    /// How the page must be turned to stand upright, where the engine can tell and was asked by
    /// [`Layout::Page`]. Of a page that must be turned nothing was read.
    #[serde(skip)]
    pub stands: Option<QuarterTurn>,
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
                for glyph in &mut word.glyphs {
                    glyph.place = carry(&glyph.place);
                }
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
    /// Nothing: columns, tables, a page that lies on its side or stands on its head.
    Page,
    /// The same of a page that stands upright.
    UprightPage,
    /// Upright lines, one below the other: for telling which way round a page is.
    OneBlock,
    /// One line: a value that was cut out.
    OneLine,
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

/// Which engines read, and how they are set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineSetup {
    /// Tesseract.
    Tesseract(TesseractSetup),
    /// The PP-OCR models.
    Paddle(PaddleSetup),
    /// The PP-OCR models, and Tesseract for fields once more.
    Both(PaddleSetup, TesseractSetup),
}

impl Default for EngineSetup {
    fn default() -> Self {
        Self::Tesseract(TesseractSetup::default())
    }
}

impl EngineSetup {
    /// Makes the engines. Reads files and may start threads, so it comes before the confinement.
    pub fn load(&self) -> Result<Engines, EngineError> {
        let first: Box<dyn Engine> = match self {
            Self::Tesseract(setup) => Box::new(Tesseract::load(setup)?),
            Self::Paddle(setup) | Self::Both(setup, _) => Box::new(Paddle::load(setup)?),
        };
        let second: Option<Box<dyn Engine>> = match self {
            Self::Both(_, setup) => Some(Box::new(Tesseract::load(setup)?)),
            Self::Tesseract(_) | Self::Paddle(_) => None,
        };
        Ok(Engines { first, second })
    }
}

/// The engines of a reader.
pub struct Engines {
    /// Reads the page.
    pub first: Box<dyn Engine>,
    /// Reads fields once more, for itself.
    pub second: Option<Box<dyn Engine>>,
}

impl Engines {
    /// What read a page: of two engines both are named.
    #[must_use]
    pub fn identity(&self) -> EngineIdentity {
        let first = self.first.identity();
        self.second
            .as_ref()
            .map_or_else(|| first.clone(), |second| first.beside(second.identity()))
    }

    /// Does something on each thread that the engines have beside the one that calls it, and
    /// answers whether all of it went well.
    pub fn on_its_threads(&self, work: &(dyn Fn() -> bool + Sync)) -> bool {
        let second = self.second.as_ref();
        self.first.on_its_threads(work) && second.is_none_or(|second| second.on_its_threads(work))
    }
}
