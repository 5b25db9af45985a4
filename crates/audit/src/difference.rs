//! Where two values differ first.

use serde_json::Value;

/// The first place in which two values differ, as a path, and what stands there in each.
pub(crate) fn first(left: &Value, right: &Value) -> Option<(String, String, String)> {
    if left == right {
        return None;
    }
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            within(keys.map(|key| (format!(".{key}"), a.get(key), b.get(key))))
        }
        (Value::Array(a), Value::Array(b)) => {
            let places = 0..a.len().max(b.len());
            within(places.map(|place| (format!("[{place}]"), a.get(place), b.get(place))))
        }
        _ => Some((String::new(), left.to_string(), right.to_string())),
    }
}

fn within<'a>(
    mut pairs: impl Iterator<Item = (String, Option<&'a Value>, Option<&'a Value>)>,
) -> Option<(String, String, String)> {
    pairs.find_map(|(step, left, right)| match (left, right) {
        (Some(left), Some(right)) => {
            first(left, right).map(|(rest, left, right)| (format!("{step}{rest}"), left, right))
        }
        (left, right) => Some((step, shown(left), shown(right))),
    })
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_difference_is_named_with_both_values() {
        let left = json!({ "a": 1, "b": { "c": ["x", "y"] } });
        let right = json!({ "a": 1, "b": { "c": ["x", "z"] } });
        let found = first(&left, &right).unwrap();
        assert_eq!(found, (".b.c[1]".into(), "\"y\"".into(), "\"z\"".into()));
        assert_eq!(first(&left, &left), None);
        let shorter = json!({ "a": 1, "b": { "c": ["x"] } });
        assert_eq!(first(&left, &shorter).unwrap().2, "nothing");
    }
}
