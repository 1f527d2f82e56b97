//! What happens to flows, as entries tell it and as `policy` decides about it: both ways, so that
//! what is written is what is read.

use domain::{ClassCode, FlowNo, PersonId, RecordId};
use entries::{
    Assurance, Body, Channel, DeadlineMissed, Filing, FlowCancelled, FlowCorrected, FlowSaid,
    FlowTaken, FlowVerified, FlowsRecorded, ReviewPassed, ReviewReturned, SheetRef, Signed,
    TaskAdded, TaskAdjusted, TaskRef, TaskShared, WaiverAsked, WaiverDenied, WaiverGranted,
};
use policy::authority;
use policy::flow::{self, Flow, FlowFacts, Found, Means};

/// A flow, the sheet that it stood in, the one that it stands in, and what has happened.
pub(crate) type Told = (FlowNo, SheetRef, SheetRef, flow::Event);

/// What an entry says of each flow: the flow, the sheet that it stood in, the one that it stands
/// in, and what has happened.
#[expect(clippy::too_many_lines, reason = "an arm for each event")]
pub(crate) fn events_of(body: &Body) -> Vec<Told> {
    let one = |flow: &FlowNo, sheet: &SheetRef, event| {
        vec![(flow.clone(), sheet.clone(), sheet.clone(), event)]
    };
    match body {
        Body::FlowsRecorded(recorded) => {
            let sheet = &recorded.sheet;
            let taken = recorded.flows.iter().flat_map(|taken| {
                let (facts, tasks) = (facts_taken(sheet, taken), taken.tasks.clone());
                one(&taken.flow, sheet, flow::Event::Recorded { facts, tasks })
            });
            taken.collect()
        }
        Body::FlowCorrected(body) => {
            let (flow, sheet, to) = (body.flow.clone(), body.sheet.clone(), body.to.clone());
            vec![(flow, sheet, to, corrected(body))]
        }
        Body::FlowCancelled(body) => {
            let withdrawn = body.withdrawn.clone();
            one(
                &body.flow,
                &body.sheet,
                flow::Event::Cancelled { withdrawn },
            )
        }
        Body::TaskAdded(body) => {
            let (class, reason) = (body.class.clone(), body.reason.clone());
            one(
                &body.flow,
                &body.sheet,
                flow::Event::TaskAdded { class, reason },
            )
        }
        Body::TaskAdjusted(body) => {
            let event = flow::Event::TaskAdjusted {
                number: body.task,
                class: body.class.clone(),
                reason: body.reason.clone(),
            };
            one(&body.flow, &body.sheet, event)
        }
        Body::WaiverAsked(body) => one(&body.flow, &body.sheet, asked(body)),
        Body::WaiverGranted(body) => {
            let (number, signature) = (body.task, signature(&body.signature));
            let event = flow::Event::WaiverGranted { number, signature };
            one(&body.flow, &body.sheet, event)
        }
        Body::WaiverDenied(body) => {
            let (number, reason) = (body.task, body.reason.clone());
            let event = flow::Event::WaiverDenied { number, reason };
            one(&body.flow, &body.sheet, event)
        }
        Body::RecordFiled(body) => match &body.filing {
            Some(Filing::Task {
                at, signature: by, ..
            }) => scanned(at, body.facts.record, by),
            Some(Filing::Open { .. }) | None => Vec::new(),
        },
        Body::RecordAssigned(body) => scanned(&body.at, body.record, &body.signature),
        Body::ReviewPassed(body) => {
            let (number, signature) = (body.at.task, signature(&body.signature));
            let event = flow::Event::ReviewPassed { number, signature };
            one(&body.at.flow, &body.at.sheet, event)
        }
        Body::ReviewReturned(body) => {
            let (number, reason) = (body.at.task, body.reason.clone());
            let event = flow::Event::ReviewReturned { number, reason };
            one(&body.at.flow, &body.at.sheet, event)
        }
        Body::TaskShared(body) => {
            let event = flow::Event::Shared {
                number: body.at.task,
                record: body.record,
                valid_to: body.valid_to,
                reason: body.reason.clone(),
            };
            one(&body.at.flow, &body.at.sheet, event)
        }
        Body::FlowVerified(body) => match verified(body) {
            Some(event) => one(&body.flow, &body.sheet, event),
            // Another program's words change nothing here.
            None => Vec::new(),
        },
        Body::DeadlineMissed(body) => missed(body),
        Body::BranchesRecorded(_)
        | Body::ClientsRecorded(_)
        | Body::AccountsRecorded(_)
        | Body::DayReconciled(_)
        | Body::DayClosed(_)
        | Body::FondsCreated(_)
        | Body::BatchReceived(_)
        | Body::BatchInterrupted(_)
        | Body::BatchClosed(_)
        | Body::RecordExcepted(_)
        | Body::RecordKept(_)
        | Body::RecordRejected(_)
        | Body::RecordRescanned(_)
        | Body::RecordOpened(_)
        | Body::TextSearched(_)
        | Body::ActInterrupted(_)
        | Body::PersonRecorded(_)
        | Body::RulesProposed(_)
        | Body::RulesConfirmed(_)
        | Body::RulesRejected(_)
        | Body::RulesWithdrawn(_)
        | Body::RecordCorrected(_)
        | Body::ClientClaimed(_)
        | Body::ClientGiven(_)
        | Body::ChangeAsked(_)
        | Body::ChangeConfirmed(_)
        | Body::ChangeRejected(_)
        | Body::ChangeWithdrawn(_)
        | Body::FindingReported(_)
        | Body::FindingMended(_)
        | Body::FindingDismissed(_) => Vec::new(),
    }
}

