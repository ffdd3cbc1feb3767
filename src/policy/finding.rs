//! What the lint found: a code, a place in the text, a sentence and, where there is one, a way out.

use std::{borrow::Cow, fmt};

use serde::Serialize;

use crate::codes::codes;

codes! {
    /// How bad a finding is.
    closed Severity, "severity" {
        /// No router is built from a policy with one of these.
        Error = "error",
        /// Probably not what the author meant; the policy works all the same.
        Warning = "warning",
    }
}

codes! {
    /// What the lint looks for.
    ///
    /// | code | severity | meaning |
    /// | --- | --- | --- |
    /// | `unknown_kind` | error | a kind that is neither well known nor registered |
    /// | `unregistered_kind` | warning | a well-known kind that no channel has |
    /// | `unknown_topic`, `unknown_segment`, `unknown_stage`, `unknown_tag` | error | a name that the policy's own list, which is not empty, does not hold |
    /// | `unknown_purpose` | error | a purpose that this version does not know, and so would judge as marketing |
    /// | `unknown_urgency` | error | an urgency that this version does not know, and so would take for the lowest |
    /// | `unknown_choice` | error | a topic's default that this version does not know, and so would take for `off` |
    /// | `unknown_basis` | error | a ground of consent that this version does not know, and so never accepts |
    /// | `duplicate_basis`, `empty_bases` | error | a ground of consent twice, or a list of grounds without one |
    /// | `idle_terms` | warning | terms of a consent that the purpose does not ask for |
    /// | `without_consent` | warning | marketing or research for which no consent is asked |
    /// | `ignores_preferences` | warning | marketing or research that is sent over the customer's `off` |
    /// | `duplicate_rule` | error | two rules, inhibitions or digests of one name: the trace could not say which |
    /// | `duplicate_channel` | error | two channels of one name |
    /// | `duplicate_kind` | error | a kind twice in one list or group |
    /// | `only_and_deny` | error | a kind in both lists at once |
    /// | `empty_only` | error | `only = []`, which may mean "none" or "any" |
    /// | `empty_group` | error | a group without members |
    /// | `group_of_one` | warning | a group with one member, which is that member |
    /// | `empty_rank`, `duplicate_rank` | error | a ranking by nothing, or by one field twice |
    /// | `nested_too_deep` | error | conditions deeper than 16, groups deeper than 8 |
    /// | `empty_condition` | error | a list without members in a condition, which may mean "never" or "whatever" |
    /// | `urgency_under_not` | error | urgency inside `not`: raising it could take a rule away |
    /// | `urgency_restricts` | error | a rule that asks urgency and restricts: raising it could take a channel away |
    /// | `opted_out_goes_on` | error | another answer than `stop` to a customer who said no |
    /// | `lift_on_marketing` | error | a gate lifted where only marketing is concerned, for which none ever is |
    /// | `required_for_marketing` | error | a required topic that is sent for marketing |
    /// | `required_without_mandatory` | error | a required topic that names no kind on which it is |
    /// | `mandatory_without_required` | warning | mandatory kinds of a topic that is not required |
/// | `downgrade_without_silent` | error | a purpose goes by silent kinds at a closed hour, and names none |
/// | `silent_without_downgrade` | warning | silent kinds of a purpose that does not go by them |
    /// | `cap_too_long` | error | a cap that rolls over more than 366 days: a cap for life is another period |
    /// | `zero_cap` | error | a cap of zero, which may mean "none" or "no limit" |
    /// | `cap_without_scope` | error | a cap that counts by nothing |
    /// | `cap_with_two_limits` | error | a limit beside a gap, which has one of 1, or a pace, which has its burst |
    /// | `cap_zone_unused` | error | a zone for a cap that reads no calendar |
    /// | `contradictory_caps` | error | two caps of one name that differ |
    /// | `idle_cap` | warning | a cap that another one, which always stands beside it, never lets fill up |
    /// | `no_channels` | error | a router without a channel |
    /// | `too_many_channels` | error | more than 255 channels |
    /// | `mixed_currencies` | error | channels priced in different currencies, which nothing can compare |
    /// | `unknown_currency` | warning | a price in what is no currency of ISO 4217 that anybody pays in |
    /// | `idle_price` | warning | a row of prices that ends before it begins, or behind one that matches all that it does |
    /// | `unknown_zone` | error | a zone that the time zone tables do not have |
    /// | `never_opens` | error | hours without a window, of a policy or a channel |
    /// | `prior_too_high` | error | a rate of more than a thousand in a thousand |
    /// | `too_many_rules`, `too_many_kinds` | error | more than 65,534 rules, or more than 64 kinds registered |
    /// | `never_matches` | warning | a rule, an inhibition or a digest whose condition nothing can meet |
    /// | `says_nothing` | warning | a rule without a setting |
    /// | `always_overwritten` | warning | a field on which somebody later always has the last word |
    /// | `unserved_purpose`, `unserved_topic` | warning | what no registered kind can ever carry |
    /// | `too_slow` | warning | every channel that may be used is usually slower than the message lives |
    /// | `late_fallback` | warning | the last named step would begin when the message is over |
    /// | `late_spread` | warning | a crowd is spread over longer than the message lives |
    /// | `never_settles` | warning | a receipt that no channel concerned can give |
    /// | `duplicate_common` | error | one thing twice among what messages have in common |
    /// | `digest_window` | error | a digest without a window, with two, or with one that has no length or no end |
    /// | `digest_size` | error | a digest that is full with fewer than two messages |
    /// | `idle_inhibition` | warning | an inhibition whose sources are its targets, and which mutes nothing |
    /// | `idle_accept_within` | warning | a time to accept that is no shorter than the step's, so that no send is repeated for it |
    /// | `idle_retry` | warning | no tries at all, which is taken as one, or a first wait longer than the longest |
    /// | `empty_by_kind` | warning | a kind of which `by_kind` says nothing |
    /// | `stale_law`, `doubtful_law` | warning | a row of law that was not verified for a year, or is not founded on its text |
    /// | `overdue_law` | warning | a postponed or drafted row of law whose day has come |
    /// | `holidays_unknown` | warning | a row of law that is closed on holidays of which no date is known |
    /// | `impossible_hours` | warning | rows of law whose hours never open together |
    /// | `undecided` | warning | conditions so intricate that the search was given up; nothing is claimed of them |
    ///
    /// ```
    /// use waypost::policy::{FindingCode, Severity};
    ///
    /// assert_eq!(FindingCode::UnknownKind.code(), "unknown_kind");
    /// assert_eq!(FindingCode::UnknownKind.severity(), Severity::Error);
    /// ```
    closed FindingCode, "finding" {
        /// A router without a channel.
        NoChannels = "no_channels",
        /// More than 255 channels.
        TooManyChannels = "too_many_channels",
        /// Channels priced in different currencies.
        MixedCurrencies = "mixed_currencies",
        /// A price in a currency that this version does not know.
        UnknownCurrency = "unknown_currency",
        /// A row of prices that nothing ever has.
        IdlePrice = "idle_price",
        /// A zone that the time zone tables do not have.
        UnknownZone = "unknown_zone",
        /// A kind that is neither well known nor registered.
        UnknownKind = "unknown_kind",
        /// A well-known kind that no channel has.
        UnregisteredKind = "unregistered_kind",
        /// A topic that the policy does not declare.
        UnknownTopic = "unknown_topic",
        /// A segment that the policy does not declare.
        UnknownSegment = "unknown_segment",
        /// A lifecycle stage that the policy does not declare.
        UnknownStage = "unknown_stage",
        /// A tag that the policy does not declare.
        UnknownTag = "unknown_tag",
        /// A purpose that this version does not know.
        UnknownPurpose = "unknown_purpose",
        /// An urgency that this version does not know.
        UnknownUrgency = "unknown_urgency",
        /// A default choice that this version does not know.
        UnknownChoice = "unknown_choice",
        /// A ground of consent that this version does not know.
        UnknownBasis = "unknown_basis",
        /// A ground of consent twice in one list.
        DuplicateBasis = "duplicate_basis",
        /// A list of grounds without one.
        EmptyBases = "empty_bases",
        /// Terms of a consent that is not asked for.
        IdleTerms = "idle_terms",
        /// Marketing or research for which no consent is asked.
        WithoutConsent = "without_consent",
        /// Marketing or research that is sent over the customer's `off`.
        IgnoresPreferences = "ignores_preferences",
        /// Two rules of one name.
        DuplicateRule = "duplicate_rule",
        /// Two channels of one name.
        DuplicateChannel = "duplicate_channel",
        /// A kind twice in one list or group.
        DuplicateKind = "duplicate_kind",
        /// A kind allowed and denied at once.
        OnlyAndDeny = "only_and_deny",
        /// `only = []`.
        EmptyOnly = "empty_only",
        /// A group without members.
        EmptyGroup = "empty_group",
        /// A group with one member.
        GroupOfOne = "group_of_one",
        /// A ranking by nothing.
        EmptyRank = "empty_rank",
        /// A ranking by one field twice.
        DuplicateRank = "duplicate_rank",
        /// Conditions or groups nested deeper than anybody reads.
        NestedTooDeep = "nested_too_deep",
        /// A list without members in a condition.
        EmptyCondition = "empty_condition",
        /// Urgency inside `not`.
        UrgencyUnderNot = "urgency_under_not",
        /// A rule that asks urgency and restricts.
        UrgencyRestricts = "urgency_restricts",
        /// Another answer than `stop` to an opt-out.
        OptedOutGoesOn = "opted_out_goes_on",
        /// A gate lifted for marketing.
        LiftOnMarketing = "lift_on_marketing",
        /// A required topic that is sent for marketing.
        RequiredForMarketing = "required_for_marketing",
        /// A required topic without mandatory kinds.
        RequiredWithoutMandatory = "required_without_mandatory",
        /// Mandatory kinds of a topic that is not required.
        MandatoryWithoutRequired = "mandatory_without_required",
        /// A purpose that goes by silent kinds at a closed hour, and names none.
        DowngradeWithoutSilent = "downgrade_without_silent",
        /// Silent kinds of a purpose that does not go by them.
        SilentWithoutDowngrade = "silent_without_downgrade",
        /// A cap that rolls over more days than a year has.
        CapTooLong = "cap_too_long",
        /// A cap of zero.
        ZeroCap = "zero_cap",
        /// A cap that counts by nothing.
        CapWithoutScope = "cap_without_scope",
        /// A cap with a limit beside that of its period.
        CapWithTwoLimits = "cap_with_two_limits",
        /// A zone for a cap that reads no calendar.
        CapZoneUnused = "cap_zone_unused",
        /// Two caps of one name that differ.
        ContradictoryCaps = "contradictory_caps",
        /// A cap that never fills up.
        IdleCap = "idle_cap",
        /// Hours without a window.
        NeverOpens = "never_opens",
        /// A rate of more than a thousand in a thousand.
        PriorTooHigh = "prior_too_high",
        /// More rules than can be numbered.
        TooManyRules = "too_many_rules",
        /// More kinds than a set of kinds holds.
        TooManyKinds = "too_many_kinds",
        /// A rule whose condition nothing can meet.
        NeverMatches = "never_matches",
        /// A rule without a setting.
        SaysNothing = "says_nothing",
        /// A field on which somebody later always has the last word.
        AlwaysOverwritten = "always_overwritten",
        /// A purpose that no registered kind can ever carry.
        UnservedPurpose = "unserved_purpose",
        /// A topic that no registered kind can ever carry.
        UnservedTopic = "unserved_topic",
        /// Every channel is usually slower than the message lives.
        TooSlow = "too_slow",
        /// The last named step would begin when the message is over.
        LateFallback = "late_fallback",
        /// A crowd is spread over longer than the message lives.
        LateSpread = "late_spread",
        /// A receipt that no channel concerned can give.
        NeverSettles = "never_settles",
        /// One thing twice among what messages have in common.
        DuplicateCommon = "duplicate_common",
        /// A digest without a window, with two, or with one that has no length or no end.
        DigestWindow = "digest_window",
        /// A digest that is full with fewer than two messages.
        DigestSize = "digest_size",
        /// An inhibition that mutes nothing.
        IdleInhibition = "idle_inhibition",
        /// A time to accept that is no shorter than the step's.
        IdleAcceptWithin = "idle_accept_within",
        /// No tries at all, or a first wait longer than the longest.
        IdleRetry = "idle_retry",
        /// A kind of which `by_kind` says nothing.
        EmptyByKind = "empty_by_kind",
        /// A row of law that was not verified for a year.
        StaleLaw = "stale_law",
        /// A row of law that is not founded on its text.
        DoubtfulLaw = "doubtful_law",
        /// A postponed or drafted row of law whose day has come.
        OverdueLaw = "overdue_law",
        /// A row of law that is closed on holidays of which no date is known.
        HolidaysUnknown = "holidays_unknown",
        /// Rows of law whose hours never open together.
        ImpossibleHours = "impossible_hours",
        /// Conditions so intricate that the search was given up.
        Undecided = "undecided",
    }
}

