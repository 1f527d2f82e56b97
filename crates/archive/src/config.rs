//! `vouchsafe.toml`: what an administrator may set. Nothing in it decides what a rule says.

use std::path::{Path, PathBuf};

use reading::fields::template::Templates;
use reading::ocr::EngineSetup;
use reading::ocr::paddle::models::ModelFile;
use reading::ocr::paddle::{PaddleSetup, Runtime};
use reading::ocr::tesseract::TesseractSetup;
use reading::prepare::{Step, Steps};
use serde::{Deserialize, Serialize};

use crate::error::ArchiveError;

/// `vouchsafe.toml`, version 1. Unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The version of this shape: 1.
    pub version: u32,
    /// Where objects lie.
    pub store: StoreConfig,
    /// How far the clock is believed.
    #[serde(default)]
    pub clock: ClockConfig,
    /// How pages are read.
    #[serde(default)]
    pub reading: ReadingConfig,
    /// How the catalog is kept.
    #[serde(default)]
    pub catalog: CatalogConfig,
}

/// Where objects lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// A folder (relative to the archive's), `file://…` or `s3://bucket/prefix`.
    pub url: String,
    /// Another store for headers, erasable and unversioned; the same one if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys_url: Option<String>,
}

/// How far the clock is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockConfig {
    /// How many days the clock may be ahead of the last entry before writing stops.
    pub ahead_days_max: u32,
}

impl Default for ClockConfig {
    fn default() -> Self {
        Self { ahead_days_max: 31 }
    }
}

/// How pages are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadingConfig {
    /// How many files are read at once; 0: as many as there are cores.
    pub workers: usize,
    /// Decode foreign bytes even where the kernel cannot confine the decoder. Each record says
    /// how its decoder was confined.
    pub accept_weak_confinement: bool,
    /// Which engine reads the text.
    pub engine: EngineChoice,
    /// The folder with the models of the engine `paddle`; a relative one lies in the archive's
    /// folder. Left out: `models` there, or else [`MODELS_OF_THE_SYSTEM`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models: Option<String>,
    /// Steps before reading that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Step>,
    /// Steps before reading that are taken beside the usual ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Step>,
    /// A folder with templates of the firm's own, `CLASS.toml` each; a relative one lies in the
    /// archive's folder. They stand in the place of those that come with the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub templates: Option<String>,
    /// What runs the models: `rten`, a part of the program, or the library ONNX Runtime (`ort`).
    pub runtime: Runtime,
    /// That library; a relative one lies in the archive's folder. Left out: beside the models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onnxruntime: Option<String>,
    /// Where the data of the engine `tesseract` lies; the system's own place if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tessdata: Option<String>,
}

/// Where models lie that all archives of a machine use.
pub const MODELS_OF_THE_SYSTEM: &str = "/usr/local/share/vouchsafe/models";

/// Which engine reads the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineChoice {
    /// `paddle` where its models are there, else `tesseract`.
    #[default]
    Auto,
    /// The PP-OCR models; an error where they are not there.
    Paddle,
    /// Tesseract.
    Tesseract,
    /// The PP-OCR models, and Tesseract for fields once more; an error where the models are not
    /// there.
    Both,
}

impl ReadingConfig {
    /// The steps before reading.
    #[must_use]
    pub fn steps(&self) -> Steps {
        let usual = self
            .with
            .iter()
            .fold(Steps::default(), |steps, step| steps.with(*step));
        self.without
            .iter()
            .fold(usual, |steps, step| steps.without(*step))
    }

    /// Which fields are looked for, with the firm's own templates.
    pub fn templates(&self, archive: &Path) -> Result<Templates, ArchiveError> {
        let templates = match &self.templates {
            Some(folder) => Templates::with_folder(&archive.join(folder)),
            None => Templates::embedded(),
        };
        templates.map_err(ArchiveError::Template)
    }

    /// Where the models lie, whether they are there or not.
    #[must_use]
    pub fn models_folder(&self, archive: &Path) -> PathBuf {
        if let Some(models) = &self.models {
            return archive.join(models);
        }
        let own = archive.join("models");
        let of_system = PathBuf::from(MODELS_OF_THE_SYSTEM);
        let whole = |folder: &Path| ModelFile::ALL.iter().all(|one| one.path(folder).exists());
        if !whole(&own) && whole(&of_system) {
            of_system
        } else {
            own
        }
    }

    /// The engine that reads, with its setup. Its paths are absolute: a worker stands elsewhere
    /// than whoever named the archive.
    #[must_use]
    pub fn engine_setup(&self, archive: &Path) -> EngineSetup {
        let archive = &std::path::absolute(archive).unwrap_or_else(|_| archive.to_owned());
        let models = self.models_folder(archive);
        let there = || ModelFile::ALL.iter().any(|one| one.path(&models).exists());
        let tesseract = TesseractSetup {
            data_folder: self.tessdata.clone(),
            ..TesseractSetup::default()
        };
        let paddle = PaddleSetup {
            runtime: self.runtime,
            onnxruntime: self.onnxruntime.as_ref().map(|path| archive.join(path)),
            ..PaddleSetup::of(models.clone())
        };
        match self.engine {
            // A folder with a part of them is a fault that is told, and not passed over.
            EngineChoice::Auto if there() => EngineSetup::Paddle(paddle),
            EngineChoice::Paddle => EngineSetup::Paddle(paddle),
            EngineChoice::Both => EngineSetup::Both(paddle, tesseract),
            EngineChoice::Auto | EngineChoice::Tesseract => EngineSetup::Tesseract(tesseract),
        }
    }
}

/// How the catalog is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogConfig {
    /// The size of its cache. The engine takes two to ten times as much memory.
    pub cache_mib: u64,
}

impl Default for CatalogConfig {
    fn default() -> Self {
        Self { cache_mib: 32 }
    }
}

impl Config {
    /// The version that this program writes.
    pub const VERSION: u32 = 1;

    /// The configuration of a new archive.
    #[must_use]
    pub fn new(store_url: impl Into<String>) -> Self {
        Self {
            version: Self::VERSION,
            store: StoreConfig {
                url: store_url.into(),
                keys_url: None,
            },
            clock: ClockConfig::default(),
            reading: ReadingConfig::default(),
            catalog: CatalogConfig::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_is_set_up_with_paths_that_hold_everywhere() {
        let reading = ReadingConfig {
            engine: EngineChoice::Paddle,
            runtime: Runtime::Ort,
            onnxruntime: Some("libs/libonnxruntime.so".to_owned()),
            ..ReadingConfig::default()
        };
        let EngineSetup::Paddle(setup) = reading.engine_setup(Path::new("archive")) else {
            panic!("another engine");
        };
        assert_eq!(setup.runtime, Runtime::Ort);
        assert!(setup.models.is_absolute());
        let library = setup.library();
        assert!(library.is_absolute());
        assert!(library.ends_with("archive/libs/libonnxruntime.so"));
        let beside = PaddleSetup::of(setup.models.clone()).library();
        assert_eq!(beside, setup.models.join("libonnxruntime.so"));
    }
}
