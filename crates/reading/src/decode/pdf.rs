//! PDF as scanners write it, through `hayro`.
//!
//! A scanned page is one large image; it is rendered at that image's own resolution, so that
//! every scanned pixel stays one pixel. A page without an image is drawn at [`DRAWN_DPI`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, InterpreterWarning, SoftMask, interpret_page,
    util::TransformExt,
};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::kurbo::{BezPath, Rect};
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::{GrayImage, RgbImage};

use super::{check_pixels, jpeg, jpeg_scans};
use crate::geometry::{Dpi, QuarterTurn, SizeMm};
use crate::limits::Limits;
use crate::raster::{ColourMode, Decoded, Pixels, Viewing};
use crate::unreadable::Unreadable;

/// The resolution at which a page without a scanned image is drawn.
const DRAWN_DPI: f64 = 200.0;
/// A scanned image is rendered at its own resolution within these bounds.
const RENDERED_DPI: std::ops::RangeInclusive<f64> = 100.0..=600.0;
/// An image that covers less of the page than this is a picture on it, not a scan of it.
const SCAN_COVERS: f64 = 0.5;
const POINTS_PER_INCH: f64 = 72.0;

/// The pages of a PDF file.
pub(super) struct PdfPages {
    pdf: Pdf,
}

impl PdfPages {
    pub(super) fn open(bytes: Vec<u8>, limits: &Limits) -> Result<Self, Unreadable> {
        // The reader rebuilds broken files from what is left, silently; a file that was cut
        // short is told here (ISO 32000-1, 7.5.5).
        let tail = bytes
            .get(bytes.len().saturating_sub(2048)..)
            .unwrap_or_default();
        if !tail.windows(5).any(|window| window == b"%%EOF") {
            return Err(Unreadable::Truncated {
                found: "the PDF has no end mark".to_owned(),
            });
        }
        let pdf = Pdf::new(bytes).map_err(|error| match error {
            LoadPdfError::Decryption(_) => Unreadable::Encrypted,
            LoadPdfError::Invalid => Unreadable::Damaged {
                found: "no PDF structure can be made out".to_owned(),
            },
        })?;
        let found = pdf.pages().len();
        if found > limits.pages_max as usize {
            return Err(Unreadable::TooManyPages {
                found: found as u64,
                max: limits.pages_max,
            });
        }
        Ok(Self { pdf })
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.pdf.pages().len()).unwrap_or(u32::MAX)
    }

    pub(super) fn page(&self, index: u32, limits: &Limits) -> Result<Decoded, Unreadable> {
        let pages = self.pdf.pages();
        let page = pages.get(index as usize).ok_or(Unreadable::NoPages)?;
        let (width_pt, height_pt) = page.render_dimensions();
        let (width_pt, height_pt) = (f64::from(width_pt), f64::from(height_pt));
        let images = Images::placed_on(page);
        for (width_px, height_px) in &images.sizes {
            check_pixels(u64::from(*width_px), u64::from(*height_px), limits)?;
        }
        let scan = images.scan_dpi(width_pt * height_pt);
        let size_mm = Some(SizeMm {
            width: width_pt / POINTS_PER_INCH * 25.4,
            height: height_pt / POINTS_PER_INCH * 25.4,
        });
        if let Some(stray) = images.stray_jpeg {
            let (pixels, mode) = match (images.sizes.len(), scan, stray.turn) {
                (1, Some(_), Some(turn)) => {
                    let (pixels, mode) = jpeg::decode_embedded(&stray.bytes, limits)?;
                    (pixels.turned(turn), mode)
                }
                _ => {
                    return Err(Unreadable::Unsupported {
                        found: "JPEG within PDF with its colours in separate scans".to_owned(),
                    });
                }
            };
            return Ok(Decoded {
                pixels,
                mode,
                dpi: scan,
                size_mm,
                viewing: Viewing::default(),
            });
        }
        let drawn = scan.map_or(DRAWN_DPI, |dpi| {
            f64::midpoint(dpi.x, dpi.y).clamp(*RENDERED_DPI.start(), *RENDERED_DPI.end())
        });
        let scale = drawn / POINTS_PER_INCH;
        check_pixels(
            whole(width_pt * scale).max(1),
            whole(height_pt * scale).max(1),
            limits,
        )?;
        let pixmap = draw(page, scale)?;
        let (pixels, mode) = flatten(&pixmap)?;
        Ok(Decoded {
            pixels,
            mode,
            dpi: scan,
            size_mm,
            viewing: Viewing::default(),
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates: a size beyond the range is refused by the caller"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a scale factor needs no more precision"
)]
fn draw(page: &Page<'_>, scale: f64) -> Result<Pixmap, Unreadable> {
    let missing = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&missing);
    let settings = InterpreterSettings {
        warning_sink: Arc::new(move |warning| {
            if matches!(warning, InterpreterWarning::ImageDecodeFailure) {
                noted.store(true, Ordering::Relaxed);
            }
        }),
        ..InterpreterSettings::default()
    };
    // Half a pixel more, so that the renderer's cut to whole pixels keeps the last row.
    let (width, height) = page.render_dimensions();
    let grown = |points: f32| {
        let exact = f64::from(points) * scale;
        ((exact.round() + 0.01) / f64::from(points)) as f32
    };
    let pixmap = render(
        page,
        &RenderCache::new(),
        &settings,
        &RenderSettings::default(),
        &PixmapSettings {
            x_scale: grown(width),
            y_scale: grown(height),
            bg_color: WHITE,
        },
    );
    if missing.load(Ordering::Relaxed) {
        return Err(Unreadable::Damaged {
            found: "an image of the page cannot be decoded".to_owned(),
        });
    }
    Ok(pixmap)
}

