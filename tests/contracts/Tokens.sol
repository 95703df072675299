// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// Balances and allowances; what a transfer answers is up to the token.
abstract contract Ledger {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function move(address from, address to, uint256 amount) internal {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }

    function spend(address from, address to, uint256 amount) internal {
        allowance[from][msg.sender] -= amount;
        move(from, to, amount);
    }
}

/// An honest token with ERC-2612 permits.
contract PermitToken is Ledger {
    string public constant name = "Permit Token";
    string public constant symbol = "PMT";
    uint8 public constant decimals = 6;
    mapping(address => uint256) public nonces;
    bytes32 public immutable DOMAIN_SEPARATOR;
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    constructor() {
        DOMAIN_SEPARATOR = keccak256(abi.encode(
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
            keccak256("Permit Token"), keccak256("1"), block.chainid, address(this)
        ));
    }

    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        require(block.timestamp <= deadline, "expired");
        bytes32 what = keccak256(abi.encode(PERMIT, owner, spender, value, nonces[owner]++, deadline));
        address signer = ecrecover(keccak256(abi.encodePacked("\x19\x01", DOMAIN_SEPARATOR, what)), v, r, s);
        require(signer != address(0) && signer == owner, "signature");
        allowance[owner][spender] = value;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        spend(from, to, amount);
        return true;
    }
}

/// Answers nothing, as USDT does.
contract NoReturnToken is Ledger {
    function transfer(address to, uint256 amount) external {
        move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        spend(from, to, amount);
    }
}

/// Keeps a hundredth of each transfer.
contract FeeOnTransferToken is Ledger {
    function transfer(address to, uint256 amount) external returns (bool) {
        move(msg.sender, to, amount - amount / 100);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        spend(from, to, amount - amount / 100);
        return true;
    }
}

/// Says no without reverting, and moves nothing.
contract ReturnsFalseToken is Ledger {
    function transfer(address, uint256) external pure returns (bool) {
        return false;
    }

    function transferFrom(address, address, uint256) external pure returns (bool) {
        return false;
    }
}

/// Calls back with `inner` while it moves money.
contract ReentrantToken is Ledger {
    bytes public inner;
    address public target;
    uint256 public attempts;
    bool public succeeded;

    function arm(address target_, bytes calldata inner_) external {
        (target, inner) = (target_, inner_);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        back();
        move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        back();
        spend(from, to, amount);
        return true;
    }

    function back() private {
        attempts++;
        (bool isDone,) = target.call(inner);
        if (isDone) succeeded = true;
    }
}
