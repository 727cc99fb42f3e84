//! What is decided about people holds, and whoever passes for somebody else is pointed out.

mod here;
mod judged;
mod names;
mod passed_on;
mod passwords;
mod strangers;

use std::time::Duration;

use rand::SeedableRng;
use room::{Command, Fold, Likeness, Peer, PersonId, RoomKey, Rules, Standing};
use sim::{Who, World};
use wire::{Action, KeyPair, Metadata, RoomAddress, UserId};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn settle(world: &mut World, all: &[Who], room: &RoomAddress) {
    world.gather(all, room, 40 * SECOND);
    // Names and keys have been told, too.
    world.run(2 * SECOND);
}

fn person(world: &World, who: Who) -> PersonId {
    PersonId::Profile(world.user(who).clone())
}

fn judge(world: &mut World, judge: Who, person: PersonId, standing: Standing) {
    let done = world.command(judge, Command::Judge { person, standing });
    done.expect("anybody may be judged");
}

fn shown(world: &World, to: Who, who: Who) -> Peer {
    let peer = world.witness(to).peer("den", world.id(who));
    peer.expect("they are shown").clone()
}

fn like(name: &str) -> Option<Likeness> {
    Some(Likeness::Person(name.to_owned()))
}

fn fold_of(world: &World, who: Who, room: &str, text: &str) -> Option<Fold> {
    let mut lines = world.witness(who).lines(room).iter();
    lines.find(|line| line.text == text).expect(text).folded
}

fn set_rules(world: &mut World, who: Who, rules: Rules) {
    let room = RoomKey::from_text("den");
    let done = world.command(who, Command::SetRules { room, rules });
    done.expect("the room is joined");
}

/// Hands on an action that a page never made.
fn smuggle(world: &mut World, from: Who, to: Who, nonce: u16, action: &Action) {
    for frame in wire::frames(World::public("den").token(), nonce, &action.body()) {
        world.smuggle(from, to, frame);
    }
}

fn keys(seed: u64) -> KeyPair {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
    KeyPair::generate(&mut rng).expect("a key pair")
}

fn identity(keys: &KeyPair, user: &UserId, name: &str) -> Action {
    Action::Metadata(Box::new(Metadata {
        user_id: user.clone(),
        custom_name: name.to_owned(),
        public_key: keys.public_key().to_owned(),
        signature: keys.sign(&World::public("den").name, user),
        native: None,
    }))
}

/// Says so much that it is talk and no flood.
fn talk(world: &mut World, who: Who) {
    for n in 0..30 {
        world.say(who, "den", &format!("thought {n}"));
        world.run(SECOND);
    }
}
