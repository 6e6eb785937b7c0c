//! When a running replica is asked, and what follows from its answers.
//!
//! While it starts it is asked often, so that it gets requests as soon as it can; later as often as its probes say. A replica is
//! ready when every readiness probe of its containers says so, or, where it has none, when it listens on its first port, or,
//! where it has no port either, when it has lived for a second.

use std::time::Duration;

use tokio::time::Instant;

use super::record::ReplicaRecord;
use crate::{Probe, ProbeAction};

/// Shorter than anybody notices.
const HURRY: Duration = Duration::from_millis(50);
/// How often it is asked while it does not become ready: from this age on, this often.
const LESS_HURRY: [(Duration, Duration); 3] = [
    (Duration::from_secs(60), Duration::from_secs(2)),
    (Duration::from_secs(15), Duration::from_millis(500)),
    (Duration::from_secs(3), Duration::from_millis(100)),
];
/// A liveness probe does not judge a replica that has not been ready until this long after its start.
const STARTUP: Duration = Duration::from_secs(30);
const LIFE_SIGN: Duration = Duration::from_secs(1);
const CONNECT_EVERY: Duration = Duration::from_secs(5);
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// What to ask.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// A probe of a container.
    Probe { container: String, action: ProbeAction },
    /// Its first port.
    Port(u16),
    /// Nothing but time.
    Life,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    Readiness,
    Liveness,
}

#[derive(Clone, Debug)]
struct Check {
    aim: Aim,
    subject: Subject,
    every: Duration,
    timeout: Duration,
    /// So many in a row count.
    tolerance: u32,
    due: Instant,
    failures: u32,
    /// The last answer that counted; none before the first.
    answer: Option<Result<(), String>>,
}

/// A question that is due.
#[derive(Clone, Debug)]
pub(super) struct Due {
    number: usize,
    pub(super) at: Instant,
    pub(super) subject: Subject,
    pub(super) timeout: Duration,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Ready,
    NotReady(String),
    /// It has to be started again.
    Dead(String),
}

/// All probes of one run of a replica.
pub(super) struct Pulse {
    checks: Vec<Check>,
    began: Instant,
    was_ready: bool,
}

impl Pulse {
    /// Of a run that begins at `now`.
    pub(super) fn new(record: &ReplicaRecord, now: Instant) -> Self {
        let mut checks = Vec::new();
        for (name, container) in &record.containers {
            let probes = [(Aim::Readiness, &container.readiness), (Aim::Liveness, &container.liveness)];
            let probes = probes.into_iter().filter_map(|(aim, probe)| Some((aim, probe.as_ref()?)));
            checks.extend(probes.map(|(aim, probe)| Check::of(aim, name, probe, now)));
        }
        if !checks.iter().any(|check| check.aim == Aim::Readiness) {
            checks.push(Check::implied(record, now));
        }
        Self { checks, began: now, was_ready: false }
    }

    /// The next question.
    pub(super) fn due(&self) -> Option<Due> {
        let (number, check) = self.checks.iter().enumerate().min_by_key(|(_, check)| check.due)?;
        Some(Due { number, at: check.due, subject: check.subject.clone(), timeout: check.timeout })
    }

    /// Takes an answer.
    pub(super) fn note(&mut self, due: &Due, answer: Result<(), String>, now: Instant) -> Verdict {
        let pause = self.pause(now);
        if let Some(check) = self.checks.get_mut(due.number) {
            check.note(answer);
            check.due = now + if check.aim == Aim::Readiness { pause.unwrap_or(check.every) } else { check.every };
        }
        let verdict = self.verdict();
        if verdict == Verdict::Ready && !self.was_ready {
            self.was_ready = true;
            for check in &mut self.checks {
                check.due = now + check.every;
            }
        }
        verdict
    }

    /// Between two questions to a replica that was never ready.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let age = now.saturating_duration_since(self.began);
        let slower = LESS_HURRY.iter().find(|(from, _)| age >= *from).map(|(_, pause)| *pause);
        (!self.was_ready).then(|| slower.unwrap_or(HURRY))
    }

    fn verdict(&self) -> Verdict {
        let failed = |aim: Aim| {
            let checks = self.checks.iter().filter(move |check| check.aim == aim);
            checks.filter_map(|check| check.answer.as_ref()?.as_ref().err()).next()
        };
        if let Some(why) = failed(Aim::Liveness) {
            return Verdict::Dead(why.clone());
        }
        if let Some(why) = failed(Aim::Readiness) {
            return Verdict::NotReady(why.clone());
        }
        let all_asked = self.checks.iter().all(|check| check.aim == Aim::Liveness || check.answer.is_some());
        if all_asked { Verdict::Ready } else { Verdict::NotReady("it was not asked yet".into()) }
    }
}

