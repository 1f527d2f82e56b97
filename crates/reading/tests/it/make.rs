//! Makes files: pictures of glyph-like marks in every type and compression.

use std::fmt::Write as _;
use std::io::Cursor;

use image::{GrayImage, Luma, RgbImage};
use tiff::encoder::colortype::{CMYK8, ColorType, Gray8, RGB8};
use tiff::encoder::{Compression, Rational, TiffEncoder};
use tiff::tags::ResolutionUnit;

pub(crate) use testkit::mutate::crc32;

/// A sheet with lines of short dark marks within wide margins, as text looks from afar.
pub(crate) fn sheet(width: u32, height: u32) -> GrayImage {
    let mut page = GrayImage::from_pixel(width, height, Luma([250]));
    for (x, y, pixel) in page.enumerate_pixels_mut() {
        let inside =
            x > width / 8 && x < width - width / 8 && y > height / 10 && y < height - height / 10;
        let (cell, line) = (x / 24, y / 44);
        if inside && y % 44 < 20 && x % 24 < 17 && (cell * 7 + line * 5) % 11 > 2 {
            let hole = (x % 24 / 4 + y % 44 / 4 + cell + line) % 3 == 0;
            if !hole {
                *pixel = Luma([25]);
            }
        }
    }
    page
}

/// A4 at this resolution.
pub(crate) fn a4(dpi: u32) -> GrayImage {
    sheet(dpi * 2100 / 254, dpi * 2970 / 254)
}

pub(crate) fn coloured(page: &GrayImage) -> RgbImage {
    let mut rgb = RgbImage::new(page.width(), page.height());
    for (to, from) in rgb.pixels_mut().zip(page.pixels()) {
        let [v] = from.0;
        to.0 = [v, v.saturating_sub(3), v.saturating_sub(8)];
    }
    rgb
}

/// The page turned clockwise by a small angle, nearest pixel.
pub(crate) fn skewed(page: &GrayImage, degrees: f64) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (w, h) = (f64::from(page.width()), f64::from(page.height()));
    let mut out = GrayImage::from_pixel(page.width(), page.height(), Luma([250]));
    for (x, y, pixel) in out.enumerate_pixels_mut() {
        let (dx, dy) = (f64::from(x) - w / 2.0, f64::from(y) - h / 2.0);
        let (fx, fy) = (w / 2.0 + dx * cos + dy * sin, h / 2.0 - dx * sin + dy * cos);
        if fx >= 0.0 && fy >= 0.0 && fx < w && fy < h {
            *pixel = *page.get_pixel(fx as u32, fy as u32);
        }
    }
    out
}

pub(crate) fn png(page: &GrayImage, dpi: Option<u32>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    page.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let bytes = bytes.into_inner();
    match dpi {
        Some(dpi) => with_phys(&bytes, dpi),
        None => bytes,
    }
}

/// Puts a pHYs chunk behind the header.
fn with_phys(png: &[u8], dpi: u32) -> Vec<u8> {
    let per_metre = (f64::from(dpi) / 0.0254).round() as u32;
    let mut chunk = b"pHYs".to_vec();
    chunk.extend_from_slice(&per_metre.to_be_bytes());
    chunk.extend_from_slice(&per_metre.to_be_bytes());
    chunk.push(1);
    let mut out = png[..33].to_vec();
    out.extend_from_slice(&9u32.to_be_bytes());
    out.extend_from_slice(&chunk);
    out.extend_from_slice(&crc32(&chunk).to_be_bytes());
    out.extend_from_slice(&png[33..]);
    out
}

pub(crate) fn jpeg(page: &RgbImage, dpi: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80);
    encoder.set_pixel_density(image::codecs::jpeg::PixelDensity::dpi(dpi));
    encoder.encode_image(page).unwrap();
    bytes
}

