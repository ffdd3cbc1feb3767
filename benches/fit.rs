//! Fitting: a message of six blocks to eight channels, together and each by itself, and one that has to be cut.
//!
//! `cargo bench --bench fit` prints nanoseconds, beside those of writing the same words one after the other into one
//! text, which is the least that anybody does for a channel.

use std::hint::black_box;

use waypost::{
    Capability, ChannelDescriptor, ChannelKind, Content, Purpose, Unit,
    content::{self, Block, FitContext, Limits, Part, Target},
};

mod race;

use race::{Contestant, heading, race};

fn main() {
    let (rounds, passes) = if std::env::args().any(|arg| arg == "--test") { (1, 1) } else { (41, 400) };
    let content = parcel();
    let context = FitContext::new("2026-11-22T12:00:00Z".parse().expect("an instant"), Purpose::Transactional)
        .with_limits(Limits::shipped());
    let channels: Vec<_> = [
        ChannelKind::PUSH,
        ChannelKind::WHATSAPP,
        ChannelKind::RCS,
        ChannelKind::EMAIL,
        ChannelKind::SMS,
        ChannelKind::TELEGRAM,
        ChannelKind::IN_APP,
        ChannelKind::VOICE,
    ]
    .map(channel)
    .into();
    for channel in &channels {
        let fitted = content::fit(&content, channel, &context).expect("it fits");
        assert!(!fitted.losses().iter().any(|loss| loss.kind > content::LossKind::Unlinked), "{}", channel.kind);
    }
    let short = channel(ChannelKind::SMS).with_limit(120, Unit::Septets);
    let cut = parcel_without_short_forms();
    let fitted = content::fit(&cut, &short, &context).expect("it fits");
    assert!(fitted.losses().iter().any(|loss| loss.kind >= content::LossKind::CutAtSentence));

    heading();
    race("8 channels together", &fit(&content, &channels, &context), &joined(&content, channels.len()), rounds, passes);
    for channel in &channels {
        let channel = std::slice::from_ref(channel);
        let what = format!("of which {}", channel[0].kind);
        race(&what, &fit(&content, channel, &context), &joined(&content, 1), rounds, passes * 4);
    }
    let short = std::slice::from_ref(&short);
    race("an SMS in short forms", &fit(&content, short, &context), &joined(&content, 1), rounds, passes);
    race("an SMS that is cut", &fit(&cut, short, &context), &joined(&cut, 1), rounds, passes);
}

fn channel(kind: ChannelKind) -> ChannelDescriptor {
    let all =
        [Capability::Text, Capability::LongForm, Capability::RichMedia, Capability::Buttons, Capability::DeepLink];
    all.into_iter().fold(ChannelDescriptor::new("channel".parse().expect("a name"), kind), ChannelDescriptor::can)
}

fn parcel() -> Content {
    Content::of_blocks([
        Block::heading("Your parcel comes tomorrow").with_priority(8),
        Block::text(
            "Hello Ana, your order 4711 left our warehouse in Zaragoza this morning. The driver rings between ten and \
             noon tomorrow.",
        )
        .with_short("Order 4711 comes tomorrow, 10 to 12.")
        .with_priority(7),
        Block::list(["2 stoneware cups", "1 teapot, 0.8 litres", "1 bag of Assam, 250 g"])
            .with_short("2 cups, 1 teapot, 1 bag of tea"),
        Block::code("481516"),
        Block::link("Follow your parcel", "https://shop.example/t/4711").with_short("Follow").with_priority(6),
        Block::legal("Reply STOP to opt out"),
    ])
}

fn parcel_without_short_forms() -> Content {
    let mut content = parcel();
    content.variants[0].blocks.iter_mut().for_each(|block| block.short = None);
    // The text is what stays and is cut, and not the heading above it.
    content.variants[0].blocks[0].priority = 4;
    content
}

fn fit<'a>(content: &'a Content, channels: &'a [ChannelDescriptor], context: &'a FitContext<'a>) -> Contestant<'a> {
    let pass = move || {
        for channel in channels {
            // A refusal is an answer too, and is measured as one.
            _ = black_box(content::fit(black_box(content), black_box(channel), context));
        }
    };
    ("fit", 1, Box::new(pass))
}

/// The words one after the other, once a channel.
fn joined(content: &Content, channels: usize) -> Contestant<'_> {
    let words = |part: &Part| match part {
        Part::Text(text) | Part::Heading(text) | Part::Code(text) | Part::Legal(text) => text.clone(),
        Part::List(items) => items.join("\n"),
        Part::Action(action) => match &action.target {
            Target::Url(url) => format!("{}: {url}", action.label),
            _ => action.label.clone(),
        },
        _ => String::new(),
    };
    let pass = move || {
        for _ in 0..channels {
            let lines: Vec<_> = black_box(content).variants[0].blocks.iter().map(|block| words(&block.part)).collect();
            black_box(lines.join("\n"));
        }
    };
    ("joined", 1, Box::new(pass))
}
