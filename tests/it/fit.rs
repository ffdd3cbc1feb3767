//! Fitting: what each rung of the ladder gives up, and what holds for any words, channels and limits.

use expect_test::{Expect, expect};
use proptest::{collection::vec, option::weighted, prelude::*, sample::select};
use waypost::{
    Capability, ChannelDescriptor, ChannelKind, Content, CustomerProfile, Endpoint, Facts, Limit, Message, Misfit,
    Policy, Purpose, Reason, Router, RouterConfig, TopicId, Unit, Variant,
    content::{self, Block, Dialect, Field, FitContext, Fitted, Limits, LossKind, PartKind, Session, Values, Verbatim},
};

fn context() -> FitContext<'static> {
    FitContext::new("2026-11-22T12:00:00Z".parse().expect("an instant"), Purpose::Transactional)
}

fn channel(kind: ChannelKind) -> ChannelDescriptor {
    let all =
        [Capability::Text, Capability::LongForm, Capability::RichMedia, Capability::Buttons, Capability::DeepLink];
    all.into_iter().fold(ChannelDescriptor::new("channel".parse().expect("a name"), kind), ChannelDescriptor::can)
}

/// The words field by field, then what was lost; or why there are none.
fn told(fitted: Result<Fitted<'_>, content::Unfit>) -> String {
    let fitted = match fitted {
        Ok(fitted) => fitted,
        Err(unfit) => return unfit.to_string(),
    };
    let mut lines = Vec::new();
    fitted.payload().fields(&mut |field, words| lines.push(format!("{field}: {words}")));
    for loss in fitted.losses() {
        let block = loss.block.map_or("message".to_owned(), |block| format!("block {block}"));
        let characters = if loss.characters > 0 { format!(" ({})", loss.characters) } else { String::new() };
        lines.push(format!("- {block} {}{characters}", loss.kind));
    }
    lines.join("\n")
}

/// What a channel within a limit makes of blocks.
#[track_caller]
fn check(blocks: &str, kind: ChannelKind, limit: impl Into<Option<(u32, Unit)>>, expected: Expect) {
    let blocks: Vec<Block> = serde_json::from_str(blocks).expect("blocks");
    let mut channel = channel(kind);
    if let Some((max, unit)) = limit.into() {
        channel = channel.with_limit(max, unit);
    }
    let content = Content::of_blocks(blocks);
    expected.assert_eq(&told(content::fit(&content, &channel, &context())));
}

const PARCEL: &str = r#"[
    {"heading": "On its way", "priority": 3},
    {"text": "Your parcel left our warehouse this morning. It should be with you tomorrow, between nine and noon.",
     "short": "Your parcel comes tomorrow.", "priority": 8},
    {"list": ["Two pairs of shoes", "One umbrella"], "priority": 2},
    {"media": {"url": "https://example.com/p.png", "alt": "A van"}, "priority": 1},
    {"action": {"label": "Follow your parcel", "short": "Follow", "url": "https://example.com/p/1"}},
    {"legal": "Reply STOP to opt out"}
]"#;

