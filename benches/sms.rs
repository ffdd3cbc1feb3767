//! Counting texts: messages, units and encoding of 160 characters and more, and making a text ready.
//!
//! `cargo bench --bench sms` prints the ratios to a naive loop over the characters and to the sms_splitter crate, which
//! also copies out the parts, and then measures with criterion.

use std::hint::black_box;

use criterion::Criterion;
use sms_splitter::SplitSms;
use waypost::content::sms::{Language, Options, Segmentation, prepare};

mod race;

use race::{Contestant, heading, race};

fn main() {
    let is_test = std::env::args().any(|arg| arg == "--test");
    let (rounds, passes) = if is_test { (1, 1) } else { (61, 2000) };
    let plain = "Your parcel 4821 is on its way. It comes today between 10:00 and 12:00. Not at home? Choose another \
                 day or a shop at example.com/p/4821, or answer STOP to end. Bye";
    let texts = [
        ("160 characters", "plain", plain.chars().cycle().take(160).collect::<String>()),
        ("160 with accents", "accents", "Füße, déjà è qui, señor. ".chars().cycle().take(160).collect()),
        ("160 septets of euro signs", "euro", "€".repeat(80)),
        ("1,600 characters", "long", plain.chars().cycle().take(1600).collect()),
        ("160 in UCS-2", "ucs2", "Привет, ваш заказ в пути. ".chars().cycle().take(160).collect()),
        ("160 of emoji", "emoji", "🎉🎂 ".chars().cycle().take(160).collect()),
    ];
    for (_, name, text) in &texts {
        let (cut, theirs) = (Segmentation::of(text), SplitSms::default().split(text.clone()));
        assert_eq!(cut.segments(), theirs.parts.len(), "{name}");
        assert_eq!(cut.segments(), naive(text), "{name}");
    }

    heading();
    for (what, _, text) in &texts {
        let passes = if text.len() > 1000 { passes / 10 + 1 } else { passes };
        race(what, &counted(text), &by_character(text), rounds, passes);
        race(what, &counted(text), &split(text), rounds.min(15), passes / 50 + 1);
    }

    let mut criterion = Criterion::default().configure_from_args().without_plots();
    for (_, name, text) in &texts {
        criterion.bench_function(&format!("count/{name}"), |bench| bench.iter(|| Segmentation::of(black_box(text))));
    }
    let options = Options::default();
    let curly = texts[0].2.replace("4821", "\u{2018}4821\u{2019}");
    let turkish = "Siparişiniz yola çıktı, yarın öğlen sizde olacak. Ayrıntılar: example.com/s".to_owned();
    for (name, text, tables) in
        [("plain", &texts[0].2, &[][..]), ("curly", &curly, &[]), ("turkish", &turkish, &[Language::Turkish])]
    {
        criterion.bench_function(&format!("prepare/{name}"), |bench| {
            bench.iter(|| prepare(black_box(text), &[], tables, &options));
        });
    }
    criterion.final_summary();
}

fn counted(text: &str) -> Contestant<'_> {
    ("waypost", 1, Box::new(move || _ = black_box(Segmentation::of(black_box(text)))))
}

fn split(text: &str) -> Contestant<'_> {
    let pass = move || {
        // It takes the text to keep.
        let owned: String = black_box(text).into();
        _ = black_box(SplitSms::default().split(owned));
    };
    ("sms_splitter", 1, Box::new(pass))
}

fn by_character(text: &str) -> Contestant<'_> {
    ("naive loop", 1, Box::new(move || _ = black_box(naive(black_box(text)))))
}

/// What one writes who needs the number of messages today: each character looked up, then each placed.
fn naive(text: &str) -> usize {
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                         abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENSION: &str = "\u{c}^{}\\[~]|€";
    let cost = |c| {
        if BASIC.contains(c) { Some(1) } else { EXTENSION.contains(c).then_some(2) }
    };
    let septets: Option<usize> = text.chars().map(cost).sum();
    let (single, part) = if septets.is_some() { (160, 153) } else { (70, 67) };
    let units = |c: char| if septets.is_some() { cost(c).unwrap_or(1) } else { c.len_utf16() };
    if septets.unwrap_or_else(|| text.chars().map(char::len_utf16).sum()) <= single {
        return 1;
    }
    let (mut parts, mut filled) = (1, 0);
    for c in text.chars() {
        if filled + units(c) > part {
            (parts, filled) = (parts + 1, 0);
        }
        filled += units(c);
    }
    parts
}
