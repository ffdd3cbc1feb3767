//! The lint: everything that is wrong or doubtful in a policy, found in one go.

mod between;
mod cap;
mod condition;
mod demands;
mod group;
mod name;
mod price;
mod reach;
mod rule;
mod search;
mod settings;
mod steps;
mod timing;
mod zones;

use std::fmt;

use crate::{
    channel::ChannelDescriptor,
    id::{ChannelId, RuleId, TopicId},
    kind::ChannelKind,
    policy::{
        Finding, FindingCode, MOST_KINDS, Policy, Settings,
        finding::{Part, Place},
    },
    purpose::Purpose,
    time::ZoneLookup,
};

impl Policy {
    /// Finds what is wrong or doubtful, errors first, each kind in the order of the text.
    ///
    /// The table of [`FindingCode`] says what is looked for. What a rule can never do is decided over every message and
    /// customer there can be, not by trying some; where that is too much work, `undecided` says so. An error makes a
    /// router refuse the policy; a warning does not.
    ///
    /// ```
    /// use waypost::{ChannelDescriptor, ChannelKind, policy::Policy};
    ///
    /// let policy = Policy::from_toml(r#"
    /// [[rules]]
    /// name = "adults"
    /// when = { attribute = { age = { ge = 18, lt = 18 } } }
    /// then = { deny = ["sms"] }
    /// "#)?;
    /// let sms = ChannelDescriptor::new("sms-main".parse()?, ChannelKind::SMS);
    /// assert_eq!(
    ///     policy.lint([&sms]).iter().map(ToString::to_string).collect::<Vec<_>>(),
    ///     ["warning[never_matches] rules[0].when (line 4, column 1): no message and customer meet the condition of \
    ///       rule `adults`"],
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lint<'c>(&self, channels: impl IntoIterator<Item = &'c ChannelDescriptor>) -> Vec<Finding> {
        #[cfg(feature = "chrono-tz")]
        let zones = Some(&crate::time::BundledZones as &dyn ZoneLookup);
        #[cfg(not(feature = "chrono-tz"))]
        let zones = None;
        self.lint_by(channels, zones)
    }

    /// By time zones of the caller's own; without any, nothing is said of them.
    pub(crate) fn lint_by<'c>(
        &self,
        channels: impl IntoIterator<Item = &'c ChannelDescriptor>,
        zones: Option<&dyn ZoneLookup>,
    ) -> Vec<Finding> {
        let channels: Vec<_> = channels.into_iter().collect();
        let mut kinds: Vec<ChannelKind> = channels.iter().map(|channel| channel.kind).collect();
        kinds.sort();
        kinds.dedup();
        let mut lint = Lint { policy: self, channels, kinds, found: Vec::new() };
        lint.channels();
        lint.document();
        lint.rules();
        if let Some(zones) = zones {
            lint.zones(zones);
        }
        lint.finish()
    }
}

/// A lint under way.
struct Lint<'p> {
    policy: &'p Policy,
    channels: Vec<&'p ChannelDescriptor>,
    /// The registered kinds, sorted.
    kinds: Vec<ChannelKind>,
    found: Vec<(Place, Finding)>,
}

/// Whose word a finding is about.
#[derive(Clone, Copy)]
enum Subject {
    Defaults,
    Purpose(Purpose),
    Topic(TopicId),
    Priors,
    Rule(RuleId),
    Inhibition(RuleId),
    Digest(RuleId),
    Channel(ChannelId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => f.write_str("the defaults"),
            Self::Purpose(purpose) => write!(f, "purpose `{purpose}`"),
            Self::Topic(topic) => write!(f, "topic `{topic}`"),
            Self::Priors => f.write_str("the priors"),
            Self::Rule(rule) => write!(f, "rule `{rule}`"),
            Self::Inhibition(rule) => write!(f, "inhibition `{rule}`"),
            Self::Digest(rule) => write!(f, "digest `{rule}`"),
            Self::Channel(channel) => write!(f, "channel `{channel}`"),
        }
    }
}

