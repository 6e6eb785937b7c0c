//! The syntax tree.
//!
//! Invariant: the tree is as deep as the source nests and no deeper: chains of operators, members, filters and `elif` are lists,
//! so that walking or dropping a tree cannot exhaust the stack.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Offset;
use crate::syntax::SharedPattern;
use crate::value::Text;

/// A whole template.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) body: Body,
    /// Whether the name `loop` occurs; without it, loops need not keep its counters.
    pub(crate) uses_loop: bool,
}

/// A sequence of nodes.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(crate) enum Node {
    /// Text of the source that is put out as it is.
    Text(Range<usize>),
    Output(Expression),
    If {
        branches: Vec<(Expression, Body)>,
        otherwise: Option<Body>,
    },
    For(Box<For>),
    Set {
        names: Vec<Text>,
        value: Expression,
    },
    Macro(Arc<Macro>),
    Switch(Box<Switch>),
    /// A block of template inheritance, which without inheritance stands where it is.
    Block(Body),
}

#[derive(Debug)]
pub(crate) struct For {
    pub(crate) names: Vec<Text>,
    /// Whether several names were given (`for key, value in …`), even if some are equal.
    pub(crate) is_destructuring: bool,
    pub(crate) items: Expression,
    pub(crate) body: Body,
    pub(crate) otherwise: Option<Body>,
}

#[derive(Debug)]
pub(crate) struct Switch {
    pub(crate) subject: Expression,
    /// A case with an empty body falls through to the next.
    pub(crate) cases: Vec<(Expression, Body)>,
    pub(crate) default: Option<Body>,
}

/// A macro, or the body of a `call` block.
#[derive(Debug)]
pub(crate) struct Macro {
    pub(crate) name: Text,
    pub(crate) parameters: Vec<Text>,
    /// Parameters with a default.
    pub(crate) keywords: Vec<(Text, Expression)>,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) at: Offset,
    pub(crate) kind: ExpressionKind,
}

#[derive(Debug)]
pub(crate) enum ExpressionKind {
    Null,
    Bool(bool),
    Number(f64),
    Text(Text),
    Regexp(SharedPattern),
    Name(Text),
    /// `(a, b)`: the comma operator; never empty.
    Group(Vec<Expression>),
    List(Vec<Expression>),
    Dict(Vec<(Text, Expression)>),
    /// A value followed by members, indices and calls.
    Access(Box<Expression>, Vec<Access>),
    Filter(Box<Expression>, Vec<FilterCall>),
    Is {
        subject: Box<Expression>,
        test: Text,
        arguments: Option<Arguments>,
    },
    In {
        needle: Box<Expression>,
        haystack: Box<Expression>,
    },
    Conditional(Box<Conditional>),
    /// Applied from the last to the first.
    Unary(Vec<UnaryOperator>, Box<Expression>),
    /// Operators of one JavaScript precedence level, applied from left to right.
    Chain(Box<Expression>, Vec<(BinaryOperator, Expression)>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    /// `Math.floor(…)` around a division.
    Floor(Box<Expression>),
    /// `Math.pow`, from left to right.
    Power(Box<Expression>, Vec<Expression>),
    /// The text that a block puts out (`filter` and block `set`).
    Capture(Body),
    /// The `caller` that a `call` block hands over.
    Caller(Arc<Macro>),
}

#[derive(Debug)]
pub(crate) struct Conditional {
    pub(crate) condition: Expression,
    pub(crate) then: Expression,
    pub(crate) otherwise: Option<Expression>,
}

#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) at: Offset,
    pub(crate) kind: AccessKind,
}

#[derive(Debug)]
pub(crate) enum AccessKind {
    Member(Text),
    Index(Expression),
    Call(Arguments),
}

#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) positional: Vec<Expression>,
    pub(crate) keywords: Vec<(Text, Expression)>,
}

#[derive(Debug)]
pub(crate) struct FilterCall {
    pub(crate) at: Offset,
    pub(crate) name: Text,
    pub(crate) arguments: Arguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnaryOperator {
    Not,
    Negate,
    Plus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Or,
    And,
    Equal,
    NotEqual,
    StrictlyEqual,
    StrictlyNotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    Remainder,
}
