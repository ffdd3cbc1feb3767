//! Resolutions: by whose rules choices come to an answer.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use crate::{codes::codes, id::TopicId, kind::ChannelKind, purpose::Purpose};

use super::{Preference, Preferences, Resolved, SetBy};

codes! {
    /// By whose rules a customer's choices resolve: our own, or those that another product documents.
    ///
    /// The presets are for teams that move: with the same choices a preset gives what the product's documentation says it
    /// does, so that the two can be compared before the policy changes to `waypost`. Whatever they answer, consent,
    /// suppression and `required` topics are judged as ever.
    ///
    /// | our choice | Knock | Novu | SuprSend | Courier |
    /// | --- | --- | --- | --- | --- |
    /// | topic × kind | `categories.t.channel_types.k` | workflow, channel `k` | opt-out channel of the category | `custom_routing` of the topic |
    /// | topic × all | `categories.t` | workflow, `all` | category | status of the topic |
    /// | all × kind | `channel_types.k` | global, channel `k` | channel of the user | (an `off` stands) |
    /// | all × all | every channel type left out | global, `all` | every channel of the user | (an `off` stands) |
    /// | by the tenant | tenant's default set | workflow, dashboard | tenant default preference | tenant's default of the topic |
    /// | by nobody | environment default | workflow, code | category default | default of the topic |
    /// | the tenant's, locked | `__strategy__: replace` | `readOnly` (of `all`) | switched off on the tenant page | `REQUIRED` (an `on`) |
    /// | until an instant | a choice that is no longer there | the same | the same | the same |
    ///
    /// One word of theirs is not taken over: for a [commercial](Purpose::is_commercial) purpose a locked `on` is an `on` like any other, so that the
    /// person's `off` stands ([`Preferences::resolve_for`]). A locked `off` of the tenant's decides under every preset, and
    /// a later `off` takes neither kind of lock away.
    ///
    /// What a product has no word for is left out, but for an `off`, which stands: nobody's no is lost in a move. An author
    /// or a choice that this version cannot read counts as ever, and of two words on one place the later, at equal times
    /// the `off`.
    ///
    /// | preset | rule | documented in |
    /// | --- | --- | --- |
    /// | `waypost` | the table of [`Preferences::resolve`] | |
    /// | `knock` | key by key, the recipient's over the tenant's over the environment's, unless the tenant's replaces; then every key that exists must be true | Knock, Preferences overview |
    /// | `novu` | code < dashboard < global < workflow, merged key by key, and a channel's key beats `all`; a workflow that is read-only and on ignores the subscriber | Novu, `merge-preferences.usecase.ts` |
    /// | `suprsend` | the user's channel opt-out overrides all; then what is off on the tenant page; then user > tenant > category default | SuprSend, Preference evaluation |
    /// | `courier` | `REQUIRED` cannot be left; then the user's status and chosen channels; then tenant and topic default, the narrower first | Courier, Preferences; Tenants |
    ///
    /// # Example: one customer, five answers
    ///
    /// The customer switched the topic off, and then email for it on.
    ///
    /// ```
    /// use waypost::{ChannelKind, Choice, Preference, Preferences, Resolution, TopicId};
    ///
    /// let digest = TopicId::literal("digest");
    /// let preferences = Preferences::default()
    ///     .with(Preference::new(Choice::Off).about(digest).at("2026-01-01T00:00:00Z".parse()?))
    ///     .with(Preference::new(Choice::On).about(digest).on(ChannelKind::EMAIL).at("2026-02-01T00:00:00Z".parse()?));
    /// let now = "2026-11-21T10:00:00Z".parse()?;
    /// let answers = Resolution::ALL.iter().map(|by| preferences.resolve_by(*by, digest, ChannelKind::EMAIL, now).choice);
    /// assert_eq!(answers.collect::<Vec<_>>(), [
    ///     Some(Choice::On),  // waypost: the narrower choice is the later one
    ///     Some(Choice::Off), // knock: one false category is enough
    ///     Some(Choice::On),  // novu: the channel's key beats `all`
    ///     Some(Choice::Off), // suprsend: the category is opted out
    ///     Some(Choice::Off), // courier: the topic is opted out
    /// ]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    closed Resolution, "resolution" {
        /// Our own rules.
        Waypost = "waypost",
        /// As Knock documents its preference sets.
        Knock = "knock",
        /// As Novu merges its levels.
        Novu = "novu",
        /// As SuprSend evaluates categories.
        SuprSend = "suprsend",
        /// As Courier documents its topics.
        Courier = "courier",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro that lists the codes derives no default")]
impl Default for Resolution {
    fn default() -> Self {
        Self::Waypost
    }
}

impl Preferences {
    /// What the choices come to for one topic and kind at an instant, by these rules; for a purpose that is not commercial.
    pub fn resolve_by(
        &self,
        resolution: Resolution,
        topic: TopicId,
        kind: ChannelKind,
        now: DateTime<Utc>,
    ) -> Resolved {
        self.resolve_cells(resolution, Cells { all: &self.choices, topic, kind, now, keeps_on: true })
    }

    /// The same for a message of this purpose, which is what the router asks: nobody is kept on for a
    /// [commercial](Purpose::is_commercial) one, whatever was locked.
    ///
    /// ```
    /// use waypost::{ChannelKind, Choice, Preference, Preferences, Purpose, Resolution, SetBy, TopicId};
    ///
    /// let now = "2026-11-21T10:00:00Z".parse()?;
    /// let offers = TopicId::literal("offers");
    /// let preferences = Preferences::default()
    ///     .with(Preference::new(Choice::Off).about(offers))
    ///     .with(Preference::new(Choice::On).about(offers).set_by(SetBy::Tenant).locked());
    /// let under = |purpose| preferences.resolve_for(purpose, Resolution::Courier, offers, ChannelKind::EMAIL, now).choice;
    /// assert_eq!(under(Purpose::Service), Some(Choice::On)); // REQUIRED
    /// assert_eq!(under(Purpose::Marketing), Some(Choice::Off));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resolve_for(
        &self,
        purpose: Purpose,
        resolution: Resolution,
        topic: TopicId,
        kind: ChannelKind,
        now: DateTime<Utc>,
    ) -> Resolved {
        let keeps_on = !purpose.is_commercial();
        self.resolve_cells(resolution, Cells { all: &self.choices, topic, kind, now, keeps_on })
    }

    fn resolve_cells(&self, resolution: Resolution, cells: Cells<'_>) -> Resolved {
        let resolved = match resolution {
            Resolution::Waypost => return self.resolve(cells.topic, cells.kind, cells.now),
            Resolution::Knock => cells.locked_off(&[Author::Tenant]).or_else(|| cells.knock()),
            // A workflow is read-only in code too.
            Resolution::Novu => cells.locked_off(&[Author::Tenant, Author::Default]).or_else(|| cells.novu()),
            Resolution::SuprSend => cells.locked_off(&[Author::Tenant]).or_else(|| cells.suprsend()),
            // A lock on an `off` has no word there, so it stands.
            Resolution::Courier => cells.locked_off(&[Author::Tenant]).or_else(|| cells.courier()),
        };
        resolved.unwrap_or(Resolved::NOBODY)
    }
}

