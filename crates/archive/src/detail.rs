//! Details (附件): what an entry must keep and may not show, sealed before the entry is made.

use bytes::Bytes;
use domain::{Actor, Digest, RequestId, SealedName, Via, evidence_path};
use entries::{ActInterrupted, BUILT_IN_RULES, Body, Detail, Draft, Entry};
use journal::{Entered, JournalError, View};
use vault::{Discard, DiscardReason};

use crate::cases::Ruling;
use crate::create::random;
use crate::open::WRITING;
use crate::{Archive, ArchiveError};

/// What the intent of storing the text of a rule begins with; its SHA-256 follows.
pub(crate) const TEXT: &str = "text.";

impl Archive {
    /// Seals the detail of an entry that is still to be made under this request id. A salt goes
    /// before the content, so that nobody confirms a guess from the commitment.
    ///
    /// The intent is noted first: if this process ends before [`Archive::enter_detailed`], the
    /// next one to open the archive discards what was sealed.
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

    /// Enters the act whose detail was sealed under its request id. Of an act that cannot be
    /// entered any more the detail is discarded.
    ///
    /// # Errors
    /// [`ArchiveError::ActInterrupted`] if another process was faster to say that it never will be.
    pub(crate) async fn enter_detailed(&self, draft: Draft) -> Result<(), ArchiveError> {
        let name = SealedName::detail(draft.id, 1);
        match self.enter_as(draft).await {
            Ok(true) => Ok(self.catalog().clear_intent(&name.to_string())?),
            Ok(false) => Err(ArchiveError::ActInterrupted),
            Err(error) => {
                if matches!(&error, ArchiveError::Journal(error) if !error.may_be_entered()) {
                    self.undo_detail(name).await;
                }
                Err(error)
            }
        }
    }

    /// As [`Archive::enter_detailed`], of what is decided by the rules in the moment of the commit.
    pub(crate) async fn decide_detailed<D>(
        &self,
        id: RequestId,
        decide: D,
    ) -> Result<(), ArchiveError>
    where
        D: Fn(&View<'_>, &Ruling) -> Result<Draft, JournalError> + Clone + Send + 'static,
    {
        let name = SealedName::detail(id, 1);
        let entered = self.enter_under(id, move |view, ruling, _| decide(view, ruling));
        match entered.await {
            Ok(Entered::New { .. }) => Ok(self.catalog().clear_intent(&name.to_string())?),
            // Only another process that took this one for dead uses its request id.
            Ok(Entered::Known { .. }) => Err(ArchiveError::ActInterrupted),
            Err(error) => {
                let may_be_entered =
                    matches!(&error, ArchiveError::Journal(error) if error.may_be_entered());
                if !may_be_entered {
                    self.undo_detail(name).await;
                }
                Err(error)
            }
        }
    }

    /// Discards a detail that no entry names, now or later. Where that fails, the intent stays,
    /// and the next opening ends the act.
    async fn undo_detail(&self, name: SealedName) {
        let intent = name.to_string();
        let undone = async {
            let warrant = Discard::new(name, [], DiscardReason::InterruptedAct);
            self.vault.discard(warrant).await?;
            Ok::<(), ArchiveError>(self.catalog().clear_intent(&intent)?)
        };
        if let Err(error) = undone.await {
            tracing::warn!(%error, "what was sealed for an act that failed is still there");
        }
    }

    /// Ends the acts whose processes are gone. An act that was not entered is entered as
    /// interrupted, under its own request id: from there on no entry can name its detail,
    /// neither one that a store still held back nor one of a process that is not gone after
    /// all. Then the detail is discarded.
    ///
    /// Only to be called before this process seals any itself.
    pub(crate) async fn end_interrupted_acts(&self, actor: &Actor) -> Result<(), ArchiveError> {
        for intent in self.catalog().intents()? {
            if intent == WRITING {
                continue;
            }
            if let Some(text) = intent.strip_prefix(TEXT).and_then(|text| text.parse().ok()) {
                // Whole, the text is there for whoever proposes it again; what a cut-off upload
                // left of it is nobody's.
                let path = evidence_path(text);
                self.stores.blobs.sweep_staging(&path).await?;
            }
            let name = intent.parse::<SealedName>().ok();
            if let Some((detail, id)) = name.and_then(|name| {
                let request = name.request()?;
                Some((name, request))
            }) {
                self.begin_writing()?;
                let interrupted = Draft {
                    id,
                    actor: actor.clone(),
                    via: Via::System,
                    body: Body::ActInterrupted(ActInterrupted {
                        detail: detail.clone(),
                    }),
                    rules: BUILT_IN_RULES.to_owned(),
                };
                if self.enter_as(interrupted).await? {
                    let warrant = Discard::new(detail, [], DiscardReason::InterruptedAct);
                    self.vault.discard(warrant).await?;
                }
            }
            self.catalog().clear_intent(&intent)?;
        }
        Ok(())
    }

    /// Enters the draft, and answers whether the entry that now stands under its request id is
    /// of its event: another may have been faster with another.
    async fn enter_as(&self, draft: Draft) -> Result<bool, ArchiveError> {
        let event = draft.body.event();
        let entered = self
            .journal
            .enter(draft.id, move |_| Ok(draft.clone()))
            .await?;
        match entered {
            Entered::New { .. } => Ok(true),
            Entered::Known { index } => {
                // Taking an entry that is not at hand for another's would undo what it names.
                let line = self.catalog().entry(index)?;
                let line = line.ok_or(JournalError::Behind { entry: index })?;
                Ok(Entry::parse(&line)?.event == event.as_str())
            }
        }
    }
}
