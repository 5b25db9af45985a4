//! One field of a command made another: hostile, or only different.

use smol_str::SmolStr;
use tuanzhang_core::accounting::ResolveTo;
use tuanzhang_core::campaign::{FormationText, PresaleText, TakeText};
use tuanzhang_core::command::{Command, GoodsBorneBy, SkuQuantity};
use tuanzhang_core::money::{Amount, RateText};
use tuanzhang_core::{
    BookId, CampaignId, OrderId, PartyId, PayoutId, RefundId, Role, Time, UnmatchedId,
};

use super::Life;

const AMOUNTS: &[&str] = &[
    "-1",
    "-0.01",
    "0",
    "-0.00",
    "0.00001",
    "0.1234567890123456789012345678",
    "1e5",
    "",
    "abc",
    "1,000",
    "+5",
    " 5",
    "5.",
    ".5",
    "999999999999999.99999",
    "100000000000000000",
    "99999999999999999999999999999999999999",
    "5",
];
const RATES: &[&str] =
    &["-0.1", "1.000001", "2", "0.1234567", "abc", "", "1", "0.1234567890123456789012345678"];
const QUANTITIES: &[i64] = &[0, -1, 1_000_001, 1_000_000, i64::MIN, i64::MAX, 1];

impl Life {
    pub(super) fn bad_amount(&mut self) -> Amount {
        Amount::from(self.rng.one(AMOUNTS))
    }

    fn strange_name(&mut self) -> SmolStr {
        let names = ["", "a\u{0}b", "x\ny", "paypal", "\u{7f}"].map(SmolStr::from);
        let long = [64, 65, 300].map(|bytes| SmolStr::from("n".repeat(bytes)));
        self.rng.one(&[names.as_slice(), long.as_slice()].concat())
    }

    pub(super) fn strange_text(&mut self) -> SmolStr {
        let texts = ["", "=cmd()", "<script>", "tab\there"].map(SmolStr::from);
        let long = [200, 201, 2_000].map(|bytes| SmolStr::from("t".repeat(bytes)));
        self.rng.one(&[texts.as_slice(), long.as_slice()].concat())
    }

    fn strange_lines(&mut self, lines: &mut Vec<SkuQuantity>) {
        match self.rng.below(6) {
            0 => lines.clear(),
            1 => lines.push(SkuQuantity::new("no-such-item", 1)),
            2 => {
                let sku = self.strange_name();
                lines.push(SkuQuantity::new(&sku, 1));
            }
            3 => lines.extend(lines.first().cloned()),
            _ => {
                let quantity = self.rng.one(QUANTITIES);
                if let Some(line) = lines.first_mut() {
                    line.quantity = quantity;
                }
            }
        }
    }

    fn strange_optional_lines(&mut self, lines: &mut Option<Vec<SkuQuantity>>) {
        match lines {
            Some(given) => self.strange_lines(given),
            None => *lines = Some(vec![SkuQuantity::new("item-0", 1)]),
        }
    }

