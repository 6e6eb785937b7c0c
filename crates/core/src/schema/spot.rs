//! Where a walk through a value stands: a chain of borrowed steps, turned into text only for an error.

/// One step of the way; [`Spot::Root`] is the object itself.
#[derive(Clone, Copy)]
pub(super) enum Spot<'a> {
    Root,
    Field(&'a Spot<'a>, &'a str),
    Index(&'a Spot<'a>, usize),
}

impl<'a> Spot<'a> {
    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self::Field(self, name)
    }

    pub(super) fn index(&'a self, index: usize) -> Self {
        Self::Index(self, index)
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self, Self::Root)
    }
}

impl std::fmt::Display for Spot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => Ok(()),
            // A key that would read as several fields stands in brackets.
            Self::Field(parent, name) if name.contains(['.', '/', '[', ' ']) => write!(f, "{parent}[{name}]"),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
