//! How the WebRTC stack is set up, and why. Each was measured against its default.
//!
//! Not all of what the stack accepts has an effect: `udp_network`, `interface_filter`, `ip_filter`,
//! `nat_1to1`, `receive_mtu` and `include_loopback_candidate` are read nowhere in this version; the
//! sockets are chosen by the addresses handed to it. Settings of the sockets and of the
//! driver's clock stand in the modules `socket` and `runtime`, each beside its constant.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::configuration::RTCIceTransportPolicy;
use rtc::peer_connection::configuration::setting_engine::SctpMaxMessageSize;
use rtc::peer_connection::transport::RTCDtlsRole;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpHeaderExtensionCapability, RtpCodecKind};
use webrtc::error::Result;
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler,
    RTCConfiguration, RTCConfigurationBuilder, SettingEngine, SettingEngineBuilder,
};
use webrtc::runtime::Runtime;

use crate::addresses::LocalAddresses;
use crate::options::Servers;

/// Label of the one channel, made by the offerer; everything else about it is the default: ordered
/// and reliable.
pub const CHANNEL_LABEL: &str = "data";

/// The longest message, announced in our descriptions. The default, 65 536, makes a browser's
/// `send` throw above that.
pub const MAX_MESSAGE: u32 = 262_144;

/// The longest message between two of our own stack, whatever both announce. The stack keeps and
/// fills a buffer for one message of the agreed length in each connection, the largest part of what
/// a connection costs; the frames of the protocol have at most 16 451 bytes.
pub const MAX_MESSAGE_AMONG_US: u32 = 65_536;

/// How much may be on its way, unacknowledged, before the next message waits. Unbounded by
/// default; with 1 MiB a browser's socket overflows, and each overflow costs a second.
pub const SEND_BUFFER: usize = 256 * 1024;

/// The same between native peers that exchange files, the most: it bounds the speed over a long way,
/// by itself divided by the time there and back.
pub const SPACIOUS_SEND_BUFFER: usize = 4 * 1024 * 1024;

/// How much of that is used where the way is short. More is not faster there, and overflows the
/// peer's socket: with 4 MiB half the speed was left.
pub const SPACIOUS_SHORT_WAY: usize = 768 * 1024;

/// How fast a link shall be able to run over a longer way, in bytes a second: then so much is under
/// way as arrives at this speed in the time there and back.
pub const SPACIOUS_SPEED: usize = 60_000_000;

/// How often it is looked whether more may be under way.
pub const SPACIOUS_LOOK: Duration = Duration::from_millis(1);

/// How often the time there and back is asked for until it is known.
pub const SPACIOUS_ASK: Duration = Duration::from_millis(200);

/// How much a peer may have under way to us on such a link. Its congestion window begins to grow
/// slowly only there. The default, 1 MiB, would bound the speed over 100 ms to 10 MB/s.
pub const SPACIOUS_RECEIVE_BUFFER: u32 = 4 * 1024 * 1024;

/// How many links may have that much; the rest take turns in [`SEND_BUFFER`] each, so that a crowd
/// costs no more memory than a few.
pub const MAX_SPACIOUS: usize = 4;

/// Silence after which a link is [`Heard::Shaky`](crate::Heard::Shaky): three keep-alives lost in
/// a row.
pub const DISCONNECTED_AFTER: Duration = Duration::from_secs(3);

/// Further silence after which it is lost. Both together, and the second or so until somebody
/// looks, bound how long a killed peer is still shown; a new link has as long to find its way.
pub const FAILED_AFTER: Duration = Duration::from_secs(8);

/// How often an idle link asks the peer for a sign of life. Browsers answer from a thread of their
/// own, so a busy page does not look dead.
pub const KEEPALIVE: Duration = Duration::from_secs(1);

/// How often each pair of addresses is tried while connecting (default 200 ms).
pub const CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// How often before a pair is given up (default 7). An answerer starts while its answer still
/// travels through a tracker, so it must not tire before the offerer begins.
pub const MAX_CHECKS: u16 = 80;

/// How long to prefer another kind of path over one the peer revealed only by its checks
/// (default 1 s). None: it is what a browser hiding its addresses by mDNS always looks like.
pub const PEER_REFLEXIVE_WAIT: Duration = Duration::ZERO;

/// How long to prefer a direct path over a relayed one (default 2 s).
pub const RELAY_WAIT: Duration = Duration::from_millis(500);

/// Latest time of an early offer: its host candidates are there long before.
pub const EARLY_OFFER_AFTER: Duration = Duration::from_millis(60);

/// How long an offer waits for STUN and TURN. The stack itself waits far longer for a server that
/// does not answer.
pub const OFFER_GATHERING: Duration = Duration::from_secs(3);

/// How long an answer waits for STUN and TURN: the offerer is waiting too.
pub const ANSWER_GATHERING: Duration = Duration::from_secs(1);

/// The same, when no server answered lately.
pub const ANSWER_GATHERING_ALONE: Duration = Duration::from_millis(50);

/// How long servers that did not answer count as out of reach.
pub const OUT_OF_REACH: Duration = Duration::from_secs(60);

