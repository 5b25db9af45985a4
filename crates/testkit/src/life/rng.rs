//! Numbers from a seed: splitmix64. The same seed gives the same life on every machine, for ever.

/// A source of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 where the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// A number in `least..=most`.
    pub(crate) fn within(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most - least + 1).unwrap_or(1);
        least + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these; they are not empty.
    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        let len = u64::try_from(of.len()).unwrap_or(0);
        of[usize::try_from(self.below(len)).unwrap_or(0)].clone()
    }

    /// One of these, the later ones more often; none where there are none.
    pub(crate) fn late<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let len = u64::try_from(of.len()).unwrap_or(0);
        let back = self.below(len).min(self.below(len)).min(self.below(len.saturating_mul(2)));
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
