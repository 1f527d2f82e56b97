//! `bench`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use reading::prepare::Step;

/// `bench`.
#[derive(ClapArgs)]
pub struct Bench {
    /// What is measured.
    #[command(subcommand)]
    pub what: What,
}

/// What is measured.
#[derive(Subcommand)]
pub enum What {
    /// How well pages are read: wrong characters, fields, processor time, memory
    Ocr(Ocr),
}

/// `bench ocr`.
#[derive(ClapArgs)]
#[command(
    after_help = "Truth lies beside the images, in DIR/truth/NAME.json:\n  \
    {\"file\":\"001.jpg\",\"colour\":\"grey\",\"dpi\":200,\"pages\":[{\"lines\":[\"客户号 8800012345\"]}],\n   \
    \"fields\":{\"client_no\":\"8800012345\"}}\n\n\
    Pages go through the same confined worker as by ingest, one at a time; nothing is stored. Fields\n\
    are those of the text: barcodes are left out. Exit 1: a bound was missed, or a broken file was read.\n\n\
    Examples:\n  vouchsafe bench ocr fixtures\n  \
    vouchsafe bench ocr fixtures --engine paddle --each-step --csv steps.csv --plot steps.svg"
)]
pub struct Ocr {
    /// The folder with images and truth
    pub folder: PathBuf,
    /// The engines, each measured for itself [default: all that this machine has]
    #[arg(long, value_delimiter = ',')]
    pub engine: Vec<EngineName>,
    /// Where the models of the engine paddle lie [default: as an archive's]
    #[arg(long, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// What runs the models: rten, or the library ONNX Runtime beside them
    #[arg(long, default_value = "rten")]
    pub runtime: RuntimeName,
    /// Where the data of the engine tesseract lies [default: the system's own place]
    #[arg(long, value_name = "DIR")]
    pub tessdata: Option<String>,
    /// Templates of the firm's own: which fields are looked for, and what its numbers look like
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
    /// What the firm knows beforehand: its branches, `branch = ["0012 上海示范路营业部", …]` in TOML
    #[arg(long, value_name = "FILE")]
    pub known: Option<PathBuf>,
    /// Leave a step before reading out
    #[arg(long, value_name = "STEP", value_delimiter = ',', value_parser = step)]
    pub without: Vec<Step>,
    /// Take a step before reading that is not usual
    #[arg(long, value_name = "STEP", value_delimiter = ',', value_parser = step)]
    pub with: Vec<Step>,
    /// Measure once more without each step, one at a time, without all, and with each unusual one
    #[arg(long)]
    pub each_step: bool,
    /// How many files are read at once: for pages a second; processor time a page is then shared
    #[arg(long, default_value = "1", value_name = "N")]
    pub workers: NonZeroUsize,
    /// Only files whose name contains this
    #[arg(long, value_name = "PART")]
    pub only: Option<String>,
    /// Write the table here as CSV
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw the results here as SVG
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Write each field that stood there here, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub fields: Option<PathBuf>,
    /// Let fields be as sure as the engine says, as calibration is made from
    #[arg(long)]
    pub uncalibrated: bool,
    /// Fail if the wrong characters are more than so many per cent, of every colour or of one
    #[arg(long, value_name = "[COLOUR=]PERCENT", value_delimiter = ',')]
    pub cer_max: Vec<Bound>,
    /// Fail if the fields read rightly are fewer than so many per cent
    #[arg(long, value_name = "PERCENT")]
    pub fields_min: Option<f64>,
}

/// A bound of all pages, or of those of a colour.
#[derive(Clone)]
pub struct Bound {
    /// The colour; none for all.
    pub colour: Option<String>,
    /// Per cent.
    pub percent: f64,
}

impl std::str::FromStr for Bound {
    type Err = std::num::ParseFloatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (colour, percent) = match text.split_once('=') {
            Some((colour, percent)) => (Some(colour.to_owned()), percent),
            None => (None, text),
        };
        Ok(Self {
            colour,
            percent: percent.parse()?,
        })
    }
}

/// An engine, or two.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// Tesseract.
    Tesseract,
    /// The PP-OCR models.
    Paddle,
    /// The PP-OCR models, and Tesseract for fields once more.
    Both,
}

/// What runs the models.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RuntimeName {
    /// A part of this program.
    Rten,
    /// The library ONNX Runtime.
    Ort,
}

fn step(word: &str) -> Result<Step, String> {
    Step::ALL
        .into_iter()
        .find(|step| step.as_str() == word)
        .ok_or_else(|| {
            let known = Step::ALL.map(Step::as_str).join(", ");
            format!("expected one of {known}")
        })
}
