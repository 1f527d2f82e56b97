//! The text in ALTO files of this archive, for reading and for searching.

/// The text of a page, a line a line. Words of Han characters stand together; others are
/// parted by a blank.
pub(crate) fn of_alto(xml: &str) -> String {
    let mut text = String::new();
    for line in xml.split("<TextLine").skip(1) {
        let line = line.split("</TextLine>").next().unwrap_or_default();
        let mut last: Option<char> = None;
        for string in line.split("<String").skip(1) {
            let Some(word) = attribute(string, "CONTENT") else {
                continue;
            };
            let first = word.chars().next();
            if let (Some(before), Some(after)) = (last, first)
                && !(is_wide(before) && is_wide(after))
            {
                text.push(' ');
            }
            last = word.chars().last();
            text.push_str(&word);
        }
        text.push('\n');
    }
    text
}

/// Text as it is compared: without white space, in lower case, full-width forms as ASCII.
/// Recognition puts blanks between Han characters and inside numbers.
pub(crate) fn folded(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c),
            other => other,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

const fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, next) = after.split_once(';').unwrap_or((after, ""));
        match name {
            "amp" => out.push('&'),
            "lt" => out.push('<'),
            "gt" => out.push('>'),
            "quot" => out.push('"'),
            "apos" => out.push('\''),
            number => out.extend(character(number)),
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

fn character(reference: &str) -> Option<char> {
    let number = reference.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alto_gives_its_text_back() {
        let xml = r#"<alto><TextLine HPOS="1"><String HPOS="1" CONTENT="客户"/><SP/><String CONTENT="姓名"/><String CONTENT="A&amp;B"/><String CONTENT="&#x3c;1&quot;"/></TextLine><TextLine><String CONTENT="x>y"/></TextLine></alto>"#;
        let xml = xml.replace("x>y", "x&gt;y");
        assert_eq!(of_alto(&xml), "客户姓名 A&B <1\"\nx>y\n");
        assert_eq!(of_alto("no alto"), "");
    }

    #[test]
    fn what_is_compared_has_no_blanks_and_one_width() {
        assert_eq!(folded("客 户 号：８８0 12a"), "客户号:88012a");
    }
}
