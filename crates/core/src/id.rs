//! Ids. Every thing has one that its creator chose; the same id with the same content is the same
//! thing, which is what makes a retry safe. `domain.md` §2.4.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident,)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The id as 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes.
            pub const fn to_bytes(self) -> [u8; 16] {
                *self.0.as_bytes()
            }

            /// The UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// UUIDv5 of an app's own number in a namespace. Keep the namespace secret: a name that
            /// can be guessed (a hashed phone number) can otherwise be found out by trying.
            pub fn derived(namespace: Uuid, name: &str) -> Self {
                Self(Uuid::new_v5(&namespace, name.as_bytes()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )*};
}

id! {
    /// A book (账本).
    BookId,
    /// A leader, a supplier or the operator: they share one space of ids.
    PartyId,
    /// A buyer (团员).
    BuyerId,
    /// A campaign (团).
    CampaignId,
    /// One addition to an item's stock.
    AdditionId,
    /// An order.
    OrderId,
    /// A payment of a buyer.
    PaymentId,
    /// A shipment of some of an order's units.
    ParcelId,
    /// An arrival of units at their pick-up point.
    ArrivalId,
    /// A receipt of units by the buyer.
    ReceiptId,
    /// A pick-up of units.
    HandoverId,
    /// A refund.
    RefundId,
    /// A payment of refund money to the buyer.
    RefundPaymentId,
    /// A payout (提现).
    PayoutId,
    /// Money in or out that nothing explains yet.
    UnmatchedId,
    /// A cost of running the group.
    CostId,
    /// An adjustment of the books.
    AdjustmentId,
    /// A transfer between the operator's own channels.
    TransferId,
    /// Money that the operator drew or brought in.
    DrawId,
    /// A debt that was given up.
    WriteOffId,
    /// A review of an order.
    ReviewId,
    /// A complaint.
    ComplaintId,
    /// A suggestion.
    SuggestionId,
    /// One batch of community facts; the same batch again is the same one.
    BatchId,
}
