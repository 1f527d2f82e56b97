//! Puts text, tables, codes and seals on a sheet, in millimetres from its upper left corner,
//! and keeps what a reader would read. It paints nothing.

use super::barcode;
use super::fonts::{Face, Fonts};
use super::seed::Rng;
use super::style::{Entries, EntryInk, Layout, Look, SealInk};
use super::truth::{Code, CodeFormat};
use super::{A4_MM, VoucherError};

/// Left and right edge of the type area.
pub(super) const LEFT_MM: f32 = 18.0;
pub(super) const RIGHT_MM: f32 = A4_MM.0 - LEFT_MM;
const ROW_MM: f32 = 9.4;
const LABEL_MM: f32 = 27.0;
const TEXT_MM: f32 = 3.9;
const LINE_MM: f32 = 6.6;

/// What colour something has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Blue,
    Rule,
}

/// Something to paint.
pub(super) enum Item {
    Text {
        x_mm: f32,
        baseline_mm: f32,
        size_mm: f32,
        face: Face,
        ink: Ink,
        text: String,
    },
    Rule {
        from_mm: (f32, f32),
        to_mm: (f32, f32),
        width_mm: f32,
    },
    /// A bar code; its right edge is given.
    Bars {
        right_mm: f32,
        top_mm: f32,
        height_mm: f32,
        module_mm: f32,
        modules: Vec<bool>,
    },
    /// A square code.
    Matrix {
        left_mm: f32,
        top_mm: f32,
        module_mm: f32,
        modules: Vec<bool>,
        side: usize,
    },
    Seal {
        centre_mm: (f32, f32),
        radius_mm: f32,
        turn_degrees: f32,
        around: String,
        below: String,
        black: bool,
    },
}

/// A laid-out page and what stands on it.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) items: Vec<Item>,
    pub(super) lines: Vec<String>,
    pub(super) seals: Vec<String>,
    pub(super) barcodes: Vec<Code>,
}

/// One cell pair of a table row.
pub(super) struct Cell {
    pub(super) label: &'static str,
    pub(super) entry: String,
}

/// A row: one pair over the whole width, or two.
pub(super) enum Row {
    Wide(Cell),
    Two(Cell, Cell),
}

/// How entries are written on this voucher.
#[derive(Clone, Copy)]
pub(super) struct Hand {
    pub(super) face: Face,
    pub(super) ink: Ink,
}

impl Look<'_> {
    fn hand(&self) -> Hand {
        Hand {
            face: match self.style.entries {
                Entries::Printed => Face::Printer,
                Entries::Written => Face::Hand,
            },
            ink: match self.style.ink {
                EntryInk::Black => Ink::Black,
                EntryInk::Blue => Ink::Blue,
            },
        }
    }
}

/// Fills a sheet from the top down.
pub(super) struct Composer<'a> {
    fonts: &'a Fonts,
    hand: Hand,
    look: Option<Look<'a>>,
    sheet: Sheet,
    y_mm: f32,
}

impl<'a> Composer<'a> {
    /// The look, if there is one, has the last word on the hand.
    pub(super) fn new(fonts: &'a Fonts, hand: Hand, look: Option<Look<'a>>) -> Self {
        Self {
            fonts,
            hand: look.map_or(hand, |look| look.hand()),
            look,
            sheet: Sheet::default(),
            y_mm: 16.0,
        }
    }

    /// Where the next thing goes.
    pub(super) fn y_mm(&self) -> f32 {
        self.y_mm
    }

    pub(super) fn skip(&mut self, by_mm: f32) {
        self.y_mm += by_mm;
    }

    /// The band above the title: firm and form number, the bar code with its text below it.
    pub(super) fn head(&mut self, form: &str, bars: Option<&str>) -> Result<(), VoucherError> {
        let line = format!("示范证券股份有限公司　表单编号{form}");
        self.print(LEFT_MM, 15.0, 3.5, Face::Label, &line);
        self.sheet.lines.push(line.replace('　', " "));
        if let Some(value) = bars {
            self.sheet.items.push(Item::Bars {
                right_mm: RIGHT_MM,
                top_mm: 8.0,
                height_mm: 9.5,
                module_mm: 0.36,
                modules: barcode::code128(value)?,
            });
            self.code(CodeFormat::Code128, value);
            let width = self.fonts.width_em(Face::Label, value)? * 3.2;
            self.print(RIGHT_MM - 26.0 - width / 2.0, 21.4, 3.2, Face::Label, value);
            self.sheet.lines.push(value.to_owned());
        }
        self.y_mm = 35.0;
        Ok(())
    }

