//! Retention, one row a case (保管期限表).

use domain::{BusinessDate, ClassCode};
use policy::profile::Profile;
use policy::retention::{
    Account, AccountEvent, Facts, Hold, LineCode, Moment, Outcome, Release, Rendition, Start,
    Starts, Verdict, judge, release,
};

use crate::profiles::profile;

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

/// What the table expects.
#[derive(Clone, Copy, Debug)]
enum Expect {
    /// The period runs to the day before this one.
    Keep(&'static str),
    /// Its destruction may be applied for, since this day.
    MayEnd(&'static str),
    /// It is due for review, since this day, and for no more.
    Review(&'static str),
    /// Something has not happened.
    NotYet(Start),
    /// Nobody has said whether something has happened.
    Unknown(Start),
    LongTerm,
    Permanent,
    /// A hold stands; this is so without it.
    Held,
}

use AccountEvent::{Closed, Opened};
use Expect::{Held, Keep, LongTerm, MayEnd, NotYet, Permanent, Review, Unknown};
use Rendition::{Electronic, Paper};

/// One case: what the document is, what is known, on which day, what is right, by which line,
/// and which requirement asks for it.
struct Row {
    rule: &'static str,
    profile: &'static str,
    class: &'static str,
    rendition: Rendition,
    /// Events of the client's accounts: number, day, event.
    accounts: &'static [(&'static str, &'static str, AccountEvent)],
    /// Which of them the document belongs to.
    linked: Option<&'static str>,
    starts: &'static [(Start, &'static str)],
    hold: Option<(&'static str, Option<&'static str>)>,
    on: &'static str,
    expect: Expect,
    line: &'static str,
}

const ROW: Row = Row {
    rule: "",
    profile: "securities",
    class: "opening-application",
    rendition: Paper,
    accounts: &[("A", "2001-05-08", Opened), ("A", "2006-11-22", Closed)],
    linked: None,
    starts: &[(Start::RelationEnded, "2006-11-22")],
    hold: None,
    on: "2026-11-23",
    expect: MayEnd("2026-11-23"),
    line: "S01",
};

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Twenty years from the closing of the account: from the day after the anniversary.
    Row { rule: "R41", ..ROW },
    Row { rule: "R41", on: "2026-11-22", expect: Keep("2026-11-23"), ..ROW },
    Row { rule: "R41", on: "2026-11-21", expect: Keep("2026-11-23"), ..ROW },
    Row { rule: "R41", on: "2077-01-01", ..ROW },
    // While the account is open the clock does not run.
    Row { rule: "R41", accounts: &[("A", "1990-01-02", Opened)], starts: &[], expect: NotYet(Start::LastAccountClosed), ..ROW },
    // Closed, opened again: the clock stops; closed again: it begins anew.
    Row { rule: "R41", accounts: &[("A", "1995-01-03", Opened), ("A", "2000-01-04", Closed), ("A", "2024-06-03", Opened)], expect: NotYet(Start::LastAccountClosed), ..ROW },
    Row { rule: "R41", accounts: &[("A", "1995-01-03", Opened), ("A", "2000-01-04", Closed), ("A", "2004-06-03", Opened), ("A", "2005-06-03", Closed)], expect: MayEnd("2025-06-04"), ..ROW },
    Row { rule: "R41", accounts: &[("A", "2005-06-03", Closed), ("A", "2004-06-03", Opened), ("A", "2000-01-04", Closed)], expect: MayEnd("2025-06-04"), ..ROW },
    // On one day: what was open is closed and opened again, anything else is opened and closed.
    Row { rule: "R41", accounts: &[("A", "1995-01-03", Opened), ("A", "2000-01-04", Closed), ("A", "2000-01-04", Opened)], starts: &[(Start::RelationEnded, "2000-01-04")], expect: NotYet(Start::LastAccountClosed), ..ROW },
    Row { rule: "R41", accounts: &[("A", "1995-01-03", Opened), ("A", "2000-01-04", Closed), ("A", "2006-11-22", Opened), ("A", "2006-11-22", Closed)], ..ROW },
    Row { rule: "R41", accounts: &[("A", "1995-01-03", Opened), ("A", "2000-01-04", Opened), ("A", "2000-01-04", Closed), ("A", "2006-11-22", Closed)], ..ROW },
    Row { rule: "R41", accounts: &[("A", "2006-11-22", Closed), ("A", "2006-11-22", Opened)], ..ROW },
    // A document of the client as such follows the last account.
    Row { rule: "R41", accounts: &[("A", "2000-01-04", Closed), ("B", "2010-03-01", Closed)], expect: Keep("2030-03-02"), ..ROW },
    Row { rule: "R41", accounts: &[("A", "2000-01-04", Closed), ("B", "1999-01-04", Opened)], expect: NotYet(Start::LastAccountClosed), ..ROW },
    // A voucher follows its own account, whatever the others do.
    Row { rule: "R41", class: "fund-voucher", accounts: &[("A", "2000-01-04", Closed), ("B", "1999-01-04", Opened)], linked: Some("A"), expect: MayEnd("2020-01-05"), line: "S02", ..ROW },
    Row { rule: "R41", class: "fund-voucher", accounts: &[("A", "2000-01-04", Closed), ("B", "1999-01-04", Opened)], linked: Some("B"), expect: NotYet(Start::LinkedAccountClosed), line: "S02", ..ROW },
    // But one of the client as such follows the last account, by whichever it came.
    Row { rule: "R41", class: "information-change", accounts: &[("A", "2000-01-04", Closed), ("B", "1999-01-04", Opened)], linked: Some("A"), expect: NotYet(Start::LastAccountClosed), line: "S02.client", ..ROW },
    Row { rule: "R41", class: "confirmation-slip", accounts: &[("A", "2000-01-04", Closed), ("B", "2010-03-01", Closed)], linked: Some("A"), expect: Keep("2030-03-02"), line: "S02.client", ..ROW },
    // No account is known, or not the one it belongs to: never due.
    Row { rule: "R41", accounts: &[], starts: &[], expect: Unknown(Start::LastAccountClosed), ..ROW },
    Row { rule: "R41", class: "fund-voucher", linked: Some("C"), expect: Unknown(Start::LinkedAccountClosed), line: "S02", ..ROW },
    // Agency vouchers: in the bag by their account, in a volume by the last of all.
    Row { rule: "R36", class: "agency-voucher", linked: Some("A"), line: "S03", ..ROW },
    Row { rule: "R36", class: "agency-volume", line: "S04", ..ROW },
    // Electronic documents stay, whatever the paper does.
    Row { rule: "R42", rendition: Electronic, expect: LongTerm, line: "S05", ..ROW },
    Row { rule: "R42", class: "fund-voucher", linked: Some("A"), rendition: Electronic, expect: LongTerm, line: "S05", ..ROW },
    Row { rule: "R04", class: "witness-video", rendition: Electronic, expect: LongTerm, line: "S06", ..ROW },
    // Transactions: twenty years at least, and long-term by R42, which is longer.
    Row { rule: "R42", class: "order-record", linked: Some("A"), rendition: Electronic, starts: &[(Start::TransactionEnded, "2001-06-01")], expect: LongTerm, line: "S07.R42", ..ROW },
    // The longest prevails: the floor of ten years loses, and where it alone waits, it wins.
    Row { rule: "R45", starts: &[(Start::RelationEnded, "2006-11-22")], ..ROW },
    Row { rule: "R45", starts: &[(Start::RelationEnded, "2020-11-22")], expect: Keep("2030-11-23"), line: "S01.X04", ..ROW },
    // What it says of a review takes the chain from nothing (R65).
    Row { rule: "R65", starts: &[(Start::RelationEnded, "2016-11-23")], on: "2026-11-24", expect: MayEnd("2026-11-24"), line: "S01.X04", ..ROW },
    Row { rule: "R45", starts: &[], expect: Unknown(Start::RelationEnded), line: "S01.X04", ..ROW },
    // The later of two starts.
    Row { rule: "R45", class: "suitability-record", starts: &[(Start::Created, "2010-01-04")], expect: Keep("2030-01-05"), line: "S08", ..ROW },
    Row { rule: "R45", class: "suitability-record", starts: &[(Start::Created, "2002-01-04")], expect: Review("2026-11-23"), line: "S08", ..ROW },
    Row { rule: "R45", class: "suitability-record", starts: &[], expect: Unknown(Start::Created), line: "S08", ..ROW },
    Row { rule: "R45", class: "due-diligence", starts: &[(Start::RelationEnded, "2006-11-22")], expect: Review("2026-11-23"), line: "S09", ..ROW },
    // R41 prevails: the relation was said to end, the case is closed, and the account is open.
    Row { rule: "R45", class: "due-diligence", accounts: &[("A", "1995-01-03", Opened)], expect: NotYet(Start::LastAccountClosed), line: "S09.R41", ..ROW },
    Row { rule: "R45", class: "complaint-file", accounts: &[("A", "1995-01-03", Opened)], starts: &[(Start::CaseClosed, "1999-01-04")], expect: NotYet(Start::LastAccountClosed), line: "S11.R41", ..ROW },
    // Electronic documents of a client stay, whatever their own lines say.
    Row { rule: "R42", class: "terminal-information", rendition: Electronic, starts: &[(Start::Created, "2006-11-22")], expect: LongTerm, line: "S05", ..ROW },
    Row { rule: "R42", class: "follow-up-recording", rendition: Electronic, starts: &[(Start::CaseClosed, "2006-11-22")], expect: LongTerm, line: "S05", ..ROW },
    Row { rule: "R45", class: "complaint-file", starts: &[(Start::CaseClosed, "2006-11-22")], expect: Review("2026-11-23"), line: "S11", ..ROW },
    Row { rule: "R45", class: "complaint-file", starts: &[(Start::CaseClosed, "2006-11-22")], rendition: Electronic, expect: LongTerm, line: "S05", ..ROW },
    // Inventories of destruction for ever, in either form.
    Row { rule: "R67", class: "destruction-file", expect: Permanent, line: "S16", ..ROW },
    Row { rule: "R67", class: "destruction-file", rendition: Electronic, expect: Permanent, line: "S16", ..ROW },
    // The register, with the last of what is in its bag.
    Row { rule: "R33", class: "client-register", line: "S17", ..ROW },
    Row { rule: "R33", class: "client-register", starts: &[(Start::RelationEnded, "2020-11-22")], expect: Keep("2030-11-23"), line: "S01.X04", ..ROW },
    Row { rule: "R33", class: "client-register", starts: &[], expect: Unknown(Start::RelationEnded), line: "S01.X04", ..ROW },
    Row { rule: "R70", class: "handover-register", expect: Permanent, line: "S18", ..ROW },
    // A form stays twenty years, and never ends before the document that it is about.
    Row { rule: "R57", class: "access-form", starts: &[(Start::FormClosed, "2009-01-05"), (Start::DocumentReleased, "2026-11-23")], expect: Keep("2029-01-06"), line: "S19", ..ROW },
    Row { rule: "R57", class: "access-form", starts: &[(Start::FormClosed, "2002-01-05"), (Start::DocumentReleased, "2025-11-22")], expect: Review("2026-11-23"), line: "S19", ..ROW },
    Row { rule: "R57", class: "access-form", starts: &[(Start::FormClosed, "2002-01-05"), (Start::DocumentReleased, "2026-11-22")], expect: Keep("2027-11-23"), line: "S19.document", ..ROW },
    Row { rule: "R57", class: "access-form", starts: &[(Start::FormClosed, "2002-01-05")], expect: Unknown(Start::DocumentReleased), line: "S19.document", ..ROW },
    Row { rule: "R51", class: "custody-log", starts: &[(Start::YearEnded, "2006-01-01")], expect: Review("2026-01-02"), line: "S20", ..ROW },
    Row { rule: "R08", class: "audit-trail", rendition: Electronic, expect: Permanent, line: "S21", ..ROW },
    Row { rule: "R45", class: "other-archive", starts: &[(Start::YearEnded, "1996-01-01")], expect: Review("2026-01-02"), line: "S22", ..ROW },
    // Nobody knows whose pages these are: the account may be open.
    Row { rule: "R08", class: "rejected-page", starts: &[(Start::Created, "1996-11-22")], expect: LongTerm, line: "S25", ..ROW },
    Row { rule: "R08", class: "rejected-page", rendition: Electronic, starts: &[(Start::Created, "1996-11-22")], expect: LongTerm, line: "S25", ..ROW },
    // Holds: one dominates every schedule; released, what was past is due at once.
    Row { rule: "R109", hold: Some(("2020-01-06", None)), expect: Held, ..ROW },
    Row { rule: "R109", hold: Some(("2020-01-06", Some("2026-11-24"))), expect: Held, ..ROW },
    Row { rule: "R109", hold: Some(("2020-01-06", Some("2026-11-23"))), ..ROW },
    Row { rule: "R109", hold: Some(("2030-01-07", None)), expect: Held, ..ROW },
    // Released before it was placed: one of the two days is wrong, so it stands.
    Row { rule: "R109", hold: Some(("2020-01-06", Some("2019-01-07"))), expect: Held, ..ROW },
    Row { rule: "R109", class: "destruction-file", hold: Some(("2020-01-06", None)), expect: Held, line: "S16", ..ROW },
    // 29 February.
    Row { rule: "R41", accounts: &[("A", "2004-02-29", Closed)], starts: &[(Start::RelationEnded, "2004-02-29")], on: "2024-02-29", expect: Keep("2024-03-01"), ..ROW },
    Row { rule: "R41", accounts: &[("A", "2080-02-29", Closed)], starts: &[(Start::RelationEnded, "2080-02-29")], on: "2100-03-01", expect: Keep("2100-03-02"), ..ROW },
    // Accounting: from the first day after the fiscal year.
    Row { rule: "R45", profile: "accounting", class: "accounting-voucher", starts: &[(Start::FiscalYearEnded, "1996-01-01")], expect: MayEnd("2026-01-02"), line: "S12", ..ROW },
    Row { rule: "R45", profile: "accounting", class: "accounting-voucher", rendition: Electronic, starts: &[(Start::FiscalYearEnded, "1996-01-01")], expect: MayEnd("2026-01-02"), line: "S12", ..ROW },
    Row { rule: "R45", profile: "accounting", class: "tax-return", starts: &[(Start::FiscalYearEnded, "2017-01-01")], expect: Keep("2027-01-02"), line: "S13", ..ROW },
    Row { rule: "R45", profile: "accounting", class: "annual-report", expect: Permanent, line: "S14", ..ROW },
    Row { rule: "R45", profile: "accounting", class: "asset-card", starts: &[(Start::AssetDisposed, "2021-11-22")], expect: MayEnd("2026-11-23"), line: "S15", ..ROW },
    // A bank's ten years: the floors of five that R110 has too are the losers.
    Row { rule: "R110", profile: "bank", class: "client-card", starts: &[(Start::RelationEnded, "2016-11-22")], expect: Review("2026-11-23"), line: "S24.identity", ..ROW },
    Row { rule: "R110", profile: "bank", class: "transaction-record", rendition: Electronic, starts: &[(Start::TransactionEnded, "2016-11-22")], expect: Review("2026-11-23"), line: "S24.transaction", ..ROW },
];

