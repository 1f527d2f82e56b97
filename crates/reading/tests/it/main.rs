//! The reading crate from outside: whole files through the sandboxed worker.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and keeps its own time and files"
)]

mod broken;
mod confinement;
mod damage;
mod formats;
mod hostile;
mod make;
mod memory;
mod pages;
mod processes;
mod runtimes;

use std::num::NonZeroUsize;

use bytes::Bytes;
use reading::ocr::EngineSetup;
use reading::worker::{ConfinementPolicy, Pool, PoolConfig, WorkerCommand};
use reading::{Document, Limits, ReadFailure, ReadOptions, TextReading};

/// This crate's own worker program.
const WORKER: &str = env!("CARGO_BIN_EXE_reading-worker");

fn config(limits: Limits, args: &[&str]) -> PoolConfig {
    PoolConfig {
        command: WorkerCommand {
            program: WORKER.into(),
            args: args.iter().map(Into::into).collect(),
        },
        workers: NonZeroUsize::new(2).unwrap(),
        limits,
        policy: ConfinementPolicy::Required,
        engine: EngineSetup::default(),
    }
}

async fn pool_with(limits: Limits, args: &[&str]) -> Pool {
    Pool::start(config(limits, args))
        .await
        .expect("the worker starts; is tesseract-ocr-chi-sim installed?")
}

async fn pool() -> Pool {
    pool_with(Limits::default(), &[]).await
}

/// Checks and barcodes only: most tests are not about text.
fn without_text() -> ReadOptions {
    ReadOptions {
        text: TextReading::Skip,
        ..ReadOptions::default()
    }
}

async fn read(pool: &Pool, bytes: &[u8]) -> Result<Document, ReadFailure> {
    pool.read(Bytes::copy_from_slice(bytes), &without_text())
        .await
}
