//! SMS: every fixed answer, through the library and through the example `sms`; the headers; the cheapest encoding.

use expect_test::{Expect, expect};

use serde::Deserialize;
use serde_json::{Value, json};
use waypost::content::sms::{Alphabet, Cut, Encoding, Language, MOST_SEGMENTS, Options, Reference, Segmentation};

#[path = "../../examples/sms/answer.rs"]
mod answer;
#[path = "../../examples/sms/question.rs"]
mod question;

use answer::answer;

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
    check(r#"{"id":1,"text":"a","locking":14}"#, expect!["expected `locking` from 1 (turkish) to 13 (urdu), or 0 for none, not 14"]);
    check(r#"{"id":1,"text":"a","single":-1}"#, expect!["column 30: invalid value: integer `-1`, expected u64"]);
    check(r#"{"id":1,"text":"a","single":"turkish"}"#, expect![[r#"column 37: invalid type: string "turkish", expected u64"#]]);
    check(r#"{"id":1,"text":"a","reference_bits":7}"#, expect!["expected `reference_bits` of 8 or 16, not 7"]);
}
