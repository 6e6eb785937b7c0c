//! Which replica is started or stopped next: pure, so that every situation can be written down as a row of a table.
//!
//! The invariants: while an older release runs, at most one replica more than wanted runs, at most one new one is on its way,
//! and none that takes requests is stopped before enough others do; nothing is tried for ever beside something that works.

use std::time::Duration;

/// After how many crashes a new release is given up.
pub(super) const CRASHES: u32 = 3;

/// What shall run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    pub(super) digest: &'a str,
    pub(super) replicas: u32,
    /// What a start takes is known; after a restart of the server it is not, until somebody says it again.
    pub(super) is_startable: bool,
    /// It was rolled out to the end, so that failures of single replicas are no failure of the release.
    pub(super) is_settled: bool,
    /// The release that was given up; it is wished for all the same where there is nothing else to run.
    pub(super) given_up: Option<&'a str>,
    /// How long a replica may take to become ready.
    pub(super) patience: Duration,
}

/// A replica as it is.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) uid: String,
    pub(super) index: u32,
    pub(super) digest: String,
    pub(super) phase: Phase,
    /// Crashes in a row.
    pub(super) crashes: u32,
    /// It took requests at some time.
    pub(super) was_ready: bool,
    /// Since its first start.
    pub(super) age: Duration,
}

/// Where a replica stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Ready,
    /// Starting, failing its probe, or between crash and restart.
    Unready,
    Stopping,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Start {
        index: u32,
    },
    Stop {
        uid: String,
    },
    /// The release does not become ready; the replica says why.
    GiveUp {
        uid: String,
    },
    /// The rollout is through.
    Settle,
}

/// The steps that can be taken at once.
pub(super) fn plan(wish: &Wish<'_>, seen: &[Seen]) -> Vec<Step> {
    let live = || seen.iter().filter(|replica| replica.phase != Phase::Stopping);
    let (fresh, old): (Vec<&Seen>, Vec<&Seen>) = live().partition(|replica| replica.digest == wish.digest);
    if !wish.is_settled
        && wish.given_up != Some(wish.digest)
        && let Some(hopeless) = fresh.iter().find(|replica| is_hopeless(replica, wish.patience))
    {
        return vec![Step::GiveUp { uid: hopeless.uid.clone() }];
    }
    if fresh.len() > wish.replicas as usize {
        return surplus(&fresh, wish.replicas as usize);
    }
    if old.is_empty() {
        return alone(wish, &fresh, seen);
    }
    beside(wish, &fresh, &old)
}

fn is_hopeless(replica: &Seen, patience: Duration) -> bool {
    replica.crashes >= CRASHES || (!replica.was_ready && replica.phase == Phase::Unready && replica.age >= patience)
}

/// Too many: those that do not take requests go first, then the highest numbers.
fn surplus(fresh: &[&Seen], wanted: usize) -> Vec<Step> {
    let mut by_worth = fresh.to_vec();
    by_worth.sort_by_key(|replica| (replica.phase != Phase::Ready, replica.index));
    by_worth.into_iter().skip(wanted).map(stop).collect()
}

/// Nothing older runs: all that is missing is started at once.
fn alone(wish: &Wish<'_>, fresh: &[&Seen], all: &[Seen]) -> Vec<Step> {
    let missing = (wish.replicas as usize).saturating_sub(fresh.len());
    if missing > 0 {
        let count = if wish.is_startable { missing } else { 0 };
        return free_numbers(fresh).take(count).map(|index| Step::Start { index }).collect();
    }
    let is_through = all.iter().all(|replica| replica.digest == wish.digest && replica.phase == Phase::Ready);
    if is_through && !wish.is_settled { vec![Step::Settle] } else { Vec::new() }
}

/// Something older runs: one by one.
fn beside(wish: &Wish<'_>, fresh: &[&Seen], old: &[&Seen]) -> Vec<Step> {
    let is_hopeless = |replica: &&Seen| replica.phase != Phase::Ready && Some(&*replica.digest) == wish.given_up;
    let hopeless: Vec<Step> = old.iter().copied().filter(is_hopeless).map(stop).collect();
    if !hopeless.is_empty() || fresh.iter().any(|replica| replica.phase != Phase::Ready) {
        return hopeless;
    }
    let wanted = wish.replicas as usize;
    let idle = old.iter().filter(|replica| replica.phase != Phase::Ready).max_by_key(|replica| replica.index);
    let busy = old.iter().filter(|replica| replica.phase == Phase::Ready).max_by_key(|replica| replica.index);
    let ready = fresh.len() + old.iter().filter(|replica| replica.phase == Phase::Ready).count();
    if wanted == 0 {
        return old.iter().copied().map(stop).collect();
    }
    // what does not take requests is worth keeping only as long as nothing new does
    if let Some(idle) = idle.filter(|_| !fresh.is_empty() || old.len() > wanted) {
        return vec![stop(idle)];
    }
    if let Some(busy) = busy.filter(|_| ready > wanted) {
        return vec![stop(busy)];
    }
    let has_room = fresh.len() < wanted && fresh.len() + old.len() <= wanted;
    if has_room && wish.is_startable {
        return free_numbers(fresh).take(1).map(|index| Step::Start { index }).collect();
    }
    Vec::new()
}

fn stop(replica: &Seen) -> Step {
    Step::Stop { uid: replica.uid.clone() }
}

