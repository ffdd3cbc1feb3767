//! MiniJinja as an engine: conditions and loops, of which the work is bounded.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, Value,
    syntax::SyntaxConfig,
    value::{Object, ValueKind},
};

use crate::{
    content::render::{Render, RenderError, Rendered, Values},
    id::Code,
};

/// Instructions that one text may take; a text of a hundred variables takes some three hundred.
const FUEL: u64 = 20_000;

/// Bytes that one text may come to: ten times what an inbox shows of an email before it cuts it.
const LONGEST: usize = 1 << 20;

/// The engine of MiniJinja, of which a message needs a part: `{{ name }}`, `{% if … %}` and `{% for … in […] %}`.
///
/// | | |
/// | --- | --- |
/// | values | texts; a name in a template is a name of [`Values`] that has no `-`, `.`, `:` or `/` |
/// | missing or empty | [`RenderError::Missing`] as soon as it is used; `is defined` asks first |
/// | escaping | none: each channel escapes for itself, after rendering |
/// | statements | `if`, `elif`, `else`, `for` over a list that is written out |
/// | in a loop | `loop.index`, `loop.index0`, `loop.first`, `loop.last`, `loop.length` |
/// | operators | comparisons, `in`, `is defined`, `is undefined`, `not`, `and`, `or`, `… if … else …` |
/// | not known | filters, functions, attributes, `set`, macros, includes, joined and repeated texts: [`RenderError::Malformed`] |
///
/// What is not known is what could make a short template grow without bounds. A template that takes more than 20,000
/// instructions or comes to more than one MiB is malformed too. Values are never read as templates.
///
/// ```
/// use waypost::content::{MiniJinja, Render, Values};
///
/// let values: Values = [("name".parse()?, "Ana"), ("city".parse()?, "Lima")].into_iter().collect();
/// let words = "Hello {{ name }}{% if city == 'Lima' %}, see you in Miraflores{% endif %}";
/// assert_eq!(MiniJinja.render(words, &values)?.text, "Hello Ana, see you in Miraflores");
/// let names: Vec<String> = MiniJinja.variables(words)?.iter().map(ToString::to_string).collect();
/// assert_eq!(names, ["name", "city"]);
/// let missing = MiniJinja.render("Hello {{ nom }}", &values).unwrap_err();
/// assert_eq!(missing.to_string(), "the variable `nom` has no value");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MiniJinja;

impl Render for MiniJinja {
    fn render<'t>(&self, words: &'t str, values: &Values) -> Result<Rendered<'t>, RenderError> {
        if self.is_plain(words) {
            return Ok(Rendered::new(words, Vec::new()));
        }
        names_in(words)?;
        let sheet = Sheet::default();
        let mut engine = engine();
        let printed = sheet.clone();
        engine.set_formatter(move |out, _, value| match value.kind() {
            ValueKind::String => printed.value(|| out.write_str(value.as_str().unwrap_or_default())),
            ValueKind::Number | ValueKind::Bool => Ok(write!(out, "{value}")?),
            ValueKind::Undefined => Err(ErrorKind::UndefinedError.into()),
            _ => Err(ErrorKind::InvalidOperation.into()),
        });
        let given = Value::from_object(Given { values: values.clone(), sheet: sheet.clone() });
        let template = engine.template_from_str(words).map_err(|_| RenderError::Malformed)?;
        match template.render_captured_to(given, sheet.clone()) {
            Ok(_) => sheet.finish(),
            Err(error) => Err(sheet.refusal(&error)),
        }
    }

    fn variables(&self, words: &str) -> Result<Vec<Code>, RenderError> {
        if self.is_plain(words) {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        let engine = engine();
        let template = engine.template_from_str(words).map_err(|_| RenderError::Malformed)?;
        let undeclared = template.undeclared_variables(false);
        for name in names_in(words)?.into_iter().filter(|name| undeclared.contains(*name)) {
            let name = name.parse().map_err(|_| RenderError::Malformed)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn is_plain(&self, words: &str) -> bool {
        !words.as_bytes().contains(&b'{')
    }
}

fn engine() -> Environment<'static> {
    // Without filters, tests and functions, save for the two tests below.
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(FUEL));
    engine.add_test("defined", |value: &Value| !value.is_undefined());
    engine.add_test("undefined", |value: &Value| value.is_undefined());
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        engine.set_syntax(syntax);
    }
    engine
}