/// How long an answer waits for the names of the servers, when they are being looked up for the
/// first time.
pub const NAMES_WAIT: Duration = Duration::from_millis(250);

/// Once a server has told our outer address, how long to wait for the others to differ.
pub const GATHERING_SETTLES: Duration = Duration::from_millis(150);

/// How long after both descriptions are known the channel must be open. ICE gives up earlier; this
/// is for a peer that answers its checks and then does nothing.
pub const OPEN_WITHIN: Duration = Duration::from_secs(20);

/// How long closing waits for the next of the queued messages to be acknowledged: a peer that takes
/// nothing any more is not waited for.
pub const CLOSE_FLUSH: Duration = Duration::from_millis(300);

/// How long closing waits for all of them, as long as some are: a busy machine takes its time.
pub const CLOSE_FLUSH_LONGEST: Duration = Duration::from_secs(2);

/// How long the messages that came before the peer's end may still take to be told.
pub const CLOSE_DRAIN: Duration = Duration::from_secs(2);

/// How long [`Mesh::shutdown`](crate::Mesh::shutdown) waits for all links to end.
pub const SHUTDOWN_WITHIN: Duration = Duration::from_secs(3);

/// How long a link may take to say how it runs.
pub const STATS_WITHIN: Duration = Duration::from_secs(2);

/// Orders waiting at one link. A person's own are a handful; a peer may send any number of
/// descriptions.
pub const MAX_ORDERS: usize = 64;

/// Channels beyond the first that a peer may open (each is closed at once) before it is cut off.
pub const MAX_SPARE_CHANNELS: usize = 16;

/// The pseudo extension that keeps id 9 free, where browsers have nothing either.
const RESERVED: &str = "urn:x-reserved";

/// Browsers' order of header extensions, so that ids agree. When a browser rolls back its own
/// offer, it refuses ours if the same extension has another id there.
const HEADER_EXTENSIONS: [(&str, &[RtpCodecKind]); 11] = {
    use RtpCodecKind::{Audio, Unspecified, Video};
    [
        ("urn:ietf:params:rtp-hdrext:ssrc-audio-level", &[Audio]),
        (
            "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            &[Audio, Video],
        ),
        (
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            &[Audio, Video],
        ),
        ("urn:ietf:params:rtp-hdrext:sdes:mid", &[Audio, Video]),
        (
            "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
            &[Video],
        ),
        (
            "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
            &[Video],
        ),
        (
            "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
            &[Video],
        ),
        (
            "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
            &[Video],
        ),
        (RESERVED, &[Unspecified]),
        ("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", &[Video]),
        (
            "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
            &[Video],
        ),
    ]
};

/// What a link is for. It decides how much may be under way on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Traffic {
    /// Words, which shall not wait behind one another.
    Chat,
    /// Files, to or from a peer with our own stack.
    FilesWithNative,
    /// Files, to or from a browser, whose sockets overflow when too much is under way.
    FilesWithBrowser,
}

/// How much may be under way on a link.
#[derive(Debug)]
pub(crate) struct Buffers {
    send: usize,
    /// How much of `send` is used, as the way is known.
    window: Option<Arc<Window>>,
    /// The stack's own, when none.
    receive: Option<u32>,
    _place: Option<Place>,
}

impl Buffers {
    /// How much may be under way, where that depends on the way.
    pub(crate) fn window(&self) -> Option<&Arc<Window>> {
        self.window.as_ref()
    }
}

/// How much may be under way on a link, once the way is known.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// The shortest time there and back, in microseconds; zero while it is not known.
    round_trip: AtomicU64,
}

impl Window {
    /// It took so long there and back. The shortest counts: the rest was spent in queues.
    pub(crate) fn note(&self, round_trip: Duration) {
        let micros = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
        let before = self.round_trip.load(Ordering::Relaxed);
        if before == 0 || micros < before {
            self.round_trip.store(micros.max(1), Ordering::Relaxed);
        }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.round_trip.load(Ordering::Relaxed) > 0
    }

    /// In bytes.
    pub(crate) fn size(&self) -> usize {
        let micros = self.round_trip.load(Ordering::Relaxed);
        let bytes = (SPACIOUS_SPEED as u64).saturating_mul(micros) / 1_000_000;
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        bytes.clamp(SPACIOUS_SHORT_WAY, SPACIOUS_SEND_BUFFER)
    }
}

/// Counts the links with large buffers.
#[derive(Debug, Default)]
pub(crate) struct Spacious(Arc<AtomicUsize>);

/// One of those links; dropped, its place is free.
#[derive(Debug)]
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Spacious {
    /// The buffers of a new link.
    pub(crate) fn buffers(&self, traffic: Traffic) -> Buffers {
        let is_wanted = traffic == Traffic::FilesWithNative;
        let taken = is_wanted
            && self
                .0
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                    (count < MAX_SPACIOUS).then_some(count + 1)
                })
                .is_ok();
        Buffers {
            send: if taken {
                SPACIOUS_SEND_BUFFER
            } else {
                SEND_BUFFER
            },
            window: taken.then(Arc::default),
            receive: is_wanted.then_some(SPACIOUS_RECEIVE_BUFFER),
            _place: taken.then(|| Place(Arc::clone(&self.0))),
        }
    }
}

