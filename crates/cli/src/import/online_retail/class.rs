use super::super::rejects::Named;
use super::super::rows::Unreadable;
use super::row::milli_text;

/// What became of a row. Every row has exactly one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Class {
    /// A line of an order.
    Sale,
    /// A cancelled line, tied whole to earlier lines: refunded.
    CancelTied,
    /// A cancelled line that can't be tied: unmatched money out.
    CancelUnmatched,
    /// An adjustment on `expense:bad_debt`.
    BadDebt,
    /// Units at no price: counted only.
    Free,
    /// Units corrected at no price: counted only.
    StockAdjustment,
    /// Rejected: bytes that are no UTF-8.
    NotUtf8,
    /// Rejected: a line beyond any limit.
    TooLong,
    /// Rejected: quotes or the number of fields.
    BadCsv,
    /// Rejected: a field that is no invoice, code, number, time, customer or country.
    BadField,
    /// Rejected: a quantity and a price that no kind of invoice has.
    UnknownKind,
    /// Rejected: another customer or country than the invoice's first row.
    InvoiceConflict,
    /// Rejected: more than a ledger takes in one order or campaign.
    OverLimit,
}

impl Class {
    /// All of them, in the order in which they are shown.
    pub(crate) const ALL: [Self; 13] = [
        Self::Sale,
        Self::CancelTied,
        Self::CancelUnmatched,
        Self::BadDebt,
        Self::Free,
        Self::StockAdjustment,
        Self::NotUtf8,
        Self::TooLong,
        Self::BadCsv,
        Self::BadField,
        Self::UnknownKind,
        Self::InvoiceConflict,
        Self::OverLimit,
    ];

    /// Its name in output: `cancel_tied`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::CancelTied => "cancel_tied",
            Self::CancelUnmatched => "cancel_unmatched",
            Self::BadDebt => "bad_debt",
            Self::Free => "free",
            Self::StockAdjustment => "stock_adjustment",
            Self::NotUtf8 => "rejected_not_utf8",
            Self::TooLong => "rejected_too_long",
            Self::BadCsv => "rejected_bad_csv",
            Self::BadField => "rejected_bad_field",
            Self::UnknownKind => "rejected_unknown_kind",
            Self::InvoiceConflict => "rejected_invoice_conflict",
            Self::OverLimit => "rejected_over_limit",
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Sale => 0,
            Self::CancelTied => 1,
            Self::CancelUnmatched => 2,
            Self::BadDebt => 3,
            Self::Free => 4,
            Self::StockAdjustment => 5,
            Self::NotUtf8 => 6,
            Self::TooLong => 7,
            Self::BadCsv => 8,
            Self::BadField => 9,
            Self::UnknownKind => 10,
            Self::InvoiceConflict => 11,
            Self::OverLimit => 12,
        }
    }
}

impl Named for Class {
    fn name(&self) -> &'static str {
        (*self).name()
    }
}

impl From<Unreadable> for Class {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::NotUtf8 => Self::NotUtf8,
            Unreadable::TooLong => Self::TooLong,
            Unreadable::BadCsv => Self::BadCsv,
        }
    }
}

/// Rows of one class, summed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct ClassTotal {
    /// Rows.
    pub(crate) rows: u64,
    /// Their quantities, signed; of rows whose quantity and price can be read.
    pub(crate) quantity: i64,
    /// Their quantity x price in thousandths of a pound, signed.
    pub(crate) milli: i128,
}

impl ClassTotal {
    fn add(&mut self, other: Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.quantity = self.quantity.saturating_add(other.quantity);
        self.milli = self.milli.saturating_add(other.milli);
    }
}

/// What the file's rows come to, and what they lead to.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Classes {
    totals: [ClassTotal; Class::ALL.len()],
    /// What they lead to.
    pub(crate) figures: Figures,
}

/// What the rows lead to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Figures {
    /// Months with a sale.
    pub(crate) campaigns: u64,
    /// Countries.
    pub(crate) leaders: u64,
    /// Invoices with a sale line.
    pub(crate) orders: u64,
    /// Of them without a customer.
    pub(crate) anonymous_orders: u64,
    /// Orders that are settled as the file's time passes.
    pub(crate) settled_orders: u64,
    /// C-invoices.
    pub(crate) credit_notes: u64,
    /// One for each credit note and order.
    pub(crate) refunds: u64,
    /// Of them, those that the channel can't give back any more.
    pub(crate) refunds_by_transfer: u64,
    /// The most of them for one payment.
    pub(crate) refunds_of_a_payment_max: u64,
    /// Rows in the hour that occurs twice, taken as the first time.
    pub(crate) ambiguous_times: u64,
    /// Rows in the hour that doesn't exist, taken an hour later.
    pub(crate) shifted_times: u64,
}

impl Classes {
    /// The rows of a class.
    pub(crate) fn get(&self, class: Class) -> ClassTotal {
        self.totals.get(class.index()).copied().unwrap_or_default()
    }

    /// Class after class, those without a row too.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Class, ClassTotal)> + '_ {
        Class::ALL.into_iter().map(|class| (class, self.get(class)))
    }

    /// All rows of the file.
    pub(crate) fn total(&self) -> ClassTotal {
        let mut sum = ClassTotal::default();
        self.totals.iter().for_each(|total| sum.add(*total));
        sum
    }

    /// One row more.
    pub(super) fn count(&mut self, class: Class, quantity: i64, milli: i64) {
        if let Some(total) = self.totals.get_mut(class.index()) {
            total.add(ClassTotal { rows: 1, quantity, milli: i128::from(milli) });
        }
    }
}

/// Thousandths of a pound as pounds with three decimals: `9747747.934`.
pub(crate) fn pounds(milli: i128) -> String {
    milli_text(milli, 3)
}
