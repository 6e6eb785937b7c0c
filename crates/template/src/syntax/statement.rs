//! Reads text and tags.
//!
//! Invariant: a body ends at one of the tags its block waits for, which is left unread, or at the end of the source.

use std::ops::Range;
use std::sync::Arc;

use crate::error::{Fault, Offset};
use crate::syntax::ast::{AccessKind, Arguments, Body, Expression, ExpressionKind, For, Macro, Node, Switch, Tree};
use crate::syntax::lexer::TokenKind;
use crate::syntax::token_stream::{Parser, end_of_source};
use crate::value::Text;
use crate::value::text::is_space;

impl<'s> Parser<'s> {
    pub(crate) fn parse_template(mut self) -> Result<Tree, Fault> {
        let body = self.parse_body()?;
        Ok(Tree { body, uses_loop: self.uses_loop })
    }

    /// Reads up to one of `end_tags`, one level deeper.
    fn parse_until(&mut self, end_tags: &'static [&'static str]) -> Result<Body, Fault> {
        let outer = std::mem::replace(&mut self.end_tags, end_tags);
        let body = self.nested(Self::parse_body);
        self.end_tags = outer;
        body
    }

    fn parse_body(&mut self) -> Result<Body, Fault> {
        let mut body = Body::default();
        while let Some(token) = self.next()? {
            match token.kind {
                TokenKind::Data { end } => body.nodes.push(Node::Text(self.trim_data(token.at as usize..end)?)),
                TokenKind::BlockStart { .. } => {
                    self.drop_leading_whitespace = false;
                    match self.parse_statement()? {
                        Some(node) => body.nodes.push(node),
                        None => break,
                    }
                }
                TokenKind::VariableStart { .. } => {
                    let expression = self.parse_expression()?;
                    self.drop_leading_whitespace = false;
                    self.expect_variable_end()?;
                    body.nodes.push(Node::Output(expression));
                }
                TokenKind::Comment { dash_after, .. } => self.drop_leading_whitespace = dash_after,
                other => {
                    return Err(Fault::syntax(format!("{} stands outside of a tag", other.describe())).at(token.at));
                }
            }
        }
        Ok(body)
    }

    /// Takes off the white space that dashes in the tags around a text ask for.
    fn trim_data(&mut self, mut range: Range<usize>) -> Result<Range<usize>, Fault> {
        let next = self.peek()?.map(|token| token.kind);
        let source = self.lexer.source;
        if std::mem::take(&mut self.drop_leading_whitespace) {
            range.start = range.end - source[range.clone()].trim_start_matches(is_space).len();
        }
        if let Some(
            TokenKind::BlockStart { dash: true }
            | TokenKind::VariableStart { dash: true }
            | TokenKind::Comment { dash_before: true, .. },
        ) = next
        {
            range.end = range.start + source[range.clone()].trim_end_matches(is_space).len();
        }
        Ok(range)
    }

    /// Reads the tag that starts here; none if it is one that ends the body.
    fn parse_statement(&mut self) -> Result<Option<Node>, Fault> {
        let at = self.offset()?;
        let TokenKind::Symbol(tag) = self.peek_kind()? else {
            return Err(Fault::syntax("a tag's name is missing").at(at));
        };
        if self.end_tags.contains(&tag) {
            return Ok(None);
        }
        self.next()?;
        let node = match tag {
            "raw" | "verbatim" => self.parse_raw(tag)?,
            "if" | "ifAsync" => self.parse_if(tag)?,
            "for" => self.parse_for(tag, &["endfor", "else"], &["endfor"])?,
            "asyncEach" => self.parse_for(tag, &["endeach", "else"], &["endeach"])?,
            "asyncAll" => self.parse_for(tag, &["endall", "else"], &["endall"])?,
            "block" => self.parse_block(at)?,
            "set" => self.parse_set(at)?,
            "macro" => self.parse_macro()?,
            "call" => self.parse_call(at)?,
            "filter" => self.parse_filter_block(at)?,
            "switch" => self.parse_switch()?,
            "include" | "import" | "from" | "extends" => {
                return Err(Fault::unsupported(format!(
                    "the tag `{tag}` is not available: a template stands for itself"
                ))
                .at(at)
                .hint("write a macro in the same file, or let the skeleton have one more file"));
            }
            _ => return Err(unknown_tag(tag).at(at)),
        };
        Ok(Some(node))
    }

    fn parse_if(&mut self, tag: &str) -> Result<Node, Fault> {
        let mut branches = Vec::new();
        let mut otherwise = None;
        let mut tag = tag;
        loop {
            let condition = self.parse_expression()?;
            self.expect_block_end(tag)?;
            branches.push((condition, self.parse_until(&["elif", "elseif", "else", "endif"])?));
            let (next, _) = self.expect_symbol("`endif`")?;
            match next {
                "elif" | "elseif" => tag = next,
                "else" => {
                    self.expect_block_end(next)?;
                    otherwise = Some(self.parse_until(&["endif"])?);
                    self.expect_tag()?;
                    break;
                }
                _ => {
                    self.expect_block_end(next)?;
                    break;
                }
            }
        }
        Ok(Node::If { branches, otherwise })
    }

    fn parse_for(
        &mut self,
        tag: &str,
        ends: &'static [&'static str],
        end: &'static [&'static str],
    ) -> Result<Node, Fault> {
        let mut names = Vec::new();
        loop {
            let name = self.parse_primary()?;
            let ExpressionKind::Name(text) = name.kind else {
                return Err(Fault::syntax("a loop's variable has to be a name").at(name.at));
            };
            names.push(text);
            if !self.skip(TokenKind::Comma)? {
                break;
            }
        }
        let at = self.offset()?;
        if !self.skip_symbol("in")? {
            return Err(Fault::syntax("`in` is missing after a loop's variables").at(at));
        }
        let items = self.parse_expression()?;
        self.expect_block_end(tag)?;
        let body = self.parse_until(ends)?;
        let mut otherwise = None;
        if self.skip_symbol("else")? {
            self.expect_block_end("else")?;
            otherwise = Some(self.parse_until(end)?);
        }
        self.expect_tag()?;
        let is_destructuring = names.len() > 1;
        Ok(Node::For(Box::new(For { names, is_destructuring, items, body, otherwise })))
    }

    fn parse_block(&mut self, at: Offset) -> Result<Node, Fault> {
        let (name, _) = self.expect_symbol("a block's name")?;
        if self.block_names.contains(&name) {
            return Err(Fault::syntax(format!("the block `{name}` is defined twice")).at(at));
        }
        self.block_names.push(name);
        self.expect_block_end("block")?;
        let body = self.parse_until(&["endblock"])?;
        self.skip_symbol("endblock")?;
        self.skip_symbol(name)?;
        let end = self.end();
        if self.peek()?.is_none() {
            return Err(end_of_source().at(end));
        }
        self.expect_block_end("endblock")?;
        Ok(Node::Block(body))
    }

    fn parse_set(&mut self, at: Offset) -> Result<Node, Fault> {
        let mut names = Vec::new();
        loop {
            let target = self.parse_primary()?;
            let (ExpressionKind::Name(name) | ExpressionKind::Text(name)) = target.kind else {
                return Err(Fault::syntax("`set` gives a value to names only").at(target.at));
            };
            names.push(name);
            if !self.skip(TokenKind::Comma)? {
                break;
            }
        }
        if self.skip_operator("=")? {
            let value = self.parse_expression()?;
            self.expect_block_end("set")?;
            return Ok(Node::Set { names, value });
        }
        let TokenKind::BlockEnd { .. } = self.peek_kind()? else {
            let at = self.offset()?;
            return Err(Fault::syntax("`=` or the end of the tag is missing in `set`").at(at));
        };
        self.next()?;
        let value = Expression { at, kind: ExpressionKind::Capture(self.parse_until(&["endset"])?) };
        self.expect_tag()?;
        Ok(Node::Set { names, value })
    }

    fn parse_macro(&mut self) -> Result<Node, Fault> {
        let (name, _) = self.expect_symbol("a macro's name")?;
        let parameters = self.parse_signature()?;
        self.expect_block_end("macro")?;
        let body = self.parse_until(&["endmacro"])?;
        self.expect_tag()?;
        Ok(Node::Macro(Arc::new(make_macro(name.into(), parameters, body)?)))
    }

    fn parse_call(&mut self, at: Offset) -> Result<Node, Fault> {
        let has_parameters = self.peek_kind()? == TokenKind::LeftParenthesis;
        let parameters = if has_parameters { self.parse_signature()? } else { Arguments::default() };
        let mut called = self.parse_primary()?;
        self.expect_block_end("call")?;
        let body = self.parse_until(&["endcall"])?;
        self.expect_tag()?;
        let caller =
            Expression { at, kind: ExpressionKind::Caller(Arc::new(make_macro("caller".into(), parameters, body)?)) };
        let arguments = match &mut called.kind {
            ExpressionKind::Access(_, accesses) => accesses.last_mut().map(|access| &mut access.kind),
            _ => None,
        };
        let Some(AccessKind::Call(arguments)) = arguments else {
            return Err(Fault::syntax("`call` is followed by the call of a macro").at(called.at));
        };
        arguments.keywords.push(("caller".into(), caller));
        Ok(Node::Output(called))
    }

    fn parse_filter_block(&mut self, at: Offset) -> Result<Node, Fault> {
        let filter = self.parse_filter_call()?;
        self.expect_block_end("filter")?;
        let body = self.parse_until(&["endfilter"])?;
        self.expect_tag()?;
        let subject = Box::new(Expression { at, kind: ExpressionKind::Capture(body) });
        Ok(Node::Output(Expression { at, kind: ExpressionKind::Filter(subject, vec![filter]) }))
    }

    fn parse_switch(&mut self) -> Result<Node, Fault> {
        const PARTS: &[&str] = &["case", "default", "endswitch"];
        let subject = self.parse_expression()?;
        self.expect_block_end("switch")?;
        // What stands before the first case is read and dropped.
        self.parse_until(PARTS)?;
        let mut cases = Vec::new();
        let mut default = None;
        loop {
            self.skip_symbol("case")?;
            let condition = self.parse_expression()?;
            self.expect_block_end("case")?;
            cases.push((condition, self.parse_until(PARTS)?));
            match self.peek_kind()? {
                TokenKind::Symbol("case") => continue,
                TokenKind::Symbol("default") => {
                    self.expect_tag()?;
                    default = Some(self.parse_until(&["endswitch"])?);
                    self.expect_tag()?;
                }
                _ => self.expect_tag()?,
            }
            return Ok(Node::Switch(Box::new(Switch { subject, cases, default })));
        }
    }

    /// Text up to the matching end tag, which takes no dashes. Without an end tag the rest is read as usual.
    fn parse_raw(&mut self, tag: &str) -> Result<Node, Fault> {
        self.expect_block_end(tag)?;
        let start = self.lexer.position;
        let end_tag = format!("end{tag}");
        let mut level = 1;
        let mut end = start;
        while let Some((name, range)) = find_raw_tag(self.lexer.source, self.lexer.position, tag, &end_tag) {
            self.lexer.position = range.end;
            if name == tag {
                level += 1;
            } else {
                level -= 1;
            }
            if level == 0 {
                end = range.start;
                break;
            }
            end = range.end;
        }
        Ok(Node::Text(start..end))
    }
}

