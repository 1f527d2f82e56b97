//! `import branches`, `import clients`, `import accounts`, `branches` and `client`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use archive::{Archive, ArchiveError, NAME_BYTES_MAX, ReferenceOutcome, SaidOfClient};
use domain::{Actor, BusinessDate, Via};
use entries::{AccountRecorded, BranchRecorded, ClientRecorded, PersonRecorded};
use policy::claim::Claim;
use policy::client::{ClientKind, FIELDS};
use serde_json::json;

use crate::args::Common;
use crate::args::people::Client;
use crate::environment;
use crate::fail::Failure;
use crate::output;
use crate::verbs::table::{self, Columns, Refused, Row, Table};
use crate::verbs::{EXCEPTIONS, clients};

const BRANCHES: Columns = Columns {
    required: &["branch", "name"],
    optional: &["opened", "closed", "successor"],
    is_personal: false,
};

const ACCOUNTS: Columns = Columns {
    required: &["account", "client"],
    optional: &["opened", "closed"],
    is_personal: false,
};

const CLIENTS: Columns = Columns {
    required: &["client", "branch", "kind", "name"],
    optional: &[
        "nationality",
        "id_kind",
        "id_number",
        "id_valid_to",
        "portrait",
        "address",
        "phone",
        "occupation",
        "education",
        "institution_type",
        "capital",
        "assets",
        "risk",
    ],
    is_personal: true,
};

/// The role whose holder keeps a branch's archive (R10).
const ARCHIVIST: &str = "archivist";

/// `import branches`.
pub async fn branches(common: &Common, file: &Path, dry_run: bool) -> Result<ExitCode, Failure> {
    let read = Read::of(common, file, &BRANCHES, "branch", |row| {
        let branch = BranchRecorded {
            branch: row.must("branch")?,
            name: name(row)?,
            opened: row.may("opened")?,
            closed: row.may("closed")?,
            successor: row.may("successor")?,
        };
        in_order(branch.opened, branch.closed)?;
        if branch.successor.as_ref() == Some(&branch.branch) {
            return Err("successor: a branch is not its own".to_owned());
        }
        Ok((branch.branch.to_string(), branch))
    })?;
    let (archive, actor, via) = open(common).await?;
    let by = (&actor, &via);
    let done = archive.import_branches(&read.values(), by, dry_run).await;
    read.tell(common, archive, done, dry_run).await
}

/// `import accounts`.
pub async fn accounts(common: &Common, file: &Path, dry_run: bool) -> Result<ExitCode, Failure> {
    let read = Read::of(common, file, &ACCOUNTS, "account", |row| {
        let account = AccountRecorded {
            account: row.must("account")?,
            client: row.must("client")?,
            opened: row.may("opened")?,
            closed: row.may("closed")?,
        };
        in_order(account.opened, account.closed)?;
        Ok((account.account.to_string(), account))
    })?;
    let (archive, actor, via) = open(common).await?;
    let by = (&actor, &via);
    let done = archive.import_accounts(&read.values(), by, dry_run).await;
    read.tell(common, archive, done, dry_run).await
}

/// `import clients`.
pub async fn clients(common: &Common, file: &Path, dry_run: bool) -> Result<ExitCode, Failure> {
    let read = cards(common, file)?;
    let (archive, actor, via) = open(common).await?;
    let by = (&actor, &via);
    let done = archive.import_clients(&read.values(), by, dry_run).await;
    read.tell(common, archive, done, dry_run).await
}

/// The card of the one client that a table is about.
pub fn one_card(common: &Common, file: &Path) -> Result<SaidOfClient, Failure> {
    let read = cards(common, file)?;
    if let Some((line, why)) = read.refused.first() {
        return Err(Failure::said(
            format!("{} line {line}: {why}", file.display()),
            "mend the line, and submit it again",
        ));
    }
    let mut values = read.values().into_iter();
    match (values.next(), values.next()) {
        (Some(card), None) => Ok(card),
        _ => Err(Failure::said(
            format!("{}: not the card of one client", file.display()),
            "a table with a heading and one line, as for `vouchsafe import clients`",
        )),
    }
}

fn cards<'f>(common: &Common, file: &'f Path) -> Result<Read<'f, SaidOfClient>, Failure> {
    Read::of(common, file, &CLIENTS, "client", |row| {
        let kind: String = row.must("kind")?;
        let kind = ClientKind::from_word(&kind)
            .ok_or_else(|| "kind: expected person, institution or product".to_owned())?;
        let id_valid_to: Option<BusinessDate> = match row.text("id_valid_to") {
            // A document that is valid for good (长期).
            Some("长期" | "permanent") => None,
            Some(_) | None => row.may("id_valid_to")?,
        };
        let fields: BTreeMap<String, String> = FIELDS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), row.text(name)?.to_owned())))
            .collect();
        name(row)?;
        let client = SaidOfClient {
            client: row.must("client")?,
            branch: row.must("branch")?,
            kind,
            fields,
            id_valid_to,
        };
        Ok((client.client.to_string(), client))
    })
}

