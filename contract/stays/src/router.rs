//! From the bytes of a call to a function, by hand.
//!
//! The SDK's router decodes each list of arguments with code and 260 bytes of constants of its own, and
//! every call pays for constants (guides/stylus-contracts.md section 7): by hand the program is a fifth
//! smaller and its entry costs a third. What is read follows from the types of the functions; the
//! selectors are those of the interface. The SDK's router over the same functions ([`crate::export`])
//! judges both.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::IStays as I;
use stylus_sdk::ArbResult;
use stylus_sdk::abi::Router;
use stylus_sdk::prelude::*;

use crate::offer::Offer;
use crate::token::Permit;
use crate::{Error, Stays};

/// A value in one word of calldata or return data; what does not fit its type is refused.
trait Word: Sized {
    fn read(word: B256) -> Option<Self>;
    fn write(self) -> B256;
}

/// An unsigned number whose first bytes are zero.
macro_rules! number {
    ($($kind:ty),*) => { $(impl Word for $kind {
        fn read(word: B256) -> Option<Self> {
            let (zeros, rest) = word.split_at(32 - size_of::<Self>());
            if zeros.iter().any(|byte| *byte != 0) {
                return None;
            }
            rest.try_into().ok().map(Self::from_be_bytes)
        }

        fn write(self) -> B256 {
            B256::left_padding_from(&self.to_be_bytes())
        }
    })* };
}

number!(u8, u32, u64, u128);

impl Word for bool {
    fn read(word: B256) -> Option<Self> {
        match u8::read(word)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn write(self) -> B256 {
        u8::from(self).write()
    }
}

impl Word for Address {
    fn read(word: B256) -> Option<Self> {
        let address = Self::from_word(word);
        (address.into_word() == word).then_some(address)
    }

    fn write(self) -> B256 {
        self.into_word()
    }
}

impl Word for U256 {
    fn read(word: B256) -> Option<Self> {
        Some(Self::from_be_bytes(word.0))
    }

    fn write(self) -> B256 {
        self.into()
    }
}

impl Word for B256 {
    fn read(word: B256) -> Option<Self> {
        Some(word)
    }

    fn write(self) -> B256 {
        self
    }
}

/// The arguments of a call that were not read yet.
struct Arguments<'a>(&'a [u8]);

impl Arguments<'_> {
    fn next<T: Word>(&mut self) -> Option<T> {
        T::read(self.word()?)
    }

    #[inline(never)]
    fn word(&mut self) -> Option<B256> {
        let (word, rest) = self.0.split_first_chunk::<32>()?;
        self.0 = rest;
        Some(B256::new(*word))
    }
}

#[inline(never)]
fn words(words: &[B256]) -> Vec<u8> {
    words.iter().flat_map(|word| word.0).collect()
}

