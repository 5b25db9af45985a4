//! A value that is printed as JSON, in the order in which it was built, or as tables for people.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// A JSON value whose maps keep their order.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Count(u64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(&'static str, Node)>),
    /// As another crate prints it.
    Json(serde_json::Value),
}

impl Node {
    pub(crate) fn text(value: impl std::fmt::Display) -> Self {
        Self::Text(value.to_string())
    }

    pub(crate) fn list(values: impl IntoIterator<Item = Self>) -> Self {
        Self::List(values.into_iter().collect())
    }

    /// What stands where a table has one cell.
    pub(crate) fn cell(&self) -> String {
        match self {
            Self::Null => "–".into(),
            Self::Bool(true) => "yes".into(),
            Self::Bool(false) => "no".into(),
            Self::Count(count) => count.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(values) => joined(values.iter().map(Self::cell)),
            Self::Map(fields) => {
                joined(fields.iter().map(|(key, value)| format!("{key} {}", value.cell())))
            }
            Self::Json(value) => {
                value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
            }
        }
    }
}

fn joined(cells: impl Iterator<Item = String>) -> String {
    let text = cells.collect::<Vec<_>>().join(", ");
    if text.is_empty() { "–".into() } else { text }
}

impl<N: Into<Node>> From<Option<N>> for Node {
    fn from(value: Option<N>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<u64> for Node {
    fn from(value: u64) -> Self {
        Self::Count(value)
    }
}

impl From<u32> for Node {
    fn from(value: u32) -> Self {
        Self::Count(value.into())
    }
}

impl From<usize> for Node {
    fn from(value: usize) -> Self {
        Self::Count(u64::try_from(value).unwrap_or(u64::MAX))
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<String> for Node {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Node {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(value) => to.serialize_bool(*value),
            Self::Count(count) => to.serialize_u64(*count),
            Self::Text(text) => to.serialize_str(text),
            Self::List(values) => {
                let mut list = to.serialize_seq(Some(values.len()))?;
                values.iter().try_for_each(|value| list.serialize_element(value))?;
                list.end()
            }
            Self::Map(fields) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Json(value) => value.serialize(to),
        }
    }
}
