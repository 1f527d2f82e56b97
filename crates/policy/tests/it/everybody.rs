//! Everybody: one person for each role of a profile at each place where somebody might be said to
//! hold it, so that it can be looked at whole who may do what.

use domain::{BranchCode, BusinessDate, Digest};
use policy::authority::{Assurance, Branches, Grant, Person, Signature};
use policy::case::{Acting, Grounds, Workflow};
use policy::profile::Profile;
use policy::refusal::{Refusal, RefusalCode};

use crate::profiles::profile;

/// The branch that the cases are about.
pub const OWN: &str = "0012";
pub const OTHER: &str = "0077";
/// Where headquarters' roles are held.
pub const HQ: &str = "";
pub const TODAY: &str = "2026-11-20";
pub const REASON: &str = "与流水核对后确认";

/// 营业部 and 总部, by where a role belongs; whoever runs the system or audits belongs in neither.
const OF_BRANCHES: [&str; 6] = [
    "clerk",
    "reviewer",
    "archivist",
    "operations-head",
    "compliance-officer",
    "branch-head",
];

pub fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

/// What somebody signed today, or who says so.
pub fn signed(person: &str, position: &str, content: Digest) -> Signature {
    Signature {
        position: position.to_owned(),
        person: person.parse().unwrap(),
        day: day(TODAY),
        content,
        assurance: Assurance::Asserted,
    }
}

pub fn person(id: &str, roles: &[(&str, &str)]) -> Person {
    let grant = |(role, branch): &(&str, &str)| Grant {
        role: role.parse().unwrap(),
        branch: (*branch != HQ).then(|| branch.parse().unwrap()),
        from: day("2020-01-01"),
        to: None,
    };
    Person {
        id: id.parse().unwrap(),
        grants: roles.iter().map(grant).collect(),
    }
}

/// Whose people a position takes.
#[derive(Clone, Copy)]
pub enum From {
    /// Of the branch that the case is about.
    OwnBranch,
    /// Of any branch, or of headquarters: each where the role belongs.
    Anywhere,
}

/// What keeps somebody from a position that takes these roles, if anything does.
pub fn against(person: &Person, roles: &[&str], from: From) -> Option<RefusalCode> {
    let named = |grant: &&Grant| roles.contains(&grant.role.as_str());
    let held: Vec<&Grant> = person.grants.iter().filter(named).collect();
    let sits = |grant: &&&Grant| {
        let branch = grant.branch.as_ref().map(BranchCode::as_str);
        let of_branches = OF_BRANCHES.contains(&grant.role.as_str());
        match from {
            From::OwnBranch => branch == Some(OWN),
            From::Anywhere => branch.is_some() == of_branches,
        }
    };
    if held.is_empty() {
        Some(RefusalCode::NotInRole)
    } else if held.iter().any(|grant| sits(&grant)) {
        None
    } else {
        Some(RefusalCode::OtherBranch)
    }
}

/// The rules, the people and the day.
#[derive(Clone)]
pub struct World {
    pub profile: Profile,
    pub people: Vec<Person>,
    pub branches: Branches,
    pub day: BusinessDate,
    pub assurance: Assurance,
}

impl World {
    /// Each role at the branch, at another and at headquarters, under names such as `clerk.0012`
    /// and `clerk.hq`, and who else there is to be.
    pub fn new(name: &str, others: &[(&str, &[(&str, &str)])]) -> Self {
        let profile = profile(name);
        let mut people: Vec<Person> = others.iter().map(|(id, roles)| person(id, roles)).collect();
        for role in profile.roles.keys() {
            for (at, place) in [(OWN, OWN), (OTHER, OTHER), (HQ, "hq")] {
                people.push(person(&format!("{role}.{place}"), &[(role.as_str(), at)]));
            }
        }
        Self {
            profile,
            people,
            branches: Branches {
                own: Some(OWN.parse().unwrap()),
                receiving: None,
            },
            day: day(TODAY),
            assurance: Assurance::Asserted,
        }
    }

    pub fn person(&self, id: &str) -> &Person {
        let mut people = self.people.iter();
        people.find(|person| person.id.as_str() == id).unwrap()
    }

    pub fn acting(&self, id: &str) -> Acting<'_> {
        Acting {
            person: self.person(id),
            assurance: self.assurance,
        }
    }

    pub fn grounds(&self, procedure: &str) -> Grounds<'_> {
        Grounds {
            profile: &self.profile,
            procedure: self.profile.procedures.get(procedure).unwrap(),
            people: &self.people,
            branches: &self.branches,
            day: self.day,
        }
    }

    pub fn decide<W>(
        &self,
        state: &W,
        (procedure, command): (&str, &W::Command),
        by: &str,
    ) -> Result<W::Event, Refusal>
    where
        W: for<'a> Workflow<Grounds<'a> = Grounds<'a>>,
    {
        state.decide(command, self.acting(by), &self.grounds(procedure))
    }

    /// A firm that takes no asserted account for this.
    pub fn asks_for_signatures(&mut self, procedure: &str) {
        let procedure = self.profile.procedures.get_mut(procedure);
        procedure.unwrap().assurance = Assurance::Signed;
    }
}
