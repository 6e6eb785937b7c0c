//! Members, indices and calls.
//!
//! Invariant: only a [`Function`] can be called, and a method only on the kind of value that has it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;

use crate::error::{AtOffset, Fault};
use crate::interpreter::Interpreter;
use crate::interpreter::frame::Push;
use crate::interpreter::function::{Function, MacroFunction};
use crate::members;
use crate::syntax::ast::{Access, AccessKind, Arguments, Expression, ExpressionKind};
use crate::value::coerce::{is_truthy, to_number};
use crate::value::{Cycler, Object, Text, Value, json};

impl Interpreter<'_> {
    pub(super) fn access(&mut self, target: &Expression, accesses: &[Access]) -> Result<Value, Fault> {
        let mut value = self.evaluate(target)?;
        let mut position = 0;
        while let Some(access) = accesses.get(position) {
            position += 1;
            let key = match &access.kind {
                AccessKind::Member(name) => Value::Text(name.clone()),
                AccessKind::Index(index) => self.evaluate(index)?,
                AccessKind::Call(arguments) => {
                    let name = || path_name(target, &accesses[..position - 1]);
                    let mut values = Vec::new();
                    self.append_arguments(&mut values, arguments)?;
                    value = self.call(&value, values, &name).at(access.at)?;
                    continue;
                }
            };
            let next_call = accesses.get(position).and_then(|next| match &next.kind {
                AccessKind::Call(arguments) => Some(arguments),
                AccessKind::Member(_) | AccessKind::Index(_) => None,
            });
            let method = match (next_call, &key) {
                (Some(arguments), Value::Text(name)) => members::method(&value, name).map(|method| (method, arguments)),
                _ => None,
            };
            // A method that is called at once need not become a value first.
            value = if let Some((method, arguments)) = method {
                position += 1;
                let mut values = Vec::new();
                self.append_arguments(&mut values, arguments)?;
                self.meter.charge(1)?;
                members::invoke(&value, method, &values, self.meter).at(access.at)?
            } else {
                members::lookup(&value, &key, self.meter).at(access.at)?
            };
        }
        Ok(value)
    }

    /// Evaluates arguments; keyword arguments become one map at the end.
    pub(super) fn append_arguments(&mut self, values: &mut Vec<Value>, arguments: &Arguments) -> Result<(), Fault> {
        for argument in &arguments.positional {
            values.push(self.evaluate(argument)?);
        }
        if !arguments.keywords.is_empty() {
            let keywords = self.entries(&arguments.keywords)?;
            values.push(Value::Object(Rc::new(Object::keywords(keywords))));
        }
        Ok(())
    }

    fn call(&mut self, callee: &Value, arguments: Vec<Value>, name: &dyn Fn() -> String) -> Result<Value, Fault> {
        let Value::Function(function) = callee else {
            let fault = if is_truthy(callee) {
                Fault::render(format!("`{}` was called, and it is {}, not a function", name(), callee.kind()))
            } else {
                Fault::render(format!("`{}` was called, and it is undefined or empty", name()))
            };
            return Err(fault.hint(
                "functions are macros of this template, the globals and the methods of strings, lists and numbers",
            ));
        };
        self.meter.charge(1)?;
        match &**function {
            Function::Macro(function) => self.call_macro(function, arguments),
            Function::Range => self.range(&arguments),
            Function::Cycler => {
                let cycler = Cycler { items: arguments, next: Cell::new(0), current: RefCell::new(Value::Null) };
                Ok(Value::Cycler(Rc::new(cycler)))
            }
            Function::Joiner => {
                let separator = arguments.into_iter().next().filter(is_truthy).unwrap_or_else(|| Value::from(","));
                Ok(Value::Function(Rc::new(Function::Join { separator, is_first: Cell::new(true) })))
            }
            Function::Join { separator, is_first } => {
                Ok(if is_first.replace(false) { Value::from("") } else { separator.clone() })
            }
            Function::Method { receiver, name } => members::invoke(receiver, name, &arguments, self.meter),
            Function::Host { name, function } => {
                let converted: Result<Vec<_>, Fault> = arguments
                    .iter()
                    .map(|argument| Ok(json::to_json(argument, self.meter)?.unwrap_or_default()))
                    .collect();
                let result = function.call(&converted?).map_err(|error| Fault::render(format!("`{name}`: {error}")))?;
                Ok(json::from_json(&result))
            }
        }
    }

    fn call_macro(&mut self, function: &MacroFunction, arguments: Vec<Value>) -> Result<Value, Fault> {
        let definition = &function.definition;
        let (positional, keywords) = assign_arguments(&definition.parameters, arguments, |extra| {
            definition.keywords.get(extra).map(|(name, _)| name.clone())
        });
        self.scope.push(if function.captured.is_some() { Push::Isolated } else { Push::Macro });
        for (name, value) in function.captured.iter().flatten() {
            self.scope.bind(name, value.clone(), true);
        }
        if let Some(caller) = keywords.get("caller") {
            self.scope.bind(&Text::from("caller"), caller.clone(), false);
        }
        for (name, value) in definition.parameters.iter().zip(positional) {
            self.scope.bind(name, value, true);
        }
        for (name, default) in &definition.keywords {
            let value = match keywords.get(name) {
                Some(value) => value.clone(),
                None => self.evaluate(default)?,
            };
            self.scope.bind(name, value, false);
        }
        self.meter.enter()?;
        let text = self.capture(&definition.body)?;
        self.meter.leave();
        self.scope.pop();
        Ok(Value::Safe(text.into()))
    }

    /// `range(stop)`, `range(start, stop)`, `range(start, stop, step)`.
    fn range(&self, arguments: &[Value]) -> Result<Value, Fault> {
        let argument = |index: usize| arguments.get(index).cloned().unwrap_or_default();
        let number = |value: Value| to_number(&value, self.meter);
        let (start, stop) = match argument(1) {
            Value::Undefined => (0.0, number(argument(0))?),
            stop => (number(argument(0))?, number(stop)?),
        };
        let step = if is_truthy(&argument(2)) && !argument(1).is_undefined() { number(argument(2))? } else { 1.0 };
        let mut items = Vec::new();
        let mut next = start;
        while if step > 0.0 { next < stop } else { next > stop } {
            self.meter.charge_items(1)?;
            items.push(Value::Number(next));
            next += step;
        }
        Ok(Value::list(items))
    }
}

