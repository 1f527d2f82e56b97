//! Reference data: branches, clients and their accounts, as the account system says of them.

use domain::{AccountNo, BranchCode, BusinessDate, ClientNo, Digest};
use serde::{Deserialize, Serialize};

use crate::Detail;

/// The most branches, clients or accounts of one entry: it has at most 65,535 bytes.
pub const REFERENCE_MAX: usize = 100;

/// A branch (营业部).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchRecorded {
    /// Its number.
    pub branch: BranchCode,
    /// Its name.
    pub name: String,
    /// Since when it is open.
    pub opened: Option<BusinessDate>,
    /// Since when it is closed.
    pub closed: Option<BusinessDate>,
    /// The branch that has taken its place (R69).
    pub successor: Option<BranchCode>,
}

/// The body of `branches.recorded` (营业部登记): what holds of these branches from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchesRecorded {
    /// The branches.
    pub branches: Vec<BranchRecorded>,
}

/// A client (客户), as far as the ledger may say it. Name and numbers stand in the sealed cards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRecorded {
    /// The client number.
    pub client: ClientNo,
    /// The branch that the client belongs to.
    pub branch: BranchCode,
    /// `person`, `institution` or `product`.
    pub kind: String,
    /// The name with its middle hidden.
    pub masked: String,
    /// Until when the identity document is valid; none where it is for good, or not known.
    pub id_valid_to: Option<BusinessDate>,
    /// What must be known of such a client and is not (R16), by the names of columns.
    pub lacks: Vec<String>,
    /// HMAC-SHA-256 of the name, under a key that is not in the store: it is found by it.
    pub name_hmac: Digest,
    /// The same of the number of the identity document.
    pub id_hmac: Digest,
    /// The same of the whole card: what is known is known again.
    pub card_hmac: Digest,
}

/// The body of `clients.recorded` (客户登记): what holds of these clients from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientsRecorded {
    /// The clients.
    pub clients: Vec<ClientRecorded>,
    /// Their cards, sealed: a JSON object a line, in the order of the clients.
    pub cards: Detail,
}

/// An account of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecorded {
    /// Its number.
    pub account: AccountNo,
    /// Whose it is.
    pub client: ClientNo,
    /// Since when it is open.
    pub opened: Option<BusinessDate>,
    /// Since when it is closed.
    pub closed: Option<BusinessDate>,
}

/// The body of `accounts.recorded` (账户登记): what holds of these accounts from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsRecorded {
    /// The accounts.
    pub accounts: Vec<AccountRecorded>,
}
