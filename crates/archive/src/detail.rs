//! Details (附件): what an entry must keep and may not show, sealed before the entry is made.

use bytes::Bytes;
use domain::{Digest, RequestId, SealedName};
use entries::Detail;
use vault::{Discard, DiscardReason};

use crate::create::random;
use crate::open::WRITING;
use crate::{Archive, ArchiveError};

impl Archive {
    /// Seals the detail of an entry that is still to be made under this request id. A salt goes
    /// before the content, so that nobody confirms a guess from the commitment.
    ///
    /// The intent is noted first: if this process ends before the entry, the next one to open
    /// the archive discards what was sealed. After the entry, call [`Archive::detail_entered`].
    pub(crate) async fn seal_detail(
        &self,
        request: RequestId,
        content: &[u8],
    ) -> Result<Detail, ArchiveError> {
        self.demand_writing()?;
        self.begin_writing()?;
        let name = SealedName::detail(request, 1);
        self.catalog().put_intent(&name.to_string())?;
        let salt: [u8; 32] = random()?;
        let content = [salt.as_slice(), content].concat();
        let commitment = Digest::of(&content);
        let object = self.vault.seal(&name, Bytes::from(content)).await?;
        Ok(Detail {
            object: object.into(),
            commitment,
        })
    }

    /// The entry names the detail now.
    pub(crate) fn detail_entered(&self, request: RequestId) -> Result<(), ArchiveError> {
        let name = SealedName::detail(request, 1);
        Ok(self.catalog().clear_intent(&name.to_string())?)
    }

    /// Discards the details of acts that ended before their entries. Only to be called before
    /// this process seals any itself, on a catalog that is level with the ledger.
    pub(crate) async fn discard_interrupted_details(&self) -> Result<(), ArchiveError> {
        for intent in self.catalog().intents()? {
            if intent == WRITING {
                continue;
            }
            let name = intent.parse::<SealedName>().ok();
            if let Some((name, request)) = name.and_then(|name| {
                let request = name.request()?;
                Some((name, request))
            }) {
                let entered = self.catalog().by_request(&request.to_string())?;
                if entered.is_none() {
                    let warrant = Discard::new(name, [], DiscardReason::InterruptedAct);
                    self.vault.discard(warrant).await?;
                }
            }
            self.catalog().clear_intent(&intent)?;
        }
        Ok(())
    }
}
