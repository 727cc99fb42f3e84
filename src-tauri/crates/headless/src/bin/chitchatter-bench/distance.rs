//! Two places far from each other, on one machine.
//!
//! ```text
//!  near end ── far (VXLAN) ──> carrier, a process that lets every packet wait ──> far ── far end
//! ```
//!
//! Each end is a network of its own with one way out. The system wraps whatever goes there into
//! datagrams to the carrier, which is this program again; it passes them on after half a round trip,
//! in order, losing nothing that a real line would not lose. No right is needed that a person does not
//! have, but the system must give its users networks of their own.

use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use crate::Trouble;
use crate::stream::Stream;
use crate::terminal::LIMIT;

/// Where a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On this machine, like everything else.
    Here,
    /// In the network that the process of this id holds.
    Apart(u32),
}

impl Place {
    /// A program, ready to be given its arguments.
    pub(crate) fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        match self {
            Self::Here => Command::new(program),
            Self::Apart(holder) => {
                let mut command = Command::new("nsenter");
                command.args(inside(holder)).arg(program);
                command
            }
        }
    }
}

/// Two places, and how long it takes from one to the other and back.
pub(crate) struct Distance {
    /// What holds the networks, the carrier's first.
    holders: Vec<Child>,
    carrier: Option<Child>,
}

/// Which address a place has.
pub(crate) const ADDRESSES: [&str; 2] = ["10.79.0.1", "10.79.0.2"];
/// The port that the system sends wrapped packets to.
const PORT: u16 = 4789;
/// Packets on their way each way: more than any of those measured has under way, about 100 MB.
const ON_THE_WAY: usize = 65_536;
/// The longest datagram.
const MAX_DATAGRAM: usize = 65_536;
/// Room for what comes while the carrier does not run. The system may give less.
const SOCKET_BYTES: usize = 4 * 1024 * 1024;

