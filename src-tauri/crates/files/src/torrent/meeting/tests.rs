use super::*;

const SECOND: Duration = Duration::from_secs(1);
const URL: &str = "wss://tracker";

#[test]
fn offers_are_sent_as_soon_as_all_are_whole() {
    let mut it = meeting(2);
    let ids = made(&say(&mut it, 0, Input::TrackerUp(URL.into())));
    assert_eq!(ids.len(), 2);

    assert!(say(&mut it, 1, Input::OfferMade(ids[0], Some("one".into()))).is_empty());
    let said = said(&say(
        &mut it,
        1,
        Input::OfferMade(ids[1], Some("two".into())),
    ));

    assert_eq!(said.len(), 1);
    assert!(said[0].contains("started") && said[0].contains("one") && said[0].contains("two"));
    assert_eq!(it.next_wake(), Some(31 * SECOND));
}

#[test]
fn a_tracker_gets_what_is_ready_in_time() {
    let mut it = meeting(2);
    let ids = made(&say(&mut it, 0, Input::TrackerUp(URL.into())));
    say(&mut it, 1, Input::OfferMade(ids[0], Some("one".into())));
    assert_eq!(it.next_wake(), Some(OFFER_PATIENCE));

    let said = said(&say(&mut it, OFFER_PATIENCE.as_secs(), Input::Wake));
    assert!(said[0].contains("one"));
}

#[test]
fn an_answer_goes_to_its_offer_once_and_only_from_its_tracker() {
    let mut it = meeting(1);
    let ids = made(&say(&mut it, 0, Input::TrackerUp(URL.into())));
    say(&mut it, 0, Input::TrackerUp("wss://other".into()));
    say(&mut it, 0, Input::OfferMade(ids[0], Some("one".into())));
    let answer = |url: &str| Input::Heard(url.into(), signal(ids[0], true));

    assert!(say(&mut it, 1, answer("wss://other")).is_empty());
    let taken = say(&mut it, 1, answer(URL));
    assert_eq!(
        taken,
        [Output::TakeAnswer(ids[0], PeerId([7; 20]), "sdp".into())]
    );
    assert!(say(&mut it, 1, answer(URL)).is_empty());
}

#[test]
fn somebodys_offer_is_answered_and_too_many_are_not() {
    let mut it = meeting(0);
    say(&mut it, 0, Input::TrackerUp(URL.into()));
    say(&mut it, 0, Input::TrackerUp("wss://other".into()));
    let id = |index: usize| OfferId([index as u8; 20]);
    let brings = |url: &str, from: u8, index: usize| {
        Input::Heard(url.into(), signal_of(from, id(index), false))
    };
    for index in 0..MAX_ANSWERS_OF_TRACKER {
        assert_eq!(
            say(&mut it, 1, brings(URL, index as u8 + 9, index)).len(),
            1
        );
    }
    assert!(say(&mut it, 1, brings(URL, 90, 90)).is_empty());

    let said = said(&say(
        &mut it,
        2,
        Input::AnswerMade(id(0), Some("mine".into())),
    ));
    assert!(said[0].contains("to_peer_id") && said[0].contains("mine"));
    // That it was told makes no room: a connection waits until somebody takes it up.
    assert!(say(&mut it, 2, brings(URL, 90, 90)).is_empty());
    for index in 91..94 {
        assert_eq!(
            say(&mut it, 2, brings("wss://other", index as u8, index)).len(),
            1
        );
    }
    assert_eq!(it.waiting(None), MAX_ANSWERS_WAITING);
    assert!(say(&mut it, 2, brings("wss://other", 94, 94)).is_empty());

    say(&mut it, 3, Input::AnswerTaken(id(0)));
    say(&mut it, 3, Input::AnswerMade(id(1), None));
    assert_eq!(say(&mut it, 3, brings(URL, 90, 90)).len(), 1);
}

#[test]
fn one_peer_is_not_answered_again_and_again() {
    let mut it = meeting(0);
    say(&mut it, 0, Input::TrackerUp(URL.into()));
    let asked = (0..5_u8).map(|index| {
        let offer = signal_of(7, OfferId([index; 20]), false);
        say(&mut it, 1, Input::Heard(URL.into(), offer)).len()
    });
    assert_eq!(asked.sum::<usize>(), MAX_ANSWERS_OF_PEER);
}

#[test]
fn what_nobody_took_is_dropped_and_made_anew() {
    let mut it = meeting(1);
    let ids = made(&say(&mut it, 0, Input::TrackerUp(URL.into())));
    say(&mut it, 0, Input::OfferMade(ids[0], Some("one".into())));
    assert_eq!(made(&say(&mut it, 30, Input::Wake)).len(), 1);
    let dropped = say(&mut it, 50, Input::Wake);
    assert!(dropped.contains(&Output::DropOffer(ids[0])));
}

#[test]
fn stopping_tells_every_tracker_and_takes_back_every_offer() {
    let mut it = meeting(1);
    let ids = made(&say(&mut it, 0, Input::TrackerUp(URL.into())));
    say(&mut it, 0, Input::OfferMade(ids[0], Some("one".into())));
    let completed = said(&say(&mut it, 1, Input::Completed));
    assert!(completed[0].contains("completed"));

    let last = say(&mut it, 1, Input::Stop);
    assert!(said(&last)[0].contains("stopped"));
    assert!(last.contains(&Output::DropOffer(ids[0])));
    assert_eq!(it.next_wake(), None);
    assert!(say(&mut it, 2, Input::TrackerUp(URL.into())).is_empty());
}

fn meeting(wanted: usize) -> Meeting {
    let me = PeerId([1; 20]);
    Meeting::new(Hash([2; 20]), me, Moved::default(), wanted, 1)
}

fn signal(offer_id: OfferId, is_answer: bool) -> FromTracker {
    signal_of(7, offer_id, is_answer)
}

fn signal_of(from: u8, offer_id: OfferId, is_answer: bool) -> FromTracker {
    FromTracker {
        info_hash: Hash([2; 20]),
        failure: None,
        interval: None,
        complete: None,
        incomplete: None,
        signal: Some(Signal {
            from: PeerId([from; 20]),
            offer_id,
            is_answer,
            sdp: "sdp".into(),
        }),
    }
}

fn say(it: &mut Meeting, second: u64, input: Input) -> Vec<Output> {
    it.handle(Duration::from_secs(second), input);
    std::iter::from_fn(|| it.poll()).collect()
}

fn made(outputs: &[Output]) -> Vec<OfferId> {
    let made = outputs.iter().filter_map(|output| match output {
        Output::MakeOffer(id) => Some(*id),
        _ => None,
    });
    made.collect()
}

fn said(outputs: &[Output]) -> Vec<String> {
    let said = outputs.iter().filter_map(|output| match output {
        Output::Say(_, text) => Some(text.clone()),
        _ => None,
    });
    said.collect()
}
