//! The work queue, in time that passes only when nobody has anything to do.

use std::sync::Arc;
use std::time::Duration;

use causeway_engine::{Backoff, WorkQueue};
use tokio::time::{Instant, timeout};

const SECOND: Duration = Duration::from_secs(1);

fn queue() -> WorkQueue<&'static str> {
    WorkQueue::new(Backoff { first: SECOND, longest: 60 * SECOND })
}

async fn is_empty(queue: &WorkQueue<&'static str>) -> bool {
    timeout(Duration::from_millis(1), queue.next()).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn an_item_waits_once_however_often_it_is_put_in() {
    let queue = queue();
    for item in ["a", "b", "a", "a"] {
        queue.add(item);
    }
    assert_eq!((queue.next().await, queue.next().await), (Some("a"), Some("b")));
    assert!(is_empty(&queue).await);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_worked_on_comes_again_afterwards_once() {
    let queue = queue();
    queue.add("a");
    assert_eq!(queue.next().await, Some("a"));
    queue.add("a");
    queue.add("a");
    queue.add_after("a", SECOND);
    assert!(is_empty(&queue).await, "nobody else gets it meanwhile");
    queue.done(&"a", None);
    assert_eq!(queue.next().await, Some("a"));
    queue.done(&"a", None);
    tokio::time::advance(2 * SECOND).await;
    assert!(is_empty(&queue).await);
}

#[tokio::test(start_paused = true)]
async fn the_sooner_of_two_wishes_counts() {
    let queue = queue();
    let start = Instant::now();
    queue.add_after("a", 30 * SECOND);
    queue.add_after("a", 10 * SECOND);
    queue.add_after("a", 20 * SECOND);
    assert_eq!(queue.next().await, Some("a"));
    assert_eq!(start.elapsed().as_secs(), 10);
    queue.done(&"a", Some(30 * SECOND));
    queue.add("a");
    assert_eq!(queue.next().await, Some("a"));
    assert_eq!(start.elapsed().as_secs(), 10, "now is sooner still");
    queue.done(&"a", None);
    tokio::time::advance(60 * SECOND).await;
    assert!(is_empty(&queue).await, "and it was one wish, not two");
}

#[tokio::test(start_paused = true)]
async fn pauses_double_up_to_a_limit_and_start_over_after_a_success() {
    let queue = queue();
    queue.add("a");
    let mut last = Instant::now();
    let mut pauses = Vec::new();
    for _ in 0..9 {
        assert_eq!(queue.next().await, Some("a"));
        pauses.push(last.elapsed());
        last = Instant::now();
        queue.failed(&"a");
    }
    for (i, pause) in pauses.iter().enumerate().skip(1) {
        let whole = (SECOND * 2_u32.pow(i as u32 - 1)).min(60 * SECOND);
        let fits = whole.mul_f64(0.75)..=whole + Duration::from_millis(2);
        assert!(fits.contains(pause), "pause {i} is {pause:?}, not within {fits:?}");
    }
    assert_eq!(queue.next().await, Some("a"));
    queue.done(&"a", None);
    queue.add("a");
    assert_eq!(queue.next().await, Some("a"));
    last = Instant::now();
    queue.failed(&"a");
    assert_eq!(queue.next().await, Some("a"));
    assert!(last.elapsed() <= SECOND + Duration::from_millis(2), "failures before the success are forgotten");
}

#[tokio::test(start_paused = true)]
async fn each_item_is_given_to_one_of_many_workers() {
    let queue = Arc::new(WorkQueue::new(Backoff::default()));
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while let Some(item) = queue.next().await {
                    taken.push(item);
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    queue.done(&item, None);
                }
                taken
            })
        })
        .collect();
    for item in 0..200 {
        if item % 3 == 0 { queue.add_after(item, Duration::from_millis(item)) } else { queue.add(item) }
    }
    tokio::time::sleep(SECOND).await;
    assert_eq!(queue.depth(), (0, 0, 0), "no wake-up was lost");
    queue.close();
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.expect("it ends when the queue does"));
    }
    taken.sort_unstable();
    assert_eq!(taken, (0..200).collect::<Vec<_>>());
}
