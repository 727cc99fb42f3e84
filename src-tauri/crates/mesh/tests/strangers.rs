//! Peers that are not ours: a bare WebRTC stack doing what browsers do, and worse.

mod common;

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use common::{LINK, Peer};
use mesh::{BadDescription, CloseReason, Description, Heard, settings};
use rtc::peer_connection::configuration::RTCOfferOptions;
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler,
    RTCIceGatheringState, RTCSessionDescription,
};

struct Stranger {
    connection: Arc<dyn PeerConnection>,
    gathered: watch::Receiver<bool>,
    channels: mpsc::UnboundedReceiver<Arc<dyn DataChannel>>,
}

struct Handler {
    gathered: watch::Sender<bool>,
    channels: mpsc::UnboundedSender<Arc<dyn DataChannel>>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        self.gathered
            .send_replace(state == RTCIceGatheringState::Complete);
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        let _ = self.channels.send(channel);
    }
}

impl Stranger {
    async fn new() -> Stranger {
        let (gathered, gathered_in) = watch::channel(false);
        let (channels, channels_in) = mpsc::unbounded_channel();
        let mut engine = MediaEngine::default();
        engine.register_default_codecs().expect("default codecs");
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_handler(Arc::new(Handler { gathered, channels }))
            .with_udp_addrs(vec!["127.0.0.1:0"])
            .build()
            .await
            .expect("a connection");
        Stranger {
            connection: Arc::new(connection),
            gathered: gathered_in,
            channels: channels_in,
        }
    }

    async fn channel(&self, label: &str) -> Arc<dyn DataChannel> {
        self.connection
            .create_data_channel(label, None)
            .await
            .expect("a channel")
    }

    /// Its offer, once all candidates are in it.
    async fn offer(&mut self) -> String {
        let offer = self.connection.create_offer(None).await.expect("an offer");
        self.describe(offer).await
    }

    async fn describe(&mut self, description: RTCSessionDescription) -> String {
        self.connection
            .set_local_description(description)
            .await
            .expect("it fits");
        timeout(common::PATIENCE, self.gathered.wait_for(|it| *it))
            .await
            .expect("gathering ends in time")
            .expect("the connection lives");
        let described = self.connection.local_description().await;
        described.expect("a description").sdp
    }

    async fn accept(&self, answer: String) {
        let answer = RTCSessionDescription::answer(answer).expect("an answer");
        self.connection
            .set_remote_description(answer)
            .await
            .expect("it fits");
    }

    /// Dials our peer, with what channels it has made.
    async fn join(&mut self, ours: &mut Peer) {
        ours.mesh.answer(LINK, self.offer().await);
        self.accept(ours.made_answer().await).await;
        ours.opened(LINK).await;
    }
}

async fn is_open(channel: &Arc<dyn DataChannel>) {
    loop {
        match timeout(common::PATIENCE, channel.poll()).await {
            Ok(Some(DataChannelEvent::OnOpen)) => return,
            Ok(Some(_)) => {}
            ended => panic!("{ended:?}"),
        }
    }
}

