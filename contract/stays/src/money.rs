//! Released balances, and what they are made of. Nothing here calls another contract but
//! `take_out`, after it took the money off the books.

use alloy_primitives::aliases::{U64, U96};
use alloy_primitives::{Address, U256};
use chartkey_abi::IStays;
use stylus_sdk::call::transfer::transfer_eth;
use stylus_sdk::prelude::*;

use crate::head::Head;
use crate::{Error, Stays};

/// The whole, in basis points.
const WHOLE_BPS: u128 = 10_000;

/// A share of an amount of at most 96 bits, rounded down.
pub(crate) const fn share(amount: u128, bps: u16) -> u128 {
    amount * bps as u128 / WHOLE_BPS
}

/// The least amount that is a share of another, of at most 96 bits.
pub(crate) const fn least_share(amount: u128, bps: u16) -> u128 {
    (amount * bps as u128).div_ceil(WHOLE_BPS)
}

impl Stays {
    /// Adds to what `account` may take out.
    #[inline(never)]
    pub(crate) fn credit(
        &mut self,
        token: Address,
        account: Address,
        amount: u128,
    ) -> Result<(), Error> {
        if amount == 0 {
            return Ok(());
        }
        let mut of_token = self.released.setter(token);
        let mut balance = of_token.setter(account);
        let sum = balance.get().checked_add(U256::from(amount));
        balance.set(sum.ok_or(IStays::AmountTooLarge { amountWei: U256::from(amount) })?);
        Ok(())
    }

    /// Gives `amount` of the `paid` price back to who paid it.
    ///
    /// What somebody else paid goes back first: the patient's own deposit carries the fees.
    pub(crate) fn refund(
        &mut self,
        stay: u64,
        head: &Head,
        paid: u128,
        amount: u128,
    ) -> Result<(), Error> {
        if amount == 0 {
            return Ok(());
        }
        let token = self.token_of(stay, head);
        let mut of_patient = 0;
        if head.has_deposit() {
            let mut entry = self.stays.setter(U64::from(stay));
            let deposit = entry.deposit.get().to::<u128>();
            let of_payer = paid.saturating_sub(deposit);
            of_patient = amount.saturating_sub(of_payer);
            entry.deposit.set(U96::from(deposit.saturating_sub(of_patient)));
            let patient = entry.patient.get();
            self.pay_back(stay, token, patient, of_patient)?;
        }
        self.pay_back(stay, token, head.payer(), amount - of_patient)
    }

    fn pay_back(
        &mut self,
        stay: u64,
        token: Address,
        payer: Address,
        amount: u128,
    ) -> Result<(), Error> {
        if amount == 0 {
            return Ok(());
        }
        self.credit(token, payer, amount)?;
        self.vm().log(IStays::Refunded { stay, payer, amountWei: amount });
        Ok(())
    }

    pub(crate) fn token_of(&self, stay: u64, head: &Head) -> Address {
        if head.is_token() {
            return self.stays.getter(U64::from(stay)).token.get();
        }
        Address::ZERO
    }

    /// Pays the caller all coins that were released to it.
    ///
    /// # Errors
    ///
    /// * [`Error::NothingToWithdraw`]
    /// * [`Error::TransferFailed`] - the caller refused the money, or it would go to nobody; it stays released.
    /// * [`Error::Reentered`] - a payment is on its way already.
    ///
    /// # Events
    ///
    /// * `Withdrawn`
    pub(crate) fn take_out_coins(&mut self) -> Result<U256, Error> {
        let account = self.vm().msg_sender();
        self.take_out(Address::ZERO, account)
    }

    /// As [`take_out_coins`](Self::take_out_coins), of any token and to another account.
    ///
    /// # Errors
    ///
    /// * Those of [`take_out_coins`](Self::take_out_coins), [`Error::TokenFailed`]
    ///
    /// # Events
    ///
    /// * `Withdrawn`
    pub(crate) fn take_out(&mut self, token: Address, to: Address) -> Result<U256, Error> {
        let account = self.vm().msg_sender();
        let amount = self.released.getter(token).get(account);
        if amount.is_zero() {
            return Err(IStays::NothingToWithdraw { account }.into());
        }
        // What goes to nobody, or back into the program, could never be taken out again.
        if to.is_zero() || to == self.vm().contract_address() {
            return Err(IStays::TransferFailed { account: to, amountWei: amount }.into());
        }
        self.lock()?;
        // Off the books before any code of the receiver runs.
        self.released.setter(token).setter(account).set(U256::ZERO);
        if token.is_zero() {
            if transfer_eth(self.vm(), to, amount).is_err() {
                return Err(IStays::TransferFailed { account: to, amountWei: amount }.into());
            }
        } else {
            self.push_token(token, to, amount)?;
        }
        self.unlock();
        self.vm().log(IStays::Withdrawn { account, token, to, amountWei: amount });
        Ok(amount)
    }

    /// Until [`unlock`](Self::unlock), money is on its way and nothing else that moves it may begin.
    pub(crate) fn lock(&mut self) -> Result<(), Error> {
        if self.is_paying_out.get() {
            return Err(IStays::Reentered {}.into());
        }
        self.is_paying_out.set(true);
        Ok(())
    }

    pub(crate) fn unlock(&mut self) {
        self.is_paying_out.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_and_never_overflow() {
        let most = (1 << 96) - 1;
        assert_eq!(share(most, 10_000), most);
        assert_eq!(share(9_999, 1), 0);
        assert_eq!(share(10_001, 5_000), 5_000);
        assert_eq!((least_share(most, 10_000), least_share(10_001, 5_000)), (most, 5_001));
    }
}
