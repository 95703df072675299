//! What a stay was quoted under: the terms of its policy, in words and for scripts.

use alloy_primitives::Address;
use chartkey_abi::{IStays, PolicyTerms, stay_state};
use serde_json::{Value, json};

use super::{Entry, Snapshot};
use crate::error::Error;

/// Seconds in a day.
const DAY_SECS: u64 = 86_400;
/// The whole, in basis points.
const WHOLE_BPS: u128 = 10_000;

/// A clinic's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Its terms.
    pub terms: PolicyTerms,
    /// Who decides disputes; zero if there are none.
    pub arbiter: Address,
}

impl Policy {
    /// The policy that a stay was quoted under; `None` while it is a request.
    ///
    /// # Errors
    ///
    /// A disagreement, transport errors.
    pub async fn of(snapshot: &Snapshot<'_>, entry: &Entry) -> Result<Option<Self>, Error> {
        if entry.stay.state == stay_state::REQUESTED || entry.stay.totalWei == 0 {
            return Ok(None);
        }
        let call = IStays::policyOfCall { clinic: entry.stay.clinic, policy: entry.terms.policy };
        let found = snapshot.ask(call, "the policy").await?;
        Ok(Some(Self { terms: PolicyTerms::unpack(found.terms), arbiter: found.arbiter }))
    }

    /// The terms in words, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let terms = &self.terms;
        let part = match terms.deposit_bps {
            0 => "only the whole price can be paid, no parts".to_owned(),
            bps => format!("a first part payment is at least {}", percent(bps)),
        };
        let dispute = match self.arbiter.is_zero() {
            true => "no disputes: no arbiter is named".to_owned(),
            false => {
                format!("disputes: {} decides within {}", self.arbiter, span(terms.dispute_secs))
            }
        };
        vec![
            format!("cancelling is free until {} before admission", span(terms.free_cancel_secs)),
            format!("a later cancellation costs {}", percent(terms.late_cancel_bps)),
            format!(
                "not coming costs {}, from {} after admission on",
                percent(terms.no_show_bps),
                span(terms.no_show_grace_secs)
            ),
            format!(
                "leaving early gives back {} of unused nights",
                percent(terms.early_discharge_bps)
            ),
            format!(
                "a hold lasts {}, a booking {} until it is paid",
                span(terms.hold_secs),
                span(terms.pay_within_secs)
            ),
            part,
            format!("the clinic settles from {} after discharge on", span(terms.settle_delay_secs)),
            dispute,
        ]
    }

    /// The same for scripts.
    #[must_use]
    pub fn json(&self) -> Value {
        let terms = &self.terms;
        json!({
            "freeCancelSecs": terms.free_cancel_secs,
            "holdSecs": terms.hold_secs,
            "payWithinSecs": terms.pay_within_secs,
            "settleDelaySecs": terms.settle_delay_secs,
            "noShowGraceSecs": terms.no_show_grace_secs,
            "disputeSecs": terms.dispute_secs,
            "lateCancelBps": terms.late_cancel_bps,
            "noShowBps": terms.no_show_bps,
            "earlyDischargeBps": terms.early_discharge_bps,
            "depositBps": terms.deposit_bps,
            "arbiter": (!self.arbiter.is_zero()).then(|| self.arbiter.to_checksum(None)),
        })
    }

    /// The least that a first part payment of a price has to be; `None` if there are no parts.
    #[must_use]
    pub const fn least_part(&self, price: u128) -> Option<u128> {
        match self.terms.deposit_bps {
            0 => None,
            bps => Some((price * bps as u128).div_ceil(WHOLE_BPS)),
        }
    }

    /// What the clinic keeps if the patient cancels at this time.
    #[must_use]
    pub fn late_fee(&self, entry: &Entry, time: u64) -> u128 {
        let free_until = time.saturating_add(self.terms.free_cancel_secs.into());
        let is_free = free_until <= u64::from(entry.stay.admitDay) * DAY_SECS;
        let bps = if is_free { 0 } else { self.terms.late_cancel_bps };
        kept(entry, bps)
    }

    /// What goes back if the patient is discharged on `day`, and was not discharged earlier before.
    #[must_use]
    pub fn early_refund(&self, entry: &Entry, day: u32) -> u128 {
        let stay = &entry.stay;
        let nights = stay.dischargeDay.saturating_sub(stay.admitDay);
        let freed = stay.dischargeDay.saturating_sub(day).min(nights);
        let share = stay.totalWei * u128::from(self.terms.early_discharge_bps) / WHOLE_BPS;
        share * u128::from(freed) / u128::from(nights.max(1))
    }

    /// What the clinic keeps if the patient does not come.
    #[must_use]
    pub fn no_show_fee(&self, entry: &Entry) -> u128 {
        kept(entry, self.terms.no_show_bps)
    }
}

