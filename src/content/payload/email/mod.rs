//! Email: subject, preheader and the two alternatives of the body.

mod direction;
mod escape;
mod header;
mod html;
mod link;
#[cfg(feature = "mime")]
pub mod mime;
mod text;
mod unsubscribe;
mod wording;

use std::fmt;

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeStruct},
};

use crate::content::{
    Field, boundaries,
    payload::{Compose, Headings, Native, Support},
    piece::{Button, Leads, Piece, Shape},
    render::is_blank,
    setting::Setting,
};

pub use header::HeaderText;
pub(crate) use link::leads;
pub use unsubscribe::{InvalidUnsubscribe, ListUnsubscribe, Unsubscribe};

/// An email.
///
/// | part | from |
/// | --- | --- |
/// | subject | the first heading; without one, the first sentence of the text; without any, that of the legal words; a code is never a subject, so an email of nothing but codes is refused |
/// | preheader | what the text begins with after that, up to 150 characters of whole words |
/// | HTML | every piece in its own form, escaped, and the link to unsubscribe; a heading at the very beginning is the subject and is not repeated |
/// | text | the same as text, wrapped at 78 characters, with links spelled out |
/// | headers | `List-Unsubscribe` and `List-Unsubscribe-Post`, where the content says [how](crate::Content::unsubscribe) |
///
/// A button is a link where it leads to the web, to an address to write to or to call, or into an app; where it does not,
/// as `javascript:` and `data:` never do, it stands as words. A picture that is not on the web is its words, too.
///
/// It serialises as `subject`, `preheader`, `text`, `html` and `headers`, which is what most providers' interfaces take by
/// these or similar names. `Debug` shows lengths.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Email {
    /// The subject.
    pub subject: HeaderText,
    /// What an inbox shows after the subject; it stands hidden at the top of the page.
    pub preheader: HeaderText,
    /// The plain alternative.
    pub text: String,
    /// The HTML alternative.
    pub html: String,
    /// How to unsubscribe.
    pub unsubscribe: Option<ListUnsubscribe>,
}

impl Email {
    /// This email, from its author's own hand; the two alternatives say the same.
    pub fn new(subject: &str, text: impl Into<String>, html: impl Into<String>) -> Self {
        Self {
            subject: HeaderText::new(subject),
            preheader: HeaderText::default(),
            text: text.into(),
            html: html.into(),
            unsubscribe: None,
        }
    }

    /// The same, with this way to unsubscribe in the header.
    pub fn with_unsubscribe(mut self, unsubscribe: ListUnsubscribe) -> Self {
        self.unsubscribe = Some(unsubscribe);
        self
    }

    /// The fields of the header besides the subject.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.unsubscribe.iter().flat_map(ListUnsubscribe::headers)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({} bytes of text, {} of html)", self.text.len(), self.html.len())
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        struct Headers<'a>(&'a ListUnsubscribe);
        impl Serialize for Headers<'_> {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let headers = self.0.headers();
                let mut map = to.serialize_map(Some(headers.len()))?;
                for (name, value) in &headers {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
        let mut email = to.serialize_struct("Email", 5)?;
        email.serialize_field("subject", &self.subject)?;
        email.serialize_field("preheader", &self.preheader)?;
        email.serialize_field("text", &self.text)?;
        email.serialize_field("html", &self.html)?;
        match &self.unsubscribe {
            Some(unsubscribe) => email.serialize_field("headers", &Headers(unsubscribe))?,
            None => email.skip_field("headers")?,
        }
        email.end()
    }
}

impl Compose for Email {
    const NATIVE: Native = Native {
        headings: Headings::All,
        lists: true,
        links: Support::Always,
        replies: Support::Never,
        media: Support::Always,
        one_picture: false,
        sheds: false,
    };

