//! Chance from a seed: `SplitMix64` (Steele, Lea, Flood 2014), the same everywhere and for ever.
//! Not for secrets.

/// A stream of numbers that a seed decides.
pub struct Rng(u64);

impl Rng {
    /// The stream of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`, or 0 when the limit is 0. The bias is below one in 2^32.
    pub fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(((self.draw() >> 32) * u64::from(limit)) >> 32).unwrap_or(0)
    }

    /// A number between two others.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "24 bits fit an f32 exactly")]
        let unit = (self.draw() >> 40) as f32 / 16_777_216.0;
        low + unit * (high - low)
    }

    /// About normal with mean 0 and deviation 1: the sum of four even ones of 16 bits.
    pub fn normal(&mut self) -> f32 {
        let bits = self.draw();
        let sum: u64 = (0..4).map(|n| (bits >> (16 * n)) & 0xFFFF).sum();
        #[expect(clippy::cast_precision_loss, reason = "18 bits fit an f32 exactly")]
        let centred = sum as f32 - 131_070.0;
        centred / 37_837.0
    }

    /// One of several; the fallback when there are none.
    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = self.below(u32::try_from(from.len()).unwrap_or(0));
        from.get(at as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs for seed 0 of the reference implementation.
    #[test]
    fn the_stream_is_splitmix64() {
        let mut rng = Rng::new(0);
        assert_eq!(rng.draw(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(rng.draw(), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn normal_has_mean_zero_and_deviation_one() {
        let mut rng = Rng::new(7);
        let n = 100_000;
        let (mut sum, mut squares) = (0.0_f64, 0.0_f64);
        for _ in 0..n {
            let x = f64::from(rng.normal());
            sum += x;
            squares += x * x;
        }
        let (mean, variance) = (sum / 1e5, squares / 1e5);
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.02, "{variance}");
    }
}
