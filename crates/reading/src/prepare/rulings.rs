//! Table lines (表格线): long thin runs of ink, removed except where a letter crosses them.

use image::GrayImage;

use super::skew::ink_threshold;

/// A run shorter than this is a stroke of a letter, in millimetres.
const LENGTH_MIN_MM: f64 = 18.0;
/// A run of rows higher than this is no line, in millimetres.
const THICKNESS_MAX_MM: f64 = 0.9;
/// A badly printed line has gaps of so many pixels in one row; strokes of letters that follow
/// one another have larger ones.
const GAP_PX: usize = 1;

/// Removes the lines of a straightened page, those across and those down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "millimetres of a page in pixels"
)]
pub(super) fn remove(page: &mut GrayImage, dpi: u32) {
    let px = |mm: f64| (mm / 25.4 * f64::from(dpi)).round().max(1.0) as usize;
    let threshold = ink_threshold(page);
    let (width, height) = (page.width() as usize, page.height() as usize);
    let ink: Vec<bool> = page.as_raw().iter().map(|v| *v <= threshold).collect();
    let across = Plane {
        ink: &ink,
        length: width,
        count: height,
        step: 1,
        stride: width,
    };
    let down = Plane {
        ink: &ink,
        length: height,
        count: width,
        step: width,
        stride: 1,
    };
    for plane in [across, down] {
        for at in plane.lines(px(LENGTH_MIN_MM), px(THICKNESS_MAX_MM)) {
            if let Some(pixel) = page.as_mut().get_mut(at) {
                *pixel = u8::MAX;
            }
        }
    }
}

/// The ink of a page looked at row by row, or column by column.
struct Plane<'a> {
    ink: &'a [bool],
    length: usize,
    count: usize,
    step: usize,
    stride: usize,
}

impl Plane<'_> {
    fn index(&self, along: usize, row: usize) -> usize {
        row * self.stride + along * self.step
    }

    fn dark(&self, along: usize, row: usize) -> bool {
        row < self.count
            && self
                .ink
                .get(self.index(along, row))
                .copied()
                .unwrap_or(false)
    }

    /// The pixels of all lines, with one more on each side for their soft edges.
    fn lines(&self, length_min: usize, thickness_max: usize) -> Vec<usize> {
        let mut of_line = vec![false; self.ink.len()];
        for row in 0..self.count {
            for (from, to) in self.runs(row, length_min) {
                for along in from..to {
                    if let Some(one) = of_line.get_mut(self.index(along, row)) {
                        *one = self.dark(along, row);
                    }
                }
            }
        }
        let marked = |along: usize, row: usize| {
            of_line
                .get(self.index(along, row))
                .copied()
                .unwrap_or(false)
        };
        let mut found = Vec::new();
        for along in 0..self.length {
            let mut row = 0;
            while row < self.count {
                if !marked(along, row) {
                    row += 1;
                    continue;
                }
                let top = row;
                while row < self.count && (marked(along, row) || self.dark(along, row)) {
                    row += 1;
                }
                // Ink that goes on above or below the line is a letter that crosses it.
                let mut above = top;
                while above > 0 && self.dark(along, above - 1) {
                    above -= 1;
                }
                if row - above <= thickness_max {
                    let from = above.saturating_sub(1);
                    found.extend((from..(row + 1).min(self.count)).map(|r| self.index(along, r)));
                }
            }
        }
        found
    }

    /// Runs of ink along a row, small gaps included.
    fn runs(&self, row: usize, length_min: usize) -> Vec<(usize, usize)> {
        let mut runs = Vec::new();
        let mut start = None;
        let mut last = 0;
        for along in 0..self.length {
            if self.dark(along, row) {
                start = start.or(Some(along));
                last = along;
            } else if let Some(from) = start
                && along - last > GAP_PX
            {
                if last + 1 - from >= length_min {
                    runs.push((from, last + 1));
                }
                start = None;
            }
        }
        if let Some(from) = start
            && last + 1 - from >= length_min
        {
            runs.push((from, last + 1));
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_and_what_crosses_them_stays() {
        let mut page = GrayImage::from_pixel(600, 400, image::Luma([255]));
        let mut paint = |xs: std::ops::Range<u32>, ys: std::ops::Range<u32>| {
            for y in ys {
                for x in xs.clone() {
                    page.put_pixel(x, y, image::Luma([0]));
                }
            }
        };
        paint(20..580, 100..103);
        paint(300..303, 20..380);
        // A stroke across the line, a stroke of a letter, and a black block.
        paint(100..104, 80..130);
        paint(400..440, 200..203);
        paint(20..200, 250..300);
        remove(&mut page, 200);
        let at = |x, y| page.get_pixel(x, y).0[0];
        assert_eq!((at(50, 101), at(500, 101), at(301, 300)), (255, 255, 255));
        assert_eq!(
            (at(101, 101), at(101, 90), at(420, 201), at(100, 270)),
            (0, 0, 0, 0)
        );
    }
}