impl<'p> Lint<'p> {
    fn report(&mut self, code: FindingCode, place: &Place, message: impl Into<String>) {
        self.report_with(code, place, message, None);
    }

    /// With a way out.
    fn report_with(&mut self, code: FindingCode, place: &Place, message: impl Into<String>, hint: Option<String>) {
        let (path, message) = (place.to_string(), message.into());
        let finding = Finding { code, severity: code.severity(), path, line: None, column: None, message, hint };
        self.found.push((place.clone(), finding));
    }

    /// All settings with their places: the defaults, each purpose, each rule.
    fn settings(&self) -> Vec<(Subject, Place, &'p Settings)> {
        let policy = self.policy;
        let purposes = policy.purposes.iter().map(|(purpose, said)| {
            (Subject::Purpose(*purpose), Place::of("purposes").name(purpose).key("then"), &said.then)
        });
        let rules = policy
            .rules
            .iter()
            .enumerate()
            .map(|(at, rule)| (Subject::Rule(rule.name), Place::of("rules").at(at).key("then"), &rule.then));
        let defaults = (Subject::Defaults, Place::of("defaults"), &policy.defaults);
        std::iter::once(defaults).chain(purposes).chain(rules).collect()
    }

    fn channels(&mut self) {
        if self.kinds.len() > MOST_KINDS {
            let message = format!("{} kinds are registered, at most {MOST_KINDS} can be", self.kinds.len());
            self.report(FindingCode::TooManyKinds, &Place::of("channels"), message);
        }
        let mut seen = std::collections::BTreeSet::new();
        for (at, channel) in self.channels.clone().into_iter().enumerate() {
            let place = Place::of("channels").at(at);
            if !seen.insert(channel.id) {
                self.report(FindingCode::DuplicateChannel, &place, format!("two channels are named `{}`", channel.id));
            }
            if channel.open.as_ref().is_some_and(|open| open.windows.is_empty()) {
                let message = format!("{} has hours, but no window in which it is open", Subject::Channel(channel.id));
                let hint = "leave `open` out for a channel that is always there".to_owned();
                self.report_with(FindingCode::NeverOpens, &place.key("open"), message, Some(hint));
            }
            self.prices(channel, &place);
        }
    }

    /// What each part of the document says, by itself.
    fn document(&mut self) {
        for (subject, place, settings) in self.settings() {
            self.settings_of(subject, &place, settings);
        }
        self.demands();
        self.cap_names();
        self.purposes();
        self.topics();
        self.priors();
        self.between();
    }

    /// Puts the findings in order and says where they are.
    fn finish(mut self) -> Vec<Finding> {
        let at = self.policy.source.locate(self.found.iter().map(|(place, _)| place));
        for ((_, finding), at) in self.found.iter_mut().zip(at) {
            // A channel stands in another document.
            if let Some((line, column)) = at.filter(|_| !finding.path.starts_with("channels")) {
                (finding.line, finding.column) = (Some(line), Some(column));
            }
        }
        self.found.sort_by(|(a_place, a), (b_place, b)| {
            let key =
                |finding: &Finding, place: &Place| (finding.severity, finding.line, finding.column, section(place));
            key(a, a_place).cmp(&key(b, b_place)).then_with(|| (a_place, a.code).cmp(&(b_place, b.code)))
        });
        self.found.into_iter().map(|(_, finding)| finding).collect()
    }
}

/// The sections in the order in which a policy is written out, for policies without a text.
fn section(place: &Place) -> usize {
    const SECTIONS: [&str; 7] = ["channels", "defaults", "purposes", "topics", "priors", "rules", "inhibit"];
    match place.parts().first() {
        Some(Part::Key(key)) => SECTIONS.iter().position(|section| section == key).unwrap_or(SECTIONS.len()),
        _ => 0,
    }
}
