use serde::{Deserialize, Serialize};

use crate::text::Name;

/// The number of decimals of a currency, 0 ..= 4.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decimals(u8);

impl Decimals {
    /// Two: what amounts print with while no book says otherwise.
    pub const USUAL: Self = Self(2);

    /// So many decimals; `None` above 4.
    pub const fn new(decimals: u8) -> Option<Self> {
        if decimals <= 4 { Some(Self(decimals)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A book's currency: its code and the decimals of its minor unit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Currency {
    /// ISO 4217, or a name of the book's own.
    pub code: Name,
    /// Decimals of the minor unit.
    pub decimals: Decimals,
}

/// Two decimals unless listed below; ISO 4217, active codes, funds codes and metals left out.
const TWO: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR \
ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR \
MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP \
STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";

/// The decimals that ISO 4217 gives a currency code; `None` for a code that it doesn't list.
pub fn iso_4217_decimals(code: &str) -> Option<Decimals> {
    let listed = |list: &str| list.split_ascii_whitespace().any(|known| known == code);
    [(TWO, 2), (NONE, 0), (THREE, 3), ("CLF UYW", 4)]
        .into_iter()
        .find(|(list, _)| listed(list))
        .and_then(|(_, decimals)| Decimals::new(decimals))
}
