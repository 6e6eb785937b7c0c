//! What was done, by whom: append-only and hash-chained.
//!
//! An [`Entry`] is written in the same batch as what it tells of, so there is no change without its line and no line without
//! its change. The store numbers and chains the rows ([`AuditRow::digest_after`]); here they are made, read, checked and
//! exported. Entries name things and fields, never values: nothing secret can get into the trail.
#![warn(missing_docs)]

mod chain;
mod detail;
mod entry;
mod trail;

pub use causeway_store::AuditRow;
pub use chain::{Broken, Fault, Verified, Verifier, verify};
pub use detail::Detail;
pub use entry::{Entry, Verb};
pub use trail::{Trail, TrailError, verify_lines};
