//! What is verified and put right on a day.

use archive::{Archive, RecordFilter, Verification};
use domain::{ClientNo, RecordId};
use policy::description::Description;
use policy::flow::{Found, Means};
use testkit::seed::Rng;

use super::stands::flows_of;
use super::{Known, is_done};
use crate::flows::by;

impl Known {
    /// Somebody says what the verification of a flow's documents came to.
    pub(super) async fn verify(&mut self, rng: &mut Rng, archive: &Archive) {
        let flow = Self::some_task(rng).flow;
        let account = rng.pick(&["sun", "li"]);
        let known = archive.flow(&flow).unwrap().unwrap_or_default();
        let facts = known.facts.as_ref().filter(|_| !known.cancelled);
        // Nobody verifies what they have handled, and what nobody handled.
        let may = facts.is_some_and(|facts| !["temp", account].contains(&facts.operator.as_str()))
            && !known.is_in_order();
        let found = if rng.below(3) > 0 {
            Found::InOrder
        } else {
            Found::Defective
        };
        let verification = Verification {
            means: [Means::Originals].into(),
            found,
            reason: Some("缺少签名".to_owned()),
        };
        let (actor, via) = by(account);
        let done = archive
            .verify_documents(&flow, verification, (&actor, &via))
            .await;
        assert_eq!(is_done(done), may, "{flow} by {account}: {known:?}");
        if may {
            let now = archive.flow(&flow).unwrap().unwrap();
            assert_eq!(now.is_in_order(), found == Found::InOrder);
            *self.done.entry(found.as_str()).or_default() += 1;
        }
    }

    /// Somebody puts right whose a record is: what stands for a task is its task's.
    pub(super) async fn correct(&mut self, rng: &mut Rng, archive: &Archive) {
        let records: Vec<RecordId> = self.records.iter().copied().collect();
        let place = rng.below(u32::try_from(records.len()).unwrap().max(1)) as usize;
        let Some(record) = records.get(place).copied() else {
            return;
        };
        let right: ClientNo = "8800099999".parse().unwrap();
        let before = archive.description(record).unwrap();
        let has_task = flows_of(archive).iter().any(|(_, flow)| flow.holds(record));
        let may = !has_task && before.client.as_ref() != Some(&right);
        let now = Description {
            client: Some(right.clone()),
            ..Description::default()
        };
        let (actor, via) = by("sun");
        let done = archive
            .correct_description(record, now, "误读", (&actor, &via))
            .await;
        assert_eq!(is_done(done), may, "{record}: {before:?}");
        if may {
            let of_right = |client: &ClientNo| {
                let filter = RecordFilter {
                    client: Some(client.clone()),
                    ..RecordFilter::default()
                };
                let page = archive.list(&filter, None, 1000).unwrap();
                let listed = page.rows.iter();
                listed.filter(|row| row.body.facts.record == record).count()
            };
            assert_eq!(of_right(&right), 1, "{record}");
            if let Some(client) = &before.client {
                assert_eq!(of_right(client), 0, "{record}");
            }
            *self.done.entry("corrected").or_default() += 1;
        }
    }
}
