//! Draws the sample vouchers of `fixtures/`, or a folder of many for benchmarks.
//!
//! ```text
//! cargo run -p testkit --example draw-fixtures -- fixtures
//! cargo run --release -p testkit --example draw-fixtures -- --count 100 --seed 7 --out /tmp/bench
//! ```
//!
//! Both write `vouchers/` and `truth/` below the folder. The fonts must be installed; on Debian:
//! `apt install fonts-noto-cjk fonts-arphic-ukai fonts-wqy-microhei`.
#![expect(
    clippy::disallowed_methods,
    reason = "it writes samples by hand, nothing that an archive holds"
)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::voucher::{
    Codes, Drawn, Expect, FontPaths, Fonts, Format, Kind, Rotation, Scan, Truth, Voucher, draw,
    draw_page,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: draw-fixtures DIR | draw-fixtures --count N --seed S --out DIR";

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let fonts = Fonts::load(&FontPaths::default())?;
    match words.as_slice() {
        ["--count", count, "--seed", seed, "--out", out] => {
            many(&fonts, count.parse()?, seed.parse()?, &Folder::new(out)?)
        }
        [folder] if !folder.starts_with('-') => samples(&fonts, &Folder::new(folder)?),
        _ => Err(USAGE.into()),
    }
}

/// Where files and their truth go.
struct Folder {
    root: PathBuf,
}

impl Folder {
    fn new(root: impl AsRef<Path>) -> Outcome<Self> {
        let root = root.as_ref().to_path_buf();
        fs::create_dir_all(root.join("vouchers/sidecar"))?;
        fs::create_dir_all(root.join("truth"))?;
        Ok(Self { root })
    }

    /// Writes the file and `truth/<stem>.json`.
    fn keep(&self, file: &str, drawn: Drawn) -> Outcome<()> {
        let path = self.root.join(file);
        let stem = path.file_stem().ok_or("a file without a name")?;
        let mut truth_path = self.root.join("truth").join(stem);
        truth_path.add_extension("json");
        let truth = Truth {
            file: file.to_owned(),
            ..drawn.truth
        };
        fs::write(truth_path, truth.to_json()?)?;
        println!("{file}\t{}", drawn.bytes.len());
        fs::write(path, drawn.bytes)?;
        Ok(())
    }
}

const COLOUR: Format = Format::ColourJpeg(68);

const fn upright(dpi: u16, skew_degrees: f32, format: Format) -> Scan {
    Scan {
        dpi,
        skew_degrees,
        rotation: Rotation::None,
        format,
    }
}

fn voucher(kind: Kind, seed: u64, codes: Codes) -> Voucher {
    Voucher {
        codes,
        ..Voucher::invented(kind, seed)
    }
}

fn samples(fonts: &Fonts, folder: &Folder) -> Outcome<()> {
    well_formed(fonts, folder)?;
    of_several_pages(fonts, folder)?;
    exceptions(fonts, folder)?;
    with_sidecar(fonts, folder)
}