    fn compose(pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self {
        let Opening { subject, preheader, body } = opening(pieces);
        let unsubscribe = setting.unsubscribe.cloned();
        let label = |to: &ListUnsubscribe| to.label().unwrap_or(wording::unsubscribe(setting.locale)).to_owned();
        let label = unsubscribe.as_ref().map(label);
        let footer = label.as_deref().zip(unsubscribe.as_ref().map(ListUnsubscribe::url));
        let page = html::Page {
            subject: subject.as_str(),
            preheader: preheader.as_str(),
            lang: setting.locale.as_ref().map(|locale| locale.as_str()),
            dir: direction::of(setting.locale),
            unsubscribe: footer,
        };
        let html = html::lay_out(body, &page);
        Self { text: text::lay_out(body, footer), html, subject, preheader, unsubscribe }
    }

    fn lines(pieces: &[Piece<'_>]) -> Vec<u16> {
        let is_line = |piece: &&Piece<'_>| match &piece.shape {
            Shape::Action(Button { leads: Leads::To(url), .. }) => !leads(url),
            Shape::Media { url, .. } => !link::shows(url),
            _ => false,
        };
        pieces.iter().filter(is_line).map(|piece| piece.block).collect()
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        see(Field::Subject, self.subject.as_str());
        see(Field::Preheader, self.preheader.as_str());
        see(Field::Html, &self.html);
        see(Field::PlainText, &self.text);
        see(Field::Body, &self.text);
    }
}

/// What an inbox shows before an email is opened, and what is left for the page.
struct Opening<'p, 'a> {
    subject: HeaderText,
    preheader: HeaderText,
    body: &'p [Piece<'a>],
}

/// Characters of a subject that is taken from the text, where its first sentence is longer: what a desktop shows.
const SUBJECT: usize = 70;

/// Characters of a preheader: the most that any inbox shows.
const PREHEADER: usize = 150;

fn opening<'p, 'a>(pieces: &'p [Piece<'a>]) -> Opening<'p, 'a> {
    let heading = pieces.iter().find_map(|piece| match &piece.shape {
        Shape::Heading(words) => Some(HeaderText::new(words.as_str())).filter(|words| !is_blank(words.as_str())),
        _ => None,
    });
    let begins = heading.is_some() && pieces.first().is_some_and(|piece| matches!(piece.shape, Shape::Heading(_)));
    let body = if begins { &pieces[1..] } else { pieces };
    let first = body.iter().find_map(first_words);
    // A list of subjects shows no codes; better than none are the words beside it.
    let legal = || body.iter().filter(|_| heading.is_none()).find_map(legal_words);
    let first = first.or_else(legal).unwrap_or_default();
    let (subject, rest) = match heading {
        Some(subject) => (subject, first.as_str()),
        None => {
            let sentence = boundaries::sentences(first.as_str()).next().unwrap_or_default();
            (HeaderText::new(begin(sentence, SUBJECT)), first.as_str()[sentence.len()..].trim_start())
        }
    };
    Opening { subject, preheader: HeaderText::new(begin(rest, PREHEADER)), body }
}

/// The words of a piece that says something by itself. Codes and legal words do not belong into a list of subjects, which
/// a locked screen shows.
fn first_words(piece: &Piece<'_>) -> Option<HeaderText> {
    let words = match &piece.shape {
        Shape::Text(words) => words,
        Shape::List(items) => items.first()?,
        Shape::Action(button) => &button.label,
        Shape::Media { alt, .. } => alt,
        Shape::Heading(_) | Shape::Code(_) | Shape::Legal(_) => return None,
    };
    Some(HeaderText::new(words.as_str())).filter(|words| !words.is_empty())
}

fn legal_words(piece: &Piece<'_>) -> Option<HeaderText> {
    let Shape::Legal(words) = &piece.shape else { return None };
    Some(HeaderText::new(words.as_str())).filter(|words| !words.is_empty())
}

