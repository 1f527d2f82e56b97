//! A model that runs, whatever runs it. `rten` is Rust and a part of the program; ONNX Runtime
//! is a library that is there or not, see [`library`](super::library).

use image::GrayImage;
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use rten::Model;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use serde::{Deserialize, Serialize};

use super::PaddleSetup;
use super::library::Library;
use crate::ocr::EngineError;

/// What runs the models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// The crate `rten`, a part of this program.
    #[default]
    Rten,
    /// The library ONNX Runtime, loaded when the engine starts.
    Ort,
}

/// A runtime that was started.
pub(super) enum Machine {
    /// Runs them on threads that belong to the process, of which a worker has one.
    Rten,
    /// Runs them on the thread that asks.
    Ort(Environment),
}

impl Machine {
    /// Starts it, or loads its library.
    pub(super) fn start(setup: &PaddleSetup) -> Result<Self, EngineError> {
        Ok(match setup.runtime {
            Runtime::Rten => Self::Rten,
            Runtime::Ort => Self::Ort(Library::load(&setup.library())?),
        })
    }

    /// Its name and version.
    pub(super) fn version(&self) -> String {
        match self {
            Self::Rten => "rten 0.27".to_owned(),
            Self::Ort(_) => format!("onnxruntime {}", Library::VERSION),
        }
    }

    /// Does something on each thread that it has.
    pub(super) fn on_its_threads(&self, work: &(dyn Fn() -> bool + Sync)) -> bool {
        match self {
            // They are there whatever else a model is told to run on, so it is told nothing.
            Self::Rten => rten::thread_pool().run(|| {
                let went_well = rayon::broadcast(|_| work());
                went_well.into_iter().all(|well| well)
            }),
            // It has none: one thread within an operator, and one for the operators, is the
            // thread that asks.
            Self::Ort(_) => true,
        }
    }

    /// A model from its bytes, which are gone once it stands; or what is wrong with them.
    pub(super) fn net(&self, bytes: Vec<u8>) -> Result<Net, String> {
        match self {
            Self::Rten => Model::load(bytes)
                .map(|model| Net::Rten(Box::new(model)))
                .map_err(|error| error.to_string()),
            Self::Ort(environment) => session(environment, &bytes)
                .map(|session| Net::Ort(Box::new(session)))
                .map_err(|error| error.to_string()),
        }
    }
}

fn session(environment: &Environment, bytes: &[u8]) -> ort::Result<Session> {
    Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_parallel_execution(false)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        // A plan of memory is for inputs of one size, and is kept for each. No two lines are
        // of one width: without plans it takes a third less, in the same time.
        .with_memory_pattern(false)?
        .commit_from_memory(bytes)
}

/// What a model is given: an image as three equal channels from -1 to 1.
pub(super) struct Input {
    shape: [usize; 4],
    values: Vec<f32>,
}

impl Input {
    /// One image.
    pub(super) fn of(image: &GrayImage) -> Self {
        let plane = image.as_raw().len();
        let mut values = Vec::with_capacity(plane * 3);
        values.extend(
            image
                .as_raw()
                .iter()
                .map(|value| f32::from(*value) / 127.5 - 1.0),
        );
        values.extend_from_within(..plane);
        values.extend_from_within(..plane);
        let (width, height) = (image.width() as usize, image.height() as usize);
        Self {
            shape: [1, 3, height, width],
            values,
        }
    }
}

/// A model that runs.
pub(super) enum Net {
    Rten(Box<Model>),
    Ort(Box<Session>),
}

impl Net {
    /// What the model says of itself under a key.
    pub(super) fn metadata(&self, key: &str) -> Option<String> {
        match self {
            Self::Rten(model) => model.metadata().get(key).map(str::to_owned),
            Self::Ort(session) => session.metadata().ok()?.custom(key),
        }
    }

    /// Runs it and looks at what came out, its shape and its values, where they lie: for a wide
    /// line they take more memory than all else. None where it failed.
    pub(super) fn run<T>(
        &mut self,
        input: Input,
        look: impl FnOnce(&[usize], &[f32]) -> T,
    ) -> Option<T> {
        match self {
            Self::Rten(model) => {
                let input = NdTensor::from_data(input.shape, input.values);
                let output = model.run_one(input.into(), None).ok()?;
                let output = output.into_tensor::<f32>()?;
                let shape = output.shape().to_vec();
                match output.data() {
                    Some(values) => Some(look(&shape, values)),
                    None => Some(look(&shape, &output.to_vec())),
                }
            }
            Self::Ort(session) => {
                let input = TensorRef::from_array_view((input.shape, input.values.as_slice()));
                let outputs = session.run(ort::inputs![input.ok()?]).ok()?;
                let (_, output) = outputs.iter().next()?;
                let (shape, values) = output.try_extract_tensor::<f32>().ok()?;
                let shape: Option<Vec<usize>> = shape
                    .iter()
                    .map(|side| usize::try_from(*side).ok())
                    .collect();
                Some(look(&shape?, values))
            }
        }
    }
}
