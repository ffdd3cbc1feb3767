//! The page: every message with every channel beside it, in one file.

use std::fmt::Write as _;

use waypost::{
    ChannelDescriptor,
    content::{self, Block, ChannelPreview, Form, LimitKind, Loss, LossKind, Measure, Part, Target},
};

use super::{sample::Sample, screen};

/// Nothing is fetched and nothing is run: what a mail's author wrote stays as harmless as it is in this file.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'";

/// How many measures stand open on a card; the others are a touch away.
const OPEN_MEASURES: usize = 3;

/// Writes the page.
pub(crate) fn page(samples: &[Sample], channels: &[ChannelDescriptor]) -> Result<String, std::fmt::Error> {
    let mut page = String::new();
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>Written once, read everywhere</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <header class=\"top\">\n<h1>Written once, read everywhere</h1>\n\
         <p>What each channel makes of a message: the words as they are read, how much of every limit they take, what is \
         billed, and what was lost.</p>\n<nav>",
        include_str!("page.css")
    )?;
    for (at, sample) in samples.iter().enumerate() {
        write!(page, "<a href=\"#m{at}\">{}</a>", escaped(&sample.title))?;
    }
    page.push_str("</nav>\n</header>\n<main>\n");
    for (at, sample) in samples.iter().enumerate() {
        message(&mut page, at, sample, channels)?;
    }
    page.push_str("</main>\n</body>\n</html>\n");
    Ok(page)
}

fn message(page: &mut String, at: usize, sample: &Sample, channels: &[ChannelDescriptor]) -> std::fmt::Result {
    let context = sample.context();
    let preview = content::preview(sample.message.content(), channels, &context);
    let fitting = preview.channels.iter().filter(|channel| channel.result.is_ok()).count();
    write!(
        page,
        "<section class=\"message\" id=\"m{at}\">\n<header><h2>{}</h2><p>{}{}, {} of {} channels</p></header>\n\
         <div class=\"desk\">\n",
        escaped(&sample.title),
        sample.message.purpose(),
        sample.country.map(|country| format!(", to {country}")).unwrap_or_default(),
        fitting,
        preview.channels.len(),
    )?;
    source(page, sample)?;
    page.push_str("<div class=\"channels\">\n");
    for (channel, descriptor) in preview.channels.iter().zip(channels) {
        card(page, channel, descriptor)?;
    }
    page.push_str("</div>\n</div>\n</section>\n");
    Ok(())
}

/// What the author wrote.
fn source(page: &mut String, sample: &Sample) -> std::fmt::Result {
    page.push_str("<aside class=\"source\"><h3>As it is written</h3>\n");
    for variant in &sample.message.content().variants {
        if variant.form != Form::Blocks {
            write!(page, "<p class=\"block\" dir=\"auto\"><b>{}</b> {}</p>", variant.form, escaped(&variant.body))?;
        }
        page.push_str("<ol>\n");
        for block in &variant.blocks {
            authored(page, block)?;
        }
        page.push_str("</ol>\n");
    }
    page.push_str("</aside>\n");
    Ok(())
}

fn authored(page: &mut String, block: &Block) -> std::fmt::Result {
    let words = match &block.part {
        Part::Text(text) | Part::Heading(text) | Part::Code(text) | Part::Legal(text) => text.clone(),
        Part::List(items) => items.join("\n"),
        Part::Action(action) => {
            let (Target::Url(to) | Target::Reply(to)) = &action.target else { return Ok(()) };
            format!("{}\n{to}", action.label)
        }
        Part::Media(media) => media.alt.clone(),
        _ => return Ok(()),
    };
    let kind = block.part.kind();
    write!(page, "<li><p class=\"tags\"><b>{kind}</b>")?;
    if block.pinned {
        page.push_str("<i class=\"pin\">pinned</i>");
    } else {
        write!(page, "<i>priority {}</i>", block.priority)?;
    }
    if block.whole {
        page.push_str("<i>whole</i>");
    }
    let kinds =
        |kinds: &[waypost::ChannelKind]| kinds.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(", ");
    if !block.only.is_empty() {
        write!(page, "<i>only {}</i>", escaped(&kinds(&block.only)))?;
    }
    if !block.not.is_empty() {
        write!(page, "<i>not {}</i>", escaped(&kinds(&block.not)))?;
    }
    write!(page, "</p><p class=\"words {kind}\" dir=\"auto\">{}</p>", escaped(&words))?;
    let short = match &block.part {
        Part::Action(action) => action.short.as_ref(),
        _ => block.short.as_ref(),
    };
    if let Some(short) = short {
        write!(page, "<p class=\"short\" dir=\"auto\"><b>short</b> {}</p>", escaped(short))?;
    }
    page.push_str("</li>\n");
    Ok(())
}

