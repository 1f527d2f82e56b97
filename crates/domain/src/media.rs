//! Media types, carriers and sensitivity.

use std::fmt;
use std::str::FromStr;

use crate::text_serde;

/// The text is none of the words that are known here.
#[derive(Debug, thiserror::Error)]
#[error("unknown {kind} {found:?}: expected one of {expected}")]
pub struct UnknownWord {
    /// What is being named.
    pub kind: &'static str,
    /// The words that are known.
    pub expected: &'static str,
    /// What stood there.
    pub found: String,
}

impl UnknownWord {
    /// The error for `found` where one of `expected` should stand.
    #[must_use]
    pub fn new(kind: &'static str, expected: &'static str, found: &str) -> Self {
        Self {
            kind,
            expected,
            found: found.chars().take(60).collect(),
        }
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $all:literal, { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that stands for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err(UnknownWord::new($kind, $all, other)),
                }
            }
        }

        text_serde!($name);
    };
}

words! {
    /// What the bytes of an original are, told from the bytes and never from the file's name.
    MediaType, "media type", "image/tiff, image/jpeg, image/png, application/pdf, application/octet-stream", {
        /// TIFF, one page or many.
        Tiff = "image/tiff",
        /// JPEG.
        Jpeg = "image/jpeg",
        /// PNG.
        Png = "image/png",
        /// PDF, as scanners write it.
        Pdf = "application/pdf",
        /// None of these: kept, never decoded.
        Unknown = "application/octet-stream",
    }
}

impl MediaType {
    /// The type that the first bytes show.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Self {
        let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
        match head {
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Self::Tiff,
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Self::Png,
            // Readers accept a PDF whose header stands somewhere in the first kilobyte.
            _ if head.windows(5).any(|w| w == b"%PDF-") => Self::Pdf,
            _ => Self::Unknown,
        }
    }

    /// The extension that a file of this type gets in a bag, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Tiff => "tif",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Pdf => "pdf",
            Self::Unknown => "bin",
        }
    }
}

words! {
    /// The medium of a rendition (存储介质, R02).
    Medium, "medium", "paper, tape, disk, optical-disc, online-store", {
        /// Paper (纸质), written or printed.
        Paper = "paper",
        /// Magnetic tape (磁带).
        Tape = "tape",
        /// A disk that is not online (磁盘).
        Disk = "disk",
        /// An optical disc (光盘).
        OpticalDisc = "optical-disc",
        /// An online store: the archive itself.
        OnlineStore = "online-store",
    }
}

words! {
    /// How far a document may be known (敏感级别, R105).
    Sensitivity, "sensitivity", "public, internal, confidential, secret", {
        /// May be published (公开).
        Public = "public",
        /// For the firm's staff (内部).
        Internal = "internal",
        /// A client's affairs (保密).
        Confidential = "confidential",
        /// Named persons only (机密).
        Secret = "secret",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_tell_the_type_not_the_name() {
        assert_eq!(MediaType::detect(b"II*\0rest"), MediaType::Tiff);
        assert_eq!(MediaType::detect(b"MM\0*rest"), MediaType::Tiff);
        assert_eq!(
            MediaType::detect(&[0xff, 0xd8, 0xff, 0xe0]),
            MediaType::Jpeg
        );
        assert_eq!(MediaType::detect(b"\x89PNG\r\n\x1a\n"), MediaType::Png);
        assert_eq!(MediaType::detect(b"%PDF-1.7"), MediaType::Pdf);
        assert_eq!(MediaType::detect(b"junk before\n%PDF-1.4"), MediaType::Pdf);
        for unknown in [&b""[..], b"I", b"II", b"hello", &[0; 64]] {
            assert_eq!(MediaType::detect(unknown), MediaType::Unknown);
        }
    }

    #[test]
    fn every_word_reads_back() {
        for value in MediaType::ALL {
            assert_eq!(value.as_str().parse::<MediaType>().unwrap(), *value);
        }
        for value in Medium::ALL {
            assert_eq!(value.as_str().parse::<Medium>().unwrap(), *value);
        }
        for value in Sensitivity::ALL {
            assert_eq!(value.as_str().parse::<Sensitivity>().unwrap(), *value);
        }
        assert!("paper ".parse::<Medium>().is_err());
    }
}
