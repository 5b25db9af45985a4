//! Whole lives of a book, from one seed or from choices.
//!
//! [`Life`] is a stream of commands, endless from a seed. It looks at the model to choose sensible next ones (about
//! four in five), and mixes in repetitions of earlier commands, the same with one field altered, wrong
//! actors, hostile values, clocks that jump, and runs of what is due. The model answers each before the
//! next is chosen.

mod beside;
mod campaigns;
mod choices;
mod formed;
mod hostile;
mod money;
mod orders;
mod refunds;
mod rng;
mod tiers;

use proptest::prelude::*;
use tuanzhang_core::command::Command;
use tuanzhang_core::money::Amount;
use tuanzhang_core::{Actor, BuyerId, CampaignId, OrderId, PartyId, Time};

pub use choices::{choices, choices_of, trimmed};

use crate::model::{Campaign, Model, Order, Outcome, Party, form};
use rng::Rng;

/// One command, and what the model answered to it.
#[derive(Clone, PartialEq, Debug)]
pub struct Sent {
    /// When it was sent.
    pub at: Time,
    /// When it happened outside.
    pub occurred_at: Option<Time>,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub command: Command,
    /// The model's answer.
    pub outcome: Outcome,
}

/// A life: a model of a book, the people around it, and a clock.
#[derive(Clone, Debug)]
pub struct Life {
    model: Model,
    rng: Rng,
    now: i64,
    operator: PartyId,
    leaders: Vec<PartyId>,
    suppliers: Vec<PartyId>,
    buyers: Vec<BuyerId>,
    campaigns: Vec<CampaignId>,
    orders: Vec<OrderId>,
    refunds: Vec<tuanzhang_core::RefundId>,
    payouts: Vec<tuanzhang_core::PayoutId>,
    history: Vec<Sent>,
    /// So many more steps the clock does what is due.
    duties: u32,
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

impl Life {
    /// The life of this seed.
    pub fn new(seed: u64) -> Self {
        Self::from_rng(Rng::new(seed))
    }

    /// The life of these choices: a list of bytes about the people, then one for each command. Fewer and
    /// smaller choices make a simpler life.
    pub fn of_choices(lists: Vec<Vec<u8>>) -> Self {
        Self::from_rng(Rng::of_choices(lists))
    }

    /// The life of any bytes: lists of choices that 0xFF ends.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::of_choices(bytes.split(|byte| *byte == rng::END).map(<[u8]>::to_vec).collect())
    }

    fn from_rng(mut rng: Rng) -> Self {
        let operator = PartyId::from_bytes(rng.id());
        let mut leaders: Vec<_> = (0..6).map(|_| PartyId::from_bytes(rng.id())).collect();
        if rng.percent(40) {
            // An operator who leads.
            leaders[0] = operator;
        }
        let mut buyers: Vec<_> = (0..8).map(|_| BuyerId::from_bytes(rng.id())).collect();
        // A leader who also buys.
        buyers[0] = BuyerId::new(leaders[1].uuid());
        let suppliers = (0..4).map(|_| PartyId::from_bytes(rng.id())).collect();
        let now = 1_638_316_800 * SECOND;
        let (campaigns, orders, refunds) = (Vec::new(), Vec::new(), Vec::new());
        let (model, payouts, history) = (Model::new(), Vec::new(), Vec::new());
        Self {
            model,
            rng,
            now,
            operator,
            leaders,
            suppliers,
            buyers,
            campaigns,
            orders,
            refunds,
            payouts,
            history,
            duties: 0,
        }
    }

    /// The model after the last command.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Goes on from what another model has: the people look at a book that didn't take their commands as
    /// they sent them.
    pub fn look_at(&mut self, model: &Model) {
        self.model = model.clone();
        self.campaigns.clear();
        self.orders.clear();
        self.refunds.clear();
        self.payouts.clear();
        for (at, command) in &model.accepted {
            self.now = self.now.max(at.micros());
            self.remember(command);
        }
    }