impl FindingCode {
    /// How bad it is; the same wherever it is found.
    pub const fn severity(self) -> Severity {
        match self {
            Self::UnregisteredKind
            | Self::GroupOfOne
            | Self::MandatoryWithoutRequired
            | Self::SilentWithoutDowngrade
            | Self::IdleCap
            | Self::UnknownCurrency
            | Self::IdlePrice
            | Self::IdleTerms
            | Self::WithoutConsent
            | Self::IgnoresPreferences
            | Self::NeverMatches
            | Self::SaysNothing
            | Self::AlwaysOverwritten
            | Self::UnservedPurpose
            | Self::UnservedTopic
            | Self::TooSlow
            | Self::LateFallback
            | Self::LateSpread
            | Self::NeverSettles
            | Self::IdleInhibition
            | Self::IdleAcceptWithin
            | Self::IdleRetry
            | Self::EmptyByKind
            | Self::StaleLaw
            | Self::DoubtfulLaw
            | Self::OverdueLaw
            | Self::HolidaysUnknown
            | Self::ImpossibleHours
            | Self::Undecided => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// Something wrong or doubtful in a policy.
///
/// `Display` is one line for people; the fields are for editors and machines.
///
/// ```
/// use waypost::{ChannelDescriptor, ChannelKind, policy::{FindingCode, Policy}};
///
/// let policy = Policy::from_toml("[defaults]\norder = [\"email\", \"smss\"]")?;
/// let channels = [
///     ChannelDescriptor::new("mail".parse()?, ChannelKind::EMAIL),
///     ChannelDescriptor::new("text".parse()?, ChannelKind::SMS),
/// ];
/// let findings = policy.lint(&channels);
/// assert_eq!(findings[0].code, FindingCode::UnknownKind);
/// assert_eq!(
///     findings[0].to_string(),
///     "error[unknown_kind] defaults.order[1] (line 2, column 19): unknown kind `smss` in the defaults; \
///      help: did you mean `sms`?",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub code: FindingCode,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is in the document, such as `rules[3].then.order[1]`; what is wrong with a channel is at `channels[…]`.
    pub path: String,
    /// The line, counted from 1, where the policy was read from text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column, counted from 1 in characters, where the policy was read from text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// A way out, where there is an obvious one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// What is wrong with how a router is put together, which no text says.
    pub(crate) fn of_router(code: FindingCode, path: impl fmt::Display, message: String) -> Self {
        let path = path.to_string();
        Self { code, severity: code.severity(), path, line: None, column: None, message, hint: None }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.severity, self.code)?;
        if !self.path.is_empty() {
            write!(f, " {}", self.path)?;
        }
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, " (line {line}, column {column})")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; help: {hint}"),
            None => Ok(()),
        }
    }
}

