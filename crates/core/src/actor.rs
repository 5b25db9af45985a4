//! Who sent a command. The app authenticates; the book authorises. `domain.md` §7.

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;
use uuid::Uuid;

use crate::id::{BuyerId, PartyId};

/// The sender of a command.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Who runs the book.
    Operator,
    /// The clock: duties only.
    System,
    /// A leader.
    Leader(PartyId),
    /// A supplier.
    Supplier(PartyId),
    /// A buyer.
    Buyer(BuyerId),
}

const KINDS: &[&str] = &["operator", "system", "leader", "supplier", "buyer"];

impl<'de> Deserialize<'de> for Actor {
    /// `"operator"`, `"system"`, or an object of one key: a word is a string, an id has its role.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ActorVisitor)
    }
}

struct ActorVisitor;

impl<'de> Visitor<'de> for ActorVisitor {
    type Value = Actor;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            r#"an actor: "operator", "system", {"leader":ID}, {"supplier":ID} or {"buyer":ID}"#,
        )
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Actor, E> {
        match word {
            "operator" => Ok(Actor::Operator),
            "system" => Ok(Actor::System),
            _ => Err(E::unknown_variant(word, KINDS)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Actor, A::Error> {
        let role: SmolStr = map.next_key()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let actor = match role.as_str() {
            "leader" => Actor::Leader(map.next_value()?),
            "supplier" => Actor::Supplier(map.next_value()?),
            "buyer" => Actor::Buyer(map.next_value()?),
            _ => return Err(A::Error::unknown_variant(&role, KINDS)),
        };
        match map.next_key::<SmolStr>()? {
            None => Ok(actor),
            Some(_) => Err(A::Error::invalid_length(2, &self)),
        }
    }
}

impl Actor {
    /// The id behind the actor, whatever its role; none for operator and system.
    pub const fn person(self) -> Option<Uuid> {
        match self {
            Self::Operator | Self::System => None,
            Self::Leader(id) | Self::Supplier(id) => Some(id.uuid()),
            Self::Buyer(id) => Some(id.uuid()),
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::System => f.write_str("system"),
            Self::Leader(id) => write!(f, "leader:{id}"),
            Self::Supplier(id) => write!(f, "supplier:{id}"),
            Self::Buyer(id) => write!(f, "buyer:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_a_word_or_an_id_with_its_role() {
        let id = "00000000-0000-0000-0000-000000000009";
        for (json, text) in [
            (r#""operator""#.to_owned(), "operator".to_owned()),
            (r#""system""#.to_owned(), "system".to_owned()),
            (format!(r#"{{"leader":"{id}"}}"#), format!("leader:{id}")),
            (format!(r#"{{"supplier":"{id}"}}"#), format!("supplier:{id}")),
            (format!(r#"{{"buyer":"{id}"}}"#), format!("buyer:{id}")),
        ] {
            let actor: Actor = serde_json::from_str(&json).unwrap();
            assert_eq!(actor.to_string(), text);
            assert_eq!(serde_json::to_string(&actor).unwrap(), json);
        }
        for wrong in
            [r#""buyer""#.to_owned(), "7".into(), "{}".into(), format!(r#"{{"owner":"{id}"}}"#)]
        {
            serde_json::from_str::<Actor>(&wrong).unwrap_err();
        }
        let told = serde_json::from_str::<Actor>("7").unwrap_err().to_string();
        assert!(
            told.contains(r#"expected an actor: "operator", "system", {"leader":ID}"#),
            "{told}"
        );
    }
}
