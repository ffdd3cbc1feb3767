//! Apple Push Notification service: the payload, and the headers of its request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    content::{
        Field, InterruptionLevel,
        payload::{
            Compose, Headings, Native, Support,
            document::documents,
            notification::{self, numbered, options},
            parts::{self, Parts},
        },
        piece::Piece,
        setting::Setting,
    },
    purpose::Urgency,
};

documents! {
    /// A notification for Apple's devices: the body of the request, with its headers beside it.
    ///
    /// Of the headers, `apns-topic` and `apns-id` are the transport's, as is the device token. Beside `aps` stand the
    /// author's data and, under these names: `link`, where a touch leads (further links are `link_2`, …), `label`, what
    /// stands on the link (`label_2`, …), and `image`, the picture for the app's service extension to fetch.
    ///
    /// ```
    /// use waypost::content::payload::Apns;
    ///
    /// let payload: Apns = serde_json::from_str(r#"{"aps": {"alert": {"title": "Game on"}}, "game": "12"}"#)?;
    /// assert_eq!(payload.data["game"], "12");
    /// assert_eq!(serde_json::to_string(&payload)?, r#"{"aps":{"alert":{"title":"Game on"}},"game":"12"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Default)]
    pub struct Apns {
        /// What the system reads.
        pub aps: Aps,
        /// What the app reads, beside `aps`.
        #[serde(flatten)]
        pub data: BTreeMap<String, String>,
        /// The headers of the request; they are not in the JSON.
        #[serde(skip)]
        pub headers: ApnsHeaders,
    }

    /// What the system reads of a notification.
    #[derive(Default)]
    #[wire(rename_all = "kebab-case", deny_unknown_fields)]
    pub struct Aps {
        /// The words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub alert: Option<ApsAlert>,
        /// The number on the app's sign; 0 takes it away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub badge: Option<u32>,
        /// The sound, by its name in the app.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub sound: Option<String>,
        /// The conversation with which it is grouped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub thread_id: Option<String>,
        /// The kind of notification, by which the app shows its buttons.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub category: Option<String>,
        /// 1 to wake the app without showing anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub content_available: Option<u8>,
        /// 1 where the app's service extension may change it before it is shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub mutable_content: Option<u8>,
        /// The window that is brought forward.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub target_content_id: Option<String>,
        /// How far it breaks in; nothing is [`Active`](InterruptionLevel::Active).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub interruption_level: Option<InterruptionLevel>,
        /// Its weight among others of the app, from 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub relevance_score: Option<f64>,
    }

    /// The words of a notification.
    #[derive(Default, Eq)]
    #[wire(deny_unknown_fields)]
    pub struct ApsAlert {
        /// The title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub title: Option<String>,
        /// The line below it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub subtitle: Option<String>,
        /// What it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub body: Option<String>,
    }
}

/// What kind of notification APNs is told it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApnsPushType {
    /// One that is shown, or makes a sound.
    #[default]
    Alert,
    /// One that only wakes the app.
    Background,
}

/// The headers of a request to APNs, as far as the message decides them.
///
/// ```
/// use waypost::content::payload::apns::ApnsHeaders;
///
/// let headers: Vec<_> = ApnsHeaders::default().pairs().collect();
/// assert_eq!(headers, [("apns-push-type", "alert".to_owned()), ("apns-priority", "10".to_owned())]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApnsHeaders {
    /// What kind of notification it is.
    pub push_type: ApnsPushType,
    /// 10 for at once, 5 for when it suits the battery, 1 for never waking the device.
    pub priority: u8,
    /// Until when it is kept for a device that is away, in seconds since 1970; 0 is one try.
    pub expiration: Option<u64>,
    /// The name by which a later notification replaces it, at most 64 bytes; a longer one, or one with other signs than
    /// letters and digits of ASCII, `-` and `_`, is its beginning and a digest of it.
    pub collapse_id: Option<String>,
}

impl Default for ApnsHeaders {
    fn default() -> Self {
        Self { push_type: ApnsPushType::Alert, priority: 10, expiration: None, collapse_id: None }
    }
}

impl ApnsHeaders {
    /// The headers by name, ready for the request.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let push_type = match self.push_type {
            ApnsPushType::Alert => "alert",
            ApnsPushType::Background => "background",
        };
        [
            ("apns-push-type", Some(push_type.to_owned())),
            ("apns-priority", Some(self.priority.to_string())),
            ("apns-expiration", self.expiration.map(|until| until.to_string())),
            ("apns-collapse-id", self.collapse_id.clone()),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
    }

    pub(super) fn of(setting: &Setting<'_>) -> Self {
        // Apple keeps a name of at most this many bytes.
        const COLLAPSE_ID: usize = 64;
        let kept = notification::ttl(setting).map(|ttl| setting.at.timestamp().saturating_add(i64::from(ttl)));
        Self {
            push_type: ApnsPushType::Alert,
            priority: if setting.urgency.level() < Urgency::Normal.level() { 5 } else { 10 },
            expiration: kept.map(|until| u64::try_from(until).unwrap_or(0)),
            collapse_id: notification::collapse(setting).map(|name| notification::short_name(name, COLLAPSE_ID)),
        }
    }
}