/// The beginning of a text, of whole words where its first one is not longer than that by itself.
fn begin(text: &str, most: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(most) else { return text };
    // Where white space divides words that is where it ends; other scripts end after a character.
    let divided = text[..end].rfind(char::is_whitespace).filter(|kept| *kept > 0);
    let kept = divided.unwrap_or_else(|| {
        let mut kept = 0;
        for cluster in boundaries::clusters(text).take_while(|cluster| cluster.len() <= end) {
            if kept + cluster.len() > end {
                break;
            }
            kept += cluster.len();
        }
        kept
    });
    // One character of more code points than that is taken apart.
    text[..if kept == 0 { end } else { kept }].trim_end()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;
    use crate::content::{
        Content, Substitution, Unit, Values,
        payload::{
            Payload,
            samples::{self, link, piece, text},
        },
        piece::Words,
    };

    fn compose(pieces: &[Piece<'_>], locale: Option<&str>, unsubscribe: Option<&ListUnsubscribe>) -> Email {
        let content = Content::default();
        let locale = locale.map(|locale| locale.parse().expect("a tag"));
        let setting = Setting { locale, unsubscribe, ..samples::setting(&content) };
        Email::compose(pieces, &setting)
    }

    fn unsubscribe() -> ListUnsubscribe {
        Unsubscribe::new("https://shop.example/u?a=1&b=2").render(&Substitution, Values::NONE).expect("an address")
    }

    /// Every form a piece has, with these words in all of them.
    fn every_shape<'a>(words: &'a str, url: &'a str) -> Vec<Piece<'a>> {
        let w = || Words::from(words);
        vec![
            piece(Shape::Heading(w())),
            text(words),
            piece(Shape::Heading(w())),
            piece(Shape::List(vec![w(), w()])),
            piece(Shape::Code(w())),
            link(words, url),
            piece(Shape::Media { url: url.into(), alt: w() }),
            piece(Shape::Legal(w())),
        ]
    }

    #[track_caller]
    fn check_opening(pieces: &[Piece<'_>], subject: &str, preheader: &str, text: &str) {
        let email = compose(pieces, None, None);
        assert_eq!((email.subject.as_str(), email.preheader.as_str(), email.text.as_str()), (subject, preheader, text));
    }

    #[test]
    fn without_other_words_legal_ones_are_the_subject_and_a_code_never_is() {
        let (code, legal) = (piece(Shape::Code("481516".into())), piece(Shape::Legal("Tell nobody. Not us.".into())));
        let both = "481516\n\nTell nobody. Not us.";
        check_opening(&[code.clone(), legal.clone()], "Tell nobody.", "Not us.", both);
        let heading = piece(Shape::Heading("Your code".into()));
        check_opening(&[heading, code.clone(), legal], "Your code", "", both);
        check_opening(&[piece(Shape::Heading("\u{200b}".into())), text("Hi")], "Hi", "", "\u{200b}\n\nHi");
        check_opening(&[code], "", "", "481516");
    }

    #[test]
    fn the_subject_is_the_first_heading_or_the_first_sentence() {
        let heading = || piece(Shape::Heading("On its way".into()));
        check_opening(
            &[heading(), text("Dear Ana. It left.")],
            "On its way",
            "Dear Ana. It left.",
            "Dear Ana. It left.",
        );
        check_opening(
            &[text("It left. More soon."), heading()],
            "On its way",
            "It left. More soon.",
            "It left. More soon.\n\nOn its way",
        );
        check_opening(&[text("It left.\nMore soon.")], "It left.", "More soon.", "It left.\nMore soon.");
        check_opening(
            &[piece(Shape::Code("123456".into())), text("Your code.")],
            "Your code.",
            "",
            "123456\n\nYour code.",
        );
        check_opening(&[piece(Shape::Code("123456".into()))], "", "", "123456");
        check_opening(&[], "", "", "");
        let long = "word ".repeat(40);
        let email = compose(&[text(&long)], None, None);
        assert_eq!(email.subject.as_str(), "word ".repeat(14).trim_end());
        let email = compose(&[text(&"x".repeat(400))], None, None);
        assert_eq!(email.subject.as_str(), "x".repeat(70));
    }

    #[test]
    fn the_text_spells_links_out_and_is_wrapped() {
        let words =
            "A sentence that is a little longer than the seventy-eight characters that a line of text should hold.";
        let pieces = [
            text(words),
            piece(Shape::List(vec!["one".into(), "two".into()])),
            link("Track it", "https://shop.example/t/1"),
            piece(Shape::Media { url: "https://shop.example/a.png".into(), alt: "A teapot".into() }),
        ];
        let email = compose(&pieces, Some("es-MX"), Some(&unsubscribe()));
        assert_eq!(
            email.text,
            "\
A sentence that is a little longer than the seventy-eight characters that a
line of text should hold.

- one
- two

Track it: https://shop.example/t/1

A teapot

Cancelar suscripción: https://shop.example/u?a=1&b=2"
        );
    }

    #[track_caller]
    fn check_html(pieces: &[Piece<'_>], locale: Option<&str>, expected: &Expect) {
        let email = compose(pieces, locale, Some(&unsubscribe()));
        // The page from the preheader on, without its padding; the head is the same for all.
        let (_, body) = email.html.split_once("</head>").expect("a head");
        let lines = body.replace("&#847;&zwnj;&nbsp;", "");
        let lines: Vec<&str> = lines.lines().filter(|line| !line.is_empty()).collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn every_piece_has_its_form_on_the_page() {
        let mut pieces = every_shape("a < b & \"c\"", "https://shop.example/?a=1&b='2'");
        pieces.push(text("first\nline\n\nsecond\r\n\r\n\r\nthird"));
        pieces.push(link("Run", "javascript:alert(1)"));
        check_html(
            &pieces,
            Some("ar"),
            &expect![[r#"
            <body class="page" style="margin:0;padding:0;background:#ffffff;color:#1a1a1a">
            <div style="display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all">
            a &lt; b &amp; "c"
            </div>
            <div class="page" lang="ar" dir="rtl" style="max-width:600px;margin:0 auto;padding:24px 16px;background:#ffffff;color:#1a1a1a;
            font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5;overflow-wrap:break-word">
            <p style="margin:0 0 16px">a &lt; b &amp; "c"</p>
            <h2 style="margin:24px 0 8px;font-size:20px;line-height:1.3">a &lt; b &amp; "c"</h2>
            <ul style="margin:0 0 16px;padding:0 24px">
            <li style="margin:0 0 4px">a &lt; b &amp; "c"</li>
            <li style="margin:0 0 4px">a &lt; b &amp; "c"</li>
            </ul>
            <p class="code" dir="ltr" translate="no" style="margin:0 0 16px;padding:16px;background:#f2f2f2;color:#000000;text-align:center;
            font-family:ui-monospace,Menlo,Consolas,monospace;font-size:28px;line-height:1.3;font-weight:bold;user-select:all;overflow-wrap:anywhere">a &lt; b &amp; "c"</p>
            <p style="margin:8px 0 24px"><a
            href="https://shop.example/?a=1&amp;b=&#39;2&#39;"
             style="display:inline-block;padding:12px 24px;background:#1a56db;color:#ffffff;border-radius:6px;font-weight:bold;text-decoration:none">a &lt; b &amp; "c"</a></p>
            <p style="margin:0 0 16px"><img
            src="https://shop.example/?a=1&amp;b=&#39;2&#39;"
            alt="a &lt; b &amp; &quot;c&quot;"
             style="display:block;max-width:100%;height:auto;border:0"></p>
            <p class="small" style="margin:0 0 12px;font-size:12px;color:#595959">a &lt; b &amp; "c"</p>
            <p style="margin:0 0 16px">first<br>
            line</p>
            <p style="margin:0 0 16px">second</p>
            <p style="margin:0 0 16px">third</p>
            <p style="margin:0 0 16px">Run: javascript:alert(1)</p>
            <p class="small" style="margin:32px 0 0;font-size:12px;color:#595959"><a
            href="https://shop.example/u?a=1&amp;b=2"
             style="color:#595959;text-decoration:underline">إلغاء الاشتراك</a></p>
            </div>
            </body>
            </html>"#]],
        );
    }

    #[test]
    fn the_page_says_its_language_and_asks_for_nothing() {
        let email = compose(&[text("שלום")], Some("he-IL"), None);
        assert!(email.html.contains("<html lang=\"he-IL\" dir=\"rtl\">"));
        let email = compose(&[text("x")], None, None);
        assert!(email.html.contains("<html dir=\"auto\">"));
        for never in ["<script", "@import", "url(", "<link", "@font-face", "http://", "https://"] {
            assert!(!email.html.contains(never), "{never}");
        }
        for always in [
            "name=\"color-scheme\" content=\"light dark\"",
            "prefers-color-scheme: dark",
            "max-width:600px",
            "name=\"viewport\"",
        ] {
            assert!(email.html.contains(always), "{always}");
        }
    }

    #[test]
    fn measures_are_of_what_is_sent() {
        let email = compose(&[piece(Shape::Heading("Über uns".into())), text("Hallo.")], None, None);
        let (html, payload) = (email.html.len(), Payload::Email(email));
        assert_eq!(payload.measure(Field::Subject, Unit::CodePoints), 8);
        assert_eq!(payload.measure(Field::Preheader, Unit::CodePoints), 6);
        assert_eq!(payload.measure(Field::Body, Unit::CodePoints), 6);
        assert_eq!(payload.measure(Field::Html, Unit::Bytes) as usize, html);
    }

    #[cfg(feature = "json")]
    #[test]
    fn it_serialises_with_its_headers() {
        let email = Email::new("Hi", "a", "<p>a</p>").with_unsubscribe(unsubscribe());
        assert_eq!(
            serde_json::to_string(&email).expect("JSON"),
            "{\"subject\":\"Hi\",\"preheader\":\"\",\"text\":\"a\",\"html\":\"<p>a</p>\",\"headers\":{\
             \"List-Unsubscribe\":\"<https://shop.example/u?a=1&b=2>\",\
             \"List-Unsubscribe-Post\":\"List-Unsubscribe=One-Click\"}}"
        );
    }

    /// The tags of a page with the names of their attributes, by a small reader of well-formed HTML.
    fn skeleton(html: &str) -> Vec<String> {
        let mut tags = Vec::new();
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            let mut tag = String::new();
            let mut is_quoted = false;
            let end = rest.find(|c| {
                is_quoted ^= c == '"';
                if !is_quoted && c != '"' && c != '>' {
                    tag.push(c);
                }
                c == '>' && !is_quoted
            });
            rest = &rest[end.expect("every tag ends")..];
            tags.push(tag);
        }
        tags
    }

    #[test]
    fn no_words_become_markup() {
        let tame =
            skeleton(&compose(&every_shape("tame", "https://a.example/x"), Some("en"), Some(&unsubscribe())).html);
        for words in [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "' onmouseover='alert(1)",
            "</title><style>*{}</style>",
            "&lt;script&gt;",
            "</p></div></body>",
            "<!--",
            "-->",
            "]]>",
            "<?php",
            "\0<\0b>",
            "&#60;b&#62;",
        ] {
            let url = format!("https://a.example/{}", words.replace(|c: char| c.is_whitespace() || c.is_control(), ""));
            let email = compose(&every_shape(words, &url), Some("en"), Some(&unsubscribe()));
            assert_eq!(skeleton(&email.html), tame, "{words}");
        }
    }

    #[test]
    fn what_runs_is_never_a_link() {
        for url in [
            "javascript:alert(1)",
            "JAVASCRIPT://x",
            "data:text/html,<b>",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "vbscript:x",
        ] {
            let email = compose(&every_shape("words", url), None, None);
            assert!(!email.html.contains("<a") && !email.html.contains("<img"), "{url}");
        }
    }

    proptest! {
        #[test]
        fn any_words_leave_the_page_as_it_is(words in "(\\PC|[<>&\"'\\r\\x00-\\x08]){1,80}", path in "[^\\s\\x00-\\x1f\\x7f-\\x9f]{0,30}") {
            prop_assume!(!words.trim().is_empty() && !HeaderText::new(&words).is_empty());
            // An end of line opens a paragraph, which is no harm; the question is about the rest.
            let words = words.replace(['\r', '\n'], " ");
            prop_assume!(!text::clean(&words).trim().is_empty());
            let url = format!("https://a.example/{path}");
            let tame = skeleton(&compose(&every_shape("tame", "https://a.example/x"), None, Some(&unsubscribe())).html);
            let email = compose(&every_shape(&words, &url), None, Some(&unsubscribe()));
            prop_assert_eq!(skeleton(&email.html), tame);
            prop_assert!(!email.subject.as_str().chars().any(char::is_control));
        }

        #[test]
        fn lines_stay_within_the_width_where_words_allow(words in "(\\PC{0,12} ?\\n?){0,60}") {
            let email = compose(&[text(&words)], None, None);
            for line in email.text.lines() {
                prop_assert!(line.chars().count() <= 78 || !line.trim_start_matches(' ').contains(' '), "{}", line.len());
            }
            let spaceless = |words: &str| words.split_whitespace().collect::<String>();
            prop_assert_eq!(spaceless(&email.text), spaceless(&text::clean(&words)));
        }
    }
}
