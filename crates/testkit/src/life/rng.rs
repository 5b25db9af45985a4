//! Numbers that a life is made of: from a seed, or from choices.
//!
//! From a seed: splitmix64. The same seed gives the same life on every machine, for ever.
//!
//! From choices: lists of bytes, one about the people and then one for each command. A smaller byte is a
//! simpler choice, a missing one the simplest: what is likely, the first of several, the latest thing.
//! Ids take no choice and are never equal, so that a list left out changes nothing but its command. That
//! is what lets a life shrink, and what a fuzzer needs.

/// Ends a list of choices in bytes.
pub(super) const END: u8 = 0xFF;
/// A choice is one of so many.
const CHOICES: u64 = 255;

/// A source of numbers.
#[derive(Clone, Debug)]
pub(crate) enum Rng {
    Seed(u64),
    Choices(Choices),
}

/// What is left of some choices.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    /// Of the commands to come.
    lists: std::vec::IntoIter<Vec<u8>>,
    /// Of this one.
    list: std::vec::IntoIter<u8>,
    /// For what must differ each time.
    made: u64,
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Choices {
    /// A number in `0..bound` out of as many bytes as it takes; it rises with them.
    fn below(&mut self, bound: u64) -> u64 {
        let (mut number, mut span) = (0_u128, 1_u128);
        while span < u128::from(bound) {
            let byte = u64::from(self.list.next().unwrap_or(0)).min(CHOICES - 1);
            number = number * u128::from(CHOICES) + u128::from(byte);
            span *= u128::from(CHOICES);
        }
        u64::try_from(number * u128::from(bound) / span).unwrap_or(0)
    }
}

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self::Seed(seed)
    }

    /// The first list is about the people; the life is over after as many commands as there are others.
    pub(crate) fn of_choices(lists: Vec<Vec<u8>>) -> Self {
        let mut lists = lists.into_iter();
        let list = lists.next().unwrap_or_default().into_iter();
        Self::Choices(Choices { lists, list, made: 0 })
    }

    /// Turns to the choices of the next command; false where there are none.
    pub(crate) fn next_command(&mut self) -> bool {
        let Self::Choices(choices) = self else { return true };
        let next = choices.lists.next();
        let more = next.is_some();
        choices.list = next.unwrap_or_default().into_iter();
        more
    }

    /// Whether the numbers are chosen.
    pub(super) fn is_chosen(&self) -> bool {
        matches!(self, Self::Choices(_))
    }

    /// Choices that this command has left over.
    pub(super) fn unused(&self) -> usize {
        match self {
            Self::Seed(_) => 0,
            Self::Choices(choices) => choices.list.len(),
        }
    }

    /// A choice at random.
    pub(super) fn choice(&mut self) -> u8 {
        u8::try_from(self.below(CHOICES)).unwrap_or(0)
    }

    /// Any number; of choices: another one each time.
    pub(crate) fn next(&mut self) -> u64 {
        match self {
            Self::Seed(state) | Self::Choices(Choices { made: state, .. }) => splitmix(state),
        }
    }

    /// A number in `0..bound`; 0 where the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        match self {
            Self::Seed(state) => splitmix(state).checked_rem(bound).unwrap_or(0),
            Self::Choices(choices) => choices.below(bound),
        }
    }

    /// A number in `least..=most`.
    pub(crate) fn within(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// True so many times in a hundred. The simplest choice is the likelier one.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        let number = self.below(100);
        match self {
            Self::Choices(_) if percent < 50 => number >= 100 - percent,
            Self::Seed(_) | Self::Choices(_) => number < percent,
        }
    }

    /// One of these; they are not empty.
    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        let len = u64::try_from(of.len()).unwrap_or(0);
        of[usize::try_from(self.below(len)).unwrap_or(0)].clone()
    }

    /// One of these, the later ones more often; none where there are none.
    pub(crate) fn late<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let len = u64::try_from(of.len()).unwrap_or(0);
        let back = match self {
            Self::Seed(_) => {
                self.below(len).min(self.below(len)).min(self.below(len.saturating_mul(2)))
            }
            Self::Choices(choices) => {
                let back = choices.below(len);
                (back * back).checked_div(len).unwrap_or(0)
            }
        };
        let at = len.checked_sub(back + 1)?;
        of.get(usize::try_from(at).ok()?).cloned()
    }

    /// An id.
    pub(crate) fn id(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes
    }
}
