//! Firebase Cloud Messaging, HTTP v1.

use std::collections::BTreeMap;

use crate::{
    content::{
        Field,
        payload::{
            Compose, Headings, Native, Support,
            apns::{self, Apns, ApnsHeaders, Aps},
            document::documents,
            notification::{self, options},
            parts,
        },
        piece::Piece,
        setting::Setting,
    },
    purpose::Urgency,
};

documents! {
    /// A request to `messages:send`; the transport adds the `token`, `topic` or `condition` to the message.
    ///
    /// A touch leads to the datum `link`, which the app opens; further links are `link_2`, …, and what stands on them
    /// `label`, `label_2`, …
    ///
    /// ```
    /// use waypost::content::payload::Fcm;
    ///
    /// let request = r#"{"message":{"notification":{"title":"Game on"},"android":{"ttl":"60s"}}}"#;
    /// let payload: Fcm = serde_json::from_str(request)?;
    /// assert_eq!(serde_json::to_string(&payload)?, request);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[wire(deny_unknown_fields)]
    pub struct Fcm {
        /// The message.
        pub message: FcmMessage,
    }

    /// A message, without its addressee.
    #[derive(Default)]
    #[wire(deny_unknown_fields)]
    pub struct FcmMessage {
        /// What is shown on every platform.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub notification: Option<FcmNotification>,
        /// What the app reads.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub data: BTreeMap<String, String>,
        /// What holds on Android.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub android: Option<FcmAndroid>,
        /// What holds on Apple's devices.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub apns: Option<Box<FcmApns>>,
        /// What holds in browsers; never written here, for they have a dialect of their own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub webpush: Option<FcmWebpush>,
    }

    /// What is shown on every platform.
    #[derive(Default, Eq)]
    #[wire(deny_unknown_fields)]
    pub struct FcmNotification {
        /// The title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub title: Option<String>,
        /// What it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub body: Option<String>,
        /// Where the picture is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub image: Option<String>,
    }

    /// What holds on Android.
    #[derive(Default, Eq)]
    #[wire(deny_unknown_fields)]
    pub struct FcmAndroid {
        /// The name by which a later message replaces one that was not delivered yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub collapse_key: Option<String>,
        /// `NORMAL` or `HIGH`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub priority: Option<String>,
        /// For how long it is kept for a phone that is away: seconds, written as `60s`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub ttl: Option<String>,
        /// What is shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub notification: Option<FcmAndroidNotification>,
    }

    /// What is shown on Android, beyond what is shown everywhere.
    #[derive(Default, Eq)]
    #[wire(deny_unknown_fields)]
    pub struct FcmAndroidNotification {
        /// The name by which a later notification replaces one that is shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tag: Option<String>,
        /// The action of a touch, as the app's manifest names it; Android's word for a category.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub click_action: Option<String>,
        /// The sound, by its name in the app.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub sound: Option<String>,
        /// The number on the app's sign.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub notification_count: Option<u32>,
        /// Where the picture is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub image: Option<String>,
        /// The app's channel of notifications.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub channel_id: Option<String>,
    }

    /// What holds on Apple's devices: headers and payload of the request to APNs.
    #[derive(Default)]
    #[wire(deny_unknown_fields)]
    pub struct FcmApns {
        /// The headers.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub headers: BTreeMap<String, String>,
        /// The payload.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub payload: Option<Apns>,
    }

    /// What holds in browsers.
    #[derive(Default, Eq)]
    #[wire(deny_unknown_fields)]
    pub struct FcmWebpush {
        /// The headers of RFC 8030.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        pub headers: BTreeMap<String, String>,
        /// Options of FCM.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub fcm_options: Option<FcmWebpushOptions>,
    }

    /// Options of FCM for browsers.
    #[derive(Default, Eq)]
    #[wire(deny_unknown_fields)]
    pub struct FcmWebpushOptions {
        /// Where a touch leads; https.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub link: Option<String>,
    }
}

impl FcmAndroid {
    fn of(setting: &Setting<'_>) -> Self {
        let options = options(setting);
        let collapse = notification::collapse(setting);
        let shown = FcmAndroidNotification {
            tag: collapse.map(str::to_owned),
            click_action: options.category.clone(),
            sound: options.sound.clone(),
            notification_count: options.badge,
            ..FcmAndroidNotification::default()
        };
        let is_pressing = setting.urgency.level() > Urgency::Normal.level();
        Self {
            collapse_key: collapse.map(str::to_owned),
            priority: is_pressing.then(|| "HIGH".to_owned()),
            ttl: notification::ttl(setting).map(|ttl| format!("{ttl}s")),
            notification: (shown != FcmAndroidNotification::default()).then_some(shown),
        }
    }
}

