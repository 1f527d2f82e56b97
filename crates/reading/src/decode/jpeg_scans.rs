//! JPEGs that keep their colours in separate scans.
//!
//! The decoder that `image`, `tiff` and `hayro` share makes stripes of such a picture when a
//! colour is subsampled, without a word (zune-jpeg 0.5.15; its issue 419). But a scan of one
//! component is coded exactly as a grey JPEG of that component's size (ITU-T T.81, A.2.2), and
//! grey JPEGs it decodes well: so each scan is made a file of its own, and the colours are put
//! together here.

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, GrayImage, Rgb, RgbImage};

use super::{check_pixels, from_image_error};
use crate::limits::Limits;
use crate::raster::{ColourMode, Pixels};
use crate::unreadable::Unreadable;

/// A component as the frame header has it.
#[derive(Clone, Copy)]
struct Component {
    id: u8,
    across: u8,
    down: u8,
    quantisation: u8,
}

struct Frame {
    marker: u8,
    height: u16,
    width: u16,
    components: Vec<Component>,
}

/// One scan of one component, and the tables in force before it.
struct Scan<'a> {
    component: u8,
    tables: u8,
    coded: &'a [u8],
    before: Vec<u8>,
}

struct Parts<'a> {
    frame: Frame,
    scans: Vec<Scan<'a>>,
    /// Adobe's marker says that the components are red, green and blue.
    plain_rgb: bool,
}

/// Whether a sequential JPEG of several components keeps them in separate scans.
pub(super) fn are_separate(bytes: &[u8]) -> bool {
    let mut at = 2;
    let mut components = None;
    while let Some([0xff, marker]) = bytes.get(at..at + 2) {
        match marker {
            0xc0 | 0xc1 => components = bytes.get(at + 9).copied(),
            0xda => {
                let in_scan = bytes.get(at + 4).copied();
                return components.is_some_and(|all| all > 1) && in_scan < components;
            }
            _ => {}
        }
        let Some(length) = be16(bytes, at + 2) else {
            return false;
        };
        at += 2 + usize::from(length.max(2));
    }
    false
}

/// The picture of such a JPEG.
pub(super) fn picture(bytes: &[u8], limits: &Limits) -> Result<(Pixels, ColourMode), Unreadable> {
    let unsupported = || Unreadable::Unsupported {
        found: "a JPEG in separate scans that is not of three components, one a scan".to_owned(),
    };
    let parts = split(bytes).ok_or_else(unsupported)?;
    let (width, height) = (u32::from(parts.frame.width), u32::from(parts.frame.height));
    check_pixels(u64::from(width), u64::from(height), limits)?;
    let mut planes = Vec::new();
    for component in &parts.frame.components {
        let scan = parts
            .scans
            .iter()
            .find(|scan| scan.component == component.id)
            .ok_or_else(unsupported)?;
        let plane = plane(&parts.frame, *component, scan).ok_or_else(unsupported)?;
        let decoder = JpegDecoder::new(std::io::Cursor::new(&plane))
            .map_err(|error| from_image_error(&error))?;
        let plane = DynamicImage::from_decoder(decoder)
            .map_err(|error| from_image_error(&error))?
            .into_luma8();
        planes.push(plane);
    }
    let [first, second, third] = planes.as_slice() else {
        return Err(unsupported());
    };
    let [first, second, third] =
        [first, second, third].map(|plane| full_size(plane, width, height));
    let mut image = RgbImage::new(width, height);
    let samples = first.iter().zip(&second).zip(&third);
    for (pixel, ((a, b), c)) in image.pixels_mut().zip(samples) {
        *pixel = Rgb(if parts.plain_rgb {
            [*a, *b, *c]
        } else {
            super::from_ycbcr(*a, *b, *c)
        });
    }
    Ok((Pixels::Rgb(image), ColourMode::Colour))
}

/// The samples of a component at the size of the picture. Samples between its own are
/// interpolated: a seal that is told by its colour must not have steps at its edge.
fn full_size(plane: &GrayImage, width: u32, height: u32) -> Vec<u8> {
    let across = width.div_ceil(plane.width().max(1)).max(1);
    let down = height.div_ceil(plane.height().max(1)).max(1);
    if plane.dimensions() == (width, height) {
        return plane.as_raw().clone();
    }
    let stride = plane.width() as usize;
    let row = |y: u32| {
        let start = y as usize * stride;
        plane
            .as_raw()
            .get(start..start + stride)
            .unwrap_or_default()
    };
    let columns: Vec<(usize, usize, u32)> = (0..width)
        .map(|x| {
            let (left, right, share) = between(x, across, plane.width());
            (left as usize, right as usize, share)
        })
        .collect();
    let (x_whole, y_whole) = (2 * across, 2 * down);
    let mut mixed = vec![0u32; stride];
    let mut full = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        let (upper, lower, y_share) = between(y, down, plane.height());
        for (to, (above, below)) in mixed.iter_mut().zip(row(upper).iter().zip(row(lower))) {
            *to = u32::from(*above) * (y_whole - y_share) + u32::from(*below) * y_share;
        }
        full.extend(columns.iter().map(|(left, right, share)| {
            let (Some(before), Some(after)) = (mixed.get(*left), mixed.get(*right)) else {
                return u8::MAX / 2;
            };
            let sum = before * (x_whole - share) + after * share;
            u8::try_from(sum / (x_whole * y_whole)).unwrap_or(u8::MAX)
        }));
    }
    full
}

