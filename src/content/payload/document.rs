//! Types of a provider's document: written as the provider says, read discreetly, shown without their words.

/// Defines the types of a provider's document, structs of named fields and enums of newtypes.
///
/// What stands in `wire(…)` is for serde, and goes to the private mirror that reads as well; see
/// [`discreet`](crate::discreet) for why reading has one. `Debug` shows the name and the length as JSON.
macro_rules! documents {
    () => {};
    (
        $(#[doc = $doc:literal])+
        $(#[derive($($derive:path),+)])?
        $(#[wire($($wire:tt)*)])?
        pub struct $name:ident {
            $($(#[doc = $fdoc:literal])+ $(#[serde($($fserde:tt)*)])? pub $field:ident: $type:ty,)*
        }
        $($rest:tt)*
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, ::serde::Serialize $($(, $derive)+)?)]
        $(#[serde($($wire)*)])?
        #[non_exhaustive]
        pub struct $name {
            $($(#[doc = $fdoc])+ $(#[serde($($fserde)*)])? pub $field: $type,)*
        }

        const _: () = {
            #[derive(::serde::Deserialize)]
            $(#[serde($($wire)*)])?
            struct Mirror {
                $($(#[serde($($fserde)*)])? $field: $type,)*
            }

            impl<'de> ::serde::Deserialize<'de> for $name {
                fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let read: Mirror = $crate::discreet::read(from)?;
                    Ok(Self { $($field: read.$field,)* })
                }
            }
        };

        $crate::content::payload::document::wordless!($name);
        $crate::content::payload::document::documents! { $($rest)* }
    };
    (
        $(#[doc = $doc:literal])+
        $(#[derive($($derive:path),+)])?
        $(#[wire($($wire:tt)*)])?
        pub enum $name:ident {
            $($(#[doc = $vdoc:literal])+ $(#[serde($($vserde:tt)*)])? $variant:ident($type:ty),)+
        }
        $($rest:tt)*
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, ::serde::Serialize $($(, $derive)+)?)]
        $(#[serde($($wire)*)])?
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $vdoc])+ $(#[serde($($vserde)*)])? $variant($type),)+
        }

        const _: () = {
            #[derive(::serde::Deserialize)]
            $(#[serde($($wire)*)])?
            enum Mirror {
                $($(#[serde($($vserde)*)])? $variant($type),)+
            }

            impl<'de> ::serde::Deserialize<'de> for $name {
                fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    Ok(match $crate::discreet::read(from)? {
                        $(Mirror::$variant(read) => Self::$variant(read),)+
                    })
                }
            }
        };

        $crate::content::payload::document::wordless!($name);
        $crate::content::payload::document::documents! { $($rest)* }
    };
}
pub(crate) use documents;

/// Shows a document by its name and its length as JSON.
macro_rules! wordless {
    ($name:ident) => {
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let length = $crate::content::measure::json::length(self);
                write!(f, concat!(stringify!($name), "({} bytes of JSON)"), length)
            }
        }
    };
}
pub(crate) use wordless;

/// Defines words that a document always says, as a type: what a provider calls a constant.
macro_rules! constants {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(expecting = $code)]
        pub enum $name {
            /// The one it can be.
            #[default]
            #[serde(rename = $code)]
            Only,
        }
    )+};
}
pub(crate) use constants;
