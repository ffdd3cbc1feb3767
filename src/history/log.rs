//! The compact history: names once, sends as small numbers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de};

use crate::{
    discreet,
    id::{ChannelId, EndpointId, Tag, TenantId, TopicId},
    kind::ChannelKind,
    purpose::Purpose,
    version::Version,
};

use super::{
    History, SendScope, Sent,
    sent::{may_be, share_one},
};

/// The past sends of one customer, kept small: every distinct name once, every send as an instant and a few numbers.
///
/// It keeps whole sends rather than counters, so it answers any scope, also that of a cap which the policy gets later,
/// and a local date in any zone. [`RouterConfig::trim`](crate::RouterConfig::trim) drops what no cap can count any
/// more; without that it grows for ever.
///
/// # Size
///
/// 24 bytes a send in memory, and each distinct name once at 32 bytes (an endpoint at 40). Measured with 20 sends of a
/// month on 3 channels about 6 topics under 4 tags: 1,526 bytes in memory against 5,464 as a list of [`Sent`], and 853
/// bytes against 2,746 as JSON, names included. `cargo test the_size_of_a_log -- --nocapture` prints it.
///
/// # Limits
///
/// Instants are exact to the nanosecond. A send before 1970 or after 2106, or with the 65,537th name of its kind, is
/// kept as it is, at the price of a [`Sent`].
///
/// ```
/// use waypost::{ChannelId, ChannelKind, History, Purpose, SendScope, Sent, SentLog, TopicId};
///
/// let (mail, coupon) = (ChannelId::literal("mail"), TopicId::literal("coupon"));
/// let mut log = SentLog::default();
/// for at in ["2026-11-20T17:00:00Z", "2026-11-14T17:00:00Z"] {
///     log.record(&Sent::new(at.parse()?, mail, ChannelKind::EMAIL, Purpose::Marketing, coupon));
/// }
/// let mut scope = SendScope::default();
/// scope.topic = Some(coupon);
/// let mut counted = 0;
/// log.visit(&scope, Some("2026-11-14T17:00:00Z".parse()?), &mut |_| counted += 1);
/// assert_eq!(counted, 1); // the older one is not after that instant
///
/// let stored = serde_json::to_string(&log)?;
/// assert_eq!(serde_json::from_str::<SentLog>(&stored)?, log);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SentLog {
    names: Names,
    // INVARIANT: by instant, and every number has a name.
    short: Vec<Short>,
    // INVARIANT: by instant.
    whole: Vec<Sent>,
}

/// Every distinct name, in the order of its first use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    channels: Vec<ChannelId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kinds: Vec<ChannelKind>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    endpoints: Vec<Option<EndpointId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    purposes: Vec<Purpose>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    topics: Vec<TopicId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Vec<Tag>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    brands: Vec<Option<TenantId>>,
}

/// A send in numbers: when, and which of the names.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Short {
    second: u32,
    nanosecond: u32,
    channel: u16,
    kind: u16,
    endpoint: u16,
    purpose: u16,
    topic: u16,
    tags: u16,
    brand: u16,
    counts: bool,
}

/// The number of a name, which gets one if it has none; `None` where numbers have run out.
fn number<T: PartialEq + Clone>(names: &mut Vec<T>, name: &T) -> Option<u16> {
    let at = names.iter().position(|known| known == name).unwrap_or(names.len());
    let number = u16::try_from(at).ok()?;
    if at == names.len() {
        names.push(name.clone());
    }
    Some(number)
}

impl Names {
    fn shorten(&mut self, sent: &Sent) -> Option<Short> {
        Some(Short {
            second: u32::try_from(sent.at.timestamp()).ok()?,
            nanosecond: sent.at.timestamp_subsec_nanos(),
            channel: number(&mut self.channels, &sent.channel)?,
            kind: number(&mut self.kinds, &sent.kind)?,
            endpoint: number(&mut self.endpoints, &sent.endpoint)?,
            purpose: number(&mut self.purposes, &sent.purpose)?,
            topic: number(&mut self.topics, &sent.topic)?,
            tags: number(&mut self.tags, &sent.tags)?,
            brand: number(&mut self.brands, &sent.brand)?,
            counts: sent.counts_toward_caps,
        })
    }

