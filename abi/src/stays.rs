//! The *stays* program: a clinic's quotes, its rooms and the money in escrow.

#![allow(clippy::too_many_arguments, reason = "`sol!` makes a constructor of each call and event")]

mod creation;
mod policy;
mod state;

pub use creation::stays_creation_code;
pub use policy::PolicyTerms;
pub use state::stay_state;

macro_rules! interface {
    ($($attr:tt)*) => {
        alloy_sol_types::sol! {
            #[derive(Debug, PartialEq, Eq)]
            $($attr)*
            interface IStays {
                /// A clinic defined a policy under its next number; what a number says never
                /// changes. `terms` is packed as `PolicyTerms` says.
                event PolicyDefined(
                    address indexed clinic, uint32 indexed policy, bytes32 name, bytes32 terms, address arbiter
                );
                /// `staff` may act for the clinic until `until` (Unix seconds); 0 takes the right away.
                event StaffChanged(address indexed clinic, address indexed staff, uint64 until);
                /// The clinic takes a token, or no longer does.
                event TokenAccepted(address indexed clinic, address indexed token, bool isAccepted);
                /// The calendar of a room is laid out for these days: bookings cost the same from then on.
                event RoomOpened(address indexed clinic, bytes32 indexed room, uint32 fromDay, uint32 toDay);

                /// A patient asks a clinic for a stay.
                event StayRequested(
                    uint64 indexed stay,
                    address indexed clinic,
                    address indexed patient,
                    uint32 admitDay,
                    uint32 dischargeDay
                );
                /// A clinic offers a stay. Days count from 1970-01-01 at the clinic's place; the
                /// interval is half-open, the night of `dischargeDay` is not part of it.
                /// `room` is a keyed digest of the label: no label is ever on chain.
                /// `token` 0 is the chain's coin; `validUntil` in Unix seconds.
                event StayQuoted(
                    uint64 indexed stay,
                    address indexed clinic,
                    address indexed patient,
                    uint32 admitDay,
                    uint32 dischargeDay,
                    bytes32 room,
                    uint128 totalWei,
                    address token,
                    uint32 policy,
                    uint64 validUntil
                );
                /// The quote does not reserve its room: `by` says it may be double.
                event AvailabilityOverridden(uint64 indexed stay, address indexed by);
                /// A stay is held, booked, arrived or disputed; `until` is when that ends by itself.
                event StayMoved(uint64 indexed stay, address indexed by, uint8 state, uint64 until);
                /// Somebody paid into the escrow of a stay, in whole or in part.
                event StayPaid(uint64 indexed stay, address indexed payer, uint128 amountWei);
                /// A stay ends before `dischargeDay`; the rest of the nights is free again.
                event StayShortened(
                    uint64 indexed stay, address indexed by, uint32 dischargeDay, uint128 refundWei
                );
                /// The escrow of a stay was released to the clinic's balance.
                event StaySettled(uint64 indexed stay, address indexed clinic, uint128 amountWei);
                /// A stay ended otherwise: what went back to who paid, what the clinic keeps.
                event StayClosed(
                    uint64 indexed stay, address indexed by, uint8 state, uint128 refundWei, uint128 keptWei
                );
                /// A refund was released to who paid, in the token paid.
                event Refunded(uint64 indexed stay, address indexed payer, uint128 amountWei);
                /// An account took its released money out, to `to`.
                event Withdrawn(
                    address indexed account, address indexed token, address to, uint256 amountWei
                );
                /// The patient claims a paid stay from an insurer, and consents by that; 0: takes the claim
                /// and the consent back.
                event StayClaimed(uint64 indexed stay, address indexed insurer, uint128 amountWei);
                /// The insurer paid `amountWei` to `to`; `openWei` of the claim is left.
                event ClaimSettled(
                    uint64 indexed stay,
                    address indexed insurer,
                    address indexed to,
                    uint128 amountWei,
                    uint128 openWei
                );

                /// No stay has this number.
                error NoStay(uint64 stay);
                /// Discharge has to come after admission.
                error DischargeNotAfterAdmit(uint32 admitDay, uint32 dischargeDay);
                /// A stay has at most `most` nights.
                error StayTooLong(uint32 nights, uint32 most);
                /// A stay has a price above zero.
                error ZeroPrice();
                /// An amount of money has at most 96 bits.
                error AmountTooLarge(uint256 amountWei);
                /// The zero address cannot be a patient.
                error ZeroPatient();
                /// The caller is neither the clinic nor its staff.
                error NotClinic(address clinic, address caller);
                /// The registrar does not vouch for this clinic now: no credential, or one that is not
                /// valid at this time, or suspended.
                error NoCredential(address clinic);
                /// The stay was quoted to somebody else.
                error NotPatient(uint64 stay, address patient, address caller);
                /// Neither the patient nor the clinic of this stay.
                error NotParty(uint64 stay, address caller);
                /// The stay is not in the state this needs; numbers as in `stayOf`.
                error WrongState(uint64 stay, uint8 state, uint8 needed);
                /// Exactly what is due has to be paid; a part only by the patient, if the policy says so.
                error WrongAmount(uint64 stay, uint256 dueWei, uint256 sentWei);
                /// The stay is priced in another currency; 0 is the chain's coin.
                error WrongCurrency(uint64 stay, address token);
                /// This was possible until `until`.
                error TooLate(uint64 stay, uint64 until, uint64 time);
                /// This is possible from `opensAt` on.
                error TooEarly(uint64 stay, uint64 opensAt, uint64 time);
                /// Anybody may settle from `opensAt` on; the patient at any time.
                error BeforeDischarge(uint64 stay, uint64 opensAt, uint64 time);
                /// A day outside of `least` to `most`.
                error DayOutOfRange(uint32 day, uint32 least, uint32 most);
                /// The room belongs to another stay in the night of this day.
                error RoomTaken(bytes32 room, uint32 night);
                /// The clinic has no policy of this number.
                error NoPolicy(address clinic, uint32 policy);
                /// Shares above 10,000 basis points, windows above a year, or an arbiter without time.
                error UnsoundPolicy(bytes32 terms);
                /// The clinic does not take this token.
                error TokenNotAccepted(address clinic, address token);
                /// The token refused, answered `false`, or is no contract.
                error TokenFailed(address token);
                /// The token delivered another amount than it was told to.
                error TokenShort(address token, uint256 expected, uint256 found);
                /// The policy names no arbiter.
                error NoArbiter(uint64 stay);
                /// Only the arbiter of the policy decides.
                error NotArbiter(uint64 stay, address arbiter, address caller);
                /// The insurer has no open claim for this stay.
                error NoClaim(uint64 stay, address insurer);
                /// A claim for this stay is open already.
                error ClaimOpen(uint64 stay, address insurer);
                /// Nothing is released to this account.
                error NothingToWithdraw(address account);
                /// The account did not accept its money.
                error TransferFailed(address account, uint256 amountWei);
                /// Money is on its way; nothing else happens meanwhile.
                error Reentered();

                /// Defines a policy of the caller. Returns its number, from 1. `terms` is packed as
                /// `PolicyTerms` says; `arbiter` 0 means that there are no disputes.
                function definePolicy(bytes32 name, bytes32 terms, address arbiter)
                    external returns (uint32 policy);

                /// Lets `staff` act for the caller until `until` (Unix seconds); 0 ends it.
                function setStaff(address staff, uint64 until) external;

                /// The caller takes `token`, or no longer does.
                function acceptToken(address token, bool isAccepted) external;

                /// Lays out the calendar of a room, at most 8 times 255 days at once.
                function openRoom(address clinic, bytes32 room, uint32 fromDay, uint32 toDay) external;

                /// The caller asks `clinic` for a stay. Returns its number.
                function request(address clinic, uint32 admitDay, uint32 dischargeDay)
                    external returns (uint64 stay);

                /// Quotes a stay in the chain's coin under policy 0; the caller is the clinic, and
                /// holds a current credential of the records program's registrar. Returns its number, from 1.
                function quote(
                    address patient, uint32 admitDay, uint32 dischargeDay, bytes32 room, uint128 totalWei
                ) external returns (uint64 stay);

                /// Quotes a stay, or answers a request (`requested` 0: none). The caller is the clinic or
                /// its staff, and the clinic holds a current credential. `overrides`: the room may be double.
                function offer(
                    uint64 requested, address clinic, address patient, uint32 admitDay,
                    uint32 dischargeDay, bytes32 room, uint128 totalWei, address token,
                    uint32 policy, uint64 validUntil, bool overrides
                ) external returns (uint64 stay);

                /// Reserves the room of a quote for the policy's hold time. Only the patient.
                function hold(uint64 stay) external;

                /// Accepts a quote; it has to be paid within the policy's time. Only the patient.
                function book(uint64 stay) external;

                /// Pays a booked stay into escrow; by the patient also a quote, which books it.
                ///
                /// Exactly what is due; or, by the patient and if the policy says so, a part.
                function pay(uint64 stay) external payable;

                /// As `pay`, in the stay's token. With `deadline` 0 from an allowance, otherwise with an
                /// ERC-2612 permit of the caller.
                function payToken(
                    uint64 stay, uint128 amountWei, uint256 deadline, uint8 v, bytes32 r, bytes32 s
                ) external;

                /// Ends a stay. By the clinic with full refund, by the patient before admission with
                /// what the policy gives back.
                function cancel(uint64 stay) external;

                /// Marks a stay as entered in error, with full refund. Only the clinic.
                function retract(uint64 stay) external;

                /// Frees a room whose hold or time to pay is over. Anybody.
                function lapse(uint64 stay) external;

                /// The patient is in house. The clinic or the patient, from the admission day on.
                function arrive(uint64 stay) external;

                /// The patient did not come. Only the clinic, after the policy's grace time.
                function noShow(uint64 stay) external;

                /// The patient leaves before the agreed day. Only the clinic. The policy's share of all freed
                /// nights goes back, in however many steps.
                function dischargeEarly(uint64 stay, uint32 dischargeDay) external;

                /// Freezes the escrow until the arbiter decides. Only the patient, from admission to
                /// settlement.
                function dispute(uint64 stay) external;

                /// The arbiter splits the escrow: `refundWei` back to who paid, the rest to the clinic.
                function decide(uint64 stay, uint128 refundWei) external;

                /// Releases the escrow to the clinic's balance.
                ///
                /// The patient may at any time; everybody else from the discharge day (00:00 UTC) and the
                /// policy's delay on, or when a dispute has timed out.
                function settle(uint64 stay) external;

                /// Claims a paid stay from `insurer`, or with 0 takes back what is open there. Only the
                /// patient. All insurers together pay no more than the stay costs.
                function claim(uint64 stay, address insurer, uint128 amountWei) external;

                /// Pays a claim in whole or part, to the clinic or the patient, in the stay's currency;
                /// 0 refuses what is open. Only the insurer.
                function settleClaim(uint64 stay, uint128 amountWei, bool toClinic) external payable;

                /// Pays the caller all coins that were released to it. Returns the amount in wei.
                function withdraw() external returns (uint256 amountWei);

                /// As `withdraw`, of any token (0: the chain's coin) and to another account.
                function withdrawTo(address token, address to) external returns (uint256 amountWei);

                /// The records program whose registrar vouches for clinics; set at creation.
                function registry() external view returns (address records);

                /// How many stays there are; their numbers run from 1 to this.
                function stayCount() external view returns (uint64 count);

                /// One stay; `stay_state` lists the states.
                function stayOf(uint64 stay) external view returns (
                    uint8 state, address clinic, address patient, uint32 admitDay,
                    uint32 dischargeDay, bytes32 room, uint128 totalWei
                );

                /// The rest of a stay: `until` ends its state (0: nothing does), `dueWei` is unpaid,
                /// `payer` paid what the patient's deposit did not.
                function termsOf(uint64 stay) external view returns (
                    address token, uint32 policy, bool overrides, uint64 until, uint128 dueWei,
                    address payer, uint128 depositWei
                );

                /// Coins released to `account` and not yet withdrawn, in wei.
                function releasedTo(address account) external view returns (uint256 amountWei);

                /// As `releasedTo`, of a token.
                function releasedIn(address account, address token)
                    external view returns (uint256 amountWei);

                /// A policy of a clinic; number 0 is every clinic's.
                function policyOf(address clinic, uint32 policy)
                    external view returns (bytes32 terms, address arbiter);

                /// Until when `staff` may act for `clinic`, in Unix seconds.
                function staffUntil(address clinic, address staff) external view returns (uint64 until);

                /// Whether `clinic` takes `token`.
                function takesToken(address clinic, address token) external view returns (bool isAccepted);

                /// The nights of a room in the 255 days that `day` is in, a bit each, the lowest the
                /// first; bit 255 says that they are laid out.
                function calendarOf(address clinic, bytes32 room, uint32 day)
                    external view returns (uint256 nights);

                /// The claim of a stay: who is asked, for how much, and how much of that may be paid: a stay
                /// becomes cheaper by an early discharge, and by what a dispute gave back; for one that was
                /// cancelled nothing is paid, and both sides can end the claim.
                function claimOf(uint64 stay)
                    external view returns (address insurer, uint128 openWei, uint128 mostWei);
            }
        }
    };
}

#[cfg(feature = "json")]
interface!(#[sol(abi)]);
#[cfg(not(feature = "json"))]
interface!();
