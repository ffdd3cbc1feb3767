//! One message in pieces, and any pieces at all: what the tests of every payload are made from.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    content::{
        Content, Field, PushOptions, Template, Unit,
        payload::Compose,
        piece::{Button, Leads, Piece, Shape, Words},
        setting::Setting,
        sms,
    },
    purpose::{Purpose, Urgency},
};

fn instant() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_262_400, 0).expect("an instant")
}

static SMS: std::sync::LazyLock<sms::Options> = std::sync::LazyLock::new(sms::Options::default);

/// A setting without anything special.
pub(super) fn setting(content: &Content) -> Setting<'_> {
    Setting {
        content,
        locale: "es-MX".parse().ok(),
        purpose: Purpose::Transactional,
        urgency: Urgency::Normal,
        at: instant(),
        expires: None,
        collapse: None,
        template: None,
        unsubscribe: None,
        is_shed: false,
        sms: &SMS,
        tables: &[],
    }
}

pub(super) fn piece(shape: Shape<'_>) -> Piece<'_> {
    Piece { block: 0, shape, short: None, priority: 5, pinned: false, whole: false }
}

pub(super) fn text(words: &str) -> Piece<'_> {
    piece(Shape::Text(words.into()))
}

pub(super) fn heading(words: &str) -> Piece<'_> {
    piece(Shape::Heading(words.into()))
}

pub(super) fn link<'a>(label: &'a str, url: &'a str) -> Piece<'a> {
    let leads = Leads::To(url.into());
    piece(Shape::Action(Button { label: label.into(), short: None, leads }))
}

pub(super) fn reply<'a>(label: &'a str, text: &'a str) -> Piece<'a> {
    let leads = Leads::Back(text.into());
    piece(Shape::Action(Button { label: label.into(), short: None, leads }))
}

pub(super) fn media<'a>(url: &'a str, alt: &'a str) -> Piece<'a> {
    piece(Shape::Media { url: url.into(), alt: alt.into() })
}

/// A message with a piece of every kind.
pub(super) fn sample() -> Vec<Piece<'static>> {
    vec![
        heading("Your parcel"),
        text("It is on its way & arrives <today>."),
        piece(Shape::List(vec!["2 cups".into(), "1 *pot*".into()])),
        media("https://shop.example/p.jpg", "A parcel"),
        piece(Shape::Code(Words::from("4711"))),
        link("Track", "https://shop.example/t/4711?a=1&b=2"),
        reply("Later", "LATER"),
        piece(Shape::Legal(Words::from("Reply STOP to opt out"))),
    ]
}

/// The parts of the sample that a payload without this much room is given as text.
pub(super) fn flattened(keep: impl Fn(&Shape<'_>) -> bool) -> Vec<Piece<'static>> {
    let flat = |piece: Piece<'static>| {
        if keep(&piece.shape) {
            return piece;
        }
        let mut words = String::new();
        super::plain::push(&mut words, &piece);
        let words = Words { text: words.into(), values: Vec::new() };
        Piece { shape: Shape::Text(words), ..piece }
    };
    sample().into_iter().map(flat).collect()
}

/// The sample as a notification is given it.
pub(super) fn notification() -> Vec<Piece<'static>> {
    flattened(|shape| match shape {
        Shape::Action(button) => matches!(button.leads, Leads::To(_)),
        shape => matches!(shape, Shape::Heading(_) | Shape::Media { .. }),
    })
}

/// Options of a notification.
pub(super) fn options() -> Content {
    let push = r#"{"thread_id": "orders", "category": "ORDER", "sound": "default", "badge": 2,
        "relevance_permille": 750, "data": {"order": "A-1", "campaign": "spring"}, "required": ["order"]}"#;
    Content { push: Some(serde_json::from_str(push).expect("options")), ..Content::default() }
}

/// A setting that presses.
pub(super) fn pressing(content: &Content) -> Setting<'_> {
    let expires = Some(instant() + chrono::TimeDelta::hours(1));
    Setting { urgency: Urgency::High, expires, collapse: Some("order A-1"), ..setting(content) }
}

/// The sample laid out, as JSON on many lines.
#[track_caller]
pub(super) fn check<P: Compose>(pieces: &[Piece<'_>], setting: &Setting<'_>, expected: &expect_test::Expect) {
    let payload = P::compose(pieces, setting);
    expected.assert_eq(&serde_json::to_string_pretty(&payload).expect("JSON"));
}

/// What a payload holds in one field and how much of it there is.
#[track_caller]
pub(super) fn measures<P: Compose>(payload: &P, expected: &[(Field, Unit, u32)]) {
    for &(field, unit, count) in expected {
        let mut seen = (0, 0);
        payload.fields(&mut |at, words| {
            if at == field {
                seen = (seen.0 + 1, seen.1.max(crate::content::measure::count(words, unit)));
            }
        });
        let measured = payload.counted(field, unit).unwrap_or(if unit == Unit::Items { seen.0 } else { seen.1 });
        assert_eq!(measured, count, "{field} in {unit}");
    }
}

/// Words that strain every escape.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9 ]{1,12}",
        2 => "[&<>*_`\\[\\]()\"'\\\\/{}~#|a-z]{1,8}",
        1 => "\\PC{1,8}",
        1 => any::<String>().prop_filter("words", |words| !words.trim().is_empty()),
    ]
}

