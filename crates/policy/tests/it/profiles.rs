//! Profiles: what the embedded ones say.

mod mistakes;
mod versions;

use policy::profile::{Colour, EMBEDDED, Kind, Owner, Profile, Required, Sensitivity, Switches};

/// An embedded profile.
pub fn profile(name: &str) -> Profile {
    let (_, text) = EMBEDDED.iter().find(|(one, _)| *one == name).unwrap();
    Profile::parse(&format!("{name}.toml"), text).unwrap()
}

#[test]
fn the_embedded_profiles_are_right() {
    for (name, _) in EMBEDDED {
        let profile = profile(name);
        assert_eq!(profile.name, name);
        // A version, and a first day.
        assert_eq!(profile.version, "2026.1");
        assert_eq!(profile.valid_from.to_string(), "2026-01-01");
        // Every profile can be changed, by the same procedure.
        for (rule, is_there) in [
            // What is entered names the rules as `securities@2026.1`: one name and one version.
            (
                "R92",
                !format!("{}{}", profile.name, profile.version).contains('@'),
            ),
            ("R93", !profile.standards.is_empty()),
            ("R77", profile.procedures.contains_key("rule-change")),
        ] {
            assert!(is_there, "{rule} {name}");
        }
    }
}

/// Requirement, class; kind, category, sensitivity, owner; native; required facts.
type Row = (
    &'static str,
    &'static str,
    Kind,
    &'static str,
    Sensitivity,
    Owner,
    bool,
    &'static [Required],
);

use Kind::{Basic, Other, Transaction, Voucher};
use Required::{Account, BusinessDate, Client, Flow, Instrument, Price, Quantity, TradeTime};
use Sensitivity::{Confidential, Internal, Sensitive};

#[rustfmt::skip]
const CLASSES: &[Row] = &[
    // Client, business and time of each voucher; client, instrument, price, quantity, time of a trade.
    ("R01", "internal-voucher", Voucher, "internal-securities", Internal, Owner::Account, false, &[Client, Flow, BusinessDate]),
    ("R17", "custody-voucher", Voucher, "asset-account", Internal, Owner::Account, false, &[Client, Flow, BusinessDate]),
    ("R17", "fund-voucher", Voucher, "internal-fund", Internal, Owner::Account, false, &[Client, Flow, BusinessDate]),
    ("R18", "order-record", Transaction, "internal-securities", Internal, Owner::Account, true, &[Client, Instrument, Price, Quantity, TradeTime]),
    // Trades come from the trading system and are never scanned.
    ("R15", "execution-record", Transaction, "internal-securities", Internal, Owner::Account, true, &[Client, Instrument, Price, Quantity, TradeTime]),
    ("R18", "asset-change-record", Transaction, "asset-account", Internal, Owner::Account, true, &[Client, Account, Instrument, Price, Quantity, TradeTime]),
    // What cannot have these facts is of none of the kinds: a volume is of many clients.
    ("R36", "agency-volume", Other, "agency-securities", Internal, Owner::Account, false, &[BusinessDate]),
    ("R15", "terminal-information", Other, "internal-securities", Sensitive, Owner::Account, true, &[Client, TradeTime]),
    ("R16", "id-copy", Basic, "client", Sensitive, Owner::Client, false, &[Client]),
    ("R22", "agency-voucher", Voucher, "agency-securities", Internal, Owner::Account, false, &[Client, Flow, BusinessDate]),
    ("R22", "product-voucher", Voucher, "product-account", Internal, Owner::Account, false, &[Client, Flow, BusinessDate]),
    ("R78", "due-diligence", Basic, "client", Confidential, Owner::Client, false, &[Client]),
    ("R78", "complaint-file", Other, "client", Confidential, Owner::Client, false, &[Client, BusinessDate]),
];

#[test]
fn classes_are_as_the_table_says() {
    let profile = profile("securities");
    for (rule, code, kind, category, sensitivity, owner, native, required) in CLASSES {
        let class = &profile.classes[&code.parse().unwrap()];
        let found = (
            class.kind,
            class.category.as_str(),
            class.sensitivity,
            class.owner,
            class.native,
        );
        assert_eq!(
            found,
            (*kind, *category, *sensitivity, *owner, *native),
            "{rule} {code}"
        );
        assert_eq!(class.required, *required, "{rule} {code}");
    }
    // The six categories of R22, and those that the firm added.
    let categories: Vec<&str> = profile
        .categories
        .iter()
        .map(|one| one.code.as_str())
        .collect();
    let six = [
        "client",
        "asset-account",
        "internal-securities",
        "internal-fund",
        "product-account",
        "agency-securities",
    ];
    assert_eq!(categories[..6], six);
}

