// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ARB_OWNER_PUBLIC, ARB_WASM, ARB_WASM_CACHE} from "./ArbOS.sol";

/// @notice Sells places in the cache of Stylus programs to the highest bids.
/// @dev Written from devnode.md 1.10: interface, events and errors are those that tools know.
contract CacheManager {
    /// A program in the cache.
    struct Entry {
        bytes32 code;
        uint64 size;
        uint192 bid;
    }

    error NotChainOwner(address sender);
    error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
    error AlreadyCached(bytes32 codehash);
    error BidTooLarge(uint256 bid);
    error BidTooSmall(uint192 bid, uint192 min);
    error BidsArePaused();
    error MakeSpaceTooLarge(uint64 size, uint64 limit);
    error AlreadyInitialized();

    event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);
    event DeleteBid(bytes32 indexed codehash, uint192 bid, uint64 size);
    event SetCacheSize(uint64 size);
    event SetDecayRate(uint64 decay);
    event Pause();
    event Unpause();

    /// Least size that is counted for a program, in bytes.
    uint64 private constant MIN_SIZE = 4096;
    /// Most bytes that can be made free in one call.
    uint64 private constant MAX_MAKE_SPACE = 5 * 1024 * 1024;

    /// A heap: no entry has a smaller bid than the one above it, at half its position.
    Entry[] public entries;
    /// Capacity in bytes of compiled code.
    uint64 public cacheSize;
    /// Bytes in use.
    uint64 public queueSize;
    /// Wei per second that a bid loses against newer ones.
    uint64 public decay;
    bool public isPaused;
    bool private isInitialized;

    modifier onlyOwner() {
        if (!ARB_OWNER_PUBLIC.isChainOwner(msg.sender)) revert NotChainOwner(msg.sender);
        _;
    }

    constructor(uint64 initCacheSize, uint64 initDecay) {
        initialize(initCacheSize, initDecay);
    }

    function initialize(uint64 initCacheSize, uint64 initDecay) public {
        if (isInitialized) revert AlreadyInitialized();
        isInitialized = true;
        cacheSize = initCacheSize;
        decay = initDecay;
    }

    // ----- bids -------------------------------------------------------------------------------------

    function placeBid(address program) external payable {
        if (isPaused) revert BidsArePaused();
        bytes32 codehash = program.codehash;
        if (ARB_WASM_CACHE.codehashIsCached(codehash)) revert AlreadyCached(codehash);
        uint64 size = sizeOf(codehash);
        uint192 bid = currentBid();
        popUntilFits(bid, size);
        if (uint256(queueSize) + size > cacheSize) revert AsmTooLarge(size, queueSize, cacheSize);
        ARB_WASM_CACHE.cacheProgram(program);
        queueSize += size;
        push(Entry({code: codehash, size: size, bid: bid}));
        emit InsertBid(codehash, program, bid, size);
    }

    function makeSpace(uint64 size) external payable returns (uint64 space) {
        if (size > MAX_MAKE_SPACE) revert MakeSpaceTooLarge(size, MAX_MAKE_SPACE);
        popUntilFits(currentBid(), size);
        return queueSize < cacheSize ? cacheSize - queueSize : 0;
    }

    /// What the value is worth now, compared with earlier bids.
    function currentBid() private view returns (uint192) {
        uint256 bid = msg.value + block.timestamp * uint256(decay);
        if (bid > type(uint192).max) revert BidTooLarge(bid);
        return uint192(bid);
    }

    function popUntilFits(uint192 bid, uint64 size) private {
        uint192 last = 0;
        while (uint256(queueSize) + size > cacheSize && entries.length != 0) {
            last = evictSmallest();
        }
        if (bid < last) revert BidTooSmall(bid, last);
    }

    function evictSmallest() private returns (uint192 bid) {
        Entry memory smallest = pop();
        queueSize -= smallest.size;
        ARB_WASM_CACHE.evictCodehash(smallest.code);
        emit DeleteBid(smallest.code, smallest.bid, smallest.size);
        return smallest.bid;
    }

    function sizeOf(bytes32 codehash) private view returns (uint64) {
        uint64 size = ARB_WASM.codehashAsmSize(codehash);
        return size < MIN_SIZE ? MIN_SIZE : size;
    }

    // ----- what a bid must be -----------------------------------------------------------------------

    function getMinBid(address program) external view returns (uint192) {
        return getMinBid(program.codehash);
    }

    function getMinBid(bytes32 codehash) public view returns (uint192) {
        return getMinBid(sizeOf(codehash));
    }

    function getMinBid(uint64 size) public view returns (uint192 min) {
        if (size > cacheSize) revert AsmTooLarge(size, 0, cacheSize);
        uint256 used = queueSize;
        if (used + size <= cacheSize) return 0;
        Entry[] memory ascending = getSmallestEntries(entries.length);
        uint192 last = 0;
        for (uint256 i = 0; used + size > cacheSize && i < ascending.length; i++) {
            used -= ascending[i].size;
            last = ascending[i].bid;
        }
        uint256 decayed = block.timestamp * uint256(decay);
        return last > decayed ? uint192(last - decayed) : 0;
    }

    function getEntries() external view returns (Entry[] memory) {
        return entries;
    }

    /// The entries with the smallest bids, the smallest first.
    function getSmallestEntries(uint256 k) public view returns (Entry[] memory smallest) {
        Entry[] memory all = entries;
        if (k > all.length) k = all.length;
        smallest = new Entry[](k);
        for (uint256 i = 0; i < k; i++) {
            uint256 least = i;
            for (uint256 j = i + 1; j < all.length; j++) {
                if (all[j].bid < all[least].bid) least = j;
            }
            (all[i], all[least]) = (all[least], all[i]);
            smallest[i] = all[i];
        }
    }

    // ----- owners -----------------------------------------------------------------------------------

    function setCacheSize(uint64 newSize) external onlyOwner {
        cacheSize = newSize;
        emit SetCacheSize(newSize);
    }

    function setDecayRate(uint64 newDecay) external onlyOwner {
        decay = newDecay;
        emit SetDecayRate(newDecay);
    }

    function paused() external onlyOwner {
        isPaused = true;
        emit Pause();
    }

    function unpause() external onlyOwner {
        isPaused = false;
        emit Unpause();
    }

    function evictAll() external onlyOwner {
        evictPrograms(entries.length);
    }

    /// Evicts the programs with the smallest bids.
    function evictPrograms(uint256 count) public onlyOwner {
        for (; count != 0 && entries.length != 0; count--) evictSmallest();
    }

    /// Sends what was bid to the network fee account.
    function sweepFunds() external {
        (bool isSent,) = ARB_OWNER_PUBLIC.getNetworkFeeAccount().call{value: address(this).balance}("");
        require(isSent);
    }

    // ----- the heap ---------------------------------------------------------------------------------

    function push(Entry memory entry) private {
        uint256 at = entries.length;
        entries.push();
        while (at != 0) {
            uint256 above = (at - 1) / 2;
            if (entries[above].bid <= entry.bid) break;
            entries[at] = entries[above];
            at = above;
        }
        entries[at] = entry;
    }

    function pop() private returns (Entry memory smallest) {
        smallest = entries[0];
        Entry memory last = entries[entries.length - 1];
        entries.pop();
        uint256 length = entries.length;
        if (length == 0) return smallest;
        uint256 at = 0;
        for (uint256 below = 1; below < length; below = 2 * at + 1) {
            if (below + 1 < length && entries[below + 1].bid < entries[below].bid) below++;
            if (last.bid <= entries[below].bid) break;
            entries[at] = entries[below];
            at = below;
        }
        entries[at] = last;
    }
}