/// A name that is there, and no longer than the ledger takes one.
fn name(row: &Row) -> Result<String, String> {
    let name: String = row.must("name")?;
    if name.len() > NAME_BYTES_MAX {
        let length = name.len();
        return Err(format!(
            "name: {length} bytes, expected at most {NAME_BYTES_MAX}"
        ));
    }
    Ok(name)
}

fn in_order(opened: Option<BusinessDate>, closed: Option<BusinessDate>) -> Result<(), String> {
    match (opened, closed) {
        (Some(opened), Some(closed)) if closed < opened => Err(format!(
            "closed on {closed}, before it was opened on {opened}"
        )),
        _ => Ok(()),
    }
}

async fn open(common: &Common) -> Result<(Archive, Actor, Via), Failure> {
    let (actor, via) = environment::actor(common)?;
    let (archive, _) = environment::open(common).await?;
    Ok((archive, actor, via))
}

/// What a file says, each thing once.
struct Read<'f, T> {
    file: &'f Path,
    /// With the line and the name of each.
    said: Vec<(u64, String, T)>,
    refused: Vec<Refused>,
}

impl<'f, T: Clone + PartialEq> Read<'f, T> {
    fn of(
        common: &Common,
        file: &'f Path,
        columns: &Columns,
        what: &str,
        parse: impl Fn(&Row) -> Result<(String, T), String>,
    ) -> Result<Self, Failure> {
        let Table {
            rows,
            mut refused,
            gb18030,
        } = table::read(file, columns)?;
        if gb18030 {
            output::tell(common, &format!("{} is read as GB18030", file.display()));
        }
        let mut said: Vec<(u64, String, T)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for row in &rows {
            match parse(row) {
                Ok((name, value)) => match places.get(&name).and_then(|at| said.get(*at)) {
                    Some((_, _, same)) if *same == value => {}
                    Some((line, ..)) => {
                        let why = format!("{what} {name} stands otherwise in line {line}");
                        refused.push((row.line, why));
                    }
                    None => {
                        places.insert(name.clone(), said.len());
                        said.push((row.line, name, value));
                    }
                },
                Err(why) => refused.push((row.line, why)),
            }
        }
        Ok(Self {
            file,
            said,
            refused,
        })
    }

    fn values(&self) -> Vec<T> {
        self.said.iter().map(|(.., value)| value.clone()).collect()
    }

    async fn tell(
        mut self,
        common: &Common,
        archive: Archive,
        done: Result<Vec<ReferenceOutcome>, ArchiveError>,
        dry_run: bool,
    ) -> Result<ExitCode, Failure> {
        archive.end().await;
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for ((line, name, _), outcome) in self.said.iter().zip(done?) {
            let word = match outcome {
                ReferenceOutcome::Recorded => "recorded",
                ReferenceOutcome::Changed => "changed",
                ReferenceOutcome::Unchanged => "unchanged",
                ReferenceOutcome::Refused(refusal) => {
                    self.refused.push((*line, format!("{name}: {refusal}")));
                    continue;
                }
            };
            *counts.entry(word).or_default() += 1;
            if common.json {
                let told = json!({
                    "line": line, "name": name, "outcome": word, "dry_run": dry_run,
                });
                output::line(&told.to_string());
            } else if word == "changed" {
                output::line(&format!("{name}  changed"));
            }
        }
        self.refused.sort();
        for (line, why) in &self.refused {
            output::line(&if common.json {
                json!({"line": line, "refused": why}).to_string()
            } else {
                format!("{}, line {line}: {why}", self.file.display())
            });
        }
        let count = |word: &str| counts.get(word).copied().unwrap_or_default();
        output::tell(
            common,
            &format!(
                "{}{} recorded, {} changed, {} unchanged, {} refused",
                if dry_run { "would be: " } else { "" },
                count("recorded"),
                count("changed"),
                count("unchanged"),
                self.refused.len()
            ),
        );
        Ok(if self.refused.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(EXCEPTIONS)
        })
    }
}

