//! Tables that people bring along: CSV, or JSON with the same names, in UTF-8 or GB18030.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use encoding_rs::GB18030;
use serde_json::Value;

use crate::fail::Failure;

/// A line of the file, and why it is refused.
pub type Refused = (u64, String);

/// The columns that a table may have.
pub struct Columns {
    /// Those that it must have.
    pub required: &'static [&'static str],
    /// Those that it may leave out.
    pub optional: &'static [&'static str],
    /// Whether its values tell who somebody is: then nothing that is said of a line repeats them.
    pub is_personal: bool,
}

impl Columns {
    /// The column of this name, if there is one.
    fn named(&self, name: &str) -> Option<&'static str> {
        let mut all = self.required.iter().chain(self.optional);
        all.find(|column| **column == name).copied()
    }

    /// What is said of a column that there is not.
    fn unknown(&self, name: &str, kept: &str) -> String {
        // Without a heading the first row stands there; no name of a column has other letters.
        let is_harmless = name
            .chars()
            .all(|one| one.is_ascii_lowercase() || one == '_');
        if self.is_personal && !is_harmless {
            return kept.to_owned();
        }
        format!("there is no column {name:?}")
    }

    /// The heading of a table with all of them.
    #[must_use]
    pub fn heading(&self) -> String {
        let all: Vec<&str> = self.required.iter().chain(self.optional).copied().collect();
        all.join(",")
    }
}

/// What was read of a file.
pub struct Table {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Lines that are no row, and why.
    pub refused: Vec<Refused>,
    /// Whether it was in GB18030: worth telling, as a wrong guess would show in names alone.
    pub gb18030: bool,
}

/// A row, with the line that it stands in.
pub struct Row {
    /// From 1.
    pub line: u64,
    /// What is not empty.
    fields: Fields,
    is_personal: bool,
}

/// A row's texts by their columns. There may be millions of rows: nothing is kept that need not be.
type Fields = BTreeMap<&'static str, Box<str>>;

impl Row {
    fn of(line: u64, fields: Fields, columns: &Columns) -> Result<Self, String> {
        // What a terminal would obey is in no name.
        let has_command = |text: &str| text.chars().any(char::is_control);
        if let Some((name, _)) = fields.iter().find(|(_, text)| has_command(text)) {
            return Err(format!("{name} has a control character in it"));
        }
        Ok(Self {
            line,
            fields,
            is_personal: columns.is_personal,
        })
    }

    /// The text of a column; `None` if it is empty or left out.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<&str> {
        self.fields.get(column).map(|text| &**text)
    }

    /// The value of a column that may be empty.
    pub fn may<T: FromStr>(&self, column: &str) -> Result<Option<T>, String>
    where
        T::Err: std::fmt::Display,
    {
        let parsed = self.text(column).map(str::parse).transpose();
        parsed.map_err(|error: T::Err| {
            let told = format!("{column}: {error}");
            match told.split_once(", found") {
                Some((expected, _)) if self.is_personal => expected.to_owned(),
                None if self.is_personal => format!("{column} is not as it must be"),
                Some(_) | None => told,
            }
        })
    }

    /// The value of a column that may not.
    pub fn must<T: FromStr>(&self, column: &str) -> Result<T, String>
    where
        T::Err: std::fmt::Display,
    {
        self.may(column)?
            .ok_or_else(|| format!("{column} is empty"))
    }
}

/// Reads a table. `.json` and `.jsonl` are JSON: an array of objects, or one a line.
pub fn read(file: &Path, columns: &Columns) -> Result<Table, Failure> {
    let bytes = std::fs::read(file).map_err(|error| Failure::unreadable(file, &error))?;
    let wrong = |found: &str| {
        Failure::said(
            format!("{}: {found}", file.display()),
            format!("a table with the heading {}", columns.heading()),
        )
    };
    // A spreadsheet may put a byte order mark first.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let (text, gb18030) = if let Ok(text) = std::str::from_utf8(bytes) {
        (text.to_owned(), false)
    } else {
        let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
        let text = text.ok_or_else(|| wrong("neither UTF-8 nor GB18030"))?;
        (text.into_owned(), true)
    };
    // The reader counts the end of such a line to the next one.
    let text = text.replace("\r\n", "\n");
    let is_json = file
        .extension()
        .is_some_and(|extension| extension == "json" || extension == "jsonl");
    let (rows, refused) = if is_json {
        json(&text, columns)
    } else {
        csv(&text, columns).map_err(|found| wrong(&found))?
    };
    Ok(Table {
        rows,
        refused,
        gb18030,
    })
}

type Read = (Vec<Row>, Vec<Refused>);

fn csv(text: &str, columns: &Columns) -> Result<Read, String> {
    let mut reader = ::csv::ReaderBuilder::new()
        .trim(::csv::Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let heading = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut columns_there = (1..).zip(&heading);
    if let Some((n, other)) = columns_there.find(|(_, name)| columns.named(name).is_none()) {
        return Err(columns.unknown(other, &format!("column {n} of the heading is none")));
    }
    let missing = columns.required.iter();
    let mut missing = missing.filter(|name| !heading.iter().any(|found| found == **name));
    if let Some(missing) = missing.next() {
        return Err(format!("the column {missing} is missing"));
    }
    let mut names: Vec<&str> = heading.iter().collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair.first() == pair.last()) {
        return Err(format!("the column {} is there twice", twice.join(" and ")));
    }
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, ::csv::Position::line);
                refused.push((line, error.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, ::csv::Position::line);
        if record.len() != heading.len() {
            let found = format!("{} fields, expected {}", record.len(), heading.len());
            refused.push((line, found));
            continue;
        }
        let fields = heading.iter().zip(&record);
        let fields = fields.filter_map(|(name, text)| filled(columns.named(name)?, text));
        match Row::of(line, fields.collect(), columns) {
            Ok(row) => rows.push(row),
            Err(why) => refused.push((line, why)),
        }
    }
    Ok((rows, refused))
}

