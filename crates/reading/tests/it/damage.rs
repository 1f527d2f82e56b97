//! Bad input gets a name, and the pool goes on.

use reading::{Limits, Unreadable};
use tiff::encoder::Compression;

use super::make;
use super::{pool, pool_with, read};

async fn code(pool: &reading::worker::Pool, bytes: &[u8]) -> &'static str {
    match read(pool, bytes).await {
        Ok(_) => "read",
        Err(failure) => {
            assert!(!failure.why.hint().is_empty());
            failure.why.as_str()
        }
    }
}

#[tokio::test]
async fn bad_files_are_named() {
    let pool = pool().await;
    let huge_png = {
        let mut header = b"IHDR".to_vec();
        header.extend_from_slice(&50_000u32.to_be_bytes());
        header.extend_from_slice(&50_000u32.to_be_bytes());
        header.extend_from_slice(&[8, 2, 0, 0, 0]);
        let crc = make::crc32(&header).to_be_bytes();
        [b"\x89PNG\r\n\x1a\n\0\0\0\x0d".as_slice(), &header, &crc].concat()
    };
    let huge_tiff = make::tiff_by_hand(&make::Stored {
        width: 50_000,
        height: 50_000,
        compression: 4,
        photometric: 0,
        bits: 1,
        data: &[0; 64],
        colour_map: None,
    });
    let ring = {
        let mut bytes = make::tiff_grey(&[make::sheet(50, 50)], Compression::Uncompressed);
        let at = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
        let entries = u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()) as usize;
        let next = at + 2 + entries * 12;
        let first: [u8; 4] = bytes[4..8].try_into().unwrap();
        bytes[next..next + 4].copy_from_slice(&first);
        bytes
    };
    for (name, bytes, expected) in [
        ("nothing", Vec::new(), "empty"),
        ("words", b"this is no picture".to_vec(), "unknown-type"),
        ("gif", b"GIF89a\x01\0\x01\0".to_vec(), "unknown-type"),
        ("50,000 × 50,000 png", huge_png, "too-many-pixels"),
        ("50,000 × 50,000 tiff", huge_tiff, "too-many-pixels"),
        (
            "pdf of 10,000 pages",
            make::pdf_empty_pages(10_000),
            "too-many-pages",
        ),
        ("encrypted pdf", make::pdf_encrypted(), "encrypted"),
        (
            "pdf without structure",
            b"%PDF-1.4\nnothing\n%%EOF\n".to_vec(),
            "damaged",
        ),
        ("a ring of tiff directories", ring, "damaged"),
        (
            "a tiff of nothing",
            b"II*\0\x08\0\0\0".to_vec(),
            "truncated",
        ),
        ("a jpeg of nothing", vec![0xff, 0xd8, 0xff, 0xd9], "damaged"),
    ] {
        assert_eq!(code(&pool, &bytes).await, expected, "{name}");
    }
    // A sound file after all that.
    assert_eq!(
        code(&pool, &make::png(&make::a4(100), Some(100))).await,
        "read"
    );
}

#[tokio::test]
async fn limits_are_those_that_were_set() {
    let small = Limits {
        file_bytes_max: 200_000,
        pages_max: 2,
        page_pixels_max: 90_000,
        ..Limits::default()
    };
    let pool = pool_with(small, &[]).await;
    let page = make::sheet(300, 300);
    let tiff = |count| make::tiff_grey(&vec![page.clone(); count], Compression::Lzw);
    assert_eq!(code(&pool, &tiff(2)).await, "read");
    assert_eq!(code(&pool, &tiff(3)).await, "too-many-pages");
    let wide = make::png(&make::sheet(301, 300), None);
    assert_eq!(code(&pool, &wide).await, "too-many-pixels");
    let large = [make::png(&page, None), vec![0; 200_000]].concat();
    assert_eq!(code(&pool, &large).await, "too-large");
}

#[tokio::test]
async fn files_cut_at_any_length_are_named_and_the_pool_goes_on() {
    let pool = pool().await;
    let page = make::sheet(160, 200);
    let rgb = make::coloured(&page);
    let g4 = make::g4(&page);
    let files = [
        ("png", make::png(&page, Some(200))),
        ("jpeg", make::jpeg(&rgb, 200)),
        (
            "lzw",
            make::tiff_grey(&[page.clone(), page.clone()], Compression::Lzw),
        ),
        (
            "g4",
            make::tiff_by_hand(&make::Stored {
                width: 160,
                height: 200,
                compression: 4,
                photometric: 0,
                bits: 1,
                data: &g4,
                colour_map: None,
            }),
        ),
        ("pdf", make::pdf(&rgb, 1)),
    ];
    for (name, bytes) in &files {
        let whole = read(&pool, bytes).await.unwrap();
        let step = (bytes.len() / 40).max(1);
        for length in (1..bytes.len()).step_by(step) {
            match read(&pool, &bytes[..length]).await {
                // What was cut off was not needed: nothing of the picture is missing.
                Ok(document) => {
                    let digests = |d: &reading::Document| {
                        d.pages.iter().map(|p| p.pixels_sha256).collect::<Vec<_>>()
                    };
                    assert_eq!(
                        digests(&document),
                        digests(&whole),
                        "{name} cut at {length}"
                    );
                }
                Err(failure) => {
                    let named = matches!(
                        failure.why,
                        Unreadable::Truncated { .. }
                            | Unreadable::Damaged { .. }
                            | Unreadable::UnknownType
                    );
                    assert!(named, "{name} cut at {length}: {failure}");
                }
            }
        }
    }
}
