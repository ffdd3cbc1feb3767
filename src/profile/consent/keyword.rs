//! Keywords: STOP, START and HELP as people write them, and the events to append.
//!
//! A text is compared without regard to case, accents, width, punctuation and spaces, so `Opt-out!` and `ＳＴＯＰ` are
//! words like any other. A message that is one of the words and nothing else is [`Certain`](Classified::Certain); one that
//! holds one beside others is [`Likely`](Classified::Likely): carriers act on the single word only, but the FCC has
//! senders honour a revocation "by any reasonable means" (47 CFR 64.1200(a)(10)), so a likely STOP is a STOP until somebody
//! has read the message and says otherwise.
//!
//! | words | where they are documented |
//! | --- | --- |
//! | `stop`, `quit`, `end`, `revoke`, `opt out`, `cancel`, `unsubscribe` | 47 CFR 64.1200(a)(10), in force since 2025-04-11 |
//! | `stop all`, `start`, `unstop`, `help`, `info` | Twilio, support article 223134027; Telnyx, Advanced Opt-In/Out |
//! | `arrêt`, `arrête`, `arrett`; `aide` | Twilio, Proxy opt-out keywords; CWTA Common Short Code guidelines 3.9 (Canada) |
//! | `unsub` | Twilio, support article 223181928 (Canada); Brevo, help article 208723209 (Norway) |
//! | `remove`, `td` | AWS End User Messaging, required opt-out keywords |
//! | `baja` | the code of conduct for premium messages of 2009-07-08, BOE-A-2009-12439 (Spain) |
//! | `sair` | Anatel's text to every subscriber of 2016 (Brazil) |
//!
//! Words that people use and no carrier, regulator or standard was found to document are at most likely: `alto`, `parar`,
//! `cancelar` (Spanish, Portuguese), `pare` (Portuguese), `stopp`, `abmelden` (German), `annulla`, `cancella` (Italian),
//! `afmelden` (Dutch), `iptal`, `dur` (Turkish), `ayuda`, `ajuda`, `hilfe`, `aiuto`, `yardım` for help. `yes` says START
//! only to somebody who is stopped, so it is likely and no event comes of it. The same holds of `arrêter`, `arrêtez`,
//! `stop it` in one word, `stop` with more than one p, `unsuscribe`, `unsubscribed` and `opt me out`.
//!
//! The comparison is not all of NFKC, which would take tables: it folds Latin letters with the accents of these languages,
//! full-width, mathematical, circled and squared ones, and leaves the rest of the compatibility forms as they are. Letters
//! of other scripts that only look Latin, flags (regional indicators), superscripts and small capitals are no word we know.
//!
//! # The confirmation
//!
//! One text may confirm an opt-out, if it sells nothing and leaves within [`CONFIRM_WITHIN`] (47 CFR 64.1200(a)(12), in
//! force since 2024-04-04). Send it as [`Purpose::Transactional`](crate::Purpose::Transactional), which a withdrawal of
//! marketing does not close; under [`revoke_all`](Inbound::revoke_all) the STOP closes that too, and the confirmation is
//! the caller's to send without a plan, or under a purpose of which the policy says `consent = "none"`. Quiet hours,
//! sender's hours and caps bind a transactional message like any other: where the five minutes have to hold at night, the
//! policy lifts them for the confirming topic, or says of its purpose that it does not obey them.

use chrono::{DateTime, Utc};

use crate::{
    codes::codes,
    id::{Code, EndpointId, TenantId},
    kind::ChannelKind,
    purpose::Purpose,
    time::Span,
};

use super::{ConsentAction, ConsentEvent, ConsentScope, ConsentSource};

/// How long after an opt-out its confirmation may leave: five minutes, by 47 CFR 64.1200(a)(12).
pub const CONFIRM_WITHIN: Span = Span::minutes(5);

/// The kinds that carry text to one phone number, which a STOP on any of them closes together.
///
/// Twilio joins opt-outs over SMS, MMS and RCS of one sender since 2026-03-16; the rest is our own caution.
pub const TEXT_KINDS: [ChannelKind; 5] =
    [ChannelKind::SMS, ChannelKind::literal("mms"), ChannelKind::RCS, ChannelKind::WHATSAPP, ChannelKind::VIBER];

codes! {
    /// What a word asks for.
    closed Keyword, "keyword" {
        /// To be left alone.
        Stop = "stop",
        /// To be written to again.
        Start = "start",
        /// To know who writes, and how to stop it.
        Help = "help",
    }
}

