//! Deadlines (时限): what is due when, whether it was met, late by how much, and why that day.
//!
//! One function answers for every duty: [`assess`]. What a duty's day is counted from, by
//! which calendar and how far, stands in the profile; this module only counts.
//!
//! Days are the smallest thing that is counted. The hour of day T at which a branch stops taking
//! business in (R28 lets a firm set one) is not carried out: T ends at its midnight.

mod assess;
mod said;

use crate::basis::Basis;
use crate::calendar::Counting;

pub use assess::{Assessment, Done, Due, Extension, Standing, Step, assess};

/// What must be done by a certain time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Scan the day's documents (采集, R28).
    Capture,
    /// Review the images (复核, R29).
    Review,
    /// Hand the day's documents to the archivist (入库交接, R21).
    IntakeHandover,
    /// Send the month to headquarters (上传总部, R30).
    HqUpload,
    /// Hand over what arose for other branches' clients (年度移交, R68).
    YearlyTransfer,
    /// Enter a client's information (录入, R84).
    Entry,
    /// Send it on to the department that needs it (传递, R84).
    SendOn,
    /// Archive the month's documents (月度归档, R97).
    MonthlyArchive,
    /// A hands over to B (A 角移交, R114).
    HandOverToB,
    /// B hands over to the archive (B 角移交, R114).
    HandOverToArchive,
    /// Remind of a document that will expire (证件到期提醒, R55).
    IdExpiryReminder,
    /// Repair or reproduce what is damaged (修补复制, R52).
    Repair,
    /// Verify the backups (备份验证, R53).
    BackupVerification,
    /// Compare paper and images (清理核对, R51).
    StockTake,
    /// Make up for what was handed in late (补交, R121).
    LateArchive,
    /// Ask for an identity document once amounts reach the threshold (R124).
    ThresholdId,
    /// Check a client's documents (定期核对, R54).
    ClientCheck,
    /// Inspect the vault (库房检查, R47).
    VaultInspection,
    /// Put the witness video into the vault and send it to headquarters (见证视频, R04).
    WitnessVideo,
    /// Check departments and branches (检查, R73).
    Inspection,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 20] = [
        Self::Capture,
        Self::Review,
        Self::IntakeHandover,
        Self::HqUpload,
        Self::YearlyTransfer,
        Self::Entry,
        Self::SendOn,
        Self::MonthlyArchive,
        Self::HandOverToB,
        Self::HandOverToArchive,
        Self::IdExpiryReminder,
        Self::Repair,
        Self::BackupVerification,
        Self::StockTake,
        Self::LateArchive,
        Self::ThresholdId,
        Self::ClientCheck,
        Self::VaultInspection,
        Self::WitnessVideo,
        Self::Inspection,
    ];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Review => "review",
            Self::IntakeHandover => "intake-handover",
            Self::HqUpload => "hq-upload",
            Self::YearlyTransfer => "yearly-transfer",
            Self::Entry => "entry",
            Self::SendOn => "send-on",
            Self::MonthlyArchive => "monthly-archive",
            Self::HandOverToB => "hand-over-to-b",
            Self::HandOverToArchive => "hand-over-to-archive",
            Self::IdExpiryReminder => "id-expiry-reminder",
            Self::Repair => "repair",
            Self::BackupVerification => "backup-verification",
            Self::StockTake => "stock-take",
            Self::LateArchive => "late-archive",
            Self::ThresholdId => "threshold-id",
            Self::ClientCheck => "client-check",
            Self::VaultInspection => "vault-inspection",
            Self::WitnessVideo => "witness-video",
            Self::Inspection => "inspection",
        }
    }
}

/// How the due day follows from the day that starts the duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reckoning {
    /// The n-th day that counts after it; 0 is the day itself.
    After {
        /// Which days count.
        counting: Counting,
        /// How many.
        days: u16,
    },
    /// The n-th day that counts of the month after its month.
    OfNextMonth {
        /// Which days count.
        counting: Counting,
        /// Which one, from 1.
        day: u8,
    },
    /// This date of the year after its year, whatever day it is: it does not roll forward.
    OfNextYear {
        /// The month, from 1.
        month: i8,
        /// The day of the month.
        day: i8,
    },
    /// So many days before it: it is the day on which something runs out.
    Before {
        /// How many days of the ordinary calendar.
        days: u16,
    },
    /// So many months after it; the last day of the month where it has no such day.
    MonthsAfter {
        /// How many.
        months: u16,
    },
}

/// By which moment of the due day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By its end.
    EndOfDay,
    /// Before it starts: on the day before it at the latest (the strict setting of R29).
    BeforeItStarts,
}

/// A deadline of the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What must be done.
    pub duty: Duty,
    /// How the due day is reckoned.
    pub reckoning: Reckoning,
    /// By which moment.
    pub by: By,
    /// Whether somebody may approve more time (R114). For most duties no text lets anybody.
    pub extendable: bool,
    /// What it rests on.
    pub basis: Vec<Basis>,
}
