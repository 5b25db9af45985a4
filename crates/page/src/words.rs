//! Both languages side by side, and the page's own sentences.

use maud::{Markup, html};

/// A phrase in both languages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) chinese: &'static str,
    pub(crate) english: &'static str,
}

/// A phrase in both languages.
pub(crate) const fn words(chinese: &'static str, english: &'static str) -> Words {
    Words { chinese, english }
}

impl Words {
    /// Chinese first, English small beside or beneath it.
    pub(crate) fn markup(self) -> Markup {
        html! { span lang="zh-Hans" { (self.chinese) } " " span.en lang="en" { (self.english) } }
    }
}

/// The Chinese for a state of the lifecycle or a role; none for any other word.
pub(crate) fn gloss(word: &str) -> Option<&'static str> {
    Some(match word {
        "new" => "新客",
        "active" => "活跃",
        "sleeping" => "沉睡",
        "lost" => "流失",
        "operator" => "运营方",
        "supplier" => "供应商",
        "owner" => "开团团长",
        "seller" => "帮卖团长",
        "upline" => "上级团长",
        _ => return None,
    })
}

/// What to say where a table has nothing, and what would fill it.
pub(crate) fn nothing(key: &str) -> Words {
    match key {
        "funnel" | "funnel_by_day" | "funnel_by_campaign" | "funnel_by_source" => words(
            "没有浏览记录：把访问作为社群动态导入后，漏斗才有数。",
            "No visits are recorded: import them as activity beside the book, and the funnel fills.",
        ),
        "community" | "growth_by_day" | "inviters" => words(
            "没有社群记录：导入进群、退群、邀请、评价后才有数。",
            "No community facts are recorded: import joins, leaves, invitations and reviews as activity.",
        ),
        "margin_total" | "margin_by_account" | "margin_by_campaign" => words(
            "没有收入或费用记录。",
            "No income or expense is recorded: costs are entered as commands.",
        ),
        "suspense" | "suspense_by_month" => {
            words("没有尚无从解释的收付款。", "No money arrived or left that nothing explains.")
        }
        "exposure" | "exposure_total" => {
            words("没有仍在退货期内的订单。", "No order is within its time for returns.")
        }
        "return_shipping_by_bearer" | "return_shipping_by_item" => {
            words("没有报销过退货运费。", "No return shipping was reimbursed.")
        }
        "cohorts" | "repeat_curve" | "orders_per_buyer" | "lifecycle" | "rfm" => {
            words("还没有已支付的团员。", "No buyer has paid yet.")
        }
        _ => words("这段时间没有数据。", "Nothing in this window."),
    }
}