pub(crate) fn jpeg_progressive(page: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.set_progressive(true);
    let [width, height] = [page.width(), page.height()].map(|side| u16::try_from(side).unwrap());
    encoder
        .encode(page.as_raw(), width, height, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    bytes
}

/// A JPEG with an EXIF orientation.
pub(crate) fn jpeg_oriented(page: &RgbImage, orientation: u8) -> Vec<u8> {
    let bytes = jpeg(page, 200);
    let exif: Vec<u8> = [
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
        &[orientation, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&bytes[..2], &[0xff, 0xe1], &length, &exif, &bytes[2..]].concat()
}

/// A JPEG that keeps its colours in separate scans, the second and third at half size. It is put
/// together from grey JPEGs, which are coded the same way.
pub(crate) fn jpeg_in_separate_scans(page: &GrayImage) -> Vec<u8> {
    let half = GrayImage::from_pixel(
        page.width().div_ceil(2),
        page.height().div_ceil(2),
        Luma([128]),
    );
    let mut out = vec![0xff, 0xd8];
    for (id, plane, sampling) in [(1u8, page, 0x22u8), (2, &half, 0x11), (3, &half, 0x11)] {
        let mut grey = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut grey, 85)
            .encode_image(plane)
            .unwrap();
        let mut at = 2;
        loop {
            let marker = grey[at + 1];
            let length = usize::from(u16::from_be_bytes([grey[at + 2], grey[at + 3]]));
            let segment = &grey[at..at + 2 + length];
            at += 2 + length;
            match marker {
                0xdb | 0xc4 => out.extend_from_slice(segment),
                0xc0 if sampling == 0x22 => {
                    out.extend_from_slice(&[0xff, 0xc0, 0, 17, 8]);
                    out.extend_from_slice(&segment[5..9]);
                    out.extend_from_slice(&[3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]);
                }
                0xda => break,
                _ => {}
            }
        }
        out.extend_from_slice(&[0xff, 0xda, 0, 8, 1, id, 0, 0, 63, 0]);
        out.extend_from_slice(&grey[at..grey.len() - 2]);
    }
    out.extend_from_slice(&[0xff, 0xd9]);
    out
}

pub(crate) fn tiff_grey(pages: &[GrayImage], compression: Compression) -> Vec<u8> {
    tiff_of::<Gray8>(
        &pages
            .iter()
            .map(|p| (p.width(), p.height(), p.as_raw().clone()))
            .collect::<Vec<_>>(),
        compression,
    )
}

pub(crate) fn tiff_rgb(page: &RgbImage, compression: Compression) -> Vec<u8> {
    tiff_of::<RGB8>(
        &[(page.width(), page.height(), page.as_raw().clone())],
        compression,
    )
}

pub(crate) fn tiff_cmyk(page: &GrayImage) -> Vec<u8> {
    let samples = page
        .as_raw()
        .iter()
        .flat_map(|v| [0, 0, 0, 255 - v])
        .collect();
    tiff_of::<CMYK8>(
        &[(page.width(), page.height(), samples)],
        Compression::Uncompressed,
    )
}

fn tiff_of<C>(pages: &[(u32, u32, Vec<u8>)], compression: Compression) -> Vec<u8>
where
    C: ColorType<Inner = u8>,
{
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes)
        .unwrap()
        .with_compression(compression);
    for (width, height, samples) in pages {
        let mut image = encoder.new_image::<C>(*width, *height).unwrap();
        image.resolution(ResolutionUnit::Inch, Rational { n: 200, d: 1 });
        image.write_data(samples).unwrap();
    }
    bytes.into_inner()
}

/// How a picture is stored in a TIFF that is put together by hand.
pub(crate) struct Stored<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) compression: u16,
    pub(crate) photometric: u16,
    pub(crate) bits: u16,
    pub(crate) data: &'a [u8],
    pub(crate) colour_map: Option<Vec<u16>>,
}

