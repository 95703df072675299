// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.4;

interface IStays {
    error BeforeDischarge(uint64 stay, uint64 opensAt, uint64 time);
    error DischargeNotAfterAdmit(uint32 admitDay, uint32 dischargeDay);
    error NoStay(uint64 stay);
    error NotParty(uint64 stay, address caller);
    error NotPatient(uint64 stay, address patient, address caller);
    error NothingToWithdraw(address account);
    error TransferFailed(address account, uint256 amountWei);
    error WrongAmount(uint64 stay, uint256 dueWei, uint256 sentWei);
    error WrongState(uint64 stay, uint8 state, uint8 needed);
    error ZeroPatient();
    error ZeroPrice();

    event StayPaid(uint64 indexed stay, address indexed payer, uint128 amountWei);
    event StayQuoted(uint64 indexed stay, address indexed clinic, address indexed patient, uint32 admitDay, uint32 dischargeDay, bytes32 room, uint128 totalWei);
    event StaySettled(uint64 indexed stay, address indexed clinic, uint128 amountWei);
    event Withdrawn(address indexed account, uint256 amountWei);

    function liabilities() external view returns (uint256 amountWei);
    function pay(uint64 stay) external payable;
    function quote(address patient, uint32 admitDay, uint32 dischargeDay, bytes32 room, uint128 totalWei) external returns (uint64 stay);
    function releasedTo(address account) external view returns (uint256 amountWei);
    function settle(uint64 stay) external;
    function stayCount() external view returns (uint64 count);
    function stayOf(uint64 stay) external view returns (uint8 state, address clinic, address patient, uint32 admitDay, uint32 dischargeDay, bytes32 room, uint128 totalWei);
    function withdraw() external returns (uint256 amountWei);
}
