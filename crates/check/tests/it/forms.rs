//! `fonds.json` in every spelling but its own.

use check::CheckError;

use crate::forge::{Forge, check, codes, expect, load, plain};

#[tokio::test]
async fn fonds_json_has_one_spelling() {
    let whole = Forge::empty();
    let right = String::from_utf8(whole.objects["fonds.json"].clone()).unwrap();
    let search = format!(r#","search":["{}"]"#, whole.people.search.to_public());
    let archive = whole.people.archive.to_public().to_string();
    let log_id = &whole.log.label()[4..];
    for (wrong, code) in [
        (
            right.replacen(r#""vouchsafe":1"#, r#""vouchsafe":2"#, 1),
            "fonds-version-unknown",
        ),
        (
            right.replacen(r#""vouchsafe":1,"#, "", 1),
            "fonds-malformed",
        ),
        (right.replacen(',', ", ", 1), "fonds-malformed"),
        (
            right.replacen(r#""name":"#, r#""name":"x","name":"#, 1),
            "fonds-malformed",
        ),
        (right.replacen("某", r"\u67d0", 1), "fonds-malformed"),
        (right.replacen("某某证券", " ", 1), "fonds-malformed"),
        (right.replacen("0123", "012g", 1), "fonds-malformed"),
        (right.replacen("abcdef", "ABCDEF", 1), "fonds-malformed"),
        (right.replacen(".120Z", "Z", 1), "fonds-malformed"),
        (right.replacen(&search, "", 1), "fonds-malformed"),
        (right.replacen(&archive, "", 1), "fonds-malformed"),
        (
            right.replacen(&format!("\"{archive}\""), "", 1),
            "fonds-malformed",
        ),
        (right.replacen(log_id, "00000000", 1), "fonds-malformed"),
        (
            right.replacen(r#","writers":["#, r#","more":0,"writers":["#, 1),
            "fonds-malformed",
        ),
        (format!("{right}\n\n"), "fonds-malformed"),
        (format!(" {right}"), "fonds-malformed"),
        ("[]".to_owned(), "fonds-malformed"),
        (String::new(), "fonds-malformed"),
        ("x".repeat(2 * 1024 * 1024), "fonds-malformed"),
    ] {
        assert_ne!(wrong, right);
        let mut forge = whole.clone();
        forge
            .objects
            .insert("fonds.json".to_owned(), wrong.into_bytes());
        expect(&forge, &plain(), &[code]).await;
    }
    let mut forge = whole.clone();
    forge
        .objects
        .insert("fonds.json".to_owned(), format!("{right}\n").into_bytes());
    expect(&forge, &plain(), &[]).await;
}

#[tokio::test]
async fn without_fonds_json_the_rest_is_checked_and_no_signature_is_called_good() {
    let mut forge = Forge::sample();
    forge.remove("fonds.json");
    let report = expect(&forge, &plain(), &["fonds-missing"]).await;
    let skipped: Vec<(&str, u64)> = report
        .not_checked
        .iter()
        .map(|skip| (skip.what.as_str(), skip.count))
        .collect();
    for expected in [
        ("links to the commit before", 1),
        ("number of recipients", 6),
        ("signatures of checkpoints", 1),
        ("signatures of commits", 4),
        ("signatures of notes", 3),
    ] {
        assert!(skipped.contains(&expected), "{expected:?} in {skipped:?}");
    }
    // Damage elsewhere is still found.
    forge.remove("ledger/commits/x000/x000/x000/001");
    let report = check(&forge.objects, &plain()).await;
    assert!(codes(&report).contains("commit-missing"));
}

#[tokio::test]
async fn another_folder_is_no_archive() {
    let store = load(&[("readme.txt".to_owned(), b"words".to_vec())].into()).await;
    let result = check::check(&store, &store, &plain(), |_| {}).await;
    assert!(
        matches!(result, Err(CheckError::NotAnArchive { .. })),
        "{result:?}"
    );
}

#[test]
fn an_identity_is_read_and_never_shown() {
    use age::secrecy::ExposeSecret as _;
    let key = age::x25519::Identity::generate();
    let secret = key.to_string().expose_secret().to_owned();
    for wrong in [
        String::new(),
        "# nothing\n".to_owned(),
        format!("{secret}x"),
        "word".to_owned(),
    ] {
        let error = check::Identity::from_file_text(&wrong).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("AGE-SECRET-KEY-1Q"));
        assert!(!error.to_string().contains(&secret));
    }
    let text = format!("# created: today\n\n{secret}\r\n");
    let identity = check::Identity::from_file_text(&text).unwrap();
    assert_eq!(format!("{identity:?}"), "Identity(1 keys)");
}
