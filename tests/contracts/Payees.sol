// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// An account with code that does what its keeper says.
abstract contract Puppet {
    function act(address target, bytes calldata data) external payable returns (bytes memory answer) {
        bool isDone;
        (isDone, answer) = target.call{value: msg.value}(data);
        if (!isDone) assembly { revert(add(answer, 32), mload(answer)) }
    }
}

/// Calls back with `inner` whenever it is paid, and remembers what came of it.
contract ReentrantPayee is Puppet {
    bytes public inner;
    address public target;
    uint256 public attempts;
    bool public succeeded;

    function arm(address target_, bytes calldata inner_) external {
        (target, inner) = (target_, inner_);
    }

    receive() external payable {
        attempts++;
        (bool isDone,) = target.call(inner);
        if (isDone) succeeded = true;
    }
}

/// Never takes a coin.
contract RejectingPayee is Puppet {
    receive() external payable {
        revert("no");
    }
}
