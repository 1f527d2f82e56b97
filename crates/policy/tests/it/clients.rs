//! Clients: what must be known of each kind, and how their names are shown.

use std::collections::BTreeSet;

use policy::client::{ClientKind, FIELDS, masked};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};

/// The requirement, what may be known of a client, and whether it must be of a person, of an
/// institution and of a product.
type Row = (&'static str, &'static str, [bool; 3]);

#[rustfmt::skip]
const MUST_BE_KNOWN: &[Row] = &[
    // Identity.
    ("R16", "name", [true, true, true]),
    ("R16", "nationality", [true, true, true]),
    ("R16", "id_kind", [true, true, true]),
    ("R16", "id_number", [true, true, true]),
    ("R16", "id_valid_to", [true, true, true]),
    // Only a person has a face.
    ("R16", "portrait", [true, false, false]),
    // Contact.
    ("R16", "address", [true, true, true]),
    ("R16", "phone", [true, true, true]),
    // Attributes: of a natural person, and of an institution.
    ("R16", "occupation", [true, false, false]),
    ("R16", "education", [true, false, false]),
    ("R16", "institution_type", [false, true, false]),
    ("R16", "capital", [false, true, false]),
    // Assets, and the tolerance of risk.
    ("R16", "assets", [true, true, true]),
    ("R16", "risk", [true, true, true]),
];

#[test]
fn what_must_be_known_follows_from_the_kind() {
    for (kind, n) in ClientKind::ALL.into_iter().zip(0..) {
        let required: Vec<&str> = kind.required().collect();
        for (rule, field, must) in MUST_BE_KNOWN {
            assert_eq!(
                required.contains(field),
                must[n],
                "{rule}: {field} of {kind:?}"
            );
        }
        // Each once.
        let once: BTreeSet<&str> = required.iter().copied().collect();
        assert_eq!(once.len(), required.len(), "{kind:?}");
    }
    // Each thing that may be known has its row, and nothing else does.
    let rows: Vec<&str> = MUST_BE_KNOWN.iter().map(|(_, field, _)| *field).collect();
    assert_eq!(
        rows.iter().collect::<BTreeSet<_>>(),
        FIELDS.iter().collect()
    );
    assert_eq!(rows.len(), FIELDS.len());
}

#[test]
fn a_kind_has_one_word() {
    let words = ClientKind::ALL.map(ClientKind::as_str);
    assert_eq!(words, ["person", "institution", "product"]);
    for (kind, word) in ClientKind::ALL.into_iter().zip(words) {
        assert_eq!(ClientKind::from_word(word), Some(kind));
    }
    for other in [
        "",
        "Person",
        "PERSON",
        " person",
        "自然人",
        "firm",
        "people",
    ] {
        assert_eq!(ClientKind::from_word(other), None, "{other:?}");
    }
}

/// A name, and how it is shown.
#[rustfmt::skip]
const MASKED: &[(&str, &str)] = &[
    // People: never more than the first and the last letter.
    ("马静", "马*"),
    ("陈静怡", "陈*怡"),
    ("欧阳思远", "欧**远"),
    ("迪丽热巴尔", "迪***尔"),
    ("Wu", "W*"),
    ("Lee", "L*e"),
    // Institutions, and names as long: never more than the first two and the last two.
    ("示范贸易公司", "示范**公司"),
    ("上海示范投资管理有限公司", "上海********公司"),
    ("示范稳健增长一号基金", "示范******基金"),
    // Letters are counted, and not bytes.
    ("𠮷田", "𠮷*"),
    ("𠮷田𠮷", "𠮷*𠮷"),
    // What stands around a name is none of it.
    (" 马静 ", "马*"),
    ("\u{3000}陈静怡\t\n", "陈*怡"),
    // Nothing.
    ("", ""),
    (" \u{3000}\t", ""),
];

#[test]
fn names_are_shown_masked() {
    for (name, shown) in MASKED {
        assert_eq!(masked(name), *shown, "{name:?}");
    }
}

/// One letter is a whole name.
#[test]
fn a_name_of_one_letter_is_not_shown() {
    for name in ["静", "A", " 静 "] {
        assert_eq!(masked(name), "*", "{name:?}");
    }
}

/// Names of two letters are written with a blank between them where a list is to stand in columns;
/// the blank is no letter, and hides nothing. They are found without it as well.
#[test]
fn a_blank_within_a_name_hides_nothing() {
    for (name, shown) in [
        ("马 静", "马*"),
        ("马\u{3000}静", "马*"),
        ("马  静", "马*"),
        ("陈 静 怡", "陈*怡"),
        ("Li Na", "L**a"),
    ] {
        assert_eq!(masked(name), shown, "{name:?}");
    }
}

/// Runs the same cases every time.
fn check(name: &str, property: impl Fn(&str)) {
    let config = Config {
        cases: 5_000,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_261_120),
        failure_persistence: None,
        ..Config::default()
    };
    let run = TestRunner::new(config).run(&name, |name| {
        property(&name);
        Ok(())
    });
    run.unwrap();
}

/// A masked name has as many letters, shows none but those at its ends, and not more than half of
/// four or five, two thirds of three or six.
#[test]
fn no_name_is_shown_whole() {
    for names in [
        "[\u{4e00}-\u{9fa5}]{2,40}",
        "[A-Za-z·.-]{2,40}",
        "[^\\s]{2,12}",
    ] {
        check(names, |name| {
            let letters: Vec<char> = name.chars().collect();
            let shown: Vec<char> = masked(name).chars().collect();
            assert_eq!(shown.len(), letters.len(), "{name:?}");
            let hides = |(letter, shown): &(&char, &char)| letter != shown;
            let hidden = letters.iter().zip(&shown).filter(hides);
            assert!(hidden.clone().all(|(_, shown)| *shown == '*'), "{name:?}");
            let stars = shown.iter().filter(|shown| **shown == '*').count();
            assert!(stars >= 1, "{name:?}");
            let open = letters.len() - stars;
            let most = if letters.len() < 6 { 2 } else { 4 };
            assert!(open <= most, "{name:?}");
            assert!(open * 3 <= letters.len() * 2, "{name:?}");
        });
    }
}

/// Whatever stands around a name, it is shown in the same way.
#[test]
fn blanks_around_a_name_do_not_count() {
    check("[ \u{3000}\t\n]{0,3}", |blanks| {
        let around = format!("{blanks}陈静怡{blanks}");
        assert_eq!(masked(&around), "陈*怡", "{around:?}");
    });
}
