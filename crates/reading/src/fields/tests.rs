//! Fields from drawn-up pages: one row a case.

use super::*;
use crate::barcodes::BarcodeFormat;
use crate::ocr::{Line, Word};

/// A page of rows; in a row `  ` separates cells, ` ` words. Characters are 30 pixels wide and
/// high, cells start at multiples of 400.
fn page(rows: &[&str]) -> Recognised {
    let mut lines = Vec::new();
    for (number, row) in (0u32..).zip(rows) {
        let mut words = Vec::new();
        for (column, cell) in (0u32..).zip(row.split("  ")) {
            let mut x = column * 400;
            for text in cell.split(' ').filter(|text| !text.is_empty()) {
                let width = 30 * u32::try_from(text.chars().count()).unwrap();
                words.push(Word {
                    text: text.to_owned(),
                    confidence: 0.9,
                    place: PixelBox {
                        x,
                        y: number * 60,
                        width,
                        height: 30,
                    },
                    glyphs: Vec::new(),
                });
                x += width + 10;
            }
        }
        lines.push(Line {
            block: 1,
            place: words
                .iter()
                .map(|w| w.place)
                .reduce(|a, b| a.around(&b))
                .unwrap_or_default(),
            words,
        });
    }
    Recognised {
        lines,
        stands: None,
    }
}

fn find(page: u32, read: &Recognised, barcodes: &[Barcode]) -> Vec<Field> {
    let mut fields = super::find(page, read, barcodes, &Template::default());
    calibrate(&mut fields, "tesseract");
    fields
}

fn value(rows: &[&str], kind: FieldKind) -> Option<String> {
    best(&find(1, &page(rows), &[]), kind).map(|field| field.value.clone())
}

#[test]
fn values_beside_and_below_their_labels() {
    use FieldKind::{Branch, ClientName, ClientNo, Date, FlowNo, IdNumber};
    let cases: &[(&[&str], FieldKind, Option<&str>)] = &[
        (&["客户号：8800012345"], ClientNo, Some("8800012345")),
        (&["客 户 号 ： 8800012345"], ClientNo, Some("8800012345")),
        (&["客户号  8800012345"], ClientNo, Some("8800012345")),
        (&["客户号", "8800012345"], ClientNo, Some("8800012345")),
        (&["客户号 88000 12345"], ClientNo, Some("8800012345")),
        (&["客户号  88000  12345"], ClientNo, Some("8800012345")),
        (&["容户号:8800012345"], ClientNo, Some("8800012345")),
        (&["客卢号;88OOO12345"], ClientNo, None),
        (&["客户号；88O0012345"], ClientNo, Some("8800012345")),
        (
            &["客户姓名 王晓明 客户号 8800012345"],
            ClientName,
            Some("王晓明"),
        ),
        (
            &["客户姓名 王晓明 客户号 8800012345"],
            ClientNo,
            Some("8800012345"),
        ),
        (
            &["客户姓名  王晓明  客户号  8800012345"],
            ClientName,
            Some("王晓明"),
        ),
        (&["户名、证件号码须完全一致；不一致时"], ClientName, None),
        (&["户名、证件号码须完全一致；不一致时"], IdNumber, None),
        (
            &["证件类型 居民身份证 证件号码 11010519491231002X"],
            IdNumber,
            Some("11010519491231002X"),
        ),
        (
            &["身份证号：44052418800101001 4"],
            IdNumber,
            Some("440524188001010014"),
        ),
        (
            &["证件号玛 130503670401001"],
            IdNumber,
            Some("130503670401001"),
        ),
        (
            &["业务流水号  LS20261120000123  日期  2026年11月20日"],
            FlowNo,
            Some("LS20261120000123"),
        ),
        (
            &["业务流水号  LS20261120000123  日期  2026年11月20日"],
            Date,
            Some("2026-11-20"),
        ),
        (
            &["业务琉水号", "LS2026 1120 000123"],
            FlowNo,
            Some("LS20261120000123"),
        ),
        (
            &["出生日期 1949-12-31", "日期：2026-11-20"],
            Date,
            Some("2026-11-20"),
        ),
        (&["二〇二六年十一月二十日"], Date, Some("2026-11-20")),
        (
            &["营业部 0012 上海示范路营业部 联系电话 128"],
            Branch,
            Some("0012 上海示范路营业部"),
        ),
        (
            &["营业部（盖章）：", "同意营业部据此办理开户"],
            Branch,
            None,
        ),
        (&["今天天气很好"], ClientNo, None),
        (&[], ClientNo, None),
    ];
    for (rows, kind, expected) in cases {
        assert_eq!(
            value(rows, *kind).as_deref(),
            *expected,
            "{kind:?} of {rows:?}"
        );
    }
}

