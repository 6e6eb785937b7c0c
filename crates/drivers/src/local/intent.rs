//! What an instance shall be: what was asked for, what waits, what was given up, and what to fall back on. Pure.
//!
//! The invariants: a rollout under way is decided before the next one begins; what was given up is not tried again until
//! something else was asked for, but for a release beside which there is nothing else to run.

use std::sync::Arc;
use std::time::Duration;

use super::record::{GivenUp, InstanceRecord, Target};
use super::rollout::{Phase, Seen, Step, Wish, plan};
use crate::{Instance, InstanceState};

/// Of one instance.
#[derive(Default)]
pub(super) struct Intent {
    /// What has to be known after a restart of the server.
    pub(super) record: InstanceRecord,
    /// What is being rolled out, or was rolled out last.
    target: Option<Arc<Instance>>,
    /// What was rolled out last to the end, as far as it is known.
    stable: Option<Arc<Instance>>,
    /// What waits until the rollout under way is decided.
    next: Option<Arc<Instance>>,
}

/// What replicas are started from.
enum Source {
    Instance(Arc<Instance>),
    /// It only runs on; its digest.
    Unknown(String),
}

impl Intent {
    /// What another server left on record; what a start takes is not part of it.
    pub(super) fn inherited(record: InstanceRecord) -> Self {
        Self { record, ..Self::default() }
    }

    /// Takes a wish: at once, or when the rollout under way is decided.
    pub(super) fn accept(&mut self, instance: Arc<Instance>) {
        self.record.host.clone_from(&instance.host);
        let is_same = self.target.as_ref().is_some_and(|target| target.digest == instance.digest);
        if is_same || !self.is_rolling() {
            self.next = None;
            self.aim_at(instance);
        } else {
            self.next = Some(instance);
        }
    }

    /// Goes on to what waits, if the rollout before it is decided. True if there is something new.
    pub(super) fn go_on(&mut self) -> bool {
        if self.is_rolling() {
            return false;
        }
        let next = self.next.take();
        let is_new = next.is_some();
        next.into_iter().for_each(|next| self.aim_at(next));
        is_new
    }

    fn aim_at(&mut self, instance: Arc<Instance>) {
        if self.has_settled(&instance.digest) {
            self.stable = Some(Arc::clone(&instance));
        }
        if !self.has_failed(&instance.digest) {
            self.record.failed = None;
        }
        self.record.wanted = Some(Target::of(&instance));
        self.target = Some(instance);
    }

    /// What is being rolled out, or was rolled out last.
    pub(super) fn target(&self) -> Option<&Arc<Instance>> {
        self.target.as_ref()
    }

    /// Something was asked for, be it of another server.
    pub(super) fn is_known(&self) -> bool {
        self.record.wanted.is_some()
    }

    /// A rollout was begun and not decided yet.
    pub(super) fn is_rolling(&self) -> bool {
        let Some(target) = &self.target else { return false };
        !self.has_settled(&target.digest) && !self.has_failed(&target.digest)
    }

    fn has_settled(&self, digest: &str) -> bool {
        self.record.settled.as_ref().is_some_and(|settled| settled.digest == digest)
    }

    fn has_failed(&self, digest: &str) -> bool {
        self.record.failed.as_ref().is_some_and(|failed| failed.digest == digest)
    }

    /// What can be done now.
    pub(super) fn steps(&self, seen: &[Seen], patience: Duration) -> Vec<Step> {
        let (Some(target), Some(source)) = (&self.target, self.source(seen)) else { return Vec::new() };
        let (digest, is_startable) = match &source {
            Source::Instance(instance) => (&instance.digest, true),
            Source::Unknown(digest) => (digest, false),
        };
        let wish = Wish {
            digest,
            replicas: target.replicas,
            is_startable,
            // what is fallen back on was rolled out once
            is_settled: self.has_settled(&target.digest) || *digest != target.digest,
            given_up: self.has_failed(&target.digest).then_some(&target.digest),
            patience,
        };
        plan(&wish, seen)
    }

    /// What a replica is started from now.
    pub(super) fn startable(&self, seen: &[Seen]) -> Option<Arc<Instance>> {
        match self.source(seen)? {
            Source::Instance(instance) => Some(instance),
            Source::Unknown(_) => None,
        }
    }

    /// The target, or what runs instead of it after it was given up.
    fn source(&self, seen: &[Seen]) -> Option<Source> {
        let target = self.target.as_ref()?;
        if !self.has_failed(&target.digest) {
            return Some(Source::Instance(Arc::clone(target)));
        }
        if let Some(stable) = self.stable.as_ref().filter(|stable| stable.digest != target.digest) {
            return Some(Source::Instance(Arc::clone(stable)));
        }
        let others = seen.iter().filter(|other| other.phase != Phase::Stopping && other.digest != target.digest);
        let other = others.max_by_key(|other| (other.phase == Phase::Ready, self.has_settled(&other.digest)));
        Some(match other {
            Some(other) => Source::Unknown(other.digest.clone()),
            None => Source::Instance(Arc::clone(target)),
        })
    }