/// A TIFF of one page, little-endian, put together by hand: what no encoder here writes.
pub(crate) fn tiff_by_hand(stored: &Stored<'_>) -> Vec<u8> {
    let mut entries: Vec<(u16, u16, u32, u32)> = Vec::new();
    let short = 3;
    let long = 4;
    let data_at = 8u32;
    let mut tail = Vec::new();
    let tail_at = data_at + u32::try_from(stored.data.len()).unwrap();
    entries.push((256, long, 1, stored.width));
    entries.push((257, long, 1, stored.height));
    entries.push((258, short, 1, stored.bits.into()));
    entries.push((259, short, 1, stored.compression.into()));
    entries.push((262, short, 1, stored.photometric.into()));
    entries.push((273, long, 1, data_at));
    entries.push((277, short, 1, if stored.photometric == 6 { 3 } else { 1 }));
    entries.push((278, long, 1, stored.height));
    entries.push((279, long, 1, u32::try_from(stored.data.len()).unwrap()));
    entries.push((282, 5, 1, tail_at));
    entries.push((283, 5, 1, tail_at));
    tail.extend_from_slice(&200u32.to_le_bytes());
    tail.extend_from_slice(&1u32.to_le_bytes());
    entries.push((296, short, 1, 2));
    if stored.photometric == 6 {
        let at = tail_at + u32::try_from(tail.len()).unwrap();
        tail.extend([8u16, 8, 8].iter().flat_map(|v| v.to_le_bytes()));
        tail.extend([0, 0]);
        entries[2] = (258, short, 3, at);
    }
    if let Some(map) = &stored.colour_map {
        let at = tail_at + u32::try_from(tail.len()).unwrap();
        entries.push((320, short, u32::try_from(map.len()).unwrap(), at));
        tail.extend(map.iter().flat_map(|v| v.to_le_bytes()));
    }
    let directory_at = tail_at + u32::try_from(tail.len()).unwrap();
    let mut bytes = b"II*\0".to_vec();
    bytes.extend_from_slice(&directory_at.to_le_bytes());
    bytes.extend_from_slice(stored.data);
    bytes.extend_from_slice(&tail);
    bytes.extend_from_slice(&u16::try_from(entries.len()).unwrap().to_le_bytes());
    for (tag, kind, count, value) in entries {
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes.extend_from_slice(&0u32.to_le_bytes());
    bytes
}

/// CCITT group 4.
pub(crate) fn g4(page: &GrayImage) -> Vec<u8> {
    let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
    let width = u16::try_from(page.width()).unwrap();
    for row in page.rows() {
        let line = row.map(|p| {
            if p.0[0] < 128 {
                fax::Color::Black
            } else {
                fax::Color::White
            }
        });
        encoder.encode_line(line, width).unwrap();
    }
    encoder.finish().unwrap().finish()
}

/// One bit a pixel, rows on byte boundaries, 1 is black.
pub(crate) fn packed(page: &GrayImage) -> Vec<u8> {
    page.rows()
        .flat_map(|row| {
            let bits: Vec<bool> = row.map(|p| p.0[0] < 128).collect();
            bits.chunks(8)
                .map(|eight| {
                    eight
                        .iter()
                        .enumerate()
                        .fold(0u8, |byte, (i, black)| byte | u8::from(*black) << (7 - i))
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// A PDF as scanners write it: each page one JPEG of this many pixels, A4.
pub(crate) fn pdf(page: &RgbImage, page_count: usize) -> Vec<u8> {
    pdf_of_jpeg(&jpeg(page, 200), page.dimensions(), page_count)
}

/// The same with a JPEG that is given.
pub(crate) fn pdf_of_jpeg(jpeg: &[u8], dimensions: (u32, u32), page_count: usize) -> Vec<u8> {
    let how = "/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode";
    pdf_of_image(jpeg, dimensions, how, page_count)
}

/// A PDF of one page as fax machines write it.
pub(crate) fn pdf_of_g4(page: &GrayImage) -> Vec<u8> {
    let how = format!(
        "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns {}/Rows {}>>",
        page.width(),
        page.height()
    );
    pdf_of_image(&g4(page), page.dimensions(), &how, 1)
}

/// A PDF of one page with the compression of PNG.
pub(crate) fn pdf_of_deflate(page: &GrayImage) -> Vec<u8> {
    let how = format!(
        "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns {}>>",
        page.width()
    );
    pdf_of_image(&png_data(&png(page, None)), page.dimensions(), &how, 1)
}

/// The coded rows of a PNG.
fn png_data(png: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut at = 8;
    while let Some(length) = png.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        if &png[at + 4..at + 8] == b"IDAT" {
            data.extend_from_slice(&png[at + 8..at + 8 + length]);
        }
        at += 12 + length;
    }
    data
}

fn pdf_of_image(data: &[u8], (width, height): (u32, u32), how: &str, page_count: usize) -> Vec<u8> {
    let mut pdf = Pdf::default();
    let image = pdf.stream(
        &format!("/Type/XObject/Subtype/Image/Width {width}/Height {height}{how}"),
        data,
    );
    let content = pdf.stream("", b"q 595.276 0 0 841.89 0 0 cm /I Do Q");
    pdf.pages(
        page_count,
        &format!("/Contents {content} 0 R/Resources<</XObject<</I {image} 0 R>>>>"),
        "",
    )
}

/// A PDF with nothing on its pages.
pub(crate) fn pdf_empty_pages(page_count: usize) -> Vec<u8> {
    Pdf::default().pages(page_count, "", "")
}

/// A PDF that says it needs a password.
pub(crate) fn pdf_encrypted() -> Vec<u8> {
    let mut pdf = Pdf::default();
    let zeros = "0".repeat(64);
    let encrypt = pdf.object(&format!(
        "<</Filter/Standard/V 2/R 3/Length 128/P -3904/O<{zeros}>/U<{zeros}>>>"
    ));
    pdf.pages(
        1,
        "",
        &format!("/Encrypt {encrypt} 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]"),
    )
}

#[derive(Default)]
struct Pdf {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl Pdf {
    fn object(&mut self, body: &str) -> usize {
        self.raw(body.as_bytes())
    }

    fn stream(&mut self, keys: &str, data: &[u8]) -> usize {
        let head = format!("<<{keys}/Length {}>>\nstream\n", data.len());
        self.raw(&[head.as_bytes(), data, b"\nendstream"].concat())
    }

    fn raw(&mut self, body: &[u8]) -> usize {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(b"%PDF-1.4\n");
        }
        self.offsets.push(self.bytes.len());
        let number = self.offsets.len();
        self.bytes
            .extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(b"\nendobj\n");
        number
    }

    fn pages(mut self, count: usize, keys: &str, trailer: &str) -> Vec<u8> {
        let first = self.offsets.len() + 1;
        let tree = first + count;
        for _ in 0..count {
            self.object(&format!(
                "<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 595.276 841.89]{keys}>>"
            ));
        }
        let kids: Vec<String> = (first..tree).map(|n| format!("{n} 0 R")).collect();
        let kids = kids.join(" ");
        self.object(&format!("<</Type/Pages/Count {count}/Kids[{kids}]>>"));
        let root = self.object(&format!("<</Type/Catalog/Pages {tree} 0 R>>"));
        let start = self.bytes.len();
        let mut end = format!("xref\n0 {}\n0000000000 65535 f \n", self.offsets.len() + 1);
        for offset in &self.offsets {
            writeln!(end, "{offset:010} 00000 n ").unwrap();
        }
        writeln!(
            end,
            "trailer\n<</Size {}/Root {root} 0 R{trailer}>>\nstartxref\n{start}\n%%EOF",
            self.offsets.len() + 1
        )
        .unwrap();
        self.bytes.extend_from_slice(end.as_bytes());
        self.bytes
    }
}
