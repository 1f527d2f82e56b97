//! Fields (字段) of a voucher, by label and shape, and from barcodes.
//!
//! A field is what the page seems to say; whether it is believed, and what happens when two
//! disagree, is not decided here.

mod cells;
pub mod id_number;
mod labels;
mod shapes;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::cells::{Cell, Glyph};
use self::id_number::CheckDigit;
use self::shapes::Shaped;
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
    /// Business flow number (业务流水号).
    FlowNo,
    /// Date (日期), as `2026-11-23`.
    Date,
    /// Branch (营业部): number, if any, and name.
    Branch,
}

impl FieldKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::ClientNo,
        Self::ClientName,
        Self::IdNumber,
        Self::FlowNo,
        Self::Date,
        Self::Branch,
    ];
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

/// What the check character says of an identity number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// It fits.
    Right,
    /// It does not fit: the number is misread, or wrong on the paper.
    Wrong,
    /// The value has none.
    None,
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
    /// The check character, where the value has one.
    pub check: Check,
}

/// A barcode has its own check sum.
const BARCODE_CONFIDENCE: f32 = 0.99;
/// What a value is worth that has the shape but no label.
const WITHOUT_LABEL: f32 = 0.6;
/// What each mistaken or corrected character costs.
const MISTAKE: f32 = 0.93;

/// The fields of a page, best first within each kind; a value occurs once a kind and source.
#[must_use]
pub fn find(page: u32, read: &Recognised, barcodes: &[Barcode]) -> Vec<Field> {
    let mut fields: Vec<Field> = barcodes
        .iter()
        .flat_map(|code| from_barcode(page, code))
        .collect();
    let cells = cells::of(read);
    for cell in &cells {
        beside_labels(page, cell, &cells, &mut fields);
    }
    without_labels(page, &cells, &mut fields);
    fields.sort_by(|a, b| {
        (a.kind, a.source)
            .cmp(&(b.kind, b.source))
            .then(b.confidence.total_cmp(&a.confidence))
    });
    let mut seen = std::collections::BTreeSet::new();
    fields.retain(|field| seen.insert((field.kind, field.source, field.value.clone())));
    fields
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
    let characters: Vec<char> = text.chars().collect();
    let whole = |shaped: &Shaped| shaped.length == characters.len() && shaped.corrected == 0;
    if let Some(client) = shapes::client_no(&characters).filter(whole)
        && client.length <= 12
    {
        return vec![field(FieldKind::ClientNo, &client.value)];
    }
    shapes::flow_no(&characters)
        .filter(whole)
        .map(|flow| vec![field(FieldKind::FlowNo, &flow.value)])
        .unwrap_or_default()
}

fn shape_of(kind: FieldKind, text: &[char]) -> Option<Shaped> {
    match kind {
        FieldKind::ClientNo => shapes::client_no(text),
        FieldKind::ClientName => shapes::client_name(text),
        FieldKind::IdNumber => shapes::id_number(text),
        FieldKind::FlowNo => shapes::flow_no(text),
        FieldKind::Date => shapes::date(text),
        FieldKind::Branch => shapes::branch(text),
    }
}

fn characters(glyphs: &[Glyph]) -> Vec<char> {
    glyphs.iter().map(|glyph| glyph.character).collect()
}

/// Values that stand behind a label in its cell, in the cell to the right, or below.
fn beside_labels(page: u32, cell: &Cell, cells: &[Cell], fields: &mut Vec<Field>) {
    let labels = labels::find(&cell.glyphs);
    for (index, label) in labels.iter().enumerate() {
        let Some(kind) = label.kind else { continue };
        let end = labels
            .get(index + 1)
            .map_or(cell.glyphs.len(), |next| next.start);
        let mut places = Vec::new();
        if end > label.end {
            places.extend(cell.glyphs.get(label.end..end).map(<[Glyph]>::to_vec));
            // A value that was torn in two goes on in the next cell.
            if end == cell.glyphs.len()
                && let Some(next) = cells::right_of(cells, &cell.place)
            {
                places.extend(
                    cell.glyphs
                        .get(label.end..end)
                        .map(|head| [head, &next.glyphs].concat()),
                );
            }
        } else if end == cell.glyphs.len() {
            if let Some(next) = cells::right_of(cells, &cell.place) {
                places.push(next.glyphs.clone());
                if let Some(further) = cells::right_of(cells, &next.place) {
                    places.push([next.glyphs.as_slice(), &further.glyphs].concat());
                }
            }
            places.extend(cells::below(cells, &cell.place).map(|next| next.glyphs.clone()));
        }
        let worth = MISTAKE.powi(i32::try_from(label.mistaken).unwrap_or(0));
        let found = places.iter().find_map(|glyphs| {
            let shaped = shape_of(kind, &characters(glyphs))?;
            Some(field(page, kind, &shaped, glyphs, worth))
        });
        fields.extend(found);
    }
}

fn field(page: u32, kind: FieldKind, shaped: &Shaped, glyphs: &[Glyph], worth: f32) -> Field {
    let used = glyphs.get(..shaped.length).unwrap_or(glyphs);
    let corrections = MISTAKE.powi(i32::try_from(shaped.corrected).unwrap_or(0));
    let mut confidence = mean_confidence(used) * worth * corrections;
    let check = match (kind, id_number::check(&shaped.value)) {
        (FieldKind::IdNumber, CheckDigit::Right) => {
            // One wrong figure in eleven would pass by chance; what remains of the doubt is that.
            confidence = 1.0 - (1.0 - confidence) / 11.0;
            Check::Right
        }
        (FieldKind::IdNumber, CheckDigit::Wrong) => {
            confidence *= 0.3;
            Check::Wrong
        }
        _ => Check::None,
    };
    Field {
        kind,
        value: shaped.value.clone(),
        confidence: confidence.clamp(0.0, 1.0),
        source: FieldSource::Text,
        page,
        place: used
            .iter()
            .map(|glyph| glyph.place)
            .reduce(|a, b| a.around(&b))
            .unwrap_or_default(),
        check,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the characters of a value are far below 2^24"
)]
fn mean_confidence(glyphs: &[Glyph]) -> f32 {
    let sum: f32 = glyphs.iter().map(|glyph| glyph.confidence).sum();
    sum / glyphs.len().max(1) as f32
}

/// Identity numbers whose check character fits, branches, and dates speak for themselves; they
/// are taken where no label led to one.
fn without_labels(page: u32, cells: &[Cell], fields: &mut Vec<Field>) {
    for kind in [FieldKind::IdNumber, FieldKind::Branch, FieldKind::Date] {
        if fields
            .iter()
            .any(|f| f.kind == kind && f.check != Check::Wrong)
        {
            continue;
        }
        for cell in cells {
            let text = characters(&cell.glyphs);
            let found = (0..text.len()).find_map(|start| {
                // A number or name does not begin in the middle of one.
                let inside = start
                    .checked_sub(1)
                    .and_then(|before| text.get(before))
                    .is_some_and(|c| {
                        c.is_ascii_digit() || (kind == FieldKind::Branch && crate::ocr::is_han(*c))
                    });
                if inside {
                    return None;
                }
                let glyphs = cell.glyphs.get(start..)?;
                let shaped = shape_of(kind, text.get(start..)?)?;
                // A branch that is spoken of stands within a sentence.
                if kind == FieldKind::Branch && start + shaped.length != text.len() {
                    return None;
                }
                let field = field(page, kind, &shaped, glyphs, WITHOUT_LABEL);
                (kind != FieldKind::IdNumber || field.check == Check::Right).then_some(field)
            });
            fields.extend(found);
        }
    }
}
