//! Losses: whatever of a message does not reach its payload is in the list of losses.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use proptest::{collection::vec, option::weighted, prelude::*, sample::select};
use waypost::{
    Capability, ChannelDescriptor, ChannelKind, Content, Limit, Purpose, Unit, Variant,
    content::{
        self, Action, Block, Dialect, Field, FitContext, Fitted, Limits, Loss, LossKind, Part, PushOptions, Target,
        Values,
    },
};

/// Words with `#` for a word that stands nowhere else in the message.
const TEXTS: [&str; 22] = [
    "#",
    "# # #.",
    "Ça # ŝi #: ĝis #!",
    "e\u{301}# n\u{303} #",
    "#, #; (#) – #: it goes on. #",
    "See https://#.example.com/#?#=# now. Then # wait",
    "https://#.example.com/#",
    "shop://#/#",
    "mailto:#@example.com # www.#.example.com/#",
    "“#” – #… and\u{a0}#",
    "#.\n#\r\n#\n\n# #",
    "<b>#&amp; \"#\" \\ '#'</b> `#` *#* _#_ [#](#) ~#~",
    "€€€€ [#] # ~tilde~",
    "\u{200b}#\u{feff}\t#\r\n.",
    "#\u{0}#\u{1}#",
    "A # very # long # text # without # any # end # that # goes # on # and # on # and # then # some # more # so. # Twice. #",
    "{none|}",
    "# {none|} #",
    "Dear {name}, # is #",
    "{none|} {none|}",
    "#: {url}",
    "नमस्ते # आपका # שלום # مرحبا",
];

const SHORTS: [&str; 4] = ["#", "# #", "{none|}", "# https://#.example.com"];

const URLS: [&str; 6] = [
    "https://example.com/#",
    "https://#.example.com/#",
    "shop://#",
    "mailto:#@example.com",
    "#.example.com/#",
    "{none|}",
];

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn short() -> impl Strategy<Value = Option<String>> {
    weighted(0.3, select(&SHORTS[..]).prop_map(str::to_owned))
}

fn part() -> impl Strategy<Value = Part> {
    let url = || select(&URLS[..]).prop_map(str::to_owned);
    prop_oneof![
        4 => text().prop_map(Part::Text),
        2 => text().prop_map(Part::Heading),
        2 => vec(text(), 1..4).prop_map(Part::List),
        2 => (text(), short(), url()).prop_map(|(label, short, url)| action(label, short, Target::Url(url))),
        2 => (text(), short(), text()).prop_map(|(label, short, text)| action(label, short, Target::Reply(text))),
        2 => (url(), text()).prop_map(|(url, alt)| Block::media(url, alt).part),
        1 => select(&["#", "# #", "###-#"][..]).prop_map(|code| Part::Code(code.to_owned())),
        1 => text().prop_map(Part::Legal),
    ]
}

fn action(label: String, short: Option<String>, target: Target) -> Part {
    Part::Action(Action { label, short, target })
}

fn kinds() -> impl Strategy<Value = Vec<ChannelKind>> {
    prop_oneof![8 => Just(Vec::new()), 1 => vec(select(ChannelKind::KNOWN), 1..8)]
}

fn plain_block() -> impl Strategy<Value = Block> {
    (part(), 0u8..4, short(), any::<[bool; 4]>(), kinds(), kinds()).prop_map(
        |(part, priority, short, [a, b, c, d], only, not)| {
            let mut block = Block::new(part).with_priority(priority);
            block.short = short;
            block.pinned = (block.pinned || (a && b)) && !(c && d && a);
            block.whole = c && d;
            block.only = only;
            block.not = not;
            block
        },
    )
}

fn block() -> impl Strategy<Value = Block> {
    (plain_block(), weighted(0.2, plain_block())).prop_map(|(block, fallback)| match fallback {
        Some(fallback) => block.with_fallback(fallback),
        None => block,
    })
}