fn facts(row: &Row) -> Facts {
    let mut accounts: Vec<Account> = Vec::new();
    for (number, on, event) in row.accounts {
        let event = (day(on), *event);
        match accounts.iter_mut().find(|one| one.number == *number) {
            Some(account) => account.events.push(event),
            None => accounts.push(Account {
                number: (*number).to_owned(),
                events: vec![event],
            }),
        }
    }
    let starts = row
        .starts
        .iter()
        .fold(Starts::unknown(), |starts, (start, on)| {
            starts.with(*start, Moment::On(day(on)))
        });
    let hold = row.hold.map(|(placed, released)| Hold {
        matter: "(2020)沪01民初1号".to_owned(),
        authority: "上海市第一中级人民法院".to_owned(),
        placed: day(placed),
        released: released.map(day),
    });
    Facts {
        class: row.class.parse::<ClassCode>().unwrap(),
        rendition: row.rendition,
        starts: starts.with_accounts(&accounts, row.linked, true),
        holds: hold.into_iter().collect(),
    }
}

fn agrees(verdict: &Verdict<'_>, expect: Expect) -> bool {
    match (verdict, expect) {
        (Verdict::Free(Outcome::Running { ends, .. }), Keep(to)) => *ends == day(to),
        (Verdict::Free(Outcome::MayEnd { since, .. }), MayEnd(on)) => {
            *since == day(on) && verdict.may_end()
        }
        (Verdict::Free(Outcome::MayEnd { since, .. }), Review(on)) => {
            *since == day(on) && !verdict.may_end()
        }
        (Verdict::Free(Outcome::NotStarted { start, moment, .. }), NotYet(waits)) => {
            (*start, *moment) == (waits, Moment::NotYet)
        }
        (Verdict::Free(Outcome::NotStarted { start, moment, .. }), Unknown(waits)) => {
            (*start, *moment) == (waits, Moment::Unknown)
        }
        (Verdict::Free(Outcome::LongTerm { .. }), LongTerm)
        | (Verdict::Free(Outcome::Permanent { .. }), Permanent)
        | (Verdict::Held { .. }, Held) => true,
        _ => false,
    }
}

