//! Alone in its process, so that what is counted is its own.
#![cfg(target_os = "linux")]

mod common;

use common::{Peer, join};
use mesh::CloseReason;
use wire::LinkId;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_that_open_and_close_leave_nothing_behind() {
    let (mut a, mut b) = (Peer::new(), Peer::new());
    let mut id = 0;
    let mut cycles = async |count: u64| {
        for _ in 0..count {
            id += 1;
            let link = LinkId(id);
            join(&mut a, &mut b, link).await;
            a.mesh.close(link);
            assert_eq!(a.closed(link).await, CloseReason::Local);
            assert_eq!(b.closed(link).await, CloseReason::Remote);
        }
    };
    // The first ones fill what is kept for good: thread pools, allocator arenas.
    cycles(10).await;
    let (files, tasks, memory) = (open_files(), tasks(), resident_kilobytes());
    cycles(60).await;
    // Closing is told before the last task has returned from telling it.
    let deadline = tokio::time::Instant::now() + common::PATIENCE;
    while (open_files() > files || self::tasks() > tasks) && tokio::time::Instant::now() < deadline
    {
        tokio::task::yield_now().await;
    }
    assert!(open_files() <= files, "{} files", open_files());
    assert!(self::tasks() <= tasks, "{} tasks", self::tasks());
    let grown = resident_kilobytes().saturating_sub(memory);
    assert!(grown < 8 * 1024, "{grown} kB more");
}

fn tasks() -> usize {
    tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks()
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd")
        .expect("the list of open files")
        .count()
}

fn resident_kilobytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("this process's status");
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kilobytes| kilobytes.parse().ok())
        .expect("a number of kilobytes")
}
