//! A branch's day (营业日): what was done, what is missing and what is surplus; reconciled by those
//! who handled it, and closed (R26).

use std::collections::{BTreeMap, BTreeSet};

use domain::{Actor, BranchCode, BusinessDate, Digest, FlowNo, FondsId, LoginName, RecordId, Via};
use entries::{Body, DayClosed, DayReconciled, Draft, MissingExplained, SurplusExplained};
use journal::{JournalError, Lookup, signed};
use policy::case::Workflow as _;
use policy::day_closing::{
    Account, Books, Command, DAY_CLOSING, Day, DayGrounds, Difference, Event, Explanation,
    RECONCILIATION,
};
use policy::flow::{Flow, TaskId, TaskStanding};

use crate::cases::{own, with_grounds};
use crate::{Archive, ArchiveError};

/// What was handled under one account on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountDay {
    /// How many flows, those that were cancelled among them.
    pub flows: u32,
    /// How many tasks were made of them.
    pub tasks: u32,
    /// Tasks whose image waits for its review.
    pub scanned: u32,
    /// Tasks whose image was found in order.
    pub reviewed: u32,
    /// Tasks that a document serves which was kept already.
    pub shared: u32,
    /// Flows whose documents were verified and found in order.
    pub verified: u32,
    /// Tasks that two people have waived.
    pub waived: u32,
    /// What is missing, with the class of the document; of a flow without a task its business.
    pub missing: BTreeMap<Difference, String>,
    /// Whether somebody has answered for all that as it stands now.
    pub is_reconciled: bool,
}

/// A branch's day as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchDay {
    /// By the accounts under which flows were handled.
    pub accounts: BTreeMap<LoginName, AccountDay>,
    /// Records of the branch that stand for no task now. They are explained when the day is closed;
    /// those that come later change nothing of it.
    pub surplus: BTreeSet<Difference>,
    /// Whether it was ever closed.
    pub was_closed: bool,
    /// Whether it is closed as it stands now.
    pub is_closed: bool,
}

/// Why what does not add up is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explained {
    /// Difference by difference.
    pub one_by_one: Vec<(Difference, String)>,
    /// Of all others.
    pub rest: Option<String>,
}

impl Explained {
    /// The differences by their reasons.
    fn of(&self, differences: &BTreeSet<Difference>) -> Vec<Explanation> {
        let mut rest = differences.clone();
        let mut reasons: BTreeMap<&str, Vec<Difference>> = BTreeMap::new();
        for (difference, reason) in &self.one_by_one {
            rest.remove(difference);
            reasons.entry(reason).or_default().push(difference.clone());
        }
        if let Some(reason) = self.rest.as_ref().filter(|_| !rest.is_empty()) {
            reasons.entry(reason).or_default().extend(rest);
        }
        let explanation = |(reason, differences): (&str, Vec<Difference>)| Explanation {
            differences,
            reason: reason.to_owned(),
        };
        reasons.into_iter().map(explanation).collect()
    }
}

impl Archive {
    /// A branch's day as it stands now.
    ///
    /// # Errors
    /// The catalog could not be read.
    pub fn day(&self, branch: &BranchCode, day: BusinessDate) -> Result<BranchDay, ArchiveError> {
        let lookup = Lookup::of(self.catalog());
        let read = Read::of(lookup, (branch, day), self.fonds.fonds)?;
        let state = lookup.day(branch, day)?;
        let mut accounts = read.accounts;
        for (operator, account) in &mut accounts {
            let stands = read.books.accounts.get(operator);
            account.is_reconciled =
                stands.is_some_and(|stands| state.stands_reconciled(operator, stands));
        }
        Ok(BranchDay {
            accounts,
            was_closed: state.closed.is_some(),
            is_closed: state.stands_closed(&read.books),
            surplus: read.books.surplus,
        })
    }

    /// Answers for the flows of an account as they stand in this moment (R26).
    ///
    /// # Errors
    /// Whoever acts may not, something is unexplained, or it cannot be entered.
    pub async fn reconcile(
        &self,
        (branch, day): (&BranchCode, BusinessDate),
        operator: &LoginName,
        explained: Explained,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let operator = operator.clone();
        let command = move |books: &Books| {
            let account = books.accounts.get(&operator);
            let nothing = BTreeSet::new();
            Command::Reconcile {
                operator: operator.clone(),
                content: account.map_or_else(|| Digest::of(b""), |account| account.content),
                explained: explained.of(account.map_or(&nothing, |account| &account.missing)),
            }
        };
        self.act_on_day((branch, day), RECONCILIATION, command, by)
            .await
    }

