//! Preferences: what the person, the tenant or a default chose, by topic and kind.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{codes::codes, discreet::discreet, id::TopicId, kind::ChannelKind, unique};

codes! {
    /// A choice; one that this version cannot read counts as `off`.
    open Choice, "choice" {
        /// Yes, please.
        On = "on",
        /// No, thank you.
        Off = "off",
    }
}

codes! {
    /// Who made a choice. Of somebody this version does not know, an `off` counts as the person's, a locked `off` as
    /// the tenant's, and an `on` not at all.
    open SetBy, "author of a choice" {
        /// The customer.
        Person = "person",
        /// The tenant or brand.
        Tenant = "tenant",
        /// Nobody: how it starts out.
        Default = "default",
    }
}

discreet! {
PreferenceDocument of "Preference",
/// One cell, row or column of the grid of topics and kinds; `None` is all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Preference {
    /// The topic; `None` for every topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
    /// The kind; `None` for every kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChannelKind>,
    /// What was chosen.
    pub choice: Choice,
    /// Who chose.
    #[serde(default = "person", skip_serializing_if = "is_person")]
    pub set_by: SetBy,
    /// When; `None` is older than everything. An `on` from the future does not count yet; an `off` does, since a clock may be
    /// wrong and a refusal may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Until when, exclusive; `None` is until something else is chosen. A choice that has ended is as if it had never been
    /// made, so what it stood against counts again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// A tenant's `off` that the person cannot undo; nothing else is ever locked, but see [`Resolution`](crate::Resolution).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}
}

fn person() -> SetBy {
    SetBy::Person
}

fn is_person(set_by: &SetBy) -> bool {
    *set_by == SetBy::Person
}

impl Preference {
    /// The person's choice for every topic and kind.
    pub fn new(choice: Choice) -> Self {
        Self { topic: None, kind: None, choice, set_by: SetBy::Person, at: None, until: None, locked: false }
    }

    /// The person wants to be left alone until this instant.
    ///
    /// It is a refusal and not a delay: what is not sent meanwhile is not sent afterwards. It takes the instant at which it
    /// was asked for, since without one it would be older than every choice and give way to any cell that is `on`.
    ///
    /// ```
    /// use waypost::{ChannelKind, Choice, Preference, Preferences, TopicId};
    ///
    /// let (asked, back) = ("2026-11-21T10:00:00Z".parse()?, "2026-12-05T10:00:00Z".parse()?);
    /// let preferences = Preferences::default().with(Preference::pause(asked, back));
    /// let coupon = TopicId::literal("coupon");
    /// assert_eq!(preferences.resolve(coupon, ChannelKind::SMS, asked).choice, Some(Choice::Off));
    /// assert_eq!(preferences.resolve(coupon, ChannelKind::SMS, asked).until, Some(back));
    /// assert_eq!(preferences.resolve(coupon, ChannelKind::SMS, back).choice, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pause(at: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self::new(Choice::Off).at(at).until(until)
    }

    /// The same, about one topic.
    pub fn about(mut self, topic: TopicId) -> Self {
        self.topic = Some(topic);
        self
    }

    /// The same, on one kind.
    pub fn on(mut self, kind: ChannelKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The same, made by somebody else.
    pub fn set_by(mut self, set_by: SetBy) -> Self {
        self.set_by = set_by;
        self
    }

    /// The same, made at this instant.
    pub fn at(mut self, at: DateTime<Utc>) -> Self {
        self.at = Some(at);
        self
    }

    /// The same, until this instant.
    pub fn until(mut self, at: DateTime<Utc>) -> Self {
        self.until = Some(at);
        self
    }

    /// The same, locked; it counts for a tenant's `off` only.
    pub fn locked(mut self) -> Self {
        self.locked = true;
        self
    }

    pub(super) fn is_off(&self) -> bool {
        self.choice != Choice::On
    }

    /// Whether it is one of the choices that stand about a topic and kind at an instant.
    pub(super) fn stands(&self, topic: TopicId, kind: ChannelKind, now: DateTime<Utc>) -> bool {
        self.topic.is_none_or(|of| of == topic) && self.kind.is_none_or(|of| of == kind) && self.lasts(now)
    }

    /// Whether it was made and has not ended; an `off` counts before it was made.
    pub(super) fn lasts(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| now < until) && (self.is_off() || self.at.is_none_or(|at| at <= now))
    }

    /// The first instant after this one from which it counts or no longer does.
    fn turns(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let begins = self.at.filter(|_| !self.is_off());
        begins.into_iter().chain(self.until).filter(|turn| *turn > after).min()
    }

    /// Later wins; at equal times `off` wins, of two that say the same the one whose author is known, and of those the one
    /// that ends later.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        (self.at, self.is_off(), Reverse(self.set_by), self.until.is_none(), self.until)
    }
}

