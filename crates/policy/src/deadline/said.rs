//! An assessment as a person would say it, in both languages.

use super::{Assessment, Deadline, Due, Duty, Standing, Step};
use crate::calendar::{CalendarError, Counting};
use crate::retention::{Language, bases};

impl Duty {
    /// What it is called in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Capture => "采集",
            Self::Review => "影像复核",
            Self::IntakeHandover => "入库交接",
            Self::HqUpload => "上传总部",
            Self::YearlyTransfer => "年度移交",
            Self::Entry => "录入",
            Self::SendOn => "传递",
            Self::MonthlyArchive => "月度归档",
            Self::HandOverToB => "A 角移交 B 角",
            Self::HandOverToArchive => "B 角移交档案室",
            Self::IdExpiryReminder => "证件到期提醒",
            Self::Repair => "修补复制",
            Self::BackupVerification => "备份验证",
            Self::StockTake => "清理核对",
            Self::LateArchive => "补交",
            Self::ThresholdId => "限额证件",
            Self::ClientCheck => "定期核对",
            Self::VaultInspection => "库房检查",
            Self::WitnessVideo => "见证视频",
            Self::Inspection => "检查",
        }
    }
}

impl Assessment {
    /// How it stands: `late by 1 trading days`.
    #[must_use]
    pub fn standing(&self, language: Language) -> String {
        let days = |counting: Counting| match counting {
            Counting::Trading => "个交易日",
            Counting::Working => "个工作日",
            Counting::Civil => "天",
        };
        match (&self.standing, language) {
            (Standing::Met, Language::Chinese) => "按时完成".to_owned(),
            (Standing::Met, Language::English) => "met".to_owned(),
            (Standing::Open { days_left }, Language::Chinese) => {
                format!("未完成,还有 {days_left} 天")
            }
            (Standing::Open { days_left }, Language::English) => {
                format!("open, {days_left} days left")
            }
            (Standing::Late { days: by, counting }, Language::Chinese) => {
                format!("迟了 {by} {}", days(*counting))
            }
            (Standing::Late { days: by, counting }, Language::English) => {
                format!("late by {by} {} days", counting.as_str())
            }
            (Standing::Overdue { days: by, counting }, Language::Chinese) => {
                format!("未完成,已逾期 {by} {}", days(*counting))
            }
            (Standing::Overdue { days: by, counting }, Language::English) => {
                format!("overdue by {by} {} days", counting.as_str())
            }
            (Standing::Unknown, Language::Chinese) => "无法判定".to_owned(),
            (Standing::Unknown, Language::English) => "unknown".to_owned(),
        }
    }

    /// Why that day, and what it rests on.
    #[must_use]
    pub fn because(&self, deadline: &Deadline, language: Language) -> String {
        let mut said: Vec<String> = self
            .because
            .iter()
            .map(|step| step.said(language))
            .collect();
        if let Due::Unknown(error) = &self.due {
            said.push(match (error, language) {
                (CalendarError::BeyondHorizon { first, last, .. }, Language::Chinese) => {
                    format!("日历只从 {first} 到 {last}")
                }
                (
                    CalendarError::NoSuchDay { .. } | CalendarError::NoSuchMonth { .. },
                    Language::Chinese,
                ) => "该月没有这一天".to_owned(),
                (_, Language::English) => error.to_string(),
            });
        }
        said.push(bases(&deadline.basis, language));
        said.join("; ")
    }
}

impl Step {
    fn said(self, language: Language) -> String {
        match (self, language) {
            (Self::Started(day), Language::Chinese) => format!("自 {day} 起"),
            (Self::Started(day), Language::English) => format!("started {day}"),
            (Self::Reckoned(day), Language::Chinese) => format!("推算到 {day}"),
            (Self::Reckoned(day), Language::English) => format!("reckoned to {day}"),
            (Self::BeforeItStarts(day), Language::Chinese) => format!("须在该日开始之前:{day}"),
            (Self::BeforeItStarts(day), Language::English) => {
                format!("before it starts: {day}")
            }
            (Self::Extended(day), Language::Chinese) => format!("经批准延期到 {day}"),
            (Self::Extended(day), Language::English) => format!("extended to {day}"),
            (Self::NotApproved(day), Language::Chinese) => format!("延期到 {day} 未经批准"),
            (Self::NotApproved(day), Language::English) => {
                format!("an extension to {day} that nobody approved")
            }
            (Self::NotExtendable(day), Language::Chinese) => {
                format!("不得延期到 {day}:该项不可延期(R114)")
            }
            (Self::NotExtendable(day), Language::English) => {
                format!("an extension to {day}, of a duty that nobody may extend (R114)")
            }
            (Self::CannotBe(day), Language::Chinese) => {
                format!("所称完成日 {day} 早于起算日或晚于今天")
            }
            (Self::CannotBe(day), Language::English) => {
                format!("done on {day}, which is before it started or after today")
            }
        }
    }
}
