//! The explanation (说明): a verdict as a person would say it, in both languages. It is built
//! only when somebody asks.

use std::fmt::Write as _;

use domain::BusinessDate;

use super::facts::{Facts, Moment};
use super::schedule::{After, Line, Period, Rendition, Start};
use super::verdict::{Outcome, Release, Verdict, judge, release};
use crate::basis::Basis;
use crate::profile::Profile;

/// A language that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 简体中文.
    Chinese,
    /// English.
    English,
}

/// A verdict with all that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// The profile whose schedule was asked.
    pub profile: &'a Profile,
    /// The facts.
    pub facts: &'a Facts,
    /// The day.
    pub day: BusinessDate,
    /// The verdict.
    pub verdict: Verdict<'a>,
    /// Every line that applies and when it lets go; the longest first (R45).
    pub lines: Vec<(&'a Line, Release)>,
}

/// Explains the verdict on a document on a day.
#[must_use]
pub fn explain<'a>(profile: &'a Profile, facts: &'a Facts, day: BusinessDate) -> Explanation<'a> {
    let schedule = &profile.schedule;
    let mut lines: Vec<(&Line, Release)> = schedule
        .lines_for(&facts.class, facts.rendition)
        .map(|line| (line, release(line, facts)))
        .collect();
    lines.sort_by(|(a, one), (b, other)| other.cmp(one).then_with(|| a.code.cmp(&b.code)));
    Explanation {
        profile,
        facts,
        day,
        verdict: judge(schedule, facts, day),
        lines,
    }
}

