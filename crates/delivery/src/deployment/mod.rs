//! Deployments: one workload in one environment.
//!
//! Observe, plan, act: what is there and what the release asks for go into `plan::rollout`, and nothing is done that the plan
//! which comes out, or an earlier approved one, does not list.

mod controller;
mod instance;
mod permission;

pub(crate) use controller::DeploymentController;
