//! The HTML alternative of an email: one page by itself, without anything fetched but pictures.
//!
//! Styles stand in the elements, for several programmes drop the sheet; what a sheet alone can say, the colours of the
//! dark, stands in one and is missed by nobody.

use crate::content::{
    payload::{
        email::{escape, link, text},
        plain,
    },
    piece::{Button, Leads, Piece, Shape},
};

/// What a page says besides its pieces.
pub(super) struct Page<'a> {
    pub(super) subject: &'a str,
    pub(super) preheader: &'a str,
    pub(super) lang: Option<&'a str>,
    pub(super) dir: &'static str,
    /// The label and the address.
    pub(super) unsubscribe: Option<(&'a str, &'a str)>,
}

/// Characters of a line of source, so that no line comes near the 998 octets of RFC 5322 where words allow.
const WIDTH: usize = 120;

/// What an inbox shows after the subject at most; up to here the preheader is padded, so that nothing follows it there.
const PREVIEW: usize = 150;

/// A character of no width that programmes do not fold together with the spaces beside it.
const PADDING: &str = "&#847;&zwnj;&nbsp;";

const HEAD: &str = "\
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<meta name=\"supported-color-schemes\" content=\"light dark\">
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
.page { background: #121212 !important; color: #f2f2f2 !important; }
.small, .small a { color: #b3b3b3 !important; }
.code { background: #2a2a2a !important; color: #ffffff !important; }
}
</style>
";

/// Lays the pieces out as a page.
pub(super) fn lay_out(pieces: &[Piece<'_>], page: &Page<'_>) -> String {
    let mut html = String::with_capacity(4096);
    let Page { subject, preheader, lang, dir, unsubscribe } = page;
    let lang = lang.map(|lang| format!(" lang=\"{}\"", escape::attribute(lang))).unwrap_or_default();
    html.push_str(&format!("<!doctype html>\n<html{lang} dir=\"{dir}\">\n<head>\n{HEAD}<title>"));
    wrapped(&mut html, subject);
    html.push_str(
        "</title>\n</head>\n<body class=\"page\" style=\"margin:0;padding:0;background:#ffffff;color:#1a1a1a\">\n",
    );
    if !preheader.is_empty() {
        hidden(&mut html, preheader);
    }
    html.push_str(&format!(
        "<div class=\"page\"{lang} dir=\"{dir}\" style=\"max-width:600px;margin:0 auto;padding:24px 16px;background:#ffffff;\
         color:#1a1a1a;\nfont-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5;\
         overflow-wrap:break-word\">\n"
    ));
    for piece in pieces {
        push(&mut html, piece);
    }
    if let Some((label, url)) = unsubscribe {
        html.push_str("<p class=\"small\" style=\"margin:32px 0 0;font-size:12px;color:#595959\"><a");
        address(&mut html, "href", url);
        html.push_str(" style=\"color:#595959;text-decoration:underline\">");
        wrapped(&mut html, label);
        html.push_str("</a></p>\n");
    }
    html.push_str("</div>\n</body>\n</html>\n");
    html
}

fn push(html: &mut String, piece: &Piece<'_>) {
    match &piece.shape {
        Shape::Heading(words) => {
            html.push_str("<h2 style=\"margin:24px 0 8px;font-size:20px;line-height:1.3\">");
            wrapped(html, words.as_str());
            html.push_str("</h2>\n");
        }
        Shape::Text(words) => paragraphs(html, words.as_str(), "<p style=\"margin:0 0 16px\">"),
        Shape::Legal(words) => {
            paragraphs(
                html,
                words.as_str(),
                "<p class=\"small\" style=\"margin:0 0 12px;font-size:12px;color:#595959\">",
            );
        }
        Shape::List(items) => {
            html.push_str("<ul style=\"margin:0 0 16px;padding:0 24px\">\n");
            for item in items {
                html.push_str("<li style=\"margin:0 0 4px\">");
                wrapped(html, item.as_str());
                html.push_str("</li>\n");
            }
            html.push_str("</ul>\n");
        }
        Shape::Code(words) => {
            // A code is read from left to right in every language, and no translation machine may touch it.
            html.push_str(
                "<p class=\"code\" dir=\"ltr\" translate=\"no\" style=\"margin:0 0 16px;padding:16px;background:#f2f2f2;\
                 color:#000000;text-align:center;\nfont-family:ui-monospace,Menlo,Consolas,monospace;font-size:28px;\
                 line-height:1.3;font-weight:bold;user-select:all;overflow-wrap:anywhere\">",
            );
            wrapped(html, words.as_str());
            html.push_str("</p>\n");
        }
        Shape::Action(Button { label, leads: Leads::To(url), .. }) if link::leads(url) => {
            html.push_str("<p style=\"margin:8px 0 24px\"><a");
            address(html, "href", url);
            html.push_str(
                " style=\"display:inline-block;padding:12px 24px;background:#1a56db;color:#ffffff;border-radius:6px;\
                 font-weight:bold;text-decoration:none\">",
            );
            let label = label.as_str();
            wrapped(html, if label.trim().is_empty() { url } else { label });
            html.push_str("</a></p>\n");
        }
        Shape::Media { url, alt } if link::shows(url) => {
            html.push_str("<p style=\"margin:0 0 16px\"><img");
            address(html, "src", url);
            address(html, "alt", alt.as_str());
            html.push_str(" style=\"display:block;max-width:100%;height:auto;border:0\"></p>\n");
        }
        // What cannot be a link or a picture stands as words, as in the plain alternative.
        Shape::Action(_) | Shape::Media { .. } => {
            let mut words = String::new();
            plain::push(&mut words, piece);
            paragraphs(html, &words, "<p style=\"margin:0 0 16px\">");
        }
    }
}

/// An attribute on a line of its own, so that a long one leaves the line to itself.
fn address(html: &mut String, name: &str, value: &str) {
    html.push('\n');
    html.push_str(name);
    html.push_str("=\"");
    html.push_str(&escape::attribute(value));
    html.push_str("\"\n");
}

/// A paragraph for every stretch between empty lines; a single line end stays one.
fn paragraphs(html: &mut String, words: &str, opens: &str) {
    let words = text::clean(words);
    let mut is_open = false;
    for line in words.split('\n') {
        let is_empty = line.trim().is_empty();
        match (is_empty, is_open) {
            (true, true) => html.push_str("</p>\n"),
            (true, false) => {}
            (false, true) => html.push_str("<br>\n"),
            (false, false) => html.push_str(opens),
        }
        if !is_empty {
            wrapped(html, line);
        }
        is_open = !is_empty;
    }
    if is_open {
        html.push_str("</p>\n");
    }
}

/// Escaped words, broken at spaces, which a page shows as spaces.
fn wrapped(html: &mut String, words: &str) {
    text::wrap(html, &escape::text(words), WIDTH, "");
}

/// The preheader: read by the inbox, not shown on the page.
fn hidden(html: &mut String, preheader: &str) {
    html.push_str(
        "<div style=\"display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;\
         mso-hide:all\">\n",
    );
    wrapped(html, preheader);
    for at in 0..PREVIEW.saturating_sub(preheader.chars().count()) {
        html.push_str(if at % 6 == 0 { "\n" } else { "" });
        html.push_str(PADDING);
    }
    html.push_str("\n</div>\n");
}
