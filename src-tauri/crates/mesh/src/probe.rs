//! One try at each STUN and TURN server, for a person who wants to know whether it works, and what
//! their answers together tell of the network (RFC 8489, 8656).
//!
//! All servers are asked from one socket for each family, so that their answers can be compared:
//! a network that shows each of them another address of us keeps others from reaching us.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use rtc::stun::attributes::{
    ATTR_LIFETIME, ATTR_NONCE, ATTR_REALM, ATTR_REQUESTED_TRANSPORT, ATTR_USERNAME,
    ATTR_XOR_RELAYED_ADDRESS,
};
use rtc::stun::error_code::ErrorCodeAttribute;
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{
    BINDING_REQUEST, CLASS_ERROR_RESPONSE, CLASS_REQUEST, CLASS_SUCCESS_RESPONSE, Getter,
    METHOD_ALLOCATE, METHOD_REFRESH, Message, MessageType, Setter, TransactionId,
};
use rtc::stun::textattrs::TextAttribute;
use rtc::stun::xoraddr::XorMappedAddress;
use tokio::net::{UdpSocket, lookup_host};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::options::IceServer;
use crate::stats::CandidateKind;

/// How long the name of a server may take to be looked up.
const NAME_WITHIN: Duration = Duration::from_secs(3);
/// How long a server is waited for; each request is sent again until then.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// The longest answer that is read.
const MAX_ANSWER: usize = 1_500;
/// Addresses asked in one probe.
const MAX_PROBED: usize = 16;
/// The transport a relay is asked for: UDP.
const UDP: [u8; 4] = [17, 0, 0, 0];
/// What a relay answers to a request without login, or with a wrong one.
const UNAUTHORIZED: u16 = 401;
const WRONG_CREDENTIALS: u16 = 441;
const STALE_NONCE: u16 = 438;

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Each address asked.
    pub servers: Vec<ServerProbe>,
    /// What their answers together tell.
    pub mapping: Mapping,
    /// The addresses the servers see us at.
    pub seen: Vec<IpAddr>,
    /// The addresses relays lent us, and got back.
    pub relayed: Vec<IpAddr>,
}

/// What one server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerProbe {
    /// Its address, as configured.
    pub url: String,
    /// What it gave and how long it took, or why it cannot be used.
    pub answer: Result<(CandidateKind, Duration), ServerFault>,
}

/// Why a server cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServerFault {
    /// That is no address of such a server, or it is spoken over TCP or TLS.
    #[error("not an address that can be used")]
    BadAddress,
    /// A TURN server needs a user name and a password.
    #[error("a TURN server needs a login")]
    NeedsALogin,
    /// There is no machine of that name.
    #[error("no such host")]
    NoSuchHost,
    /// It does not answer.
    #[error("no answer")]
    NoAnswer,
    /// It does not take the login.
    #[error("the login is wrong")]
    WrongLogin,
    /// It answers, but gives nothing.
    #[error("refused")]
    Refused,
}

/// How the network shows us to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapping {
    /// As we are.
    Open,
    /// Under another address, the same for all.
    SameForAll,
    /// Under another address for each.
    DifferentForEach,
    /// Nobody answered.
    NoAnswer,
    /// Fewer than two answered, or nobody was asked.
    Unknown,
}

/// Asks all addresses of these servers at once.
pub async fn probe(servers: &[IceServer]) -> Probe {
    let mut asking = JoinSet::new();
    let mut answers = Vec::new();
    for server in servers {
        for url in &server.urls {
            let at = answers.len();
            if at >= MAX_PROBED {
                break;
            }
            answers.push(ServerProbe {
                url: url.clone(),
                answer: Err(ServerFault::NoAnswer),
            });
            let (server, url) = (server.clone(), url.clone());
            asking.spawn(async move { (at, resolve(&server, &url).await, server, url) });
        }
    }
    let mut reached = Vec::new();
    while let Some(done) = asking.join_next().await {
        let Ok((at, resolved, server, url)) = done else {
            continue;
        };
        match resolved {
            Ok(address) => reached.push((at, address, server, url)),
            Err(fault) => set(&mut answers, at, Err(fault)),
        }
    }
    let mut mapping = Vec::new();
    for v6 in [false, true] {
        let (family, others): (Vec<_>, Vec<_>) = reached
            .into_iter()
            .partition(|(_, address, ..)| address.is_ipv6() == v6);
        reached = others;
        if !family.is_empty() {
            mapping.push(ask_family(v6, family, &mut answers).await);
        }
    }
    let seen = mapping.iter().flat_map(|it| &it.seen).map(SocketAddr::ip);
    let relayed = mapping.iter().flat_map(|it| it.relayed.iter().copied());
    let (seen, relayed) = (distinct(seen), distinct(relayed));
    Probe {
        mapping: together(&mapping, !answers.is_empty()),
        servers: answers,
        seen,
        relayed,
    }
}

