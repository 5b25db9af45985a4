use crate::command::{SkuQuantity, command};
use crate::id::{HandoverId, OrderId};
use smol_str::SmolStr;

command! {
    /// Hands units over at the pick-up point. By the operator, the owner, the seller or the buyer.
    PickUpOrder {
        /// The order.
        order: OrderId,
        ;
        /// The handover's id; needed with `lines`.
        handover: HandoverId,
        /// What the buyer shows; needed where the order has a digest.
        code: SmolStr,
        /// Which units; all that is left where absent.
        lines: Vec<SkuQuantity>,
    }
}

use sha2::{Digest, Sha256};

use super::delivery::{find_with_lines, fold_receipt, known_part, line_of, some_left};
use super::units::paid_only;
use crate::actor::Actor;
use crate::book::apply::{Broken, Fold};
use crate::book::decide::{Context, Known, Rule};
use crate::book::form;
use crate::book::{IdKind, Line, Order, Read, State};
use crate::command::Way;
use crate::event::{Event, LineUnits, OrderPickedUp};
use crate::money::Decimals;
use crate::record::Head;
use crate::rejection::Rejection;
use crate::text::Text;

/// The digest of a pick-up code: lower-case hex of SHA-256 over the order's id, `:` and the code.
/// `domain.md` §11 *Pick-up*.
pub fn pickup_code_digest(order: OrderId, code: &str) -> String {
    hex(&digest(order, code))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn digest(order: OrderId, code: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(order.to_string())
        .chain_update(":")
        .chain_update(code)
        .finalize()
        .into()
}

/// The 32 bytes of a lower-case hex digest.
pub(super) fn digest_from_hex(hex: &str) -> Result<[u8; 32], Rejection> {
    let nibble = |byte: u8| match byte {
        b'0'..=b'9' => byte.checked_sub(b'0'),
        b'a'..=b'f' => byte.checked_sub(b'a').and_then(|n| n.checked_add(10)),
        _ => None,
    };
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(nibble(*high)?.checked_mul(16)?.checked_add(nibble(*low)?)?),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = hex.as_bytes().chunks(2).map(byte).collect();
    let problem = "must be the lower-case hex of 32 bytes";
    bytes
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .ok_or(Rejection::BadTerms { field: "pickup_code_digest", problem })
}

impl Rule for PickUpOrder {
    type Form = (Option<Vec<LineUnits>>, Option<Text>);
    type Found<'a> = &'a Order;

    fn form(&self, _: Decimals) -> Result<Self::Form, Rejection> {
        let lines = form::lines_or_all(self.lines.as_ref(), self.handover.is_some(), "handover")?;
        Ok((lines, form::maybe_text("code", self.code.as_ref())?))
    }

    fn known<S: Read>(&self, state: &S) -> Option<Known> {
        let part = (IdKind::Handover, self.handover.map(HandoverId::uuid));
        // Where nothing is left a wrong code is still wrong, not a repetition.
        let last =
            |order: &Order| order.last_handover.filter(|_| self.opens(order, self.code.as_deref()));
        known_part(state, self.order, part, self.lines.as_ref(), last, Line::under_way)
    }

    fn admit<'a, S: Read>(&self, cx: &Context<'a, S>) -> Result<&'a Order, Rejection> {
        let (order, campaign) = find_with_lines(cx, self.order, self.lines.as_ref())?;
        match cx.actor {
            Actor::Operator => Ok(order),
            Actor::Leader(leader) if leader == campaign.owner || leader == order.seller => {
                Ok(order)
            }
            Actor::Buyer(buyer) if Some(buyer) == order.buyer => Ok(order),
            Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) | Actor::System => {
                cx.not_allowed("only the operator, the owner, the seller and the order's buyer may")
            }
        }
    }

    fn decide<S: Read>(
        &self,
        (lines, code): Self::Form,
        order: &Order,
        _: &Context<'_, S>,
    ) -> Result<Vec<Event>, Rejection> {
        if order.way != Way::Pickup {
            let problem = "only a pickup order is picked up; others are received";
            return Err(Rejection::BadTerms { field: "order", problem });
        }
        paid_only(order, self.order)?;
        if order.shipped.is_none() && order.live() > 0 {
            return Err(Rejection::NotShipped { shipped: 0, requested: order.live() });
        }
        if !self.opens(order, code.as_ref().map(Text::as_str)) {
            return Err(Rejection::WrongCode { order: self.order });
        }
        let all = lines.is_none();
        let lines = match lines {
            None => some_left(order, Line::under_way)?,
            Some(lines) => {
                for units in &lines {
                    let (waiting, requested) = (line_of(order, units)?.under_way(), units.quantity);
                    if requested > waiting {
                        let (waiting, requested) = (waiting.into(), requested.into());
                        return Err(Rejection::AlreadyPickedUp { waiting, requested });
                    }
                }
                lines
            }
        };
        Ok(vec![
            OrderPickedUp { order: self.order, handover: self.handover, code, all, lines }.into(),
        ])
    }
}

impl PickUpOrder {
    /// Whether a code is the order's; any where it has none. `domain.md` §11 *Pick-up*.
    fn opens(&self, order: &Order, code: Option<&str>) -> bool {
        let shown = code.map(|code| digest(self.order, code));
        order.pickup_code_digest.is_none_or(|wanted| shown == Some(wanted))
    }
}

impl Fold for OrderPickedUp {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let part = (IdKind::Handover, self.handover.map(HandoverId::uuid));
        fold_receipt(state, head, self.order, &self.lines, part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_hex_of_order_colon_code() {
        let order: OrderId = "6F9619FF-8B86-D011-B42D-00CF4FC964FF".parse().unwrap();
        let hex = pickup_code_digest(order, "4711");
        // printf '6f9619ff-8b86-d011-b42d-00cf4fc964ff:4711' | sha256sum
        assert_eq!(hex.len(), 64);
        assert_eq!(digest_from_hex(&hex).unwrap(), digest(order, "4711"));
        for bad in ["", "ab", &hex.to_uppercase(), &format!("{hex}00"), &hex.replace('a', "g")] {
            assert!(digest_from_hex(bad).is_err() || *bad == hex);
        }
    }
}
