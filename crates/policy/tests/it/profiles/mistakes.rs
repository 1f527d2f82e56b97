//! Mistakes in a profile: each is named with its line.

use policy::profile::Profile;

/// A small profile that is right. Each mistake is this one with something replaced, and so is each
/// of its versions in `super::versions`.
pub(super) const SMALL: &str = r#"profile = "small"
version = "1"
title = { zh = "小", en = "small" }
valid_from = "2026-01-01"
interpreter = "operations"
standards = ["JR/T 0110"]

[[category]]
code = "all"
title = { zh = "全部", en = "all" }

[[scan]]
name = "standard"
dpi_min = 200
dpi_max = 600
page_bytes_max = 20_000_000
colour_min = "grey"
basis = ["R31"]

[[class]]
code = "voucher"
title = { zh = "凭证", en = "voucher" }
kind = "voucher"
category = "all"
sensitivity = "internal"
owner = "account"
required = ["client", "flow", "business-date"]
scan = "standard"
basis = ["R01"]

[[schedule]]
code = "S01"
title = { zh = "凭证", en = "vouchers" }
classes = ["voucher"]
renditions = ["paper", "electronic"]
from_latest_of = ["linked-account-closed"]
years = 20
after = "review"
basis = ["R41"]

[[template]]
business = "any"
title = { zh = "任何", en = "any" }
tasks = ["voucher"]
basis = ["R23"]

[[deadline]]
duty = "review"
counting = "trading"
days_after = 1
basis = ["R29"]

[[role]]
code = "clerk"
title = { zh = "经办", en = "clerk" }
side = "business"
seat = "branch"
basis = ["R21"]

[[procedure]]
code = "handover"
title = { zh = "交接", en = "handover" }
signature_days = 1
basis = ["R21"]

[[procedure.position]]
code = "giver"
title = { zh = "移交人", en = "giver" }
roles = ["clerk"]
whose = "own-branch"
basis = ["R21"]

[[role]]
code = "operations"
title = { zh = "运营", en = "operations" }
side="business"
seat="headquarters"
basis = ["R23"]

[[procedure]]
code = "rule-change"
title = { zh = "规则变更", en = "change of rules" }
signature_days = 30
assurance = "asserted"
basis = ["R23"]

[[procedure.position]]
code = "proposer"
title = { zh = "提出人", en = "proposer" }
roles = ["operations"]
whose = "headquarters"
basis = ["R23"]

[[procedure.position]]
code = "confirmer"
title = { zh = "确认人", en = "confirmer" }
roles = ["operations"]
whose = "headquarters"
firm_differs_from = ["proposer"]
after = ["proposer"]
basis = ["R77"]

[[role]]
code = "security-administrator"
title = { zh = "安全保密员", en = "security administrator" }
side  = "system"
seat  = "headquarters"
basis = ["R05"]
"#;

