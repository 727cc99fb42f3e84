//! Sessions among each other, on a pretend network: does every file arrive, whole and true, whoever
//! leaves, stalls or lies, and does memory stay bounded?

mod arriving;
mod direct;
mod puppet;
mod strangers;
mod trouble;
mod world;

use std::time::Duration;

use files::torrent::bits::Bits;
use files::torrent::session::Command;
use world::World;

const LIMIT: Duration = Duration::from_secs(600);
const SECOND: Duration = Duration::from_secs(1);

/// Waits for the description and says yes.
fn accept(world: &mut World, getter: usize) {
    if world.nodes[getter].session.have().is_some() {
        return;
    }
    world.run_until(LIMIT, |world| {
        world.nodes[getter].session.metainfo().is_some()
    });
    let pieces = world.nodes[getter]
        .session
        .metainfo()
        .map_or(0, |it| it.pieces());
    world.command(
        getter,
        Command::Fetch {
            have: Bits::none(pieces),
        },
    );
}
