//! TIFF: one page and many, through the `tiff` crate.
//!
//! The chain of directories is walked by hand, so that pages are counted and strips are known to
//! lie inside the file before anything is decoded. Palette images, which the crate refuses, are
//! decoded as grey and looked up in their colour map.

use std::io::Cursor;

use image::{GrayImage, RgbImage};
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult};

use super::tiff_directory::Directory;
use super::{check_pixels, damaged, from_ycbcr, jpeg_scans, shortened};
use crate::limits::Limits;
use crate::raster::{ColourMode, Decoded, Pixels, Viewing};
use crate::unreadable::{ReadFailure, Unreadable};

const COMPRESSION: u16 = 259;
const JPEG: u64 = 7;
const PHOTOMETRIC: u16 = 262;
const COLOUR_MAP: u16 = 320;
const PALETTE: u64 = 3;
const BLACK_IS_ZERO: u16 = 1;

/// The pages of a TIFF file.
pub(super) struct TiffPages {
    bytes: Vec<u8>,
    /// Offsets of the directories; of a `BigTIFF` only their number matters.
    directories: Vec<usize>,
    classic: bool,
}

impl TiffPages {
    pub(super) fn open(bytes: Vec<u8>, limits: &Limits) -> Result<Self, ReadFailure> {
        let classic = matches!(bytes.get(..4), Some([b'I', _, 42, _] | [b'M', _, _, 42]));
        let directories = if classic {
            walk(&bytes, limits)?
        } else {
            count_big(&bytes, limits)?
        };
        Ok(Self {
            bytes,
            directories,
            classic,
        })
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.directories.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn page(&mut self, index: u32, limits: &Limits) -> Result<Decoded, Unreadable> {
        let index = index as usize;
        let offset = *self.directories.get(index).ok_or(Unreadable::NoPages)?;
        if !self.classic {
            let mut decoder = Decoder::new(Cursor::new(&self.bytes)).map_err(|e| told(&e))?;
            decoder.seek_to_image(index).map_err(|e| told(&e))?;
            return decode(decoder, None, None, limits);
        }
        let directory =
            Directory::at(&self.bytes, offset).ok_or_else(|| Unreadable::Truncated {
                found: format!("directory {} lies outside the file", index + 1),
            })?;
        strips_inside(&directory, self.bytes.len())?;
        jpegs_in_one_scan(&directory, &self.bytes)?;
        let palette = palette_of(&directory);
        let photometric = directory.entry(PHOTOMETRIC);
        let big_endian = directory.is_big_endian();
        // This page becomes the first one: other pages' damage is none of its business, and
        // nothing has to be sought.
        let start = u32::try_from(offset).unwrap_or(u32::MAX);
        put(
            &mut self.bytes,
            4,
            &if big_endian {
                start.to_be_bytes()
            } else {
                start.to_le_bytes()
            },
        );
        if let (Some(_), Some(entry)) = (&palette, photometric) {
            put(
                &mut self.bytes,
                entry.value_at,
                &if big_endian {
                    BLACK_IS_ZERO.to_be_bytes()
                } else {
                    BLACK_IS_ZERO.to_le_bytes()
                },
            );
        }
        let opened = Decoder::new(Cursor::new(&self.bytes)).map_err(|e| told(&e));
        let decoded = opened.and_then(|decoder| {
            let directory = Directory::at(&self.bytes, offset);
            decode(decoder, directory.as_ref(), palette.as_deref(), limits)
        });
        if let (Some(_), Some(entry)) = (&palette, photometric) {
            let was = u16::try_from(PALETTE).unwrap_or(0);
            put(
                &mut self.bytes,
                entry.value_at,
                &if big_endian {
                    was.to_be_bytes()
                } else {
                    was.to_le_bytes()
                },
            );
        }
        decoded
    }
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + value.len()) {
        place.copy_from_slice(value);
    }
}

/// The errors of the `tiff` crate in the words of this one.
fn told(error: &tiff::TiffError) -> Unreadable {
    match error {
        tiff::TiffError::UnsupportedError(_) => Unreadable::Unsupported {
            found: shortened(&error.to_string()),
        },
        tiff::TiffError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            Unreadable::Truncated {
                found: shortened(&error.to_string()),
            }
        }
        tiff::TiffError::IoError(_)
        | tiff::TiffError::FormatError(_)
        | tiff::TiffError::LimitsExceeded
        | tiff::TiffError::IntSizeError
        | tiff::TiffError::UsageError(_) => damaged(error),
    }
}

