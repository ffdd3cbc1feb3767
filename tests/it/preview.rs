//! The preview: what every channel makes of a message, as each of them by itself.

use waypost::{
    Capability, ChannelDescriptor, ChannelKind, Content, Limit, Purpose, Unit, Variant,
    content::{self, Block, Field, FitContext, LimitKind, Preview, Session, Shown},
};

fn context() -> FitContext<'static> {
    FitContext::new("2026-11-22T12:00:00Z".parse().expect("an instant"), Purpose::Transactional)
}

fn channel(name: &str, kind: ChannelKind) -> ChannelDescriptor {
    ChannelDescriptor::new(name.parse().expect("a name"), kind).can(Capability::Text)
}

fn shown(preview: &Preview<'_>) -> Vec<(String, String)> {
    let split = |Shown { seen, hidden, .. }: Shown| (seen, hidden);
    preview.channels.iter().flat_map(|channel| channel.words()).map(split).collect()
}

#[test]
fn it_is_the_fit_of_every_channel_in_declared_order() {
    let content = Content::of_blocks([Block::heading("A title"), Block::text("Some words"), Block::code("4711")]);
    let kinds = [ChannelKind::POSTAL, ChannelKind::SMS, ChannelKind::EMAIL, ChannelKind::PUSH, ChannelKind::VOICE];
    let channels: Vec<_> = (0..).zip(kinds).map(|(at, kind)| channel(&format!("c{at}"), kind)).collect();
    let preview = content::preview(&content, &channels, &context());
    for (previewed, channel) in preview.channels.iter().zip(&channels) {
        assert_eq!(
            (previewed.channel, previewed.kind, previewed.dialect),
            (channel.id, channel.kind, channel.dialect())
        );
        let (alone, beside) = (content::fit(&content, channel, &context()), previewed.result.as_ref());
        let alone = alone.expect("it fits");
        let beside = beside.expect("it fits");
        assert!(alone.payload() == beside.payload() && alone.measures() == beside.measures());
        assert_eq!(previewed.losses().len(), alone.losses().len());
    }
    assert_eq!(preview.channels.len(), channels.len());
    assert_eq!(preview.to_string(), content::preview(&content, &channels, &context()).to_string());
}

#[test]
fn words_are_split_where_a_reader_sees_no_more() {
    let visible = |max| Limit::hard(max, Unit::Clusters).of_kind(LimitKind::Visible);
    let mut wall = channel("wall", ChannelKind::IN_APP);
    let content = Content::new([Variant::text("Ein Gruß 👩‍👩‍👧 aus Zaragoza")]);
    let whole = ("Ein Gruß 👩‍👩‍👧 aus Zaragoza".to_owned(), String::new());
    assert_eq!(shown(&content::preview(&content, [&wall], &context())), std::slice::from_ref(&whole));
    wall.limits = vec![visible(40), visible(10), visible(14)];
    let preview = content::preview(&content, [&wall], &context());
    assert_eq!(shown(&preview), [("Ein Gruß 👩‍👩‍👧".to_owned(), " aus Zaragoza".to_owned())]);
    assert!(preview.channels[0].losses().is_empty(), "nothing is cut for what is only not seen at once");
    wall.limits = vec![visible(3).on(Field::Title)];
    assert_eq!(shown(&content::preview(&content, [&wall], &context())), [whole]);
}

#[test]
fn a_session_holds_for_channels_with_sessions() {
    let content = Content::new([Variant::text("Some words")]);
    let channels = [channel("wa", ChannelKind::WHATSAPP).can(Capability::Session), channel("text", ChannelKind::SMS)];
    let closed = context().with_session(Session::Closed { since: None });
    let preview = content::preview(&content, &channels, &closed);
    assert_eq!(preview.to_string().lines().nth(1), Some("    refused    no session is open and there is no template"));
    assert!(preview.channels[1].result.is_ok());
    assert_eq!(preview.channels[0].billed(), None);
    assert_eq!(preview.channels[1].billed().as_deref(), Some("1 segment"));
}

#[test]
fn its_debug_holds_no_words() {
    let content = Content::of_blocks([Block::text("Zaragoza"), Block::code("4711")]);
    let channels = [channel("text", ChannelKind::SMS), channel("robot", ChannelKind::VOICE)];
    let preview = content::preview(&content, &channels, &context());
    let debug = format!("{preview:?} {:?}", preview.channels[1].words());
    assert!(!debug.contains("Zaragoza") && !debug.contains("4711") && debug.contains("robot"), "{debug}");
}