/// What is in escrow for a stay.
#[must_use]
pub const fn escrow(entry: &Entry) -> u128 {
    match entry.stay.state {
        stay_state::BOOKED => entry.stay.totalWei.saturating_sub(entry.terms.dueWei),
        stay_state::PAID | stay_state::ARRIVED | stay_state::DISPUTED => entry.stay.totalWei,
        _ => 0,
    }
}

/// A share of the price, and at most what was paid.
fn kept(entry: &Entry, bps: u16) -> u128 {
    (entry.stay.totalWei * u128::from(bps) / WHOLE_BPS).min(escrow(entry))
}

fn percent(bps: u16) -> String {
    format!("{}.{:02} %", bps / 100, bps % 100)
}

/// A window in the unit that says it exactly.
fn span(secs: u32) -> String {
    match secs {
        0 => "0 h".to_owned(),
        secs if secs % 3_600 == 0 => format!("{} h", secs / 3_600),
        secs if secs % 60 == 0 => format!("{} min", secs / 60),
        secs => format!("{secs} s"),
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use super::*;

    fn policy() -> Policy {
        let terms = PolicyTerms {
            free_cancel_secs: 2 * 86_400,
            late_cancel_bps: 3_000,
            no_show_bps: 8_000,
            deposit_bps: 2_000,
            ..PolicyTerms::DEFAULT
        };
        Policy { terms, arbiter: Address::ZERO }
    }

    fn entry(state: u8, total: u128, due: u128) -> Entry {
        let (clinic, patient) = (Address::repeat_byte(1), Address::repeat_byte(2));
        Entry {
            number: 1,
            stay: IStays::stayOfReturn {
                state,
                clinic,
                patient,
                admitDay: 10,
                dischargeDay: 12,
                room: B256::ZERO,
                totalWei: total,
            },
            terms: IStays::termsOfReturn {
                token: Address::ZERO,
                policy: 1,
                overrides: false,
                until: 0,
                dueWei: due,
                payer: Address::ZERO,
                depositWei: 0,
            },
        }
    }

    #[test]
    fn a_fee_starts_a_second_after_the_free_time_and_is_no_more_than_was_paid() {
        let (policy, paid) = (policy(), entry(stay_state::PAID, 100, 0));
        let part = entry(stay_state::BOOKED, 100, 80);

        assert_eq!(
            (policy.late_fee(&paid, 8 * DAY_SECS), policy.late_fee(&paid, 8 * DAY_SECS + 1)),
            (0, 30)
        );
        assert_eq!((policy.late_fee(&part, 9 * DAY_SECS), policy.no_show_fee(&part)), (20, 20));
        assert_eq!(policy.no_show_fee(&paid), 80);
    }

    #[test]
    fn the_least_part_is_rounded_up() {
        assert_eq!(policy().least_part(11), Some(3));
        assert_eq!(policy().least_part((1 << 96) - 1), Some(((1_u128 << 96) - 1).div_ceil(5)));
        assert_eq!(Policy { terms: PolicyTerms::DEFAULT, ..policy() }.least_part(11), None);
    }

    #[test]
    fn windows_are_said_exactly() {
        assert_eq!(
            (span(0), span(7_200), span(5_400), span(61)),
            ("0 h".into(), "2 h".into(), "90 min".into(), "61 s".into())
        );
        assert_eq!(percent(1_005), "10.05 %");
    }
}
