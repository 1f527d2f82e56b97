//! How a voucher looks, apart from what it says: the arrangement of its fields, the entries'
//! hand and ink, the seal's ink, and what spoils the paper before the scanner sees it.

use super::truth::Looks;

/// How the fields of a form are arranged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// A ruled table: the label's cell stands left of the entry's.
    #[default]
    Table,
    /// `label：entry` on underlined lines, without a table.
    Lines,
    /// A ruled table of three columns: the label's cell stands above the entry's.
    Boxes,
}

impl Layout {
    /// The name as truth files have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Lines => "lines",
            Self::Boxes => "boxes",
        }
    }
}

/// Who fills in the entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entries {
    /// A printer: evenly, in the face for printers.
    #[default]
    Printed,
    /// A hand: in the face for hands, every character a little off its place.
    Written,
}

impl Entries {
    /// The name as truth files have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Printed => "printed",
            Self::Written => "written",
        }
    }
}

/// The ink of the entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryInk {
    /// Black.
    #[default]
    Black,
    /// Blue, as many pens have it.
    Blue,
}

impl EntryInk {
    /// The name as truth files have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::Blue => "blue",
        }
    }
}

/// The ink of the seal (印章).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealInk {
    /// No seal at all.
    None,
    /// Red, with a star.
    #[default]
    Red,
    /// Dark grey, without a star: colour does not tell it from the text.
    Black,
}

impl SealInk {
    /// The name as truth files have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Red => "red",
            Self::Black => "black",
        }
    }
}

/// How a voucher looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The arrangement of the fields.
    pub layout: Layout,
    /// Who fills them in.
    pub entries: Entries,
    /// In which ink.
    pub ink: EntryInk,
    /// The ink of the seal.
    pub seal: SealInk,
    /// A strong shadow along one edge or in one corner. A bilevel scan shows it as a black
    /// margin, since what it blackens within the text nobody could read.
    pub shadow: bool,
    /// How much of the ink on the back of the sheet shines through, in hundredths. A bilevel
    /// scan does not show it.
    pub bleed_percent: u8,
    /// What the truth calls the faces of the form.
    pub fonts: String,
    /// What the truth calls the face of the entries.
    pub hand: String,
}

impl Style {
    pub(super) fn looks(&self, dpi: u16) -> Looks {
        Looks {
            layout: self.layout.as_str().to_owned(),
            fonts: self.fonts.clone(),
            entries: self.entries.as_str().to_owned(),
            hand: self.hand.clone(),
            ink: self.ink.as_str().to_owned(),
            seal: self.seal.as_str().to_owned(),
            light: if self.shadow { "shadow" } else { "even" }.to_owned(),
            bleed: self.bleed_percent,
            dpi,
        }
    }
}

/// A style on its way to a scanner of a certain depth.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) style: &'a Style,
    /// Whether the scan tells the red of a seal from black.
    pub(super) colours: bool,
    /// Whether the scan knows black and white alone: then nothing may lie over an entry.
    pub(super) bilevel: bool,
}