/// One part of a [`Place`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Key(Cow<'static, str>),
    Index(usize),
}

/// A place in a document, from the outside in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(Vec<Part>);

impl Place {
    pub(crate) fn of(key: &'static str) -> Self {
        Self::default().key(key)
    }

    pub(crate) fn key(&self, key: &'static str) -> Self {
        self.part(Part::Key(Cow::Borrowed(key)))
    }

    /// The entry of a name that the author chose.
    pub(crate) fn name(&self, name: impl fmt::Display) -> Self {
        self.part(Part::Key(Cow::Owned(name.to_string())))
    }

    pub(crate) fn at(&self, index: usize) -> Self {
        self.part(Part::Index(index))
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }

    fn part(&self, part: Part) -> Self {
        let mut parts = Vec::with_capacity(self.0.len() + 1);
        parts.extend_from_slice(&self.0);
        parts.push(part);
        Self(parts)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            match part {
                Part::Index(index) => write!(f, "[{index}]")?,
                Part::Key(key) => {
                    let dot = if at > 0 { "." } else { "" };
                    let bare = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
                    if bare { write!(f, "{dot}{key}")? } else { write!(f, "{dot}\"{key}\"")? }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_it_is_written_in_toml() {
        let place = Place::of("topics").name("bank:card").key("mandatory").at(2);
        assert_eq!(place.to_string(), "topics.\"bank:card\".mandatory[2]");
        assert_eq!(Place::of("rules").at(3).key("then").to_string(), "rules[3].then");
    }

    #[test]
    fn places_are_ordered_by_number_and_not_by_digits() {
        assert!(Place::of("rules").at(9) < Place::of("rules").at(10));
    }
}