/// What an inbound text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Classified {
    /// The word and nothing else.
    Certain(Keyword),
    /// The word among others, or one that nobody documents.
    Likely(Keyword),
    /// No word that we know.
    None,
}

/// Where and when an inbound text was written, for the events that come of it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Inbound {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// On which kind.
    pub kind: ChannelKind,
    /// From which endpoint of the customer; a START re-opens that one and no other, and none where it is not known.
    pub endpoint: Option<EndpointId>,
    /// To which brand; `None` where the sender has but one.
    pub brand: Option<TenantId>,
    /// Where the text is kept.
    pub evidence: Option<Code>,
    /// Whether a STOP ends messages of every purpose and not only marketing: the FCC's "revoke all", which was postponed
    /// to 2027-01-31 and may change again.
    pub revoke_all: bool,
}

impl Inbound {
    /// Of a sender with one brand, without evidence, a STOP ending marketing only.
    pub fn new(kind: ChannelKind, at: DateTime<Utc>) -> Self {
        Self { at, kind, endpoint: None, brand: None, evidence: None, revoke_all: false }
    }

    /// The same, from this endpoint of the customer.
    pub fn at_endpoint(mut self, endpoint: EndpointId) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The same, to this brand.
    pub fn to_brand(mut self, brand: TenantId) -> Self {
        self.brand = Some(brand);
        self
    }

    /// The same, with the place where the text is kept.
    pub fn with_evidence(mut self, evidence: Code) -> Self {
        self.evidence = Some(evidence);
        self
    }

    /// The same, where a STOP ends messages of every purpose.
    pub fn revoke_all(mut self) -> Self {
        self.revoke_all = true;
        self
    }
}

impl Classified {
    /// What is asked for, certain or not.
    pub fn keyword(self) -> Option<Keyword> {
        match self {
            Self::Certain(keyword) | Self::Likely(keyword) => Some(keyword),
            Self::None => None,
        }
    }