/// The values as the engine sees them; it notes whom it asked for in vain.
#[derive(Debug)]
struct Given {
    values: Values,
    sheet: Sheet,
}

impl Object for Given {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let value = self.values.get(name).filter(|value| !value.trim().is_empty());
        if value.is_none() {
            self.sheet.with(|page| page.missed = name.parse().ok());
        }
        value.map(Value::from)
    }
}

/// What is written, bounded, with the places of the values.
#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Page>>);

#[derive(Default)]
struct Page {
    text: Vec<u8>,
    places: Vec<std::ops::Range<usize>>,
    /// The last name that was asked for and has no value.
    missed: Option<Code>,
}

// What is on it is content.
impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sheet")
    }
}

impl Sheet {
    fn with<T>(&self, act: impl FnOnce(&mut Page) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes where a value is written.
    fn value(&self, write: impl FnOnce() -> std::fmt::Result) -> Result<(), Error> {
        let start = self.with(|page| page.text.len());
        write()?;
        self.with(|page| page.places.push(start..page.text.len()));
        Ok(())
    }

    fn finish<'t>(&self) -> Result<Rendered<'t>, RenderError> {
        let page = self.with(std::mem::take);
        let text = String::from_utf8(page.text).map_err(|_| RenderError::Malformed)?;
        Ok(Rendered::new(text, page.places))
    }

    /// The error without its words, which may repeat a value.
    fn refusal(&self, error: &Error) -> RenderError {
        match (error.kind(), self.with(|page| page.missed)) {
            (ErrorKind::UndefinedError, Some(name)) => RenderError::Missing(name),
            _ => RenderError::Malformed,
        }
    }
}

impl io::Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|page| {
            if page.text.len() + bytes.len() > LONGEST {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            page.text.extend_from_slice(bytes);
            Ok(bytes.len())
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The words of all tags in their order, names among them.
///
/// # Errors
///
/// [`RenderError::Malformed`] where a tag uses what is not known here; see [`MiniJinja`].
fn names_in(words: &str) -> Result<Vec<&str>, RenderError> {
    let mut names = Vec::new();
    let mut rest = words;
    while let Some(at) = rest.find('{') {
        rest = &rest[at + 1..];
        let closes = match rest.as_bytes().first() {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => {
                rest = rest[1..].split_once("#}").ok_or(RenderError::Malformed)?.1;
                continue;
            }
            _ => continue,
        };
        rest = read_tag(&rest[1..], closes, &mut names)?;
    }
    Ok(names)
}

/// What may stand in a tag besides names, numbers and quoted texts.
const MARKS: &[char] = &['=', '!', '<', '>', '(', ')', ']', ',', ':'];

/// Reads to the end of a tag and gives what comes after it.
fn read_tag<'t>(tag: &'t str, closes: &str, names: &mut Vec<&'t str>) -> Result<&'t str, RenderError> {
    let is_statement = closes == "%}";
    let mut rest = tag.strip_prefix(['-', '+']).unwrap_or(tag).trim_start();
    let mut before: Option<&str> = None;
    loop {
        let begins_end = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        if let Some(after) = begins_end.strip_prefix(closes) {
            return Ok(after);
        }
        let first = rest.chars().next().ok_or(RenderError::Malformed)?;
        let length = match first {
            '"' | '\'' => quoted(rest, first).ok_or(RenderError::Malformed)?,
            c if c.is_alphabetic() || c == '_' => {
                let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').map_or(rest, |end| &rest[..end]);
                let opens = matches!(word, "if" | "elif" | "else" | "endif" | "for" | "endfor");
                let counts = matches!(word, "index" | "index0" | "first" | "last" | "length");
                let is_known = match before {
                    None => opens || !is_statement,
                    Some(".") => counts,
                    Some(_) => word != "recursive",
                };
                if !is_known {
                    return Err(RenderError::Malformed);
                }
                names.push(word);
                word.len()
            }
            c if c.is_ascii_digit() => rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len()),
            // A list stands where a loop goes over it, or a choice is among its items, and nowhere else.
            '[' if before == Some("in") => 1,
            '.' if before == Some("loop") => 1,
            c if MARKS.contains(&c) => 1,
            _ => return Err(RenderError::Malformed),
        };
        let (token, after) = rest.split_at(length);
        before = Some(token);
        rest = after.trim_start();
    }
}

/// The length of a quoted text with its quotes.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    let mut characters = text.char_indices().skip(1);
    characters.find_map(|(at, c)| {
        let ends = c == quote && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at + 1)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::Substitution;

    fn values() -> Values {
        let given = [("name", "Ana"), ("city", "Lima"), ("empty", " "), ("odd", "{{ city }}{% if x %}<b>&</b>")];
        given.into_iter().map(|(name, value)| (name.parse().expect("a name"), value)).collect()
    }

    #[track_caller]
    fn check(words: &str, expected: Result<&str, RenderError>) {
        let rendered = MiniJinja.render(words, &values());
        assert_eq!(rendered.as_ref().map(|rendered| rendered.text.as_ref()), expected.as_ref().copied(), "{words}");
    }

    fn missing<T>(name: &str) -> Result<T, RenderError> {
        Err(RenderError::Missing(name.parse().expect("a name")))
    }

    #[test]
    fn what_is_written_becomes_what_is_sent() {
        check("plain", Ok("plain"));
        check("a { b } c\n", Ok("a { b } c\n"));
        check("Hello {{ name }}!\n", Ok("Hello Ana!\n"));
        check("{# to be read by us #}{{- name -}} .", Ok("Ana."));
        check("{% if city == \"Lima\" and not name == 'Eva' %}a{% else %}b{% endif %}", Ok("a"));
        check("{% if nick is defined %}{{ nick }}{% else %}friend{% endif %}", Ok("friend"));
        check("{{ nick if nick is defined else 'friend' }}", Ok("friend"));
        check("{% if name in ['Eva', 'Ana'] %}yes{% endif %}", Ok("yes"));
        check(
            "{% for it in [name, city] %}{{ loop.index }} {{ it }}{% if not loop.last %}, {% endif %}{% endfor %}",
            Ok("1 Ana, 2 Lima"),
        );
        // A value is never read as a template, and never escaped: that is for the channel.
        check("{{ odd }}", Ok("{{ city }}{% if x %}<b>&</b>"));
    }

    #[test]
    fn a_value_that_is_missing_refuses() {
        check("{{ nick }}", missing("nick"));
        check("{{ name }} {{ empty }}", missing("empty"));
        check("{% if nick %}a{% endif %}", missing("nick"));
        check("{% if nick is defined %}a{% endif %}{{ other }}", missing("other"));
        check("{% for c in nick %}a{% endfor %}", missing("nick"));
    }

    #[test]
    fn what_could_grow_without_bounds_is_no_template() {
        for words in [
            "{{ name",
            "{% if name %}",
            "{% endif %}",
            "{{ name | upper }}",
            "{{ name.city }}",
            "{{ name[0] }}",
            "{{ loop.cycle('a') }}",
            "{{ name ~ name }}",
            "{{ name * 99999999 }}",
            "{{ 9 ** 9 }}",
            "{{ name + name }}",
            "{{ [name] }}",
            "{{ {'a': 1} }}",
            "{% set a = name %}",
            "{% set a %}{{ name }}{% endset %}",
            "{% with a = name %}{% endwith %}",
            "{% raw %}{% endraw %}",
            "{% for a in [name] recursive %}{{ loop(a) }}{% endfor %}",
            "{% for a in [[name]] %}{% endfor %}",
            "{{ range(9) }}",
            "{% macro m() %}{% endmacro %}",
            "{% include 'a' %}",
            "{# never closed",
            "{{ 'never closed }}",
            "{{ none }}",
            "{{ name() }}",
        ] {
            check(words, Err(RenderError::Malformed));
        }
    }

    #[test]
    fn work_is_bounded() {
        let loops = "{% for a in [1,2,3,4,5,6,7,8,9,10] %}".repeat(12);
        let ends = "{% endfor %}".repeat(12);
        check(&format!("{loops}x{ends}"), Err(RenderError::Malformed));
        let long = "x".repeat(LONGEST / 50);
        let few = "{% for a in [1,2,3,4,5,6,7,8,9,10] %}".repeat(2);
        check(&format!("{few}{long}{{% endfor %}}{{% endfor %}}"), Err(RenderError::Malformed));
        check(
            &format!("{}name{}", "{{ ".to_owned() + &"(".repeat(5_000), ")".repeat(5_000) + " }}"),
            Err(RenderError::Malformed),
        );
        check(
            &format!("{}x{}", "{% if name %}".repeat(5_000), "{% endif %}".repeat(5_000)),
            Err(RenderError::Malformed),
        );
    }

    #[test]
    fn names_come_in_the_order_of_their_first_use() {
        let words = "{{ name }}{% for it in [city, 'x'] %}{{ it }}{{ loop.index }}{% endfor %}{% if nick is defined %}{{ name }}{% endif %}";
        let names = MiniJinja.variables(words).map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names, Ok(["name", "city", "nick"].map(str::to_owned).to_vec()));
        assert_eq!(MiniJinja.variables("{{ name"), Err(RenderError::Malformed));
        assert_eq!(MiniJinja.variables("{{ Name }}"), Err(RenderError::Malformed));
    }