impl FcmApns {
    /// What Apple's devices are told beyond the words, which FCM takes there itself.
    fn of(setting: &Setting<'_>, has_picture: bool) -> Self {
        let usual = ApnsHeaders::default();
        let headers = ApnsHeaders::of(setting).pairs().filter(|pair| !usual.pairs().any(|usual| usual == *pair));
        let aps = Aps::of(setting, has_picture);
        Self {
            headers: headers.map(|(name, value)| (name.to_owned(), value)).collect(),
            payload: (aps != Aps::default()).then(|| Apns { aps, ..Apns::default() }),
        }
    }
}

impl Compose for Fcm {
    const NATIVE: Native = Native {
        // FCM has no subtitle of its own, and the one of Apple would take title and words a second time.
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
        let data = apns::data(&parts, setting);
        let android = FcmAndroid::of(setting);
        let apns = FcmApns::of(setting, parts.picture.is_some());
        let shown = FcmNotification {
            title: parts.headings.first().map(|&title| title.to_owned()),
            body: (!parts.body.is_empty()).then_some(parts.body),
            image: parts.picture.map(|picture| picture.url.to_owned()),
        };
        Self {
            message: FcmMessage {
                notification: Some(shown),
                data,
                android: (android != FcmAndroid::default()).then_some(android),
                apns: (apns != FcmApns::default()).then(|| Box::new(apns)),
                webpush: None,
            },
        }
    }

    fn fields(&self, see: &mut dyn FnMut(Field, &str)) {
        let Some(shown) = &self.message.notification else { return };
        parts::see([(Field::Title, &shown.title), (Field::Body, &shown.body)], see);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::content::{Content, Unit, payload::samples};

    samples::property!(Fcm);

    #[test]
    fn words_only() {
        samples::check::<Fcm>(
            &samples::notification(),
            &samples::setting(&Content::default()),
            &expect![[r#"
            {
              "message": {
                "notification": {
                  "title": "Your parcel",
                  "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nLater: LATER\nReply STOP to opt out",
                  "image": "https://shop.example/p.jpg"
                },
                "data": {
                  "label": "Track",
                  "link": "https://shop.example/t/4711?a=1&b=2"
                },
                "apns": {
                  "payload": {
                    "aps": {
                      "mutable-content": 1
                    }
                  }
                }
              }
            }"#]],
        );
    }

    #[test]
    fn with_everything() {
        samples::check::<Fcm>(
            &samples::notification(),
            &samples::pressing(&samples::options()),
            &expect![[r#"
            {
              "message": {
                "notification": {
                  "title": "Your parcel",
                  "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nLater: LATER\nReply STOP to opt out",
                  "image": "https://shop.example/p.jpg"
                },
                "data": {
                  "campaign": "spring",
                  "label": "Track",
                  "link": "https://shop.example/t/4711?a=1&b=2",
                  "order": "A-1"
                },
                "android": {
                  "collapse_key": "order A-1",
                  "priority": "HIGH",
                  "ttl": "3600s",
                  "notification": {
                    "tag": "order A-1",
                    "click_action": "ORDER",
                    "sound": "default",
                    "notification_count": 2
                  }
                },
                "apns": {
                  "headers": {
                    "apns-collapse-id": "orderA-1-eee71f727fbd2e3e",
                    "apns-expiration": "1795266000"
                  },
                  "payload": {
                    "aps": {
                      "badge": 2,
                      "sound": "default",
                      "thread-id": "orders",
                      "category": "ORDER",
                      "mutable-content": 1,
                      "interruption-level": "time-sensitive",
                      "relevance-score": 0.75
                    }
                  }
                }
              }
            }"#]],
        );
    }

    #[test]
    fn shed() {
        let content = samples::options();
        let setting = Setting { is_shed: true, ..samples::pressing(&content) };
        samples::check::<Fcm>(
            &samples::notification(),
            &setting,
            &expect![[r#"
            {
              "message": {
                "notification": {
                  "title": "Your parcel",
                  "body": "It is on its way & arrives <today>.\n- 2 cups\n- 1 *pot*\n4711\nLater: LATER\nReply STOP to opt out",
                  "image": "https://shop.example/p.jpg"
                },
                "data": {
                  "link": "https://shop.example/t/4711?a=1&b=2",
                  "order": "A-1"
                },
                "android": {
                  "collapse_key": "order A-1",
                  "priority": "HIGH",
                  "ttl": "3600s",
                  "notification": {
                    "tag": "order A-1",
                    "click_action": "ORDER",
                    "sound": "default",
                    "notification_count": 2
                  }
                },
                "apns": {
                  "headers": {
                    "apns-collapse-id": "orderA-1-eee71f727fbd2e3e",
                    "apns-expiration": "1795266000"
                  },
                  "payload": {
                    "aps": {
                      "badge": 2,
                      "sound": "default",
                      "thread-id": "orders",
                      "category": "ORDER",
                      "mutable-content": 1,
                      "interruption-level": "time-sensitive",
                      "relevance-score": 0.75
                    }
                  }
                }
              }
            }"#]],
        );
    }

    #[test]
    fn fields() {
        let payload = Fcm::compose(&samples::notification(), &samples::setting(&Content::default()));
        samples::measures(&payload, &[(Field::Title, Unit::CodePoints, 11), (Field::Body, Unit::Lines, 6)]);
    }
}
