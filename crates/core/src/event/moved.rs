use serde::Serialize;

use crate::id::PartyId;
use crate::money::Money;
use crate::role::Role;
use crate::text::word;

word! {
    /// The account, but for the party, on which a part of an event moved.
    Pocket {
        /// `pending:PARTY`.
        Pending = 0 "pending",
        /// `term:PARTY`.
        Term = 1 "term",
        /// `available:PARTY`.
        Available = 2 "available",
        /// `income:commission`, the operator's settled parts.
        Commission = 3 "commission",
        /// `income:shipping`, the operator's settled shipping fees.
        Shipping = 4 "shipping",
        /// `expense:channel_fee`.
        ChannelFee = 5 "channel_fee",
        /// `expense:return_shipping`.
        ReturnShipping = 6 "return_shipping",
        /// `expense:compensation`.
        Compensation = 7 "compensation",
        /// `expense:goodwill`.
        Goodwill = 8 "goodwill",
        /// `expense:promotion`.
        Promotion = 9 "promotion",
    }
}

word! {
    /// What a part was computed from.
    Base {
        /// A line's value, split.
        Goods = 0 "goods",
        /// The order's shipping fee.
        Shipping = 1 "shipping",
        /// A line's part of a discount that a role funds.
        Discount = 2 "discount",
        /// A line's goods amount, borne whole by one party.
        Goodwill = 3 "goodwill",
        /// Return shipping, reimbursed.
        ReturnShipping = 4 "return_shipping",
        /// Compensation.
        Compensation = 5 "compensation",
        /// What the channel charged, or gave back of it.
        Fee = 6 "fee",
        /// What an order's party had, moved on whole.
        Balance = 7 "balance",
    }
}

/// One part of what an event moved: credited to a party's pocket, a debit where negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    /// What it was computed from.
    pub base: Base,
    /// Index of the event's line, for the bases that have one; else 0.
    pub line: u16,
    /// The role that it fell to.
    pub role: Role,
    /// Index into [`Moved::parties`].
    pub party: u8,
    /// The account it moved on.
    pub pocket: Pocket,
    /// Credit positive, debit negative, zero where the role took nothing.
    pub amount: Money,
}

/// All parts that an event moved; each party stands once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Moved {
    /// The parties.
    pub parties: Vec<PartyId>,
    /// The parts, pointing at them.
    pub parts: Vec<Part>,
}

impl Moved {
    /// Nothing moved.
    pub const fn nothing() -> Self {
        Self { parties: Vec::new(), parts: Vec::new() }
    }

    /// The party that a part points at; none in a damaged event.
    pub fn party(&self, part: &Part) -> Option<PartyId> {
        self.parties.get(usize::from(part.party)).copied()
    }

    /// The index of a party, added if it isn't there yet.
    pub(crate) fn index_of(&mut self, party: PartyId) -> u8 {
        let at = self.parties.iter().position(|known| *known == party).unwrap_or_else(|| {
            self.parties.push(party);
            self.parties.len().saturating_sub(1)
        });
        u8::try_from(at).unwrap_or(u8::MAX)
    }
}