    /// The command with one field altered.
    #[expect(clippy::too_many_lines, reason = "one arm for each command")]
    pub(super) fn altered(&mut self, mut command: Command) -> Command {
        let bytes = self.rng.id();
        let other = self.rng.percent(50);
        match &mut command {
            Command::OpenBook(c) => match self.rng.below(5) {
                0 => c.book = BookId::from_bytes(bytes),
                1 => c.currency = self.strange_name(),
                2 => c.timezone = self.strange_name(),
                3 => c.decimals = Some(self.rng.within(-1, 5)),
                _ => c.channel_fee_borne_by = Some(self.rng.one(&Role::ALL)),
            },
            Command::RegisterLeader(c) => {
                let suppliers = self.suppliers[0];
                let upline = self.rng.one(&[PartyId::from_bytes(bytes), c.leader, suppliers]);
                c.upline = Some(upline);
            }
            Command::RegisterSupplier(c) => match self.rng.below(3) {
                0 => c.supplier = self.operator,
                1 => c.supplier = self.rng.one(&self.leaders),
                _ => c.terms_days = self.rng.one(&[-1, 36_501, 36_500, 1]),
            },
            Command::OpenCampaign(_) => return self.altered_campaign(command),
            Command::AllowSeller(c) => match self.rng.below(4) {
                0 => c.campaign = CampaignId::from_bytes(bytes),
                1 => c.seller = self.suppliers[0],
                2 => c.seller = PartyId::from_bytes(bytes),
                _ => c.split = Some(self.split(false, true)),
            },
            Command::AddStock(c) => match self.rng.below(3) {
                0 => c.campaign = CampaignId::from_bytes(bytes),
                1 => c.quantity = self.rng.one(QUANTITIES),
                _ => c.sku = self.strange_name(),
            },
            Command::CloseCampaign(c) if other => c.campaign = CampaignId::from_bytes(bytes),
            Command::CloseCampaign(c) => c.reason = Some(self.strange_text()),
            Command::PlaceOrder(c) => match self.rng.below(6) {
                0 => c.campaign = CampaignId::from_bytes(bytes),
                1 => c.seller = PartyId::from_bytes(bytes),
                2 => c.pickup_code_digest = Some(self.strange_name()),
                3 => c.buyer = None,
                _ => self.strange_lines(&mut c.lines),
            },
            Command::CancelOrder(c) if other => c.order = OrderId::from_bytes(bytes),
            Command::CancelOrder(c) => c.reason = Some(self.strange_text()),
            Command::RecordPayment(_)
            | Command::RecordRefundPayment(_)
            | Command::RequestPayout(_)
            | Command::RecordPayout(_)
            | Command::FailPayout(_)
            | Command::RecordUnmatched(_)
            | Command::RecordCost(_)
            | Command::Adjust(_) => return self.altered_money(command),
            Command::RecordTransfer(_)
            | Command::RecordDraw(_)
            | Command::WriteOff(_)
            | Command::SealPeriod(_)
            | Command::ResolveUnmatched(_) => return self.altered_beside(command),
            Command::ShipOrder(c) => match self.rng.below(5) {
                0 => c.order = OrderId::from_bytes(bytes),
                1 => c.parcel = None,
                2 => c.reference = Some(self.strange_text()),
                _ => self.strange_optional_lines(&mut c.lines),
            },
            Command::ArriveAtPickup(c) => match self.rng.below(5) {
                0 => c.order = OrderId::from_bytes(bytes),
                1 => c.arrival = None,
                _ => self.strange_optional_lines(&mut c.lines),
            },
            Command::ReceiveOrder(c) => match self.rng.below(5) {
                0 => c.order = OrderId::from_bytes(bytes),
                1 => c.receipt = None,
                _ => self.strange_optional_lines(&mut c.lines),
            },
            Command::PickUpOrder(c) => match self.rng.below(4) {
                0 => c.order = OrderId::from_bytes(bytes),
                1 if c.handover.is_none() => c.code = Some("1".into()),
                _ => self.strange_optional_lines(&mut c.lines),
            },
            Command::SettleOrder(c) => c.order = OrderId::from_bytes(bytes),
            Command::MaturePayable(c) => c.order = OrderId::from_bytes(bytes),
            Command::RequestRefund(c) => match self.rng.below(6) {
                0 => c.order = OrderId::from_bytes(bytes),
                1 => c.return_shipping = Some(self.bad_amount()),
                2 => c.reason = Some(self.strange_text()),
                3 => c.lines = None,
                _ => self.strange_optional_lines(&mut c.lines),
            },
            Command::ApproveRefund(c) => match self.rng.below(6) {
                0 => c.refund = RefundId::from_bytes(bytes),
                1 => c.return_shipping = Some(self.bad_amount()),
                2 => c.goods_borne_by = Some(GoodsBorneBy::Role(self.rng.one(&Role::ALL))),
                3 => c.with_shipping_fee = Some(other),
                4 => c.waive_return = Some(other),
                _ if other => c.compensation_borne_by = Some(self.rng.one(&Role::ALL)),
                _ => c.return_shipping_borne_by = Some(self.rng.one(&Role::ALL)),
            },
            Command::RejectRefund(c) if other => c.refund = RefundId::from_bytes(bytes),
            Command::RejectRefund(c) => c.reason = Some(self.strange_text()),
            Command::ReceiveReturn(c) if other => c.refund = RefundId::from_bytes(bytes),
            Command::ReceiveReturn(c) => c.reason = Some(self.strange_text()),
            Command::WithdrawRefund(c) if other => c.refund = RefundId::from_bytes(bytes),
            Command::WithdrawRefund(c) => c.reason = Some(self.strange_text()),
            Command::LapseReturn(c) => c.refund = RefundId::from_bytes(bytes),
            Command::AdjustPrice(c) if other => c.order = OrderId::from_bytes(bytes),
            Command::AdjustPrice(c) => c.sku = self.strange_name(),
            Command::ExpireOrder(_)
            | Command::RefundUnformed(_)
            | Command::CancelCampaign(_)
            | Command::DeclareFormed(_)
            | Command::ExpressInterest(_)
            | Command::DecidePresale(_) => return self.altered_minimum(command),
        }
        command
    }

