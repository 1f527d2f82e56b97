//! The least PDF that a scanner writes: a page is one JPEG that fills it. No text, no fonts.

use std::fmt::Write as _;

/// One page.
pub(super) struct Page {
    pub(super) width_px: u32,
    pub(super) height_px: u32,
    pub(super) dpi: u16,
    pub(super) jpeg: Vec<u8>,
}

/// The bytes of a PDF 1.4.
pub(super) fn write(pages: &[Page]) -> Vec<u8> {
    let mut file = File {
        bytes: b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec(),
        offsets: Vec::new(),
    };
    file.object("<< /Type /Catalog /Pages 2 0 R >>", None);
    let kids = (0..pages.len()).fold(String::new(), |mut kids, at| {
        // Three objects a page, from the third on; writing to a String cannot fail.
        let _ = write!(kids, "{} 0 R ", 3 + 3 * at);
        kids
    });
    let pages_dictionary = format!("<< /Type /Pages /Count {} /Kids [ {kids}] >>", pages.len());
    file.object(&pages_dictionary, None);
    for page in pages {
        let points = |px: u32| f64::from(px) * 72.0 / f64::from(page.dpi);
        let (width, height) = (points(page.width_px), points(page.height_px));
        let own = file.offsets.len() + 1;
        let (contents, picture) = (own + 1, own + 2);
        file.object(
            &format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 {width:.3} {height:.3} ] \
                 /Resources << /XObject << /Im0 {picture} 0 R >> >> /Contents {contents} 0 R >>"
            ),
            None,
        );
        let drawing = format!("q {width:.3} 0 0 {height:.3} 0 0 cm /Im0 Do Q\n");
        let length = format!("<< /Length {} >>", drawing.len());
        file.object(&length, Some(drawing.as_bytes()));
        file.object(
            &format!(
                "<< /Type /XObject /Subtype /Image /Width {} /Height {} /ColorSpace /DeviceRGB \
                 /BitsPerComponent 8 /Filter /DCTDecode /Length {} >>",
                page.width_px,
                page.height_px,
                page.jpeg.len()
            ),
            Some(&page.jpeg),
        );
    }
    file.finish()
}

struct File {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl File {
    fn object(&mut self, dictionary: &str, stream: Option<&[u8]>) {
        self.offsets.push(self.bytes.len());
        let number = self.offsets.len();
        self.text(&format!("{number} 0 obj\n{dictionary}\n"));
        if let Some(stream) = stream {
            self.text("stream\n");
            self.bytes.extend_from_slice(stream);
            self.text("\nendstream\n");
        }
        self.text("endobj\n");
    }

    fn finish(mut self) -> Vec<u8> {
        let table = self.bytes.len();
        let size = self.offsets.len() + 1;
        self.text(&format!("xref\n0 {size}\n0000000000 65535 f \n"));
        for offset in std::mem::take(&mut self.offsets) {
            self.text(&format!("{offset:010} 00000 n \n"));
        }
        self.text(&format!(
            "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
        ));
        self.bytes
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_points_at_every_object() {
        let page = || Page {
            width_px: 1654,
            height_px: 2339,
            dpi: 200,
            jpeg: vec![0xFF, 0xD8, 0xFF, 0xD9],
        };
        let bytes = write(&[page(), page()]);
        // Byte for byte, so that offsets stay what they are.
        let text: String = bytes
            .iter()
            .map(|b| char::from(if b.is_ascii() { *b } else { b'?' }))
            .collect();
        let table: usize = text
            .lines()
            .rev()
            .nth(1)
            .and_then(|line| line.parse().ok())
            .unwrap();
        let entries: Vec<usize> = text[table..]
            .lines()
            .filter(|line| line.ends_with(" 00000 n "))
            .map(|line| line[..10].parse().unwrap())
            .collect();
        assert_eq!(entries.len(), 8);
        for (offset, number) in entries.iter().zip(1..) {
            assert!(text[*offset..].starts_with(&format!("{number} 0 obj\n")));
        }
        assert!(text.contains("/MediaBox [ 0 0 595.440 842.040 ]"));
        assert!(text.contains("/Kids [ 3 0 R 6 0 R ]"));
    }
}
