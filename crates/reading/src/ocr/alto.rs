//! Recognised text as ALTO 4 (Library of Congress, schema version 4).
//!
//! Coordinates are pixels of the upright page. The writer escapes; nothing else in the crate
//! writes XML.

use std::fmt::Write as _;

use super::{EngineIdentity, Glyph, Line, Recognised};
use crate::geometry::{PixelBox, QuarterTurn};
use crate::prepare::Steps;

/// What a page's ALTO says beside its text.
#[derive(Clone, Debug)]
pub struct AltoPage<'a> {
    /// The page's number in its file, from 1.
    pub number: u32,
    /// Width of the upright page.
    pub width_px: u32,
    /// Height of the upright page.
    pub height_px: u32,
    /// How far the stored image was turned clockwise.
    pub turn: QuarterTurn,
    /// Digest of the decoded image, the only name the page has here.
    pub pixels_sha256: &'a str,
    /// The engine that read it.
    pub engine: &'a EngineIdentity,
    /// What was done to the page before.
    pub steps: &'a Steps,
}

/// Writes the document.
#[must_use]
pub fn write(page: &AltoPage<'_>, read: &Recognised) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <alto xmlns=\"http://www.loc.gov/standards/alto/ns-v4#\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.loc.gov/standards/alto/ns-v4# \
         http://www.loc.gov/standards/alto/v4/alto-4-4.xsd\" SCHEMAVERSION=\"4.4\">\n",
    );
    description(&mut xml, page);
    let confidence = read.confidence_mean();
    // Writing to a string cannot fail.
    let _ = write!(
        xml,
        "<Layout><Page ID=\"page_{n}\" PHYSICAL_IMG_NR=\"{n}\" WIDTH=\"{w}\" HEIGHT=\"{h}\" \
         ROTATION=\"{r}\" PC=\"{confidence:.3}\">\n\
         <PrintSpace HPOS=\"0\" VPOS=\"0\" WIDTH=\"{w}\" HEIGHT=\"{h}\">\n",
        n = page.number,
        w = page.width_px,
        h = page.height_px,
        r = page.turn.degrees(),
    );
    for (index, block) in blocks(&read.lines).into_iter().enumerate() {
        text_block(&mut xml, index + 1, block);
    }
    xml.push_str("</PrintSpace></Page></Layout>\n</alto>\n");
    xml
}

fn description(xml: &mut String, page: &AltoPage<'_>) {
    let mut steps = String::new();
    for step in page.steps.iter() {
        steps.push_str(step.as_str());
        steps.push_str(", ");
    }
    let _ = write!(
        xml,
        "<Description><MeasurementUnit>pixel</MeasurementUnit>\
         <sourceImageInformation>\
         <fileIdentifier>sha256:{}</fileIdentifier></sourceImageInformation>\n\
         <Processing ID=\"ocr_1\"><processingCategory>contentGeneration</processingCategory>\
         <processingStepDescription>{}recognised</processingStepDescription>\
         <processingStepSettings>{}</processingStepSettings>\
         <processingSoftware><softwareName>{}</softwareName>\
         <softwareVersion>{}</softwareVersion></processingSoftware></Processing></Description>\n",
        escaped(page.pixels_sha256),
        steps,
        escaped(&page.engine.data),
        escaped(&page.engine.name),
        escaped(&page.engine.version),
    );
}

/// Lines of one block stand together.
fn blocks(lines: &[Line]) -> Vec<&[Line]> {
    lines.chunk_by(|a, b| a.block == b.block).collect()
}

fn text_block(xml: &mut String, block: usize, lines: &[Line]) {
    let Some(place) = lines
        .iter()
        .map(|line| line.place)
        .reduce(|a, b| a.around(&b))
    else {
        return;
    };
    let _ = writeln!(xml, "<TextBlock ID=\"block_{block}\" {}>", position(&place));
    for (number, line) in lines.iter().enumerate() {
        let id = format!("{block}_{}", number + 1);
        let _ = write!(xml, "<TextLine ID=\"line_{id}\" {}>", position(&line.place));
        let mut before: Option<PixelBox> = None;
        for (place, word) in line.words.iter().enumerate() {
            if let Some(left) = before {
                let _ = write!(
                    xml,
                    "<SP HPOS=\"{}\" VPOS=\"{}\" WIDTH=\"{}\"/>",
                    left.right(),
                    left.y,
                    word.place.x.saturating_sub(left.right())
                );
            }
            let _ = write!(
                xml,
                "<String ID=\"string_{id}_{}\" {} WC=\"{:.3}\" CONTENT=\"{}\"",
                place + 1,
                position(&word.place),
                word.confidence,
                escaped(&word.text)
            );
            if word.glyphs.is_empty() {
                xml.push_str("/>");
            } else {
                xml.push('>');
                for (c, glyph) in word.text.chars().zip(&word.glyphs) {
                    let _ = write!(
                        xml,
                        "<Glyph CONTENT=\"{}\" {} GC=\"{:.2}\"{}",
                        escaped(&c.to_string()),
                        position(&glyph.place),
                        glyph.confidence,
                        variant(glyph),
                    );
                }
                xml.push_str("</String>");
            }
            before = Some(word.place);
        }
        xml.push_str("</TextLine>\n");
    }
    xml.push_str("</TextBlock>\n");
}

