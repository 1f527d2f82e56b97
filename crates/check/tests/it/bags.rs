//! What is inside sealed objects. Everything outside is right here: the digests in the ledger
//! are those of the wrong bags, as if the writer itself had made them.

use check::{Options, Report};
use serde_json::{Value, json};

use crate::forge::{
    Files, Forge, bag_files, check, codes, derived_files, expect, plain, remake_manifests, sha256,
    tar_of, ulid,
};

const ORIGINALS: [&[u8]; 2] = [b"II*\0 a voucher", b"\xff\xd8\xff a second page"];

fn opening(forge: &Forge) -> Options {
    Options {
        identity: Some(forge.archive_identity()),
        ..plain()
    }
}

/// Files record 7 with what `change` made of its right bag and derived object.
async fn filed(change: impl FnOnce(&mut Files, &mut Files), expected: &[&str]) -> Report {
    let mut forge = Forge::small();
    let record = ulid(7);
    let mut bag = bag_files(&record, &ORIGINALS);
    let mut derived = derived_files(2);
    change(&mut bag, &mut derived);
    let body = forge.filing_of(&record, &ORIGINALS, &bag, &derived);
    forge.record("record.filed", &body);
    expect(&forge, &opening(&forge), expected).await
}

async fn bagged(change: impl FnOnce(&mut Files), expected: &[&str]) -> Report {
    filed(|bag, _| change(bag), expected).await
}

fn bytes<'a>(files: &'a mut Files, ending: &str) -> &'a mut Vec<u8> {
    &mut files
        .iter_mut()
        .find(|(path, _)| path.ends_with(ending))
        .unwrap()
        .1
}

fn without(files: &mut Files, ending: &str) {
    let before = files.len();
    files.retain(|(path, _)| !path.ends_with(ending));
    assert_ne!(files.len(), before);
}

fn add(files: &mut Files, path: &str, content: &[u8]) {
    files.insert(1, (format!("{}/{path}", ulid(7)), content.to_vec()));
}

fn remade(files: &mut Files) {
    remake_manifests(&ulid(7), files);
}

#[tokio::test]
async fn an_edited_description_shows() {
    bagged(|_| {}, &[]).await;
    bagged(
        |bag| bytes(bag, "record.json").push(b' '),
        &["bag-tagmanifest"],
    )
    .await;
    bagged(
        |bag| bytes(bag, "bag-info.txt").extend(b"Contact: x\n"),
        &["bag-tagmanifest"],
    )
    .await;
    for wrong in ["", "{", "[]", r#"{"a":1,"a":2}"#, r#"{"record":"other"}"#] {
        let change = |bag: &mut Files| {
            *bytes(bag, "record.json") = wrong.into();
            remade(bag);
        };
        bagged(change, &["bag-record"]).await;
    }
    let gone = |bag: &mut Files| {
        without(bag, "record.json");
        remade(bag);
    };
    bagged(gone, &["bag-record", "bag-tagmanifest"]).await;
}

#[tokio::test]
async fn manifests_are_complete_both_ways() {
    let missing = ["bag-tagmanifest"];
    bagged(|bag| without(bag, "tagmanifest-sha256.txt"), &missing).await;
    bagged(
        |bag| without(bag, "/manifest-sha256.txt"),
        &["bag-manifest", "bag-tagmanifest"],
    )
    .await;
    bagged(
        |bag| add(bag, "data/0003.bin", b"more"),
        &["bag-declaration", "bag-manifest", "bag-originals"],
    )
    .await;
    bagged(
        |bag| add(bag, "notes.txt", b"more"),
        &["bag-tagmanifest", "bag-unknown-file"],
    )
    .await;
    let covered = |bag: &mut Files| {
        add(bag, "notes.txt", b"more");
        remade(bag);
    };
    bagged(covered, &["bag-unknown-file"]).await;
    bagged(
        |bag| without(bag, "0002.jpg"),
        &["bag-declaration", "bag-manifest", "bag-originals"],
    )
    .await;
    bagged(
        |bag| bytes(bag, "0002.jpg")[9] ^= 1,
        &["bag-manifest", "bag-originals"],
    )
    .await;
    for wrong in ["", "\n", "words\n", "00  data/0001.tif\n"] {
        let change = |bag: &mut Files| *bytes(bag, "/manifest-sha256.txt") = wrong.into();
        bagged(change, &["bag-manifest", "bag-tagmanifest"]).await;
    }
    let doubled = |bag: &mut Files| {
        let manifest = bytes(bag, "/manifest-sha256.txt");
        let twice = manifest.repeat(2);
        *manifest = twice;
    };
    bagged(doubled, &["bag-manifest", "bag-tagmanifest"]).await;
    let foreign = |bag: &mut Files| {
        let line = format!("{}  bagit.txt\n", sha256(&bag[0].1));
        bytes(bag, "/manifest-sha256.txt").extend(line.into_bytes());
    };
    bagged(foreign, &["bag-manifest", "bag-tagmanifest"]).await;
}

