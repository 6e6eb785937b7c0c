//! How answers look: errors, negotiated forms, tables.

pub mod error;
pub mod negotiate;
pub mod status;
pub mod table;
