//! Pages to files: JPEG with its density, TIFF of CCITT group 4, PDF.

use std::io::Cursor;

use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use jpeg_encoder::{ColorType, Encoder as JpegEncoder, PixelDensity, SamplingFactor};
use tiff::encoder::{Rational, TiffEncoder};
use tiff::tags::Tag;

use super::degrade::{Pixels, Raster};
use super::pdf;
use super::{Format, Scan, VoucherError};

/// The bytes of the file.
pub(super) fn encode(pages: &[Raster], scan: &Scan) -> Result<Vec<u8>, VoucherError> {
    match scan.format {
        Format::ColourJpeg(quality) | Format::GreyJpeg(quality) => pages
            .first()
            .map_or(Ok(Vec::new()), |page| jpeg(page, scan.dpi, quality)),
        Format::BilevelTiff => tiff(pages, scan.dpi),
        Format::ColourPdf(quality) => {
            let jpegs = pages
                .iter()
                .map(|page| {
                    Ok(pdf::Page {
                        width_px: page.width,
                        height_px: page.height,
                        dpi: scan.dpi,
                        jpeg: jpeg(page, scan.dpi, quality)?,
                    })
                })
                .collect::<Result<Vec<_>, VoucherError>>()?;
            Ok(pdf::write(&jpegs))
        }
    }
}

/// Chroma is halved both ways, as scanners do it.
fn jpeg(page: &Raster, dpi: u16, quality: u8) -> Result<Vec<u8>, VoucherError> {
    let side = |px: u32| u16::try_from(px).map_err(|_| VoucherError::TooLarge { side_px: px });
    let (bytes, kind): (&[u8], _) = match &page.pixels {
        Pixels::Rgb(bytes) => (bytes, ColorType::Rgb),
        Pixels::Grey(bytes) => (bytes, ColorType::Luma),
        Pixels::Bilevel(_) => (&[], ColorType::Luma),
    };
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new(&mut out, quality);
    encoder.set_density(PixelDensity::dpi(dpi));
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_optimized_huffman_tables(true);
    encoder
        .encode(bytes, side(page.width)?, side(page.height)?, kind)
        .map_err(VoucherError::Jpeg)?;
    Ok(out)
}

fn tiff(pages: &[Raster], dpi: u16) -> Result<Vec<u8>, VoucherError> {
    let mut file = Cursor::new(Vec::new());
    let count = u16::try_from(pages.len()).unwrap_or(u16::MAX);
    let mut encoder = TiffEncoder::new(&mut file).map_err(VoucherError::Tiff)?;
    for (page, number) in pages.iter().zip(0_u16..) {
        let strip = group4(page)?;
        let length = u32::try_from(strip.len()).unwrap_or(u32::MAX);
        let mut directory = encoder.image_directory().map_err(VoucherError::Tiff)?;
        let mut write = || {
            let offset = directory.write_data(strip.as_slice())?;
            let density = || Rational {
                n: u32::from(dpi),
                d: 1,
            };
            directory.write_tag(Tag::NewSubfileType, if count > 1 { 2_u32 } else { 0 })?;
            directory.write_tag(Tag::ImageWidth, page.width)?;
            directory.write_tag(Tag::ImageLength, page.height)?;
            directory.write_tag(Tag::BitsPerSample, 1_u16)?;
            directory.write_tag(Tag::Compression, 4_u16)?;
            directory.write_tag(Tag::PhotometricInterpretation, 0_u16)?;
            directory.write_tag(Tag::FillOrder, 1_u16)?;
            directory.write_tag(Tag::StripOffsets, u32::try_from(offset)?)?;
            directory.write_tag(Tag::Orientation, 1_u16)?;
            directory.write_tag(Tag::SamplesPerPixel, 1_u16)?;
            directory.write_tag(Tag::RowsPerStrip, page.height)?;
            directory.write_tag(Tag::StripByteCounts, length)?;
            directory.write_tag(Tag::XResolution, density())?;
            directory.write_tag(Tag::YResolution, density())?;
            directory.write_tag(Tag::Unknown(293), 0_u32)?; // T6Options
            directory.write_tag(Tag::ResolutionUnit, 2_u16)?; // inch
            directory.write_tag(Tag::Unknown(297), [number, count].as_slice())?; // PageNumber
            directory.write_tag(Tag::Software, "testkit")
        };
        write().map_err(VoucherError::Tiff)?;
        directory.finish().map_err(VoucherError::Tiff)?;
    }
    Ok(file.into_inner())
}

