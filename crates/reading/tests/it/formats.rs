//! Every media type and compression arrives as the picture it holds.

use image::GrayImage;
use reading::geometry::QuarterTurn;
use reading::raster::ColourMode;
use reading::worker::Pool;
use reading::{Document, Source};
use tiff::encoder::Compression;

use super::make::{self, Stored};
use super::{pool, read};

async fn one_page(pool: &Pool, name: &str, bytes: &[u8]) -> Document {
    let document = read(pool, bytes)
        .await
        .unwrap_or_else(|failure| panic!("{name}: {failure}"));
    assert_eq!(document.pages.len(), 1, "{name}");
    document
}

/// How many pixels differ by more than lossy compression explains.
fn differing(found: &GrayImage, expected: &GrayImage) -> usize {
    assert_eq!(found.dimensions(), expected.dimensions());
    found
        .pixels()
        .zip(expected.pixels())
        .filter(|(a, b)| a.0[0].abs_diff(b.0[0]) > 60)
        .count()
}

#[tokio::test]
async fn every_type_and_compression_gives_its_picture() {
    let pool = pool().await;
    let page = make::sheet(413, 585);
    let rgb = make::coloured(&page);
    let (width, height) = page.dimensions();
    let black_white = {
        let mut page = page.clone();
        page.pixels_mut()
            .for_each(|p| p.0[0] = if p.0[0] < 128 { 0 } else { 255 });
        page
    };
    let g4 = make::g4(&page);
    let packed = make::packed(&page);
    let inverse: Vec<u8> = packed.iter().map(|byte| !byte).collect();
    let jpeg_grey = {
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 85)
            .encode_image(&page)
            .unwrap();
        bytes
    };
    let jpeg_colour = make::jpeg(&rgb, 200);
    let stored = |compression, photometric, bits, data| Stored {
        width,
        height,
        compression,
        photometric,
        bits,
        data,
        colour_map: None,
    };
    // Palette entry v is the grey v, in sixteen bits.
    let greys: Vec<u16> = (0..3)
        .flat_map(|_| (0..256u16).map(|v| v << 8 | v))
        .collect();
    let cases: Vec<(&str, Vec<u8>, ColourMode, &GrayImage)> = vec![
        ("png", make::png(&page, Some(200)), ColourMode::Grey, &page),
        ("jpeg", jpeg_colour.clone(), ColourMode::Colour, &page),
        (
            "tiff grey",
            make::tiff_grey(std::slice::from_ref(&page), Compression::Uncompressed),
            ColourMode::Grey,
            &page,
        ),
        (
            "tiff grey lzw",
            make::tiff_grey(std::slice::from_ref(&page), Compression::Lzw),
            ColourMode::Grey,
            &page,
        ),
        (
            "tiff grey deflate",
            make::tiff_grey(
                std::slice::from_ref(&page),
                Compression::Deflate(tiff::encoder::DeflateLevel::default()),
            ),
            ColourMode::Grey,
            &page,
        ),
        (
            "tiff grey packbits",
            make::tiff_grey(std::slice::from_ref(&page), Compression::Packbits),
            ColourMode::Grey,
            &page,
        ),
        (
            "tiff rgb lzw",
            make::tiff_rgb(&rgb, Compression::Lzw),
            ColourMode::Colour,
            &page,
        ),
        (
            "tiff cmyk",
            make::tiff_cmyk(&page),
            ColourMode::Colour,
            &page,
        ),
        (
            "tiff g4 white is zero",
            make::tiff_by_hand(&stored(4, 0, 1, &g4)),
            ColourMode::Bilevel,
            &black_white,
        ),
        (
            "tiff bilevel white is zero",
            make::tiff_by_hand(&stored(1, 0, 1, &packed)),
            ColourMode::Bilevel,
            &black_white,
        ),
        (
            "tiff bilevel black is zero",
            make::tiff_by_hand(&stored(1, 1, 1, &inverse)),
            ColourMode::Bilevel,
            &black_white,
        ),
        (
            "tiff jpeg grey",
            make::tiff_by_hand(&stored(7, 1, 8, &jpeg_grey)),
            ColourMode::Grey,
            &page,
        ),
        (
            "tiff jpeg colour",
            make::tiff_by_hand(&stored(7, 6, 8, &jpeg_colour)),
            ColourMode::Colour,
            &page,
        ),
        (
            "tiff palette",
            make::tiff_by_hand(&Stored {
                colour_map: Some(greys),
                ..stored(1, 3, 8, page.as_raw())
            }),
            ColourMode::Colour,
            &page,
        ),
    ];
    for (name, bytes, mode, expected) in &cases {
        let document = one_page(&pool, name, bytes).await;
        let found = &document.pages[0];
        assert_eq!(found.mode, *mode, "{name}");
        assert_eq!((found.width_px, found.height_px), (width, height), "{name}");
        let dpi = found
            .dpi
            .unwrap_or_else(|| panic!("{name} has no resolution"));
        assert!(
            (dpi.x - 200.0).abs() < 0.1 && (dpi.y - 200.0).abs() < 0.1,
            "{name}: {dpi:?}"
        );
        let decoded = Source::open(bytes.clone(), &reading::Limits::default())
            .and_then(|mut source| source.page(1))
            .unwrap();
        let differing = differing(&decoded.pixels.lightness(), expected);
        assert!(
            differing * 200 < (width * height) as usize,
            "{name}: {differing}"
        );
        assert!(found.preview_webp.starts_with(b"RIFF"), "{name}");
    }
}