    /// The square code in the lower right corner.
    pub(super) fn square(&mut self, value: &str) -> Result<(), VoucherError> {
        let (modules, side) = barcode::qr(value)?;
        self.sheet.items.push(Item::Matrix {
            left_mm: RIGHT_MM - 20.0,
            top_mm: 252.0,
            module_mm: 0.62,
            modules,
            side,
        });
        self.code(CodeFormat::Qr, value);
        Ok(())
    }

    fn code(&mut self, format: CodeFormat, value: &str) {
        self.sheet.barcodes.push(Code {
            format,
            value: value.to_owned(),
        });
    }

    pub(super) fn title(&mut self, text: &str) -> Result<(), VoucherError> {
        let size_mm = 6.6;
        let width = self.fonts.width_em(Face::Title, text)? * size_mm;
        let x_mm = (A4_MM.0 - width) / 2.0;
        self.print(x_mm, self.y_mm, size_mm, Face::Title, text);
        self.sheet.lines.push(text.to_owned());
        self.y_mm += 10.0;
        Ok(())
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.print(LEFT_MM, self.y_mm, 4.2, Face::Title, text);
        self.sheet.lines.push(text.to_owned());
        self.y_mm += 3.0;
    }

    /// The fields of a form, in the arrangement of the look.
    pub(super) fn fields(&mut self, rows: &[Row], rng: &mut Rng) -> Result<(), VoucherError> {
        match self.look.map(|look| look.style.layout).unwrap_or_default() {
            Layout::Table => self.table(rows, rng),
            Layout::Lines => self.underlined(rows, rng),
            Layout::Boxes => self.boxes(rows, rng),
        }
    }

    /// A ruled table; every row is one line of text.
    fn table(&mut self, rows: &[Row], rng: &mut Rng) -> Result<(), VoucherError> {
        let top = self.y_mm;
        let middle = f32::midpoint(LEFT_MM, RIGHT_MM);
        for row in rows {
            let low = self.y_mm + ROW_MM;
            self.rule((LEFT_MM, self.y_mm), (RIGHT_MM, self.y_mm));
            self.rule((LEFT_MM + LABEL_MM, self.y_mm), (LEFT_MM + LABEL_MM, low));
            let mut line = Vec::new();
            match row {
                Row::Wide(cell) => {
                    self.cell(cell, LEFT_MM, RIGHT_MM, &mut line, rng)?;
                }
                Row::Two(left, right) => {
                    self.rule((middle, self.y_mm), (middle, low));
                    self.rule((middle + LABEL_MM, self.y_mm), (middle + LABEL_MM, low));
                    self.cell(left, LEFT_MM, middle, &mut line, rng)?;
                    self.cell(right, middle, RIGHT_MM, &mut line, rng)?;
                }
            }
            self.sheet.lines.push(line.join(" "));
            self.y_mm = low;
        }
        self.rule((LEFT_MM, self.y_mm), (RIGHT_MM, self.y_mm));
        self.rule((LEFT_MM, top), (LEFT_MM, self.y_mm));
        self.rule((RIGHT_MM, top), (RIGHT_MM, self.y_mm));
        self.y_mm += 8.5;
        Ok(())
    }

    fn cell(
        &mut self,
        cell: &Cell,
        left_mm: f32,
        right_mm: f32,
        line: &mut Vec<String>,
        rng: &mut Rng,
    ) -> Result<(), VoucherError> {
        let baseline = self.y_mm + ROW_MM * 0.66;
        let label_ems = self.fonts.width_em(Face::Label, cell.label)?;
        let label_size = TEXT_MM.min((LABEL_MM - 1.6) / label_ems);
        let label_x = left_mm + (LABEL_MM - label_ems * label_size) / 2.0;
        self.print(label_x, baseline, label_size, Face::Label, cell.label);
        line.push(cell.label.to_owned());
        if cell.entry.is_empty() {
            return Ok(());
        }
        let room = right_mm - left_mm - LABEL_MM - 3.0;
        let size = self.entry_size(&cell.entry, room, rng)?;
        self.enter(
            left_mm + LABEL_MM + rng.between(1.6, 2.6),
            baseline + rng.between(-0.25, 0.25),
            size,
            &cell.entry,
        )?;
        line.push(cell.entry.clone());
        Ok(())
    }

    /// How large an entry is written: as hands and printers like it, but within its room.
    fn entry_size(&self, entry: &str, room_mm: f32, rng: &mut Rng) -> Result<f32, VoucherError> {
        let ems = self.fonts.width_em(self.hand.face, entry)?;
        let liked = rng.between(4.1, 4.4) * if self.wobbles() { 1.16 } else { 1.0 };
        Ok(liked.min(room_mm / ems))
    }