impl Check {
    fn of(aim: Aim, container: &str, probe: &Probe, now: Instant) -> Self {
        let subject = Subject::Probe { container: container.to_owned(), action: probe.action.clone() };
        let due = match aim {
            Aim::Readiness => now,
            Aim::Liveness => now + STARTUP,
        };
        let (every, timeout) = (probe.every.max(HURRY), probe.timeout.max(HURRY));
        Self { aim, subject, every, timeout, tolerance: probe.failures.max(1), due, failures: 0, answer: None }
    }

    fn implied(record: &ReplicaRecord, now: Instant) -> Self {
        let (subject, every, due) = match record.first_port() {
            Some(port) => (Subject::Port(port), CONNECT_EVERY, now),
            None => (Subject::Life, Duration::from_secs(3600), now + LIFE_SIGN),
        };
        let aim = Aim::Readiness;
        Self { aim, subject, every, timeout: CONNECT_WITHIN, tolerance: 1, due, failures: 0, answer: None }
    }

    /// One no is none yet, unless nothing else was ever said.
    fn note(&mut self, answer: Result<(), String>) {
        self.failures = if answer.is_ok() { 0 } else { self.failures + 1 };
        let counts = self.failures == 0
            || self.failures >= self.tolerance
            || (self.aim == Aim::Readiness && self.answer.is_none());
        if counts {
            self.answer = Some(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{ContainerRecord, Port};
    use super::*;

    fn probe(word: &str, failures: u32) -> Option<Probe> {
        let action = ProbeAction::Command(vec![word.into()]);
        Some(Probe { action, every: Duration::from_secs(10), timeout: Duration::from_secs(1), failures })
    }

    fn record(container: ContainerRecord, ports: &[u16]) -> ReplicaRecord {
        let port = |number: &u16| Port { name: "www".into(), number: *number, real: *number };
        ReplicaRecord {
            uid: "a".into(),
            index: 0,
            release: "shop-1".into(),
            digest: "1".into(),
            ports: ports.iter().map(port).collect(),
            containers: [("service".to_owned(), container)].into(),
            restarts: 0,
            grace_millis: 0,
        }
    }

    /// Answers the next question; what was asked and when, in seconds after the start, and what follows.
    fn answer(pulse: &mut Pulse, began: Instant, answer: Result<(), &str>) -> (String, f32, Verdict) {
        let due = pulse.due().unwrap();
        let verdict = pulse.note(&due, answer.map_err(str::to_owned), due.at);
        let subject = match &due.subject {
            Subject::Probe { action: ProbeAction::Command(command), .. } => command[0].clone(),
            Subject::Probe { action: ProbeAction::Http(http), .. } => http.path.clone(),
            Subject::Port(port) => port.to_string(),
            Subject::Life => "life".into(),
        };
        (subject, (due.at - began).as_secs_f32(), verdict)
    }

    #[test]
    fn it_is_asked_often_until_it_is_ready_and_one_bad_answer_may_be_forgiven() {
        let began = Instant::now();
        let container =
            ContainerRecord { readiness: probe("ready", 2), liveness: probe("live", 2), ..ContainerRecord::default() };
        let mut pulse = Pulse::new(&record(container, &[80]), began);
        let no = |why: &str| Verdict::NotReady(why.into());
        assert_eq!(answer(&mut pulse, began, Err("no")), ("ready".into(), 0.0, no("no")));
        assert_eq!(answer(&mut pulse, began, Ok(())), ("ready".into(), 0.05, Verdict::Ready));
        let mut asked = Vec::new();
        for _ in 0..2 {
            asked.push(answer(&mut pulse, began, Err("hm")));
        }
        asked.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(asked[0], ("live".into(), 10.05, Verdict::Ready));
        assert_eq!(asked[1], ("ready".into(), 10.05, Verdict::Ready));
        assert_eq!(answer(&mut pulse, began, Ok(())).2, Verdict::Ready);
        let other = answer(&mut pulse, began, Err("hm"));
        assert!(matches!(other.2, Verdict::Dead(_) | Verdict::NotReady(_)), "the second in a row: {other:?}");
    }

    #[test]
    fn without_probes_a_connection_counts_and_without_ports_a_second_of_life() {
        let began = Instant::now();
        let mut pulse = Pulse::new(&record(ContainerRecord::default(), &[80, 81]), began);
        assert_eq!(answer(&mut pulse, began, Ok(())), ("80".into(), 0.0, Verdict::Ready));
        let mut pulse = Pulse::new(&record(ContainerRecord::default(), &[]), began);
        assert_eq!(answer(&mut pulse, began, Ok(())), ("life".into(), 1.0, Verdict::Ready));
    }

    #[test]
    fn one_that_never_becomes_ready_is_asked_less_and_less() {
        let began = Instant::now();
        let mut pulse = Pulse::new(&record(ContainerRecord::default(), &[80]), began);
        let times: Vec<f32> = (0..400).map(|_| answer(&mut pulse, began, Err("no")).1).collect();
        let between = |from: f32, to: f32| times.iter().filter(|time| (from..to).contains(*time)).count();
        assert_eq!((between(0.0, 2.0), between(4.0, 6.0), between(20.0, 22.0), between(70.0, 72.0)), (40, 20, 4, 1));
    }
}
