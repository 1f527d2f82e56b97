//! What the kernel says of the workers that this process started, and of itself.

use std::time::Duration;

/// A line of a process's status, in MiB; none when it has ended.
pub(super) fn mib(process: &str, line: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let found = status.lines().find_map(|l| l.strip_prefix(line))?;
    let kib: u64 = found
        .trim_matches(|c: char| !c.is_ascii_digit())
        .parse()
        .ok()?;
    Some(kib / 1024)
}

/// The living workers that threads of this process started.
pub(super) fn workers() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok())
        .flat_map(|children| {
            let numbers: Vec<String> = children.split_whitespace().map(str::to_owned).collect();
            numbers
        })
        .filter(|child| {
            let status = std::fs::read_to_string(format!("/proc/{child}/status"));
            // Neither ended and not yet noticed, nor started and not yet itself.
            status.is_ok_and(|s| s.contains("Name:\treading-worker") && !s.contains("State:\tZ"))
        })
        .collect()
}

/// What was ended needs a moment to be gone.
pub(super) async fn no_worker_is_left() {
    let gone = async {
        while !workers().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone)
        .await
        .expect("a worker is left");
}