discreet! {
PreferencesDocument of "Preferences",
/// All of one customer's preferences: choices and orders of kinds.
///
/// ```
/// use waypost::{ChannelKind, Choice, Preference, Preferences, TopicId};
///
/// let preferences = Preferences::default()
///     .with(Preference::new(Choice::Off).about(TopicId::literal("newsletter")))
///     .with_order([ChannelKind::EMAIL, ChannelKind::SMS]);
/// assert_eq!(preferences.order_for(TopicId::literal("coupon")), [ChannelKind::EMAIL, ChannelKind::SMS]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Preferences {
    /// The choices, in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Preference>,
    /// Kinds, best first; kinds left out come after, as the policy orders them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<ChannelKind>,
    /// The same for single topics; a topic's order replaces the overall one for that topic.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub topic_orders: BTreeMap<TopicId, Vec<ChannelKind>>,
}
}

/// What the choices come to for one topic and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The choice; `None` where nobody chose.
    pub choice: Option<Choice>,
    /// Whose it was.
    pub set_by: SetBy,
    /// Since when, where known.
    pub since: Option<DateTime<Utc>>,
    /// Until when that word holds, exclusive; `None` is until something else is chosen.
    pub until: Option<DateTime<Utc>>,
    /// Whether a tenant locked it against the person's word.
    pub locked: bool,
}

impl Resolved {
    /// Nobody chose.
    pub(super) const NOBODY: Self =
        Self { choice: None, set_by: SetBy::Default, since: None, until: None, locked: false };

    /// One choice decided.
    pub(super) fn by(cell: &Preference) -> Self {
        let choice = if cell.is_off() { Choice::Off } else { Choice::On };
        Self { choice: Some(choice), set_by: cell.set_by, since: cell.at, until: cell.until, locked: false }
    }

    /// Whether it comes to an `off`, where a topic that nobody chose about starts out so or not.
    pub(crate) fn is_off(&self, off_by_default: bool) -> bool {
        self.choice.map_or(off_by_default, |choice| choice != Choice::On)
    }
}

/// How many turns of choices are looked at for the one at which a kind opens or closes; people do not pause more often at
/// once.
const MOST_TURNS: usize = 16;

impl Preferences {
    /// The same with one choice more.
    pub fn with(mut self, preference: Preference) -> Self {
        self.choices.push(preference);
        self
    }

    /// The same with this overall order of kinds.
    pub fn with_order(mut self, kinds: impl IntoIterator<Item = ChannelKind>) -> Self {
        self.order = kinds.into_iter().collect();
        self
    }

    /// The same with this order of kinds for one topic.
    pub fn with_topic_order(mut self, topic: TopicId, kinds: impl IntoIterator<Item = ChannelKind>) -> Self {
        self.topic_orders.insert(topic, kinds.into_iter().collect());
        self
    }

