//! The length of a value as compact JSON, counted without writing it.

use std::fmt::{self, Write as _};

use serde::{Serialize, Serializer, ser};

/// How many bytes a value takes as compact JSON in UTF-8, [`u32::MAX`] where it is more or JSON cannot hold it.
pub(crate) fn length(value: &impl Serialize) -> u32 {
    size(value).map_or(u32::MAX, |size| u32::try_from(size.bytes).unwrap_or(u32::MAX))
}

/// How many UTF-16 units a value takes as compact JSON, [`u32::MAX`] where it is more or JSON cannot hold it.
pub(crate) fn utf16_length(value: &impl Serialize) -> u32 {
    size(value).map_or(u32::MAX, |size| u32::try_from(size.utf16).unwrap_or(u32::MAX))
}

fn size(value: &impl Serialize) -> Option<Size> {
    let mut size = Size::default();
    value.serialize(&mut size).ok().map(|()| size)
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    bytes: u64,
    utf16: u64,
    /// Whether the key of a map comes next: there numbers and truths stand in quotes, and lists and maps cannot stand.
    is_key: bool,
}

impl Size {
    /// Signs of ASCII.
    fn ascii(&mut self, count: usize) {
        self.bytes += count as u64;
        self.utf16 += count as u64;
    }

    /// Words inside quotes, with their escapes: two signs for the quote, the backslash and the five controls that have
    /// a letter, six for the other controls.
    fn words(&mut self, words: &str) {
        let (mut escapes, mut continuing, mut pairs) = (0u64, 0u64, 0u64);
        for byte in words.bytes() {
            escapes += match byte {
                b'"' | b'\\' | 0x08 | 0x09 | 0x0a | 0x0c | 0x0d => 1,
                0..0x20 => 5,
                _ => 0,
            };
            continuing += u64::from(byte & 0xc0 == 0x80);
            pairs += u64::from(byte >= 0xf0);
        }
        let length = words.len() as u64;
        self.bytes += length + escapes;
        self.utf16 += length - continuing + pairs + escapes;
    }

    /// What stands in quotes as a key and bare as a value.
    fn bare(&mut self) {
        if self.is_key {
            self.ascii("\"\"".len());
        }
    }

    /// What cannot be a key.
    fn value_only(&mut self, signs: &str) -> Result<(), Uncountable> {
        self.ascii(signs.len());
        if self.is_key { Err(Uncountable) } else { Ok(()) }
    }

    /// A variant with what it holds: a map of one entry.
    fn variant(&mut self, variant: &'static str) -> Result<(), Uncountable> {
        self.value_only("{:}")?;
        self.serialize_str(variant)
    }

    fn unsigned(&mut self, number: u128) {
        self.ascii(number.checked_ilog10().unwrap_or(0) as usize + 1);
    }

    fn signed(&mut self, number: i128) {
        self.ascii(usize::from(number < 0));
        self.unsigned(number.unsigned_abs());
    }

    /// A number in its shortest digits: written out where the decimal exponent lies within these, else with `e`.
    ///
    /// The range and the form are those of serde_json.
    fn float(&mut self, number: impl fmt::LowerExp, written_out: std::ops::RangeInclusive<i32>) {
        let mut shortest = Shortest::default();
        // INVARIANT: counting does not fail.
        let _ = write!(shortest, "{number:e}");
        let Shortest { is_negative, digits, exponent, .. } = shortest;
        let length = match exponent {
            _ if !written_out.contains(&exponent) => {
                let signs = usize::from(digits > 1) + "e+".len();
                digits + signs + exponent.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1
            }
            ..0 => "0.".len() + exponent.unsigned_abs() as usize - 1 + digits,
            _ => (exponent as usize + "1.0".len()).max(digits + 1),
        };
        self.ascii(usize::from(is_negative) + length);
    }
}