#[test]
fn a_text_message_gives_up_one_thing_after_the_other() {
    let check = |max, expected| check(PARCEL, ChannelKind::SMS, (max, Unit::Septets), expected);
    check(
        1000,
        expect![[r#"
        body: On its way
        Your parcel left our warehouse this morning. It should be with you tomorrow, between nine and noon.
        - Two pairs of shoes
        - One umbrella
        A van
        Follow your parcel: https://example.com/p/1
        Reply STOP to opt out
        - block 0 flattened
        - block 2 flattened
        - block 3 flattened
        - block 4 flattened"#]],
    );
    check(
        160,
        expect![[r#"
        body: On its way
        Your parcel comes tomorrow.
        - Two pairs of shoes
        - One umbrella
        A van
        Follow: https://example.com/p/1
        Reply STOP to opt out
        - block 0 flattened
        - block 1 shortened
        - block 2 flattened
        - block 3 flattened
        - block 4 flattened
        - block 4 shortened"#]],
    );
    check(
        110,
        expect![[r#"
        body: On its way
        Your parcel comes tomorrow.
        Follow: https://example.com/p/1
        Reply STOP to opt out
        - block 0 flattened
        - block 1 shortened
        - block 2 dropped (35)
        - block 3 dropped (5)
        - block 4 flattened
        - block 4 shortened"#]],
    );
    check(
        70,
        expect![[r#"
        body: Your parcel comes tomorrow.
        Reply STOP to opt out
        - block 0 dropped (10)
        - block 1 shortened
        - block 2 dropped (35)
        - block 3 dropped (5)
        - block 4 dropped (31)"#]],
    );
    check(
        48,
        expect![[r#"
        body: Your parcel comes...
        Reply STOP to opt out
        - block 0 dropped (10)
        - block 1 shortened
        - block 1 cut_at_word (10)
        - block 2 dropped (35)
        - block 3 dropped (5)
        - block 4 dropped (31)"#]],
    );
    check(20, expect!["too long: 49 septets of at most 20"]);
}

#[test]
fn every_kind_lays_the_same_blocks_out_in_its_own_way() {
    for (kind, expected) in [
        (
            ChannelKind::PUSH,
            expect![[r#"
            title: On its way
            body: Your parcel left our warehouse this morning. It should be with you tomorrow, between nine and noon.
            - Two pairs of shoes
            - One umbrella
            Reply STOP to opt out
            - block 2 flattened"#]],
        ),
        (
            ChannelKind::WHATSAPP,
            expect![[r#"
                card: On its way
                Your parcel left our warehouse this morning. It should be with you tomorrow, between nine and noon.
                - Two pairs of shoes
                - One umbrella
                Reply STOP to opt out
                button: Follow your parcel
                - block 0 flattened
                - block 2 flattened"#]],
        ),
        (
            ChannelKind::VOICE,
            expect![[r#"
            body: On its way
            Your parcel left our warehouse this morning. It should be with you tomorrow, between nine and noon.
            Two pairs of shoes
            One umbrella
            A van
            Follow your parcel: example.com
            Reply STOP to opt out
            speech: <speak><p><s>On its way</s></p><break time="600ms"/><p>Your parcel left our warehouse this morning. It should be with you tomorrow, between nine and noon.</p><break time="400ms"/><p><s>Two pairs of shoes</s><break time="300ms"/><s>One umbrella</s></p><break time="400ms"/><p>A van</p><break time="400ms"/><p>Follow your parcel: example.com</p><break time="400ms"/><p>Reply STOP to opt out</p></speak>
            - block 3 flattened
            - block 4 unlinked (12)"#]],
        ),
        (
            "pager".parse().expect("a kind"),
            expect![[r#"
            body: On its way
            Your parcel left our warehouse this morning. It should be with you tomorrow, between nine and noon.
            - Two pairs of shoes
            - One umbrella
            A van
            Follow your parcel: https://example.com/p/1
            Reply STOP to opt out
            - block 0 flattened
            - block 2 flattened
            - block 3 flattened
            - block 4 flattened"#]],
        ),
    ] {
        check(PARCEL, kind, None, expected);
    }
}

#[test]
fn a_text_is_cut_at_the_best_place_that_fits() {
    let text = r#"[{"text": "First things first. Then, slowly, the rest: naïveté at https://example.com/long/way and more."}]"#;
    let check = |max, expected| check(text, ChannelKind::SMS, (max, Unit::CodePoints), expected);
    check(
        60,
        expect![[r#"
        body: First things first.
        - block 0 cut_at_sentence (73)"#]],
    );
    check(
        18,
        expect![[r#"
        body: First things...
        - block 0 cut_at_word (81)"#]],
    );
    check(
        8,
        expect![[r#"
        body: First...
        - block 0 cut_at_word (88)"#]],
    );
    check(
        4,
        expect![[r#"
        body: F...
        - block 0 cut_in_word (92)"#]],
    );
    check(3, expect!["too long: 93 characters of at most 3"]);
}

#[test]
fn what_is_whole_is_never_cut() {
    let article = r#"[{"text": "A long article. With many sentences. And no short form.", "whole": true}]"#;
    check(article, ChannelKind::SMS, (40, Unit::CodePoints), expect!["too long: 55 characters of at most 40"]);
    let summed_up =
        r#"[{"text": "A long article. With many sentences.", "short": "In short: read on.", "whole": true}]"#;
    check(
        summed_up,
        ChannelKind::SMS,
        (30, Unit::CodePoints),
        expect![[r#"
        body: In short: read on.
        - block 0 shortened"#]],
    );
}

#[test]
fn pinned_blocks_stand_or_nothing_does() {
    let code =
        r#"[{"text": "Your code for the bank of yours is"}, {"code": "482 913"}, {"legal": "Never tell anybody"}]"#;
    check(
        code,
        ChannelKind::SMS,
        (36, Unit::CodePoints),
        expect![[r#"
        body: Your...
        482 913
        Never tell anybody
        - block 0 cut_at_word (30)"#]],
    );
    check(code, ChannelKind::SMS, (20, Unit::CodePoints), expect!["too long: 61 characters of at most 20"]);
}

#[test]
fn a_fallback_stands_where_there_is_no_form() {
    let block = r#"[{"text": "Look"}, {"media": {"url": "https://example.com/p.png", "alt": "A van"}, "fallback": {"text": "See the van"}}]"#;
    check(
        block,
        ChannelKind::SMS,
        None,
        expect![[r#"
        body: Look
        See the van
        - block 1 substituted"#]],
    );
}

#[test]
fn kinds_choose_their_blocks() {
    let blocks =
        r#"[{"text": "For all"}, {"text": "For mail", "only": ["email"]}, {"text": "Not for SMS", "not": ["sms"]}]"#;
    check(blocks, ChannelKind::SMS, None, expect!["body: For all"]);
    check(
        r#"[{"text": "For mail", "only": ["email"]}]"#,
        ChannelKind::SMS,
        None,
        expect!["the message has nothing to say here"],
    );
}

#[test]
fn a_label_that_is_too_long_is_shortened_and_buttons_too_many_are_text() {
    let blocks: Vec<Block> = serde_json::from_str(PARCEL).expect("blocks");
    let mut channel = channel(ChannelKind::IN_APP);
    channel.limits.push(Limit::hard(10, Unit::CodePoints).on(Field::Button));
    let content = Content::of_blocks(blocks);
    expect![[r#"
        title: On its way
        body: Your parcel left our warehouse this morning. It should be with you tomorrow, between nine and noon.
        - Two pairs of shoes
        - One umbrella
        Reply STOP to opt out
        button: Follow
        - block 2 flattened
        - block 4 shortened"#]]
    .assert_eq(&told(content::fit(&content, &channel, &context())));
    channel.limits.push(Limit::hard(0, Unit::Items).on(Field::Button));
    expect![[r#"
        title: On its way
        body: Your parcel left our warehouse this morning. It should be with you tomorrow, between nine and noon.
        - Two pairs of shoes
        - One umbrella
        Follow: https://example.com/p/1
        Reply STOP to opt out
        - block 2 flattened
        - block 4 flattened
        - block 4 shortened"#]]
    .assert_eq(&told(content::fit(&content, &channel, &context())));
}

#[test]
fn a_short_form_that_is_no_shorter_stands_for_nothing() {
    let blocks = r#"[{"list": ["One", "Two"], "short": "This is longer than the list itself", "priority": 9},
        {"text": "A sentence that may go.", "priority": 1}]"#;
    let blocks: Vec<Block> = serde_json::from_str(blocks).expect("blocks");
    let letter = channel(ChannelKind::POSTAL).with_limit(30, Unit::CodePoints);
    expect![[r#"
        body: A sentence that may go.
        - block 0 dropped"#]]
    .assert_eq(&told(content::fit(&Content::of_blocks(blocks), &letter, &context())));
}

#[test]
fn a_missing_value_refuses_the_variant_and_another_serves() {
    let content = Content::new([
        Variant::text("Hello {name}, it is at the door").on(ChannelKind::SMS),
        Variant::text("It is at the door"),
    ]);
    let sms = channel(ChannelKind::SMS);
    let fitted = content::fit(&content, &sms, &context()).expect("the second fits");
    assert_eq!((fitted.choice().variant, fitted.text().as_str()), (1, "It is at the door"));
    let values: Values = [("name".parse().expect("a name"), "Ana")].into_iter().collect();
    let named = context().with_values(&values);
    assert_eq!(content::fit(&content, &sms, &named).expect("the first fits").text(), "Hello Ana, it is at the door");

    let alone = Content::new([Variant::text("Hello {name}")]);
    let refused = content::fit(&alone, &sms, &context()).expect_err("a value is missing");
    assert_eq!(refused.reason(), Reason::VariableMissing { name: "name".parse().expect("a name") });
}

#[test]
fn a_value_is_not_cut_through() {
    let content = Content::of_blocks([Block::text("Dear {name}, how are you?")]);
    let values: Values = [("name".parse().expect("a name"), "Ana María")].into_iter().collect();
    let channel = channel(ChannelKind::SMS).with_limit(12, Unit::CodePoints);
    let fitted = content::fit(&content, &channel, &context().with_values(&values)).map(|fitted| fitted.text());
    assert_eq!(fitted.as_deref(), Ok("Dear..."));
}

#[test]
fn marketing_by_email_says_how_to_leave() {
    let mut marketing = context();
    marketing.purpose = Purpose::Marketing;
    let mut content = Content::new([Variant::long_form("Sale", "Everything must go")]);
    let email = channel(ChannelKind::EMAIL);
    let refused = content::fit(&content, &email, &marketing).expect_err("no way out");
    assert_eq!(refused.reason(), Reason::ContentUnsuited { misfit: Misfit::NoUnsubscribe });
    content.unsubscribe = Some(content::Unsubscribe::new("https://example.com/u"));
    assert!(content::fit(&content, &email, &marketing).is_ok());
}

#[test]
fn languages_are_found_along_their_chain_and_it_is_said_how() {
    use content::LocaleMatch::{Any, Default, Exact, Wider};
    let variant = |tag: &str| Variant::text(tag).in_locale(tag.parse().expect("a tag"));
    let brand = "acme".parse().expect("a brand");
    let mut content = Content::new([variant("en"), variant("pt"), variant("pt").for_brand(brand), variant("es-MX")]);
    let email = channel(ChannelKind::SMS);
    let mut check = |wanted: &[&str], default: Option<&str>, brand, expected: (u16, content::LocaleMatch)| {
        let wanted: Vec<_> = wanted.iter().map(|tag| tag.parse().expect("a tag")).collect();
        content.default_locale = default.map(|tag| tag.parse().expect("a tag"));
        let mut context = context().with_locales(&wanted);
        context.brand = brand;
        let choice = content::fit(&content, &email, &context).expect("it fits").choice();
        assert_eq!((choice.variant, choice.locale_match), expected);
    };
    check(&["pt-BR"], None, None, (1, Wider));
    check(&["pt-BR"], None, Some(brand), (2, Wider));
    check(&["es-MX", "pt"], None, None, (3, Exact));
    check(&["fr"], None, None, (0, Default));
    check(&["fr"], Some("es-MX"), None, (3, Default));
    check(&["fr"], Some("de"), None, (0, Any));
    check(&[], None, None, (0, Exact));
}

#[test]
fn a_closed_session_takes_a_template_only() {
    let content = Content::new([
        Variant::text("How can we help?"),
        Variant::template("hello".parse().expect("a name"), ["{name}".to_owned()]),
    ]);
    let values: Values = [("name".parse().expect("a name"), "Ana")].into_iter().collect();
    let whatsapp = channel(ChannelKind::WHATSAPP).can(Capability::Template).can(Capability::Session);
    let closed = context().with_values(&values).with_session(Session::Closed { since: None });
    let fitted = content::fit(&content, &whatsapp, &closed).expect("the template");
    let json = serde_json::to_value(fitted.payload()).expect("JSON");
    assert_eq!(json["template"]["components"][0]["parameters"][0]["text"], "Ana");
}

#[test]
fn the_shipped_limits_are_read_and_say_where_they_are_from() {
    let limits = Limits::shipped();
    assert!(limits.rows().len() > 60);
    for row in limits.rows() {
        assert!(row.source.len() > 3 && row.max > 0, "{row:?}");
    }
}

const TEXTS: [&str; 14] = [
    "x",
    "Your parcel is on its way.",
    "Ça va? Ŝi diris: ĝis morgaŭ!",
    "e\u{301}te\u{301} n\u{303}",
    "Grüße 👩‍👩‍👧‍👦 aus Köln 🇩🇪🇩🇪, bis bald",
    "नमस्ते, आपका पार्सल कल आएगा। धन्यवाद।",
    "שלום עולם. مرحبا بالعالم",
    "See https://example.com/a/b?c=d&e=f now, or call. Then wait; we come.",
    "“Quoted” – dashed… and\u{a0}spaced",
    "One. Two! Three? Four.\nFive lines\nof text",
    "<b>&amp; \"quoted\" \\ 'single'</b>",
    "€€€€ [brackets] {braces} ~tilde~",
    "A very long text without any end, that goes on and on, and then some more, so that nothing holds it, not a message \
     of one hundred and sixty septets nor a line of any kind, for it has so much to say that it forgets to stop. Twice.",
    "\u{200b}\u{feff}\t\r\n.",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![6 => select(&TEXTS[..]).prop_map(str::to_owned), 1 => "\\PC{1,40}"]
        .prop_filter("a block says something", |text| !text.trim().is_empty())
}

fn block() -> impl Strategy<Value = Block> {
    let part = prop_oneof![
        4 => text().prop_map(Block::text),
        2 => text().prop_map(Block::heading),
        1 => vec(text(), 1..4).prop_map(Block::list),
        1 => text().prop_map(|label| Block::link(label, "https://example.com/x")),
        1 => text().prop_map(|label| Block::reply(label, "YES")),
        1 => text().prop_map(|alt| Block::media("https://example.com/i.png", alt)),
        1 => Just(Block::code("48 29")),
        1 => Just(Block::legal("Reply STOP to opt out")),
    ];
    (part, 0u8..4, weighted(0.3, text()), any::<[bool; 4]>()).prop_map(|(block, priority, short, [a, b, c, d])| {
        let mut block = block.with_priority(priority);
        if let Some(short) = short {
            block = block.with_short(short);
        }
        block.pinned |= a && b && c;
        block.whole = c && d;
        block
    })
}

fn any_channel() -> impl Strategy<Value = ChannelDescriptor> {
    let can = any::<[bool; 3]>();
    (select(Dialect::ALL), can, select(ChannelKind::KNOWN)).prop_map(|(dialect, can, kind)| {
        let extra = [Capability::LongForm, Capability::RichMedia, Capability::Buttons];
        let plain = ChannelDescriptor::new("channel".parse().expect("a name"), kind).can(Capability::Text);
        let channel =
            extra.into_iter().zip(can).filter(|(_, can)| *can).fold(plain, |channel, (more, _)| channel.can(more));
        channel.speaking(dialect)
    })
}

const UNITS: [Unit; 8] = [
    Unit::CodePoints,
    Unit::Utf16Units,
    Unit::Bytes,
    Unit::Clusters,
    Unit::Septets,
    Unit::Segments,
    Unit::Lines,
    Unit::Words,
];

/// The same count, from the definition.
fn counted(words: &str, unit: Unit) -> Option<usize> {
    Some(match unit {
        Unit::CodePoints => words.chars().count(),
        Unit::Utf16Units => words.chars().map(char::len_utf16).sum(),
        Unit::Bytes => words.len(),
        Unit::Lines => words.lines().count(),
        Unit::Words => words.split_whitespace().count(),
        _ => return None,
    })
}

/// How bad a block fared: nothing, shortened, cut by so much, gone.
fn fate(fitted: &Fitted<'_>, block: u16) -> (u8, u32) {
    let mine = fitted.losses().iter().filter(|loss| loss.block == Some(block));
    mine.map(|loss| match loss.kind {
        LossKind::Dropped => (3, 0),
        LossKind::CutAtSentence | LossKind::CutAtWord | LossKind::CutInWord => (2, loss.characters),
        LossKind::Shortened => (1, 0),
        _ => (0, 0),
    })
    .max()
    .unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn words_are_within_every_hard_limit_and_pinned_ones_stand(
        blocks in vec(block(), 1..7),
        channel in any_channel(),
        limits in vec((select(&UNITS[..]), 0u32..400), 0..3),
    ) {
        let mut channel = channel;
        channel.limits.extend(limits.iter().map(|(unit, max)| Limit::hard(*max, *unit)));
        let content = Content::of_blocks(blocks.clone());
        let shipped = Limits::shipped();
        let mut context = context().with_limits(shipped);
        context.render = &Verbatim;
        if let Ok(fitted) = content::fit(&content, &channel, &context) {
            let rows = shipped.of(channel.dialect(), context.at).filter(|row| row.form.is_none());
            for limit in channel.limits.iter().copied().chain(rows.map(|row| row.limit())) {
                if limit.kind != content::LimitKind::Hard { continue }
                let measured = fitted.payload().measure(limit.field, limit.unit);
                prop_assert!(measured <= limit.max, "{measured} of {limit:?}");
                fitted.payload().fields(&mut |field, words| {
                    let most = counted(words, limit.unit).filter(|_| field == limit.field);
                    assert!(most.is_none_or(|most| most <= limit.max as usize), "{limit:?}");
                });
            }
            let as_written = [Dialect::Sms, Dialect::Plain, Dialect::Fcm, Dialect::Apns, Dialect::InApp, Dialect::Chat];
            if as_written.contains(&channel.dialect()) {
                let mut all = String::new();
                fitted.payload().fields(&mut |_, words| { all.push_str(words); all.push('\n'); });
                for block in blocks.iter().filter(|block| block.pinned) {
                    if let content::Part::Text(words) | content::Part::Code(words) | content::Part::Legal(words) = &block.part {
                        prop_assert!(all.contains(words.as_str()), "{words:?} in {all:?}");
                    }
                }
            }
            prop_assert!(serde_json::to_value(fitted.payload()).is_ok());
        }
    }

    #[test]
    fn what_fits_is_left_alone(
        blocks in vec(block(), 1..7),
        channel in any_channel(),
        limits in vec((select(&UNITS[..]), 0u32..400), 0..3),
    ) {
        let mut channel = channel;
        channel.limits.extend(limits.iter().map(|(unit, max)| Limit::hard(*max, *unit)));
        let mut context = context().with_limits(Limits::shipped());
        context.render = &Verbatim;
        let content = Content::of_blocks(blocks);
        if let Ok(once) = content::fit(&content, &channel, &context) {
            let again = once.content();
            let twice = content::fit(&again, &channel, &context).map(Fitted::into_payload);
            prop_assert_eq!(twice.map(|payload| serde_json::to_string(&payload).ok()), Ok(serde_json::to_string(once.payload()).ok()));
        }
    }

    #[test]
    fn more_room_never_loses_more(
        blocks in vec(block(), 1..7),
        channel in any_channel(),
        unit in select(&UNITS[..]),
        max in 0u32..300,
        more in 0u32..60,
    ) {
        let content = Content::of_blocks(blocks.clone());
        let mut context = context();
        context.render = &Verbatim;
        let (tight, wide) = (channel.clone().with_limit(max, unit), channel.with_limit(max + more, unit));
        if let Ok(tight) = content::fit(&content, &tight, &context) {
            let wide = content::fit(&content, &wide, &context);
            prop_assert!(wide.is_ok());
            let wide = wide.expect("it fits");
            for block in 0..blocks.len() as u16 {
                prop_assert!(fate(&wide, block) <= fate(&tight, block), "block {block}: {:?}, then {:?}", tight.losses(), wide.losses());
            }
        }
    }

    #[test]
    fn the_router_says_what_a_fit_says(
        words in text(),
        title in weighted(0.3, text()),
        link in weighted(0.3, Just("https://example.com/x".to_owned())),
        channel in any_channel(),
        limits in vec((select(&UNITS[..]), 0u32..200), 0..3),
        marketing in any::<bool>(),
    ) {
        let mut channel = channel;
        channel.limits.extend(limits.iter().map(|(unit, max)| Limit::hard(*max, *unit)));
        let mut variant = Variant::text(words);
        (variant.title, variant.link) = (title, link);
        let purpose = if marketing { Purpose::Marketing } else { Purpose::Transactional };
        let message = Message::builder("m".parse().expect("a name"), TopicId::literal("topic"), purpose).variant(variant);
        let message = message.build().expect("a sound message");
        let address = match channel.kind {
            ChannelKind::EMAIL => "ana@example.com",
            _ => "+33600000000",
        };
        let endpoint = Endpoint::new("end".parse().expect("a name"), channel.kind, address).expect("an address").verified();
        let profile = CustomerProfile::builder("ana".parse().expect("a name"))
            .endpoint(endpoint)
            .zone(waypost::ZoneEvidence::declared("UTC".parse().expect("a zone")))
            .consent(waypost::ConsentEvent::new(
                waypost::ConsentAction::Grant,
                waypost::ConsentScope::everything(),
                "2026-01-01T00:00:00Z".parse().expect("an instant"),
            ))
            .build()
            .expect("a sound profile");
        let limits = Limits::shipped();
        let config = RouterConfig::builder()
            .descriptors([channel.clone()])
            .policy(Policy::default())
            .limits(limits.clone())
            .build()
            .expect("a sound configuration");
        let plan = Router::new(config, profile).plan(&message, &Facts::at("2026-11-23T12:00:00Z".parse().expect("an instant")));
        let mut context = context().with_limits(limits);
        context.purpose = purpose;
        let fitted = content::fit(message.content(), &channel, &context);
        match (plan.dispatches().next(), fitted) {
            (Some(dispatch), Ok(fitted)) => prop_assert_eq!(dispatch.content, fitted.choice()),
            (None, Err(unfit)) => prop_assert_eq!(plan.trace().candidates()[0].verdict.reason(), Some(unfit.reason())),
            (planned, fitted) => prop_assert!(false, "{planned:?} {fitted:?}\n{plan}"),
        }
    }
}

#[track_caller]
fn refused(content: &Content, channel: &ChannelDescriptor, context: &FitContext<'_>) -> Reason {
    content::fit(content, channel, context).map(Fitted::into_payload).expect_err("it is refused").reason()
}

#[test]
fn no_link_slips_through_where_none_is_wanted() {
    let (sms, context) = (channel(ChannelKind::SMS), context().without_links());
    let values: Values = [("u".parse().expect("a name"), "https://a.example/x")].into_iter().collect();
    let context = context.with_values(&values);
    let link = Reason::ContentUnsuited { misfit: Misfit::Link };
    assert_eq!(refused(&Content::new([Variant::text("See https://a.example/p")]), &sms, &context), link);
    for block in [
        Block::text("See {u}"),
        Block::text("See it").with_fallback(Block::text("x")).pinned().with_short("See {u}"),
        Block::reply("Answer", "https://a.example/p"),
        Block::media("https://a.example/i.png", "See a.example/p"),
    ] {
        let content = Content::of_blocks([block, Block::legal("Reply STOP")]);
        match content::fit(&content, &sms, &context) {
            Ok(fitted) => assert_eq!(fitted.text(), "See it\nReply STOP"),
            Err(unfit) => assert_eq!(unfit.reason(), link),
        }
    }
}

#[test]
fn legal_words_alone_are_no_message() {
    let content = Content::of_blocks([Block::text("For mail").only_on(ChannelKind::EMAIL), Block::legal("Reply STOP")]);
    assert_eq!(refused(&content, &channel(ChannelKind::SMS), &context()), Reason::ContentMissing);
}

#[test]
fn a_fallback_is_pinned_where_it_says_so_and_what_is_pinned_is_not_replaced() {
    let copy = Block::link("Copy", "https://a.example/c").with_fallback(Block::code("4711")).with_priority(1);
    let content = Content::of_blocks([Block::text("Your code is on its way to you now, be careful"), copy.clone()]);
    let sms = channel(ChannelKind::SMS).with_limit(40, Unit::CodePoints);
    let fitted = content::fit(&content, &sms, &context()).expect("it fits");
    assert!(fitted.text().ends_with("\n4711"));
    let content = Content::of_blocks([copy.pinned()]);
    let fitted = content::fit(&content, &channel(ChannelKind::SMS), &context()).expect("it fits");
    assert_eq!(fitted.text(), "Copy: https://a.example/c");
}

#[test]
fn nothing_runs_where_it_is_opened() {
    let unsafe_link = Reason::ContentUnsuited { misfit: Misfit::UnsafeLink };
    for url in ["javascript:alert(1)", "JaVa\tScript:x", "data:text/html,x", "file:///etc/passwd", "ms-msdt://x"] {
        for kind in [ChannelKind::PUSH, ChannelKind::EMAIL, ChannelKind::TELEGRAM, ChannelKind::SMS] {
            let link = Content::of_blocks([Block::text("Look"), Block::link("Here", url)]);
            assert_eq!(refused(&link, &channel(kind), &context()), unsafe_link, "{url}");
            let written = Content::new([Variant::text("Look").with_link(url)]);
            assert_eq!(refused(&written, &channel(kind), &context()), unsafe_link, "{url}");
        }
    }
    let app = Content::of_blocks([Block::text("Look"), Block::link("Here", "shop://orders/1")]);
    assert!(content::fit(&app, &channel(ChannelKind::PUSH), &context()).is_ok());
}

#[test]
fn no_gap_and_no_placeholder_is_sent() {
    let values =
        |value: &str| -> Values { [("name".parse().expect("a name"), value.to_owned())].into_iter().collect() };
    let sms = channel(ChannelKind::SMS);
    for value in ["", " ", "\u{200b}", "\0", "\u{2060}\u{feff}"] {
        let values = values(value);
        let content = Content::new([Variant::text("Hello {name}")]);
        let missing = Reason::VariableMissing { name: "name".parse().expect("a name") };
        assert_eq!(refused(&content, &sms, &context().with_values(&values)), missing, "{value:?}");
    }
    for words in ["Hi {first name}", "Hi {{name}}", "Hi {name?}", "Hi {0}", "Hi {Name}", "Hi {name|{other}}"] {
        let values = values("Ana");
        let content = Content::new([Variant::text(words)]);
        let template = Reason::ContentUnsuited { misfit: Misfit::Template };
        assert_eq!(refused(&content, &sms, &context().with_values(&values)), template, "{words}");
    }
    assert_eq!(refused(&Content::of_blocks([Block::text("{name|}")]), &sms, &context()), Reason::ContentMissing);
}

#[test]
fn a_limit_on_the_body_holds_under_a_picture_and_on_a_card() {
    let words = "Many words that go on. ".repeat(15);
    for kind in
        [ChannelKind::TELEGRAM, ChannelKind::VIBER, ChannelKind::WHATSAPP, ChannelKind::RCS, ChannelKind::MESSENGER]
    {
        let content = Content::of_blocks([
            Block::text(&words),
            Block::media("https://a.example/i.png", "A van"),
            Block::link("Here", "https://a.example/p"),
        ]);
        let channel = channel(kind).with_limit(50, Unit::CodePoints);
        let fitted = content::fit(&content, &channel, &context()).expect("it fits");
        let text = fitted.text();
        assert!(!text.is_empty() && text.chars().count() <= 50, "{kind}: {text}");
    }
}

#[test]
fn a_cut_leaves_something_to_read() {
    for words in ["\u{200b}\u{feff}\r\n.", "((( and more words than there is room for"] {
        let content = Content::of_blocks([Block::text(words), Block::legal("Reply STOP to opt out")]);
        let channel = channel(ChannelKind::SMS).with_limit(26, Unit::CodePoints);
        let fitted = content::fit(&content, &channel, &context()).map(|fitted| fitted.text());
        assert!(fitted.is_err(), "nothing that is short enough says anything: {fitted:?}");
    }
}

#[test]
fn values_are_not_respelled() {
    let words = "The password of your account is {code} and nobody who works for us will ever ask you for it, neither by \
                 telephone nor by mail. Call us if somebody does, \u{201c}please\u{201d}.";
    let values: Values = [("code".parse().expect("a name"), "ab\u{2026}cd")].into_iter().collect();
    let content = Content::new([Variant::text(words)]);
    let sms = channel(ChannelKind::SMS);
    let text = content::fit(&content, &sms, &context().with_values(&values)).expect("it fits").text();
    assert!(text.contains("ab\u{2026}cd"), "{text}");
}

#[test]
fn parts_have_their_kinds() {
    let blocks: Vec<Block> = serde_json::from_str(PARCEL).expect("blocks");
    let kinds: Vec<_> = blocks.iter().map(|block| block.part.kind()).collect();
    use PartKind::{Action, Heading, Legal, List, Media, Text};
    assert_eq!(kinds, [Heading, Text, List, Media, Action, Legal]);
}
