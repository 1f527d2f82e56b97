//! JSON read strictly: a key that stands twice in one object refuses the whole text.
//!
//! Ordinary readers keep one of two equal keys and drop the other, and not all keep the same
//! one; two people would then read two different entries out of the same signed bytes. This
//! reader does not know what any key means, and writes no JSON but the text of a string.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// A JSON value, its object keys in the order in which they stood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A whole number from 0 to 2^64 - 1.
    Whole(u64),
    /// Any other number: negative, broken or larger. No stored form has a place for one.
    OtherNumber,
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value and nothing after it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// The value of `key`, where this is an object that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.fields()?
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// The keys and values, where this is an object.
    pub(crate) fn fields(&self) -> Option<&[(String, Self)]> {
        if let Self::Object(fields) = self {
            Some(fields)
        } else {
            None
        }
    }

    /// The values, where this is a list.
    pub(crate) fn list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self {
            Some(items)
        } else {
            None
        }
    }

    /// The text, where this is one.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The number, where this is a whole one.
    pub(crate) fn whole(&self) -> Option<u64> {
        if let Self::Whole(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// The text of `key`.
    pub(crate) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The text of `key`, read as what the caller wants it to be.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.text_of(key)?.parse().ok()
    }

    /// The whole number of `key`.
    pub(crate) fn whole_of(&self, key: &str) -> Option<u64> {
        self.get(key)?.whole()
    }

    /// The texts of `key`, where it is a list of nothing else.
    pub(crate) fn texts_of(&self, key: &str) -> Option<Vec<String>> {
        self.get(key)?
            .list()?
            .iter()
            .map(|item| item.text().map(str::to_owned))
            .collect()
    }
}

/// A string as compact JSON writes it, quotes included.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Strict)
    }
}

struct Strict;

impl<'de> Visitor<'de> for Strict {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Whole(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format_args!(
                    "the key {key:?} stands twice in one object"
                )));
            }
            let value = map.next_value()?;
            fields.push((key, value));
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_refuses_the_text_at_any_depth() {
        assert!(Json::parse(br#"{"a":1,"b":{"a":2}}"#).is_ok());
        for twice in [
            r#"{"a":1,"a":1}"#,
            r#"{"x":[{"a":1,"b":2,"a":3}]}"#,
            // The same key in another spelling is the same key.
            r#"{"a":1,"\u0061":2}"#,
        ] {
            let error = Json::parse(twice.as_bytes()).unwrap_err();
            assert!(error.contains("twice"), "{error}");
        }
    }

    #[test]
    fn nothing_may_follow_and_depth_is_limited() {
        assert!(Json::parse(b"{} {}").is_err());
        assert!(Json::parse(b"").is_err());
        assert!(Json::parse(b"\xff").is_err());
        let deep = "[".repeat(5000);
        assert!(Json::parse(deep.as_bytes()).is_err());
    }

    #[test]
    fn numbers_that_no_form_has_are_told_apart() {
        assert_eq!(
            Json::parse(b"18446744073709551615"),
            Ok(Json::Whole(u64::MAX))
        );
        for other in ["-1", "1.0", "1e3", "18446744073709551616"] {
            assert_eq!(
                Json::parse(other.as_bytes()),
                Ok(Json::OtherNumber),
                "{other}"
            );
        }
    }
}
