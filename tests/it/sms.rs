//! SMS: every fixed answer, through the library and through the example `sms`; the headers; the cheapest encoding.

use std::ops::Range;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use sms_splitter::SplitSms;
use waypost::{
    Money,
    content::sms::{
        Alphabet, Cut, Encoding, Language, MOST_SEGMENTS, Options, Reference, Segmentation, Transliterate, prepare,
    },
};

#[path = "../../examples/sms/answer.rs"]
mod answer;
#[path = "../../examples/sms/picture.rs"]
mod picture;
#[path = "../../examples/sms/question.rs"]
mod question;

use answer::answer;
use picture::{Look, picture};

/// A case in the default alphabet.
#[derive(Deserialize)]
struct Plain {
    id: u64,
    text: String,
    encoding: String,
    units: usize,
    segments: usize,
    per_segment: Vec<usize>,
}

/// A case with shift tables.
#[derive(Deserialize)]
struct Shifted {
    locking: u8,
    single: u8,
    text: String,
    units: usize,
    single_capacity: usize,
    concat8_capacity: usize,
    concat16_capacity: usize,
    concat8: Vec<usize>,
    concat16: Vec<usize>,
}

fn cases<'a, T: Deserialize<'a>>(lines: &'a str) -> Vec<T> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

fn per_segment(text: &Segmentation<'_>) -> Vec<usize> {
    text.iter().map(|segment| segment.units).collect()
}

#[track_caller]
fn check_answer(question: &Value, expected: &Value) {
    let answered = answer(&question.to_string()).unwrap_or_else(|error| panic!("{question}: {error}"));
    assert_eq!(&serde_json::from_str::<Value>(&answered).expect("an answer"), expected);
}

#[test]
fn every_fixed_case_in_the_default_alphabet() {
    let lines = include_str!("data/vectors/sms.jsonl");
    let cases: Vec<Plain> = cases(lines);
    assert_eq!(cases.len(), 301);
    for (Plain { id, text, encoding, units, segments, per_segment: each }, line) in cases.into_iter().zip(lines.lines())
    {
        let cut = Segmentation::of(&text);
        assert_eq!((cut.encoding().as_str(), cut.units(), cut.segments()), (&*encoding, units, segments), "{id}");
        assert_eq!(per_segment(&cut), each, "{id}");
        let whole: Value = serde_json::from_str(line).expect("a case");
        check_answer(
            &whole,
            &json!({"id": id, "encoding": encoding, "units": units, "segments": segments, "per_segment": each}),
        );
    }
}

#[test]
fn every_fixed_case_with_shift_tables() {
    let cases: Vec<Shifted> = cases(include_str!("data/vectors/sms_shift.jsonl"));
    assert_eq!(cases.len(), 123);
    for case in &cases {
        let alphabet = Alphabet {
            locking: Language::from_identifier(case.locking),
            single: Language::from_identifier(case.single),
        };
        let encoding = Encoding::Gsm7(alphabet);
        assert_eq!(encoding.capacity(None), case.single_capacity);
        let references = [
            (Reference::Bits8, 8, case.concat8_capacity, &case.concat8),
            (Reference::Bits16, 16, case.concat16_capacity, &case.concat16),
        ];
        for (reference, bits, capacity, expected) in references {
            assert_eq!(encoding.capacity(Some(reference)), capacity);
            let cut = Segmentation::with(&case.text, alphabet, reference);
            assert_eq!((cut.encoding(), cut.units()), (encoding, case.units));
            assert_eq!((&per_segment(&cut), cut.segments()), (expected, expected.len()));
            let Shifted { locking, single, text, .. } = case;
            check_answer(
                &json!({"id": "a", "text": text, "locking": locking, "single": single, "reference_bits": bits}),
                &json!({"id": "a", "encoding": "gsm7", "units": case.units, "segments": expected.len(), "per_segment": expected}),
            );
        }
    }
}

#[test]
fn a_line_that_cannot_be_used_says_what_was_expected() {
    #[track_caller]
    fn check(line: &str, expected: Expect) {
        expected.assert_eq(&answer(line).expect_err(line));
    }
    check("[]", expect![[r#"expected an object such as `{"id":1,"text":"Hello"}`"#]]);
    check("{", expect!["column 1: EOF while parsing an object"]);
    check(r#"{"id":1}"#, expect!["column 8: missing field `text`"]);
    check(r#"{"id":1,"text":7}"#, expect!["column 16: invalid type: integer `7`, expected a string"]);
    check(r#"{"id":1,"text":"\ud800"}"#, expect!["column 23: unexpected end of hex escape"]);
    check(r#"{"id":1,"text":"a","text":"b"}"#, expect!["column 25: duplicate field `text`"]);
    check(
        r#"{"id":1,"text":"a","locking":14}"#,
        expect!["expected `locking` from 1 (turkish) to 13 (urdu), or 0 for none, not 14"],
    );
    check(
        r#"{"id":1,"text":"a","single":-1}"#,
        expect!["expected `single` from 1 (turkish) to 13 (urdu), or 0 for none, not -1"],
    );
    check(
        r#"{"id":1,"text":"a","single":"turkish"}"#,
        expect![[r#"expected `single` from 1 (turkish) to 13 (urdu), or 0 for none, not "turkish""#]],
    );
    check(r#"{"id":1,"text":"a","reference_bits":7}"#, expect!["expected `reference_bits` of 8 or 16, not 7"]);
}

#[test]
fn the_header_of_a_part_says_which_one_it_is() {
    #[track_caller]
    fn check(text: &str, alphabet: Alphabet, reference: Reference, expected: &[&[u8]]) {
        let cut = Segmentation::with(text, alphabet, reference).numbered(0x1234);
        let headers: Vec<_> = cut.iter().map(|part| part.header.expect("parts that can be counted")).collect();
        assert_eq!(headers.iter().map(|header| header.octets()).collect::<Vec<_>>(), expected);
    }
    let (bits8, bits16) = (Reference::Bits8, Reference::Bits16);
    let default = Alphabet::DEFAULT;
    check("", default, bits8, &[&[]]);
    check("a", default, bits16, &[&[]]);
    check(&"a".repeat(161), default, bits8, &[&[5, 0, 3, 0x34, 2, 1], &[5, 0, 3, 0x34, 2, 2]]);
    check(&"ж".repeat(71), default, bits16, &[&[6, 8, 4, 0x12, 0x34, 2, 1], &[6, 8, 4, 0x12, 0x34, 2, 2]]);
    let urdu = Some(Language::Urdu);
    check("a", Alphabet { single: urdu, ..default }, bits8, &[&[3, 0x24, 1, 13]]);
    check("a", Alphabet { locking: urdu, ..default }, bits8, &[&[3, 0x25, 1, 13]]);
    let both = Alphabet { locking: urdu, single: Some(Language::Turkish) };
    check("a", both, bits8, &[&[6, 0x24, 1, 1, 0x25, 1, 13]]);
    check(
        &"a".repeat(153),
        both,
        bits16,
        &[
            &[12, 8, 4, 0x12, 0x34, 2, 1, 0x24, 1, 1, 0x25, 1, 13],
            &[12, 8, 4, 0x12, 0x34, 2, 2, 0x24, 1, 1, 0x25, 1, 13],
        ],
    );
    // There is no Spanish locking shift table to name, and UCS-2 has no tables.
    let spanish = Alphabet { locking: Some(Language::Spanish), ..default };
    check("a", spanish, bits8, &[&[]]);
    assert_eq!(Segmentation::with(&"a".repeat(160), spanish, bits8).segments(), 1);
    check("中", both, bits8, &[&[]]);
}

#[test]
fn more_parts_than_a_header_can_count_are_not_sendable() {
    let text = "a".repeat(153 * MOST_SEGMENTS + 1);
    let last = Segmentation::of(&text[1..]);
    assert_eq!((last.segments(), last.is_sendable()), (255, true));
    assert!(last.iter().all(|part| part.header.is_some()));
    let over = Segmentation::of(&text);
    assert_eq!((over.segments(), over.is_sendable()), (256, false));
    assert!(over.iter().all(|part| part.header.is_none()));
    assert!(!Options::default().admits(&over) && Options::default().admits(&last));
}

#[test]
fn a_cluster_is_kept_whole_where_a_part_could_hold_it() {
    #[track_caller]
    fn check(text: &str, loose: &[usize], kept: &[usize]) {
        for (keep_clusters, expected) in [(false, loose), (true, kept)] {
            let cut = Cut { keep_clusters, ..Cut::default() };
            let segmentation = Segmentation::with(text, Alphabet::DEFAULT, cut);
            assert_eq!(per_segment(&segmentation), expected, "{keep_clusters}");
            assert_eq!(segmentation.segments(), expected.len());
        }
    }
    let a = |count: usize| "a".repeat(count);
    check(&(a(69) + "👍🏽"), &[67, 6], &[67, 6]);
    check(&(a(65) + "👍🏽" + &a(9)), &[67, 11], &[65, 13]);
    check(&(a(66) + "🇪🇸" + &a(9)), &[66, 13], &[66, 13]);
    check(&(a(152) + "\r\n" + &a(10)), &[153, 11], &[152, 12]);
    // One that no part could hold is filled in like any other text, and leaves no part empty.
    let giant = format!("e{}", "\u{301}".repeat(80));
    check(&(a(10) + &giant + "b"), &[67, 25], &[67, 25]);
    check(&giant, &[67, 14], &[67, 14]);
}

#[test]
fn options_are_documents() {
    #[track_caller]
    fn check(document: Value, expected: &Options) {
        let read: Options = serde_json::from_value(document.clone()).expect("options");
        assert_eq!(&read, expected);
        assert_eq!(serde_json::to_value(&read).expect("options write"), document);
    }
    check(json!({}), &Options::default());
    let mut all = Options::default();
    all.tables.insert("TR".parse().expect("a country"), vec![Language::Turkish]);
    all.transliterate = Transliterate::Force;
    all.keep_clusters = true;
    all.reference = Reference::Bits16;
    all.max_segments = 3.try_into().ok();
    check(
        json!({
            "tables": {"TR": ["turkish"]}, "transliterate": "force", "keep_clusters": true, "reference": "bits16",
            "max_segments": 3,
        }),
        &all,
    );
    let refused = |document: &str| serde_json::from_str::<Options>(document).expect_err("not options").to_string();
    expect!["invalid value: integer `0`, expected a nonzero u8 at line 1 column 17"]
        .assert_eq(&refused(r#"{"max_segments":0}"#));
    expect!["unknown variant `maybe`, expected one of `off`, `only_if_cheaper`, `force` at line 1 column 24"]
        .assert_eq(&refused(r#"{"transliterate":"maybe"}"#));
    expect!["unknown field `table`, expected one of `tables`, `transliterate`, `keep_clusters`, `reference`, `max_segments` at line 1 column 8"].assert_eq(&refused(r#"{"table":{}}"#));
    let three = "a".repeat(400);
    assert!(all.admits(&Segmentation::of(&three)) && !all.admits(&Segmentation::of(&three.repeat(2))));
}

/// What `prepare` makes of a text: the text, its encoding and messages, and what it replaced.
fn prepared(text: &str, protected: &[Range<usize>], tables: &[Language], transliterate: Transliterate) -> String {
    let mut options = Options::default();
    options.transliterate = transliterate;
    let ready = prepare(text, protected, tables, &options);
    let cut = ready.segmentation();
    let mut shown = format!("{} in {} x {}", cut.units(), cut.encoding().as_str(), cut.segments());
    for one in ready.replacements() {
        shown += &format!(", {:?} to {:?} x {}", one.from, one.to, one.count);
    }
    if ready.is_composed() {
        shown += ", composed";
    }
    assert_eq!(ready.is_unchanged(), ready.text() == text);
    shown
}

#[test]
fn a_text_is_changed_only_where_that_is_cheaper() {
    use Transliterate::{Force, Off, OnlyIfCheaper};

    #[track_caller]
    fn check(text: &str, tables: &[Language], transliterate: Transliterate, expected: Expect) {
        expected.assert_eq(&prepared(text, &[], tables, transliterate));
    }
    let filled = |text: &str| format!("{text}{}", " and so on".repeat(10));

    // One message already: nothing is gained.
    check("It\u{2019}s here\u{2026}", &[], OnlyIfCheaper, expect!["10 in ucs2 x 1"]);
    check("It\u{2019}s here\u{2026}", &[], Force, expect![[r#"12 in gsm7 x 1, '’' to "'" x 1, '…' to "..." x 1"#]]);
    check(
        &filled("It\u{2019}s here\u{2026}"),
        &[],
        OnlyIfCheaper,
        expect![[r#"112 in gsm7 x 1, '’' to "'" x 1, '…' to "..." x 1"#]],
    );
    check(&filled("It\u{2019}s here\u{2026}"), &[], Off, expect!["110 in ucs2 x 2"]);
    check(
        &filled("\u{201c}A\u{201d}\u{a0}\u{2013} b\u{200b}\u{feff}"),
        &[],
        OnlyIfCheaper,
        expect![[
            r#"107 in gsm7 x 1, '\u{a0}' to " " x 1, '\u{200b}' to "" x 1, '–' to "-" x 1, '“' to "\"" x 1, '”' to "\"" x 1, '\u{feff}' to "" x 1"#
        ]],
    );
    check(
        &filled("Ｓａｌｅ ﬁne →"),
        &[],
        OnlyIfCheaper,
        expect![[
            r#"112 in gsm7 x 1, '→' to "->" x 1, 'ﬁ' to "fi" x 1, 'Ｓ' to "S" x 1, 'ａ' to "a" x 1, 'ｅ' to "e" x 1, 'ｌ' to "l" x 1"#
        ]],
    );
    // Letters and emoji are the writer's, unless a sender says otherwise.
    check(&filled("Reunião\u{2026}"), &[], OnlyIfCheaper, expect!["108 in ucs2 x 2"]);
    check(&filled("Reunião\u{2026}"), &[], Force, expect![[r#"110 in gsm7 x 1, 'ã' to "a" x 1, '…' to "..." x 1"#]]);
    check(
        &filled("Reunião\u{2026}"),
        &[Language::Portuguese],
        OnlyIfCheaper,
        expect![[r#"110 in gsm7 x 1, '…' to "..." x 1"#]],
    );
    check(
        &filled("Łódź 🎉 Køb"),
        &[],
        Force,
        expect![[r#"109 in gsm7 x 1, 'ó' to "o" x 1, 'Ł' to "L" x 1, 'ź' to "z" x 1, '🎉' to "" x 1"#]],
    );
    check(
        &filled("Køb 5️⃣ ❤️"),
        &[],
        Force,
        expect![[r#"106 in gsm7 x 1, '\u{20e3}' to "" x 1, '❤' to "" x 1, '\u{fe0f}' to "" x 2"#]],
    );
    // A text that goes out in UCS-2 all the same goes out as it was written.
    check(&filled("中\u{2026} \u{201c}x\u{201d}"), &[], Force, expect!["106 in ucs2 x 2"]);
    check(&filled("नमस्ते\u{200d} \u{2026}"), &[], OnlyIfCheaper, expect!["109 in ucs2 x 2"]);
    check(&filled("👨\u{200d}👩\u{200d}👧"), &[], OnlyIfCheaper, expect!["108 in ucs2 x 2"]);
    // What is longer afterwards is not cheaper.
    check(&"\u{2026}".repeat(70), &[], Force, expect!["70 in ucs2 x 1"]);
    // Composing loses nothing.
    check("cafe\u{301}", &[], Off, expect!["4 in gsm7 x 1, composed"]);
    check(&filled("e\u{301}\u{2026}"), &[], OnlyIfCheaper, expect![[r#"104 in gsm7 x 1, '…' to "..." x 1, composed"#]]);
    // Less is replaced where a table has the letters.
    check(&filled("Çarşı\u{2026}"), &[Language::Turkish], Force, expect![[r#"108 in gsm7 x 1, '…' to "..." x 1"#]]);
    check(
        &filled("Çarşı\u{2026}"),
        &[],
        Force,
        expect![[r#"108 in gsm7 x 1, 'ı' to "i" x 1, 'ş' to "s" x 1, '…' to "..." x 1"#]],
    );
}

#[test]
fn what_is_protected_is_not_touched() {
    let text = format!("\u{201c}Your code\u{201d} is a\u{2019}b{}", " and so on".repeat(8));
    let at = text.find("a\u{2019}b").expect("it is there");
    let code = at..at + "a\u{2019}b".len();
    expect!["98 in ucs2 x 2"].assert_eq(&prepared(&text, std::slice::from_ref(&code), &[], Transliterate::Force));
    let at = text.find("code").expect("it is there");
    let word = std::array::from_fn::<_, 1, _>(|_| at..at + 4);
    expect![[r#"98 in gsm7 x 1, '’' to "'" x 1, '“' to "\"" x 1, '”' to "\"" x 1"#]].assert_eq(&prepared(
        &text,
        &word,
        &[],
        Transliterate::OnlyIfCheaper,
    ));
    let options = Options::default();
    let ready = prepare(&text, &word, &[], &options);
    assert_eq!(&ready.text()[ready.protected()[0].clone()], "code");
}

#[test]
fn a_picture_shows_what_is_dear_and_what_is_cheaper() {
    let look = Look { price: Some(Money::new(7_500, "EUR".parse().expect("a currency"))), ..Look::default() };
    let text = include_str!("../../examples/data/sms/inspect.txt");
    assert_eq!(picture(text, &look), include_str!("../../examples/expected/sms-inspect.txt"));

    // What a terminal would obey is shown by its number, and colour only where it is asked for.
    let colored = Look { is_colored: true, tables: vec![Language::Turkish], ..Look::default() };
    let shown = picture("\u{1b}[31m{ş}\r\n\u{200b}é", &colored);
    expect![[r#"
        \u{1b}[1mUCS-2: 12 units in 1 message of up to 70\u{1b}[0m

          \u{1b}[2m1: 12 of 70 units\u{1b}[0m
          \u{1b}[31m<U+001B>\u{1b}[0m\u{1b}[33m[\u{1b}[0m31m\u{1b}[33m{\u{1b}[0m\u{1b}[31mş\u{1b}[0m\u{1b}[33m}\u{1b}[0m\u{1b}[2m<U+000D>\u{1b}[0m\u{1b}[2m⏎\u{1b}[0m\u{1b}[31m<U+200B>\u{1b}[0mé

        \u{1b}[1mWhat the default alphabet lacks\u{1b}[0m
          \u{1b}[31m \u{1b}[0m U+001B   control character, once
          \u{1b}[31mş\u{1b}[0m U+015F   letter, once; in the tables of turkish; could be `s`, by force
          \u{1b}[31m \u{1b}[0m U+200B   invisible mark, once; could be nothing
    "#]].assert_eq(&shown.escape_debug().to_string().replace("\\n", "\n"));
    assert!(!picture("\u{1b}[31m\u{9b}x", &Look::default()).contains(['\u{1b}', '\u{9b}']));
    expect![[r#"
        GSM-7: 0 septets in 1 message of up to 160

          1: 0 of 160 septets
    "#]]
    .assert_eq(&picture("", &Look::default()));
    let giant = picture(&"a".repeat(153 * 255 + 1), &Look::default());
    expect!["GSM-7: 39016 septets in 256 messages of up to 153, more than one text can have"]
        .assert_eq(giant.lines().next().unwrap_or_default());
}

/// A naive segmentation: characters one after the other, in lists.
fn slow(text: &str, alphabet: Alphabet, reference: Reference) -> (&'static str, usize, Vec<usize>) {
    let septets: Option<Vec<usize>> = text.chars().map(|c| alphabet.septets(c).map(usize::from)).collect();
    let (encoding, costs) = match septets {
        Some(septets) => ("gsm7", septets),
        None => ("ucs2", text.chars().map(char::len_utf16).collect()),
    };
    let has = |language: Option<Language>| usize::from(language.is_some_and(|one| one != Language::Spanish));
    let tables = if encoding == "gsm7" { has(alphabet.locking) + usize::from(alphabet.single.is_some()) } else { 0 };
    let room = |concatenation: usize| {
        let elements = concatenation + 3 * tables;
        let octets = 140 - if elements == 0 { 0 } else { elements + 1 };
        if encoding == "gsm7" { octets * 8 / 7 } else { octets / 2 }
    };
    let units: usize = costs.iter().sum();
    if units <= room(0) {
        return (encoding, units, vec![units]);
    }
    let capacity = room(if reference == Reference::Bits8 { 5 } else { 6 });
    let mut parts = vec![0];
    for cost in costs {
        if parts.last().is_some_and(|filled| filled + cost > capacity) {
            parts.push(0);
        }
        *parts.last_mut().expect("there is one") += cost;
    }
    (encoding, units, parts)
}

/// What people write, and what breaks a counter.
fn any_text() -> impl Strategy<Value = String> {
    let bit = prop_oneof![
        6 => "[ -~]{1,40}",
        3 => "[a-zA-Z ]{20,90}",
        2 => "[€\\[\\]{}|^~\\\\\u{c}]{1,20}",
        1 => "[àéèñöüßÆΔΩ@£]{1,30}",
        1 => "[çãõáíóşığ\u{301}]{1,9}",
        1 => "[\u{2018}-\u{201f}\u{2026}\u{2013}\u{a0}\u{200b}-\u{200f}]{1,6}",
        1 => "[😀👍🏽🇪🇸\u{200d}\u{fe0f}]{1,20}",
        1 => "[কাখৈাहिन्दीଓ\u{9c7}\u{9be}]{1,30}",
        1 => "\\PC{1,12}",
        1 => Just("\r\n".to_owned()),
        1 => Just("ж".repeat(60)),
    ];
    prop::collection::vec(bit, 0..8).prop_map(|bits| bits.concat())
}

fn any_language() -> impl Strategy<Value = Language> {
    prop::sample::select(Language::ALL)
}

fn any_alphabet() -> impl Strategy<Value = Alphabet> {
    (prop::option::of(any_language()), prop::option::of(any_language()))
        .prop_map(|(locking, single)| Alphabet { locking, single })
}

fn any_options() -> impl Strategy<Value = Options> {
    (prop::sample::select(Transliterate::ALL), any::<bool>(), prop::sample::select(Reference::ALL)).prop_map(
        |(transliterate, keep_clusters, reference)| {
            let mut options = Options::default();
            (options.transliterate, options.keep_clusters, options.reference) =
                (transliterate, keep_clusters, reference);
            options
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_slow_twin_agrees(
        text in any_text(), alphabet in any_alphabet(), reference in prop::sample::select(Reference::ALL),
    ) {
        let cut = Segmentation::with(&text, alphabet, reference);
        let (encoding, units, parts) = slow(&text, alphabet, reference);
        prop_assert_eq!((cut.encoding().as_str(), cut.units(), cut.segments()), (encoding, units, parts.len()));
        prop_assert_eq!(per_segment(&cut), parts);
    }

    /// It differs in nothing but the empty text, of which it makes one part as well.
    #[test]
    fn sms_splitter_agrees(text in any_text()) {
        let cut = Segmentation::of(&text);
        let theirs = SplitSms::default().split(text.clone());
        let (name, octets) = if cut.encoding() == Encoding::Ucs2 { ("Unicode", 2) } else { ("GSM", 1) };
        prop_assert_eq!((name, cut.units() * octets), (&*theirs.character_set, theirs.bytes));
        let parts: Vec<_> = theirs.parts.iter().map(|part| part.bytes / octets).collect();
        prop_assert_eq!(per_segment(&cut), parts);
    }

    #[test]
    fn parts_put_together_are_the_text(text in any_text(), alphabet in any_alphabet(), options in any_options()) {
        let cut = Segmentation::with(&text, alphabet, options.cut());
        let parts: Vec<_> = cut.iter().collect();
        prop_assert_eq!(parts.iter().map(|part| part.text).collect::<String>(), &*text);
        prop_assert_eq!(parts.len(), cut.segments());
        for part in parts {
            prop_assert_eq!(cut.encoding().units_of(part.text), Some(part.units));
            prop_assert!(part.units <= cut.capacity());
            prop_assert!(text.is_empty() || !part.text.is_empty());
        }
    }

    #[test]
    fn no_allowed_encoding_is_cheaper(text in any_text(), tables in prop::collection::vec(any_language(), 0..3)) {
        let found = Segmentation::cheapest(&text, &tables, Cut::default());
        let some = |list: &[Language]| [None].into_iter().chain(list.iter().copied().map(Some)).collect::<Vec<_>>();
        for locking in some(&tables) {
            for single in some(&tables) {
                let other = Segmentation::with(&text, Alphabet { locking, single }, Cut::default());
                prop_assert!(found.segments() <= other.segments());
            }
        }
    }

    #[test]
    fn preparing_is_cheaper_and_done_once(
        text in any_text(), tables in prop::collection::vec(any_language(), 0..3), options in any_options(),
        ends in prop::collection::vec((0..200usize, 0..20usize), 0..3),
    ) {
        let protected: Vec<_> = ends.into_iter().map(|(start, len)| whole(&text, start..start + len)).collect();
        let ready = prepare(&text, &protected, &tables, &options);
        let (before, after) = (Segmentation::cheapest(&text, &tables, options.cut()), ready.segmentation());
        prop_assert!(after.segments() <= before.segments());
        prop_assert_eq!(after.text(), ready.text());
        let fresh = Segmentation::cheapest(ready.text(), &tables, options.cut());
        prop_assert_eq!(after, fresh);
        prop_assert_eq!(ready.text().matches('\u{2026}').count().max(text.matches('\u{2026}').count()),
            text.matches('\u{2026}').count());
        for (stood, stands) in protected.iter().zip(ready.protected()) {
            prop_assert_eq!(&text[stood.clone()], &ready.text()[stands.clone()]);
        }
        let again = prepare(ready.text(), ready.protected(), &tables, &options);
        prop_assert_eq!(again.text(), ready.text());
        prop_assert!(again.is_unchanged());
        prop_assert_eq!(again.segmentation(), after);
    }
}

/// The range with the characters that it begins and ends in, within the text.
fn whole(text: &str, range: Range<usize>) -> Range<usize> {
    let end = (range.end.min(text.len())..).find(|at| text.is_char_boundary(*at)).expect("the end is one");
    let start = (0..=range.start.min(end)).rev().find(|at| text.is_char_boundary(*at)).expect("the start is one");
    start..end
}
