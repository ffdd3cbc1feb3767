//! A small exact solver: is there a choice of values, one for each variable, under which conditions hold?

/// A set of values of one variable, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Values(Box<[u64]>);

impl Values {
    /// The values from 0 to `size` for which the answer is yes.
    pub(crate) fn of(size: usize, holds: impl Fn(usize) -> bool) -> Self {
        let mut words = vec![0; size.div_ceil(64).max(1)];
        (0..size).filter(|value| holds(*value)).for_each(|value| words[value / 64] |= 1 << (value % 64));
        Self(words.into())
    }

    #[cfg(test)]
    fn has(&self, value: usize) -> bool {
        self.0.get(value / 64).is_some_and(|word| word >> (value % 64) & 1 == 1)
    }

    /// The lowest member.
    pub(crate) fn first(&self) -> Option<usize> {
        self.0.iter().zip(0..).find(|(word, _)| **word != 0).map(|(word, at)| at * 64 + word.trailing_zeros() as usize)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn is_within(&self, wider: &Self) -> bool {
        self.0.iter().zip(&wider.0).all(|(mine, theirs)| mine & !theirs == 0)
    }

    fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(mine, theirs)| mine & theirs != 0)
    }

    fn keep(&mut self, kept: &Self) {
        self.0.iter_mut().zip(&kept.0).for_each(|(mine, theirs)| *mine &= theirs);
    }

    fn remove(&mut self, removed: &Self) {
        self.0.iter_mut().zip(&removed.0).for_each(|(mine, theirs)| *mine &= !theirs);
    }
}

/// A condition over variables; negation stands at the questions only, where it is the other values.
#[derive(Clone, Debug)]
pub(crate) enum Formula {
    /// The variable has one of these values.
    Among(usize, Values),
    /// Every one holds.
    All(Vec<Formula>),
    /// One holds.
    Any(Vec<Formula>),
}

/// What can be said of a formula while variables have several values left.
enum Truth {
    Holds,
    Fails,
    Open,
}

impl Formula {
    fn truth(&self, left: &[Values], work: &mut Work) -> Result<Truth, TooLarge> {
        work.spend(1)?;
        let (parts, decides) = match self {
            Self::Among(variable, values) => {
                let left = &left[*variable];
                return Ok(match () {
                    () if left.is_within(values) => Truth::Holds,
                    () if left.meets(values) => Truth::Open,
                    () => Truth::Fails,
                });
            }
            Self::All(parts) => (parts, Truth::Fails),
            Self::Any(parts) => (parts, Truth::Holds),
        };
        let mut open = false;
        for part in parts {
            match (part.truth(left, work)?, &decides) {
                (Truth::Fails, Truth::Fails) | (Truth::Holds, Truth::Holds) => return Ok(decides),
                (Truth::Open, _) => open = true,
                _ => {}
            }
        }
        Ok(match decides {
            _ if open => Truth::Open,
            Truth::Fails => Truth::Holds,
            _ => Truth::Fails,
        })
    }
}

/// The search was given up; nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// How much a search may still do, counted in questions looked at and sets copied.
#[derive(Debug)]
pub(crate) struct Work(u64);

impl Work {
    /// Several times what policies of a thousand rules take, and less than a second where all of it is spent.
    pub(crate) const USUAL: u64 = 20_000_000;

    pub(crate) fn new(most: u64) -> Self {
        Self(most)
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.0 == 0
    }

    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), TooLarge> {
        self.0 = self.0.saturating_sub(steps as u64);
        if self.is_spent() { Err(TooLarge) } else { Ok(()) }
    }
}

/// Of the values left to every variable those under which all formulas hold: any choice from the sets will do. `None`
/// where there are none.
///
/// Exact: the values of a variable are halved where a question divides them, never sampled, and what must hold is
/// taken for granted before anything is tried.
///
/// # Errors
///
/// [`TooLarge`] where the work ran out first.
pub(crate) fn solve(
    mut left: Vec<Values>,
    formulas: &[&Formula],
    work: &mut Work,
) -> Result<Option<Vec<Values>>, TooLarge> {
    let mut pending = formulas.to_vec();
    work.spend(left.len() + pending.len())?;
    let mut tried = match narrow(&mut left, &mut pending, work)? {
        Narrowed::Conflict => return Ok(None),
        Narrowed::Solved => return Ok(Some(left)),
        Narrowed::Open(at) => vec![Branch::new(left, pending, at)],
    };
    // Depth first, on a stack of our own: a policy has more rules than a thread has room for calls.
    while let Some(branch) = tried.last_mut() {
        let Some(choice) = branch.choices.next() else {
            tried.pop();
            continue;
        };
        work.spend(branch.left.len() + branch.pending.len())?;
        let (mut left, mut pending) = (branch.left.clone(), branch.pending.clone());
        pending.push(choice);
        if let Formula::Among(variable, values) = choice {
            // What this choice covers, the choices after it need not try again.
            branch.left[*variable].remove(values);
            if branch.left[*variable].is_empty() {
                branch.choices = [].iter();
            }
        }
        match narrow(&mut left, &mut pending, work)? {
            Narrowed::Conflict => {}
            Narrowed::Solved => return Ok(Some(left)),
            Narrowed::Open(at) => tried.push(Branch::new(left, pending, at)),
        }
    }
    Ok(None)
}

/// A point at which one of several parts must hold.
struct Branch<'f> {
    left: Vec<Values>,
    pending: Vec<&'f Formula>,
    choices: std::slice::Iter<'f, Formula>,
}

