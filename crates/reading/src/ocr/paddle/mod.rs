//! The second engine: the PP-OCR models (飞桨文字识别), run in Rust by `rten` or by the library ONNX
//! Runtime (`net`), which takes two thirds of the time and is not in the program ([`library`]).
//!
//! Four steps: a model marks where text stands on the page (`detect`), a second one tells whether
//! the page stands on its head (`direction`), a third one reads what stands in each place
//! (`recognise`), and the places are put into lines and words (`lines`). The models are not ours and not in the project; [`models`] says which they are
//! and refuses any others.

mod detect;
mod direction;
pub mod library;
mod lines;
pub mod models;
mod net;
mod recognise;

use std::path::PathBuf;

use image::GrayImage;
use serde::{Deserialize, Serialize};

use self::detect::Detector;
use self::direction::Direction;
use self::library::Library;
use self::models::ModelFile;
use self::net::Machine;
pub use self::net::Runtime;
use self::recognise::Recogniser;
use super::{Engine, EngineError, EngineIdentity, Layout, Recognised};
use crate::geometry::{PixelBox, QuarterTurn};

/// How the second engine is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaddleSetup {
    /// The folder with the models.
    pub models: PathBuf,
    /// The longest side of the page in which text is looked for, in pixels. Reading takes the
    /// page as it is.
    #[serde(default = "longest_side_px")]
    pub longest_side_px: u32,
    /// What runs the models.
    #[serde(default)]
    pub runtime: Runtime,
    /// The library of the runtime `ort`; left out: [`Library::NAME`] beside the models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onnxruntime: Option<PathBuf>,
}

const fn longest_side_px() -> u32 {
    1280
}

impl PaddleSetup {
    /// With the models of a folder.
    #[must_use]
    pub const fn of(models: PathBuf) -> Self {
        Self {
            models,
            longest_side_px: longest_side_px(),
            runtime: Runtime::Rten,
            onnxruntime: None,
        }
    }

    /// Where the library of the runtime `ort` lies.
    #[must_use]
    pub fn library(&self) -> PathBuf {
        match &self.onnxruntime {
            Some(path) => path.clone(),
            None => self.models.join(Library::NAME),
        }
    }
}

/// A living second engine.
pub struct Paddle {
    detector: Detector,
    direction: Direction,
    recogniser: Recogniser,
    machine: Machine,
    identity: EngineIdentity,
}

impl Paddle {
    /// Loads the models, and the library that runs them if it is one. Reads files and may start
    /// a thread, so it comes before the confinement.
    pub fn load(setup: &PaddleSetup) -> Result<Self, EngineError> {
        let machine = Machine::start(setup)?;
        let detector = ModelFile::DETECTION.load(&setup.models, &machine)?;
        let direction = ModelFile::DIRECTION.load(&setup.models, &machine)?;
        let recogniser = ModelFile::RECOGNITION.load(&setup.models, &machine)?;
        Ok(Self {
            detector: Detector::new(detector, setup.longest_side_px),
            direction: Direction::new(direction),
            recogniser: Recogniser::new(recogniser)?,
            identity: EngineIdentity {
                name: "paddle".to_owned(),
                version: machine.version(),
                data: format!(
                    "{} + {}",
                    ModelFile::DETECTION.name,
                    ModelFile::RECOGNITION.name
                ),
            },
            machine,
        })
    }
}

impl Engine for Paddle {
    fn identity(&self) -> &EngineIdentity {
        &self.identity
    }

    fn on_its_threads(&self, work: &(dyn Fn() -> bool + Sync)) -> bool {
        self.machine.on_its_threads(work)
    }

    fn recognise(
        &mut self,
        page: &GrayImage,
        _dpi: u32,
        layout: Layout,
    ) -> Result<Recognised, EngineError> {
        let places = match layout {
            Layout::Page | Layout::UprightPage | Layout::OneBlock => self.detector.places(page)?,
            Layout::OneLine => vec![PixelBox {
                x: 0,
                y: 0,
                width: page.width(),
                height: page.height(),
            }],
        };
        let stands = match layout {
            Layout::Page => Some(self.direction.of(page, &places)?),
            Layout::UprightPage | Layout::OneBlock | Layout::OneLine => None,
        };
        if stands.is_some_and(|turn| turn != QuarterTurn::None) {
            return Ok(Recognised {
                lines: Vec::new(),
                stands,
            });
        }
        let mut read = Vec::new();
        for place in places {
            if let Some(text) = self.recogniser.read(page, place)? {
                read.push(text);
            }
        }
        Ok(Recognised {
            stands,
            ..lines::of(read).with_wide_marks()
        })
    }
}
