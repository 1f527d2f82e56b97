//! Keys, notes and checkpoints beside those of the Go implementation, and refusals.

use ledger::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, origin};
use ledger::note::{KeyError, Note, NoteError, SignerKey, VerifierKey};

use crate::{fonds, log_key, writer};

/// From the documentation of Go's package `note`.
const PETER_SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const PETER_LINE: &str = "\u{2014} PeterNeumann \
    x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE: &str = "\u{2014} EnochRoot \
    rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

#[test]
fn keys_and_notes_of_the_go_implementation_are_ours() {
    let peter: SignerKey = PETER_SECRET.parse().unwrap();
    assert_eq!(peter.verifier().to_string(), PETER);
    assert_eq!(peter.to_secret_text(), PETER_SECRET);
    assert_eq!(peter.verifier().id(), "PeterNeumann+c74f20a3");
    let note = format!("{TEXT}\n{PETER_LINE}");
    assert_eq!(Note::sign(TEXT.to_owned(), &peter).to_string(), note);

    let both: Note = format!("{note}{ENOCH_LINE}").parse().unwrap();
    assert_eq!(both.text(), TEXT);
    assert_eq!(both.to_string(), format!("{note}{ENOCH_LINE}"));
    assert_eq!(both.verify(&[key(ENOCH)]).unwrap(), &key(ENOCH));
    assert_eq!(both.verify(&[key(PETER), key(ENOCH)]).unwrap(), &key(PETER));
    assert_eq!(
        both.verify(&[log_key().verifier().clone()]),
        Err(NoteError::Unknown {
            found: vec![
                "PeterNeumann+c74f20a3".to_owned(),
                "EnochRoot+af0cfe78".to_owned()
            ]
        })
    );
    let wrong: Note = format!("{TEXT}PS\n\n{PETER_LINE}{ENOCH_LINE}")
        .parse()
        .unwrap();
    let peters_is_wrong = |refused: Result<&VerifierKey, NoteError>| match refused {
        Err(NoteError::Wrong { key }) => key == "PeterNeumann+c74f20a3",
        _ => false,
    };
    assert!(peters_is_wrong(wrong.verify(&[key(PETER)])));
    // One good signature does not make up for a bad one of a key that is known.
    let peters_on_enochs = format!("{TEXT}\n{ENOCH_LINE}{}", PETER_LINE.replace("/Sff", "/Sfg"));
    let mixed: Note = peters_on_enochs.parse().unwrap();
    assert!(peters_is_wrong(mixed.verify(&[key(PETER), key(ENOCH)])));
    assert!(mixed.verify(&[key(ENOCH)]).is_ok());
}

#[test]
fn a_text_with_blank_lines_is_ended_by_the_last_one() {
    let note = Note::sign("one\n\nthree\n".to_owned(), &writer(0)).to_string();
    let read: Note = note.parse().unwrap();
    assert_eq!(read.text(), "one\n\nthree\n");
    read.verify(&[writer(0).verifier().clone()]).unwrap();
}

