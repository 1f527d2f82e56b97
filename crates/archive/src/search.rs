//! Searching the recognised text (全文检索). There is no index yet: the sealed text of the
//! records that the other filters leave is read.

use domain::{Actor, RequestId, Via};
use entries::{BUILT_IN_RULES, Body, Draft, TextSearched};

use crate::folder::Secret;
use crate::{Archive, ArchiveError, RecordFilter, RecordRow, text};

/// How many records are looked up at once.
const PAGE: usize = 200;

/// A record whose text has the words.
#[derive(Clone, Debug)]
pub struct SearchHit {
    /// The record.
    pub row: RecordRow,
    /// The pages that have them all, from 1; empty if they stand on different pages.
    pub pages: Vec<u32>,
}

impl Archive {
    /// Records whose recognised text has all of `words`, newest first, among those that the
    /// filter leaves; at most `limit`. The entry is written first; the words stand in it
    /// sealed. `found` is called for each record as it is found.
    pub async fn search(
        &self,
        words: &str,
        filter: &RecordFilter,
        limit: usize,
        (actor, via): (&Actor, &Via),
        mut found: impl FnMut(SearchHit),
    ) -> Result<(), ArchiveError> {
        let identity = self.folder.identity(Secret::Search, "searching text")?;
        self.enter_searched(words, filter, actor, via).await?;
        let words: Vec<String> = words
            .split_whitespace()
            .map(text::folded)
            .filter(|word| !word.is_empty())
            .collect();
        let (mut before, mut hits) = (None, 0);
        loop {
            let page = self.list(filter, before, PAGE)?;
            for row in page.rows {
                let Some(derived) = row.body.derived.clone() else {
                    continue;
                };
                let parts = self.derived_parts(&derived.into(), &identity).await?;
                let pages: Vec<String> = parts
                    .iter()
                    .filter(|(name, _)| name.starts_with("alto/"))
                    .map(|(_, xml)| text::folded(&text::of_alto(&String::from_utf8_lossy(xml))))
                    .collect();
                let in_record = words
                    .iter()
                    .all(|w| pages.iter().any(|page| page.contains(w)));
                if !in_record {
                    continue;
                }
                let on_page = |page: &String| words.iter().all(|word| page.contains(word));
                let pages = (1..)
                    .zip(&pages)
                    .filter(|(_, page)| on_page(page))
                    .map(|(n, _)| n)
                    .collect();
                found(SearchHit { row, pages });
                hits += 1;
                if hits >= limit {
                    return Ok(());
                }
            }
            before = page.next;
            if before.is_none() {
                return Ok(());
            }
        }
    }

    async fn enter_searched(
        &self,
        words: &str,
        filter: &RecordFilter,
        actor: &Actor,
        via: &Via,
    ) -> Result<(), ArchiveError> {
        let id = RequestId::from_bits(self.fresh_bits()?);
        let words = self.seal_detail(id, words.as_bytes()).await?;
        let body = Body::TextSearched(TextSearched {
            words,
            branch: filter.branch.clone(),
            client: filter.client.clone(),
            class: filter.class.clone(),
            flow: filter.flow.clone(),
            business_from: filter.business_from,
            business_to: filter.business_to,
        });
        let draft = Draft {
            id,
            actor: actor.clone(),
            via: via.clone(),
            body,
            rules: BUILT_IN_RULES.to_owned(),
        };
        self.enter_detailed(draft).await
    }
}
