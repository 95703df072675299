// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

// The methods of ArbOS that the two contracts of this folder call (devnode.md 4.7, 4.9, 4.10).

interface IArbOwnerPublic {
    function isChainOwner(address account) external view returns (bool);
    function getNetworkFeeAccount() external view returns (address);
}

interface IArbWasm {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
    function stylusVersion() external view returns (uint16 version);
    function codehashVersion(bytes32 codehash) external view returns (uint16 version);
    function codehashAsmSize(bytes32 codehash) external view returns (uint32 size);
}

interface IArbWasmCache {
    function cacheProgram(address program) external;
    function evictCodehash(bytes32 codehash) external;
    function codehashIsCached(bytes32 codehash) external view returns (bool);
}

IArbOwnerPublic constant ARB_OWNER_PUBLIC = IArbOwnerPublic(0x000000000000000000000000000000000000006b);
IArbWasm constant ARB_WASM = IArbWasm(0x0000000000000000000000000000000000000071);
IArbWasmCache constant ARB_WASM_CACHE = IArbWasmCache(0x0000000000000000000000000000000000000072);
