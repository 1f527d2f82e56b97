//! Finding records, and questioning the trail.

use catalog::{Cursor, Dimension, Page, Query, Row, Term};
use domain::{
    BranchCode, BusinessDate, ClassCode, ClientNo, FlowNo, LoginName, RecordId, Timestamp,
};
use entries::{Body, Entry, Event, RecordBody};
use journal::{Lookup, filed_with};
use policy::description::Description;

use crate::{Archive, ArchiveError};

/// How a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Filed.
    Filed,
    /// Kept as an exception.
    Exception,
}

impl Status {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Exception => "exception",
        }
    }

    const fn event(self) -> Event {
        match self {
            Self::Filed => Event::RecordFiled,
            Self::Exception => Event::RecordExcepted,
        }
    }
}

/// Which records are wanted. Every part narrows.
#[derive(Clone, Debug, Default)]
pub struct RecordFilter {
    /// Of this branch.
    pub branch: Option<BranchCode>,
    /// Of this client.
    pub client: Option<ClientNo>,
    /// Of this class.
    pub class: Option<ClassCode>,
    /// Of this flow.
    pub flow: Option<FlowNo>,
    /// From this business day on.
    pub business_from: Option<BusinessDate>,
    /// Up to this business day.
    pub business_to: Option<BusinessDate>,
    /// Taken in from this day on (in China).
    pub captured_from: Option<BusinessDate>,
    /// Taken in up to this day (in China).
    pub captured_to: Option<BusinessDate>,
    /// With this status.
    pub status: Option<Status>,
}

/// A record in a list.
#[derive(Clone, Debug)]
pub struct RecordRow {
    /// Its entry in the ledger.
    pub entry: u64,
    /// When it was taken in.
    pub at: Timestamp,
    /// How it stands.
    pub status: Status,
    /// What the ledger says of it.
    pub body: RecordBody,
    /// That body as it stands in the ledger.
    pub body_json: String,
    /// What is known of it now, where that was put right since.
    pub now: Option<Description>,
}

/// Records, newest first.
#[derive(Clone, Debug)]
pub struct RecordPage {
    /// The records.
    pub rows: Vec<RecordRow>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

/// Which entries are wanted. Every part narrows.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// By this account.
    pub actor: Option<LoginName>,
    /// Of this event, by its stored name.
    pub event: Option<String>,
    /// About this client.
    pub client: Option<ClientNo>,
    /// About this record.
    pub record: Option<RecordId>,
    /// Of this branch.
    pub branch: Option<BranchCode>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// An entry in the trail.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Its number in the ledger.
    pub index: u64,
    /// The entry.
    pub entry: Entry,
    /// The line as it stands in the ledger.
    pub line: String,
}

/// Entries, newest first.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// The entries.
    pub rows: Vec<AuditRow>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

/// The entries that put right what is known of a record.
const DESCRIBING: [Event; 2] = [Event::RecordAssigned, Event::RecordCorrected];

const FIRST_DAY: &str = "0001-01-01";
const LAST_DAY: &str = "9999-12-30";

impl RecordFilter {
    fn query(&self, before: Option<Cursor>, limit: usize) -> Query {
        let mut all = Vec::new();
        let mut add = |dimension, value: Option<&str>| {
            all.extend(value.map(|value| Term::new(dimension, value)));
        };
        add(
            Dimension::Branch,
            self.branch.as_ref().map(BranchCode::as_str),
        );
        add(
            Dimension::Client,
            self.client.as_ref().map(ClientNo::as_str),
        );
        add(Dimension::Class, self.class.as_ref().map(ClassCode::as_str));
        add(Dimension::Flow, self.flow.as_ref().map(FlowNo::as_str));
        let statuses = match self.status {
            Some(status) => vec![status],
            None => vec![Status::Filed, Status::Exception],
        };
        let mut events: Vec<Event> = statuses.iter().map(|one| one.event()).collect();
        // What was put right since is found by what it is now.
        let by_day = self.business_from.is_some() || self.business_to.is_some();
        if by_day || self.client.is_some() || self.class.is_some() || self.flow.is_some() {
            events.extend(DESCRIBING);
        }
        let events = events
            .into_iter()
            .map(|event| Term::new(Dimension::Event, event.as_str()))
            .collect();
        let captured = span(self.captured_from, self.captured_to).map(|(from, to)| {
            let after = to.date().tomorrow().map_or(to, BusinessDate::new);
            (from.starts_at(), after.starts_at())
        });
        Query {
            all,
            any: vec![events],
            business_date: span(self.business_from, self.business_to),
            at: captured,
            before,
            limit,
        }
    }
}

impl RecordFilter {
    /// Whether this is what it asks for, as far as anything that may be put right goes.
    fn fits(&self, known: &Description) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, known: Option<&T>) -> bool {
            wanted.is_none() || wanted == known
        }
        let (from, to) = (self.business_from, self.business_to);
        let day = known.business_date;
        is(self.client.as_ref(), known.client.as_ref())
            && is(self.class.as_ref(), known.class.as_ref())
            && is(self.flow.as_ref(), known.flow.as_ref())
            && from.is_none_or(|from| day.is_some_and(|day| from <= day))
            && to.is_none_or(|to| day.is_some_and(|day| day <= to))
    }
}

impl RecordRow {
    /// What is known of it now.
    #[must_use]
    pub fn known(&self) -> Description {
        let filed = || filed_with(&self.body.facts);
        self.now.clone().unwrap_or_else(filed)
    }
}

