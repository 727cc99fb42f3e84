use super::*;
use crate::stun::tests::check;

const DATA: &[u8] = &[23, 254, 253];
const OURS: &str = "what the peer's checks have";
const THEIRS: &str = "what our checks have";

#[test]
fn a_peer_that_fell_silent_is_followed_to_where_it_answers() {
    let mut talk = Talk::new();
    assert_eq!(talk.hears(KNOWN, DATA), Some(KNOWN));
    talk.falls_silent();
    assert_eq!(talk.hears(OTHER, DATA), Some(OTHER), "data prove nothing");
    assert_eq!(talk.hears(OTHER, &check("another's")), Some(OTHER));
    assert_eq!(talk.tested, None);
    assert_eq!(talk.sends(KNOWN), KNOWN);

    assert_eq!(talk.hears(OTHER, &check(OURS)), None);
    assert_eq!(talk.sends(KNOWN), KNOWN, "a check proves nothing about now");
    talk.is_answered(OTHER);
    assert_eq!(talk.sends(KNOWN), OTHER);
    assert_eq!(talk.hears(OTHER, DATA), Some(KNOWN));
    assert_eq!(talk.hears(OTHER, &check(OURS)), Some(KNOWN));
    assert_eq!(talk.sends(SERVER), SERVER, "others are not followed");
    assert_eq!(talk.hears(SERVER, DATA), Some(SERVER));
}

#[test]
fn a_peer_that_answers_is_not_looked_for_elsewhere_until_it_does_not() {
    let mut talk = Talk::new();
    talk.falls_silent();
    talk.is_answered(KNOWN);
    talk.hears(OTHER, &check(OURS));
    talk.is_answered(OTHER);
    assert_eq!(talk.sends(KNOWN), KNOWN);
    // It may have been answered from there just before the last answer from here was due.
    talk.asks();
    talk.passes(SILENT);
    assert_eq!(talk.sends(KNOWN), OTHER);
}

#[test]
fn a_peer_that_comes_back_is_followed_as_soon_as_it_answers_there() {
    let mut talk = Talk::moved();
    assert_eq!(talk.hears(KNOWN, &check("another's")), Some(KNOWN));
    assert_eq!(talk.hears(KNOWN, &check(OURS)), None);
    assert_eq!(talk.sends(KNOWN), OTHER);
    talk.is_answered(KNOWN);
    assert_eq!(talk.sends(KNOWN), KNOWN);
    assert_eq!(talk.hears(KNOWN, &check(OURS)), Some(KNOWN));
}

#[test]
fn a_peer_that_moves_on_is_followed_there_too() {
    let mut talk = Talk::moved();
    talk.hears(THIRD, &check(OURS));
    talk.is_answered(THIRD);
    assert_eq!(talk.sends(KNOWN), OTHER, "it still answers here");
    talk.falls_silent();
    assert_eq!(talk.sends(KNOWN), THIRD);
}

#[test]
fn a_check_said_again_by_somebody_else_moves_nothing_and_is_not_answered() {
    let mut talk = Talk::new();
    let overheard = check(OURS);
    assert_eq!(talk.hears(KNOWN, &overheard), Some(KNOWN));
    talk.falls_silent();
    for _ in 0..1000 {
        talk.passes(Duration::from_millis(10));
        assert_eq!(talk.hears(OTHER, &overheard), None);
    }
    assert_eq!(talk.tested, None);
    assert_eq!(talk.sends(KNOWN), KNOWN);
}

#[test]
fn a_check_the_peer_did_not_get_through_moves_nothing_from_anywhere_else() {
    let mut talk = Talk::new();
    talk.falls_silent();
    talk.hears(THIRD, &check(OURS));
    let test = talk.tested.clone().expect("a test");
    assert_eq!(talk.hears(THIRD, &test), Some(THIRD), "an echo");
    assert_eq!(talk.hears(THIRD, &answer(&test, OURS)), None);
    assert_eq!(talk.hears(THIRD, &answer(&check(""), THEIRS)), Some(THIRD));
    // The right answer, from elsewhere.
    assert_eq!(talk.hears(OTHER, &answer(&test, THEIRS)), Some(OTHER));
    assert_eq!(talk.sends(KNOWN), KNOWN);
    // And too late.
    talk.passes(TEST_LASTS);
    talk.hears(THIRD, &answer(&test, THEIRS));
    assert_eq!(talk.sends(KNOWN), KNOWN);
}