impl Explanation<'_> {
    /// The explanation, line by line.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let mut text = String::new();
        for (label, said) in [
            (("结论", "verdict"), vec![self.conclusion(language)]),
            (("依据", "by"), self.winner(language)),
            (("保全", "held"), self.hold(language)),
            (
                (
                    "其他适用条款,从长者优先(R45)",
                    "the longest prevails (R45), and",
                ),
                self.losers(language),
            ),
            (("改变", "to change"), self.change(language)),
        ] {
            for one in said {
                // Writing to a string does not fail.
                let _ = match language {
                    Language::Chinese => writeln!(text, "{}:{one}", label.0),
                    Language::English => writeln!(text, "{}: {one}", label.1),
                };
            }
        }
        text
    }

    fn conclusion(&self, language: Language) -> String {
        let day = self.day;
        let form = form(self.facts.rendition, language);
        let (zh, en) = match &self.verdict {
            Verdict::Held { .. } => (
                "保全期间不得处置".to_owned(),
                "it stays while a hold stands".to_owned(),
            ),
            Verdict::Free(Outcome::MayEnd { since, .. }) => (
                format!("自 {since} 起期满,可以申请鉴定或销毁"),
                format!("its period ran out on {since}: it may be reviewed or applied for"),
            ),
            Verdict::Free(Outcome::Running { ends, .. }) => (
                format!("在保管期内,{ends} 起期满"),
                format!("it is kept; its period has run out from {ends} on"),
            ),
            Verdict::Free(Outcome::NotStarted { start, moment, .. }) => {
                let (zh, en) = waits(*start, *moment);
                (
                    format!("期限尚未起算:{zh}"),
                    format!("its period has not begun: {en}"),
                )
            }
            Verdict::Free(Outcome::LongTerm { .. }) => (
                "长期保管,不因期满而处置".to_owned(),
                "it is kept long-term and never falls due by itself".to_owned(),
            ),
            Verdict::Free(Outcome::Permanent { .. }) => {
                ("永久保管".to_owned(), "it is kept for ever".to_owned())
            }
            Verdict::Free(Outcome::NoLine) => (
                "保管期限表没有规定,不得处置".to_owned(),
                "the schedule does not speak of it, so it stays".to_owned(),
            ),
        };
        let class = self.profile.classes.get(&self.facts.class);
        let title = match (class, language) {
            (Some(class), Language::Chinese) => class.title.zh.clone(),
            (Some(class), Language::English) => class.title.en.clone(),
            (None, _) => self.facts.class.to_string(),
        };
        match language {
            Language::Chinese => format!("{title}({form}),{day}:{zh}"),
            Language::English => format!("{title} {form}, on {day}: {en}"),
        }
    }

    fn winner(&self, language: Language) -> Vec<String> {
        let code = self.verdict.outcome().line();
        let won = self.lines.iter().find(|(line, _)| Some(&line.code) == code);
        won.map(|(line, _)| self.line(line, language))
            .into_iter()
            .collect()
    }

    fn line(&self, line: &Line, language: Language) -> String {
        let by = format!("{}@{}", self.profile.name, self.profile.version);
        let basis = bases(&line.basis, language);
        let (zh, en) = self.length(line);
        match language {
            Language::Chinese => {
                format!(
                    "{by} 第 {} 条「{}」,{zh}({basis})",
                    line.code, line.title.zh
                )
            }
            Language::English => {
                format!(
                    "{by}, line {} ({}): {en} ({basis})",
                    line.code, line.title.en
                )
            }
        }
    }

    /// How long a line keeps, from what.
    fn length(&self, line: &Line) -> (String, String) {
        let after = match line.after {
            After::Review => (",期满鉴定", ", then reviewed"),
            After::DestroyByChain => (
                ",期满可申请销毁",
                ", then its destruction may be applied for",
            ),
            After::Stay => ("", ""),
        };
        match line.period {
            Period::Permanent => ("永久".to_owned(), "for ever".to_owned()),
            Period::LongTerm { appraise_years } => (
                format!("长期,每 {appraise_years} 年鉴定一次"),
                format!("long-term, appraised every {appraise_years} years"),
            ),
            Period::Years(years) => {
                let starts: Vec<(String, String)> = line
                    .from_latest_of
                    .iter()
                    .map(|start| since(*start, self.facts.starts.get(*start)))
                    .collect();
                let zh: Vec<&str> = starts.iter().map(|(zh, _)| zh.as_str()).collect();
                let en: Vec<&str> = starts.iter().map(|(_, en)| en.as_str()).collect();
                (
                    format!("自{}起不少于 {years} 年{}", zh.join("与"), after.0),
                    format!(
                        "at least {years} years from {}{}",
                        en.join(" and "),
                        after.1
                    ),
                )
            }
        }
    }

    fn hold(&self, language: Language) -> Vec<String> {
        let standing = self.facts.holds.iter().filter(|hold| hold.stands(self.day));
        standing
            .map(|hold| match language {
                Language::Chinese => {
                    format!(
                        "{},{} {} 起(R109)",
                        hold.matter, hold.authority, hold.placed
                    )
                }
                Language::English => {
                    format!(
                        "{}, by {} from {} (R109)",
                        hold.matter, hold.authority, hold.placed
                    )
                }
            })
            .collect()
    }

    /// The lines that apply and did not decide.
    fn losers(&self, language: Language) -> Vec<String> {
        let code = self.verdict.outcome().line();
        self.lines
            .iter()
            .filter(|(line, _)| Some(&line.code) != code)
            .map(|(line, release)| {
                let until = match (release, language) {
                    (Release::From(day), Language::Chinese) => format!("{day} 期满,较短"),
                    (Release::From(day), Language::English) => {
                        format!("runs out on {day}, which is not longer")
                    }
                    (Release::Waiting, Language::Chinese) => "尚未起算".to_owned(),
                    (Release::Waiting, Language::English) => "has not begun".to_owned(),
                    (Release::ByAppraisal, Language::Chinese) => "长期".to_owned(),
                    (Release::ByAppraisal, Language::English) => "is long-term".to_owned(),
                    (Release::Never, Language::Chinese) => "永久".to_owned(),
                    (Release::Never, Language::English) => "is for ever".to_owned(),
                };
                let basis = bases(&line.basis, language);
                match language {
                    Language::Chinese => format!("{} {until}({basis})", line.code),
                    Language::English => format!("{} {until} ({basis})", line.code),
                }
            })
            .collect()
    }

    /// What would have to happen for the answer to be another.
    fn change(&self, language: Language) -> Vec<String> {
        let (zh, en) = match &self.verdict {
            Verdict::Held {
                otherwise: Outcome::MayEnd { .. },
                ..
            } => (
                "全部保全解除后即可申请鉴定或销毁".to_owned(),
                "once every hold is released it may be reviewed or applied for at once".to_owned(),
            ),
            Verdict::Held { otherwise, .. } => (
                format!("全部保全解除后按期限重新判定;{}", then_zh(otherwise)),
                format!("every hold must be released; then {}", then_en(otherwise)),
            ),
            Verdict::Free(outcome) => (then_zh(outcome), then_en(outcome)),
        };
        vec![match language {
            Language::Chinese => zh,
            Language::English => en,
        }]
    }
}

