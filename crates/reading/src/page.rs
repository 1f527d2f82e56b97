//! One page from pixels to findings, text, fields and preview.
//!
//! This is the order of the work inside the worker. No format is decoded here, and no process
//! is managed.

use domain::{Digest, MediaType};
use image::{GrayImage, Luma, imageops};
use serde::{Deserialize, Serialize};

use crate::barcodes::{self, Barcode};
use crate::checks::{self, Measured, PageFinding};
use crate::fields::{self, Field};
use crate::geometry::{Dpi, PixelBox, QuarterTurn, SizeMm};
use crate::ocr::alto::{self, AltoPage};
use crate::ocr::{Engine, EngineIdentity, Layout, Recognised};
use crate::preview;
use crate::raster::{ColourMode, Decoded, Pixels, turn_grey};
use crate::scan_parameters::ScanParameters;
use crate::straighten::{Straightened, TextDirection, skew_degrees, text_lines};
use crate::unreadable::Unreadable;
use crate::worker::Confinement;

/// What is asked of a reading.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// What the class asks of its images.
    pub parameters: ScanParameters,
    /// Whether text is recognised.
    pub text: TextReading,
}

/// Whether text is recognised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextReading {
    /// Recognise it.
    #[default]
    Recognise,
    /// Leave it: checks, barcodes and preview only.
    Skip,
}

/// A page that was read. Boxes lie on the upright page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Its number in the file, from 1.
    pub number: u32,
    /// Width of the upright page.
    pub width_px: u32,
    /// Height of the upright page.
    pub height_px: u32,
    /// The stated resolution, along the upright page's width and height.
    pub dpi: Option<Dpi>,
    /// The stated physical size of the upright page.
    pub size_mm: Option<SizeMm>,
    /// How colours are stored.
    pub mode: ColourMode,
    /// How far the stored image is turned clockwise to stand upright, in all.
    pub turn: QuarterTurn,
    /// The measured skew in degrees, clockwise positive.
    pub skew_degrees: f64,
    /// What the checks found.
    pub findings: Vec<PageFinding>,
    /// The barcodes.
    pub barcodes: Vec<Barcode>,
    /// The fields, best first within each kind.
    pub fields: Vec<Field>,
    /// Mean confidence of the text from 0 to 1; none when no text was looked for or found.
    pub confidence_mean: Option<f32>,
    /// How many characters were recognised.
    pub characters: u64,
    /// Digest of the decoded image as stored: equal for two files with the same picture.
    pub pixels_sha256: Digest,
    /// The text as ALTO 4.
    #[serde(skip)]
    pub alto_xml: String,
    /// The text, a line a line.
    #[serde(skip)]
    pub text: String,
    /// A reduced picture of the upright page.
    #[serde(skip)]
    pub preview_webp: Vec<u8>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What the bytes are.
    pub media_type: MediaType,
    /// Its pages, never none.
    pub pages: Vec<Page>,
    /// The engine that read them.
    pub engine: EngineIdentity,
    /// How the worker that read them was confined.
    pub confinement: Confinement,
}

impl Document {
    /// Mean confidence over all characters; none when there are none.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a mean from 0 to 1 over far fewer than 2^52 characters"
    )]
    pub fn confidence_mean(&self) -> Option<f32> {
        let (mut sum, mut characters) = (0.0, 0);
        for page in &self.pages {
            if let Some(mean) = page.confidence_mean {
                sum += f64::from(mean) * page.characters as f64;
                characters += page.characters;
            }
        }
        (characters > 0).then(|| (sum / characters as f64) as f32)
    }

    /// The fields of all pages.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        self.pages
            .iter()
            .flat_map(|page| page.fields.iter().cloned())
            .collect()
    }
}

/// Below this mean confidence the page is tried the other ways round.
const DOUBTFUL: f32 = 0.72;
/// With fewer characters than this the mean says little.
const FEW_CHARACTERS: usize = 12;
/// Text is recognised best in this range of resolutions; other pages are scaled to 300.
const COMFORTABLE_DPI: std::ops::RangeInclusive<f64> = 180.0..=350.0;

