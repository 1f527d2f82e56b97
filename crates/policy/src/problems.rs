//! What is wrong with a file, line by line.

use std::fmt;

/// One problem a line, each with its file and the number of its line.
pub(crate) fn by_line<L: fmt::Display, P: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    file: &str,
    problems: &[(L, P)],
) -> fmt::Result {
    for (n, (line, problem)) in problems.iter().enumerate() {
        let end = if n == 0 { "" } else { "\n" };
        write!(f, "{end}{file}, line {line}: {problem}")?;
    }
    Ok(())
}