/// Labels in the middle of their columns, values below them at the left.
#[test]
fn a_value_is_found_below_a_label_that_heads_its_column() {
    let word = |text: &str, x: u32, y: u32| Word {
        text: text.to_owned(),
        confidence: 0.9,
        place: PixelBox {
            x,
            y,
            width: 28 * u32::try_from(text.chars().count()).unwrap(),
            height: 30,
        },
        glyphs: Vec::new(),
    };
    let tall = |mut word: Word| {
        word.place.height = 60;
        word
    };
    let line = |words: Vec<Word>| Line {
        block: 1,
        place: words
            .iter()
            .map(|w| w.place)
            .reduce(|a, b| a.around(&b))
            .unwrap(),
        words,
    };
    let read = Recognised {
        lines: vec![
            line(vec![
                word("客户姓名", 320, 100),
                word("客户号", 765, 100),
                word("证件类型", 1185, 100),
            ]),
            line(vec![
                word("范薇", 165, 160),
                word("8860671041", 600, 160),
                word("居民身份证", 1035, 160),
            ]),
            line(vec![
                word("证件号码", 320, 220),
                word("业务流水号", 800, 220),
                word("日期", 1250, 220),
            ]),
            // The gap between two numbers is narrower than the line is high.
            line(vec![
                tall(word("990141196805153442", 165, 280)),
                tall(word("LS20171113712299", 165 + 18 * 28 + 40, 280)),
                tall(word("2017", 1250, 280)),
                tall(word("年", 1250 + 4 * 28, 280)),
                tall(word("11月13日", 1250 + 5 * 28, 280)),
            ]),
            line(vec![word("地址", 360, 360)]),
            line(vec![word("郑州市课本区", 165, 420)]),
        ],
        stands: None,
    };
    let fields = find(1, &read, &[]);
    let said = |kind| best(&fields, kind).map(|field| field.value.as_str());
    assert_eq!(said(FieldKind::ClientName), Some("范薇"));
    assert_eq!(said(FieldKind::ClientNo), Some("8860671041"));
    assert_eq!(said(FieldKind::IdNumber), Some("990141196805153442"));
    assert_eq!(said(FieldKind::FlowNo), Some("LS20171113712299"));
    assert_eq!(said(FieldKind::Date), Some("2017-11-13"));
}

/// Columns of unequal width: the middle of a label says little about where its value begins.
#[test]
fn a_value_is_found_below_by_its_place_in_the_row() {
    let word = |text: &str, x: u32, y: u32, width: u32| Word {
        text: text.to_owned(),
        confidence: 0.9,
        place: PixelBox {
            x,
            y,
            width,
            height: 60,
        },
        glyphs: Vec::new(),
    };
    let labels = vec![
        word("统一社会信用代码", 394, 738, 317),
        word("客户号", 1179, 738, 111),
        word("法定代表人", 1828, 738, 196),
    ];
    let found = |values: Vec<Word>| {
        let lines = [labels.clone(), values].map(|words| Line {
            block: 1,
            place: words
                .iter()
                .map(|w| w.place)
                .reduce(|a, b| a.around(&b))
                .unwrap(),
            words,
        });
        let read = Recognised {
            lines: lines.into(),
            stands: None,
        };
        let fields = find(1, &read, &[]);
        best(&fields, FieldKind::ClientNo).map(|field| field.value.clone())
    };
    let code = word("91350100M000100Y43", 222, 816, 429);
    let number = word("8840157310", 880, 816, 233);
    let name = word("罗嘉树", 1595, 816, 154);
    let whole = vec![code.clone(), number.clone(), name];
    assert_eq!(found(whole).as_deref(), Some("8840157310"));
    // With a cell missing nobody can tell which one.
    assert_eq!(found(vec![code, number]), None);
}

#[test]
fn a_traditional_character_on_a_simplified_form_is_mended_and_marked() {
    let of = |form: &str| {
        let mut read = page(&[form, "客户姓名 罗嵐"]);
        for word in read.lines.iter_mut().flat_map(|line| &mut line.words) {
            let other = |c| (c == '嵐').then_some(('岚', 0.02));
            let glyph = |c| crate::ocr::Glyph {
                confidence: word.confidence,
                place: word.place,
                other: other(c),
            };
            word.glyphs = word.text.chars().map(glyph).collect();
        }
        let fields = find(1, &read, &[]);
        let field = best(&fields, FieldKind::ClientName).unwrap();
        (field.value.clone(), field.corrected)
    };
    assert_eq!(of("个人客户开户申请表"), ("罗岚".to_owned(), 1));
    assert_eq!(of("個人客戶開戶申請表"), ("罗嵐".to_owned(), 0));
}