fn then_zh(outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::MayEnd { .. } => "新的保全,或账户重新开立,则不得处置".to_owned(),
        Outcome::Running { ends, .. } => format!("到 {ends};账户重新开立则重新起算"),
        Outcome::NotStarted { start, .. } => format!("登记{}的日期", start_zh(*start)),
        Outcome::LongTerm { .. } => "鉴定后由制度另行规定".to_owned(),
        Outcome::Permanent { .. } => "无".to_owned(),
        Outcome::NoLine => "由运营管理部在制度中规定该类资料的期限".to_owned(),
    }
}

fn then_en(outcome: &Outcome<'_>) -> String {
    match outcome {
        Outcome::MayEnd { .. } => {
            "a new hold, or an account opened again, would keep it".to_owned()
        }
        Outcome::Running { ends, .. } => {
            format!("wait until {ends}; an account opened again begins the period anew")
        }
        Outcome::NotStarted { start, .. } => {
            format!("the day on which {} must be known", start_en(*start))
        }
        Outcome::LongTerm { .. } => "an appraisal, and a profile that adds an end".to_owned(),
        Outcome::Permanent { .. } => "nothing".to_owned(),
        Outcome::NoLine => {
            "a profile in which the operations department settles its period".to_owned()
        }
    }
}

const fn form(rendition: Rendition, language: Language) -> &'static str {
    match (rendition, language) {
        (Rendition::Paper, Language::Chinese) => "纸质",
        (Rendition::Paper, Language::English) => "on paper",
        (Rendition::Electronic, Language::Chinese) => "电子",
        (Rendition::Electronic, Language::English) => "in electronic form",
    }
}

fn bases(basis: &[Basis], language: Language) -> String {
    let words = basis.iter().map(|one| match (one, language) {
        (Basis::FirmSetting, Language::Chinese) => "本公司设定".to_owned(),
        (Basis::FirmSetting, Language::English) => "firm's setting".to_owned(),
        (Basis::Rule(_) | Basis::Outside(_), _) => one.to_string(),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn since(start: Start, moment: Moment) -> (String, String) {
    match moment {
        Moment::On(day) => (
            format!("{}({day})", start_zh(start)),
            format!("{day}, when {}", start_en(start)),
        ),
        Moment::NotYet | Moment::Unknown => (
            start_zh(start).to_owned(),
            format!("the day on which {}", start_en(start)),
        ),
    }
}

fn waits(start: Start, moment: Moment) -> (String, String) {
    match moment {
        Moment::Unknown => (
            format!("没有{}的日期", start_zh(start)),
            format!("nobody has said when {}", start_en(start)),
        ),
        Moment::NotYet | Moment::On(_) => (
            format!("尚未{}", start_zh(start)),
            format!("it waits for the day on which {}", start_en(start)),
        ),
    }
}

const fn start_zh(start: Start) -> &'static str {
    match start {
        Start::LinkedAccountClosed => "所属账户注销",
        Start::LastAccountClosed => "最后一个账户注销",
        Start::RelationEnded => "业务关系结束",
        Start::TransactionEnded => "交易结束",
        Start::Created => "资料形成",
        Start::FiscalYearEnded => "会计年度终了后第一天",
        Start::YearEnded => "年度终了后第一天",
        Start::CaseClosed => "事项办结",
        Start::FormClosed => "表单办结",
        Start::AssetDisposed => "资产处置",
        Start::TransferDone => "移交完成",
    }
}

const fn start_en(start: Start) -> &'static str {
    match start {
        Start::LinkedAccountClosed => "its account was closed",
        Start::LastAccountClosed => "the client's last account was closed",
        Start::RelationEnded => "the business relation ended",
        Start::TransactionEnded => "the transaction ended",
        Start::Created => "it came into being",
        Start::FiscalYearEnded => "the year after its fiscal year began",
        Start::YearEnded => "the year after it began",
        Start::CaseClosed => "the case was closed",
        Start::FormClosed => "the form was closed",
        Start::AssetDisposed => "the asset was disposed of",
        Start::TransferDone => "the transfer was done",
    }
}
