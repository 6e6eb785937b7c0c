//! One object by name.

use axum::response::Response;
use causeway_resources::Error;

use super::{Ask, present};
use crate::answer::negotiate::{Form, Shape, Syntax};
use crate::answer::status::Status;

pub(super) fn serve(ask: Ask) -> Result<Response, Status> {
    let definition = &ask.entry.definition;
    if ask.target.subresource == "status" && !definition.status_subresource {
        return Err(Status::no_path());
    }
    let key = ask.app.resources.stored_key(&ask.entry, ask.namespace(), &ask.target.name);
    let record = ask.app.resources.get(&key).map_err(|error| match error {
        // the name as it was asked for, not as it might be stored
        Error::NotFound { resource, .. } => Error::NotFound { resource, name: ask.target.name.clone() },
        other => other,
    })?;
    if ask.form == (Form { shape: Shape::Objects, syntax: Syntax::Json }) {
        return Ok(present::text(200, "application/json", present::stored(&ask, &record)?.into_owned()));
    }
    present::one(&ask, 200, record.object().unwrap_or_default(), &[])
}
