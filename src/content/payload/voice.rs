//! Speech: a call that says the message, as SSML for the engine and as text beside it.

use serde::Serialize;

use crate::{
    content::{
        Field, Loss, LossKind, Unit, boundaries,
        links::links,
        measure,
        payload::{Compose, Headings, Native, Support, pace::Pace},
        piece::{Leads, Piece, Shape},
        setting::Setting,
    },
    locale::Locale,
};

/// What a call says.
///
/// | block | as it is said |
/// | --- | --- |
/// | heading | a sentence, and a pause |
/// | text, legal | a paragraph a line |
/// | list | a sentence an item, with pauses between |
/// | code | character by character |
/// | media | what it shows |
/// | action | its label, and the domain that it leads to |
///
/// Nobody writes an address down that is read out letter by letter: of a link only the domain is said, and of one that
/// leads into an app nothing, with the loss [`Unlinked`](LossKind::Unlinked). What is pinned is said as it is written.
///
/// The SSML keeps to what the engines of Amazon, Google, Microsoft and Twilio share: `speak`, `p`, `s`, `break` and
/// `say-as`. Control characters are left out, and what XML would take for its own is escaped.
///
/// ```
/// use waypost::{Capability, ChannelDescriptor, ChannelKind, Content, Purpose, content::{self, Block, FitContext}};
///
/// let content = Content::of_blocks([Block::text("Your code for R&D is"), Block::code("481 516")]);
/// let voice = ChannelDescriptor::new("robot".parse()?, ChannelKind::VOICE).can(Capability::Text);
/// let fitted = content::fit(&content, &voice, &FitContext::new("2026-11-22T12:00:00Z".parse()?, Purpose::Service))?;
/// let speech = serde_json::to_value(fitted.payload())?;
/// assert_eq!(speech["ssml"], "<speak><p>Your code for R&amp;D is</p><break time=\"400ms\"/>\
///     <p><say-as interpret-as=\"characters\">481516</say-as></p></speak>");
/// assert_eq!(speech["text"], "Your code for R&D is\n4 8 1 5 1 6");
/// assert_eq!(speech["seconds"], 5); // 5 words and 6 characters at 150 a minute, and a pause
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Speech {
    /// The words with their pauses, for the engine.
    pub ssml: String,
    /// The same words, for an engine without SSML and for whoever reads along.
    pub text: String,
    /// The language, where the author said: it chooses the voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Locale>,
    /// How long it takes, estimated: 150 words of English a minute, in other languages as much more or less as people
    /// take to read them aloud, and the pauses.
    pub seconds: u32,
    #[serde(skip)]
    losses: Vec<Loss>,
}

impl std::fmt::Debug for Speech {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Speech({} bytes of SSML, {} seconds)", self.ssml.len(), self.seconds)
    }
}

impl Compose for Speech {
    const NATIVE: Native = Native { headings: Headings::All, lists: true, links: Support::Always, ..Native::TEXT };

