//! Telling one story with several seeds.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::World;

/// Tells a story `times` times, each in a new world with another seed. `SEED=…` in the environment
/// tells it once, with that seed; `TIMES=…` tells it so many times more.
///
/// # Panics
/// When the story does, naming the seed.
pub fn tell(times: u64, story: impl Fn(&mut World)) {
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..times * number("TIMES").unwrap_or(1) + 1,
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

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    let number = value.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is a whole number, not {value:?}")))
}

fn words(reason: &(dyn Any + Send)) -> &str {
    reason
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| reason.downcast_ref::<&str>().copied())
        .unwrap_or("(no words)")
}
