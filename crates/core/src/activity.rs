//! Community facts (社群活动): visits, joins, reviews and the like. They feed analytics and carry no money, so
//! they stand in a stream of their own beside the book's log, which stays small and audited. `domain.md` §8.
//!
//! No command decides them: an app says what it saw. They name nobody but by opaque ids, the same as the
//! book's, so that a visitor who later orders is recognised.
//!
//! ```
//! use tuanzhang_core::activity::{Activity, Happened, Visited};
//! use tuanzhang_core::text::Name;
//! use tuanzhang_core::{BuyerId, CampaignId};
//!
//! let visit = Visited {
//!     visitor: BuyerId::from_bytes([1; 16]),
//!     campaign: Some(CampaignId::from_bytes([2; 16])),
//!     source: Name::new("moments").ok(),
//! };
//! let happened = Happened { at: "2021-12-01T08:00:00+08:00".parse()?, activity: visit.into() };
//! assert_eq!(happened.activity.name(), "visited");
//! # Ok::<(), tuanzhang_core::time::NotATime>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::id::{BatchId, BuyerId, CampaignId, ComplaintId, OrderId, ReviewId, SuggestionId};
use crate::record::Position;
use crate::text::{Name, word};
use crate::time::Time;

word! {
    /// How satisfied a review is.
    Rating {
        /// 好评.
        Good = 0 "good",
        /// 中评.
        Neutral = 1 "neutral",
        /// 差评.
        Bad = 2 "bad",
    }
}

/// Somebody looked at the group's shop or at one campaign (浏览).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visited {
    /// Who; the same id as that person has as a buyer.
    pub visitor: BuyerId,
    /// What was looked at; none for the shop as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignId>,
    /// Where they came from: a channel, a poster, a mini program's scene.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Name>,
}

/// Somebody put a campaign's goods into the cart or among their favourites (加购、收藏).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shortlisted {
    /// Who.
    pub visitor: BuyerId,
    /// Whose goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<CampaignId>,
}

/// Somebody joined the group (入群).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joined {
    /// Who.
    pub member: BuyerId,
    /// Who brought them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<BuyerId>,
}

/// Somebody left the group (退群).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Who.
    pub member: BuyerId,
}

/// A member sent an invitation (邀请); who accepts it joins with `invited_by`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invited {
    /// Who sent it.
    pub inviter: BuyerId,
    /// To whom, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitee: Option<BuyerId>,
}

/// A buyer reviewed an order (评价). The same review again replaces the rating.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// The review.
    pub review: ReviewId,
    /// Of this order.
    pub order: OrderId,
    /// How satisfied.
    pub rating: Rating,
}

/// Somebody complained (投诉).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complained {
    /// The complaint.
    pub complaint: ComplaintId,
    /// About this order, if about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
}

/// A complaint was resolved (投诉办结).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComplaintResolved {
    /// The complaint.
    pub complaint: ComplaintId,
}

/// Somebody made a suggestion (建议).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suggested {
    /// The suggestion.
    pub suggestion: SuggestionId,
    /// About this order, if about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
}

macro_rules! activities {
    ($($number:literal $word:literal $variant:ident,)*) => {
        /// Any community fact. A match on it is a to-do list: no wildcard.
        #[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Activity {
            $(#[doc = concat!("Activity ", stringify!($number), ", `", $word, "`.")] $variant($variant),)*
        }

        impl Activity {
            /// The number in stored bytes, never reused.
            pub const fn number(&self) -> u16 {
                match self { $(Self::$variant(_) => $number,)* }
            }

            /// The name in JSON: `visited`.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word,)* }
            }
        }

        $(impl From<$variant> for Activity {
            fn from(activity: $variant) -> Self {
                Self::$variant(activity)
            }
        })*
    };
}

activities! {
    1 "visited" Visited,
    2 "shortlisted" Shortlisted,
    16 "joined" Joined,
    17 "left" Left,
    18 "invited" Invited,
    32 "reviewed" Reviewed,
    33 "complained" Complained,
    34 "complaint_resolved" ComplaintResolved,
    35 "suggested" Suggested,
}

/// A community fact, and when it happened outside; the order in the stream need not be that of these times.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// When.
    pub at: Time,
    /// What.
    pub activity: Activity,
}

/// A batch of facts as a record of the activity stream.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityRecord {
    /// Its place in the stream, from 1.
    pub position: Position,
    /// When it was recorded; no entry happened later.
    pub recorded_at: Time,
    /// The batch; the same one is recorded once.
    pub batch: BatchId,
    /// What happened, at least one.
    pub entries: Vec<Happened>,
}
