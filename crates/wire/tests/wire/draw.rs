//! Values drawn from a source of numbers: random ones for properties, fixed ones for golden files.

use tuanzhang_core::money::{AMOUNT_MINOR_MAX, Money, Rate};
use tuanzhang_core::role::Role;
use tuanzhang_core::text::{NAME_BYTES_MAX, Name, TEXT_BYTES_MAX, Text};
use tuanzhang_core::{Actor, Head, Position, RulesVersion, Time};

/// Where numbers come from, and how full things are.
pub(crate) enum Draw {
    /// Every option there, lists of two, numbers that count up.
    Full(u64),
    /// No option, empty lists, zeros, shortest texts.
    Bare,
    /// Every option there, lists of three, the largest numbers and longest texts; amounts negative.
    Limits,
    /// Every choice by this number, or the last one; options there from 1 on.
    Nth(u64),
    /// What proptest says; then as bare.
    Random(std::vec::IntoIter<u64>),
}

impl Draw {
    pub(crate) fn random(numbers: Vec<u64>) -> Self {
        Self::Random(numbers.into_iter())
    }

    /// 0 ..= max; a random one is at an end half of the time.
    pub(crate) fn number(&mut self, max: u64) -> u64 {
        match self {
            Self::Full(last) => {
                *last += 1;
                *last % max.saturating_add(1).max(1)
            }
            Self::Bare => 0,
            Self::Limits => max,
            Self::Nth(n) => max.min(*n),
            Self::Random(numbers) => match numbers.next() {
                None => 0,
                Some(n) if n % 4 == 0 => 0,
                Some(n) if n % 4 == 1 => max,
                Some(n) => (n / 4) % max.saturating_add(1).max(1),
            },
        }
    }

    pub(crate) fn small(&mut self) -> u32 {
        self.number(u32::MAX.into()) as u32
    }

    pub(crate) fn truth(&mut self) -> bool {
        match self {
            Self::Full(_) => true,
            Self::Bare | Self::Limits | Self::Nth(_) | Self::Random(_) => self.number(1) == 1,
        }
    }

    pub(crate) fn maybe<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.truth() { Some(draw(self)) } else { None }
    }

    pub(crate) fn list<T>(&mut self, mut draw: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = match self {
            Self::Full(_) => 2,
            Self::Bare => 0,
            Self::Nth(_) => 1,
            Self::Limits | Self::Random(_) => self.number(3),
        };
        (0..count).map(|_| draw(self)).collect()
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let seed = self.number(u64::MAX);
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = seed.rotate_right(index as u32 * 8) as u8;
        }
        bytes
    }

    pub(crate) fn money(&mut self) -> Money {
        let minus = match self {
            Self::Limits => true,
            Self::Full(_) | Self::Bare | Self::Nth(_) => false,
            Self::Random(_) => self.truth(),
        };
        let minor = self.number(AMOUNT_MINOR_MAX.unsigned_abs()) as i64;
        Money::from_minor(if minus { -minor } else { minor }).unwrap()
    }

    pub(crate) fn rate(&mut self) -> Rate {
        Rate::from_millionths(self.number(1_000_000) as u32).unwrap()
    }

    pub(crate) fn time(&mut self) -> Time {
        let micros = match self {
            Self::Full(_) => 1_638_316_800_000_000 + self.number(u64::MAX) as i64,
            Self::Limits => i64::MIN,
            Self::Bare | Self::Nth(_) | Self::Random(_) => self.number(u64::MAX) as i64,
        };
        Time::from_micros(micros)
    }

    fn text_of(&mut self, least: usize, most: usize) -> String {
        let palette = ['a', '团', '-', 'Ü', '🐟', ' ', '9'];
        match self {
            Self::Full(_) => format!("团 {}", self.number(u64::MAX)),
            Self::Bare => "x".repeat(least),
            Self::Nth(n) => "n".repeat(least.max(*n as usize)),
            Self::Limits => "🐟".repeat(most / 4),
            Self::Random(_) => {
                let length = self.number((most / 4) as u64).max(least as u64);
                (0..length).map(|_| palette[self.number(6) as usize]).collect()
            }
        }
    }

    pub(crate) fn name(&mut self) -> Name {
        Name::new(&self.text_of(1, NAME_BYTES_MAX)).unwrap()
    }

    pub(crate) fn text(&mut self) -> Text {
        Text::new(&self.text_of(0, TEXT_BYTES_MAX)).unwrap()
    }

    /// One of the words that core knows, by their numbers.
    pub(crate) fn word<T>(&mut self, of: impl Fn(u8) -> Option<T>) -> T {
        let mut known: Vec<T> = (0..=u8::MAX).filter_map(of).collect();
        let at = self.number(known.len() as u64 - 1);
        known.swap_remove(at as usize)
    }

    pub(crate) fn role(&mut self) -> Role {
        self.word(Role::from_number)
    }

    pub(crate) fn head(&mut self) -> Head {
        let position = Position::new(self.number(u64::MAX));
        let at = self.time();
        let occurred_at = self.maybe(Self::time);
        let actor = match self.number(4) {
            0 => Actor::Operator,
            1 => Actor::System,
            2 => Actor::Leader(self.id()),
            3 => Actor::Supplier(self.id()),
            _ => Actor::Buyer(self.id()),
        };
        let rules = RulesVersion(self.number(u16::MAX.into()) as u16);
        Head { position, at, occurred_at, actor, rules }
    }

    pub(crate) fn id<T: Id>(&mut self) -> T {
        T::of(self.bytes())
    }
}

/// Any of core's ids.
pub(crate) trait Id {
    fn of(bytes: [u8; 16]) -> Self;
}

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl Id for tuanzhang_core::$id {
            fn of(bytes: [u8; 16]) -> Self {
                Self::from_bytes(bytes)
            }
        }
    )*};
}

ids! {
    BookId PartyId BuyerId CampaignId AdditionId OrderId PaymentId ParcelId ArrivalId ReceiptId HandoverId
    RefundId RefundPaymentId PayoutId UnmatchedId CostId AdjustmentId
    TransferId DrawId WriteOffId BatchId ReviewId ComplaintId SuggestionId
}
