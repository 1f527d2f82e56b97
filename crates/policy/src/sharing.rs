//! Sharing (资料共用): a document that is kept already serves another business of the same client
//! (R24), and a copy of an identity document only while it is unchanged and valid (R123).

use domain::{BusinessDate, ClassCode, ClientNo};

use crate::basis::Basis;
use crate::profile::{Kind, Profile, Sensitivity, Template};
use crate::refusal::{Refusal, RefusalCode};

/// What is known of a document that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whose it is.
    pub client: ClientNo,
    /// Its class.
    pub class: ClassCode,
    /// Its name (文件名称).
    pub name: String,
    /// Until when it is valid.
    pub validity: Validity,
    /// Whether the document itself is still as the copy shows it; `None` if nobody has looked.
    pub unchanged: Option<bool>,
}

/// Until when a document is valid (有效期).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// To the end of this day.
    Until(BusinessDate),
    /// For good (长期).
    ForGood,
    /// Nobody knows.
    Unknown,
}

/// What a business asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The client.
    pub client: &'a ClientNo,
    /// The class of the document.
    pub class: &'a ClassCode,
    /// Its name.
    pub name: &'a str,
}

/// Whether what is kept serves a business, so that no new document is scanned for its task.
///
/// # Errors
/// The first reason against it: the template does not share the class; another client's, or
/// another document; not known to be valid on the day; not known to be unchanged.
pub fn may_share(
    profile: &Profile,
    template: &Template,
    wanted: Wanted<'_>,
    kept: &Kept,
    day: BusinessDate,
) -> Result<(), Refusal> {
    if !template.shared.contains(wanted.class) {
        return Err(refused(
            RefusalCode::OtherContent,
            template.basis.clone(),
            format!("{} does not share {}", template.business, wanted.class),
            "a document of its own".to_owned(),
        ));
    }
    if kept.client != *wanted.client {
        return Err(refused(
            RefusalCode::OtherContent,
            rules(&["R24"]),
            "a document of another client".to_owned(),
            format!("one of client {}", wanted.client),
        ));
    }
    if kept.class != *wanted.class || kept.name != wanted.name {
        return Err(refused(
            RefusalCode::OtherContent,
            rules(&["R24"]),
            format!("a document of class {}, or of another name", kept.class),
            format!("the document of the same name, of class {}", wanted.class),
        ));
    }
    let valid = match kept.validity {
        Validity::ForGood => true,
        Validity::Until(last) => day <= last,
        Validity::Unknown => false,
    };
    if !valid {
        let found = match kept.validity {
            Validity::Until(last) => format!("a document valid to {last}"),
            Validity::ForGood | Validity::Unknown => {
                "a document of which nobody knows until when it is valid".to_owned()
            }
        };
        return Err(refused(
            RefusalCode::WrongDay,
            rules(&["R24", "R123"]),
            found,
            format!("one that is valid on {day}"),
        ));
    }
    // Basic information that is sensitive: identity documents and portraits.
    let identity = profile.classes.get(wanted.class).is_none_or(|class| {
        class.kind == Kind::Basic && class.sensitivity == Sensitivity::Sensitive
    });
    if identity && kept.unchanged != Some(true) {
        return Err(refused(
            RefusalCode::OtherContent,
            rules(&["R123"]),
            match kept.unchanged {
                Some(_) => "a copy of an identity document that has changed".to_owned(),
                None => "a copy, and nobody has compared the identity document with it".to_owned(),
            },
            "a copy that the document still equals".to_owned(),
        ));
    }
    Ok(())
}

fn rules(rules: &[&str]) -> Vec<Basis> {
    rules.iter().filter_map(|rule| rule.parse().ok()).collect()
}

const fn refused(code: RefusalCode, basis: Vec<Basis>, found: String, accepted: String) -> Refusal {
    Refusal {
        code,
        basis,
        found,
        accepted,
    }
}