/// Puts a word of its own in each place.
fn stamp(text: &mut String, next: &mut u32) {
    let mut stamped = String::new();
    for c in text.chars() {
        match c {
            '#' => {
                *next += 1;
                stamped.push_str(&format!("w{next}z"));
            }
            c => stamped.push(c),
        }
    }
    *text = stamped;
}

fn stamp_block(block: &mut Block, next: &mut u32) {
    match &mut block.part {
        Part::Text(text) | Part::Heading(text) | Part::Code(text) | Part::Legal(text) => stamp(text, next),
        Part::List(items) => items.iter_mut().for_each(|item| stamp(item, next)),
        Part::Action(action) => {
            stamp(&mut action.label, next);
            if let Some(short) = &mut action.short {
                stamp(short, next);
            }
            let (Target::Url(to) | Target::Reply(to)) = &mut action.target else { return };
            stamp(to, next);
        }
        Part::Media(media) => {
            stamp(&mut media.url, next);
            stamp(&mut media.alt, next);
        }
        _ => {}
    }
    if let Some(short) = &mut block.short {
        stamp(short, next);
    }
    if let Some(fallback) = &mut block.fallback {
        stamp_block(fallback, next);
    }
}

/// The words of a text that stand nowhere else, in order.
fn marks(text: &str) -> Vec<String> {
    let mut marks = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('w') {
        rest = &rest[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && rest[digits..].starts_with('z') {
            marks.push(format!("w{}z", &rest[..digits]));
        }
    }
    marks
}

/// The words of addresses in a text.
fn addressed(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '`'))
        .filter(|token| token.contains("://") || token.contains('@') || token.contains(".example"))
        .flat_map(marks)
        .collect()
}

fn any_channel() -> impl Strategy<Value = ChannelDescriptor> {
    let can = any::<[bool; 3]>();
    (select(Dialect::ALL), can, select(ChannelKind::KNOWN), any::<bool>()).prop_map(|(dialect, can, kind, all)| {
        let extra = [Capability::LongForm, Capability::RichMedia, Capability::Buttons];
        let plain = ChannelDescriptor::new("channel".parse().expect("a name"), kind).can(Capability::Text);
        let channel = extra
            .into_iter()
            .zip(can)
            .filter(|(_, can)| *can || all)
            .fold(plain, |channel, (more, _)| channel.can(more));
        channel.speaking(dialect)
    })
}

const UNITS: [Unit; 9] = [
    Unit::CodePoints,
    Unit::Utf16Units,
    Unit::Bytes,
    Unit::Clusters,
    Unit::Septets,
    Unit::Segments,
    Unit::Lines,
    Unit::Words,
    Unit::JsonBytes,
];

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![
        4 => (select(&UNITS[..]), 0u32..300).prop_map(|(unit, max)| Limit::hard(max, unit)),
        2 => (select(&[Field::Title, Field::Subtitle, Field::Subject, Field::Header, Field::Button, Field::Postback, Field::Card, Field::Caption][..]), 1u32..30)
            .prop_map(|(field, max)| Limit::hard(max, Unit::CodePoints).on(field)),
        2 => (select(&[Field::Button, Field::Postback, Field::Card][..]), 0u32..4)
            .prop_map(|(field, max)| Limit::hard(max, Unit::Items).on(field)),
        1 => (0u32..1500).prop_map(|max| Limit::hard(max, Unit::JsonBytes).on(Field::Payload)),
    ]
}

/// Everything that a payload says: the fields, and all strings of the document.
struct Said {
    fields: Vec<(Field, String)>,
    document: String,
}