#[test]
fn who_says_an_overheard_check_again_does_not_keep_out_the_peer_who_moved() {
    let mut talk = Talk::new();
    let overheard = check(OURS);
    talk.hears(KNOWN, &overheard);
    talk.falls_silent();
    for _ in 0..100 {
        talk.passes(Duration::from_millis(10));
        talk.hears(OTHER, &overheard);
        talk.hears(KNOWN, &overheard);
        talk.hears(KNOWN, DATA);
    }
    talk.hears(THIRD, &check(OURS));
    talk.is_answered(THIRD);
    assert_eq!(talk.sends(KNOWN), THIRD);
}

#[test]
fn nothing_but_a_few_tests_goes_to_an_address_that_does_not_answer() {
    let mut talk = Talk::new();
    talk.falls_silent();
    let mut tests = 0;
    for at in 0..1000 {
        talk.passes(Duration::from_millis(1));
        let from = address(100 + (at % 100) as u8);
        let check = check(OURS);
        assert_eq!(talk.hears(from, &check), None, "the stack would answer it");
        if let Some(test) = talk.tested.take() {
            tests += 1;
            assert!(test.len() <= check.len());
        }
        assert_eq!(talk.sends(KNOWN), KNOWN);
    }
    assert_eq!(tests, MAX_TESTS);

    // One address alone.
    talk.passes(TEST_LASTS);
    let tests = (0..1000).filter(|_| {
        talk.passes(Duration::from_millis(1));
        talk.hears(OTHER, &check(OURS));
        talk.tested.take().is_some()
    });
    assert_eq!(tests.count(), 4);
}

#[test]
fn a_test_is_no_larger_than_what_came() {
    let mut talk = Talk::new();
    talk.falls_silent();
    let long = check(OURS);
    let (_, id) = stun::read(&long).expect("a check");
    let short = stun::answer(&long, OTHER, OURS).expect("a message");
    assert!(short.len() < long.len());
    assert_eq!(talk.way.test(OTHER, short.len(), talk.now, THEIRS), None);
    assert!(talk.way.test(OTHER, long.len(), talk.now, THEIRS).is_some());
    assert!(!talk.way.seen.contains(&super::short(id)));
}

#[test]
fn only_the_answer_to_a_check_is_a_sign_of_life_for_the_stack() {
    let mut talk = Talk::new();
    let (overheard, unheard) = (check(OURS), check(OURS));
    assert_eq!(talk.hears(KNOWN, &overheard), Some(KNOWN));
    let asked = talk.asks();
    let answered = answer(&asked, THEIRS);
    assert_eq!(talk.hears(KNOWN, &answer(&asked, "another's")), None);
    assert_eq!(talk.hears(KNOWN, &answered), Some(KNOWN));
    // From here on the peer is gone, and somebody says again what it said.
    talk.falls_silent();
    assert_eq!(talk.hears(KNOWN, &answered), None);
    assert_eq!(talk.hears(KNOWN, &overheard), None);
    assert_eq!(talk.hears(KNOWN, &unheard), None, "said long before");
    let mut indication = overheard.clone();
    indication[1] = 0x11;
    assert_eq!(talk.hears(KNOWN, &indication), None);
    assert!(talk.hears(KNOWN, DATA).is_some(), "those prove themselves");
}

#[test]
fn a_check_is_answered_also_while_it_is_kept_from_the_stack() {
    let mut talk = Talk::new();
    talk.falls_silent();
    let asked = check(OURS);
    for _ in 0..2 {
        assert_eq!(talk.hears(KNOWN, &asked), None);
        let answer = talk.tested.take().expect("an answer");
        assert!(stun::is_proved_by(&answer, OURS));
        let (_, id) = stun::read(&asked).expect("a check");
        assert_eq!(stun::read(&answer), Some((Kind::Answer, id)));
    }
    talk.is_answered(KNOWN);
    assert_eq!(talk.hears(KNOWN, &check(OURS)), Some(KNOWN));
}

