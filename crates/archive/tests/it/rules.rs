//! Rules changed through the ledger: by two people, once, and never by a file.

use archive::{Archive, ArchiveError, PersonOutcome};
use domain::{Actor, CaseId, Via, evidence_path};
use entries::{Granted, PersonRecorded};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use policy::profile::EMBEDDED;
use policy::refusal::RefusalCode;
use policy::rule_change::{End, RuleChange};
use testkit::faulty::{Breakage, Operation};

use crate::world::{Run, World, memory, via};

const TODAY: &str = "2026-11-23";

fn by(account: &str) -> (Actor, Via) {
    let actor = Actor {
        person: None,
        account: account.parse().unwrap(),
        roles: Vec::new(),
        branch: None,
    };
    (actor, via())
}

fn somebody(person: &str, account: &str, role: &str) -> PersonRecorded {
    PersonRecorded {
        person: person.parse().unwrap(),
        accounts: vec![account.parse().unwrap()],
        grants: vec![Granted {
            role: role.parse().unwrap(),
            branch: None,
            from: "2026-01-01".parse().unwrap(),
            to: None,
        }],
    }
}

async fn record(
    archive: &Archive,
    person: &PersonRecorded,
    account: &str,
) -> Result<PersonOutcome, ArchiveError> {
    let (actor, via) = by(account);
    archive.record_person(person, (&actor, &via), false).await
}

/// Two of operations and one of compliance; then whoever grants roles.
async fn record_people(archive: &Archive) {
    for person in [
        somebody("1001", "li", "operations-department"),
        somebody("1002", "wang", "operations-department"),
        somebody("1003", "chen", "compliance-risk"),
        somebody("1004", "root", "security-administrator"),
    ] {
        let outcome = record(archive, &person, "tester").await.unwrap();
        assert_eq!(outcome, PersonOutcome::Recorded);
    }
}

/// Days of 2027 as a test has them: the notice was not out when this was written.
pub const NOTICE: &str = "date,kind,occasion\n\
    2027-02-08,closed,春节\n2027-02-09,closed,春节\n2027-02-10,closed,春节\n\
    2027-05-03,closed,劳动节\n\
    2027-10-01,closed,国庆节\n2027-10-04,closed,国庆节\n2027-10-05,closed,国庆节\n";

/// Brings a small notice into force, by two people.
pub async fn notice_in_force(archive: &Archive) {
    record_people(archive).await;
    let (actor, via) = by("li");
    let from = TODAY.parse().unwrap();
    let case = archive
        .propose_calendar(("2027.csv", NOTICE), from, (&actor, &via))
        .await
        .unwrap();
    confirm(archive, case, "wang").await.unwrap();
}

fn securities() -> &'static str {
    EMBEDDED[0].1
}

async fn propose(archive: &Archive, text: &str, account: &str) -> Result<CaseId, ArchiveError> {
    let (actor, via) = by(account);
    let from = TODAY.parse().unwrap();
    archive
        .propose_profile(("profile.toml", text), from, (&actor, &via))
        .await
}

async fn confirm(archive: &Archive, case: CaseId, account: &str) -> Result<(), ArchiveError> {
    let (actor, via) = by(account);
    archive.confirm_rules(case, (&actor, &via)).await
}

