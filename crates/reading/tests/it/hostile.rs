//! Images made to cost: each is answered within its bounds by the engine that reads with models,
//! and the worker that had it reads the next one.

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, GrayImage, ImageFormat, Luma, RgbImage};
use reading::ocr::EngineSetup;
use reading::ocr::paddle::PaddleSetup;
use reading::worker::Pool;
use reading::{Limits, ReadOptions, Unreadable};
use testkit::seed::Rng;
use tiff::encoder::Compression;

use super::processes::{mib, workers};
use super::{config, make};

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The sides in the header of a PNG, exchanged; its check sum is made anew.
fn with_sides(mut png: Vec<u8>, width: u32, height: u32) -> Vec<u8> {
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let mut sum = u32::MAX;
    for byte in &png[12..29] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
    }
    png[29..33].copy_from_slice(&(!sum).to_be_bytes());
    png
}

fn noise(width: u32, height: u32, seed: u64) -> GrayImage {
    let mut rng = Rng::new(seed);
    GrayImage::from_fn(width, height, |_, _| {
        Luma([u8::try_from(rng.below(256)).unwrap()])
    })
}

/// Name, bytes, and whether it may be read.
fn hostile() -> Vec<(String, Vec<u8>, bool)> {
    let white = |width, height| GrayImage::from_pixel(width, height, Luma([255]));
    let mut files = vec![
        (
            "0 x 0".to_owned(),
            with_sides(png(white(8, 8)), 0, 0),
            false,
        ),
        ("1 x 60,000".to_owned(), png(noise(1, 60_000, 1)), true),
        ("60,000 x 1".to_owned(), png(noise(60_000, 1, 2)), true),
        (
            "200 megapixels".to_owned(),
            with_sides(png(white(8, 8)), 20_000, 10_000),
            false,
        ),
        ("all noise".to_owned(), png(noise(1654, 2339, 3)), true),
        (
            "all black".to_owned(),
            png(GrayImage::from_pixel(1654, 2339, Luma([0]))),
            true,
        ),
        (
            // As many lines of text as a page has room for.
            "a comb".to_owned(),
            png(GrayImage::from_fn(1654, 2339, |x, y| {
                Luma([if y % 12 < 7 && x % 9 < 5 { 0 } else { 255 }])
            })),
            true,
        ),
    ];
    let page = testkit::fixtures().join("vouchers/change-colour-200.jpg");
    let page = image::open(page).unwrap().to_rgb8();
    let small: RgbImage = image::imageops::thumbnail(&page, 827, 1170);
    for (format, bytes) in [
        ("jpeg", make::jpeg(&small, 100)),
        ("png", png(small.clone())),
        ("tiff", make::tiff_rgb(&small, Compression::Uncompressed)),
        ("pdf", make::pdf(&small, 1)),
    ] {
        for share in [1, 50, 99] {
            let part = bytes[..bytes.len() * share / 100].to_vec();
            // A cut-off end may be nothing that matters.
            files.push((format!("{share} % of a {format}"), part, share > 1));
        }
    }
    files
}

/// As `VOUCHSAFE_MODELS` says; Tesseract where it says nothing.
#[tokio::test]
async fn images_made_to_cost_are_answered_within_their_bounds() {
    let limits = Limits::default();
    let mut config = config(limits.clone(), &[]);
    config.workers = std::num::NonZeroUsize::MIN;
    match std::env::var("VOUCHSAFE_MODELS") {
        Ok(models) => config.engine = EngineSetup::Paddle(PaddleSetup::of(models.into())),
        Err(_) => eprintln!("VOUCHSAFE_MODELS names no folder: tried with Tesseract alone"),
    }
    let pool = Pool::start(config).await.unwrap();
    // Twice: what ends a used worker is read again by a fresh one.
    let bound =
        2 * Duration::from_secs(u64::from(limits.page_seconds_max)) + Duration::from_secs(30);
    for (name, bytes, may_be_read) in hostile() {
        let begun = Instant::now();
        let answer = pool.read(bytes.into(), &ReadOptions::default()).await;
        let took = begun.elapsed();
        let peak = workers()
            .iter()
            .filter_map(|worker| mib(worker, "VmHWM:"))
            .max();
        println!(
            "{name}: {} in {took:.1?}, {peak:?} MiB",
            match &answer {
                Ok(document) => format!("read, {} characters", document.pages[0].characters),
                Err(failure) => failure.why.as_str().to_owned(),
            }
        );
        assert!(took < bound, "{name} took {took:?}");
        assert!(may_be_read || answer.is_err(), "{name} was read");
        if let Err(failure) = &answer {
            let contained = matches!(
                failure.why,
                Unreadable::WorkerDied { .. } | Unreadable::NoWorker { .. }
            );
            assert!(!contained, "{name}: {failure}");
        }
    }
    // The service goes on.
    let sound = testkit::fixtures().join("vouchers/change-colour-200.jpg");
    let sound = std::fs::read(sound).unwrap();
    let document = pool
        .read(sound.into(), &ReadOptions::default())
        .await
        .unwrap();
    assert!(document.pages[0].text.contains("客户信息变更申请表"));
}
