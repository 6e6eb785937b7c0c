//! Runs nodes and puts their text out.
//!
//! Invariant: every frame that is pushed is popped on the way that goes on; after a failure the interpreter is not used again.

use std::rc::Rc;

use crate::error::{AtOffset, Fault};
use crate::interpreter::Interpreter;
use crate::interpreter::frame::Push;
use crate::interpreter::function::{Function, MacroFunction};
use crate::members;
use crate::syntax::ast::{Body, Expression, For, Node, Switch};
use crate::value::coerce::{append, is_truthy, strictly_equal, to_number};
use crate::value::{Text, Value, text};

impl Interpreter<'_> {
    pub(super) fn run(&mut self, body: &Body) -> Result<(), Fault> {
        self.meter.enter()?;
        for node in &body.nodes {
            self.run_node(node)?;
        }
        self.meter.leave();
        Ok(())
    }

    fn run_node(&mut self, node: &Node) -> Result<(), Fault> {
        self.meter.charge(1)?;
        match node {
            Node::Text(range) => {
                let text = &self.source[range.clone()];
                self.meter.charge_text(text.len())?;
                self.out.push_str(text);
                self.meter.check_output(self.out.len()).at(range.start as u32)
            }
            Node::Output(expression) => self.put_out(expression),
            Node::If { branches, otherwise } => self.run_if(branches, otherwise.as_ref()),
            Node::For(node) => self.run_for(node),
            Node::Set { names, value } => {
                let value = self.evaluate(value)?;
                for name in names {
                    self.scope.assign(name, value.clone());
                }
                Ok(())
            }
            Node::Macro(definition) => {
                let function = Function::Macro(MacroFunction { definition: definition.clone(), captured: None });
                self.scope.define_macro(&definition.name, Value::Function(Rc::new(function)));
                Ok(())
            }
            Node::Switch(node) => self.run_switch(node),
            Node::Block(body) => {
                self.scope.push(Push::Isolated);
                self.run(body)?;
                self.scope.pop();
                Ok(())
            }
        }
    }

    fn put_out(&mut self, expression: &Expression) -> Result<(), Fault> {
        let value = self.evaluate(expression)?;
        if value.is_nullish() {
            return Ok(());
        }
        append(&mut self.out, &value, self.meter, 0).at(expression.at)
    }

    fn run_if(&mut self, branches: &[(Expression, Body)], otherwise: Option<&Body>) -> Result<(), Fault> {
        for (condition, body) in branches {
            if is_truthy(&self.evaluate(condition)?) {
                return self.run(body);
            }
        }
        otherwise.map_or(Ok(()), |body| self.run(body))
    }

    /// Cases are compared with `===`; one with an empty body goes on to the next, and the last of them to the default.
    fn run_switch(&mut self, node: &Switch) -> Result<(), Fault> {
        let subject = self.evaluate(&node.subject)?;
        for (index, (condition, _)) in node.cases.iter().enumerate() {
            if !strictly_equal(&subject, &self.evaluate(condition)?) {
                continue;
            }
            let body = node.cases[index..].iter().map(|(_, body)| body).find(|body| !body.nodes.is_empty());
            return body.or(node.default.as_ref()).map_or(Ok(()), |body| self.run(body));
        }
        node.default.as_ref().map_or(Ok(()), |body| self.run(body))
    }

    fn run_for(&mut self, node: &For) -> Result<(), Fault> {
        self.scope.push(Push::Loop);
        let items = match self.evaluate(&node.items)? {
            // The one value with an iterator that is no list: its characters.
            Value::Safe(text) => {
                Value::list(text.chars().map(|character| Value::text(character.to_string())).collect())
            }
            items => items,
        };
        let has_run = is_truthy(&items)
            && if node.is_destructuring {
                self.loop_destructuring(node, &items)?
            } else {
                self.loop_single(node, &items)?
            };
        if !has_run && let Some(otherwise) = &node.otherwise {
            for name in &node.names {
                self.scope.bind(name, Value::Undefined, true);
            }
            self.run(otherwise)?;
        }
        self.scope.pop();
        Ok(())
    }

    /// `for item in items`; says whether there was something to go over.
    fn loop_single(&mut self, node: &For, items: &Value) -> Result<bool, Fault> {
        let name = &node.names[0];
        let items = match items {
            Value::Text(text) => Value::list(text::units(text).into_iter().map(Value::from).collect()),
            _ => items.clone(),
        };
        let Value::List(list) = &items else {
            return self.loop_array_like(node, &items);
        };
        let length = list.borrow().len();
        self.meter.charge_items(length)?;
        let mut index = 0;
        // The list can grow or shrink in the body.
        while let Some(item) = { list.borrow().get(index).cloned() } {
            self.scope.bind(name, item, true);
            self.run_iteration(node, index, length)?;
            index += 1;
        }
        Ok(length > 0)
    }

    /// A map with a `length` loops over its members 0, 1, …; anything else over nothing.
    fn loop_array_like(&mut self, node: &For, items: &Value) -> Result<bool, Fault> {
        let Value::Object(object) = items else { return Ok(false) };
        let Some(length) = object.get("length") else { return Ok(false) };
        let length = to_number(length, self.meter)?;
        let mut index = 0;
        while (index as f64) < length {
            let item = object.get(&index.to_string()).cloned().unwrap_or_default();
            self.scope.bind(&node.names[0], item, true);
            self.run_iteration(node, index, length as usize)?;
            index += 1;
        }
        Ok(length != 0.0 && !length.is_nan())
    }

    /// `for a, b in items`: the parts of each item of a list, or key and value of a map.
    fn loop_destructuring(&mut self, node: &For, items: &Value) -> Result<bool, Fault> {
        let Value::List(list) = items else {
            let entries = items.entries();
            self.meter.charge_items(entries.len())?;
            let length = entries.len();
            for (index, (key, value)) in entries.into_iter().enumerate() {
                self.bind_parts(&node.names, vec![Value::Text(key), value]);
                self.run_iteration(node, index, length)?;
            }
            return Ok(length > 0);
        };
        let length = list.borrow().len();
        let mut index = 0;
        while let Some(item) = { list.borrow().get(index).cloned() } {
            if item.is_nullish() {
                return Err(Fault::render(format!("an item of the loop is {}, which has no parts", item.kind()))
                    .at(node.items.at));
            }
            let parts: Result<Vec<Value>, Fault> =
                (0..node.names.len()).map(|part| members::lookup(&item, &Value::from(part), self.meter)).collect();
            self.bind_parts(&node.names, parts?);
            self.run_iteration(node, index, length)?;
            index += 1;
        }
        Ok(length > 0)
    }

    fn bind_parts(&mut self, names: &[Text], parts: Vec<Value>) {
        let mut parts = parts.into_iter();
        for name in names {
            self.scope.bind(name, parts.next().unwrap_or_default(), true);
        }
    }

    fn run_iteration(&mut self, node: &For, index: usize, length: usize) -> Result<(), Fault> {
        self.meter.charge(1)?;
        if self.uses_loop {
            let counter = |number: f64| Value::Number(number);
            let (position, total) = (index as f64, length as f64);
            let entries = [
                ("index", counter(position + 1.0)),
                ("index0", counter(position)),
                ("revindex", counter(total - position)),
                ("revindex0", counter(total - position - 1.0)),
                ("first", Value::Bool(index == 0)),
                ("last", Value::Bool(index + 1 == length)),
                ("length", counter(total)),
            ];
            let entries = entries.into_iter().map(|(key, value)| (Text::from(key), value));
            self.scope.bind(&Text::from("loop"), Value::object(entries), false);
        }
        self.run(&node.body)
    }
}
