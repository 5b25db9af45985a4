//! What a handle has done so far, and how it is.

use tuanzhang_log::Damage;

/// How a handle is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Ready.
    Ready,
    /// The store's last answer was lost or it couldn't be reached: the next command reads on first.
    Behind,
    /// Something is damaged: reads still give what was sound, nothing is written any more.
    Stopped(Damage),
}

/// What a handle has done since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Stats {
    /// Commands that wait now.
    pub queue: usize,
    /// Batches that were answered.
    pub batches: u64,
    /// Requests that were answered: accepted, repeated or refused.
    pub answered: u64,
    /// Of those, how many were recorded before.
    pub repeated: u64,
    /// Of those, how many a rule refused.
    pub refused: u64,
    /// Appends with records that the store has answered with success.
    pub appends: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Most records in one append.
    pub records_an_append_max: u64,
    /// Lost races: batches that were decided again.
    pub races: u64,
    /// Turns that were taken after lost races, where the store gives them.
    pub turns: u64,
    /// Batches without an answer: unknown, unavailable or damaged.
    pub failures: u64,
    /// Half of the appends took no longer, in microseconds, rounded up to a power of two.
    pub append_micros_p50: u64,
    /// 99 of 100 appends took no longer, in microseconds, rounded up to a power of two.
    pub append_micros_p99: u64,
}

/// The figures as they are counted.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) stats: Stats,
    /// Appends by the number of bits of their microseconds.
    by_bits: [u64; 65],
}

impl Default for Counters {
    fn default() -> Self {
        Self { stats: Stats::default(), by_bits: [0; 65] }
    }
}

impl Counters {
    pub(crate) fn append(&mut self, records: usize, bytes: usize, micros: u64) {
        let records = u64::try_from(records).unwrap_or(u64::MAX);
        let stats = &mut self.stats;
        stats.appends = stats.appends.saturating_add(1);
        stats.records = stats.records.saturating_add(records);
        stats.bytes = stats.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        stats.records_an_append_max = stats.records_an_append_max.max(records);
        let bits = u64::BITS.saturating_sub(micros.leading_zeros());
        if let Some(count) = usize::try_from(bits).ok().and_then(|bits| self.by_bits.get_mut(bits))
        {
            *count = count.saturating_add(1);
        }
    }

    pub(crate) fn stats(&self, queue: usize) -> Stats {
        Stats {
            queue,
            append_micros_p50: self.percentile(50),
            append_micros_p99: self.percentile(99),
            ..self.stats
        }
    }

    fn percentile(&self, percent: u64) -> u64 {
        let total = self.by_bits.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let mut seen = 0_u64;
        let mut bound = 0_u64;
        for (bits, count) in (0_u32..).zip(&self.by_bits) {
            seen = seen.saturating_add(*count);
            bound = 1_u64.checked_shl(bits).unwrap_or(u64::MAX);
            if seen.saturating_mul(100) >= total.saturating_mul(percent) {
                break;
            }
        }
        if total == 0 { 0 } else { bound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_upper_bounds() {
        let mut counters = Counters::default();
        assert_eq!(counters.stats(0).append_micros_p99, 0);
        for micros in [100_u64; 98].into_iter().chain([5000, 5000]) {
            counters.append(1, 10, micros);
        }
        let stats = counters.stats(3);
        assert_eq!((stats.append_micros_p50, stats.append_micros_p99), (128, 8192));
        assert_eq!((stats.queue, stats.appends, stats.bytes), (3, 100, 1000));
    }
}