/// What is replaced by what, and the whole message.
#[rustfmt::skip]
const MISTAKES: &[(&str, &str, &str)] = &[
    ("code = \"all\"\n", "code = \"all\"\ncolour = \"red\"\n", "p.toml, line 10: unknown field `colour`, expected `code` or `title`"),
    ("version = \"1\"\n", "", "p.toml, line 1: missing field `version`"),
    ("version = \"1\"\n", "version = 1\n", "p.toml, line 2: invalid type: integer `1`, expected a string"),
    ("[[category]]", "[[category]", "p.toml, line 8: "),
    ("classes = [\"voucher\"]", "classes = []", "p.toml, line 20: class voucher has no schedule line for its paper form, expected at least one: nothing may be kept whose end nobody has settled\np.toml, line 20: class voucher has no schedule line for its electronic form, expected at least one: nothing may be kept whose end nobody has settled\np.toml, line 31: schedule line S01: classes is empty, expected what the line is about"),
    ("renditions = [\"paper\", \"electronic\"]", "renditions = [\"paper\"]", "p.toml, line 20: class voucher has no schedule line for its electronic form, expected at least one: nothing may be kept whose end nobody has settled"),
    ("tasks = [\"voucher\"]", "tasks = [\"slip\"]", "p.toml, line 44: template any names the class slip, and the profile has none of that code"),
    ("classes = [\"voucher\"]", "classes = [\"voucher\", \"slip\"]", "p.toml, line 34: schedule line S01 names the class slip, and the profile has none of that code"),
    ("category = \"all\"", "category = \"some\"", "p.toml, line 24: class voucher names the category some, and the profile has none of that code"),
    ("scan = \"standard\"\n", "scan = \"fine\"\n", "p.toml, line 28: class voucher names the scan fine, and the profile has none of that code"),
    ("scan = \"standard\"\n", "", "p.toml, line 20: class voucher is scanned, and names no scan parameters (R31)"),
    ("scan = \"standard\"\n", "scan = \"standard\"\nnative = true\n", "p.toml, line 20: class voucher is native and never scanned (R15), and names scan parameters\np.toml, line 42: template any: a task for voucher, which is native, expected what is scanned (R15)"),
    ("kind = \"voucher\"", "kind = \"slip\"", "p.toml, line 23: kind \"slip\", expected basic, voucher, transaction, other"),
    ("years = 20\n", "", "p.toml, line 31: schedule line S01 says how long in 0 ways, expected exactly one of years, appraise_years, permanent"),
    ("years = 20\n", "years = 20\npermanent = true\n", "p.toml, line 31: schedule line S01 says how long in 2 ways, expected exactly one of years, appraise_years, permanent"),
    ("from_latest_of = [\"linked-account-closed\"]\n", "", "p.toml, line 31: schedule line S01 runs for years from nothing: from_latest_of is empty"),
    ("from_latest_of = [\"linked-account-closed\"]", "from_latest_of = [\"closed\"]", "p.toml, line 36: start \"closed\", expected linked-account-closed, last-account-closed, relation-ended, transaction-ended, created, fiscal-year-ended, year-ended, case-closed, form-closed, asset-disposed, transfer-done, document-released"),
    ("basis = [\"R41\"]", "basis = [\"R141\"]", "p.toml, line 39: basis \"R141\", expected R01 to R127, X01 to X27 or firm"),
    ("basis = [\"R41\"]", "basis = []", "p.toml, line 31: basis \"\", expected R01 to R127, X01 to X27 or firm"),
    ("counting = \"trading\"\n", "", "p.toml, line 47: counting \"\", expected trading, working, civil"),
    ("days_after = 1", "months_after = 1", "p.toml, line 49: counting \"trading\", expected nothing where no days are counted"),
    ("days_after = 1", "days_after = 1\nday_of_next_month = 5", "p.toml, line 47: deadline review says how long in 2 ways, expected exactly one of days_after, day_of_next_month, date_of_next_year, days_before, months_after"),
    ("counting = \"trading\"\ndays_after = 1", "date_of_next_year = \"02-30\"", "p.toml, line 49: date_of_next_year \"02-30\", expected month and day such as 03-31"),
    ("counting = \"trading\"\ndays_after = 1", "date_of_next_year = \"03-31T09:00\"", "p.toml, line 49: date_of_next_year \"03-31T09:00\", expected month and day such as 03-31"),
    ("counting = \"trading\"\ndays_after = 1", "days_before = []", "p.toml, line 47: deadline review says how long in 0 ways, expected exactly one of days_after, day_of_next_month, date_of_next_year, days_before, months_after"),
    ("counting = \"trading\"\ndays_after = 1", "months_after = 0", "p.toml, line 47: deadline review: months_after = 0, expected at least 1"),
    ("days_after = 1", "days_after = 0\nbefore_it_starts = true", "p.toml, line 47: deadline review: before_it_starts with days_after = 0: it would be over before it starts, expected at least one day after"),
    ("days_after = 1", "day_of_next_month = 0", "p.toml, line 47: deadline review: day_of_next_month = 0, expected 1 to 13, which every month has"),
    ("days_after = 1", "day_of_next_month = 14", "p.toml, line 47: deadline review: day_of_next_month = 14, expected 1 to 13, which every month has"),
    ("counting = \"trading\"\ndays_after = 1", "counting = \"civil\"\nday_of_next_month = 29", "p.toml, line 47: deadline review: day_of_next_month = 29, expected 1 to 28, which every month has"),
    ("roles = [\"clerk\"]", "roles = []", "p.toml, line 66: position giver of handover can be filled by nobody: it names no role"),
    ("whose = \"own-branch\"", "whose = \"headquarters\"", "p.toml, line 69: position giver of handover names the role clerk, which is held at a branch"),
    ("side = \"business\"", "side = \"system\"", "p.toml, line 69: position giver of handover names the role clerk, which runs the system, and handles no document (R05)"),
    // Each role must fit, and not one among several.
    ("side = \"business\"", "side = \"audit\"", "p.toml, line 69: position giver of handover names the role clerk, which looks at what was done, and does nothing (R75)"),
    ("roles = [\"clerk\"]", "roles = [\"clerk\", \"operations\"]", "p.toml, line 69: position giver of handover names the role operations, which is held at headquarters"),
    ("seat=\"headquarters\"\nbasis", "seat=\"headquarters\"\nbasis = [\"R23\"]\n\n[[role]]\ncode = \"officer\"\ntitle = { zh = \"执法人员\", en = \"officer\" }\nside = \"outside\"\nseat = \"branch\"\nbasis = [\"R62\"]\n\n[[procedure]]\ncode = \"assistance\"\ntitle = { zh = \"协助\", en = \"assistance\" }\nsignature_days = 1\nbasis = [\"R62\"]\n\n[[procedure.position]]\ncode = \"officer\"\ntitle = { zh = \"执法人员\", en = \"officer\" }\nroles = [\"officer\", \"clerk\"]\nwhose = \"own-branch\"\nbasis", "p.toml, line 96: position officer of assistance names the role officer, which is not of the firm: those stand in a position alone (R62)"),
    ("whose = \"own-branch\"", "whose = \"own-branch\"\nif_barred = [\"operations\"]", "p.toml, line 71: position giver of handover names the role operations, which is held at headquarters"),
    // A procedure that is complete with no signature.
    ("[[procedure.position]]\ncode = \"giver\"\ntitle = { zh = \"移交人\", en = \"giver\" }\nroles = [\"clerk\"]\nwhose = \"own-branch\"\nbasis = [\"R21\"]\n", "position = []\n", "p.toml, line 60: procedure handover: no position: it would be complete with no signature, expected at least one [[procedure.position]]"),
    // R41: a document of the client as such follows the last account.
    ("owner = \"account\"", "owner = \"client\"", "p.toml, line 20: class voucher, of the client as such: line S01 runs from linked-account-closed, expected last-account-closed (R41)"),
    ("whose = \"own-branch\"", "whose = \"own-branch\"\npersons = 0", "p.toml, line 66: position giver of handover can be filled by nobody: it takes no person"),
    ("whose = \"own-branch\"", "whose = \"own-branch\"\ndiffers_from = [\"giver\"]", "p.toml, line 66: position giver of handover can be filled by nobody: its persons would have to differ from themselves"),
    ("whose = \"own-branch\"", "whose = \"own-branch\"\ndiffers_from = [\"taker\"]", "p.toml, line 71: position giver of handover names the position taker, and the profile has none of that code"),
    ("valid_from = \"2026-01-01\"", "valid_from = \"2026-01-01\"\nvalid_to = \"2025-12-31\"", "p.toml, line 5: it is valid to 2025-12-31 and from 2026-01-01: it would never be"),
    ("valid_from = \"2026-01-01\"", "valid_from = \"1 January\"", "p.toml, line 4: valid_from \"1 January\", expected a day such as 2026-01-01"),
    // R77: with this profile in force the rules can still be changed, and by two.
    ("code = \"rule-change\"", "code = \"rules\"", "p.toml, line 1: procedure rule-change is missing, expected a position proposer, and a position confirmer that differs_from it (R23, R77)"),
    ("code = \"proposer\"", "code = \"author\"", "p.toml, line 80: procedure rule-change has no proposer, expected a position proposer, and a position confirmer that differs_from it (R23, R77)\np.toml, line 99: position confirmer of rule-change names the position proposer, and the profile has none of that code\np.toml, line 100: position confirmer of rule-change names the position proposer, and the profile has none of that code"),
    ("code = \"confirmer\"", "code = \"second\"", "p.toml, line 80: procedure rule-change has no confirmer, expected a position proposer, and a position confirmer that differs_from it (R23, R77)"),
    ("firm_differs_from = [\"proposer\"]\n", "", "p.toml, line 80: procedure rule-change lets one person propose and confirm, expected a position proposer, and a position confirmer that differs_from it (R23, R77)"),
    ("assurance = \"asserted\"", "assurance = \"believed\"", "p.toml, line 84: assurance \"believed\", expected asserted, signed"),
    ("dpi_max = 600", "dpi_max = 100", "p.toml, line 15: dpi_max \"100\", expected at least dpi_min, 200"),
    ("[[scan]]", "[[category]]\ncode = \"all\"\ntitle = { zh = \"\", en = \"\" }\n\n[[scan]]", "p.toml, line 12: category all stands in line 8 already\np.toml, line 14: title: zh is empty, expected a name\np.toml, line 14: title: en is empty, expected a name"),
    // What would never end, or end at once; what is about nothing.
    ("years = 20\n", "years = 0\n", "p.toml, line 37: schedule line S01: years = 0, expected at least 1\np.toml, line 37: schedule line S01: 0 years, expected at least 20 (R41, R45)"),
    ("years = 20\nafter = \"review\"", "appraise_years = 0\nafter = \"stay\"", "p.toml, line 37: schedule line S01: appraise_years = 0, expected at least 1"),
    ("years = 20\nafter = \"review\"", "appraise_years = 10\nafter = \"destroy-by-chain\"", "p.toml, line 38: schedule line S01: after = \"destroy-by-chain\", expected stay or review: its period never runs out\np.toml, line 38: schedule line S01: after = \"destroy-by-chain\" of the electronic form, expected paper alone: electronic documents are kept (R42, R65)"),
    ("years = 20\nafter = \"review\"", "permanent = true\nafter = \"destroy-by-chain\"", "p.toml, line 38: schedule line S01: after = \"destroy-by-chain\", expected stay or review: its period never runs out\np.toml, line 38: schedule line S01: after = \"destroy-by-chain\" of the electronic form, expected paper alone: electronic documents are kept (R42, R65)"),
    // R45: no line that rests on R41 is shorter than it. R42, R65: and none ends an electronic document.
    ("years = 20\n", "years = 19\n", "p.toml, line 37: schedule line S01: 19 years, expected at least 20 (R41, R45)"),
    ("after = \"review\"", "after = \"destroy-by-chain\"", "p.toml, line 38: schedule line S01: after = \"destroy-by-chain\" of the electronic form, expected paper alone: electronic documents are kept (R42, R65)"),
    ("renditions = [\"paper\", \"electronic\"]", "renditions = []", "p.toml, line 20: class voucher has no schedule line for its paper form, expected at least one: nothing may be kept whose end nobody has settled\np.toml, line 20: class voucher has no schedule line for its electronic form, expected at least one: nothing may be kept whose end nobody has settled\np.toml, line 31: schedule line S01: renditions is empty, expected what the line is about"),
    // R67: an inventory of destruction is kept for ever.
    ("code = \"voucher\"\ntitle = { zh = \"凭证\", en = \"voucher\" }\nkind = \"voucher\"", "code = \"destruction-file\"\ntitle = { zh = \"销毁清册\", en = \"inventory\" }\nkind = \"voucher\"", "p.toml, line 20: class destruction-file has no schedule line for its paper form, expected at least one: nothing may be kept whose end nobody has settled\np.toml, line 20: class destruction-file has no schedule line for its electronic form, expected at least one: nothing may be kept whose end nobody has settled\np.toml, line 20: class destruction-file: its paper form may end, expected a line that keeps it for ever (R67)\np.toml, line 20: class destruction-file: its electronic form may end, expected a line that keeps it for ever (R67)\np.toml, line 34: schedule line S01 names the class voucher, and the profile has none of that code\np.toml, line 44: template any names the class voucher, and the profile has none of that code"),
    // R01, R17: what must be known of each kind.
    ("required = [\"client\", \"flow\", \"business-date\"]", "required = [\"client\"]", "p.toml, line 20: class voucher: required lacks flow, business-date, expected what its kind has at least (R01, R17), or kind = \"other\""),
    ("kind = \"voucher\"", "kind = \"transaction\"", "p.toml, line 20: class voucher: required lacks instrument, price, quantity, trade-time, expected what its kind has at least (R01, R18), or kind = \"other\""),
    ("required = [\"client\", \"flow\", \"business-date\"]", "required = [\"client\", \"place\"]", "p.toml, line 20: class voucher: required lacks flow, business-date, expected what its kind has at least (R01, R17), or kind = \"other\"\np.toml, line 27: required fact \"place\", expected client, flow, business-date, account, instrument, price, quantity, trade-time, fiscal-year"),
    // R25, R24, R15: tasks.
    ("[[template]]", "[[source]]\ncode = \"counter\"\ntitle = { zh = \"柜台\", en = \"counter\" }\nclasses = [\"voucher\", \"slip\"]\nbasis = [\"R15\"]\n\n[[template]]", "p.toml, line 41: source counter: voucher, which is scanned, expected what is born electronic (R15)\np.toml, line 44: source counter names the class slip, and the profile has none of that code"),
    ("tasks = [\"voucher\"]", "tasks = []", "p.toml, line 41: template any: no tasks, expected at least one: a flow has 1 to n tasks (R25)"),
    ("tasks = [\"voucher\"]", "tasks = [\"voucher\"]\nshared = [\"slip\"]", "p.toml, line 41: template any: shared names slip, and tasks does not, expected what is shared to be one of the tasks (R24)\np.toml, line 45: template any names the class slip, and the profile has none of that code"),
    ("[[schedule]]", "[[class]]\ncode = \"record\"\ntitle = { zh = \"记录\", en = \"record\" }\nkind = \"other\"\ncategory = \"all\"\nsensitivity = \"internal\"\nowner = \"account\"\nnative = true\nbasis = [\"R15\"]\n\n[[schedule]]\ncode = \"S02\"\ntitle = { zh = \"记录\", en = \"records\" }\nclasses = [\"record\"]\nrenditions = [\"electronic\"]\nappraise_years = 10\nafter = \"stay\"\nbasis = [\"R42\"]\n\n[[template]]\nbusiness = \"other\"\ntitle = { zh = \"其他\", en = \"other\" }\ntasks = [\"record\"]\nbasis = [\"R23\"]\n\n[[schedule]]", "p.toml, line 50: template other: a task for record, which is native, expected what is scanned (R15)"),
    // R63: the Measures lend nothing; R101: who lends keeps a register.
    ("[[category]]", "lending = true\n\n[[category]]", "p.toml, line 8: lending: true, expected false: a client's documents are never lent out (R63)"),
    // Scans that any page or none would do for.
    ("dpi_min = 200", "dpi_min = 0", "p.toml, line 14: dpi_min \"0\", expected at least 1"),
    ("page_bytes_max = 20_000_000", "page_bytes_max = 0", "p.toml, line 16: page_bytes_max \"0\", expected at least 1"),
    // What stands in signed statements, and what people choose by.
    ("version = \"1\"", "version = \"1\\nfrom 2020\"", "p.toml, line 2: version \"1\\nfrom 2020\", expected letters, digits, '.', '_' and '-', and at least one"),
    ("version = \"1\"", "version = \"\"", "p.toml, line 2: version \"\", expected letters, digits, '.', '_' and '-', and at least one"),
    ("profile = \"small\"", "profile = \"small@1\"", "p.toml, line 1: profile \"small@1\", expected letters, digits, '.', '_' and '-', and at least one"),
    ("title = { zh = \"小\", en = \"small\" }", "title = { zh = \" \", en = \"small\" }", "p.toml, line 3: title: zh is empty, expected a name"),
    ("title = { zh = \"经办\", en = \"clerk\" }", "title = { zh = \"经办\", en = \"\" }", "p.toml, line 55: title: en is empty, expected a name"),
    // R93, R77, R05: standards, who interprets, who grants roles.
    ("standards = [\"JR/T 0110\"]\n", "", "p.toml, line 1: standards: none, expected those that it refers to (R93)"),
    ("interpreter = \"operations\"\n", "", "p.toml, line 1: missing field `interpreter`"),
    ("interpreter = \"operations\"", "interpreter = \"board\"", "p.toml, line 5: interpreter (R77) names the role board, and the profile has none of that code"),
    ("code = \"security-administrator\"", "code = \"administrator\"", "p.toml, line 1: roles: no security-administrator, expected security-administrator: nobody else grants roles (R05)"),
    ("valid_from = \"2026-01-01\"", "valid_from = \"2026-01-01\"\nagency_cut_over = \"2015\"", "p.toml, line 5: agency_cut_over \"2015\", expected a day such as 2026-01-01"),
    // The order of positions, and what they differ by.
    ("after = [\"proposer\"]", "after = [\"confirmer\"]", "p.toml, line 100: position confirmer of rule-change: it comes after confirmer, expected a position that stands before it"),
    ("after = [\"proposer\"]", "after = [\"giver\"]", "p.toml, line 100: position confirmer of rule-change names the position giver, and the profile has none of that code"),
    ("after = [\"proposer\"]", "after = [\"proposer\"]\ndiffers_from = [\"proposer\"]", "p.toml, line 99: position confirmer of rule-change: it differs from proposer twice, expected each once, in differs_from or firm_differs_from"),
];

