// Hardhat 2 against the node: deploys, calls, and what its network helpers do to a development
// network. `hardhat run` executes it; the node signs for its accounts.
const { ethers, network } = require('hardhat');
const helpers = require('@nomicfoundation/hardhat-network-helpers');

let passed = 0;
function is(name, expected, answered) {
  if (String(expected) !== String(answered)) {
    console.error(`FAILED: ${name}\n  expected: ${expected}\n  answered: ${answered}`);
    process.exit(1);
  }
  passed += 1;
  console.log(`ok  ${name}`);
}

// Stores the word after the selector, logs it and answers with it (as in cast.sh).
const STORE = '0x60198060095f395ff3366007575f5ffd5b600435805f55805f5260205fa160205ff3';
const ABI = ['function store(uint256 word) returns (uint256)'];
const PAYEE = '0x0000000000000000000000000000000000007777';
const word = (number) => ethers.toBeHex(number, 32);
const head = () => ethers.provider.getBlock('latest');

async function main() {
  const [signer] = await ethers.getSigners();
  is('network', 412346n, (await ethers.provider.getNetwork()).chainId);
  const contract = await new ethers.ContractFactory(ABI, STORE, signer).deploy();
  await contract.waitForDeployment();
  const address = await contract.getAddress();
  is('call', 42n, await contract.store.staticCall(42));
  const receipt = await (await contract.store(42)).wait();
  is('send: log', word(42), receipt.logs[0].topics[0]);
  is('storage', word(42), await ethers.provider.getStorage(address, 0));
  const sent = await signer.sendTransaction({ to: PAYEE, value: 5n });
  is('transfer', 1, (await sent.wait()).status);

  await helpers.setBalance(PAYEE, 7n);
  is('setBalance', 7n, await ethers.provider.getBalance(PAYEE));
  await helpers.setNonce(PAYEE, 9);
  is('setNonce', 9, await ethers.provider.getTransactionCount(PAYEE));
  await helpers.setStorageAt(address, 0, 5);
  is('setStorageAt', word(5), await helpers.getStorageAt(address, 0));
  await helpers.setCode(PAYEE, '0x5f5ff3');
  is('setCode', '0x5f5ff3', await ethers.provider.getCode(PAYEE));

  const before = await helpers.time.latest();
  await helpers.time.increase(3600);
  is('time.increase', true, (await helpers.time.latest()) >= before + 3600);
  await helpers.time.increaseTo(before + 7200);
  is('time.increaseTo', before + 7200, await helpers.time.latest());
  await helpers.time.setNextBlockTimestamp(before + 9000);
  await helpers.mine();
  is('time.setNextBlockTimestamp', before + 9000, (await head()).timestamp);
  const height = await helpers.time.latestBlock();
  await helpers.mine(10, { interval: 60 });
  is('mine many', height + 10, await helpers.time.latestBlock());
  is('mine many: interval', before + 9000 + 1, Math.min((await head()).timestamp, before + 9001));
  await helpers.mineUpTo(height + 15);
  is('mineUpTo', height + 15, await helpers.time.latestBlock());

  const snapshot = await helpers.takeSnapshot();
  await helpers.setBalance(PAYEE, 99n);
  await snapshot.restore();
  is('snapshot.restore', 7n, await ethers.provider.getBalance(PAYEE));
  async function fixture() {
    await helpers.setBalance(PAYEE, 55n);
    return 'made';
  }
  is('loadFixture', 'made', await helpers.loadFixture(fixture));
  await helpers.setBalance(PAYEE, 1n);
  await helpers.loadFixture(fixture);
  is('loadFixture again', 55n, await ethers.provider.getBalance(PAYEE));

  await helpers.impersonateAccount(address);
  await helpers.setBalance(address, 10n ** 18n);
  const asContract = await (await ethers.getSigner(address)).sendTransaction({ to: PAYEE, value: 1n });
  is('impersonateAccount', address, (await asContract.wait()).from);
  await helpers.stopImpersonatingAccount(address);
  await helpers.setCoinbase(PAYEE);
  await helpers.setNextBlockBaseFeePerGas(200_000_000n);
  await helpers.mine();
  is('setCoinbase', PAYEE, (await head()).miner);
  is('setNextBlockBaseFeePerGas', 200_000_000n, (await head()).baseFeePerGas);
  await helpers.setBlockGasLimit(30_000_000);

  await network.provider.send('evm_setAutomine', [false]);
  const waiting = await signer.sendTransaction({ to: PAYEE, value: 1n, gasLimit: 100_000n });
  await helpers.dropTransaction(waiting.hash);
  await helpers.mine();
  is('dropTransaction', null, await ethers.provider.getTransactionReceipt(waiting.hash));
  await network.provider.send('evm_setAutomine', [true]);
  is('hardhat_metadata', 412346, (await network.provider.send('hardhat_metadata')).chainId);
  is('hardhat_getAutomine', true, await network.provider.send('hardhat_getAutomine'));
  await helpers.reset();
  is('reset', '0x', await ethers.provider.getCode(address));
  console.log(`hardhat: ${passed} checks passed`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
