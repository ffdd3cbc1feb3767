//! The way through a plan: chains of alternatives, of lanes, of rungs.

use crate::plan::{Branch, Dispatch, Plan, Step};

/// Where a dispatch stands in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) chain: u16,
    pub(super) step: u16,
    pub(super) number: u16,
}

/// A plan taken apart: its dispatches by number, and how they follow each other.
///
/// It is made of the plan alone, so it is not kept with a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Course {
    /// Every dispatch, sorted.
    pub(super) places: Vec<Place>,
    /// The main chain first, even where it is empty.
    pub(super) chains: Vec<Vec<Alternative>>,
    /// The lane of every dispatch.
    pub(super) lane_of: Vec<usize>,
    /// How many lanes there are in all.
    pub(super) lanes: usize,
}

/// Lanes that run beside each other; the next alternative comes up where none of them reached anybody.
pub(super) type Alternative = Vec<Lane>;

/// Rungs that come up one after the other until one settles.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lane {
    /// Its number among all lanes.
    pub(super) number: usize,
    pub(super) rungs: Vec<Rung>,
}

/// The dispatches of one step that belong to one lane.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rung {
    pub(super) dispatches: Vec<usize>,
    pub(super) stands_in: bool,
}

impl Course {
    /// `None` where a plan has more steps than can be counted: no plan of ours has.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        let mut course = Self { places: Vec::new(), chains: Vec::new(), lane_of: Vec::new(), lanes: 0 };
        for (steps, chain) in chains(plan).zip(0u16..) {
            let mut branches: Vec<(Branch, Vec<Rung>)> = Vec::new();
            for (at, step) in steps.iter().enumerate() {
                let at = u16::try_from(at).ok()?;
                for (number, dispatch) in step.dispatches().iter().enumerate() {
                    let leaf = course.places.len();
                    course.places.push(Place { chain, step: at, number: u16::try_from(number).ok()? });
                    let known = branches.iter().position(|(branch, _)| *branch == dispatch.branch);
                    let lane = known.unwrap_or_else(|| {
                        branches.push((dispatch.branch, Vec::new()));
                        branches.len() - 1
                    });
                    let rungs = &mut branches[lane].1;
                    let same_step = rungs.last_mut().filter(|rung| course.places[rung.dispatches[0]].step == at);
                    match same_step {
                        Some(rung) => rung.dispatches.push(leaf),
                        None => rungs.push(Rung { dispatches: vec![leaf], stands_in: step.is_stand_in() }),
                    }
                }
            }
            branches.sort_by_key(|(branch, _)| *branch);
            let mut alternatives: Vec<(u8, Alternative)> = Vec::new();
            for (branch, rungs) in branches {
                let lane = Lane { number: course.lanes, rungs };
                course.lanes += 1;
                match alternatives.last_mut().filter(|(number, _)| *number == branch.alternative) {
                    Some((_, lanes)) => lanes.push(lane),
                    None => alternatives.push((branch.alternative, vec![lane])),
                }
            }
            course.chains.push(alternatives.into_iter().map(|(_, lanes)| lanes).collect());
        }
        course.lane_of = vec![0; course.places.len()];
        for lane in course.chains.iter().flatten().flatten() {
            for at in lane.dispatches() {
                course.lane_of[at] = lane.number;
            }
        }
        // Chains and places are 16 bits wide in a key, and places count from 1 there.
        let fits = course.chains.len() <= usize::from(u16::MAX)
            && course.places.iter().all(|place| place.step < u16::MAX && place.number < u16::MAX);
        fits.then_some(course)
    }

    pub(super) fn find(&self, place: Place) -> Option<usize> {
        self.places.binary_search(&place).ok()
    }

    /// The numbers of the dispatches of a chain.
    pub(super) fn of_chain(&self, chain: u16) -> std::ops::Range<usize> {
        let start = self.places.partition_point(|place| place.chain < chain);
        start..self.places.partition_point(|place| place.chain <= chain)
    }
}

impl Lane {
    pub(super) fn dispatches(&self) -> impl Iterator<Item = usize> {
        self.rungs.iter().flat_map(|rung| rung.dispatches.iter().copied())
    }
}

fn chains(plan: &Plan) -> impl Iterator<Item = &[Step]> {
    std::iter::once(plan.steps()).chain(plan.always().iter().map(Vec::as_slice))
}

pub(super) fn step_of(plan: &Plan, place: Place) -> &Step {
    // INVARIANT: places are made from the plan they are looked up in.
    let steps = match place.chain {
        0 => plan.steps(),
        chain => &plan.always()[usize::from(chain) - 1],
    };
    &steps[usize::from(place.step)]
}

pub(super) fn dispatch_of(plan: &Plan, place: Place) -> &Dispatch {
    &step_of(plan, place).dispatches()[usize::from(place.number)]
}
