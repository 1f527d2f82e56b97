//! Whose record it is (匹配): from what was said, and from what the pages show.
//!
//! What somebody said for the record wins. Otherwise a barcode, then the recognised text. Two
//! sources that are sure of themselves and disagree are a conflict, never a choice.

use std::collections::BTreeSet;
use std::str::FromStr;

use domain::{BusinessDate, ClientNo, FlowNo};
use entries::{ExceptionCode, Identification, IdentifiedBy, Refused};
use reading::fields::{Field, FieldKind, FieldSource};

use crate::sidecar::Facts;
use crate::tasks::Target;

/// Text below this confidence is not believed on its own.
const BELIEVED: f32 = 0.6;
/// Text from this confidence on can contradict a barcode even in one character: below it, of
/// readings that differ from one, most are misread.
const SURE: f32 = 0.98;
/// In how many characters a doubtful reading may differ from a barcode and still be the same.
const MISREAD_MAX: usize = 2;

/// What is known of a record's numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identified {
    /// The client.
    pub client: Option<ClientNo>,
    /// The flow.
    pub flow: Option<FlowNo>,
    /// The day of the business.
    pub business_date: Option<BusinessDate>,
    /// How each became known.
    pub by: Identification,
    /// Why the record cannot be filed.
    pub exception: Option<Refused>,
}

impl Identified {
    /// Takes over what the counter system knows of the flow that the record was matched with.
    pub(crate) fn take_over(&mut self, target: &Target) {
        let counter = Some(IdentifiedBy::CounterSystem);
        if self.client.as_ref() != Some(&target.client) {
            (self.client, self.by.client) = (Some(target.client.clone()), counter);
        }
        if self.flow.as_ref() != Some(&target.flow) {
            (self.flow, self.by.flow) = (Some(target.flow.clone()), counter);
        }
        if self.business_date != Some(target.business_date) {
            (self.business_date, self.by.business_date) = (Some(target.business_date), counter);
        }
        // What lacked a client has one now; what contradicts itself is still for a person.
        let unmatched = |refused: &Refused| refused.code == ExceptionCode::Unmatched;
        if self.exception.as_ref().is_some_and(unmatched) {
            self.exception = None;
        }
    }
}

/// What was said about a record, and where.
pub struct Said<'a> {
    /// By flags, for the whole call.
    pub flags: &'a Facts,
    /// By the record's sidecar.
    pub sidecar: &'a Facts,
}

/// Decides whose record it is. `fields` are those of all its pages.
pub fn identify(said: &Said<'_>, fields: &[Field]) -> Identified {
    let client = number(
        (said.flags.client.clone(), said.sidecar.client.clone()),
        fields,
        FieldKind::ClientNo,
    );
    let flow = number(
        (said.flags.flow.clone(), said.sidecar.flow.clone()),
        fields,
        FieldKind::FlowNo,
    );
    let date = date(said, fields);
    let mut identified = Identified::default();
    let refused = |code, page| Refused {
        code,
        original: None,
        page,
    };
    match client {
        Found::Is(value, by) => {
            identified.client = Some(value);
            identified.by.client = Some(by);
        }
        Found::Nothing => identified.exception = Some(refused(ExceptionCode::Unmatched, None)),
        Found::Conflict { page } => {
            identified.exception = Some(refused(ExceptionCode::Conflict, Some(page)));
        }
    }
    match flow {
        Found::Is(value, by) => {
            identified.flow = Some(value);
            identified.by.flow = Some(by);
        }
        // A document that belongs to the client and to no business of the day (R20).
        Found::Nothing => {}
        Found::Conflict { page } => {
            identified.exception = Some(refused(ExceptionCode::Conflict, Some(page)));
        }
    }
    if let Some((value, by)) = date {
        identified.business_date = Some(value);
        identified.by.business_date = Some(by);
    }
    identified
}

#[derive(Debug, PartialEq, Eq)]
enum Found<T> {
    Is(T, IdentifiedBy),
    Nothing,
    Conflict { page: u32 },
}

fn number<T: FromStr>(
    (flag, sidecar): (Option<T>, Option<T>),
    fields: &[Field],
    kind: FieldKind,
) -> Found<T> {
    if let Some(value) = flag {
        return Found::Is(value, IdentifiedBy::Flag);
    }
    if let Some(value) = sidecar {
        return Found::Is(value, IdentifiedBy::Sidecar);
    }
    let of = |source: FieldSource| {
        fields
            .iter()
            .filter(move |field| field.kind == kind && field.source == source)
    };
    let coded: BTreeSet<&str> = of(FieldSource::Barcode).map(|f| f.value.as_str()).collect();
    let text: Vec<&Field> = of(FieldSource::Text)
        .filter(|f| f.confidence >= BELIEVED)
        .collect();
    match coded.iter().collect::<Vec<_>>().as_slice() {
        [] => from_text(&text),
        [code] => {
            let against = text.iter().find(|field| contradicts(field, code));
            match (against, code.parse()) {
                (Some(field), _) => Found::Conflict { page: field.page },
                (None, Ok(value)) => Found::Is(value, IdentifiedBy::Barcode),
                (None, Err(_)) => Found::Nothing,
            }
        }
        _ => {
            let page = of(FieldSource::Barcode).map(|f| f.page).max().unwrap_or(1);
            Found::Conflict { page }
        }
    }
}

fn from_text<T: FromStr>(text: &[&Field]) -> Found<T> {
    let Some(best) = text
        .iter()
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence))
    else {
        return Found::Nothing;
    };
    if let Some(other) = text.iter().find(|field| contradicts(field, &best.value)) {
        return Found::Conflict { page: other.page };
    }
    best.value
        .parse()
        .map_or(Found::Nothing, |value| Found::Is(value, IdentifiedBy::Text))
}

