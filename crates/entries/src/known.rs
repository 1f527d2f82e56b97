//! A value, or the word that says that nobody knows it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A value that may not be known. Stored as the value, or as the text `unknown`: a field that
/// is absent cannot be told from one that was forgotten.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Known<T> {
    /// The value.
    Is(T),
    /// Nobody said, and nothing told.
    #[default]
    Unknown,
}

impl<T> Known<T> {
    /// The value, if it is known.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

impl<T> From<Option<T>> for Known<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unknown, Self::Is)
    }
}

impl<T: fmt::Display> fmt::Display for Known<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(value) => value.fmt(f),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl<T: Serialize> Serialize for Known<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Is(value) => value.serialize(serializer),
            Self::Unknown => serializer.serialize_str("unknown"),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OrUnknown<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OrUnknown<T> {
            type Value = Known<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or \"unknown\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                if text == "unknown" {
                    return Ok(Known::Unknown);
                }
                T::deserialize(serde::de::value::StrDeserializer::new(text)).map(Known::Is)
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
                T::deserialize(serde::de::value::U64Deserializer::new(number)).map(Known::Is)
            }
        }
        deserializer.deserialize_any(OrUnknown(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_a_word_and_values_are_themselves() {
        let json = |value: &Known<u32>| serde_json::to_string(value).unwrap();
        assert_eq!(json(&Known::Is(3)), "3");
        assert_eq!(json(&Known::Unknown), "\"unknown\"");
        assert_eq!(
            serde_json::from_str::<Known<u32>>("3").unwrap(),
            Known::Is(3)
        );
        assert_eq!(
            serde_json::from_str::<Known<String>>("\"a\"").unwrap(),
            Known::Is("a".into())
        );
        assert_eq!(
            serde_json::from_str::<Known<u32>>("\"unknown\"").unwrap(),
            Known::Unknown
        );
        assert!(serde_json::from_str::<Known<u32>>("\"x\"").is_err());
        assert!(serde_json::from_str::<Known<u32>>("null").is_err());
    }
}
