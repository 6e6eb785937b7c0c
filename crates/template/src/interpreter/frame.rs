//! Variables of a rendering.
//!
//! Invariant: names resolve as in Nunjucks: frames from the inside out up to the frame of the macro (or template) being run,
//! then the variables of the context. A macro starts a chain of its own, so it sees the context but not its caller's loops; the
//! body of a `call` block runs on the chain of the macro that calls it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::value::{Text, Value};

/// Variables the caller of the engine gives, prepared once for many renderings.
pub(crate) type Variables = HashMap<Text, Value>;

#[derive(Debug, Default)]
struct Frame {
    variables: Vec<Variable>,
    /// Starts a chain: what is below is not seen.
    is_root: bool,
    /// `set` never reaches below this frame.
    isolates_writes: bool,
    /// `set` here also changes the context.
    is_top_level: bool,
}

#[derive(Debug)]
struct Variable {
    name: Text,
    value: Value,
    /// Known where it is used (loop variables, parameters): hides outer variables even while undefined.
    is_lexical: bool,
}

/// What kind of frame to push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Push {
    Loop,
    /// A chain of its own.
    Macro,
    /// On top of the chain, keeping its writes.
    Isolated,
}

#[derive(Debug)]
pub(crate) struct Scope {
    frames: Vec<Frame>,
    context: Rc<Variables>,
    /// Variables that the template set at its top level, over those of the context.
    overlay: Variables,
}

impl Scope {
    pub(crate) fn new(context: Rc<Variables>) -> Self {
        let root = Frame { is_root: true, is_top_level: true, ..Frame::default() };
        Self { frames: vec![root], context, overlay: Variables::new() }
    }

    pub(crate) fn push(&mut self, push: Push) {
        self.frames.push(Frame {
            is_root: push == Push::Macro,
            isolates_writes: push == Push::Isolated,
            ..Frame::default()
        });
    }

    pub(crate) fn pop(&mut self) {
        self.frames.pop();
    }

    /// The value of a name, or none if neither a frame nor the context knows it.
    pub(crate) fn lookup(&self, name: &str) -> Option<Value> {
        for frame in self.frames.iter().rev() {
            let found = frame.variables.iter().find(|variable| &*variable.name == name);
            if let Some(variable) = found.filter(|variable| variable.is_lexical || !variable.value.is_undefined()) {
                return Some(variable.value.clone());
            }
            if frame.is_root {
                break;
            }
        }
        self.overlay.get(name).or_else(|| self.context.get(name)).cloned()
    }

    /// Binds a name in the innermost frame.
    pub(crate) fn bind(&mut self, name: &Text, value: Value, is_lexical: bool) {
        if let Some(frame) = self.frames.last_mut() {
            frame.bind(name, value, is_lexical);
        }
    }

    /// What `set` does: changes the variable where it is defined, else defines it in the innermost frame.
    pub(crate) fn assign(&mut self, name: &Text, value: Value) {
        if self.is_top_level() {
            self.overlay.insert(name.clone(), value.clone());
        }
        let mut target = None;
        for (index, frame) in self.frames.iter().enumerate().rev() {
            let is_defined =
                |variable: &Variable| variable.name == *name && (variable.is_lexical || !variable.value.is_undefined());
            if frame.variables.iter().any(is_defined) {
                target = Some(index);
                break;
            }
            let is_innermost = index + 1 == self.frames.len();
            if frame.is_root || (is_innermost && frame.isolates_writes) {
                break;
            }
        }
        let index = target.unwrap_or(self.frames.len() - 1);
        if let Some(frame) = self.frames.get_mut(index) {
            frame.bind(name, value, false);
        }
    }

    /// Defines a macro where it stands; outside of loops, also for the whole template and its macros.
    pub(crate) fn define_macro(&mut self, name: &Text, value: Value) {
        if self.frames.last().is_some_and(|frame| frame.is_root) {
            self.overlay.insert(name.clone(), value.clone());
        }
        self.bind(name, value, true);
    }

    fn is_top_level(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.is_top_level)
    }

    /// The lexical variables in sight, innermost last, for the body of a `call` block.
    pub(crate) fn lexical_variables(&self) -> Vec<(Text, Value)> {
        let start = self.frames.iter().rposition(|frame| frame.is_root).unwrap_or(0);
        let variables = self.frames[start..].iter().flat_map(|frame| &frame.variables);
        variables
            .filter(|variable| variable.is_lexical)
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect()
    }
}

impl Frame {
    fn bind(&mut self, name: &Text, value: Value, is_lexical: bool) {
        match self.variables.iter_mut().find(|variable| variable.name == *name) {
            Some(variable) => {
                variable.value = value;
                variable.is_lexical |= is_lexical;
            }
            None => self.variables.push(Variable { name: name.clone(), value, is_lexical }),
        }
    }
}