fn well_formed(fonts: &Fonts, folder: &Folder) -> Outcome<()> {
    use Kind::{AgencySecurities, Custody, InformationChange, Opening};
    let grey = Format::GreyJpeg(70);
    let bilevel = Format::BilevelTiff;
    for (name, kind, seed, codes, scan) in [
        (
            "opening-colour-200.jpg",
            Opening,
            101,
            Codes::Both,
            upright(200, 0.8, COLOUR),
        ),
        (
            "opening-colour-300.jpg",
            Opening,
            102,
            Codes::Code128,
            upright(300, -0.6, Format::ColourJpeg(60)),
        ),
        (
            "change-colour-200.jpg",
            InformationChange,
            103,
            Codes::Qr,
            upright(200, -1.3, COLOUR),
        ),
        (
            "agency-colour-200.jpg",
            AgencySecurities,
            104,
            Codes::Both,
            upright(200, 1.9, COLOUR),
        ),
        (
            "custody-colour-200.jpg",
            Custody,
            105,
            Codes::Code128,
            upright(200, 0.5, COLOUR),
        ),
        (
            "opening-colour-200-b.jpg",
            Opening,
            106,
            Codes::None,
            upright(200, -1.7, COLOUR),
        ),
        (
            "change-colour-200-b.jpg",
            InformationChange,
            107,
            Codes::Code128,
            upright(200, 1.1, Format::ColourJpeg(60)),
        ),
        (
            "agency-colour-200-b.jpg",
            AgencySecurities,
            108,
            Codes::None,
            upright(200, -0.9, Format::ColourJpeg(75)),
        ),
        (
            "custody-colour-200-b.jpg",
            Custody,
            109,
            Codes::Qr,
            upright(200, 1.5, COLOUR),
        ),
        (
            "opening-grey-200.jpg",
            Opening,
            110,
            Codes::Both,
            upright(200, 1.0, grey),
        ),
        (
            "change-bilevel-200.tif",
            InformationChange,
            111,
            Codes::Both,
            upright(200, 0.7, bilevel),
        ),
        (
            "agency-bilevel-300.tif",
            AgencySecurities,
            112,
            Codes::Code128,
            upright(300, -1.2, bilevel),
        ),
    ] {
        let drawn = draw(&voucher(kind, seed, codes), &scan, fonts)?;
        folder.keep(&format!("vouchers/{name}"), drawn)?;
    }
    let turned = Scan {
        rotation: Rotation::Half,
        ..upright(200, 0.9, COLOUR)
    };
    let mut drawn = draw(&voucher(Kind::Opening, 113, Codes::Both), &turned, fonts)?;
    drawn.truth.note = Some("upside down".to_owned());
    folder.keep("vouchers/upside-down-colour-200.jpg", drawn)
}

fn of_several_pages(fonts: &Fonts, folder: &Folder) -> Outcome<()> {
    let tiff = upright(200, 0.6, Format::BilevelTiff);
    let drawn = draw(&voucher(Kind::Agreement, 120, Codes::Both), &tiff, fonts)?;
    folder.keep("vouchers/agreement-bilevel-200.tif", drawn)?;
    let pdf = upright(200, -0.7, Format::ColourPdf(60));
    let drawn = draw(&voucher(Kind::Agreement, 121, Codes::Both), &pdf, fonts)?;
    folder.keep("vouchers/agreement-colour-200.pdf", drawn)
}

fn exceptions(fonts: &Fonts, folder: &Folder) -> Outcome<()> {
    let exception = |mut drawn: Drawn, reason: &str, note: &str| {
        drawn.truth.expect = Expect::Exception;
        drawn.truth.reason = Some(reason.to_owned());
        drawn.truth.note = Some(note.to_owned());
        drawn
    };
    let scan = upright(200, 0.7, COLOUR);

    let drawn = draw(&voucher(Kind::Blank, 130, Codes::None), &scan, fonts)?;
    let drawn = exception(
        drawn,
        "unmatched",
        "a sheet with nothing on it; also found blank",
    );
    folder.keep("vouchers/blank-colour-200.jpg", drawn)?;

    let drawn = draw(&voucher(Kind::Remarks, 131, Codes::None), &scan, fonts)?;
    let drawn = exception(
        drawn,
        "unmatched",
        "the form has no client number and no flow number",
    );
    folder.keep("vouchers/remarks-colour-200.jpg", drawn)?;

    let mut other = voucher(Kind::InformationChange, 132, Codes::Code128);
    let coded = Voucher::invented(Kind::InformationChange, 133)
        .details
        .flow_no;
    let note = format!(
        "the bar code says {coded}, the table {}",
        other.details.flow_no
    );
    other.coded_flow = Some(coded);
    let drawn = exception(draw(&other, &scan, fonts)?, "conflict", &note);
    folder.keep("vouchers/conflict-colour-200.jpg", drawn)?;

    let tiff = upright(200, 0.7, Format::BilevelTiff);
    let mut drawn = draw(&voucher(Kind::Custody, 134, Codes::Both), &tiff, fonts)?;
    drawn.bytes.truncate(drawn.bytes.len() / 2);
    let drawn = exception(
        drawn,
        "damaged",
        "the second half of the file is missing, its directory too",
    );
    folder.keep("vouchers/damaged-cut.tif", drawn)?;

    let mut drawn = draw(&voucher(Kind::Custody, 135, Codes::Both), &scan, fonts)?;
    drawn.bytes.truncate(drawn.bytes.len() / 2);
    let drawn = exception(
        drawn,
        "damaged",
        "the file ends half-way down the page; codes and numbers can still be read",
    );
    folder.keep("vouchers/damaged-half.jpg", drawn)?;

    let mut drawn = draw(&voucher(Kind::Blank, 136, Codes::None), &tiff, fonts)?;
    drawn.bytes.clear();
    drawn.truth.pages.clear();
    let drawn = exception(drawn, "empty", "no bytes at all");
    folder.keep("vouchers/empty.tif", drawn)
}