/// A span of days with open ends closed; `None` where both are open.
fn span(
    from: Option<BusinessDate>,
    to: Option<BusinessDate>,
) -> Option<(BusinessDate, BusinessDate)> {
    let first = FIRST_DAY.parse().ok()?;
    let last = LAST_DAY.parse().ok()?;
    (from.is_some() || to.is_some()).then(|| (from.unwrap_or(first), to.unwrap_or(last)))
}

impl AuditFilter {
    fn query(&self, before: Option<Cursor>, limit: usize) -> Query {
        let mut all = Vec::new();
        let mut add = |dimension, value: Option<String>| {
            all.extend(value.map(|value| Term::new(dimension, value)));
        };
        add(
            Dimension::Actor,
            self.actor.as_ref().map(ToString::to_string),
        );
        add(Dimension::Event, self.event.clone());
        add(
            Dimension::Client,
            self.client.as_ref().map(ToString::to_string),
        );
        add(
            Dimension::Record,
            self.record.map(|record| record.to_string()),
        );
        add(
            Dimension::Branch,
            self.branch.as_ref().map(ToString::to_string),
        );
        let at = (self.from.is_some() || self.to.is_some()).then(|| {
            (
                self.from.unwrap_or(Timestamp::from_unix_ms(i64::MIN)),
                self.to.unwrap_or(Timestamp::from_unix_ms(i64::MAX)),
            )
        });
        Query {
            all,
            at,
            before,
            limit,
            ..Query::default()
        }
    }
}

impl Archive {
    /// A page of records, newest first.
    pub fn list(
        &self,
        filter: &RecordFilter,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<RecordPage, ArchiveError> {
        let Page { rows, next } = self.catalog().query(&filter.query(before, limit))?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let entry = Entry::parse(&row.line)?;
            let record = match entry.body()? {
                Some(Body::RecordFiled(_) | Body::RecordExcepted(_)) => {
                    let filed = record_row(row.index, &row.line)?;
                    filed.map(|filed| self.as_now(filed)).transpose()?
                }
                Some(Body::RecordAssigned(body)) => {
                    self.put_right(body.record, row.index, filter)?
                }
                Some(Body::RecordCorrected(body)) => {
                    self.put_right(body.record, row.index, filter)?
                }
                _ => None,
            };
            found.extend(record.filter(|record| filter.fits(&record.known())));
        }
        Ok(RecordPage { rows: found, next })
    }

    fn as_now(&self, filed: RecordRow) -> Result<RecordRow, ArchiveError> {
        let now = Lookup::of(self.catalog()).described(filed.body.facts.record)?;
        Ok(RecordRow { now, ..filed })
    }

    /// The record of an entry that put it right: only of the last such entry, and only where it is
    /// not found by what it was filed with.
    fn put_right(
        &self,
        record: RecordId,
        entry: u64,
        filter: &RecordFilter,
    ) -> Result<Option<RecordRow>, ArchiveError> {
        let last = self.newest(record, &DESCRIBING)?;
        let filed = self.show(record)?;
        let by_filing = filter.fits(&filed_with(&filed.body.facts));
        let wanted = filter.status.is_none_or(|status| status == filed.status);
        let is_last = last.is_some_and(|last| last.index == entry);
        Ok((is_last && wanted && !by_filing).then_some(filed))
    }

    fn newest(&self, record: RecordId, events: &[Event]) -> Result<Option<Row>, ArchiveError> {
        let events = events.iter();
        let query = Query {
            all: vec![Term::new(Dimension::Record, record.to_string())],
            any: vec![
                events
                    .map(|event| Term::new(Dimension::Event, event.as_str()))
                    .collect(),
            ],
            limit: 1,
            ..Query::default()
        };
        Ok(self.catalog().query(&query)?.rows.into_iter().next())
    }

    /// One record, with what is known of it now.
    pub fn show(&self, record: RecordId) -> Result<RecordRow, ArchiveError> {
        self.as_now(self.filed(record)?)
    }

    /// One record as it was filed.
    pub(crate) fn filed(&self, record: RecordId) -> Result<RecordRow, ArchiveError> {
        let filing = [Event::RecordFiled, Event::RecordExcepted];
        let row = self.newest(record, &filing)?;
        let row = row.ok_or(ArchiveError::NoRecord { record })?;
        record_row(row.index, &row.line)?.ok_or(ArchiveError::NoRecord { record })
    }

    /// A page of the trail (审计追踪), newest first.
    pub fn audit(
        &self,
        filter: &AuditFilter,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<AuditPage, ArchiveError> {
        let Page { rows, next } = self.catalog().query(&filter.query(before, limit))?;
        let rows = rows
            .into_iter()
            .map(|row| {
                Ok(AuditRow {
                    index: row.index,
                    entry: Entry::parse(&row.line)?,
                    line: row.line,
                })
            })
            .collect::<Result<_, ArchiveError>>()?;
        Ok(AuditPage { rows, next })
    }
}

fn record_row(index: u64, line: &str) -> Result<Option<RecordRow>, ArchiveError> {
    let entry = Entry::parse(line)?;
    let (status, body) = match entry.body()? {
        Some(Body::RecordFiled(body)) => (Status::Filed, body),
        Some(Body::RecordExcepted(body)) => (Status::Exception, body),
        _ => return Ok(None),
    };
    let body_json = entry.body_json().to_owned();
    Ok(Some(RecordRow {
        entry: index,
        at: entry.at,
        status,
        body,
        body_json,
        now: None,
    }))
}
