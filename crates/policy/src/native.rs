//! Documents that are born electronic (原生电子资料, R03, R14, R15, R18): taken in as they are from a
//! system, or a third party, that the firm recognises, and never scanned.

use domain::{BusinessDate, ClassCode};

use crate::profile::Profile;
use crate::refusal::{Refusal, RefusalCode};

/// What is said of a document that is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered<'a> {
    /// The system or third party that it comes from, by its code.
    pub source: &'a str,
    /// Its class.
    pub class: &'a ClassCode,
    /// When the client agreed that a third party gives it, if they did.
    pub consent: Option<BusinessDate>,
}

/// Whether a document may come from where it comes from.
///
/// # Errors
/// The source is none that the firm recognises, the class is scanned or does not come from there,
/// or the client has not agreed by the day.
pub fn may_deliver(
    profile: &Profile,
    delivered: &Delivered<'_>,
    day: BusinessDate,
) -> Result<(), Refusal> {
    let (source, class) = (delivered.source, delivered.class);
    let firm = format!("{}@{}", profile.name, profile.version);
    let Some(known) = profile.sources.get(source) else {
        let known: Vec<&str> = profile.sources.keys().map(String::as_str).collect();
        return Err(Refusal::new(
            RefusalCode::OtherContent,
            &["R03", "R14"],
            format!("{source:?}, a source that {firm} does not recognise"),
            format!("one of {}", known.join(", ")),
        ));
    };
    match profile.classes.get(class) {
        Some(of) if of.native => {}
        Some(_) => {
            return Err(Refusal::new(
                RefusalCode::OtherContent,
                &["R15", "R22"],
                format!("{class}, a class on paper"),
                "one that is born electronic; what is on paper is scanned",
            ));
        }
        None => {
            return Err(Refusal::new(
                RefusalCode::OtherContent,
                &["R22"],
                format!("{class}, a class that {firm} does not have"),
                "one of its classes",
            ));
        }
    }
    if !known.classes.contains(class) {
        let classes: Vec<&str> = known.classes.iter().map(ClassCode::as_str).collect();
        return Err(Refusal {
            code: RefusalCode::OtherContent,
            basis: known.basis.clone(),
            found: format!("{class} from {source}"),
            accepted: format!("from there: {}", classes.join(", ")),
        });
    }
    if known.third_party && delivered.consent.is_none_or(|consent| day < consent) {
        return Err(Refusal::new(
            RefusalCode::OtherContent,
            &["R14"],
            format!("a document of {source}, to which the client has not agreed"),
            "the day on which the client agreed, before it is taken in",
        ));
    }
    Ok(())
}