#[tokio::test]
async fn a_bag_that_is_right_in_itself_and_another_than_was_filed() {
    let mut forge = Forge::small();
    let mut body = forge.filing(7, &ORIGINALS);
    body["tagmanifest_sha256"] = json!("0".repeat(64));
    forge.record("record.filed", &body);
    expect(&forge, &opening(&forge), &["bag-of-another-filing"]).await;

    let change: [fn(&mut Value); 5] = [
        |originals| originals[0]["sha256"] = json!("0".repeat(64)),
        |originals| originals[1]["size_bytes"] = json!(1),
        |originals| originals.as_array_mut().unwrap().swap(0, 1),
        |originals| originals.as_array_mut().unwrap().truncate(1),
        |originals| originals[0]["media_type"] = json!("image/png"),
    ];
    for change in change {
        let mut forge = Forge::small();
        let mut body = forge.filing(7, &ORIGINALS);
        change(&mut body["originals"]);
        forge.record("record.filed", &body);
        expect(&forge, &opening(&forge), &["bag-originals"]).await;
    }
    let renamed = |bag: &mut Files| {
        let path = bag
            .iter_mut()
            .find(|(path, _)| path.ends_with("0001.tif"))
            .unwrap();
        path.0 = path.0.replace("0001.tif", "0001.png");
        remade(bag);
    };
    bagged(renamed, &["bag-originals"]).await;
}

#[tokio::test]
async fn the_folder_is_the_record() {
    let moved = |to: &'static str| {
        move |bag: &mut Files| {
            for (path, _) in bag.iter_mut() {
                *path = path.replacen(&ulid(7), to, 1);
            }
        }
    };
    bagged(moved("elsewhere"), &["bag-folder"]).await;
    bagged(
        |bag| bag.push(("other/x".to_owned(), vec![])),
        &["bag-folder", "bag-tagmanifest", "bag-unknown-file"],
    )
    .await;
    let flat = |bag: &mut Files| bag.push(("x".to_owned(), vec![]));
    bagged(flat, &["bag-folder", "bag-tagmanifest", "bag-unknown-file"]).await;
}

#[tokio::test]
async fn declarations_are_demanded() {
    for (file, wrong) in [
        (
            "bagit.txt",
            "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n",
        ),
        ("bagit.txt", ""),
        ("bag-info.txt", "words\n"),
        ("bag-info.txt", ""),
        ("bag-info.txt", "Payload-Oxum: 1.2\n"),
    ] {
        let change = |bag: &mut Files| {
            *bytes(bag, file) = wrong.into();
            remade(bag);
        };
        bagged(change, &["bag-declaration"]).await;
    }
}

#[tokio::test]
async fn the_derived_object_has_every_page() {
    let incomplete = ["derived-incomplete"];
    filed(|_, derived| without(derived, "alto/0002.xml"), &incomplete).await;
    filed(
        |_, derived| without(derived, "preview/0001.webp"),
        &incomplete,
    )
    .await;
    filed(|_, derived| without(derived, "fields.json"), &incomplete).await;
    filed(|_, derived| without(derived, "pages.json"), &incomplete).await;
    filed(
        |_, derived| *bytes(derived, "pages.json") = b"{}".to_vec(),
        &incomplete,
    )
    .await;
    filed(
        |_, derived| *bytes(derived, "fields.json") = b"{".to_vec(),
        &incomplete,
    )
    .await;
    filed(
        |_, derived| *bytes(derived, "alto/0001.xml") = b"words".to_vec(),
        &incomplete,
    )
    .await;
    filed(
        |_, derived| *bytes(derived, "preview/0001.webp") = b"RIFF".to_vec(),
        &incomplete,
    )
    .await;
    filed(
        |_, derived| derived.push(("alto/0003.xml".into(), vec![])),
        &["derived-unknown-file"],
    )
    .await;
    filed(
        |_, derived| derived.push(derived[0].clone()),
        &["derived-malformed"],
    )
    .await;
    let wrapped = |_: &mut Files, derived: &mut Files| {
        let pages = json!({"pages": [{}, {}]});
        *bytes(derived, "pages.json") = pages.to_string().into();
    };
    filed(wrapped, &[]).await;
}