fn card(page: &mut String, channel: &ChannelPreview<'_>, descriptor: &ChannelDescriptor) -> std::fmt::Result {
    let (id, kind) = (channel.channel, escaped(channel.kind.as_str()));
    let dialect = channel.dialect;
    write!(page, "<article class=\"card d-{dialect}\"><header><h3>{}</h3><span>{kind}", escaped(id.as_str()))?;
    if dialect.code() != channel.kind.as_str() {
        write!(page, ", {dialect}")?;
    }
    page.push_str("</span>");
    if let Some(billed) = channel.billed() {
        write!(page, "<span class=\"price\">{}</span>", escaped(&billed))?;
    }
    page.push_str("</header>\n");
    match &channel.result {
        Err(unfit) => {
            write!(page, "<p class=\"refused\"><b>Not sent here</b>{}</p>", escaped(&unfit.to_string()))?;
        }
        Ok(fitted) => {
            screen::screen(page, channel, fitted, descriptor)?;
            measures(page, fitted.measures())?;
            losses(page, fitted.losses(), &channel.losses())?;
        }
    }
    page.push_str("</article>\n");
    Ok(())
}

fn measures(page: &mut String, measures: &[Measure]) -> std::fmt::Result {
    let mut measures: Vec<_> = measures.iter().filter(|measure| measure.measured > 0).collect();
    let share = |measure: &Measure| u64::from(measure.measured) * 10_000 / u64::from(measure.limit.max.max(1));
    measures.sort_by_key(|measure| std::cmp::Reverse(share(measure)));
    let bar = |page: &mut String, measure: &Measure| {
        let past = measure.measured > measure.limit.max && measure.limit.kind != LimitKind::Hard;
        let class = if past { "past" } else { measure.limit.kind.code() };
        let width = share(measure).min(10_000) / 100;
        write!(
            page,
            "<li class=\"{class}\"><span class=\"bar\"><span style=\"width:{width}%\"></span></span>{}</li>",
            escaped(&measure.to_string())
        )
    };
    if measures.is_empty() {
        return Ok(());
    }
    let (open, rest) = measures.split_at(measures.len().min(OPEN_MEASURES));
    page.push_str("<ul class=\"measures\">");
    open.iter().try_for_each(|measure| bar(page, measure))?;
    page.push_str("</ul>");
    if !rest.is_empty() {
        write!(page, "<details class=\"measures\"><summary>{} more limits</summary><ul>", rest.len())?;
        rest.iter().try_for_each(|measure| bar(page, measure))?;
        page.push_str("</ul></details>");
    }
    page.push('\n');
    Ok(())
}

/// What was lost, and how that reads.
fn losses(page: &mut String, losses: &[Loss], words: &[String]) -> std::fmt::Result {
    if losses.is_empty() {
        page.push_str("<p class=\"kept\">Nothing lost</p>\n");
        return Ok(());
    }
    page.push_str("<ul class=\"losses\">");
    for (loss, words) in losses.iter().zip(words) {
        // Said in another form, or not said any more.
        let is_slight = matches!(loss.kind, LossKind::Composed | LossKind::Flattened | LossKind::Substituted);
        let class = if is_slight { "slight" } else { "felt" };
        write!(page, "<li class=\"{class}\">{}</li>", escaped(words))?;
    }
    page.push_str("</ul>\n");
    Ok(())
}

/// Words as they may stand in HTML, in an attribute too.
pub(crate) fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
