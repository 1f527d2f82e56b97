//! `policy`: what the rules say of given facts, and how they are changed.

mod changes;
mod facts;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ::policy::basis::RuleNo;
use ::policy::calendar::{CalendarError, Calendars, Counting, FirmClosure, Notice};
use ::policy::deadline::{Deadline, Done, Due, Reckoning, assess};
use ::policy::profile::{Change, ClassChange, EMBEDDED, Profile, diff, differences, moves};
use ::policy::retention::{Language, Outcome, Period, Verdict, explain};
use ::policy::rules;
use domain::BusinessDate;

use crate::args::Common;
use crate::args::policy::{Calendar, CalendarArgs, Diff, Facts, OfMonth, Policy, Question};
use crate::environment::today;
use crate::fail::Failure;
use crate::output;

pub async fn run(common: &Common, verb: &Policy) -> Result<ExitCode, Failure> {
    match &verb.question {
        Question::Explain(verb) => {
            let rules = rules_for(common, &verb.facts).await?;
            explain_all(common, &verb.facts, &rules)?;
        }
        Question::Due(facts) => due(common, facts, &rules_for(common, facts).await?)?,
        Question::Check { profiles } => check(common, profiles)?,
        Question::Diff(verb) => compare(common, verb)?,
        Question::Calendar(args) => ask_calendar(common, args).await?,
        Question::Propose { profile, from } => changes::propose(common, profile, *from).await?,
        Question::Confirm { case } => changes::confirm(common, *case).await?,
        Question::Reject(ended) => changes::reject(common, ended).await?,
        Question::Withdraw(ended) => changes::withdraw(common, ended).await?,
        Question::Changes => changes::list(common).await?,
        Question::Text { case } => changes::text(common, *case).await?,
        Question::InForce { on } => changes::show(common, on.unwrap_or_else(today)).await?,
        Question::Rules { rule } => print_rules(common, *rule)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))
}

/// An embedded profile by its name, else the file: what errors call it, and its text.
fn profile_text(name: &str) -> Result<(String, String), Failure> {
    let embedded = EMBEDDED.iter().find(|(known, _)| *known == name);
    Ok(match embedded {
        Some((_, text)) => (format!("{name} (embedded)"), (*text).to_owned()),
        None => (name.to_owned(), read(Path::new(name))?),
    })
}

fn profile(name: &str) -> Result<Profile, Failure> {
    profile_after(name, &[])
}

fn profile_after(name: &str, earlier: &[Profile]) -> Result<Profile, Failure> {
    let (file, text) = profile_text(name)?;
    Profile::parse_after(&file, &text, earlier).map_err(|error| {
        let hint = "mend the lines that are named; `vouchsafe policy check PROFILE` reads it again";
        Failure::said(error.to_string(), hint)
    })
}

fn day(facts: &Facts) -> BusinessDate {
    facts.on.unwrap_or_else(today)
}

/// The rules that facts are looked at by.
struct Rules {
    profile: Arc<Profile>,
    calendars: Calendars,
}

async fn rules_for(common: &Common, facts: &Facts) -> Result<Rules, Failure> {
    if !facts.in_force {
        let profile = Arc::new(profile(&facts.profile)?);
        return Ok(Rules {
            calendars: calendars(&profile.closures)?,
            profile,
        });
    }
    let day = day(facts);
    let in_force = changes::in_force(common, day).await?;
    let Some((_, profile)) = in_force.profile else {
        return Err(Failure::said(
            format!("no profile is in force in this archive on {day}"),
            "name one with --profile, or bring one into force: `vouchsafe policy propose --help`",
        ));
    };
    Ok(Rules {
        profile,
        calendars: in_force.calendars,
    })
}