fn too_many(found: usize, limits: &Limits) -> ReadFailure {
    ReadFailure::file(Unreadable::TooManyPages {
        found: found as u64,
        max: limits.pages_max,
    })
}

/// Follows the chain of directories of a classic TIFF (TIFF 6.0, section 2).
fn walk(bytes: &[u8], limits: &Limits) -> Result<Vec<usize>, ReadFailure> {
    let big_endian = bytes.first() == Some(&b'M');
    let number = |at: usize, length: usize| -> Option<usize> {
        let part = bytes.get(at..at.checked_add(length)?)?;
        let fold = |value: usize, byte: &u8| value << 8 | usize::from(*byte);
        Some(if big_endian {
            part.iter().fold(0, fold)
        } else {
            part.iter().rev().fold(0, fold)
        })
    };
    let mut directories = Vec::new();
    let mut at = number(4, 4);
    while at != Some(0) {
        let page = u32::try_from(directories.len() + 1).unwrap_or(u32::MAX);
        let cut = || {
            ReadFailure::page(
                page,
                Unreadable::Truncated {
                    found: format!("directory {page} lies outside the file"),
                },
            )
        };
        let here = at.ok_or_else(cut)?;
        if directories.contains(&here) {
            return Err(ReadFailure::page(
                page,
                Unreadable::Damaged {
                    found: "the directories form a ring".to_owned(),
                },
            ));
        }
        directories.push(here);
        if directories.len() > limits.pages_max as usize {
            return Err(too_many(directories.len(), limits));
        }
        let entries = number(here, 2).ok_or_else(cut)?;
        let next = here + 2 + entries * 12;
        at = Some(number(next, 4).ok_or_else(cut)?);
    }
    Ok(directories)
}

fn count_big(bytes: &[u8], limits: &Limits) -> Result<Vec<usize>, ReadFailure> {
    let mut decoder =
        Decoder::new(Cursor::new(bytes)).map_err(|e| ReadFailure::page(1, told(&e)))?;
    let mut directories = vec![0];
    while decoder.more_images() {
        let page = u32::try_from(directories.len() + 1).unwrap_or(u32::MAX);
        decoder
            .next_image()
            .map_err(|e| ReadFailure::page(page, told(&e)))?;
        directories.push(0);
        if directories.len() > limits.pages_max as usize {
            return Err(too_many(directories.len(), limits));
        }
    }
    Ok(directories)
}

/// Strips or tiles that end beyond the file are the usual mark of a copy that was cut short,
/// and decoders differ in what they make of it.
fn strips_inside(directory: &Directory<'_>, file_bytes: usize) -> Result<(), Unreadable> {
    for (offsets, counts) in [(273, 279), (324, 325)] {
        let (Some(offsets), Some(counts)) = (directory.numbers(offsets), directory.numbers(counts))
        else {
            continue;
        };
        for (offset, count) in offsets.iter().zip(&counts) {
            let end = offset.saturating_add(*count);
            if end > file_bytes as u64 {
                return Err(Unreadable::Truncated {
                    found: format!("picture data up to byte {end} in a file of {file_bytes} bytes"),
                });
            }
        }
    }
    Ok(())
}