impl Said {
    fn of(fitted: &Fitted<'_>) -> Self {
        let mut fields = Vec::new();
        fitted.payload().fields(&mut |field, words| fields.push((field, words.to_owned())));
        fn strings(value: &serde_json::Value, all: &mut String) {
            match value {
                serde_json::Value::String(text) => {
                    all.push_str(text);
                    all.push('\u{1}');
                }
                serde_json::Value::Array(values) => values.iter().for_each(|value| strings(value, all)),
                serde_json::Value::Object(map) => map.values().for_each(|value| strings(value, all)),
                _ => {}
            }
        }
        let mut document = String::new();
        strings(&serde_json::to_value(fitted.payload()).expect("JSON"), &mut document);
        Self { fields, document }
    }

    fn has(words: &str, mark: &str) -> bool {
        let tight = || words.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        words.contains(mark) || tight().contains(mark)
    }

    fn is_read(&self, mark: &str) -> bool {
        self.fields.iter().any(|(_, words)| Self::has(words, mark))
    }

    fn is_in(&self, mark: &str, of: &[Field]) -> bool {
        self.fields.iter().any(|(field, words)| of.contains(field) && Self::has(words, mark))
    }

    fn is_there(&self, mark: &str) -> bool {
        Self::has(&self.document, mark) || self.is_read(mark)
    }
}

