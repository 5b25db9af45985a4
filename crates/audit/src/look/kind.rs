//! Kinds of records to look at.

macro_rules! kinds {
    ($($(#[doc = $says:literal])+ $variant:ident = $name:literal $zh:literal,)*) => {
        /// Why a record is worth a look.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        pub enum LookKind {
            $($(#[doc = $says])+ $variant,)*
        }

        impl LookKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in JSON: `written_off`. Names are stable.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The Chinese name.
            pub const fn name_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh,)* }
            }
        }
    };
}

kinds! {
    /// A refund whose goods amount one party bears whole.
    Goodwill = "goodwill" "兜底",
    /// Money to a buyer without a return.
    Compensation = "compensation" "补偿",
    /// A return whose goods need not come back.
    WaivedReturn = "waived_return" "免退货",
    /// A refund that the campaign's owner approved.
    OwnCampaign = "own_campaign" "团长自批",
    /// A paid order whose buyer has the id of somebody who earns from it.
    SelfPurchase = "self_purchase" "自购",
    /// The operator adjusted balances; the amount is what was debited in all.
    Adjusted = "adjusted" "手工调账",
    /// A debt of a party was given up.
    WrittenOff = "written_off" "核销",
    /// Money in suspense was explained.
    Resolved = "resolved" "挂账处理",
    /// The operator drew money.
    Drawn = "drawn" "平台提取",
    /// The operator brought money in.
    BroughtIn = "brought_in" "平台投入",
    /// Money went from one channel to another.
    Transferred = "transferred" "渠道互转",
    /// A campaign was declared formed.
    DeclaredFormed = "declared_formed" "虚拟成团",
    /// A period was sealed.
    Sealed = "sealed" "封账",
}
