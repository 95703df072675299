//! Every refusal of the program, as the interface names it.

use chartkey_abi::IStays::{
    AmountTooLarge, BeforeDischarge, ClaimOpen, DayOutOfRange, DischargeNotAfterAdmit, NoArbiter,
    NoClaim, NoCredential, NoPolicy, NoStay, NotArbiter, NotClinic, NotParty, NotPatient,
    NothingToWithdraw, Reentered, RoomTaken, StayTooLong, TokenFailed, TokenNotAccepted,
    TokenShort, TooEarly, TooLate, TransferFailed, UnsoundPolicy, WrongAmount, WrongCurrency,
    WrongState, ZeroPatient, ZeroPrice,
};
use stylus_sdk::prelude::*;

/// Why a call was refused.
#[derive(SolidityError, Debug, PartialEq, Eq)]
pub enum Error {
    /// No stay has this number.
    NoStay(NoStay),
    /// Discharge has to come after admission.
    DischargeNotAfterAdmit(DischargeNotAfterAdmit),
    /// A stay has at most 255 nights.
    StayTooLong(StayTooLong),
    /// A stay has a price above zero.
    ZeroPrice(ZeroPrice),
    /// An amount of money has at most 96 bits.
    AmountTooLarge(AmountTooLarge),
    /// The zero address cannot be a patient.
    ZeroPatient(ZeroPatient),
    /// The caller is neither the clinic nor its staff.
    NotClinic(NotClinic),
    /// The registrar does not vouch for the clinic now.
    NoCredential(NoCredential),
    /// The stay was quoted to somebody else.
    NotPatient(NotPatient),
    /// Neither the patient nor the clinic of this stay.
    NotParty(NotParty),
    /// The stay is not in the state this needs.
    WrongState(WrongState),
    /// Exactly what is due has to be paid, or a part that the policy allows.
    WrongAmount(WrongAmount),
    /// The stay is priced in another currency.
    WrongCurrency(WrongCurrency),
    /// The time for this is over.
    TooLate(TooLate),
    /// The time for this has not come.
    TooEarly(TooEarly),
    /// Others than the patient settle from the discharge day on.
    BeforeDischarge(BeforeDischarge),
    /// A day outside of what is allowed.
    DayOutOfRange(DayOutOfRange),
    /// The room belongs to another stay that night.
    RoomTaken(RoomTaken),
    /// The clinic has no such policy.
    NoPolicy(NoPolicy),
    /// A policy out of bounds.
    UnsoundPolicy(UnsoundPolicy),
    /// The clinic does not take this token.
    TokenNotAccepted(TokenNotAccepted),
    /// The token did not do as it was told.
    TokenFailed(TokenFailed),
    /// The token delivered another amount.
    TokenShort(TokenShort),
    /// The policy names no arbiter.
    NoArbiter(NoArbiter),
    /// Only the arbiter decides.
    NotArbiter(NotArbiter),
    /// The insurer has no open claim for this stay.
    NoClaim(NoClaim),
    /// A claim for this stay is open already.
    ClaimOpen(ClaimOpen),
    /// Nothing is released to this account.
    NothingToWithdraw(NothingToWithdraw),
    /// The account did not accept its money, or it would go to nobody.
    TransferFailed(TransferFailed),
    /// Money is on its way already.
    Reentered(Reentered),
}