/// The end of a glyph: with what the engine would have read instead, where it was in doubt.
fn variant(glyph: &Glyph) -> String {
    match glyph.other {
        Some((other, confidence)) if confidence >= 0.05 => format!(
            "><Variant CONTENT=\"{}\" VC=\"{confidence:.2}\"/></Glyph>",
            escaped(&other.to_string())
        ),
        Some(_) | None => "/>".to_owned(),
    }
}

fn position(place: &PixelBox) -> String {
    format!(
        "HPOS=\"{}\" VPOS=\"{}\" WIDTH=\"{}\" HEIGHT=\"{}\"",
        place.x, place.y, place.width, place.height
    )
}

/// Text that can stand in an attribute or element. Characters that XML 1.0 cannot carry are
/// replaced, not dropped, so that positions in the text stay what they were.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Word;
    use crate::prepare::Step;

    #[test]
    fn the_whole_document() {
        let word = |text: &str, x| Word {
            text: text.to_owned(),
            confidence: 0.9,
            place: PixelBox {
                x,
                y: 20,
                width: 30,
                height: 12,
            },
            glyphs: Vec::new(),
        };
        let mut words = vec![word("<客户&\"号\">", 10), word("\u{1}7", 50)];
        let glyph = |x, other| Glyph {
            confidence: 0.75,
            place: PixelBox {
                x,
                y: 20,
                width: 15,
                height: 12,
            },
            other,
        };
        words[1].glyphs = vec![glyph(50, None), glyph(65, Some(('1', 0.2)))];
        let read = Recognised {
            lines: vec![Line {
                block: 1,
                place: PixelBox {
                    x: 10,
                    y: 20,
                    width: 70,
                    height: 12,
                },
                words,
            }],
            stands: None,
        };
        let engine = EngineIdentity {
            name: "tesseract".to_owned(),
            version: "5.3.0".to_owned(),
            data: "chi_sim+eng".to_owned(),
        };
        let page = AltoPage {
            number: 2,
            width_px: 1654,
            height_px: 2339,
            turn: QuarterTurn::Half,
            pixels_sha256: "00ff",
            engine: &engine,
            steps: &Steps::none().with(Step::Seal).with(Step::Skew),
        };
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
<alto xmlns=\"http://www.loc.gov/standards/alto/ns-v4#\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-4.xsd\" SCHEMAVERSION=\"4.4\">\n\
<Description><MeasurementUnit>pixel</MeasurementUnit><sourceImageInformation><fileIdentifier>sha256:00ff</fileIdentifier></sourceImageInformation>\n\
<Processing ID=\"ocr_1\"><processingCategory>contentGeneration</processingCategory><processingStepDescription>seal, skew, recognised</processingStepDescription><processingStepSettings>chi_sim+eng</processingStepSettings><processingSoftware><softwareName>tesseract</softwareName><softwareVersion>5.3.0</softwareVersion></processingSoftware></Processing></Description>\n\
<Layout><Page ID=\"page_2\" PHYSICAL_IMG_NR=\"2\" WIDTH=\"1654\" HEIGHT=\"2339\" ROTATION=\"180\" PC=\"0.900\">\n\
<PrintSpace HPOS=\"0\" VPOS=\"0\" WIDTH=\"1654\" HEIGHT=\"2339\">\n\
<TextBlock ID=\"block_1\" HPOS=\"10\" VPOS=\"20\" WIDTH=\"70\" HEIGHT=\"12\">\n\
<TextLine ID=\"line_1_1\" HPOS=\"10\" VPOS=\"20\" WIDTH=\"70\" HEIGHT=\"12\"><String ID=\"string_1_1_1\" HPOS=\"10\" VPOS=\"20\" WIDTH=\"30\" HEIGHT=\"12\" WC=\"0.900\" CONTENT=\"&lt;客户&amp;&quot;号&quot;&gt;\"/><SP HPOS=\"40\" VPOS=\"20\" WIDTH=\"10\"/><String ID=\"string_1_1_2\" HPOS=\"50\" VPOS=\"20\" WIDTH=\"30\" HEIGHT=\"12\" WC=\"0.900\" CONTENT=\"\u{fffd}7\"><Glyph CONTENT=\"\u{fffd}\" HPOS=\"50\" VPOS=\"20\" WIDTH=\"15\" HEIGHT=\"12\" GC=\"0.75\"/><Glyph CONTENT=\"7\" HPOS=\"65\" VPOS=\"20\" WIDTH=\"15\" HEIGHT=\"12\" GC=\"0.75\"><Variant CONTENT=\"1\" VC=\"0.20\"/></Glyph></String></TextLine>\n\
</TextBlock>\n\
</PrintSpace></Page></Layout>\n\
</alto>\n";
        assert_eq!(write(&page, &read), expected);
    }
}