#[test]
fn each_case_is_judged_as_the_table_says() {
    let profiles = ["securities", "accounting", "bank"].map(profile);
    let named = |name: &str| -> &Profile { profiles.iter().find(|one| one.name == name).unwrap() };
    let mut wrong = Vec::new();
    for (n, row) in ROWS.iter().enumerate() {
        let facts = facts(row);
        let verdict = judge(&named(row.profile).schedule, &facts, day(row.on));
        let line = verdict.outcome().line().map(LineCode::as_str);
        if !agrees(&verdict, row.expect) || line != Some(row.line) {
            wrong.push(format!(
                "{n}: {} {} {}: {:?}, found {verdict:?}",
                row.rule, row.class, row.on, row.expect
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// R41: an account that stands in the facts twice is closed once both say so.
#[test]
fn an_account_that_stands_there_twice_ends_nothing_early() {
    let account = |events: &[(&str, AccountEvent)]| Account {
        number: "A".to_owned(),
        events: events.iter().map(|(on, event)| (day(on), *event)).collect(),
    };
    let closed = account(&[("1995-01-03", Opened), ("2000-01-04", Closed)]);
    let open = account(&[("2024-06-03", Opened)]);
    for accounts in [[closed.clone(), open.clone()], [open, closed]] {
        let starts = Starts::unknown().with_accounts(&accounts, Some("A"), true);
        for start in [Start::LinkedAccountClosed, Start::LastAccountClosed] {
            assert_eq!(starts.get(start), Moment::NotYet, "{}", start.as_str());
        }
    }
}

/// Every line by itself, one row each: profile, line, what has happened, and when it lets go.
#[rustfmt::skip]
const LINES: &[LineRow] = &[
    ("securities", "S01", &[(Start::LastAccountClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S01.X04", &[(Start::RelationEnded, "2006-11-22")], From("2016-11-23")),
    ("securities", "S02", &[(Start::LinkedAccountClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S02", &[(Start::LastAccountClosed, "2006-11-22")], Waits),
    ("securities", "S02.client", &[(Start::LastAccountClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S02.client", &[(Start::LinkedAccountClosed, "2006-11-22")], Waits),
    ("securities", "S03", &[(Start::LinkedAccountClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S04", &[(Start::LastAccountClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S05", &[], Appraised),
    ("securities", "S06", &[], Appraised),
    ("securities", "S07", &[(Start::TransactionEnded, "2001-06-01"), (Start::LinkedAccountClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S07", &[(Start::TransactionEnded, "2001-06-01")], Waits),
    ("securities", "S07.R42", &[], Appraised),
    ("securities", "S08", &[(Start::Created, "2010-01-04"), (Start::LastAccountClosed, "2006-11-22")], From("2030-01-05")),
    ("securities", "S09", &[(Start::RelationEnded, "2006-11-22")], From("2026-11-23")),
    ("securities", "S09.R41", &[(Start::LastAccountClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S10", &[(Start::Created, "2006-11-22")], From("2026-11-23")),
    ("securities", "S11", &[(Start::CaseClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S11.R41", &[(Start::LastAccountClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S16", &[], Never),
    ("securities", "S17", &[(Start::LastAccountClosed, "2006-11-22")], From("2026-11-23")),
    ("securities", "S18", &[(Start::TransferDone, "2006-11-22")], Never),
    ("securities", "S19", &[(Start::FormClosed, "2009-01-05"), (Start::LastAccountClosed, "2006-11-22")], From("2029-01-06")),
    ("securities", "S19.document", &[(Start::DocumentReleased, "2026-11-22")], From("2027-11-23")),
    ("securities", "S20", &[(Start::YearEnded, "2006-01-01")], From("2026-01-02")),
    ("securities", "S21", &[], Never),
    ("securities", "S22", &[(Start::YearEnded, "1996-01-01")], From("2026-01-02")),
    ("securities", "S25", &[(Start::Created, "1996-11-22")], Appraised),
    ("accounting", "S12", &[(Start::FiscalYearEnded, "1996-01-01")], From("2026-01-02")),
    ("accounting", "S13", &[(Start::FiscalYearEnded, "2017-01-01")], From("2027-01-02")),
    ("accounting", "S14", &[(Start::FiscalYearEnded, "2017-01-01")], Never),
    ("accounting", "S15", &[(Start::AssetDisposed, "2021-11-22")], From("2026-11-23")),
    ("accounting", "S25", &[(Start::Created, "1996-11-22")], Appraised),
    ("bank", "S24.identity", &[(Start::RelationEnded, "2016-11-22")], From("2026-11-23")),
    ("bank", "S24.transaction", &[(Start::TransactionEnded, "2016-11-22")], From("2026-11-23")),
    ("bank", "S24.identity.R110", &[(Start::RelationEnded, "2016-11-22")], From("2021-11-23")),
    ("bank", "S24.transaction.R110", &[(Start::TransactionEnded, "2016-11-22")], From("2021-11-23")),
    ("bank", "S20", &[(Start::YearEnded, "2006-01-01")], From("2026-01-02")),
    ("bank", "S16", &[], Never),
    ("bank", "S25", &[(Start::Created, "1996-11-22")], Appraised),
];

type LineRow = (
    &'static str,
    &'static str,
    &'static [(Start, &'static str)],
    Lets,
);

/// When a line lets go.
#[derive(Clone, Copy, Debug)]
enum Lets {
    From(&'static str),
    Waits,
    Appraised,
    Never,
}

use Lets::{Appraised, From, Never, Waits};

#[test]
fn each_line_by_itself_lets_go_as_the_table_says() {
    for name in ["securities", "accounting", "bank"] {
        let profile = profile(name);
        for line in profile.schedule.lines() {
            let code = line.code.as_str();
            let mut rows = LINES.iter().filter(|row| (row.0, row.1) == (name, code));
            let mut seen = 0;
            for (_, _, happened, lets) in &mut rows {
                seen += 1;
                let starts = happened
                    .iter()
                    .fold(Starts::unknown(), |starts, (start, on)| {
                        starts.with(*start, Moment::On(day(on)))
                    });
                let facts = Facts {
                    class: line.classes[0].clone(),
                    rendition: line.renditions[0],
                    starts,
                    holds: Vec::new(),
                };
                let expected = match lets {
                    From(on) => Release::From(day(on)),
                    Waits => Release::Waiting,
                    Appraised => Release::ByAppraisal,
                    Never => Release::Never,
                };
                assert_eq!(
                    release(line, &facts),
                    expected,
                    "{name} {code} {happened:?}"
                );
            }
            assert!(seen > 0, "{name}: {code} has no row");
        }
    }
    for start in Start::ALL {
        let waited_for = LINES
            .iter()
            .any(|row| row.2.iter().any(|(one, _)| *one == start));
        assert!(waited_for, "{}", start.as_str());
    }
}
