//! The one place where (kind, schema) chooses how bytes are read, and an event how it is written.
//!
//! A new schema of an event: its struct in a new module beside `v1`, its row in `shipped!` written
//! with it, and an arm for the old pair that reads the old struct and turns it into today's event.
//! An unknown pair stops the reader; nothing is skipped.

use bincode::BorrowDecode;
use tuanzhang_core::event::Event;

use crate::convert::{Bad, Field};
use crate::error::{DecodeError, EncodeError};
use crate::{LEVEL, payload, v1};

/// What an event's head says of its payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stamp {
    pub(crate) kind: u16,
    pub(crate) schema: u8,
}

macro_rules! shipped {
    ($($kind:literal $schema:literal $word:literal $variant:ident $wire:ty,)*) => {
        /// Appends an event's payload in its newest schema.
        pub(crate) fn write(event: &Event, into: &mut Vec<u8>) -> Result<Stamp, EncodeError> {
            match event {
                $(Event::$variant(event) => {
                    let wire: $wire = event.to_wire();
                    payload::write(wire, into).map_err(|e| codec_fault($word, &e))?;
                    Ok(Stamp { kind: $kind, schema: $schema })
                })*
            }
        }

        /// Reads an event from its payload, whatever schema it was written in.
        pub(crate) fn read(stamp: Stamp, bytes: &[u8]) -> Result<Event, DecodeError> {
            match (stamp.kind, stamp.schema) {
                $(($kind, $schema) => read_as::<$wire, _>($word, bytes).map(Event::$variant),)*
                (kind, schema) => Err(DecodeError::NeedsNewerVersion { kind, schema }),
            }
        }

        /// Every pair of kind and schema that this version reads, with the event's name.
        pub const SHIPPED: &[(u16, u8, &str)] = &[$(($kind, $schema, $word),)*];
    };
}

shipped! {
    1 1 "book_opened" BookOpened v1::BookOpened<'_>,
    3 1 "period_sealed" PeriodSealed v1::PeriodSealed,
    16 1 "leader_registered" LeaderRegistered v1::LeaderRegistered,
    17 1 "supplier_registered" SupplierRegistered v1::SupplierRegistered,
    32 1 "campaign_opened" CampaignOpened v1::CampaignOpened<'_>,
    33 1 "seller_allowed" SellerAllowed v1::SellerAllowed,
    34 1 "stock_added" StockAdded v1::StockAdded<'_>,
    35 1 "campaign_closed" CampaignClosed v1::CampaignClosed<'_>,
    36 1 "interest_expressed" InterestExpressed v1::InterestExpressed,
    37 1 "presale_decided" PresaleDecided v1::PresaleDecided,
    38 1 "formed_declared" FormedDeclared v1::FormedDeclared<'_>,
    39 1 "campaign_cancelled" CampaignCancelled v1::CampaignCancelled<'_>,
    64 1 "order_placed" OrderPlaced v1::OrderPlaced<'_>,
    65 1 "order_paid" OrderPaid v1::OrderPaid<'_>,
    66 1 "payment_suspended" PaymentSuspended v1::PaymentSuspended<'_>,
    67 1 "order_cancelled" OrderCancelled v1::OrderCancelled<'_>,
    68 1 "order_shipped" OrderShipped v1::OrderShipped<'_>,
    69 1 "order_arrived" OrderArrived v1::OrderArrived<'_>,
    70 1 "order_received" OrderReceived v1::OrderReceived<'_>,
    71 1 "order_picked_up" OrderPickedUp v1::OrderPickedUp<'_>,
    72 1 "order_settled" OrderSettled v1::OrderSettled,
    73 1 "payable_matured" PayableMatured v1::PayableMatured,
    74 1 "order_expired" OrderExpired v1::OrderExpired,
    96 1 "refund_requested" RefundRequested v1::RefundRequested<'_>,
    97 1 "refund_approved" RefundApproved v1::RefundApproved<'_>,
    98 1 "refund_rejected" RefundRejected v1::RefundRejected<'_>,
    99 1 "return_received" ReturnReceived v1::ReturnReceived<'_>,
    100 1 "refund_paid" RefundPaid v1::RefundPaid<'_>,
    101 1 "refund_withdrawn" RefundWithdrawn v1::RefundWithdrawn<'_>,
    102 1 "return_lapsed" ReturnLapsed v1::ReturnLapsed<'_>,
    103 1 "price_adjusted" PriceAdjusted v1::PriceAdjusted<'_>,
    128 1 "payout_requested" PayoutRequested v1::PayoutRequested,
    129 1 "payout_paid" PayoutPaid v1::PayoutPaid<'_>,
    130 1 "payout_failed" PayoutFailed v1::PayoutFailed<'_>,
    160 1 "unmatched_recorded" UnmatchedRecorded v1::UnmatchedRecorded<'_>,
    161 1 "cost_recorded" CostRecorded v1::CostRecorded<'_>,
    162 1 "adjusted" Adjusted v1::Adjusted<'_>,
    163 1 "written_off" WrittenOff v1::WrittenOff<'_>,
    164 1 "transferred" Transferred v1::Transferred<'_>,
    165 1 "drawn" Drawn v1::Drawn<'_>,
    166 1 "unmatched_resolved" UnmatchedResolved v1::UnmatchedResolved<'_>,
}

fn read_as<'a, W, T>(event: &'static str, bytes: &'a [u8]) -> Result<T, DecodeError>
where
    W: BorrowDecode<'a, ()>,
    T: Field<'a, W>,
{
    let wire = payload::read::<W>(bytes).map_err(|what| DecodeError::BadPayload { event, what })?;
    T::from_wire(wire).map_err(|bad| match bad {
        Bad::Value(bad) => {
            DecodeError::BadValue { event, field: bad.field, what: bad.what.into_owned() }
        }
        Bad::Level(level) => DecodeError::NeedsNewerLevel { level, known: LEVEL },
    })
}

#[cold]
fn codec_fault(event: &'static str, error: &bincode::error::EncodeError) -> EncodeError {
    EncodeError::Codec { event, what: error.to_string() }
}
