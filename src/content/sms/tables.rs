//! The tables of 3GPP TS 23.038: the default alphabet, its extension, and the national languages' shift tables.
//!
//! A table is the characters of its 128 codes in order; `VOID` stands where a code means no character: the escape, the
//! control codes, and what a language leaves out.

/// No character.
pub(super) const VOID: char = '\0';

/// Basic alphabet (6.2.1).
#[rustfmt::skip]
pub(super) const DEFAULT: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì',
    'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ',
    'Σ', 'Θ', 'Ξ', VOID, 'Æ', 'æ', 'ß', 'É',
    ' ', '!', '"', '#', '¤', '%', '&', '\'',
    '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', '<', '=', '>', '?',
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// Extension of the basic alphabet (6.2.1.1).
#[rustfmt::skip]
pub(super) const EXTENSION: [char; 128] = [
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, '\u{c}', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '^', VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    '{', '}', VOID, VOID, VOID, VOID, VOID, '\\',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Turkish, locking shift (A.3.1).
#[rustfmt::skip]
pub(super) const TURKISH: [char; 128] = [
    '@', '£', '$', '¥', '€', 'é', 'ù', 'ı',
    'ò', 'Ç', '\n', 'Ğ', 'ğ', '\r', 'Å', 'å',
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ',
    'Σ', 'Θ', 'Ξ', VOID, 'Ş', 'ş', 'ß', 'É',
    ' ', '!', '"', '#', '¤', '%', '&', '\'',
    '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', '<', '=', '>', '?',
    'İ', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    'ç', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// Turkish, single shift (A.2.1).
#[rustfmt::skip]
pub(super) const TURKISH_SHIFT: [char; 128] = [
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, '\u{c}', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '^', VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    '{', '}', VOID, VOID, VOID, VOID, VOID, '\\',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', VOID, VOID, VOID, VOID, VOID, VOID, 'Ğ',
    VOID, 'İ', VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, 'Ş', VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, 'ç', VOID, '€', VOID, 'ğ',
    VOID, 'ı', VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, 'ş', VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Spanish, single shift (A.2.2).
#[rustfmt::skip]
pub(super) const SPANISH_SHIFT: [char; 128] = [
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, 'ç', '\u{c}', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '^', VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    '{', '}', VOID, VOID, VOID, VOID, VOID, '\\',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'Á', VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, 'Í', VOID, VOID, VOID, VOID, VOID, 'Ó',
    VOID, VOID, VOID, VOID, VOID, 'Ú', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, 'á', VOID, VOID, VOID, '€', VOID, VOID,
    VOID, 'í', VOID, VOID, VOID, VOID, VOID, 'ó',
    VOID, VOID, VOID, VOID, VOID, 'ú', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Portuguese, locking shift (A.3.3).
#[rustfmt::skip]
pub(super) const PORTUGUESE: [char; 128] = [
    '@', '£', '$', '¥', 'ê', 'é', 'ú', 'í',
    'ó', 'ç', '\n', 'Ô', 'ô', '\r', 'Á', 'á',
    'Δ', '_', '\u{aa}', 'Ç', 'À', '∞', '^', '\\',
    '€', 'Ó', '|', VOID, 'Â', 'â', 'Ê', 'É',
    ' ', '!', '"', '#', '\u{ba}', '%', '&', '\'',
    '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', '<', '=', '>', '?',
    'Í', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', 'Ã', 'Õ', 'Ú', 'Ü', '§',
    '~', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', 'ã', 'õ', '`', 'ü', 'à',
];

/// Portuguese, single shift (A.2.3).
#[rustfmt::skip]
pub(super) const PORTUGUESE_SHIFT: [char; 128] = [
    VOID, VOID, VOID, VOID, VOID, 'ê', VOID, VOID,
    VOID, 'ç', '\u{c}', 'Ô', 'ô', VOID, 'Á', 'á',
    VOID, VOID, 'Φ', 'Γ', '^', 'Ω', 'Π', 'Ψ',
    'Σ', 'Θ', VOID, VOID, VOID, VOID, VOID, 'Ê',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    '{', '}', VOID, VOID, VOID, VOID, VOID, '\\',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'À', VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, 'Í', VOID, VOID, VOID, VOID, VOID, 'Ó',
    VOID, VOID, VOID, VOID, VOID, 'Ú', VOID, VOID,
    VOID, VOID, VOID, 'Ã', 'Õ', VOID, VOID, VOID,
    VOID, 'Â', VOID, VOID, VOID, '€', VOID, VOID,
    VOID, 'í', VOID, VOID, VOID, VOID, VOID, 'ó',
    VOID, VOID, VOID, VOID, VOID, 'ú', VOID, VOID,
    VOID, VOID, VOID, 'ã', 'õ', VOID, VOID, 'â',
];

/// Bengali, locking shift (A.3.4).
#[rustfmt::skip]
pub(super) const BENGALI: [char; 128] = [
    '\u{981}', '\u{982}', '\u{983}', '\u{985}', '\u{986}', '\u{987}', '\u{988}', '\u{989}',
    '\u{98a}', '\u{98b}', '\n', '\u{98c}', VOID, '\r', VOID, '\u{98f}',
    '\u{990}', VOID, VOID, '\u{993}', '\u{994}', '\u{995}', '\u{996}', '\u{997}',
    '\u{998}', '\u{999}', '\u{99a}', VOID, '\u{99b}', '\u{99c}', '\u{99d}', '\u{99e}',
    ' ', '!', '\u{99f}', '\u{9a0}', '\u{9a1}', '\u{9a2}', '\u{9a3}', '\u{9a4}',
    ')', '(', '\u{9a5}', '\u{9a6}', ',', '\u{9a7}', '.', '\u{9a8}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', VOID, '\u{9aa}', '\u{9ab}', '?',
    '\u{9ac}', '\u{9ad}', '\u{9ae}', '\u{9af}', '\u{9b0}', VOID, '\u{9b2}', VOID,
    VOID, VOID, '\u{9b6}', '\u{9b7}', '\u{9b8}', '\u{9b9}', '\u{9bc}', '\u{9bd}',
    '\u{9be}', '\u{9bf}', '\u{9c0}', '\u{9c1}', '\u{9c2}', '\u{9c3}', '\u{9c4}', VOID,
    VOID, '\u{9c7}', '\u{9c8}', VOID, VOID, '\u{9cb}', '\u{9cc}', '\u{9cd}',
    '\u{9ce}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{9d7}', '\u{9dc}', '\u{9dd}', '\u{9f0}', '\u{9f1}',
];

/// Bengali, single shift (A.2.4).
#[rustfmt::skip]
pub(super) const BENGALI_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', '০', '১', VOID, '২', '৩', '৪', '৫',
    '৬', '৭', '৮', '৯', '\u{9df}', '\u{9e0}', '\u{9e1}', '\u{9e2}',
    '{', '}', '\u{9e3}', '৲', '৳', '৴', '৵', '\\',
    '৶', '৷', '৸', '৹', '৺', VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Gujarati, locking shift (A.3.5).
#[rustfmt::skip]
pub(super) const GUJARATI: [char; 128] = [
    '\u{a81}', '\u{a82}', '\u{a83}', '\u{a85}', '\u{a86}', '\u{a87}', '\u{a88}', '\u{a89}',
    '\u{a8a}', '\u{a8b}', '\n', '\u{a8c}', '\u{a8d}', '\r', VOID, '\u{a8f}',
    '\u{a90}', '\u{a91}', VOID, '\u{a93}', '\u{a94}', '\u{a95}', '\u{a96}', '\u{a97}',
    '\u{a98}', '\u{a99}', '\u{a9a}', VOID, '\u{a9b}', '\u{a9c}', '\u{a9d}', '\u{a9e}',
    ' ', '!', '\u{a9f}', '\u{aa0}', '\u{aa1}', '\u{aa2}', '\u{aa3}', '\u{aa4}',
    ')', '(', '\u{aa5}', '\u{aa6}', ',', '\u{aa7}', '.', '\u{aa8}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', VOID, '\u{aaa}', '\u{aab}', '?',
    '\u{aac}', '\u{aad}', '\u{aae}', '\u{aaf}', '\u{ab0}', VOID, '\u{ab2}', '\u{ab3}',
    VOID, '\u{ab5}', '\u{ab6}', '\u{ab7}', '\u{ab8}', '\u{ab9}', '\u{abc}', '\u{abd}',
    '\u{abe}', '\u{abf}', '\u{ac0}', '\u{ac1}', '\u{ac2}', '\u{ac3}', '\u{ac4}', '\u{ac5}',
    VOID, '\u{ac7}', '\u{ac8}', '\u{ac9}', VOID, '\u{acb}', '\u{acc}', '\u{acd}',
    '\u{ad0}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{ae0}', '\u{ae1}', '\u{ae2}', '\u{ae3}', '૱',
];

/// Gujarati, single shift (A.2.5).
#[rustfmt::skip]
pub(super) const GUJARATI_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', '।', '॥', VOID, '૦', '૧', '૨', '૩',
    '૪', '૫', '૬', '૭', '૮', '૯', VOID, VOID,
    '{', '}', VOID, VOID, VOID, VOID, VOID, '\\',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Hindi, locking shift (A.3.6).
#[rustfmt::skip]
pub(super) const HINDI: [char; 128] = [
    '\u{901}', '\u{902}', '\u{903}', '\u{905}', '\u{906}', '\u{907}', '\u{908}', '\u{909}',
    '\u{90a}', '\u{90b}', '\n', '\u{90c}', '\u{90d}', '\r', '\u{90e}', '\u{90f}',
    '\u{910}', '\u{911}', '\u{912}', '\u{913}', '\u{914}', '\u{915}', '\u{916}', '\u{917}',
    '\u{918}', '\u{919}', '\u{91a}', VOID, '\u{91b}', '\u{91c}', '\u{91d}', '\u{91e}',
    ' ', '!', '\u{91f}', '\u{920}', '\u{921}', '\u{922}', '\u{923}', '\u{924}',
    ')', '(', '\u{925}', '\u{926}', ',', '\u{927}', '.', '\u{928}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', '\u{929}', '\u{92a}', '\u{92b}', '?',
    '\u{92c}', '\u{92d}', '\u{92e}', '\u{92f}', '\u{930}', '\u{931}', '\u{932}', '\u{933}',
    '\u{934}', '\u{935}', '\u{936}', '\u{937}', '\u{938}', '\u{939}', '\u{93c}', '\u{93d}',
    '\u{93e}', '\u{93f}', '\u{940}', '\u{941}', '\u{942}', '\u{943}', '\u{944}', '\u{945}',
    '\u{946}', '\u{947}', '\u{948}', '\u{949}', '\u{94a}', '\u{94b}', '\u{94c}', '\u{94d}',
    '\u{950}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{972}', '\u{97b}', '\u{97c}', '\u{97e}', '\u{97f}',
];

/// Hindi, single shift (A.2.6).
#[rustfmt::skip]
pub(super) const HINDI_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', '।', '॥', VOID, '०', '१', '२', '३',
    '४', '५', '६', '७', '८', '९', '\u{951}', '\u{952}',
    '{', '}', '\u{953}', '\u{954}', '\u{958}', '\u{959}', '\u{95a}', '\\',
    '\u{95b}', '\u{95c}', '\u{95d}', '\u{95e}', '\u{95f}', '\u{960}', '\u{961}', '\u{962}',
    '\u{963}', '॰', 'ॱ', VOID, '[', '~', ']', VOID,
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Kannada, locking shift (A.3.7).
#[rustfmt::skip]
pub(super) const KANNADA: [char; 128] = [
    VOID, '\u{c82}', '\u{c83}', '\u{c85}', '\u{c86}', '\u{c87}', '\u{c88}', '\u{c89}',
    '\u{c8a}', '\u{c8b}', '\n', '\u{c8c}', VOID, '\r', '\u{c8e}', '\u{c8f}',
    '\u{c90}', VOID, '\u{c92}', '\u{c93}', '\u{c94}', '\u{c95}', '\u{c96}', '\u{c97}',
    '\u{c98}', '\u{c99}', '\u{c9a}', VOID, '\u{c9b}', '\u{c9c}', '\u{c9d}', '\u{c9e}',
    ' ', '!', '\u{c9f}', '\u{ca0}', '\u{ca1}', '\u{ca2}', '\u{ca3}', '\u{ca4}',
    ')', '(', '\u{ca5}', '\u{ca6}', ',', '\u{ca7}', '.', '\u{ca8}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', VOID, '\u{caa}', '\u{cab}', '?',
    '\u{cac}', '\u{cad}', '\u{cae}', '\u{caf}', '\u{cb0}', '\u{cb1}', '\u{cb2}', '\u{cb3}',
    VOID, '\u{cb5}', '\u{cb6}', '\u{cb7}', '\u{cb8}', '\u{cb9}', '\u{cbc}', '\u{cbd}',
    '\u{cbe}', '\u{cbf}', '\u{cc0}', '\u{cc1}', '\u{cc2}', '\u{cc3}', '\u{cc4}', VOID,
    '\u{cc6}', '\u{cc7}', '\u{cc8}', VOID, '\u{cca}', '\u{ccb}', '\u{ccc}', '\u{ccd}',
    '\u{cd5}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{cd6}', '\u{ce0}', '\u{ce1}', '\u{ce2}', '\u{ce3}',
];

/// Kannada, single shift (A.2.7).
#[rustfmt::skip]
pub(super) const KANNADA_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', '।', '॥', VOID, '೦', '೧', '೨', '೩',
    '೪', '೫', '೬', '೭', '೮', '೯', '\u{cde}', '\u{cf1}',
    '{', '}', '\u{cf2}', VOID, VOID, VOID, VOID, '\\',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Malayalam, locking shift (A.3.8).
#[rustfmt::skip]
pub(super) const MALAYALAM: [char; 128] = [
    VOID, '\u{d02}', '\u{d03}', '\u{d05}', '\u{d06}', '\u{d07}', '\u{d08}', '\u{d09}',
    '\u{d0a}', '\u{d0b}', '\n', '\u{d0c}', VOID, '\r', '\u{d0e}', '\u{d0f}',
    '\u{d10}', VOID, '\u{d12}', '\u{d13}', '\u{d14}', '\u{d15}', '\u{d16}', '\u{d17}',
    '\u{d18}', '\u{d19}', '\u{d1a}', VOID, '\u{d1b}', '\u{d1c}', '\u{d1d}', '\u{d1e}',
    ' ', '!', '\u{d1f}', '\u{d20}', '\u{d21}', '\u{d22}', '\u{d23}', '\u{d24}',
    ')', '(', '\u{d25}', '\u{d26}', ',', '\u{d27}', '.', '\u{d28}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', VOID, '\u{d2a}', '\u{d2b}', '?',
    '\u{d2c}', '\u{d2d}', '\u{d2e}', '\u{d2f}', '\u{d30}', '\u{d31}', '\u{d32}', '\u{d33}',
    '\u{d34}', '\u{d35}', '\u{d36}', '\u{d37}', '\u{d38}', '\u{d39}', VOID, '\u{d3d}',
    '\u{d3e}', '\u{d3f}', '\u{d40}', '\u{d41}', '\u{d42}', '\u{d43}', '\u{d44}', VOID,
    '\u{d46}', '\u{d47}', '\u{d48}', VOID, '\u{d4a}', '\u{d4b}', '\u{d4c}', '\u{d4d}',
    '\u{d57}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{d60}', '\u{d61}', '\u{d62}', '\u{d63}', '൹',
];

/// Malayalam, single shift (A.2.8).
#[rustfmt::skip]
pub(super) const MALAYALAM_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', '।', '॥', VOID, '൦', '൧', '൨', '൩',
    '൪', '൫', '൬', '൭', '൮', '൯', '൰', '൱',
    '{', '}', '൲', '൳', '൴', '൵', '\u{d7a}', '\\',
    '\u{d7b}', '\u{d7c}', '\u{d7d}', '\u{d7e}', '\u{d7f}', VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Oriya, locking shift (A.3.9).
#[rustfmt::skip]
pub(super) const ORIYA: [char; 128] = [
    '\u{b01}', '\u{b02}', '\u{b03}', '\u{b05}', '\u{b06}', '\u{b07}', '\u{b08}', '\u{b09}',
    '\u{b0a}', '\u{b0b}', '\n', '\u{b0c}', VOID, '\r', VOID, '\u{b0f}',
    '\u{b10}', VOID, VOID, '\u{b13}', '\u{b14}', '\u{b15}', '\u{b16}', '\u{b17}',
    '\u{b18}', '\u{b19}', '\u{b1a}', VOID, '\u{b1b}', '\u{b1c}', '\u{b1d}', '\u{b1e}',
    ' ', '!', '\u{b1f}', '\u{b20}', '\u{b21}', '\u{b22}', '\u{b23}', '\u{b24}',
    ')', '(', '\u{b25}', '\u{b26}', ',', '\u{b27}', '.', '\u{b28}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', VOID, '\u{b2a}', '\u{b2b}', '?',
    '\u{b2c}', '\u{b2d}', '\u{b2e}', '\u{b2f}', '\u{b30}', VOID, '\u{b32}', '\u{b33}',
    VOID, '\u{b35}', '\u{b36}', '\u{b37}', '\u{b38}', '\u{b39}', '\u{b3c}', '\u{b3d}',
    '\u{b3e}', '\u{b3f}', '\u{b40}', '\u{b41}', '\u{b42}', '\u{b43}', '\u{b44}', VOID,
    VOID, '\u{b47}', '\u{b48}', VOID, VOID, '\u{b4b}', '\u{b4c}', '\u{b4d}',
    '\u{b56}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{b57}', '\u{b60}', '\u{b61}', '\u{b62}', '\u{b63}',
];

/// Oriya, single shift (A.2.9).
#[rustfmt::skip]
pub(super) const ORIYA_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', '।', '॥', VOID, '୦', '୧', '୨', '୩',
    '୪', '୫', '୬', '୭', '୮', '୯', '\u{b5c}', '\u{b5d}',
    '{', '}', '\u{b5f}', '୰', '\u{b71}', VOID, VOID, '\\',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Punjabi, locking shift (A.3.10).
#[rustfmt::skip]
pub(super) const PUNJABI: [char; 128] = [
    '\u{a01}', '\u{a02}', '\u{a03}', '\u{a05}', '\u{a06}', '\u{a07}', '\u{a08}', '\u{a09}',
    '\u{a0a}', VOID, '\n', VOID, VOID, '\r', VOID, '\u{a0f}',
    '\u{a10}', VOID, VOID, '\u{a13}', '\u{a14}', '\u{a15}', '\u{a16}', '\u{a17}',
    '\u{a18}', '\u{a19}', '\u{a1a}', VOID, '\u{a1b}', '\u{a1c}', '\u{a1d}', '\u{a1e}',
    ' ', '!', '\u{a1f}', '\u{a20}', '\u{a21}', '\u{a22}', '\u{a23}', '\u{a24}',
    ')', '(', '\u{a25}', '\u{a26}', ',', '\u{a27}', '.', '\u{a28}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', VOID, '\u{a2a}', '\u{a2b}', '?',
    '\u{a2c}', '\u{a2d}', '\u{a2e}', '\u{a2f}', '\u{a30}', VOID, '\u{a32}', '\u{a33}',
    VOID, '\u{a35}', '\u{a36}', VOID, '\u{a38}', '\u{a39}', '\u{a3c}', VOID,
    '\u{a3e}', '\u{a3f}', '\u{a40}', '\u{a41}', '\u{a42}', VOID, VOID, VOID,
    VOID, '\u{a47}', '\u{a48}', VOID, VOID, '\u{a4b}', '\u{a4c}', '\u{a4d}',
    '\u{a51}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{a70}', '\u{a71}', '\u{a72}', '\u{a73}', '\u{a74}',
];

/// Punjabi, single shift (A.2.10).
#[rustfmt::skip]
pub(super) const PUNJABI_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', '।', '॥', VOID, '੦', '੧', '੨', '੩',
    '੪', '੫', '੬', '੭', '੮', '੯', '\u{a59}', '\u{a5a}',
    '{', '}', '\u{a5b}', '\u{a5c}', '\u{a5e}', '\u{a75}', VOID, '\\',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Tamil, locking shift (A.3.11).
#[rustfmt::skip]
pub(super) const TAMIL: [char; 128] = [
    VOID, '\u{b82}', '\u{b83}', '\u{b85}', '\u{b86}', '\u{b87}', '\u{b88}', '\u{b89}',
    '\u{b8a}', VOID, '\n', VOID, VOID, '\r', '\u{b8e}', '\u{b8f}',
    '\u{b90}', VOID, '\u{b92}', '\u{b93}', '\u{b94}', '\u{b95}', VOID, VOID,
    VOID, '\u{b99}', '\u{b9a}', VOID, VOID, '\u{b9c}', VOID, '\u{b9e}',
    ' ', '!', '\u{b9f}', VOID, VOID, VOID, '\u{ba3}', '\u{ba4}',
    ')', '(', VOID, VOID, ',', VOID, '.', '\u{ba8}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', '\u{ba9}', '\u{baa}', VOID, '?',
    VOID, VOID, '\u{bae}', '\u{baf}', '\u{bb0}', '\u{bb1}', '\u{bb2}', '\u{bb3}',
    '\u{bb4}', '\u{bb5}', '\u{bb6}', '\u{bb7}', '\u{bb8}', '\u{bb9}', VOID, VOID,
    '\u{bbe}', '\u{bbf}', '\u{bc0}', '\u{bc1}', '\u{bc2}', VOID, VOID, VOID,
    '\u{bc6}', '\u{bc7}', '\u{bc8}', VOID, '\u{bca}', '\u{bcb}', '\u{bcc}', '\u{bcd}',
    '\u{bd0}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{bd7}', '௰', '௱', '௲', '௹',
];

/// Tamil, single shift (A.2.11).
#[rustfmt::skip]
pub(super) const TAMIL_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', '।', '॥', VOID, '௦', '௧', '௨', '௩',
    '௪', '௫', '௬', '௭', '௮', '௯', '௳', '௴',
    '{', '}', '௵', '௶', '௷', '௸', '௺', '\\',
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Telugu, locking shift (A.3.12).
#[rustfmt::skip]
pub(super) const TELUGU: [char; 128] = [
    '\u{c01}', '\u{c02}', '\u{c03}', '\u{c05}', '\u{c06}', '\u{c07}', '\u{c08}', '\u{c09}',
    '\u{c0a}', '\u{c0b}', '\n', '\u{c0c}', VOID, '\r', '\u{c0e}', '\u{c0f}',
    '\u{c10}', VOID, '\u{c12}', '\u{c13}', '\u{c14}', '\u{c15}', '\u{c16}', '\u{c17}',
    '\u{c18}', '\u{c19}', '\u{c1a}', VOID, '\u{c1b}', '\u{c1c}', '\u{c1d}', '\u{c1e}',
    ' ', '!', '\u{c1f}', '\u{c20}', '\u{c21}', '\u{c22}', '\u{c23}', '\u{c24}',
    ')', '(', '\u{c25}', '\u{c26}', ',', '\u{c27}', '.', '\u{c28}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', VOID, '\u{c2a}', '\u{c2b}', '?',
    '\u{c2c}', '\u{c2d}', '\u{c2e}', '\u{c2f}', '\u{c30}', '\u{c31}', '\u{c32}', '\u{c33}',
    VOID, '\u{c35}', '\u{c36}', '\u{c37}', '\u{c38}', '\u{c39}', VOID, '\u{c3d}',
    '\u{c3e}', '\u{c3f}', '\u{c40}', '\u{c41}', '\u{c42}', '\u{c43}', '\u{c44}', VOID,
    '\u{c46}', '\u{c47}', '\u{c48}', VOID, '\u{c4a}', '\u{c4b}', '\u{c4c}', '\u{c4d}',
    '\u{c55}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{c56}', '\u{c60}', '\u{c61}', '\u{c62}', '\u{c63}',
];

/// Telugu, single shift (A.2.12).
#[rustfmt::skip]
pub(super) const TELUGU_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', VOID, VOID, VOID, '౦', '౧', '౨', '౩',
    '౪', '౫', '౬', '౭', '౮', '౯', '\u{c58}', '\u{c59}',
    '{', '}', '౸', '౹', '౺', '౻', '౼', '\\',
    '౽', '౾', '౿', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, '[', '~', ']', VOID,
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];

/// Urdu, locking shift (A.3.13).
#[rustfmt::skip]
pub(super) const URDU: [char; 128] = [
    '\u{627}', '\u{622}', '\u{628}', '\u{67b}', '\u{680}', '\u{67e}', '\u{6a6}', '\u{62a}',
    '\u{6c2}', '\u{67f}', '\n', '\u{679}', '\u{67d}', '\r', '\u{67a}', '\u{67c}',
    '\u{62b}', '\u{62c}', '\u{681}', '\u{684}', '\u{683}', '\u{685}', '\u{686}', '\u{687}',
    '\u{62d}', '\u{62e}', '\u{62f}', VOID, '\u{68c}', '\u{688}', '\u{689}', '\u{68a}',
    ' ', '!', '\u{68f}', '\u{68d}', '\u{630}', '\u{631}', '\u{691}', '\u{693}',
    ')', '(', '\u{699}', '\u{632}', ',', '\u{696}', '.', '\u{698}',
    '0', '1', '2', '3', '4', '5', '6', '7',
    '8', '9', ':', ';', '\u{69a}', '\u{633}', '\u{634}', '?',
    '\u{635}', '\u{636}', '\u{637}', '\u{638}', '\u{639}', '\u{641}', '\u{642}', '\u{6a9}',
    '\u{6aa}', '\u{6ab}', '\u{6af}', '\u{6b3}', '\u{6b1}', '\u{644}', '\u{645}', '\u{646}',
    '\u{6ba}', '\u{6bb}', '\u{6bc}', '\u{648}', '\u{6c4}', '\u{6d5}', '\u{6c1}', '\u{6be}',
    '\u{621}', '\u{6cc}', '\u{6d0}', '\u{6d2}', '\u{64d}', '\u{650}', '\u{64f}', '\u{657}',
    '\u{654}', 'a', 'b', 'c', 'd', 'e', 'f', 'g',
    'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '\u{655}', '\u{651}', '\u{653}', '\u{656}', '\u{670}',
];

/// Urdu, single shift (A.2.13).
#[rustfmt::skip]
pub(super) const URDU_SHIFT: [char; 128] = [
    '@', '£', '$', '¥', '¿', '"', '¤', '%',
    '&', '\'', '\u{c}', '*', '+', VOID, '-', '/',
    '<', '=', '>', '¡', '^', '¡', '_', '#',
    '*', '\u{600}', '\u{601}', VOID, '۰', '۱', '۲', '۳',
    '۴', '۵', '۶', '۷', '۸', '۹', '،', '؍',
    '{', '}', '؎', '؏', '\u{610}', '\u{611}', '\u{612}', '\\',
    '\u{613}', '\u{614}', '؛', '؟', 'ـ', '\u{652}', '\u{658}', '٫',
    '٬', '\u{672}', '\u{673}', '\u{6cd}', '[', '~', ']', '۔',
    '|', 'A', 'B', 'C', 'D', 'E', 'F', 'G',
    'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W',
    'X', 'Y', 'Z', VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, '€', VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
    VOID, VOID, VOID, VOID, VOID, VOID, VOID, VOID,
];
