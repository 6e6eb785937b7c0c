//! The form on the page: one question a block, errors on top and beside what they are about.

use maud::{Markup, html};
use serde_json::Value;

use super::field::{Choice, Field, Part, Widget};
use super::form::Form;
use crate::part::{count, icon};

/// The list of errors, each linked to its field.
pub(super) fn errors(form: &Form) -> Markup {
    let title_of = |name: &str| form.fields().find(|f| f.name == name).map(|f| f.title.clone());
    html! {
        @if !form.wrong.is_empty() {
            div.note.bad.field role="alert" {
                (icon("s-bad"))
                div {
                    h3 { (count(form.wrong.len(), "answer")) " " @if form.wrong.len() == 1 { "needs" } @else { "need" } " a change before you can go on" }
                    @for wrong in &form.wrong {
                        p.s { @match title_of(&wrong.field) {
                            Some(title) => a href={ "#f-" (wrong.field) } { (title) ": " (wrong.why) },
                            None => (wrong.why),
                        } }
                    }
                }
            }
        }
    }
}

/// A part of the form.
pub(super) fn part(form: &Form, part: &Part) -> Markup {
    let shown = part.fields.iter().any(|f| f.widget != Widget::Hidden);
    html! {
        @if shown {
            h2.mb { (part.title) }
            @if !part.hint.is_empty() { p.dim.mb { (part.hint) } }
        }
        @for field in &part.fields { (self::field(form, field)) }
    }
}

fn field(form: &Form, field: &Field) -> Markup {
    let text = form.text(field);
    match &field.widget {
        Widget::Hidden => html! { input type="hidden" name=(field.name) value=(text); },
        Widget::Radio(choices) => group(form, field, choices, "radio", |c| c.text() == text),
        Widget::Checks(choices) => {
            let chosen = form.values.get(&field.name).and_then(Value::as_array).cloned().unwrap_or_default();
            group(form, field, choices, "checkbox", |c| chosen.contains(&c.value))
        }
        Widget::Check => check(form, field),
        _ => labelled(form, field, &control(form, field, &text)),
    }
}

