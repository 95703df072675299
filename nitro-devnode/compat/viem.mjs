// viem against the node (acceptance item_97): node viem.mjs URL KEY
import {
  createPublicClient, createTestClient, createWalletClient, defineChain, http, parseAbi, parseEther,
  toFunctionSelector, webSocket,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { STORE, denying, done, holds, is, refusal, within, word } from './check.mjs';

const [url, key] = process.argv.slice(2);
const chain = defineChain({
  id: 412346,
  name: 'nitro-dev',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [url] } },
});
const account = privateKeyToAccount(key);
const transport = http(url);
const reader = createPublicClient({ chain, transport, pollingInterval: 50, cacheTime: 0 });
const wallet = createWalletClient({ chain, transport, account });
const payee = '0x0000000000000000000000000000000000007777';
const mined = async (hash) => reader.waitForTransactionReceipt({ hash });

is('chain id', 412346, await reader.getChainId());
is('gas price', 100000000n, await reader.getGasPrice());
is('tip', 0n, await reader.estimateMaxPriorityFeePerGas());
holds('fees', (await reader.estimateFeesPerGas()).maxFeePerGas >= 100000000n);
is('fee history', 5, (await reader.getFeeHistory({ blockCount: 4, rewardPercentiles: [20] })).baseFeePerGas.length);

const sent = await mined(await wallet.sendTransaction({ to: payee, value: parseEther('1') }));
is('transfer: status', 'success', sent.status);
is('transfer: gas', 21000n, sent.gasUsed);
is('transfer: balance', parseEther('1'), await reader.getBalance({ address: payee }));
is('transfer: found by hash', account.address.toLowerCase(), (await reader.getTransaction({ hash: sent.transactionHash })).from);
is('block with hashes', 2, (await reader.getBlock({ blockNumber: sent.blockNumber })).transactions.length);
is('block with whole transactions', 2, (await reader.getBlock({ includeTransactions: true })).transactions.length);
for (const blockTag of ['latest', 'pending', 'safe', 'finalized', 'earliest']) {
  holds(`block ${blockTag}`, (await reader.getBlock({ blockTag })).baseFeePerGas === 100000000n);
}

const abi = parseAbi(['function store(uint256 word) returns (uint256)', 'error Denied(uint256 code)', 'function ask()']);
const created = await mined(await wallet.deployContract({ abi, bytecode: STORE }));
const contract = created.contractAddress;
holds('deployContract', contract?.length === 42, contract);
const { result, request } = await reader.simulateContract({ address: contract, abi, functionName: 'store', args: [42n], account });
is('simulateContract', 42n, result);
const stored = await mined(await wallet.writeContract(request));
is('writeContract: status', 'success', stored.status);
is('writeContract: log', word(42), stored.logs[0].topics[0]);
is('getStorageAt', word(42), await reader.getStorageAt({ address: contract, slot: '0x0' }));
is('getLogs', 1, (await reader.getLogs({ address: contract, fromBlock: 0n })).length);
is('multicall by batch', [1n, 2n], await Promise.all([1n, 2n].map(async (one) =>
  (await createPublicClient({ chain, transport: http(url, { batch: true }) })
    .simulateContract({ address: contract, abi, functionName: 'store', args: [one] })).result)));

const denier = (await mined(await wallet.deployContract({
  abi, bytecode: denying(toFunctionSelector('Denied(uint256)').slice(2)),
}))).contractAddress;
const denied = await refusal('custom error', reader.simulateContract({ address: denier, abi, functionName: 'ask' }));
const reason = denied.walk((one) => one.data?.errorName);
is('custom error: decoded', ['Denied', [42n]], [reason?.data?.errorName, reason?.data?.args]);
const estimate = await refusal('revert in an estimate', reader.estimateGas({ to: contract, account }));
holds('revert in an estimate: text', /revert/.test(estimate.message), estimate.message);
const low = await refusal('nonce too low', wallet.sendTransaction({ to: payee, nonce: 0, gas: 21000n }));
holds('nonce too low: recognised', low.walk((one) => one.name === 'NonceTooLowError') !== null, low.message);
const poor = await refusal('insufficient funds', wallet.sendTransaction({ to: payee, value: parseEther('5000000'), gas: 21000n }));
holds('insufficient funds: recognised', poor.walk((one) => one.name === 'InsufficientFundsError') !== null, poor.message);

const seen = within('watchBlockNumber', new Promise((resolve) => {
  const stop = reader.watchBlockNumber({ onBlockNumber: (number) => { stop(); resolve(number); } });
}));
await wallet.sendTransaction({ to: payee, value: 1n });
holds('watchBlockNumber', (await seen) > 0n);

const socket = createPublicClient({ chain, transport: webSocket(url.replace('http', 'ws')) });
const headed = within('watchBlocks over WebSocket', new Promise((resolve) => {
  const stop = socket.watchBlocks({ onBlock: (block) => { stop(); resolve(block.number); } });
}));
const logged = within('watchEvent over WebSocket', new Promise((resolve) => {
  const stop = socket.watchEvent({ address: contract, onLogs: (logs) => { stop(); resolve(logs[0].topics[0]); } });
}));
await socket.getChainId();
await new Promise((resolve) => { setTimeout(resolve, 300); });
await wallet.writeContract({ address: contract, abi, functionName: 'store', args: [7n] });
holds('watchBlocks over WebSocket', (await headed) > 0n);
is('watchEvent over WebSocket', word(7), await logged);

