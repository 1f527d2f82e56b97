//! Calendars against dates taken from published notices, and at both horizons.

use domain::BusinessDate;
use policy::calendar::{
    CalendarError, Calendars, Counting, FirmClosure, Notice, NoticeProblem, YearsError,
};

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn calendars() -> Calendars {
    Calendars::of(&Calendars::built_in_notice().unwrap(), &[])
}

/// What the notices of the State Council (国务院办公厅) and of the exchange said, day by day:
/// whether the exchange trades, whether everybody works, and which notice says so.
const NOTICES: &[(&str, bool, bool, &str)] = &[
    // 2005 and 2006: the exchange closed before the festival began.
    ("2005-02-07", false, true, "上交所 2005 年春节休市"),
    ("2005-02-08", false, true, "上交所 2005 年春节休市"),
    (
        "2005-02-05",
        false,
        true,
        "国办 2005 年春节:2 月 5 日、6 日(周末)上班",
    ),
    ("2005-02-09", false, false, "国办 2005 年春节"),
    ("2006-01-26", false, true, "上交所 2006 年春节休市"),
    ("2006-01-27", false, true, "上交所 2006 年春节休市"),
    ("2006-01-30", false, false, "国办 2006 年春节"),
    // 2008: the first year of Qingming, Dragon Boat and Mid-Autumn.
    ("2008-04-04", false, false, "国办发明电〔2007〕 清明节"),
    (
        "2008-06-09",
        false,
        false,
        "国办发明电〔2007〕 端午节:6 月 9 日(星期一)",
    ),
    ("2008-09-15", false, false, "国办发明电〔2007〕 中秋节补休"),
    (
        "2008-05-04",
        false,
        true,
        "国办发明电〔2007〕 劳动节:5 月 4 日(星期日)上班",
    ),
    // 2009: eight days in October.
    (
        "2009-10-08",
        false,
        false,
        "国办发明电〔2008〕 国庆节、中秋节:10 月 1 日至 8 日",
    ),
    ("2009-10-09", true, true, "国办发明电〔2008〕 上班"),
    (
        "2009-10-10",
        false,
        true,
        "国办发明电〔2008〕 10 月 10 日(星期六)上班",
    ),
    // 2013.
    (
        "2013-02-15",
        false,
        false,
        "国办发明电〔2012〕33号 春节:2 月 9 日至 15 日",
    ),
    (
        "2013-02-16",
        false,
        true,
        "国办发明电〔2012〕33号 2 月 16 日(星期六)上班",
    ),
    (
        "2013-02-17",
        false,
        true,
        "国办发明电〔2012〕33号 2 月 17 日(星期日)上班",
    ),
    (
        "2013-04-29",
        false,
        false,
        "国办发明电〔2012〕33号 劳动节:4 月 29 日至 5 月 1 日",
    ),
    (
        "2013-04-27",
        false,
        true,
        "国办发明电〔2012〕33号 4 月 27 日(星期六)上班",
    ),
    // 2015: the seventieth anniversary of victory.
    (
        "2015-09-03",
        false,
        false,
        "国发明电〔2015〕1号 抗战胜利 70 周年:9 月 3 日至 5 日",
    ),
    (
        "2015-09-04",
        false,
        false,
        "国发明电〔2015〕1号 9 月 4 日调休",
    ),
    (
        "2015-09-06",
        false,
        true,
        "国发明电〔2015〕1号 9 月 6 日(星期日)上班",
    ),
    // 2016: two dates that a published table of another project has wrong.
    (
        "2016-10-09",
        false,
        true,
        "国办发明电〔2015〕18号 10 月 9 日(星期日)上班",
    ),
    (
        "2016-12-30",
        true,
        true,
        "an ordinary Friday; the New Year's days are of the year after",
    ),
    (
        "2016-10-07",
        false,
        false,
        "国办发明电〔2015〕18号 国庆节:10 月 1 日至 7 日",
    ),
    // 2017 to 2019.
    (
        "2017-01-02",
        false,
        false,
        "国办发明电〔2016〕17号 元旦:1 月 2 日补休",
    ),
    (
        "2017-10-06",
        false,
        false,
        "国办发明电〔2016〕17号 国庆节、中秋节:10 月 1 日至 8 日",
    ),
    (
        "2017-09-30",
        false,
        true,
        "国办发明电〔2016〕17号 9 月 30 日(星期六)上班",
    ),
    (
        "2018-12-31",
        false,
        false,
        "国办发明电〔2018〕15号 元旦:2018 年 12 月 30 日至 1 月 1 日",
    ),
    (
        "2018-12-29",
        false,
        true,
        "国办发明电〔2018〕15号 12 月 29 日(星期六)上班",
    ),
    (
        "2019-05-02",
        false,
        false,
        "国办发明电〔2019〕3号 劳动节:5 月 1 日至 4 日",
    ),
    (
        "2019-05-05",
        false,
        true,
        "国办发明电〔2019〕3号 5 月 5 日(星期日)上班",
    ),
    (
        "2019-02-11",
        true,
        true,
        "国办发明电〔2018〕15号 春节到 2 月 10 日",
    ),
    // 2020: the Spring Festival was prolonged.
    (
        "2020-01-31",
        false,
        false,
        "国办发明电〔2020〕1号 春节延长至 2 月 2 日",
    ),
    (
        "2020-02-03",
        true,
        true,
        "国办发明电〔2020〕1号 2 月 3 日起正常上班",
    ),
    (
        "2020-10-08",
        false,
        false,
        "国办发明电〔2019〕16号 国庆节、中秋节:10 月 1 日至 8 日",
    ),
    (
        "2020-06-28",
        false,
        true,
        "国办发明电〔2019〕16号 6 月 28 日(星期日)上班",
    ),
    // 2021 and 2022.
    (
        "2021-02-20",
        false,
        true,
        "国办发明电〔2020〕27号 2 月 20 日(星期六)上班",
    ),
    (
        "2021-02-17",
        false,
        false,
        "国办发明电〔2020〕27号 春节:2 月 11 日至 17 日",
    ),
    ("2021-02-18", true, true, "国办发明电〔2020〕27号 上班"),
    (
        "2021-09-20",
        false,
        false,
        "国办发明电〔2020〕27号 中秋节:9 月 19 日至 21 日",
    ),
    (
        "2022-04-02",
        false,
        true,
        "国办发明电〔2021〕11号 4 月 2 日(星期六)上班",
    ),
    (
        "2022-05-04",
        false,
        false,
        "国办发明电〔2021〕11号 劳动节:4 月 30 日至 5 月 4 日",
    ),
    (
        "2022-05-07",
        false,
        true,
        "国办发明电〔2021〕11号 5 月 7 日(星期六)上班",
    ),
    // 2023.
    (
        "2023-01-28",
        false,
        true,
        "国办发明电〔2022〕16号 1 月 28 日(星期六)上班",
    ),
    (
        "2023-01-27",
        false,
        false,
        "国办发明电〔2022〕16号 春节:1 月 21 日至 27 日",
    ),
    (
        "2023-06-23",
        false,
        false,
        "国办发明电〔2022〕16号 端午节:6 月 22 日至 24 日",
    ),
    (
        "2023-06-25",
        false,
        true,
        "国办发明电〔2022〕16号 6 月 25 日(星期日)上班",
    ),
    (
        "2023-10-06",
        false,
        false,
        "国办发明电〔2022〕16号 中秋节、国庆节:9 月 29 日至 10 月 6 日",
    ),
    // 2024: New Year's Eve is worked by law and the exchange is closed.
    (
        "2024-02-08",
        true,
        true,
        "the last session before the festival",
    ),
    (
        "2024-02-09",
        false,
        true,
        "上交所 2024 年春节休市:2 月 9 日;国办发明电〔2023〕7号 only 鼓励",
    ),
    (
        "2024-02-16",
        false,
        false,
        "国办发明电〔2023〕7号 春节:2 月 10 日至 17 日",
    ),
    (
        "2024-02-18",
        false,
        true,
        "国办发明电〔2023〕7号 2 月 18 日(星期日)上班",
    ),
    (
        "2024-02-19",
        true,
        true,
        "the first session after the festival",
    ),
    (
        "2024-09-14",
        false,
        true,
        "国办发明电〔2023〕7号 9 月 14 日(星期六)上班",
    ),
    (
        "2024-10-12",
        false,
        true,
        "国办发明电〔2023〕7号 10 月 12 日(星期六)上班",
    ),
    // 2025: eleven statutory days for the first time.
    (
        "2025-01-28",
        false,
        false,
        "国办发明电〔2024〕12号 春节:1 月 28 日至 2 月 4 日",
    ),
    (
        "2025-01-26",
        false,
        true,
        "国办发明电〔2024〕12号 1 月 26 日(星期日)上班",
    ),
    (
        "2025-05-05",
        false,
        false,
        "国办发明电〔2024〕12号 劳动节:5 月 1 日至 5 日",
    ),
    (
        "2025-10-08",
        false,
        false,
        "国办发明电〔2024〕12号 国庆节、中秋节:10 月 1 日至 8 日",
    ),
    (
        "2025-10-11",
        false,
        true,
        "国办发明电〔2024〕12号 10 月 11 日(星期六)上班",
    ),
    // 2026.
    (
        "2026-01-02",
        false,
        false,
        "国办发明电〔2025〕7号 元旦:1 月 1 日至 3 日",
    ),
    (
        "2026-01-04",
        false,
        true,
        "国办发明电〔2025〕7号 1 月 4 日(星期日)上班",
    ),
    (
        "2026-02-23",
        false,
        false,
        "国办发明电〔2025〕7号 春节:2 月 15 日至 23 日",
    ),
    (
        "2026-02-14",
        false,
        true,
        "国办发明电〔2025〕7号 2 月 14 日(星期六)上班",
    ),
    (
        "2026-02-28",
        false,
        true,
        "国办发明电〔2025〕7号 2 月 28 日(星期六)上班",
    ),
    (
        "2026-05-09",
        false,
        true,
        "国办发明电〔2025〕7号 5 月 9 日(星期六)上班",
    ),
    (
        "2026-09-20",
        false,
        true,
        "国办发明电〔2025〕7号 9 月 20 日(星期日)上班",
    ),
    (
        "2026-10-07",
        false,
        false,
        "国办发明电〔2025〕7号 国庆节:10 月 1 日至 7 日",
    ),
    (
        "2026-10-10",
        false,
        true,
        "国办发明电〔2025〕7号 10 月 10 日(星期六)上班",
    ),
];

