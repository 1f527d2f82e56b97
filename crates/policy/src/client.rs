//! Clients (客户): their kinds, what must be known of each kind (R16), and how a name is shown.

use serde::{Deserialize, Serialize};

/// Which kind a client is (客户类别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    /// A natural person (自然人).
    Person,
    /// An institution (机构).
    Institution,
    /// A product, such as a fund (产品).
    Product,
}

/// What may be known of a client, by the names of a table's columns.
pub const FIELDS: [&str; 14] = [
    "name",
    "nationality",
    "id_kind",
    "id_number",
    "id_valid_to",
    "portrait",
    "address",
    "phone",
    "occupation",
    "education",
    "institution_type",
    "capital",
    "assets",
    "risk",
];

/// What must be known of everybody (R16).
const OF_ALL: [&str; 9] = [
    "name",
    "nationality",
    "id_kind",
    "id_number",
    "id_valid_to",
    "address",
    "phone",
    "assets",
    "risk",
];

impl ClientKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Person, Self::Institution, Self::Product];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Institution => "institution",
            Self::Product => "product",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What must be known of a client of this kind (R16), by the names of [`FIELDS`].
    pub fn required(self) -> impl Iterator<Item = &'static str> {
        let own: &[&str] = match self {
            Self::Person => &["portrait", "occupation", "education"],
            Self::Institution => &["institution_type", "capital"],
            // A product has its manager's data; of its own it has no more than everybody.
            Self::Product => &[],
        };
        OF_ALL.into_iter().chain(own.iter().copied())
    }
}

/// A name as it may be shown (脱敏), without its blanks: 张*三 for 张小三, 示范**公司 for 示范贸易公司.
#[must_use]
pub fn masked(name: &str) -> String {
    let letters: Vec<char> = name.chars().filter(|one| !one.is_whitespace()).collect();
    let (first, last) = match letters.len() {
        0 | 1 => (0, 0),
        2 => (1, 0),
        3..=5 => (1, 1),
        _ => (2, 2),
    };
    let hidden = letters.len().saturating_sub(last);
    let shown = |(n, letter): (usize, &char)| {
        if n < first || n >= hidden {
            *letter
        } else {
            '*'
        }
    };
    letters.iter().enumerate().map(shown).collect()
}
