//! Versions of a profile beside each other: what differs, which ends move, and on which days.

use policy::profile::{Change, ClassChange, EMBEDDED, Moves, Profile, diff, differences, moves};
use policy::retention::{Facts, Moment, Rendition, Start, Starts};

use super::mistakes::SMALL;
use super::profile;

/// Two versions beside each other: which classes change, and which ends move.
#[test]
fn versions_are_compared_by_class_and_by_record() {
    // No line of it rests on R41, so that a shorter one can be compared.
    let small = SMALL.replace("[\"R41\"]", "[\"X01\"]");
    let old = Profile::parse("old.toml", &small).unwrap();
    let changed =
        |from: &str, to: &str| Profile::parse("new.toml", &small.replace(from, to)).unwrap();
    let voucher = |new: &Profile| {
        diff(&old, new)
            .into_iter()
            .map(|(_, change)| change)
            .collect::<Vec<_>>()
    };
    assert_eq!(voucher(&old), []);
    let both = vec![Rendition::Paper, Rendition::Electronic];
    for (from, to, description, retention) in [
        ("years = 20", "years = 30", false, both.clone()),
        ("years = 20", "years = 10", false, both.clone()),
        (
            "basis = [\"X01\"]",
            "basis = [\"X01\", \"firm\"]",
            false,
            both,
        ),
        (
            "required = [\"client\", \"flow\", \"business-date\"]",
            "required = [\"client\", \"flow\", \"business-date\", \"account\"]",
            true,
            vec![],
        ),
        (
            "title = { zh = \"凭证\", en = \"vouchers\" }",
            "title = { zh = \"单\", en = \"slips\" }",
            false,
            vec![],
        ),
    ] {
        let new = changed(from, to);
        let expected = ClassChange::Changed {
            description,
            retention: retention.clone(),
        };
        let expected = if description || !retention.is_empty() {
            vec![expected]
        } else {
            vec![]
        };
        assert_eq!(voucher(&new), expected, "{to}");
    }
    let facts = |closed: Moment| Facts {
        class: "voucher".parse().unwrap(),
        rendition: Rendition::Paper,
        starts: Starts::unknown().with(Start::LinkedAccountClosed, closed),
        holds: Vec::new(),
    };
    let records = [
        facts(Moment::On("2006-11-22".parse().unwrap())),
        facts(Moment::On("2016-11-22".parse().unwrap())),
        facts(Moment::NotYet),
    ];
    for (to, earlier, later, lengths, unmoved) in [
        ("years = 10", 2, 0, 1, 0),
        ("years = 30", 0, 2, 1, 0),
        ("permanent = true", 0, 3, 0, 0),
        ("years = 20", 0, 0, 0, 3),
    ] {
        let expected = Moves {
            earlier,
            later,
            lengths,
            unmoved,
        };
        assert_eq!(
            moves(&old, &changed("years = 20", to), &records),
            expected,
            "{to}"
        );
    }
}

