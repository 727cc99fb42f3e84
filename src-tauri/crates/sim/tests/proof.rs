//! Whoever can prove that they hold their key has to, and nobody passes for them who cannot.

use std::time::Duration;

use room::{Peer, PersonId, Proof, Trust};
use sim::{Who, World, tell};
use wire::{Action, Metadata, Native, Nonce};

const TRACKER: &str = "wss://tracker.example";
const SECOND: Duration = Duration::from_secs(1);

fn settle(world: &mut World, all: &[Who]) {
    world.gather(all, &World::public("den"), 25 * SECOND);
    world.run(2 * SECOND);
}

fn shown(world: &World, to: Who, who: Who) -> Peer {
    let peer = world.witness(to).peer("den", world.id(who));
    peer.expect("they are shown").clone()
}

fn smuggle(world: &mut World, from: Who, to: Who, nonce: u16, action: &Action) {
    let token = World::public("den").token();
    for frame in wire::frames(token, nonce, &action.body()) {
        world.smuggle(from, to, frame);
    }
}

/// What a page was told of who somebody is: anybody there can say it again.
fn overheard(world: &World, page: Who, of: Who, native: Option<Native>) -> Action {
    let (metadata, _) = world
        .page(page)
        .metadata("den", world.id(of))
        .expect("it has been told");
    Action::Metadata(Box::new(Metadata {
        native,
        ..metadata.clone()
    }))
}

/// What somebody asked a page, who takes it for one of us.
fn question(world: &World, page: Who, of: Who) -> Nonce {
    let said = world.page(page).foreign("den", world.id(of));
    let nonce = said.iter().find_map(|action| match action {
        Action::Challenge(nonce) => Some(*nonce),
        _ => None,
    });
    nonce.expect("it was asked")
}

#[test]
fn native_peers_prove_who_they_are_before_they_are_told_of() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let all = [world.native(), world.native(), world.native()];
        settle(world, &all);

        for one in all {
            for other in all.into_iter().filter(|it| *it != one) {
                let peer = shown(world, one, other);
                assert_eq!(peer.proof, Proof::Proven);
                assert_eq!(peer.trust, Trust::Verified);
                assert_eq!(peer.person, world.person(other));
            }
        }
    });
}

#[test]
fn a_browser_is_never_asked_and_verified_as_ever() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob) = (world.native(), world.browser("b"));
        settle(world, &[ann, bob]);
        world.run(20 * SECOND);

        assert_eq!(world.page(bob).unknown("den", world.id(ann)), [""; 0]);
        let peer = shown(world, ann, bob);
        assert_eq!((peer.proof, peer.trust), (Proof::None, Trust::Verified));
        assert_eq!(peer.person, world.person(bob));
    });
}

#[test]
fn nobody_passes_for_somebody_who_has_proven_who_they_are() {
    for claims_to_be_native in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let (ann, bob, mallory) = (world.native(), world.native(), world.browser("m"));
            settle(world, &[ann, bob, mallory]);
            let native = claims_to_be_native.then(Native::ours);
            let repeated = overheard(world, mallory, bob, native);
            world.leave(bob, "den");
            world.run(2 * SECOND);

            smuggle(world, mallory, ann, 7, &repeated);
            world.run(15 * SECOND);

            let peer = shown(world, ann, mallory);
            assert_eq!(peer.user_id.as_ref(), Some(world.user(bob)));
            assert_eq!(peer.proof, Proof::Missing);
            assert_eq!(peer.trust, Trust::Unverified);
            assert_eq!(peer.person, PersonId::Session(world.id(mallory)));

            // He himself is who he was.
            world.join(bob, &World::public("den"));
            world.until("he is back", 40 * SECOND, |world| {
                world.sees(ann, bob, "den")
            });
            world.run(2 * SECOND);
            let peer = shown(world, ann, bob);
            assert_eq!((peer.proof, peer.trust), (Proof::Proven, Trust::Verified));
        });
    }
}

