//! Who did it, and by which door.

use crate::{BranchCode, LoginName, PersonId, RoleCode};

/// Who acted (责任者): one person, through one account, in roles, for a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person; `None` where only an account is known (a local act).
    pub person: Option<PersonId>,
    /// The account that was used.
    pub account: LoginName,
    /// The roles that the account held then, in the order of their codes.
    pub roles: Vec<RoleCode>,
    /// The branch that the person acted for; `None` at headquarters or for the machine.
    pub branch: Option<BranchCode>,
}

/// The door an act came in by (途径), and so how much is known of who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// The program on the archive's own machine. The account is asserted by `--as`, not proven;
    /// such an act never fills a signing position.
    Local {
        /// The operating system's user that ran the program.
        system_user: String,
    },
    /// The archive itself: its creation, and the recovery of what a crash left.
    System,
}