#[test]
fn what_is_no_note_is_refused() {
    let refused = |text: String| text.parse::<Note>().unwrap_err();
    assert_eq!(refused(TEXT.to_owned()), NoteError::Shape);
    assert_eq!(refused(format!("{TEXT}\n")), NoteError::Shape);
    assert_eq!(refused(format!("{TEXT}{PETER_LINE}")), NoteError::Shape);
    let cut = format!("{TEXT}\n{}", PETER_LINE.trim_end());
    assert_eq!(refused(cut), NoteError::Shape);
    assert_eq!(
        refused(format!("a\tb\n\n{PETER_LINE}")),
        NoteError::ControlCharacter { at: 1 }
    );
    assert_eq!(
        refused(format!("{TEXT}\n{}", PETER_LINE.repeat(65))),
        NoteError::TooManySignatures
    );
    assert!(
        format!("{TEXT}\n{}", PETER_LINE.repeat(64))
            .parse::<Note>()
            .is_ok()
    );
    assert!(matches!(
        refused("a\n".repeat(40_000)),
        NoteError::TooLarge {
            found_bytes: 80_000
        }
    ));
    for line in [
        "- PeterNeumann x08go/ZJkuBS\n",
        "\u{2014} Peter+Neumann x08go/ZJkuBS\n",
        "\u{2014}  x08go/ZJkuBS\n",
        "\u{2014} PeterNeumann x08go/ZJkuB\n",
        "\u{2014} PeterNeumann x08goA==\n", // an id and no signature
        "\u{2014} PeterNeumann\n",
        "\u{2014} PeterNeumann x08go/ZJkuBS x\n",
    ] {
        let error = refused(format!("{TEXT}\n{PETER_LINE}{line}"));
        assert_eq!(error, NoteError::SignatureShape { line: 2 }, "{line}");
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let refused = |text: &str| text.parse::<VerifierKey>().unwrap_err();
    let (name, _) = PETER.split_once('+').unwrap();
    assert!(matches!(refused(""), KeyError::Shape { .. }));
    assert!(matches!(refused("Peter+c74f20a3"), KeyError::Shape { .. }));
    assert!(matches!(
        refused(&PETER[..PETER.len() - 4]),
        KeyError::Shape { .. }
    ));
    let renamed = PETER.replace(name, "Carmen");
    assert!(matches!(refused(&renamed), KeyError::Id { .. }));
    assert!(matches!(
        refused(&PETER.replace("c74f", "C74F")),
        KeyError::Id { .. }
    ));
    let spaced = PETER.replace(name, "Peter Neumann");
    assert!(matches!(refused(&spaced), KeyError::Name { .. }));
    // 0x02 in front instead of 0x01: ECDSA, which this archive doesn't use.
    let other = PETER.replace("+ARpc", "+Ahpc");
    assert!(matches!(refused(&other), KeyError::Algorithm { .. }));
    // The neutral point: everybody can sign with it.
    let weak = "weak+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert!(matches!(refused(weak), KeyError::Weak { .. }));
    for wrong in [
        PETER,
        "PRIVATE+KEY+",
        &PETER_SECRET.replace("c74f20a3", "c74f20a4"),
    ] {
        assert!(wrong.parse::<SignerKey>().is_err(), "{wrong}");
    }
    assert!(SignerKey::generate("a b").is_err());
}

#[test]
fn a_new_key_reads_back_and_never_shows_its_secret() {
    let (one, two) = (
        SignerKey::generate("host").unwrap(),
        SignerKey::generate("host").unwrap(),
    );
    assert_ne!(one.to_secret_text(), two.to_secret_text());
    let read: SignerKey = one.to_secret_text().parse().unwrap();
    assert_eq!(read.verifier(), one.verifier());
    assert_eq!(
        format!("{one:?}"),
        format!("secret key of {}", one.verifier().id())
    );
}

/// A signature with the group's order added to its scalar fits a lax verifier (RFC 8032
/// section 8.4), and would give a commit two spellings.
#[test]
fn a_signature_has_one_spelling() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let key = writer(0);
    let mut signature = key.sign(b"text");
    assert!(key.verifier().verifies(b"text", &signature));
    let mut carry = 0u16;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        carry += u16::from(*byte) + u16::from(add);
        *byte = carry as u8;
        carry >>= 8;
    }
    assert!(!key.verifier().verifies(b"text", &signature));
}

/// Nor can the holder of a key make one whose first half is the neutral point, which fits a lax
/// verifier: it was made outside, from the secret scalar of the key and SHA-512.
#[test]
fn a_signature_of_low_order_is_refused() {
    let mut signature = [0; 64];
    signature[0] = 1;
    hex::decode_to_slice(
        "dde9bdfe5b5b749fba610543e312ee8c8f4c23753ec15feee725aede30754601",
        &mut signature[32..],
    )
    .unwrap();
    assert!(!writer(0).verifier().verifies(b"text", &signature));
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: origin(fonds()),
        size: 20_852_163,
        root: [7; 32],
    }
}

#[test]
fn a_checkpoint_reads_back_and_refuses_other_logs_and_spellings() {
    let keys = [log_key().verifier().clone()];
    let name = origin(fonds());
    let signed = checkpoint().sign(&log_key());
    let text = format!("{name}\n20852163\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n");
    assert!(
        signed
            .note()
            .starts_with(&format!("{text}\n\u{2014} {name} "))
    );
    let read = SignedCheckpoint::open(signed.note(), &keys, Some(&name)).unwrap();
    assert_eq!(read, signed);
    assert_eq!(read.checkpoint(), &checkpoint());
    assert_eq!(read.key(), keys[0].id());

    assert_eq!(
        SignedCheckpoint::open(signed.note(), &keys, Some("vouchsafe/other")),
        Err(CheckpointError::Origin {
            expected: "vouchsafe/other".to_owned(),
            found: name.clone()
        })
    );
    let by_writer = checkpoint().sign(&writer(0));
    assert!(matches!(
        SignedCheckpoint::open(by_writer.note(), &keys, None),
        Err(CheckpointError::Note(NoteError::Unknown { .. }))
    ));
    for wrong in [
        text.replace("20852163", "020852163"),
        text.replace("20852163", "+20852163"),
        text.replace("20852163", "18446744073709551616"),
        text.replace("Bwc=", "Bwc"),
        text.replace("Bwc=", "Bwd="),
        text.replace("BwcHBwc", "BwcH"),
        text.replace(&name, ""),
        format!("{text}extension\n"),
        format!("{name}\n20852163\n"),
    ] {
        let note = Note::sign(wrong.clone(), &log_key()).to_string();
        let refused = SignedCheckpoint::open(&note, &keys, None);
        assert_eq!(refused, Err(CheckpointError::Shape), "{wrong}");
    }
}
