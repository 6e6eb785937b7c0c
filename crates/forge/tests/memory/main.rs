//! Memory does not grow with a transfer. Alone in its process, so that nothing else is measured.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

#[path = "../forge/host.rs"]
#[expect(dead_code, reason = "the harness of the other tests, of which this one needs a part")]
mod host;

use host::{Host, noise_from};

/// Peak resident memory of this process in kB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_of_60_mb_is_streamed() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    for index in 0..6_u8 {
        let noise = noise_from(u64::from(index) + 1, 10 << 20);
        std::fs::write(ada.path.join(format!("noise{index}")), noise).unwrap();
    }
    ada.git(&["add", "-A"]).await;
    ada.git(&["-c", "core.compression=0", "commit", "-q", "-m", "large"]).await;
    // Only what is new from here on counts; 5 resets the peak (proc(5), clear_refs).
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = peak();
    ada.git(&["push", "-q", "origin", "main"]).await;
    let pushed = peak();
    host.at(".").git(&["clone", "-q", &host.url("orders.git"), "bob"]).await;
    let cloned = peak();
    assert!(host.forge.size(&orders).await.unwrap() > 60 << 20);
    // A body in memory would be 60 MB at least.
    assert!(pushed < before + 15_000, "pushing took {} kB", pushed - before);
    assert!(cloned < before + 15_000, "cloning took {} kB", cloned - before);
}