    /// The next command, answered by the model.
    pub fn step(&mut self) -> Sent {
        let (actor, command) = match self.next_duty() {
            Some(duty) => duty,
            None => self.choose(),
        };
        if self.duties == 0 && !self.stands_still(&command) {
            self.pass_time();
        }
        let (at, occurred_at) = self.times();
        let outcome = self.model.submit(at, occurred_at, actor, &command);
        let sent = Sent { at, occurred_at, actor, command, outcome };
        if matches!(outcome, Outcome::Accepted { .. }) {
            self.now = at.micros();
            self.remember(&sent.command);
        }
        self.history.push(sent.clone());
        sent
    }

    fn remember(&mut self, command: &Command) {
        match command {
            Command::OpenCampaign(c) => self.campaigns.push(c.campaign),
            Command::PlaceOrder(c) => self.orders.push(c.order),
            Command::RequestRefund(c) => self.refunds.push(c.refund),
            Command::CancelOrder(c) => {
                let id = tuanzhang_core::RefundId::derived(c.order.uuid(), "cancelled");
                if self.model.refunds.contains_key(&id) {
                    self.refunds.push(id);
                }
            }
            Command::RefundUnformed(c) => {
                self.refunds.push(tuanzhang_core::RefundId::derived(c.order.uuid(), "unformed"));
            }
            Command::AdjustPrice(c) => {
                let cause = format!("price/{}", c.sku);
                self.refunds.push(tuanzhang_core::RefundId::derived(c.order.uuid(), &cause));
            }
            Command::RequestPayout(c) => self.payouts.push(c.payout),
            _ => {}
        }
    }

    /// While the clock is on duty: what is due.
    fn next_duty(&mut self) -> Option<(Actor, Command)> {
        self.duties = self.duties.checked_sub(1)?;
        let duty = self.duty();
        if duty.is_none() {
            self.duties = 0;
        }
        duty
    }

    fn choose(&mut self) -> (Actor, Command) {
        if !self.history.is_empty() && self.rng.percent(8) {
            return self.again();
        }
        let (mut actor, mut command) = self.sensible();
        if self.rng.percent(5) {
            actor = self.anybody();
        } else if self.rng.percent(6) {
            command = self.altered_once(command);
        }
        (actor, command)
    }

    /// An earlier command, often accepted; the same, by another actor, or with a field altered.
    fn again(&mut self) -> (Actor, Command) {
        let history = std::mem::take(&mut self.history);
        let earlier = self.rng.late(&history).or_else(|| history.first().cloned()).unwrap();
        let any = self.rng.one(&history);
        self.history = history;
        let sent = if self.rng.percent(50) { earlier } else { any };
        match self.rng.below(4) {
            0 => (self.anybody(), sent.command),
            1 => (sent.actor, self.altered_once(sent.command)),
            _ => (sent.actor, sent.command),
        }
    }

    /// Altered, unless its form is wrong already: among two faults of form the contract names no first.
    fn altered_once(&mut self, command: Command) -> Command {
        let decimals = self.model.book.as_ref().map(|book| book.decimals);
        if form::check(&command, decimals).is_err() {
            return command;
        }
        let altered = self.altered(command.clone());
        // What is chosen can be printed for `apply`.
        let kept = self.rng.is_chosen() && !choices::can_be_written(&altered);
        if kept { command } else { altered }
    }

    fn pass_time(&mut self) {
        self.now += match self.rng.below(100) {
            0..=69 => self.rng.within(0, 600) * SECOND,
            70..=89 => self.rng.within(0, 3 * 3_600) * SECOND + self.rng.within(0, 999_999),
            90..=96 => self.rng.within(0, 24) * 3_600 * SECOND,
            97..=98 => self.rng.within(1, 5) * DAY,
            _ if self.rng.percent(10) => self.rng.within(30, 400) * DAY,
            _ => 0,
        };
    }

    fn times(&mut self) -> (Time, Option<Time>) {
        let mut at = self.now;
        if self.rng.percent(2) {
            at -= self.rng.one(&[1, SECOND, DAY, 400 * DAY]);
        }
        let occurred = match self.rng.below(100) {
            0..=79 => None,
            80..=94 => Some(at - self.rng.within(0, 72) * 3_600 * SECOND),
            95..=97 => Some(at),
            _ => Some(at + self.rng.one(&[1, DAY])),
        };
        (Time::from_micros(at), occurred.map(Time::from_micros))
    }

