//! Descriptions (著录项): what is known of a record, put right with what stood there before kept.
//!
//! A record that stands for a task has the client, the flow, the day and the class of that task:
//! whoever finds those wrong sends the image back, or has the flow corrected.

use domain::{AccountNo, BusinessDate, ClassCode, ClientNo, Digest, FlowNo};
use serde::{Deserialize, Serialize};

use crate::case::{Acting, Grounds, Workflow};
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};

/// The procedure by which descriptions are corrected.
pub const PROCEDURE: &str = "record-correction";
/// The position of whoever corrects one.
pub const CORRECTOR: &str = "corrector";
/// The longest name of a document, in characters.
const NAME_CHARS_MAX: usize = 80;

/// What may be corrected of what is known of a record. As a correction, what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The client (客户号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientNo>,
    /// The class (资料类别).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassCode>,
    /// The flow (业务流水号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowNo>,
    /// The day of the business (业务日期).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_date: Option<BusinessDate>,
    /// The account (账户).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountNo>,
    /// The name of the document (文件名称).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_name: Option<String>,
}

impl Description {
    /// What is known once a correction holds.
    #[must_use]
    pub fn corrected(self, now: &Self) -> Self {
        let now = now.clone();
        Self {
            client: now.client.or(self.client),
            class: now.class.or(self.class),
            flow: now.flow.or(self.flow),
            business_date: now.business_date.or(self.business_date),
            account: now.account.or(self.account),
            document_name: now.document_name.or(self.document_name),
        }
    }

    /// Of a correction, what changes anything.
    #[must_use]
    pub fn changed(&self, now: &Self) -> Self {
        fn new<T: Clone + PartialEq>(before: Option<&T>, now: Option<&T>) -> Option<T> {
            now.filter(|now| before != Some(now)).cloned()
        }
        Self {
            client: new(self.client.as_ref(), now.client.as_ref()),
            class: new(self.class.as_ref(), now.class.as_ref()),
            flow: new(self.flow.as_ref(), now.flow.as_ref()),
            business_date: new(self.business_date.as_ref(), now.business_date.as_ref()),
            account: new(self.account.as_ref(), now.account.as_ref()),
            document_name: new(self.document_name.as_ref(), now.document_name.as_ref()),
        }
    }

    /// What stood where a correction puts something else.
    #[must_use]
    pub fn before(&self, now: &Self) -> Self {
        let this = self.clone();
        Self {
            client: this.client.filter(|_| now.client.is_some()),
            class: this.class.filter(|_| now.class.is_some()),
            flow: this.flow.filter(|_| now.flow.is_some()),
            business_date: this.business_date.filter(|_| now.business_date.is_some()),
            account: this.account.filter(|_| now.account.is_some()),
            document_name: this.document_name.filter(|_| now.document_name.is_some()),
        }
    }

    /// Whether it says anything that a task says of its document.
    fn is_of_task(&self) -> bool {
        self.client.is_some()
            || self.class.is_some()
            || self.flow.is_some()
            || self.business_date.is_some()
    }
}

/// A record as far as its description goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// What is known of it.
    pub known: Description,
    /// Whether it stands for a task.
    pub has_task: bool,
}

/// What somebody asks: to put a description right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is right; what is `None` stays.
    pub now: Description,
    /// Why.
    pub reason: String,
}

/// What has happened: a description was put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What stood there.
    pub before: Description,
    /// What stands there now.
    pub now: Description,
    /// Why.
    pub reason: String,
}

impl Workflow for Described {
    type Command = Command;
    type Event = Event;
    type Grounds<'a> = Grounds<'a>;

    fn decide(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Event, Refusal> {
        grounds.sign(CORRECTOR, by, Digest::of(b""), &[])?;
        let now = self.known.changed(&command.now);
        if now == Description::default() {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                &["R13"],
                "a correction that changes nothing",
                "something else than what is known",
            ));
        }
        if self.has_task && now.is_of_task() {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                &["R25"],
                "client, class, flow or day of a record that stands for a task",
                "to send the image back, or to have the flow corrected: both are its task's",
            ));
        }
        if let Some(class) = &now.class
            && !grounds.profile.classes.contains_key(class)
        {
            return Err(Refusal::new(
                RefusalCode::OtherContent,
                &["R22"],
                format!(
                    "{class}, a class that {} does not have",
                    grounds.profile.name
                ),
                "one of its classes",
            ));
        }
        if let Some(name) = &now.document_name {
            let characters = name.chars().count();
            if name.trim().is_empty()
                || characters > NAME_CHARS_MAX
                || name.chars().any(char::is_control)
            {
                return Err(Refusal::new(
                    RefusalCode::OtherContent,
                    &["R22"],
                    format!("a name of {characters} characters"),
                    format!("the name of a document, in one line of at most {NAME_CHARS_MAX}"),
                ));
            }
        }
        Ok(Event {
            before: self.known.before(&now),
            reason: demand_reason(&command.reason)?,
            now,
        })
    }

    fn apply(mut self, event: &Event) -> Self {
        let there = self.known.before(&event.now) == event.before;
        if there && !(self.has_task && event.now.is_of_task()) {
            self.known = self.known.corrected(&event.now);
        }
        self
    }
}