const access = await reader.createAccessList({ to: contract, data: `0x00000000${word(1).slice(2)}`, account });
is('createAccessList', [word(0)], access.accessList[0]?.storageKeys);

// anvil's conveniences
const tester = createTestClient({ chain, mode: 'anvil', transport });
const id = await tester.snapshot();
await tester.setBalance({ address: payee, value: 7n });
is('setBalance', 7n, await reader.getBalance({ address: payee }));
await tester.revert({ id });
holds('revert', (await reader.getBalance({ address: payee })) > 7n);
const before = (await reader.getBlock()).timestamp;
await tester.increaseTime({ seconds: 3600 });
await tester.mine({ blocks: 1 });
holds('increaseTime and mine', (await reader.getBlock()).timestamp >= before + 3600n);
await tester.setStorageAt({ address: contract, index: 0, value: word(5) });
is('setStorageAt', word(5), await reader.getStorageAt({ address: contract, slot: '0x0' }));
await tester.impersonateAccount({ address: contract });
await tester.setBalance({ address: contract, value: parseEther('1') });
const asContract = await mined(await createWalletClient({ chain, transport, account: contract }).sendTransaction({ to: payee, value: 1n }));
is('impersonateAccount', contract.toLowerCase(), asContract.from.toLowerCase());
await tester.setAutomine(false);
const waiting = await wallet.sendTransaction({ to: payee, value: 1n });
await refusal('setAutomine(false): no receipt', reader.getTransactionReceipt({ hash: waiting }));
await tester.mine({ blocks: 1 });
is('mine: receipt', 'success', (await reader.getTransactionReceipt({ hash: waiting })).status);
await tester.setAutomine(true);


// Every other action of the test client
await tester.setBalance({ address: payee, value: 5n });
await tester.setNonce({ address: payee, nonce: 3 });
is('setNonce', 3, await reader.getTransactionCount({ address: payee }));
await tester.setCode({ address: payee, bytecode: '0x5f5ff3' });
is('setCode', '0x5f5ff3', await reader.getCode({ address: payee }));
await tester.setCode({ address: payee, bytecode: '0x' });
await tester.setCoinbase({ address: payee });
await tester.setNextBlockBaseFeePerGas({ baseFeePerGas: 300000000n });
await tester.mine({ blocks: 1 });
is('setCoinbase', payee, (await reader.getBlock()).miner);
is('setNextBlockBaseFeePerGas', 300000000n, (await reader.getBlock()).baseFeePerGas);
await tester.setMinGasPrice({ gasPrice: 100000000n });
await tester.setBlockGasLimit({ gasLimit: 32000000n });
await tester.setLoggingEnabled(false);
const later = (await reader.getBlock()).timestamp + 500n;
await tester.setNextBlockTimestamp({ timestamp: later });
await tester.mine({ blocks: 1 });
is('setNextBlockTimestamp', later, (await reader.getBlock()).timestamp);
await tester.setBlockTimestampInterval({ interval: 9 });
await tester.mine({ blocks: 2 });
is('setBlockTimestampInterval', later + 18n, (await reader.getBlock()).timestamp);
await tester.removeBlockTimestampInterval();
await tester.mine({ blocks: 2, interval: 60 });
is('mine with an interval', true, (await reader.getBlock()).timestamp >= later + 18n + 60n);
is('getAutomine', true, await tester.getAutomine());
await tester.setIntervalMining({ interval: 100 });
await tester.setIntervalMining({ interval: 0 });
await tester.setAutomine(false);
const pooled = await wallet.sendTransaction({ to: payee, value: 1n, gas: 30000n });
is('getTxpoolStatus', 1, (await tester.getTxpoolStatus()).pending);
holds('getTxpoolContent', Object.keys((await tester.getTxpoolContent()).pending).length === 1);
holds('inspectTxpool', Object.keys((await tester.inspectTxpool()).pending).length === 1);
await tester.dropTransaction({ hash: pooled });
is('dropTransaction', 0, (await tester.getTxpoolStatus()).pending);
await tester.setAutomine(true);
await tester.stopImpersonatingAccount({ address: contract });
await tester.setBalance({ address: contract, value: parseEther('1') });
is('sendUnsignedTransaction', contract.toLowerCase(), (await mined(await tester.sendUnsignedTransaction({
  from: contract, to: payee, value: '0x1',
}))).from.toLowerCase());
const state = await tester.dumpState();
await tester.setBalance({ address: payee, value: 1n });
await tester.loadState({ state });
holds('dumpState and loadState', (await reader.getBalance({ address: payee })) > 1n);
const refused = await refusal('setRpcUrl', tester.setRpcUrl('http://127.0.0.1:1'));
holds('setRpcUrl: says why', /does not fork/.test(refused.message), refused.message);
await tester.reset();
is('reset', undefined, await reader.getCode({ address: contract }));

done('viem');