/// Names of what describes a field, for those who hear the page.
fn described(form: &Form, field: &Field) -> Option<String> {
    let hint = (!field.hint.is_empty()).then(|| format!("h-{}", field.name));
    let error = form.wrong_with(&field.name).map(|_| format!("e-{}", field.name));
    let ids: Vec<String> = hint.into_iter().chain(error).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn hint(field: &Field) -> Markup {
    html! { @if !field.hint.is_empty() { span.hint id={ "h-" (field.name) } { (field.hint) } } }
}

fn error(form: &Form, field: &Field) -> Markup {
    html! { @if let Some(why) = form.wrong_with(&field.name) { span.err id={ "e-" (field.name) } { (icon("s-bad")) span { (why) } } } }
}

fn optional(field: &Field) -> Markup {
    html! { @if !field.required { " " em { "optional" } } }
}

fn labelled(form: &Form, field: &Field, control: &Markup) -> Markup {
    html! {
        div.field { label for={ "f-" (field.name) } { (field.title) (optional(field)) } (hint(field)) (control) (error(form, field)) }
    }
}

fn group(form: &Form, field: &Field, choices: &[Choice], kind: &str, is_chosen: impl Fn(&Choice) -> bool) -> Markup {
    html! {
        fieldset.field id={ "f-" (field.name) } aria-describedby=[described(form, field)] {
            legend { (field.title) }
            (hint(field))
            div.picks { @for choice in choices {
                label.pick { input type=(kind) name=(field.name) value=(choice.text()) checked[is_chosen(choice)]; span { b { (choice.label) } } }
            } }
            (error(form, field))
        }
    }
}

fn check(form: &Form, field: &Field) -> Markup {
    let ticked = form.values.get(&field.name).and_then(Value::as_bool).unwrap_or(false);
    html! {
        div.field {
            div.picks { label.pick {
                input id={ "f-" (field.name) } type="checkbox" name=(field.name) value="true" checked[ticked]
                    aria-invalid=[form.wrong_with(&field.name).map(|_| "true")] aria-describedby=[form.wrong_with(&field.name).map(|_| format!("e-{}", field.name))];
                span { b { (field.title) } @if !field.hint.is_empty() { small { (field.hint) } } }
            } }
            (error(form, field))
        }
    }
}

fn control(form: &Form, field: &Field, text: &str) -> Markup {
    let id = format!("f-{}", field.name);
    let invalid = form.wrong_with(&field.name).map(|_| "true");
    let described = described(form, field);
    let placeholder = (!field.placeholder.is_empty()).then_some(field.placeholder.as_str());
    // the form says what is wrong in its own words, so the browser is not asked to refuse
    match &field.widget {
        Widget::Area | Widget::Lines | Widget::Json => html! {
            textarea id=(id) name=(field.name) rows="4" placeholder=[placeholder] aria-invalid=[invalid] aria-describedby=[described] aria-required=[field.required.then_some("true")] { (text) }
        },
        Widget::Select(choices) => html! {
            select id=(id) name=(field.name) aria-invalid=[invalid] aria-describedby=[described] {
                @if !field.required { option value="" { "None" } }
                @for choice in choices { option value=(choice.text()) selected[choice.text() == text] { (choice.label) } }
            }
        },
        Widget::Number { whole, least, most } => html! {
            input id=(id) name=(field.name) inputmode=(if *whole { "numeric" } else { "decimal" }) value=(text) size="8"
                aria-invalid=[invalid] aria-describedby=[described] aria-required=[field.required.then_some("true")];
            @if let Some(bounds) = bounds(*least, *most) { span.hint { (bounds) } }
        },
        Widget::Picker { kinds, free } => picker(form, field, kinds, *free, text),
        Widget::Line { kind, longest } => html! {
            input id=(id) type=(kind) name=(field.name) value=(text) maxlength=[*longest] placeholder=[placeholder] autofocus[field.autofocus]
                autocomplete="off" aria-invalid=[invalid] aria-describedby=[described] aria-required=[field.required.then_some("true")];
        },
        Widget::Check | Widget::Radio(_) | Widget::Checks(_) | Widget::Hidden => html! {},
    }
}

fn bounds(least: Option<f64>, most: Option<f64>) -> Option<String> {
    match (least, most) {
        (Some(least), Some(most)) => Some(format!("From {least} to {most}.")),
        (Some(least), None) => Some(format!("At least {least}.")),
        (None, Some(most)) => Some(format!("At most {most}.")),
        (None, None) => None,
    }
}

/// A text that can be typed, or picked from what the catalog has.
fn picker(form: &Form, field: &Field, kinds: &[String], free: bool, text: &str) -> Markup {
    let picks: Vec<_> = form.picks.iter().filter(|(kind, ..)| kinds.is_empty() || kinds.contains(kind)).collect();
    let (id, invalid, described) =
        (format!("f-{}", field.name), form.wrong_with(&field.name).map(|_| "true"), described(form, field));
    html! {
        @if free || picks.is_empty() {
            input id=(id) name=(field.name) value=(text) list={ "l-" (field.name) } autocomplete="off" placeholder=[picks.first().map(|p| p.1.as_str())]
                aria-invalid=[invalid] aria-describedby=[described] aria-required=[field.required.then_some("true")];
            datalist id={ "l-" (field.name) } { @for (_, reference, label) in &picks { option value=(reference) { (label) } } }
        } @else {
            select id=(id) name=(field.name) aria-invalid=[invalid] aria-describedby=[described] {
                option value="" { "None" }
                @for (_, reference, label) in &picks { option value=(reference) selected[reference == text] { (label) } }
            }
        }
    }
}