/// `branches`.
pub async fn list_branches(common: &Common) -> Result<ExitCode, Failure> {
    let (archive, _) = environment::open(common).await?;
    let read = archive
        .branches()
        .and_then(|branches| Ok((branches, archive.people()?)));
    archive.end().await;
    let (branches, people) = read?;
    let today = environment::today();
    for one in branches {
        let archivists = archivists(&people, &one, today);
        if common.json {
            let line = json!({"branch": one, "archivists": archivists});
            output::line(&line.to_string());
            continue;
        }
        let closed = match (one.closed, &one.successor) {
            (None, _) => "open".to_owned(),
            (Some(day), None) => format!("closed on {day}"),
            (Some(day), Some(next)) => format!("closed on {day}, {next} took its place"),
        };
        let archivists = if archivists.is_empty() && one.closed.is_some() {
            String::new()
        } else if archivists.is_empty() {
            "no archivist is appointed (R10)".to_owned()
        } else {
            let named: Vec<&str> = archivists.into_iter().collect();
            format!("archivist {}", named.join(", "))
        };
        output::line(&format!(
            "{}  {}  {closed}  {archivists}",
            output::pad(one.branch.as_str(), 8),
            one.name
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Who keeps a branch's archive on a day.
fn archivists<'p>(
    people: &'p [PersonRecorded],
    branch: &BranchRecorded,
    today: BusinessDate,
) -> BTreeSet<&'p str> {
    let holds = |person: &&PersonRecorded| {
        person.grants.iter().any(|grant| {
            grant.role.as_str() == ARCHIVIST
                && grant.branch.as_ref() == Some(&branch.branch)
                && grant.from <= today
                && grant.to.is_none_or(|to| today <= to)
        })
    };
    let holders = people.iter().filter(holds);
    holders.map(|person| person.person.as_str()).collect()
}

/// `client`.
pub async fn client(common: &Common, verb: &Client) -> Result<ExitCode, Failure> {
    if let Some(what) = &verb.what {
        return clients::run(common, what).await;
    }
    let (archive, _) = environment::open(common).await?;
    let found = match (&verb.number, &verb.name, &verb.id) {
        (Some(client), ..) => archive.client(client).map(|one| one.into_iter().collect()),
        (None, Some(name), _) => archive.clients_named(name),
        (None, None, Some(number)) => archive.clients_of_id(number),
        (None, None, None) => Ok(Vec::new()),
    };
    let found: Result<Vec<Found>, ArchiveError> = found.and_then(|found| {
        let with = |client: ClientRecorded| {
            Ok(Found {
                claim: archive.claim(&client.client)?,
                accounts: archive.accounts_of(&client.client)?,
                client,
            })
        };
        found.into_iter().map(with).collect()
    });
    archive.end().await;
    let found = found?;
    if found.is_empty() {
        return Err(Failure::said(
            "there is no such client".to_owned(),
            "a number, or a whole name or document number: nothing is found by a part of one",
        ));
    }
    for one in found {
        one.show(common.json);
    }
    Ok(ExitCode::SUCCESS)
}

/// A client with what there is to tell.
struct Found {
    client: ClientRecorded,
    claim: Claim,
    accounts: Vec<AccountRecorded>,
}

impl Found {
    fn show(&self, json: bool) {
        let Self {
            client: one,
            claim,
            accounts,
        } = self;
        if json {
            let accounts = accounts.iter().map(|account| {
                json!({
                    "account": account.account, "opened": account.opened, "closed": account.closed,
                })
            });
            let line = json!({
                "client": one.client, "branch": one.branch, "kind": one.kind, "name": one.masked,
                "id_valid_to": one.id_valid_to, "lacks": one.lacks, "held_by": claim.holder(),
                "claimed_by": claim.claims.iter().map(|one| &one.person).collect::<Vec<_>>(),
                "accounts": accounts.collect::<Vec<_>>(),
            });
            output::line(&line.to_string());
            return;
        }
        let valid = one
            .id_valid_to
            .map(|day| format!(", document valid to {day}"));
        let lacks = match one.lacks.as_slice() {
            [] => String::new(),
            lacks => format!("; lacks {} (R16)", lacks.join(", ")),
        };
        let held = match claim.holder() {
            Some(_) => format!("; {}", clients::claimed(claim)),
            None => String::new(),
        };
        output::line(&format!(
            "{}  {}  branch {}, {}{}{lacks}{held}",
            one.client,
            one.masked,
            one.branch,
            one.kind,
            valid.unwrap_or_default()
        ));
        for account in accounts {
            let since = account.opened.map(|day| format!(", opened on {day}"));
            let closed = account.closed.map(|day| format!(", closed on {day}"));
            output::line(&format!(
                "  account {}{}{}",
                account.account,
                since.unwrap_or_default(),
                closed.unwrap_or_default()
            ));
        }
    }
}
