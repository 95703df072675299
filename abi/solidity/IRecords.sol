// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.4;

interface IRecords {
    error BlobLength(uint256 length, uint256 least, uint256 most);
    error EmptyBatch();
    error HandleOutOfRange(uint16 handle);
    error NoRecord(bytes32 record);
    error NotOwner(bytes32 record, address caller);
    error RecordExists(bytes32 record);
    error SectionNotOpen(bytes32 record, uint16 handle);
    error StateMoved(bytes32 record, uint16 handle, bytes32 expected, bytes32 actual);

    event HealthRecordUpdated(bytes32 indexed record, uint16 indexed handle, address indexed author, bytes32 state, bytes32 link, bytes blob);
    event RecordCreated(bytes32 indexed record, address indexed owner);

    function append(bytes32 record, uint16 handle, bytes32 expectedState, bytes memory envelope) external returns (bytes32 state);
    function appendBatch(bytes32 record, uint16 handle, bytes32 expectedState, bytes[] memory envelopes) external returns (bytes32 state);
    function appendEpoch(bytes32 record, uint16 handle, bytes32 expectedState, bytes memory epochRecord) external returns (bytes32 state);
    function createRecord(bytes32 nonce, uint16 handle, bytes memory epochRecord) external returns (bytes32 record);
    function ownerOf(bytes32 record) external view returns (address owner);
    function stateOf(bytes32 record, uint16 handle) external view returns (bytes32 state);
}
