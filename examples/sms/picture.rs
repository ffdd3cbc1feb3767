//! One text as it goes on the air: its messages, what makes them dear, and what would make them cheaper.

use std::{collections::BTreeMap, fmt::Write as _};

use waypost::{
    Money,
    content::sms::{Alphabet, Cut, Encoding, Language, Options, Prepared, Segmentation, Transliterate, prepare},
};

/// How a picture is drawn.
#[derive(Default)]
pub(crate) struct Look {
    pub(crate) is_colored: bool,
    /// Of one message.
    pub(crate) price: Option<Money>,
    /// Whose shift tables the destination reads.
    pub(crate) tables: Vec<Language>,
}

/// The picture of a text, with the end of its last line.
pub(crate) fn picture(text: &str, look: &Look) -> String {
    let cut = Segmentation::cheapest(text, &look.tables, Cut::default());
    let mut drawn = String::new();
    // Writing to a text does not fail.
    let _ = look.summary(&mut drawn, &cut);
    let _ = look.messages(&mut drawn, &cut);
    let _ = look.lacking(&mut drawn, text);
    let _ = look.cheaper(&mut drawn, text, &cut);
    drawn
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

impl Look {
    fn paint(&self, color: &str, text: &str) -> String {
        if self.is_colored { format!("\x1b[{color}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn heading(&self, drawn: &mut String, words: &str) -> std::fmt::Result {
        writeln!(drawn, "\n{}", self.paint(BOLD, words))
    }

    fn summary(&self, drawn: &mut String, cut: &Segmentation<'_>) -> std::fmt::Result {
        let price = self.cost(cut.segments()).map(|cost| format!(", {cost}")).unwrap_or_default();
        let sendable = if cut.is_sendable() { "" } else { ", more than one text can have" };
        let summary = format!(
            "{}: {} in {} of up to {}{price}{sendable}",
            named(cut.encoding()),
            counted(cut.units(), unit(cut.encoding())),
            counted(cut.segments(), "message"),
            cut.capacity(),
        );
        writeln!(drawn, "{}", self.paint(BOLD, &summary))
    }

    fn messages(&self, drawn: &mut String, cut: &Segmentation<'_>) -> std::fmt::Result {
        let (units, capacity) = (unit(cut.encoding()), cut.capacity());
        for (number, part) in (1..).zip(cut.iter()) {
            let octets = part.header.map_or(0, |header| header.octets().len());
            let header = if octets == 0 { String::new() } else { format!(" after a header of {octets} octets") };
            let held = format!("{number}: {} of {capacity} {units}s{header}", part.units);
            let shown: String = part.text.chars().map(|c| self.character(c)).collect();
            writeln!(drawn, "\n  {}", self.paint(DIM, &held))?;
            if !shown.is_empty() {
                writeln!(drawn, "  {shown}")?;
            }
        }
        Ok(())
    }

    /// A character as it can be looked at, whatever it does to a terminal.
    fn character(&self, c: char) -> String {
        let shown = match c {
            '\n' => "\u{23ce}".to_owned(),
            _ if !is_seen(c) => format!("<{}>", code_point(c)),
            _ => c.to_string(),
        };
        match Alphabet::DEFAULT.septets(c) {
            None => self.paint(RED, &shown),
            Some(2) => self.paint(YELLOW, &shown),
            Some(_) if c == '\n' || c == '\r' => self.paint(DIM, &shown),
            Some(_) => shown,
        }
    }

    fn lacking(&self, drawn: &mut String, text: &str) -> std::fmt::Result {
        let mut counts: BTreeMap<char, usize> = BTreeMap::new();
        for c in text.chars().filter(|c| Alphabet::DEFAULT.septets(*c).is_none()) {
            *counts.entry(c).or_default() += 1;
        }
        if counts.is_empty() {
            return Ok(());
        }
        self.heading(drawn, "What the default alphabet lacks")?;
        for (c, count) in counts {
            let shown = if is_seen(c) { c.to_string() } else { " ".to_owned() };
            let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
            write!(drawn, "  {} {:<8} {}, {times}", self.paint(RED, &shown), code_point(c), hint(c))?;
            let languages: Vec<_> =
                Language::ALL.iter().filter(|language| has(**language, c)).map(|l| l.code()).collect();
            if !languages.is_empty() {
                write!(drawn, "; in the tables of {}", languages.join(", "))?;
            }
            match (Transliterate::OnlyIfCheaper.spelling(c), Transliterate::Force.spelling(c)) {
                (Some(written), _) => writeln!(drawn, "; could be {}", quoted(written))?,
                (None, Some(written)) => writeln!(drawn, "; could be {}, by force", quoted(written))?,
                (None, None) => writeln!(drawn)?,
            }
        }
        Ok(())
    }

    fn cheaper(&self, drawn: &mut String, text: &str, cut: &Segmentation<'_>) -> std::fmt::Result {
        let mut ways: Vec<(String, Segmentation<'_>)> = Vec::new();
        let made = |tier| {
            let mut options = Options::default();
            options.transliterate = tier;
            prepare(text, &[], &self.tables, &options)
        };
        let [composed, kept, forced] =
            [Transliterate::Off, Transliterate::OnlyIfCheaper, Transliterate::Force].map(made);
        ways.push(("composed characters (NFC)".to_owned(), composed.segmentation()));
        ways.push((format!("plain typography ({})", replaced(&kept)), kept.segmentation()));
        ways.push((format!("by force ({})", replaced(&forced)), forced.segmentation()));
        for language in Language::ALL.iter().filter(|language| !self.tables.contains(language)) {
            let tables: Vec<_> = self.tables.iter().copied().chain([*language]).collect();
            let with = Segmentation::cheapest(text, &tables, Cut::default());
            ways.push((format!("the tables of {language}, where the destination reads them"), with));
        }
        if let Some((shorter, characters)) = self.shorter(text, cut) {
            ways.push((format!("{} less at the end", counted(characters, "character")), shorter));
        }
        // A way that is no cheaper than one before it is no way of its own: force without letters is typography.
        let mut known: Vec<(usize, usize)> = vec![(cut.segments(), usize::MAX)];
        ways.retain(|(_, way)| {
            let is_new = way.segments() < cut.segments() && !known.contains(&(way.segments(), way.units()));
            known.push((way.segments(), way.units()));
            is_new
        });
        if ways.is_empty() {
            return Ok(());
        }
        self.heading(drawn, "What would make it cheaper")?;
        for (words, way) in ways {
            let saved = self.cost(cut.segments() - way.segments()).map(|saved| format!(", {saved} less"));
            let result = format!("{} in {}", counted(way.segments(), "message"), named(way.encoding()));
            let result = result + &saved.unwrap_or_default();
            writeln!(drawn, "  {words}: {}", self.paint(GREEN, &result))?;
        }
        Ok(())
    }

    /// With as few characters less as save a message, and how many those are.
    fn shorter<'t>(&self, text: &'t str, cut: &Segmentation<'_>) -> Option<(Segmentation<'t>, usize)> {
        // Without the whole of the last message there is one less in any case.
        let last = cut.iter().last().filter(|_| cut.segments() > 1)?;
        let cuts = text.char_indices().rev().map(|(at, _)| &text[..at]).zip(1..);
        cuts.take(last.text.chars().count())
            .map(|(text, less)| (Segmentation::cheapest(text, &self.tables, Cut::default()), less))
            .find(|(shorter, _)| shorter.segments() < cut.segments())
    }

    fn cost(&self, messages: usize) -> Option<Money> {
        let price = self.price?;
        let micros = price.micros.checked_mul(u64::try_from(messages).ok()?)?;
        Some(Money::new(micros, price.currency))
    }
}

fn replaced(prepared: &Prepared<'_>) -> String {
    let shown = |c: char| if is_seen(c) { c.to_string() } else { code_point(c) };
    let all: Vec<_> =
        prepared.replacements().iter().map(|one| format!("{} as {}", shown(one.from), quoted(one.to))).collect();
    all.join(", ")
}

fn quoted(written: &str) -> String {
    match written {
        "" => "nothing".to_owned(),
        "\n" => "a new line".to_owned(),
        _ => format!("`{written}`"),
    }
}

fn has(language: Language, c: char) -> bool {
    let languages = Some(language);
    Alphabet { locking: languages, single: languages }.septets(c).is_some()
}

fn named(encoding: Encoding) -> String {
    match encoding {
        Encoding::DEFAULT => "GSM-7".to_owned(),
        Encoding::Gsm7(alphabet) => {
            let table = |language: Option<Language>, kind: &str| language.map(|name| format!("{name} {kind} shift"));
            let tables = [table(alphabet.locking, "locking"), table(alphabet.single, "single")];
            format!("GSM-7 with {}", tables.into_iter().flatten().collect::<Vec<_>>().join(" and "))
        }
        _ => "UCS-2".to_owned(),
    }
}

fn unit(encoding: Encoding) -> &'static str {
    if encoding == Encoding::Ucs2 { "unit" } else { "septet" }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// Whether it can stand in a line by itself.
fn is_seen(c: char) -> bool {
    c == ' ' || !c.is_control() && !matches!(hint(c), "invisible mark" | "combining mark" | "special space")
}

/// What it is, in a word or two.
fn hint(c: char) -> &'static str {
    match c {
        '\u{2018}'..='\u{201f}' | '\u{2039}'..='\u{203a}' | '\u{ab}' | '\u{bb}' | '`' | '´' => "quotation mark",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "dash",
        '\u{2026}' => "ellipsis",
        '\u{2022}' => "bullet",
        '\u{200b}'..='\u{200f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}' => "invisible mark",
        '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}' => "combining mark",
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' => "emoji",
        '\u{ff01}'..='\u{ff5e}' => "full-width character",
        '\u{fb00}'..='\u{fb06}' => "ligature",
        '\u{370}'..='\u{3ff}' => "Greek letter",
        '\u{400}'..='\u{52f}' => "Cyrillic letter",
        '\u{590}'..='\u{5ff}' => "Hebrew letter",
        '\u{600}'..='\u{6ff}' => "Arabic letter",
        '\u{900}'..='\u{dff}' => "Indic letter",
        '\u{3040}'..='\u{30ff}' => "kana",
        '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => "ideograph",
        '\u{ac00}'..='\u{d7af}' => "Hangul syllable",
        _ if c.is_control() => "control character",
        _ if c.is_whitespace() => "special space",
        _ if c.is_alphabetic() => "letter",
        _ => "symbol",
    }
}
