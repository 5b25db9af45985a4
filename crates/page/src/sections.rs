//! Which tables stand under which heading, in the order in which a leader asks.

use maud::{Markup, html};
use tuanzhang_analytics::{Report, Table};

use crate::definitions::Defined;
use crate::view;
use crate::words::{Words, words};

/// A heading and the keys of its tables.
#[derive(Clone, Copy, Debug)]
struct Section {
    id: &'static str,
    title: Words,
    tables: &'static [&'static str],
}

const SECTIONS: &[Section] = &[
    Section {
        id: "funnel",
        title: words("漏斗", "Funnel"),
        tables: &["funnel", "funnel_by_day", "funnel_by_campaign", "funnel_by_source"],
    },
    Section {
        id: "sales",
        title: words("销售", "Sales"),
        tables: &["sales", "by_day", "by_month", "by_campaign", "by_leader"],
    },
    Section {
        id: "repeat",
        title: words("复购", "Buying again"),
        tables: &["cohorts", "repeat_curve", "orders_per_buyer"],
    },
    Section {
        id: "boards",
        title: words("榜单", "Leaderboards"),
        tables: &[
            "leaderboard",
            "pk",
            "campaign_board",
            "item_board",
            "leader_efficiency",
            "sell_through",
        ],
    },
    Section {
        id: "groups", title: words("各群对比", "Groups side by side"), tables: &["groups"]
    },
    Section {
        id: "refunds",
        title: words("退款与退货运费", "Refunds and return shipping"),
        tables: &["refund_rates", "return_shipping_by_bearer", "return_shipping_by_item"],
    },
    Section { id: "buyers", title: words("团员", "Buyers"), tables: &["lifecycle", "rfm"] },
    Section {
        id: "community",
        title: words("社群", "Community"),
        tables: &["community", "growth_by_day", "inviters"],
    },
    Section {
        id: "margin",
        title: words("毛利与佣金", "Margin and commissions"),
        tables: &[
            "margin_total",
            "margin_by_campaign",
            "margin_by_account",
            "commissions",
            "suspense",
            "suspense_by_month",
        ],
    },
    Section {
        id: "exposure",
        title: words("退货敞口", "Exposure to returns"),
        tables: &["exposure_total", "exposure"],
    },
    Section { id: "target", title: words("目标", "Target"), tables: &["target_progress"] },
];

/// A section with what the report has for it.
pub(crate) struct Filled<'a> {
    pub(crate) id: &'static str,
    pub(crate) title: Words,
    tables: Vec<&'a Table>,
}

/// The sections that have a table; what no section names comes last.
pub(crate) fn filled(report: &Report) -> Vec<Filled<'_>> {
    let mut all: Vec<Filled<'_>> = SECTIONS
        .iter()
        .map(|section| Filled {
            id: section.id,
            title: section.title,
            tables: section.tables.iter().filter_map(|key| report.table(key)).collect(),
        })
        .collect();
    let named = |key: &str| SECTIONS.iter().any(|section| section.tables.contains(&key));
    all.push(Filled {
        id: "more",
        title: words("其他", "More"),
        tables: report.tables.iter().filter(|table| !named(table.key)).collect(),
    });
    all.retain(|section| !section.tables.is_empty());
    all
}

impl Filled<'_> {
    /// The section with its tables.
    pub(crate) fn markup(&self, report: &Report, defined: &mut Defined) -> Markup {
        html! { section id=(self.id) {
            h2 { (self.title.markup()) }
            @for table in &self.tables { (view::table(table, report, defined)) }
        } }
    }
}
