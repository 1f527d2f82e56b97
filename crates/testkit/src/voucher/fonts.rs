//! The faces, read from the machine when a voucher is drawn. Fonts are never kept with the
//! project; drawn files are, so that tests need no fonts.

use std::fs;
use std::path::PathBuf;

use ab_glyph::{Font, FontVec};

use super::VoucherError;

/// A font file and the number of the face in it.
pub type FaceAt = (PathBuf, u32);

/// Where the faces lie.
#[derive(Clone, Debug)]
pub struct FontPaths {
    /// Titles: a bold serif (宋体 bold).
    pub title: FaceAt,
    /// Running text: a serif (宋体).
    pub body: FaceAt,
    /// Labels of tables: a sans serif (黑体).
    pub label: FaceAt,
    /// Entries and signatures by hand: a brush face (楷体).
    pub hand: FaceAt,
    /// Entries by printer: another sans serif.
    pub printer: FaceAt,
    /// Figures written by hand, where the hand is to have others than its own.
    pub figures: Option<FaceAt>,
    /// Latin letters written by hand, where those of the hand cannot be told apart.
    pub letters: Option<FaceAt>,
    /// What neither the face nor the one for running text has.
    pub fallback: Option<FaceAt>,
}

impl Default for FontPaths {
    /// Where Debian's fonts-noto-cjk, fonts-arphic-ukai and fonts-wqy-microhei put them.
    fn default() -> Self {
        let at = |path: &str, face| (PathBuf::from(path), face);
        Self {
            title: at("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2),
            body: at("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
            label: at("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
            hand: at("/usr/share/fonts/truetype/arphic/ukai.ttc", 0),
            printer: at("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
            figures: None,
            letters: None,
            fallback: None,
        }
    }
}

/// Which face a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Title,
    Body,
    Label,
    Hand,
    Printer,
}

/// The faces, opened.
pub struct Fonts {
    title: FontVec,
    body: FontVec,
    label: FontVec,
    hand: FontVec,
    printer: FontVec,
    figures: Option<FontVec>,
    letters: Option<FontVec>,
    fallback: Option<FontVec>,
}

impl Fonts {
    /// Reads the faces.
    pub fn load(paths: &FontPaths) -> Result<Self, VoucherError> {
        let open = |(path, face): &FaceAt| {
            let bytes = fs::read(path).map_err(|source| VoucherError::FontFile {
                path: path.clone(),
                source,
            })?;
            FontVec::try_from_vec_and_index(bytes, *face).map_err(|source| VoucherError::FontFace {
                path: path.clone(),
                face: *face,
                source,
            })
        };
        Ok(Self {
            title: open(&paths.title)?,
            body: open(&paths.body)?,
            label: open(&paths.label)?,
            hand: open(&paths.hand)?,
            printer: open(&paths.printer)?,
            figures: paths.figures.as_ref().map(open).transpose()?,
            letters: paths.letters.as_ref().map(open).transpose()?,
            fallback: paths.fallback.as_ref().map(open).transpose()?,
        })
    }

    /// The face, or the one for running text where the face lacks the character, or the last
    /// resort.
    pub(super) fn face_for(&self, face: Face, c: char) -> Result<&FontVec, VoucherError> {
        let font = match face {
            Face::Title => &self.title,
            Face::Body => &self.body,
            Face::Label => &self.label,
            Face::Hand => &self.hand,
            Face::Printer => &self.printer,
        };
        let own = match face {
            Face::Hand if c.is_ascii_digit() => self.figures.as_ref(),
            Face::Hand if c.is_ascii_alphabetic() => self.letters.as_ref(),
            Face::Hand | Face::Title | Face::Body | Face::Label | Face::Printer => None,
        };
        own.into_iter()
            .chain([font, &self.body])
            .chain(&self.fallback)
            .find(|font| font.glyph_id(c).0 != 0)
            .ok_or(VoucherError::Glyph(c))
    }

    /// How far the pen moves over a character, in ems.
    pub(super) fn advance_em(&self, face: Face, c: char) -> Result<f32, VoucherError> {
        let font = self.face_for(face, c)?;
        let em = font.units_per_em().unwrap_or(1000.0);
        Ok(font.h_advance_unscaled(font.glyph_id(c)) / em)
    }

    /// How wide a line of text is, in ems.
    pub(super) fn width_em(&self, face: Face, text: &str) -> Result<f32, VoucherError> {
        text.chars().map(|c| self.advance_em(face, c)).sum()
    }
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fonts").finish_non_exhaustive()
    }
}