    fn has(&self, short: &Short) -> bool {
        fn is<T>(names: &[T], number: u16) -> bool {
            usize::from(number) < names.len()
        }
        is(&self.channels, short.channel)
            && is(&self.kinds, short.kind)
            && is(&self.endpoints, short.endpoint)
            && is(&self.purposes, short.purpose)
            && is(&self.topics, short.topic)
            && is(&self.tags, short.tags)
            && is(&self.brands, short.brand)
    }

    fn write_out(&self, short: &Short) -> Sent {
        Sent {
            at: short.at(),
            channel: self.channels[usize::from(short.channel)],
            kind: self.kinds[usize::from(short.kind)],
            endpoint: self.endpoints[usize::from(short.endpoint)],
            purpose: self.purposes[usize::from(short.purpose)],
            topic: self.topics[usize::from(short.topic)],
            tags: self.tags[usize::from(short.tags)].clone(),
            brand: self.brands[usize::from(short.brand)],
            counts_toward_caps: short.counts,
        }
    }

    /// [`SendScope::covers`] of a send in numbers.
    fn cover(&self, asked: &Asked<'_>, short: &Short) -> bool {
        (asked.scope.uncounted || short.counts)
            && asked.kind.is_none_or(|kind| kind == short.kind)
            && asked.channel.is_none_or(|channel| channel == short.channel)
            && asked.topic.is_none_or(|topic| topic == short.topic)
            && asked.scope.purpose.is_none_or(|purpose| purpose.may_be(self.purposes[usize::from(short.purpose)]))
            && may_be(asked.scope.endpoint, self.endpoints[usize::from(short.endpoint)])
            && may_be(asked.scope.brand, self.brands[usize::from(short.brand)])
            && asked.scope.tags.is_none_or(|tags| share_one(tags, &self.tags[usize::from(short.tags)]))
    }
}

/// A scope with those of its names looked up that a send must have to the letter.
struct Asked<'a> {
    scope: &'a SendScope<'a>,
    channel: Option<u16>,
    kind: Option<u16>,
    topic: Option<u16>,
}

impl<'a> Asked<'a> {
    /// `None` where some name was never sent with.
    fn of(scope: &'a SendScope<'a>, names: &Names) -> Option<Self> {
        fn find<T: PartialEq>(name: Option<T>, names: &[T]) -> Option<Option<u16>> {
            match name {
                Some(name) => Some(Some(u16::try_from(names.iter().position(|known| *known == name)?).ok()?)),
                None => Some(None),
            }
        }
        Some(Self {
            scope,
            channel: find(scope.channel, &names.channels)?,
            kind: find(scope.kind, &names.kinds)?,
            topic: find(scope.topic, &names.topics)?,
        })
    }
}

impl Short {
    fn at(&self) -> DateTime<Utc> {
        // INVARIANT: every 32-bit second with a nanosecond of some instant is an instant.
        DateTime::from_timestamp(i64::from(self.second), self.nanosecond).unwrap_or_default()
    }
}

impl SentLog {
    /// Takes one send in, whatever its instant; sends may come in any order.
    pub fn record(&mut self, sent: &Sent) {
        match self.names.shorten(sent) {
            Some(short) => {
                let at = self.short.partition_point(|known| known.at() <= sent.at);
                self.short.insert(at, short);
            }
            None => {
                let at = self.whole.partition_point(|known| known.at <= sent.at);
                self.whole.insert(at, sent.clone());
            }
        }
    }

    /// Takes in what another log of this customer holds; a send that both hold is one.
    ///
    /// Two logs that began as one are put together again by it, in either order.
    pub fn merge(&mut self, other: &Self) {
        let mut mine: Vec<Sent> = self.iter().collect();
        mine.sort_by_key(|sent| sent.at);
        // Each of mine stands for one of theirs.
        let mut met = vec![false; mine.len()];
        for sent in other.iter() {
            let first = mine.partition_point(|known| known.at < sent.at);
            let there = mine[first..].iter().zip(&mut met[first..]).take_while(|(known, _)| known.at == sent.at);
            match there.into_iter().find(|(known, met)| !**met && **known == sent) {
                Some((_, met)) => *met = true,
                None => self.record(&sent),
            }
        }
    }