/// Whether a reading speaks against a value, rather than being a misreading of it.
fn contradicts(field: &Field, value: &str) -> bool {
    if field.value == value {
        return false;
    }
    if field.confidence >= SURE {
        return true;
    }
    let same_length = field.value.chars().count() == value.chars().count();
    let differ = field
        .value
        .chars()
        .zip(value.chars())
        .filter(|(a, b)| a != b)
        .count();
    !same_length || differ > MISREAD_MAX
}

/// A date is a help, not a match: doubt leaves it unknown.
fn date(said: &Said<'_>, fields: &[Field]) -> Option<(BusinessDate, IdentifiedBy)> {
    if let Some(value) = said.flags.business_date {
        return Some((value, IdentifiedBy::Flag));
    }
    if let Some(value) = said.sidecar.business_date {
        return Some((value, IdentifiedBy::Sidecar));
    }
    let believed: Vec<&Field> = fields
        .iter()
        .filter(|field| field.kind == FieldKind::Date && field.confidence >= BELIEVED)
        .collect();
    let best = believed
        .iter()
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence))?;
    let by = match best.source {
        FieldSource::Barcode => IdentifiedBy::Barcode,
        FieldSource::Text => IdentifiedBy::Text,
    };
    best.value.parse().ok().map(|value| (value, by))
}

#[cfg(test)]
mod tests {
    use reading::fields::{Agreement, Check};
    use reading::geometry::PixelBox;

    use super::*;

    fn field(kind: FieldKind, value: &str, confidence: f32, source: FieldSource) -> Field {
        Field {
            kind,
            value: value.to_owned(),
            confidence,
            source,
            page: 1,
            place: PixelBox {
                x: 0,
                y: 0,
                width: 1,
                height: 1,
            },
            check: Check::None,
            corrected: 0,
            agreement: Agreement::NotAsked,
        }
    }

    /// What a page shows: value, confidence, source.
    type Shown = [(&'static str, f32, FieldSource)];

    fn found(fields: &Shown) -> Found<ClientNo> {
        let fields: Vec<Field> = fields
            .iter()
            .map(|(v, c, s)| field(FieldKind::ClientNo, v, *c, *s))
            .collect();
        number((None, None), &fields, FieldKind::ClientNo)
    }

    #[test]
    fn sources_agree_or_conflict() {
        use FieldSource::{Barcode, Text};
        let is = |value: &str, by| Found::Is(value.parse().unwrap(), by);
        let table: &[(&Shown, Found<ClientNo>)] = &[
            (&[], Found::Nothing),
            (&[("8800012345", 0.5, Text)], Found::Nothing),
            (
                &[("8800012345", 0.8, Text)],
                is("8800012345", IdentifiedBy::Text),
            ),
            (
                &[("8800012345", 0.99, Barcode)],
                is("8800012345", IdentifiedBy::Barcode),
            ),
            (
                &[("8800012345", 0.99, Barcode), ("8800012345", 0.95, Text)],
                is("8800012345", IdentifiedBy::Barcode),
            ),
            // A doubtful reading, one character off: a misreading.
            (
                &[("8800012345", 0.99, Barcode), ("8800012346", 0.7, Text)],
                is("8800012345", IdentifiedBy::Barcode),
            ),
            // A sure one: somebody's neighbour.
            (
                &[("8800012345", 0.99, Barcode), ("8800012346", 0.99, Text)],
                Found::Conflict { page: 1 },
            ),
            (
                &[("8800012345", 0.99, Barcode), ("8800099999", 0.7, Text)],
                Found::Conflict { page: 1 },
            ),
            (
                &[("1", 0.99, Barcode), ("2", 0.99, Barcode)],
                Found::Conflict { page: 1 },
            ),
            (
                &[("8800012345", 0.95, Text), ("8800067890", 0.95, Text)],
                Found::Conflict { page: 1 },
            ),
            // What cannot be a code is none.
            (&[("88 12", 0.99, Barcode)], Found::Nothing),
        ];
        for (fields, expected) in table {
            assert_eq!(found(fields), *expected, "{fields:?}");
        }
    }

    #[test]
    fn what_was_said_wins_and_a_record_needs_a_client() {
        let flags = Facts {
            client: Some("1".parse().unwrap()),
            ..Facts::default()
        };
        let none = Facts::default();
        let page = [
            field(FieldKind::ClientNo, "2", 0.99, FieldSource::Barcode),
            field(FieldKind::FlowNo, "L9", 0.99, FieldSource::Barcode),
            field(FieldKind::Date, "2026-11-20", 0.9, FieldSource::Text),
        ];
        let by_flag = identify(
            &Said {
                flags: &flags,
                sidecar: &none,
            },
            &page,
        );
        assert_eq!(by_flag.client.unwrap().as_str(), "1");
        assert_eq!(by_flag.flow.unwrap().as_str(), "L9");
        assert_eq!(by_flag.business_date.unwrap().to_string(), "2026-11-20");
        assert_eq!(by_flag.exception, None);
        let by_sidecar = identify(
            &Said {
                flags: &none,
                sidecar: &flags,
            },
            &page,
        );
        assert_eq!(by_sidecar.by.client, Some(IdentifiedBy::Sidecar));
        let unmatched = identify(
            &Said {
                flags: &none,
                sidecar: &none,
            },
            &[],
        );
        assert_eq!(unmatched.exception.unwrap().code, ExceptionCode::Unmatched);
    }
}