/// What is not there although no loss says so.
fn unlisted(source: &Block, losses: &[LossKind], said: &Said, dialect: Dialect, no_links: bool) -> Option<String> {
    let lost = |kind| losses.contains(&kind);
    let is_cut = lost(LossKind::CutAtSentence) || lost(LossKind::CutAtWord) || lost(LossKind::CutInWord);
    if lost(LossKind::Dropped) || (no_links && lost(LossKind::Unlinked)) {
        return None;
    }
    let block = match &source.fallback {
        Some(fallback) if lost(LossKind::Substituted) => fallback,
        _ => source,
    };
    let is_flat = lost(LossKind::Flattened);
    let mut expected: Vec<String> = Vec::new();
    let mut only_there: Vec<String> = Vec::new();
    let shortened = lost(LossKind::Shortened);
    let mut unlinkable = Vec::new();
    if let (true, Some(short), false) = (shortened, &block.short, matches!(block.part, Part::Action(_))) {
        expected.extend(marks(short));
        unlinkable.extend(addressed(short));
    } else {
        match &block.part {
            Part::Text(text) | Part::Heading(text) | Part::Code(text) | Part::Legal(text) => {
                expected.extend(marks(text));
                unlinkable.extend(addressed(text));
            }
            Part::List(items) => {
                expected.extend(items.iter().flat_map(|item| marks(item)));
                unlinkable.extend(items.iter().flat_map(|item| addressed(item)));
            }
            Part::Action(action) => {
                let label = match (&action.short, shortened) {
                    (Some(short), true) => short,
                    _ => &action.label,
                };
                // A touch on the notification leads where this link does.
                let is_shed = lost(LossKind::Shed);
                only_there.extend(marks(label).into_iter().filter(|_| !is_shed));
                unlinkable.extend(addressed(label));
                let (Target::Url(to) | Target::Reply(to)) = &action.target else { return None };
                only_there.extend(marks(to));
                if matches!(action.target, Target::Url(_)) {
                    unlinkable.extend(marks(to));
                }
                unlinkable.extend(addressed(to));
                let others = [Dialect::Email, Dialect::Voice, Dialect::Print, Dialect::Apns, Dialect::Fcm];
                if !is_flat && !is_shed && !others.contains(&dialect) {
                    for mark in marks(label) {
                        if !said.is_in(&mark, &[Field::Button]) {
                            return Some(format!("{mark} is on no button"));
                        }
                    }
                }
            }
            Part::Media(media) => {
                if is_flat {
                    expected.extend(marks(&media.alt));
                    unlinkable.extend(addressed(&media.alt));
                } else if !marks(&media.url).iter().all(|mark| said.is_there(mark)) {
                    return Some("a picture that is not there".to_owned());
                }
            }
            _ => {}
        }
        if matches!(block.part, Part::Heading(_)) && !is_flat {
            let others = [Dialect::Telegram, Dialect::Email, Dialect::Voice, Dialect::Teams];
            let titles = [Field::Title, Field::Subtitle, Field::Subject, Field::Header];
            for mark in expected.iter().take(1).filter(|_| !is_cut && !others.contains(&dialect)) {
                if !said.is_in(mark, &titles) {
                    return Some(format!("{mark} is no heading"));
                }
            }
        }
    }
    let is_excused = |mark: &String| lost(LossKind::Unlinked) && unlinkable.contains(mark);
    let missing: BTreeSet<String> = expected
        .iter()
        .filter(|mark| !said.is_read(mark))
        .chain(only_there.iter().filter(|mark| !said.is_there(mark)))
        .filter(|mark| !is_excused(mark))
        .cloned()
        .collect();
    if is_cut {
        // What is cut is the end.
        let kept = expected.iter().take_while(|mark| !missing.contains(*mark)).count();
        return expected[kept..]
            .iter()
            .find(|mark| !missing.contains(*mark) && !is_excused(mark))
            .map(|mark| format!("{mark} after a cut"));
    }
    missing.first().cloned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_without_a_word(
        mut blocks in vec(block(), 1..7),
        channel in any_channel(),
        limits in vec(limit(), 0..3),
        shipped in any::<bool>(),
        no_links in weighted(0.1, Just(())),
        data in any::<bool>(),
    ) {
        let mut next = 0;
        blocks.iter_mut().for_each(|block| stamp_block(block, &mut next));
        let mut channel = channel;
        channel.limits.extend(limits);
        let mut content = Content::of_blocks(blocks.clone());
        if data {
            let mut options = PushOptions::default();
            options.data.insert("order".to_owned(), "1".to_owned());
            content.push = Some(options);
        }
        let values: Values = [("name".parse().expect("a name"), "Ana María"), ("url".parse().expect("a name"), "https://example.com/v")].into_iter().collect();
        let mut context = FitContext::new("2026-11-22T12:00:00Z".parse().expect("an instant"), Purpose::Transactional).with_values(&values);
        if shipped {
            context = context.with_limits(Limits::shipped());
        }
        if no_links.is_some() {
            context = context.without_links();
        }
        if let Ok(fitted) = content::fit(&content, &channel, &context) {
            let said = Said::of(&fitted);
            for (block, at) in blocks.iter().zip(0u16..) {
                if !block.is_for(channel.kind) { continue }
                let losses: Vec<_> = fitted.losses().iter().filter(|loss| loss.block == Some(at)).map(|loss| loss.kind).collect();
                let unlisted = unlisted(block, &losses, &said, channel.dialect(), no_links.is_some());
                prop_assert!(
                    unlisted.is_none(),
                    "{:?}, block {at}: {unlisted:?}\n{}\n{:?}\n{:?}\n{:?}",
                    channel.dialect(),
                    serde_json::to_string(&blocks).unwrap_or_default(),
                    said.fields,
                    said.document,
                    fitted.losses(),
                );
            }
            let places: Vec<_> = fitted.losses().iter().map(|loss| (loss.block.is_none(), loss.block)).collect();
            prop_assert!(places.is_sorted(), "{:?}", fitted.losses());
        }
    }

    #[test]
    fn nothing_written_is_lost_without_a_word(
        mut body in text(),
        title in weighted(0.5, text()),
        link in weighted(0.5, select(&URLS[..]).prop_map(str::to_owned)),
        channel in any_channel(),
        limits in vec(limit(), 0..2),
        data in any::<bool>(),
    ) {
        let mut next = 0;
        stamp(&mut body, &mut next);
        let mut stamped = |mut text: String| { stamp(&mut text, &mut next); text };
        let (title, link) = (title.map(&mut stamped), link.map(&mut stamped));
        let mut variant = Variant::text(&body);
        (variant.title, variant.link) = (title.clone(), link.clone());
        let mut content = Content::new([variant]);
        if data {
            let mut options = PushOptions::default();
            options.data.insert("order".to_owned(), "1".to_owned());
            content.push = Some(options);
        }
        let mut channel = channel;
        channel.limits.extend(limits);
        let values: Values = [("name".parse().expect("a name"), "Ana María"), ("url".parse().expect("a name"), "https://example.com/v")].into_iter().collect();
        let context = FitContext::new("2026-11-22T12:00:00Z".parse().expect("an instant"), Purpose::Transactional).with_values(&values);
        if let Ok(fitted) = content::fit(&content, &channel, &context) {
            let said = Said::of(&fitted);
            let lost = |kind| fitted.losses().iter().any(|loss: &Loss| loss.kind == kind);
            let excused: Vec<_> = if lost(LossKind::Unlinked) {
                [Some(&body), title.as_ref(), link.as_ref()].into_iter().flatten().flat_map(|text| addressed(text)).collect()
            } else { Vec::new() };
            let title = title.filter(|_| !lost(LossKind::Untitled));
            for text in [Some(&body), title.as_ref(), link.as_ref()].into_iter().flatten() {
                for mark in marks(text) {
                    prop_assert!(said.is_there(&mark) || excused.contains(&mark), "{:?}: {mark} of {:?}: {:?} {:?}", channel.dialect(), (&body, &title, &link), said.document, fitted.losses());
                }
            }
        }
    }
}