    /// Closes a branch's day as it stands in this moment.
    ///
    /// # Errors
    /// As [`Archive::reconcile`]; or an account is not reconciled.
    pub async fn close_day(
        &self,
        (branch, day): (&BranchCode, BusinessDate),
        explained: Explained,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let command = move |books: &Books| Command::Close {
            content: books.content,
            explained: explained.of(&books.surplus),
        };
        self.act_on_day((branch, day), DAY_CLOSING, command, by)
            .await
    }

    async fn act_on_day(
        &self,
        (branch, day): (&BranchCode, BusinessDate),
        procedure: &'static str,
        command: impl Fn(&Books) -> Command + Clone + Send + 'static,
        (actor, via): (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let (branch, fonds) = (branch.clone(), self.fonds.fonds);
        let (actor, via) = (actor.clone(), via.clone());
        self.enter_and_tell(move |id, view, ruling| {
            let (lookup, today) = (view.lookup(), view.at().china_day());
            let read = Read::of(lookup, (&branch, day), fonds)?;
            let state = lookup.day(&branch, day)?;
            let command = command(&read.books);
            let (event, known) = with_grounds(
                lookup,
                (ruling, today),
                (procedure, &own(&branch)),
                (&actor, &via),
                |acting, grounds| {
                    let books = &read.books;
                    Day::decide(&state, &command, acting, &DayGrounds { grounds, books })
                },
            )?;
            let draft = Draft {
                id,
                actor: known,
                via: via.clone(),
                body: read.body(event, &branch, day),
                rules: ruling.name.clone(),
            };
            Ok((draft, ()))
        })
        .await
    }
}

/// A day as it was read.
struct Read {
    books: Books,
    accounts: BTreeMap<LoginName, AccountDay>,
}

impl Read {
    fn of(
        lookup: Lookup<'_>,
        (branch, day): (&BranchCode, BusinessDate),
        fonds: FondsId,
    ) -> Result<Self, JournalError> {
        let sheets = lookup.sheets(branch, day)?.into_iter();
        let flows: BTreeMap<FlowNo, Flow> = sheets.flat_map(|(_, sheet)| sheet.flows).collect();
        let mut accounts: BTreeMap<LoginName, AccountDay> = BTreeMap::new();
        let mut statements: BTreeMap<LoginName, Vec<String>> = BTreeMap::new();
        for (number, flow) in &flows {
            let Some(facts) = &flow.facts else { continue };
            let operator = &facts.operator;
            accounts
                .entry(operator.clone())
                .or_default()
                .count(number, flow);
            let head = || {
                vec![format!(
                    "vouchsafe-reconciliation/1\n{fonds}\n{branch}\n{day}\n{operator}\n"
                )]
            };
            let statement = statements.entry(operator.clone()).or_insert_with(head);
            statement.extend(lines(number, flow));
        }
        let waiting = lookup.queue(Some(branch))?.into_iter();
        let surplus: BTreeSet<Difference> = waiting
            .map(|(record, _)| Difference::Surplus(record))
            .collect();
        let mut whole = vec![format!("vouchsafe-day/1\n{fonds}\n{branch}\n{day}\n")];
        let mut books = BTreeMap::new();
        for (operator, statement) in statements {
            let content = Digest::of(statement.concat().as_bytes());
            whole.push(format!("{operator} {content}\n"));
            let account = Account {
                owner: lookup.owner(&operator)?,
                content,
                missing: accounts
                    .get(&operator)
                    .map(|account| account.missing.keys().cloned().collect())
                    .unwrap_or_default(),
            };
            books.insert(operator, account);
        }
        Ok(Self {
            books: Books {
                accounts: books,
                content: Digest::of(whole.concat().as_bytes()),
                surplus,
            },
            accounts,
        })
    }

