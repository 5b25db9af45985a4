//! Which column gives which field.

use std::str::FromStr;

use super::super::ImportError;
use super::super::rows::Fields;
use super::{Kind, Settings};

macro_rules! fields {
    ($($field:ident $word:literal,)*) => {
        /// What a column can give.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Field { $($field,)* }

        impl Field {
            const ALL: &[Self] = &[$(Self::$field,)*];

            /// Its word in `--map`, and the header that means it.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$field => $word,)* }
            }
        }
    };
}

fields! {
    Kind "kind",
    At "at",
    Visitor "visitor",
    Member "member",
    Inviter "inviter",
    Buyer "buyer",
    Campaign "campaign",
    Source "source",
    Order "order",
    Rating "rating",
    InvitedBy "invited_by",
    Invitee "invitee",
    Review "review",
    Complaint "complaint",
    Suggestion "suggestion",
}

impl FromStr for Field {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|field| field.word() == word).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|field| field.word()).collect();
            format!("{word:?} is no field; there are {}", words.join(", "))
        })
    }
}

/// The places of the fields in a row.
#[derive(Debug)]
pub(super) struct Columns(Vec<(Field, usize)>);

impl Columns {
    /// The columns of a file by its first row.
    pub(super) fn of(settings: &Settings, first: &Fields) -> Result<Self, ImportError> {
        let mut columns = Vec::new();
        for field in Field::ALL.iter().copied() {
            let asked = settings.map.iter().rev().find(|(mapped, _)| *mapped == field);
            let place = match (asked, settings.header) {
                (Some((_, column)), true) => Some(named(field, column, first)?),
                (Some((_, column)), false) => Some(numbered(field, column, first)?),
                (None, true) if settings.kind.is_some() && field == Field::Kind => None,
                (None, true) => find(field, field.word(), first)?,
                (None, false) => None,
            };
            columns.extend(place.map(|place| (field, place)));
        }
        let columns = Self(columns);
        columns.check(settings)?;
        Ok(columns)
    }

    /// What every row needs is there.
    fn check(&self, settings: &Settings) -> Result<(), ImportError> {
        if self.place(Field::At).is_none() {
            return Err(ImportError::Unmapped { field: "at", or: "" });
        }
        let Some(kind) = settings.kind else {
            return match self.place(Field::Kind) {
                Some(_) => Ok(()),
                None => Err(ImportError::Unmapped {
                    field: "kind",
                    or: ", or say with --kind what every row is",
                }),
            };
        };
        let needed = needs(kind).iter().find(|field| self.place_or_buyer(**field).is_none());
        needed.map_or(Ok(()), |field| {
            let or = if field.may_be_buyer() { ", or --map buyer=COLUMN" } else { "" };
            Err(ImportError::Unmapped { field: field.word(), or })
        })
    }

    /// The field's text; empty where it has no column.
    pub(super) fn get<'r>(&self, row: &'r Fields, field: Field) -> &'r str {
        self.place(field).map_or("", |place| row.get(place))
    }

    /// The text of a field that says who; that of the column for any buyer where it has none.
    pub(super) fn who<'r>(&self, row: &'r Fields, field: Field) -> &'r str {
        self.place_or_buyer(field).map_or("", |place| row.get(place))
    }

    fn place(&self, field: Field) -> Option<usize> {
        self.0.iter().find(|(known, _)| *known == field).map(|(_, place)| *place)
    }

    fn place_or_buyer(&self, field: Field) -> Option<usize> {
        let buyer = || self.place(Field::Buyer).filter(|_| field.may_be_buyer());
        self.place(field).or_else(buyer)
    }
}

impl Field {
    const fn may_be_buyer(self) -> bool {
        matches!(self, Self::Visitor | Self::Member | Self::Inviter)
    }
}

/// The fields that a kind can't do without, its time apart.
const fn needs(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Visited | Kind::Shortlisted => &[Field::Visitor],
        Kind::Joined | Kind::Left => &[Field::Member],
        Kind::Invited => &[Field::Inviter],
        Kind::Reviewed => &[Field::Review, Field::Order, Field::Rating],
        Kind::Complained | Kind::ComplaintResolved => &[Field::Complaint],
        Kind::Suggested => &[Field::Suggestion],
    }
}

fn find(field: Field, column: &str, first: &Fields) -> Result<Option<usize>, ImportError> {
    let mut places = (0..first.len()).filter(|place| first.get(*place).trim() == column);
    let place = places.next();
    if places.next().is_some() {
        return Err(ImportError::TwoColumns { field: field.word(), column: column.into() });
    }
    Ok(place)
}

fn named(field: Field, column: &str, first: &Fields) -> Result<usize, ImportError> {
    find(field, column, first)?.ok_or_else(|| {
        let names: Vec<_> = (0..first.len()).map(|place| first.get(place)).collect();
        let found = names.join(", ").chars().filter(|c| !c.is_control()).take(200).collect();
        ImportError::NoColumn { field: field.word(), column: column.into(), found }
    })
}

fn numbered(field: Field, column: &str, first: &Fields) -> Result<usize, ImportError> {
    let place = column.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    place.filter(|place| *place < first.len()).ok_or_else(|| {
        let found = format!("columns 1 to {}", first.len());
        ImportError::NoColumn { field: field.word(), column: column.into(), found }
    })
}
