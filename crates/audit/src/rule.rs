//! The rules that an audit holds a book to. docs/audit.md has a row for each.

macro_rules! rules {
    ($($(#[doc = $says:literal])+ $variant:ident = $name:literal,)*) => {
        /// A rule that an audit holds a book to.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $says])+ $variant,)*
        }

        impl Rule {
            /// All rules, in the order in which docs/audit.md lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in JSON and tables: `two_tiers`. Names are stable.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What must be true, in a sentence.
            pub const fn says(self) -> &'static str {
                match self { $(Self::$variant => concat!($($says),+).trim_ascii(),)* }
            }
        }

        impl std::fmt::Display for Rule {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

rules! {
    /// The stored bytes are those that were written: checksums, frames, roots.
    Bytes = "bytes",
    /// The tree over the records that were read has the size and root that the store states.
    Root = "root",
    /// The book continues the checkpoint that was kept elsewhere.
    Against = "against",
    /// Positions are 1, 2, 3, … without gaps, and each record says its own.
    PositionsGapless = "positions_gapless",
    /// A record's bytes are a record.
    Decodes = "decodes",
    /// The record, written again, gives the same bytes.
    EncodesTheSame = "encodes_the_same",
    /// The first record opens this book, and no other does.
    BookId = "book_id",
    /// The rules version of a record is one that this program knows.
    RulesKnown = "rules_known",
    /// A record has the events of one command.
    IsACommand = "is_a_command",
    /// That command, decided again on the state before it, is accepted and gives these events.
    DecidesTheSame = "decides_the_same",
    /// The record follows from the state before it.
    Folds = "folds",
    /// An event's postings sum to zero.
    PostingsSumToZero = "postings_sum_to_zero",
    /// The book's balances sum to zero.
    BookSumsToZero = "book_sums_to_zero",
    /// No balance lies beyond 10^15 minor units.
    BalancesInRange = "balances_in_range",
    /// `at` never precedes that of the record before, and `occurred_at` is at most `at`.
    TimesNeverGoBack = "times_never_go_back",
    /// Nothing is dated inside a sealed period.
    SealedPeriods = "sealed_periods_stay_sealed",
    /// An id is used once for things of its kind.
    IdsOnce = "ids_once",
    /// An event names only things that the book has.
    RefersToKnown = "refers_to_known",
    /// Lines less their discounts, and the shipping fee, sum to what is owed; the lines' discounts to the order's.
    OrderAddsUp = "order_adds_up",
    /// An order is paid once, with what it owes.
    PaidWhatIsOwed = "paid_what_is_owed",
    /// The parts of a line sum to its value.
    PartsSumToValue = "parts_sum_to_value",
    /// A part of a line is never negative, unless an approval was undone.
    PartsNotNegative = "parts_not_negative",
    /// Money of an order goes only to who fills the role in it: its supplier, owner, seller, the seller's one upline, the operator.
    TwoTiers = "two_tiers",
    /// An order's upline is who had recruited its seller.
    UplineIsTheSellers = "upline_is_the_sellers",
    /// Orders hold no more units than were ever put in stock.
    NeverOversold = "never_oversold",
    /// A buyer has at most so many live units of an item when ordering.
    LimitPerBuyer = "limit_per_buyer",
    /// A locked price only lowers what a line pays.
    PriceOnlyFalls = "price_only_falls",
    /// No more units are asked back or returned than were bought.
    UnitsReturnedOnce = "units_returned_at_most_bought",
    /// Of a line at most what was paid for it is refunded, and all of it with its last unit.
    LineRefundedAtMostPaid = "line_refunded_at_most_paid",
    /// Of an order at most what was owed for goods and shipping is refunded.
    OrderRefundedAtMostPaid = "order_refunded_at_most_paid",
    /// Goods, shipping fee, return shipping and compensation sum to what a refund owes.
    RefundAddsUp = "refund_adds_up",
    /// An approval grants at most what was asked.
    GrantedAtMostAsked = "granted_at_most_asked",
    /// Return shipping that is claimed is at most the campaign's cap.
    ReturnShippingCapped = "return_shipping_capped",
    /// The shipping fee goes back whole, and once.
    ShippingFeeBackOnce = "shipping_fee_back_once",
    /// A refund is approved once, and undone at most once, unpaid, by the amount that it owed.
    ApprovedOnce = "refund_approved_once",
    /// Nobody approves a refund, or records as paid a payout, that they asked for; the operator apart.
    NobodyApprovesOwn = "nobody_approves_own",
    /// A refund pays at most what it owes, by whatever way, and only while it is approved.
    RefundPaidAtMostDue = "refund_paid_at_most_due",
    /// Through its channel a payment gives back at most what it brought.
    ChannelAmount = "channel_gives_back_at_most_paid",
    /// Through its channel a payment is refunded at most so many times as the book allows.
    ChannelRefunds = "channel_refunds_in_number",
    /// Through its channel a payment is refunded within so many days as the book allows.
    ChannelDays = "channel_refunds_in_time",
    /// A refund by channel goes through the payment's own.
    ChannelOwn = "channel_is_the_payments",
    /// A channel's fee is at most its payment, and at most that fee is given back.
    ChannelFee = "channel_fee_back_at_most_paid",
    /// Money in suspense is explained once, with its whole amount.
    SuspenseOnce = "suspense_resolved_once",
    /// What is owed to buyers, and what is on its way to parties, is never overpaid.
    DebtsNotOverpaid = "debts_not_overpaid",
    /// A payout is asked for at most of what is available.
    PayoutAtMostAvailable = "payout_at_most_available",
    /// A payout ends once, paid or failed, for whom and with the amount that was asked.
    PayoutEndsAsAsked = "payout_ends_as_asked",
    /// A settled order leaves nothing pending, a matured one nothing in term.
    SettledLeavesNothing = "settled_leaves_nothing_pending",
    /// An order that is wholly refunded leaves nobody anything of it but what they bore.
    WhollyRefunded = "wholly_refunded_leaves_nothing",
    /// The activity beside the book is that of this book.
    ActivityBook = "activity_book",
    /// A batch of activity is recorded once.
    BatchesOnce = "batches_once",
    /// Activity is recorded after it happened.
    RecordedAfterItHappened = "recorded_after_it_happened",
}
