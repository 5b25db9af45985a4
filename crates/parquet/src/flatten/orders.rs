//! Orders: placed, paid, on their way; and the parts that an event moved.

use tuanzhang_core::command::FundedBy;
use tuanzhang_core::event::{Base, LineUnits, Moved, OrderPaid, OrderPlaced};
use tuanzhang_core::text::Name;
use tuanzhang_core::{Money, OrderId, RefundId};

use super::{Flatten, put};
use crate::error::ExportError;
use crate::tables::{LinePaidRow, LinePlacedRow, PaidRow, PartRow, PlacedRow, StepRow};

const fn funder(funded_by: FundedBy) -> &'static str {
    match funded_by {
        FundedBy::Shared => "shared",
        FundedBy::Role(role) => role.word(),
    }
}

impl Flatten<'_> {
    pub(super) fn unknown(&self, what: &'static str) -> ExportError {
        ExportError::Unknown { position: self.moment.position, what }
    }

    pub(super) fn order_placed(&mut self, placed: &OrderPlaced) -> Result<(), ExportError> {
        self.state.place(placed, self.moment.position)?;
        let sale = self.state.sale(placed.order, self.moment.position)?;
        let row = PlacedRow {
            order_id: placed.order,
            campaign: placed.campaign,
            buyer: placed.buyer,
            seller: placed.seller,
            owner: sale.campaign.owner,
            supplier: sale.campaign.supplier,
            upline: placed.upline,
            way: placed.way.word(),
            discount_minor: placed.discount.map_or(Money::ZERO, |discount| discount.amount),
            discount_funded_by: placed.discount.map(|discount| funder(discount.funded_by)),
            shipping_minor: placed.shipping,
            due_minor: placed.due,
        };
        self.put(&row)?;
        for (placed_line, line) in placed.lines.iter().zip(0..) {
            self.put(&LinePlacedRow {
                order_id: placed.order,
                campaign: placed.campaign,
                buyer: placed.buyer,
                seller: placed.seller,
                line,
                sku: placed_line.sku.as_str(),
                quantity: i64::from(placed_line.quantity),
                price_minor: placed_line.price,
                list_minor: placed_line.list,
                discount_minor: placed_line.discount,
            })?;
        }
        Ok(())
    }

    pub(super) fn order_paid(&mut self, paid: &OrderPaid) -> Result<(), ExportError> {
        let position = self.moment.position;
        let sale = self.state.sale(paid.order, position)?;
        let order = sale.order;
        let arrived = paid.payment.as_ref().map(|payment| (&payment.channel, payment.amount));
        let resolved = paid.out_of_suspense.as_ref().map(|money| (&money.channel, money.amount));
        let money = arrived.or(resolved);
        let row = PaidRow {
            order_id: paid.order,
            campaign: order.campaign,
            buyer: order.buyer,
            seller: order.seller,
            channel: money.map(|(channel, _)| channel.as_str()),
            out_of_suspense: paid.out_of_suspense.is_some(),
            shipping_minor: order.shipping,
            paid_minor: money.map_or(Money::ZERO, |(_, amount)| amount),
            fee_minor: paid.payment.as_ref().map_or(Money::ZERO, |payment| payment.fee),
        };
        put(self.sheets, &self.moment, &row)?;
        for line in &paid.lines {
            let found = sale.line(&line.sku);
            let unknown = ExportError::Unknown { position, what: "a line of an order" };
            let (place, placed) = found.ok_or(unknown)?;
            let charged = line.charged.map(|charged| (charged.list, charged.discount));
            let (list, discount) = charged.unwrap_or((placed.list, placed.discount));
            let row = LinePaidRow {
                order_id: paid.order,
                campaign: order.campaign,
                buyer: order.buyer,
                seller: order.seller,
                line: place,
                sku: line.sku.as_str(),
                quantity: i64::from(line.quantity),
                list_minor: list,
                discount_minor: discount,
                paid_minor: list.minus(discount).unwrap_or(Money::ZERO),
                value_minor: line.value,
            };
            put(self.sheets, &self.moment, &row)?;
        }
        let skus: Vec<&Name> = paid.lines.iter().map(|line| &line.sku).collect();
        self.parts("order_paid", paid.order, None, &skus, &paid.moved)
    }

    /// A step of the whole order.
    pub(super) fn order_step(&mut self, order: OrderId, step: &str) -> Result<(), ExportError> {
        let order = self.state.sale(order, self.moment.position)?.order;
        let (order_id, campaign, buyer) = (order.id, order.campaign, order.buyer);
        self.put(&StepRow {
            order_id,
            campaign,
            buyer,
            step,
            line: None,
            sku: None,
            quantity: None,
            replacements: None,
            window_ends_day: None,
        })
    }

    /// A step of some units.
    pub(super) fn unit_steps(
        &mut self,
        order: OrderId,
        step: &str,
        lines: &[LineUnits],
        replacements: &[LineUnits],
    ) -> Result<(), ExportError> {
        let sale = self.state.sale(order, self.moment.position)?;
        let with_buyer = matches!(step, "received" | "picked_up");
        let ends = self.moment.at.plus_days(sale.campaign.after_sales_days);
        let window_ends_day = with_buyer.then(|| (self.day)(ends));
        for units in lines {
            let replacing = replacements.iter().find(|line| line.sku == units.sku);
            let row = StepRow {
                order_id: sale.order.id,
                campaign: sale.order.campaign,
                buyer: sale.order.buyer,
                step,
                line: sale.line(&units.sku).map(|(place, _)| place),
                sku: Some(units.sku.as_str()),
                quantity: Some(i64::from(units.quantity)),
                replacements: Some(replacing.map_or(0, |line| i64::from(line.quantity))),
                window_ends_day,
            };
            put(self.sheets, &self.moment, &row)?;
        }
        Ok(())
    }

    /// All parts of an event; `skus` are those of the event's lines.
    pub(super) fn parts(
        &mut self,
        name: &str,
        order: OrderId,
        refund: Option<RefundId>,
        skus: &[&Name],
        moved: &Moved,
    ) -> Result<(), ExportError> {
        let position = self.moment.position;
        let sale = self.state.sale(order, position)?;
        for part in &moved.parts {
            let sku = match part.base {
                Base::Goods | Base::Discount | Base::Goodwill => {
                    skus.get(usize::from(part.line)).copied()
                }
                Base::Shipping
                | Base::ReturnShipping
                | Base::Compensation
                | Base::Fee
                | Base::Balance => None,
            };
            let unknown = ExportError::Unknown { position, what: "a party of a part" };
            let row = PartRow {
                name,
                order_id: order,
                campaign: sale.order.campaign,
                refund,
                base: part.base.word(),
                line: sku.and_then(|sku| sale.line(sku)).map(|(place, _)| place),
                sku: sku.map(Name::as_str),
                role: part.role.word(),
                party: moved.party(part).ok_or(unknown)?,
                pocket: part.pocket.word(),
                amount_minor: part.amount,
            };
            put(self.sheets, &self.moment, &row)?;
        }
        Ok(())
    }
}
