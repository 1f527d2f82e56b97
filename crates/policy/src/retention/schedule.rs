//! The retention schedule (保管期限表): one line says how long which documents are kept, from
//! when, and what comes after.

use std::collections::BTreeMap;
use std::fmt;

use domain::ClassCode;

use crate::basis::Basis;

/// In which form a document is held (R02). Each form is judged by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rendition {
    /// Paper (纸质).
    Paper,
    /// A sealed image or a native file (电子).
    Electronic,
}

impl Rendition {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Paper, Self::Electronic];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Electronic => "electronic",
        }
    }
}

/// What a period begins with (起算点).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Start {
    /// The account that the document belongs to was closed (R41).
    LinkedAccountClosed,
    /// The client's last account was closed (R41: documents of the client as such).
    LastAccountClosed,
    /// The business relation with the client ended.
    RelationEnded,
    /// The transaction ended.
    TransactionEnded,
    /// The document came into being.
    Created,
    /// The fiscal year of the document ended: the first day after it (X09).
    FiscalYearEnded,
    /// The calendar year of the document ended.
    YearEnded,
    /// The case, complaint or follow-up was closed.
    CaseClosed,
    /// The form was closed: its request is done with.
    FormClosed,
    /// The asset was disposed of.
    AssetDisposed,
    /// The transfer was done.
    TransferDone,
    /// The document that this one is about may end: its own verdict lets it.
    DocumentReleased,
}

impl Start {
    /// Whether an account that is opened again would begin it anew (R41).
    #[must_use]
    pub const fn follows_accounts(self) -> bool {
        matches!(self, Self::LinkedAccountClosed | Self::LastAccountClosed)
    }

    /// Every start.
    pub const ALL: [Self; 12] = [
        Self::LinkedAccountClosed,
        Self::LastAccountClosed,
        Self::RelationEnded,
        Self::TransactionEnded,
        Self::Created,
        Self::FiscalYearEnded,
        Self::YearEnded,
        Self::CaseClosed,
        Self::FormClosed,
        Self::AssetDisposed,
        Self::TransferDone,
        Self::DocumentReleased,
    ];

    /// Its word in a profile.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LinkedAccountClosed => "linked-account-closed",
            Self::LastAccountClosed => "last-account-closed",
            Self::RelationEnded => "relation-ended",
            Self::TransactionEnded => "transaction-ended",
            Self::Created => "created",
            Self::FiscalYearEnded => "fiscal-year-ended",
            Self::YearEnded => "year-ended",
            Self::CaseClosed => "case-closed",
            Self::FormClosed => "form-closed",
            Self::AssetDisposed => "asset-disposed",
            Self::TransferDone => "transfer-done",
            Self::DocumentReleased => "document-released",
        }
    }
}

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// At least so many years from the start (定期).
    Years(u16),
    /// As long as it is worth it: looked at again at intervals, and never due by itself
    /// (长期, R42).
    LongTerm {
        /// Years between appraisals (鉴定).
        appraise_years: u16,
    },
    /// For ever (永久).
    Permanent,
}

/// What comes once the period has run out. Nothing ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum After {
    /// Somebody looks at it and decides (鉴定).
    Review,
    /// The branch may apply for its destruction (R65 to R67).
    DestroyByChain,
    /// Nothing: it stays.
    Stay,
}

impl After {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Review, Self::DestroyByChain, Self::Stay];

    /// Its word in a profile.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::DestroyByChain => "destroy-by-chain",
            Self::Stay => "stay",
        }
    }
}

/// The code of a line, such as `S01`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCode(pub(crate) String);

impl LineCode {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of the schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its code.
    pub code: LineCode,
    /// What it is about, in Chinese and English.
    pub title: Title,
    /// The classes that it holds for.
    pub classes: Vec<ClassCode>,
    /// The forms that it holds for.
    pub renditions: Vec<Rendition>,
    /// The period begins with the latest of these; empty where there is nothing to wait for.
    pub from_latest_of: Vec<Start>,
    /// How long.
    pub period: Period,
    /// What comes then.
    pub after: After,
    /// What it rests on.
    pub basis: Vec<Basis>,
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// 简体中文.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The schedule, arranged so that the lines for a document are found at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    lines: Vec<Line>,
    /// For each class, the places of the lines for paper and for the electronic form.
    by_class: BTreeMap<ClassCode, [Vec<usize>; 2]>,
}

impl Schedule {
    /// A schedule of these lines.
    #[must_use]
    pub fn new(lines: Vec<Line>) -> Self {
        let mut by_class: BTreeMap<ClassCode, [Vec<usize>; 2]> = BTreeMap::new();
        for (n, line) in lines.iter().enumerate() {
            for class in &line.classes {
                let [paper, electronic] = by_class.entry(class.clone()).or_default();
                for rendition in &line.renditions {
                    match rendition {
                        Rendition::Paper => paper.push(n),
                        Rendition::Electronic => electronic.push(n),
                    }
                }
            }
        }
        Self { lines, by_class }
    }

    /// Every line.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines for documents of a class in one form.
    pub fn lines_for(
        &self,
        class: &ClassCode,
        rendition: Rendition,
    ) -> impl Iterator<Item = &Line> + Clone {
        let places = self
            .by_class
            .get(class)
            .map(|[paper, electronic]| match rendition {
                Rendition::Paper => paper.as_slice(),
                Rendition::Electronic => electronic.as_slice(),
            });
        let places = places.unwrap_or_default().iter();
        places.filter_map(|n| self.lines.get(*n))
    }
}