#[inline(never)]
fn done(outcome: Result<(), Error>) -> ArbResult {
    match outcome {
        Ok(()) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn one<T: Word>(outcome: Result<T, Error>) -> ArbResult {
    match outcome {
        Ok(value) => Ok(words(&[value.write()])),
        Err(error) => Err(error.into()),
    }
}

/// The router; with `export-abi` the SDK's stands beside it, and the tests compare the two.
pub(crate) struct ByHand;

impl Router<Stays> for ByHand {
    type Storage = Stays;

    fn route(storage: &mut Stays, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let selector = selector.to_be_bytes();
        let takes_coins = matches!(selector, I::payCall::SELECTOR | I::settleClaimCall::SELECTOR);
        if !takes_coins && !storage.vm().msg_value().is_zero() {
            return None;
        }
        let mut input = Arguments(input);
        storage
            .step(selector, &mut input)
            .or_else(|| storage.set_up(selector, &mut input))
            .or_else(|| storage.view(selector, &mut input))
    }

    fn receive(_: &mut Stays) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut Stays, _: &[u8]) -> Option<ArbResult> {
        None
    }

    fn constructor(_: &mut Stays, _: &[u8]) -> Option<ArbResult> {
        None
    }
}

#[cfg(not(feature = "export-abi"))]
impl Router<Self> for Stays {
    type Storage = Self;

    fn route(storage: &mut Self, selector: u32, input: &[u8]) -> Option<ArbResult> {
        ByHand::route(storage, selector, input)
    }

    fn receive(storage: &mut Self) -> Option<Result<(), Vec<u8>>> {
        ByHand::receive(storage)
    }

    fn fallback(storage: &mut Self, input: &[u8]) -> Option<ArbResult> {
        ByHand::fallback(storage, input)
    }

    fn constructor(storage: &mut Self, input: &[u8]) -> Option<ArbResult> {
        ByHand::constructor(storage, input)
    }
}

/// `None` is a selector that nothing has, or arguments that are none: the call reverts without data.
impl Stays {
    /// What happens to a stay and its money.
    fn step(&mut self, selector: [u8; 4], input: &mut Arguments<'_>) -> Option<ArbResult> {
        Some(match selector {
            I::payCall::SELECTOR => done(self.pay_coins(input.next()?)),
            I::bookCall::SELECTOR => done(self.accept_quote(input.next()?)),
            I::holdCall::SELECTOR => done(self.hold_room(input.next()?)),
            I::cancelCall::SELECTOR => done(self.cancel_stay(input.next()?)),
            I::retractCall::SELECTOR => done(self.retract_stay(input.next()?)),
            I::lapseCall::SELECTOR => done(self.lapse_stay(input.next()?)),
            I::arriveCall::SELECTOR => done(self.register_arrival(input.next()?)),
            I::noShowCall::SELECTOR => done(self.register_no_show(input.next()?)),
            I::disputeCall::SELECTOR => done(self.open_dispute(input.next()?)),
            I::settleCall::SELECTOR => done(self.settle_stay(input.next()?)),
            I::dischargeEarlyCall::SELECTOR => done(self.shorten(input.next()?, input.next()?)),
            I::decideCall::SELECTOR => done(self.decide_dispute(input.next()?, input.next()?)),
            I::claimCall::SELECTOR => {
                done(self.file_claim(input.next()?, input.next()?, input.next()?))
            }
            I::settleClaimCall::SELECTOR => {
                done(self.answer_claim(input.next()?, input.next()?, input.next()?))
            }
            I::payTokenCall::SELECTOR => done(self.pay_tokens(
                input.next()?,
                input.next()?,
                &Permit {
                    deadline: input.next()?,
                    v: input.next()?,
                    r: input.next()?,
                    s: input.next()?,
                },
            )),
            I::withdrawCall::SELECTOR => one(self.take_out_coins()),
            I::withdrawToCall::SELECTOR => one(self.take_out(input.next()?, input.next()?)),
            _ => return None,
        })
    }

    /// What a clinic does before a patient accepts.
    fn set_up(&mut self, selector: [u8; 4], input: &mut Arguments<'_>) -> Option<ArbResult> {
        Some(match selector {
            I::quoteCall::SELECTOR => one(self.quote_in_coins(
                input.next()?,
                input.next()?,
                input.next()?,
                input.next()?,
                input.next()?,
            )),
            I::offerCall::SELECTOR => one(self.make_offer(&Offer {
                requested: input.next()?,
                clinic: input.next()?,
                patient: input.next()?,
                admit_day: input.next()?,
                discharge_day: input.next()?,
                room: input.next()?,
                total: input.next()?,
                token: input.next()?,
                policy: input.next()?,
                valid_until: input.next()?,
                overrides: input.next()?,
            })),
            I::requestCall::SELECTOR => one(self.ask(input.next()?, input.next()?, input.next()?)),
            I::definePolicyCall::SELECTOR => {
                one(self.add_policy(input.next()?, input.next()?, input.next()?))
            }
            I::setStaffCall::SELECTOR => {
                self.change_staff(input.next()?, input.next()?);
                done(Ok(()))
            }
            I::acceptTokenCall::SELECTOR => {
                self.change_token(input.next()?, input.next()?);
                done(Ok(()))
            }
            I::openRoomCall::SELECTOR => {
                done(self.lay_out(input.next()?, input.next()?, input.next()?, input.next()?))
            }
            _ => return None,
        })
    }

    /// What can be read.
    fn view(&self, selector: [u8; 4], input: &mut Arguments<'_>) -> Option<ArbResult> {
        Some(match selector {
            I::registryCall::SELECTOR => one(Ok(self.read_registry())),
            I::stayCountCall::SELECTOR => one(Ok(self.read_count())),
            I::stayOfCall::SELECTOR => match self.read_stay(input.next()?) {
                Ok((state, clinic, patient, admit, discharge, room, total)) => Ok(words(&[
                    state.write(),
                    clinic.write(),
                    patient.write(),
                    admit.write(),
                    discharge.write(),
                    room,
                    total.write(),
                ])),
                Err(error) => Err(error.into()),
            },
            I::termsOfCall::SELECTOR => match self.read_terms(input.next()?) {
                Ok((token, policy, overrides, until, due, payer, deposit)) => Ok(words(&[
                    token.write(),
                    policy.write(),
                    overrides.write(),
                    until.write(),
                    due.write(),
                    payer.write(),
                    deposit.write(),
                ])),
                Err(error) => Err(error.into()),
            },
            I::releasedToCall::SELECTOR => {
                one(Ok(self.read_released(input.next()?, Address::ZERO)))
            }
            I::releasedInCall::SELECTOR => {
                one(Ok(self.read_released(input.next()?, input.next()?)))
            }
            I::policyOfCall::SELECTOR => match self.read_policy(input.next()?, input.next()?) {
                Ok((terms, arbiter)) => Ok(words(&[terms, arbiter.write()])),
                Err(error) => Err(error.into()),
            },
            I::staffUntilCall::SELECTOR => one(Ok(self.read_staff(input.next()?, input.next()?))),
            I::takesTokenCall::SELECTOR => {
                one(Ok(self.read_acceptance(input.next()?, input.next()?)))
            }
            I::calendarOfCall::SELECTOR => {
                one(Ok(self.nights_of(input.next()?, input.next()?, input.next()?)))
            }
            I::claimOfCall::SELECTOR => {
                let (insurer, open, most) = self.read_claim(input.next()?);
                Ok(words(&[insurer.write(), open.write(), most.write()]))
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_does_not_fit_its_type_is_none() {
        let dirty = B256::repeat_byte(1);
        assert_eq!(u32::read(B256::with_last_byte(7)), Some(7));
        assert_eq!(u128::read(u128::MAX.write()), Some(u128::MAX));
        assert_eq!((u8::read(dirty), u64::read(dirty), Address::read(dirty)), (None, None, None));
        assert_eq!(bool::read(B256::with_last_byte(2)), None);
        assert_eq!(bool::read(true.write()), Some(true));
        assert_eq!(Address::read(Address::ZERO.write()), Some(Address::ZERO));
        assert_eq!(U256::read(dirty).map(Word::write), Some(dirty));
    }

    #[test]
    fn arguments_that_are_cut_off_are_none() {
        let bytes = [0; 63];
        let mut input = Arguments(&bytes);
        assert_eq!(input.next::<u8>(), Some(0));
        assert_eq!(input.next::<u8>(), None);
    }
}