fn free_numbers(fresh: &[&Seen]) -> impl Iterator<Item = u32> {
    let used: Vec<u32> = fresh.iter().map(|replica| replica.index).collect();
    (0..).filter(move |index| !used.contains(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// `n0+` is number 0 of the release n and ready, `-` not yet, `x` crashed too often, `~` stopping, `!` out of time.
    fn seen(all: &str) -> Vec<Seen> {
        let one = |word: &str| {
            let (digest, index, mark) = (&word[..1], &word[1..2], &word[2..]);
            Seen {
                uid: word[..2].to_owned(),
                index: index.parse().unwrap(),
                digest: digest.to_owned(),
                phase: match mark {
                    "+" => Phase::Ready,
                    "~" => Phase::Stopping,
                    _ => Phase::Unready,
                },
                crashes: if mark == "x" { CRASHES } else { 0 },
                was_ready: mark == "+",
                age: if mark == "!" { PATIENCE } else { Duration::from_secs(1) },
            }
        };
        all.split_whitespace().map(one).collect()
    }

    fn told(steps: &[Step]) -> String {
        let one = |step: &Step| match step {
            Step::Start { index } => format!("start {index}"),
            Step::Stop { uid } => format!("stop {uid}"),
            Step::GiveUp { uid } => format!("give up on {uid}"),
            Step::Settle => "settle".to_owned(),
        };
        steps.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn wish() -> Wish<'static> {
        Wish { digest: "n", replicas: 2, is_startable: true, is_settled: false, given_up: None, patience: PATIENCE }
    }

    #[test]
    fn every_situation_has_its_next_steps() {
        let settled = Wish { is_settled: true, ..wish() };
        let unknown = Wish { is_startable: false, is_settled: true, ..wish() };
        let none = Wish { replicas: 0, ..wish() };
        let doomed = Wish { given_up: Some("n"), ..wish() };
        let back = Wish { given_up: Some("f"), is_settled: true, ..wish() };
        let back_unknown = Wish { is_startable: false, ..back };
        let table = [
            ("the first rollout starts all at once", wish(), "", "start 0, start 1"),
            ("and waits", wish(), "n0+ n1-", ""),
            ("and is through", wish(), "n0+ n1+", "settle"),
            ("once", settled, "n0+ n1+", ""),
            ("an update starts one", wish(), "o0+ o1+", "start 0"),
            ("waits for it", wish(), "o0+ o1+ n0-", ""),
            ("stops one old", wish(), "o0+ o1+ n0+", "stop o1"),
            ("goes on while that stops", wish(), "o0+ o1~ n0+", "start 1"),
            ("keeps enough meanwhile", wish(), "o0+ n0+ n1-", ""),
            ("stops the last old", wish(), "o0+ n0+ n1+", "stop o0"),
            ("is through when that is gone", wish(), "o0~ n0+ n1+", ""),
            ("old ones that do not work do not hold it up", wish(), "o0- o1-", "start 0"),
            ("and go as soon as a new one works", wish(), "o0- o1+ n0+", "stop o0"),
            ("fewer at the same time", wish(), "o0+ o1+ o2+ o3+", "stop o3"),
            ("a crashing release is given up", wish(), "o0+ o1+ n0x", "give up on n0"),
            ("also the first one", wish(), "n0- n1x", "give up on n1"),
            ("one that takes too long, too", wish(), "o0+ o1+ n0!", "give up on n0"),
            ("a settled one never", settled, "n0+ n1x", ""),
            ("nor one that nothing can replace", doomed, "n0x n1x", ""),
            ("which may come to itself", doomed, "n0+ n1+", "settle"),
            ("what failed is stopped", back, "n0+ n1+ f0x", "stop f0"),
            ("at once", back_unknown, "n0- n1+ f0-", "stop f0"),
            ("what was before comes back", back, "n0+ f0+", "start 1"),
            ("before a working one goes", back, "n0+ n1+ f0+", "stop f0"),
            ("more", settled, "n0+ n1~", "start 1"),
            ("fewer", settled, "n0+ n1+ n2+ n3-", "stop n2, stop n3"),
            ("none", none, "n0+ n1-", "stop n0, stop n1"),
            ("none of the old", none, "o0+ o1-", "stop o0, stop o1"),
            ("none is soon through", none, "", "settle"),
            ("unknown variables start nothing", unknown, "n0+", ""),
            ("not even beside", unknown, "o0+ o1+", ""),
        ];
        for (what, wish, before, expected) in table {
            assert_eq!(told(&plan(&wish, &seen(before))), expected, "{what}: {before}");
        }
    }

    /// Plays the world: what is started becomes ready, what is stopped is gone, in any order that a number chooses.
    #[test]
    fn an_update_never_has_too_few_nor_too_many() {
        for choice in 0..64_u32 {
            let mut world = seen("o0+ o1+");
            let mut choices = choice;
            for _ in 0..40 {
                for step in plan(&wish(), &world) {
                    match step {
                        Step::Start { index } => world.extend(seen(&format!("n{index}-"))),
                        Step::Stop { uid } => {
                            world.iter_mut().filter(|r| r.uid == uid).for_each(|r| r.phase = Phase::Stopping)
                        }
                        Step::GiveUp { uid } => panic!("{uid}"),
                        Step::Settle => {}
                    }
                }
                let count = |phase: Phase| world.iter().filter(|replica| replica.phase == phase).count();
                assert!(count(Phase::Ready) >= 2 && count(Phase::Ready) + count(Phase::Unready) <= 3, "{world:?}");
                if choices % 2 == 0 {
                    world.retain(|replica| replica.phase != Phase::Stopping);
                } else {
                    world.iter_mut().filter(|r| r.phase == Phase::Unready).for_each(|r| r.phase = Phase::Ready);
                }
                choices = choices.rotate_right(1) ^ 0x5a;
            }
            let digests: Vec<&str> = world.iter().map(|replica| replica.digest.as_str()).collect();
            assert_eq!(digests, ["n", "n"]);
        }
    }
}
