//! A row as a fact.

use tuanzhang_core::activity::{
    Activity, Complained, ComplaintResolved, Happened, Invited, Joined, Left, Rating, Reviewed,
    Shortlisted, Suggested, Visited,
};
use tuanzhang_core::text::Name;
use tuanzhang_core::{BuyerId, CampaignId, ComplaintId, OrderId, ReviewId, SuggestionId};
use uuid::Uuid;

use super::super::ImportError;
use super::super::rows::Fields;
use super::columns::{Columns, Field};
use super::{Class, Kind, Settings};

/// Characters of a text that are shown.
const SHOWN_CHARS: usize = 80;

/// What a row is.
pub(super) enum Found {
    Fact(Kind, Happened),
    /// A word says that it is nothing to keep.
    Skipped,
    Rejected(Class, String),
}

/// Why a row is no fact.
enum Unusable {
    Rejected(Class, String),
    /// The whole file can't be imported so.
    Import(ImportError),
}

/// What a row is; an error where no row can be read without another setting.
pub(super) fn parse(
    fields: &Fields,
    columns: &Columns,
    settings: &Settings,
    line: u64,
) -> Result<Found, ImportError> {
    let row = Row { fields, columns, settings, line };
    let kind = match row.kind() {
        Ok(Some(kind)) => kind,
        Ok(None) => return Ok(Found::Skipped),
        Err(rejected) => return rejected.into_found(),
    };
    match row.happened(kind) {
        Ok(happened) => Ok(Found::Fact(kind, happened)),
        Err(unusable) => unusable.into_found(),
    }
}

impl Unusable {
    fn into_found(self) -> Result<Found, ImportError> {
        match self {
            Self::Rejected(class, reason) => Ok(Found::Rejected(class, reason)),
            Self::Import(error) => Err(error),
        }
    }
}

struct Row<'r> {
    fields: &'r Fields,
    columns: &'r Columns,
    settings: &'r Settings,
    line: u64,
}

impl<'r> Row<'r> {
    fn kind(&self) -> Result<Option<Kind>, Unusable> {
        if let Some(kind) = self.settings.kind {
            return Ok(Some(kind));
        }
        let word = self.text(Field::Kind);
        if let Some(known) = self.settings.words.iter().find(|known| known.word == word) {
            return Ok(known.kind);
        }
        Kind::from_name(word).map(Some).ok_or_else(|| {
            let reason = format!("kind {:?} is none; --kinds says what words mean", shown(word));
            Unusable::Rejected(Class::UnknownKind, reason)
        })
    }

    fn happened(&self, kind: Kind) -> Result<Happened, Unusable> {
        let text = self.text(Field::At);
        let at = self.settings.times.parse(text).ok_or_else(|| {
            let reason = format!("at {:?} is not written as --time-format says", shown(text));
            Unusable::Rejected(Class::BadField, reason)
        })?;
        if at > self.settings.now {
            let reason = format!("at {at} hasn't come yet");
            return Err(Unusable::Rejected(Class::InTheFuture, reason));
        }
        Ok(Happened { at, activity: self.activity(kind)? })
    }

    fn activity(&self, kind: Kind) -> Result<Activity, Unusable> {
        let campaign = || Ok(self.optional(Field::Campaign)?.map(CampaignId::new));
        let order = || Ok(self.optional(Field::Order)?.map(OrderId::new));
        Ok(match kind {
            Kind::Visited => {
                let (visitor, campaign) = (self.who(Field::Visitor)?, campaign()?);
                Visited { visitor, campaign, source: self.source()? }.into()
            }
            Kind::Shortlisted => {
                Shortlisted { visitor: self.who(Field::Visitor)?, campaign: campaign()? }.into()
            }
            Kind::Joined => {
                let invited_by = self.optional(Field::InvitedBy)?.map(BuyerId::new);
                Joined { member: self.who(Field::Member)?, invited_by }.into()
            }
            Kind::Left => Left { member: self.who(Field::Member)? }.into(),
            Kind::Invited => {
                let invitee = self.optional(Field::Invitee)?.map(BuyerId::new);
                Invited { inviter: self.who(Field::Inviter)?, invitee }.into()
            }
            Kind::Reviewed => {
                let review = ReviewId::new(self.id(Field::Review)?);
                let order = OrderId::new(self.id(Field::Order)?);
                Reviewed { review, order, rating: self.rating()? }.into()
            }
            Kind::Complained => {
                let complaint = ComplaintId::new(self.id(Field::Complaint)?);
                Complained { complaint, order: order()? }.into()
            }
            Kind::ComplaintResolved => {
                let complaint = ComplaintId::new(self.id(Field::Complaint)?);
                ComplaintResolved { complaint }.into()
            }
            Kind::Suggested => {
                let suggestion = SuggestionId::new(self.id(Field::Suggestion)?);
                Suggested { suggestion, order: order()? }.into()
            }
        })
    }

    fn text(&self, field: Field) -> &'r str {
        self.columns.get(self.fields, field).trim()
    }

    fn who(&self, field: Field) -> Result<BuyerId, Unusable> {
        let text = self.columns.who(self.fields, field).trim();
        needed(field, text).and_then(|text| self.uuid(field, text)).map(BuyerId::new)
    }

    fn id(&self, field: Field) -> Result<Uuid, Unusable> {
        needed(field, self.text(field)).and_then(|text| self.uuid(field, text))
    }

    fn optional(&self, field: Field) -> Result<Option<Uuid>, Unusable> {
        let text = Some(self.text(field)).filter(|text| !text.is_empty());
        text.map(|text| self.uuid(field, text)).transpose()
    }

    /// A UUID with hyphens as it stands, in braces or as `urn:uuid:` too; an app's own number, 32 digits among
    /// them, becomes one in the namespace.
    fn uuid(&self, field: Field, text: &str) -> Result<Uuid, Unusable> {
        if let Some(id) = Some(text.trim()).filter(|text| text.contains('-'))
            && let Ok(id) = Uuid::try_parse(id)
        {
            return Ok(id);
        }
        let namespace = self.settings.namespace.ok_or_else(|| {
            let (line, field, text) = (self.line, field.word(), shown(text));
            Unusable::Import(ImportError::NoNamespace { line, field, text })
        })?;
        Ok(Uuid::new_v5(&namespace, text.as_bytes()))
    }

    fn source(&self) -> Result<Option<Name>, Unusable> {
        let text = Some(self.text(Field::Source)).filter(|text| !text.is_empty());
        text.map(Name::new)
            .transpose()
            .map_err(|what| Unusable::Rejected(Class::BadField, format!("source {what}")))
    }

    fn rating(&self) -> Result<Rating, Unusable> {
        let text = needed(Field::Rating, self.text(Field::Rating))?;
        Rating::from_word(text).ok_or_else(|| {
            let reason = format!("rating {:?} is not good, neutral or bad", shown(text));
            Unusable::Rejected(Class::BadField, reason)
        })
    }
}

fn needed(field: Field, text: &str) -> Result<&str, Unusable> {
    if text.is_empty() {
        let reason = format!("{} is empty", field.word());
        return Err(Unusable::Rejected(Class::MissingField, reason));
    }
    Ok(text)
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}