fn group4(page: &Raster) -> Result<Vec<u8>, VoucherError> {
    let width = u16::try_from(page.width).map_err(|_| VoucherError::TooLarge {
        side_px: page.width,
    })?;
    let black: &[bool] = match &page.pixels {
        Pixels::Bilevel(black) => black,
        Pixels::Rgb(_) | Pixels::Grey(_) => &[],
    };
    let mut encoder = Encoder::new(VecWriter::new());
    for row in black.chunks(usize::from(width).max(1)) {
        let colours = row
            .iter()
            .map(|black| if *black { Color::Black } else { Color::White });
        let Ok(()) = encoder.encode_line(colours, width);
    }
    let Ok(writer) = encoder.finish();
    Ok(writer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voucher::Rotation;
    use image::ImageDecoder as _;
    use tiff::decoder::ifd::Value;
    use tiff::decoder::{Decoder, DecodingResult};

    fn scan(format: Format) -> Scan {
        Scan {
            dpi: 300,
            skew_degrees: 0.0,
            rotation: Rotation::None,
            format,
        }
    }

    fn page(salt: usize) -> Raster {
        let black = (0..50 * 37).map(|at| (at * at + salt) % 7 < 2).collect();
        Raster {
            width: 50,
            height: 37,
            pixels: Pixels::Bilevel(black),
        }
    }

    #[test]
    fn group_4_comes_back_bit_for_bit_on_every_page() {
        let pages = [page(0), page(1), page(3)];
        let bytes = encode(&pages, &scan(Format::BilevelTiff)).unwrap();
        let mut decoder = Decoder::new(Cursor::new(bytes)).unwrap();
        for (number, page) in pages.iter().enumerate() {
            assert_eq!(decoder.dimensions().unwrap(), (50, 37));
            for tag in [Tag::XResolution, Tag::YResolution] {
                assert_eq!(decoder.get_tag(tag).unwrap(), Value::Rational(300, 1));
            }
            let DecodingResult::U8(packed) = decoder.read_image().unwrap() else {
                panic!("not bytes");
            };
            let Pixels::Bilevel(black) = &page.pixels else {
                panic!("not bilevel");
            };
            // Rows of 7 bytes; the decoder gives white as 1 whichever way the file says it.
            for (at, black) in black.iter().enumerate() {
                let (x, y) = (at % 50, at / 50);
                let white = packed[y * 7 + x / 8] >> (7 - x % 8) & 1 == 1;
                assert_eq!(white, !black, "page {number} at {x}, {y}");
            }
            assert_eq!(decoder.more_images(), number < 2);
            if decoder.more_images() {
                decoder.next_image().unwrap();
            }
        }
    }

    #[test]
    fn a_jpeg_says_its_density_and_size() {
        let grey = Raster {
            width: 16,
            height: 24,
            pixels: Pixels::Grey(vec![200; 16 * 24]),
        };
        let bytes = encode(&[grey], &scan(Format::GreyJpeg(70))).unwrap();
        assert_eq!(&bytes[6..11], b"JFIF\0");
        assert_eq!(
            &bytes[13..18],
            &[1, 1, 44, 1, 44],
            "300 dots an inch both ways"
        );
        let decoder = image::codecs::jpeg::JpegDecoder::new(Cursor::new(bytes)).unwrap();
        assert_eq!(decoder.dimensions(), (16, 24));
        assert_eq!(decoder.color_type(), image::ColorType::L8);
    }

    #[test]
    fn a_page_too_wide_for_a_fax_line_is_refused() {
        let wide = Raster {
            width: 70_000,
            height: 1,
            pixels: Pixels::Bilevel(vec![false; 70_000]),
        };
        let refused = encode(&[wide], &scan(Format::BilevelTiff));
        assert!(matches!(
            refused,
            Err(VoucherError::TooLarge { side_px: 70_000 })
        ));
    }
}
