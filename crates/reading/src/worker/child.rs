//! The child: sets up, locks itself in, answers page by page until its input ends.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use super::confine;
use super::protocol::{self, Answer, Request};
use crate::decode::Source;
use crate::limits::Limits;
use crate::ocr::EngineSetup;
use crate::page::{ReadOptions, Reader};
use crate::unreadable::{ReadFailure, Unreadable};

/// The whole life of a worker process: what the program's hidden verb calls, and nothing else.
#[must_use]
pub fn main() -> ExitCode {
    serve(|_| {})
}

/// As [`main`], with something that sees the foreign bytes first, inside the confinement. The
/// probes by which the confinement is tested are such a thing.
#[must_use]
pub fn serve(first_look: impl FnMut(&[u8])) -> ExitCode {
    note_panics();
    confine::close_descriptors();
    if confine::end_with_parent().is_err() {
        return ExitCode::FAILURE;
    }
    match answer_all(
        &mut io::stdin().lock(),
        &mut io::stdout().lock(),
        first_look,
    ) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer_all(
    input: &mut impl Read,
    out: &mut impl Write,
    mut first_look: impl FnMut(&[u8]),
) -> io::Result<()> {
    let Some(frame) = protocol::read(input, 0)? else {
        return Ok(());
    };
    let Request::Setup {
        limits,
        policy,
        engine,
    } = frame.parse()?
    else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let (mut reader, confinement) = match set_up(&limits, policy, &engine) {
        Ok(ready) => ready,
        Err(why) => return protocol::write(out, &Answer::Refused { why }, &[]),
    };
    let ready = Answer::Ready {
        engine: reader.engine().clone(),
        confinement,
    };
    protocol::write(out, &ready, &[])?;
    while let Some(frame) = protocol::read(input, limits.file_bytes_max)? {
        let Request::Read { options } = frame.parse()? else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let bytes = frame.blobs.into_iter().next().unwrap_or_default();
        confine::bound_processor_seconds(limits.page_seconds_max);
        first_look(&bytes);
        match answer_file(&mut reader, bytes, &limits, &options, out)? {
            Ok(()) => protocol::write(out, &Answer::Done, &[])?,
            Err(failure) => protocol::write(out, &Answer::Failed { failure }, &[])?,
        }
    }
    Ok(())
}

fn set_up(
    limits: &Limits,
    policy: confine::ConfinementPolicy,
    engine: &EngineSetup,
) -> Result<(Reader, confine::Confinement), Unreadable> {
    confine::hide()?;
    let engines = engine.load().map_err(|error| Unreadable::NoWorker {
        found: error.to_string(),
    })?;
    let confinement = confine::enter(limits, policy, |work| engines.on_its_threads(work))?;
    Ok((Reader::new(engines), confinement))
}

/// Answers the pages of one file. The outer error is the pipe's, the inner one the file's.
fn answer_file(
    reader: &mut Reader,
    bytes: Vec<u8>,
    limits: &Limits,
    options: &ReadOptions,
    out: &mut impl Write,
) -> io::Result<Result<(), ReadFailure>> {
    let opened = caught(None, || Source::open(bytes, limits));
    let mut source = match opened {
        Ok(source) => source,
        Err(failure) => return Ok(Err(failure)),
    };
    let opened = Answer::Opened {
        media_type: source.media_type(),
        page_count: source.page_count(),
    };
    protocol::write(out, &opened, &[])?;
    for number in 1..=source.page_count() {
        confine::bound_processor_seconds(limits.page_seconds_max);
        let read = caught(Some(number), || {
            let decoded = source.page(number)?;
            reader
                .read(number, decoded, options)
                .map_err(|why| ReadFailure::page(number, why))
        });
        let page = match read {
            Ok(page) => Box::new(page),
            Err(failure) => return Ok(Err(failure)),
        };
        let (alto, text) = (page.alto_xml.clone(), page.text.clone());
        let preview = page.preview_webp.clone();
        protocol::write(
            out,
            &Answer::Page { page },
            &[alto.as_bytes(), text.as_bytes(), &preview],
        )?;
    }
    Ok(Ok(()))
}

/// Where the last panic was.
static PANICKED_AT: Mutex<Option<String>> = Mutex::new(None);

/// Notes where a panic was, and not what it said, which could carry what stands on a page.
fn note_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(|at| format!("{}:{}", within_crate(at.file()), at.line()));
        *PANICKED_AT.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
}

/// The path of a source file from its crate on: where the crate lay is the builder's business.
fn within_crate(path: &str) -> &str {
    let crate_at = path
        .rfind("/src/")
        .and_then(|src| path.get(..src)?.rfind('/'))
        .map_or(0, |slash| slash + 1);
    path.get(crate_at..).unwrap_or(path)
}

/// A decoder that panics has met a damaged file; the worker lives on.
fn caught<T>(
    page: Option<u32>,
    work: impl FnOnce() -> Result<T, ReadFailure>,
) -> Result<T, ReadFailure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let noted = PANICKED_AT
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let place = noted.unwrap_or_else(|| "an unknown place".to_owned());
        Err(ReadFailure {
            page,
            why: Unreadable::Damaged {
                found: format!("the decoder gave up on it at {place}"),
            },
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_damaged_file_and_says_where_but_not_what() {
        note_panics();
        let failure = caught::<()>(Some(3), || panic!("8800012345")).unwrap_err();
        let _ = std::panic::take_hook();
        assert_eq!(failure.page, Some(3));
        let said = failure.why.to_string();
        assert!(said.contains("reading/src/worker/child.rs:"), "{said}");
        assert!(!said.contains("8800012345"), "{said}");
    }

    #[test]
    fn a_source_is_named_from_its_crate_on() {
        for (path, expected) in [
            (
                "/a/registry/src/index-1/tiff-0.11.3/src/decoder/image.rs",
                "tiff-0.11.3/src/decoder/image.rs",
            ),
            ("crates/reading/src/page.rs", "reading/src/page.rs"),
            ("reading/src/page.rs", "reading/src/page.rs"),
            ("build.rs", "build.rs"),
        ] {
            assert_eq!(within_crate(path), expected);
        }
    }
}
