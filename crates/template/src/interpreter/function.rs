//! What can be called.
//!
//! Invariant: a function is one of these; none of them gives access to its own code, its scope or the host.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use crate::engine::HostFunction;
use crate::syntax::ast::Macro;
use crate::value::{Text, Value};

#[derive(Debug)]
pub(crate) enum Function {
    /// The globals of Nunjucks.
    Range,
    Cycler,
    Joiner,
    /// What `joiner()` gives: nothing the first time, the separator after that.
    Join {
        separator: Value,
        is_first: Cell<bool>,
    },
    Macro(MacroFunction),
    /// A built-in method, bound to its value.
    Method {
        receiver: Value,
        name: &'static str,
    },
    /// Registered by the caller of the engine.
    Host {
        name: Text,
        function: HostFunction,
    },
}

#[derive(Debug)]
pub(crate) struct MacroFunction {
    pub(crate) definition: Arc<Macro>,
    /// For the body of a `call` block: the loop variables and parameters where it stands.
    pub(crate) captured: Option<Vec<(Text, Value)>>,
}

impl Function {
    fn name(&self) -> &str {
        match self {
            Self::Range => "range",
            Self::Cycler => "cycler",
            Self::Joiner => "joiner",
            Self::Join { .. } => "",
            Self::Macro(function) => &function.definition.name,
            Self::Method { name, .. } => name,
            Self::Host { name, .. } => name,
        }
    }
}

/// As JavaScript prints functions whose source it does not show.
impl fmt::Display for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "function {}() {{ [native code] }}", self.name())
    }
}
