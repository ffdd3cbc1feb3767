//! Reading personal documents: what is wrong is said, the value that is wrong is not repeated.
//!
//! serde and the formats echo what they did not expect: `invalid type: string "ana@example.com", expected a boolean`.
//! That is wanted of a policy, and forbidden of a profile or a message, whose values are addresses and words to a
//! customer. [`Discreet`] stands between a format and a type and lets only the shape of a value into an error.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, Expected, IntoDeserializer, Unexpected, Visitor, value::MapAccessDeserializer},
};

/// Reads a value without repeating it in the error.
pub(crate) fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    T::deserialize(Discreet(from)).map_err(|Hushed(error)| error)
}

/// Defines a document that is read discreetly.
///
/// What serde derives to read it stands on a private mirror: on the type itself it would be a public function that
/// reads without discretion.
macro_rules! discreet {
    (
        $mirror:ident of $path:literal,
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* $seen:vis $field:ident: $type:ty,)+
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* $seen $field: $type,)+
        }

        #[derive(::serde::Deserialize)]
        #[serde(deny_unknown_fields, remote = $path)]
        struct $mirror {
            $($(#[$field_meta])* $field: $type,)+
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $mirror::deserialize($crate::discreet::Discreet(from)).map_err(|error| error.0)
            }
        }
    };
}
pub(crate) use discreet;

/// A part of a format, or a visitor, of which errors stay discreet.
pub(crate) struct Discreet<T>(pub(crate) T);

/// An error that does not repeat the value.
pub(crate) struct Hushed<E>(pub(crate) E);

impl<E: de::Error> de::Error for Hushed<E> {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(E::custom(message))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(E::invalid_type(Unexpected::Other(shape(&unexpected)), expected))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(E::invalid_value(Unexpected::Other(shape(&unexpected)), expected))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(E::custom(format_args!("unknown code, expected one of {}", Listed(expected))))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        // A slip of the pen is worth showing, an address in the place of a field is not.
        let name = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        if field.len() <= 31 && field.bytes().all(name) {
            Self(E::unknown_field(field, expected))
        } else {
            Self(E::custom(format_args!("unknown field, expected one of {}", Listed(expected))))
        }
    }
}

fn shape<'a>(unexpected: &Unexpected<'a>) -> &'a str {
    match unexpected {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "integer",
        Unexpected::Float(_) => "floating point number",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "list",
        Unexpected::Map => "map",
        // A description by whoever refused, not the value; also what a `Discreet` further in made of it.
        Unexpected::Other(described) => described,
        _ => "value",
    }
}

struct Listed(&'static [&'static str]);

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().enumerate() {
            write!(f, "{}`{name}`", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl<E: fmt::Debug> fmt::Debug for Hushed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: fmt::Display> fmt::Display for Hushed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: std::error::Error> std::error::Error for Hushed<E> {}

/// Asks the format for a number as such: some formats keep numbers of any length and show them as maps otherwise.
/// What the format says to a value that is no number would repeat it, so it is replaced.
macro_rules! numbers {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            let number = self.0.$method(Discreet(visitor));
            number.map_err(|_| de::Error::custom("expected a whole number in range"))
        }
    )+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Discreet<D> {
    type Error = Hushed<D::Error>;

    // Asked for anything, a format only speaks of syntax; that the type is wrong is then for the visitor to say.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_any(Discreet(visitor)).map_err(Hushed)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_option(Discreet(visitor)).map_err(Hushed)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_any(Discreet(OfEnum(visitor))).map_err(Hushed)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_any(Discreet(ByName(visitor))).map_err(Hushed)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_ignored_any(Discreet(visitor)).map_err(Hushed)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    serde::forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
    }
}

macro_rules! values {
    ($($method:ident: $value:ty,)+) => {$(
        fn $method<E: de::Error>(self, value: $value) -> Result<V::Value, E> {
            self.0.$method(value).map_err(|Hushed(error)| error)
        }
    )+};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Discreet<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    values! {
        visit_bool: bool,
        visit_i64: i64,
        visit_i128: i128,
        visit_u64: u64,
        visit_u128: u128,
        visit_f64: f64,
        visit_char: char,
        visit_str: &str,
        visit_borrowed_str: &'de str,
        visit_string: String,
        visit_bytes: &[u8],
        visit_borrowed_bytes: &'de [u8],
        visit_byte_buf: Vec<u8>,
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_none().map_err(|Hushed(error)| error)
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit().map_err(|Hushed(error)| error)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Discreet(from)).map_err(|Hushed(error)| error)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Discreet(from)).map_err(|Hushed(error)| error)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Discreet(list)).map_err(|Hushed(error)| error)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Discreet(map)).map_err(|Hushed(error)| error)
    }
}

/// The visitor of a struct, whose fields have names: serde also derives one that takes them from a list by their place.
struct ByName<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for ByName<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(map)
    }
}

/// The visitor of an enum, for a format that was asked for anything: a code, or a map of one entry.
struct OfEnum<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for OfEnum<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_str<E: de::Error>(self, code: &str) -> Result<V::Value, E> {
        self.0.visit_enum(code.into_deserializer())
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(MapAccessDeserializer::new(map))
    }
}

impl<'de, A: de::SeqAccess<'de>> de::SeqAccess<'de> for Discreet<A> {
    type Error = Hushed<A::Error>;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Self::Error> {
        self.0.next_element_seed(Discreet(seed)).map_err(Hushed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: de::MapAccess<'de>> de::MapAccess<'de> for Discreet<A> {
    type Error = Hushed<A::Error>;

    fn next_key_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Self::Error> {
        self.0.next_key_seed(Discreet(seed)).map_err(Hushed)
    }

    fn next_value_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Self::Error> {
        self.0.next_value_seed(Discreet(seed)).map_err(Hushed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, S: de::DeserializeSeed<'de>> de::DeserializeSeed<'de> for Discreet<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Discreet(from)).map_err(|Hushed(error)| error)
    }
}
