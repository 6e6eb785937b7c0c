//! The shape of a parsed expression.

/// One node of an expression.
#[derive(Debug, Clone)]
pub(super) enum Syntax {
    Null,
    Boolean(bool),
    Number(f64),
    String(String),
    /// A context by its name.
    Context(String),
    /// A call: the name in lower case, and the arguments.
    Call(String, Vec<Syntax>),
    /// `base[index]` and `base.name`.
    Index(Box<Syntax>, Box<Syntax>),
    /// `base[*]` and `base.*`.
    Each(Box<Syntax>),
    Not(Box<Syntax>),
    Compare(Comparison, Box<Syntax>, Box<Syntax>),
    /// All operands of a chain of `&&`.
    And(Vec<Syntax>),
    /// All operands of a chain of `||`.
    Or(Vec<Syntax>),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Syntax {
    pub(super) fn asks_status(&self) -> bool {
        if let Self::Call(name, _) = self
            && matches!(name.as_str(), "success" | "failure" | "cancelled" | "always")
        {
            return true;
        }
        self.children().any(Self::asks_status)
    }

    pub(super) fn collect_contexts(&self, names: &mut Vec<String>) {
        if let Self::Context(name) = self {
            names.push(name.to_lowercase());
        }
        self.children().for_each(|child| child.collect_contexts(names));
    }

    fn children(&self) -> impl Iterator<Item = &Self> {
        let (pair, list): ([Option<&Self>; 2], &[Self]) = match self {
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::String(_) | Self::Context(_) => ([None, None], &[]),
            Self::Call(_, list) | Self::And(list) | Self::Or(list) => ([None, None], list),
            Self::Each(one) | Self::Not(one) => ([Some(one), None], &[]),
            Self::Index(left, right) | Self::Compare(_, left, right) => ([Some(left), Some(right)], &[]),
        };
        pair.into_iter().flatten().chain(list)
    }
}
