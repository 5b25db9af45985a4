//! A statement as tables, JSON and CSV. For people and spreadsheets what the party has is positive; in JSON debits are.

use std::io::Write;

use tuanzhang_core::Position;
use tuanzhang_core::book::PartyKind;
use tuanzhang_core::money::{Decimals, Total};
use tuanzhang_page::Labels;
use tuanzhang_statement::{AccountPeriod, Lates, Sealing, Statement, meaning, on_its_side};

use super::period::Period;
use crate::failure::Failure;
use crate::node::Node;
use crate::spreadsheet::harmless;
use crate::table;

/// Late records listed for people.
const LATE_MAX: usize = 10;

/// What a statement is printed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Printed<'a> {
    pub(super) currency: &'a str,
    pub(super) decimals: Decimals,
    pub(super) period: &'a Period,
}

const fn kind(statement: &Statement) -> &'static str {
    match statement.kind {
        _ if statement.operator => "operator",
        Some(PartyKind::Leader { .. }) => "leader",
        Some(PartyKind::Supplier { .. }) => "supplier",
        None => "unknown",
    }
}

/// The head of the CSV.
pub(super) fn csv_head() -> Vec<String> {
    let head = [
        "party",
        "from",
        "through",
        "account",
        "line",
        "english",
        "chinese",
        "about",
        "id",
        "movements",
        "amount",
        "currency",
        "position",
        "sealed",
    ];
    head.map(str::to_owned).to_vec()
}

fn write_records(lates: &Lates, out: &mut impl Write) -> Result<(), Failure> {
    for late in lates.named.iter().take(LATE_MAX) {
        let (position, happened, at) = (late.position, late.happened_at, late.at);
        let (event, subject) = (late.event, late.subject);
        writeln!(out, "  {position}: {event}, {subject}, happened {happened}, recorded {at}")?;
    }
    Ok(())
}

fn late_nodes(lates: &Lates) -> Node {
    Node::list(lates.named.iter().map(|late| {
        Node::Map(vec![
            ("position", late.position.get().into()),
            ("at", Node::text(late.at)),
            ("happened_at", Node::text(late.happened_at)),
            ("event", late.event.into()),
            ("about", late.subject.word().into()),
            ("id", late.subject.id().into()),
        ])
    }))
}