fn filled(column: &'static str, text: &str) -> Option<(&'static str, Box<str>)> {
    let text = text.trim();
    (!text.is_empty()).then(|| (column, text.into()))
}

fn json(text: &str, columns: &Columns) -> Read {
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    let whole = serde_json::from_str(text);
    let values: Vec<(u64, Result<Value, String>)> = if let Ok(Value::Array(values)) = whole {
        // An array has no lines worth naming: its objects are counted.
        (1..).zip(values.into_iter().map(Ok)).collect()
    } else {
        let lines = (1..).zip(text.lines());
        let filled = lines.filter(|(_, text)| !text.trim().is_empty());
        let parsed =
            |text| serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"));
        filled.map(|(line, text)| (line, parsed(text))).collect()
    };
    for (line, value) in values {
        let row = value.and_then(|value| Row::of(line, object(&value, columns)?, columns));
        match row {
            Ok(row) => rows.push(row),
            Err(why) => refused.push((line, why)),
        }
    }
    (rows, refused)
}

fn object(value: &Value, columns: &Columns) -> Result<Fields, String> {
    let object = value.as_object().ok_or("not an object")?;
    let mut fields = BTreeMap::new();
    for (name, value) in object {
        let Some(column) = columns.named(name) else {
            return Err(columns.unknown(name, "it has a column that there is not"));
        };
        let text = match value {
            Value::Null => "",
            Value::String(text) => text,
            // A number would have lost its leading noughts already.
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                let found = format!("{name}: expected a text, found {value}");
                let kept = format!("{name}: expected a text");
                return Err(if columns.is_personal { kept } else { found });
            }
        };
        fields.extend(filled(column, text));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns {
        required: &["flow", "client"],
        optional: &["account"],
        is_personal: false,
    };

    fn of(name: &str, bytes: &[u8]) -> Result<Table, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        #[expect(clippy::disallowed_methods, reason = "a file that people bring along")]
        std::fs::write(&file, bytes).unwrap();
        read(&file, &COLUMNS)
    }

    fn seen(table: &Table) -> Vec<(u64, Option<&str>, Option<&str>)> {
        let rows = table.rows.iter();
        rows.map(|row| (row.line, row.text("flow"), row.text("account")))
            .collect()
    }

    #[test]
    fn csv_and_json_say_the_same() {
        for (name, text) in [
            ("a.csv", "flow,client,account\nL1,8,A\nL2, 9 ,\n"),
            (
                "a.csv",
                "\u{feff}client,account,flow\r\n8,A,L1\r\n9,,L2\r\n",
            ),
            (
                "a.json",
                r#"[{"flow":"L1","client":"8","account":"A"},{"flow":"L2","client":"9","account":null}]"#,
            ),
            (
                "a.jsonl",
                "{\"flow\":\"L1\",\"client\":\"8\",\"account\":\"A\"}\n{\"client\":\"9\",\"flow\":\"L2\"}\n",
            ),
        ] {
            let table = of(name, text.as_bytes()).unwrap();
            let lines: Vec<_> = table.rows.iter().map(|row| row.line).collect();
            assert!(table.refused.is_empty() && !table.gb18030, "{text}");
            let fields: Vec<_> = seen(&table).into_iter().map(|(_, f, a)| (f, a)).collect();
            assert_eq!(
                fields,
                [(Some("L1"), Some("A")), (Some("L2"), None)],
                "{text}"
            );
            let first = if name == "a.csv" { 2 } else { 1 };
            assert_eq!(lines, [first, first + 1], "{text}");
        }
    }

    #[test]
    fn gb18030_is_read_and_told() {
        let (bytes, _, _) = GB18030.encode("flow,client\n流水一,8\n");
        let table = of("a.csv", &bytes).unwrap();
        assert!(table.gb18030);
        assert_eq!(seen(&table), [(2, Some("流水一"), None)]);
    }

    #[test]
    fn a_wrong_row_is_named_and_the_others_are_read() {
        let table = of("a.csv", b"flow,client\nL1,8\nL2\nL3,9,10\nL4,9\n").unwrap();
        let flows: Vec<_> = seen(&table).into_iter().map(|(line, ..)| line).collect();
        assert_eq!(flows, [2, 5]);
        let refused: Vec<_> = table.refused.iter().map(|(line, _)| *line).collect();
        assert_eq!(refused, [3, 4]);
        let table = of("a.jsonl", b"{\"flow\":\"L1\",\"client\":8}\n[]\nx\n").unwrap();
        assert!(table.rows.is_empty());
        assert_eq!(table.refused.len(), 3);
    }

    #[test]
    fn a_table_of_something_else_is_refused_whole() {
        for bytes in [
            b"".as_slice(),
            b"flow\nL1\n",
            b"flow,client,name\n",
            b"flow,client,flow\n",
            b"\xff\xff\xff",
        ] {
            assert!(of("a.csv", bytes).is_err(), "{bytes:?}");
        }
    }
}