    /// Labels, each with its entry on a rule behind it, up to two on a line.
    fn underlined(&mut self, rows: &[Row], rng: &mut Rng) -> Result<(), VoucherError> {
        let middle = f32::midpoint(LEFT_MM, RIGHT_MM);
        self.y_mm += 1.0;
        for row in rows {
            let mut line = Vec::new();
            match row {
                Row::Wide(cell) => self.blank(cell, LEFT_MM, RIGHT_MM, &mut line, rng)?,
                Row::Two(left, right) => {
                    self.blank(left, LEFT_MM, middle - 3.0, &mut line, rng)?;
                    self.blank(right, middle + 1.0, RIGHT_MM, &mut line, rng)?;
                }
            }
            self.sheet.lines.push(line.join(" "));
            self.y_mm += ROW_MM;
        }
        self.y_mm += 9.0;
        Ok(())
    }

    fn blank(
        &mut self,
        cell: &Cell,
        left_mm: f32,
        right_mm: f32,
        line: &mut Vec<String>,
        rng: &mut Rng,
    ) -> Result<(), VoucherError> {
        let baseline = self.y_mm + ROW_MM * 0.66;
        let label = format!("{}：", cell.label);
        let from = left_mm + self.fonts.width_em(Face::Body, &label)? * TEXT_MM;
        self.print(left_mm, baseline, TEXT_MM, Face::Body, &label);
        self.rule((from, baseline + 1.5), (right_mm, baseline + 1.5));
        if !cell.entry.is_empty() {
            let size = self.entry_size(&cell.entry, right_mm - from - 2.5, rng)?;
            let x = from + rng.between(0.8, 2.2);
            self.enter(x, baseline + rng.between(-0.2, 0.2), size, &cell.entry)?;
        }
        line.push(format!("{label}{}", cell.entry));
        Ok(())
    }

    /// A ruled table of up to three columns; the labels above the entries are a line of their own.
    fn boxes(&mut self, rows: &[Row], rng: &mut Rng) -> Result<(), VoucherError> {
        let mut bands: Vec<Vec<&Cell>> = Vec::new();
        let mut open: Vec<&Cell> = Vec::new();
        for row in rows {
            match row {
                Row::Wide(cell) => {
                    bands.extend([std::mem::take(&mut open), vec![cell]]);
                }
                Row::Two(left, right) => {
                    for cell in [left, right] {
                        open.push(cell);
                        if open.len() == 3 {
                            bands.push(std::mem::take(&mut open));
                        }
                    }
                }
            }
        }
        bands.push(open);
        let top = self.y_mm;
        for band in bands.iter().filter(|band| !band.is_empty()) {
            self.band(band, rng)?;
        }
        self.rule((LEFT_MM, self.y_mm), (RIGHT_MM, self.y_mm));
        self.rule((LEFT_MM, top), (LEFT_MM, self.y_mm));
        self.rule((RIGHT_MM, top), (RIGHT_MM, self.y_mm));
        self.y_mm += 8.5;
        Ok(())
    }

    /// One row of labels with their entries below. The last cell takes the columns left over.
    fn band(&mut self, cells: &[&Cell], rng: &mut Rng) -> Result<(), VoucherError> {
        let column = (RIGHT_MM - LEFT_MM) / 3.0;
        let (top, middle) = (self.y_mm, self.y_mm + 6.0);
        let low = middle + 8.8;
        self.rule((LEFT_MM, top), (RIGHT_MM, top));
        self.rule((LEFT_MM, middle), (RIGHT_MM, middle));
        let mut left = LEFT_MM;
        let mut entries = Vec::new();
        for (at, cell) in (1..).zip(cells) {
            let right = if at == cells.len() {
                RIGHT_MM
            } else {
                left + column
            };
            self.rule((right, top), (right, low));
            let width = self.fonts.width_em(Face::Label, cell.label)? * 3.5;
            let x = left + ((right - left - width) / 2.0).min(column / 2.0);
            self.print(x, top + 4.4, 3.5, Face::Label, cell.label);
            if !cell.entry.is_empty() {
                let size = self.entry_size(&cell.entry, right - left - 3.5, rng)?;
                let x = left + rng.between(1.2, 2.2);
                self.enter(x, low - 2.8 + rng.between(-0.2, 0.2), size, &cell.entry)?;
                entries.push(cell.entry.clone());
            }
            left = right;
        }
        let labels: Vec<&str> = cells.iter().map(|cell| cell.label).collect();
        self.sheet.lines.push(labels.join(" "));
        if !entries.is_empty() {
            self.sheet.lines.push(entries.join(" "));
        }
        self.y_mm = low;
        Ok(())
    }

