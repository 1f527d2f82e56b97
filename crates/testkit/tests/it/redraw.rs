//! Drawing is repeatable. These need the fonts, so they run on demand:
//! `cargo test -p testkit -- --ignored`.

use testkit::voucher::{
    Entries, FontPaths, Fonts, Format, Kind, Layout, Rotation, Scan, SealInk, Style, Voucher,
    VoucherError, draw, draw_page, draw_styled,
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

/// In every arrangement everything that the fields say stands in the lines, and only the seal of
/// the style is there.
#[test]
#[ignore = "needs fonts-noto-cjk, fonts-arphic-ukai, fonts-wqy-microhei"]
fn a_style_changes_the_looks_and_not_the_words() {
    let fonts = Fonts::load(&FontPaths::default()).unwrap();
    let layouts = [Layout::Table, Layout::Lines, Layout::Boxes];
    for kind in [
        Kind::Opening,
        Kind::InformationChange,
        Kind::AgencySecurities,
        Kind::Custody,
        Kind::FundTransfer,
        Kind::InstitutionOpening,
    ] {
        for (layout, seal) in layouts.into_iter().flat_map(|layout| {
            [SealInk::None, SealInk::Red, SealInk::Black].map(|seal| (layout, seal))
        }) {
            let style = Style {
                layout,
                seal,
                entries: Entries::Written,
                shadow: true,
                bleed_percent: 12,
                ..Style::default()
            };
            let voucher = Voucher::invented(kind, 5);
            let drawn = draw_styled(&voucher, &style, &SCAN, &fonts).unwrap();
            let again = draw_styled(&voucher, &style, &SCAN, &fonts).unwrap();
            assert_eq!(drawn.bytes, again.bytes, "{kind:?} {layout:?}");
            let fields = &drawn.truth.fields;
            let page = drawn.truth.pages.first().unwrap();
            for said in [
                &fields.client_no,
                &fields.client_name,
                &fields.id_number,
                &fields.flow_no,
                &fields.branch,
                &fields.credit_code,
                &fields.amount_words,
                &fields.securities_account,
                &fields.fund_account,
            ] {
                let said = said.clone().unwrap_or_default();
                assert!(page.text.contains(&said), "{kind:?} {layout:?}: {said}");
            }
            assert_eq!(page.seals.is_empty(), seal == SealInk::None);
            let looks = drawn.truth.drawn.unwrap();
            assert_eq!((looks.layout.as_str(), looks.bleed), (layout.as_str(), 12));
        }
    }
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