#[test]
fn the_stack_hears_of_checks_from_an_address_that_answered() {
    let mut talk = Talk::new();
    talk.hears(OTHER, &check(OURS));
    talk.is_answered(OTHER);
    assert_eq!(talk.hears(OTHER, &check(OURS)), Some(OTHER));
    // What the stack asks it then, it is told the answer to.
    let asked = check(THEIRS);
    assert_eq!(talk.way.out(OTHER, &asked, talk.now), OTHER);
    assert_eq!(talk.hears(OTHER, &answer(&asked, THEIRS)), Some(OTHER));
    talk.passes(PROVED_LASTS);
    assert_eq!(talk.hears(OTHER, &check(OURS)), None);
}

#[test]
fn before_the_connection_itself_goes_anywhere_nobody_is_followed() {
    let mut way = Way::default();
    let now = Instant::now();
    assert_eq!(way.out(KNOWN, &check(THEIRS), now), KNOWN);
    let later = now + SILENT * 2;
    let verdict = way.inward(OTHER, &check(OURS), later, passwords);
    assert_eq!(verdict, Verdict::pass(OTHER));
    assert_eq!(way.peer(), None);
}

#[test]
fn what_is_remembered_of_checks_is_bounded() {
    let mut talk = Talk::new();
    for _ in 0..MAX_SEEN + 100 {
        talk.hears(KNOWN, &check(OURS));
        talk.asks();
    }
    assert_eq!(talk.way.seen.len(), MAX_SEEN);
    assert_eq!(talk.way.asked.len(), MAX_ASKED);
}

const KNOWN: SocketAddr = address(1);
const OTHER: SocketAddr = address(2);
const SERVER: SocketAddr = address(3);
const THIRD: SocketAddr = address(4);

const fn address(last: u8) -> SocketAddr {
    let ip = std::net::Ipv4Addr::new(192, 0, 2, last);
    SocketAddr::new(std::net::IpAddr::V4(ip), 4000)
}

fn passwords() -> Passwords {
    Passwords {
        ours: OURS.to_owned(),
        theirs: THEIRS.to_owned(),
    }
}

fn answer(check: &[u8], password: &str) -> Vec<u8> {
    stun::answer(check, KNOWN, password).expect("an answer")
}

/// A connection that goes to [`KNOWN`], and the time that passes on it.
struct Talk {
    way: Way,
    now: Instant,
    asked: Vec<u8>,
    /// What was said in return last.
    tested: Option<Vec<u8>>,
}

impl Talk {
    fn new() -> Self {
        let mut talk = Talk {
            way: Way::default(),
            now: Instant::now(),
            asked: Vec::new(),
            tested: None,
        };
        assert_eq!(talk.sends(KNOWN), KNOWN);
        talk.asks();
        talk.is_answered(KNOWN);
        talk
    }

    /// One whose peer went on at [`OTHER`].
    fn moved() -> Self {
        let mut talk = Talk::new();
        talk.falls_silent();
        talk.hears(OTHER, &check(OURS));
        talk.is_answered(OTHER);
        assert_eq!(talk.sends(KNOWN), OTHER);
        talk
    }

    fn passes(&mut self, time: Duration) {
        self.now += time;
    }

    /// The stack checks the way.
    fn asks(&mut self) -> Vec<u8> {
        self.asked = check(THEIRS);
        self.way.out(KNOWN, &self.asked, self.now);
        self.asked.clone()
    }

    /// The stack checks the way and no answer comes.
    fn falls_silent(&mut self) {
        self.asks();
        self.passes(SILENT);
    }

    /// The last check that went there, of the stack or of ours, is answered.
    fn is_answered(&mut self, from: SocketAddr) {
        let asked = self.tested.take().unwrap_or_else(|| self.asked.clone());
        self.hears(from, &answer(&asked, THEIRS));
    }

    fn sends(&mut self, to: SocketAddr) -> SocketAddr {
        // A check settles nothing.
        let packet = if to == KNOWN { DATA } else { &[0, 1][..] };
        self.way.out(to, packet, self.now)
    }

    fn hears(&mut self, from: SocketAddr, packet: &[u8]) -> Option<SocketAddr> {
        let verdict = self.way.inward(from, packet, self.now, passwords);
        if verdict.reply.is_some() {
            self.tested = verdict.reply;
        }
        verdict.from
    }
}
