//! Tokens of every kind, on the node.

use ethers::contract::EthError;
use ethers::core::abi::{Token as Word, encode};
use ethers::core::types::{Address, H256, U256};
use ethers::core::utils::keccak256;

use crate::client::{Client, TokenFailed, TokenShort};
use crate::market::{Market, PRICE, Token, mined, refusal};

const NONE: [u8; 32] = [0; 32];

/// `v`, `r`, `s` of an ERC-2612 permit by the patient, for the program.
async fn permit(
    market: &Market,
    token: &Token<Client>,
    nonce: u64,
    deadline: U256,
) -> (u8, [u8; 32], [u8; 32]) {
    let kind = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";
    let what = keccak256(encode(&[
        Word::FixedBytes(keccak256(kind).to_vec()),
        Word::Address(market.patient.address()),
        Word::Address(market.stays),
        Word::Uint(PRICE.into()),
        Word::Uint(nonce.into()),
        Word::Uint(deadline),
    ]));
    let domain = token.domain_separator().call().await.expect("a view");
    let digest = keccak256([&[0x19, 0x01][..], &domain, &what].concat());
    let signature = market.patient.signer().sign_hash(H256(digest)).expect("signed");
    let word = |number: U256| {
        let mut bytes = [0; 32];
        number.to_big_endian(&mut bytes);
        bytes
    };
    (u8::try_from(signature.v).expect("27 or 28"), word(signature.r), word(signature.s))
}

async fn held(market: &Market, token: &Token<Client>) -> U256 {
    token.balance_of(market.stays).call().await.expect("a view")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_an_answer_pays_and_comes_back() {
    let market = Market::open().await;
    let token = market.token("NoReturnToken").await;
    market.offer_in(token.address(), 1).await;

    mined(market.of_patient().pay_token(1, PRICE, U256::zero(), 0, NONE, NONE)).await;
    assert_eq!(held(&market, &token).await, PRICE.into());
    mined(market.of_clinic().cancel(1)).await;
    let to = Address::from_low_u64_be(0xbeef);
    mined(market.of_patient().withdraw_to(token.address(), to)).await;

    assert_eq!(token.balance_of(to).call().await.expect("a view"), PRICE.into());
    assert_eq!(held(&market, &token).await, U256::zero());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_keeps_a_fee_is_refused() {
    let market = Market::open().await;
    let token = market.token("FeeOnTransferToken").await;
    market.offer_in(token.address(), 1).await;

    let pay = market.of_patient().pay_token(1, PRICE, U256::zero(), 0, NONE, NONE);
    let refused = TokenShort::decode_with_selector(&refusal(&pay).await).expect("typed");

    assert_eq!((refused.expected, refused.found), (PRICE.into(), (PRICE / 100 * 99).into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_says_no_is_heard() {
    let market = Market::open().await;
    let token = market.token("ReturnsFalseToken").await;
    market.offer_in(token.address(), 1).await;

    let pay = market.of_patient().pay_token(1, PRICE, U256::zero(), 0, NONE, NONE);
    let refused = TokenFailed::decode_with_selector(&refusal(&pay).await).expect("typed");

    assert_eq!(refused.token, token.address());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_pays_in_one_step_and_is_worth_nothing_afterwards() {
    let market = Market::open().await;
    let token = market.token("PermitToken").await;
    mined(token.approve(market.stays, U256::zero())).await;
    market.offer_in(token.address(), 1).await;
    market.offer_in(token.address(), 2).await;
    let deadline = U256::from(u64::MAX);
    let (v, r, s) = permit(&market, &token, 0, deadline).await;

    mined(market.of_patient().pay_token(1, PRICE, deadline, v, r, s)).await;

    assert_eq!(held(&market, &token).await, PRICE.into());
    let replay = market.of_patient().pay_token(2, PRICE, deadline, v, r, s);
    let refused = TokenFailed::decode_with_selector(&refusal(&replay).await).expect("typed");
    assert_eq!(refused.token, token.address());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_that_was_handed_in_ahead_still_pays() {
    let market = Market::open().await;
    let token = market.token("PermitToken").await;
    mined(token.approve(market.stays, U256::zero())).await;
    market.offer_in(token.address(), 1).await;
    let deadline = U256::from(u64::MAX);
    let (v, r, s) = permit(&market, &token, 0, deadline).await;
    let of_thief = Token::new(token.address(), market.clinic.clone());
    let (owner, spender) = (market.patient.address(), market.stays);
    mined(of_thief.permit(owner, spender, PRICE.into(), deadline, v, r, s)).await;

    mined(market.of_patient().pay_token(1, PRICE, deadline, v, r, s)).await;

    assert_eq!(held(&market, &token).await, PRICE.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_calls_back_gets_nowhere() {
    let market = Market::open().await;
    let token = market.token("ReentrantToken").await;
    market.offer_in(token.address(), 1).await;
    market.offer_in(token.address(), 2).await;
    let inner = market.of_patient().settle(1).calldata().expect("encoded");
    mined(token.arm(market.stays, inner)).await;

    mined(market.of_patient().pay_token(1, PRICE, U256::zero(), 0, NONE, NONE)).await;
    mined(market.of_clinic().cancel(1)).await;
    let take = market.of_patient().withdraw_to(token.address(), market.patient.address());
    let inner = take.calldata().expect("encoded");
    mined(token.arm(market.stays, inner)).await;
    mined(take).await;

    assert_eq!(token.attempts().call().await.expect("a view"), U256::from(2));
    assert!(!token.succeeded().call().await.expect("a view"));
    assert_eq!(held(&market, &token).await, U256::zero());
}
