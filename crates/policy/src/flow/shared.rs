//! Sharing (资料共用, R24): a document that is kept already serves a task of another business.

use domain::{ClassCode, RecordId};

use super::{Command, Event, Flow, HANDLER, demand_seat, template};
use crate::case::{Acting, Grounds};
use crate::profile::Profile;
use crate::reason::demand_reason;
use crate::refusal::{Refusal, RefusalCode};
use crate::sharing::{Kept, Validity, Wanted, may_share};

/// A record that is to serve another task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRecord {
    /// The record.
    pub record: RecordId,
    /// Whether its image was found in order: what waits may still be sent back.
    pub in_order: bool,
    /// What is known of it.
    pub kept: Kept,
}

impl Flow {
    /// Decides whether a document that is kept serves a task.
    pub(super) fn decide_sharing(
        &self,
        command: &Command,
        by: Acting<'_>,
        grounds: &Grounds<'_>,
    ) -> Result<Event, Refusal> {
        let Command::Share {
            number,
            kept,
            reason,
        } = command
        else {
            return Err(self.wrong_state("a document to share"));
        };
        demand_seat(grounds, HANDLER, by)?;
        let facts = self.known()?;
        let task = self.to_scan(*number)?;
        let Some(template) = template(grounds.profile, &facts.business) else {
            return Err(Refusal::new(
                RefusalCode::OtherContent,
                &["R23", "R24"],
                format!("{}, a business without a template", facts.business),
                "a business whose template says what it shares",
            ));
        };
        let wanted = Wanted {
            client: &facts.client,
            class: &task.class,
            name: title_of(grounds.profile, &task.class),
        };
        may_share(grounds.profile, template, wanted, &kept.kept, grounds.day)?;
        if self.holds(kept.record) {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                &["R24", "R25"],
                format!("record {}, which another task of the flow has", kept.record),
                "a document of another business",
            ));
        }
        if !kept.in_order {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                &["R24", "R29"],
                format!("record {}, which no review has passed", kept.record),
                "an image that was found in order for the task that it stands for",
            ));
        }
        Ok(Event::Shared {
            number: *number,
            record: kept.record,
            valid_to: match kept.kept.validity {
                Validity::Until(day) => Some(day),
                Validity::ForGood | Validity::Unknown => None,
            },
            reason: demand_reason(reason)?,
        })
    }
}

/// What a document of a class is called (文件名称) unless somebody said otherwise.
#[must_use]
pub fn title_of<'p>(profile: &'p Profile, class: &ClassCode) -> &'p str {
    let class = profile.classes.get(class);
    class.map_or("", |class| class.title.zh.as_str())
}
