// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ARB_WASM} from "./ArbOS.sol";

/// @notice Creates a Stylus contract, activates it and calls its constructor, all in one transaction.
/// @dev Written from devnode.md 1.10: interface, events and errors are those that tools know.
contract StylusDeployer {
    event ContractDeployed(address deployedContract);

    error ContractDeploymentError(bytes bytecode);
    error ContractInitializationError(address newContract, bytes data);
    error RefundExcessValueError(uint256 excessValue);
    error EmptyBytecode();
    error InitValueButNotInitData();

    function deploy(bytes calldata bytecode, bytes calldata initData, uint256 initValue, bytes32 salt)
        external
        payable
        returns (address newContract)
    {
        if (bytecode.length == 0) revert EmptyBytecode();
        newContract = create(bytecode, salt == 0 ? salt : initSalt(salt, initData));
        uint256 spent = initValue;
        if (requiresActivation(newContract)) {
            (, uint256 dataFee) = ARB_WASM.activateProgram{value: msg.value - initValue}(newContract);
            spent += dataFee;
        }
        if (initData.length != 0) {
            (bool isInitialized, bytes memory data) = newContract.call{value: initValue}(initData);
            if (!isInitialized) revert ContractInitializationError(newContract, data);
        } else if (initValue != 0) {
            revert InitValueButNotInitData();
        }
        refund(msg.value - spent);
        emit ContractDeployed(newContract);
    }

    /// Salt of a contract with a constructor: other arguments, another address.
    function initSalt(bytes32 salt, bytes calldata initData) public pure returns (bytes32) {
        return keccak256(abi.encodePacked(salt, initData));
    }

    /// Whether the code has no record of the chain's Stylus version.
    function requiresActivation(address account) public view returns (bool) {
        uint16 version = 0;
        try ARB_WASM.codehashVersion(account.codehash) returns (uint16 found) {
            version = found;
        } catch {}
        return version != ARB_WASM.stylusVersion();
    }

    function create(bytes memory bytecode, bytes32 salt) private returns (address created) {
        assembly ("memory-safe") {
            switch salt
            case 0 { created := create(0, add(bytecode, 32), mload(bytecode)) }
            default { created := create2(0, add(bytecode, 32), mload(bytecode), salt) }
            if iszero(created) {
                if returndatasize() {
                    let reason := mload(0x40)
                    returndatacopy(reason, 0, returndatasize())
                    revert(reason, returndatasize())
                }
            }
        }
        if (created == address(0)) revert ContractDeploymentError(bytecode);
    }

    function refund(uint256 excess) private {
        if (excess == 0) return;
        (bool isSent,) = msg.sender.call{value: excess}("");
        if (!isSent) revert RefundExcessValueError(excess);
    }
}
