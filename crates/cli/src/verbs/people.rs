//! `people` and `import people`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use archive::{Archive, ArchiveError, PersonOutcome};
use domain::{BranchCode, BusinessDate, LoginName, PersonId, RoleCode};
use entries::{Granted, PersonRecorded};
use policy::authority::GRANTING_ROLE;
use serde::Deserialize;

use crate::args::Common;
use crate::args::people::People;
use crate::environment;
use crate::fail::Failure;
use crate::output;
use crate::verbs::EXCEPTIONS;

/// A role as it is shown: `clerk at 0012`, with its days where it has ended or will.
pub fn held(grant: &Granted) -> String {
    let at = grant.branch.as_ref().map(|branch| format!(" at {branch}"));
    let to = grant.to.map(|to| format!(" until {to}"));
    format!(
        "{}{} from {}{}",
        grant.role,
        at.unwrap_or_default(),
        grant.from,
        to.unwrap_or_default()
    )
}

/// `people`.
pub async fn list(common: &Common, verb: &People) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let people = archive.people()?;
    archive.end().await;
    let wanted = |one: &&PersonRecorded| verb.person.as_ref().is_none_or(|id| one.person == *id);
    for one in people.iter().filter(wanted) {
        if common.json {
            output::line(&json(one)?);
            continue;
        }
        let accounts: Vec<&str> = one.accounts.iter().map(LoginName::as_str).collect();
        let roles: Vec<String> = one.grants.iter().map(held).collect();
        output::line(&format!(
            "{}  {}  {}",
            output::pad(one.person.as_str(), 12),
            output::pad(&accounts.join(", "), 16),
            roles.join("; ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::from_error(&error, None))
}

/// A row of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    person: PersonId,
    account: Option<LoginName>,
    role: Option<RoleCode>,
    branch: Option<BranchCode>,
    from: Option<BusinessDate>,
    to: Option<BusinessDate>,
}

const HEADINGS: [&str; 6] = ["person", "account", "role", "branch", "from", "to"];

/// A line of the file, and why it is refused.
type Refused = (u64, String);

/// A person with the rows that tell of them.
struct Told {
    lines: Vec<u64>,
    person: PersonRecorded,
}

/// `import`.
pub async fn import(common: &Common, file: &Path, dry_run: bool) -> Result<ExitCode, Failure> {
    let (people, mut refused) = read(file)?;
    let (archive, _) = environment::open(common).await?;
    let done = record(common, &archive, people, dry_run).await;
    archive.end().await;
    refused.extend(done?);
    for (line, why) in &refused {
        if common.json {
            output::line(&serde_json::json!({"line": line, "refused": why}).to_string());
        } else {
            output::line(&format!("{}, line {line}: {why}", file.display()));
        }
    }
    Ok(if refused.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXCEPTIONS)
    })
}

/// The people of the file, in its order, and the lines that tell of nobody.
fn read(file: &Path) -> Result<(Vec<Told>, Vec<Refused>), Failure> {
    let text = std::fs::read(file).map_err(|error| Failure::unreadable(file, &error))?;
    // A spreadsheet may put a byte order mark first.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    // The reader counts the end of a line of CR LF to the next one.
    let text = match std::str::from_utf8(text) {
        Ok(text) => text.replace("\r\n", "\n").into_bytes(),
        Err(_) => text.to_vec(),
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_slice());
    let (mut people, mut refused): (Vec<Told>, _) = (Vec::new(), Vec::new());
    let mut places: BTreeMap<PersonId, usize> = BTreeMap::new();
    let headings = csv::StringRecord::from(HEADINGS.to_vec());
    if !reader.headers().is_ok_and(|found| *found == headings) {
        return Err(wrong_file(file, "the heading is another one"));
    }
    for row in reader.records() {
        let row = row.map_err(|error| wrong_file(file, &error.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let row = match row.deserialize::<Row>(Some(&headings)) {
            Ok(row) => row,
            Err(error) => {
                refused.push((line, words(&error)));
                continue;
            }
        };
        let place = *places.entry(row.person.clone()).or_insert_with(|| {
            people.push(Told {
                lines: Vec::new(),
                person: PersonRecorded {
                    person: row.person.clone(),
                    accounts: Vec::new(),
                    grants: Vec::new(),
                },
            });
            people.len() - 1
        });
        let Some(told) = people.get_mut(place) else {
            continue;
        };
        told.lines.push(line);
        if let Some(account) = row.account
            && !told.person.accounts.contains(&account)
        {
            told.person.accounts.push(account);
        }
        match (row.role, row.from) {
            (Some(role), Some(from)) => told.person.grants.push(Granted {
                role,
                branch: row.branch,
                from,
                to: row.to,
            }),
            (Some(_), None) => refused.push((line, "the first day is missing".to_owned())),
            (None, _) => {}
        }
    }
    // Of a person of whom a line is wrong nothing is recorded: the rest may depend on it.
    people.retain(|told| {
        let whole = !refused.iter().any(|(line, _)| told.lines.contains(line));
        if !whole {
            let why = format!("person {} has a line that is refused", told.person.person);
            refused.extend(told.lines.first().map(|line| (*line, why)));
        }
        whole
    });
    Ok((people, refused))
}

async fn record(
    common: &Common,
    archive: &Archive,
    people: Vec<Told>,
    dry_run: bool,
) -> Result<Vec<Refused>, Failure> {
    let (actor, via) = environment::actor(common)?;
    let mut refused = Vec::new();
    // Whoever grants roles comes last: in a new archive nobody else may record them afterwards.
    let mut people = people;
    people.sort_by_key(|told| {
        let mut grants = told.person.grants.iter();
        grants.any(|grant| grant.role.as_str() == GRANTING_ROLE)
    });
    for told in people {
        let person = &told.person;
        let outcome = match archive.record_person(person, (&actor, &via), dry_run).await {
            Ok(PersonOutcome::Recorded) => "recorded",
            Ok(PersonOutcome::Changed) => "changed",
            Ok(PersonOutcome::Unchanged) => "unchanged",
            Err(ArchiveError::Refused(refusal)) => {
                let line = told.lines.first().copied().unwrap_or_default();
                refused.push((line, refusal.to_string()));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if common.json {
            let object = serde_json::json!({
                "person": person.person, "outcome": outcome, "dry_run": dry_run,
            });
            output::line(&object.to_string());
        } else {
            let would = if dry_run { "would be " } else { "" };
            output::line(&format!("{}  {would}{outcome}", person.person));
        }
    }
    Ok(refused)
}

fn wrong_file(file: &Path, found: &str) -> Failure {
    Failure::said(
        format!("{}: {found}", file.display()),
        "the heading is person,account,role,branch,from,to; `vouchsafe import people --help` says more",
    )
}

/// What is wrong with a field; the line is named beside it.
fn words(error: &csv::Error) -> String {
    if let csv::ErrorKind::Deserialize { err, .. } = error.kind() {
        return err.kind().to_string();
    }
    error.to_string()
}
