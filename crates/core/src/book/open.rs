use crate::command::command;
use crate::id::{BookId, PartyId};
use crate::role::Role;
use smol_str::SmolStr;

/// What a payment channel can give back, as a caller writes it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelLimitsText {
    /// Refunds for each payment, 0 ..= 1,000,000.
    pub refunds: i64,
    /// Days after the payment, 0 ..= 36,500.
    pub days: i64,
}

command! {
    /// Opens a book: the first command of every book. By the operator.
    OpenBook {
        /// The book's id.
        book: BookId,
        /// ISO 4217 code, or a name of the book's own (then `decimals` is needed).
        currency: SmolStr,
        /// IANA name of the zone in which reports count days; no rule reads it.
        timezone: SmolStr,
        /// Who runs the book.
        operator: PartyId,
        ;
        /// Decimals of the minor unit, 0 ..= 4; ISO 4217's where absent.
        decimals: i64,
        /// Who bears what a channel charges for a payment; the operator where absent.
        channel_fee_borne_by: Role,
        /// What a payment channel can give back; 50 refunds in 365 days where absent.
        channel_limits: ChannelLimitsText,
    }
}

use super::apply::{Broken, Fold};
use super::decide::{Context, Decision, Known, Rule, check_time};
use super::form;
use super::{BookHead, Read, State};
use crate::actor::Actor;
use crate::event::{BookOpened, ChannelLimits, Event};
use crate::money::{Currency, Decimals, iso_4217_decimals};
use crate::record::Head;
use crate::rejection::Rejection;
use crate::time::Time;

const DEFAULT_LIMITS: ChannelLimits = ChannelLimits { refunds: 50, days: 365 };

/// Opening comes before there is a book to look at, so it walks the path of the refusals itself.
pub(super) fn decide_opening<S: Read>(
    open: &OpenBook,
    state: &S,
    at: Time,
    occurred_at: Option<Time>,
    actor: Actor,
) -> Decision {
    let form = match open.opened() {
        Ok(form) => form,
        Err(rejection) => return Decision::Rejected(rejection),
    };
    let allowed = || match actor {
        Actor::Operator => Ok(()),
        Actor::System | Actor::Leader(_) | Actor::Supplier(_) | Actor::Buyer(_) => {
            Err(Rejection::NotAllowed { actor, why: "only the operator may" })
        }
    };
    if let Some(head) = state.get::<BookHead>(&()) {
        let book = head.opened.book;
        if book != open.book {
            return Decision::Rejected(Rejection::BookExists { book });
        }
        return match allowed() {
            Ok(()) => Decision::Known(Known::by_id(crate::record::Position::new(1))),
            Err(rejection) => Decision::Rejected(rejection),
        };
    }
    match check_time(at, at, occurred_at).and_then(|()| allowed()) {
        Ok(()) => Decision::Accepted(vec![form.into()]),
        Err(rejection) => Decision::Rejected(rejection),
    }
}

impl OpenBook {
    fn opened(&self) -> Result<BookOpened, Rejection> {
        let code = form::name("currency", &self.currency)?;
        let decimals = match self.decimals {
            Some(given) => u8::try_from(given).ok().and_then(Decimals::new),
            None => iso_4217_decimals(&self.currency),
        };
        let problem = "0 to 4; needed for a currency that ISO 4217 doesn't list";
        let decimals = decimals.ok_or(Rejection::BadTerms { field: "decimals", problem })?;
        let timezone = form::name("timezone", &self.timezone)?;
        let channel_limits = match &self.channel_limits {
            None => DEFAULT_LIMITS,
            Some(given) => ChannelLimits {
                refunds: form::whole(
                    "channel_limits.refunds",
                    given.refunds,
                    crate::limits::QUANTITY_MAX,
                )?,
                days: form::whole("channel_limits.days", given.days, crate::limits::DAYS_MAX)?,
            },
        };
        Ok(BookOpened {
            book: self.book,
            currency: Currency { code, decimals },
            timezone,
            operator: self.operator,
            channel_fee_borne_by: self.channel_fee_borne_by.unwrap_or(Role::Operator),
            channel_limits,
        })
    }
}

impl Rule for OpenBook {
    type Form = ();
    type Found<'a> = ();

    fn form(&self, _: Decimals) -> Result<(), Rejection> {
        self.opened().map(|_| ())
    }

    fn known<S: Read>(&self, _: &S) -> Option<Known> {
        None
    }

    fn admit<S: Read>(&self, cx: &Context<'_, S>) -> Result<(), Rejection> {
        cx.operator_only()
    }

    fn decide<S: Read>(&self, (): (), (): (), _: &Context<'_, S>) -> Result<Vec<Event>, Rejection> {
        self.opened().map(|opened| vec![opened.into()])
    }

    fn canonical<S: Read>(&mut self, _: &S) {
        if self.decimals.is_none() {
            self.decimals =
                iso_4217_decimals(&self.currency).map(|decimals| i64::from(decimals.get()));
        }
        self.channel_fee_borne_by.get_or_insert(Role::Operator);
        self.channel_limits.get_or_insert_with(|| DEFAULT_LIMITS.into());
    }
}

impl From<ChannelLimits> for ChannelLimitsText {
    fn from(limits: ChannelLimits) -> Self {
        Self { refunds: i64::from(limits.refunds), days: i64::from(limits.days) }
    }
}

impl Fold for BookOpened {
    fn fold<S: State>(&self, head: &Head, state: &mut S) -> Result<(), Broken> {
        let opened = std::sync::Arc::new(self.clone());
        state.put(
            (),
            BookHead {
                opened,
                position: head.position,
                at: head.at,
                turnover: 0,
                sealed_through: None,
            },
        );
        Ok(())
    }
}
