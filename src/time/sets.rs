//! What the sets of days, months and places have in common: lists of ranges, and numbers in a document.

use std::fmt;

/// The union of what the parts of a comma-separated list read as; an empty text is one empty part.
pub(super) fn read_list<T, E>(
    text: &str,
    union: impl Fn(T, T) -> T,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<T, E> {
    let mut parts = text.split(',');
    let first = read(parts.next().unwrap_or_default())?;
    parts.try_fold(first, |set, part| Ok(union(set, read(part)?)))
}

/// Writes members as a list in which three and more in a row are a range; two read better side by side.
pub(super) fn write_runs<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    members: impl IntoIterator<Item = (T, bool)>,
    through: &str,
    mut separator: &'static str,
) -> fmt::Result {
    let mut run: Option<(T, Option<T>, usize)> = None;
    let mut end = |f: &mut fmt::Formatter<'_>, run: Option<(T, Option<T>, usize)>| {
        let Some((first, last, length)) = run else { return Ok(()) };
        write!(f, "{separator}{first}")?;
        separator = ",";
        match last {
            Some(last) if length > 2 => write!(f, "{through}{last}"),
            Some(last) => write!(f, ",{last}"),
            None => Ok(()),
        }
    };
    for (member, is_in) in members {
        run = match (run, is_in) {
            (None, true) => Some((member, None, 1)),
            (Some((first, _, length)), true) => Some((first, Some(member), length + 1)),
            (run, false) => {
                end(f, run)?;
                None
            }
        };
    }
    end(f, run)
}

/// Serde for a set: written as text, read from text or from a list of numbers.
macro_rules! set_serde {
    ($name:ident, $expecting:literal, $one:expr, $empty:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<$name, A::Error> {
                        use serde::de::Error;
                        let mut set: Option<$name> = None;
                        while let Some(number) = list.next_element::<i64>()? {
                            let one = $one(number).map_err(A::Error::custom)?;
                            set = Some(set.map_or(one, |set| set.union(one)));
                        }
                        set.ok_or_else(|| A::Error::custom($empty))
                    }
                }

                from.deserialize_any(Visitor)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}
pub(super) use set_serde;
