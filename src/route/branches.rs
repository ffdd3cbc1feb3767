//! Branches: where the kinds of a group stand among its alternatives and lanes.

use crate::{plan::Branch, policy::CompiledGroup};

/// The place of each kind of a group; a kind outside it comes after all of them.
///
/// What a group says only once it names an `all_of`: members of a `one_of` that has one inside are alternatives, members of
/// an `all_of` are its lanes, and everything deeper stays in the lane it is in. Members of which nothing can be used are
/// not counted.
#[derive(Default)]
pub(super) struct Branches {
    inside: Vec<(u8, Branch)>,
    /// How many alternatives there are so far.
    count: u8,
}

impl Branches {
    /// `rank` is the place of the best usable candidate of a kind, by which the members of a `one_of` follow each other.
    pub(super) fn of(group: Option<&CompiledGroup>, rank: impl Fn(u8) -> Option<u16>) -> Self {
        let mut branches = Self::default();
        if let Some(group) = group.filter(|group| group.has_all_of()) {
            branches.add(group, &rank);
        }
        branches
    }

    pub(super) fn of_kind(&self, kind: u8) -> Branch {
        let known = self.inside.iter().find(|(known, _)| *known == kind).map(|(_, branch)| *branch);
        known.unwrap_or(Branch { alternative: self.count, lane: 0 })
    }

    fn add(&mut self, group: &CompiledGroup, rank: &impl Fn(u8) -> Option<u16>) {
        match group {
            CompiledGroup::OneOf(members) if group.has_all_of() => {
                let best = |member: &CompiledGroup| member.kinds().into_iter().filter_map(rank).min();
                let mut members: Vec<_> =
                    members.iter().filter_map(|member| best(member).map(|rank| (rank, member))).collect();
                members.sort_by_key(|(rank, _)| *rank);
                members.into_iter().for_each(|(_, member)| self.add(member, rank));
            }
            CompiledGroup::AllOf(members) => {
                let usable = members.iter().map(CompiledGroup::kinds).filter(|kinds| {
                    let mut ranks = kinds.iter().filter_map(|kind| rank(*kind));
                    ranks.next().is_some()
                });
                self.alternative(usable);
            }
            group => self.alternative([group.kinds()]),
        }
    }

    /// One more alternative, its lanes given by their kinds.
    fn alternative(&mut self, lanes: impl IntoIterator<Item = Vec<u8>>) {
        let alternative = self.count;
        for (kinds, lane) in lanes.into_iter().zip(0u8..) {
            self.inside.extend(kinds.into_iter().map(|kind| (kind, Branch { alternative, lane })));
        }
        // INVARIANT: each has a kind of its own, of which there are at most 64; one that is empty takes no number.
        let filled = self.inside.last().is_some_and(|(_, last)| last.alternative == alternative);
        self.count += u8::from(filled);
    }
}

#[cfg(test)]
mod tests {
    use super::CompiledGroup::{AllOf, Kind, OneOf};
    use super::*;

    /// `alternative.lane` of the kinds 0 to 5, of which the last two are outside; usable ones in the order of `ranked`.
    #[track_caller]
    fn check(group: CompiledGroup, ranked: &[u8], expected: [&str; 6]) {
        let rank = |kind| ranked.iter().position(|ranked| *ranked == kind).map(|at| at as u16);
        let branches = Branches::of(Some(&group), rank);
        let said = std::array::from_fn::<_, 6, _>(|kind| {
            let branch = branches.of_kind(kind as u8);
            format!("{}.{}", branch.alternative, branch.lane)
        });
        for (kind, (said, expected)) in said.iter().zip(expected).enumerate().filter(|(_, (_, is))| *is != "-") {
            assert_eq!(said, expected, "kind {kind} of {group:?}");
        }
    }

    const ALL: &[u8] = &[0, 1, 2, 3, 4, 5];

    #[test]
    fn without_all_of_there_is_one_lane() {
        let chain = OneOf(vec![Kind(0), OneOf(vec![Kind(1), Kind(2)]), Kind(3)]);
        check(chain, ALL, ["0.0"; 6]);
        check(Kind(0), ALL, ["0.0"; 6]);
        assert_eq!(Branches::of(None, |_| None).of_kind(3), Branch::default());
    }

    #[test]
    fn members_of_all_of_are_lanes_and_what_is_outside_comes_after() {
        let all = AllOf(vec![Kind(0), OneOf(vec![Kind(1), AllOf(vec![Kind(2), Kind(3)])])]);
        check(all.clone(), ALL, ["0.0", "0.1", "0.1", "0.1", "1.0", "1.0"]);
        // What cannot be used leaves its lane to the others.
        check(all.clone(), &[2, 4], ["-", "0.0", "0.0", "0.0", "1.0", "1.0"]);
        check(all, &[4, 5], ["-", "-", "-", "-", "0.0", "0.0"]);
    }

    #[test]
    fn members_of_one_of_around_it_are_alternatives_in_the_order_of_the_chain() {
        let one = OneOf(vec![AllOf(vec![Kind(0), Kind(1)]), Kind(2), Kind(3)]);
        check(one.clone(), ALL, ["0.0", "0.1", "1.0", "2.0", "3.0", "3.0"]);
        check(one.clone(), &[3, 4, 1, 0, 2], ["1.0", "1.1", "2.0", "0.0", "3.0", "3.0"]);
        check(one, &[1, 3, 4], ["-", "0.0", "-", "1.0", "2.0", "2.0"]);
        let nested = OneOf(vec![OneOf(vec![AllOf(vec![Kind(0), Kind(1)]), Kind(2)]), Kind(3)]);
        check(nested, ALL, ["0.0", "0.1", "1.0", "2.0", "3.0", "3.0"]);
    }
}
