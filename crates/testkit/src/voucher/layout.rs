//! Puts text, tables, codes and seals on a sheet, in millimetres from its upper left corner,
//! and keeps what a reader would read. It paints nothing.

use super::barcode;
use super::fonts::{Face, Fonts};
use super::seed::Rng;
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

/// Fills a sheet from the top down.
pub(super) struct Composer<'a> {
    fonts: &'a Fonts,
    hand: Hand,
    sheet: Sheet,
    y_mm: f32,
}

impl<'a> Composer<'a> {
    pub(super) fn new(fonts: &'a Fonts, hand: Hand) -> Self {
        Self {
            fonts,
            hand,
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

    /// A ruled table; every row is one line of text.
    pub(super) fn table(&mut self, rows: &[Row], rng: &mut Rng) -> Result<(), VoucherError> {
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
        let label_width = self.fonts.width_em(Face::Label, cell.label)? * TEXT_MM;
        let label_x = left_mm + (LABEL_MM - label_width) / 2.0;
        self.print(label_x, baseline, TEXT_MM, Face::Label, cell.label);
        line.push(cell.label.to_owned());
        if cell.entry.is_empty() {
            return Ok(());
        }
        let room = right_mm - left_mm - LABEL_MM - 3.0;
        let ems = self.fonts.width_em(self.hand.face, &cell.entry)?;
        let size = rng.between(4.1, 4.4).min(room / ems);
        self.write(
            left_mm + LABEL_MM + rng.between(1.6, 2.6),
            baseline + rng.between(-0.25, 0.25),
            size,
            &cell.entry,
        );
        line.push(cell.entry.clone());
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
            self.write(after, self.y_mm - 0.2, 4.8, entry);
            line.push(format!("{label}{entry}"));
        }
        self.sheet.lines.push(line.join(" "));
        self.y_mm += 11.0;
        Ok(())
    }

    /// A round seal; it may lie over anything.
    pub(super) fn seal(&mut self, centre_mm: (f32, f32), around: &str, below: &str, rng: &mut Rng) {
        self.sheet.items.push(Item::Seal {
            centre_mm,
            radius_mm: 20.0,
            turn_degrees: rng.between(-9.0, 9.0),
            around: around.to_owned(),
            below: below.to_owned(),
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
