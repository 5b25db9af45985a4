//! Kinds of facts by their words, and other words for them.

use std::str::FromStr;

use tuanzhang_core::Activity;

macro_rules! kinds {
    ($($kind:ident $word:literal,)*) => {
        /// A kind of fact, without its fields.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub(crate) enum Kind { $($kind,)* }

        impl Kind {
            /// Its name: `visited`.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// The kind of this name.
            pub(crate) fn from_name(name: &str) -> Option<Self> {
                match name { $($word => Some(Self::$kind),)* _ => None }
            }

            /// The kind of a fact.
            pub(crate) const fn of(activity: &Activity) -> Self {
                match activity { $(Activity::$kind(_) => Self::$kind,)* }
            }

            const NAMES: &[&str] = &[$($word,)*];
        }
    };
}

kinds! {
    Visited "visited",
    Shortlisted "shortlisted",
    Joined "joined",
    Left "left",
    Invited "invited",
    Reviewed "reviewed",
    Complained "complained",
    ComplaintResolved "complaint_resolved",
    Suggested "suggested",
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::from_name(name)
            .ok_or_else(|| format!("{name:?} is no kind; there are {}", Self::NAMES.join(", ")))
    }
}

/// What a word of the kind's column means: a kind, or nothing that is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Word {
    pub(crate) word: String,
    pub(crate) kind: Option<Kind>,
}

impl FromStr for Word {
    type Err = String;

    /// `pv=visited`, `buy=-`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (word, kind) = text
            .rsplit_once('=')
            .ok_or_else(|| format!("{text:?} is not WORD=KIND, or WORD=- for rows to skip"))?;
        let kind = if kind == "-" { None } else { Some(kind.parse()?) };
        Ok(Self { word: word.into(), kind })
    }
}