    fn compose(pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self {
        let mut script = Script {
            pace: Pace::of(setting.locale),
            ssml: String::from("<speak>"),
            text: String::new(),
            milliseconds: 0,
            pause: None,
            losses: Vec::new(),
        };
        pieces.iter().for_each(|piece| script.piece(piece));
        let Script { mut ssml, text, milliseconds, losses, .. } = script;
        ssml.push_str("</speak>");
        let seconds = u32::try_from(milliseconds.div_ceil(1000)).unwrap_or(u32::MAX);
        Self { ssml, text, language: setting.locale, seconds, losses }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        see(Field::Body, &self.text);
        see(Field::Speech, &self.ssml);
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        let is_spoken = matches!(field, Field::Body | Field::Speech) && unit == Unit::Seconds;
        is_spoken.then_some(self.seconds)
    }

    fn losses(&self) -> impl Iterator<Item = Loss> {
        self.losses.iter().copied()
    }
}

/// A stop in the speech.
#[derive(Clone, Copy)]
enum Pause {
    Item,
    Paragraph,
    Heading,
}

impl Pause {
    fn milliseconds(self) -> u64 {
        match self {
            Self::Item => 300,
            Self::Paragraph => 400,
            Self::Heading => 600,
        }
    }
}

/// A speech as it is written.
struct Script {
    pace: Pace,
    ssml: String,
    text: String,
    milliseconds: u64,
    /// What stands between what was said last and what is said next.
    pause: Option<Pause>,
    losses: Vec<Loss>,
}

impl Script {
    fn piece(&mut self, piece: &Piece<'_>) {
        match &piece.shape {
            Shape::Text(words) | Shape::Legal(words) => self.paragraphs(words.as_str(), piece, Pause::Paragraph),
            Shape::Heading(words) => self.paragraphs(words.as_str(), piece, Pause::Heading),
            Shape::Media { alt, .. } => self.paragraphs(alt.as_str(), piece, Pause::Paragraph),
            Shape::List(items) => {
                self.pause();
                self.ssml.push_str("<p>");
                for item in items {
                    self.pause();
                    self.ssml.push_str("<s>");
                    self.say(item.as_str(), piece);
                    self.ssml.push_str("</s>");
                    self.pause = Some(Pause::Item);
                }
                self.ssml.push_str("</p>");
                self.pause = Some(Pause::Paragraph);
            }
            Shape::Code(words) => {
                self.pause();
                self.ssml.push_str("<p>");
                self.spell(words.as_str());
                self.ssml.push_str("</p>");
                self.pause = Some(Pause::Paragraph);
            }
            Shape::Action(button) => {
                // An address is no words of its own.
                let label = match &button.leads {
                    Leads::To(url) if button.label.text == *url => "",
                    _ => button.label.as_str(),
                };
                let (Leads::To(target) | Leads::Back(target)) = &button.leads;
                let said = match &button.leads {
                    // A link without words of its own is there to be opened, not to be spelled.
                    Leads::To(url) if !piece.pinned || button.label.text == *url => domain(url),
                    _ => Some(&**target),
                };
                let said = said.filter(|said| *said != label);
                let line = match (label.trim(), said) {
                    ("", said) => said.unwrap_or(target).to_owned(),
                    (label, Some(said)) => format!("{label}: {said}"),
                    (label, None) => label.to_owned(),
                };
                self.unlink(piece, target, if line.contains(&**target) { Some(target) } else { said });
                self.pause();
                self.ssml.push_str("<p>");
                // What is left of the address is no link any more.
                self.words(&line);
                self.ssml.push_str("</p>");
                self.pause = Some(Pause::Paragraph);
            }
        }
    }

    /// A paragraph a line.
    fn paragraphs(&mut self, words: &str, piece: &Piece<'_>, after: Pause) {
        for line in words.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.pause();
            let (open, close) = match after {
                Pause::Heading => ("<p><s>", "</s></p>"),
                _ => ("<p>", "</p>"),
            };
            self.ssml.push_str(open);
            self.say(line, piece);
            self.ssml.push_str(close);
            self.pause = Some(after);
        }
    }

    /// The stop before what comes next, if anything was said.
    fn pause(&mut self) {
        if let Some(pause) = self.pause.take() {
            self.text.push('\n');
            let milliseconds = pause.milliseconds();
            self.milliseconds += milliseconds;
            self.ssml.push_str(&format!("<break time=\"{milliseconds}ms\"/>"));
        }
    }

    /// Words, of whose links only the domains are said.
    fn say(&mut self, words: &str, piece: &Piece<'_>) {
        let mut spoken = String::new();
        let mut at = 0;
        for link in links(words).filter(|_| !piece.pinned) {
            let address = &words[link.clone()];
            // Nothing else is said: rather the address than silence.
            let said = domain(address).or((address.len() == words.len()).then_some(address));
            if said == Some(address) {
                continue;
            }
            spoken.push_str(&words[at..link.start]);
            match said {
                Some(said) => spoken.push_str(said),
                None => spoken.truncate(spoken.trim_end().len()),
            }
            at = link.end;
            self.unlink(piece, address, said);
        }
        spoken.push_str(&words[at..]);
        self.words(&spoken);
    }

    fn unlink(&mut self, piece: &Piece<'_>, address: &str, said: Option<&str>) {
        if said == Some(address) {
            return;
        }
        let length = |words: &str| measure::count(words, Unit::Clusters) as usize;
        let lost = length(address).saturating_sub(said.map_or(0, length));
        let lost = u32::try_from(lost).unwrap_or(u32::MAX);
        match self.losses.last_mut() {
            Some(loss) if loss.block == Some(piece.block) => loss.characters = loss.characters.saturating_add(lost),
            _ => self.losses.push(Loss { characters: lost, ..Loss::of(piece.block, LossKind::Unlinked) }),
        }
    }

