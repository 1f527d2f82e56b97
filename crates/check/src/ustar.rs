//! A reader of tar as the stored form has it: ustar, and pax for the size of a file above
//! 8 GiB. Anything else that calls itself tar is refused by name.
//!
//! It streams: nothing is held but one block.

use std::io::{self, Read};

/// The unit of a tar, in bytes.
const BLOCK: usize = 512;
/// The most members that are read.
const MEMBERS_MAX: usize = 200_000;
/// The largest pax record block that is read, in bytes.
const PAX_BYTES_MAX: u64 = 64 * 1024;

/// The head of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) path: String,
    pub(crate) is_folder: bool,
    pub(crate) size_bytes: u64,
    pub(crate) mode: u64,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    /// Seconds since 1970.
    pub(crate) mtime: u64,
}

/// Why a tar could not be read to its end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The bytes could not be had: the decryption failed.
    Read(io::Error),
    /// They are not a tar of this form.
    Form(String),
}

/// What takes the members.
pub(crate) trait Sink {
    /// A member begins.
    fn begin(&mut self, member: Member);
    /// Bytes of its content.
    fn content(&mut self, bytes: &[u8]);
    /// It has ended.
    fn end(&mut self);
}

/// Reads to the end of `source`, which must hold one tar and nothing but zeros after it.
pub(crate) fn walk(source: &mut impl Read, sink: &mut impl Sink) -> Result<(), Broken> {
    let mut pax_size = None;
    for _ in 0..MEMBERS_MAX {
        let block = read_block(source)?;
        if block.iter().all(|byte| *byte == 0) {
            return read_zeros(source);
        }
        let header = Header { block: &block };
        header.check()?;
        let kind = header.byte(156);
        if kind == b'x' {
            pax_size = Some(read_pax(source, header.number(124, 12, "size")?)?);
            continue;
        }
        let is_folder = match kind {
            b'0' | 0 => false,
            b'5' => true,
            other => return Err(form(format!("a member of type {:?}", char::from(other)))),
        };
        let size_bytes = match pax_size.take() {
            Some(size) => size,
            None => header.number(124, 12, "size")?,
        };
        if is_folder && size_bytes != 0 {
            return Err(form("a folder with content"));
        }
        sink.begin(Member {
            path: header.path()?,
            is_folder,
            size_bytes,
            mode: header.number(100, 8, "mode")?,
            uid: header.number(108, 8, "uid")?,
            gid: header.number(116, 8, "gid")?,
            mtime: header.number(136, 12, "mtime")?,
        });
        copy(source, size_bytes, |bytes| sink.content(bytes))?;
        sink.end();
    }
    Err(form(format!("more than {MEMBERS_MAX} members")))
}

fn form(why: impl Into<String>) -> Broken {
    Broken::Form(why.into())
}

fn read_block(source: &mut impl Read) -> Result<[u8; BLOCK], Broken> {
    let mut block = [0; BLOCK];
    fill(source, &mut block)?;
    Ok(block)
}

fn fill(source: &mut impl Read, bytes: &mut [u8]) -> Result<(), Broken> {
    source.read_exact(bytes).map_err(|error| {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            form("it ends in the middle")
        } else {
            Broken::Read(error)
        }
    })
}

/// One zero block has been read; a second must follow, and then nothing but zeros.
fn read_zeros(source: &mut impl Read) -> Result<(), Broken> {
    let mut block = read_block(source)?;
    loop {
        if block.iter().any(|byte| *byte != 0) {
            return Err(form("something stands after its end"));
        }
        let read = source.read(&mut block).map_err(Broken::Read)?;
        if read == 0 {
            return Ok(());
        }
        if let Some(rest) = block.get_mut(read..) {
            rest.fill(0);
        }
    }
}

/// Hands on `size` bytes and skips what fills their last block.
fn copy(source: &mut impl Read, size: u64, mut to: impl FnMut(&[u8])) -> Result<(), Broken> {
    const PIECE: usize = 64 * 1024;
    let mut buffer = vec![0; PIECE];
    let mut left = size;
    while left > 0 {
        let most = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        let piece = buffer.get_mut(..most).unwrap_or_default();
        let read = source.read(piece).map_err(Broken::Read)?;
        if read == 0 {
            return Err(form("it ends in the middle of a file"));
        }
        to(piece.get(..read).unwrap_or_default());
        left = left.saturating_sub(read as u64);
    }
    let over = size % BLOCK as u64;
    if over > 0 {
        let length = usize::try_from(BLOCK as u64 - over).unwrap_or(0);
        let mut padding = [0u8; BLOCK];
        fill(source, padding.get_mut(..length).unwrap_or_default())?;
    }
    Ok(())
}

/// Reads a pax header, which may state the size of the next member and nothing else.
fn read_pax(source: &mut impl Read, size: u64) -> Result<u64, Broken> {
    if size > PAX_BYTES_MAX {
        return Err(form("a pax header of more than 64 KiB"));
    }
    let mut text = Vec::new();
    copy(source, size, |bytes| text.extend_from_slice(bytes))?;
    // One record, `<length> size=<bytes>\n`, whose length counts all of it.
    let text = String::from_utf8(text).map_err(|_| form("a pax header that is not text"))?;
    text.strip_suffix('\n')
        .and_then(|record| record.split_once(' '))
        .filter(|(length, _)| length.parse() == Ok(text.len()))
        .and_then(|(_, pair)| pair.strip_prefix("size="))
        .and_then(|size| size.parse().ok())
        .ok_or_else(|| form("a pax header that states more than a size"))
}

struct Header<'a> {
    block: &'a [u8; BLOCK],
}

impl Header<'_> {
    fn field(&self, at: usize, length: usize) -> &[u8] {
        self.block.get(at..at + length).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> u8 {
        self.block.get(at).copied().unwrap_or_default()
    }

    fn check(&self) -> Result<(), Broken> {
        if self.field(257, 8) != b"ustar\x0000" {
            return Err(form("a member without the mark of ustar"));
        }
        let sum: u64 = self
            .block
            .iter()
            .enumerate()
            .map(|(at, byte)| {
                // The sum counts its own field as blanks.
                if (148..156).contains(&at) {
                    32
                } else {
                    u64::from(*byte)
                }
            })
            .sum();
        if self.number(148, 8, "checksum")? == sum {
            Ok(())
        } else {
            Err(form("a member whose checksum is wrong"))
        }
    }

    /// Octal digits, ended by NUL or blank.
    fn number(&self, at: usize, length: usize, what: &str) -> Result<u64, Broken> {
        let field = self.field(at, length);
        let digits = std::str::from_utf8(field)
            .unwrap_or_default()
            .trim_end_matches(['\0', ' '])
            .trim_start_matches(' ');
        u64::from_str_radix(digits, 8)
            .ok()
            .filter(|_| !digits.starts_with('+'))
            .ok_or_else(|| form(format!("a member whose {what} is not octal")))
    }

    fn text(&self, at: usize, length: usize) -> Result<&str, Broken> {
        let field = self.field(at, length);
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(length);
        std::str::from_utf8(field.get(..end).unwrap_or_default())
            .ok()
            .filter(|text| text.is_ascii())
            .ok_or_else(|| form("a member whose name is not ASCII"))
    }

    fn path(&self) -> Result<String, Broken> {
        let (prefix, name) = (self.text(345, 155)?, self.text(0, 100)?);
        let path = if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}/{name}")
        };
        let path = path.strip_suffix('/').unwrap_or(&path).to_owned();
        let is_plain = path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..");
        if is_plain {
            Ok(path)
        } else {
            Err(form(format!("a member named {path:?}")))
        }
    }
}
