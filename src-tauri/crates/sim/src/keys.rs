//! Key pairs, made once and for all: making one takes longer than most stories.

use std::sync::OnceLock;

use rand::Rng;
use rand_chacha::ChaCha20Rng;
use wire::KeyPair;

/// Different keys, one a line. Peers share them; their user ids, and so their signatures, differ.
/// Nobody has ever been known by them, and nobody is to be.
const KEYS: &str = include_str!("keys.txt");

/// One of the keys.
pub(crate) fn any(rng: &mut ChaCha20Rng) -> KeyPair {
    static POOL: OnceLock<Vec<KeyPair>> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        let read = |key| KeyPair::from_private(key).expect("it is a key");
        KEYS.lines().map(read).collect()
    });
    pool[rng.gen_range(0..pool.len())].clone()
}
