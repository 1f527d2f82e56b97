//! The two runtimes of the models: they read the same, confined, and a missing one is named.

use reading::ReadOptions;
use reading::ocr::EngineSetup;
use reading::ocr::paddle::library::Library;
use reading::ocr::paddle::{PaddleSetup, Runtime};
use reading::worker::{Pool, PoolError};

use super::config;

/// With what the test is pointed to: models, and the library beside them.
fn setup(models: &str, runtime: Runtime) -> EngineSetup {
    EngineSetup::Paddle(PaddleSetup {
        runtime,
        ..PaddleSetup::of(models.into())
    })
}

/// Of those that this thread started.
fn threads_of_the_youngest_worker() -> usize {
    let children = std::fs::read_to_string("/proc/thread-self/children").unwrap();
    let worker = children.split_whitespace().last().unwrap();
    std::fs::read_dir(format!("/proc/{worker}/task"))
        .unwrap()
        .count()
}

#[tokio::test]
async fn both_runtimes_read_the_same_and_are_confined() {
    let Ok(models) = std::env::var("VOUCHSAFE_MODELS") else {
        eprintln!("VOUCHSAFE_MODELS names no folder: nothing was tried");
        return;
    };
    let library = PaddleSetup::of(models.as_str().into()).library();
    if let Some(fault) = Library::fault(&library) {
        eprintln!("{}: {fault}: nothing was tried", library.display());
        return;
    }
    let page = testkit::fixtures().join("vouchers/change-colour-200.jpg");
    let page = std::fs::read(page).unwrap();
    let mut read = Vec::new();
    for (runtime, name, threads) in [
        (Runtime::Rten, "rten", 2),
        // None that the confinement would have to reach.
        (Runtime::Ort, "onnxruntime", 1),
    ] {
        let mut config = config(reading::Limits::default(), &[]);
        config.engine = setup(&models, runtime);
        let pool = Pool::start(config).await.unwrap();
        assert!(pool.confinement().seccomp);
        let version = &pool.engine().version;
        assert!(version.starts_with(name), "{version}");
        let options = ReadOptions::default();
        let document = pool.read(page.clone().into(), &options).await.unwrap();
        assert_eq!(threads_of_the_youngest_worker(), threads, "{name}");
        read.push(document.pages[0].text.clone());
    }
    assert!(read[0].contains("客户"), "{}", read[0]);
    assert_eq!(read[0], read[1]);
}

#[tokio::test]
async fn a_missing_library_is_named_with_what_to_do() {
    let mut config = config(reading::Limits::default(), &[]);
    config.engine = setup("/no/such/folder", Runtime::Ort);
    let Err(PoolError::Refused { why }) = Pool::start(config).await else {
        panic!("a worker came up without its library");
    };
    let said = why.to_string();
    assert!(said.contains("/no/such/folder/libonnxruntime.so"), "{said}");
    assert!(said.contains("deploy/onnxruntime"), "{said}");
}
