//! Registered kinds by their dense index: sets, places in an order, groups.

use crate::{kind::ChannelKind, policy::Group};

/// A set of registered kinds, by their dense index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KindSet(u64);

impl KindSet {
    pub(crate) const NONE: Self = Self(0);

    /// Kinds that are not registered are left out: no channel could ask about them.
    pub(crate) fn of(kinds: &[ChannelKind], registered: &[ChannelKind]) -> Self {
        kinds.iter().filter_map(|kind| registered.iter().position(|known| known == kind)).fold(Self::NONE, |set, at| {
            // INVARIANT: a router registers at most 64 kinds.
            Self(set.0 | 1 << at)
        })
    }

    /// The set of these indexes.
    pub(crate) fn of_indexes(kinds: impl IntoIterator<Item = u8>) -> Self {
        // INVARIANT: a router registers at most 64 kinds.
        Self(kinds.into_iter().fold(0, |set, at| set | 1 << at))
    }

    pub(crate) fn has(self, kind: u8) -> bool {
        self.0 >> kind & 1 == 1
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The place of every registered kind in an order; kinds that the order leaves out share the last place.
#[derive(Clone, Debug)]
pub(crate) struct Places(Box<[u8]>);

impl Places {
    const UNLISTED: u8 = u8::MAX;

    pub(crate) fn of(order: &[ChannelKind], registered: &[ChannelKind]) -> Self {
        let place = |kind| order.iter().position(|listed| listed == kind);
        Self(registered.iter().map(|kind| place(kind).map_or(Self::UNLISTED, |at| at.min(254) as u8)).collect())
    }

    pub(crate) fn of_kind(&self, kind: u8) -> u8 {
        self.0.get(usize::from(kind)).copied().unwrap_or(Self::UNLISTED)
    }
}

/// A [`Group`] over registered kinds; members of which no kind is registered are gone.
#[derive(Clone, Debug)]
pub(crate) enum CompiledGroup {
    Kind(u8),
    OneOf(Vec<CompiledGroup>),
    AllOf(Vec<CompiledGroup>),
}

impl CompiledGroup {
    pub(crate) fn of(group: &Group, registered: &[ChannelKind]) -> Option<Self> {
        let members = |members: &[Group]| -> Option<Vec<Self>> {
            let members: Vec<_> = members.iter().filter_map(|member| Self::of(member, registered)).collect();
            (!members.is_empty()).then_some(members)
        };
        match group {
            Group::Kind(kind) => registered.iter().position(|known| known == kind).map(|at| Self::Kind(at as u8)),
            Group::OneOf(inside) => members(inside).map(Self::OneOf),
            Group::AllOf(inside) => members(inside).map(Self::AllOf),
        }
    }

    /// Every kind in it, in the order of the text.
    pub(crate) fn kinds(&self) -> Vec<u8> {
        match self {
            Self::Kind(kind) => vec![*kind],
            Self::OneOf(members) | Self::AllOf(members) => members.iter().flat_map(Self::kinds).collect(),
        }
    }

    /// Whether anything in it goes together.
    pub(crate) fn has_all_of(&self) -> bool {
        match self {
            Self::Kind(_) => false,
            Self::OneOf(members) => members.iter().any(Self::has_all_of),
            Self::AllOf(_) => true,
        }
    }
}
