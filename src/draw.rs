//! Chance that can be repeated: a number drawn from a seed and a name.

/// A number that is spread evenly over all 64-bit numbers and is the same on every machine.
///
/// FNV-1a gathers the bytes, and the finisher of SplitMix64 spreads them: FNV alone leaves the high bits of short
/// names alike.
pub(crate) fn draw(seed: u64, name: &str) -> u64 {
    let gathered = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mut mixed = gathered.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn the_same_for_ever() {
        // Fixed here so that no release moves a customer to another moment.
        assert_eq!(draw(0, "c-1"), 11_061_589_457_031_703_382);
    }

    #[test]
    fn a_crowd_spreads_evenly() {
        let mut tenths = [0u32; 10];
        for customer in 0..10_000 {
            tenths[(draw(7, &format!("c-{customer}")) % 10) as usize] += 1;
        }
        // Binomial with mean 1,000 and deviation 30: five deviations either way.
        assert!(tenths.iter().all(|count| (850..=1_150).contains(count)), "{tenths:?}");
    }
}