/// Whose word a choice counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Author {
    Person,
    Tenant,
    Default,
}

impl Author {
    /// Of somebody whom nobody knows, an `off` is the person's, a locked one the tenant's, and an `on` nobody's.
    fn of(cell: &Preference) -> Option<Self> {
        match cell.set_by {
            SetBy::Person => Some(Self::Person),
            SetBy::Tenant => Some(Self::Tenant),
            SetBy::Default => Some(Self::Default),
            SetBy::Unrecognized(_) if !cell.is_off() => None,
            SetBy::Unrecognized(_) => Some(if cell.locked { Self::Tenant } else { Self::Person }),
        }
    }
}

/// Where a choice stands in the grid.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    Cell,
    Topic,
    Kind,
    All,
}

impl Spot {
    const NARROWER_FIRST: [Self; 4] = [Self::Cell, Self::Topic, Self::Kind, Self::All];

    fn of(cell: &Preference) -> Self {
        match (cell.topic, cell.kind) {
            (Some(_), Some(_)) => Self::Cell,
            (Some(_), None) => Self::Topic,
            (None, Some(_)) => Self::Kind,
            (None, None) => Self::All,
        }
    }
}

/// The choices of a profile, asked about one topic and kind at one instant.
struct Cells<'a> {
    all: &'a [Preference],
    topic: TopicId,
    kind: ChannelKind,
    now: DateTime<Utc>,
    /// Whether a tenant's lock may keep somebody on.
    keeps_on: bool,
}