    /// The events to append to the customer's profile.
    ///
    /// A STOP, likely ones too, withdraws marketing on [every text kind](TEXT_KINDS) and on the one it was written on. A
    /// START, and only a certain one, is the customer's fresh yes to marketing on the kind and from
    /// [the endpoint](Inbound::at_endpoint) it was written on, as carriers take it; no event comes of one from an endpoint
    /// that nobody names, for it would open more than was asked. After a STOP to everything it opens marketing only.
    /// Anything else changes nothing.
    ///
    /// ```
    /// use waypost::{ChannelKind, ConsentAction, EndpointId, consent::keyword::{self, Inbound}};
    ///
    /// let here = Inbound::new(ChannelKind::SMS, "2026-11-17T12:00:00Z".parse()?);
    /// let events = keyword::classify("Stop.").events(&here);
    /// assert!(events.iter().all(|event| event.action == ConsentAction::Withdraw));
    /// assert!(events.iter().any(|event| event.scope.kind == Some(ChannelKind::WHATSAPP)));
    ///
    /// assert!(keyword::classify("START").events(&here).is_empty()); // from where?
    /// let here = here.at_endpoint(EndpointId::literal("mobile"));
    /// let events = keyword::classify("START").events(&here);
    /// assert_eq!(events.len(), 1);
    /// assert_eq!(events[0].scope.kind, Some(ChannelKind::SMS));
    /// assert_eq!(events[0].scope.endpoint, Some(EndpointId::literal("mobile")));
    /// assert!(keyword::classify("please start again").events(&here).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events(self, inbound: &Inbound) -> Vec<ConsentEvent> {
        let event = |action, kind, purpose| {
            let scope = ConsentScope { purpose, tenant: inbound.brand, ..ConsentScope::everything().on_kind(kind) };
            let event = ConsentEvent::new(action, scope, inbound.at).from_source(ConsentSource::Keyword);
            ConsentEvent { evidence: inbound.evidence, ..event }
        };
        match self {
            Self::Certain(Keyword::Stop) | Self::Likely(Keyword::Stop) => {
                let purpose = (!inbound.revoke_all).then_some(Purpose::Marketing);
                let elsewhere = Some(inbound.kind).filter(|kind| !TEXT_KINDS.contains(kind));
                let kinds = TEXT_KINDS.into_iter().chain(elsewhere);
                kinds.map(|kind| event(ConsentAction::Withdraw, kind, purpose)).collect()
            }
            Self::Certain(Keyword::Start) => {
                let yes = |endpoint| {
                    let yes = event(ConsentAction::Grant, inbound.kind, Some(Purpose::Marketing));
                    ConsentEvent { scope: yes.scope.on_endpoint(endpoint), ..yes }
                };
                inbound.endpoint.map(yes).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether one text may confirm it, within [`CONFIRM_WITHIN`] and without selling anything.
    pub fn may_be_confirmed(self) -> bool {
        self.keyword() == Some(Keyword::Stop)
    }
}

/// What an inbound text asks for; any text may be handed in, of any length.
///
/// ```
/// use waypost::consent::keyword::{Classified, Keyword, classify};
///
/// assert_eq!(classify(" Stop! "), Classified::Certain(Keyword::Stop));
/// assert_eq!(classify("opt-out"), Classified::Certain(Keyword::Stop));
/// assert_eq!(classify("ARRÊT"), Classified::Certain(Keyword::Stop));
/// assert_eq!(classify("please stop texting me"), Classified::Likely(Keyword::Stop));
/// assert_eq!(classify("help"), Classified::Certain(Keyword::Help));
/// assert_eq!(classify("yes"), Classified::Likely(Keyword::Start)); // to somebody who is stopped
/// assert_eq!(classify("See you at the shop"), Classified::None);
/// ```
pub fn classify(text: &str) -> Classified {
    let mut whole = Folded::default();
    let mut word = Folded::default();
    // The two words before, and the letters that stand alone, one after the other.
    let mut before = [Folded::default(); 2];
    let mut spaced = Folded::default();
    let mut likely: Option<Keyword> = None;
    let mut hear = |heard: &Folded| {
        let known = LIKELY.iter().chain(CERTAIN).find(|(_, words)| words.contains(&heard.as_str()));
        let known = known.map(|(keyword, _)| *keyword).or(is_drawn_out(heard.as_str()).then_some(Keyword::Stop));
        // Of several the one that asks for most caution.
        likely = likely.into_iter().chain(known).min_by_key(|keyword| caution(*keyword));
    };
    let mut end = |word: &mut Folded, before: &mut [Folded; 2]| {
        if !word.is_empty() {
            let both = before[1].then(word);
            spaced = if word.len == 1 { spaced.then(word) } else { Folded::default() };
            for heard in [&*word, &both, &before[0].then(&both), &spaced] {
                hear(heard);
            }
            *before = [before[1], std::mem::take(word)];
        }
    };
    for character in text.chars() {
        match fold(character) {
            Spelled::Letters(letters) => {
                word.push(letters);
                whole.push(letters);
            }
            Spelled::Silent => {}
            Spelled::Apart => end(&mut word, &mut before),
        }
    }
    end(&mut word, &mut before);
    match CERTAIN.iter().find(|(_, words)| words.contains(&whole.as_str())) {
        Some((keyword, _)) => Classified::Certain(*keyword),
        None => {
            hear(&whole);
            likely.map_or(Classified::None, Classified::Likely)
        }
    }
}

const CERTAIN: &[(Keyword, &[&str])] = &[
    (
        Keyword::Stop,
        &[
            "stop",
            "stopall",
            "unsubscribe",
            "cancel",
            "end",
            "quit",
            "revoke",
            "optout",
            "arret",
            "arrete",
            "arrett",
            "unsub",
            "remove",
            "td",
            "baja",
            "sair",
        ],
    ),
    (Keyword::Start, &["start", "unstop"]),
    (Keyword::Help, &["help", "info", "aide"]),
];

const LIKELY: &[(Keyword, &[&str])] = &[
    (
        Keyword::Stop,
        &[
            "alto",
            "parar",
            "cancelar",
            "pare",
            "abmelden",
            "annulla",
            "cancella",
            "afmelden",
            "iptal",
            "dur",
            "arreter",
            "arretez",
            "stopit",
            "unsuscribe",
            "unsubscribed",
            "optmeout",
        ],
    ),
    (Keyword::Start, &["yes"]),
    (Keyword::Help, &["ayuda", "ajuda", "hilfe", "aiuto", "yardim"]),
];

/// Whether it is `stop` with more than one p, as German and haste write it.
fn is_drawn_out(word: &str) -> bool {
    word.strip_prefix("stop").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|letter| letter == b'p'))
}

fn caution(keyword: Keyword) -> u8 {
    match keyword {
        Keyword::Stop => 0,
        Keyword::Help => 1,
        Keyword::Start => 2,
    }
}