/// Reads pages with one engine.
pub struct Reader<E> {
    engine: E,
}

/// A page's text with how it had to be turned and straightened.
struct Reading {
    recognised: Recognised,
    turn: QuarterTurn,
    skew_degrees: f64,
}

/// The weight of what was read with confidence; the wrong way round has little of it.
#[expect(
    clippy::cast_precision_loss,
    reason = "the characters of a word are far below 2^24"
)]
fn weight(read: &Recognised) -> f32 {
    read.lines
        .iter()
        .flat_map(|line| &line.words)
        .filter(|word| word.confidence > 0.6)
        .map(|word| word.confidence * word.text.chars().count() as f32)
        .sum()
}

impl<E: Engine> Reader<E> {
    /// A reader with this engine.
    pub fn new(engine: E) -> Self {
        Self { engine }
    }

    /// The engine's identity.
    pub fn engine(&self) -> &EngineIdentity {
        self.engine.identity()
    }

    /// Reads one decoded page.
    pub fn read(
        &mut self,
        number: u32,
        decoded: Decoded,
        options: &ReadOptions,
    ) -> Result<Page, Unreadable> {
        let pixels_sha256 = decoded.pixels.sha256();
        let viewing = decoded.viewing;
        let pixels = if viewing.mirrored {
            decoded.pixels.mirrored()
        } else {
            decoded.pixels
        }
        .turned(viewing.turn);
        let stated = decoded.dpi.map(|dpi| dpi.turned(viewing.turn));
        let size_mm = decoded.size_mm.map(|size| size.turned(viewing.turn));

        let lightness = pixels.lightness();
        let blank = checks::ink_share(&lightness) < options.parameters.ink_share_min;
        let barcodes = barcodes::find(&lightness, &options.parameters.barcode_formats);
        let reading = match options.text {
            TextReading::Recognise if !blank => {
                let grey = without_barcodes(pixels.without_red(), &barcodes);
                self.text(&grey, effective_dpi(&pixels, stated, size_mm))?
            }
            TextReading::Recognise | TextReading::Skip => {
                let skew = if blank {
                    0.0
                } else {
                    skew_degrees(&pixels.without_red())
                };
                Reading {
                    recognised: Recognised::default(),
                    turn: QuarterTurn::None,
                    skew_degrees: skew,
                }
            }
        };

        let barcodes: Vec<Barcode> = barcodes
            .into_iter()
            .map(|code| Barcode {
                place: code
                    .place
                    .turned(reading.turn, pixels.width(), pixels.height()),
                ..code
            })
            .collect();
        let pixels = pixels.turned(reading.turn);
        let dpi = stated.map(|dpi| dpi.turned(reading.turn));
        let size_mm = size_mm.map(|size| size.turned(reading.turn));
        let lightness = turn_grey(&lightness, reading.turn);
        let measured = Measured {
            dpi,
            size_mm,
            skew_degrees: reading.skew_degrees,
            turned: reading.turn,
        };
        let turn = viewing.turn.then(reading.turn);
        let (width_px, height_px) = (pixels.width(), pixels.height());
        let alto_xml = alto::write(
            &AltoPage {
                number,
                width_px,
                height_px,
                turn,
                pixels_sha256: &pixels_sha256.to_string(),
                engine: self.engine.identity(),
            },
            &reading.recognised,
        );
        let characters = reading.recognised.characters();
        Ok(Page {
            number,
            width_px,
            height_px,
            dpi,
            size_mm,
            mode: decoded.mode,
            turn,
            skew_degrees: reading.skew_degrees,
            findings: checks::run(&lightness, &measured, &options.parameters),
            fields: fields::find(number, &reading.recognised, &barcodes),
            barcodes,
            confidence_mean: (characters > 0).then(|| reading.recognised.confidence_mean()),
            characters: characters as u64,
            pixels_sha256,
            alto_xml,
            text: reading.recognised.text(),
            preview_webp: preview::webp(&pixels).map_err(|error| Unreadable::Damaged {
                found: format!("no preview can be made: {error:?}"),
            })?,
        })
    }