    fn altered_beside(&mut self, mut command: Command) -> Command {
        let bytes = self.rng.id();
        match &mut command {
            Command::RecordTransfer(c) => match self.rng.below(5) {
                0 => c.from = self.strange_name(),
                1 => c.to = c.from.clone(),
                2 => c.reference = self.strange_text(),
                3 => c.fee = Some(self.bad_amount()),
                _ => c.amount = self.bad_amount(),
            },
            Command::RecordDraw(c) => match self.rng.below(3) {
                0 => c.channel = self.strange_name(),
                1 => c.reference = self.strange_text(),
                _ => c.amount = self.bad_amount(),
            },
            Command::WriteOff(c) => match self.rng.below(3) {
                0 => c.party = PartyId::from_bytes(bytes),
                1 => c.reason = self.strange_text(),
                _ => c.amount = self.bad_amount(),
            },
            Command::SealPeriod(c) => {
                c.through = Time::from_micros(self.rng.one(&[i64::MIN, i64::MAX, 0]));
            }
            Command::ResolveUnmatched(c) => match self.rng.below(5) {
                0 => c.unmatched = UnmatchedId::from_bytes(bytes),
                1 => c.to = ResolveTo::Order(OrderId::from_bytes(bytes)),
                2 => c.to = ResolveTo::Refund(RefundId::from_bytes(bytes)),
                3 => c.to = ResolveTo::Account(self.strange_name()),
                _ => c.reason = self.strange_text(),
            },
            _ => {}
        }
        command
    }

    fn altered_campaign(&mut self, mut command: Command) -> Command {
        let Command::OpenCampaign(c) = &mut command else { return command };
        let bytes = self.rng.id();
        match self.rng.below(23) {
            19..=22 => self.altered_tiers(c),
            0 => c.owner = PartyId::from_bytes(bytes),
            1 => c.supplier = Some(PartyId::from_bytes(bytes)),
            2 => c.title = self.strange_text(),
            3 => c.items.clear(),
            4 => c.items.extend(c.items.first().cloned()),
            5 => c.items[0].price = self.bad_amount(),
            6 => c.items[0].sku = self.strange_name(),
            7 => c.items[0].stock = Some(self.rng.one(&[-1, 1_000_000_000_001, i64::MAX])),
            8 => c.items[0].limit_per_buyer = Some(self.rng.one(QUANTITIES)),
            9 => c.closes_at = self.rng.one(&[c.opens_at, Time::from_micros(i64::MIN)]),
            10 => c.split.remainder = self.rng.one(&Role::ALL),
            11 => c.shipping.fee = self.bad_amount(),
            12 => c.shipping.to = self.rng.one(&Role::ALL),
            13 => c.return_shipping.borne_by = self.rng.one(&Role::ALL),
            16 => {
                let min_buyers = Some(self.rng.one(&[-1, 1_000_000_001, 2, i64::MIN]));
                c.formation = Some(FormationText { min_buyers, min_quantity: None });
            }
            17 => {
                let min_quantity = Some(self.rng.one(&[-1, 1_000_000_000_001, 3, i64::MAX]));
                c.formation = Some(FormationText { min_buyers: None, min_quantity });
            }
            18 => {
                let min_interest = self.rng.one(&[-1, 0, 1_000_000_001]);
                let decide_at = self.rng.one(&[c.opens_at, c.closes_at]);
                c.presale = Some(PresaleText { min_interest, decide_at });
            }
            14 => c.after_sales_days = self.rng.one(&[-1, 36_501, 36_500]),
            _ => {
                let rate = RateText::from(self.rng.one(RATES));
                if let Some(share) = c.split.shares.first_mut() {
                    share.take = TakeText::Rate(rate);
                }
            }
        }
        command
    }

    fn altered_money(&mut self, mut command: Command) -> Command {
        let bytes = self.rng.id();
        match &mut command {
            Command::RecordPayment(c) => match self.rng.below(4) {
                0 => c.channel = self.strange_name(),
                1 => c.reference = self.strange_text(),
                2 => c.fee = Some(self.bad_amount()),
                _ => c.amount = self.bad_amount(),
            },
            Command::RecordRefundPayment(c) => match self.rng.below(4) {
                0 => c.refund = RefundId::from_bytes(bytes),
                1 => c.channel = self.strange_name(),
                2 => c.reference = self.strange_text(),
                _ => c.amount = self.bad_amount(),
            },
            Command::RequestPayout(c) => match self.rng.below(3) {
                0 => c.party = PartyId::from_bytes(bytes),
                1 => c.party = self.rng.one(&self.leaders),
                _ => c.amount = self.bad_amount(),
            },
            Command::RecordPayout(c) => match self.rng.below(3) {
                0 => c.payout = PayoutId::from_bytes(bytes),
                1 => c.channel = self.strange_name(),
                _ => c.reference = self.strange_text(),
            },
            Command::FailPayout(c) => c.reason = self.strange_text(),
            Command::RecordUnmatched(c) if self.rng.percent(50) => c.channel = self.strange_name(),
            Command::RecordUnmatched(c) => c.amount = self.bad_amount(),
            Command::RecordCost(c) => match self.rng.below(3) {
                0 => c.campaign = Some(CampaignId::from_bytes(bytes)),
                1 => c.channel = self.strange_name(),
                _ => c.amount = self.bad_amount(),
            },
            Command::Adjust(c) => match self.rng.below(4) {
                0 => c.postings.truncate(1),
                1 => c.postings[0].amount = self.bad_amount(),
                2 => c.postings[0].account = self.strange_name(),
                _ => c.reason = self.strange_text(),
            },
            _ => {}
        }
        command
    }
}
