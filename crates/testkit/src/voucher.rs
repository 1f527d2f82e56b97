//! Draws vouchers (凭证) of a made-up securities firm and says what stands on them.
//!
//! [`draw`] takes a [`Voucher`] (what the paper says) and a [`Scan`] (what the scanner made of
//! it) and gives the bytes of the file with its [`Truth`]. Equal input, equal bytes, on the
//! same machine with the same versions of the fonts.
//!
//! [`draw_styled`] draws it in a [`Style`], for sets that vary looks as well as text.
//!
//! Firm, people, branches, numbers, addresses and every sentence are invented. The drawer does
//! not try worn paper, real handwriting, folds or staples; recognition of real paper is to be
//! measured on real paper.

mod barcode;
mod capitals;
mod degrade;
mod encode;
mod fonts;
mod forms;
mod invent;
mod layout;
mod paint;
mod pdf;
mod register;
mod seal;
mod style;
mod truth;

pub use capitals::{amount_in_capitals, date_in_capitals};
pub use fonts::{FontPaths, Fonts};
pub use invent::{AmountStyle, DateStyle, Details, Stock};
pub use register::{register, register_toml};
pub use style::{Entries, EntryInk, Layout, SealInk, Style};
pub use truth::{Code, CodeFormat, Colour, Expect, Fields, Looks, PageTruth, Truth};

use std::path::PathBuf;

use crate::seed;

/// A sheet of A4 in millimetres: width and height.
pub const A4_MM: (f32, f32) = (210.0, 297.0);

/// The kinds of paper that the drawer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An application to open an account (开户申请表).
    Opening,
    /// A change of client information (客户信息变更申请表).
    InformationChange,
    /// An application for securities-account business done for the clearing house (代理证券业务申请表).
    AgencySecurities,
    /// An application to tie the account to a bank (第三方存管业务申请表).
    Custody,
    /// A trading agreement of several pages (证券交易委托代理协议).
    Agreement,
    /// A client's remarks (客户意见登记表): a form without any client or flow number.
    Remarks,
    /// A voucher of money paid in or out (资金存取凭证).
    FundTransfer,
    /// An institution's application to open an account (机构客户开户申请表).
    InstitutionOpening,
    /// A sheet with nothing on it.
    Blank,
}

impl Kind {
    /// The name of the kind as truth files have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::InformationChange => "information-change",
            Self::AgencySecurities => "agency-securities",
            Self::Custody => "custody",
            Self::Agreement => "agreement",
            Self::Remarks => "remarks",
            Self::FundTransfer => "fund-transfer",
            Self::InstitutionOpening => "institution-opening",
            Self::Blank => "blank",
        }
    }
}

/// What machine-readable codes the first page carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codes {
    /// None.
    None,
    /// A Code 128 of the flow number.
    Code128,
    /// A QR code with `client=…;flow=…`.
    Qr,
    /// Both.
    Both,
}

/// What the paper says.
#[derive(Clone, Debug)]
pub struct Voucher {
    /// Which form.
    pub kind: Kind,
    /// Client, numbers and day.
    pub details: Details,
    /// Which codes it carries.
    pub codes: Codes,
    /// The flow number in the codes, when it is to differ from the printed one.
    pub coded_flow: Option<String>,
    /// How many pages; only the agreement may have more than one.
    pub pages: u32,
    /// Seed of everything that varies without being told: faces, jitter, place of the seal,
    /// noise.
    pub seed: u64,
}

impl Voucher {
    /// A voucher whose details, codes and looks all follow from the seed.
    #[must_use]
    pub fn invented(kind: Kind, seed: u64) -> Self {
        let codes = match kind {
            Kind::Remarks | Kind::Blank => Codes::None,
            Kind::Opening
            | Kind::InformationChange
            | Kind::AgencySecurities
            | Kind::Custody
            | Kind::FundTransfer
            | Kind::InstitutionOpening
            | Kind::Agreement => match seed % 3 {
                0 => Codes::Code128,
                1 => Codes::Both,
                _ => Codes::Qr,
            },
        };
        Self {
            kind,
            details: Details::invent(seed),
            codes,
            coded_flow: None,
            pages: if kind == Kind::Agreement { 3 } else { 1 },
            seed,
        }
    }
}

/// How the pixels are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG in colour with this quality (1 to 100). One page only.
    ColourJpeg(u8),
    /// JPEG in grey with this quality. One page only.
    GreyJpeg(u8),
    /// TIFF, one bit a pixel, CCITT group 4.
    BilevelTiff,
    /// PDF as a scanner writes it: one colour JPEG a page.
    ColourPdf(u8),
}

