//! Reference data as it holds: branches, clients, accounts, each a fact of its own.

use domain::{AccountNo, BranchCode, ClientNo, Digest};
use entries::{
    AccountRecorded, AccountsRecorded, BranchRecorded, BranchesRecorded, ClientRecorded,
    ClientsRecorded,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::unreadable;
use crate::index::Fact;
use crate::sheets::Read;
use crate::{JournalError, Lookup};

const BRANCHES: &str = "branch/";
const CLIENTS: &str = "client/";
const CLIENT_ACCOUNTS: &str = "client-account/";
/// Accounts by their clients.
const ACCOUNTS_OF: &str = "client-accounts/";
/// Clients by the keyed hash of their name or of their document's number.
const NAMED: &str = "client-by/";

fn key(prefix: &str, name: &str) -> Vec<u8> {
    format!("{prefix}{name}").into_bytes()
}

fn fact<T: Serialize>(key: Vec<u8>, value: &T) -> Result<Fact, JournalError> {
    let json = serde_json::to_vec(value).map_err(|_| unreadable("reference data"))?;
    Ok((key, Some(json)))
}

pub(crate) fn branches(body: &BranchesRecorded) -> Result<Vec<Fact>, JournalError> {
    let one = |branch: &BranchRecorded| fact(key(BRANCHES, branch.branch.as_str()), branch);
    body.branches.iter().map(one).collect()
}

pub(crate) fn accounts(body: &AccountsRecorded, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let mut facts = Vec::new();
    for account in &body.accounts {
        let at = key(CLIENT_ACCOUNTS, account.account.as_str());
        if let Some(before) = read(&at)? {
            facts.push((account_of(&parse(&before)?), None));
        }
        facts.push((account_of(account), Some(Vec::new())));
        facts.push(fact(at, account)?);
    }
    Ok(facts)
}

fn account_of(account: &AccountRecorded) -> Vec<u8> {
    format!("{ACCOUNTS_OF}{}/{}", account.client, account.account).into_bytes()
}

pub(crate) fn clients(body: &ClientsRecorded, read: Read<'_>) -> Result<Vec<Fact>, JournalError> {
    let mut facts = Vec::new();
    for client in &body.clients {
        let at = key(CLIENTS, client.client.as_str());
        // Whoever has another name or document now is not found by the former one.
        if let Some(before) = read(&at)? {
            let before: ClientRecorded = parse(&before)?;
            for hmac in [before.name_hmac, before.id_hmac] {
                facts.push((found_by(hmac, &client.client), None));
            }
        }
        for hmac in [client.name_hmac, client.id_hmac] {
            facts.push((found_by(hmac, &client.client), Some(Vec::new())));
        }
        facts.push(fact(at, client)?);
    }
    Ok(facts)
}

fn found_by(hmac: Digest, client: &ClientNo) -> Vec<u8> {
    format!("{NAMED}{hmac}/{client}").into_bytes()
}

impl Lookup<'_> {
    /// Every branch that was ever recorded, in the order of their numbers.
    pub fn branches(self) -> Result<Vec<BranchRecorded>, JournalError> {
        let facts = self.with_prefix(BRANCHES)?;
        facts.iter().map(|(_, json)| parse(json)).collect()
    }

    /// A branch, if it was recorded.
    pub fn branch(self, branch: &BranchCode) -> Result<Option<BranchRecorded>, JournalError> {
        self.recorded(&key(BRANCHES, branch.as_str()))
    }

    /// Whether any branch was ever recorded.
    pub fn has_branches(self) -> Result<bool, JournalError> {
        Ok(self.any_with_prefix(BRANCHES)?)
    }

    /// A client, if they were recorded.
    pub fn client(self, client: &ClientNo) -> Result<Option<ClientRecorded>, JournalError> {
        self.recorded(&key(CLIENTS, client.as_str()))
    }

    /// Whether any client was ever recorded.
    pub fn has_clients(self) -> Result<bool, JournalError> {
        Ok(self.any_with_prefix(CLIENTS)?)
    }

    /// The clients whose name or document has this keyed hash.
    pub fn clients_by(self, hmac: Digest) -> Result<Vec<ClientRecorded>, JournalError> {
        let mut clients = Vec::new();
        for (found, _) in self.with_prefix(&format!("{NAMED}{hmac}/"))? {
            let client = key(CLIENTS, last_part(&found)?);
            clients.extend(self.recorded::<ClientRecorded>(&client)?);
        }
        Ok(clients)
    }

    /// An account, if it was recorded.
    pub fn account(self, account: &AccountNo) -> Result<Option<AccountRecorded>, JournalError> {
        self.recorded(&key(CLIENT_ACCOUNTS, account.as_str()))
    }

    /// The accounts of a client, in the order of their numbers.
    pub fn accounts_of(self, client: &ClientNo) -> Result<Vec<AccountRecorded>, JournalError> {
        let mut accounts = Vec::new();
        for (found, _) in self.with_prefix(&format!("{ACCOUNTS_OF}{client}/"))? {
            let account = key(CLIENT_ACCOUNTS, last_part(&found)?);
            accounts.extend(self.recorded::<AccountRecorded>(&account)?);
        }
        Ok(accounts)
    }

    fn recorded<T: DeserializeOwned>(self, key: &[u8]) -> Result<Option<T>, JournalError> {
        let stored = self.fact(key)?;
        stored.map(|bytes| parse(&bytes)).transpose()
    }
}

/// What stands behind the last slash of a key.
fn last_part(key: &[u8]) -> Result<&str, JournalError> {
    let key = std::str::from_utf8(key).ok();
    let parts = key.and_then(|key| key.rsplit_once('/'));
    let (_, last) = parts.ok_or_else(|| unreadable("reference data"))?;
    Ok(last)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JournalError> {
    serde_json::from_slice(bytes).map_err(|_| unreadable("reference data"))
}