#[test]
fn whoever_came_first_under_a_name_gives_it_up_to_whoever_proves_that_it_is_theirs() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, mallory) = (world.native(), world.native(), world.browser("m"));
        // She has never met him, and Mallory has.
        settle(world, &[bob, mallory]);
        let repeated = overheard(world, mallory, bob, None);
        world.leave(bob, "den");
        world.run(2 * SECOND);
        settle(world, &[ann]);
        world.until("they meet", 40 * SECOND, |world| {
            world.sees(ann, mallory, "den")
        });
        world.run(2 * SECOND);
        smuggle(world, mallory, ann, 7, &repeated);
        world.run(2 * SECOND);

        world.join(bob, &World::public("den"));
        world.until("he comes", 40 * SECOND, |world| world.sees(ann, bob, "den"));
        world.run(2 * SECOND);

        let peer = shown(world, ann, bob);
        assert_eq!((peer.proof, peer.trust), (Proof::Proven, Trust::Verified));
        assert_eq!(peer.person, world.person(bob));
        let peer = shown(world, ann, mallory);
        assert_eq!(
            (peer.proof, peer.trust),
            (Proof::Missing, Trust::Unverified)
        );
    });
}

#[test]
fn whoever_promises_a_proof_and_gives_none_or_a_wrong_one_is_not_verified() {
    for wrong in [None, Some("c2lnbmF0dXJl")] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let (ann, bob, mallory) = (world.native(), world.browser("b"), world.browser("m"));
            settle(world, &[ann, bob, mallory]);
            let own = overheard(world, bob, mallory, Some(Native::ours()));
            assert_eq!(shown(world, ann, mallory).trust, Trust::Verified);

            smuggle(world, mallory, ann, 7, &own);
            world.run(SECOND);
            let peer = shown(world, ann, mallory);
            assert_eq!(
                (peer.proof, peer.trust),
                (Proof::Awaited, Trust::Unverified)
            );
            match wrong {
                Some(wrong) => smuggle(world, mallory, ann, 8, &Action::Proof(wrong.to_owned())),
                None => world.run(10 * SECOND),
            }
            world.run(SECOND);

            let peer = shown(world, ann, mallory);
            assert_eq!(
                (peer.proof, peer.trust),
                (Proof::Missing, Trust::Unverified)
            );
            // Taking the promise back does not help.
            let own = overheard(world, bob, mallory, None);
            smuggle(world, mallory, ann, 9, &own);
            world.run(SECOND);
            assert_eq!(shown(world, ann, mallory).trust, Trust::Unverified);
        });
    }
}

#[test]
fn a_proof_that_somebody_in_the_middle_passes_on_is_worth_nothing() {
    tell(5, |world| {
        world.add_tracker(TRACKER);
        let (ann, bob, mallory) = (world.native(), world.native(), world.browser("m"));
        world.part(&[ann], &[bob]);
        for who in [ann, bob, mallory] {
            world.join(who, &World::public("den"));
        }
        world.until("both meet Mallory", 60 * SECOND, |world| {
            world.sees(ann, mallory, "den") && world.sees(bob, mallory, "den")
        });
        world.run(2 * SECOND);

        // To each she says that she is the other, and asks what she is asked.
        for (one, other) in [(ann, bob), (bob, ann)] {
            let claimed = overheard(world, mallory, other, Some(Native::ours()));
            smuggle(world, mallory, one, 7, &claimed);
        }
        world.run(SECOND);
        for (one, other) in [(ann, bob), (bob, ann)] {
            let asked = question(world, mallory, one);
            smuggle(world, mallory, other, 8, &Action::Challenge(asked));
        }
        world.run(SECOND);
        for (one, other) in [(ann, bob), (bob, ann)] {
            let said = world.page(mallory).foreign("den", world.id(one));
            let proof = said.iter().find(|it| matches!(it, Action::Proof(_)));
            let proof = proof.expect("whoever is asked answers").clone();
            smuggle(world, mallory, other, 9, &proof);
        }
        world.run(SECOND);

        for who in [ann, bob] {
            let peer = shown(world, who, mallory);
            assert_eq!(
                (peer.proof, peer.trust),
                (Proof::Missing, Trust::Unverified)
            );
            assert_eq!(peer.person, PersonId::Session(world.id(mallory)));
        }
    });
}

