//! The book, its parties, campaigns and their terms.

use tuanzhang_core::book::{ChannelLimitsText, OpenBook};
use tuanzhang_core::campaign::{
    AddStock, AllowSeller, CloseCampaign, ItemText, OpenCampaign, ReturnShippingText, ShareText,
    ShippingText, SplitText, TakeText,
};
use tuanzhang_core::command::{Command, Way};
use tuanzhang_core::money::{Amount, RateText};
use tuanzhang_core::party::{RegisterLeader, RegisterSupplier};
use tuanzhang_core::{Actor, AdditionId, BookId, CampaignId, PartyId, Role, Time};

use super::{DAY, Life, SECOND};
use crate::model::Party;

impl Life {
    pub(super) fn open_book(&mut self) -> (Actor, Command) {
        let currency = self.rng.one(&["CNY", "CNY", "CNY", "JPY", "KWD", "PTS", "CLF"]);
        let id = BookId::from_bytes(self.rng.id());
        let mut c = OpenBook::new(id, currency.into(), "Asia/Shanghai".into(), self.operator);
        if currency == "PTS" || self.rng.percent(10) {
            c = c.decimals(self.rng.within(0, 4));
        }
        if self.rng.percent(50) {
            c = c.channel_fee_borne_by(self.rng.one(&Role::ALL));
        }
        if self.rng.percent(40) {
            let (refunds, days) = (self.rng.within(0, 4), self.rng.within(0, 40));
            c = c.channel_limits(ChannelLimitsText { refunds, days });
        }
        (Actor::Operator, c.into())
    }

    pub(super) fn register(&mut self) -> (Actor, Command) {
        let command = if self.rng.percent(35) {
            let id = self.rng.one(&self.suppliers);
            let terms = self.rng.one(&[0, 0, 7, 30]);
            RegisterSupplier::new(id, terms).into()
        } else {
            let mut c = RegisterLeader::new(self.rng.one(&self.leaders));
            let leaders = self.leaders_registered();
            if !leaders.is_empty() && self.rng.percent(70) {
                c = c.upline(self.rng.one(&leaders));
            }
            c.into()
        };
        (Actor::Operator, command)
    }

    pub(super) fn leaders_registered(&self) -> Vec<PartyId> {
        self.registered(|party| matches!(party, Party::Leader { .. }))
    }

    pub(super) fn open_campaign(&mut self) -> (Actor, Command) {
        let leaders = self.leaders_registered();
        if leaders.is_empty() {
            return self.register();
        }
        let owner = self.rng.one(&leaders);
        let suppliers = self.registered(|party| matches!(party, Party::Supplier { .. }));
        let supplier = match self.rng.percent(70) {
            true if !suppliers.is_empty() => Some(self.rng.one(&suppliers)),
            _ => None,
        };
        let items = self.items(supplier.is_some());
        let opens_at = self.now - self.rng.one(&[DAY, 0, -600 * SECOND]);
        let days = self.rng.within(1, 20);
        let borne_by = self.always_filled(supplier.is_some());
        let cap = self.rng.one(&[0, 1_500, 800]);
        let return_shipping = ReturnShippingText { cap: self.money(cap), borne_by };
        let mut c = OpenCampaign::new(
            CampaignId::from_bytes(self.rng.id()),
            owner,
            "团".into(),
            items,
            Time::from_micros(opens_at),
            Time::from_micros(self.now + days * DAY),
            self.split(supplier.is_some(), false),
            self.shipping(supplier.is_some()),
            return_shipping,
            self.rng.within(0, 4),
            self.rng.within(1, 600),
            self.rng.within(0, 4),
        );
        if let Some(supplier) = supplier {
            c = c.supplier(supplier);
        }
        if self.rng.percent(30) {
            c = c.return_within_days(self.rng.within(0, 30));
        }
        let c = self.with_minimum(c);
        let actor = if self.rng.percent(50) { Actor::Operator } else { Actor::Leader(owner) };
        (actor, c.into())
    }

    fn shipping(&mut self, supplied: bool) -> ShippingText {
        let fee = self.rng.one(&[0, 600, 1_000, 1]);
        let free_from = match self.rng.percent(40) {
            true => Some(self.rng.within(0, 20_000)),
            false => None,
        };
        let ways = vec![
            vec![Way::Courier, Way::Pickup],
            vec![Way::Courier, Way::Pickup, Way::LeaderDelivery],
            vec![Way::Pickup],
            vec![Way::Courier],
        ];
        ShippingText {
            fee: self.money(fee),
            free_from: free_from.map(|minor| self.money(i128::from(minor))),
            to: self.always_filled(supplied),
            ways: self.rng.one(&ways),
        }
    }

