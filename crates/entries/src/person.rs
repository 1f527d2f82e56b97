//! People of the firm: who they are to the archive, and which roles they hold.

use domain::{BranchCode, BusinessDate, LoginName, PersonId, RoleCode};
use serde::{Deserialize, Serialize};

/// A role that somebody holds (授权).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The role.
    pub role: RoleCode,
    /// The branch that it is held at; `null` at headquarters.
    pub branch: Option<BranchCode>,
    /// The first day on which it is held.
    pub from: BusinessDate,
    /// The last day, if it has ended or will.
    pub to: Option<BusinessDate>,
}

/// The body of `person.recorded` (人员登记): everything that holds of a person from here on. An
/// account, once a person's, is never another's. Names stand elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecorded {
    /// The person, by the number that the firm gave.
    pub person: PersonId,
    /// The accounts that they act under.
    pub accounts: Vec<LoginName>,
    /// Their roles.
    pub grants: Vec<Granted>,
}