#[test]
fn private_words_wait_for_whoever_has_proven_who_they_are() {
    for claims_to_be_native in [false, true] {
        tell(5, |world| {
            world.add_tracker(TRACKER);
            let (ann, bob, mallory) = (world.native(), world.native(), world.browser("m"));
            settle(world, &[ann, bob, mallory]);
            world.whisper(ann, "den", bob, "are you there?");
            world.run(SECOND);
            let native = claims_to_be_native.then(Native::ours);
            let repeated = overheard(world, mallory, bob, native);
            world.kill(bob);
            world.until("he is gone", 20 * SECOND, |world| {
                !world.sees(ann, bob, "den")
            });
            world.whisper(ann, "den", bob, "for you alone");

            smuggle(world, mallory, ann, 7, &repeated);
            world.run(30 * SECOND);
            let page = world.page(mallory);
            assert!(page.private_log("den", world.id(ann)).is_empty());
            let told = page.foreign("den", world.id(ann));
            assert!(
                !told.iter().any(|it| matches!(it, Action::DirectMessage(_))),
                "{told:?}"
            );

            let bob = world.reborn(bob);
            world.join(bob, &World::public("den"));
            world.until("he gets it", 60 * SECOND, |world| {
                world
                    .private_texts(bob, "den", ann)
                    .contains(&"for you alone".to_owned())
            });
            assert!(
                world
                    .page(mallory)
                    .private_log("den", world.id(ann))
                    .is_empty()
            );
        });
    }
}

#[test]
fn asking_again_and_again_gets_one_answer_and_an_end() {
    tell(3, |world| {
        world.add_tracker(TRACKER);
        let (ann, mallory) = (world.native(), world.browser("m"));
        let bob = world.browser("b");
        settle(world, &[ann, bob, mallory]);
        // Without saying that it knows what this is, it is told nothing.
        let nonce = |n: usize| Nonce::parse(&format!("{n:064x}")).expect("a nonce");
        smuggle(world, mallory, ann, 6, &Action::Challenge(nonce(0)));
        world.run(SECOND);
        assert!(world.page(mallory).foreign("den", world.id(ann)).is_empty());

        let own = overheard(world, bob, mallory, Some(Native::ours()));
        smuggle(world, mallory, ann, 7, &own);
        for n in 1..4 {
            smuggle(world, mallory, ann, 8, &Action::Challenge(nonce(n)));
        }
        world.run(2 * SECOND);
        let said = world.page(mallory).foreign("den", world.id(ann));
        let proofs = said.iter().filter(|it| matches!(it, Action::Proof(_)));
        assert_eq!(proofs.count(), 1);

        for n in 4..100 {
            smuggle(world, mallory, ann, 9, &Action::Challenge(nonce(n)));
        }
        world.run(2 * SECOND);
        assert!(!world.sees(ann, mallory, "den"), "it is cut off");
    });
}

#[test]
fn what_others_passed_on_stands_under_its_authors_name_once_they_are_met() {
    tell(10, |world| {
        world.add_tracker(TRACKER);
        let ann = world.native_called("00", "Ann");
        let (bob, cyd) = (world.native(), world.native());
        settle(world, &[ann, cyd]);
        world.say(ann, "den", "before");
        world.run(SECOND);
        world.part(&[ann], &[bob]);
        world.join(bob, &World::public("den"));
        world.until("Bob hears of it from Cyd", 25 * SECOND, |world| {
            !world.witness(bob).lines("den").is_empty()
        });
        let author = |world: &World| world.line(bob, "den", "before").author.clone();
        assert_ne!(author(world), "Ann", "nobody has proved that name");

        world.heal();
        world.until("Bob meets Ann", 60 * SECOND, |world| {
            world.met(&[ann, bob], "den")
        });
        world.run(2 * SECOND);

        assert_eq!(author(world), "Ann");
    });
}
