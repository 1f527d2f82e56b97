//! Moments and days. A clock is an argument: the system's own stands in the program alone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::text_serde;

/// A moment in UTC, to the millisecond. Printed as `2026-11-23T01:14:07.120Z`, read strictly
/// as such.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not a moment or a day.
#[derive(Debug, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct TimeError {
    /// The shape that is accepted.
    pub expected: &'static str,
    /// What stood there.
    pub found: String,
}

/// What tells the time. Libraries take one; the system's own clock is made in the program.
pub trait Clock: Send + Sync {
    /// The moment now.
    fn now(&self) -> Timestamp;
}

const UNIX_MS_MIN: i64 = -62_135_596_800_000; // 0001-01-01
const UNIX_MS_MAX: i64 = 253_402_207_200_000; // 9999-12-30T22:00, the last that jiff knows

impl Timestamp {
    /// From milliseconds since 1970, kept within the years 1 to 9999 (to 9999-12-30T22:00).
    #[must_use]
    pub fn from_unix_ms(unix_ms: i64) -> Self {
        Self(unix_ms.clamp(UNIX_MS_MIN, UNIX_MS_MAX))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// The civil day in China (Asia/Shanghai, UTC+8 throughout since 1992) at this moment.
    #[must_use]
    pub fn china_day(self) -> BusinessDate {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        BusinessDate(self.instant().to_zoned(zone).date())
    }

    fn instant(self) -> jiff::Timestamp {
        // The constructor clamps to years that jiff knows.
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.instant())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|instant| Self::from_unix_ms(instant.as_millisecond()))
            .filter(|moment| moment.to_string() == text)
            .ok_or_else(|| TimeError {
                expected: "a moment in UTC such as 2026-11-23T01:14:07.120Z",
                found: text.chars().take(60).collect(),
            })
    }
}

/// A civil day in China, of business (业务日期) or of anything else that has a date but no
/// hour. Printed as `2026-11-23`, read strictly as such.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDate(Date);

impl BusinessDate {
    /// From a civil date.
    #[must_use]
    pub const fn new(date: Date) -> Self {
        Self(date)
    }

    /// The civil date.
    #[must_use]
    pub const fn date(self) -> Date {
        self.0
    }

    /// The first moment of this day in China.
    #[must_use]
    pub fn starts_at(self) -> Timestamp {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let start = self
            .0
            .to_zoned(zone)
            .map(|zoned| zoned.timestamp().as_millisecond());
        Timestamp::from_unix_ms(start.unwrap_or(UNIX_MS_MIN))
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for BusinessDate {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Date>()
            .ok()
            .filter(|date| date.year() >= 1 && date.to_string() == text)
            .map(Self)
            .ok_or_else(|| TimeError {
                expected: "a day such as 2026-11-23",
                found: text.chars().take(60).collect(),
            })
    }
}

text_serde!(Timestamp, BusinessDate);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_spelling() {
        let text = "2026-11-23T01:14:07.120Z";
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        for wrong in [
            "2026-11-23T01:14:07Z",
            "2026-11-23T09:14:07.120+08:00",
            "2026-11-23",
            "",
        ] {
            assert!(wrong.parse::<Timestamp>().is_err(), "{wrong}");
        }
        assert_eq!(
            Timestamp::from_unix_ms(0).to_string(),
            "1970-01-01T00:00:00.000Z"
        );
        assert_eq!(
            Timestamp::from_unix_ms(i64::MAX).to_string(),
            "9999-12-30T22:00:00.000Z"
        );
        assert!(
            Timestamp::from_unix_ms(i64::MIN)
                .to_string()
                .starts_with("0001-01-01")
        );
    }

    #[test]
    fn the_day_in_china_begins_at_sixteen_hours_utc() {
        let day: BusinessDate = "2026-11-23".parse().unwrap();
        assert_eq!(day.starts_at().to_string(), "2026-11-22T16:00:00.000Z");
        assert_eq!(day.starts_at().china_day(), day);
        let before = Timestamp::from_unix_ms(day.starts_at().unix_ms() - 1);
        assert_eq!(before.china_day().to_string(), "2026-11-22");
        for wrong in ["2026-02-30", "2026-2-3", "20261123", "2026-11-23T00:00"] {
            assert!(wrong.parse::<BusinessDate>().is_err(), "{wrong}");
        }
    }
}