/// What a channel makes of blocks, field by field, then what was lost.
#[track_caller]
fn check(blocks: &str, dialect: Dialect, expected: Expect) {
    let blocks: Vec<Block> = serde_json::from_str(blocks).expect("blocks");
    let channel = [Capability::Text, Capability::RichMedia, Capability::Buttons]
        .into_iter()
        .fold(ChannelDescriptor::new("channel".parse().expect("a name"), ChannelKind::SMS), ChannelDescriptor::can)
        .speaking(dialect);
    let context = FitContext::new("2026-11-22T12:00:00Z".parse().expect("an instant"), Purpose::Transactional);
    let content = Content::of_blocks(blocks);
    let told = match content::fit(&content, &channel, &context) {
        Ok(fitted) => {
            let mut told = Vec::new();
            let mut see = |field, words: &str| {
                // The page says what the text beside it says.
                if !matches!(field, Field::Html | Field::Body if dialect == Dialect::Email) {
                    told.push(format!("{field}: {words}"));
                }
            };
            fitted.payload().fields(&mut see);
            told.extend(
                fitted.losses().iter().map(|loss| format!("- {:?} {} {}", loss.block, loss.kind, loss.characters)),
            );
            told.join("\n")
        }
        Err(unfit) => unfit.to_string(),
    };
    expected.assert_eq(&told);
}

