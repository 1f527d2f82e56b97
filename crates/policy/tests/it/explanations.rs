//! Whole explanations, as a person reads them, in both languages.

use domain::BusinessDate;
use policy::retention::{
    Account, AccountEvent, Facts, Hold, Language, Moment, Rendition, Start, Starts, explain,
};

use policy::profile::{EMBEDDED, Profile};

use crate::profiles::profile;

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn document(class: &str, rendition: Rendition, account: Option<&str>) -> Facts {
    let accounts = [Account {
        number: "A1".to_owned(),
        events: vec![
            (day("2001-05-08"), AccountEvent::Opened),
            (day("2006-11-22"), AccountEvent::Closed),
        ],
    }];
    let starts = Starts::unknown().with(Start::RelationEnded, Moment::On(day("2006-11-22")));
    Facts {
        class: class.parse().unwrap(),
        rendition,
        starts: starts.with_accounts(&accounts, account, true),
        holds: Vec::new(),
    }
}

fn said(facts: &Facts, language: Language) -> String {
    explain(&profile("securities"), facts, day("2026-11-23")).text(language)
}

#[test]
fn a_document_whose_period_has_run_out() {
    let facts = document("opening-application", Rendition::Paper, None);
    assert_eq!(
        said(&facts, Language::Chinese),
        "结论:开户申请表(纸质),2026-11-23:自 2026-11-23 起期满,可以申请鉴定或销毁\n\
         依据:securities@2026.1 第 S01 条「客户基本资料、协议(纸质)」,自最后一个账户注销(2006-11-22)起不少于 20 年,期满可申请销毁(R41, R45, X01)\n\
         其他适用条款,从长者优先(R45):S01.X04 2016-11-23 期满,较短(X04, R45)\n\
         改变:新的保全,或账户重新开立,则不得处置\n"
    );
    assert_eq!(
        said(&facts, Language::English),
        "verdict: account-opening application on paper, on 2026-11-23: its period ran out on 2026-11-23: it may be reviewed or applied for\n\
         by: securities@2026.1, line S01 (basic information and contracts on paper): at least 20 years from 2006-11-22, when the client's last account was closed, then its destruction may be applied for (R41, R45, X01)\n\
         the longest prevails (R45), and: S01.X04 runs out on 2016-11-23, which is not longer (X04, R45)\n\
         to change: a new hold, or an account opened again, would keep it\n"
    );
}

#[test]
fn a_document_that_is_held() {
    let mut facts = document("fund-voucher", Rendition::Paper, Some("A1"));
    facts.holds.push(Hold {
        matter: "(2020)沪01民初1号".to_owned(),
        authority: "上海市第一中级人民法院".to_owned(),
        placed: day("2020-01-06"),
        released: None,
    });
    assert_eq!(
        said(&facts, Language::Chinese),
        "结论:基金业务凭证(纸质),2026-11-23:保全期间不得处置\n\
         依据:securities@2026.1 第 S02 条「业务凭证(纸质)」,自所属账户注销(2006-11-22)起不少于 20 年,期满可申请销毁(R41, X01)\n\
         保全:(2020)沪01民初1号,上海市第一中级人民法院 2020-01-06 起(R109)\n\
         改变:全部保全解除后即可申请鉴定或销毁\n"
    );
    let english = said(&facts, Language::English);
    assert!(
        english.contains(
            "held: (2020)沪01民初1号, by 上海市第一中级人民法院 from 2020-01-06 (R109)\n"
        )
    );
    assert!(english.ends_with(
        "to change: once every hold is released it may be reviewed or applied for at once\n"
    ));
}

#[test]
fn a_document_of_which_too_little_is_known() {
    let facts = document("fund-voucher", Rendition::Paper, Some("A9"));
    assert_eq!(
        said(&facts, Language::English),
        "verdict: fund voucher on paper, on 2026-11-23: its period has not begun: nobody has said when its account was closed\n\
         by: securities@2026.1, line S02 (business vouchers on paper): at least 20 years from the day on which its account was closed, then its destruction may be applied for (R41, X01)\n\
         to change: the day on which its account was closed must be known\n"
    );
}

/// R67: what tells of a destruction is kept for ever, and not until some year.
#[test]
fn a_document_that_is_permanent() {
    let facts = document("destruction-file", Rendition::Paper, None);
    let conclusion = |language| {
        let text = said(&facts, language);
        text.lines().next().unwrap_or_default().to_owned()
    };
    assert!(conclusion(Language::Chinese).ends_with(":永久保管"));
    assert!(conclusion(Language::English).ends_with(": it is kept for ever"));
}

#[test]
fn a_document_that_the_schedule_does_not_know() {
    let facts = document("postcard", Rendition::Electronic, None);
    assert_eq!(
        said(&facts, Language::English),
        "verdict: postcard in electronic form, on 2026-11-23: the schedule does not speak of it, so it stays\n\
         to change: a profile in which the operations department settles its period\n"
    );
}

/// The last line, in both languages, of a document of a profile.
fn change(name: &str, facts: &Facts) -> [String; 2] {
    [Language::Chinese, Language::English].map(|language| {
        let text = explain(&profile(name), facts, day("2026-11-23")).text(language);
        text.lines().last().unwrap_or_default().to_owned()
    })
}

fn facts(class: &str, rendition: Rendition, starts: Starts) -> Facts {
    Facts {
        class: class.parse().unwrap(),
        rendition,
        starts,
        holds: Vec::new(),
    }
}