/// See [`jpeg_scans`]: better no picture than a wrong one.
fn jpegs_in_one_scan(directory: &Directory<'_>, bytes: &[u8]) -> Result<(), Unreadable> {
    if directory.numbers(COMPRESSION) != Some(vec![JPEG]) {
        return Ok(());
    }
    for tag in [273, 324] {
        for offset in directory.numbers(tag).unwrap_or_default() {
            let stream = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
            if stream.is_some_and(jpeg_scans::are_separate) {
                return Err(Unreadable::Unsupported {
                    found: "JPEG within TIFF with its colours in separate scans".to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// The colour map as red, green, blue, of eight bits each; none when the page has no palette.
fn palette_of(directory: &Directory<'_>) -> Option<Vec<[u8; 3]>> {
    let photometric = directory.numbers(PHOTOMETRIC)?;
    if photometric.first() != Some(&PALETTE) {
        return None;
    }
    let map = directory.numbers(COLOUR_MAP).unwrap_or_default();
    let colours = map.len() / 3;
    let high = |value: Option<&u64>| u8::try_from(value.copied().unwrap_or(0) >> 8).unwrap_or(0);
    Some(
        (0..colours)
            .map(|i| {
                [
                    high(map.get(i)),
                    high(map.get(colours + i)),
                    high(map.get(2 * colours + i)),
                ]
            })
            .collect(),
    )
}

fn decode(
    mut decoder: Decoder<Cursor<&Vec<u8>>>,
    directory: Option<&Directory<'_>>,
    palette: Option<&[[u8; 3]]>,
    limits: &Limits,
) -> Result<Decoded, Unreadable> {
    let (width, height) = decoder.dimensions().map_err(|e| told(&e))?;
    check_pixels(u64::from(width), u64::from(height), limits)?;
    let mut bounds = tiff::decoder::Limits::default();
    bounds.decoding_buffer_size =
        usize::try_from(limits.page_pixels_max.saturating_mul(8)).unwrap_or(usize::MAX);
    bounds.intermediate_buffer_size =
        usize::try_from(limits.worker_memory_bytes_max / 2).unwrap_or(usize::MAX);
    bounds.ifd_value_size = 16 * 1024 * 1024;
    let mut decoder = decoder.with_limits(bounds);
    let colour = decoder.colortype().map_err(|e| told(&e))?;
    let layout = decoder.image_buffer_layout().map_err(|e| told(&e))?;
    let mut result = DecodingResult::U8(Vec::new());
    decoder
        .read_image_to_buffer(&mut result)
        .map_err(|e| told(&e))?;
    let samples = eight_bit(result)?;
    let samples = if layout.planes > 1 {
        interleave(&samples, layout.planes)
    } else {
        samples
    };
    let (pixels, mode) = picture(colour, width, height, samples, palette)?;
    let dpi = directory.and_then(Directory::dpi);
    Ok(Decoded {
        size_mm: dpi.map(|dpi| dpi.size_of(width, height)),
        pixels,
        mode,
        dpi,
        viewing: Viewing::from_tag(directory.and_then(Directory::orientation).unwrap_or(1)),
    })
}

fn eight_bit(result: DecodingResult) -> Result<Vec<u8>, Unreadable> {
    let high = |v: u64, bits: u32| u8::try_from(v >> (bits - 8)).unwrap_or(u8::MAX);
    match result {
        DecodingResult::U8(samples) => Ok(samples),
        DecodingResult::U16(samples) => {
            Ok(samples.iter().map(|v| high(u64::from(*v), 16)).collect())
        }
        DecodingResult::U32(samples) => {
            Ok(samples.iter().map(|v| high(u64::from(*v), 32)).collect())
        }
        DecodingResult::U64(_)
        | DecodingResult::F16(_)
        | DecodingResult::F32(_)
        | DecodingResult::F64(_)
        | DecodingResult::I8(_)
        | DecodingResult::I16(_)
        | DecodingResult::I32(_)
        | DecodingResult::I64(_) => Err(Unreadable::Unsupported {
            found: "TIFF samples that are signed, fractional or of 64 bits".to_owned(),
        }),
    }
}

fn interleave(planar: &[u8], planes: usize) -> Vec<u8> {
    let plane = planar.len() / planes.max(1);
    let mut samples = Vec::with_capacity(planar.len());
    for index in 0..plane {
        for p in 0..planes {
            samples.push(planar.get(p * plane + index).copied().unwrap_or(0));
        }
    }
    samples
}

/// Samples to a picture.
fn picture(
    colour: ColorType,
    width: u32,
    height: u32,
    samples: Vec<u8>,
    palette: Option<&[[u8; 3]]>,
) -> Result<(Pixels, ColourMode), Unreadable> {
    let short = || Unreadable::Truncated {
        found: format!("fewer samples than {width} × {height} pixels need"),
    };
    let grey = |samples: Vec<u8>| GrayImage::from_raw(width, height, samples).ok_or_else(short);
    let rgb = |samples: Vec<u8>| RgbImage::from_raw(width, height, samples).ok_or_else(short);
    let bits = colour.bit_depth();
    match colour {
        ColorType::Gray(bits) => {
            let indexes = if bits < 8 {
                unpack(&samples, width, bits)
            } else {
                samples
            };
            if let Some(palette) = palette {
                let looked_up = indexes
                    .iter()
                    .flat_map(|i| palette.get(usize::from(*i)).copied().unwrap_or_default())
                    .collect();
                return Ok((Pixels::Rgb(rgb(looked_up)?), ColourMode::Colour));
            }
            let values = if bits < 8 {
                let top = (1u16 << bits) - 1;
                indexes
                    .iter()
                    .map(|v| u8::try_from(u16::from(*v) * 255 / top).unwrap_or(u8::MAX))
                    .collect()
            } else {
                indexes
            };
            let mode = if bits == 1 {
                ColourMode::Bilevel
            } else {
                ColourMode::Grey
            };
            Ok((Pixels::Grey(grey(values)?), mode))
        }
        ColorType::GrayA(8 | 16) | ColorType::Multiband { num_samples: 2, .. } if bits >= 8 => {
            let values = samples.chunks_exact(2).filter_map(|p| p.first().copied());
            Ok((Pixels::Grey(grey(values.collect())?), ColourMode::Grey))
        }
        ColorType::RGB(8 | 16) => Ok((Pixels::Rgb(rgb(samples)?), ColourMode::Colour)),
        ColorType::RGBA(8 | 16) => convert(&samples, 4, |p| match p {
            [r, g, b, a] => [r, g, b].map(|v| over_white(*v, *a)),
            _ => [255; 3],
        })
        .pipe(rgb)
        .map(|image| (Pixels::Rgb(image), ColourMode::Colour)),
        ColorType::CMYK(8 | 16) => convert(&samples, 4, |p| match p {
            [c, m, y, k] => [c, m, y].map(|v| ink(*v, *k)),
            _ => [255; 3],
        })
        .pipe(rgb)
        .map(|image| (Pixels::Rgb(image), ColourMode::Colour)),
        ColorType::YCbCr(8) => convert(&samples, 3, |p| match p {
            [y, cb, cr] => from_ycbcr(*y, *cb, *cr),
            _ => [255; 3],
        })
        .pipe(rgb)
        .map(|image| (Pixels::Rgb(image), ColourMode::Colour)),
        ColorType::GrayA(_)
        | ColorType::RGB(_)
        | ColorType::RGBA(_)
        | ColorType::CMYK(_)
        | ColorType::CMYKA(_)
        | ColorType::YCbCr(_)
        | ColorType::Palette(_)
        | ColorType::Lab(_)
        | ColorType::Multiband { .. } => Err(unsupported(colour)),
        other => Err(unsupported(other)),
    }
}

fn unsupported(colour: ColorType) -> Unreadable {
    Unreadable::Unsupported {
        found: format!("TIFF pixels of kind {colour:?}"),
    }
}

trait Pipe: Sized {
    fn pipe<T>(self, next: impl FnOnce(Self) -> T) -> T {
        next(self)
    }
}

impl Pipe for Vec<u8> {}

fn convert(samples: &[u8], channels: usize, to_rgb: impl Fn(&[u8]) -> [u8; 3]) -> Vec<u8> {
    samples.chunks_exact(channels).flat_map(to_rgb).collect()
}

/// Rows of packed samples, high bits first, each row on a byte boundary.
fn unpack(packed: &[u8], width: u32, bits: u8) -> Vec<u8> {
    let bits = usize::from(bits.max(1));
    let per_byte = (8 / bits).max(1);
    let width = width as usize;
    let mask = u8::try_from((1u16 << bits) - 1).unwrap_or(u8::MAX);
    let mut samples = Vec::with_capacity(packed.len() * per_byte);
    for row in packed.chunks(width.div_ceil(per_byte).max(1)) {
        for x in 0..width {
            let byte = row.get(x / per_byte).copied().unwrap_or(0);
            samples.push(byte >> (8 - bits - (x % per_byte) * bits) & mask);
        }
    }
    samples
}

fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

fn ink(colour: u8, black: u8) -> u8 {
    let light = u32::from(255 - colour) * u32::from(255 - black) / 255;
    u8::try_from(light).unwrap_or(u8::MAX)
}