fn explain_all(common: &Common, facts: &Facts, rules: &Rules) -> Result<(), Failure> {
    let (profile, day) = (&rules.profile, day(facts));
    for document in facts::documents(&facts.file)? {
        let explained = explain(profile, &document.facts, day);
        if common.json {
            let outcome = explained.verdict.outcome();
            let object = serde_json::json!({
                "id": document.id, "on": day, "verdict": word(&explained.verdict),
                "may_end": explained.verdict.may_end(),
                "line": outcome.line().map(ToString::to_string),
                "profile": format!("{}@{}", profile.name, profile.version),
                "zh": explained.text(Language::Chinese), "en": explained.text(Language::English),
            });
            output::line(&object.to_string());
        } else {
            output::line(&document.id);
            for language in [Language::Chinese, Language::English] {
                for line in explained.text(language).lines() {
                    output::line(&format!("  {line}"));
                }
            }
        }
    }
    Ok(())
}

fn word(verdict: &Verdict<'_>) -> &'static str {
    match verdict {
        Verdict::Held { .. } => "held",
        Verdict::Free(Outcome::MayEnd { .. }) if verdict.may_end() => "may-end",
        Verdict::Free(Outcome::MayEnd { .. }) => "due-for-review",
        Verdict::Free(Outcome::Running { .. }) => "running",
        Verdict::Free(Outcome::NotStarted { .. }) => "not-started",
        Verdict::Free(Outcome::LongTerm { .. }) => "long-term",
        // It ends beyond the last year that a day can be in.
        Verdict::Free(Outcome::Permanent { line }) if line.period != Period::Permanent => "running",
        Verdict::Free(Outcome::Permanent { .. }) => "permanent",
        Verdict::Free(Outcome::NoLine) => "no-line",
    }
}

/// Says that the next notice is to be taken in, once the calendars run out.
fn warn_of_horizon(calendars: &Calendars, day: BusinessDate) {
    if calendars.runs_out(day) {
        let (_, last) = calendars.horizon();
        output::warn(&format!(
            "the calendars end on {last}: take in the next year's notice, `vouchsafe policy calendar import FILE`"
        ));
    }
}

fn due(common: &Common, facts: &Facts, rules: &Rules) -> Result<(), Failure> {
    let (profile, calendars, today) = (&rules.profile, &rules.calendars, day(facts));
    warn_of_horizon(calendars, today);
    let mut rows = Vec::new();
    for one in facts::duties(&facts.file)? {
        for deadline in steps(profile, &one)? {
            let (started, extension) = (one.started, one.extension);
            let found = assess(deadline, calendars, started, extension, one.done, today);
            rows.push((deadline, found));
        }
    }
    // What nobody can say comes first, then what is longest overdue.
    rows.sort_by_key(|(_, found)| match &found.due {
        Due::Unknown(_) => None,
        Due::On(day) => Some(*day),
    });
    for (deadline, found) in rows {
        let duty = deadline.duty;
        let day = match &found.due {
            Due::On(day) => Some(day.to_string()),
            Due::Unknown(_) => None,
        };
        let due = day.as_deref().unwrap_or("unknown");
        let [zh, en] = [Language::Chinese, Language::English]
            .map(|language| (found.standing(language), found.because(deadline, language)));
        if common.json {
            let object = serde_json::json!({
                "duty": duty.as_str(), "due": due, "standing": en.0, "because": en.1,
                "zh": {"duty": duty.zh(), "standing": zh.0, "because": zh.1},
            });
            output::line(&object.to_string());
        } else {
            let rows = [
                (due, duty.as_str(), en),
                (day.as_deref().unwrap_or("期限未知"), duty.zh(), zh),
            ];
            for (due, duty, (standing, because)) in rows {
                output::line(&format!(
                    "{}  {}  {}  {because}",
                    output::pad(due, 10),
                    output::pad(duty, 22),
                    output::pad(&standing, 34)
                ));
            }
        }
    }
    Ok(())
}

/// The deadlines that a duty of a file is about. One that comes more than once is done for one of
/// its steps, so the file says for which (R55).
fn steps<'a>(profile: &'a Profile, one: &facts::OneDuty) -> Result<Vec<&'a Deadline>, Failure> {
    let duty = one.duty.as_str();
    let named = |deadline: &&Deadline| match (one.days_before, deadline.reckoning) {
        (None, _) => true,
        (Some(named), Reckoning::Before { days }) => named == days,
        (Some(_), _) => false,
    };
    let steps: Vec<&Deadline> = profile.deadlines_for(one.duty).filter(named).collect();
    let (found, hint) = match (steps.len(), one.done, one.days_before) {
        (0, _, None) => (
            format!("profile {} has no deadline for {duty}", profile.name),
            "add it to the profile, or name another with --profile",
        ),
        (0, _, Some(days)) => (
            format!(
                "profile {} has no {duty} at {days} days before",
                profile.name
            ),
            "name one of the days that the profile has in days_before",
        ),
        (1, _, _) | (_, Done::Open, _) => return Ok(steps),
        (many, Done::On(_), _) => (
            format!("{duty} comes {many} times, and is done for one of them"),
            "add \"days_before\" to the duty: which of them was done",
        ),
    };
    Err(Failure::said(found, hint))
}

