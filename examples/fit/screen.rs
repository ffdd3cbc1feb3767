//! Screens: a message as its reader sees it, by the family of its channel.

use std::fmt::Write as _;

use waypost::{
    ChannelDescriptor, ChannelKind,
    content::{ChannelPreview, Dialect, Field, Fitted, Part, Payload, Shown, Target, sms::Segmentation},
};

use super::page::escaped;

/// A grey picture, in the place of one that would have to be fetched.
const PLACEHOLDER: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='560' height='260'%3E%3Crect \
    width='560' height='260' fill='%23c9cfca'/%3E%3C/svg%3E";

/// Writes the screen of one channel.
pub(crate) fn screen(
    page: &mut String,
    channel: &ChannelPreview<'_>,
    fitted: &Fitted<'_>,
    descriptor: &ChannelDescriptor,
) -> std::fmt::Result {
    match (fitted.payload(), channel.dialect) {
        (Payload::Sms(sms), _) => {
            let cut = Segmentation::in_encoding(&sms.text, sms.encoding, descriptor.sms.cut());
            let parts: Vec<_> = cut.iter().flat_map(Segmentation::iter).map(|part| (part.text, part.units)).collect();
            segments(page, &parts, sms.encoding.as_str())
        }
        (Payload::Email(email), _) => {
            writeln!(
                page,
                "<div class=\"inbox\"><div class=\"row\"><span class=\"face\">E</span><p><b>Example</b>{}</p></div>\
                 <iframe sandbox title=\"The email, opened\" srcdoc=\"{}\"></iframe></div>",
                header(channel),
                escaped(&without_pictures(&email.html))
            )
        }
        (Payload::Voice(speech), _) => {
            let (minutes, seconds) = (speech.seconds / 60, speech.seconds % 60);
            write!(
                page,
                "<div class=\"call\"><p class=\"line\"><b>Example</b><span>{minutes}:{seconds:02}</span></p>"
            )?;
            write!(page, "<div class=\"wave\" aria-hidden=\"true\"></div>")?;
            for line in speech.text.lines() {
                write!(page, "<p dir=\"auto\">{}</p>", escaped(line))?;
            }
            writeln!(page, "<details><summary>SSML</summary><code>{}</code></details></div>", escaped(&speech.ssml))
        }
        (Payload::Print(letter), _) => {
            page.push_str("<div class=\"letter\">");
            if let Some(title) = &letter.title {
                write!(page, "<h4 dir=\"auto\">{}</h4>", escaped(title))?;
            }
            write!(page, "<p dir=\"auto\">{}</p>", escaped(&letter.body))?;
            for (number, note) in (1..).zip(&letter.notes) {
                write!(page, "<small>[{number}] {}</small>", escaped(note))?;
            }
            letter.legal.iter().try_for_each(|legal| write!(page, "<small dir=\"auto\">{}</small>", escaped(legal)))?;
            page.push_str("</div>\n");
            Ok(())
        }
        (_, Dialect::Apns | Dialect::Fcm | Dialect::WebPush) => notification(page, channel, fitted),
        _ => chat(page, channel, fitted),
    }
}

fn segments(page: &mut String, parts: &[(&str, usize)], encoding: &str) -> std::fmt::Result {
    page.push_str("<div class=\"phone\"><p class=\"who\">Example</p>");
    for (at, (text, units)) in parts.iter().enumerate() {
        write!(
            page,
            "<p class=\"bubble\" dir=\"auto\">{}</p><p class=\"part\">{} of {}, {units} in {encoding}</p>",
            escaped(text),
            at + 1,
            parts.len(),
        )?;
    }
    page.push_str("</div>\n");
    Ok(())
}

/// Subject and preheader as an inbox shows them.
fn header(channel: &ChannelPreview<'_>) -> String {
    let mut header = String::new();
    for shown in channel.words() {
        let class = match shown.field {
            Field::Subject => "subject",
            Field::Preheader => "preheader",
            _ => continue,
        };
        header.push_str(&format!("<span class=\"{class}\" dir=\"auto\">{}</span>", split(&shown)));
    }
    header
}

/// Words with what is not seen at once dimmed after a mark.
fn split(shown: &Shown) -> String {
    match shown.hidden.is_empty() {
        true => escaped(&shown.seen),
        false => format!("{}<span class=\"more\">{}</span>", escaped(&shown.seen), escaped(&shown.hidden)),
    }
}

fn notification(page: &mut String, channel: &ChannelPreview<'_>, fitted: &Fitted<'_>) -> std::fmt::Result {
    page.push_str("<div class=\"lock\"><p class=\"clock\">9:41</p><div class=\"note\"><p class=\"app\">Example<span>now</span></p>");
    for shown in channel.words() {
        match shown.field {
            Field::Button => {}
            Field::Title | Field::Subtitle => {
                write!(page, "<p class=\"{}\" dir=\"auto\">{}</p>", shown.field, split(&shown))?
            }
            _ => write!(page, "<p dir=\"auto\">{}</p>", split(&shown))?,
        }
    }
    pictures(page, fitted)?;
    page.push_str("</div>");
    for block in blocks(fitted) {
        if let Part::Action(action) = block
            && let Target::Url(url) = &action.target
        {
            write!(page, "<p class=\"opens\">a touch opens {}</p>", escaped(url))?;
        }
    }
    page.push_str("</div>\n");
    Ok(())
}

fn chat(page: &mut String, channel: &ChannelPreview<'_>, fitted: &Fitted<'_>) -> std::fmt::Result {
    let is_desk = matches!(channel.kind, ChannelKind::SLACK | ChannelKind::TEAMS);
    let class = if is_desk { "desktop" } else { "chat" };
    write!(page, "<div class=\"{class}\"><p class=\"who\">Example</p><div class=\"bubble\">")?;
    if !is_desk {
        pictures(page, fitted)?;
    }
    let words = channel.words();
    for shown in &words {
        match shown.field {
            Field::Title | Field::Header => write!(page, "<h4 dir=\"auto\">{}</h4>", split(shown))?,
            Field::Footer => write!(page, "<small dir=\"auto\">{}</small>", split(shown))?,
            Field::Button => {}
            _ => write!(page, "<p dir=\"auto\">{}</p>", split(shown))?,
        }
    }
    if is_desk {
        pictures(page, fitted)?;
    }
    page.push_str("</div>");
    for shown in words.iter().filter(|shown| shown.field == Field::Button) {
        write!(page, "<p class=\"button\" dir=\"auto\">{}</p>", split(shown))?;
    }
    page.push_str("</div>\n");
    Ok(())
}

/// The blocks as they stand after the fit.
fn blocks(fitted: &Fitted<'_>) -> Vec<Part> {
    fitted.content().variants.into_iter().flat_map(|variant| variant.blocks).map(|block| block.part).collect()
}

fn pictures(page: &mut String, fitted: &Fitted<'_>) -> std::fmt::Result {
    for part in blocks(fitted) {
        if let Part::Media(media) = part {
            write!(page, "<p class=\"picture\" dir=\"auto\">{}</p>", escaped(&media.alt))?;
        }
    }
    Ok(())
}

/// The page of an email with every picture from elsewhere replaced: nothing is fetched to look at it.
fn without_pictures(html: &str) -> String {
    let mut rest = html;
    let mut page = String::with_capacity(html.len());
    while let Some(at) = rest.find("src=\"http") {
        let (before, from) = rest.split_at(at + "src=\"".len());
        page.push_str(before);
        page.push_str(PLACEHOLDER);
        rest = &from[from.find('"').unwrap_or(from.len())..];
    }
    page.push_str(rest);
    page
}
