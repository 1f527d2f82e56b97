//! What stands on a drawn file, in the JSON that lies in `fixtures/truth/`.

use serde::{Deserialize, Serialize};

/// What is known of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The file, relative to `fixtures/`.
    pub file: String,
    /// What kind of paper it is; see `Kind::as_str`.
    pub kind: String,
    /// Colour depth.
    pub colour: Colour,
    /// Pixels an inch.
    pub dpi: u16,
    /// What is printed and written, page by page.
    pub pages: Vec<PageTruth>,
    /// The fields as printed.
    pub fields: Fields,
    /// The codes of all pages.
    pub barcodes: Vec<Code>,
    /// How far the sheet lies askew; positive is clockwise.
    pub skew_degrees: f32,
    /// How the page is turned, in clockwise degrees: 0, 90, 180, 270.
    pub rotation: u16,
    /// What must come of it.
    pub expect: Expect,
    /// Why it is an exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What else there is to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How it looks, where it was drawn in a style.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Looks>,
}

impl Truth {
    /// From the text of a truth file.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The text of a truth file: two blanks a level, a line end at the end.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// What stands on one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageTruth {
    /// The lines joined by line ends.
    pub text: String,
    /// In reading order: down the page; the cells of a table row are one line.
    pub lines: Vec<String>,
    /// What the seals say. It is not in `text`: the seal is removed before reading.
    pub seals: Vec<String>,
}

impl PageTruth {
    pub(super) fn new(lines: Vec<String>, seals: Vec<String>) -> Self {
        Self {
            text: lines.join("\n"),
            lines,
            seals,
        }
    }
}

/// How a voucher looks, for results by stratum. The names are those of the style's parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// `table`, `lines` or `boxes`.
    pub layout: String,
    /// The faces of the form.
    pub fonts: String,
    /// `printed` or `written`.
    pub entries: String,
    /// The face of the entries.
    pub hand: String,
    /// The ink of the entries: `black` or `blue`.
    pub ink: String,
    /// `none`, `red` or `black`.
    pub seal: String,
    /// `even` or `shadow`.
    pub light: String,
    /// How much of the back shines through, in hundredths; 0 for nothing.
    pub bleed: u8,
    /// Pixels an inch.
    pub dpi: u16,
}

/// The fields of a voucher; none where the paper does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// 客户号: ten digits.
    pub client_no: Option<String>,
    /// 客户姓名.
    pub client_name: Option<String>,
    /// 证件号码: eighteen characters with the check digit of GB 11643.
    pub id_number: Option<String>,
    /// 业务流水号: `LS`, the day as eight digits, six digits.
    pub flow_no: Option<String>,
    /// 日期 as `2026-11-20`, however it is printed.
    pub date: Option<String>,
    /// 营业部: number and name as printed.
    pub branch: Option<String>,
    /// 统一社会信用代码: eighteen characters with the check character of GB 32100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_code: Option<String>,
    /// 金额 in yuan with two decimals and nothing else, `12345.67`, however it is printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// 大写: the amount in capitals, as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_words: Option<String>,
    /// 股东账号 or 证券账户: ten characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub securities_account: Option<String>,
    /// 资金账号 or 资金账户: eight to twelve digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund_account: Option<String>,
}

/// A machine-readable code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Which symbology.
    pub format: CodeFormat,
    /// What it holds.
    pub value: String,
}

/// The symbologies that are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeFormat {
    /// ISO/IEC 15417.
    Code128,
    /// ISO/IEC 18004.
    Qr,
}

/// Colour depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// 24 bits a pixel.
    Colour,
    /// 8 bits a pixel.
    Grey,
    /// 1 bit a pixel.
    Bilevel,
}

/// What must come of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// It is filed under its client and flow.
    Filed,
    /// It is kept as an exception with a reason.
    Exception,
}
