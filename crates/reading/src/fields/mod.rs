//! Fields (字段) of a voucher, by label and shape, and from barcodes.
//!
//! A field is what the page seems to say; whether it is believed, and what happens when two
//! disagree, is not decided here.

mod amount;
mod calibration;
mod cells;
pub mod credit_code;
mod distance;
pub mod id_number;
mod known;
mod labels;
mod near_miss;
mod pattern;
mod script;
mod shapes;
pub mod template;
#[cfg(test)]
mod tests;
mod two_forms;

use serde::{Deserialize, Serialize};

use self::calibration::calibrated;
use self::cells::{Cell, Glyph};
use self::id_number::CheckDigit;
use self::labels::Labels;
pub use self::pattern::{Pattern, PatternError};
use self::shapes::Shaped;
use self::template::{CheckRule, FieldTemplate, Neighbourhood, Template, ValuePattern};
use crate::barcodes::Barcode;
use crate::geometry::PixelBox;
use crate::ocr::Recognised;

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// Client number (客户号).
    ClientNo,
    /// Client's name (客户姓名).
    ClientName,
    /// Number of the identity document (证件号码).
    IdNumber,
    /// Unified social credit code (统一社会信用代码) of an institution.
    CreditCode,
    /// Business flow number (业务流水号).
    FlowNo,
    /// Date (日期), as `2026-11-23`.
    Date,
    /// Branch (营业部): number, if any, and name.
    Branch,
    /// Amount in figures (小写金额), as `12345.67`.
    Amount,
    /// Amount in capitals (大写金额), as the number that it says: `12345.67`.
    AmountInCapitals,
    /// Securities account at the clearing house (股东账号).
    SecuritiesAccount,
    /// Fund account (资金账号).
    FundAccount,
}

impl FieldKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::ClientNo,
        Self::ClientName,
        Self::IdNumber,
        Self::CreditCode,
        Self::FlowNo,
        Self::Date,
        Self::Branch,
        Self::Amount,
        Self::AmountInCapitals,
        Self::SecuritiesAccount,
        Self::FundAccount,
    ];

    /// The kind as templates and stored forms write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientNo => "client-no",
            Self::ClientName => "client-name",
            Self::IdNumber => "id-number",
            Self::CreditCode => "credit-code",
            Self::FlowNo => "flow-no",
            Self::Date => "date",
            Self::Branch => "branch",
            Self::Amount => "amount",
            Self::AmountInCapitals => "amount-in-capitals",
            Self::SecuritiesAccount => "securities-account",
            Self::FundAccount => "fund-account",
        }
    }
}

/// Where a field was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldSource {
    /// In a barcode.
    Barcode,
    /// In the recognised text.
    Text,
}

/// What a value's own check says: a check character, of an amount its other form, of a branch
/// whether the register has its number with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// It fits.
    Right,
    /// It does not fit: the value is misread, or wrong on the paper.
    Wrong,
    /// The value has none.
    None,
}

/// What a second engine says of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// It was not asked.
    #[default]
    NotAsked,
    /// It reads the same.
    Agrees,
    /// It reads another value of the same pattern: a reviewer should look.
    Differs,
    /// It reads nothing that could be the value.
    Silent,
}

/// A field of a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// What it is.
    pub kind: FieldKind,
    /// What it says, in the kind's own form.
    pub value: String,
    /// From 0 to 1.
    pub confidence: f32,
    /// Where it was read.
    pub source: FieldSource,
    /// The page, from 1.
    pub page: u32,
    /// Where it stands on the upright page.
    pub place: PixelBox,
    /// What the value's own check says, where it has one.
    pub check: Check,
    /// How many characters are other ones than the engine read: forgiven, or mended by the check.
    #[serde(default)]
    pub corrected: u32,
    /// What a second engine says.
    #[serde(default)]
    pub agreement: Agreement,
}

/// From this confidence on a field is taken as certain if nothing speaks against it.
pub const CERTAIN: f32 = 0.999;

impl Field {
    /// Whether nobody needs to look at the field again: a barcode, or a text of which two
    /// engines or the value's own check say the same, or of which the engine is as good as sure.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.check != Check::Wrong
            && self.agreement != Agreement::Differs
            && self.confidence >= CERTAIN
    }
}

/// A barcode has its own check sum.
const BARCODE_CONFIDENCE: f32 = 0.99;
/// What a value is worth that has the shape but no label.
const WITHOUT_LABEL: f32 = 0.6;
/// What each mistaken or corrected character costs.
const MISTAKE: f32 = 0.93;

