//! Documents that are born electronic: from where, which, and with whose consent (R03, R14, R15, R18).

use domain::BusinessDate;
use policy::native::{Delivered, may_deliver};
use policy::refusal::RefusalCode;
use policy::refusal::RefusalCode::OtherContent;

use crate::profiles::profile;

const TODAY: &str = "2026-11-20";

/// Requirement, profile, source, class, day of the consent, and what refuses it.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<RefusalCode>,
);

#[rustfmt::skip]
const DELIVERIES: &[Row] = &[
    ("R18", "securities", "trading-system", "order-record", None, None),
    ("R18", "securities", "trading-system", "execution-record", None, None),
    ("R18", "securities", "trading-system", "asset-change-record", None, None),
    ("R15", "securities", "online-opening", "terminal-information", None, None),
    ("R15", "securities", "online-hall", "audit-trail", None, None),
    ("R03", "bank", "core-banking", "transaction-record", None, None),
    // Each gives what is its own.
    ("R18", "securities", "trading-system", "witness-video", None, Some(OtherContent)),
    ("R15", "securities", "online-hall", "order-record", None, Some(OtherContent)),
    // What is on paper is scanned.
    ("R15", "securities", "online-opening", "opening-application", None, Some(OtherContent)),
    ("R22", "securities", "online-opening", "telex", None, Some(OtherContent)),
    // Recognised is what the firm's profile names, and nothing else.
    ("R14", "securities", "fax", "order-record", None, Some(OtherContent)),
    ("R14", "securities", "", "order-record", None, Some(OtherContent)),
    ("R14", "bank", "trading-system", "transaction-record", None, Some(OtherContent)),
    ("R03", "accounting", "trading-system", "order-record", None, Some(OtherContent)),
    // Another firm gives nothing that the client has not agreed to, by that day.
    ("R14", "securities", "witness-bank", "witness-video", None, Some(OtherContent)),
    ("R14", "securities", "witness-bank", "witness-video", Some("2026-11-21"), Some(OtherContent)),
    ("R14", "securities", "witness-bank", "witness-video", Some(TODAY), None),
    ("R14", "securities", "witness-bank", "witness-video", Some("2020-01-01"), None),
    // The firm's own systems need none, and one does no harm.
    ("R15", "securities", "online-opening", "witness-video", Some("2026-11-21"), None),
];

#[test]
fn documents_come_from_where_the_table_says() {
    let today: BusinessDate = TODAY.parse().unwrap();
    for (n, (rule, name, source, class, consent, code)) in DELIVERIES.iter().enumerate() {
        let class = class.parse().unwrap();
        let delivered = Delivered {
            source,
            class: &class,
            consent: consent.map(|day| day.parse().unwrap()),
        };
        match (may_deliver(&profile(name), &delivered, today), code) {
            (Ok(()), None) => {}
            (Err(refusal), Some(code)) => {
                assert_eq!(refusal.code, *code, "row {n}");
                let said = refusal.to_string();
                assert!(said.contains(rule), "row {n}: {said}");
            }
            (found, _) => unreachable!("row {n}: {found:?}"),
        }
    }
}

/// Every class that is born electronic comes from somewhere, where the profile knows of sources.
#[test]
fn nothing_is_born_electronic_and_delivered_by_nobody() {
    for name in ["securities", "bank"] {
        let profile = profile(name);
        for (code, class) in &profile.classes {
            let mut sources = profile.sources.values();
            let delivered = sources.any(|source| source.classes.contains(code));
            assert_eq!(class.native, delivered, "{name} {code}");
        }
    }
}
