//! Every word of a profile, everything that can be wrong with one, and every change from one to
//! the next.

use domain::RoleCode;
use policy::authority::Assurance;
use policy::basis::Basis;
use policy::calendar::Counting;
use policy::profile::{
    Colour, EMBEDDED, Kind, Owner, Profile, Required, Seat, Sensitivity, Side, Whose, diff,
};
use policy::retention::{After, Rendition, Start};

use super::{Options, each_has_a_row};
use crate::profiles::profile;

fn securities() -> &'static str {
    let mut embedded = EMBEDDED.iter();
    embedded.find(|(name, _)| *name == "securities").unwrap().1
}

/// The profile for securities with more behind it.
fn with(block: &str) -> Profile {
    Profile::parse("more.toml", &format!("{}\n{block}", securities())).unwrap()
}

/// A class, with these words in it, its line, its scan parameters, and a deadline of its own.
fn with_class(kind: &str, sensitivity: &str, owner: &str, required: &str, colour: &str) -> Profile {
    with(&format!(
        r#"
[[scan]]
name = "new"
dpi_min = 200
dpi_max = 600
page_bytes_max = 20_000_000
colour_min = "{colour}"
basis = ["R31"]

[[class]]
code = "new"
title = {{ zh = "新", en = "new" }}
kind = "{kind}"
category = "client"
sensitivity = "{sensitivity}"
owner = "{owner}"
required = [{required}]
scan = "new"
basis = ["R01"]

[[schedule]]
code = "S99"
title = {{ zh = "新", en = "new" }}
classes = ["new"]
renditions = ["paper", "electronic"]
permanent = true
after = "stay"
basis = ["R67"]
"#
    ))
}

/// What a class of any kind must have, and more.
const ALL_FACTS: &str =
    r#""client", "flow", "business-date", "instrument", "price", "quantity", "trade-time""#;

/// A word, and what it is read as.
#[test]
fn each_word_has_a_row() {
    let read = |n: usize, word: &str| {
        let mut words = ["other", "internal", "firm", ALL_FACTS, "grey"];
        words[n] = word;
        let [kind, sensitivity, owner, required, colour] = words;
        let mut profile = with_class(kind, sensitivity, owner, required, colour);
        let class = profile.classes.remove(&"new".parse().unwrap()).unwrap();
        (class, profile.scans["new"].colour_min)
    };
    each_has_a_row(Kind::ALL.iter().map(|word| {
        let found = read(0, word).0.kind;
        assert_eq!(found.word(), *word, "R01, R16 to R18");
        found
    }));
    each_has_a_row(Sensitivity::ALL.iter().map(|word| {
        let found = read(1, word).0.sensitivity;
        assert_eq!(found.word(), *word, "R78, R105");
        found
    }));
    each_has_a_row(Owner::ALL.iter().map(|word| {
        let found = read(2, word).0.owner;
        assert_eq!(found.word(), *word, "R41");
        found
    }));
    each_has_a_row(<Required as Options>::ALL.iter().flat_map(|word| {
        let found = read(3, &format!("{word:?}")).0.required;
        assert_eq!(
            found.iter().map(Options::word).collect::<Vec<_>>(),
            [*word],
            "R01"
        );
        found
    }));
    each_has_a_row(Colour::ALL.iter().map(|word| {
        let found = read(4, word).1;
        assert_eq!(found.word(), *word, "R31");
        found
    }));
}

/// R05, R62, R75: side and seat of a role; whose people a position takes, how well known.
#[test]
fn each_word_of_a_role_has_a_row() {
    let role = |side: &str, seat: &str| {
        let block = format!(
            r#"
[[role]]
code = "new"
title = {{ zh = "新", en = "new" }}
side = "{side}"
seat = "{seat}"
basis = ["R05"]
"#
        );
        with(&block)
            .roles
            .remove(&"new".parse::<RoleCode>().unwrap())
            .unwrap()
    };
    each_has_a_row(Side::ALL.iter().map(|word| {
        let found = role(word, "branch").side;
        assert_eq!(found.word(), *word);
        found
    }));
    each_has_a_row(Seat::ALL.iter().map(|word| {
        let found = role("business", word).seat;
        assert_eq!(found.word(), *word);
        found
    }));
    let procedure = |whose: &str, role: &str, assurance: &str| {
        let block = format!(
            r#"
[[procedure]]
code = "new"
title = {{ zh = "新", en = "new" }}
signature_days = 1
assurance = "{assurance}"
basis = ["R21"]

[[procedure.position]]
code = "new"
title = {{ zh = "新", en = "new" }}
roles = ["{role}"]
whose = "{whose}"
basis = ["R21"]
"#
        );
        with(&block).procedures.remove("new").unwrap()
    };
    each_has_a_row(Whose::ALL.iter().map(|word| {
        let role = if *word == "headquarters" {
            "hq-staff"
        } else {
            "clerk"
        };
        let found = procedure(word, role, "signed").positions[0].whose;
        assert_eq!(found.word(), *word);
        found
    }));
    each_has_a_row(Assurance::ALL.map(|one| {
        let found = procedure("own-branch", "clerk", one.word()).assurance;
        assert_eq!(
            (found.word(), found.as_str()),
            (one.word(), one.word()),
            "R31"
        );
        found
    }));
}