/// Files record 7 with a bag of these bytes.
async fn sealed(tar: Vec<u8>) -> Report {
    let mut forge = Forge::small();
    let mut body = forge.filing(7, &ORIGINALS);
    forge
        .objects
        .retain(|path, _| !path.contains(&format!("{}.bag", ulid(7))));
    body["bag"] = forge.seal(&format!("{}.bag.1", ulid(7)), &tar);
    forge.record("record.filed", &body);
    check(&forge.objects, &opening(&forge)).await
}

#[tokio::test]
async fn only_the_tar_of_the_stored_form_is_read() {
    let files = bag_files(&ulid(7), &ORIGINALS);
    let right = tar_of(&files);
    assert!(sealed(right.clone()).await.is_clean());
    let mut padded = right.clone();
    padded.extend([0; 10240]);
    assert!(sealed(padded).await.is_clean());

    let mut wrong: Vec<Vec<u8>> = Vec::new();
    for cut in [
        0,
        1,
        511,
        512,
        700,
        1024,
        right.len() - 512,
        right.len() - 1024,
    ] {
        wrong.push(right[..cut].to_vec());
    }
    wrong.push([&right[..], b"x"].concat());
    for (at, byte) in [
        (0, 0xff),
        (100, b'9'),
        (124, 0x80),
        (148, b'x'),
        (156, b'2'),
        (257, b'x'),
    ] {
        let mut other = right.clone();
        other[at] = byte;
        wrong.push(other);
    }
    wrong.push(tar_of(&[files.clone(), files[..1].to_vec()].concat()));
    for (number, tar) in wrong.into_iter().enumerate() {
        let report = sealed(tar).await;
        let codes = codes(&report);
        assert_eq!(codes, ["bag-malformed"].into(), "wrong tar {number}");
        assert_eq!(report.counts.bags_valid, 1);
    }
}

#[tokio::test]
async fn members_that_no_bag_has_are_refused_by_name() {
    // One member, right but for its name or its kind.
    let with = |name: &str, kind: u8| {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::new(kind));
        header.set_size(3);
        header.set_mode(0o644);
        header.set_mtime(1);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        tar.append(&header, b"abc".as_slice()).unwrap();
        tar.into_inner().unwrap()
    };
    let inside = format!("{}/x", ulid(7));
    assert!(!codes(&sealed(with(&inside, b'0')).await).contains("bag-malformed"));
    for (name, kind, found) in [
        ("../x", b'0', "a member named"),
        ("a/../x", b'0', "a member named"),
        ("/x", b'0', "a member named"),
        ("a//b", b'0', "a member named"),
        ("a/./b", b'0', "a member named"),
        ("", b'0', "a member named"),
        ("名", b'0', "not ASCII"),
        (&inside, b'1', "of type"),
        (&inside, b'2', "of type"),
        (&inside, b'3', "of type"),
        (&inside, b'L', "of type"),
        (&inside, b'g', "of type"),
        (&inside, b'x', "a pax header"),
        (&inside, b'5', "a folder with content"),
    ] {
        let report = sealed(with(name, kind)).await;
        assert_eq!(codes(&report), ["bag-malformed"].into(), "{name} {kind}");
        let actual = &report.findings[0].found;
        assert!(actual.contains(found), "{name} {kind}: {actual}");
    }
}

#[tokio::test]
async fn odd_owners_modes_times_and_order_are_a_warning() {
    let files = bag_files(&ulid(7), &ORIGINALS);
    let odd: [fn(usize, &mut tar::Header); 4] = [
        |_, header| header.set_uid(1000),
        |_, header| header.set_gid(1000),
        |_, header| header.set_mode(0o600),
        |number, header| header.set_mtime(number as u64),
    ];
    for odd in odd {
        let mut tar = tar::Builder::new(Vec::new());
        for (number, (path, bytes)) in files.iter().enumerate() {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(1);
            header.set_uid(0);
            header.set_gid(0);
            odd(number, &mut header);
            tar.append_data(&mut header, path, bytes.as_slice())
                .unwrap();
        }
        let report = sealed(tar.into_inner().unwrap()).await;
        assert_eq!(codes(&report), ["bag-form"].into());
    }
    let mut turned = files;
    turned.reverse();
    assert_eq!(codes(&sealed(tar_of(&turned)).await), ["bag-form"].into());
}