/// R65: due for review is not yet applied for.
#[test]
fn a_document_that_is_due_for_review() {
    let starts = Starts::unknown().with(Start::RelationEnded, Moment::On(day("2016-11-22")));
    let facts = facts("client-card", Rendition::Electronic, starts);
    let said = |language| explain(&profile("bank"), &facts, day("2026-11-23")).text(language);
    let chinese = said(Language::Chinese);
    assert!(
        chinese.starts_with(
            "结论:客户身份资料(电子),2026-11-23:自 2026-11-23 起期满,应予鉴定,鉴定之前不得处置\n"
        ),
        "{chinese}"
    );
    let english = said(Language::English);
    assert!(
        english.contains(
            "its period ran out on 2026-11-23: it is due for review, and stays until then\n"
        ),
        "{english}"
    );
    // R110: the floor that lost stands beside it.
    assert!(
        english.contains("S24.identity.R110 runs out on 2021-11-23, which is not longer (R110)\n"),
        "{english}"
    );
    // No account has to do with it.
    assert_eq!(
        change("bank", &facts),
        [
            "改变:新的保全,则不得处置",
            "to change: a new hold would keep it"
        ]
    );
}

/// What would change it, in the words of what it waits for.
#[test]
fn a_document_that_waits_says_for_what() {
    let open = Starts::unknown().with(Start::LinkedAccountClosed, Moment::NotYet);
    let paper = Rendition::Paper;
    let year = |moment| Starts::unknown().with(Start::FiscalYearEnded, moment);
    for (name, facts, expected) in [
        (
            "securities",
            facts("fund-voucher", paper, open),
            [
                "改变:所属账户注销之后方可起算",
                "to change: its account must be closed: the period begins then",
            ],
        ),
        (
            "accounting",
            facts("accounting-voucher", paper, year(Moment::NotYet)),
            [
                "改变:会计年度终了之后方可起算",
                "to change: its fiscal year must end: the period begins then",
            ],
        ),
        (
            "accounting",
            facts("accounting-voucher", paper, year(Moment::Unknown)),
            [
                "改变:登记会计年度终了的日期",
                "to change: the day on which the year after its fiscal year began must be known",
            ],
        ),
        // No account is opened again by a voucher of the accounts department.
        (
            "accounting",
            facts(
                "accounting-voucher",
                paper,
                year(Moment::On(day("2000-01-01"))),
            ),
            ["改变:到 2030-01-02", "to change: wait until 2030-01-02"],
        ),
    ] {
        assert_eq!(change(name, &facts), expected);
    }
    let waits = explain(
        &profile("accounting"),
        &facts("accounting-voucher", paper, year(Moment::NotYet)),
        day("2026-11-23"),
    )
    .text(Language::Chinese);
    assert!(waits.contains("期限尚未起算:会计年度尚未终了\n"), "{waits}");
}

/// A period that runs out after the last year there is runs, and is not for ever.
#[test]
fn a_period_beyond_the_last_year() {
    let far = Moment::On(day("9990-01-01"));
    let starts = Starts::unknown().with(Start::FiscalYearEnded, far);
    let facts = facts("accounting-voucher", Rendition::Paper, starts);
    let said = |language| explain(&profile("accounting"), &facts, day("9999-12-31")).text(language);
    let (chinese, english) = (said(Language::Chinese), said(Language::English));
    assert!(
        chinese.contains("在保管期内,9999 年之后期满\n"),
        "{chinese}"
    );
    assert!(
        english.contains("its period runs out after the year 9999\n"),
        "{english}"
    );
    assert!(!chinese.contains("永久"), "{chinese}");
}

/// Lines that lose say whether they are for ever or only longer than days can be told.
#[test]
fn lines_without_an_end_that_did_not_decide() {
    let line = |code: &str, length: &str| {
        format!(
            "\n[[schedule]]\ncode = \"{code}\"\ntitle = {{ zh = \"另\", en = \"another\" }}\n\
             classes = [\"handover-register\"]\nrenditions = [\"paper\"]\n{length}\nbasis = [\"firm\"]\n"
        )
    };
    let (_, text) = EMBEDDED[0];
    let text = [
        text.to_owned(),
        line("Z1", "permanent = true\nafter = \"stay\""),
        line(
            "Z2",
            "from_latest_of = [\"created\"]\nyears = 30\nafter = \"review\"",
        ),
    ]
    .concat();
    let profile = Profile::parse("more.toml", &text).unwrap();
    let starts = Starts::unknown().with(Start::Created, Moment::On(day("9990-01-01")));
    let facts = facts("handover-register", Rendition::Paper, starts);
    let said = |language| explain(&profile, &facts, day("2026-11-23")).text(language);
    let (chinese, english) = (said(Language::Chinese), said(Language::English));
    for words in [" 永久(", "Z2 9999 年之后期满("] {
        assert!(chinese.contains(words), "{chinese}");
    }
    for words in [" is for ever (", "Z2 runs out after the year 9999 ("] {
        assert!(english.contains(words), "{english}");
    }
}

#[test]
fn a_period_that_runs_from_an_account_begins_anew_with_it() {
    let closed = Moment::On(day("2010-01-04"));
    let starts = Starts::unknown().with(Start::LinkedAccountClosed, closed);
    let [chinese, english] = change(
        "securities",
        &facts("fund-voucher", Rendition::Paper, starts),
    );
    assert_eq!(chinese, "改变:到 2030-01-05;账户重新开立则重新起算");
    assert!(
        english.ends_with("an account opened again begins the period anew"),
        "{english}"
    );
}
