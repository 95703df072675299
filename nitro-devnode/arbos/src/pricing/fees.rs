//! Who gets the fees of a transaction (devnode.md 2.5 steps 8 and 9).

use alloy_primitives::{Address, U256};

use super::l2;
use crate::{ArbosState, address::L1_PRICER_FUNDS};

/// What a transaction has used when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasBill {
    /// Gas used after refunds, the L1 part included.
    pub gas_used: u64,
    /// The L1 part.
    pub poster_gas: u64,
    /// Price paid per gas in wei.
    pub price_wei: U256,
}

/// One payment to a fee account, for tracers (`feeCollection`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeePayment {
    /// Receiver.
    pub to: Address,
    /// Amount in wei, may be 0.
    pub wei: U256,
}

/// Pays the fee accounts out of what the sender has been charged, counts the poster fee and adds the
/// compute gas to the backlog. The sender's refund (`remaining × price`) is the chain's part.
/// The payments are listed in order; the last is the L1 pool's.
pub fn distribute(state: &mut ArbosState<'_>, bill: &GasBill) -> Vec<FeePayment> {
    let compute_gas = bill.gas_used.saturating_sub(bill.poster_gas);
    let mut compute_fee = bill.price_wei.saturating_mul(U256::from(compute_gas));
    let poster_fee = bill.price_wei.saturating_mul(U256::from(bill.poster_gas));
    let mut payments = Vec::with_capacity(3);

    let infra_account = state.infra_fee_account();
    if !infra_account.is_zero() {
        let infra_price = state.min_base_fee().min(bill.price_wei);
        let infra_fee = infra_price.saturating_mul(U256::from(compute_gas)).min(compute_fee);
        compute_fee -= infra_fee;
        payments.push(FeePayment { to: infra_account, wei: infra_fee });
    }
    if !compute_fee.is_zero() {
        payments.push(FeePayment { to: state.network_fee_account(), wei: compute_fee });
    }
    payments.push(FeePayment { to: L1_PRICER_FUNDS, wei: poster_fee });
    for payment in &payments {
        if !payment.wei.is_zero() {
            state.backend().mint(payment.to, payment.wei);
        }
    }

    if !poster_fee.is_zero() {
        let available = state.l1_fees_available();
        state.set_l1_fees_available(available.saturating_add(poster_fee));
    }
    l2::add_compute_gas(state, compute_gas);
    payments
}
