//! The second engine: the PP-OCR models (飞桨文字识别), run in Rust by `rten`.
//!
//! Four steps: a model marks where text stands on the page (`detect`), a second one tells whether
//! the page stands on its head (`direction`), a third one reads what stands in each place
//! (`recognise`), and the places are put into lines and words (`lines`). The models are not ours and not in the project; [`models`] says which they are
//! and refuses any others.

mod detect;
mod direction;
mod lines;
pub mod models;
mod recognise;

use std::path::PathBuf;
use std::sync::Arc;

use image::GrayImage;
use rten::{RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use serde::{Deserialize, Serialize};

use self::detect::Detector;
use self::direction::Direction;
use self::models::ModelFile;
use self::recognise::Recogniser;
use super::{Engine, EngineError, EngineIdentity, Layout, Recognised};
use crate::geometry::QuarterTurn;

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
        }
    }
}

/// A living second engine.
pub struct Paddle {
    detector: Detector,
    direction: Direction,
    recogniser: Recogniser,
    /// The one thread that runs the models.
    pool: Arc<ThreadPool>,
    identity: EngineIdentity,
}

impl Paddle {
    /// Loads the models. Reads files and starts the one thread that runs them, so it comes
    /// before the confinement.
    pub fn load(setup: &PaddleSetup) -> Result<Self, EngineError> {
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
        let detector = ModelFile::DETECTION.load(&setup.models)?;
        let direction = ModelFile::DIRECTION.load(&setup.models)?;
        let recogniser = ModelFile::RECOGNITION.load(&setup.models)?;
        Ok(Self {
            detector: Detector::new(detector, options.clone(), setup.longest_side_px),
            direction: Direction::new(direction, options.clone()),
            recogniser: Recogniser::new(recogniser, options)?,
            pool,
            identity: EngineIdentity {
                name: "paddle".to_owned(),
                version: "rten 0.27".to_owned(),
                data: format!(
                    "{} + {}",
                    ModelFile::DETECTION.name,
                    ModelFile::RECOGNITION.name
                ),
            },
        })
    }
}

impl Engine for Paddle {
    fn identity(&self) -> &EngineIdentity {
        &self.identity
    }

    fn on_its_threads(&self, work: &(dyn Fn() -> bool + Sync)) -> bool {
        self.pool.run(work)
    }

    fn recognise(
        &mut self,
        page: &GrayImage,
        _dpi: u32,
        layout: Layout,
    ) -> Result<Recognised, EngineError> {
        let places = self.detector.places(page)?;
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

/// An image as the models take it: three equal channels from -1 to 1.
fn normalised(image: &GrayImage) -> NdTensor<f32, 4> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let plane: Vec<f32> = image
        .as_raw()
        .iter()
        .map(|value| f32::from(*value) / 127.5 - 1.0)
        .collect();
    let mut data = Vec::with_capacity(plane.len() * 3);
    for _ in 0..3 {
        data.extend_from_slice(&plane);
    }
    NdTensor::from_data([1, 3, height, width], data)
}
