//! The door to the interpreter: settings, compiled templates and contexts.
//!
//! Invariant: an engine holds no state of a rendering; the same engine, template and context give the same text.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::error::{Error, Fault};
use crate::filters::{Registry, RepositoryHosts};
use crate::interpreter::Interpreter;
use crate::interpreter::frame::Variables;
use crate::limits::{Limits, Meter};
use crate::syntax::ast::{Expression, Node, Tree};
use crate::syntax::{self, Delimiters, Syntax};
use crate::value::json;

const BACKSTAGE_START: &str = "${{";
const COOKIECUTTER_START: &str = "{{";

type BoxedFunction = dyn Fn(&[Json]) -> Result<Json, String> + Send + Sync;

/// A filter or function that the caller of the engine provides. Undefined arguments arrive as null.
#[derive(Clone)]
pub(crate) struct HostFunction(Arc<BoxedFunction>);

impl HostFunction {
    pub(crate) fn call(&self, arguments: &[Json]) -> Result<Json, String> {
        (self.0)(arguments)
    }
}

impl fmt::Debug for HostFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HostFunction")
    }
}

/// Renders templates with Nunjucks 3.2.4 semantics, without escaping and without access to anything but the context.
#[derive(Debug, Clone)]
pub struct Engine {
    syntax: Syntax,
    limits: Limits,
    registry: Registry,
}

/// A template that was read once and can be rendered many times.
#[derive(Debug)]
pub struct Template {
    name: String,
    source: Arc<str>,
    tree: Tree,
}

/// A context prepared for many renderings. It belongs to one thread.
#[derive(Debug, Clone, Default)]
pub struct Context {
    json: Json,
    /// The converted variables, until a rendering changes a list among them.
    variables: RefCell<Option<Rc<Variables>>>,
}

impl Context {
    /// The entries of a JSON object are the variables; anything else gives no variables.
    pub fn new(json: &Json) -> Self {
        Self { json: json.clone(), variables: RefCell::default() }
    }

    fn variables(&self) -> Rc<Variables> {
        let mut prepared = self.variables.borrow_mut();
        let variables = prepared.get_or_insert_with(|| {
            let entries = self.json.as_object().into_iter().flatten();
            Rc::new(entries.map(|(name, value)| (name.as_str().into(), json::from_json(value))).collect())
        });
        variables.clone()
    }

    /// Starts afresh for the next rendering if this one changed a list.
    fn restore_after(&self, meter: &Meter) {
        if meter.has_changed_a_list() {
            self.variables.take();
        }
    }
}

impl Engine {
    /// Backstage's delimiters: `${{ expression }}`, `{% tag %}`, `{# comment #}`.
    pub fn backstage() -> Self {
        Self::with_variable_start(BACKSTAGE_START)
    }

    /// The delimiters of `cookiecutterCompat`: `{{ expression }}`.
    pub fn cookiecutter() -> Self {
        Self::with_variable_start(COOKIECUTTER_START)
    }

    fn with_variable_start(variable_start: &'static str) -> Self {
        let syntax = Syntax { delimiters: Delimiters { variable_start }, trim_blocks: false, lstrip_blocks: false };
        Self { syntax, limits: Limits::default(), registry: Registry::default() }
    }

    /// Bounds every rendering by `limits`.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether the newline after a block tag goes.
    #[must_use]
    pub fn with_trim_blocks(mut self, is_on: bool) -> Self {
        self.syntax.trim_blocks = is_on;
        self
    }

    /// Whether the white space before a block tag on its line goes.
    #[must_use]
    pub fn with_lstrip_blocks(mut self, is_on: bool) -> Self {
        self.syntax.lstrip_blocks = is_on;
        self
    }

    pub(crate) fn with_cookiecutter_delimiters(mut self, is_on: bool) -> Self {
        let variable_start = if is_on { COOKIECUTTER_START } else { BACKSTAGE_START };
        self.syntax.delimiters = Delimiters { variable_start };
        self
    }

    /// The hosts that `parseRepoUrl` and `projectSlug` accept.
    #[must_use]
    pub fn with_repository_hosts(mut self, hosts: RepositoryHosts) -> Self {
        self.registry.hosts = hosts;
        self
    }

    /// Adds a filter. Its arguments are the filtered value and what stands in parentheses; an error's text is shown to the author.
    #[must_use]
    pub fn with_filter(
        mut self,
        name: &str,
        filter: impl Fn(&[Json]) -> Result<Json, String> + Send + Sync + 'static,
    ) -> Self {
        self.registry.filters.insert(name.into(), HostFunction(Arc::new(filter)));
        self
    }

    /// Adds a global function, such as the status functions of steps (`always()`). A variable of the context hides it.
    #[must_use]
    pub fn with_function(
        mut self,
        name: &str,
        function: impl Fn(&[Json]) -> Result<Json, String> + Send + Sync + 'static,
    ) -> Self {
        self.registry.functions.insert(name.into(), HostFunction(Arc::new(function)));
        self
    }

    /// The bounds of every rendering.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Reads a template. `name` is for messages.
    pub fn compile(&self, name: &str, source: &str) -> Result<Template, Error> {
        let tree =
            syntax::parse(source, &self.syntax, self.limits.depth).map_err(|fault| fault.in_template(name, source))?;
        Ok(Template { name: name.to_owned(), source: source.into(), tree })
    }

    /// Renders a compiled template.
    pub fn render_template(&self, template: &Template, context: &Context) -> Result<String, Error> {
        let meter = Meter::new(&self.limits);
        let rendered = self.interpreter(template, context, &meter).render(&template.tree);
        context.restore_after(&meter);
        rendered.map_err(|fault| template.error(fault))
    }

    /// Reads and renders a template.
    pub fn render(&self, name: &str, source: &str, context: &Json) -> Result<String, Error> {
        self.render_template(&self.compile(name, source)?, &Context::new(context))
    }

    /// Whether a source has any tag at all; one that has none renders as it stands.
    pub(crate) fn has_tags(&self, source: &str) -> bool {
        let start = self.syntax.delimiters.variable_start;
        source.contains("{%") || source.contains("{#") || source.contains("#}") || source.contains(start)
    }

    /// The JSON value of an expression of the template; none if it is undefined.
    pub(crate) fn value_of(
        &self,
        template: &Template,
        expression: &Expression,
        context: &Context,
    ) -> Result<Option<Json>, Error> {
        let meter = Meter::new(&self.limits);
        let value = self.interpreter(template, context, &meter).value_of(expression);
        let converted = value.and_then(|value| json::to_json(&value, &meter));
        context.restore_after(&meter);
        converted.map_err(|fault| template.error(fault))
    }

    fn interpreter<'t>(&'t self, template: &'t Template, context: &Context, meter: &'t Meter) -> Interpreter<'t> {
        Interpreter::new(&self.registry, &template.source, &template.tree, context.variables(), meter)
    }
}

impl Template {
    /// The name given when it was compiled.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn error(&self, fault: Fault) -> Error {
        fault.in_template(&self.name, &self.source)
    }

    /// The nodes at the top of the template.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.tree.body.nodes
    }
}