/// The next `{% raw %}` or `{% endraw %}` after `from`, with its place.
fn find_raw_tag<'t>(source: &str, from: usize, tag: &'t str, end_tag: &'t str) -> Option<(&'t str, Range<usize>)> {
    let mut position = from;
    while let Some(found) = source[position..].find("{%") {
        let start = position + found;
        position = start + 2;
        let inside = source[position..].trim_start_matches(is_space);
        for name in [tag, end_tag] {
            let rest = inside.strip_prefix(name).map(|rest| rest.trim_start_matches(is_space));
            if let Some(rest) = rest.and_then(|rest| rest.strip_prefix("%}")) {
                return Some((name, start..source.len() - rest.len()));
            }
        }
    }
    None
}

fn make_macro(name: Text, parameters: Arguments, body: Body) -> Result<Macro, Fault> {
    let names = parameters.positional.into_iter().map(|parameter| match parameter.kind {
        ExpressionKind::Name(name) => Ok(name),
        _ => Err(Fault::syntax("a macro's parameter has to be a name").at(parameter.at)),
    });
    Ok(Macro { name, parameters: names.collect::<Result<_, _>>()?, keywords: parameters.keywords, body })
}

fn unknown_tag(tag: &str) -> Fault {
    let fault = Fault::syntax(format!("the tag `{tag}` is unknown here"));
    match tag {
        _ if tag.starts_with("end") => fault.hint("nothing is open that this tag ends"),
        "else" | "elif" | "elseif" | "case" | "default" => {
            fault.hint("it belongs into an open `if`, `for` or `switch`")
        }
        "do" | "with" | "break" | "continue" => fault.hint("it is a tag of Jinja; Nunjucks does not have it"),
        _ => fault.hint("tags are: if, for, set, macro, call, filter, switch, block, raw, verbatim"),
    }
}