fn corrected(body: &FlowCorrected) -> flow::Event {
    flow::Event::Corrected {
        facts: facts_said(&body.now),
        withdrawn: body.withdrawn.clone(),
        added: body.added.clone(),
    }
}

fn asked(body: &WaiverAsked) -> flow::Event {
    flow::Event::WaiverAsked {
        number: body.task,
        class: body.class.clone(),
        reason: body.reason.clone(),
        signature: signature(&body.signature),
    }
}

fn verified(body: &FlowVerified) -> Option<flow::Event> {
    let word = |word: &String| Means::ALL.into_iter().find(|one| one.as_str() == word);
    let found = [Found::InOrder, Found::Defective];
    Some(flow::Event::Verified {
        means: body.means.iter().map(word).collect::<Option<_>>()?,
        found: found.into_iter().find(|one| one.as_str() == body.found)?,
        reason: body.reason.clone(),
        signature: signature(&body.signature),
    })
}

fn scanned(at: &TaskRef, record: RecordId, by: &Signed) -> Vec<Told> {
    let event = flow::Event::Scanned {
        number: at.task,
        record,
        signature: signature(by),
    };
    vec![(at.flow.clone(), at.sheet.clone(), at.sheet.clone(), event)]
}

fn missed(body: &DeadlineMissed) -> Vec<Told> {
    let what = match body.duty.as_str() {
        "capture" => flow::Missed::Capture,
        "review" => flow::Missed::Review,
        // Another program's duty changes nothing here.
        _ => return Vec::new(),
    };
    let one = |(flow, numbers): &(FlowNo, Vec<u16>)| {
        let numbers = if numbers.is_empty() {
            vec![0]
        } else {
            numbers.clone()
        };
        let event = flow::Event::Missed { what, numbers };
        (flow.clone(), body.sheet.clone(), body.sheet.clone(), event)
    };
    body.open.iter().map(one).collect()
}

const fn channel(stored: Channel) -> flow::Channel {
    match stored {
        Channel::Counter => flow::Channel::Counter,
        Channel::Online => flow::Channel::Online,
    }
}

