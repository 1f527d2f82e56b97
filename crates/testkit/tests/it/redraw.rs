//! Drawing is repeatable. These need the fonts, so they run on demand:
//! `cargo test -p testkit -- --ignored`.

use testkit::voucher::{
    FontPaths, Fonts, Format, Kind, Rotation, Scan, Voucher, VoucherError, draw, draw_page,
};

const SCAN: Scan = Scan {
    dpi: 100,
    skew_degrees: 1.5,
    rotation: Rotation::None,
    format: Format::ColourJpeg(70),
};

#[test]
#[ignore = "needs fonts-noto-cjk, fonts-arphic-ukai, fonts-wqy-microhei"]
fn a_seed_decides_the_bytes() {
    let fonts = Fonts::load(&FontPaths::default()).unwrap();
    for kind in [Kind::Opening, Kind::Remarks, Kind::Blank] {
        let first = draw(&Voucher::invented(kind, 5), &SCAN, &fonts).unwrap();
        let again = draw(&Voucher::invented(kind, 5), &SCAN, &fonts).unwrap();
        let other = draw(&Voucher::invented(kind, 6), &SCAN, &fonts).unwrap();
        assert_eq!(first.bytes, again.bytes, "{kind:?}");
        assert_eq!(first.truth, again.truth, "{kind:?}");
        assert_ne!(first.bytes, other.bytes, "{kind:?}");
    }
}

#[test]
#[ignore = "needs fonts-noto-cjk, fonts-arphic-ukai, fonts-wqy-microhei"]
fn pages_that_do_not_fit_are_refused() {
    let fonts = Fonts::load(&FontPaths::default()).unwrap();
    let agreement = Voucher::invented(Kind::Agreement, 1);
    let mut form = Voucher::invented(Kind::Opening, 1);
    form.pages = 2;
    for refused in [
        draw(&agreement, &SCAN, &fonts), // three pages, one JPEG
        draw(&form, &SCAN, &fonts),
        draw_page(&agreement, 4, &SCAN, &fonts),
        draw_page(&agreement, 0, &SCAN, &fonts),
    ] {
        assert!(matches!(refused, Err(VoucherError::Pages { .. })));
    }
    assert!(draw_page(&agreement, 3, &SCAN, &fonts).is_ok());
}

#[test]
fn a_missing_font_is_named() {
    let paths = FontPaths {
        hand: ("/nowhere/brush.ttc".into(), 0),
        title: ("/nowhere/title.ttc".into(), 0),
        ..FontPaths::default()
    };
    let error = Fonts::load(&paths).unwrap_err();
    assert_eq!(error.to_string(), "reading the font /nowhere/title.ttc");
}