impl Distance {
    /// Sets two places up so far from each other.
    pub(crate) fn of(round_trip: Duration) -> Result<Self, Trouble> {
        let mut distance = Self {
            holders: Vec::new(),
            carrier: None,
        };
        let own = ["--user", "--map-root-user", "--net", "cat"];
        let between = distance.hold(Command::new("unshare").args(own), std::process::id())?;
        for (index, address) in ADDRESSES.iter().enumerate() {
            let mut command = Place::Apart(between).command("unshare");
            let end = distance.hold(command.args(["--net", "cat"]), between)?;
            let (ours, theirs) = (carrier_at(index), end_at(index));
            let held = end.to_string();
            let link = format!("to{index}");
            let (between, end) = (Place::Apart(between), Place::Apart(end));
            // What is wrapped is longer than what is in it.
            let pair =
                format!("add {link} mtu 9000 type veth peer name under mtu 9000 netns {held}");
            ip(between, &format!("link {pair}"))?;
            ip(between, &format!("address add {ours}/24 dev {link}"))?;
            ip(between, &format!("link set {link} up"))?;
            ip(end, "link set lo up")?;
            ip(end, "link set under up")?;
            ip(end, &format!("address add {theirs}/24 dev under"))?;
            let wrap = format!("vxlan id 7 remote {ours} local {theirs} dstport {PORT} dev under");
            ip(end, &format!("link add far mtu 1500 type {wrap}"))?;
            ip(end, &format!("address add {address}/24 dev far"))?;
            ip(end, "link set far up")?;
            // Browsers look for the way out to know which address is theirs.
            ip(end, "route add default dev far")?;
        }
        let here = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut carrier = Place::Apart(between)
            .command(here)
            .arg("--carry")
            .arg((round_trip / 2).as_micros().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the carrier does not start: {error}"))?;
        let output = carrier.stdout.take().ok_or("no output")?;
        distance.carrier = Some(carrier);
        Stream::of(output).next(LIMIT)?;
        Ok(distance)
    }

    /// Both places.
    pub(crate) fn places(&self) -> [Place; 2] {
        let end = |index: usize| self.holders.get(index).map_or(0, Child::id);
        [Place::Apart(end(1)), Place::Apart(end(2))]
    }

    /// Starts a process that does nothing but hold a network that is not that of `from`.
    fn hold(&mut self, command: &mut Command, from: u32) -> Result<u32, Trouble> {
        let child = command
            // It ends when its input does, at the latest with this process.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("unshare and nsenter are needed: {error}"))?;
        let id = child.id();
        self.holders.push(child);
        let network = |id: u32| std::fs::read_link(format!("/proc/{id}/ns/net")).ok();
        // On its way it is first in ours, and then in that it goes out from.
        let others = [None, network(std::process::id()), network(from)];
        let began = Instant::now();
        while others.contains(&network(id)) {
            if began.elapsed() > LIMIT {
                return Err("this system gives its users no networks of their own".to_owned());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(id)
    }
}

impl Drop for Distance {
    fn drop(&mut self) {
        for child in self.carrier.iter_mut().chain(&mut self.holders) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn carrier_at(index: usize) -> String {
    format!("10.78.{index}.1")
}

fn end_at(index: usize) -> String {
    format!("10.78.{index}.2")
}

fn inside(holder: u32) -> [String; 5] {
    [
        format!("--target={holder}"),
        "--user".to_owned(),
        "--preserve-credentials".to_owned(),
        "--net".to_owned(),
        "--".to_owned(),
    ]
}

fn ip(place: Place, words: &str) -> Result<(), Trouble> {
    let done = place
        .command("ip")
        .args(words.split(' '))
        .status()
        .map_err(|error| format!("nsenter is needed: {error}"))?;
    if done.success() {
        Ok(())
    } else {
        Err(format!("ip {words} (of iproute2) ended with {done}"))
    }
}

/// Carries datagrams from each end to the other, each so much later; until it is ended.
pub(crate) fn carry(later: Duration) -> Result<(), Trouble> {
    let sockets = [socket(&carrier_at(0))?, socket(&carrier_at(1))?];
    crate::say("carrying");
    std::thread::scope(|scope| {
        for (from, to, end) in [
            (&sockets[0], &sockets[1], end_at(1)),
            (&sockets[1], &sockets[0], end_at(0)),
        ] {
            let (tell, told) = sync_channel(ON_THE_WAY);
            scope.spawn(move || take(from, &tell, later));
            scope.spawn(move || pass_on(to, &told, &end));
        }
    });
    Ok(())
}

fn socket(address: &str) -> Result<UdpSocket, Trouble> {
    let open = || {
        let address: SocketAddr = format!("{address}:{PORT}")
            .parse()
            .map_err(std::io::Error::other)?;
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_recv_buffer_size(SOCKET_BYTES)?;
        socket.set_send_buffer_size(SOCKET_BYTES)?;
        socket.bind(&address.into())?;
        Ok(UdpSocket::from(socket))
    };
    open().map_err(|error: std::io::Error| format!("{address}: {error}"))
}

fn take(from: &UdpSocket, tell: &SyncSender<(Instant, Vec<u8>)>, later: Duration) {
    let mut bytes = vec![0; MAX_DATAGRAM];
    while let Ok(len) = from.recv(&mut bytes) {
        let mut datagram = bytes.get(..len).unwrap_or_default().to_vec();
        mend(&mut datagram);
        // A line that is full loses what comes.
        let _ = tell.try_send((Instant::now() + later, datagram));
    }
}

/// What stands before a wrapped packet: that it is wrapped, and to which hardware it goes.
const WRAPPED_IN: usize = 8 + 14;

/// Sums up what is in a wrapped packet. The system leaves that to the hardware at the end of a line,
/// and here is none.
fn mend(datagram: &mut [u8]) -> Option<()> {
    let packet = datagram.get_mut(WRAPPED_IN..)?;
    let first = *packet.first()?;
    let (header_len, total_len) = (usize::from(first & 0xf) * 4, be16(packet, 2)?);
    let at = match packet.get(9)? {
        // TCP and UDP keep their sum in different places.
        6 => 16,
        17 => 6,
        _ => return None,
    };
    if first >> 4 != 4 {
        return None;
    }
    let (header, body) = packet
        .get_mut(..usize::from(total_len))?
        .split_at_mut_checked(header_len)?;
    body.get_mut(at..at + 2)?.fill(0);
    let addresses = header.get(12..20)?;
    let kind = u64::from(*header.get(9)?);
    let mut sum = sum_of(addresses) + kind + body.len() as u64 + sum_of(body);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // Nought would say that there is no sum.
    let sum = match !(sum as u16) {
        0 => 0xffff,
        sum => sum,
    };
    body.get_mut(at..at + 2)?
        .copy_from_slice(&sum.to_be_bytes());
    Some(())
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn sum_of(bytes: &[u8]) -> u64 {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let last = rest.first().map_or(0, |last| u64::from(*last) << 8);
    let pairs = pairs
        .iter()
        .map(|pair| u64::from(u16::from_be_bytes(*pair)));
    pairs.sum::<u64>() + last
}

fn pass_on(to: &UdpSocket, told: &Receiver<(Instant, Vec<u8>)>, end: &str) {
    for (due, datagram) in told {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let _ = to.send_to(&datagram, (end, PORT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_without_its_sum_gets_it_and_others_stay_as_they_are() {
        // A datagram from 127.0.0.1 to 127.0.0.1, as it was seen on a line, with one odd byte.
        let mut wrapped = vec![0; WRAPPED_IN];
        wrapped.extend([
            0x45, 0, 0, 29, 0, 1, 0, 0, 64, 17, 0x7c, 0xcd, 127, 0, 0, 1, 127, 0, 0, 1,
        ]);
        wrapped.extend([0x13, 0x88, 0x13, 0x89, 0, 9, 0, 0, b'x']);
        let sum_at = WRAPPED_IN + 20 + 6;

        assert_eq!(mend(&mut wrapped), Some(()));

        // All of it with its sum is all ones.
        let body = &wrapped[WRAPPED_IN + 20..];
        let total = sum_of(&wrapped[WRAPPED_IN + 12..WRAPPED_IN + 20]) + 17 + 9 + sum_of(body);
        assert_eq!((total & 0xffff) + (total >> 16), 0xffff);
        assert_ne!(&wrapped[sum_at..sum_at + 2], [0, 0]);
        for len in 0..wrapped.len() {
            let mut cut = wrapped[..len].to_vec();
            mend(&mut cut);
            assert_eq!(cut, &wrapped[..len], "{len}");
        }
    }
}