impl<'a> Cells<'a> {
    fn standing(&self) -> impl Iterator<Item = &'a Preference> {
        self.all.iter().filter(|cell| cell.stands(self.topic, self.kind, self.now))
    }

    /// One author's last word on one spot.
    fn at(&self, author: Author, spot: Spot) -> Option<&'a Preference> {
        let there = self.standing().filter(|cell| Author::of(cell) == Some(author) && Spot::of(cell) == spot);
        there.max_by_key(|cell| (cell.rank(), cell.locked))
    }

    fn is_kept_on(&self, cell: &Preference) -> bool {
        self.keeps_on && cell.locked && !cell.is_off()
    }

    /// Of the `off`s among these the latest.
    fn off(&self, among: impl IntoIterator<Item = Option<&'a Preference>>) -> Option<&'a Preference> {
        let offs = among.into_iter().flatten().filter(|cell| cell.is_off());
        offs.max_by_key(|cell| (cell.rank(), Reverse(Spot::of(cell) as u8)))
    }

    /// The `off` that one of these locked, wherever it stands and whatever else they said since.
    fn locked_off(&self, authors: &[Author]) -> Option<Resolved> {
        let of_these = |cell: &&Preference| Author::of(cell).is_some_and(|author| authors.contains(&author));
        let locked = self.standing().filter(|cell| cell.locked).filter(of_these);
        self.off(locked.map(Some)).map(|cell| Resolved { locked: true, ..Resolved::by(cell) })
    }

    fn knock(&self) -> Option<Resolved> {
        // A set without a key for the channel type has the one that its total stands for.
        let key = |author, spot| {
            let total = || (spot == Spot::Kind).then(|| self.at(author, Spot::All)).flatten();
            self.at(author, spot).or_else(total)
        };
        let keys = [Spot::Topic, Spot::Kind, Spot::Cell].map(|spot| {
            let tenants = key(Author::Tenant, spot);
            let merged = || key(Author::Person, spot).or(tenants).or_else(|| key(Author::Default, spot));
            tenants.filter(|cell| self.is_kept_on(cell)).or_else(merged)
        });
        if let Some(cell) = self.off(keys) {
            return Some(Resolved::by(cell));
        }
        keys.into_iter().flatten().next_back().map(Resolved::by)
    }

    fn novu(&self) -> Option<Resolved> {
        let level = |author, narrow, wide| self.at(author, narrow).or_else(|| self.at(author, wide));
        let of_workflow = [Author::Default, Author::Tenant];
        let all_of_workflow = of_workflow.map(|author| level(author, Spot::Topic, Spot::All));
        // Its last `on` says so; an `off` beside it opens nothing, and so gives nobody a word.
        let last_on = |author, spot| {
            let there = self.standing().filter(|cell| Author::of(cell) == Some(author) && Spot::of(cell) == spot);
            there.filter(|cell| !cell.is_off()).max_by_key(|cell| (cell.rank(), cell.locked))
        };
        let ons_of_workflow =
            of_workflow.map(|author| last_on(author, Spot::Topic).or_else(|| last_on(author, Spot::All)));
        let read_only =
            ons_of_workflow.into_iter().flatten().filter(|cell| self.is_kept_on(cell)).max_by_key(|cell| cell.rank());
        let channel_of_workflow = of_workflow.map(|author| level(author, Spot::Cell, Spot::Kind));
        let of_subscriber = |spots: [Spot; 2]| match read_only {
            Some(_) => [None, None],
            None => spots.map(|spot| self.at(Author::Person, spot)),
        };
        // Merged key by key, the last level that has the key.
        let last = |levels: [[Option<&'a Preference>; 2]; 2]| levels.into_iter().flatten().flatten().next_back();
        let channel = last([channel_of_workflow, of_subscriber([Spot::Kind, Spot::Cell])]);
        let all = last([all_of_workflow, of_subscriber([Spot::All, Spot::Topic])]);
        let resolved = Resolved::by(channel.or(all)?);
        let Some(lock) = read_only else { return Some(resolved) };
        // Once the workflow is no longer read-only, the subscriber has a word again.
        let until = resolved.until.into_iter().chain(lock.until).min();
        let locked = resolved.is_off(false);
        Some(Resolved { until, locked, ..resolved })
    }

    fn suprsend(&self) -> Option<Resolved> {
        let own = |spot| self.at(Author::Person, spot);
        if let Some(cell) = self.off([own(Spot::Kind), own(Spot::All)]) {
            return Some(Resolved::by(cell));
        }
        let category = |spots: &[Spot], author| {
            let said = || spots.iter().map(|spot| self.at(author, *spot));
            self.off(said()).or_else(|| said().flatten().next())
        };
        let decides = category(&[Spot::Cell, Spot::Topic], Author::Person)
            .or_else(|| category(&Spot::NARROWER_FIRST, Author::Tenant))
            .or_else(|| category(&Spot::NARROWER_FIRST, Author::Default));
        decides.map(Resolved::by)
    }

    fn courier(&self) -> Option<Resolved> {
        let own = |spot| self.at(Author::Person, spot);
        // A channel for every topic has no word there, so an `off` of it stands.
        if let Some(cell) = self.off([own(Spot::Kind), own(Spot::All)]) {
            return Some(Resolved::by(cell));
        }
        let required = [Author::Tenant, Author::Default].map(|author| self.at(author, Spot::Topic));
        if let Some(cell) = required.into_iter().flatten().find(|cell| self.is_kept_on(cell)) {
            return Some(Resolved::by(cell));
        }
        if let Some(cell) = self.off([own(Spot::Cell), own(Spot::Topic)]) {
            return Some(Resolved::by(cell));
        }
        if let Some(cell) = own(Spot::Cell) {
            return Some(Resolved::by(cell));
        }
        if let Some(elsewhere) = self.routed_elsewhere() {
            return Some(elsewhere);
        }
        let narrower = |author| Spot::NARROWER_FIRST.into_iter().find_map(|spot| self.at(author, spot));
        let decides = own(Spot::Topic).or_else(|| narrower(Author::Tenant)).or_else(|| narrower(Author::Default));
        decides.map(Resolved::by)
    }

    /// Where the customer chose channels for the topic and this is none of them, the `off` that follows.
    fn routed_elsewhere(&self) -> Option<Resolved> {
        let chosen = self.all.iter().filter(|cell| {
            Author::of(cell) == Some(Author::Person)
                && cell.topic == Some(self.topic)
                && cell.kind.is_some_and(|kind| kind != self.kind)
                && cell.lasts(self.now)
                && !cell.is_off()
        });
        // It lasts as long as any of the channels is chosen.
        let (last, until) = chosen.fold((None, Some(self.now)), |(last, until): (Option<&Preference>, _), cell| {
            let later = last.is_none_or(|known| known.rank() < cell.rank());
            let lasts = until.zip(cell.until).map(|(known, end): (DateTime<Utc>, _)| known.max(end));
            (if later { Some(cell) } else { last }, lasts)
        });
        let last = last?;
        let choice = Some(super::Choice::Off);
        Some(Resolved { choice, set_by: last.set_by, since: last.at, until, locked: false })
    }
}
