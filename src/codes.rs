//! Small vocabularies with stable codes: one list gives the enum, its codes, its text and its wire form.

/// An enum whose members are written as snake_case codes.
///
/// `closed` sets refuse an unknown code with the list of the known ones. `open` sets keep it as
/// `Unrecognized`, so that a document from a newer writer is read and written back unharmed; whoever judges an
/// unrecognised code takes the narrowest reading of it.
macro_rules! codes {
    (
        $(#[$doc:meta])*
        closed $name:ident, $what:literal {
            $($(#[$vdoc:meta])* $variant:ident = $code:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// Every member, in the order of the table above.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code: what stands in documents and metrics.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::codes::UnknownCode;

            fn from_str(text: &str) -> Result<Self, $crate::codes::UnknownCode> {
                match text {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::codes::UnknownCode { what: $what, expected: &[$($code),+] }),
                }
            }
        }
    };
    (
        $(#[$doc:meta])*
        open $name:ident, $what:literal {
            $($(#[$vdoc:meta])* $variant:ident = $code:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A code from a newer writer, kept as it was read and judged as narrowly as can be.
            Unrecognized($crate::id::Code),
        }

        impl $name {
            /// Every member this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code: what stands in documents and metrics.
            pub fn code(&self) -> &str {
                match self {
                    $(Self::$variant => $code,)+
                    Self::Unrecognized(code) => code.as_str(),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::InvalidName;

            fn from_str(text: &str) -> Result<Self, $crate::id::InvalidName> {
                Ok(match text {
                    $($code => Self::$variant,)+
                    _ => Self::Unrecognized(text.parse()?),
                })
            }
        }

        $crate::id::text_serde!($name, $what);
    };
}
pub(crate) use codes;

/// A code that a closed vocabulary does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what}, expected one of {}", .expected.join(", "))]
pub struct UnknownCode {
    pub(crate) what: &'static str,
    pub(crate) expected: &'static [&'static str],
}