    /// Running text, broken at the right edge. No line begins with a closing mark.
    pub(super) fn paragraph(&mut self, text: &str) -> Result<(), VoucherError> {
        let mut line = String::new();
        let mut x_mm = 0.0;
        for c in text.chars() {
            let step = self.fonts.advance_em(Face::Body, c)? * TEXT_MM;
            if x_mm + step > RIGHT_MM - LEFT_MM && !"，。、；：）》".contains(c) {
                self.line(&line);
                line.clear();
                x_mm = 0.0;
            }
            line.push(c);
            x_mm += step;
        }
        self.line(&line);
        Ok(())
    }

    fn line(&mut self, text: &str) {
        self.print(LEFT_MM, self.y_mm, TEXT_MM, Face::Body, text);
        self.sheet.lines.push(text.to_owned());
        self.y_mm += LINE_MM;
    }

    /// One line of printed labels, each with a written entry behind it: places of the labels,
    /// labels, entries.
    pub(super) fn signed(&mut self, parts: &[(f32, &str, &str)]) -> Result<(), VoucherError> {
        let mut line = Vec::new();
        for (x_mm, label, entry) in parts {
            self.print(*x_mm, self.y_mm, 4.0, Face::Body, label);
            let after = x_mm + self.fonts.width_em(Face::Body, label)? * 4.0 + 1.0;
            self.enter(after, self.y_mm - 0.2, 4.8, entry)?;
            line.push(format!("{label}{entry}"));
        }
        self.sheet.lines.push(line.join(" "));
        self.y_mm += 11.0;
        Ok(())
    }

    /// A round seal; it may lie over anything that can be read under its ink.
    pub(super) fn seal(&mut self, centre_mm: (f32, f32), around: &str, below: &str, rng: &mut Rng) {
        let ink = self.look.map(|look| look.style.seal).unwrap_or_default();
        if ink == SealInk::None {
            return;
        }
        self.sheet.items.push(Item::Seal {
            centre_mm,
            radius_mm: 20.0,
            turn_degrees: rng.between(-9.0, 9.0),
            around: around.to_owned(),
            below: below.to_owned(),
            black: ink == SealInk::Black,
        });
        self.sheet.seals.push(format!("{around}{below}"));
    }

    /// The page number at the foot.
    pub(super) fn foot(&mut self, page: u32, of: u32) -> Result<(), VoucherError> {
        let text = format!("第 {page} 页 共 {of} 页");
        let width = self.fonts.width_em(Face::Body, &text)? * 3.4;
        self.print((A4_MM.0 - width) / 2.0, 285.0, 3.4, Face::Body, &text);
        self.sheet.lines.push(text);
        Ok(())
    }

    pub(super) fn finish(self) -> Sheet {
        self.sheet
    }

    fn print(&mut self, x_mm: f32, baseline_mm: f32, size_mm: f32, face: Face, text: &str) {
        self.sheet.items.push(Item::Text {
            x_mm,
            baseline_mm,
            size_mm,
            face,
            ink: Ink::Black,
            text: text.to_owned(),
        });
    }

    /// Whether entries are written by a hand that is to look like one.
    fn wobbles(&self) -> bool {
        self.look
            .is_some_and(|look| look.style.entries == Entries::Written)
    }

    /// An entry: a whole line by printer, by hand character by character, each a little off.
    fn enter(
        &mut self,
        x_mm: f32,
        baseline_mm: f32,
        size_mm: f32,
        text: &str,
    ) -> Result<(), VoucherError> {
        if !self.wobbles() {
            self.write(x_mm, baseline_mm, size_mm, text);
            return Ok(());
        }
        // A stream of its own: what the text says decides how it is written.
        let mut rng = Rng::new(text.chars().fold(u64::from(x_mm.to_bits()), |seed, c| {
            seed.wrapping_mul(31).wrapping_add(u64::from(u32::from(c)))
        }));
        let slope = rng.between(-0.012, 0.012);
        let mut at = x_mm;
        for c in text.chars() {
            let size = size_mm * rng.between(0.95, 1.0);
            let off = rng.between(-0.05, 0.05) * size_mm + (at - x_mm) * slope;
            self.write(at, baseline_mm + off, size, &c.to_string());
            at += self.fonts.advance_em(self.hand.face, c)? * size_mm * rng.between(0.97, 1.0);
        }
        Ok(())
    }

    fn write(&mut self, x_mm: f32, baseline_mm: f32, size_mm: f32, text: &str) {
        let Hand { face, ink } = self.hand;
        self.sheet.items.push(Item::Text {
            x_mm,
            baseline_mm,
            size_mm,
            face,
            ink,
            text: text.to_owned(),
        });
    }

    fn rule(&mut self, from_mm: (f32, f32), to_mm: (f32, f32)) {
        self.sheet.items.push(Item::Rule {
            from_mm,
            to_mm,
            width_mm: 0.25,
        });
    }
}