/// What is replaced in the securities profile, and what differs then: table, code, and how.
#[rustfmt::skip]
const CHANGES: &[(&str, &str, &str)] = &[
    ("day_of_next_month = 5", "day_of_next_month = 13", "deadline hq-upload: day"),
    ("duty = \"hq-upload\"\n", "duty = \"hq-upload\"\nextendable = true\n", "deadline hq-upload: extendable"),
    ("days_before = [90, 30, 7]", "days_before = [90, 7, 3]", "deadline id-expiry-reminder 3: added; deadline id-expiry-reminder 30: removed"),
    ("[[procedure.position]]\ncode = \"operations-supervisor\"\ntitle = { zh = \"监销人(运营管理部)\", en = \"supervisor of operations\" }\nroles = [\"operations-department\"]\nwhose = \"headquarters\"\ndiffers_from = [\"branch-supervisor\"]\nfirm_differs_from = [\"applicant\"]\nafter = [\"decision\"]\nbasis = [\"R66\"]\n", "", "procedure destruction: position operations-supervisor removed"),
    ("signature_days = 90", "signature_days = 10", "procedure destruction: signature_days"),
    ("code = \"internal-audit\"\ntitle = { zh = \"稽核审计部\", en = \"internal audit\" }\nside = \"audit\"", "code = \"internal-audit\"\ntitle = { zh = \"稽核审计部\", en = \"internal audit\" }\nside = \"business\"", "role internal-audit: side"),
    ("page_bytes_max = 30_000_000", "page_bytes_max = 1_000_000", "scan seal-and-portrait: page_bytes_max"),
    ("tasks = [\"fund-voucher\", \"id-copy\"]\nshared = [\"id-copy\"]", "tasks = [\"fund-voucher\"]", "template fund-business: tasks, shared"),
    ("agency_cut_over = \"2015-01-01\"", "agency_cut_over = \"2016-01-01\"", "profile agency_cut_over: "),
    ("standards = [", "admission_gate = true\nstandards = [", "profile admission_gate: "),
    ("[[category]]\ncode = \"client\"", "[[closure]]\nday = \"2026-11-23\"\nbasis = [\"firm\"]\n\n[[category]]\ncode = \"client\"", "closure 2026-11-23 civil: added"),
    ("zh = \"登记资料\"", "zh = \"登记\"", "category register: title"),
    ("version = \"2026.1\"", "version = \"2026.2\"", ""),
];

/// R77: whoever confirms a change sees all of it, whatever table it is in.
#[test]
fn versions_are_compared_by_every_table() {
    let (_, text) = EMBEDDED[0];
    let old = profile("securities");
    for (from, to, expected) in CHANGES {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        let new = Profile::parse("new.toml", &text.replace(from, to)).unwrap();
        let said: Vec<String> = differences(&old, &new)
            .into_iter()
            .map(|one| {
                let change = match one.change {
                    Change::Added => "added".to_owned(),
                    Change::Removed => "removed".to_owned(),
                    Change::Changed(parts) => parts.join(", "),
                };
                format!("{} {}: {change}", one.table, one.code)
            })
            .collect();
        assert_eq!(said.join("; "), *expected, "R77 {to}");
    }
    assert_eq!(differences(&old, &old), []);
}

/// R77: on no day are two versions valid. One without an end ends where the next begins.
#[test]
fn versions_that_overlap_are_named_with_the_line() {
    let version = |version: &str, from: &str, to: &str| {
        let to = if to.is_empty() {
            String::new()
        } else {
            format!("\nvalid_to = \"{to}\"")
        };
        SMALL
            .replace("version = \"1\"", &format!("version = \"{version}\""))
            .replace(
                "valid_from = \"2026-01-01\"",
                &format!("valid_from = \"{from}\"{to}"),
            )
    };
    let open = Profile::parse("1.toml", &version("1", "2026-01-01", "")).unwrap();
    let ends = Profile::parse("1.toml", &version("1", "2026-01-01", "2026-12-31")).unwrap();
    for (earlier, from, line) in [
        (&open, "2026-01-02", None),
        (&open, "2026-01-01", Some("")),
        (&open, "2025-06-30", Some("")),
        (&ends, "2027-01-01", None),
        (&ends, "2026-12-31", Some(" to 2026-12-31")),
    ] {
        let found = Profile::parse_after(
            "2.toml",
            &version("2", from, ""),
            std::slice::from_ref(earlier),
        );
        let said = found.err().map(|error| error.to_string());
        let expected = line.map(|until| {
            format!(
                "2.toml, line 4: valid from {from}, and small@1 is valid from 2026-01-01{until}: \
                 expected a later day, on which that one has ended or has no end"
            )
        });
        assert_eq!(said, expected, "{from}");
    }
    // The same version again, or another firm's, is no successor.
    for other in [
        version("1", "2026-01-01", ""),
        version("2", "2026-01-01", "").replace("profile = \"small\"", "profile = \"other\""),
    ] {
        assert!(Profile::parse_after("x.toml", &other, std::slice::from_ref(&open)).is_ok());
    }
}