    /// Every send, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = Sent> {
        let short = self.short.iter().map(|short| self.names.write_out(short));
        short.chain(self.whole.iter().cloned())
    }

    /// How many sends it holds.
    pub fn len(&self) -> usize {
        self.short.len() + self.whole.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.short.is_empty() && self.whole.is_empty()
    }
}

impl History for SentLog {
    fn visit(&self, scope: &SendScope<'_>, after: Option<DateTime<Utc>>, visit: &mut dyn FnMut(DateTime<Utc>)) {
        if let Some(asked) = Asked::of(scope, &self.names) {
            let newest_first = self.short.iter().rev();
            newest_first
                .take_while(|short| after.is_none_or(|after| short.at() > after))
                .filter(|short| self.names.cover(&asked, short))
                .for_each(|short| visit(short.at()));
        }
        self.whole.visit(scope, after, visit);
    }
}

impl<'s> Extend<&'s Sent> for SentLog {
    fn extend<I: IntoIterator<Item = &'s Sent>>(&mut self, sends: I) {
        sends.into_iter().for_each(|sent| self.record(sent));
    }
}

impl<'s> FromIterator<&'s Sent> for SentLog {
    fn from_iter<I: IntoIterator<Item = &'s Sent>>(sends: I) -> Self {
        let mut log = Self::default();
        log.extend(sends);
        log
    }
}

/// The document, of which the sends are lists of numbers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    version: Version,
    #[serde(default)]
    names: Names,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sends: Vec<Row>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    whole: Vec<Sent>,
}

/// The numbers of a send in the order of [`Short`]; a ninth is the nanosecond, where it is not 0, and a tenth, which is
/// 0, says that the send does not count.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Row(Vec<u32>);

impl Row {
    fn of(short: &Short) -> Self {
        let Short { second, channel, kind, endpoint, purpose, topic, tags, brand, .. } = *short;
        let names = [channel, kind, endpoint, purpose, topic, tags, brand].map(u32::from);
        let mut row: Vec<u32> = std::iter::once(second).chain(names).collect();
        match (short.nanosecond, short.counts) {
            (0, true) => {}
            (nanosecond, true) => row.push(nanosecond),
            (nanosecond, false) => row.extend([nanosecond, 0]),
        }
        Self(row)
    }

    fn read(&self) -> Option<Short> {
        let (numbers, rest) = self.0.split_at_checked(8)?;
        let (nanosecond, counts) = match rest {
            [] => (0, true),
            [nanosecond] => (*nanosecond, true),
            [nanosecond, 0] => (*nanosecond, false),
            _ => return None,
        };
        let [second, channel, kind, endpoint, purpose, topic, tags, brand] = *<&[u32; 8]>::try_from(numbers).ok()?;
        DateTime::from_timestamp(i64::from(second), nanosecond)?;
        let number = |number: u32| u16::try_from(number).ok();
        Some(Short {
            second,
            nanosecond,
            channel: number(channel)?,
            kind: number(kind)?,
            endpoint: number(endpoint)?,
            purpose: number(purpose)?,
            topic: number(topic)?,
            tags: number(tags)?,
            brand: number(brand)?,
            counts,
        })
    }
}

impl Serialize for SentLog {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let sends = self.short.iter().map(Row::of).collect();
        let (names, whole) = (self.names.clone(), self.whole.clone());
        Document { version: Version::CURRENT, names, sends, whole }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for SentLog {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Document { names, sends, mut whole, .. } = discreet::read(from)?;
        let read = |row: &Row| row.read().filter(|short| names.has(short));
        let short: Option<Vec<_>> = sends.iter().map(read).collect();
        let Some(mut short) = short else {
            return Err(de::Error::custom("a send names an instant or a name that the log does not have"));
        };
        short.sort_by_key(Short::at);
        whole.sort_by_key(|sent| sent.at);
        Ok(Self { names, short, whole })
    }
}
