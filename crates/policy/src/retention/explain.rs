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
            Verdict::Free(Outcome::MayEnd {
                since,
                after: After::DestroyByChain,
                ..
            }) => (
                format!("自 {since} 起期满,可以申请鉴定或销毁"),
                format!("its period ran out on {since}: it may be reviewed or applied for"),
            ),
            Verdict::Free(Outcome::MayEnd { since, .. }) => (
                format!("自 {since} 起期满,应予鉴定,鉴定之前不得处置"),
                format!(
                    "its period ran out on {since}: it is due for review, and stays until then"
                ),
            ),
            Verdict::Free(Outcome::Running { ends, .. }) => (
                format!("在保管期内,{ends} 起期满"),
                format!("it is kept; its period will have run out on {ends}"),
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
            Verdict::Free(Outcome::Permanent { line }) if line.period != Period::Permanent => (
                "在保管期内,9999 年之后期满".to_owned(),
                "it is kept; its period runs out after the year 9999".to_owned(),
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
                    (Release::Never, Language::Chinese) if line.period != Period::Permanent => {
                        "9999 年之后期满".to_owned()
                    }
                    (Release::Never, Language::English) if line.period != Period::Permanent => {
                        "runs out after the year 9999".to_owned()
                    }
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
                otherwise:
                    Outcome::MayEnd {
                        after: After::DestroyByChain,
                        ..
                    },
                ..
            } => (
                "全部保全解除后即可申请鉴定或销毁".to_owned(),
                "once every hold is released it may be reviewed or applied for at once".to_owned(),
            ),
            Verdict::Held {
                otherwise: Outcome::MayEnd { .. },
                ..
            } => (
                "全部保全解除后即应鉴定".to_owned(),
                "once every hold is released it is due for review at once".to_owned(),
            ),
            Verdict::Held { otherwise, .. } => {
                let (zh, en) = self.then(otherwise);
                (
                    format!("全部保全解除后按期限重新判定;{zh}"),
                    format!("every hold must be released; then {en}"),
                )
            }
            Verdict::Free(outcome) => self.then(outcome),
        };
        vec![match language {
            Language::Chinese => zh,
            Language::English => en,
        }]
    }

    fn then(&self, outcome: &Outcome<'_>) -> (String, String) {
        let mut starts = self.lines.iter().flat_map(|(line, _)| &line.from_latest_of);
        let follows_accounts = starts.any(|start| start.follows_accounts());
        let (zh, en) = match outcome {
            Outcome::MayEnd { .. } if follows_accounts => (
                "新的保全,或账户重新开立,则不得处置",
                "a new hold, or an account opened again, would keep it",
            ),
            Outcome::MayEnd { .. } => ("新的保全,则不得处置", "a new hold would keep it"),
            Outcome::Running { ends, .. } if follows_accounts => {
                return (
                    format!("到 {ends};账户重新开立则重新起算"),
                    format!("wait until {ends}; an account opened again begins the period anew"),
                );
            }
            Outcome::Running { ends, .. } => {
                return (format!("到 {ends}"), format!("wait until {ends}"));
            }
            Outcome::NotStarted { start, moment, .. } => {
                let words = words(*start);
                return match moment {
                    Moment::Unknown => (
                        format!("登记{}的日期", words.zh_event),
                        format!("the day on which {} must be known", words.en_was),
                    ),
                    Moment::NotYet | Moment::On(_) => (
                        format!("{}之后方可起算", words.zh_event),
                        format!("{}: the period begins then", words.en_must),
                    ),
                };
            }
            Outcome::LongTerm { .. } => (
                "鉴定后由制度另行规定",
                "an appraisal, and a profile that adds an end",
            ),
            Outcome::Permanent { .. } => ("无", "nothing"),
            Outcome::NoLine => (
                "由运营管理部在制度中规定该类资料的期限",
                "a profile in which the operations department settles its period",
            ),
        };
        (zh.to_owned(), en.to_owned())
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

/// What something rests on, in words.
pub(crate) fn bases(basis: &[Basis], language: Language) -> String {
    let words = basis.iter().map(|one| match (one, language) {
        (Basis::FirmSetting, Language::Chinese) => "本公司设定".to_owned(),
        (Basis::FirmSetting, Language::English) => "firm's setting".to_owned(),
        (Basis::Rule(_) | Basis::Outside(_), _) => one.to_string(),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn since(start: Start, moment: Moment) -> (String, String) {
    let words = words(start);
    match moment {
        Moment::On(day) => (
            format!("{}({day})", words.zh_from),
            format!("{day}, when {}", words.en_was),
        ),
        Moment::NotYet | Moment::Unknown => (
            words.zh_from.to_owned(),
            format!("the day on which {}", words.en_was),
        ),
    }
}

fn waits(start: Start, moment: Moment) -> (String, String) {
    let words = words(start);
    match moment {
        Moment::Unknown => (
            format!("没有{}的日期", words.zh_event),
            format!("nobody has said when {}", words.en_was),
        ),
        Moment::NotYet | Moment::On(_) => (
            words.zh_not_yet.to_owned(),
            format!("it waits for the day on which {}", words.en_was),
        ),
    }
}

/// How a start is said.
struct Words {
    /// What happens: 所属账户注销.
    zh_event: &'static str,
    /// From when the period runs, after 自.
    zh_from: &'static str,
    /// That it has not happened.
    zh_not_yet: &'static str,
    /// That it happened: its account was closed.
    en_was: &'static str,
    /// That it has to: its account must be closed.
    en_must: &'static str,
}

const fn words(start: Start) -> Words {
    let (zh_event, zh_from, zh_not_yet, en_was, en_must) = match start {
        Start::LinkedAccountClosed => (
            "所属账户注销",
            "所属账户注销",
            "所属账户尚未注销",
            "its account was closed",
            "its account must be closed",
        ),
        Start::LastAccountClosed => (
            "最后一个账户注销",
            "最后一个账户注销",
            "客户的账户尚未全部注销",
            "the client's last account was closed",
            "the client's last account must be closed",
        ),
        Start::RelationEnded => (
            "业务关系结束",
            "业务关系结束",
            "业务关系尚未结束",
            "the business relation ended",
            "the business relation must end",
        ),
        Start::TransactionEnded => (
            "交易结束",
            "交易结束",
            "交易尚未结束",
            "the transaction ended",
            "the transaction must end",
        ),
        Start::Created => (
            "资料形成",
            "资料形成",
            "资料尚未形成",
            "it came into being",
            "it must come into being",
        ),
        Start::FiscalYearEnded => (
            "会计年度终了",
            "会计年度终了后第一天",
            "会计年度尚未终了",
            "the year after its fiscal year began",
            "its fiscal year must end",
        ),
        Start::YearEnded => (
            "年度终了",
            "年度终了后第一天",
            "年度尚未终了",
            "the year after it began",
            "its year must end",
        ),
        Start::CaseClosed => (
            "事项办结",
            "事项办结",
            "事项尚未办结",
            "the case was closed",
            "the case must be closed",
        ),
        Start::FormClosed => (
            "表单办结",
            "表单办结",
            "表单尚未办结",
            "the form was closed",
            "the form must be closed",
        ),
        Start::AssetDisposed => (
            "资产处置",
            "资产处置",
            "资产尚未处置",
            "the asset was disposed of",
            "the asset must be disposed of",
        ),
        Start::TransferDone => (
            "移交完成",
            "移交完成",
            "移交尚未完成",
            "the transfer was done",
            "the transfer must be done",
        ),
        Start::DocumentReleased => (
            "所涉资料期满",
            "所涉资料期满",
            "所涉资料尚未期满",
            "the document that it is about might end",
            "the document that it is about must come to its own end",
        ),
    };
    Words {
        zh_event,
        zh_from,
        zh_not_yet,
        en_was,
        en_must,
    }
}
