//! Money: integer micros of one currency, never a float.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::id::text_serde;

/// An ISO 4217 currency, by its three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("currencies hold ASCII letters only")
    }

    /// Whether anybody pays in it, as far as this version knows.
    pub(crate) fn is_known(&self) -> bool {
        MONEY.split(' ').any(|known| known == self.as_str())
    }
}

/// The codes of ISO 4217 that are money: not those of metals, of bond markets, for tests and for none. Those that were
/// withdrawn since 2023 are among them, for a price of the past may be in one.
const MONEY: &str = "\
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD \
    CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS \
    GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD \
    KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR \
    NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN \
    SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD \
    XCG XDR XOF XPF YER ZAR ZMW ZWG ZWL";

/// A text that is not a currency code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 4217 currency code: expected three capital letters such as `EUR`")]
pub struct InvalidCurrency;

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        match text.as_bytes() {
            letters @ [_, _, _] if letters.iter().all(u8::is_ascii_uppercase) => {
                Ok(Self([letters[0], letters[1], letters[2]]))
            }
            _ => Err(InvalidCurrency),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

text_serde!(Currency, "currency code");

/// An amount in millionths of a currency unit.
///
/// ```
/// use waypost::Money;
///
/// let price = Money::new(45_000, "EUR".parse()?);
/// assert_eq!(price.to_string(), "0.045 EUR");
/// # Ok::<(), waypost::InvalidCurrency>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an amount such as `{ micros = 45000, currency = \"EUR\" }`")]
pub struct Money {
    /// Millionths of the unit; a price is never negative, an unsigned number says so.
    pub micros: u64,
    /// The unit.
    pub currency: Currency,
}

impl Money {
    /// An amount of millionths.
    pub const fn new(micros: u64, currency: Currency) -> Self {
        Self { micros, currency }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Amount(self.micros), self.currency)
    }
}

/// Millionths as people write them, without needless zeros.
pub(crate) struct Amount(pub(crate) u64);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let digits = format!("{micros:06}");
        match digits.trim_end_matches('0') {
            "" => write!(f, "{units}"),
            decimals => write!(f, "{units}.{decimals}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_show_no_needless_zeros() {
        let eur: Currency = "EUR".parse().expect("a currency");
        let shown = [0, 1, 45_000, 1_000_000, 12_500_000].map(|micros| Money::new(micros, eur).to_string());
        assert_eq!(shown, ["0 EUR", "0.000001 EUR", "0.045 EUR", "1 EUR", "12.5 EUR"]);
    }

    #[test]
    fn some_are_money() {
        let is_known = |text: &str| text.parse::<Currency>().expect("a currency").is_known();
        assert!(["EUR", "USD", "INR", "XOF", "ZWG", "AED"].into_iter().all(is_known));
        assert!(!["EUE", "XXX", "XTS", "XAU", "AAA"].into_iter().any(is_known));
        assert!(MONEY.split(' ').is_sorted_by(|a, b| a < b), "each once, in order");
    }

    #[test]
    fn a_currency_is_three_capitals() {
        for text in ["eur", "EU", "EURO", "E1R", "", "ÉUR"] {
            assert_eq!(text.parse::<Currency>(), Err(InvalidCurrency), "{text}");
        }
    }
}
