//! Accounts for people.

use tuanzhang_core::accounting::Account;
use tuanzhang_core::money::Total;

/// What an account means, in English and Chinese.
pub const fn meaning(account: &Account) -> (&'static str, &'static str) {
    match account {
        Account::Channel(_) => ("money at a payment channel", "支付渠道余额"),
        Account::Pending(_) => ("parts of paid orders, not settled", "待结算"),
        Account::Term(_) => ("settled, payment terms still run", "账期中"),
        Account::Available(_) => ("can be paid out; owed by the party where debit", "可提现"),
        Account::InTransit(_) => ("payout asked for, not confirmed", "提现中"),
        Account::RefundDue(_) => ("approved refunds, not yet paid back", "应退款"),
        Account::Suspense(_) => ("money that fits no open order", "暂收暂付"),
        Account::Income(_) => ("the operator's income", "平台收入"),
        Account::EquityOperator => ("brought in or drawn by the operator", "平台权益"),
        Account::Expense(_) => ("the operator's expense", "平台费用"),
    }
}

/// Whether an account's balance is ordinarily a debit: assets and expenses.
pub const fn is_debit(account: &Account) -> bool {
    match account {
        Account::Channel(_) | Account::Expense(_) => true,
        Account::Pending(_)
        | Account::Term(_)
        | Account::Available(_)
        | Account::InTransit(_)
        | Account::RefundDue(_)
        | Account::Suspense(_)
        | Account::Income(_)
        | Account::EquityOperator => false,
    }
}

/// An amount on an account as people read it: debits positive on assets and expenses, credits on all others.
#[must_use]
pub const fn on_its_side(account: &Account, amount: Total) -> Total {
    if is_debit(account) { amount } else { amount.negated() }
}
