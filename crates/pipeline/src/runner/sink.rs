//! Who is told what happens while a job runs.

use super::result::{JobResult, StepResult};
use crate::plan::Assignment;

/// Hears of everything, in order, from one job at a time for each job. Must not block.
pub trait Sink: Send + Sync {
    /// A job begins.
    fn job_started(&self, job: &Assignment);
    /// A step begins; steps are counted from 0 within their job.
    fn step_started(&self, job: &Assignment, step: usize, name: &str);
    /// A step says something, already masked.
    fn line(&self, job: &Assignment, step: usize, line: &str);
    /// A step has ended, also one that was skipped.
    fn step_ended(&self, job: &Assignment, step: usize, result: &StepResult);
    /// A job has ended.
    fn job_ended(&self, job: &Assignment, result: &JobResult);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoSink;

impl Sink for NoSink {
    fn job_started(&self, _job: &Assignment) {}
    fn step_started(&self, _job: &Assignment, _step: usize, _name: &str) {}
    fn line(&self, _job: &Assignment, _step: usize, _line: &str) {}
    fn step_ended(&self, _job: &Assignment, _step: usize, _result: &StepResult) {}
    fn job_ended(&self, _job: &Assignment, _result: &JobResult) {}
}