fn facts_taken(sheet: &SheetRef, taken: &FlowTaken) -> FlowFacts {
    FlowFacts {
        branch: sheet.branch.clone(),
        business_date: sheet.business_date,
        client: taken.client.clone(),
        account: taken.account.clone(),
        business: taken.business.clone(),
        operator: taken.operator.clone(),
        channel: channel(taken.channel),
    }
}

fn facts_said(said: &FlowSaid) -> FlowFacts {
    FlowFacts {
        branch: said.branch.clone(),
        business_date: said.business_date,
        client: said.client.clone(),
        account: said.account.clone(),
        business: said.business.clone(),
        operator: said.operator.clone(),
        channel: channel(said.channel),
    }
}

/// A signature of an entry, as it is decided about.
#[must_use]
pub fn signature(signed: &Signed) -> authority::Signature {
    authority::Signature {
        position: signed.position.clone(),
        person: signed.person.clone(),
        day: signed.day,
        content: signed.content,
        assurance: match signed.assurance {
            Assurance::Asserted => authority::Assurance::Asserted,
        },
    }
}

/// A flow as a new sheet names it.
#[must_use]
pub fn taken(flow: FlowNo, facts: FlowFacts, tasks: Vec<ClassCode>) -> FlowTaken {
    FlowTaken {
        flow,
        client: facts.client,
        account: facts.account,
        business: facts.business,
        operator: facts.operator,
        channel: stored_channel(facts.channel),
        tasks,
    }
}

/// A flow as it stands, and where.
pub struct FlowPlace<'a> {
    /// The sheet that it stands in.
    pub sheet: SheetRef,
    /// The sheet that it stands in afterwards.
    pub to: SheetRef,
    /// The flow.
    pub flow: FlowNo,
    /// How it stands.
    pub state: &'a Flow,
}