fn refused<T: std::fmt::Debug>(found: Result<T, ArchiveError>) -> RefusalCode {
    match found {
        Err(ArchiveError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

async fn in_force(archive: &Archive) -> Option<String> {
    let rules = archive
        .rules_in_force(TODAY.parse().unwrap())
        .await
        .unwrap();
    let (_, profile) = rules.profile?;
    Some(format!("{}@{}", profile.name, profile.version))
}

fn entries(archive: &Archive) -> u64 {
    archive.catalog().head().unwrap().unwrap().size
}

async fn nothing_is_found(run: &Run, archive: &Archive) {
    let report = run.check(archive).await;
    assert!(report.findings.is_empty(), "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_profile_comes_into_force_by_two_people() {
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    record_people(&archive).await;
    assert_eq!(in_force(&archive).await, None);
    let before = entries(&archive);
    // R23, R05: nobody else proposes, and a refusal enters nothing.
    for account in ["chen", "root", "tester"] {
        let code = refused(propose(&archive, securities(), account).await);
        let expected = if account == "tester" {
            RefusalCode::NobodysAccount
        } else {
            RefusalCode::NotInRole
        };
        assert_eq!(code, expected, "{account}");
    }
    assert!(matches!(
        propose(&archive, "profile = 1", "li").await,
        Err(ArchiveError::Profile(_))
    ));
    assert_eq!(entries(&archive), before);
    let case = propose(&archive, securities(), "li").await.unwrap();
    assert_eq!(in_force(&archive).await, None);
    assert_eq!(
        refused(confirm(&archive, case, "li").await),
        RefusalCode::SamePerson
    );
    confirm(&archive, case, "chen").await.unwrap();
    assert_eq!(
        in_force(&archive).await.as_deref(),
        Some("securities@2026.1")
    );
    assert_eq!(
        refused(confirm(&archive, case, "wang").await),
        RefusalCode::WrongState
    );
    assert_eq!(entries(&archive), before + 2);
    nothing_is_found(&run, &archive).await;
    // What comes next names the version that decided it (R77).
    let next = securities().replacen("2026.1", "2026.2", 1);
    let next = next.replacen("2026-01-01", "2026-11-01", 1);
    let second = propose(&archive, &next, "wang").await.unwrap();
    let last = archive
        .audit(&archive::AuditFilter::default(), None, 1)
        .unwrap();
    assert_eq!(last.rows[0].entry.rules, "securities@2026.1");
    assert_eq!(last.rows[0].entry.actor.person, "1002".parse().ok());
    confirm(&archive, second, "li").await.unwrap();
    assert_eq!(
        in_force(&archive).await.as_deref(),
        Some("securities@2026.2")
    );
    archive.end().await;

    // All of it follows from the ledger: a host without a catalog knows it as well.
    let other = Run {
        host: world.host(),
        faulty: run.faulty.clone(),
    };
    let (archive, _) = other.open().await.unwrap();
    assert_eq!(
        in_force(&archive).await.as_deref(),
        Some("securities@2026.2")
    );
    let changes = archive.rule_changes().unwrap();
    assert_eq!(changes.len(), 2);
    for state in changes {
        assert!(matches!(state, RuleChange::Ended(_, End::Confirmed)));
    }
    nothing_is_found(&other, &archive).await;
    archive.end().await;
}

/// Two say yes in the same moment, and one of them no: one word counts.
#[tokio::test(start_paused = true)]
async fn of_several_words_at_once_one_counts() {
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    record_people(&archive).await;
    let case = propose(&archive, securities(), "li").await.unwrap();
    let (chen, via) = by("chen");
    let (one, other, no) = futures::join!(
        confirm(&archive, case, "chen"),
        confirm(&archive, case, "wang"),
        archive.reject_rules(case, "too short", (&chen, &via)),
    );
    let done = [one.is_ok(), other.is_ok(), no.is_ok()];
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{done:?}");
    nothing_is_found(&run, &archive).await;
    archive.end().await;
}

/// A host that has not read the profile yet decides by it all the same.
#[tokio::test(start_paused = true)]
async fn another_host_decides_by_what_is_in_force_now() {
    let world = World::new().await;
    let store = memory(&world.objects).await;
    let here = Run::over(world.host(), store.clone());
    let there = Run::over(world.host(), store);
    let (archive, _) = here.open().await.unwrap();
    record_people(&archive).await;
    let (other, _) = there.open().await.unwrap();
    let case = propose(&archive, securities(), "li").await.unwrap();
    confirm(&archive, case, "wang").await.unwrap();
    // By this version nobody of compliance confirms, and li still proposes.
    let strict = securities()
        .replacen("2026.1", "2026.2", 1)
        .replacen("2026-01-01", "2026-11-01", 1)
        .replacen(
            "roles = [\"operations-department\", \"compliance-risk\"]\nwhose = \"headquarters\"\nfirm_differs_from = [\"proposer\"]",
            "roles = [\"operations-department\"]\nwhose = \"headquarters\"\nfirm_differs_from = [\"proposer\"]",
            1,
        );
    assert_ne!(strict.len(), securities().len());
    let case = propose(&archive, &strict, "li").await.unwrap();
    confirm(&archive, case, "wang").await.unwrap();
    let later = strict
        .replacen("2026.2", "2026.3", 1)
        .replacen("2026-11-01", "2026-11-02", 1);
    let case = propose(&other, &later, "li").await.unwrap();
    assert_eq!(
        refused(confirm(&other, case, "chen").await),
        RefusalCode::NotInRole
    );
    confirm(&other, case, "wang").await.unwrap();
    assert_eq!(in_force(&other).await.as_deref(), Some("securities@2026.3"));
    nothing_is_found(&there, &other).await;
    archive.end().await;
    other.end().await;
}

/// The text in force lies in the store under its digest: changed or gone, it decides nothing.
#[tokio::test(start_paused = true)]
async fn a_text_that_was_changed_decides_nothing() {
    let world = World::new().await;
    let store = memory(&world.objects).await;
    let run = Run::over(world.host(), store.clone());
    let (archive, _) = run.open().await.unwrap();
    record_people(&archive).await;
    let case = propose(&archive, securities(), "li").await.unwrap();
    let state = archive.rule_change(case).unwrap();
    let text = state.proposal().unwrap().change.text();
    let path = Path::parse(evidence_path(text)).unwrap();
    let changed = securities().replacen("years = 20", "years = 1", 1);
    store.put(&path, changed.into()).await.unwrap();
    let found = |report: check::Report| -> Vec<&'static str> {
        report
            .findings
            .iter()
            .map(|one| one.code.as_str())
            .collect()
    };
    let told = |error: ArchiveError| error.to_string();
    let error = told(confirm(&archive, case, "wang").await.unwrap_err());
    assert!(error.contains("has been changed"), "{error}");
    assert_eq!(found(run.check(&archive).await), ["evidence-differs"]);
    store.delete(&path).await.unwrap();
    let error = told(confirm(&archive, case, "wang").await.unwrap_err());
    assert!(error.contains("is missing"), "{error}");
    assert_eq!(found(run.check(&archive).await), ["evidence-missing"]);
    // Put back as it was, it is confirmed.
    store.put(&path, securities().into()).await.unwrap();
    confirm(&archive, case, "wang").await.unwrap();
    store.delete(&path).await.unwrap();
    let on = TODAY.parse().unwrap();
    assert!(archive.rules_in_force(on).await.is_err());
    assert!(
        propose(
            &archive,
            &securities().replacen("2026.1", "2026.9", 1),
            "li"
        )
        .await
        .is_err()
    );
    archive.end().await;
}

/// The store fails between the text and its entry: nothing was proposed, and nothing is amiss.
#[tokio::test(start_paused = true)]
async fn a_text_without_its_entry_is_no_proposal() {
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    record_people(&archive).await;
    let before = entries(&archive);
    let ledger = Breakage::of(Operation::Put).under("ledger");
    run.faulty.add(ledger.for_good());
    propose(&archive, securities(), "li").await.unwrap_err();
    run.faulty.heal();
    archive.end().await;
    let (archive, _) = run.open().await.unwrap();
    assert_eq!(entries(&archive), before);
    assert!(archive.rule_changes().unwrap().is_empty());
    nothing_is_found(&run, &archive).await;
    let case = propose(&archive, securities(), "li").await.unwrap();
    confirm(&archive, case, "wang").await.unwrap();
    nothing_is_found(&run, &archive).await;
    archive.end().await;
}

#[tokio::test(start_paused = true)]
async fn people_are_recorded_by_whoever_grants_roles() {
    let world = World::new().await;
    let run = world.run().await;
    let (archive, _) = run.open().await.unwrap();
    record_people(&archive).await;
    let before = entries(&archive);
    let new = somebody("1005", "sun", "risk-committee");
    // R05: by nobody else, and not for oneself.
    for account in ["tester", "li", "sun"] {
        let code = refused(record(&archive, &new, account).await);
        assert_eq!(code, RefusalCode::NotInRole, "{account}");
    }
    let mut own = somebody("1004", "root", "security-administrator");
    own.grants[0].from = "2025-01-01".parse().unwrap();
    assert_eq!(
        refused(record(&archive, &own, "root").await),
        RefusalCode::SamePerson
    );
    // An account is one person's for ever, and roles exclude each other.
    let taken = somebody("1005", "li", "risk-committee");
    assert_eq!(
        refused(record(&archive, &taken, "root").await),
        RefusalCode::AccountTaken
    );
    let mut both = new.clone();
    both.grants.extend(own.grants.clone());
    assert_eq!(
        refused(record(&archive, &both, "root").await),
        RefusalCode::RolesExclude
    );
    assert_eq!(entries(&archive), before);
    let outcome = record(&archive, &new, "root").await.unwrap();
    assert_eq!(outcome, PersonOutcome::Recorded);
    let outcome = record(&archive, &new, "li").await.unwrap();
    assert_eq!(outcome, PersonOutcome::Unchanged);
    let mut gone = new.clone();
    gone.accounts.clear();
    let outcome = record(&archive, &gone, "root").await.unwrap();
    assert_eq!(outcome, PersonOutcome::Changed);
    assert_eq!(archive.people().unwrap().len(), 5);
    assert_eq!(entries(&archive), before + 2);
    // What somebody has no more, they do not act under, and nobody else gets.
    assert_eq!(
        refused(propose(&archive, securities(), "sun").await),
        RefusalCode::NobodysAccount
    );
    let mut other = somebody("1006", "sun", "hq-staff");
    assert_eq!(
        refused(record(&archive, &other, "root").await),
        RefusalCode::AccountTaken
    );
    other.accounts = vec!["sun2".parse().unwrap()];
    record(&archive, &other, "root").await.unwrap();
    nothing_is_found(&run, &archive).await;
    archive.end().await;
}