/// The parts of a number in scientific notation, read as it is written.
#[derive(Default)]
struct Shortest {
    is_negative: bool,
    digits: usize,
    exponent: i32,
    is_exponent: bool,
    is_small: bool,
}

impl fmt::Write for Shortest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            match byte {
                b'e' => self.is_exponent = true,
                b'-' if self.is_exponent => self.is_small = true,
                b'-' => self.is_negative = true,
                b'0'..=b'9' if self.is_exponent => {
                    let digit = i32::from(byte - b'0');
                    self.exponent = self.exponent * 10 + if self.is_small { -digit } else { digit };
                }
                b'0'..=b'9' => self.digits += 1,
                _ => {}
            }
        }
        Ok(())
    }
}

/// JSON cannot hold it.
#[derive(Debug)]
struct Uncountable;

impl fmt::Display for Uncountable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON cannot hold it")
    }
}

impl std::error::Error for Uncountable {}

impl ser::Error for Uncountable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Words that a value writes of itself, piece by piece.
struct Written<'s>(&'s mut Size);

impl fmt::Write for Written<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.words(text);
        Ok(())
    }
}

macro_rules! integers {
    ($($method:ident($number:ty) as $wide:ty => $count:ident,)+) => {$(
        fn $method(self, number: $number) -> Result<(), Uncountable> {
            self.bare();
            self.$count(<$wide>::from(number));
            Ok(())
        }
    )+};
}

impl<'s> Serializer for &'s mut Size {
    type Ok = ();
    type Error = Uncountable;
    type SerializeSeq = Compound<'s>;
    type SerializeTuple = Compound<'s>;
    type SerializeTupleStruct = Compound<'s>;
    type SerializeTupleVariant = Compound<'s>;
    type SerializeMap = Compound<'s>;
    type SerializeStruct = Compound<'s>;
    type SerializeStructVariant = Compound<'s>;

    integers! {
        serialize_i8(i8) as i128 => signed,
        serialize_i16(i16) as i128 => signed,
        serialize_i32(i32) as i128 => signed,
        serialize_i64(i64) as i128 => signed,
        serialize_i128(i128) as i128 => signed,
        serialize_u8(u8) as u128 => unsigned,
        serialize_u16(u16) as u128 => unsigned,
        serialize_u32(u32) as u128 => unsigned,
        serialize_u64(u64) as u128 => unsigned,
        serialize_u128(u128) as u128 => unsigned,
    }