#[tokio::test]
async fn a_size_above_eight_gigabytes_may_stand_in_pax_and_nothing_else() {
    let files = bag_files(&ulid(7), &ORIGINALS);
    let with_pax = |records: &str| {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, bytes) in &files {
            let mut pax = tar::Header::new_ustar();
            pax.set_entry_type(tar::EntryType::XHeader);
            pax.set_path("pax").unwrap();
            let record = records.replace("SIZE", &bytes.len().to_string());
            let record = format!("{} {record}\n", record.len() + 4);
            pax.set_size(record.len() as u64);
            pax.set_cksum();
            tar.append(&pax, record.as_bytes()).unwrap();
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(1);
            header.set_uid(0);
            header.set_gid(0);
            tar.append_data(&mut header, path, bytes.as_slice())
                .unwrap();
        }
        tar.into_inner().unwrap()
    };
    // The length of a record counts itself: two digits, a blank, the pair, the LF.
    assert!(sealed(with_pax("size=0000SIZE")).await.is_clean());
    assert_eq!(
        codes(&sealed(with_pax("path=0000SIZE")).await),
        ["bag-malformed"].into()
    );
    assert_eq!(
        codes(&sealed(with_pax("size=words")).await),
        ["bag-malformed"].into()
    );
}

#[tokio::test]
async fn a_bag_that_the_archive_identity_cannot_open() {
    let mut forge = Forge::small();
    let mut body = forge.filing(7, &ORIGINALS);
    let strangers = [(); 2].map(|()| age::x25519::Identity::generate());
    let name = format!("{}.bag.1", ulid(7));
    body["bag"] = forge.seal_for(&name, b"tar", &strangers);
    let strangers = [(); 3].map(|()| age::x25519::Identity::generate());
    let name = format!("{}.derived.1", ulid(7));
    body["derived"] = forge.seal_for(&name, b"tar", &strangers);
    forge.record("record.filed", &body);
    let report = expect(
        &forge,
        &opening(&forge),
        &["bag-unopened", "derived-unopened"],
    )
    .await;
    assert_eq!(
        (report.counts.bags_valid, report.counts.derived_valid),
        (1, 1)
    );
    expect(&forge, &plain(), &[]).await;
}

#[tokio::test]
async fn a_payload_of_another_file_key_does_not_decrypt() {
    let mut forge = Forge::small();
    let mut body = forge.filing(7, &ORIGINALS);
    let other = forge.filing(8, &ORIGINALS);
    let payload = |number, part: &str| crate::forge::paths(&format!("{}.{part}.1", ulid(number))).1;
    for part in ["bag", "derived"] {
        let bytes = forge.objects[&payload(8, part)].clone();
        forge.objects.insert(payload(7, part), bytes);
        for key in ["payload_sha256", "payload_size_bytes"] {
            body[part][key] = other[part][key].clone();
        }
    }
    forge.record("record.filed", &other);
    forge.record("record.filed", &body);
    expect(
        &forge,
        &opening(&forge),
        &["bag-unopened", "derived-unopened"],
    )
    .await;
}

#[tokio::test]
async fn a_large_bag_passes_in_pieces() {
    // Larger than anything that is kept whole, so that keeping it would show.
    let large = vec![0x5a; 24 * 1024 * 1024];
    let originals: [&[u8]; 1] = [&large];
    let mut forge = Forge::small();
    let body = forge.filing(7, &originals);
    forge.record("record.filed", &body);
    let report = expect(&forge, &opening(&forge), &[]).await;
    assert_eq!(report.counts.bags_valid, 2);

    let mut forge = Forge::small();
    let mut bag = bag_files(&ulid(7), &ORIGINALS);
    *bytes(&mut bag, "record.json") = large;
    remade(&mut bag);
    let body = forge.filing_of(&ulid(7), &ORIGINALS, &bag, &derived_files(2));
    forge.record("record.filed", &body);
    expect(&forge, &opening(&forge), &["bag-record"]).await;
}