/// R42, R45, R65: the words of a line, and those of a deadline (R29).
#[test]
fn each_word_of_a_line_has_a_row() {
    let line = |start: &str, rendition: &str, after: &str| {
        let block = format!(
            r#"
[[schedule]]
code = "S99"
title = {{ zh = "新", en = "new" }}
classes = ["other-archive"]
renditions = ["{rendition}"]
from_latest_of = ["{start}"]
years = 1
after = "{after}"
basis = ["R45"]
"#
        );
        let profile = with(&block);
        let lines = profile.schedule.lines().to_vec();
        lines
            .into_iter()
            .find(|line| line.code.as_str() == "S99")
            .unwrap()
    };
    for start in Start::ALL {
        assert_eq!(
            line(start.word(), "paper", "review").from_latest_of,
            [start]
        );
        assert_eq!(start.as_str(), start.word());
    }
    for rendition in Rendition::ALL {
        assert_eq!(
            line("created", rendition.word(), "review").renditions,
            [rendition]
        );
        assert_eq!(rendition.as_str(), rendition.word());
    }
    for after in After::ALL {
        assert_eq!(line("created", "paper", after.word()).after, after);
        assert_eq!(after.as_str(), after.word());
    }
    for counting in [Counting::Trading, Counting::Working, Counting::Civil] {
        let block = format!(
            "[[closure]]\nday = \"2026-02-13\"\ncounting = \"{}\"\nbasis = [\"firm\"]\n",
            counting.word()
        );
        assert_eq!(with(&block).closures[0].counting, counting);
        assert_eq!(counting.as_str(), counting.word());
    }
    each_has_a_row(Start::ALL);
    each_has_a_row(After::ALL);
    each_has_a_row(["R41", "X01", "firm"].map(|text| text.parse::<Basis>().unwrap()));
}

/// What stands in the profile for securities, what instead of it, and what is said.
#[rustfmt::skip]
const MISTAKES: &[(&str, &str, &str)] = &[
    ("profile = \"securities\"", "profil = \"securities\"", "unknown field `profil`"),
    ("duty = \"entry\"", "duty = \"entrance\"", "duty \"entrance\", expected capture, review,"),
    ("duty = \"entry\"", "duty = \"review\"", "deadline review stands in line "),
    ("shared = [\"id-copy\"]", "shared = [\"ids\"]", "names the class ids, and the profile has none of that code"),
    ("classes = [\"custody-log\"]", "classes = []", "class custody-log has no schedule line for its paper form"),
    ("# names none\n", "scan = \"standard\"\n", "class new is native and never scanned (R15), and names scan parameters"),
    ("appraise_years = 10\nafter = \"stay\"\nbasis = [\"R42\"]", "after = \"stay\"\nbasis = [\"R42\"]", "schedule line S07.R42 says how long in 0 ways"),
    ("from_latest_of = [\"form-closed\", \"last-account-closed\"]\n", "", "schedule line S19 runs for years from nothing"),
    ("code = \"maker\"\n", "code = \"maker\"\npersons = 0\n", "position maker of information-change can be filled by nobody: it takes no person"),
    ("en = \"new\" }\nkind = \"other\"", "en = \"new\" }\nkind = \"voucher\"", "class new: required lacks client, flow, business-date"),
    ("roles = [\"archivist\"]\nwhose = \"receiving-branch\"", "roles = [\"system-auditor\"]\nwhose = \"receiving-branch\"", "position receiver of transfer names the role system-auditor, which"),
    ("code = \"rule-change\"", "code = \"rules\"", "procedure rule-change is missing"),
    ("valid_from = \"2026-01-01\"", "valid_from = \"2026-01-01\"\nvalid_to = \"2025-12-31\"", "it would never be"),
    ("version = \"2026.1\"", "version = \"2026.2\"", "securities@2026.1 is valid from 2026-01-01: expected a later day"),
];

#[test]
fn each_mistake_has_a_row() {
    let text = securities().to_owned()
        + r#"
[[class]]
code = "new"
title = { zh = "新", en = "new" }
kind = "other"
category = "client"
sensitivity = "internal"
owner = "firm"
native = true
# names none
basis = ["R01"]

[[schedule]]
code = "S99"
title = { zh = "新", en = "new" }
classes = ["new"]
renditions = ["electronic"]
permanent = true
after = "stay"
basis = ["R67"]
"#;
    let earlier = [Profile::parse("p.toml", &text).unwrap()];
    let mut reached = Vec::new();
    for (from, to, message) in MISTAKES {
        assert!(text.contains(from), "{from}");
        let wrong = text.replacen(from, to, 1);
        let error = Profile::parse_after("p.toml", &wrong, &earlier).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        reached.extend(error.problems.into_iter().map(|(_, problem)| problem));
    }
    each_has_a_row(reached);
}

/// R23, R77: what becomes of a class from one version to the next.
#[test]
fn each_change_of_a_class_has_a_row() {
    let old = profile("securities");
    let new = with_class("other", "internal", "firm", ALL_FACTS, "grey");
    let changed = with(
        r#"
[[schedule]]
code = "S99"
title = { zh = "新", en = "new" }
classes = ["other-archive"]
renditions = ["paper"]
permanent = true
after = "stay"
basis = ["R67"]
"#,
    );
    let only = |old: &Profile, new: &Profile| {
        let mut all = diff(old, new);
        assert_eq!(all.len(), 1);
        all.remove(0).1
    };
    each_has_a_row([only(&old, &new), only(&new, &old), only(&old, &changed)]);
}