/// Opens the sockets of a new connection and starts its driver.
pub(crate) async fn connect(
    servers: &Servers,
    buffers: &Buffers,
    loopback: bool,
    mdns: MulticastDnsMode,
    runtime: Arc<dyn Runtime>,
    handler: Arc<dyn PeerConnectionEventHandler>,
) -> Result<Arc<dyn PeerConnection>> {
    let connection = PeerConnectionBuilder::new()
        .with_configuration(configuration(servers))
        .with_media_engine(media_engine()?)
        .with_setting_engine(setting_engine(mdns, buffers))
        .with_data_channel_send_buffer_limit(buffers.send)
        .with_runtime(runtime)
        .with_handler(handler)
        .with_udp_addrs(vec![LocalAddresses { loopback }])
        .build()
        .await?;
    Ok(Arc::new(connection))
}

pub(crate) fn configuration(servers: &Servers) -> RTCConfiguration {
    let policy = if servers.relay_only() {
        RTCIceTransportPolicy::Relay
    } else {
        RTCIceTransportPolicy::All
    };
    RTCConfigurationBuilder::new()
        .with_ice_servers(servers.list())
        .with_ice_transport_policy(policy)
        .build()
}

/// All usual codecs, though nothing is played yet: an answer to a browser that turns its camera on
/// must keep its `a=rtpmap` lines, or the browser ignores it and never negotiates again.
fn media_engine() -> Result<MediaEngine> {
    let mut engine = MediaEngine::default();
    engine.register_default_codecs()?;
    for (uri, kinds) in HEADER_EXTENSIONS {
        for kind in kinds {
            let extension = RTCRtpHeaderExtensionCapability {
                uri: uri.to_owned(),
            };
            engine.register_header_extension(extension, *kind, None)?;
        }
    }
    Ok(engine)
}

fn setting_engine(mdns: MulticastDnsMode, buffers: &Buffers) -> SettingEngine {
    let mut engine = SettingEngineBuilder::new();
    if let Some(bytes) = buffers.receive {
        engine = engine.with_sctp_max_receive_buffer_size(bytes);
    }
    engine
        .with_ice_timeouts(
            Some(DISCONNECTED_AFTER),
            Some(FAILED_AFTER),
            Some(KEEPALIVE),
        )
        .with_ice_connection_attempts(Some(CHECK_INTERVAL), Some(MAX_CHECKS))
        .with_prflx_acceptance_min_wait(Some(PEER_REFLEXIVE_WAIT))
        .with_relay_acceptance_min_wait(Some(RELAY_WAIT))
        // The peer's browser hides its addresses behind `.local` names.
        .with_multicast_dns_mode(mdns)
        .with_sctp_max_message_size(SctpMaxMessageSize::Bounded(MAX_MESSAGE))
        // By default an answer claims the client's part even where we are the server already, and
        // a browser then refuses every later offer of its own.
        .with_answering_dtls_role(RTCDtlsRole::Server)
        // A peer restarts its ICE after a change of network: by then our own may be another too.
        .with_discard_local_candidates_during_ice_restart(true)
        .build()
}

/// Whether STUN and TURN servers answered lately.
#[derive(Debug, Default)]
pub(crate) struct Reach(Mutex<Option<Instant>>);

impl Reach {
    pub(crate) fn note(&self, reached: bool) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (!reached).then(Instant::now);
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|at| at.elapsed() < OUT_OF_REACH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_the_way_the_more_is_under_way_on_it() {
        let window = Window::default();
        assert_eq!(window.size(), SPACIOUS_SHORT_WAY);
        for (millis, size) in [(500, SPACIOUS_SEND_BUFFER), (20, 1_200_000)] {
            window.note(Duration::from_millis(millis));
            assert_eq!(window.size(), size);
        }
        // What took longer stood in queues.
        window.note(Duration::from_millis(300));
        assert_eq!(window.size(), 1_200_000);
        window.note(Duration::from_micros(90));
        assert_eq!(window.size(), SPACIOUS_SHORT_WAY);
    }

    #[test]
    fn only_a_few_links_have_much_room_and_make_way_for_others() {
        let spacious = Spacious::default();
        let taken: Vec<Buffers> = (0..MAX_SPACIOUS)
            .map(|_| spacious.buffers(Traffic::FilesWithNative))
            .collect();
        assert!(taken.iter().all(|it| it.send == SPACIOUS_SEND_BUFFER));
        assert_eq!(spacious.buffers(Traffic::FilesWithNative).send, SEND_BUFFER);
        drop(taken);
        let next = spacious.buffers(Traffic::FilesWithNative);
        assert_eq!(next.send, SPACIOUS_SEND_BUFFER);
        assert_eq!(spacious.buffers(Traffic::Chat).send, SEND_BUFFER);
        assert!(
            spacious
                .buffers(Traffic::FilesWithBrowser)
                .window()
                .is_none()
        );
    }
}