fn distinct(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let distinct: BTreeSet<IpAddr> = addresses.collect();
    distinct.into_iter().collect()
}

/// What the servers of one family said.
struct Family {
    own: Option<SocketAddr>,
    seen: Vec<SocketAddr>,
    relayed: Vec<IpAddr>,
}

fn together(families: &[Family], asked: bool) -> Mapping {
    let kinds: Vec<Mapping> = families.iter().map(Family::mapping).collect();
    // The worst that is known decides: it is what stands in the way.
    for kind in [
        Mapping::DifferentForEach,
        Mapping::SameForAll,
        Mapping::Open,
        Mapping::Unknown,
    ] {
        if kinds.contains(&kind) {
            return kind;
        }
    }
    if asked {
        Mapping::NoAnswer
    } else {
        Mapping::Unknown
    }
}

impl Family {
    fn mapping(&self) -> Mapping {
        match self.seen.as_slice() {
            [] => Mapping::NoAnswer,
            seen if seen.iter().any(|it| Some(*it) == self.own) => Mapping::Open,
            [_] => Mapping::Unknown,
            [first, rest @ ..] if rest.iter().all(|it| it == first) => Mapping::SameForAll,
            _ => Mapping::DifferentForEach,
        }
    }
}

type Reached = (usize, SocketAddr, IceServer, String);

/// Asks servers of one family, one socket for all of STUN's questions. A relay is asked from a
/// socket of its own: its allocation must not outlive the question.
async fn ask_family(v6: bool, servers: Vec<Reached>, answers: &mut [ServerProbe]) -> Family {
    let mut family = Family {
        own: None,
        seen: Vec::new(),
        relayed: Vec::new(),
    };
    let Some(socket) = socket(v6).await else {
        return family;
    };
    if let Some((_, address, ..)) = servers.first() {
        family.own = own_address(*address, &socket).await;
    }
    let mut relays = JoinSet::new();
    let mut bindings = Vec::new();
    for (at, address, server, url) in servers {
        if url.starts_with("turn:") {
            relays.spawn(async move { (at, allocate(address, &server).await) });
        } else {
            bindings.push((at, address, Message::new()));
        }
    }
    for (at, seen, took) in bind_all(&socket, bindings).await {
        family.seen.push(seen);
        set(answers, at, Ok((CandidateKind::Reflexive, took)));
    }
    while let Some(done) = relays.join_next().await {
        let Ok((at, answer)) = done else {
            continue;
        };
        let answer = answer.map(|(lent, took)| {
            family.relayed.push(lent);
            (CandidateKind::Relay, took)
        });
        set(answers, at, answer);
    }
    family
}

/// Asks each server how it sees us, again and again until all have answered or the time is over.
async fn bind_all(
    socket: &UdpSocket,
    mut waiting: Vec<(usize, SocketAddr, Message)>,
) -> Vec<(usize, SocketAddr, Duration)> {
    let begun = Instant::now();
    let mut seen = Vec::new();
    for (_, _, request) in &mut waiting {
        let setters: [Box<dyn Setter>; 2] =
            [Box::new(TransactionId::new()), Box::new(BINDING_REQUEST)];
        if request.build(&setters).is_err() {
            return seen;
        }
    }
    let mut answer = vec![0; MAX_ANSWER];
    while !waiting.is_empty() && begun.elapsed() < ANSWER_WITHIN {
        for (_, address, request) in &waiting {
            // One that cannot be sent to does not answer.
            let _ = socket.send_to(&request.raw, address).await;
        }
        let round = Instant::now() + AGAIN_AFTER;
        while !waiting.is_empty() {
            let received = tokio::time::timeout_at(round, socket.recv_from(&mut answer)).await;
            let (length, from) = match received {
                Ok(Ok(received)) => received,
                // Some systems tell here that an earlier packet did not arrive.
                Ok(Err(_)) => continue,
                Err(_) => break,
            };
            let Some(heard) = answer.get(..length).and_then(parse) else {
                continue;
            };
            let asked = waiting.iter().position(|(_, address, request)| {
                same_place(*address, from) && request.transaction_id == heard.transaction_id
            });
            let Some((at, ..)) = asked.map(|at| waiting.swap_remove(at)) else {
                continue;
            };
            let mut mapped = XorMappedAddress::default();
            if mapped.get_from(&heard).is_ok() {
                let address = SocketAddr::new(mapped.ip, mapped.port);
                seen.push((at, address, begun.elapsed()));
            }
        }
    }
    seen
}