/// Two files that are one record only because the sidecar says so.
fn with_sidecar(fonts: &Fonts, folder: &Folder) -> Outcome<()> {
    let mut agreement = voucher(Kind::Agreement, 140, Codes::None);
    agreement.pages = 2;
    let scan = upright(200, 0.5, Format::ColourJpeg(62));
    let files = ["agreement-page-1.jpg", "agreement-page-2.jpg"];
    for (page, file) in (1..).zip(files) {
        let mut drawn = draw_page(&agreement, page, &scan, fonts)?;
        drawn.truth.note = Some(format!(
            "page {page} of 2; sidecar/agreement.json says that both files are one record"
        ));
        folder.keep(&format!("vouchers/sidecar/{file}"), drawn)?;
    }
    let details = &agreement.details;
    let (year, month, day) = details.date;
    let text = format!(
        r#"{{
  "v": 1,
  "records": [
    {{
      "files": ["{}", "{}"],
      "client": "{}",
      "class": "asset-account",
      "flow": "{}",
      "business_date": "{year}-{month:02}-{day:02}",
      "document_name": "证券交易委托代理协议"
    }}
  ]
}}
"#,
        files[0], files[1], details.client_no, details.flow_no
    );
    fs::write(folder.root.join("vouchers/sidecar/agreement.json"), text)?;
    Ok(())
}

/// Files for benchmarks: of ten, six in colour at 200 dpi, one in colour at 300, one grey, one
/// bilevel at 200 and one at 300; four kinds in turn; skew of up to two degrees.
fn many(fonts: &Fonts, count: u64, seed: u64, folder: &Folder) -> Outcome<()> {
    for number in 0..count {
        let kind = match number % 4 {
            0 => Kind::Opening,
            1 => Kind::InformationChange,
            2 => Kind::AgencySecurities,
            _ => Kind::Custody,
        };
        let own = seed.wrapping_mul(1_000_003).wrapping_add(number);
        let tenth = i16::try_from(own % 31)? - 15;
        let skew = f32::from(tenth.signum() * 5 + tenth) / 10.0;
        let (dpi, format, end) = match number % 10 {
            0..=5 => (200, COLOUR, "jpg"),
            6 => (300, Format::ColourJpeg(60), "jpg"),
            7 => (200, Format::GreyJpeg(70), "jpg"),
            8 => (200, Format::BilevelTiff, "tif"),
            _ => (300, Format::BilevelTiff, "tif"),
        };
        let drawn = draw(
            &Voucher::invented(kind, own),
            &upright(dpi, skew, format),
            fonts,
        )?;
        folder.keep(&format!("vouchers/bench-{number:06}.{end}"), drawn)?;
    }
    Ok(())
}
