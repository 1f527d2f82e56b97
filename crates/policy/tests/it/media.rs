//! Media: what lies together ends together (R43), the last copy that counts is guarded (R44),
//! and a medium is protected as its most sensitive member (R105).

use domain::{BusinessDate, ClassCode};
use policy::profile::Sensitivity;
use policy::retention::{
    After, Copy, Facts, Hold, MediumVerdict, Moment, Rendition, Start, Starts, judge, judge_medium,
    may_go, medium_sensitivity,
};

use crate::profiles::profile;

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

/// A voucher whose account and relation ended on a day, or are open.
fn voucher(closed: Option<&str>) -> Facts {
    let moment = closed.map_or(Moment::NotYet, |on| Moment::On(day(on)));
    Facts {
        class: "agency-volume".parse().unwrap(),
        rendition: Rendition::Paper,
        starts: Starts::unknown().with(Start::LastAccountClosed, moment),
        holds: Vec::new(),
    }
}

/// Requirement, closings of the members' accounts, day, verdict on the volume.
type Row = (
    &'static str,
    &'static [Option<&'static str>],
    &'static str,
    Expect,
);

#[derive(Clone, Copy, Debug)]
enum Expect {
    MayEnd(&'static str),
    Keep(usize),
    Unknown,
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("R43", &[Some("2000-01-04"), Some("2006-11-22")], "2026-11-23", Expect::MayEnd("2026-11-23")),
    ("R43", &[Some("2006-11-22"), Some("2000-01-04")], "2026-11-23", Expect::MayEnd("2026-11-23")),
    ("R43", &[Some("2000-01-04"), Some("2006-11-22")], "2026-11-22", Expect::Keep(1)),
    ("R43", &[Some("2000-01-04"), None], "2026-11-23", Expect::Keep(1)),
    ("R43", &[None, Some("2000-01-04")], "2026-11-23", Expect::Keep(0)),
    ("R43", &[], "2026-11-23", Expect::Unknown),
];

#[test]
fn a_medium_keeps_the_longest_of_its_members() {
    let profile = profile("securities");
    for (rule, members, on, expect) in ROWS {
        let facts: Vec<Facts> = members.iter().map(|closed| voucher(*closed)).collect();
        let verdicts: Vec<_> = facts
            .iter()
            .map(|facts| judge(&profile.schedule, facts, day(on)))
            .collect();
        let expected = match expect {
            Expect::MayEnd(since) => MediumVerdict::MayEnd {
                since: day(since),
                after: After::DestroyByChain,
            },
            Expect::Keep(member) => MediumVerdict::Keep { member: *member },
            Expect::Unknown => MediumVerdict::Unknown,
        };
        assert_eq!(judge_medium(&verdicts), expected, "{rule} {members:?}");
    }
}

/// R65: with one member that is due for review alone, the whole medium is.
#[test]
fn a_member_that_is_due_for_review_keeps_the_others_from_the_chain() {
    let profile = profile("securities");
    let volume = voucher(Some("2000-01-04"));
    let mut suitability = voucher(Some("2001-01-04"));
    suitability.class = "suitability-record".parse().unwrap();
    suitability.starts = suitability
        .starts
        .with(Start::Created, Moment::On(day("1999-01-04")));
    for members in [[&volume, &suitability], [&suitability, &volume]] {
        let verdicts = members.map(|facts| judge(&profile.schedule, facts, day("2026-11-23")));
        let expected = MediumVerdict::MayEnd {
            since: day("2021-01-05"),
            after: After::Review,
        };
        assert_eq!(judge_medium(&verdicts), expected);
    }
}

#[test]
fn a_hold_on_one_member_keeps_the_medium() {
    let profile = profile("securities");
    let mut held = voucher(Some("2000-01-04"));
    held.holds.push(Hold {
        matter: "调查".to_owned(),
        authority: "证监局".to_owned(),
        placed: day("2026-01-05"),
        released: None,
    });
    let free = voucher(Some("2000-01-04"));
    let verdicts = [&free, &held].map(|facts| judge(&profile.schedule, facts, day("2026-11-23")));
    assert_eq!(judge_medium(&verdicts), MediumVerdict::Keep { member: 1 });
}

#[test]
fn the_last_copy_that_counts_stays() {
    let copy = |may_end, qualifies| Copy { may_end, qualifies };
    #[rustfmt::skip]
    let rows = [
        // R44: another that counts stays.
        ("R44", vec![copy(true, true), copy(false, true)], &[0][..], true, true),
        // The only one, or the others do not count.
        ("R44", vec![copy(true, true)], &[0], true, false),
        ("R44", vec![copy(true, true), copy(true, false)], &[0], true, false),
        // Each may go while the other stays, and both together may not.
        ("R44", vec![copy(true, true), copy(true, true)], &[0], true, true),
        ("R44", vec![copy(true, true), copy(true, true)], &[1], true, true),
        ("R44", vec![copy(true, true), copy(true, true)], &[0, 1], true, false),
        ("R44", vec![copy(true, true), copy(true, true), copy(false, true)], &[0, 1], true, true),
        ("R44", vec![copy(true, true), copy(false, true), copy(false, true)], &[0, 1], true, false),
        // It never frees paper before its own period.
        ("R44", vec![copy(false, true), copy(false, true)], &[0], true, false),
        // Nothing must stay any more.
        ("R44", vec![copy(true, true)], &[0], false, true),
        ("R44", vec![copy(true, true), copy(true, true)], &[0, 1], false, true),
        // There is no such copy, or none is named.
        ("R44", vec![], &[0], false, false),
        ("R44", vec![copy(true, true), copy(true, true)], &[0, 2], false, false),
        ("R44", vec![copy(true, true)], &[], false, false),
    ];
    for (rule, copies, going, must_stay, expected) in rows {
        assert_eq!(
            may_go(&copies, going, must_stay),
            expected,
            "{rule} {copies:?} {going:?} {must_stay}"
        );
    }
}

/// The most sensitive member decides, whatever the order; what is not known may be anything.
#[test]
fn a_medium_is_as_sensitive_as_its_most_sensitive_member() {
    let profile = profile("securities");
    for (rule, members, expected) in [
        ("R105", &["fund-voucher"][..], Sensitivity::Internal),
        ("R105", &["fund-voucher", "id-copy"], Sensitivity::Sensitive),
        ("R105", &["id-copy", "fund-voucher"], Sensitivity::Sensitive),
        (
            "R105",
            &["fund-voucher", "complaint-file", "id-copy"],
            Sensitivity::Confidential,
        ),
        (
            "R105",
            &["fund-voucher", "postcard"],
            Sensitivity::Confidential,
        ),
        ("R105", &[], Sensitivity::Confidential),
    ] {
        let members: Vec<ClassCode> = members.iter().map(|one| one.parse().unwrap()).collect();
        let found = medium_sensitivity(&profile, &members);
        assert_eq!(found, expected, "{rule} {members:?}");
    }
}