/// Spreads the arguments of a call over `parameters` as Nunjucks' macros do: a missing positional one is taken from the keywords,
/// and one too many becomes the keyword that `extra_name` gives for it.
pub(crate) fn assign_arguments(
    parameters: &[Text],
    mut arguments: Vec<Value>,
    extra_name: impl Fn(usize) -> Option<Text>,
) -> (Vec<Value>, IndexMap<Text, Value>) {
    let mut keywords = IndexMap::new();
    if let Some(Value::Object(last)) = arguments.last()
        && last.is_keywords
    {
        keywords = last.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        arguments.pop();
    }
    for (extra, value) in arguments.drain(arguments.len().min(parameters.len())..).enumerate() {
        if let Some(name) = extra_name(extra) {
            keywords.insert(name, value);
        }
    }
    for name in &parameters[arguments.len()..] {
        arguments.push(keywords.shift_remove(name).unwrap_or_default());
    }
    (arguments, keywords)
}

/// What was called, as it was written, for messages.
fn path_name(target: &Expression, accesses: &[Access]) -> String {
    let mut name = match &target.kind {
        ExpressionKind::Name(name) => name.to_string(),
        _ => "the expression".to_owned(),
    };
    for access in accesses {
        match &access.kind {
            AccessKind::Member(member) => {
                name.push('.');
                name.push_str(member);
            }
            AccessKind::Index(_) => name.push_str("[…]"),
            AccessKind::Call(_) => name.push_str("(…)"),
        }
    }
    name
}
