//! One page from pixels to findings, text, fields and preview.
//!
//! This is the order of the work inside the worker. No format is decoded here, and no process
//! is managed.

use domain::{Digest, MediaType};
use image::{GrayImage, Luma, imageops};
use serde::{Deserialize, Serialize};

use crate::barcodes::{self, Barcode};
use crate::checks::{self, Measured, PageFinding};
use crate::fields::template::Template;
use crate::fields::{self, Agreement, Field, FieldSource};
use crate::geometry::{Dpi, PixelBox, QuarterTurn, SizeMm};
use crate::ocr::alto::{self, AltoPage};
use crate::ocr::{Engine, EngineIdentity, Engines, Layout, Recognised};
use crate::prepare::skew::{TextDirection, skew_degrees, text_lines};
use crate::prepare::{Prepared, Step, Steps, uncovered};
use crate::preview;
use crate::raster::{ColourMode, Decoded, Pixels, turn_grey};
use crate::scan_parameters::ScanParameters;
use crate::unreadable::Unreadable;
use crate::worker::Confinement;

/// What is asked of a reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// What the class asks of its images.
    pub parameters: ScanParameters,
    /// Whether text is recognised.
    pub text: TextReading,
    /// What is done to the page before its text is recognised.
    pub steps: Steps,
    /// Which fields are looked for.
    pub template: Template,
    /// Whether each field is as sure as it was measured to be; else as sure as the engine says.
    pub calibrated: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            parameters: ScanParameters::default(),
            text: TextReading::default(),
            steps: Steps::default(),
            template: Template::default(),
            calibrated: true,
        }
    }
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

/// Reads pages with one engine, and key fields with a second one where there is one.
pub struct Reader {
    engines: Engines,
    identity: EngineIdentity,
}

/// A page as it is read: uncovered, and not yet turned.
struct Uncovered<'a> {
    grey: GrayImage,
    mode: ColourMode,
    dpi: Option<Dpi>,
    steps: &'a Steps,
}

/// A page's text on the image that was read, with how it was turned and prepared.
struct Reading {
    recognised: Recognised,
    turn: QuarterTurn,
    /// None where nothing was read.
    prepared: Option<Prepared>,
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

impl Reader {
    /// A reader with these engines.
    #[must_use]
    pub fn new(engines: Engines) -> Self {
        let identity = engines.identity();
        Self { engines, identity }
    }

    /// What read: the engine, or both.
    #[must_use]
    pub const fn engine(&self) -> &EngineIdentity {
        &self.identity
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
        let mode = decoded.mode;
        let reading = match options.text {
            TextReading::Recognise if !blank => {
                let dpi = effective_dpi(&pixels, stated, size_mm);
                let steps = &options.steps;
                let grey = uncovered(&pixels, mode, dpi, steps);
                self.text(&Uncovered {
                    grey: without_barcodes(grey, &barcodes),
                    mode,
                    dpi,
                    steps,
                })?
            }
            TextReading::Recognise | TextReading::Skip => Reading {
                recognised: Recognised::default(),
                turn: QuarterTurn::None,
                prepared: None,
                skew_degrees: if blank {
                    0.0
                } else {
                    skew_degrees(&pixels.without_red())
                },
            },
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
        let fields = self.fields(number, &reading, &barcodes, options)?;
        let recognised = match &reading.prepared {
            Some(prepared) => reading.recognised.moved(|place| prepared.carry_back(place)),
            None => reading.recognised,
        };
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
                engine: &self.identity,
                steps: &options.steps,
            },
            &recognised,
        );
        let characters = recognised.characters();
        Ok(Page {
            number,
            width_px,
            height_px,
            dpi,
            size_mm,
            mode,
            turn,
            skew_degrees: reading.skew_degrees,
            findings: checks::run(&lightness, &measured, &options.parameters),
            fields,
            barcodes,
            confidence_mean: (characters > 0).then(|| recognised.confidence_mean()),
            characters: characters as u64,
            pixels_sha256,
            alto_xml,
            text: recognised.text(),
            preview_webp: preview::webp(&pixels).map_err(|error| Unreadable::Damaged {
                found: format!("no preview can be made: {error:?}"),
            })?,
        })
    }

    /// The fields, looked for on the image that was read, where lines are straight; then each
    /// that stands in the text with what the second engine says of it.
    fn fields(
        &mut self,
        number: u32,
        reading: &Reading,
        barcodes: &[Barcode],
        options: &ReadOptions,
    ) -> Result<Vec<Field>, Unreadable> {
        let template = &options.template;
        let mut found = fields::find(number, &reading.recognised, barcodes, template);
        let Some(prepared) = &reading.prepared else {
            return Ok(found);
        };
        for field in &mut found {
            if field.source != FieldSource::Text {
                continue;
            }
            if let Some(second) = &mut self.engines.second {
                let cut = with_rim(&prepared.image, &field.place);
                let read = recognised(second.as_mut(), &cut, prepared.dpi, Layout::OneLine)?;
                let said = fields::value_in(&read.text(), field.kind, template);
                field.agreement = match said {
                    Some(value) if value == field.value => Agreement::Agrees,
                    Some(_) => Agreement::Differs,
                    None => Agreement::Silent,
                };
            }
            field.place = prepared.carry_back(&field.place);
        }
        if options.calibrated {
            fields::calibrate(&mut found, &self.engines.first.identity().name);
        }
        Ok(found)
    }