/// A turn by quarters, clockwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rotation {
    /// Upright.
    None,
    /// The head of the page points right.
    Quarter,
    /// Upside down.
    Half,
    /// The head of the page points left.
    ThreeQuarters,
}

impl Rotation {
    /// Clockwise degrees: 0, 90, 180 or 270.
    #[must_use]
    pub const fn degrees(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Quarter => 90,
            Self::Half => 180,
            Self::ThreeQuarters => 270,
        }
    }
}

/// What the scanner made of the paper.
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    /// Pixels an inch, both ways.
    pub dpi: u16,
    /// How far the sheet lay askew; positive is clockwise.
    pub skew_degrees: f32,
    /// How it lay on the glass.
    pub rotation: Rotation,
    /// Colour depth and container.
    pub format: Format,
}

/// A drawn file.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The file.
    pub bytes: Vec<u8>,
    /// What stands on it. Its `file` is empty and its `expect` is [`Expect::Filed`] until the
    /// caller says otherwise.
    pub truth: Truth,
}

/// Why a voucher could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum VoucherError {
    /// A font file is not installed or not readable.
    #[error("reading the font {}", path.display())]
    FontFile {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A font file has no such face.
    #[error("opening face {face} of {}", path.display())]
    FontFace {
        /// The file.
        path: PathBuf,
        /// The number of the face in a collection.
        face: u32,
        /// What the font crate said.
        #[source]
        source: ab_glyph::InvalidFont,
    },
    /// No face has this character.
    #[error("no font has the character {0:?}")]
    Glyph(char),
    /// The text cannot be a code of this kind.
    #[error("{value:?} cannot be drawn as {format:?}")]
    Barcode {
        /// Which kind of code.
        format: CodeFormat,
        /// What it was to hold.
        value: String,
    },
    /// More pages than the kind or the container has room for.
    #[error("{pages} pages do not fit a {kind} in this format")]
    Pages {
        /// How many were asked for.
        pages: u32,
        /// The name of the kind.
        kind: &'static str,
    },
    /// The JPEG encoder refused.
    #[error("encoding a JPEG")]
    Jpeg(#[source] jpeg_encoder::EncodingError),
    /// The TIFF encoder refused.
    #[error("encoding a TIFF")]
    Tiff(#[source] tiff::TiffError),
    /// The page is larger than the format can say.
    #[error("a page of {side_px} pixels a side is too large for the format")]
    TooLarge {
        /// The side that is too long.
        side_px: u32,
    },
}

/// Draws the voucher as the scan has it.
pub fn draw(voucher: &Voucher, scan: &Scan, fonts: &Fonts) -> Result<Drawn, VoucherError> {
    draw_all(voucher, None, scan, fonts)
}

/// Draws the voucher in a style. Its truth says which; some forms have more fields than without
/// one. The style's seal is on the last page.
pub fn draw_styled(
    voucher: &Voucher,
    style: &Style,
    scan: &Scan,
    fonts: &Fonts,
) -> Result<Drawn, VoucherError> {
    draw_all(voucher, Some(style), scan, fonts)
}

fn draw_all(
    voucher: &Voucher,
    style: Option<&Style>,
    scan: &Scan,
    fonts: &Fonts,
) -> Result<Drawn, VoucherError> {
    let many_fit = match scan.format {
        Format::BilevelTiff | Format::ColourPdf(_) => true,
        Format::ColourJpeg(_) | Format::GreyJpeg(_) => false,
    };
    if voucher.pages > 1 && !many_fit {
        return Err(pages_error(voucher));
    }
    let sheets = sheets(voucher, style, scan, fonts)?;
    draw_sheets(voucher, style, &sheets, scan, fonts)
}

/// Draws one page of the voucher, counted from 1, as a file of its own.
pub fn draw_page(
    voucher: &Voucher,
    page: u32,
    scan: &Scan,
    fonts: &Fonts,
) -> Result<Drawn, VoucherError> {
    draw_one(voucher, page, None, scan, fonts)
}

/// Draws one page of the voucher, counted from 1, in a style, as a file of its own.
pub fn draw_page_styled(
    voucher: &Voucher,
    page: u32,
    style: &Style,
    scan: &Scan,
    fonts: &Fonts,
) -> Result<Drawn, VoucherError> {
    draw_one(voucher, page, Some(style), scan, fonts)
}

fn draw_one(
    voucher: &Voucher,
    page: u32,
    style: Option<&Style>,
    scan: &Scan,
    fonts: &Fonts,
) -> Result<Drawn, VoucherError> {
    let sheets = sheets(voucher, style, scan, fonts)?;
    let sheet = (1..)
        .zip(sheets)
        .find_map(|(number, sheet)| (number == page).then_some(sheet))
        .ok_or_else(|| pages_error(voucher))?;
    draw_sheets(voucher, style, &[sheet], scan, fonts)
}

fn pages_error(voucher: &Voucher) -> VoucherError {
    VoucherError::Pages {
        pages: voucher.pages,
        kind: voucher.kind.as_str(),
    }
}

fn sheets(
    voucher: &Voucher,
    style: Option<&Style>,
    scan: &Scan,
    fonts: &Fonts,
) -> Result<Vec<layout::Sheet>, VoucherError> {
    let one_at_most = voucher.kind != Kind::Agreement;
    if voucher.pages == 0 || (voucher.pages > 1 && one_at_most) {
        return Err(pages_error(voucher));
    }
    let (colours, bilevel) = match colour(scan) {
        Colour::Colour => (true, false),
        Colour::Grey => (false, false),
        Colour::Bilevel => (false, true),
    };
    let look = style.map(|style| style::Look {
        style,
        colours,
        bilevel,
    });
    forms::sheets(voucher, look, fonts)
}

const fn colour(scan: &Scan) -> Colour {
    match scan.format {
        Format::ColourJpeg(_) | Format::ColourPdf(_) => Colour::Colour,
        Format::GreyJpeg(_) => Colour::Grey,
        Format::BilevelTiff => Colour::Bilevel,
    }
}

fn draw_sheets(
    voucher: &Voucher,
    style: Option<&Style>,
    sheets: &[layout::Sheet],
    scan: &Scan,
    fonts: &Fonts,
) -> Result<Drawn, VoucherError> {
    let mut rasters = Vec::new();
    for (number, sheet) in (0_u64..).zip(sheets) {
        let mut rng = seed::Rng::new(voucher.seed ^ 0x5CA1_AB1E ^ (number << 32));
        let mut canvas = paint::paint(sheet, scan.dpi, fonts, &mut rng)?;
        // The style's own stream, so that without one every byte stays what it is.
        let mut extra = seed::Rng::new(voucher.seed ^ 0x57E1 ^ (number << 32));
        let percent = style.map_or(0, |style| style.bleed_percent);
        if percent > 0 {
            let back = forms::back(voucher.seed.wrapping_add(number), fonts)?;
            let back = paint::paint(&back, scan.dpi, fonts, &mut extra)?;
            canvas.shine_through(&back, f32::from(percent) / 100.0);
        }
        let spoil = style.map(|style| degrade::Spoil {
            shadow: style
                .shadow
                .then(|| degrade::Shadow::fall(scan, &mut extra)),
        });
        rasters.push(degrade::scan(&canvas, scan, spoil.as_ref(), &mut rng));
    }
    let pages = sheets
        .iter()
        .map(|sheet| PageTruth::new(sheet.lines.clone(), sheet.seals.clone()));
    let barcodes = sheets.iter().flat_map(|sheet| sheet.barcodes.clone());
    let truth = Truth {
        file: String::new(),
        kind: voucher.kind.as_str().to_owned(),
        colour: colour(scan),
        dpi: scan.dpi,
        pages: pages.collect(),
        fields: printed_fields(voucher, style.is_some()),
        barcodes: barcodes.collect(),
        skew_degrees: scan.skew_degrees,
        rotation: scan.rotation.degrees(),
        expect: Expect::Filed,
        reason: None,
        note: None,
        drawn: style.map(|style| style.looks(scan.dpi)),
    };
    let bytes = encode::encode(&rasters, scan)?;
    Ok(Drawn { bytes, truth })
}

fn printed_fields(voucher: &Voucher, styled: bool) -> Fields {
    let details = &voucher.details;
    let all = details.fields();
    match voucher.kind {
        Kind::Blank => Fields::default(),
        Kind::Remarks => Fields {
            client_no: None,
            flow_no: None,
            id_number: None,
            ..all
        },
        Kind::FundTransfer => Fields {
            amount: Some(details.plain_amount()),
            amount_words: Some(details.amount_words()),
            fund_account: Some(details.fund_account.clone()),
            ..all
        },
        Kind::InstitutionOpening => Fields {
            client_name: Some(details.company.clone()),
            id_number: None,
            credit_code: Some(details.credit_code.clone()),
            securities_account: Some(details.institution_account.clone()),
            fund_account: Some(details.fund_account.clone()),
            ..all
        },
        Kind::AgencySecurities => Fields {
            securities_account: styled.then(|| details.securities_account.clone()),
            ..all
        },
        Kind::Custody => Fields {
            fund_account: styled.then(|| details.fund_account.clone()),
            ..all
        },
        Kind::Opening | Kind::InformationChange | Kind::Agreement => all,
    }
}