/// Asks a relay for an address, and gives it back.
async fn allocate(
    server: SocketAddr,
    login: &IceServer,
) -> Result<(IpAddr, Duration), ServerFault> {
    let socket = socket(server.is_ipv6())
        .await
        .ok_or(ServerFault::NoAnswer)?;
    socket
        .connect(server)
        .await
        .map_err(|_| ServerFault::NoAnswer)?;
    let begun = Instant::now();
    let method = MessageType::new(METHOD_ALLOCATE, CLASS_REQUEST);
    let (mut realm, mut nonce) = match exchange(&socket, &Ask::first(method)).await? {
        Reply::Challenge { realm, nonce, .. } => (realm, nonce),
        Reply::Done(heard) => return relayed(&heard, begun),
        Reply::Refused => return Err(ServerFault::Refused),
    };
    // A nonce may be out of date the moment it is given; more than once it is not meant well.
    for _ in 0..2 {
        let ask = Ask::with(method, login, realm.clone(), nonce.clone());
        match exchange(&socket, &ask).await? {
            Reply::Done(heard) => {
                let took = relayed(&heard, begun);
                let refresh = MessageType::new(METHOD_REFRESH, CLASS_REQUEST);
                let mut give_back = Ask::with(refresh, login, realm, nonce);
                give_back.lifetime = Some(0);
                if let Some(message) = give_back.message() {
                    let _ = socket.send(&message.raw).await;
                }
                return took;
            }
            Reply::Challenge {
                code: STALE_NONCE,
                realm: new_realm,
                nonce: new_nonce,
            } => (realm, nonce) = (new_realm, new_nonce),
            Reply::Challenge { .. } => return Err(ServerFault::WrongLogin),
            Reply::Refused => return Err(ServerFault::Refused),
        }
    }
    Err(ServerFault::Refused)
}

fn relayed(heard: &Message, begun: Instant) -> Result<(IpAddr, Duration), ServerFault> {
    let mut address = XorMappedAddress::default();
    address
        .get_from_as(heard, ATTR_XOR_RELAYED_ADDRESS)
        .map_err(|_| ServerFault::Refused)?;
    Ok((address.ip, begun.elapsed()))
}

/// A request to a relay.
struct Ask {
    method: MessageType,
    /// User name, password, realm and nonce.
    login: Option<(String, String, String, String)>,
    lifetime: Option<u32>,
}

impl Ask {
    fn first(method: MessageType) -> Self {
        Self {
            method,
            login: None,
            lifetime: None,
        }
    }

    fn with(method: MessageType, server: &IceServer, realm: String, nonce: String) -> Self {
        let user = server.username.clone().unwrap_or_default();
        let password = server.credential.clone().unwrap_or_default();
        Self {
            login: Some((user, password, realm, nonce)),
            ..Self::first(method)
        }
    }

    fn message(&self) -> Option<Message> {
        let mut message = Message::new();
        let setters: [Box<dyn Setter>; 2] = [Box::new(TransactionId::new()), Box::new(self.method)];
        message.build(&setters).ok()?;
        if let Some(lifetime) = self.lifetime {
            message.add(ATTR_LIFETIME, &lifetime.to_be_bytes());
        } else {
            message.add(ATTR_REQUESTED_TRANSPORT, &UDP);
        }
        if let Some((user, password, realm, nonce)) = &self.login {
            for (kind, text) in [
                (ATTR_USERNAME, user),
                (ATTR_REALM, realm),
                (ATTR_NONCE, nonce),
            ] {
                let text = TextAttribute::new(kind, text.clone());
                text.add_to(&mut message).ok()?;
            }
            let provider = rtc::crypto::default_provider().ok()?;
            let integrity = MessageIntegrity::new_long_term_integrity_with_provider(
                user.clone(),
                realm.clone(),
                password.clone(),
                provider.crypto(),
            );
            integrity.ok()?.add_to(&mut message).ok()?;
        }
        Some(message)
    }
}

