//! Barcodes and QR codes (条码), of the configured formats only: looking for all of them takes
//! seven times as long and finds things that are not there.

use image::GrayImage;
use serde::{Deserialize, Serialize};
use zxingcpp::{ImageFormat, ImageView, PointI};

use crate::geometry::PixelBox;

/// A barcode format that can be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BarcodeFormat {
    /// Code 128 (ISO/IEC 15417).
    Code128,
    /// Code 39 (ISO/IEC 16388).
    Code39,
    /// Interleaved 2 of 5.
    Itf,
    /// QR Code (ISO/IEC 18004).
    QrCode,
    /// Data Matrix (ISO/IEC 16022).
    DataMatrix,
    /// PDF417 (ISO/IEC 15438).
    Pdf417,
}

impl BarcodeFormat {
    const fn theirs(self) -> zxingcpp::BarcodeFormat {
        match self {
            Self::Code128 => zxingcpp::BarcodeFormat::Code128,
            Self::Code39 => zxingcpp::BarcodeFormat::Code39,
            Self::Itf => zxingcpp::BarcodeFormat::ITF,
            Self::QrCode => zxingcpp::BarcodeFormat::QRCode,
            Self::DataMatrix => zxingcpp::BarcodeFormat::DataMatrix,
            Self::Pdf417 => zxingcpp::BarcodeFormat::PDF417,
        }
    }
}

/// A barcode that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barcode {
    /// Its format.
    pub format: BarcodeFormat,
    /// What it says.
    pub value: String,
    /// Where it stands on the upright page.
    pub place: PixelBox,
}

/// Reads the barcodes of an upright page; none when it cannot be looked at.
#[must_use]
pub fn find(page: &GrayImage, formats: &[BarcodeFormat]) -> Vec<Barcode> {
    if formats.is_empty() {
        return Vec::new();
    }
    let theirs: Vec<_> = formats.iter().map(|format| format.theirs()).collect();
    let Ok(view) =
        ImageView::from_slice(page.as_raw(), page.width(), page.height(), ImageFormat::Lum)
    else {
        return Vec::new();
    };
    let reader = zxingcpp::read().formats(theirs.as_slice());
    let Ok(found) = reader.from(view) else {
        return Vec::new();
    };
    let mut barcodes: Vec<Barcode> = found
        .iter()
        .filter(|code| code.is_valid())
        .filter_map(|code| {
            let format = formats
                .iter()
                .copied()
                .find(|format| format.theirs() == code.symbology())?;
            let position = code.position();
            Some(Barcode {
                format,
                value: code.text(),
                place: around(&[
                    position.top_left,
                    position.top_right,
                    position.bottom_right,
                    position.bottom_left,
                ]),
            })
        })
        .collect();
    barcodes
        .sort_by(|a, b| (a.place.y, a.place.x, &a.value).cmp(&(b.place.y, b.place.x, &b.value)));
    barcodes.dedup();
    barcodes
}

fn around(points: &[PointI]) -> PixelBox {
    points
        .iter()
        .map(|point| PixelBox {
            x: u32::try_from(point.x).unwrap_or(0),
            y: u32::try_from(point.y).unwrap_or(0),
            width: 1,
            height: 1,
        })
        .reduce(|a, b| a.around(&b))
        .unwrap_or_default()
}
