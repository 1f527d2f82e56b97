//! Identities: the secret halves, in age's own text form.
//!
//! Nothing here reads or writes a file.

use std::fmt;
use std::sync::Arc;

use age::secrecy::{ExposeSecret as _, SecretString};
use domain::Timestamp;

/// How the line that holds the secret begins. Other kinds of age identity begin otherwise.
const SECRET_LINE: &str = "AGE-SECRET-KEY-1";

/// A text is not an identity file with one X25519 identity. Errors never hold what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No line begins with `AGE-SECRET-KEY-1`.
    #[error("no line begins with AGE-SECRET-KEY-1")]
    Missing,
    /// There is more than one identity; which one is meant is not guessed.
    #[error("there is a second identity in line {line}; expected exactly one")]
    SecondIdentity {
        /// Counts from 1.
        line: usize,
    },
    /// The line is no comment, not empty and not an X25519 identity.
    #[error("line {line} is neither a comment nor an X25519 identity")]
    NotAnIdentity {
        /// Counts from 1.
        line: usize,
    },
    /// The line begins like an identity and is damaged: wrong length, letters or check sum.
    #[error("the identity in line {line} is damaged")]
    Damaged {
        /// Counts from 1.
        line: usize,
    },
}

/// An X25519 identity (私钥): opens what was sealed for its recipient.
///
/// The secret lies in memory once, however many clones there are, and is overwritten when the
/// last of them goes. `Debug` prints the recipient.
#[derive(Clone)]
pub struct Identity(Arc<age::x25519::Identity>);

impl Identity {
    /// A new identity, from the operating system's random numbers.
    #[must_use]
    pub fn generate() -> Self {
        Self(Arc::new(age::x25519::Identity::generate()))
    }

    /// Reads the text of an identity file, as `age-keygen` writes it: empty lines, comments
    /// that begin with `#`, and exactly one line that begins with `AGE-SECRET-KEY-1`.
    pub fn from_file_text(text: &str) -> Result<Self, IdentityError> {
        let mut found = None;
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            if !content.starts_with(SECRET_LINE) {
                return Err(IdentityError::NotAnIdentity { line });
            }
            if found.is_some() {
                return Err(IdentityError::SecondIdentity { line });
            }
            let identity = content
                .parse::<age::x25519::Identity>()
                .map_err(|_| IdentityError::Damaged { line })?;
            found = Some(Self(Arc::new(identity)));
        }
        found.ok_or(IdentityError::Missing)
    }

    /// The text of an identity file as `age-keygen` writes it: when it was created, the
    /// recipient, the secret.
    #[must_use]
    pub fn to_file_text(&self, created: Timestamp) -> SecretString {
        let comment = format!("# created: {created}\n# public key: {}\n", self.recipient());
        let secret = self.0.to_string();
        let secret = secret.expose_secret();
        // Of the final size from the start: growing would leave a copy of the secret behind.
        let mut text = String::with_capacity(comment.len() + secret.len() + 1);
        text.push_str(&comment);
        text.push_str(secret);
        text.push('\n');
        SecretString::from(text)
    }

    /// The public half (公钥), `age1…`: what is sealed for it, this identity opens.
    #[must_use]
    pub fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    pub(crate) fn as_age(&self) -> &age::x25519::Identity {
        &self.0
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity(of {})", self.recipient())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Written by age-keygen 1.1.1 for this test; it opens nothing.
    const FILE: &str = "# created: 2026-11-21T21:26:17Z\n\
        # public key: age1vejadp3ch8l3yclpzecf6jxjrhqyr2u2m9krqmr02frrlxe8tqgqmxdx39\n\
        AGE-SECRET-KEY-1CHF9DZDYY7N5FDA6H6RY0EPSR66UXHHRXT90J9Q42PJFW8F35S6SV8FZTL\n";

    fn secret_line(text: &str) -> String {
        let line = text.lines().find(|line| line.starts_with(SECRET_LINE));
        line.unwrap().to_owned()
    }

    #[test]
    fn a_file_of_age_keygen_is_read() {
        let identity = Identity::from_file_text(FILE).unwrap();
        assert_eq!(
            identity.recipient(),
            "age1vejadp3ch8l3yclpzecf6jxjrhqyr2u2m9krqmr02frrlxe8tqgqmxdx39"
        );
        let with_more = format!(
            "\r\n  # a comment\r\n\r\n  {}  \r\n\r\n# end",
            secret_line(FILE)
        );
        let again = Identity::from_file_text(&with_more).unwrap();
        assert_eq!(again.recipient(), identity.recipient());
    }

    #[test]
    fn what_is_written_reads_back_and_looks_like_age_keygens() {
        let created = Timestamp::from_unix_ms(0);
        let identity = Identity::generate();
        let text = identity.to_file_text(created);
        let text = text.expose_secret();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "# created: 1970-01-01T00:00:00.000Z");
        assert_eq!(lines[1], format!("# public key: {}", identity.recipient()));
        assert!(lines[2].starts_with(SECRET_LINE));
        assert_eq!((lines.len(), text.ends_with('\n')), (3, true));
        let again = Identity::from_file_text(text).unwrap();
        assert_eq!(again.recipient(), identity.recipient());
        assert_ne!(identity.recipient(), Identity::generate().recipient());
    }

    #[test]
    fn other_texts_are_refused_by_line() {
        let secret = secret_line(FILE);
        // bech32 has a check sum: one other letter of its alphabet is always noticed.
        let other = if secret.ends_with('Q') { 'P' } else { 'Q' };
        let mut mistyped = secret.clone();
        mistyped.pop();
        mistyped.push(other);
        let mut shortened = secret.clone();
        shortened.pop();
        for (text, error) in [
            ("", IdentityError::Missing),
            ("# only a comment\n\n", IdentityError::Missing),
            (
                &format!("{secret}\n{secret}\n"),
                IdentityError::SecondIdentity { line: 2 },
            ),
            (
                &format!("{secret}\nage1abc"),
                IdentityError::NotAnIdentity { line: 2 },
            ),
            (
                "\nAGE-SECRET-KEY-PQ-1ABC",
                IdentityError::NotAnIdentity { line: 2 },
            ),
            (
                &secret.to_lowercase(),
                IdentityError::NotAnIdentity { line: 1 },
            ),
            (&shortened, IdentityError::Damaged { line: 1 }),
            (&mistyped, IdentityError::Damaged { line: 1 }),
            (
                &format!("# x\n{SECRET_LINE}"),
                IdentityError::Damaged { line: 2 },
            ),
        ] {
            assert_eq!(Identity::from_file_text(text).unwrap_err(), error);
        }
    }

    #[test]
    fn nothing_prints_the_secret() {
        let identity = Identity::from_file_text(FILE).unwrap();
        let secret = secret_line(FILE);
        let text = identity.to_file_text(Timestamp::from_unix_ms(0));
        let mut damaged = secret.clone();
        damaged.push('Q');
        let error = Identity::from_file_text(&damaged).unwrap_err();
        for printed in [
            format!("{identity:?}"),
            format!("{text:?}"),
            format!("{error:?} {error}"),
        ] {
            assert!(!printed.contains(&secret[16..40]), "{printed}");
        }
    }
}
