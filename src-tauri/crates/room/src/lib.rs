//! What rooms do: meeting peers, shaking hands, talking, leaving. A pure state machine: what happens
//! goes in by [`Rooms::handle`] and [`Rooms::command`], what to do comes out of [`Rooms::poll`], and
//! [`Rooms::next_wake`] says when to call again. No I/O, no clock, no dice.
pub mod event;
