//! What a person gets: the real app under a real screen, by WebDriver.
//!
//! Each window has a screen, a home folder and a session bus of its own (`stage.rs`). Most tests
//! talk to it from a node in this process; the main journey uses two windows. Pictures are written
//! to `CHITCHATTER_SHOTS`, or to `shots` in the target folder; where is printed.
//!
//! They run on Linux, where WebKitGTK brings a driver.
#![cfg(target_os = "linux")]

mod company;
mod desk;
mod hand;
mod page;
mod pretend;
mod stage;

mod choices;
mod disk;
mod doors;
mod files;
mod handlers;
mod help;
mod installed;
mod judged;
mod lines;
mod links;
mod looks;
mod notices;
mod reload;
mod several;
mod starts;
mod strangers;
mod talking;
mod tray;
mod trouble;
mod walls;
mod whispers;