fn check(common: &Common, names: &[String]) -> Result<(), Failure> {
    let mut checked = Vec::new();
    for name in names {
        let profile = profile_after(name, &checked)?;
        let counts = [
            ("classes", profile.classes.len()),
            ("schedule lines", profile.schedule.lines().len()),
            ("deadlines", profile.deadlines.len()),
            ("roles", profile.roles.len()),
            ("procedures", profile.procedures.len()),
        ];
        if common.json {
            let counts: serde_json::Map<String, serde_json::Value> = counts
                .iter()
                .map(|(what, count)| (what.replace(' ', "_"), (*count).into()))
                .collect();
            let object = serde_json::json!({
                "profile": profile.name, "version": profile.version, "has": counts,
            });
            output::line(&object.to_string());
        } else {
            let counts = counts.map(|(what, count)| format!("{count} {what}"));
            output::line(&format!(
                "{}@{}: {}; nothing is wrong",
                profile.name,
                profile.version,
                counts.join(", ")
            ));
        }
        checked.push(profile);
    }
    Ok(())
}

fn compare(common: &Common, verb: &Diff) -> Result<(), Failure> {
    let (old, new) = (profile(&verb.old)?, profile(&verb.new)?);
    for (class, change) in diff(&old, &new) {
        let said = match change {
            ClassChange::Added => "added".to_owned(),
            ClassChange::Removed => "removed".to_owned(),
            ClassChange::Changed {
                description,
                retention,
            } => {
                let mut parts: Vec<String> = retention
                    .iter()
                    .map(|rendition| format!("retention on {}", rendition.as_str()))
                    .collect();
                if description {
                    parts.push("description".to_owned());
                }
                parts.join(", ")
            }
        };
        if common.json {
            let object = serde_json::json!({"class": class, "change": said});
            output::line(&object.to_string());
        } else {
            output::line(&format!("{}  {said}", output::pad(class.as_str(), 28)));
        }
    }
    for one in differences(&old, &new) {
        let said = match one.change {
            Change::Added => "added".to_owned(),
            Change::Removed => "removed".to_owned(),
            Change::Changed(parts) if parts.is_empty() => "changed".to_owned(),
            Change::Changed(parts) => format!("changed: {}", parts.join(", ")),
        };
        if common.json {
            let object = serde_json::json!({"table": one.table, "code": one.code, "change": said});
            output::line(&object.to_string());
        } else {
            let what = format!("{} {}", one.table, one.code);
            output::line(&format!("{}  {said}", output::pad(&what, 28)));
        }
    }
    if let Some(path) = &verb.facts {
        let documents: Vec<_> = facts::documents(path)?
            .into_iter()
            .map(|one| one.facts)
            .collect();
        let moved = moves(&old, &new, &documents);
        if common.json {
            let object = serde_json::json!({
                "documents": documents.len(), "earlier": moved.earlier, "later": moved.later,
                "lengths": moved.lengths, "unmoved": moved.unmoved,
            });
            output::line(&object.to_string());
        } else {
            output::line(&format!(
                "{} documents: {} earlier, {} later, {} with another length and no day yet, {} unmoved",
                documents.len(),
                moved.earlier,
                moved.later,
                moved.lengths,
                moved.unmoved
            ));
        }
    }
    Ok(())
}