    /// Reads the text, trying other ways round when the page looks turned or gives little.
    fn text(&mut self, page: &Uncovered<'_>) -> Result<Reading, Unreadable> {
        let orientation = page.steps.has(Step::Orientation);
        let layout = if orientation {
            Layout::Page
        } else {
            Layout::UprightPage
        };
        let lines = text_lines(&page.grey);
        let skew = Some(lines.skew_degrees);
        let first = self.text_turned(page, QuarterTurn::None, skew, layout)?;
        match first.recognised.stands {
            Some(QuarterTurn::None) => return Ok(first),
            Some(turn) => return self.text_turned(page, turn, None, Layout::UprightPage),
            None if !orientation => return Ok(first),
            None => {}
        }
        let sure = lines.direction != TextDirection::Down
            && first.recognised.confidence_mean() >= DOUBTFUL
            && first.recognised.characters() >= FEW_CHARACTERS;
        if sure {
            return Ok(first);
        }
        let Some(turn) = self.likely_turn(page, lines.direction)? else {
            return Ok(first);
        };
        let second = self.text_turned(page, turn, None, Layout::UprightPage)?;
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
        page: &Uncovered<'_>,
        turn: QuarterTurn,
        skew: Option<f64>,
        layout: Layout,
    ) -> Result<Reading, Unreadable> {
        let prepared = page.prepared(turn_grey(&page.grey, turn), turn, skew);
        let recognised = recognised(
            self.engines.first.as_mut(),
            &prepared.image,
            prepared.dpi,
            layout,
        )?;
        Ok(Reading {
            recognised,
            turn,
            skew_degrees: prepared.skew_degrees,
            prepared: Some(prepared),
        })
    }

    /// Which way round the densest part of the page reads best; none when it stands upright.
    fn likely_turn(
        &mut self,
        page: &Uncovered<'_>,
        direction: TextDirection,
    ) -> Result<Option<QuarterTurn>, Unreadable> {
        let others: &[QuarterTurn] = match direction {
            TextDirection::Across => &[QuarterTurn::Half],
            TextDirection::Down => &[QuarterTurn::Right, QuarterTurn::Left],
            TextDirection::Unclear => &[QuarterTurn::Half, QuarterTurn::Right, QuarterTurn::Left],
        };
        let part = densest_square(&page.grey);
        // The stored way round needs no proof; another has to be clearly better.
        let mut best = (None, self.probe(page, &part, QuarterTurn::None)? * 1.3);
        for turn in others {
            let found = self.probe(page, &part, *turn)?;
            if found > best.1 {
                best = (Some(*turn), found);
            }
        }
        Ok(best.0)
    }

    /// How much can be read of a part of a page when it is turned so.
    fn probe(
        &mut self,
        page: &Uncovered<'_>,
        part: &GrayImage,
        turn: QuarterTurn,
    ) -> Result<f32, Unreadable> {
        let prepared = page.prepared(turn_grey(part, turn), turn, None);
        let first = self.engines.first.as_mut();
        let read = recognised(first, &prepared.image, prepared.dpi, Layout::OneBlock)?;
        Ok(weight(&read))
    }
}

impl Uncovered<'_> {
    /// The page, or a part of it, that was turned so, ready to be read.
    fn prepared(&self, turned: GrayImage, turn: QuarterTurn, skew: Option<f64>) -> Prepared {
        let dpi = self.dpi.map(|dpi| dpi.turned(turn));
        Prepared::of(turned, self.mode, dpi, skew, self.steps)
    }
}

fn recognised(
    engine: &mut dyn Engine,
    page: &GrayImage,
    dpi: u32,
    layout: Layout,
) -> Result<Recognised, Unreadable> {
    engine
        .recognise(page, dpi, layout)
        .map_err(|error| Unreadable::Damaged {
            found: error.to_string(),
        })
}

/// A place cut out of a page with paper around it: engines want a rim.
fn with_rim(page: &GrayImage, place: &PixelBox) -> GrayImage {
    let rim = (place.height / 4).max(4);
    let x = place.x.saturating_sub(rim);
    let y = place.y.saturating_sub(rim / 2);
    let width = (place.right() + rim)
        .min(page.width())
        .saturating_sub(x)
        .max(1);
    let height = (place.bottom() + rim / 2)
        .min(page.height())
        .saturating_sub(y)
        .max(1);
    let mut cut = GrayImage::from_pixel(width + 2 * rim, height + 2 * rim, Luma([u8::MAX]));
    let inside = imageops::crop_imm(page, x, y, width, height).to_image();
    imageops::replace(&mut cut, &inside, i64::from(rim), i64::from(rim));
    cut
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
