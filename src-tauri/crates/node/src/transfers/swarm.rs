//! One offer among those who have it: what its session asks for is done.

use std::sync::Arc;
use std::time::Duration;

use files::store::{Kept, Share, StoreError, Tree};
use files::torrent::session::{Conn, Event, Input, Output, Session, Ticket};
use room::Has;
use view::{TransferFault, TransferState};
use wire::LinkId;

use super::browsers::Browsers;
use super::engine::Engine;
use super::jobs::Done;
use super::kinds;
use super::natives::Natives;
use super::transfer::TransferId;

/// One offer among those who have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SwarmId(pub(super) u64);

/// One offer among those who have it.
pub(super) struct Swarm {
    pub(super) transfer: TransferId,
    pub(super) session: Session,
    /// When the session wants to be woken.
    pub(super) wake: Option<Duration>,
    pub(super) store: Store,
    /// Whether what is here is being moved, so that nothing can be read for now.
    pub(super) is_saving: bool,
    /// What the session wants read.
    reads: Vec<Block>,
    pub(super) way: Way,
    /// Why the disk did not do what it should, the last time.
    fault: Option<TransferFault>,
}

/// How those who have it are found.
pub(super) enum Way {
    Natives(Natives),
    Browsers(Box<Browsers>),
}

/// Where its bytes are.
#[derive(Clone)]
pub(super) enum Store {
    /// It is not known yet how many there are.
    Nothing,
    /// They are coming.
    Kept(Arc<Kept>),
    /// They lie where they are given from, for natives.
    Tree(Arc<Tree>),
    /// The same for browsers.
    Sealed(Arc<Share>),
}

/// Bytes that a session wants read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) ticket: Ticket,
    pub(super) offset: u64,
    pub(super) len: usize,
}

impl Store {
    pub(super) fn read(&self, offset: u64, len: usize) -> Result<Vec<u8>, StoreError> {
        match self {
            Self::Nothing => Err(StoreError::Unfinished),
            Self::Kept(kept) => kept.read(offset, len),
            Self::Tree(tree) => tree.read(offset, len),
            Self::Sealed(share) => share.read(offset, len),
        }
    }
}

impl Swarm {
    pub(super) fn new(transfer: TransferId, session: Session, store: Store, way: Way) -> Self {
        Self {
            transfer,
            session,
            wake: Some(Duration::ZERO),
            store,
            is_saving: false,
            reads: Vec::new(),
            way,
            fault: None,
        }
    }

    /// What can be read now, lying together as far as it does.
    fn take_reads(&mut self) -> Vec<Vec<Block>> {
        if self.is_saving {
            return Vec::new();
        }
        let mut runs: Vec<Vec<Block>> = Vec::new();
        for block in self.reads.drain(..) {
            let run = runs.last_mut().filter(|run| {
                let len: usize = run.iter().map(|it| it.len).sum();
                let ends = run.last().map(|it| it.offset + it.len as u64);
                ends == Some(block.offset) && len + block.len <= MAX_READ
            });
            match run {
                Some(run) => run.push(block),
                None => runs.push(vec![block]),
            }
        }
        runs
    }
}

/// The most that is read from the disk in one go.
const MAX_READ: usize = 1024 * 1024;

impl Engine {
    /// Something happened to a swarm's session.
    pub(super) fn session(&mut self, id: SwarmId, input: Input) {
        let now = self.now();
        if let Some(swarm) = self.swarms.get_mut(&id) {
            swarm.session.handle(now, input);
            self.carry_out(id);
        }
    }

    fn carry_out(&mut self, id: SwarmId) {
        while let Some(swarm) = self.swarms.get_mut(&id) {
            let Some(output) = swarm.session.poll() else {
                swarm.wake = swarm.session.next_wake();
                if !swarm.reads.is_empty() {
                    self.reading.insert(id);
                }
                return;
            };
            match output {
                Output::Send(Conn(link), bytes) => self.send(LinkId(link), bytes),
                Output::Close(Conn(link), why) => self.hang_up(LinkId(link), why),
                Output::Read {
                    ticket,
                    offset,
                    len,
                } => swarm.reads.push(Block {
                    ticket,
                    offset,
                    len,
                }),
                Output::Write { piece, bytes, .. } => self.write(id, piece, bytes),
                Output::Tell(event) => self.told_by(id, event),
            }
        }
    }

    /// Reads for all sessions that want it.
    pub(super) fn read_for_sessions(&mut self) {
        for id in std::mem::take(&mut self.reading) {
            let Some(swarm) = self.swarms.get_mut(&id) else {
                continue;
            };
            let store = swarm.store.clone();
            for run in swarm.take_reads() {
                let store = store.clone();
                self.job(
                    &self.disk,
                    move || Ok(read_run(&store, run)),
                    move |read| {
                        let (blocks, fault) = read.unwrap_or_default();
                        Done::Read {
                            swarm: id,
                            blocks,
                            fault,
                        }
                    },
                );
            }
        }
    }