/// The samples before and after a pixel, and the share of the second in halves of a pixel:
/// a sample lies in the middle of the pixels that it stands for.
fn between(pixel: u32, factor: u32, samples: u32) -> (u32, u32, u32) {
    let last = samples.saturating_sub(1);
    let place = (2 * pixel + 1).saturating_sub(factor);
    let before = (place / (2 * factor)).min(last);
    (before, (before + 1).min(last), place % (2 * factor))
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(u16::from_be_bytes(two))
}

/// Takes the file apart; none when it is not a sequential JPEG with one component a scan.
fn split(bytes: &[u8]) -> Option<Parts<'_>> {
    let mut at = 2;
    let mut frame = None;
    let mut scans = Vec::new();
    let mut tables: Vec<u8> = Vec::new();
    let mut plain_rgb = false;
    loop {
        let [0xff, marker] = bytes.get(at..at + 2)? else {
            return None;
        };
        if *marker == 0xd9 {
            break;
        }
        let length = usize::from(be16(bytes, at + 2)?).max(2);
        let segment = bytes.get(at..at + 2 + length)?;
        let body = segment.get(4..)?;
        at += 2 + length;
        match marker {
            0xc0 | 0xc1 => frame = Some(frame_of(*marker, body)?),
            // Quantisation, Huffman and restart definitions.
            0xdb | 0xc4 | 0xdd => tables.extend_from_slice(segment),
            0xee => plain_rgb = body.starts_with(b"Adobe") && body.get(11) == Some(&0),
            0xda => {
                let [1, component, tables_used, ..] = body else {
                    return None;
                };
                let end = at + coded_length(bytes.get(at..)?);
                scans.push(Scan {
                    component: *component,
                    tables: *tables_used,
                    coded: bytes.get(at..end)?,
                    before: tables.clone(),
                });
                at = end;
            }
            _ => {}
        }
    }
    Some(Parts {
        frame: frame?,
        scans,
        plain_rgb,
    })
}

/// How far coded data goes: up to a marker that is neither a stuffed zero nor a restart.
fn coded_length(bytes: &[u8]) -> usize {
    bytes
        .windows(2)
        .position(
            |pair| matches!(pair, [0xff, marker] if !matches!(marker, 0 | 0xd0..=0xd7 | 0xff)),
        )
        .unwrap_or(bytes.len())
}

fn frame_of(marker: u8, body: &[u8]) -> Option<Frame> {
    let count = usize::from(*body.get(5)?);
    let components = body
        .get(6..6 + count * 3)?
        .chunks_exact(3)
        .map(|part| match part {
            [id, sampling, quantisation] => Some(Component {
                id: *id,
                across: sampling >> 4,
                down: sampling & 15,
                quantisation: *quantisation,
            }),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    let sound = components
        .iter()
        .all(|c| (1..=4).contains(&c.across) && (1..=4).contains(&c.down));
    sound.then_some(Frame {
        marker,
        height: be16(body, 1)?,
        width: be16(body, 3)?,
        components,
    })
}

/// A grey JPEG of one component.
fn plane(frame: &Frame, component: Component, scan: &Scan<'_>) -> Option<Vec<u8>> {
    let size = |whole: u16, factor: u8, most: u8| {
        let samples = u32::from(whole) * u32::from(factor);
        u16::try_from(samples.div_ceil(u32::from(most))).ok()
    };
    let across = frame.components.iter().map(|c| c.across).max()?;
    let down = frame.components.iter().map(|c| c.down).max()?;
    let height = size(frame.height, component.down, down)?.to_be_bytes();
    let width = size(frame.width, component.across, across)?.to_be_bytes();
    Some(
        [
            &[0xff, 0xd8],
            scan.before.as_slice(),
            &[0xff, frame.marker, 0, 11, 8],
            &height,
            &width,
            &[1, 1, 0x11, component.quantisation],
            &[0xff, 0xda, 0, 8, 1, 1, scan.tables, 0, 63, 0],
            scan.coded,
            &[0xff, 0xd9],
        ]
        .concat(),
    )
}
