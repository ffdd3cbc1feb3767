//! Web Push: what the service worker hands to the Notifications API, and the headers of RFC 8030.

use std::collections::BTreeMap;

use crate::{
    codes::codes,
    content::{
        Field, InterruptionLevel, Unit,
        payload::{
            Compose, Headings, Native, Support,
            document::documents,
            notification::{self, LONGEST, numbered, options},
            parts::{self, count},
        },
        piece::Piece,
        setting::Setting,
    },
};

documents! {
    /// The plain text of a push message: a title, and the options of `showNotification`, whose names these are.
    ///
    /// The service worker opens `data[event.action || "link"]`: a touch on the notification leads to the datum `link`,
    /// one on a button to the datum of the name of its action. The transport encrypts it (RFC 8291).
    ///
    /// ```
    /// use waypost::content::payload::WebPush;
    ///
    /// let text = r#"{"title":"Game on","body":"Five of them","data":{"link":"https://example.com/"}}"#;
    /// let payload: WebPush = serde_json::from_str(text)?;
    /// assert_eq!(serde_json::to_string(&payload)?, text);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Default, Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WebPush {
        /// The title.
        pub title: String,
        /// What it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub body: Option<String>,
        /// Where the sign beside it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub icon: Option<String>,
        /// Where the picture is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub image: Option<String>,
        /// The buttons.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub actions: Vec<WebPushAction>,
        /// What the service worker reads.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub data: BTreeMap<String, String>,
        /// The name by which a later notification replaces one that is shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tag: Option<String>,
        /// The language of the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub lang: Option<String>,
        /// The direction of the words: `ltr`, `rtl` or `auto`, which nothing is as well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub dir: Option<String>,
        /// Whether it comes without sound and vibration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub silent: Option<bool>,
        /// The headers of the request; they are not in the JSON.
        #[serde(skip)]
        pub headers: WebPushHeaders,
    }

    /// A button of a notification in a browser.
    #[derive(Eq)]
    #[wire(deny_unknown_fields)]
    pub struct WebPushAction {
        /// The name of the datum to which it leads.
        pub action: String,
        /// What stands on it.
        pub title: String,
    }
}

codes! {
    /// How pressing a push message is to the push service (RFC 8030, section 5.3).
    closed WebPushUrgency, "urgency of a push message" {
        /// On power and Wi-Fi.
        VeryLow = "very-low",
        /// On either power or Wi-Fi.
        Low = "low",
        /// On neither.
        Normal = "normal",
        /// On a low battery as well.
        High = "high",
    }
}

/// The headers of a push message, as far as the message decides them.
///
/// ```
/// use waypost::content::payload::web_push::WebPushHeaders;
///
/// let headers: Vec<_> = WebPushHeaders::default().pairs().collect();
/// assert_eq!(headers, [("TTL", "2419200".to_owned()), ("Urgency", "normal".to_owned())]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebPushHeaders {
    /// For how many seconds it is kept for a browser that is away; four weeks where nobody says.
    pub ttl: u32,
    /// How pressing it is.
    pub urgency: WebPushUrgency,
    /// The name by which a later message replaces one that was not delivered yet: at most 32 signs of URL-safe base64
    /// (RFC 8030, section 5.4). A longer one, or one with other signs, is its beginning and a digest of it.
    pub topic: Option<String>,
}

impl Default for WebPushHeaders {
    fn default() -> Self {
        Self { ttl: LONGEST, urgency: WebPushUrgency::Normal, topic: None }
    }
}

impl WebPushHeaders {
    /// The headers by name, ready for the request.
    pub fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let always = [("TTL", self.ttl.to_string()), ("Urgency", self.urgency.code().to_owned())];
        always.into_iter().chain(self.topic.clone().map(|topic| ("Topic", topic)))
    }

    fn of(setting: &Setting<'_>) -> Self {
        // RFC 8030, section 5.4.
        const TOPIC: usize = 32;
        let urgency = match setting.urgency.level() {
            0 => WebPushUrgency::Low,
            1 => WebPushUrgency::Normal,
            _ => WebPushUrgency::High,
        };
        Self {
            ttl: notification::ttl(setting).unwrap_or(LONGEST),
            urgency,
            topic: notification::collapse(setting).map(|name| notification::short_name(name, TOPIC)),
        }
    }
}

