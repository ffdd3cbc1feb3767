//! The page: the figures as pictures with their tables, in one file.

use std::fmt::{self, Write as _};

use super::tally::{CLASSES, Funnel, Tally, grouped, span};

/// Nothing is fetched and nothing is run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// How wide the pictures are drawn: a phone shows them as they are.
const WIDTH: u64 = 308;
/// Where the bars begin, after their names, and how long the longest is, before its number.
const BARS: (u64, u64) = (76, 178);
/// From one bar to the next.
const ROW: u64 = 22;

/// Writes the page.
pub(crate) fn page(tally: &Tally) -> Result<String, fmt::Error> {
    let mut page = String::new();
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>A cascade of channels</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <header>\n<h1>One message, one channel after the other</h1>\n\
         <p>{} customers hear that their train is cancelled: by push, by SMS through two providers, by email, by a call, \
         each where the one before it did not arrive. {}.</p>\n",
        include_str!("page.css"),
        grouped(tally.customers),
        sentence(&tally.asked).replace(" %", "&nbsp;%"),
    )?;
    let cost: Vec<_> = tally.cost.iter().map(ToString::to_string).collect();
    let figures = [
        ("reached", grouped(tally.reached), "reached"),
        ("half of them within", span(tally.p50), "p50"),
        ("95 % within", span(tally.p95), "p95"),
        ("shown twice by one channel", grouped(tally.duplicates), "duplicates"),
        ("cost", if cost.is_empty() { "nothing".to_owned() } else { cost.join(" + ") }, "cost"),
    ];
    page.push_str("<dl class=\"figures\">\n");
    for (name, value, of) in figures {
        writeln!(page, "<div><dt>{name}</dt><dd data-of=\"{of}\">{value}</dd></div>")?;
    }
    page.push_str("</dl>\n</header>\n<main>\n");
    funnels(&mut page, tally)?;
    times(&mut page, tally)?;
    facts(&mut page, tally)?;
    page.push_str("</main>\n</body>\n</html>\n");
    Ok(page)
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// A card a channel, and all of them as a table.
fn funnels(page: &mut String, tally: &Tally) -> fmt::Result {
    page.push_str(
        "<section>\n<h2>How far the sends of each channel came</h2>\n\
         <p>All bars are drawn to one scale. What was read was delivered, what was delivered was accepted.</p>\n\
         <ul class=\"key\" aria-hidden=\"true\">",
    );
    for (number, name) in (1..).zip(["dispatched", "accepted", "delivered", "read"]) {
        write!(page, "<li><i class=\"r{number}\"></i>{name}</li>")?;
    }
    page.push_str("</ul>\n<div class=\"cards\">\n");
    let most = tally.channels.iter().map(|funnel| funnel.dispatched).max().unwrap_or_default().max(1);
    for funnel in &tally.channels {
        card(page, funnel, most)?;
    }
    settled(page, tally)?;
    page.push_str(
        "</div>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"The figures of each channel\">\n\
         <table class=\"rungs\">\n<caption>The same in figures</caption>\n<thead><tr><th scope=\"col\">channel</th>\
         <th scope=\"col\">dispatched</th><th scope=\"col\">accepted</th><th scope=\"col\">delivered</th>\
         <th scope=\"col\">read</th><th scope=\"col\">reached by</th><th scope=\"col\">cost</th></tr></thead>\n<tbody>\n",
    );
    for funnel in &tally.channels {
        let name = &funnel.channel;
        write!(page, "<tr><th scope=\"row\">{name}</th>")?;
        for (rung, number) in funnel.rungs().into_iter().chain([("reached", funnel.reached)]) {
            write!(page, "<td data-of=\"{name}.{rung}\">{}</td>", grouped(number))?;
        }
        let cost = funnel.cost.map(|cost| cost.to_string()).unwrap_or_default();
        writeln!(page, "<td>{cost}</td></tr>")?;
    }
    page.push_str("</tbody>\n</table>\n</div>\n</section>\n");
    Ok(())
}

fn card(page: &mut String, funnel: &Funnel, most: u64) -> fmt::Result {
    let name = &funnel.channel;
    let said: Vec<_> = funnel.rungs().iter().map(|(rung, number)| format!("{} {rung}", grouped(*number))).collect();
    writeln!(
        page,
        "<figure class=\"card\"><h3>{name}</h3><p>settled {} messages</p>\n\
         <svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{name}: {}\">",
        grouped(funnel.reached),
        4 * ROW,
        said.join(", "),
    )?;
    for (row, (rung, number)) in (0..).zip(funnel.rungs()) {
        bar(page, row, rung, &format!("r{}", row + 1), number, most)?;
    }
    page.push_str("</svg></figure>\n");
    Ok(())
}