    #[test]
    fn places_are_where_the_values_stand() {
        let rendered = MiniJinja.render("Hello {{ name }} of {{ city }}", &values()).expect("words");
        let stand: Vec<&str> = rendered.values.iter().map(|place| &rendered.text[place.clone()]).collect();
        assert_eq!(stand, ["Ana", "Lima"]);
    }

    proptest! {
        #[test]
        fn both_engines_agree_where_both_apply(
            words in prop::collection::vec(("[^{}]{0,12}", prop::option::of("[a-c]")), 0..6),
            given in prop::collection::btree_map("[a-c]", any::<String>(), 0..4),
        ) {
            let text = |opens: &str, closes: &str| {
                let stretch = |(before, name): &(String, Option<String>)| match name {
                    Some(name) => format!("{before}{opens}{name}{closes}"),
                    None => before.clone(),
                };
                words.iter().map(stretch).collect::<String>()
            };
            let values: Values = given.iter().map(|(name, value)| (name.parse().expect("a name"), value.as_str())).collect();
            let (simple, jinja) = (text("{", "}"), text("{{ ", " }}"));
            prop_assert_eq!(Substitution.render(&simple, &values), MiniJinja.render(&jinja, &values));
            prop_assert_eq!(Substitution.variables(&simple), MiniJinja.variables(&jinja));
        }

        #[test]
        fn anything_is_rendered_or_refused(words in "([{}%# a-z'\"()\\[\\]~*.|=0-9-]|\\PC){0,60}", value in any::<String>()) {
            let values: Values = [("a".parse().expect("a name"), value)].into_iter().collect();
            let _ = MiniJinja.variables(&words);
            if let Ok(rendered) = MiniJinja.render(&words, &values) {
                prop_assert!(rendered.values.iter().all(|place| rendered.text.get(place.clone()).is_some()));
            }
        }
    }
}
