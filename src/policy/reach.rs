//! Reach: which kinds a policy leaves open, decided over the whole space of conditions.

use crate::{
    id::TopicId,
    kind::ChannelKind,
    message::Message,
    policy::{
        Condition, Field, Policy, Settings,
        solve::{Formula, TooLarge, Work},
        space::{Point, Space},
    },
    profile::CustomerProfile,
    purpose::Purpose,
};

/// A policy's conditions, ready to be asked about.
pub(crate) struct Reach<'p> {
    policy: &'p Policy,
    pub(crate) space: Space,
    /// For every rule, that it matches.
    matches: Vec<Formula>,
    /// For every rule, that it does not.
    fails: Vec<Formula>,
    /// For every field, the rules that say something on it.
    saying: Vec<Vec<usize>>,
}

impl<'p> Reach<'p> {
    /// Conditions of a policy in which none is nested too deep, to be asked about a topic that it need not name.
    pub(crate) fn of(policy: &'p Policy, topic: Option<TopicId>) -> Self {
        let space = Space::of(policy, topic);
        let matches = policy.rules.iter().map(|rule| space.holds(&rule.when)).collect();
        let fails = policy.rules.iter().map(|rule| space.fails(&rule.when)).collect();
        let mut saying = vec![Vec::new(); Field::ALL.len()];
        for (at, rule) in policy.rules.iter().enumerate() {
            rule.then.said().for_each(|field| saying[field as usize].push(at));
        }
        Self { policy, space, matches, fails, saying }
    }

    /// Where a rule matches and something else holds.
    pub(crate) fn matching(&self, rule: usize, and: &[&Formula], work: &mut Work) -> Result<Option<Point>, TooLarge> {
        self.space.find(&[and, &[&self.matches[rule]]].concat(), work)
    }

    /// Where a rule has the last word on a field, if it says it.
    pub(crate) fn last_word(&self, rule: usize, field: Field, work: &mut Work) -> Result<Option<Point>, TooLarge> {
        let later = self.saying(field).filter(|other| *other > rule).map(|other| &self.fails[other]);
        self.space.find(&std::iter::once(&self.matches[rule]).chain(later).collect::<Vec<_>>(), work)
    }

    /// Where no rule has a word on a field, among the points at which something else holds.
    pub(crate) fn no_word(&self, field: Field, and: &Formula, work: &mut Work) -> Result<Option<Point>, TooLarge> {
        let fails = self.saying(field).map(|rule| &self.fails[rule]);
        self.space.find(&std::iter::once(and).chain(fails).collect::<Vec<_>>(), work)
    }

    /// Whether one rule never matches without another.
    pub(crate) fn implies(&self, rule: usize, other: usize, work: &mut Work) -> Result<bool, TooLarge> {
        self.matching(rule, &[&self.fails[other]], work).map(|point| point.is_none())
    }

    /// That a rule matches.
    pub(crate) fn matches(&self, rule: usize) -> &Formula {
        &self.matches[rule]
    }

    /// That a rule does not match.
    pub(crate) fn fails(&self, rule: usize) -> &Formula {
        &self.fails[rule]
    }

    /// That a rule has the last word on a field or, for `None`, that no rule has one; all of it must hold.
    pub(crate) fn has_word(&self, owner: Option<usize>, field: Field) -> Vec<Formula> {
        let later = self.saying(field).filter(|rule| owner.is_none_or(|owner| *rule > owner));
        owner
            .map(|owner| &self.matches[owner])
            .into_iter()
            .chain(later.map(|rule| &self.fails[rule]))
            .cloned()
            .collect()
    }

    /// That somebody else has the last word on a field.
    pub(crate) fn another_word(&self, owner: Option<usize>, field: Field) -> Formula {
        let later = self.saying(field).filter(|rule| owner.is_none_or(|owner| *rule > owner));
        let other = owner.map(|owner| &self.fails[owner]).into_iter().chain(later.map(|rule| &self.matches[rule]));
        Formula::Any(other.cloned().collect())
    }

    /// The rule that has the last word on a field for one message and customer.
    pub(crate) fn owner(&self, field: Field, message: &Message, profile: &CustomerProfile) -> Option<usize> {
        let matches = |rule: &usize| Condition::of(&self.policy.rules[*rule].when).holds(message, profile);
        self.saying(field).rev().find(matches)
    }

    /// The rules that say something on a field.
    pub(crate) fn saying(&self, field: Field) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.saying[field as usize].iter().copied()
    }

    /// The settings that stand before any rule.
    pub(crate) fn base(&self, purpose: Purpose) -> Settings {
        Self::base_of(self.policy, purpose)
    }

    /// The settings of a policy that stand before any rule.
    pub(crate) fn base_of(policy: &Policy, purpose: Purpose) -> Settings {
        match policy.purposes.get(&judged_as(purpose)) {
            Some(said) => policy.defaults.then(&said.then),
            None => policy.defaults.clone(),
        }
    }

    /// Where neither `deny` nor `only` takes a kind away, for one purpose and where something else holds.
    ///
    /// One search for each word that may be the last on `only`: the rule that has it matches, those after it that say
    /// `only` do not, nor does any rule that denies the kind.
    pub(crate) fn permits(
        &self,
        kind: ChannelKind,
        purpose: Purpose,
        and: &[&Formula],
        work: &mut Work,
    ) -> Result<Option<Point>, TooLarge> {
        work.spend(self.policy.rules.len())?;
        let base = self.base(purpose);
        if base.deny.contains(&kind) {
            return Ok(None);
        }
        let purpose = self.space.purpose(|asked| judged_as(asked) == judged_as(purpose));
        let mut asked = [and, &[&purpose]].concat();
        let rules = || self.policy.rules.iter().zip(&self.fails);
        asked.extend(rules().filter(|(rule, _)| rule.then.deny.contains(&kind)).map(|(_, fails)| fails));
        let allows = |only: &Option<Vec<ChannelKind>>| only.as_ref().is_none_or(|only| only.contains(&kind));
        // From the last rule on: those seen already must not match.
        for at in self.saying(Field::Only).rev() {
            if allows(&self.policy.rules[at].then.only) {
                asked.push(&self.matches[at]);
                if let Some(point) = self.space.find(&asked, work)? {
                    return Ok(Some(point));
                }
                asked.pop();
            }
            asked.push(&self.fails[at]);
        }
        if allows(&base.only) { self.space.find(&asked, work) } else { Ok(None) }
    }
}

/// What cannot be read is judged as marketing.
pub(crate) fn judged_as(purpose: Purpose) -> Purpose {
    match purpose {
        Purpose::Unrecognized(_) => Purpose::Marketing,
        known => known,
    }
}
