//! The committed samples are what their truth says, as far as that shows without reading them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use image::ImageDecoder as _;
use testkit::fixtures;
use testkit::voucher::{CodeFormat, Colour, Expect, Truth};
use tiff::decoder::Decoder;
use tiff::decoder::ifd::Value;
use tiff::tags::Tag;

fn truths() -> Vec<Truth> {
    let mut truths: Vec<Truth> = fs::read_dir(fixtures().join("truth"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .map(|text| Truth::from_json(&text).unwrap())
        .collect();
    truths.sort_by(|a, b| a.file.cmp(&b.file));
    truths
}

fn files_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            let name = path.strip_prefix(fixtures()).unwrap().to_str().unwrap();
            found.insert(name.to_owned());
        }
    }
}

#[test]
fn every_file_has_its_truth_and_they_are_small() {
    let mut files = BTreeSet::new();
    files_below(&fixtures().join("vouchers"), &mut files);
    let known: BTreeSet<String> = truths().into_iter().map(|truth| truth.file).collect();
    let sizes = files
        .iter()
        .map(|file| fs::metadata(fixtures().join(file)).unwrap().len());
    assert!(sizes.sum::<u64>() < 4_500_000);
    assert!(files.remove("vouchers/sidecar/agreement.json"));
    assert_eq!(files, known);
}

#[test]
fn there_are_eight_good_colour_pages_at_least() {
    let good = truths().into_iter().filter(|truth| {
        truth.colour == Colour::Colour && truth.expect == Expect::Filed && truth.rotation == 0
    });
    assert!(good.map(|truth| truth.pages.len()).sum::<usize>() >= 8);
}

#[test]
fn fields_stand_in_the_text_and_id_numbers_have_their_check_digit() {
    for truth in truths().iter().filter(|truth| !truth.pages.is_empty()) {
        let text: String = truth.pages.iter().map(|page| page.text.as_str()).collect();
        let fields = &truth.fields;
        let on_page_2 = truth.file.ends_with("agreement-page-2.jpg");
        let printed = [
            &fields.client_no,
            &fields.client_name,
            &fields.id_number,
            &fields.flow_no,
            &fields.branch,
        ];
        for value in printed.into_iter().flatten().filter(|_| !on_page_2) {
            assert!(text.contains(value.as_str()), "{}: {value}", truth.file);
        }
        for page in &truth.pages {
            assert_eq!(page.text, page.lines.join("\n"));
        }
        if let Some(id) = &fields.id_number {
            let value = |c: char| {
                if c == 'X' {
                    10
                } else {
                    c.to_digit(10).unwrap()
                }
            };
            // ISO 7064 MOD 11-2: all eighteen characters, weighted 2^17 to 2^0, leave 1.
            let sum = id.chars().fold(0, |sum, c| (sum * 2 + value(c)) % 11);
            assert_eq!(sum, 1, "{id}");
        }
    }
}

#[test]
fn codes_agree_with_the_print_but_in_the_one_that_conflicts() {
    for truth in truths() {
        let flow = truth.fields.flow_no.clone().unwrap_or_default();
        let client = truth.fields.client_no.clone().unwrap_or_default();
        let agree = truth.barcodes.iter().all(|code| match code.format {
            CodeFormat::Code128 => code.value == flow,
            CodeFormat::Qr => code.value == format!("client={client};flow={flow}"),
        });
        assert_eq!(
            agree,
            truth.reason.as_deref() != Some("conflict"),
            "{}",
            truth.file
        );
        assert_eq!(truth.reason.is_some(), truth.expect == Expect::Exception);
    }
}

#[test]
fn pictures_have_the_density_depth_and_pages_that_the_truth_says() {
    for truth in truths() {
        let path = fixtures().join(&truth.file);
        let a4 =
            |px: u32, inches: f64| (f64::from(px) / f64::from(truth.dpi) - inches).abs() < 0.01;
        match path.extension().unwrap().to_str().unwrap() {
            "jpg" if truth.reason.as_deref() != Some("damaged") => {
                let head = fs::read(&path).unwrap()[13..18].to_vec();
                let [high, low] = truth.dpi.to_be_bytes();
                assert_eq!(head, [1, high, low, high, low], "{}", truth.file);
                let file = BufReader::new(File::open(&path).unwrap());
                let decoder = image::codecs::jpeg::JpegDecoder::new(file).unwrap();
                let (width, height) = decoder.dimensions();
                assert!(a4(width, 8.268) && a4(height, 11.693), "{}", truth.file);
                let grey = decoder.color_type() == image::ColorType::L8;
                assert_eq!(grey, truth.colour == Colour::Grey, "{}", truth.file);
                let picture = image::DynamicImage::from_decoder(decoder);
                assert!(picture.is_ok(), "{}", truth.file);
            }
            "tif" if truth.expect == Expect::Filed => {
                let mut decoder = Decoder::new(BufReader::new(File::open(&path).unwrap())).unwrap();
                let mut pages = 0;
                loop {
                    pages += 1;
                    let (width, height) = decoder.dimensions().unwrap();
                    assert!(a4(width, 8.268) && a4(height, 11.693), "{}", truth.file);
                    let density = Value::Rational(u32::from(truth.dpi), 1);
                    assert_eq!(decoder.get_tag(Tag::XResolution).unwrap(), density);
                    assert_eq!(decoder.get_tag(Tag::YResolution).unwrap(), density);
                    decoder.read_image().unwrap();
                    if !decoder.more_images() {
                        break;
                    }
                    decoder.next_image().unwrap();
                }
                assert_eq!(pages, truth.pages.len(), "{}", truth.file);
            }
            _ => {}
        }
    }
}

#[test]
fn what_is_meant_to_be_broken_is_broken() {
    let whole = |name: &str| {
        let file = fs::read(fixtures().join("vouchers").join(name)).unwrap();
        Decoder::new(std::io::Cursor::new(file)).is_ok()
    };
    assert!(whole("change-bilevel-200.tif"));
    assert!(!whole("damaged-cut.tif"));
    let cut = fs::read(fixtures().join("vouchers/damaged-half.jpg")).unwrap();
    assert!(cut.starts_with(&[0xFF, 0xD8]) && !cut.ends_with(&[0xFF, 0xD9]));
    assert_eq!(
        fs::metadata(fixtures().join("vouchers/empty.tif"))
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn the_sidecar_names_files_that_lie_beside_it() {
    let folder = fixtures().join("vouchers/sidecar");
    let text = fs::read_to_string(folder.join("agreement.json")).unwrap();
    let sidecar: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(sidecar["v"], 1);
    let by_file: BTreeMap<String, Truth> = truths()
        .into_iter()
        .map(|truth| (truth.file.clone(), truth))
        .collect();
    for record in sidecar["records"].as_array().unwrap() {
        for file in record["files"].as_array().unwrap() {
            let file = file.as_str().unwrap();
            assert!(folder.join(file).is_file());
            let fields = &by_file[&format!("vouchers/sidecar/{file}")].fields;
            assert_eq!(record["client"].as_str(), fields.client_no.as_deref());
            assert_eq!(record["flow"].as_str(), fields.flow_no.as_deref());
            assert_eq!(record["business_date"].as_str(), fields.date.as_deref());
        }
    }
}