/// R23: which business makes which tasks; R24: what the client's other business may share.
#[test]
fn templates_say_which_tasks_a_business_makes() {
    let profile = profile("securities");
    for (rule, business, tasks, shared) in [
        (
            "R23",
            "account-opening",
            &[
                "opening-application",
                "id-copy",
                "client-contract",
                "risk-assessment",
            ][..],
            &["id-copy"][..],
        ),
        (
            "R24",
            "fund-business",
            &["fund-voucher", "id-copy"],
            &["id-copy"],
        ),
        (
            "R23",
            "information-change",
            &["information-change", "confirmation-slip", "id-copy"],
            &["id-copy"],
        ),
    ] {
        let template = profile
            .templates
            .iter()
            .find(|one| one.business == business)
            .unwrap();
        let codes = |classes: &[domain::ClassCode]| -> Vec<String> {
            classes.iter().map(ToString::to_string).collect()
        };
        assert_eq!(codes(&template.tasks), tasks, "{rule} {business}");
        assert_eq!(codes(&template.shared), shared, "{rule} {business}");
    }
}

/// R31: sets of scan parameters; a seal or a portrait needs colour.
#[test]
fn scan_parameters_come_in_sets() {
    let profile = profile("securities");
    for (rule, class, dpi_min, colour_min) in [
        ("R31", "id-copy", 200, Colour::Colour),
        ("R31", "fund-voucher", 200, Colour::Grey),
    ] {
        let class = &profile.classes[&class.parse().unwrap()];
        let scan = &profile.scans[class.scan.as_ref().unwrap()];
        assert_eq!(
            (scan.dpi_min, scan.colour_min),
            (dpi_min, colour_min),
            "{rule}"
        );
    }
}

/// The Measures forbid lending, a bank allows it with a register, and has a gate before admission.
#[test]
fn what_one_kind_of_firm_may_another_may_not() {
    for (rule, name, switch, procedure, allowed) in [
        ("R63", "securities", "lending", "lending", false),
        ("R63", "accounting", "lending", "lending", false),
        ("R101", "bank", "lending", "lending", true),
        ("R125", "securities", "admission", "admission", false),
        ("R125", "accounting", "admission", "admission", false),
        ("R125", "bank", "admission", "admission", true),
    ] {
        let profile = profile(name);
        let Switches {
            lending,
            admission_gate,
        } = profile.switches;
        let found = if switch == "lending" {
            lending
        } else {
            admission_gate
        };
        assert_eq!(found, allowed, "{rule} {name}");
        let has = profile.procedures.contains_key(procedure);
        assert_eq!(has, allowed, "{rule} {name}");
    }
}

/// R36: what is older than the day lies in a volume, and that day's is the bag's. R77: who says
/// what the rules mean.
#[test]
fn agency_vouchers_are_divided_by_a_day() {
    let profile = profile("securities");
    for (rule, created, in_volume) in [
        ("R36", "2014-12-31", true),
        ("R36", "2015-01-01", false),
        ("R36", "2015-01-02", false),
    ] {
        let found = profile.belongs_in_volume(created.parse().unwrap());
        assert_eq!(found, in_volume, "{rule} {created}");
    }
    for (rule, name, interpreter) in [
        ("R77", "securities", "operations-department"),
        ("R77", "bank", "operations-department"),
    ] {
        let found = super::profiles::profile(name).interpreter;
        assert_eq!(found.as_str(), interpreter, "{rule}");
    }
    assert!(!super::profiles::profile("bank").belongs_in_volume("2000-01-01".parse().unwrap()));
}

/// R109: a hold can be placed wherever documents are kept. X10: the department of information
/// systems watches over electronic archives alone.
#[test]
fn every_firm_can_place_a_hold() {
    for (name, _) in EMBEDDED {
        assert!(profile(name).procedures.contains_key("hold"), "{name}");
    }
    let accounting = profile("accounting");
    for (procedure, watched) in [
        ("accounting-destruction", false),
        ("electronic-accounting-destruction", true),
    ] {
        let mut positions = accounting.procedures[procedure].positions.iter();
        let found = positions.any(|one| one.code == "it-supervisor");
        assert_eq!(found, watched, "{procedure}");
    }
}