#[test]
fn days_are_as_the_notices_say() {
    let calendars = calendars();
    let mut wrong = Vec::new();
    for (text, trading, working, notice) in NOTICES {
        let found = [Counting::Trading, Counting::Working]
            .map(|counting| calendars.counts(counting, day(text)).unwrap());
        if found != [*trading, *working] {
            wrong.push(format!("{text} {notice}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(NOTICES.len() >= 60, "{}", NOTICES.len());
}

/// Months in which the fifth working day is not the fifth trading day (R30).
#[test]
fn the_fifth_day_of_a_month_depends_on_what_is_counted() {
    let calendars = calendars();
    for (rule, year, month, working, trading) in [
        ("R30", 2026, 10, "2026-10-13", "2026-10-14"),
        ("R30", 2024, 10, "2024-10-12", "2024-10-14"),
        ("R30", 2019, 2, "2019-02-12", "2019-02-14"),
        ("R30", 2026, 11, "2026-11-06", "2026-11-06"),
    ] {
        let nth = |counting| calendars.nth_of_month(counting, (year, month), 5).unwrap();
        assert_eq!(
            nth(Counting::Working),
            day(working),
            "{rule} {year}-{month}"
        );
        assert_eq!(
            nth(Counting::Trading),
            day(trading),
            "{rule} {year}-{month}"
        );
    }
    let differing = (2015..=2026)
        .flat_map(|year| (1..=12).map(move |month| (year, month)))
        .filter(|month| {
            let nth = |counting| calendars.nth_of_month(counting, *month, 5).unwrap();
            nth(Counting::Working) != nth(Counting::Trading)
        })
        .count();
    assert_eq!(differing, 27);
}

#[test]
fn sessions_of_each_year_are_those_that_the_exchange_held() {
    let calendars = calendars();
    let sessions = [
        242, 241, 242, 246, 244, 242, 244, 243, 238, 245, 244, 244, 244, 243, 244, 243, 243, 242,
        242, 242, 243, 242,
    ];
    for (year, expected) in (2005..).zip(sessions) {
        let first = BusinessDate::new(jiff::civil::date(year, 1, 1));
        let last = BusinessDate::new(jiff::civil::date(year, 12, 31));
        let own = u32::from(calendars.counts(Counting::Trading, first).unwrap());
        let found = own + calendars.between(Counting::Trading, first, last).unwrap();
        assert_eq!(found, expected, "{year}");
    }
}

#[test]
fn days_are_counted_on_from_any_day() {
    let calendars = calendars();
    for (counting, from, n, expected) in [
        (Counting::Trading, "2024-02-08", 1, "2024-02-19"),
        (Counting::Trading, "2024-02-09", 1, "2024-02-19"),
        (Counting::Working, "2024-02-08", 1, "2024-02-09"),
        (Counting::Working, "2024-02-09", 1, "2024-02-18"),
        // Business taken on a make-up Saturday is reviewed by the next session.
        (Counting::Trading, "2026-10-10", 1, "2026-10-12"),
        (Counting::Working, "2026-09-30", 2, "2026-10-09"),
        (Counting::Civil, "2026-09-30", 7, "2026-10-07"),
        (Counting::Trading, "2026-11-21", 0, "2026-11-21"),
    ] {
        let found = calendars.nth_after(counting, day(from), n).unwrap();
        assert_eq!(found, day(expected), "{from} + {n} {}", counting.as_str());
    }
    assert_eq!(
        calendars.between(Counting::Working, day("2026-09-30"), day("2026-10-10")),
        Ok(3)
    );
    assert_eq!(
        calendars.between(Counting::Working, day("2026-10-10"), day("2026-09-30")),
        Ok(0)
    );
}

#[test]
fn beyond_the_notices_nothing_is_guessed() {
    let calendars = calendars();
    let beyond = |found: Result<BusinessDate, CalendarError>, at: &str| {
        assert_eq!(
            found,
            Err(CalendarError::BeyondHorizon {
                day: day(at),
                first: day("2005-01-01"),
                last: day("2026-12-31"),
            })
        );
    };
    let after = |from, n| calendars.nth_after(Counting::Trading, day(from), n);
    beyond(after("2026-12-31", 1), "2027-01-01");
    beyond(after("2026-12-30", 2), "2027-01-01");
    beyond(after("2004-12-30", 1), "2004-12-31");
    assert_eq!(after("2004-12-31", 1), Ok(day("2005-01-04")));
    assert_eq!(after("2026-12-30", 1), Ok(day("2026-12-31")));
    beyond(
        calendars.nth_of_month(Counting::Working, (2027, 1), 5),
        "2027-01-01",
    );
    beyond(
        calendars.nth_of_month(Counting::Working, (2004, 12), 5),
        "2004-12-01",
    );
    let message = after("2026-12-31", 1).unwrap_err().to_string();
    assert!(
        message.contains("known from 2005-01-01 to 2026-12-31"),
        "{message}"
    );
    // Days that are merely counted need no notice.
    let civil = calendars.nth_after(Counting::Civil, day("2026-12-31"), 90);
    assert_eq!(civil, Ok(day("2027-03-31")));
    assert_eq!(calendars.days_left(day("2026-12-01")), Some(30));
    assert_eq!(calendars.days_left(day("2027-01-01")), None);
}

#[test]
fn a_month_has_no_more_days_than_it_has() {
    let calendars = calendars();
    let nth = |month, n| calendars.nth_of_month(Counting::Trading, (2024, month), n);
    assert_eq!(nth(2, 15), Ok(day("2024-02-29")));
    assert_eq!(
        nth(2, 16).unwrap_err().to_string(),
        "2024-02 has 15 trading days, and no 16th"
    );
    // Of no month there is a day before the first, whether its first day counts or not.
    for month in [2, 6] {
        assert!(matches!(
            nth(month, 0),
            Err(CalendarError::NoSuchDay { .. })
        ));
    }
    assert!(matches!(nth(13, 1), Err(CalendarError::NoSuchMonth { .. })));
}

/// The notice of a whole year: the holidays that every year has, and these days.
fn notice_of(year: i16, also: &[&str]) -> String {
    let every = [
        "01-01", "02-08", "02-09", "02-10", "05-03", "10-01", "10-04", "10-05",
    ];
    let mut days: Vec<String> = every.iter().map(|day| format!("{year}-{day}")).collect();
    days.extend(also.iter().map(|day| (*day).to_owned()));
    let rows: Vec<String> = days
        .iter()
        .map(|day| format!("{day},closed,节\n"))
        .collect();
    format!("date,kind,occasion\n{}", rows.concat())
}

#[test]
fn the_next_years_notice_is_taken_in_once_and_in_order() {
    let built_in = Calendars::built_in_notice().unwrap();
    let text = notice_of(2027, &[]).replace('\n', "\r\n");
    let next = Notice::parse(
        "2027.csv",
        &format!("\u{feff}{text}2027-01-03,make-up,\"元旦,补班\"\r\n"),
    )
    .unwrap();
    assert_eq!(next.years(), (2027, 2027));
    let closure = FirmClosure {
        day: day("2027-01-04"),
        counting: Counting::Trading,
    };
    let joined = built_in.clone().followed_by(&next).unwrap();
    assert_eq!(joined.years(), (2005, 2027));
    let calendars = Calendars::of(&joined, &[closure]);
    let after = |counting| calendars.nth_after(counting, day("2026-12-31"), 1);
    assert_eq!(after(Counting::Working), Ok(day("2027-01-03")));
    assert_eq!(after(Counting::Trading), Ok(day("2027-01-05")));
    // A year between would be unknown.
    let later = Notice::parse("2029.csv", &notice_of(2029, &["2029-02-12"])).unwrap();
    let gap = YearsError::Gap {
        expected: 2028,
        found: 2029,
    };
    assert_eq!(joined.followed_by(&later), Err(gap));
}

/// Whoever lists a day twice, or for one calendar and for both, closes it.
#[test]
fn a_day_that_is_closed_twice_is_closed() {
    let built_in = Calendars::built_in_notice().unwrap();
    let closed = |counting| FirmClosure {
        day: day("2026-11-20"),
        counting,
    };
    for (closures, trading, working) in [
        (vec![closed(Counting::Trading); 2], false, true),
        (
            vec![closed(Counting::Trading), closed(Counting::Civil)],
            false,
            false,
        ),
        (
            vec![closed(Counting::Civil), closed(Counting::Working)],
            false,
            false,
        ),
    ] {
        let calendars = Calendars::of(&built_in, &closures);
        let counts = |counting| calendars.counts(counting, day("2026-11-20")).unwrap();
        assert_eq!(counts(Counting::Trading), trading, "{closures:?}");
        assert_eq!(counts(Counting::Working), working, "{closures:?}");
    }
}

#[test]
fn the_next_notice_is_asked_for_thirty_days_before_the_last_day() {
    for (on, asked) in [
        ("2026-11-30", false),
        ("2026-12-01", true),
        ("2026-12-31", true),
        ("2027-01-01", true),
    ] {
        assert_eq!(calendars().runs_out(day(on)), asked, "{on}");
    }
}

/// A notice that is amended within its year, as in 2020, takes the place of the whole year.
#[test]
fn a_later_notice_of_a_year_takes_its_place() {
    let first = notice_of(2027, &["2027-02-11"]);
    let amended = notice_of(2027, &["2027-02-12"]);
    let [first, amended] = [first, amended].map(|text| Notice::parse("2027.csv", &text).unwrap());
    let built_in = Calendars::built_in_notice().unwrap();
    let joined = built_in.followed_by(&first).unwrap();
    let joined = joined.followed_by(&amended).unwrap();
    assert_eq!(joined.years(), (2005, 2027));
    let calendars = Calendars::of(&joined, &[]);
    for (on, counts) in [
        ("2027-02-11", true),
        ("2027-02-12", false),
        ("2026-02-17", false),
    ] {
        assert_eq!(
            calendars.counts(Counting::Trading, day(on)),
            Ok(counts),
            "{on}"
        );
    }
}

/// 国办发明电〔2018〕15号 began the New Year's days of 2019 on 30 December 2018: such a day is
/// added to the old year, and the rest of it stays what it was.
#[test]
fn a_day_of_the_december_before_takes_the_place_of_nothing() {
    let built_in = Calendars::built_in_notice().unwrap();
    let next = Notice::parse("2027.csv", &notice_of(2027, &["2026-12-31"])).unwrap();
    assert_eq!(next.years(), (2027, 2027));
    let joined = built_in.clone().followed_by(&next).unwrap();
    assert_eq!(joined.years(), (2005, 2027));
    let (before, after) = (calendars(), Calendars::of(&joined, &[]));
    let mut at = day("2026-01-01");
    while at < day("2026-12-31") {
        for counting in [Counting::Trading, Counting::Working] {
            assert_eq!(
                after.counts(counting, at),
                before.counts(counting, at),
                "{at}"
            );
        }
        at = before.nth_after(Counting::Civil, at, 1).unwrap();
    }
    assert_eq!(before.counts(Counting::Working, at), Ok(true));
    assert_eq!(after.counts(Counting::Working, at), Ok(false));
    // By itself it begins with its own year.
    let alone = Calendars::of(&next, &[]);
    assert_eq!(alone.horizon(), (day("2027-01-01"), day("2027-12-31")));
}

/// A notice of several years has one December before it, and it is that of the year before.
#[test]
fn a_december_of_another_year_is_no_part_of_a_notice() {
    let next = notice_of(2028, &["2028-10-03"]).replace("date,kind,occasion\n", "");
    let two = |december: &str| notice_of(2027, &[december]) + &next;
    let both = Notice::parse("x", &two("2026-12-31")).unwrap();
    assert_eq!(both.years(), (2027, 2028));
    assert_eq!(both.days().count(), 18);
    for text in [two("2025-12-31"), notice_of(2027, &["2025-12-31"])] {
        let error = Notice::parse("x", &text).unwrap_err();
        let missing = NoticeProblem::YearMissing { year: 2026 };
        assert!(error.problems.contains(&(1, missing)), "{error}");
    }
}

/// A file that was cut off would make working days of the holidays that it lacks.
#[test]
fn a_year_that_is_not_whole_is_no_notice() {
    let whole = notice_of(2027, &[]);
    let without = |days: &[&str]| -> String {
        let stays = |line: &&str| !days.iter().any(|day| line.starts_with(day));
        let lines: Vec<&str> = whole.lines().filter(stays).collect();
        lines.join("\n")
    };
    assert!(Notice::parse("2027.csv", &whole).is_ok());
    for (text, expected) in [
        (
            without(&["2027-02-09"]),
            &[
                "2027 is not whole: 2 found, expected at least three weekdays off from 20 January to 28 February, the Spring Festival (is the file cut off?)",
            ][..],
        ),
        (
            without(&["2027-05"]),
            &[
                "2027 is not whole: 0 found, expected at least one weekday off from April to June, as Qingming, Labour Day and Dragon Boat are (is the file cut off?)",
            ],
        ),
        (
            without(&["2027-10-04"]),
            &[
                "2027 is not whole: 2 found, expected at least three weekdays off from 1 to 8 October, National Day (is the file cut off?)",
            ],
        ),
        // Cut off after New Year.
        (
            "date,kind,occasion\n2027-01-01,closed,元旦\n".to_owned(),
            &[
                "2027 is not whole: 0 found",
                "2027 is not whole: 0 found",
                "2027 is not whole: 0 found",
            ],
        ),
        // The January after is of a notice of its own, and so is any other month of the year before.
        (
            format!("{whole}2028-01-03,closed,元旦\n"),
            &[
                "2028 is not whole: 0 found",
                "2028 is not whole",
                "2028 is not whole",
            ],
        ),
        (
            format!("{whole}2026-11-30,closed,元旦\n2026-12-31,closed,元旦\n"),
            &[
                "2026 is not whole: 0 found",
                "2026 is not whole",
                "2026 is not whole",
            ],
        ),
        // A weekend is off in any week.
        (
            without(&["2027-02-09"]) + "\n2027-02-06,closed,春节\n",
            &["2027 is not whole: 2 found"],
        ),
    ] {
        let error = Notice::parse("2027.csv", &text).unwrap_err();
        let found: Vec<String> = error
            .problems
            .iter()
            .map(|(_, one)| one.to_string())
            .collect();
        assert_eq!(found.len(), expected.len(), "{text}\n{error}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{text}\n{error}");
        }
    }
    // Every year that is built in is whole, each by itself.
    let built_in = Calendars::built_in_notice().unwrap();
    assert_eq!(built_in.years(), (2005, 2026));
}

#[test]
fn a_wrong_notice_is_named_line_by_line() {
    let text = "day,kind,occasion\n2027-01-01,closed\n2027-13-01,closed,元旦\n2027-01-02,open,元旦\n\n\
        2027-01-04,make-up,元旦\n2027-01-05,closed, \n2027-01-06,closed,元旦\n2027-01-06,closed,元旦\n";
    let error = Notice::parse("2027.csv", text).unwrap_err();
    let lines: Vec<u64> = error.problems.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 6, 7, 9]);
    let text = error.to_string();
    for part in [
        "2027.csv, line 1: the first line is \"day,kind,occasion\", expected date,kind,occasion",
        "2027.csv, line 2: 2 fields, expected three",
        "line 3: \"2027-13-01\" is no day",
        "line 4: \"open\" is no kind, expected closed, exchange-closed or make-up",
        "line 6: 2027-01-04 is a Monday",
        "line 7: the occasion is missing",
        "line 9: 2027-01-06 stands in line 8 already",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // One wrong line beside a whole year: nothing of it is taken in.
    let whole = notice_of(2027, &[]);
    let error = Notice::parse("x", &(whole.clone() + "2027-12-32,closed,元旦\n")).unwrap_err();
    let lines: Vec<u64> = error.problems.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [10]);
    // A file of a mebibyte is looked at, and one byte more is too much.
    let blank = "\n".repeat(1024 * 1024 - whole.len());
    assert!(Notice::parse("x", &(whole.clone() + &blank)).is_ok());
    for more in ["\n", "\n\n"] {
        let error = Notice::parse("x", &(whole.clone() + &blank + more)).unwrap_err();
        let size_bytes = 1024 * 1024 + more.len();
        assert_eq!(
            error.problems,
            [(1, NoticeProblem::TooLarge { size_bytes })]
        );
    }
    // A last row of two lines, without an end, stands where it begins.
    let error = Notice::parse("x", "date,kind,occasion\n\"2027-01-01\nclosed").unwrap_err();
    assert_eq!(error.problems, [(2, NoticeProblem::Fields { found: 1 })]);
    for (text, problem) in [
        ("", NoticeProblem::Empty),
        ("date,kind,occasion\n", NoticeProblem::Empty),
    ] {
        let error = Notice::parse("x", text).unwrap_err();
        assert_eq!(error.problems, [(1, problem)]);
    }
    let after = notice_of(2029, &["2029-02-12"]).replace("date,kind,occasion\n", "");
    let error = Notice::parse("x", &(notice_of(2027, &[]) + &after)).unwrap_err();
    assert_eq!(
        error.problems,
        [(1, NoticeProblem::YearMissing { year: 2028 })]
    );
}