    fn always_filled(&mut self, supplied: bool) -> Role {
        let role = self.rng.one(&[Role::Supplier, Role::Owner, Role::Seller, Role::Operator]);
        if role == Role::Supplier && !supplied { Role::Owner } else { role }
    }

    fn items(&mut self, supplied: bool) -> Vec<ItemText> {
        let count = self.rng.within(1, 4);
        let mut items = Vec::new();
        for number in 0..count {
            let mut price = self.minor();
            if self.rng.percent(1) {
                price = self.rng.one(&[1_000_000_000_000_000, 500_000_000_000_000]);
            }
            let mut item = ItemText::new(&format!("item-{number}"), "", self.money(price));
            let supply_price = self.rng.one(&[price / 2, price * 2, 1]).min(1_000_000_000_000_000);
            item.supply_price = Some(self.money(supply_price));
            if self.rng.percent(50) {
                item.stock = Some(self.rng.within(0, 40));
            }
            if self.rng.percent(40) {
                item.limit_per_buyer = Some(self.rng.within(1, 8));
            }
            if self.rng.percent(25) {
                item.split = Some(self.split(supplied, true));
            }
            if self.rng.percent(55) {
                item.tiers = Some(self.tiers(price));
            }
            items.push(item);
        }
        items
    }

    /// A split that is in order; a stranger one now and then.
    pub(super) fn split(&mut self, supplied: bool, of_item: bool) -> SplitText {
        let mut shares = Vec::new();
        let mut rates_left = 1_000_000;
        for to in [Role::Seller, Role::Owner, Role::Operator, Role::Supplier, Role::Upline] {
            if self.rng.percent(45) {
                continue;
            }
            let take = match self.rng.below(10) {
                0..=5 => {
                    let most = self.rng.one(&[150_000, 400_000, rates_left]).min(rates_left);
                    let rate = self.rng.within(0, most);
                    let rate = if self.rng.percent(70) { rate / 10_000 * 10_000 } else { rate };
                    rates_left -= rate;
                    TakeText::Rate(rate_text(rate))
                }
                6..=7 => {
                    let minor = self.rng.within(0, 900);
                    TakeText::PerUnit(self.money(i128::from(minor)))
                }
                8 if to == Role::Supplier || of_item => TakeText::SupplyPrice,
                _ if to == Role::Upline => {
                    TakeText::RateOfSeller(rate_text(self.rng.within(0, 500_000)))
                }
                _ => TakeText::PerUnit(Amount::from("1")),
            };
            shares.push(ShareText { to, take });
        }
        if self.rng.percent(15) {
            // Another order of taking; refused where the upline then stands before the seller.
            shares.reverse();
        }
        SplitText { shares, remainder: self.always_filled(supplied) }
    }

    /// Allows sellers, adds stock, seldom closes.
    pub(super) fn sellers_and_stock(&mut self) -> (Actor, Command) {
        let campaigns =
            if self.rng.percent(90) { self.open_campaigns() } else { self.campaigns.clone() };
        let Some(id) = self.rng.late(&campaigns) else { return self.open_campaign() };
        let campaign = self.model.campaigns[&id].clone();
        let supplied = campaign.supplier.is_some();
        let owner = Actor::Leader(campaign.owner);
        let mut actors = vec![Actor::Operator, owner, owner];
        let command = match self.rng.below(20) {
            0..=1 => {
                actors.push(Actor::System);
                if self.rng.percent(50) {
                    self.now = self.now.max(campaign.closes_at.micros() - self.rng.within(0, 1));
                    actors = vec![Actor::System];
                }
                CloseCampaign::new(id).into()
            }
            2..=9 => {
                let mut c = AllowSeller::new(id, self.rng.one(&self.leaders));
                if self.rng.percent(30) {
                    c = c.split(self.split(supplied, true));
                }
                c.into()
            }
            _ => {
                actors.extend(campaign.supplier.map(Actor::Supplier));
                let sku = self.rng.one(&campaign.items).sku;
                let units = self.rng.within(1, 9);
                AddStock::new(AdditionId::from_bytes(self.rng.id()), id, sku.into(), units).into()
            }
        };
        (self.rng.one(&actors), command)
    }
}

fn rate_text(millionths: i64) -> RateText {
    RateText::from(format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000).as_str())
}