/// Where fields are looked for.
struct Search<'a> {
    page: u32,
    template: &'a Template,
    labels: Labels,
    cells: Vec<Cell>,
    /// Whether the page is in simplified characters.
    simplified: bool,
}

/// The fields of a page, best first within each kind; a value occurs once a kind and source.
/// Each is as sure as the engine says of its least sure character.
#[must_use]
pub fn find(page: u32, read: &Recognised, barcodes: &[Barcode], template: &Template) -> Vec<Field> {
    let mut fields: Vec<Field> = barcodes
        .iter()
        .flat_map(|code| from_barcode(page, code))
        .collect();
    let cells = cells::of(read);
    let search = Search {
        page,
        template,
        labels: Labels::of(template),
        simplified: script::is_simplified(&cells),
        cells,
    };
    let mut unread = Vec::new();
    for cell in &search.cells {
        search.beside_labels(cell, &mut fields, &mut unread);
    }
    search.without_labels(&mut fields);
    two_forms::settle(&mut fields, &unread, page);
    sort(&mut fields);
    let mut seen = std::collections::BTreeSet::new();
    fields.retain(|field| seen.insert((field.kind, field.source, field.value.clone())));
    fields
}

/// Makes each field of the text as sure as fields like it were right when they were measured.
/// `engine` is the name of the engine that read.
pub fn calibrate(fields: &mut [Field], engine: &str) {
    for field in fields.iter_mut() {
        if field.source == FieldSource::Text {
            field.confidence = calibrated(engine, field);
        }
    }
    sort(fields);
}

/// Best first within each kind and source.
fn sort(fields: &mut [Field]) {
    fields.sort_by(|a, b| {
        (a.kind, a.source)
            .cmp(&(b.kind, b.source))
            .then(b.confidence.total_cmp(&a.confidence))
    });
}

/// What a line of text says as a value of this kind, and nothing else.
#[must_use]
pub fn value_in(line: &str, kind: FieldKind, template: &Template) -> Option<String> {
    let text: Vec<char> = line
        .chars()
        .map(cells::narrow)
        .filter(|c| !c.is_whitespace())
        .collect();
    let field = template.fields.iter().find(|field| field.kind == kind)?;
    // A rim of the cell may have been read as a character before the value.
    (0..text.len().min(3))
        .find_map(|start| field.pattern.matched(text.get(start..)?))
        .map(|shaped| shaped.value)
}

/// The best field of a kind over several pages: a barcode before text, then the surest.
#[must_use]
pub fn best(fields: &[Field], kind: FieldKind) -> Option<&Field> {
    fields
        .iter()
        .filter(|field| field.kind == kind)
        .min_by(|a, b| {
            a.source
                .cmp(&b.source)
                .then(b.confidence.total_cmp(&a.confidence))
        })
}

/// A number in a barcode: up to four letters, then figures.
fn coded(text: &str) -> Option<FieldKind> {
    let letters = text.chars().take_while(char::is_ascii_uppercase).count();
    let figures = text.chars().skip(letters).count();
    let numeral = text.chars().skip(letters).all(|c| c.is_ascii_digit());
    match (letters, figures) {
        _ if !numeral => None,
        (0, 6..=12) => Some(FieldKind::ClientNo),
        (0..=4, 8..=28) => Some(FieldKind::FlowNo),
        _ => None,
    }
}

/// A barcode says `client=…;flow=…`, or one number: a long one is a flow number, a short one
/// a client number.
fn from_barcode(page: u32, code: &Barcode) -> Vec<Field> {
    let field = |kind, value: &str| Field {
        kind,
        value: value.to_owned(),
        confidence: BARCODE_CONFIDENCE,
        source: FieldSource::Barcode,
        page,
        place: code.place,
        check: Check::None,
        corrected: 0,
        agreement: Agreement::NotAsked,
    };
    let text = code.value.trim();
    if text.contains('=') {
        return text
            .split([';', '&', '\n'])
            .filter_map(|pair| pair.split_once('='))
            .filter_map(|(key, value)| {
                let kind = match key.trim() {
                    "client" => FieldKind::ClientNo,
                    "flow" => FieldKind::FlowNo,
                    "date" => FieldKind::Date,
                    "branch" => FieldKind::Branch,
                    _ => return None,
                };
                let value = value.trim();
                (!value.is_empty()).then(|| field(kind, value))
            })
            .collect();
    }
    coded(text)
        .map(|kind| field(kind, text))
        .into_iter()
        .collect()
}

