//! How far what was read is from what may have been meant.

/// How far beyond the length of the expected text its reading may go.
const LONGER: usize = 2;

/// How many characters of an expected text are others, missing or too many in what a text begins
/// with, and how many characters of the text that takes: of equals the nearest to the expected
/// length.
pub(super) fn distance(expected: &[char], text: &[char]) -> (usize, usize) {
    let text = text.get(..expected.len() + LONGER).unwrap_or(text);
    // The distance of what is expected so far to each beginning of the text.
    let mut row: Vec<usize> = (0..=text.len()).collect();
    for (n, expected) in (1..).zip(expected) {
        let mut next = vec![n];
        for (c, pair) in text.iter().zip(row.windows(2)) {
            let [corner, above] = *pair else { continue };
            let left = next.last().copied().unwrap_or(n);
            next.push((corner + usize::from(c != expected)).min(above.min(left) + 1));
        }
        row = next;
    }
    let ends = row.into_iter().zip(0..);
    ends.min_by_key(|(distance, length): &(usize, usize)| {
        (*distance, length.abs_diff(expected.len()))
    })
    .unwrap_or((expected.len(), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanged_missing_and_superfluous_characters_count_once_each() {
        for (expected, text, found) in [
            ("示范路", "示范路", (0, 3)),
            ("示范路", "示范路口", (0, 3)),
            ("示范路", "示苑路口", (1, 3)),
            ("示范路", "示路口", (1, 2)),
            ("示范路", "示示范路", (1, 4)),
            ("示范路", "示范", (1, 2)),
            ("示范路", "", (3, 0)),
            ("", "示", (0, 0)),
        ] {
            let characters = |text: &str| text.chars().collect::<Vec<char>>();
            let (expected, read) = (characters(expected), characters(text));
            assert_eq!(distance(&expected, &read), found, "{text}");
        }
    }
}