/// The last card: which channel it was.
fn settled(page: &mut String, tally: &Tally) -> fmt::Result {
    let said: Vec<_> = tally.channels.iter().map(|of| format!("{} by {}", grouped(of.reached), of.channel)).collect();
    writeln!(
        page,
        "<figure class=\"card\"><h3>all</h3><p>{} customers reached, by channel</p>\n\
         <svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"Reached: {}\">",
        grouped(tally.reached),
        ROW * tally.channels.len() as u64,
        said.join(", "),
    )?;
    let most = tally.channels.iter().map(|funnel| funnel.dispatched).max().unwrap_or_default().max(1);
    for (funnel, row) in tally.channels.iter().zip(0..) {
        bar(page, row, &funnel.channel, "bar", funnel.reached, most)?;
    }
    page.push_str("</svg></figure>\n");
    Ok(())
}

/// One bar with its name before it and its number behind it.
fn bar(page: &mut String, row: u64, name: &str, class: &str, number: u64, most: u64) -> fmt::Result {
    let (from, longest) = BARS;
    // A send among thousands is still one that can be seen.
    let long = if number == 0 { 0 } else { (longest * number / most).max(1) };
    let (top, base) = (row * ROW + 3, row * ROW + 16);
    writeln!(
        page,
        "<text class=\"name\" x=\"0\" y=\"{base}\">{name}</text>\
         <rect class=\"{class}\" x=\"{from}\" y=\"{top}\" width=\"{long}\" height=\"16\" rx=\"2\"/>\
         <text x=\"{}\" y=\"{base}\">{}</text>",
        from + long + 6,
        grouped(number),
    )
}

/// How long it took, beside its table.
fn times(page: &mut String, tally: &Tally) -> fmt::Result {
    write!(
        page,
        "<section>\n<h2>How long it took to reach them</h2>\n\
         <p>From the plan to the receipt that settled the message. Half were reached within {}, 95 % within {}.</p>\n\
         <div class=\"beside\">\n<figure>\n<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" \
         aria-label=\"Customers reached by the time that it took; the table holds the same figures\">\n",
        span(tally.p50),
        span(tally.p95),
        ROW * CLASSES.len() as u64,
    )?;
    let most = tally.times.iter().copied().max().unwrap_or_default().max(1);
    let within = |class: i64| format!("within {}", span(class));
    for ((class, number), row) in CLASSES.into_iter().zip(tally.times).zip(0..) {
        let name = if row == 0 { within(class) } else { format!("… {}", span(class)) };
        bar(page, row, &name, "bar", number, most)?;
    }
    page.push_str(
        "</svg>\n</figure>\n<table>\n<caption>The same in figures</caption>\n<thead><tr><th scope=\"col\">time to reach</th>\
         <th scope=\"col\">customers</th><th scope=\"col\">so far</th></tr></thead>\n<tbody>\n",
    );
    let mut so_far = 0;
    for (class, number) in CLASSES.into_iter().zip(tally.times) {
        so_far += number;
        writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td data-of=\"time.{class}\">{}</td><td>{}</td></tr>",
            within(class),
            grouped(number),
            grouped(so_far),
        )?;
    }
    page.push_str("</tbody>\n</table>\n</div>\n</section>\n");
    Ok(())
}

/// How they ended, and what else was counted.
fn facts(page: &mut String, tally: &Tally) -> fmt::Result {
    page.push_str(
        "<section>\n<h2>What it took</h2>\n<div class=\"beside\">\n<table>\n<caption>How the messages ended</caption>\n\
         <thead><tr><th scope=\"col\">ending</th><th scope=\"col\">customers</th></tr></thead>\n<tbody>\n",
    );
    for (ending, count) in &tally.endings {
        let number = grouped(*count);
        writeln!(page, "<tr><th scope=\"row\">{ending}</th><td data-of=\"ending.{ending}\">{number}</td></tr>")?;
    }
    page.push_str(
        "</tbody>\n</table>\n<table class=\"words\">\n<caption>What else was counted</caption>\n<thead><tr>\
         <th scope=\"col\">what</th><th scope=\"col\">times</th><th scope=\"col\">which is</th></tr></thead>\n<tbody>\n",
    );
    for (name, number, meaning) in tally.facts() {
        let of = name.replace(' ', "_");
        writeln!(
            page,
            "<tr><th scope=\"row\">{name}</th><td data-of=\"fact.{of}\">{}</td><td>{meaning}</td></tr>",
            grouped(number),
        )?;
    }
    page.push_str("</tbody>\n</table>\n</div>\n</section>\n");
    Ok(())
}
