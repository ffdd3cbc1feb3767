//! Chance that can be repeated: the same seed, the same numbers, on every machine.

/// A sequence of numbers (SplitMix64).
pub(crate) struct Dice(u64);

/// So many of a million.
pub(crate) type PerMillion = u64;

impl Dice {
    /// Dice of a name of their own, so that asking one thing more changes nothing about the others.
    pub(crate) fn new(seed: u64, name: u64) -> Self {
        let mut dice = Self(seed ^ name.wrapping_mul(0x2545_f491_4f6c_dd1d));
        dice.roll();
        dice
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Whether it happens this time.
    pub(crate) fn chance(&mut self, of: PerMillion) -> bool {
        self.roll() % 1_000_000 < of
    }

    /// A number of a range, both ends included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        // INVARIANT: ranges are milliseconds of hours at most, so they fit both ways.
        least + (self.roll() % (most - least + 1) as u64) as i64
    }
}