fn calendars(closures: &[FirmClosure]) -> Result<Calendars, Failure> {
    let notice = Calendars::built_in_notice().map_err(|error| Failure::from_error(&error, None))?;
    Ok(Calendars::of(&notice, closures))
}

async fn ask_calendar(common: &Common, args: &CalendarArgs) -> Result<(), Failure> {
    let calendars = async || {
        if args.in_force {
            Ok(changes::in_force(common, today()).await?.calendars)
        } else {
            calendars(&[])
        }
    };
    let found = match &args.calendar {
        Calendar::Import { file, from } => return changes::import(common, file, *from).await,
        Calendar::Check { file } => return check_notice(common, file),
        Calendar::Workday(month) => nth(&calendars().await?, Counting::Working, month),
        Calendar::Tradingday(month) => nth(&calendars().await?, Counting::Trading, month),
        Calendar::NextTradingDay { day } => {
            calendars().await?.nth_after(Counting::Trading, *day, 1)
        }
        Calendar::NextWorkday { day } => calendars().await?.nth_after(Counting::Working, *day, 1),
    };
    let day = found.map_err(|error| {
        let hint = "the next year's days are known once its notice is published";
        Failure::said(error.to_string(), hint)
    })?;
    output::line(&if common.json {
        serde_json::json!({ "day": day }).to_string()
    } else {
        day.to_string()
    });
    Ok(())
}

fn nth(
    calendars: &Calendars,
    counting: Counting,
    asked: &OfMonth,
) -> Result<BusinessDate, CalendarError> {
    let of = (asked.month.year, asked.month.month);
    calendars.nth_of_month(counting, of, asked.nth)
}

fn check_notice(common: &Common, file: &Path) -> Result<(), Failure> {
    let name = file.display().to_string();
    let notice = Notice::parse(&name, &read(file)?)
        .map_err(|error| Failure::said(error.to_string(), "mend the lines that are named"))?;
    let ((first, last), days) = (notice.years(), notice.days().count());
    output::line(&if common.json {
        serde_json::json!({"first_year": first, "last_year": last, "days": days}).to_string()
    } else {
        format!("{name}: {first} to {last}, {days} days; nothing is wrong")
    });
    Ok(())
}

fn print_rules(common: &Common, only: Option<RuleNo>) -> Result<(), Failure> {
    let register = rules::register().map_err(|error| Failure::from_error(&error, None))?;
    for one in register
        .iter()
        .filter(|one| only.is_none_or(|only| one.number == only))
    {
        if common.json {
            let object = serde_json::json!({
                "rule": one.number.to_string(), "source": one.source, "text": one.text,
                "code": one.code, "tables": one.tables, "lacks": one.lacks,
                "elsewhere": one.elsewhere,
            });
            output::line(&object.to_string());
            continue;
        }
        output::line(&format!("{}  {}", one.number, one.source));
        output::line(&format!("  {}", one.text));
        if let Some(elsewhere) = &one.elsewhere {
            output::line(&format!("  decides nothing {elsewhere}"));
        } else if one.code.is_empty() {
            output::line("  not carried out yet");
        } else {
            output::line(&format!("  carried out by  {}", one.code.join(", ")));
            let tables: Vec<String> = one
                .tables
                .iter()
                .map(|table| format!("crates/policy/tests/it/{table}.rs"))
                .collect();
            output::line(&format!("  shown by        {}", tables.join(", ")));
            if let Some(lacks) = &one.lacks {
                output::line(&format!("  in part         {lacks}"));
            }
        }
    }
    Ok(())
}
