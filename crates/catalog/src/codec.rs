//! Reading values strictly, without a panic on any bytes.

use crate::error::CatalogError;

/// What is left to read of a value.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(value: &'a [u8]) -> Self {
        Self { rest: value }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], CatalogError> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or_else(|| CatalogError::damaged("a value ends early"))?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Bytes with their length in two bytes before them.
    pub(crate) fn text(&mut self) -> Result<&'a [u8], CatalogError> {
        let length = self.u16()?;
        self.bytes(usize::from(length))
    }

    /// Text with its length in two bytes before it.
    pub(crate) fn string(&mut self) -> Result<String, CatalogError> {
        let text = std::str::from_utf8(self.text()?);
        text.map(str::to_owned)
            .map_err(|_| CatalogError::damaged("a term is not text"))
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CatalogError> {
        let bytes = self.bytes(N)?;
        <[u8; N]>::try_from(bytes).map_err(|_| CatalogError::damaged("a value ends early"))
    }

    pub(crate) fn digest(&mut self) -> Result<domain::Digest, CatalogError> {
        Ok(domain::Digest::from_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, CatalogError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, CatalogError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, CatalogError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, CatalogError> {
        Ok(i64::from_be_bytes(self.array()?))
    }
}

/// A count that fits by construction; more than 65,535 would be read back as damage.
pub(crate) fn count_u16(count: usize) -> [u8; 2] {
    u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes()
}

/// A length in memory as it is stored; entries and blocks are far shorter than 4 GiB.
pub(crate) fn length_u32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}
