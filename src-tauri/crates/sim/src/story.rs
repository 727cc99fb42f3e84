//! Telling one story with several seeds.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::World;

/// Tells a story `times` times, each in a new world with another seed. `SEED=…` in the environment
/// tells it once, with that seed.
///
/// # Panics
/// When the story does, naming the seed.
pub fn tell(times: u64, story: impl Fn(&mut World)) {
    let chosen = std::env::var("SEED")
        .ok()
        .map(|seed| seed.parse().expect("SEED is a whole number"));
    let seeds = match chosen {
        Some(seed) => seed..seed + 1,
        None => 1..times + 1,
    };
    for seed in seeds {
        let told = catch_unwind(AssertUnwindSafe(|| {
            let mut world = World::new(seed);
            story(&mut world);
            world.check();
        }));
        if let Err(reason) = told {
            panic!("with SEED={seed}: {}", words(&*reason));
        }
    }
}

fn words(reason: &(dyn Any + Send)) -> &str {
    reason
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| reason.downcast_ref::<&str>().copied())
        .unwrap_or("(no words)")
}
