//! Key pairs, made once per process: making one takes longer than most stories.

use std::sync::OnceLock;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use wire::KeyPair;

/// Different keys there are. Peers share them; their user ids, and so their signatures, differ.
const KEYS: usize = 3;

/// One of the keys.
pub(crate) fn any(rng: &mut ChaCha20Rng) -> KeyPair {
    static POOL: OnceLock<Vec<KeyPair>> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        let mut rng = ChaCha20Rng::seed_from_u64(2048);
        (0..KEYS)
            .map(|_| KeyPair::generate(&mut rng).expect("a 2048-bit key can be made"))
            .collect()
    });
    pool[rng.gen_range(0..pool.len())].clone()
}