/// The longest word of the lists is `unsubscribed`; what is longer than this is none of them.
const LONGEST: usize = 12;

/// A word in small letters of ASCII, or one that is too long to be any we know.
#[derive(Clone, Copy, Default)]
struct Folded {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Folded {
    fn push(&mut self, letters: &str) {
        for letter in letters.bytes() {
            if let Some(place) = self.bytes.get_mut(self.len) {
                *place = letter;
            }
            self.len = self.len.saturating_add(1);
        }
    }

    fn then(&self, other: &Self) -> Self {
        let mut both = *self;
        both.push(other.as_str());
        // Either was too long, and so are both together.
        both.len = both.len.max(self.len.saturating_add(other.len));
        both
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The word; nothing where it is too long to be one.
    fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

enum Spelled {
    Letters(&'static str),
    /// Part of the word and no letter: accents, and marks that nobody sees.
    Silent,
    /// Between words.
    Apart,
}

/// One character without case, accent and width.
///
/// Not all of NFKC, as the module says. A letter of another script belongs to its word and makes it none that we know.
fn fold(character: char) -> Spelled {
    let narrow = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        other => compatible(other).map_or(other, char::from),
    };
    Spelled::Letters(match narrow.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9') => {
            const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
            let at = LETTERS.find(letter).unwrap_or_default();
            &LETTERS[at..=at]
        }
        'à'..='å' | 'À'..='Å' | 'ª' | 'Ā'..='ą' | 'ǎ' | 'Ǎ' => "a",
        'æ' | 'Æ' => "ae",
        'ç' | 'Ç' | 'Ć'..='č' => "c",
        'ð' | 'Ð' | 'Ď'..='đ' => "d",
        'è'..='ë' | 'È'..='Ë' | 'Ē'..='ě' => "e",
        'Ĝ'..='ģ' => "g",
        'Ĥ'..='ħ' => "h",
        'ì'..='ï' | 'Ì'..='Ï' | 'Ĩ'..='ı' => "i",
        'Ĵ' | 'ĵ' => "j",
        'Ķ'..='ĸ' => "k",
        'Ĺ'..='ł' => "l",
        'ñ' | 'Ñ' | 'Ń'..='ŋ' => "n",
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' | 'º' | 'Ō'..='ő' => "o",
        'œ' | 'Œ' => "oe",
        'Ŕ'..='ř' => "r",
        'ß' | 'ẞ' => "ss",
        'Ś'..='š' | 'ſ' | 'Ș' | 'ș' => "s",
        'Ţ'..='ŧ' | 'Ț' | 'ț' => "t",
        'ù'..='ü' | 'Ù'..='Ü' | 'Ũ'..='ų' => "u",
        'Ŵ' | 'ŵ' => "w",
        'ý' | 'ÿ' | 'Ý' | 'Ŷ'..='Ÿ' => "y",
        'Ź'..='ž' => "z",
        'þ' | 'Þ' => "th",
        // Combining accents, soft hyphen, joiners, directions, variation selectors, byte order mark.
        '\u{300}'..='\u{36f}'
        | '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2060}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => {
            return Spelled::Silent;
        }
        // A letter that no word of ours has.
        other if other.is_alphanumeric() => "?",
        _ => return Spelled::Apart,
    })
}