enum Reply {
    Done(Message),
    Challenge {
        code: u16,
        realm: String,
        nonce: String,
    },
    Refused,
}

async fn exchange(socket: &UdpSocket, ask: &Ask) -> Result<Reply, ServerFault> {
    let request = ask.message().ok_or(ServerFault::WrongLogin)?;
    let mut answer = vec![0; MAX_ANSWER];
    let asked = async {
        loop {
            let _ = socket.send(&request.raw).await;
            let round = Instant::now() + AGAIN_AFTER;
            loop {
                let received = tokio::time::timeout_at(round, socket.recv(&mut answer)).await;
                let length = match received {
                    Ok(Ok(length)) => length,
                    Ok(Err(_)) | Err(_) => break,
                };
                if let Some(heard) = answer.get(..length).and_then(parse)
                    && heard.transaction_id == request.transaction_id
                {
                    return heard;
                }
            }
            // A port nobody listens on says so at once, again and again.
            tokio::time::sleep_until(round).await;
        }
    };
    let heard = timeout(ANSWER_WITHIN, asked)
        .await
        .map_err(|_| ServerFault::NoAnswer)?;
    Ok(reply(heard))
}

fn reply(heard: Message) -> Reply {
    if heard.typ.class == CLASS_SUCCESS_RESPONSE {
        return Reply::Done(heard);
    }
    let mut code = ErrorCodeAttribute::default();
    if heard.typ.class != CLASS_ERROR_RESPONSE || code.get_from(&heard).is_err() {
        return Reply::Refused;
    }
    let text = |kind| TextAttribute::get_from_as(&heard, kind).map(|it| it.text);
    match code.code.0 {
        code @ (UNAUTHORIZED | STALE_NONCE | WRONG_CREDENTIALS) => {
            match (text(ATTR_REALM), text(ATTR_NONCE)) {
                (Ok(realm), Ok(nonce)) => Reply::Challenge { code, realm, nonce },
                _ => Reply::Refused,
            }
        }
        _ => Reply::Refused,
    }
}

fn parse(bytes: &[u8]) -> Option<Message> {
    let mut message = Message::new();
    message.unmarshal_binary(bytes).ok()?;
    Some(message)
}

async fn resolve(server: &IceServer, url: &str) -> Result<SocketAddr, ServerFault> {
    let Some((host, port)) = server.place(url) else {
        let has = |it: &Option<String>| it.as_ref().is_some_and(|it| !it.is_empty());
        let logged_in = has(&server.username) && has(&server.credential);
        return Err(if url.starts_with("turn:") && !logged_in {
            ServerFault::NeedsALogin
        } else {
            ServerFault::BadAddress
        });
    };
    let found = timeout(NAME_WITHIN, lookup_host((host, port))).await;
    let mut addresses: Vec<SocketAddr> = match found {
        Ok(Ok(found)) => found.collect(),
        _ => return Err(ServerFault::NoSuchHost),
    };
    // IPv4 first: where there is a translator between us and the rest, it is there.
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses.first().copied().ok_or(ServerFault::NoSuchHost)
}

async fn socket(v6: bool) -> Option<UdpSocket> {
    let any: IpAddr = if v6 {
        Ipv6Addr::UNSPECIFIED.into()
    } else {
        Ipv4Addr::UNSPECIFIED.into()
    };
    UdpSocket::bind((any, 0)).await.ok()
}

/// The address we would speak from to this server, with the port we do speak from.
async fn own_address(server: SocketAddr, socket: &UdpSocket) -> Option<SocketAddr> {
    let trying = self::socket(server.is_ipv6()).await?;
    // Nothing is sent by this.
    trying.connect(server).await.ok()?;
    let ip = trying.local_addr().ok()?.ip();
    Some(SocketAddr::new(ip, socket.local_addr().ok()?.port()))
}

fn same_place(one: SocketAddr, other: SocketAddr) -> bool {
    one.ip() == other.ip() && one.port() == other.port()
}

fn set(
    answers: &mut [ServerProbe],
    at: usize,
    answer: Result<(CandidateKind, Duration), ServerFault>,
) {
    if let Some(probe) = answers.get_mut(at) {
        probe.answer = answer;
    }
}
