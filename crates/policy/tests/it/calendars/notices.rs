//! Notices of holidays: how the next one joins those there are, and what is no notice.

use policy::calendar::{Calendars, Counting, FirmClosure, Notice, NoticeProblem, YearsError};

use super::{calendars, day};

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
