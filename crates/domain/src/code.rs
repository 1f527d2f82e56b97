//! Codes that people and other systems give out: numbers of clients and flows, codes of
//! branches, classes, roles.
//!
//! They are opaque: compared, never computed with. What they share is what a code must not be:
//! empty, longer than [`CODE_BYTES_MAX`], or carrying blanks or control characters, so that a
//! code can stand in a key, a file name or a line without quoting.

use std::fmt;
use std::str::FromStr;

use crate::text_serde;

/// The longest code, in bytes of UTF-8.
pub const CODE_BYTES_MAX: usize = 64;

/// The text cannot be a code.
#[derive(Debug, thiserror::Error)]
#[error(
    "not a {kind}: expected 1 to {CODE_BYTES_MAX} bytes without blanks, control characters or '/', found {found:?}"
)]
pub struct CodeError {
    /// The noun of the code.
    pub kind: &'static str,
    /// What stood there.
    pub found: String,
}

macro_rules! code {
    ($($(#[$doc:meta])* $name:ident, $kind:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The code as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($kind, ":{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = CodeError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let fits = (1..=CODE_BYTES_MAX).contains(&text.len())
                    && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '/');
                if !fits {
                    return Err(CodeError { kind: $kind, found: text.chars().take(80).collect() });
                }
                Ok(Self(text.to_owned()))
            }
        }

        text_serde!($name);
    )+};
}

code! {
    /// A branch (营业部), as the firm numbers them.
    BranchCode, "branch code";
    /// A client number (客户号).
    ClientNo, "client number";
    /// A business flow number (业务流水号).
    FlowNo, "flow number";
    /// A document class (资料类别). What classes there are is the profile's to say.
    ClassCode, "class code";
    /// A type of business (业务类型). What each owes the archive is the profile's to say.
    BusinessCode, "business type";
    /// A client's account (账户): asset, securities or fund account.
    AccountNo, "account number";
    /// A person (人员), by the number that the firm gave.
    PersonId, "person id";
    /// The name that a person signs in with (登录账号).
    LoginName, "login name";
    /// A role (角色).
    RoleCode, "role code";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_short_and_printable() {
        for good in ["8800123456", "营业部-0012", "A.b_c:d"] {
            assert_eq!(good.parse::<ClientNo>().unwrap().as_str(), good);
        }
        let long = "9".repeat(CODE_BYTES_MAX + 1);
        for wrong in ["", " ", "a b", "a\nb", "a/b", "a\u{0}", "\u{3000}", &long] {
            assert!(wrong.parse::<ClientNo>().is_err(), "{wrong:?}");
        }
    }
}