impl Compose for WebPush {
    const NATIVE: Native = Native {
        headings: Headings::First,
        lists: false,
        links: Support::Always,
        replies: Support::Never,
        media: Support::IfCapable,
        one_picture: true,
        sheds: true,
    };

    fn compose(pieces: &[Piece<'_>], setting: &Setting<'_>) -> Self {
        let parts = notification::parts(pieces, 1);
        let carried = options(setting).carried(setting.is_shed);
        let mut data: BTreeMap<_, _> = carried.map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut actions = Vec::new();
        for (place, link) in parts.links.iter().enumerate() {
            let action = numbered("link", place);
            // A touch on the notification itself leads to the first link without a button.
            if link.has_words() && !(setting.is_shed && place == 0) {
                actions.push(WebPushAction { action: action.clone(), title: link.label.to_owned() });
            }
            data.insert(action, link.url.to_owned());
        }
        let is_quiet = notification::interruption(setting) == InterruptionLevel::Passive;
        Self {
            title: parts.headings.first().map(|&title| title.to_owned()).unwrap_or_default(),
            body: (!parts.body.is_empty()).then_some(parts.body),
            icon: None,
            image: parts.picture.map(|picture| picture.url.to_owned()),
            actions,
            data,
            tag: notification::collapse(setting).map(str::to_owned),
            lang: setting.locale.map(|locale| locale.as_str().to_owned()),
            dir: None,
            silent: is_quiet.then_some(true),
            headers: WebPushHeaders::of(setting),
        }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        see(Field::Title, &self.title);
        parts::see([(Field::Body, &self.body)], see);
        for action in &self.actions {
            see(Field::Button, &action.title);
        }
    }

    fn counted(&self, field: Field, unit: Unit) -> Option<u32> {
        (field == Field::Button && unit == Unit::Items).then(|| count(self.actions.len()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, payload::samples};

    samples::property!(WebPush);

    #[test]
    fn words_only() {
        samples::check::<WebPush>(
            &samples::notification(),
            &samples::setting(&Content::default()),
            &expect![[r#"
            {
              "title": "Your parcel",
              "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nLater: LATER\nReply STOP to opt out",
              "image": "https://shop.example/p.jpg",
              "actions": [
                {
                  "action": "link",
                  "title": "Track"
                }
              ],
              "data": {
                "link": "https://shop.example/t/4711?a=1&b=2"
              },
              "lang": "es-MX"
            }"#]],
        );
    }

    #[test]
    fn with_everything() {
        samples::check::<WebPush>(
            &samples::notification(),
            &samples::pressing(&samples::options()),
            &expect![[r#"
            {
              "title": "Your parcel",
              "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nLater: LATER\nReply STOP to opt out",
              "image": "https://shop.example/p.jpg",
              "actions": [
                {
                  "action": "link",
                  "title": "Track"
                }
              ],
              "data": {
                "campaign": "spring",
                "link": "https://shop.example/t/4711?a=1&b=2",
                "order": "A-1"
              },
              "tag": "order A-1",
              "lang": "es-MX"
            }"#]],
        );
    }

    #[test]
    fn shed() {
        let content = samples::options();
        let setting = Setting { is_shed: true, ..samples::pressing(&content) };
        samples::check::<WebPush>(
            &samples::notification(),
            &setting,
            &expect![[r#"
            {
              "title": "Your parcel",
              "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nLater: LATER\nReply STOP to opt out",
              "image": "https://shop.example/p.jpg",
              "data": {
                "link": "https://shop.example/t/4711?a=1&b=2",
                "order": "A-1"
              },
              "tag": "order A-1",
              "lang": "es-MX"
            }"#]],
        );
    }

    #[test]
    fn headers() {
        let content = samples::options();
        let payload = WebPush::compose(&samples::notification(), &samples::pressing(&content));
        expect![[r#"
            WebPushHeaders {
                ttl: 3600,
                urgency: High,
                topic: Some(
                    "orderA-1-eee71f727fbd2e3e",
                ),
            }
        "#]]
        .assert_debug_eq(&payload.headers);
    }

    #[test]
    fn fields() {
        let payload = WebPush::compose(&samples::notification(), &samples::setting(&Content::default()));
        samples::measures(&payload, &[(Field::Title, Unit::CodePoints, 11), (Field::Body, Unit::Lines, 6)]);
    }
}