impl ValuePattern {
    /// What the characters begin with, if it can be a value of this pattern.
    fn matched(&self, text: &[char]) -> Option<Shaped> {
        match self {
            Self::Date => shapes::date(text),
            Self::Name => shapes::client_name(text),
            Self::Branch => shapes::branch(text),
            Self::Amount => amount::in_figures(text),
            Self::Capitals => amount::in_capitals(text),
            Self::Number(pattern) => pattern.matched(text),
        }
    }
}

impl CheckRule {
    fn of(self, value: &str) -> Check {
        let found = match self {
            Self::Gb11643 => id_number::check(value),
            Self::Gb32100 => credit_code::check(value),
        };
        match found {
            CheckDigit::Right => Check::Right,
            CheckDigit::Wrong => Check::Wrong,
            CheckDigit::None => Check::None,
        }
    }
}

fn characters(glyphs: &[Glyph]) -> Vec<char> {
    glyphs.iter().map(|glyph| glyph.character).collect()
}

impl Search<'_> {
    /// Values that stand behind a label in its cell, in the cell to the right, or below. What
    /// stands beside a label of capitals and is no amount goes to `unread`.
    fn beside_labels(&self, cell: &Cell, fields: &mut Vec<Field>, unread: &mut Vec<Vec<Glyph>>) {
        let labels = self.labels.find(&cell.glyphs);
        for (index, label) in labels.iter().enumerate() {
            let Some(template) = label.field.and_then(|n| self.template.fields.get(n)) else {
                continue;
            };
            let end = labels
                .get(index + 1)
                .map_or(cell.glyphs.len(), |next| next.start);
            let mut places: Vec<Vec<Glyph>> = Vec::new();
            for place in &template.neighbourhood {
                match place {
                    Neighbourhood::Beside => {
                        places.extend(self.beside(cell, label.end, end));
                    }
                    Neighbourhood::Below if end == label.end => {
                        let words = cell.glyphs.get(label.start..label.end).unwrap_or_default();
                        let place = place_of(words);
                        let column = cells::column_of(&self.cells, &place);
                        let below = cells::below(&self.cells, &place, column);
                        let in_order = cells::below_in_order(&self.cells, &cell.place);
                        for next in below.into_iter().chain(in_order) {
                            places.extend(self.not_a_label(next));
                        }
                    }
                    Neighbourhood::Below => {}
                }
            }
            let worth = MISTAKE.powi(i32::try_from(label.mistaken).unwrap_or(0));
            let found = places.iter().find_map(|glyphs| {
                let (shaped, check) = self.matched(template, glyphs)?;
                Some(self.field(template, shaped, check, glyphs, worth))
            });
            if found.is_none() && template.pattern == ValuePattern::Capitals {
                unread.extend(places);
            }
            fields.extend(found);
        }
    }

    /// What stands behind a label in its cell up to the next one, or else in the cells to the
    /// right of it.
    fn beside(&self, cell: &Cell, from: usize, to: usize) -> Vec<Vec<Glyph>> {
        let mut places = Vec::new();
        let right = |place| cells::right_of(&self.cells, place);
        let inside = cell.glyphs.get(from..to).unwrap_or_default();
        if to > from {
            places.push(inside.to_vec());
        }
        if to == cell.glyphs.len()
            && let Some(next) = right(&cell.place)
            && let Some(glyphs) = self.not_a_label(next)
        {
            // A value that was torn in two goes on in the next cell.
            places.push([inside, &glyphs].concat());
            if to == from
                && let Some(further) = right(&next.place)
                && let Some(rest) = self.not_a_label(further)
            {
                places.push([glyphs, rest].concat());
            }
        }
        places
    }

    /// The glyphs of a cell, unless it begins with a label of its own.
    fn not_a_label(&self, cell: &Cell) -> Option<Vec<Glyph>> {
        let labels = self.labels.find(&cell.glyphs);
        match labels.first() {
            Some(first) if first.start == 0 => None,
            Some(first) => cell.glyphs.get(..first.start).map(<[Glyph]>::to_vec),
            None => Some(cell.glyphs.clone()),
        }
    }

    /// The value that the characters begin with, and what its own check says: of a branch, what
    /// the register says, and where that knows nothing, its shape.
    fn matched(&self, template: &FieldTemplate, glyphs: &[Glyph]) -> Option<(Shaped, Check)> {
        let text = self.written(template, glyphs);
        let known = match template.pattern {
            ValuePattern::Branch => self.template.known.branch(&text),
            ValuePattern::Date
            | ValuePattern::Name
            | ValuePattern::Amount
            | ValuePattern::Capitals
            | ValuePattern::Number(_) => None,
        };
        let (mut shaped, check) = if let Some(known) = known {
            (known.shaped, known.check)
        } else {
            let shaped = template.pattern.matched(&text)?;
            let rule = template.check;
            let check = rule.map_or(Check::None, |rule| rule.of(&shaped.value));
            (shaped, check)
        };
        let read = glyphs.iter().zip(&text).take(shaped.length);
        shaped.corrected += read.filter(|(glyph, c)| glyph.character != **c).count();
        Some((shaped, check))
    }

    /// The characters, in names and branches with simplified ones for traditional ones where the
    /// page is in these.
    fn written(&self, template: &FieldTemplate, glyphs: &[Glyph]) -> Vec<char> {
        let words = matches!(template.pattern, ValuePattern::Name | ValuePattern::Branch);
        glyphs
            .iter()
            .map(|glyph| {
                let simplified = script::simplified(glyph).filter(|_| words && self.simplified);
                simplified.unwrap_or(glyph.character)
            })
            .collect()
    }

    fn field(
        &self,
        template: &FieldTemplate,
        mut shaped: Shaped,
        mut check: Check,
        glyphs: &[Glyph],
        worth: f32,
    ) -> Field {
        let used = glyphs.get(..shaped.length).unwrap_or(glyphs);
        if check == Check::Wrong
            && let Some(rule) = template.check
            && let Some(mended) =
                near_miss::mended(&shaped.value, used, |value| rule.of(value) == Check::Right)
        {
            shaped.value = mended;
            shaped.corrected += 1;
            check = Check::Right;
        }
        let corrections = MISTAKE.powi(i32::try_from(shaped.corrected).unwrap_or(0));
        Field {
            kind: template.kind,
            value: shaped.value,
            confidence: (weakest(used) * worth * corrections).clamp(0.0, 1.0),
            source: FieldSource::Text,
            page: self.page,
            place: place_of(used),
            check,
            corrected: u32::try_from(shaped.corrected).unwrap_or(u32::MAX),
            agreement: Agreement::NotAsked,
        }
    }

    /// Numbers whose check character fits, branches, and dates speak for themselves; they are
    /// taken where no label led to one.
    fn without_labels(&self, fields: &mut Vec<Field>) {
        for template in &self.template.fields {
            let kind = template.kind;
            let speaks = template.check.is_some()
                || matches!(template.pattern, ValuePattern::Branch | ValuePattern::Date);
            let known = fields
                .iter()
                .any(|field| field.kind == kind && field.check != Check::Wrong);
            if !speaks || known {
                continue;
            }
            for cell in &self.cells {
                fields.extend(self.alone(template, cell));
            }
        }
    }

    fn alone(&self, template: &FieldTemplate, cell: &Cell) -> Option<Field> {
        let text = characters(&cell.glyphs);
        let branch = template.pattern == ValuePattern::Branch;
        (0..text.len()).find_map(|start| {
            // A number or name does not begin in the middle of one.
            let inside = start
                .checked_sub(1)
                .and_then(|before| text.get(before))
                .is_some_and(|c| c.is_ascii_alphanumeric() || (branch && crate::ocr::is_han(*c)));
            if inside {
                return None;
            }
            let glyphs = cell.glyphs.get(start..)?;
            let (shaped, check) = self.matched(template, glyphs)?;
            // A branch that is spoken of stands within a sentence.
            if branch && start + shaped.length != text.len() {
                return None;
            }
            let field = self.field(template, shaped, check, glyphs, WITHOUT_LABEL);
            (template.check.is_none() || (field.check == Check::Right && field.corrected == 0))
                .then_some(field)
        })
    }
}

/// Where characters stand.
fn place_of(glyphs: &[Glyph]) -> PixelBox {
    let places = glyphs.iter().map(|glyph| glyph.place);
    places.reduce(|a, b| a.around(&b)).unwrap_or_default()
}

/// A value is as sure as the character of which the engine is least sure.
fn weakest(glyphs: &[Glyph]) -> f32 {
    glyphs
        .iter()
        .map(|glyph| glyph.confidence)
        .reduce(f32::min)
        .unwrap_or_default()
}
