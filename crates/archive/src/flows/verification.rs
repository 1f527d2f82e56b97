//! Verification of documents (资料审核, R06, R14, R19), before they are handed over.

use std::collections::BTreeSet;

use domain::{Actor, Digest, FlowNo, Via};
use journal::Lookup;
use policy::flow::{Command, Found, Means, verification_statement};

use crate::{Archive, ArchiveError};

/// What a verification came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// By what the documents were verified.
    pub means: BTreeSet<Means>,
    /// What was found.
    pub found: Found,
    /// What is wrong with them, where something is.
    pub reason: Option<String>,
}

impl Archive {
    /// Says what the verification of a flow's documents came to.
    ///
    /// # Errors
    /// Whoever acts may not, they were found in order already, or it cannot be entered.
    pub async fn verify_documents(
        &self,
        flow: &FlowNo,
        verification: Verification,
        by: (&Actor, &Via),
    ) -> Result<(), ArchiveError> {
        let known = self.flow(flow)?.and_then(|flow| flow.facts);
        let lookup = Lookup::of(self.catalog());
        let handler = known
            .map(|facts| lookup.owner(&facts.operator))
            .transpose()?;
        let Verification {
            means,
            found,
            reason,
        } = verification;
        let statement = verification_statement(self.fonds.fonds, flow, (&means, found));
        let command = Command::Verify {
            content: Digest::of(statement.as_bytes()),
            means,
            found,
            reason,
            handler: handler.flatten(),
        };
        self.act_on_flow(flow, command, by, false).await?;
        Ok(())
    }
}
