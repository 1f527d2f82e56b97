//! Checks on pages, drawn without fonts; and, where the sample vouchers are at hand, text.

use image::{GrayImage, Luma};
use reading::checks::{FindingKind, PageFinding};
use reading::fields::{FieldKind, best};
use reading::geometry::QuarterTurn;
use reading::worker::Pool;
use reading::{Page, ReadOptions, ScanParameters, report};

use super::make;
use super::{pool, read};

async fn page(pool: &Pool, image: &GrayImage, dpi: Option<u32>) -> Page {
    let mut document = read(pool, &make::png(image, dpi)).await.unwrap();
    document.pages.remove(0)
}

fn kinds(page: &Page) -> Vec<FindingKind> {
    page.findings.iter().map(PageFinding::kind).collect()
}

#[tokio::test]
async fn each_check_finds_what_it_is_for() {
    let pool = pool().await;
    let good = make::a4(200);
    assert_eq!(kinds(&page(&pool, &good, Some(200)).await), []);

    assert_eq!(
        kinds(&page(&pool, &good, None).await),
        [FindingKind::DpiUnknown]
    );
    // The same sheet, said to be scanned finer than it was: half the size on paper.
    assert_eq!(
        kinds(&page(&pool, &good, Some(400)).await),
        [],
        "A5 is a paper of the class too"
    );
    assert_eq!(
        kinds(&page(&pool, &good, Some(300)).await),
        [FindingKind::SizeUnexpected]
    );
    assert_eq!(
        kinds(&page(&pool, &make::a4(100), Some(100)).await),
        [FindingKind::DpiTooLow]
    );

    let mut blank = GrayImage::from_pixel(good.width(), good.height(), Luma([245]));
    // Noise of empty paper.
    for (x, y, pixel) in blank.enumerate_pixels_mut() {
        pixel.0[0] = 238 + u8::try_from((x * 7 + y * 13 + x * y % 5) % 12).unwrap();
    }
    assert_eq!(
        kinds(&page(&pool, &blank, Some(200)).await),
        [FindingKind::Blank]
    );

    let mut dark = good.clone();
    dark.pixels_mut().for_each(|p| p.0[0] /= 4);
    assert_eq!(
        kinds(&page(&pool, &dark, Some(200)).await),
        [FindingKind::TooDark]
    );

    let mut cut = good.clone();
    for y in 300..900 {
        for x in 0..30 {
            if y % 40 < 20 {
                cut.put_pixel(x, y, Luma([10]));
            }
        }
    }
    assert_eq!(
        kinds(&page(&pool, &cut, Some(200)).await),
        [FindingKind::CutOff]
    );

    // A shadow from the side: dark at the edge, and nothing is cut.
    let mut shadow = good.clone();
    for (x, _, pixel) in shadow.enumerate_pixels_mut() {
        let light = 0.35 + 0.65 * (f64::from(x) / 160.0).min(1.0);
        pixel.0[0] = (f64::from(pixel.0[0]) * light) as u8;
    }
    assert_eq!(kinds(&page(&pool, &shadow, Some(200)).await), []);
}

#[tokio::test]
async fn skew_is_measured_and_only_much_of_it_is_a_finding() {
    let pool = pool().await;
    for (degrees, found) in [(1.5, false), (-2.0, false), (4.0, true), (-4.5, true)] {
        let page = page(&pool, &make::skewed(&make::a4(200), degrees), Some(200)).await;
        assert!(
            (page.skew_degrees - degrees).abs() < 0.15,
            "{degrees} measured as {}",
            page.skew_degrees
        );
        assert_eq!(
            kinds(&page).contains(&FindingKind::Skewed),
            found,
            "{degrees}"
        );
    }
}

#[tokio::test]
async fn what_is_an_obstacle_is_the_parameters_to_say() {
    let pool = pool().await;
    let document = read(&pool, &make::png(&make::a4(100), Some(100)))
        .await
        .unwrap();
    let mut parameters = ScanParameters::default();
    let strict = report::pages(&document, &parameters);
    assert!(strict.pages[0].findings[0].obstacle);
    parameters.obstacles.clear();
    let lenient = report::pages(&document, &parameters);
    assert!(!lenient.pages[0].findings[0].obstacle);

    let json = serde_json::to_value(&lenient).unwrap();
    assert_eq!(json["v"], 1);
    assert_eq!(json["pages"][0]["findings"][0]["kind"], "dpi-too-low");
    assert_eq!(json["confinement"]["seccomp"], true);
    let again: report::PagesReport = serde_json::from_value(json).unwrap();
    assert_eq!(again, lenient);
    let fields = serde_json::to_string(&report::fields(&document)).unwrap();
    assert_eq!(fields, r#"{"v":2,"fields":[]}"#);
}

/// A sample voucher.
fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(testkit::fixtures().join("vouchers").join(name)).unwrap()
}

#[tokio::test]
async fn a_voucher_is_read_with_its_fields() {
    let bytes = fixture("opening-colour-200.jpg");
    let pool = pool().await;
    let document = pool
        .read(bytes.into(), &ReadOptions::default())
        .await
        .unwrap();
    let page = &document.pages[0];
    assert!(page.confidence_mean.unwrap() > 0.7);
    assert!(page.text.contains("客户"), "{}", page.text);
    assert!(page.alto_xml.contains("<String "));
    assert_eq!(page.turn, QuarterTurn::None);
    let fields = document.fields();
    for kind in [FieldKind::ClientNo, FieldKind::FlowNo, FieldKind::Date] {
        assert!(best(&fields, kind).is_some(), "{kind:?}");
    }
    let obstacles = page
        .findings
        .iter()
        .filter(|f| f.is_obstacle(&ScanParameters::default()))
        .count();
    assert_eq!(obstacles, 0, "{:?}", page.findings);
}

#[tokio::test]
async fn an_upside_down_voucher_is_turned_and_noted() {
    let bytes = fixture("upside-down-colour-200.jpg");
    let pool = pool().await;
    let document = pool
        .read(bytes.into(), &ReadOptions::default())
        .await
        .unwrap();
    let page = &document.pages[0];
    assert_eq!(page.turn, QuarterTurn::Half);
    assert_eq!(kinds(page), [FindingKind::Rotated]);
    assert!(page.confidence_mean.unwrap() > 0.7);
}
