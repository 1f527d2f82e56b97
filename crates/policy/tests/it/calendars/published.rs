//! The built-in calendars against what was published: dates taken from the notices, and the
//! sessions that the exchange held.

use domain::BusinessDate;
use policy::calendar::Counting;

use super::{calendars, day};

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
