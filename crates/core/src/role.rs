//! The roles that take part in a split.

use crate::text::word;

word! {
    /// Who takes a share of an order, or bears a cost of it. Seller and one upline are the two tiers
    /// that are allowed; a third can't be expressed. `domain.md` §1, §3.1.
    Role {
        /// 供应商: delivers the goods.
        Supplier = 0 "supplier",
        /// 开团团长: the leader who opened the campaign.
        Owner = 1 "owner",
        /// 帮卖团长: the leader through whom the order came; the owner when she sells herself.
        Seller = 2 "seller",
        /// 上级团长: who recruited the seller, one level only.
        Upline = 3 "upline",
        /// 平台/群主: who runs the book.
        Operator = 4 "operator",
    }
}

impl Role {
    /// All roles, in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::Supplier, Self::Owner, Self::Seller, Self::Upline, Self::Operator];

    /// The role's place in [`Role::ALL`].
    pub const fn index(self) -> usize {
        match self {
            Self::Supplier => 0,
            Self::Owner => 1,
            Self::Seller => 2,
            Self::Upline => 3,
            Self::Operator => 4,
        }
    }
}
