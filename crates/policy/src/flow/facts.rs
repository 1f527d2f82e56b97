//! What the counter system says of a flow, and which documents that makes.

use domain::{AccountNo, BranchCode, BusinessCode, BusinessDate, ClassCode, ClientNo, LoginName};
use serde::{Deserialize, Serialize};

use crate::profile::{Profile, Template};

/// By which way a business came (办理渠道).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// At a counter (临柜), on paper.
    Counter,
    /// Online (网上): its documents are born electronic, and are taken in as they are (R15).
    Online,
}

impl Channel {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Counter, Self::Online];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Online => "online",
        }
    }
}

/// What the counter system says of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowFacts {
    /// The branch where it was done.
    pub branch: BranchCode,
    /// The day on which it was done: T.
    pub business_date: BusinessDate,
    /// The client.
    pub client: ClientNo,
    /// The account that it concerns, if one.
    pub account: Option<AccountNo>,
    /// Its type.
    pub business: BusinessCode,
    /// The account of the clerk who handled it.
    pub operator: LoginName,
    /// By which way it came.
    pub channel: Channel,
}

/// The template of a business, if the profile has one.
#[must_use]
pub fn template<'p>(profile: &'p Profile, business: &BusinessCode) -> Option<&'p Template> {
    let mut templates = profile.templates.iter();
    templates.find(|template| template.business == business.as_str())
}

/// The classes of the documents that a business is to scan: those of its template, and none that
/// are born electronic, by their class or by the way in which the business came (R15).
#[must_use]
pub fn tasks_of(profile: &Profile, facts: &FlowFacts) -> Vec<ClassCode> {
    match facts.channel {
        Channel::Online => Vec::new(),
        Channel::Counter => {
            let listed = template(profile, &facts.business).map(|template| &template.tasks);
            let on_paper = |class: &&ClassCode| {
                let known = profile.classes.get(*class);
                known.is_some_and(|class| !class.native)
            };
            listed
                .into_iter()
                .flatten()
                .filter(on_paper)
                .cloned()
                .collect()
        }
    }
}
