use std::sync::Arc;

use serde::Serialize;

use crate::command::Way;
use crate::id::{AdditionId, BookId, BuyerId, CampaignId, PartyId, RefundId};
use crate::money::{Currency, Money, Split};
use crate::role::Role;
use crate::text::{Name, Text};
use crate::time::Time;

/// What a payment channel can give back. `domain.md` §3.7.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct ChannelLimits {
    /// Refunds through the channel, for each payment.
    pub refunds: u32,
    /// Days of 86,400 seconds after the payment.
    pub days: u32,
}

/// A book was opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BookOpened {
    /// The book.
    pub book: BookId,
    /// Its one currency.
    pub currency: Currency,
    /// IANA name of the zone of its reports.
    pub timezone: Name,
    /// Who runs it.
    pub operator: PartyId,
    /// Who bears channel fees.
    pub channel_fee_borne_by: Role,
    /// What channels can give back.
    pub channel_limits: ChannelLimits,
}

/// A leader was registered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LeaderRegistered {
    /// The leader.
    pub leader: PartyId,
    /// Who recruited her.
    pub upline: Option<PartyId>,
}

/// A supplier was registered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SupplierRegistered {
    /// The supplier.
    pub supplier: PartyId,
    /// Payment terms (账期) in days; 0 for none.
    pub terms_days: u32,
}

/// What is on sale.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Item {
    /// Unique in the campaign.
    pub sku: Name,
    /// For people.
    pub title: Text,
    /// Of one unit; may be 0.
    pub price: Money,
    /// What the supplier gets for one unit where the split says `supply_price`.
    pub supply_price: Option<Money>,
    /// Units at the start; unlimited where absent.
    pub stock: Option<u64>,
    /// Live units that one buyer may have.
    pub limit_per_buyer: Option<u32>,
    /// Price tiers; empty for none.
    pub tiers: Vec<Tier>,
    /// In place of the campaign's split.
    pub split: Option<Split>,
}

/// A price from a quantity on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Tier {
    /// From so many live units on.
    pub at_quantity: u64,
    /// The price.
    pub price: Money,
}

/// The minimum for a campaign to be formed (成团); both must hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Formation {
    /// Distinct buyers of paid orders.
    pub min_buyers: Option<u32>,
    /// Units of paid orders.
    pub min_quantity: Option<u64>,
}

/// Interest collected before opening decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Presale {
    /// Distinct interested buyers needed.
    pub min_interest: u32,
    /// When it is decided.
    pub decide_at: Time,
}

/// What shipping costs the buyer, and who earns it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ShippingTerms {
    /// Flat, per order.
    pub fee: Money,
    /// Free from this amount of goods (after discount) on.
    pub free_from: Option<Money>,
    /// Who earns it.
    pub to: Role,
    /// On offer, each once, in the order of their numbers.
    pub ways: Vec<Way>,
}

/// The rule of the group: return shipping is reimbursed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct ReturnShippingTerms {
    /// At most so much a refund.
    pub cap: Money,
    /// Who bears it.
    pub borne_by: Role,
}

/// A campaign's terms; they never change after opening.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Terms {
    /// For people.
    pub title: Text,
    /// On sale, in the order of the command.
    pub items: Vec<Item>,
    /// Orders from then on.
    pub opens_at: Time,
    /// Orders before then.
    pub closes_at: Time,
    /// 成团.
    pub formation: Option<Formation>,
    /// 预售.
    pub presale: Option<Presale>,
    /// How a line's value is split.
    pub split: Split,
    /// Shipping to the buyer.
    pub shipping: ShippingTerms,
    /// Shipping back.
    pub return_shipping: ReturnShippingTerms,
    /// Days after receipt in which a refund can be asked for.
    pub after_sales_days: u32,
    /// Days after approval in which goods must come back.
    pub return_within_days: u32,
    /// Minutes after placing in which an order must be paid.
    pub pay_within_minutes: u32,
    /// Days after shipment when an order counts as received.
    pub auto_receive_days: u32,
}

/// A campaign was opened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CampaignOpened {
    /// The campaign.
    pub campaign: CampaignId,
    /// The leader who opened it.
    pub owner: PartyId,
    /// Who delivers.
    pub supplier: Option<PartyId>,
    /// Its terms.
    pub terms: Arc<Terms>,
}

/// A leader may sell in a campaign (帮卖).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SellerAllowed {
    /// The campaign.
    pub campaign: CampaignId,
    /// The leader.
    pub seller: PartyId,
    /// In place of the campaign's split, for this seller's orders.
    pub split: Option<Arc<Split>>,
}

/// An item's stock grew.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StockAdded {
    /// The addition.
    pub addition: AdditionId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The item.
    pub sku: Name,
    /// By so many units.
    pub quantity: u32,
}

/// A campaign was closed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CampaignClosed {
    /// The campaign.
    pub campaign: CampaignId,
    /// Why, if said.
    pub reason: Option<Text>,
    /// Whether it reached its minimum.
    pub formed: bool,
    /// The price of each item with tiers, for everyone from now on; empty where it wasn't formed.
    pub locked: Vec<LockedPrice>,
}

/// The tier that an item had reached when its campaign closed formed. `domain.md` §3.4.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LockedPrice {
    /// The item.
    pub sku: Name,
    /// Units paid and not refunded.
    pub units: u64,
    /// The price of the tier that they reached.
    pub price: Money,
}

/// A buyer would buy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InterestExpressed {
    /// The campaign.
    pub campaign: CampaignId,
    /// The buyer.
    pub buyer: BuyerId,
}

/// A presale was decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PresaleDecided {
    /// The campaign.
    pub campaign: CampaignId,
    /// Buyers who had expressed interest.
    pub interested: u64,
    /// Whether it opened; else it was dropped.
    pub open: bool,
}

/// A campaign was declared formed (虚拟成团): no buyer and no sales are added.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FormedDeclared {
    /// The campaign.
    pub campaign: CampaignId,
    /// Why, if said.
    pub reason: Option<Text>,
}

/// A campaign was cancelled; its paid orders are refunded one by one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CampaignCancelled {
    /// The campaign.
    pub campaign: CampaignId,
    /// Why, if said.
    pub reason: Option<Text>,
    /// Refunds of its orders that were only requested, withdrawn by this.
    pub withdrawn: Vec<RefundId>,
}