impl<'f> Branch<'f> {
    /// Takes the formula that is branched on out: each of its parts says more, so every branch is smaller.
    fn new(left: Vec<Values>, mut pending: Vec<&'f Formula>, at: usize) -> Self {
        let choices = match pending.remove(at) {
            Formula::Any(parts) => parts.iter(),
            // INVARIANT: `narrow` leaves only choices.
            alone => std::slice::from_ref(alone).iter(),
        };
        Self { left, pending, choices }
    }
}

enum Narrowed {
    Conflict,
    Solved,
    /// The formula at this place among those pending has the fewest parts left to choose from.
    Open(usize),
}

/// Takes for granted what must hold until that tells nothing new; then names the narrowest choice that is left.
fn narrow<'f>(left: &mut [Values], pending: &mut Vec<&'f Formula>, work: &mut Work) -> Result<Narrowed, TooLarge> {
    loop {
        let mut told = false;
        let mut kept: Vec<&'f Formula> = Vec::with_capacity(pending.len());
        let mut narrowest: Option<(usize, usize)> = None;
        // Taken from the back: parts are put where they are taken from.
        while let Some(formula) = pending.pop() {
            match formula {
                Formula::Among(variable, values) => {
                    work.spend(1)?;
                    let left = &mut left[*variable];
                    if !left.is_within(values) {
                        left.keep(values);
                        told = true;
                    }
                    if left.is_empty() {
                        return Ok(Narrowed::Conflict);
                    }
                }
                Formula::All(parts) => pending.extend(parts.iter().rev()),
                Formula::Any(parts) => {
                    let (mut open, mut one) = (0, None);
                    let mut holds = false;
                    for part in parts {
                        match part.truth(left, work)? {
                            Truth::Holds => {
                                holds = true;
                                break;
                            }
                            Truth::Open => (open, one) = (open + 1, Some(part)),
                            Truth::Fails => {}
                        }
                    }
                    match one {
                        _ if holds => {}
                        None => return Ok(Narrowed::Conflict),
                        Some(part) if open == 1 => pending.push(part),
                        Some(_) => {
                            if narrowest.is_none_or(|(fewest, _)| open < fewest) {
                                narrowest = Some((open, kept.len()));
                            }
                            kept.push(formula);
                        }
                    }
                }
            }
        }
        *pending = kept;
        match narrowest {
            None => return Ok(Narrowed::Solved),
            Some((_, at)) if !told => return Ok(Narrowed::Open(at)),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZES: [usize; 4] = [2, 3, 4, 2];

    fn formula() -> impl Strategy<Value = Formula> {
        let among = (0..SIZES.len(), any::<u64>()).prop_map(|(variable, bits)| {
            Formula::Among(variable, Values::of(SIZES[variable], |at| bits >> at & 1 == 1))
        });
        among.prop_recursive(4, 40, 4, |inside| {
            let parts = prop::collection::vec(inside, 0..4);
            prop_oneof![parts.clone().prop_map(Formula::All), parts.prop_map(Formula::Any)]
        })
    }

    fn holds(formula: &Formula, world: &[usize]) -> bool {
        match formula {
            Formula::Among(variable, values) => values.has(world[*variable]),
            Formula::All(parts) => parts.iter().all(|part| holds(part, world)),
            Formula::Any(parts) => parts.iter().any(|part| holds(part, world)),
        }
    }

    fn worlds() -> Vec<Vec<usize>> {
        SIZES.iter().fold(vec![Vec::new()], |worlds, size| {
            let longer = |world: Vec<usize>| (0..*size).map(move |value| [&world[..], &[value]].concat());
            worlds.into_iter().flat_map(longer).collect()
        })
    }

    fn everything() -> Vec<Values> {
        SIZES.iter().map(|size| Values::of(*size, |_| true)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// The slow twin tries every world there is.
        #[test]
        fn the_solver_agrees_with_trying_everything(formulas in prop::collection::vec(formula(), 0..5)) {
            let sound = |world: &Vec<usize>| formulas.iter().all(|formula| holds(formula, world));
            let refs: Vec<&Formula> = formulas.iter().collect();
            match solve(everything(), &refs, &mut Work::new(Work::USUAL)).expect("enough work") {
                None => prop_assert!(!worlds().iter().any(sound)),
                Some(left) => {
                    let chosen = |world: &Vec<usize>| world.iter().zip(&left).all(|(value, left)| left.has(*value));
                    prop_assert!(left.iter().all(|left| !left.is_empty()));
                    prop_assert!(worlds().iter().filter(|world| chosen(world)).all(sound));
                }
            }
        }
    }

    #[test]
    fn a_search_without_end_is_given_up() {
        // Eleven pigeons, ten holes: no two in one hole. Famous for its number of cases.
        let seat = |pigeon: usize, hole: usize| Formula::Among(pigeon * 10 + hole, Values::of(2, |value| value == 1));
        let free = |pigeon: usize, hole: usize| Formula::Among(pigeon * 10 + hole, Values::of(2, |value| value == 0));
        let mut formulas: Vec<_> =
            (0..11).map(|pigeon| Formula::Any((0..10).map(|hole| seat(pigeon, hole)).collect())).collect();
        for hole in 0..10 {
            for one in 0..11 {
                formulas.extend((0..one).map(|other| Formula::Any(vec![free(one, hole), free(other, hole)])));
            }
        }
        let all = vec![Values::of(2, |_| true); 110];
        let formulas: Vec<_> = formulas.iter().collect();
        assert_eq!(solve(all, &formulas, &mut Work::new(1_000_000)), Err(TooLarge));
    }

    #[test]
    fn nothing_asked_is_always_so() {
        let left = solve(everything(), &[], &mut Work::new(100)).expect("enough work").expect("a world");
        assert_eq!(left.iter().map(Values::first).collect::<Vec<_>>(), [Some(0); 4]);
    }
}