#[test]
fn each_mistake_is_named_with_its_line() {
    assert!(Profile::parse("p.toml", SMALL).is_ok());
    let mut wrong = Vec::new();
    for (from, to, message) in MISTAKES {
        assert_eq!(SMALL.matches(from).count(), 1, "{from}");
        let found = match Profile::parse("p.toml", &SMALL.replace(from, to)) {
            Ok(_) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        };
        // What the reader of TOML says of a syntax error is its own.
        if found != *message && !(message.ends_with(": ") && found.starts_with(message)) {
            wrong.push(format!(
                "{from:?} -> {to:?}\nexpected {message}\nfound    {found}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// R101: whoever lends keeps a register of it, by a procedure of its own.
#[test]
fn lending_takes_a_procedure() {
    let bank = SMALL.replace("[\"R41\"]", "[\"R110\"]");
    let lends = bank.replacen("[[category]]", "lending = true\n\n[[category]]", 1);
    let error = Profile::parse("p.toml", &lends).unwrap_err();
    assert_eq!(
        error.to_string(),
        "p.toml, line 8: lending: true, and no procedure, expected a procedure lending, with its register (R101)"
    );
    let with = lends.replace("code = \"handover\"", "code = \"lending\"");
    let switches = Profile::parse("p.toml", &with).unwrap().switches;
    assert!(switches.lending && !switches.admission_gate);
}
