//! A list that many hold and nobody changes: a plan takes the lists of its message along without an allocation.

use std::{ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list that is cloned by counting. An empty one counts nothing, so that threads do not meet on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shared<T>(Option<Arc<[T]>>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Shared<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<T: Ord> Shared<T> {
    /// Sorted, each member once.
    pub(crate) fn set(mut members: Vec<T>) -> Self {
        members.sort();
        members.dedup();
        Self::from(members)
    }
}

impl<T> From<Vec<T>> for Shared<T> {
    fn from(members: Vec<T>) -> Self {
        Self((!members.is_empty()).then(|| members.into()))
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_sorted_and_an_empty_one_is_nothing() {
        assert_eq!(*Shared::set(vec![3, 1, 3, 2]), [1, 2, 3]);
        assert_eq!(Shared::set(Vec::<u8>::new()), Shared::default());
        assert_eq!(Shared::from(vec![2, 1]).clone(), Shared::from(vec![2, 1]));
    }
}
