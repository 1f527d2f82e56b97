//! Profiles (制度配置): the rules of one kind of firm, as data.
//!
//! A profile is TOML, read and checked by [`Profile::parse`]; three are embedded. It takes
//! effect by an entry in the ledger that 运营管理部 proposes and a second person confirms, and
//! never by editing a file (R23, R31, R77).
//!
//! A profile follows the Measures if a line of its schedule rests on R41. Then it lends nothing
//! (R63), ends no electronic document (R42, R65), and knows of each document what R01 asks for.

mod diff;
mod load;
mod shape;

use std::collections::BTreeMap;

use domain::{BusinessDate, ClassCode, RoleCode};

use crate::authority::Assurance;
use crate::basis::Basis;
use crate::calendar::FirmClosure;
use crate::deadline::{Deadline, Duty};
use crate::retention::{Schedule, Title};

pub use diff::{Change, ClassChange, Difference, Moves, diff, differences, moves};
pub use load::{ProfileError, ProfileProblem};

/// The profiles that this version carries, by name.
pub const EMBEDDED: [(&str, &str); 3] = [
    ("securities", include_str!("../../profiles/securities.toml")),
    ("accounting", include_str!("../../profiles/accounting.toml")),
    ("bank", include_str!("../../profiles/bank.toml")),
];

/// The rules of one kind of firm, in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name: `securities`.
    pub name: String,
    /// Its version: `2026.1`. Entries say which version decided them (R77, R92).
    pub version: String,
    /// What it is called.
    pub title: Title,
    /// The first day on which it may be in force.
    pub valid_from: BusinessDate,
    /// The last day, if it has one.
    pub valid_to: Option<BusinessDate>,
    /// Who says what it means: the role that interprets it (R77).
    pub interpreter: RoleCode,
    /// From this day on agency vouchers (代理证券业务凭证) lie in the client's bag; what is older is bound
    /// in volumes (R36). `None` where no volumes are kept.
    pub agency_cut_over: Option<BusinessDate>,
    /// The standards that it refers to (R93).
    pub standards: Vec<String>,
    /// Categories of documents (R22).
    pub categories: Vec<Category>,
    /// Classes of documents (R01).
    pub classes: BTreeMap<ClassCode, Class>,
    /// Which scan tasks each kind of business makes (R23).
    pub templates: Vec<Template>,
    /// Where documents come from that are born electronic (R03, R15, R18), by code.
    pub sources: BTreeMap<String, Source>,
    /// Sets of scan parameters (R31), by name.
    pub scans: BTreeMap<String, Scan>,
    /// The retention schedule.
    pub schedule: Schedule,
    /// Deadlines.
    pub deadlines: Vec<Deadline>,
    /// Roles.
    pub roles: BTreeMap<RoleCode, Role>,
    /// Procedures and who must act in them.
    pub procedures: BTreeMap<String, Procedure>,
    /// Days on which this firm is closed although others work.
    pub closures: Vec<FirmClosure>,
    /// What a firm of this kind may do that another may not.
    pub switches: Switches,
}

impl Profile {
    /// Whether an agency voucher that came into being on a day belongs in a
    /// bound volume, and not in the client's bag; the day of the cut-over itself is the bag's
    /// (R36).
    #[must_use]
    pub fn belongs_in_volume(&self, created: BusinessDate) -> bool {
        self.agency_cut_over.is_some_and(|day| created < day)
    }

    /// The deadlines of a duty: one, or one for each step where it comes more than once (R55).
    pub fn deadlines_for(&self, duty: Duty) -> impl Iterator<Item = &Deadline> {
        self.deadlines.iter().filter(move |one| one.duty == duty)
    }
}

/// A category (类别): how the account system groups documents (R22).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub title: Title,
}

/// Which of the three kinds of documents it is (R01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Basic information (基本信息, R16).
    Basic,
    /// A business voucher (业务凭证, R17).
    Voucher,
    /// A transaction record (交易记录, R18).
    Transaction,
    /// None of the three: registers, forms, accounting documents.
    Other,
}

/// How it must be protected (R78, R105). A medium is protected as its most sensitive member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensitivity {
    /// For the firm's own people.
    Internal,
    /// Sensitive personal information (敏感个人信息).
    Sensitive,
    /// For a named circle alone (保密).
    Confidential,
}

/// Whose a document is: what its period follows (R41).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The client's as such: it follows the last account.
    Client,
    /// One account's.
    Account,
    /// Nobody's of the two.
    Firm,
}

/// A fact that a document must have before it is filed (R01, R16 to R18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Required {
    /// The client (客户标识).
    Client,
    /// The business flow (业务流水), which says what business it is (业务内容).
    Flow,
    /// When the business was done (业务办理时间).
    BusinessDate,
    /// The account.
    Account,
    /// What was traded (交易标的物).
    Instrument,
    /// The price (交易价格).
    Price,
    /// The quantity (交易数量).
    Quantity,
    /// When it was traded (交易时间).
    TradeTime,
    /// The fiscal year.
    FiscalYear,
}

impl Required {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Client,
        Self::Flow,
        Self::BusinessDate,
        Self::Account,
        Self::Instrument,
        Self::Price,
        Self::Quantity,
        Self::TradeTime,
        Self::FiscalYear,
    ];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Flow => "flow",
            Self::BusinessDate => "business-date",
            Self::Account => "account",
            Self::Instrument => "instrument",
            Self::Price => "price",
            Self::Quantity => "quantity",
            Self::TradeTime => "trade-time",
            Self::FiscalYear => "fiscal-year",
        }
    }
}

