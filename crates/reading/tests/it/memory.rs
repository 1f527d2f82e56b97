//! The bound of a worker's memory lies between what the largest page needs and a gibibyte more.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ImageBuffer, RgbImage, Rgba};
use reading::worker::Pool;
use reading::{Limits, ReadOptions};

use super::processes::{mib, no_worker_is_left, workers};
use super::{config, make};

/// A voucher, laid out again and again on a page of as many pixels as are allowed.
fn largest_page(limits: &Limits) -> RgbImage {
    let voucher = testkit::fixtures().join("vouchers/opening-colour-300.jpg");
    let voucher = image::open(voucher).unwrap().to_rgb8();
    let side = u32::try_from(limits.page_pixels_max.isqrt()).unwrap();
    RgbImage::from_fn(side, side, |x, y| {
        *voucher.get_pixel(x % voucher.width(), y % voucher.height())
    })
}

/// With eight bytes a pixel, the most there is.
fn widest_png(page: &RgbImage) -> Vec<u8> {
    let wide = ImageBuffer::from_fn(page.width(), page.height(), |x, y| {
        let [r, g, b] = page.get_pixel(x, y).0.map(|v| u16::from(v) * 257);
        Rgba([r, g, b, u16::MAX])
    });
    let mut bytes = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Sub);
    wide.write_with_encoder(encoder).unwrap();
    bytes.into_inner()
}

#[tokio::test]
#[ignore = "minutes: tests/campaign images"]
async fn the_largest_page_fits_and_a_gibibyte_more_does_not() {
    let limits = Limits {
        page_seconds_max: 3_600,
        ..Limits::default()
    };
    let bound_mib = limits.worker_memory_bytes_max >> 20;
    let page = largest_page(&limits);
    let mut most = 0;
    for (name, bytes) in [
        ("png", widest_png(&page)),
        ("pdf", make::pdf(&page, 1)),
        ("jpeg", make::jpeg(&page, 300)),
    ] {
        let pool = Pool::start(config(limits.clone(), &[])).await.unwrap();
        let read = pool.read(bytes.into(), &ReadOptions::default()).await;
        let document = read.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let peak = workers().iter().filter_map(|w| mib(w, "VmPeak:")).max();
        let peak = peak.unwrap();
        println!(
            "{name} of {} pixels, {} characters read: {peak} of {bound_mib} MiB",
            u64::from(page.width()) * u64::from(page.height()),
            document.pages[0].characters,
        );
        most = most.max(peak);
        drop(pool);
        no_worker_is_left().await;
    }
    assert!(
        most + 1024 > bound_mib,
        "a gibibyte more than {most} MiB is to be had"
    );
}
