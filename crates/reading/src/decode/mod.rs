//! Foreign bytes to pages, under limits.
//!
//! The type is told from the bytes; names are not known here. Sizes are checked before anything
//! is decoded. This module does not confine itself: it is called inside the worker.

mod jpeg;
mod jpeg_scans;
mod pdf;
mod png;
mod tiff;
mod tiff_directory;

use domain::MediaType;

use crate::limits::Limits;
use crate::raster::Decoded;
use crate::unreadable::{ReadFailure, Unreadable};

enum Content {
    Tiff(tiff::TiffPages),
    Jpeg(Vec<u8>),
    Png(Vec<u8>),
    Pdf(Box<pdf::PdfPages>),
}

/// A file whose pages can be decoded one by one.
pub struct Source {
    content: Content,
    media_type: MediaType,
    page_count: u32,
    limits: Limits,
}

impl Source {
    /// Looks at the file: its type, its pages, its bounds. Nothing is decoded yet.
    pub fn open(bytes: Vec<u8>, limits: &Limits) -> Result<Self, ReadFailure> {
        if bytes.is_empty() {
            return Err(ReadFailure::file(Unreadable::Empty));
        }
        let found_bytes = bytes.len() as u64;
        if found_bytes > limits.file_bytes_max {
            return Err(ReadFailure::file(Unreadable::TooLarge {
                found_bytes,
                max_bytes: limits.file_bytes_max,
            }));
        }
        let media_type = MediaType::detect(&bytes);
        let (content, page_count) = match media_type {
            MediaType::Tiff => {
                let pages = tiff::TiffPages::open(bytes, limits)?;
                let count = pages.count();
                (Content::Tiff(pages), count)
            }
            MediaType::Jpeg => (Content::Jpeg(bytes), 1),
            MediaType::Png => (Content::Png(bytes), 1),
            MediaType::Pdf => {
                let pages = pdf::PdfPages::open(bytes, limits).map_err(ReadFailure::file)?;
                let count = pages.count();
                (Content::Pdf(Box::new(pages)), count)
            }
            MediaType::Unknown => return Err(ReadFailure::file(Unreadable::UnknownType)),
        };
        if page_count == 0 {
            return Err(ReadFailure::file(Unreadable::NoPages));
        }
        Ok(Self {
            content,
            media_type,
            page_count,
            limits: limits.clone(),
        })
    }

    /// What the bytes are.
    #[must_use]
    pub fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// How many pages there are.
    #[must_use]
    pub fn page_count(&self) -> u32 {
        self.page_count
    }

    /// Decodes one page, counted from 1.
    pub fn page(&mut self, number: u32) -> Result<Decoded, ReadFailure> {
        let index = number.saturating_sub(1);
        match &mut self.content {
            Content::Tiff(pages) => pages.page(index, &self.limits),
            Content::Jpeg(bytes) => jpeg::decode(bytes, &self.limits),
            Content::Png(bytes) => png::decode(bytes, &self.limits),
            Content::Pdf(pages) => pages.page(index, &self.limits),
        }
        .map_err(|why| ReadFailure::page(number, why))
    }
}

/// Refuses a page that states more pixels than allowed, or none at all.
fn check_pixels(width_px: u64, height_px: u64, limits: &Limits) -> Result<(), Unreadable> {
    if width_px == 0 || height_px == 0 {
        return Err(Unreadable::Damaged {
            found: format!("a page of {width_px} × {height_px} pixels"),
        });
    }
    let fits = width_px
        .checked_mul(height_px)
        .is_some_and(|pixels| pixels <= limits.page_pixels_max)
        && u16::try_from(width_px).is_ok()
        && u16::try_from(height_px).is_ok();
    if fits {
        Ok(())
    } else {
        Err(Unreadable::TooManyPixels {
            width_px,
            height_px,
            pixels_max: limits.page_pixels_max,
        })
    }
}

/// A decoder's words about what it met, short enough for a register.
fn damaged(error: &dyn std::error::Error) -> Unreadable {
    Unreadable::Damaged {
        found: shortened(&error.to_string()),
    }
}

/// Foreign words, short and without control characters, so that they can be shown and kept.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The errors of the `image` crate in the words of this one.
fn from_image_error(error: &image::ImageError) -> Unreadable {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(current) = cause {
        let end_of_file = current
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::UnexpectedEof);
        if end_of_file {
            return Unreadable::Truncated {
                found: shortened(&error.to_string()),
            };
        }
        cause = current.source();
    }
    match error {
        image::ImageError::Unsupported(_) => Unreadable::Unsupported {
            found: shortened(&error.to_string()),
        },
        image::ImageError::Limits(_)
        | image::ImageError::Decoding(_)
        | image::ImageError::Encoding(_)
        | image::ImageError::Parameter(_)
        | image::ImageError::IoError(_) => damaged(error),
    }
}

/// ITU-R BT.601, full range, as in JFIF.
fn from_ycbcr(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
    .map(clamp)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded and clamped to the range of a byte"
)]
fn clamp(value: f32) -> u8 {
    // Not `round`, which is a call a sample.
    (value + 0.5).clamp(0.0, 255.0) as u8
}