    fn serialize_bool(self, yes: bool) -> Result<(), Uncountable> {
        self.bare();
        self.ascii(if yes { "true".len() } else { "false".len() });
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result<(), Uncountable> {
        if number.is_finite() {
            self.bare();
            self.float(number, -6..=12);
            return Ok(());
        }
        self.serialize_unit()
    }

    fn serialize_f64(self, number: f64) -> Result<(), Uncountable> {
        if number.is_finite() {
            self.bare();
            self.float(number, -5..=15);
            return Ok(());
        }
        self.serialize_unit()
    }

    fn serialize_char(self, letter: char) -> Result<(), Uncountable> {
        self.serialize_str(letter.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, words: &str) -> Result<(), Uncountable> {
        self.ascii("\"\"".len());
        self.words(words);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Uncountable> {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Result<(), Uncountable> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Uncountable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Uncountable> {
        self.value_only("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Uncountable> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Uncountable> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Uncountable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Uncountable> {
        self.variant(variant)?;
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'s>, Uncountable> {
        self.value_only("[]")?;
        Ok(Compound { size: self, is_empty: true })
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'s>, Uncountable> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'s>, Uncountable> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'s>, Uncountable> {
        self.variant(variant)?;
        self.serialize_seq(None)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'s>, Uncountable> {
        self.value_only("{}")?;
        Ok(Compound { size: self, is_empty: true })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'s>, Uncountable> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'s>, Uncountable> {
        self.variant(variant)?;
        self.serialize_map(None)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Uncountable> {
        self.ascii("\"\"".len());
        write!(Written(self), "{value}").map_err(|_| Uncountable)
    }
}

/// A list or a map, of which the brackets are counted.
struct Compound<'s> {
    size: &'s mut Size,
    is_empty: bool,
}

impl Compound<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Uncountable> {
        if !std::mem::take(&mut self.is_empty) {
            self.size.ascii(",".len());
        }
        value.serialize(&mut *self.size)
    }
}

macro_rules! lists {
    ($($of:ident: $method:ident,)+) => {$(
        impl ser::$of for Compound<'_> {
            type Ok = ();
            type Error = Uncountable;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Uncountable> {
                self.element(value)
            }

            fn end(self) -> Result<(), Uncountable> {
                Ok(())
            }
        }
    )+};
}

lists! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

macro_rules! structs {
    ($($of:ident,)+) => {$(
        impl ser::$of for Compound<'_> {
            type Ok = ();
            type Error = Uncountable;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Uncountable> {
                self.element(name)?;
                self.size.ascii(":".len());
                value.serialize(&mut *self.size)
            }

            fn end(self) -> Result<(), Uncountable> {
                Ok(())
            }
        }
    )+};
}

structs! { SerializeStruct, SerializeStructVariant, }

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Uncountable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Uncountable> {
        self.size.is_key = true;
        self.element(key)?;
        self.size.is_key = false;
        self.size.ascii(":".len());
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Uncountable> {
        value.serialize(&mut *self.size)
    }

    fn end(self) -> Result<(), Uncountable> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Serialize;
    use serde_json::Value;

    use super::{length, utf16_length};

    fn check(value: &impl Serialize) {
        let written = serde_json::to_string(value).expect("JSON");
        assert_eq!(length(value) as usize, written.len(), "{written}");
        assert_eq!(utf16_length(value) as usize, written.encode_utf16().count(), "{written}");
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            // Where every release of serde_json writes a number alike.
            (any::<i32>(), 0..=4i32).prop_map(|(number, places)| Value::from(f64::from(number) / 10f64.powi(places))),
            "\\PC{0,12}".prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn counts_what_serde_json_writes(value in json()) {
            check(&value);
        }

        #[test]
        fn counts_numbers(whole in any::<i128>(), small in any::<u8>(), permille in 0u16..=1000) {
            check(&whole);
            check(&small);
            check(&(f64::from(permille) / 1000.0));
            check(&(f32::from(permille) / 1000.0));
        }
    }

    #[derive(Serialize)]
    enum Shape {
        Unit,
        Newtype(&'static str),
        Tuple(u8, f64),
        Struct { wide: bool, empty: Option<()> },
    }

    #[derive(Serialize)]
    struct Unit;

    #[test]
    fn counts_every_shape() {
        check(&[Shape::Unit, Shape::Newtype("a\"b"), Shape::Tuple(7, 0.5), Shape::Struct { wide: true, empty: None }]);
        check(&(Unit, (), 'é', "\u{0}\u{8}\t\n\u{c}\r\u{1f}\u{7f}\u{2028}😀\\/", Some([0u8; 0])));
        check(&BTreeMap::from([(1u8, -1i8), (200, i8::MIN)]));
        check(&BTreeMap::from([(true, 'a'), (false, '"')]));
        check(&BTreeMap::from([('k', f32::MIN_POSITIVE)]));
        check(&[0.0, -0.0, 1.0, 1e15, 1.5e-5, 1e-6, 2.5e-300, f64::NAN, f64::INFINITY]);
        check(&chrono::NaiveDate::from_ymd_opt(2026, 11, 21));
    }

    #[test]
    fn what_json_cannot_hold_is_too_long() {
        assert_eq!(length(&BTreeMap::from([([1u8], 1u8)])), u32::MAX);
        assert_eq!(length(&BTreeMap::from([((), 1u8)])), u32::MAX);
    }
}
