//! The *stays* program: a clinic's quotes and the patient's money in escrow.

macro_rules! interface {
    ($($attr:tt)*) => {
        alloy_sol_types::sol! {
            #[derive(Debug, PartialEq, Eq)]
            $($attr)*
            interface IStays {
                /// A clinic offers a stay. Days count from 1970-01-01 at the clinic's place; the
                /// interval is half-open, the night of `dischargeDay` is not part of it.
                /// `room` is a keyed digest of the label: no label is ever on chain.
                event StayQuoted(
                    uint64 indexed stay,
                    address indexed clinic,
                    address indexed patient,
                    uint32 admitDay,
                    uint32 dischargeDay,
                    bytes32 room,
                    uint128 totalWei
                );
                /// The patient paid the whole price into escrow.
                event StayPaid(uint64 indexed stay, address indexed payer, uint128 amountWei);
                /// The escrow of a stay was released to the clinic's balance.
                event StaySettled(uint64 indexed stay, address indexed clinic, uint128 amountWei);
                /// An account took its released money out.
                event Withdrawn(address indexed account, uint256 amountWei);

                /// No stay has this number.
                error NoStay(uint64 stay);
                /// Discharge has to come after admission.
                error DischargeNotAfterAdmit(uint32 admitDay, uint32 dischargeDay);
                /// A stay has a price above zero.
                error ZeroPrice();
                /// The zero address cannot be a patient.
                error ZeroPatient();
                /// The stay was quoted to somebody else.
                error NotPatient(uint64 stay, address patient, address caller);
                /// Neither the patient nor the clinic of this stay.
                error NotParty(uint64 stay, address caller);
                /// The stay is not in the state this needs; numbers as in `stayOf`.
                error WrongState(uint64 stay, uint8 state, uint8 needed);
                /// Exactly the quoted price is due, not more and not less.
                error WrongAmount(uint64 stay, uint256 dueWei, uint256 sentWei);
                /// The clinic may settle from the discharge day on; the patient at any time.
                error BeforeDischarge(uint64 stay, uint64 opensAt, uint64 time);
                /// Nothing is released to this account.
                error NothingToWithdraw(address account);
                /// The account did not accept its money.
                error TransferFailed(address account, uint256 amountWei);

                /// Quotes a stay to `patient`; the caller is the clinic. Returns its number, from 1.
                function quote(
                    address patient, uint32 admitDay, uint32 dischargeDay, bytes32 room, uint128 totalWei
                ) external returns (uint64 stay);

                /// Pays a quoted stay into escrow. Only the patient, exactly the price.
                function pay(uint64 stay) external payable;

                /// Releases the escrow to the clinic's balance.
                ///
                /// The patient may at any time; the clinic from the discharge day on (00:00 UTC).
                function settle(uint64 stay) external;

                /// Pays the caller everything that was released to it. Returns the amount in wei.
                function withdraw() external returns (uint256 amountWei);

                /// How many stays were quoted; their numbers run from 1 to this.
                function stayCount() external view returns (uint64 count);

                /// One stay. `state`: 1 quoted, 2 paid, 3 settled.
                function stayOf(uint64 stay) external view returns (
                    uint8 state, address clinic, address patient, uint32 admitDay,
                    uint32 dischargeDay, bytes32 room, uint128 totalWei
                );

                /// Money released to `account` and not yet withdrawn, in wei.
                function releasedTo(address account) external view returns (uint256 amountWei);

                /// All money the contract owes: escrows and released balances, in wei.
                function liabilities() external view returns (uint256 amountWei);
            }
        }
    };
}

#[cfg(feature = "json")]
interface!(#[sol(abi)]);
#[cfg(not(feature = "json"))]
interface!();

/// States of a stay as `stayOf` returns them.
pub mod stay_state {
    /// Offered by the clinic, no money yet (FHIR Appointment `proposed`).
    pub const QUOTED: u8 = 1;
    /// The whole price is in escrow (FHIR Appointment `booked`).
    pub const PAID: u8 = 2;
    /// The escrow went to the clinic (FHIR Appointment `fulfilled`).
    pub const SETTLED: u8 = 3;
}