    /// Reads the text, trying other ways round when the page looks turned or gives little.
    fn text(&mut self, grey: &GrayImage, dpi: Option<Dpi>) -> Result<Reading, Unreadable> {
        let lines = text_lines(grey);
        let first = self.text_turned(grey, QuarterTurn::None, dpi, Some(lines.skew_degrees))?;
        let sure = lines.direction != TextDirection::Down
            && first.recognised.confidence_mean() >= DOUBTFUL
            && first.recognised.characters() >= FEW_CHARACTERS;
        if sure {
            return Ok(first);
        }
        let Some(turn) = self.likely_turn(grey, dpi, lines.direction)? else {
            return Ok(first);
        };
        let second = self.text_turned(grey, turn, dpi, None)?;
        // The engine reads some text lying on its side, so the first weighs more than it should.
        Ok(
            if weight(&second.recognised) > weight(&first.recognised) * 0.7 {
                second
            } else {
                first
            },
        )
    }

    fn text_turned(
        &mut self,
        grey: &GrayImage,
        turn: QuarterTurn,
        dpi: Option<Dpi>,
        measured_skew: Option<f64>,
    ) -> Result<Reading, Unreadable> {
        let turned = turn_grey(grey, turn);
        let (full_width, full_height) = turned.dimensions();
        let scaled = Scaled::of(turned, dpi.map(|dpi| dpi.turned(turn)));
        // Scaling by the same factor both ways leaves angles as they are.
        let skew = measured_skew
            .filter(|_| (scaled.across - scaled.down).abs() < f64::EPSILON)
            .unwrap_or_else(|| skew_degrees(&scaled.image));
        let straight = Straightened::of(scaled.image, skew);
        let recognised = self.recognise(&straight.image, scaled.dpi, Layout::Page)?;
        let recognised = recognised.moved(|place| {
            unscaled(
                &straight.carry_back(place),
                scaled.across,
                scaled.down,
                full_width,
                full_height,
            )
        });
        Ok(Reading {
            recognised,
            turn,
            skew_degrees: skew,
        })
    }

    /// Which way round the densest part of the page reads best; none when it stands upright.
    fn likely_turn(
        &mut self,
        grey: &GrayImage,
        dpi: Option<Dpi>,
        direction: TextDirection,
    ) -> Result<Option<QuarterTurn>, Unreadable> {
        let others: &[QuarterTurn] = match direction {
            TextDirection::Across => &[QuarterTurn::Half],
            TextDirection::Down => &[QuarterTurn::Right, QuarterTurn::Left],
            TextDirection::Unclear => &[QuarterTurn::Half, QuarterTurn::Right, QuarterTurn::Left],
        };
        let part = densest_square(grey);
        // The stored way round needs no proof; another has to be clearly better.
        let mut best = (None, self.probe(&part, dpi)? * 1.3);
        for turn in others {
            let turned = turn_grey(&part, *turn);
            let found = self.probe(&turned, dpi.map(|dpi| dpi.turned(*turn)))?;
            if found > best.1 {
                best = (Some(*turn), found);
            }
        }
        Ok(best.0)
    }

    /// How much can be read of a part of a page as it lies.
    fn probe(&mut self, part: &GrayImage, dpi: Option<Dpi>) -> Result<f32, Unreadable> {
        let scaled = Scaled::of(part.clone(), dpi);
        let skew = skew_degrees(&scaled.image);
        let straight = Straightened::of(scaled.image, skew);
        Ok(weight(&self.recognise(
            &straight.image,
            scaled.dpi,
            Layout::OneBlock,
        )?))
    }

    fn recognise(
        &mut self,
        page: &GrayImage,
        dpi: u32,
        layout: Layout,
    ) -> Result<Recognised, Unreadable> {
        self.engine
            .recognise(page, dpi, layout)
            .map_err(|error| Unreadable::Damaged {
                found: error.to_string(),
            })
    }
}