    /// The target does not become ready.
    pub(super) fn give_up(&mut self, reason: String) {
        if let Some(target) = &self.target {
            self.record.failed = Some(GivenUp { digest: target.digest.clone(), reason });
        }
    }

    /// The target runs as it should.
    pub(super) fn settle(&mut self) {
        if let Some(target) = &self.target {
            self.record.settled = Some(Target::of(target));
            self.record.failed = None;
            self.stable = Some(Arc::clone(target));
        }
    }

    /// Nothing is wanted any more.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// How far it is, but for the replicas.
    pub(super) fn describe(&self) -> InstanceState {
        let asked = self.next.as_ref().map(|next| Target::of(next));
        let digest = asked.or_else(|| self.record.wanted.clone()).map(|asked| asked.digest).unwrap_or_default();
        let failed = self.record.failed.as_ref().filter(|failed| failed.digest == digest);
        let settled = self.record.settled.as_ref().filter(|settled| failed.is_some() || settled.digest == digest);
        InstanceState {
            release: settled.map(|settled| settled.release.clone()),
            failed: failed.map(|failed| failed.reason.clone()),
            digest,
            ..InstanceState::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InstanceId;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn instance(digest: &str) -> Arc<Instance> {
        Arc::new(Instance {
            id: InstanceId { namespace: "default".into(), workload: "shop".into(), environment: "dev".into() },
            uid: "u-1".into(),
            release: format!("release {digest}"),
            artifact: "/artifact".into(),
            processes: Default::default(),
            replicas: 1,
            host: None,
            grace: Duration::from_secs(1),
            digest: digest.into(),
        })
    }

    fn replica(digest: &str, phase: Phase) -> Seen {
        let (uid, digest) = (digest.to_owned(), digest.to_owned());
        Seen { uid, index: 0, digest, phase, crashes: 0, was_ready: false, age: Duration::ZERO }
    }

    fn settled(digest: &str) -> Intent {
        let mut intent = Intent::default();
        intent.accept(instance(digest));
        intent.settle();
        intent
    }

    #[test]
    fn a_wish_waits_for_the_rollout_before_it_and_the_last_one_counts() {
        let mut intent = settled("a");
        for digest in ["b", "c", "d"] {
            intent.accept(instance(digest));
        }
        assert!(!intent.go_on());
        let state = intent.describe();
        assert_eq!((state.digest.as_str(), state.release, state.failed), ("d", None, None));
        assert_eq!(intent.target().unwrap().digest, "b");
        intent.give_up("it crashed".into());
        assert_eq!(intent.describe().failed, None, "that was another one");
        assert!(intent.go_on() && intent.is_rolling());
        assert_eq!(intent.target().unwrap().digest, "d");
        assert_eq!(intent.record.failed, None);
    }

    #[test]
    fn what_failed_is_replaced_by_what_ran_before_until_something_else_is_asked_for() {
        let mut intent = settled("a");
        intent.accept(instance("b"));
        intent.give_up("it crashed".into());
        let state = intent.describe();
        assert_eq!((state.release.as_deref(), state.failed.as_deref()), (Some("release a"), Some("it crashed")));
        for _ in 0..2 {
            assert_eq!(intent.startable(&[]).unwrap().digest, "a");
            assert_eq!(intent.steps(&[], PATIENCE), [Step::Start { index: 0 }]);
            intent.accept(instance("b"));
            assert!(!intent.is_rolling());
        }
        intent.accept(instance("a"));
        assert_eq!((intent.describe().failed, intent.is_rolling()), (None, false));
    }

    #[test]
    fn after_a_restart_of_the_server_what_runs_stays_and_where_nothing_does_what_failed_is_tried() {
        let mut before = settled("a");
        before.accept(instance("b"));
        before.give_up("it crashed".into());
        let mut intent = Intent::inherited(before.record);
        assert!(intent.steps(&[replica("a", Phase::Ready)], PATIENCE).is_empty(), "nothing is known of it");
        intent.accept(instance("b"));
        let seen = [replica("a", Phase::Ready), replica("b", Phase::Unready)];
        assert_eq!(intent.steps(&seen, PATIENCE), [Step::Stop { uid: "b".into() }]);
        assert!(intent.startable(&seen).is_none());
        assert_eq!(intent.startable(&[]).unwrap().digest, "b");
        assert_eq!(intent.steps(&[], PATIENCE), [Step::Start { index: 0 }]);
        assert_eq!(intent.steps(&[replica("b", Phase::Ready)], PATIENCE), [Step::Settle]);
    }
}