    pub(super) fn blocks_read(
        &mut self,
        id: SwarmId,
        blocks: Vec<(Ticket, Option<Vec<u8>>)>,
        fault: Option<TransferFault>,
    ) {
        if let (Some(swarm), Some(fault)) = (self.swarms.get_mut(&id), fault) {
            swarm.fault = Some(fault);
        }
        for (ticket, bytes) in blocks {
            self.session(id, Input::Read(ticket, bytes));
        }
    }

    fn write(&mut self, id: SwarmId, piece: u32, bytes: Vec<u8>) {
        let Some(Swarm {
            store: Store::Kept(kept),
            ..
        }) = self.swarms.get(&id)
        else {
            return;
        };
        let kept = Arc::clone(kept);
        self.job(
            &self.disk,
            move || kept.write(piece, &bytes),
            move |written| Done::Written {
                swarm: id,
                piece,
                fault: written.err().map(|why| kinds::fault_of_writing(&why)),
            },
        );
    }

    pub(super) fn piece_written(&mut self, id: SwarmId, piece: u32, fault: Option<TransferFault>) {
        let is_written = fault.is_none();
        if let (Some(swarm), Some(fault)) = (self.swarms.get_mut(&id), fault) {
            swarm.fault = Some(fault);
        }
        self.session(id, Input::Written(piece, is_written));
    }

    /// A session tells something.
    fn told_by(&mut self, id: SwarmId, event: Event) {
        let Some(swarm) = self.swarms.get_mut(&id) else {
            return;
        };
        let transfer = swarm.transfer;
        let fault = swarm.fault.take();
        match event {
            Event::Described(metainfo) => self.described(transfer, id, metainfo),
            Event::Refused(why) => self.fail(transfer, kinds::fault_of_metainfo(&why)),
            Event::Piece(_) => self.hold(transfer, Has::Part),
            Event::Complete => self.complete(transfer, id),
            Event::Stalled | Event::Flowing => {
                if let Some(transfer) = self.transfers.get_mut(&transfer) {
                    transfer.stalled = event == Event::Stalled;
                }
                self.urgent.insert(transfer);
            }
            Event::CannotWrite => {
                self.fail(transfer, fault.unwrap_or(TransferFault::CannotWrite));
            }
            Event::CannotRead => {
                self.unreadable(transfer, id, fault.unwrap_or(TransferFault::CannotRead));
            }
        }
    }

    /// Adds a swarm to a transfer.
    pub(super) fn add_swarm(&mut self, swarm: Swarm) -> SwarmId {
        let id = SwarmId(self.number());
        if let Some(transfer) = self.transfers.get_mut(&swarm.transfer) {
            transfer.swarms.push(id);
        }
        self.swarms.insert(id, swarm);
        self.carry_out(id);
        id
    }

    /// Ends a swarm: from this moment nothing more is given, and trackers are told.
    pub(super) fn end_swarm(&mut self, id: SwarmId) {
        self.session(id, Input::Command(files::torrent::session::Command::Stop));
        self.part_from_trackers(id);
        // Connections that never came about belong to nobody's session.
        let rest: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| link.swarm == id)
            .map(|(link, _)| *link)
            .collect();
        for link in rest {
            self.links.remove(&link);
            self.mesh.cut(link);
        }
        let Some(swarm) = self.swarms.remove(&id) else {
            return;
        };
        if let Some(transfer) = self.transfers.get_mut(&swarm.transfer) {
            transfer.swarms.retain(|swarm| *swarm != id);
        }
        if let Store::Kept(kept) = swarm.store {
            self.let_go(kept);
        }
    }

    /// Ends all that moves of a transfer.
    pub(super) fn end_swarms(&mut self, id: TransferId) {
        let swarms = match self.transfers.get_mut(&id) {
            Some(transfer) => std::mem::take(&mut transfer.swarms),
            None => return,
        };
        for swarm in swarms {
            self.end_swarm(swarm);
        }
    }

    /// What went wrong here cannot be mended by waiting.
    pub(super) fn fail(&mut self, id: TransferId, fault: TransferFault) {
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.state = TransferState::Failed;
            transfer.fault = Some(fault);
            transfer.call_off_work();
            transfer.progress.stand_still();
        }
        self.end_swarms(id);
        self.urgent.insert(id);
        self.begin_next();
    }
}

/// Blocks as they were read, and why one could not be.
type Read = (Vec<(Ticket, Option<Vec<u8>>)>, Option<TransferFault>);

fn read_run(store: &Store, run: Vec<Block>) -> Read {
    let (Some(first), len) = (run.first(), run.iter().map(|it| it.len).sum()) else {
        return Read::default();
    };
    match store.read(first.offset, len) {
        Ok(bytes) if run.len() == 1 => (vec![(first.ticket, Some(bytes))], None),
        Ok(bytes) => {
            let mut rest = &bytes[..];
            let mut cut = |len: usize| {
                let (now, later) = rest.split_at_checked(len)?;
                rest = later;
                Some(now.to_vec())
            };
            let blocks = run.iter().map(|it| (it.ticket, cut(it.len))).collect();
            (blocks, None)
        }
        Err(why) => {
            let blocks = run.iter().map(|it| (it.ticket, None)).collect();
            (blocks, Some(kinds::fault_of_reading(&why)))
        }
    }
}
