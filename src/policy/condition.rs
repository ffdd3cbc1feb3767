//! Conditions: when a rule applies. Typed and finite, so that a policy can be linted and checked exhaustively.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{Deserialize, Serialize, de};

use crate::{
    country::Country,
    id::{AttributeId, Segment, Stage, Tag, TenantId, TopicId},
    locale::Locale,
    profile::AttributeValue,
    purpose::{Purpose, Urgency},
    unique,
};

/// When a rule applies: everything that is said must hold; a list holds where one of its members does.
///
/// | field | holds where |
/// | --- | --- |
/// | `topic`, `purpose` | the message's is among them |
/// | `urgency` | the message's is this or higher |
/// | `tag` | the message has one of them |
/// | `segment` | the customer is in one of them |
/// | `stage`, `country`, `tenant` | the customer's is among them |
/// | `locale` | the customer's first language is one of them or more special (`es` holds for `es-MX`) |
/// | `attribute` | every comparison holds; one with an attribute that is not on file never does |
/// | `any`, `all` | one, every of the conditions inside holds |
/// | `not` | the condition inside, taken as a whole, does not hold |
///
/// A condition that says nothing always holds.
///
/// ```
/// use waypost::{Purpose, policy::When};
///
/// let when: When = toml::from_str(r#"
/// topic = ["coupon", "sale"]
/// segment = "student"
/// attribute = { age = { ge = 18, lt = 26 } }
/// not = { country = "DE" }
/// "#)?;
/// assert_eq!(when.topic.as_ref().map(Vec::len), Some(2));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct When {
    /// What the message is about.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Option::is_none")]
    pub topic: Option<Vec<TopicId>>,
    /// Why it is sent.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Vec<Purpose>>,
    /// This pressing or more. Never inside `not`, and a rule that asks it may not restrict: raising urgency removes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// The sender's labels.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Option::is_none")]
    pub tag: Option<Vec<Tag>>,
    /// The customer's groups.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Option::is_none")]
    pub segment: Option<Vec<Segment>>,
    /// Where the customer stands in the relationship.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Option::is_none")]
    pub stage: Option<Vec<Stage>>,
    /// The customer's first language.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Option::is_none")]
    pub locale: Option<Vec<Locale>>,
    /// The customer's country.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Option::is_none")]
    pub country: Option<Vec<Country>>,
    /// The customer's tenant or brand.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Vec<TenantId>>,
    /// Comparisons with the customer's attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique::map")]
    pub attribute: BTreeMap<AttributeId, Compare>,
    /// One of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<When>>,
    /// Every one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Vec<When>>,
    /// Not this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<When>>,
}

impl When {
    /// Always.
    pub fn always() -> Self {
        Self::default()
    }

    /// The message is about one of these.
    pub fn topic(topics: impl IntoIterator<Item = TopicId>) -> Self {
        Self { topic: Some(topics.into_iter().collect()), ..Self::default() }
    }

    /// The message is sent for one of these.
    pub fn purpose(purposes: impl IntoIterator<Item = Purpose>) -> Self {
        Self { purpose: Some(purposes.into_iter().collect()), ..Self::default() }
    }

    /// Whether urgency is asked anywhere inside.
    pub(crate) fn asks_urgency(&self) -> bool {
        self.urgency.is_some() || self.parts().any(Self::asks_urgency)
    }

    /// The conditions directly inside.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        let any = self.any.iter().flatten();
        any.chain(self.all.iter().flatten()).chain(self.not.as_deref())
    }

    /// How deep conditions are nested inside this one.
    pub(crate) fn depth(&self) -> usize {
        self.parts().map(Self::depth).max().map_or(0, |deepest| deepest + 1)
    }
}

/// A comparison with an attribute; in documents a plain value is `eq`. Everything that is said must hold.
///
/// Values of different types are never equal and never ordered, so `ne` holds between them and `lt` does not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Compare {
    /// Equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eq: Option<AttributeValue>,
    /// Not equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ne: Option<AttributeValue>,
    /// Less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lt: Option<AttributeValue>,
    /// Less or equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub le: Option<AttributeValue>,
    /// Greater.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gt: Option<AttributeValue>,
    /// Greater or equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ge: Option<AttributeValue>,
    /// Equal to one of these.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub among: Option<Vec<AttributeValue>>,
}

impl Compare {
    /// Equal to this.
    pub fn eq(value: impl Into<AttributeValue>) -> Self {
        Self { eq: Some(value.into()), ..Self::default() }
    }

    /// Whether all that is said holds of this value.
    pub fn holds(&self, value: &AttributeValue) -> bool {
        let ordered = |bound: &Option<AttributeValue>, holds: fn(std::cmp::Ordering) -> bool| {
            bound.as_ref().is_none_or(|bound| value.compare(bound).is_some_and(holds))
        };
        self.eq.as_ref().is_none_or(|wanted| value == wanted)
            && self.ne.as_ref().is_none_or(|unwanted| value != unwanted)
            && ordered(&self.lt, |order| order.is_lt())
            && ordered(&self.le, |order| order.is_le())
            && ordered(&self.gt, |order| order.is_gt())
            && ordered(&self.ge, |order| order.is_ge())
            && self.among.as_ref().is_none_or(|wanted| wanted.contains(value))
    }

    /// Every value that the comparison names.
    pub(crate) fn values(&self) -> impl Iterator<Item = &AttributeValue> {
        let bounds = [&self.eq, &self.ne, &self.lt, &self.le, &self.gt, &self.ge];
        bounds.into_iter().flatten().chain(self.among.iter().flatten())
    }
}

impl<'de> Deserialize<'de> for Compare {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Wire {
            eq: Option<AttributeValue>,
            ne: Option<AttributeValue>,
            lt: Option<AttributeValue>,
            le: Option<AttributeValue>,
            gt: Option<AttributeValue>,
            ge: Option<AttributeValue>,
            #[serde(rename = "in")]
            among: Option<Vec<AttributeValue>>,
        }

        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Compare;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or a table of `eq`, `ne`, `lt`, `le`, `gt`, `ge` and `in`")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Compare, E> {
                Ok(Compare::eq(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Compare, E> {
                Ok(Compare::eq(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Compare, E> {
                i64::try_from(value).map(Compare::eq).map_err(|_| E::custom("a number of at most 63 bits was expected"))
            }

            fn visit_str<E>(self, value: &str) -> Result<Compare, E> {
                Ok(Compare::eq(value))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Compare, A::Error> {
                let Wire { eq, ne, lt, le, gt, ge, among } =
                    Wire::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Compare { eq, ne, lt, le, gt, ge, among })
            }
        }

        from.deserialize_any(Visitor)
    }
}

/// Reads one member or a list of them.
fn one_or_many<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Vec<T>>, D::Error> {
    struct Visitor<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("one name or a list of names")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
            T::deserialize(de::value::StrDeserializer::new(text)).map(|one| vec![one])
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
            Vec::deserialize(de::value::SeqAccessDeserializer::new(list))
        }
    }

    from.deserialize_any(Visitor(PhantomData)).map(Some)
}
