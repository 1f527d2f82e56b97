//! The register of requirements: complete, and true about where cases stand.

use policy::basis::RuleNo;
use policy::rules::register;

const TABLES: [(&str, &str); 16] = [
    ("authority", include_str!("authority.rs")),
    ("calendars", include_str!("calendars.rs")),
    ("claims", include_str!("claims.rs")),
    ("clients", include_str!("clients.rs")),
    (
        "day_closing",
        concat!(
            include_str!("day_closing.rs"),
            include_str!("day_closing/explained.rs")
        ),
    ),
    ("deadlines", include_str!("deadlines.rs")),
    ("descriptions", include_str!("descriptions.rs")),
    ("exceptions", include_str!("exceptions.rs")),
    ("findings", include_str!("findings.rs")),
    (
        "flows",
        concat!(
            include_str!("flows.rs"),
            include_str!("flows/images.rs"),
            include_str!("flows/sharing.rs"),
            include_str!("flows/small_world.rs"),
            include_str!("flows/verification.rs"),
            include_str!("flows/waivers.rs")
        ),
    ),
    (
        "information_changes",
        concat!(
            include_str!("information_changes.rs"),
            include_str!("information_changes/world.rs")
        ),
    ),
    ("media", include_str!("media.rs")),
    ("natives", include_str!("natives.rs")),
    ("profiles", include_str!("profiles.rs")),
    ("retention", include_str!("retention.rs")),
    ("sharing", include_str!("sharing.rs")),
];

/// The requirements that this crate carries out.
const CARRIED: &str = "R01 R03 R04 R05 R06 R07 R08 R13 R14 R15 R16 R17 R18 R19 R21 R22 R23 R24 R25 R26 R27 R28 R29 R30 \
    R31 R32 R36 R41 R42 R43 R44 R45 R47 R51 R52 R53 R54 R55 R57 R58 R59 R62 R63 R64 R65 R66 R67 \
    R68 R70 R73 R75 R77 R78 R84 R85 R86 R87 R88 R89 R90 R91 R92 R93 R94 R97 R101 R102 R104 R105 \
    R109 R110 R112 R114 R120 R121 R123 R124 R125";

#[test]
fn every_requirement_is_there_once_and_in_order() {
    let numbers: Vec<RuleNo> = register().unwrap().iter().map(|one| one.number).collect();
    assert_eq!(numbers, RuleNo::all().collect::<Vec<_>>());
}

/// A requirement that is carried out has a case that names it, in each table that the register
/// says.
#[test]
fn what_is_carried_out_has_cases() {
    let mut wrong = Vec::new();
    let register = register().unwrap();
    for one in &register {
        let number = one.number.to_string();
        if one.code.is_empty() != one.tables.is_empty() {
            wrong.push(format!(
                "{number}: code without cases, or cases without code"
            ));
        }
        let said = one.lacks.as_ref();
        if said.is_some_and(|lacks| lacks.trim().is_empty() || one.code.is_empty()) {
            wrong.push(format!("{number}: lacks a part of what is not there"));
        }
        // What is met elsewhere has no rule here.
        let elsewhere = one.elsewhere.as_ref();
        if elsewhere.is_some_and(|said| said.trim().is_empty() || !one.code.is_empty()) {
            wrong.push(format!("{number}: met elsewhere, and carried out here"));
        }
        for table in &one.tables {
            let text = TABLES.iter().find(|(name, _)| name == table);
            let named = text.is_some_and(|(_, text)| names(text, &number));
            if !named {
                wrong.push(format!("{number}: {table}.rs has no case of it"));
            }
        }
    }
    let carried: Vec<String> = register
        .iter()
        .filter(|one| !one.code.is_empty())
        .map(|one| one.number.to_string())
        .collect();
    assert_eq!(
        carried.join(" "),
        CARRIED.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a table has a case of the requirement: a text that is the number and nothing else,
/// outside of comments. A requirement that is only talked about has none.
fn names(text: &str, number: &str) -> bool {
    // What an example of a profile rests on is no case of it either.
    let apart = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with("basis = ")
    };
    let case = format!("\"{number}\"");
    text.lines().filter(apart).any(|line| line.contains(&case))
}

#[test]
fn what_is_only_talked_about_is_no_case() {
    assert!(names("    (\"R41\", 1),", "R41"));
    for text in [
        "// R41: twenty years",
        "basis = [\"R41\"]",
        "    // (\"R41\", 1),",
        "(\"R41 and R45\")",
        "R41",
        "(\"R410\")",
    ] {
        assert!(!names(text, "R41"), "{text}");
    }
}