    /// What an event is in the ledger.
    fn body(&self, event: Event, branch: &BranchCode, day: BusinessDate) -> Body {
        match event {
            Event::Reconciled {
                operator,
                signature,
                explained,
            } => {
                let account = self.accounts.get(&operator);
                Body::DayReconciled(DayReconciled {
                    branch: branch.clone(),
                    business_date: day,
                    flows: account.map_or(0, |account| account.flows),
                    tasks: account.map_or(0, |account| account.tasks),
                    operator,
                    missing: explained.into_iter().map(missing).collect(),
                    signature: signed(&signature),
                })
            }
            Event::Closed {
                signature,
                explained,
            } => Body::DayClosed(DayClosed {
                branch: branch.clone(),
                business_date: day,
                surplus: explained.into_iter().map(surplus).collect(),
                signature: signed(&signature),
            }),
        }
    }
}

impl AccountDay {
    fn count(&mut self, number: &FlowNo, flow: &Flow) {
        self.flows += 1;
        self.verified += u32::from(flow.is_in_order());
        let difference = |number: &FlowNo, task| {
            Difference::Missing(TaskId {
                flow: number.clone(),
                number: task,
            })
        };
        let mut is_open = false;
        for (task, state) in flow.numbered() {
            self.tasks += 1;
            match &state.standing {
                TaskStanding::ToScan | TaskStanding::WaiverAsked { .. } => {
                    is_open = true;
                    self.missing
                        .insert(difference(number, task), state.class.to_string());
                }
                TaskStanding::Scanned { .. } => {
                    is_open = true;
                    self.scanned += 1;
                }
                TaskStanding::Reviewed { .. } => self.reviewed += 1,
                TaskStanding::Shared { .. } => self.shared += 1,
                TaskStanding::Waived => self.waived += 1,
                TaskStanding::Replaced { .. } | TaskStanding::Withdrawn => {}
            }
        }
        if let Some(facts) = flow
            .facts
            .as_ref()
            .filter(|_| !is_open && !flow.is_at_rest())
        {
            let business = facts.business.to_string();
            self.missing.insert(difference(number, 0), business);
        }
    }
}

/// A flow and its tasks, as they are signed.
fn lines(number: &FlowNo, flow: &Flow) -> Vec<String> {
    let cancelled = if flow.cancelled { " cancelled" } else { "" };
    let mut lines = vec![format!("{number}{cancelled}\n")];
    for (task, state) in flow.numbered() {
        let standing = match &state.standing {
            TaskStanding::ToScan => "to-scan",
            TaskStanding::WaiverAsked { .. } => "waiver-asked",
            // That an image was reviewed is the next day's work (R29), and changes nothing here.
            TaskStanding::Scanned { .. } | TaskStanding::Reviewed { .. } => "scanned",
            TaskStanding::Shared { .. } => "shared",
            TaskStanding::Waived => "waived",
            TaskStanding::Replaced { .. } => "replaced",
            TaskStanding::Withdrawn => "withdrawn",
        };
        let record = state.standing.record();
        let record = record.map_or_else(|| "-".to_owned(), |record| record.to_string());
        lines.push(format!(
            "{number}/{task} {} {standing} {record}\n",
            state.class
        ));
    }
    lines
}

fn missing(explanation: Explanation) -> MissingExplained {
    let mut tasks: Vec<(FlowNo, Vec<u16>)> = Vec::new();
    for difference in explanation.differences {
        let Difference::Missing(TaskId { flow, number }) = difference else {
            continue;
        };
        // A flow without a task is told of by its number alone.
        let number = Some(number).filter(|number| *number > 0);
        match tasks.last_mut().filter(|(last, _)| *last == flow) {
            Some((_, numbers)) => numbers.extend(number),
            None => tasks.push((flow, number.into_iter().collect())),
        }
    }
    MissingExplained {
        tasks,
        reason: explanation.reason,
    }
}

fn surplus(explanation: Explanation) -> SurplusExplained {
    let record = |difference| match difference {
        Difference::Surplus(record) => Some(record),
        Difference::Missing(_) => None,
    };
    let records: Vec<RecordId> = explanation
        .differences
        .into_iter()
        .filter_map(record)
        .collect();
    SurplusExplained {
        records,
        reason: explanation.reason,
    }
}
