//! A room full of terminal peers on this machine.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::figures::{Report, Wish};
use crate::machine;
use crate::terminal::{LIMIT, Profile, Terminal, Tracker, room};
use crate::{Trouble, say};

/// How long everyone is idle while processor time is counted.
const IDLE: Duration = Duration::from_secs(15);
/// No room takes longer to fill that ever will be full.
const FULL_WITHIN: Duration = Duration::from_secs(180);
/// The first two are left alone for so long before the others come.
const SETTLED: Duration = Duration::from_secs(10);
/// From the last meeting to the idling: names and paths are still told, and each peer keeps the
/// offers nobody took, connections of their own, for most of a minute.
const CALM: Duration = Duration::from_secs(60);

pub(crate) fn measure(
    report: &mut Report,
    tracker: &Tracker,
    profile: &Profile,
    size: usize,
) -> Result<(), Trouble> {
    if size < 3 {
        return Err(format!("{size} are no crowd"));
    }
    say(&format!("Filling a room with {size} terminal peers…"));
    let room = room(&format!("crowd-{size}"));
    // With one connection, everything that is needed once has been loaded; what comes on top is the
    // price of the others.
    let mut first = Terminal::join(tracker, profile, &room)?;
    let mut second = Terminal::join(tracker, profile, &room)?;
    first.meets(&second.peer_id, LIMIT)?;
    second.meets(&first.peer_id, LIMIT)?;
    sleep(SETTLED);
    let memory_of_two = machine::megabytes_now(first.id());
    let cpu_before = machine::cpu_seconds([first.id(), second.id()]);

    // All at once, as far as one program can start others at once.
    let began = Instant::now();
    let started: Result<Vec<Terminal>, Trouble> = std::thread::scope(|scope| {
        let starting: Vec<_> = (2..size)
            .map(|_| scope.spawn(|| Terminal::join(tracker, profile, &room)))
            .collect();
        starting
            .into_iter()
            .map(|it| {
                it.join()
                    .unwrap_or_else(|_| Err("a starter broke".to_owned()))
            })
            .collect()
    });
    let mut peers = started?;
    let last_joined = peers
        .iter()
        .map(|peer| peer.joined_at)
        .max()
        .unwrap_or(began);
    let deadline = began + FULL_WITHIN;
    let mut full = began;
    for peer in &mut peers {
        full = full.max(knows_everyone(peer, size - 1, deadline)?);
    }
    for mut peer in [first, second] {
        // The two have met each other, and that was taken note of.
        full = full.max(knows_everyone(&mut peer, size - 2, deadline)?);
        peers.push(peer);
    }
    let ids: Vec<u32> = peers.iter().map(Terminal::id).collect();
    let cpu_to_mesh = machine::cpu_seconds(ids.iter().copied()) - cpu_before;
    sleep(CALM);
    let cpu = machine::cpu_seconds(ids.iter().copied());
    sleep(IDLE);
    let cpu = machine::cpu_seconds(ids.iter().copied()) - cpu;
    let average = |total: f64| total / size as f64;
    let now = average(ids.iter().map(|id| machine::megabytes_now(*id)).sum());
    let peak = ids
        .iter()
        .map(|id| machine::peak_megabytes(*id))
        .fold(0.0, f64::max);
    let further = (size - 2) as f64;

    report.part(&format!(
        "A room of {size} terminal peers, {} connections",
        size * (size - 1) / 2
    ));
    let key = |name: &str| format!("crowd{size}.{name}");
    let seconds = |from: Instant| full.saturating_duration_since(from).as_secs_f64();
    report.add(
        &key("fullMeshSeconds"),
        "everyone knows everyone, from the first start",
        seconds(began),
        "s",
        None,
    );
    report.add(
        &key("fullMeshAfterLastJoinSeconds"),
        "the same, from the last join",
        seconds(last_joined),
        "s",
        None,
    );
    report.add(
        &key("cpuSecondsToMesh"),
        "processor time of all until then",
        cpu_to_mesh,
        "s",
        None,
    );
    report.add(&key("megabytesEach"), "memory of each", now, "MB", None);
    report.add(
        &key("kilobytesPerConnection"),
        "memory per connection, after the first",
        (now - memory_of_two) * 1024.0 / further,
        "KB",
        None,
    );
    report.add(
        &key("peakMegabytes"),
        "peak memory of the largest",
        peak,
        "MB",
        (size <= 16).then_some(Wish::AtMost(30.0)),
    );
    report.add(
        &key("idlePercentEach"),
        "idle, each",
        average(cpu) / IDLE.as_secs_f64() * 100.0,
        "% of a processor",
        None,
    );
    for mut peer in peers {
        peer.say("/leave\n")?;
    }
    Ok(())
}

/// When a peer had met so many others.
fn knows_everyone(
    peer: &mut Terminal,
    others: usize,
    deadline: Instant,
) -> Result<Instant, Trouble> {
    let mut met = 0;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let said = peer
            .events
            .next(left)
            .map_err(|trouble| format!("{met} of {others} met: {trouble}"))?;
        // Not parsed: this program would be busier than those it measures.
        if said.line.starts_with("{\"kind\":\"peerJoined\"") {
            met += 1;
        }
        if met == others {
            return Ok(said.at);
        }
    }
}