/// The small letter that a mathematical, circled or squared one stands for.
fn compatible(character: char) -> Option<u8> {
    let code = character as u32;
    let at = match code {
        // Thirteen alphabets, each of capitals and small letters.
        0x1d400..=0x1d6a3 => (code - 0x1d400) % 26,
        // In brackets, circles and squares.
        0x249c..=0x24e9 => (code - 0x249c) % 26,
        0x1f110..=0x1f129 => code - 0x1f110,
        0x1f130..=0x1f149 => code - 0x1f130,
        0x1f150..=0x1f169 => code - 0x1f150,
        0x1f170..=0x1f189 => code - 0x1f170,
        // The letters that the alphabets leave out, since they were there before.
        _ => {
            return Some(match character {
                'ℬ' => b'b',
                'ℂ' | 'ℭ' => b'c',
                'ℯ' | 'ℰ' => b'e',
                'ℱ' => b'f',
                'ℊ' => b'g',
                'ℋ' | 'ℌ' | 'ℍ' | 'ℎ' => b'h',
                'ℐ' | 'ℑ' => b'i',
                'ℒ' => b'l',
                'ℳ' => b'm',
                'ℕ' => b'n',
                'ℴ' => b'o',
                'ℙ' => b'p',
                'ℚ' => b'q',
                'ℛ' | 'ℜ' | 'ℝ' => b'r',
                'ℤ' | 'ℨ' => b'z',
                _ => return None,
            });
        }
    };
    u8::try_from(at).ok().map(|at| b'a' + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: Classified, texts: &[&str]) {
        for text in texts {
            assert_eq!(classify(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_message_that_is_the_word_and_nothing_else() {
        check(
            Classified::Certain(Keyword::Stop),
            &[
                "STOP",
                "stop",
                " Stop ",
                "STOP!!!",
                "\"stop\"",
                "S T O P",
                "s.t.o.p.",
                "ＳＴＯＰ",
                "STOP 🛑",
                "st\u{ad}op",
                "Stop all",
                "STOPALL",
                "opt out",
                "Opt-Out",
                "OPTOUT",
                "Arrêt",
                "ARRE\u{302}T",
                "arrête",
                "Arrett",
                "unsubscribe.",
                "revoke",
                "cancel",
                "End",
                "quit",
                "UNSUB",
                "remove",
                "TD",
                "Baja",
                "SAIR",
                "\u{feff}stop",
                "𝗦𝗧𝗢𝗣",
                "ⓢⓣⓞⓟ",
                "🅂🅃🄾🄿",
                "𝕊𝕋𝕆ℙ",
            ],
        );
        check(Classified::Certain(Keyword::Start), &["START", "un-stop", "Start!"]);
        check(Classified::Certain(Keyword::Help), &["HELP", "help?", "Info", "aide"]);
    }

    #[test]
    fn a_message_that_holds_the_word() {
        check(
            Classified::Likely(Keyword::Stop),
            &[
                "please stop texting",
                "don't stop",
                "STOP please",
                "I want to opt out of this",
                "stop or help",
                "stop start",
                "merci d'arrêter... ARRET",
                "quiero darme de baja",
                "alto",
                "Parar",
                "abmelden",
                "STOPP",
                "iptal",
                "Stopp!",
                "stoppp",
                "arrêter",
                "Arretez",
                "stop it",
                "stopit",
                "unsuscribe",
                "unsubscribed",
                "opt me out",
                "please opt me out now",
                "please s t o p",
                "𝗦𝗧𝗢𝗣 it",
            ],
        );
        check(Classified::Likely(Keyword::Help), &["I need help", "can you help me start", "ayuda", "Yardım"]);
        check(Classified::Likely(Keyword::Start), &["yes", "YES!", "when do we start"]);
    }

    #[test]
    fn a_message_that_does_not() {
        check(
            Classified::None,
            &[
                "",
                " ",
                "🛑",
                "nonstop",
                "stopping",
                "bus stops here",
                "endless",
                "с т о п",
                "стоп",
                "бstop",
                "no",
                "thanks",
                "🇹🇩",
            ],
        );
    }

    #[test]
    fn any_length_is_read() {
        check(Classified::None, &[&"a".repeat(100_000), &"🛑 ".repeat(10_000)]);
        check(Classified::Likely(Keyword::Stop), &[&format!("{} stop", "so much text ".repeat(10_000))]);
    }

    #[test]
    fn a_stop_closes_every_text_kind_and_nothing_else() {
        let at = "2026-11-17T12:00:00Z".parse().expect("an instant");
        let brand = TenantId::literal("north");
        let here = Inbound::new(ChannelKind::TELEGRAM, at).to_brand(brand).with_evidence(Code::literal("in-77"));
        let events = classify("stop").events(&here);
        let kinds: Vec<_> = events.iter().filter_map(|event| event.scope.kind).collect();
        assert_eq!(kinds, [&TEXT_KINDS[..], &[ChannelKind::TELEGRAM]].concat());
        for event in &events {
            assert_eq!((event.action, event.at), (ConsentAction::Withdraw, at));
            assert_eq!((event.scope.purpose, event.scope.tenant), (Some(Purpose::Marketing), Some(brand)));
            assert_eq!((event.source, event.evidence), (Some(ConsentSource::Keyword), here.evidence));
        }
        let all = classify("please stop").events(&here.revoke_all());
        assert!(all.iter().all(|event| event.scope.purpose.is_none()) && all.len() == events.len());
        assert!(classify("yes").events(&here).is_empty() && classify("help").events(&here).is_empty());
        assert!(classify("stop").may_be_confirmed() && !classify("start").may_be_confirmed());
    }
}
