//! Why somebody does what needs a reason, in their words.

use crate::refusal::{Refusal, RefusalCode};

/// The longest reason, in characters.
const REASON_CHARS_MAX: usize = 200;
/// The shortest group of digits in which such a number is written.
const GROUP_DIGITS: usize = 3;
/// A run of so many digits is the number of a document or of a card, and no reason.
const NUMBER_DIGITS: usize = 15;

/// A reason stands in the ledger for ever and in clear, so it is short and names no document.
pub(crate) fn demand_reason(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    let refused = |found: String, accepted: &str| {
        Refusal::new(RefusalCode::NoReason, &["R27"], found, accepted)
    };
    if reason.is_empty() {
        return Err(refused("no reason".to_owned(), "a reason, in words"));
    }
    let characters = reason.chars().count();
    if characters > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
        let accepted = "one line of at most 200 characters";
        return Err(refused(
            format!("a reason of {characters} characters"),
            accepted,
        ));
    }
    // Digits of any script; a number may be written in groups, and a date has shorter ones.
    let (mut run, mut group) = (0, 0);
    for character in reason.chars() {
        let parts = character == '-' || character.is_whitespace();
        if character.is_numeric() {
            group += 1;
        } else if parts && group >= GROUP_DIGITS {
            (run, group) = (run + group, 0);
        } else if !parts || group > 0 {
            (run, group) = (0, 0);
        }
        let counted = if group >= GROUP_DIGITS { group } else { 0 };
        let run = run + counted;
        if run >= NUMBER_DIGITS {
            return Err(refused(
                format!("a reason with a number of {NUMBER_DIGITS} digits or more"),
                "a reason without the number of a document or of a card: it is kept in clear",
            ));
        }
    }
    Ok(reason.to_owned())
}