#[test]
fn the_register_speaks_of_branches() {
    let known = [("0012", "上海示范路营业部"), ("0027", "杭州样例大道营业部")];
    let template = Template {
        known: template::Known::of_branches(known).unwrap(),
        ..Template::default()
    };
    for (row, value, corrected, check) in [
        (
            "营业部 0012 上海示范路营业部",
            "0012 上海示范路营业部",
            0,
            Check::Right,
        ),
        (
            "营业部 0012 上诲示范路营业部",
            "0012 上海示范路营业部",
            1,
            Check::None,
        ),
        (
            "营业部 0027 上海示范路营业部",
            "0027 上海示范路营业部",
            0,
            Check::Wrong,
        ),
        (
            "营业部 0099 北京解放路营业部",
            "0099 北京解放路营业部",
            0,
            Check::None,
        ),
    ] {
        let mut fields = super::find(1, &page(&[row]), &[], &template);
        calibrate(&mut fields, "paddle");
        let field = best(&fields, FieldKind::Branch).unwrap();
        let found = (field.value.as_str(), field.corrected, field.check);
        assert_eq!(found, (value, corrected, check), "{row}");
        assert_eq!(field.is_certain(), check == Check::Right, "{row}");
    }
}

#[test]
fn one_form_of_an_amount_settles_the_other_and_makes_neither_certain() {
    for (figures, capitals, value, certain) in [
        ("¥3,790.25", "叁仟柒佰玖拾元贰角伍分", "3790.25", true),
        ("43,790.25", "叁仟柒佰玖拾元贰角伍分", "3790.25", false),
        (
            "¥551606.24",
            "伍万伍仟陆佰零陆元贰角肆分",
            "55606.24",
            false,
        ),
        ("¥3,790.25", "叁仟柒相玖拾元贰角伍分", "3790.25", false),
        ("43,790.25", "叁仟柒相玖拾元贰角伍分", "3790.25", false),
    ] {
        let rows = [format!("金额 {figures}"), format!("大写 {capitals}")];
        let read = page(&[&rows[0], &rows[1]]);
        let mut fields = super::find(1, &read, &[], &Template::default());
        calibrate(&mut fields, "paddle");
        for kind in [FieldKind::Amount, FieldKind::AmountInCapitals] {
            let field = best(&fields, kind).unwrap();
            assert_eq!(field.value, value, "{rows:?}");
            assert_eq!(field.is_certain(), certain, "{kind:?} of {rows:?}");
            assert!(field.check != Check::Wrong, "{kind:?} of {rows:?}");
        }
    }
}

#[test]
fn the_check_character_moves_the_confidence() {
    let confidence = |number: &str| {
        let fields = find(1, &page(&[&format!("证件号码 {number}")]), &[]);
        let field = best(&fields, FieldKind::IdNumber).unwrap();
        (field.confidence, field.check)
    };
    let (right, found) = confidence("11010519491231002X");
    assert_eq!(found, Check::Right);
    let (none, found) = confidence("130503670401001");
    assert_eq!(found, Check::None);
    let (wrong, found) = confidence("110105194912310021");
    assert_eq!(found, Check::Wrong);
    // As calibrated: a value that its check confirms is certain, one against its check is not
    // believed.
    assert!(right >= CERTAIN && (0.6..CERTAIN).contains(&none) && wrong < 0.6);
}

#[test]
fn barcodes_speak_before_text() {
    let code = |value: &str| Barcode {
        format: BarcodeFormat::QrCode,
        value: value.to_owned(),
        place: PixelBox::default(),
    };
    let cases: &[(&str, Option<&str>, Option<&str>)] = &[
        (
            "client=8800012345;flow=LS20261120000123",
            Some("8800012345"),
            Some("LS20261120000123"),
        ),
        ("LS20261120000123", None, Some("LS20261120000123")),
        ("8800012345", Some("8800012345"), None),
        ("20261120000123", None, Some("20261120000123")),
        ("https://example.org/?q=1", None, None),
        ("", None, None),
    ];
    for (text, client, flow) in cases {
        let fields = find(3, &page(&["客户号 8800099999"]), &[code(text)]);
        let found = |kind| {
            fields
                .iter()
                .find(|f| f.kind == kind && f.source == FieldSource::Barcode)
                .map(|f| f.value.as_str())
        };
        assert_eq!(found(FieldKind::ClientNo), *client, "{text}");
        assert_eq!(found(FieldKind::FlowNo), *flow, "{text}");
        let expected = client.unwrap_or("8800099999");
        assert_eq!(best(&fields, FieldKind::ClientNo).unwrap().value, expected);
        assert!(fields.iter().all(|f| f.page == 3));
    }
}