    fn sensible(&mut self) -> (Actor, Command) {
        if self.model.book.is_none() {
            return if self.rng.percent(85) { self.open_book() } else { self.register() };
        }
        if self.model.parties.len() < 3 || self.rng.percent(1) {
            return self.register();
        }
        if self.open_campaigns().is_empty() || self.rng.percent(1) {
            return self.open_campaign();
        }
        if let Some(allowed) = self.help_selling() {
            return allowed;
        }
        let chosen = match self.rng.below(134) {
            0..=19 => Some(self.place()),
            20..=35 => self.pay(),
            36..=47 => self.send_off(),
            48..=56 => self.receive(),
            57..=64 => self.request(),
            65..=72 => self.decide(),
            73..=74 => self.goods_back(),
            75 => self.lapse(),
            76..=81 => self.refund_payment(),
            82 => self.withdraw(),
            83 => self.replace(),
            84..=89 => self.settle(),
            90..=91 => self.mature(),
            92..=93 => self.payout(),
            94 => self.cancel(),
            95..=96 => Some(self.sellers_and_stock()),
            100..=101 => self.expire(),
            102..=104 => self.minimum(),
            105..=106 => self.give_back(),
            107..=110 => self.adjust_price(),
            111..=112 => self.pay_late(),
            113..=114 => self.end_of_tiers(),
            115..=117 => self.request_adjusted(),
            118 => self.on_duty(),
            119..=126 => self.pay_towards_tier(),
            127..=131 => self.before_adjusting(),
            132..=133 => self.withdraw_adjusted(),
            _ => Some(self.beside_orders()),
        };
        chosen.unwrap_or_else(|| self.place())
    }

    /// Anybody at all.
    fn anybody(&mut self) -> Actor {
        let (leader, supplier) = (self.rng.one(&self.leaders), self.rng.one(&self.suppliers));
        match self.rng.below(7) {
            0 => Actor::Operator,
            1 => Actor::System,
            2 => Actor::Leader(leader),
            3 => Actor::Supplier(supplier),
            4 => Actor::Buyer(self.rng.one(&self.buyers)),
            5 => Actor::Supplier(leader),
            _ => Actor::Leader(PartyId::from_bytes(self.rng.id())),
        }
    }

    fn money(&self, minor: i128) -> Amount {
        let decimals = self.model.book.as_ref().map_or(2, |book| book.decimals);
        Amount::new(i64::try_from(minor).unwrap_or(i64::MAX), u32::from(decimals))
    }

    /// An amount in minor units as shops have them, and some at the edges.
    fn minor(&mut self) -> i128 {
        i128::from(match self.rng.below(40) {
            0 => 0,
            1 => 1,
            2 => 3,
            3 => 100,
            4 => 7_999,
            5 => self.rng.within(100_000, 10_000_000),
            _ => self.rng.within(50, 20_000),
        })
    }

    fn registered(&self, wanted: fn(&Party) -> bool) -> Vec<PartyId> {
        let parties = self.model.parties.iter().filter(|(_, party)| wanted(party));
        parties.map(|(id, _)| *id).collect()
    }

    fn open_campaigns(&self) -> Vec<CampaignId> {
        let open =
            |c: &Campaign| !c.is_over() && !c.in_presale() && c.closes_at.micros() > self.now;
        let ids = self.campaigns.iter().filter(|id| open(&self.model.campaigns[id]));
        ids.copied().collect()
    }

    /// One of the later orders of which this is true.
    fn order_where(&mut self, wanted: impl Fn(&Order) -> bool) -> Option<OrderId> {
        let orders = self.orders.iter().filter(|id| wanted(&self.model.orders[id]));
        let orders: Vec<OrderId> = orders.copied().collect();
        self.rng.late(&orders)
    }

    fn channel(&mut self) -> &'static str {
        self.rng.one(&["wechat", "wechat", "alipay", "cash"])
    }
}

impl Iterator for Life {
    type Item = Sent;

    /// The next command; none when the choices have run out. A seed's life never ends.
    fn next(&mut self) -> Option<Sent> {
        self.rng.next_command().then(|| self.step())
    }
}

/// Lives of up to so many commands, for property tests; they shrink towards shorter ones.
pub fn lives(commands: usize) -> impl Strategy<Value = Vec<Sent>> {
    (any::<u64>().no_shrink(), 1..=commands)
        .prop_map(|(seed, commands)| Life::new(seed).take(commands).collect())
}