/// A rendered page without transparency, and how its colours look.
fn flatten(pixmap: &Pixmap) -> Result<(Pixels, ColourMode), Unreadable> {
    let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    let rgba = pixmap.data_as_u8_slice();
    let coloured = rgba
        .chunks_exact(4)
        .any(|p| matches!(p, [r, g, b, _] if r.abs_diff(*g) > 8 || g.abs_diff(*b) > 8));
    let lost = || Unreadable::Damaged {
        found: "the page cannot be drawn".to_owned(),
    };
    if coloured {
        let samples = rgba
            .chunks_exact(4)
            .flat_map(|p| p.iter().take(3).copied())
            .collect();
        let image = RgbImage::from_raw(width, height, samples).ok_or_else(lost)?;
        return Ok((Pixels::Rgb(image), ColourMode::Colour));
    }
    let samples: Vec<u8> = rgba
        .chunks_exact(4)
        .filter_map(|p| p.get(1).copied())
        .collect();
    let between = samples.iter().filter(|v| (16..240).contains(*v)).count();
    let mode = if between * 200 < samples.len() {
        ColourMode::Bilevel
    } else {
        ColourMode::Grey
    };
    let image = GrayImage::from_raw(width, height, samples).ok_or_else(lost)?;
    Ok((Pixels::Grey(image), mode))
}

/// A device that draws nothing and notes the images that would be drawn, and where.
#[derive(Default)]
struct Images {
    sizes: Vec<(u32, u32)>,
    /// Covered area in square points, and resolution.
    largest: Option<(f64, Dpi)>,
    /// An image that the renderer would make stripes of.
    stray_jpeg: Option<StrayJpeg>,
}

/// See [`jpeg_scans`].
struct StrayJpeg {
    bytes: Vec<u8>,
    /// How it lies on the page; none when it is mirrored or askew.
    turn: Option<QuarterTurn>,
}

impl Images {
    fn placed_on(page: &Page<'_>) -> Self {
        let (width, height) = page.render_dimensions();
        let cache = InterpreterCache::new();
        let mut context = Context::new(
            page.initial_transform(true).to_kurbo(),
            Rect::new(0.0, 0.0, f64::from(width), f64::from(height)),
            &cache,
            page.xref(),
            InterpreterSettings::default(),
        );
        let mut images = Self::default();
        interpret_page(page, &mut context, &mut images);
        images
    }

    fn scan_dpi(&self, page_area: f64) -> Option<Dpi> {
        let (area, dpi) = self.largest?;
        (area >= page_area * SCAN_COVERS).then_some(dpi)
    }
}

/// How an image lies: the transform maps its pixels, counted from the top, to the page.
fn lying(props: &ImageDrawProps<'_>) -> Option<QuarterTurn> {
    let [a, b, c, d, _, _] = props.transform.as_coeffs();
    let none = |value: f64| value.abs() < 1e-6;
    match (none(b) && none(c), none(a) && none(d)) {
        (true, _) if a > 0.0 && d > 0.0 => Some(QuarterTurn::None),
        (true, _) if a < 0.0 && d < 0.0 => Some(QuarterTurn::Half),
        (_, true) if b > 0.0 && c < 0.0 => Some(QuarterTurn::Right),
        (_, true) if b < 0.0 && c > 0.0 => Some(QuarterTurn::Left),
        _ => None,
    }
}

impl<'a> Device<'a> for Images {
    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let (width_px, height_px) = (image.width(), image.height());
        self.sizes.push((width_px, height_px));
        if let Image::Raster(raster) = &image
            && raster.stream().filters().len() == 1
        {
            let bytes = raster.stream().raw_data();
            if bytes.starts_with(&[0xff, 0xd8]) && jpeg_scans::are_separate(&bytes) {
                self.stray_jpeg = Some(StrayJpeg {
                    bytes: bytes.into_owned(),
                    turn: lying(&props),
                });
            }
        }
        // The transform maps the image's pixels to points; turned pages swap the axes.
        let [a, b, c, d, _, _] = props.transform.as_coeffs();
        let across = a.hypot(b);
        let down = c.hypot(d);
        let Some(mut dpi) = Dpi::plausible(POINTS_PER_INCH / across, POINTS_PER_INCH / down) else {
            return;
        };
        if b.abs() > a.abs() {
            dpi = Dpi { x: dpi.y, y: dpi.x };
        }
        let area = across * f64::from(width_px) * down * f64::from(height_px);
        if self.largest.is_none_or(|(largest, _)| area > largest) {
            self.largest = Some((area, dpi));
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