impl Aps {
    /// What the author says beyond the words.
    pub(super) fn of(setting: &Setting<'_>, has_picture: bool) -> Self {
        let options = options(setting);
        let level = notification::interruption(setting);
        Self {
            alert: None,
            badge: options.badge,
            sound: options.sound.clone(),
            thread_id: options.thread_id.clone(),
            category: options.category.clone(),
            content_available: None,
            mutable_content: (options.mutable_content || has_picture).then_some(1),
            target_content_id: None,
            interruption_level: (level != InterruptionLevel::Active).then_some(level),
            relevance_score: options.relevance_permille.map(|weight| f64::from(weight.min(1_000)) / 1_000.0),
        }
    }
}

/// The author's data and the links, by the names under which the app finds them.
pub(super) fn data(parts: &Parts<'_>, setting: &Setting<'_>) -> BTreeMap<String, String> {
    let carried = options(setting).carried(setting.is_shed);
    let mut data: BTreeMap<_, _> = carried.map(|(name, value)| (name.clone(), value.clone())).collect();
    for (place, link) in parts.links.iter().enumerate() {
        data.insert(numbered("link", place), link.url.to_owned());
        // A touch on the notification itself needs no words; a further link is nothing without.
        if link.has_words() && !(setting.is_shed && place == 0) {
            data.insert(numbered("label", place), link.label.to_owned());
        }
    }
    data
}

impl Compose for Apns {
    const NATIVE: Native = Native {
        headings: Headings::Two,
        lists: false,
        links: Support::Always,
        replies: Support::Never,
        media: Support::IfCapable,
        one_picture: true,
        sheds: true,
    };

    fn compose(pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self {
        let parts = notification::parts(pieces, 2);
        let mut data = data(&parts, setting);
        if let Some(picture) = parts.picture {
            data.insert("image".to_owned(), picture.url.to_owned());
        }
        let alert = ApsAlert {
            title: parts.headings.first().map(|&title| title.to_owned()),
            subtitle: parts.headings.get(1).map(|&subtitle| subtitle.to_owned()),
            body: (!parts.body.is_empty()).then_some(parts.body),
        };
        Self {
            aps: Aps { alert: Some(alert), ..Aps::of(setting, parts.picture.is_some()) },
            data,
            headers: ApnsHeaders::of(setting),
        }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        let Some(alert) = &self.aps.alert else { return };
        let fields = [(Field::Title, &alert.title), (Field::Subtitle, &alert.subtitle), (Field::Body, &alert.body)];
        parts::see(fields, see);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, Unit, payload::samples};

    samples::property!(Apns);

    #[test]
    fn words_only() {
        samples::check::<Apns>(
            &samples::notification(),
            &samples::setting(&Content::default()),
            &expect![[r#"
            {
              "aps": {
                "alert": {
                  "title": "Your parcel",
                  "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nLater: LATER\nReply STOP to opt out"
                },
                "mutable-content": 1
              },
              "image": "https://shop.example/p.jpg",
              "label": "Track",
              "link": "https://shop.example/t/4711?a=1&b=2"
            }"#]],
        );
    }

    #[test]
    fn with_everything() {
        samples::check::<Apns>(
            &samples::notification(),
            &samples::pressing(&samples::options()),
            &expect![[r#"
            {
              "aps": {
                "alert": {
                  "title": "Your parcel",
                  "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nLater: LATER\nReply STOP to opt out"
                },
                "badge": 2,
                "sound": "default",
                "thread-id": "orders",
                "category": "ORDER",
                "mutable-content": 1,
                "interruption-level": "time-sensitive",
                "relevance-score": 0.75
              },
              "campaign": "spring",
              "image": "https://shop.example/p.jpg",
              "label": "Track",
              "link": "https://shop.example/t/4711?a=1&b=2",
              "order": "A-1"
            }"#]],
        );
    }

    #[test]
    fn shed() {
        let content = samples::options();
        let setting = Setting { is_shed: true, ..samples::pressing(&content) };
        samples::check::<Apns>(
            &samples::notification(),
            &setting,
            &expect![[r#"
            {
              "aps": {
                "alert": {
                  "title": "Your parcel",
                  "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nLater: LATER\nReply STOP to opt out"
                },
                "badge": 2,
                "sound": "default",
                "thread-id": "orders",
                "category": "ORDER",
                "mutable-content": 1,
                "interruption-level": "time-sensitive",
                "relevance-score": 0.75
              },
              "image": "https://shop.example/p.jpg",
              "link": "https://shop.example/t/4711?a=1&b=2",
              "order": "A-1"
            }"#]],
        );
    }

    #[test]
    fn headers() {
        let content = samples::options();
        let payload = Apns::compose(&samples::notification(), &samples::pressing(&content));
        expect![[r#"
            ApnsHeaders {
                push_type: Alert,
                priority: 10,
                expiration: Some(
                    1795266000,
                ),
                collapse_id: Some(
                    "orderA-1-eee71f727fbd2e3e",
                ),
            }
        "#]]
        .assert_debug_eq(&payload.headers);
    }

    #[test]
    fn fields() {
        let payload = Apns::compose(&samples::notification(), &samples::setting(&Content::default()));
        samples::measures(&payload, &[(Field::Title, Unit::CodePoints, 11), (Field::Body, Unit::Lines, 6)]);
    }
}