    fn words(&mut self, words: &str) {
        let said: String = words.chars().filter_map(sayable).collect();
        self.milliseconds += self.pace.milliseconds(&said);
        escape(&said, &mut self.ssml);
        self.text.push_str(&said);
    }

    /// Character by character.
    fn spell(&mut self, code: &str) {
        let said: String = code.chars().filter_map(sayable).filter(|c| !c.is_whitespace()).collect();
        self.ssml.push_str("<say-as interpret-as=\"characters\">");
        escape(&said, &mut self.ssml);
        self.ssml.push_str("</say-as>");
        let mut count = 0;
        for character in boundaries::clusters(&said) {
            if count > 0 {
                self.text.push(' ');
            }
            self.text.push_str(character);
            count += 1;
        }
        self.milliseconds += self.pace.spelled(count);
    }
}

/// A character as it may stand in XML; control characters are nothing to say.
fn sayable(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => None,
        c => Some(c),
    }
}

fn escape(words: &str, ssml: &mut String) {
    for c in words.chars() {
        match c {
            '&' => ssml.push_str("&amp;"),
            '<' => ssml.push_str("&lt;"),
            '>' => ssml.push_str("&gt;"),
            '"' => ssml.push_str("&quot;"),
            '\'' => ssml.push_str("&apos;"),
            c => ssml.push(c),
        }
    }
}

