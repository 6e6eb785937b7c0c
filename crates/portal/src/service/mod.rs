//! Services: what runs under one name, with all that belongs to it. A workload, its application and its catalog entry share a name.

mod belongings;
mod panel;
mod summary;

pub(crate) use belongings::{Belongings, kinds, newest};
pub(crate) use panel::{application, claims, deployments, history, mask, running};
pub(crate) use summary::{Summary, rolled_out, summaries};