/// The page with its barcodes painted over: the engine takes them for text and mixes them with
/// the lines beside them.
fn without_barcodes(mut page: GrayImage, barcodes: &[Barcode]) -> GrayImage {
    for code in barcodes {
        // No more than a rim: the number is often printed right below.
        let margin = 3;
        let x = code.place.x.saturating_sub(margin);
        let y = code.place.y.saturating_sub(margin);
        for row in y..(code.place.bottom() + margin).min(page.height()) {
            for column in x..(code.place.right() + margin).min(page.width()) {
                page.put_pixel(column, row, Luma([u8::MAX]));
            }
        }
    }
    page
}

/// The resolution to work with: as stated, or what follows from the size.
fn effective_dpi(pixels: &Pixels, stated: Option<Dpi>, size_mm: Option<SizeMm>) -> Option<Dpi> {
    size_mm
        .and_then(|size| {
            Dpi::plausible(
                f64::from(pixels.width()) / size.width * 25.4,
                f64::from(pixels.height()) / size.height * 25.4,
            )
        })
        .or(stated)
}

/// A page at a comfortable resolution with square pixels, and how it was scaled.
struct Scaled {
    image: GrayImage,
    dpi: u32,
    across: f64,
    down: f64,
}

impl Scaled {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded by the pixels of a page, which are checked"
    )]
    fn of(page: GrayImage, dpi: Option<Dpi>) -> Self {
        let unscaled_dpi = dpi.map_or(300.0, |dpi| dpi.x);
        let as_it_is = |image| Self {
            image,
            dpi: unscaled_dpi.round() as u32,
            across: 1.0,
            down: 1.0,
        };
        let Some(dpi) = dpi else {
            return as_it_is(page);
        };
        let square = (dpi.x / dpi.y - 1.0).abs() < 0.05;
        if square && COMFORTABLE_DPI.contains(&dpi.x) {
            return as_it_is(page);
        }
        let target = if COMFORTABLE_DPI.contains(&dpi.x) {
            dpi.x
        } else {
            300.0
        };
        // A resolution that is stated wrongly must not blow a page up.
        let (across, down) = (
            (target / dpi.x).clamp(0.2, 3.0),
            (target / dpi.y).clamp(0.2, 3.0),
        );
        let width = (f64::from(page.width()) * across).round().max(1.0) as u32;
        let height = (f64::from(page.height()) * down).round().max(1.0) as u32;
        if u64::from(width) * u64::from(height) > 60_000_000 {
            return as_it_is(page);
        }
        Self {
            image: imageops::resize(&page, width, height, imageops::FilterType::Triangle),
            dpi: target.round() as u32,
            across,
            down,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the page"
)]
fn unscaled(place: &PixelBox, across: f64, down: f64, width: u32, height: u32) -> PixelBox {
    let back =
        |value: u32, factor: f64, most: u32| ((f64::from(value) / factor).round() as u32).min(most);
    let (x, y) = (back(place.x, across, width), back(place.y, down, height));
    PixelBox {
        x,
        y,
        width: back(place.width, across, width - x),
        height: back(place.height, down, height - y),
    }
}

/// The square of sixty per cent of the shorter side with the most ink.
fn densest_square(page: &GrayImage) -> GrayImage {
    let (width, height) = page.dimensions();
    let side = (width.min(height) * 3 / 5).max(1);
    let small = imageops::thumbnail(page, (width / 16).max(1), (height / 16).max(1));
    let ink_in = |x: u32, y: u32| -> u64 {
        imageops::crop_imm(
            &small,
            x / 16,
            y / 16,
            (side / 16).max(1),
            (side / 16).max(1),
        )
        .to_image()
        .as_raw()
        .iter()
        .map(|v| u64::from(255 - v))
        .sum()
    };
    let steps = |length: u32| (0..=4u32).map(move |k| (length - side) * k / 4);
    let best = steps(width)
        .flat_map(|x| steps(height).map(move |y| (x, y)))
        .max_by_key(|(x, y)| ink_in(*x, *y))
        .unwrap_or((0, 0));
    imageops::crop_imm(page, best.0, best.1, side, side).to_image()
}
