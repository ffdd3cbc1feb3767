//! The customers: where they can be reached, and where they only seem to be.

use waypost::{ChannelKind, CustomerProfile, Endpoint, InvalidProfile};

use super::dice::Dice;

/// One customer, as the sender knows them and as they are.
pub(crate) struct Customer {
    pub(crate) profile: CustomerProfile,
    /// The kinds on which the address is not theirs any more; the sender learns it the hard way.
    pub(crate) gone: Vec<ChannelKind>,
    /// When their phone is in reach again, in milliseconds after the message; 0 is always.
    pub(crate) away_for: i64,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

impl Customer {
    /// The customer of a number.
    pub(crate) fn new(seed: u64, number: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let mut dice = Dice::new(seed, 1 + number as u64);
        let mut profile = CustomerProfile::builder(format!("c-{number:06}").parse()?);
        let mut gone = Vec::new();
        // So many of a million have one, and of so many it is not theirs any more.
        let habits = [(ChannelKind::PUSH, 700_000, 60_000), (ChannelKind::EMAIL, 920_000, 20_000)];
        let has_phone = dice.chance(880_000);
        for (kind, have, lost) in habits {
            // Who has no phone has at least a mailbox.
            if dice.chance(have) || kind == ChannelKind::EMAIL && !has_phone {
                let address = if kind == ChannelKind::EMAIL { "c@example.com" } else { "token" };
                profile = profile.endpoint(Endpoint::new(kind.as_str().parse()?, kind, address)?);
                if dice.chance(lost) {
                    gone.push(kind);
                }
            }
        }
        if has_phone {
            for kind in [ChannelKind::SMS, ChannelKind::VOICE] {
                profile = profile.endpoint(Endpoint::new(kind.as_str().parse()?, kind, "+34600111222")?);
            }
            if dice.chance(30_000) {
                gone.extend([ChannelKind::SMS, ChannelKind::VOICE]);
            }
        }
        let is_away = dice.chance(120_000);
        let away_for = dice.between(2 * MINUTE, 40 * MINUTE);
        let profile = profile.build().map_err(|error: InvalidProfile| error.to_string())?;
        Ok(Self { profile, gone, away_for: if is_away { away_for } else { 0 } })
    }
}
