//! Every refusal of the program, as the interface names it.

use chartkey_abi::IStays::{
    BeforeDischarge, DischargeNotAfterAdmit, NoStay, NotParty, NotPatient, NothingToWithdraw,
    TransferFailed, WrongAmount, WrongState, ZeroPatient, ZeroPrice,
};
use stylus_sdk::prelude::*;

/// Why a call was refused.
#[derive(SolidityError, Debug, PartialEq, Eq)]
pub enum Error {
    /// No stay has this number.
    NoStay(NoStay),
    /// Discharge has to come after admission.
    DischargeNotAfterAdmit(DischargeNotAfterAdmit),
    /// A stay has a price above zero.
    ZeroPrice(ZeroPrice),
    /// The zero address cannot be a patient.
    ZeroPatient(ZeroPatient),
    /// The stay was quoted to somebody else.
    NotPatient(NotPatient),
    /// Neither the patient nor the clinic of this stay.
    NotParty(NotParty),
    /// The stay is not in the state this needs.
    WrongState(WrongState),
    /// Exactly the quoted price is due.
    WrongAmount(WrongAmount),
    /// The clinic may settle from the discharge day on.
    BeforeDischarge(BeforeDischarge),
    /// Nothing is released to this account.
    NothingToWithdraw(NothingToWithdraw),
    /// The account did not accept its money.
    TransferFailed(TransferFailed),
}