    /// The order of kinds that the person chose for this topic; empty where none was.
    pub fn order_for(&self, topic: TopicId) -> &[ChannelKind] {
        if self.topic_orders.is_empty() {
            return &self.order;
        }
        self.topic_orders.get(&topic).unwrap_or(&self.order)
    }

    /// What the choices come to for one topic and kind at an instant, by the rules of this crate.
    ///
    /// | rule | |
    /// | --- | --- |
    /// | 1 | A tenant's locked `off` that applies decides |
    /// | 2 | The person's own: a cell for this topic and kind decides, unless it is `on` and a wider `off` is as recent or newer |
    /// | 3 | no cell: any wider `off`, else any wider `on` |
    /// | 4 | nothing of the person's: the tenant's by rules 2 and 3, then the defaults |
    ///
    /// ```
    /// use waypost::{ChannelKind, Choice, Preference, Preferences, SetBy, TopicId};
    ///
    /// let now = "2026-11-21T10:00:00Z".parse()?;
    /// let coupon = TopicId::literal("coupon");
    /// let preferences = Preferences::default()
    ///     .with(Preference::new(Choice::Off).on(ChannelKind::EMAIL))
    ///     .with(Preference::new(Choice::On).about(coupon).set_by(SetBy::Tenant));
    /// assert_eq!(preferences.resolve(coupon, ChannelKind::EMAIL, now).choice, Some(Choice::Off));
    /// assert_eq!(preferences.resolve(coupon, ChannelKind::SMS, now).choice, Some(Choice::On));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resolve(&self, topic: TopicId, kind: ChannelKind, now: DateTime<Utc>) -> Resolved {
        let mut persons = Layer::default();
        let mut tenants = Layer::default();
        let mut defaults = Layer::default();
        let mut lock: Option<&Preference> = None;
        for cell in &self.choices {
            if !cell.stands(topic, kind, now) {
                continue;
            }
            let may_lock = matches!(cell.set_by, SetBy::Tenant | SetBy::Unrecognized(_));
            if may_lock && cell.locked && cell.is_off() && lock.is_none_or(|known| known.rank() < cell.rank()) {
                lock = Some(cell);
            }
            match cell.set_by {
                SetBy::Tenant => tenants.add(cell),
                SetBy::Default => defaults.add(cell),
                SetBy::Person => persons.add(cell),
                SetBy::Unrecognized(_) if cell.is_off() => persons.add(cell),
                SetBy::Unrecognized(_) => {}
            }
        }
        if let Some(cell) = lock {
            return Resolved { locked: true, ..Resolved::by(cell) };
        }
        let decides = persons.decides().or_else(|| tenants.decides()).or_else(|| defaults.decides());
        decides.map_or(Resolved::NOBODY, Resolved::by)
    }

    /// The first instant after this one at which a choice about the topic begins or ends and the predicate holds.
    ///
    /// Past the most turns that are looked at, the next is named as if it held.
    pub(crate) fn turns_when(
        &self,
        topic: TopicId,
        mut after: DateTime<Utc>,
        mut holds: impl FnMut(DateTime<Utc>) -> bool,
    ) -> Option<DateTime<Utc>> {
        // A choice about another kind may count too: see `Resolution::Courier`.
        let about = |said: &Preference| said.topic.is_none_or(|of| of == topic);
        // Few choices ever turn, so that is asked before their names are compared.
        let turns = |said: &Preference, after| said.turns(after).filter(|_| about(said));
        let next = |after| self.choices.iter().filter_map(|said| turns(said, after)).min();
        for _ in 0..MOST_TURNS {
            after = next(after)?;
            if holds(after) {
                return Some(after);
            }
        }
        next(after)
    }
}

/// What one author said about one topic and kind: the cell itself and the wider choices around it.
#[derive(Default)]
struct Layer<'a> {
    cell: Option<&'a Preference>,
    wider_off: Option<&'a Preference>,
    wider_on: Option<&'a Preference>,
}

