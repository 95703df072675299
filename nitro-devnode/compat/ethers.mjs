// ethers against the node (acceptance item_96): node ethers.mjs URL KEY ethers6|ethers5
import { STORE, denying, done, holds, is, refusal, within, word } from './check.mjs';

const [url, key, version] = process.argv.slice(2);
const { ethers } = await import(version);
const isV6 = version === 'ethers6';
const utils = isV6 ? ethers : ethers.utils;
const big = (value) => BigInt(value.toString());

const provider = isV6
  ? new ethers.JsonRpcProvider(url, undefined, { cacheTimeout: -1 })
  : new ethers.providers.JsonRpcProvider(url);
provider.pollingInterval = 100;
const wallet = new ethers.Wallet(key, provider);
const payee = isV6 ? '0x0000000000000000000000000000000000006666' : '0x0000000000000000000000000000000000005555';

is('network', 412346n, big((await provider.getNetwork()).chainId));
is('getFeeData: gas price', 100000000n, big((await provider.getFeeData()).gasPrice));
holds('getBlock', (await provider.getBlock('latest')).miner.length === 42);
is('getCode', '0xfe', await provider.getCode('0x0000000000000000000000000000000000000064'));

const before = big(await provider.getBalance(wallet.address));
const sent = await wallet.sendTransaction({ to: payee, value: utils.parseEther('1') });
const receipt = await sent.wait(1);
is('send and wait: status', 1, receipt.status);
is('send and wait: gas', 21000n, big(receipt.gasUsed));
const paid = before - big(await provider.getBalance(wallet.address));
is('a tip is taken but not charged', 10n ** 18n + 21000n * 100000000n, paid);
is('getTransaction', wallet.address, (await provider.getTransaction(sent.hash)).from);

const abi = [
  'function store(uint256) returns (uint256)',
  'function ask()',
  'error Denied(uint256 code)',
];
const factory = new ethers.ContractFactory(abi, STORE, wallet);
const contract = await factory.deploy();
await (isV6 ? contract.waitForDeployment() : contract.deployed());
const address = isV6 ? await contract.getAddress() : contract.address;
const call = isV6 ? contract.store.staticCall : contract.callStatic.store;
is('call', 42n, big(await call(42)));
const stored = await (await contract.store(42)).wait();
is('send to a contract: log', word(42), stored.logs[0].topics[0]);
is('storage', word(42), await (isV6 ? provider.getStorage(address, 0) : provider.getStorageAt(address, 0)));
is('getLogs', 1, (await provider.getLogs({ address, fromBlock: 0, toBlock: 'latest' })).length);
is('call at an older block', word(0), await (isV6
  ? provider.getStorage(address, 0, stored.blockNumber - 1)
  : provider.getStorageAt(address, 0, stored.blockNumber - 1)));

const selector = (isV6 ? ethers.id('Denied(uint256)') : utils.id('Denied(uint256)')).slice(2, 10);
const denier = await new ethers.ContractFactory(abi, denying(selector), wallet).deploy();
await (isV6 ? denier.waitForDeployment() : denier.deployed());
const denied = await refusal('custom error', isV6 ? denier.ask.staticCall() : denier.callStatic.ask());
is('custom error: decoded', 'Denied', isV6 ? denied.revert?.name : denied.errorName);
const low = await refusal('nonce too low', wallet.sendTransaction({ to: payee, nonce: 0, gasLimit: 21000 }));
is('nonce too low: recognised', 'NONCE_EXPIRED', low.code);
const poor = await refusal('insufficient funds', wallet.sendTransaction({
  to: payee, value: utils.parseEther('5000000'), gasLimit: 21000,
}));
is('insufficient funds: recognised', 'INSUFFICIENT_FUNDS', poor.code);

const many = await Promise.all(Array.from({ length: 20 }, () => provider.getBlockNumber()));
is('twenty requests at once', 20, many.length);
const nonce = await wallet.getNonce?.() ?? await wallet.getTransactionCount();
// Calls of one batch run one after another, here as in Nitro: a gap inside a batch never closes.
const single = isV6 ? new ethers.JsonRpcProvider(url, undefined, { batchMaxCount: 1 }) : provider;
const burst = await Promise.all([3, 1, 0, 2].map((offset) => wallet.connect(single).sendTransaction({
  to: payee, value: 1, nonce: nonce + offset, gasLimit: 21000,
})));
is('nonces out of order', [1, 1, 1, 1], await Promise.all(burst.map(async (one) => (await one.wait()).status)));

const told = within('event by polling', new Promise((resolve) => { provider.once({ address }, resolve); }));
await new Promise((resolve) => { setTimeout(resolve, 400); });
await (await contract.store(9)).wait();
is('event by polling', word(9), (await told).topics[0]);

const socketUrl = url.replace('http', 'ws');
const socket = isV6 ? new ethers.WebSocketProvider(socketUrl) : new ethers.providers.WebSocketProvider(socketUrl);
const head = within('block over WebSocket', new Promise((resolve) => { socket.once('block', resolve); }));
await socket.getBlockNumber();
await new Promise((resolve) => { setTimeout(resolve, 300); });
const last = await (await wallet.sendTransaction({ to: payee, value: 1 })).wait();
is('block over WebSocket', last.blockNumber, await head);
await socket.destroy();

done(version);