/// Any pieces: their kind and their words.
pub(super) fn pieces() -> impl Strategy<Value = Vec<(u8, String, String)>> {
    prop::collection::vec((0..8u8, words(), words()), 0..10)
}

fn made((kind, one, other): &(u8, String, String)) -> Piece<'_> {
    match kind {
        0 => piece(Shape::Heading(Words::from(one.as_str()))),
        1 => piece(Shape::Code(Words::from(one.as_str()))),
        2 => piece(Shape::Legal(Words::from(one.as_str()))),
        3 => piece(Shape::List(vec![Words::from(one.as_str()), Words::from(other.as_str())])),
        4 => link(one, other),
        5 => reply(one, other),
        6 => media(one, other),
        _ => text(one),
    }
}

pub(super) fn settings() -> impl Strategy<Value = (Content, SettingParts)> {
    let push = (words(), any::<Option<u16>>(), prop::collection::btree_map(words(), words(), 0..4)).prop_map(
        |(thread, relevance, data)| PushOptions {
            thread_id: Some(thread),
            relevance_permille: relevance,
            required: data.keys().take(1).cloned().collect(),
            data,
            ..PushOptions::default()
        },
    );
    let template = prop::option::of(prop::collection::vec(words(), 0..3)).prop_map(|parameters| {
        parameters.map(|parameters| Template { name: crate::id::Code::literal("order_sent"), parameters })
    });
    let parts = (prop::option::of(words()), any::<Option<i32>>(), any::<bool>(), template);
    (prop::option::of(push), parts).prop_map(|(push, (collapse, left, is_shed, template))| {
        let content = Content { push, ..Content::default() };
        (content, SettingParts { collapse, left, is_shed, template })
    })
}

/// What a [`Setting`] borrows from.
#[derive(Debug)]
pub(super) struct SettingParts {
    collapse: Option<String>,
    left: Option<i32>,
    is_shed: bool,
    template: Option<Template>,
}

impl SettingParts {
    fn setting<'a>(&'a self, content: &'a Content) -> Setting<'a> {
        Setting {
            collapse: self.collapse.as_deref(),
            expires: self.left.map(|left| instant() + chrono::TimeDelta::seconds(left.into())),
            is_shed: self.is_shed,
            template: self.template.as_ref(),
            ..setting(content)
        }
    }
}

/// All the strings of a document, keys included.
fn strings(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(words) => into.push(words.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        serde_json::Value::Object(map) => {
            into.extend(map.keys().cloned());
            map.values().for_each(|value| strings(value, into));
        }
        _ => {}
    }
}

/// Whatever the pieces, the payload is JSON that reads back as itself, its length is counted right, and every word has a
/// place in it as `escape` writes it.
#[track_caller]
pub(super) fn holds<P: Compose + DeserializeOwned + PartialEq + Serialize>(
    pieces: &[(u8, String, String)],
    (content, parts): &(Content, SettingParts),
    escape: impl Fn(&str) -> String,
) {
    let setting = parts.setting(content);
    let pieces: Vec<_> = pieces.iter().map(made).collect();
    let pieces = pieces.as_slice();
    let payload = P::compose(pieces, &setting);
    let written = serde_json::to_string(&payload).expect("JSON");
    assert_eq!(crate::content::measure::json::length(&payload) as usize, written.len());
    let value: serde_json::Value = serde_json::from_str(&written).expect("valid JSON");
    let read: P = serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(serde_json::to_value(&read).expect("JSON"), value);
    assert_eq!(serde_json::to_string(&P::compose(pieces, &setting)).expect("JSON"), written, "compose is a function");
    if setting.template.is_some() || setting.is_shed {
        return;
    }
    let mut all = Vec::new();
    strings(&value, &mut all);
    let has = |words: &str| all.iter().any(|string| string.contains(words) || string.contains(&escape(words)));
    for piece in pieces {
        match &piece.shape {
            Shape::Text(words) | Shape::Heading(words) | Shape::Code(words) | Shape::Legal(words) => {
                assert!(has(words.as_str()), "{:?} is not in {written}", words.as_str());
            }
            Shape::List(items) => {
                for item in items {
                    assert!(has(item.as_str()), "{:?} is not in {written}", item.as_str());
                }
            }
            Shape::Action(button) => {
                let (Leads::To(target) | Leads::Back(target)) = &button.leads;
                assert!(has(target), "{target:?} is not in {written}");
                assert!(has(button.label.as_str()), "{:?} is not in {written}", button.label.as_str());
            }
            // The picture stands, or else what it shows in words.
            Shape::Media { url, alt } => {
                assert!(has(url) || has(alt.as_str()), "{:?} is not in {written}", alt.as_str())
            }
        }
    }
}

/// The property of every payload: [`holds`].
macro_rules! property {
    ($payload:ty) => {
        $crate::content::payload::samples::property!($payload, str::to_owned);
    };
    ($payload:ty, $escape:expr) => {
        proptest::proptest! {
            #[test]
            fn any_pieces_have_a_place(
                pieces in $crate::content::payload::samples::pieces(),
                setting in $crate::content::payload::samples::settings(),
            ) {
                $crate::content::payload::samples::holds::<$payload>(&pieces, &setting, $escape);
            }
        }
    };
}
pub(super) use property;
