// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// The simple way of the stays program in frugal Solidity: the same functions, events, checks and the
/// same words in storage, so that what differs is the machine. It is no contract to use.
contract FrugalStays {
    event StayQuoted(
        uint64 indexed stay, address indexed clinic, address indexed patient, uint32 admitDay,
        uint32 dischargeDay, bytes32 room, uint128 totalWei, address token, uint32 policy, uint64 validUntil
    );
    event StayMoved(uint64 indexed stay, address indexed by, uint8 state, uint64 until);
    event StayPaid(uint64 indexed stay, address indexed payer, uint128 amountWei);
    event StaySettled(uint64 indexed stay, address indexed clinic, uint128 amountWei);
    event Withdrawn(address indexed account, address indexed token, address to, uint256 amountWei);
    event RoomOpened(address indexed clinic, bytes32 indexed room, uint32 fromDay, uint32 toDay);

    error NoStay(uint64 stay);
    error DischargeNotAfterAdmit(uint32 admitDay, uint32 dischargeDay);
    error StayTooLong(uint32 nights, uint32 most);
    error ZeroPrice();
    error AmountTooLarge(uint256 amountWei);
    error ZeroPatient();
    error NotPatient(uint64 stay, address patient, address caller);
    error NotParty(uint64 stay, address caller);
    error WrongState(uint64 stay, uint8 state, uint8 needed);
    error WrongAmount(uint64 stay, uint256 dueWei, uint256 sentWei);
    error TooLate(uint64 stay, uint64 until, uint64 time);
    error BeforeDischarge(uint64 stay, uint64 opensAt, uint64 time);
    error RoomTaken(bytes32 room, uint32 night);
    error NothingToWithdraw(address account);
    error TransferFailed(address account, uint256 amountWei);
    error Reentered();

    uint8 private constant QUOTED = 1;
    uint8 private constant PAID = 2;
    uint8 private constant SETTLED = 3;
    uint8 private constant BOOKED = 6;
    uint256 private constant MOST_INSTANT = (1 << 40) - 1;
    uint64 private constant PAY_WITHIN = 86400;

    struct Stay {
        /// state 8, flags 8, until 40, admit day 32, nights 8, due or payer 160; from the left
        uint256 head;
        /// patient 160, total 96
        uint256 who;
        /// clinic 160, policy 32
        uint256 clinic;
        bytes32 room;
    }

    uint64 private count;
    bool private isPayingOut;
    mapping(uint64 => Stay) private stays;
    mapping(address => mapping(address => uint256)) private released;
    mapping(address => mapping(bytes32 => mapping(uint32 => uint256))) private rooms;

    function openRoom(bytes32 room, uint32 day) external {
        rooms[msg.sender][room][day / 255] |= 1 << 255;
        emit RoomOpened(msg.sender, room, day, day);
    }

    function quote(address patient, uint32 admitDay, uint32 dischargeDay, bytes32 room, uint128 totalWei)
        external returns (uint64 stay)
    {
        unchecked {
            if (patient == address(0)) revert ZeroPatient();
            if (admitDay >= dischargeDay) revert DischargeNotAfterAdmit(admitDay, dischargeDay);
            uint256 nights = dischargeDay - admitDay;
            if (nights > 255) revert StayTooLong(uint32(nights), 255);
            if (totalWei == 0) revert ZeroPrice();
            if (totalWei >> 96 != 0) revert AmountTooLarge(totalWei);
            stay = ++count;
            Stay storage entry = stays[stay];
            entry.head = uint256(QUOTED) << 248 | MOST_INSTANT << 200 | uint256(admitDay) << 168
                | nights << 160 | totalWei;
            entry.who = uint256(totalWei) << 160 | uint160(patient);
            entry.clinic = uint160(msg.sender);
            entry.room = room;
        }
        emit StayQuoted(
            stay, msg.sender, patient, admitDay, dischargeDay, room, totalWei, address(0), 0, uint64(MOST_INSTANT)
        );
    }

    function book(uint64 stay) external {
        unchecked {
            uint256 head = accept(stay, stays[stay].head);
            uint64 until = uint64(block.timestamp) + PAY_WITHIN;
            stays[stay].head = moved(head, BOOKED, until);
            emit StayMoved(stay, msg.sender, BOOKED, until);
        }
    }

    function pay(uint64 stay) external payable {
        unchecked {
            uint256 head = stays[stay].head;
            if (head >> 248 != BOOKED) accept(stay, head);
            else if (block.timestamp > uint40(head >> 200)) {
                revert TooLate(stay, uint40(head >> 200), uint64(block.timestamp));
            }
            uint256 due = uint96(head);
            if (msg.value != due) revert WrongAmount(stay, due, msg.value);
            stays[stay].head = moved(head, PAID, 0) >> 160 << 160 | uint160(msg.sender);
            emit StayPaid(stay, msg.sender, uint128(due));
        }
    }

    function settle(uint64 stay) external {
        unchecked {
            Stay storage entry = stays[stay];
            uint256 head = entry.head;
            if (head == 0) revert NoStay(stay);
            if (head >> 248 != PAID) revert WrongState(stay, uint8(head >> 248), PAID);
            address clinic = address(uint160(entry.clinic));
            uint256 who = entry.who;
            if (msg.sender != address(uint160(who))) {
                uint64 opensAt = uint64(uint32(head >> 168) + uint8(head >> 160)) * 86400;
                if (block.timestamp < opensAt) {
                    if (msg.sender != clinic) revert NotParty(stay, msg.sender);
                    revert BeforeDischarge(stay, opensAt, uint64(block.timestamp));
                }
            }
            entry.head = moved(head, SETTLED, 0);
            released[address(0)][clinic] += who >> 160;
            emit StaySettled(stay, clinic, uint128(who >> 160));
        }
    }

    function withdraw() external returns (uint256 amount) {
        amount = released[address(0)][msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        if (isPayingOut) revert Reentered();
        isPayingOut = true;
        released[address(0)][msg.sender] = 0;
        (bool isDone,) = msg.sender.call{value: amount}("");
        if (!isDone) revert TransferFailed(msg.sender, amount);
        isPayingOut = false;
        emit Withdrawn(msg.sender, address(0), msg.sender, amount);
    }

    function accept(uint64 stay, uint256 head) private returns (uint256) {
        unchecked {
            if (head == 0) revert NoStay(stay);
            if (head >> 248 != QUOTED) revert WrongState(stay, uint8(head >> 248), QUOTED);
            Stay storage entry = stays[stay];
            address patient = address(uint160(entry.who));
            if (msg.sender != patient) revert NotPatient(stay, patient, msg.sender);
            if (block.timestamp > uint40(head >> 200)) {
                revert TooLate(stay, uint40(head >> 200), uint64(block.timestamp));
            }
            take(address(uint160(entry.clinic)), entry.room, uint32(head >> 168), uint8(head >> 160));
            return head;
        }
    }

    function take(address clinic, bytes32 room, uint32 day, uint32 nights) private {
        unchecked {
            mapping(uint32 => uint256) storage calendar = rooms[clinic][room];
            uint32 end = day + nights;
            while (day < end) {
                uint32 first = day % 255;
                uint32 many = end - day;
                if (many > 255 - first) many = 255 - first;
                uint256 ours = ((1 << many) - 1) << first;
                uint256 taken = calendar[day / 255];
                if (taken & ours != 0) revert RoomTaken(room, day);
                calendar[day / 255] = taken | ours;
                day += many;
            }
        }
    }

    function moved(uint256 head, uint8 state, uint64 until) private pure returns (uint256) {
        return uint256(state) << 248 | uint256(until) << 200 | (head & (type(uint256).max >> 56))
            | (head & (0xff << 240));
    }
}
