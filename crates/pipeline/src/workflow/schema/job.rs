//! What a job may say.

use super::{
    BOOLEAN, Definition, FILLED, FILLED_OR_LIST, LIST_OF_FILLED, Mapping, NUMBER, Property, SCALAR, Shape, TEXT,
    closed, open, optional, place, required, step,
};

const NAME: Property = optional("name", Definition::at(place::STRATEGY, Shape::Text));
const NEEDS: Property = optional("needs", FILLED_OR_LIST);
const IF: Property = optional("if", Definition::at(place::JOB_IF, Shape::Text));
const PERMISSIONS: Property = optional("permissions", super::workflow::PERMISSIONS);
const CONCURRENCY: Property = optional(
    "concurrency",
    Definition::at(place::STRATEGY, Shape::OneOf(&[Shape::Filled, Shape::Mapping(super::workflow::CONCURRENCY)])),
);
const STRATEGY: Property = optional(
    "strategy",
    Definition::at(
        place::NEEDS,
        Shape::Mapping(&closed(&[
            optional("fail-fast", BOOLEAN),
            optional("max-parallel", NUMBER),
            optional("matrix", Definition::of(Shape::Mapping(MATRIX))),
        ])),
    ),
);

const MATRIX: &Mapping = &Mapping {
    properties: &[optional("include", MATRIX_FILTER), optional("exclude", MATRIX_FILTER)],
    others: Some(Definition::of(Shape::List(&Definition::of(Shape::Any)))),
};
const MATRIX_FILTER: Definition =
    Definition::of(Shape::List(&Definition::of(Shape::Mapping(&open(Definition::of(Shape::Any))))));

const RUNS_ON: Definition = Definition::at(
    place::STRATEGY,
    Shape::OneOf(&[
        Shape::Filled,
        Shape::List(&FILLED),
        Shape::Mapping(&closed(&[optional("group", FILLED), optional("labels", FILLED_OR_LIST)])),
    ]),
);

const CONTAINER_ENV: Definition = Definition::of(Shape::Mapping(&open(Definition::at(place::RUNNER, Shape::Text))));
const CREDENTIALS: Definition = Definition::at(
    place::CREDENTIALS,
    Shape::Mapping(&closed(&[optional("username", FILLED), optional("password", FILLED)])),
);
const LIST: Definition = Definition::of(LIST_OF_FILLED);

const CONTAINER: &Mapping = &closed(&[
    optional("image", FILLED),
    optional("options", TEXT),
    optional("env", CONTAINER_ENV),
    optional("ports", LIST),
    optional("volumes", LIST),
    optional("credentials", CREDENTIALS),
]);

const SERVICE: &Mapping = &closed(&[
    optional("image", FILLED),
    optional("options", TEXT),
    optional("env", CONTAINER_ENV),
    optional("ports", LIST),
    optional("volumes", LIST),
    optional("credentials", CREDENTIALS),
    optional("entrypoint", TEXT),
    optional("command", TEXT),
]);

const SERVICES: Definition = Definition::at(
    place::STRATEGY,
    Shape::Mapping(&open(Definition::at(place::STRATEGY, Shape::OneOf(&[Shape::Filled, Shape::Mapping(SERVICE)])))),
);

const ENVIRONMENT: Definition = Definition::at(
    place::STRATEGY,
    Shape::OneOf(&[
        Shape::Text,
        Shape::Mapping(&closed(&[
            required("name", Definition::at(place::STRATEGY, Shape::Text)),
            optional("url", Definition::at(place::RUNNER_WITHOUT_SECRETS, Shape::Text)),
            optional("deployment", BOOLEAN),
        ])),
    ]),
);

const SNAPSHOT: Definition = Definition::of(Shape::OneOf(&[
    Shape::Filled,
    Shape::Mapping(&closed(&[
        required("image-name", FILLED),
        optional("if", Definition::at(place::STRATEGY, Shape::Text)),
        optional("version", FILLED),
    ])),
]));

const DEFAULTS: Definition = Definition::of(Shape::Mapping(&closed(&[optional(
    "run",
    Definition::at(
        place::JOB_DEFAULTS,
        Shape::Mapping(&closed(&[optional("shell", FILLED), optional("working-directory", FILLED)])),
    ),
)])));

const STEPS_JOB: &Mapping = &closed(&[
    NEEDS,
    IF,
    STRATEGY,
    NAME,
    required("runs-on", RUNS_ON),
    optional("timeout-minutes", Definition::at(place::STRATEGY, Shape::Number)),
    optional("cancel-timeout-minutes", Definition::at(place::STRATEGY, Shape::Number)),
    optional("continue-on-error", Definition::at(place::STRATEGY, Shape::Boolean)),
    optional("container", Definition::at(place::STRATEGY, Shape::OneOf(&[Shape::Text, Shape::Mapping(CONTAINER)]))),
    optional("services", SERVICES),
    optional("env", Definition::at(place::JOB_ENV, Shape::Mapping(&open(TEXT)))),
    optional("environment", ENVIRONMENT),
    PERMISSIONS,
    CONCURRENCY,
    optional("outputs", Definition::of(Shape::Mapping(&open(Definition::at(place::RUNNER, Shape::Text))))),
    optional("defaults", DEFAULTS),
    optional("steps", step::STEPS),
    optional("snapshot", SNAPSHOT),
]);

const CALL_JOB: &Mapping = &closed(&[
    NAME,
    required("uses", FILLED),
    optional("with", Definition::of(Shape::Mapping(&open(Definition::at(place::STRATEGY, SCALAR))))),
    optional(
        "secrets",
        Definition::of(Shape::OneOf(&[
            Shape::Mapping(&open(Definition::at(place::JOB_ENV, SCALAR))),
            Shape::Words(&["inherit"]),
        ])),
    ),
    NEEDS,
    IF,
    PERMISSIONS,
    CONCURRENCY,
    STRATEGY,
]);

/// A job of steps, or one that calls a reusable workflow.
pub(super) const JOB: Definition = Definition::of(Shape::OneOf(&[Shape::Mapping(STEPS_JOB), Shape::Mapping(CALL_JOB)]));
