//! Ties: an order of two entries of one message that depends on nothing but what they say.

use std::fmt;

use serde::ser::{self, Serialize};

use super::waiting::Waiting;

/// Of two entries of one message the one that stands: the one that came first, then the one that was written first, then
/// the less pressing, then the one that is spelled first. Entries that differ are never alike in it.
pub(super) fn first<'w>(one: &'w Waiting, other: &'w Waiting) -> &'w Waiting {
    let key = |entry: &Waiting| (entry.since, entry.created(), entry.message.urgency().level());
    let order = key(one).cmp(&key(other)).then_with(|| spelled(one).cmp(&spelled(other)));
    if order.is_le() { one } else { other }
}

/// A document in bytes that are equal where the documents are. Of no format, and read by nobody.
fn spelled(entry: &Waiting) -> Vec<u8> {
    let mut bytes = Bytes(Vec::new());
    // INVARIANT: nothing in a message refuses to be written, as the round trips of its documents show.
    let _ = entry.serialize(&mut bytes);
    bytes.0
}

struct Bytes(Vec<u8>);

/// What a part begins with, so that no two rows of parts run together to the same bytes.
mod mark {
    pub(super) const NONE: u8 = 0;
    pub(super) const SOME: u8 = 1;
    pub(super) const NUMBER: u8 = 2;
    pub(super) const TEXT: u8 = 3;
    pub(super) const OPEN: u8 = 4;
    pub(super) const CLOSE: u8 = 5;
}

impl Bytes {
    fn put(&mut self, mark: u8, bytes: &[u8]) -> Result<(), Unwritten> {
        self.0.push(mark);
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn open(&mut self) -> Result<&mut Self, Unwritten> {
        self.put(mark::OPEN, &[])?;
        Ok(self)
    }

    /// Opens behind the name of a variant.
    fn open_as(&mut self, variant: &'static str) -> Result<&mut Self, Unwritten> {
        variant.serialize(&mut *self)?;
        self.open()
    }
}

/// A part could not be written.
#[derive(Debug)]
struct Unwritten;

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part could not be written")
    }
}

impl std::error::Error for Unwritten {}

impl ser::Error for Unwritten {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

macro_rules! numbers {
    ($($name:ident: $type:ty,)+) => {
        $(fn $name(self, number: $type) -> Result<(), Unwritten> {
            self.put(mark::NUMBER, &number.to_be_bytes())
        })+
    };
}

impl<'b> ser::Serializer for &'b mut Bytes {
    type Ok = ();
    type Error = Unwritten;
    type SerializeSeq = &'b mut Bytes;
    type SerializeTuple = &'b mut Bytes;
    type SerializeTupleStruct = &'b mut Bytes;
    type SerializeTupleVariant = &'b mut Bytes;
    type SerializeMap = &'b mut Bytes;
    type SerializeStruct = &'b mut Bytes;
    type SerializeStructVariant = &'b mut Bytes;

    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_f32: f32, serialize_f64: f64,
    }

    fn serialize_bool(self, yes: bool) -> Result<(), Unwritten> {
        self.put(mark::NUMBER, &[u8::from(yes)])
    }

    fn serialize_char(self, letter: char) -> Result<(), Unwritten> {
        self.put(mark::NUMBER, &u32::from(letter).to_be_bytes())
    }

    fn serialize_str(self, text: &str) -> Result<(), Unwritten> {
        self.serialize_bytes(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Unwritten> {
        self.put(mark::TEXT, &bytes.len().to_be_bytes())?;
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Unwritten> {
        self.put(mark::NONE, &[])
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritten> {
        self.put(mark::SOME, &[])?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritten> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritten> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Unwritten> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unwritten> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unwritten> {
        let open = self.open_as(variant)?;
        value.serialize(&mut *open)?;
        open.put(mark::CLOSE, &[])
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<&'b mut Bytes, Unwritten> {
        self.open()
    }

    fn serialize_tuple(self, _: usize) -> Result<&'b mut Bytes, Unwritten> {
        self.open()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<&'b mut Bytes, Unwritten> {
        self.open()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<&'b mut Bytes, Unwritten> {
        self.open_as(variant)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<&'b mut Bytes, Unwritten> {
        self.open()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<&'b mut Bytes, Unwritten> {
        self.open()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<&'b mut Bytes, Unwritten> {
        self.open_as(variant)
    }
}

macro_rules! lists {
    ($($list:ident: $put:ident,)+) => {
        $(impl ser::$list for &mut Bytes {
            type Ok = ();
            type Error = Unwritten;

            fn $put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritten> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Unwritten> {
                self.put(mark::CLOSE, &[])
            }
        })+
    };
}

macro_rules! records {
    ($($record:ident,)+) => {
        $(impl ser::$record for &mut Bytes {
            type Ok = ();
            type Error = Unwritten;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unwritten> {
                key.serialize(&mut **self)?;
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Unwritten> {
                self.put(mark::CLOSE, &[])
            }
        })+
    };
}

lists! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

records! { SerializeStruct, SerializeStructVariant, }

impl ser::SerializeMap for &mut Bytes {
    type Ok = ();
    type Error = Unwritten;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritten> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritten> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unwritten> {
        self.put(mark::CLOSE, &[])
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{
        content::Variant,
        id::TopicId,
        kind::ChannelKind,
        message::{Message, MessageBuilder, Override},
        purpose::Purpose,
    };

    /// That two that differ only so are told apart, whichever is asked about first.
    #[track_caller]
    fn check(change: impl Fn(MessageBuilder) -> MessageBuilder) {
        let entry = |change: &dyn Fn(MessageBuilder) -> MessageBuilder| {
            let message = Message::builder("m-1".parse().expect("a name"), TopicId::literal("visit"), Purpose::Service);
            let message = change(message.variant(Variant::text("At ten"))).build().expect("a message");
            Waiting::new(message, DateTime::UNIX_EPOCH)
        };
        let (one, other) = (entry(&|message| message), entry(&change));
        assert_ne!(one, other);
        assert_eq!(first(&one, &other), first(&other, &one));
    }

    #[test]
    fn whatever_two_differ_in_one_of_them_comes_first() {
        check(|message| message.variant(Variant::text("At eleven")));
        check(|message| message.variant(Variant::long_form("Visit", "At ten")));
        check(|message| message.tag("vip".parse().expect("a name")));
        check(|message| message.brand("shop".parse().expect("a name")));
        check(|message| message.values([("area".parse().expect("a name"), "north")].into_iter().collect()));
        check(|message| message.channels(Override { only: vec![ChannelKind::SMS], order: Vec::new() }));
        check(|message| message.channels(Override { only: Vec::new(), order: vec![ChannelKind::SMS] }));
        check(|message| message.expires(DateTime::UNIX_EPOCH));
    }

    #[test]
    fn parts_do_not_run_together() {
        let spelled = |parts: &[&str]| {
            let mut bytes = Bytes(Vec::new());
            parts.serialize(&mut bytes).expect("text is written");
            bytes.0
        };
        assert_ne!(spelled(&["ab", "c"]), spelled(&["a", "bc"]));
        assert_ne!(spelled(&["a", ""]), spelled(&["a"]));
    }
}
