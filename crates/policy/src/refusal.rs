//! Refusals (拒绝理由): why something may not be done, as a value.

use std::fmt;

use crate::basis::Basis;

/// Why something may not be done: a stable code, what it rests on, what was found and what
/// would be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code. It never changes its meaning.
    pub code: RefusalCode,
    /// What it rests on: the text, or this firm's setting.
    pub basis: Vec<Basis>,
    /// What was found.
    pub found: String,
    /// What would be accepted.
    pub accepted: String,
}

/// The code of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalCode {
    /// The person has none of the roles that the position takes.
    NotInRole,
    /// The person has the role at another branch.
    OtherBranch,
    /// The person acts in this case already where another must.
    SamePerson,
    /// The position has all the persons that it takes.
    PositionFull,
    /// The procedure has no such position.
    NoSuchPosition,
    /// Two roles that exclude each other.
    RolesExclude,
    /// What was signed in a position does not count any more: it is too old, or its giver has
    /// lost the role.
    SignatureExpired,
    /// Nobody has signed who is known well enough.
    NotSigned,
    /// The case is not at the point at which this can be done.
    WrongState,
    /// What was signed is not what is there now.
    OtherContent,
    /// It is not the day for it.
    WrongDay,
    /// It takes a reason, and none is given.
    NoReason,
    /// The account is nobody's.
    NobodysAccount,
    /// The account is another person's.
    AccountTaken,
    /// The profile has no such role, or it is held elsewhere than it says.
    NoSuchRole,
}

impl RefusalCode {
    /// Every code.
    pub const ALL: [Self; 15] = [
        Self::NotInRole,
        Self::OtherBranch,
        Self::SamePerson,
        Self::PositionFull,
        Self::NoSuchPosition,
        Self::RolesExclude,
        Self::SignatureExpired,
        Self::NotSigned,
        Self::WrongState,
        Self::OtherContent,
        Self::WrongDay,
        Self::NoReason,
        Self::NobodysAccount,
        Self::AccountTaken,
        Self::NoSuchRole,
    ];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotInRole => "not-in-role",
            Self::OtherBranch => "other-branch",
            Self::SamePerson => "same-person",
            Self::PositionFull => "position-full",
            Self::NoSuchPosition => "no-such-position",
            Self::RolesExclude => "roles-exclude",
            Self::SignatureExpired => "signature-expired",
            Self::NotSigned => "not-signed",
            Self::WrongState => "wrong-state",
            Self::OtherContent => "other-content",
            Self::WrongDay => "wrong-day",
            Self::NoReason => "no-reason",
            Self::NobodysAccount => "nobodys-account",
            Self::AccountTaken => "account-taken",
            Self::NoSuchRole => "no-such-role",
        }
    }
}

impl Refusal {
    /// A refusal by requirements (`R25`), or by the firm's setting (`firm`). A name that is none
    /// of these is left out.
    #[must_use]
    pub fn new(
        code: RefusalCode,
        basis: &[&str],
        found: impl Into<String>,
        accepted: impl Into<String>,
    ) -> Self {
        Self {
            code,
            basis: basis.iter().filter_map(|one| one.parse().ok()).collect(),
            found: found.into(),
            accepted: accepted.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, expected {} (", self.found, self.accepted)?;
        for (n, basis) in self.basis.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            match basis {
                Basis::FirmSetting => write!(f, "{comma}firm's setting")?,
                Basis::Rule(_) | Basis::Outside(_) => write!(f, "{comma}{basis}")?,
            }
        }
        f.write_str(")")
    }
}

impl std::error::Error for Refusal {}