#[tokio::test]
async fn a_tiff_of_many_pages_gives_them_all() {
    let pool = pool().await;
    let pages = [
        make::sheet(300, 400),
        make::sheet(400, 300),
        make::sheet(320, 320),
    ];
    let bytes = make::tiff_grey(&pages, Compression::Lzw);
    let document = read(&pool, &bytes).await.unwrap();
    let sizes: Vec<_> = document
        .pages
        .iter()
        .map(|page| (page.number, page.width_px, page.height_px))
        .collect();
    assert_eq!(sizes, [(1, 300, 400), (2, 400, 300), (3, 320, 320)]);
    assert_ne!(
        document.pages[0].pixels_sha256,
        document.pages[1].pixels_sha256
    );
}

#[tokio::test]
async fn a_scanned_pdf_is_rendered_at_its_own_resolution() {
    let pool = pool().await;
    let bytes = make::pdf(&make::coloured(&make::a4(200)), 2);
    let document = read(&pool, &bytes).await.unwrap();
    assert_eq!(document.pages.len(), 2);
    let page = &document.pages[1];
    let dpi = page.dpi.unwrap();
    assert!(
        (dpi.x - 200.0).abs() < 1.0 && (dpi.y - 200.0).abs() < 1.0,
        "{dpi:?}"
    );
    assert_eq!((page.width_px, page.height_px), (1653, 2338));
    let size = page.size_mm.unwrap();
    assert!((size.width - 210.0).abs() < 0.1 && (size.height - 297.0).abs() < 0.1);
    assert_eq!(document.pages[0].pixels_sha256, page.pixels_sha256);
}

#[tokio::test]
async fn the_orientation_that_the_file_states_is_respected() {
    let pool = pool().await;
    let rgb = make::coloured(&make::sheet(300, 400));
    for (orientation, turn, size) in [
        (1, QuarterTurn::None, (300, 400)),
        (3, QuarterTurn::Half, (300, 400)),
        (6, QuarterTurn::Right, (400, 300)),
        (8, QuarterTurn::Left, (400, 300)),
    ] {
        let bytes = make::jpeg_oriented(&rgb, orientation);
        let document = one_page(&pool, "exif", &bytes).await;
        let page = &document.pages[0];
        assert_eq!(page.turn, turn);
        assert_eq!((page.width_px, page.height_px), size);
    }
}

#[tokio::test]
async fn a_picture_has_the_same_digest_in_every_lossless_file() {
    let pool = pool().await;
    let page = make::sheet(300, 400);
    let png = one_page(&pool, "png", &make::png(&page, None)).await;
    let lzw = make::tiff_grey(std::slice::from_ref(&page), Compression::Lzw);
    let tiff = one_page(&pool, "tiff", &lzw).await;
    assert_eq!(png.pages[0].pixels_sha256, tiff.pages[0].pixels_sha256);
    assert_eq!(png.pages[0].dpi, None);
}

/// The decoder that three crates share makes stripes of these without a word.
#[tokio::test]
async fn colours_in_separate_scans_give_a_picture_or_a_name_but_no_stripes() {
    let pool = pool().await;
    let page = make::sheet(413, 585);
    let jpeg = make::jpeg_in_separate_scans(&page);
    let in_pdf = make::pdf_of_jpeg(&jpeg, page.dimensions(), 1);
    for (name, bytes) in [("jpeg", &jpeg), ("pdf", &in_pdf)] {
        let document = one_page(&pool, name, bytes).await;
        assert_eq!(document.pages[0].mode, ColourMode::Colour, "{name}");
        let decoded = Source::open(bytes.clone(), &reading::Limits::default())
            .and_then(|mut source| source.page(1))
            .unwrap();
        let differing = differing(&decoded.pixels.lightness(), &page);
        assert!(differing * 200 < page.as_raw().len(), "{name}: {differing}");
    }
    let in_tiff = make::tiff_by_hand(&Stored {
        width: page.width(),
        height: page.height(),
        compression: 7,
        photometric: 6,
        bits: 8,
        data: &jpeg,
        colour_map: None,
    });
    let failure = read(&pool, &in_tiff).await.unwrap_err();
    assert_eq!(failure.why.as_str(), "unsupported");
}
