//! The names of accounts, the same in both tools, and back.
//!
//! `channel:wechat` is `Assets:Channel:Wechat`, `pending:UUID` is `Liabilities:Pending:U-UUID`. Each name has
//! three parts, so none is above another and a balance is never that of several accounts. Parts have what
//! beancount allows: a capital or a digit, then letters, digits and hyphens.

use std::fmt::Write as _;

use tuanzhang_core::accounting::Account;

/// What stands before a channel's name that isn't a plain word.
const ESCAPED: &str = "N-";
/// What stands before an id.
const ID: &str = "U-";
const ANONYMOUS: &str = "Anonymous";

/// An account's name in beancount and hledger.
///
/// ```
/// use tuanzhang_plaintext::{account_of, name_of};
/// let wechat = "channel:wechat".parse()?;
/// assert_eq!(name_of(&wechat), "Assets:Channel:Wechat");
/// assert_eq!(account_of("Assets:Channel:Wechat"), Some(wechat));
/// assert_eq!(name_of(&"suspense:微信 2".parse()?), "Liabilities:Suspense:N-微信-202");
/// # Ok::<(), tuanzhang_core::accounting::NotAnAccount>(())
/// ```
pub fn name_of(account: &Account) -> String {
    let id = |id: &dyn std::fmt::Display| format!("{ID}{id}");
    let (above, last) = match account {
        Account::Channel(name) => ("Assets:Channel", escaped(name.as_str())),
        Account::Pending(party) => ("Liabilities:Pending", id(party)),
        Account::Term(party) => ("Liabilities:Term", id(party)),
        Account::Available(party) => ("Liabilities:Available", id(party)),
        Account::InTransit(party) => ("Liabilities:InTransit", id(party)),
        Account::RefundDue(Some(buyer)) => ("Liabilities:RefundDue", id(buyer)),
        Account::RefundDue(None) => ("Liabilities:RefundDue", ANONYMOUS.to_owned()),
        Account::Suspense(name) => ("Liabilities:Suspense", escaped(name.as_str())),
        Account::Income(kind) => ("Income:Operator", capitals(kind.word())),
        Account::EquityOperator => ("Equity:Operator", "Drawings".to_owned()),
        Account::Expense(kind) => ("Expenses:Operator", capitals(kind.word())),
    };
    format!("{above}:{last}")
}

/// The account of a name that [`name_of`] gave; none for any other name.
pub fn account_of(name: &str) -> Option<Account> {
    let (above, last) = name.rsplit_once(':')?;
    let kind = match above {
        "Assets:Channel" => "channel",
        "Liabilities:Pending" => "pending",
        "Liabilities:Term" => "term",
        "Liabilities:Available" => "available",
        "Liabilities:InTransit" => "in_transit",
        "Liabilities:RefundDue" => "refund_due",
        "Liabilities:Suspense" => "suspense",
        "Income:Operator" => "income",
        "Equity:Operator" => "equity",
        "Expenses:Operator" => "expense",
        _ => return None,
    };
    let text = match kind {
        "channel" | "suspense" => unescaped(last)?,
        "income" | "expense" => words(last),
        "equity" => "operator".to_owned(),
        _ => last.strip_prefix(ID).unwrap_or("anonymous").to_owned(),
    };
    let account = format!("{kind}:{text}").parse().ok()?;
    (name_of(&account) == name).then_some(account)
}

/// `ChannelFee` of `channel_fee`.
fn capitals(word: &str) -> String {
    word.split('_').map(capital).collect()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// `channel_fee` of `ChannelFee`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// A small letter, then small letters and digits: the capital alone can be told back.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// What both tools read in a name as it stands, the hyphen apart: ASCII letters and digits, and the Chinese
/// characters of the first Unicode, which every program's tables have.
fn stands(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{4e00}'..='\u{9fa5}').contains(&c)
}

fn escaped(name: &str) -> String {
    if is_plain(name) {
        return capital(name);
    }
    let mut part = ESCAPED.to_owned();
    for c in name.chars() {
        if stands(c) {
            part.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(part, "-{byte:02x}");
            }
        }
    }
    part
}

fn unescaped(part: &str) -> Option<String> {
    let Some(mut rest) = part.strip_prefix(ESCAPED) else {
        return Some(part.to_ascii_lowercase());
    };
    let mut bytes = Vec::new();
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix('-') {
            bytes.push(u8::from_str_radix(after.get(..2)?, 16).ok()?);
            rest = after.get(2..)?;
        } else {
            let (stands, after) = rest.split_at_checked(c.len_utf8())?;
            bytes.extend(stands.bytes());
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tuanzhang_core::accounting::{ExpenseKind, IncomeKind};
    use tuanzhang_core::text::Name;
    use tuanzhang_core::{BuyerId, PartyId};

    use super::*;

    fn check(account: &Account) {
        let name = name_of(account);
        assert_eq!(account_of(&name).as_ref(), Some(account), "{name}");
        assert_eq!(name.split(':').count(), 3, "{name}");
        for part in name.split(':') {
            assert!(part.starts_with(|c: char| c.is_ascii_uppercase()), "{name}");
            assert!(part.chars().all(|c| stands(c) || c == '-'), "{name}");
        }
    }

    #[test]
    fn every_account_is_told_back_from_its_name() {
        let (party, buyer) = (PartyId::from_bytes([0xab; 16]), BuyerId::from_bytes([1; 16]));
        let income = (0..=u8::MAX).filter_map(IncomeKind::from_number).map(Account::Income);
        let expense = (0..=u8::MAX).filter_map(ExpenseKind::from_number).map(Account::Expense);
        let of_people = [
            Account::Pending(party),
            Account::Term(party),
            Account::Available(party),
            Account::InTransit(party),
            Account::RefundDue(Some(buyer)),
            Account::RefundDue(None),
            Account::EquityOperator,
        ];
        for account in income.chain(expense).chain(of_people) {
            check(&account);
        }
    }

    #[test]
    fn names_that_look_alike_stay_apart() {
        let names =
            ["wechat", "Wechat", "weChat", "we-chat", "we chat", "we:chat", "n", "N", "N-", "N-a"];
        let mut seen = std::collections::BTreeSet::new();
        for name in names {
            let account = Account::Channel(Name::new(name).unwrap());
            check(&account);
            assert!(seen.insert(name_of(&account)), "{name}");
        }
    }

    #[test]
    fn a_name_that_was_not_given_is_no_account() {
        for name in [
            "",
            "Assets:Channel",
            "Assets:Channel:wechat",
            "Assets:Channel:N-wechat",
            "Assets:Channel:N--2",
            "Assets:Channel:N-é",
            "Assets:Channel:N--é",
            "Assets:Bank:Wechat",
            "Liabilities:Pending:Anonymous",
            "Equity:Operator:Other",
            "Expenses:Operator:Nothing",
            "Liabilities:Pending:U-AB000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(account_of(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_channel_is_told_back_from_its_name(name in "\\PC{1,16}") {
            if let Ok(name) = Name::new(&name) {
                check(&Account::Channel(name.clone()));
                check(&Account::Suspense(name));
            }
        }

        #[test]
        fn no_text_breaks_the_way_back(name in "(Assets:Channel:|Liabilities:Term:)?\\PC{0,16}") {
            let _ = account_of(&name);
        }
    }
}
