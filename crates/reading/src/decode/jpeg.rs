//! JPEG: sizes and resolution from the markers, pixels from the `image` crate.
//!
//! The decoder fills what is missing with grey and says nothing, so the markers are walked
//! first: a stream without its end marker is cut short.

use image::{DynamicImage, ImageDecoder, codecs::jpeg::JpegDecoder};

use super::tiff_directory::Directory;
use super::{check_pixels, from_image_error, jpeg_scans};
use crate::geometry::Dpi;
use crate::limits::Limits;
use crate::raster::{ColourMode, Decoded, Pixels, Viewing};
use crate::unreadable::Unreadable;

/// What the markers say.
#[derive(Debug, Default, PartialEq)]
struct Markers {
    width_px: u16,
    height_px: u16,
    dpi: Option<Dpi>,
    orientation: Option<u16>,
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, Unreadable> {
    let markers = walk(bytes)?;
    let (pixels, mode) = picture(bytes, &markers, limits)?;
    Ok(Decoded {
        size_mm: markers
            .dpi
            .map(|dpi| dpi.size_of(pixels.width(), pixels.height())),
        pixels,
        mode,
        dpi: markers.dpi,
        viewing: Viewing::from_tag(markers.orientation.unwrap_or(1)),
    })
}

/// The pixels of a JPEG that lies in another file.
pub(super) fn decode_embedded(
    bytes: &[u8],
    limits: &Limits,
) -> Result<(Pixels, ColourMode), Unreadable> {
    picture(bytes, &walk(bytes)?, limits)
}

fn picture(
    bytes: &[u8],
    markers: &Markers,
    limits: &Limits,
) -> Result<(Pixels, ColourMode), Unreadable> {
    check_pixels(
        u64::from(markers.width_px),
        u64::from(markers.height_px),
        limits,
    )?;
    if jpeg_scans::are_separate(bytes) {
        return jpeg_scans::picture(bytes, limits);
    }
    let decoder =
        JpegDecoder::new(std::io::Cursor::new(bytes)).map_err(|e| from_image_error(&e))?;
    let (width, height) = decoder.dimensions();
    check_pixels(u64::from(width), u64::from(height), limits)?;
    let image = DynamicImage::from_decoder(decoder).map_err(|e| from_image_error(&e))?;
    Ok(super::png::eight_bit(image))
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    match bytes.get(at..at.checked_add(2)?)? {
        [high, low] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

/// Walks the markers up to the end of the image (ITU-T T.81, B.1).
fn walk(bytes: &[u8]) -> Result<Markers, Unreadable> {
    let cut = |place: &str| Unreadable::Truncated {
        found: format!("the JPEG ends within {place}"),
    };
    let mut markers = Markers::default();
    let mut at = 2;
    let mut scans = 0u32;
    loop {
        match bytes.get(at) {
            None => {
                return Err(cut(if scans > 0 {
                    "its picture data"
                } else {
                    "its header"
                }));
            }
            Some(0xff) => {}
            Some(_) if scans > 0 => {
                at += 1;
                continue;
            }
            Some(other) => {
                return Err(Unreadable::Damaged {
                    found: format!("JPEG marker expected at byte {at}, found {other:#04x}"),
                });
            }
        }
        let marker = *bytes.get(at + 1).ok_or_else(|| cut("a marker"))?;
        match marker {
            // Fill bytes, stuffed zeros, restarts, and markers without a length.
            0xff => at += 1,
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            0xd9 => break,
            _ => {
                let length = usize::from(be16(bytes, at + 2).ok_or_else(|| cut("a segment"))?);
                let body = bytes
                    .get(at + 4..at + 2 + length.max(2))
                    .ok_or_else(|| cut("a segment"))?;
                segment(marker, body, &mut markers);
                if marker == 0xda {
                    scans += 1;
                }
                at += 2 + length.max(2);
            }
        }
    }
    if scans == 0 {
        return Err(Unreadable::Damaged {
            found: "a JPEG without picture data".to_owned(),
        });
    }
    Ok(markers)
}

fn segment(marker: u8, body: &[u8], markers: &mut Markers) {
    match marker {
        // Start of frame, all codings.
        0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
            if let (Some(height), Some(width)) = (be16(body, 1), be16(body, 3)) {
                markers.height_px = height;
                markers.width_px = width;
            }
        }
        0xe0 if body.starts_with(b"JFIF\0") => {
            let unit = body.get(7).copied().unwrap_or(0);
            let (x, y) = (be16(body, 8), be16(body, 10));
            let to_inch = match unit {
                1 => 1.0,
                2 => 2.54,
                _ => return,
            };
            if let (Some(x), Some(y)) = (x, y)
                && markers.dpi.is_none()
            {
                markers.dpi = Dpi::plausible(f64::from(x) * to_inch, f64::from(y) * to_inch);
            }
        }
        0xe1 => {
            if let Some(exif) = body.strip_prefix(b"Exif\0\0")
                && let Some(directory) = Directory::first(exif)
            {
                markers.orientation = markers.orientation.or(directory.orientation());
                // The scanner's own EXIF is more exact than JFIF's whole numbers.
                markers.dpi = directory.dpi().or(markers.dpi);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg_of(width: u32, height: u32) -> Vec<u8> {
        let image = image::GrayImage::from_pixel(width, height, image::Luma([200]));
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
        encoder.set_pixel_density(image::codecs::jpeg::PixelDensity::dpi(300));
        encoder.encode_image(&image).unwrap();
        bytes
    }

    #[test]
    fn markers_give_size_and_resolution() {
        let markers = walk(&jpeg_of(40, 30)).unwrap();
        assert_eq!((markers.width_px, markers.height_px), (40, 30));
        assert_eq!(markers.dpi, Dpi::plausible(300.0, 300.0));
    }

    #[test]
    fn a_cut_jpeg_is_named_at_every_length() {
        let bytes = jpeg_of(64, 64);
        for length in 2..bytes.len() - 1 {
            let found = walk(bytes.get(..length).unwrap());
            assert!(
                matches!(found, Err(Unreadable::Truncated { .. })),
                "{length} of {}: {found:?}",
                bytes.len()
            );
        }
        assert!(walk(&bytes).is_ok());
    }
}