async fn say(channel: &Arc<dyn DataChannel>, bytes: &[u8]) {
    channel
        .send(BytesMut::from(bytes))
        .await
        .expect("it is sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_first_channel_counts() {
    let (mut ours, mut theirs) = (Peer::new(), Stranger::new().await);
    let first = theirs.channel("anything").await;
    theirs.join(&mut ours).await;
    is_open(&first).await;
    let second = theirs.channel("data").await;
    // Ours closes it, whether or not it was ever seen open.
    loop {
        match timeout(common::PATIENCE, second.poll()).await {
            Ok(Some(DataChannelEvent::OnOpen)) => {
                let _ = second.send(BytesMut::from(&b"unheard"[..])).await;
            }
            Ok(Some(DataChannelEvent::OnClose) | None) => break,
            Ok(Some(_)) => {}
            Err(_) => panic!("the second channel stays open"),
        }
    }
    say(&first, b"heard").await;
    assert_eq!(ours.bytes().await, b"heard");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_channel_after_channel_is_cut_off() {
    let (mut ours, mut theirs) = (Peer::new(), Stranger::new().await);
    let first = theirs.channel("data").await;
    theirs.join(&mut ours).await;
    is_open(&first).await;
    // A few more than the bound: the stack may lose one whose number is being given back.
    let mut more = Vec::new();
    for _ in 0..2 * settings::MAX_SPARE_CHANNELS {
        let Ok(channel) = theirs.connection.create_data_channel("more", None).await else {
            break;
        };
        more.push(channel);
    }
    assert_eq!(
        ours.closed(LINK).await,
        CloseReason::Negotiation(BadDescription::TooManyChannels)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answerer_cannot_open_a_second_channel_either() {
    let (mut ours, mut theirs) = (Peer::new(), Stranger::new().await);
    ours.mesh.dial(LINK);
    let offer = RTCSessionDescription::offer(ours.offer().await).expect("an offer");
    theirs
        .connection
        .set_remote_description(offer)
        .await
        .expect("it fits");
    let answer = theirs.connection.create_answer(None).await;
    let answer = theirs.describe(answer.expect("an answer")).await;
    ours.mesh.accept(LINK, answer);
    ours.opened(LINK).await;
    let channel = timeout(common::PATIENCE, theirs.channels.recv());
    let channel = channel.await.expect("in time").expect("a channel");
    assert_eq!(channel.label().await.expect("a label"), "data");
    is_open(&channel).await;
    let second = theirs.channel("data").await;
    while let Ok(Some(event)) = timeout(common::PATIENCE, second.poll()).await {
        if matches!(event, DataChannelEvent::OnClose) {
            break;
        }
    }
    say(&channel, b"heard").await;
    assert_eq!(ours.bytes().await, b"heard");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_messages_are_not_heard() {
    let (mut ours, mut theirs) = (Peer::new(), Stranger::new().await);
    let channel = theirs.channel("data").await;
    theirs.join(&mut ours).await;
    is_open(&channel).await;
    channel.send_text("text").await.expect("it is sent");
    say(&channel, b"binary").await;
    assert_eq!(ours.bytes().await, b"binary");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_the_channel_alone_closes_the_link() {
    let (mut ours, mut theirs) = (Peer::new(), Stranger::new().await);
    let channel = theirs.channel("data").await;
    theirs.join(&mut ours).await;
    is_open(&channel).await;
    channel.close().await.expect("it closes");
    assert_eq!(ours.closed(LINK).await, CloseReason::Remote);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_turned_on_is_answered_and_the_channel_lives() {
    let (mut ours, mut theirs) = (Peer::new(), Stranger::new().await);
    let channel = theirs.channel("data").await;
    theirs.join(&mut ours).await;
    is_open(&channel).await;
    for round in 1..=2 {
        for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
            theirs
                .connection
                .add_transceiver_from_kind(kind, None)
                .await
                .expect("a section");
        }
        let offer = theirs.offer().await;
        assert!(offer.contains("a=rtpmap:"), "{offer}");
        ours.mesh.renegotiate(LINK, Description::Offer, offer);
        let answer = ours.renegotiation(Description::Answer).await;
        // A browser ignores an answer without codecs.
        assert!(answer.contains("a=rtpmap:"), "{answer}");
        assert!(answer.contains("opus/48000/2"), "{answer}");
        assert!(answer.contains("VP8/90000"), "{answer}");
        assert_eq!(answer.matches("a=inactive").count(), 2 * round, "{answer}");
        assert!(!answer.contains("a=setup:active"), "{answer}");
        theirs.accept(answer).await;
        say(&channel, b"still here").await;
        assert_eq!(ours.bytes().await, b"still here");
        ours.mesh.send(LINK, b"so are we".to_vec());
        loop {
            match timeout(common::PATIENCE, channel.poll()).await {
                Ok(Some(DataChannelEvent::OnMessage(message))) => {
                    assert_eq!(message.data[..], b"so are we"[..]);
                    break;
                }
                Ok(Some(_)) => {}
                ended => panic!("{ended:?}"),
            }
        }
    }
    // Nothing of ours was offered on the way: an offer without media is never answered.
    while let Ok(Some(heard)) = timeout(Duration::from_millis(500), ours.heard.recv()).await {
        assert!(!matches!(heard, Heard::Renegotiate { .. }), "{heard:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_restarts_its_ice_is_answered_and_the_channel_lives() {
    let (mut ours, mut theirs) = (Peer::new(), Stranger::new().await);
    let channel = theirs.channel("data").await;
    theirs.join(&mut ours).await;
    is_open(&channel).await;
    for _ in 0..2 {
        let restart = RTCOfferOptions { ice_restart: true };
        let offer = theirs.connection.create_offer(Some(restart)).await;
        let offer = theirs.describe(offer.expect("an offer")).await;
        ours.mesh.renegotiate(LINK, Description::Offer, offer);
        theirs
            .accept(ours.renegotiation(Description::Answer).await)
            .await;
        say(&channel, b"still here").await;
        assert_eq!(ours.bytes().await, b"still here");
    }
}