impl Printed<'_> {
    pub(super) fn labels(&self, name: Option<String>) -> Labels {
        Labels {
            name,
            from: self.period.from.to_string(),
            through: self.period.through.to_string(),
            zone: self.period.zone.clone(),
            currency: self.currency.to_owned(),
            decimals: self.decimals,
        }
    }

    /// Says that there is no statement, where all were asked for.
    pub(super) fn write_nobody(&self, out: &mut impl Write) -> Result<(), Failure> {
        let Period { from, through, zone, .. } = self.period;
        writeln!(
            out,
            "{from} to {through} of {zone}: nothing had moved for anyone by its end 期末前没有任何变动: 0 statements"
        )?;
        Ok(())
    }

    pub(super) fn write(&self, statement: &Statement, out: &mut impl Write) -> Result<(), Failure> {
        let Period { from, through, zone, .. } = self.period;
        let (kind, party) = (kind(statement), statement.party);
        writeln!(out, "{kind} {party}, {from} to {through} of {zone}, in {}", self.currency)?;
        let position = statement.position;
        match statement.sealing {
            Sealing::Open => {
                writeln!(out, "position {position}; not sealed 未封账: it can still change")?;
            }
            Sealing::Partly { through } => {
                writeln!(out, "position {position}; sealed in part 部分封账, through {through}")?;
            }
            Sealing::Sealed { position: by, at } => {
                writeln!(
                    out,
                    "position {position}; sealed 已封账 by record {by} at {at}: never changes again"
                )?;
            }
        }
        let total = statement.in_total();
        let credits = |amount: Total| amount.negated();
        self.write_account("all accounts 合计", &total, &credits, out)?;
        for (account, of) in &statement.accounts {
            let (english, chinese) = meaning(account);
            let side = |amount: Total| on_its_side(account, amount);
            self.write_account(&format!("{account}  {chinese} {english}"), of, &side, out)?;
        }
        self.write_debts(statement, out)?;
        self.write_lates(statement, out)?;
        Ok(())
    }

    fn write_debts(&self, statement: &Statement, out: &mut impl Write) -> Result<(), Failure> {
        let debts = [
            (
                "debt brought in 期初欠款",
                statement.debt_brought_in(),
                "owed when the period began 期初已欠",
            ),
            (
                "carried debt 结转欠款",
                statement.carried_debt(),
                "later earnings cover it first 以后的收入先行抵扣",
            ),
            (
                "pending below zero 待结算为负",
                statement.pending_debt(),
                "not in the carried debt 未计入结转欠款",
            ),
        ];
        for (name, debt, meaning) in debts.into_iter().filter(|(_, debt, _)| !debt.is_zero()) {
            writeln!(out, "{name}: {}; {meaning}", debt.display(self.decimals))?;
        }
        Ok(())
    }

    fn write_account(
        &self,
        title: &str,
        of: &AccountPeriod,
        side: &dyn Fn(Total) -> Total,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let shown = |amount: Total| side(amount).display(self.decimals);
        writeln!(out, "\n{title}")?;
        let headings = ["movement", "项目", "items 项", "movements 笔数", "amount 金额"];
        let mut rows = table::headed(&headings);
        rows.add_row(["opening", "期初", "", "", &shown(of.opening)]);
        for (kind, row) in &of.rows {
            let (items, count) = (row.subjects.len().to_string(), row.count.to_string());
            rows.add_row([kind.english(), kind.chinese(), &items, &count, &shown(row.sum)]);
        }
        rows.add_row(["closing", "期末", "", "", &shown(of.closing)]);
        table::align_right(&mut rows, [2, 3, 4]);
        writeln!(out, "{rows}")?;
        Ok(())
    }

    fn write_lates(&self, statement: &Statement, out: &mut impl Write) -> Result<(), Failure> {
        let changed = &statement.opening_changed;
        if changed.count > 0 {
            let (count, by) = (changed.count, changed.sum.negated().display(self.decimals));
            writeln!(
                out,
                "opening changed since the period began by {by} in all 期初在本期开始后有变: {count} records dated before it came since:"
            )?;
            write_records(changed, out)?;
        }
        if statement.late.count > 0 {
            let count = statement.late.count;
            writeln!(out, "{count} records dated inside the period came after its end 补记:")?;
            write_records(&statement.late, out)?;
        }
        Ok(())
    }

    /// Debits positive.
    pub(super) fn node(&self, statement: &Statement) -> Node {
        let (sealed, through, by) = match statement.sealing {
            Sealing::Open => ("open", None, None),
            Sealing::Partly { through } => ("partly", Some(through), None),
            Sealing::Sealed { position, .. } => ("sealed", None, Some(position)),
        };
        let changed = &statement.opening_changed;
        let accounts = statement.accounts.iter().map(|(account, of)| {
            let mut fields = vec![("account", Node::text(account))];
            fields.extend(self.account_fields(of));
            Node::Map(fields)
        });
        Node::Map(vec![
            ("party", Node::text(statement.party)),
            ("kind", kind(statement).into()),
            ("position", statement.position.get().into()),
            ("sealing", sealed.into()),
            ("sealed_through", through.map(Node::text).into()),
            ("sealed_by", by.map(Position::get).into()),
            ("debt_brought_in", statement.debt_brought_in().display(self.decimals).into()),
            ("carried_debt", statement.carried_debt().display(self.decimals).into()),
            ("pending_debt", statement.pending_debt().display(self.decimals).into()),
            ("total", Node::Map(self.account_fields(&statement.in_total()))),
            ("accounts", Node::list(accounts)),
            ("late_records", statement.late.count.into()),
            ("late", late_nodes(&statement.late)),
            ("opening_changed_records", changed.count.into()),
            ("opening_changed_by", changed.sum.display(self.decimals).into()),
            ("opening_changed", late_nodes(changed)),
        ])
    }

    fn account_fields(&self, of: &AccountPeriod) -> Vec<(&'static str, Node)> {
        let shown = |amount: Total| Node::from(amount.display(self.decimals));
        let rows = of.rows.iter().map(|(kind, row)| {
            let subjects = row.subjects.iter().map(|(subject, (count, sum))| {
                Node::Map(vec![
                    ("about", subject.word().into()),
                    ("id", subject.id().into()),
                    ("movements", (*count).into()),
                    ("amount", shown(*sum)),
                ])
            });
            Node::Map(vec![
                ("kind", kind.key().into()),
                ("english", kind.english().into()),
                ("chinese", kind.chinese().into()),
                ("movements", row.count.into()),
                ("amount", shown(row.sum)),
                ("subjects", Node::list(subjects)),
            ])
        });
        vec![
            ("opening", shown(of.opening)),
            ("rows", Node::list(rows)),
            ("closing", shown(of.closing)),
        ]
    }

    /// The debts, with no account; then opening, each line with the items behind it, closing; account by account.
    pub(super) fn csv_rows(&self, statement: &Statement) -> impl Iterator<Item = Vec<String>> {
        let mut rows = Vec::new();
        let first = [
            statement.party.to_string(),
            self.period.from.to_string(),
            self.period.through.to_string(),
        ];
        let last = [
            self.currency.to_owned(),
            statement.position.to_string(),
            match statement.sealing {
                Sealing::Open => "no",
                Sealing::Partly { .. } => "partly",
                Sealing::Sealed { .. } => "yes",
            }
            .to_owned(),
        ];
        let debts = [
            ("debt_brought_in", "debt brought in", "期初欠款", statement.debt_brought_in()),
            ("carried_debt", "carried debt", "结转欠款", statement.carried_debt()),
            ("pending_debt", "pending below zero", "待结算为负", statement.pending_debt()),
        ];
        for (line, english, chinese, debt) in debts {
            let debt = debt.display(self.decimals);
            let cells = ["", line, english, chinese, "", "", "", &debt].map(str::to_owned);
            rows.push(first.iter().chain(&cells).chain(&last).cloned().collect());
        }
        for (account, of) in &statement.accounts {
            let shown = |amount: Total| on_its_side(account, amount).display(self.decimals);
            let name = harmless(&account.to_string());
            let mut add = |cells: [String; 7]| {
                let row = first.iter().chain([&name]).chain(&cells).chain(&last);
                rows.push(row.cloned().collect());
            };
            let edge = |key: &str, chinese: &str, amount: Total| {
                let none = String::new();
                let words = [key, key, chinese].map(str::to_owned);
                let [line, english, chinese] = words;
                [line, english, chinese, none.clone(), none.clone(), none, shown(amount)]
            };
            add(edge("opening", "期初", of.opening));
            for (kind, row) in &of.rows {
                let words = [kind.key(), kind.english(), kind.chinese()].map(str::to_owned);
                for (subject, (count, sum)) in &row.subjects {
                    let [line, english, chinese] = words.clone();
                    let about = subject.word().to_owned();
                    add([
                        line,
                        english,
                        chinese,
                        about,
                        subject.id(),
                        count.to_string(),
                        shown(*sum),
                    ]);
                }
            }
            add(edge("closing", "期末", of.closing));
        }
        rows.into_iter()
    }
}