#[test]
fn an_empty_value_takes_away_no_more_than_itself() {
    check(
        r#"[{"text": "Yours:"}, {"list": ["Shoes", "{none|}", "Socks"]}]"#,
        Dialect::Plain,
        expect![[r#"
        body: Yours:
        - Shoes
        - Socks
        - Some(1) flattened 0"#]],
    );
    check(r#"[{"text": "Yours:"}, {"list": ["{none|}", "{none|}"]}]"#, Dialect::Plain, expect!["body: Yours:"]);
    let open = r#"[{"text": "Look"}, {"action": {"label": "Open", "short": "{none|}", "url": "https://a.example"}}]"#;
    check(
        open,
        Dialect::InApp,
        expect![[r#"
        body: Look
        button: Open"#]],
    );
    let open = r#"[{"text": "Look"}, {"action": {"label": "{none|}", "url": "https://a.example"}}]"#;
    check(
        open,
        Dialect::InApp,
        expect![[r#"
        body: Look
        button: https://a.example"#]],
    );
}

#[test]
fn what_an_empty_value_takes_with_it_is_listed() {
    let open = r#"[{"text": "Look"}, {"action": {"label": "Open", "url": "{none|}"}}]"#;
    check(
        open,
        Dialect::Plain,
        expect![[r#"
        body: Look
        - Some(1) dropped 0"#]],
    );
    let picture = r#"[{"text": "Look"}, {"media": {"url": "{none|}", "alt": "A van"}}]"#;
    check(
        picture,
        Dialect::InApp,
        expect![[r#"
        body: Look
        A van
        - Some(1) flattened 0"#]],
    );
    let picture = r#"[{"text": "Look"}, {"media": {"url": "https://a.example/i.png", "alt": "{none|}"}}]"#;
    check(
        picture,
        Dialect::InApp,
        expect![[r#"
        body: Look
        - Some(1) dropped 0"#]],
    );
    let instead = r#"[{"text": "Look"}, {"list": ["One"]}, {"media": {"url": "https://a.example/i.png", "alt": "A van"},
        "fallback": {"text": "{none|}"}}]"#;
    check(
        instead,
        Dialect::Plain,
        expect![[r#"
        body: Look
        - One
        - Some(1) flattened 0
        - Some(2) dropped 0"#]],
    );
}

#[test]
fn what_a_payload_lays_out_as_text_is_listed() {
    let two = r#"[{"text": "Look"}, {"media": {"url": "https://a.example/i.png", "alt": "A van"}},
        {"media": {"url": "https://a.example/j.png", "alt": "A door"}, "fallback": {"text": "And a door"}},
        {"media": {"url": "https://a.example/k.png", "alt": "A roof"}}]"#;
    check(
        two,
        Dialect::InApp,
        expect![[r#"
        body: Look
        And a door
        A roof
        - Some(2) substituted 0
        - Some(3) flattened 0"#]],
    );
    let both = r#"[{"heading": "On its way"}, {"text": "Tomorrow"}, {"action": {"label": "Follow", "url": "https://a.example"}},
        {"action": {"label": "Later", "reply": "LATER"}}]"#;
    check(
        both,
        Dialect::WhatsApp,
        expect![[r#"
        header: On its way
        card: Tomorrow
        Follow: https://a.example
        button: Later
        postback: LATER
        - Some(2) flattened 0"#]],
    );
    let titled = r#"[{"heading": "On its way"}, {"text": "Tomorrow"}]"#;
    check(
        titled,
        Dialect::WhatsApp,
        expect![[r#"
        body: On its way
        Tomorrow
        - Some(0) flattened 0"#]],
    );
    check(
        titled,
        Dialect::Rcs,
        expect![[r#"
        body: On its way
        Tomorrow
        - Some(0) flattened 0"#]],
    );
    let nowhere = r#"[{"text": "Look"}, {"action": {"label": "Open", "url": "cart"}},
        {"media": {"url": "cid:1", "alt": "A van"}}]"#;
    check(
        nowhere,
        Dialect::Email,
        expect![[r#"
        subject: Look
        preheader: 
        plain_text: Look

        Open: cart

        A van
        - Some(1) flattened 0
        - Some(2) flattened 0"#]],
    );
    let headings = r#"[{"heading": "One"}, {"text": "First"}, {"heading": "Two"}, {"text": "Second"}]"#;
    check(
        headings,
        Dialect::Print,
        expect![[r#"
        title: One
        body: First

        Two

        Second
        - Some(2) flattened 0"#]],
    );
}

#[test]
fn an_email_of_a_code_has_a_subject_or_is_refused() {
    check(
        r#"[{"code": "481 516"}, {"legal": "Never tell it to anybody. We never ask for it."}]"#,
        Dialect::Email,
        expect![[r#"
            subject: Never tell it to anybody.
            preheader: We never ask for it.
            plain_text: 481 516

            Never tell it to anybody. We never ask for it."#]],
    );
    check(
        r#"[{"code": "481 516"}]"#,
        Dialect::Email,
        expect!["an email of nothing but codes, without words for a subject"],
    );
}
