//! A whole run, driven in this process.
//!
//! What must survive a restart goes through [`Journal`]: a successor reads the progress back, calls [`Progress::requeue`] and drives on at
//! the first unfinished job.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::job::{JobOrder, run_job};
use super::process::Processes;
use super::result::JobResult;
use super::room::Room;
use super::settings::Settings;
use super::sink::Sink;
use super::source::Source;
use crate::plan::{Action, Assignment, InstancePath, Plan, Progress, advance};

/// Keeps what must outlive this process.
#[async_trait]
pub trait Journal: Send + Sync {
    /// The run has come this far. Called before anything that it says is started, so that a successor finds what may be running.
    async fn record(&self, progress: &Progress);

    /// A job has ended; its room is removed afterwards.
    async fn leave_room(&self, assignment: &Assignment, room: &Room, result: &JobResult);
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoJournal;

#[async_trait]
impl Journal for NoJournal {
    async fn record(&self, _progress: &Progress) {}

    async fn leave_room(&self, _assignment: &Assignment, _room: &Room, _result: &JobResult) {}
}

/// A run to drive.
pub struct RunOrder<'a> {
    /// The run.
    pub plan: &'a Plan<'a>,
    /// Where its files come from.
    pub source: &'a Source,
    /// A folder for its rooms and artifacts; the caller removes it.
    pub folder: &'a Path,
    /// What the owner of the runner decides.
    pub settings: &'a Settings,
    /// How its processes start.
    pub processes: &'a dyn Processes,
    /// Who is told.
    pub sink: &'a dyn Sink,
    /// Who keeps the progress.
    pub journal: &'a dyn Journal,
    /// Stops it.
    pub stop: CancellationToken,
}

/// Drives a run from `progress` to its end. Rooms are removed as their jobs end.
///
/// # Errors
/// The run cannot begin; see [`advance`].
pub async fn run_plan(order: &RunOrder<'_>, progress: &mut Progress) -> Result<Vec<(InstancePath, JobResult)>, String> {
    let (mut results, mut waiting): (Vec<(InstancePath, JobResult)>, Vec<Arc<Assignment>>) = (Vec::new(), Vec::new());
    let mut running = FuturesUnordered::new();
    let mut stops: Vec<(InstancePath, CancellationToken)> = Vec::new();
    loop {
        let actions = advance(order.plan, progress)?;
        order.journal.record(progress).await;
        for action in actions {
            match action {
                Action::Start(assignment) => waiting.push(Arc::from(assignment)),
                Action::Stop(path) => {
                    stops.iter().filter(|(other, _)| *other == path).for_each(|(_, stop)| stop.cancel())
                }
            }
        }
        while running.len() < order.settings.parallel_jobs && !waiting.is_empty() {
            let assignment = waiting.remove(0);
            let stop = order.stop.child_token();
            stops.push((assignment.path.clone(), stop.clone()));
            running.push(run_in_room(order, assignment, stop));
        }
        let Some((path, result)) = running.next().await else {
            return Ok(results);
        };
        stops.retain(|(other, _)| *other != path);
        progress.complete(&path, result.conclusion, &result.outputs);
        results.push((path, result));
        if order.stop.is_cancelled() {
            progress.cancel();
        }
    }
}

async fn run_in_room(
    order: &RunOrder<'_>,
    assignment: Arc<Assignment>,
    stop: CancellationToken,
) -> (InstancePath, JobResult) {
    let folder: PathBuf = order.folder.join("rooms").join(assignment.path.to_string().replace('/', "--"));
    let room = order.processes.arrange(folder, order.source.repository.clone());
    let artifacts = order.folder.join("artifacts");
    if room.root.exists() {
        // An earlier attempt was cut off; what it left may still run.
        order.processes.clear(&room).await;
        remove(&room);
    }
    let job = JobOrder {
        plan: order.plan,
        assignment: &assignment,
        room: &room,
        source: order.source,
        artifacts: &artifacts,
        settings: order.settings,
        processes: order.processes,
        sink: order.sink,
        stop,
    };
    let result = run_job(&job).await;
    order.journal.leave_room(&assignment, &room, &result).await;
    remove(&room);
    (assignment.path.clone(), result)
}

fn remove(room: &Room) {
    if let Err(error) = std::fs::remove_dir_all(&room.root) {
        tracing::debug!(room = %room.root.display(), %error, "the room of a job was not removed");
    }
}