/// What of an address can be said: a domain, an e-mail address or a number; `None` of one that leads into an app.
fn domain(address: &str) -> Option<&str> {
    if let Some((scheme, rest)) = address.split_once("://") {
        let is_web = ["http", "https", "ftp"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
        return is_web.then(|| host(rest)).flatten();
    }
    match address.split_once(':') {
        Some((scheme, rest)) if ["mailto", "tel", "sms"].iter().any(|s| scheme.eq_ignore_ascii_case(s)) => {
            rest.split('?').next().filter(|rest| !rest.is_empty())
        }
        _ if address.contains('@') => Some(address),
        _ => host(address),
    }
}

fn host(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host);
    let bare = match host.get(..4) {
        Some(www) if www.eq_ignore_ascii_case("www.") => &host[4..],
        _ => host,
    };
    // The number of an IPv6 host is in brackets, and nobody types one.
    (!bare.is_empty() && !bare.starts_with('[')).then_some(bare)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::{Content, payload::samples};

    fn speech(pieces: &[Piece<'_>]) -> Speech {
        Speech::compose(pieces, &samples::setting(&Content::default()))
    }

    #[test]
    fn every_block_is_said() {
        let speech = speech(&samples::flattened(|shape| match shape {
            Shape::Action(button) => matches!(button.leads, Leads::To(_)),
            shape => !matches!(shape, Shape::Media { .. }),
        }));
        expect_test::expect![[r#"
            <speak>
            <p><s>Your parcel</s></p>
            <break time="600ms"/>
            <p>It is on its way &amp; arrives &lt;today&gt;.</p>
            <break time="400ms"/>
            <p><s>2 cups</s><break time="300ms"/><s>1 *pot*</s></p>
            <break time="400ms"/>
            <p>A parcel</p>
            <break time="400ms"/>
            <p><say-as interpret-as="characters">4711</say-as></p>
            <break time="400ms"/>
            <p>Track: shop.example</p>
            <break time="400ms"/>
            <p>Later: LATER</p>
            <break time="400ms"/>
            <p>Reply STOP to opt out</p>
            </speak>
        "#]]
        .assert_eq(
            &(speech
                .ssml
                .replace("<break", "\n<break")
                .replace("/><p", "/>\n<p")
                .replace("<speak>", "<speak>\n")
                .replace("</speak>", "\n</speak>\n")
                .replace("</s>\n", "</s>")),
        );
        assert_eq!(
            speech.text,
            "Your parcel\nIt is on its way & arrives <today>.\n2 cups\n1 *pot*\nA parcel\n4 7 1 1\nTrack: shop.example\nLater: LATER\nReply STOP to opt out"
        );
        assert_eq!(speech.language.map(|locale| locale.to_string()).as_deref(), Some("es-MX"));
        samples::measures(&speech, &[(Field::Speech, Unit::Seconds, 16), (Field::Body, Unit::Seconds, 16)]);
    }

    #[track_caller]
    fn check(words: &str, said: &str, lost: u32) {
        let speech = speech(&[samples::text(words)]);
        assert_eq!(speech.text, said);
        assert_eq!(speech.losses.iter().map(|loss| loss.characters).sum::<u32>(), lost, "{words}");
        assert_eq!(speech.losses.is_empty(), lost == 0);
    }

    #[test]
    fn of_a_link_the_domain_is_said() {
        check("Pay at example.com today", "Pay at example.com today", 0);
        check("Pay at https://www.example.com/p/1?a=b. Now!", "Pay at example.com. Now!", 20);
        check("Pay at shop.example:8080/x or www.a.example", "Pay at shop.example or a.example", 11);
        check(
            "Write to ana@example.com or mailto:bo@example.com?subject=x",
            "Write to ana@example.com or bo@example.com",
            17,
        );
        check("Call tel:+34600111222", "Call +34600111222", 4);
        check("Open bank://open/card now", "Open now", 16);
        check("bank://open/card", "bank://open/card", 0);
        check("https://user:pass@example.com/x", "example.com", 20);
    }

    #[test]
    fn what_is_pinned_is_said_as_it_is_written() {
        let pinned = |piece: Piece<'static>| Piece { pinned: true, ..piece };
        let said = speech(&[
            pinned(samples::text("Terms: https://example.com/terms")),
            pinned(samples::link("Opt out", "https://example.com/o")),
        ]);
        assert_eq!(said.text, "Terms: https://example.com/terms\nOpt out: https://example.com/o");
        assert_eq!(said.losses, []);
    }

    #[test]
    fn a_label_that_is_its_address_is_said_once() {
        assert_eq!(speech(&[samples::link("", "https://example.com/x")]).text, "example.com");
        assert_eq!(speech(&[samples::link("example.com", "https://example.com/x")]).text, "example.com");
        assert_eq!(speech(&[samples::link("Open the app", "bank://card")]).text, "Open the app");
        assert_eq!(speech(&[samples::link("", "bank://card")]).text, "bank://card");
    }

    #[test]
    fn what_is_no_word_is_left_out() {
        let said = speech(&[samples::text("a\u{0}b\u{7}\u{ffff}c\td\r\n\n e'\"")]);
        assert_eq!(said.text, "abc d\ne'\"");
        assert_eq!(said.ssml, "<speak><p>abc d</p><break time=\"400ms\"/><p>e&apos;&quot;</p></speak>");
        assert_eq!(speech(&[]).ssml, "<speak></speak>");
    }

    /// Elements open and close in order, and between them nothing stands for markup that is not.
    fn is_well_formed(ssml: &str) -> bool {
        let mut open = Vec::new();
        let mut parts = ssml.split('<');
        if parts.next() != Some("") {
            return false;
        }
        for part in parts {
            let Some((tag, words)) = part.split_once('>') else { return false };
            let name = tag.trim_matches('/').split(' ').next().unwrap_or_default().to_owned();
            if tag.starts_with('/') {
                if open.pop() != Some(name) {
                    return false;
                }
            } else if !tag.ends_with('/') {
                open.push(name);
            }
            let is_entity =
                |part: &str| ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|entity| part.starts_with(entity));
            if words.contains(['>', '"', '\'']) || !words.split('&').skip(1).all(is_entity) {
                return false;
            }
        }
        open.is_empty()
    }

    proptest! {
        #[test]
        fn any_words_are_well_formed(one in any::<String>(), two in any::<String>(), pinned in any::<bool>()) {
            let pieces = [
                samples::heading(&one),
                samples::text(&two),
                samples::piece(Shape::List(vec![one.as_str().into(), two.as_str().into()])),
                samples::piece(Shape::Code(one.as_str().into())),
                samples::link(&one, &two),
            ];
            let pieces = pieces.map(|piece| Piece { pinned, ..piece });
            let said = speech(&pieces);
            prop_assert!(is_well_formed(&said.ssml), "{}", said.ssml);
            prop_assert!(!said.text.chars().any(|c| c.is_control() && c != '\n'));
        }

        #[test]
        fn more_words_take_no_less_time(words in "[a-z0-9 .,您ก]{0,80}", cut in 0usize..80) {
            let end = words.char_indices().map(|(at, _)| at).nth(cut).unwrap_or(words.len());
            let seconds = |words: &str| speech(&[samples::text(words)]).seconds;
            prop_assert!(seconds(&words[..end]) <= seconds(&words));
        }
    }
}
