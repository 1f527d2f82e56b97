//! Whole explanations, as a person reads them, in both languages.

use domain::BusinessDate;
use policy::retention::{
    Account, AccountEvent, Facts, Hold, Language, Moment, Rendition, Start, Starts, explain,
};

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

#[test]
fn a_document_that_the_schedule_does_not_know() {
    let facts = document("postcard", Rendition::Electronic, None);
    assert_eq!(
        said(&facts, Language::English),
        "verdict: postcard in electronic form, on 2026-11-23: the schedule does not speak of it, so it stays\n\
         to change: a profile in which the operations department settles its period\n"
    );
}