impl FlowPlace<'_> {
    /// What an event is in the ledger; none of one that another act's entry tells of.
    #[must_use]
    pub fn body(self, event: &flow::Event, person: PersonId) -> Option<Body> {
        let state = self.state;
        let next = u16::try_from(state.tasks.len() + 1).unwrap_or(u16::MAX);
        // A machine decides about tasks that are there.
        let class_of = |number: u16| state.task(number).map(|task| task.class.clone());
        Some(match event {
            flow::Event::Recorded { facts, tasks } => {
                let flows = vec![taken(self.flow, facts.clone(), tasks.clone())];
                Body::FlowsRecorded(FlowsRecorded {
                    sheet: self.sheet,
                    flows,
                })
            }
            flow::Event::Corrected {
                facts,
                withdrawn,
                added,
            } => Body::FlowCorrected(FlowCorrected {
                sheet: self.sheet,
                to: self.to,
                flow: self.flow,
                was: said_of(state.facts.as_ref().unwrap_or(facts)),
                now: said_of(facts),
                withdrawn: withdrawn.clone(),
                added: added.clone(),
            }),
            flow::Event::Cancelled { withdrawn } => {
                let withdrawn = withdrawn.clone();
                Body::FlowCancelled(FlowCancelled {
                    sheet: self.sheet,
                    flow: self.flow,
                    withdrawn,
                })
            }
            flow::Event::TaskAdded { class, reason } => Body::TaskAdded(TaskAdded {
                sheet: self.sheet,
                flow: self.flow,
                task: next,
                class: class.clone(),
                reason: reason.clone(),
            }),
            flow::Event::TaskAdjusted {
                number,
                class,
                reason,
            } => Body::TaskAdjusted(TaskAdjusted {
                sheet: self.sheet,
                flow: self.flow,
                task: *number,
                was: class_of(*number).unwrap_or_else(|| class.clone()),
                by: next,
                class: class.clone(),
                reason: reason.clone(),
            }),
            flow::Event::Shared {
                number,
                record,
                valid_to,
                reason,
            } => Body::TaskShared(TaskShared {
                at: task_at(&self.sheet, &self.flow, *number),
                record: *record,
                valid_to: *valid_to,
                by: person,
                reason: reason.clone(),
            }),
            flow::Event::Verified {
                means,
                found,
                reason,
                signature,
            } => Body::FlowVerified(FlowVerified {
                sheet: self.sheet,
                flow: self.flow,
                means: means.iter().map(|one| one.as_str().to_owned()).collect(),
                found: found.as_str().to_owned(),
                reason: reason.clone(),
                signature: signed(signature),
            }),
            flow::Event::WaiverAsked { .. }
            | flow::Event::WaiverGranted { .. }
            | flow::Event::WaiverDenied { .. }
            | flow::Event::ReviewPassed { .. }
            | flow::Event::ReviewReturned { .. }
            | flow::Event::Scanned { .. }
            | flow::Event::Missed { .. } => return self.decided_by_two(event, person),
        })
    }

    /// As [`FlowPlace::body`], of what a second person has a part in.
    fn decided_by_two(self, event: &flow::Event, person: PersonId) -> Option<Body> {
        let Self {
            sheet, flow, state, ..
        } = self;
        let image = |number: u16| {
            let record = state.task(number)?.standing.record()?;
            Some((task_at(&sheet, &flow, number), record))
        };
        Some(match event {
            flow::Event::WaiverAsked {
                number,
                class,
                reason,
                signature,
            } => Body::WaiverAsked(WaiverAsked {
                sheet,
                flow,
                task: *number,
                class: class.clone(),
                reason: reason.clone(),
                signature: signed(signature),
            }),
            flow::Event::WaiverGranted { number, signature } => {
                let (task, signature) = (*number, signed(signature));
                Body::WaiverGranted(WaiverGranted {
                    sheet,
                    flow,
                    task,
                    signature,
                })
            }
            flow::Event::WaiverDenied { number, reason } => {
                let (task, by, reason) = (*number, person, reason.clone());
                Body::WaiverDenied(WaiverDenied {
                    sheet,
                    flow,
                    task,
                    by,
                    reason,
                })
            }
            flow::Event::ReviewPassed { number, signature } => {
                let (at, record) = image(*number)?;
                let signature = signed(signature);
                Body::ReviewPassed(ReviewPassed {
                    at,
                    record,
                    signature,
                })
            }
            flow::Event::ReviewReturned { number, reason } => {
                let ((at, record), by) = (image(*number)?, person);
                let reason = reason.clone();
                Body::ReviewReturned(ReviewReturned {
                    at,
                    record,
                    by,
                    reason,
                })
            }
            flow::Event::Recorded { .. }
            | flow::Event::Corrected { .. }
            | flow::Event::Cancelled { .. }
            | flow::Event::TaskAdded { .. }
            | flow::Event::TaskAdjusted { .. }
            | flow::Event::Shared { .. }
            | flow::Event::Verified { .. }
            | flow::Event::Scanned { .. }
            | flow::Event::Missed { .. } => return None,
        })
    }
}

fn task_at(sheet: &SheetRef, flow: &FlowNo, task: u16) -> TaskRef {
    TaskRef {
        sheet: sheet.clone(),
        flow: flow.clone(),
        task,
    }
}

fn said_of(facts: &FlowFacts) -> FlowSaid {
    FlowSaid {
        branch: facts.branch.clone(),
        business_date: facts.business_date,
        client: facts.client.clone(),
        account: facts.account.clone(),
        business: facts.business.clone(),
        operator: facts.operator.clone(),
        channel: stored_channel(facts.channel),
    }
}

const fn stored_channel(channel: flow::Channel) -> Channel {
    match channel {
        flow::Channel::Counter => Channel::Counter,
        flow::Channel::Online => Channel::Online,
    }
}

/// A signature as an entry keeps it.
#[must_use]
pub fn signed(signature: &authority::Signature) -> Signed {
    Signed {
        position: signature.position.clone(),
        person: signature.person.clone(),
        day: signature.day,
        content: signature.content,
        assurance: match signature.assurance {
            // There is no door yet by which anybody comes who is known better.
            authority::Assurance::Asserted | authority::Assurance::Signed => Assurance::Asserted,
        },
    }
}