impl<'a> Layer<'a> {
    fn add(&mut self, said: &'a Preference) {
        let place = match (said.topic, said.kind) {
            (Some(_), Some(_)) => &mut self.cell,
            _ if said.is_off() => &mut self.wider_off,
            _ => &mut self.wider_on,
        };
        if place.is_none_or(|known| known.rank() < said.rank()) {
            *place = Some(said);
        }
    }

    fn decides(&self) -> Option<&'a Preference> {
        match (self.cell, self.wider_off) {
            (Some(cell), Some(off)) if !cell.is_off() && off.at >= cell.at => Some(off),
            (Some(cell), _) => Some(cell),
            (None, Some(off)) => Some(off),
            (None, None) => self.wider_on,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUPON: TopicId = TopicId::literal("coupon");

    fn day(day: u32) -> DateTime<Utc> {
        format!("2026-01-{day:02}T00:00:00Z").parse().expect("an instant")
    }

    #[track_caller]
    fn check(choices: impl IntoIterator<Item = Preference>, choice: Option<Choice>, set_by: SetBy) {
        let mut preferences = Preferences::default();
        preferences.choices.extend(choices);
        let resolved = preferences.resolve(COUPON, ChannelKind::SMS, day(10));
        assert_eq!((resolved.choice, resolved.set_by), (choice, set_by));
        preferences.choices.reverse();
        let again = preferences.resolve(COUPON, ChannelKind::SMS, day(10));
        assert_eq!(again, resolved, "the order of the choices must not matter");
    }

    fn on() -> Preference {
        Preference::new(Choice::On)
    }

    fn off() -> Preference {
        Preference::new(Choice::Off)
    }

    #[test]
    fn the_cell_decides_unless_a_wider_off_is_as_recent() {
        let cell = on().about(COUPON).on(ChannelKind::SMS).at(day(2));
        check([cell.clone(), off().at(day(1))], Some(Choice::On), SetBy::Person);
        check([cell.clone(), off().about(COUPON).at(day(2))], Some(Choice::Off), SetBy::Person);
        check([cell, off().on(ChannelKind::SMS).at(day(3))], Some(Choice::Off), SetBy::Person);
    }

    #[test]
    fn without_a_cell_any_wider_off_decides() {
        check([on().about(COUPON).at(day(9)), off().on(ChannelKind::SMS)], Some(Choice::Off), SetBy::Person);
        check([on().about(COUPON)], Some(Choice::On), SetBy::Person);
        check([], None, SetBy::Default);
    }

    #[test]
    fn the_person_beats_the_tenant_unless_the_tenant_locked_an_off() {
        let tenants_off = off().about(COUPON).set_by(SetBy::Tenant);
        check([on().about(COUPON), tenants_off.clone()], Some(Choice::On), SetBy::Person);
        check([on().about(COUPON), tenants_off.locked()], Some(Choice::Off), SetBy::Tenant);
        check([off().about(COUPON), on().set_by(SetBy::Tenant).locked()], Some(Choice::Off), SetBy::Person);
    }

    #[test]
    fn an_unknown_author_can_only_switch_off() {
        let partner = SetBy::Unrecognized(crate::id::Code::literal("partner"));
        check([on().about(COUPON).set_by(partner), off().set_by(SetBy::Default)], Some(Choice::Off), SetBy::Default);
        check([off().set_by(partner), on().set_by(SetBy::Tenant)], Some(Choice::Off), partner);
        check([off().set_by(partner).locked(), on().about(COUPON).at(day(9))], Some(Choice::Off), partner);
    }

    #[test]
    fn two_words_on_one_cell_the_later_wins_and_off_wins_a_tie() {
        let cell = |preference: Preference, d| preference.about(COUPON).on(ChannelKind::SMS).at(day(d));
        check([cell(off(), 1), cell(on(), 2)], Some(Choice::On), SetBy::Person);
        check([cell(off(), 2), cell(on(), 2)], Some(Choice::Off), SetBy::Person);
    }
}