/// A class of documents (资料种类).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its code.
    pub code: ClassCode,
    /// What it is called.
    pub title: Title,
    /// Which kind it is.
    pub kind: Kind,
    /// The category that it is filed under.
    pub category: String,
    /// How it must be protected.
    pub sensitivity: Sensitivity,
    /// Whose it is.
    pub owner: Owner,
    /// What must be known of it.
    pub required: Vec<Required>,
    /// What the firm prints on top of such documents, beside its title: by it a page is known.
    pub printed: Vec<String>,
    /// Natively electronic: never scanned (R15).
    pub native: bool,
    /// Its set of scan parameters; a native class has none.
    pub scan: Option<String>,
    /// What it rests on.
    pub basis: Vec<Basis>,
}

/// The scan tasks that one kind of business makes (采集任务模板).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The kind of business, as the counter system codes it.
    pub business: String,
    /// What it is called.
    pub title: Title,
    /// One task for each.
    pub tasks: Vec<ClassCode>,
    /// Classes that the same client's other business may have brought already (R24, R123).
    pub shared: Vec<ClassCode>,
    /// What it rests on.
    pub basis: Vec<Basis>,
}

/// A system, or a third party, that documents come from as they were born (来源系统). Whatever comes
/// from elsewhere is not recognised (R14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called.
    pub title: Title,
    /// Whether it is not the firm's own: then each document takes the client's consent (R14).
    pub third_party: bool,
    /// What comes from it.
    pub classes: Vec<ClassCode>,
    /// What it rests on.
    pub basis: Vec<Basis>,
}

/// The colours of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colour {
    /// Black and white.
    Bilevel,
    /// Grey.
    Grey,
    /// Colour: seals and photographs need it.
    Colour,
}

/// Scan parameters (扫描参数, R31).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The lowest resolution, in dots an inch.
    pub dpi_min: u16,
    /// The highest.
    pub dpi_max: u16,
    /// The largest page, in bytes.
    pub page_bytes_max: u64,
    /// The least colour that is enough.
    pub colour_min: Colour,
    /// What it rests on.
    pub basis: Vec<Basis>,
}

/// On which side of the firm a role stands. Business and system exclude each other (R05).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Handles clients' documents, or decides about them.
    Business,
    /// Runs the system, and never sees a document.
    System,
    /// Looks at what was done, and does nothing (R75).
    Audit,
    /// Not of the firm: people of an authority (R62). They have no account.
    Outside,
}

/// Where somebody holds a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    /// At a branch (营业部), for that branch.
    Branch,
    /// At headquarters (总部), for all.
    Headquarters,
}

/// A role (岗位).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its code.
    pub code: RoleCode,
    /// What it is called.
    pub title: Title,
    /// Its side.
    pub side: Side,
    /// Where it is held.
    pub seat: Seat,
    /// Roles that its holder may not hold as well, beside those of another side.
    pub excludes: Vec<RoleCode>,
    /// What it rests on.
    pub basis: Vec<Basis>,
}

/// Whose branch somebody in a position must be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// The branch that the case is about.
    Own,
    /// The branch that receives.
    Receiving,
    /// Headquarters.
    Headquarters,
    /// The branch that the case is about, or headquarters.
    OwnOrHeadquarters,
    /// Anybody's, whose role is held where it belongs.
    Any,
}

/// A position (签署岗位) in a procedure: who must act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub title: Title,
    /// Any of these roles may fill it.
    pub roles: Vec<RoleCode>,
    /// These fill it where nobody of `roles` can, because each has acted where the position
    /// takes another person.
    pub if_barred: Vec<RoleCode>,
    /// Whose people they are.
    pub whose: Whose,
    /// How many different persons it takes.
    pub persons: u8,
    /// Positions whose persons must be others. Compared by person, not by account.
    pub differs_from: Vec<String>,
    /// Those of them from which it differs by the firm's setting alone, and by no text.
    pub firm_differs_from: Vec<String>,
    /// Positions that must all have acted before.
    pub after: Vec<String>,
    /// What the position rests on, and what it differs from the others by.
    pub basis: Vec<Basis>,
}

/// A procedure (流程): the positions that must act. They act in any order but where one says
/// what it comes `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub title: Title,
    /// Who acts.
    pub positions: Vec<Position>,
    /// How many days a signature counts, from the day on which it was given.
    pub signature_days: u16,
    /// How well it must be known who acts.
    pub assurance: Assurance,
    /// What it rests on.
    pub basis: Vec<Basis>,
}

/// What a firm of one kind may do that another may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Documents may be lent, with a register (R101). The Measures forbid it (R63).
    pub lending: bool,
    /// A client is admitted only with complete and valid qualification documents (R125).
    pub admission_gate: bool,
}

/// Whether a version that is valid from a day overlaps one that is valid over these days. One
/// without an end ends where the next begins, so that only what begins no later than it, or
/// within its days, meets it.
#[must_use]
pub fn overlaps(
    (since, until): (BusinessDate, Option<BusinessDate>),
    valid_from: BusinessDate,
) -> bool {
    valid_from <= since || until.is_some_and(|until| valid_from <= until)
}
