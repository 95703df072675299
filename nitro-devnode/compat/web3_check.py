"""web3.py against the node (acceptance item_99): web3_check.py URL KEY."""

import sys

from web3 import Web3
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3RPCError

# The contract of cast.sh: stores the word after the selector, logs it, answers with it; empty
# calldata reverts.
CREATE = "0x60198060095f395ff3366007575f5ffd5b600435805f55805f5260205fa160205ff3"
ABI = [
    {
        "type": "function",
        "name": "store",
        "stateMutability": "nonpayable",
        "inputs": [{"name": "word", "type": "uint256"}],
        "outputs": [{"name": "", "type": "uint256"}],
    }
]
PAYEE = "0x0000000000000000000000000000000000007777"
passed = 0


def check(name, expected, answered):
    global passed
    if expected != answered:
        sys.exit(f"FAILED: {name}\n  expected: {expected!r}\n  answered: {answered!r}")
    passed += 1
    print(f"ok  {name}")


def refusal(kind, attempt):
    """The text of the error that `attempt` must end with."""
    try:
        attempt()
    except kind as error:
        return str(error)
    sys.exit(f"FAILED: not refused with {kind.__name__}")


def main():
    url, key = sys.argv[1:]
    w3 = Web3(Web3.HTTPProvider(url))
    account = w3.eth.account.from_key(key)
    eth = w3.eth

    check("connected", True, w3.is_connected())
    check("chain id", 412346, eth.chain_id)
    check("gas price", 100_000_000, eth.gas_price)
    check("tip", 0, eth.max_priority_fee)
    check("not syncing", False, eth.syncing)
    check("fee history", 5, len(eth.fee_history(4, "latest", [20.0])["baseFeePerGas"]))

    # item_99: the latest block, whose extra data web3.py's formatters judge
    latest = eth.get_block("latest")
    check("block: extra data", 32, len(latest["extraData"]))
    check("block: base fee", 100_000_000, latest["baseFeePerGas"])

    def send(transaction):
        transaction |= {"nonce": eth.get_transaction_count(account.address), "chainId": 412346}
        signed = account.sign_transaction(transaction)
        return eth.wait_for_transaction_receipt(eth.send_raw_transaction(signed.raw_transaction))

    # item_99: a signed transaction, its receipt
    fees = {"maxFeePerGas": 200_000_000, "maxPriorityFeePerGas": 0}
    receipt = send({"to": PAYEE, "value": 10**18, "gas": 21_000} | fees)
    check("transfer: status", 1, receipt["status"])
    check("transfer: gas", 21_000, receipt["gasUsed"])
    check("transfer: price", 100_000_000, receipt["effectiveGasPrice"])
    check("transfer: balance", 10**18, eth.get_balance(PAYEE))
    check("transfer: by hash", account.address, eth.get_transaction(receipt["transactionHash"])["from"])
    legacy = send({"to": PAYEE, "value": 1, "gas": 21_000, "gasPrice": 100_000_000})
    check("legacy transfer: status", 1, legacy["status"])
    block = eth.get_block("latest", full_transactions=True)
    check("block with whole transactions: types", [0x6A, 0], [tx["type"] for tx in block["transactions"]])

    created = send({"data": CREATE, "gas": 200_000} | fees)
    contract = eth.contract(address=created["contractAddress"], abi=ABI)
    check("call", 42, contract.functions.store(42).call())
    gas = contract.functions.store(42).estimate_gas({"from": account.address})
    stored = send(contract.functions.store(42).build_transaction({"gas": gas, "nonce": 0} | fees))
    check("transaction to a contract: status", 1, stored["status"])
    check("log", 42, int.from_bytes(stored["logs"][0]["data"], "big"))
    logs = eth.get_logs({"fromBlock": 0, "address": contract.address})
    check("logs by address", [stored["transactionHash"]], [log["transactionHash"] for log in logs])
    check("storage", 42, int.from_bytes(eth.get_storage_at(contract.address, 0), "big"))
    watched = eth.filter({"address": contract.address})
    send(contract.functions.store(7).build_transaction({"gas": gas, "nonce": 0} | fees))
    check("filter: new logs once", [1, 0], [len(watched.get_new_entries()) for _ in range(2)])

    reverted = refusal(ContractLogicError, lambda: eth.call({"to": contract.address}))
    check("revert in a call", True, "execution reverted" in reverted)
    unknown = refusal(TransactionNotFound, lambda: eth.get_transaction("0x" + "11" * 32))
    check("unknown transaction", True, "not found" in unknown)
    stale = account.sign_transaction(
        {"to": PAYEE, "value": 1, "gas": 21_000, "gasPrice": 10**8, "nonce": 0, "chainId": 412346}
    )
    refused = refusal(Web3RPCError, lambda: eth.send_raw_transaction(stale.raw_transaction))
    check("nonce too low", True, "nonce too low" in refused)
    print(f"web3.py: {passed} checks passed")


main()
