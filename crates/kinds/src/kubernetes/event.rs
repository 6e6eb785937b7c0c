//! Something that happened to an object, for people to read. Events go after a while; conditions stay.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Definition, Object, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Body, Flat};
use crate::definition::{flat, strings};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::reference::ObjectReference;
use crate::rule;

/// What happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("involvedObject"))]
pub struct EventBody {
    /// The object that it happened to.
    pub involved_object: ObjectReference,
    /// Why, in one CamelCase word.
    #[serde(skip_serializing_if = "is_unset")]
    pub reason: String,
    /// What happened, in one sentence.
    #[serde(skip_serializing_if = "is_unset")]
    pub message: String,
    /// `Normal` or `Warning`.
    #[serde(skip_serializing_if = "is_unset")]
    pub r#type: String,
    /// How often it happened.
    #[serde(skip_serializing_if = "is_unset")]
    pub count: i32,
    /// When it happened first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_timestamp: Option<Timestamp>,
    /// When it happened last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_timestamp: Option<Timestamp>,
    /// When it happened, to the microsecond.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("format" = "date-time"))]
    pub event_time: String,
    /// What was done or failed, in one word.
    #[serde(skip_serializing_if = "is_unset")]
    pub action: String,
    /// The component that says so.
    #[serde(skip_serializing_if = "is_unset")]
    pub source: EventSource,
    /// The controller that says so.
    #[serde(skip_serializing_if = "is_unset")]
    pub reporting_component: String,
    /// The replica of that controller.
    #[serde(skip_serializing_if = "is_unset")]
    pub reporting_instance: String,
    /// A second object that has to do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related: Option<ObjectReference>,
    /// How often it happened in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<EventSeries>,
}

/// Who says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct EventSource {
    /// The component.
    #[serde(skip_serializing_if = "is_unset")]
    pub component: String,
    /// The machine.
    #[serde(skip_serializing_if = "is_unset")]
    pub host: String,
}

/// The same event several times in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct EventSeries {
    /// How often.
    pub count: i32,
    /// When last, to the microsecond.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("format" = "date-time"))]
    pub last_observed_time: String,
}

impl Body for EventBody {
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Event";
    const PLURAL: &'static str = "events";
}

/// An event.
pub type Event = Flat<EventBody>;

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Last Seen", ".lastTimestamp").of("date"),
        Column::text("Type", ".type"),
        Column::text("Reason", ".reason"),
        Column::text("Kind", ".involvedObject.kind"),
        Column::text("Object", ".involvedObject.name"),
        Column::text("Message", ".message"),
        Column::text("Source", ".source.component").wide(),
        Column::text("First Seen", ".firstTimestamp").of("date").wide(),
        Column::text("Count", ".count").of("integer").wide(),
    ];
    Definition {
        short_names: strings(&["ev"]),
        selectable_fields: strings(&[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "type",
        ]),
        ..flat::<EventBody>(
            "Something that happened to an object, for people to read. Events go after a while.",
            columns,
        )
    }
}

/// An event lies in the namespace of its object; one about an object without a namespace lies in `default`.
fn validate(object: &Object, _old: Option<&Object>) -> Vec<FieldError> {
    let involved = rule::value_at(object, "involvedObject.namespace");
    let wanted = match involved.as_str().unwrap_or_default() {
        "" => return Vec::new(),
        namespace => namespace,
    };
    let fits = object.namespace().is_empty() || object.namespace() == wanted;
    let detail = "does not match the namespace of the event";
    if fits { Vec::new() } else { vec![FieldError::invalid("involvedObject.namespace", involved, detail)] }
}
