//! ERC-20 tokens as they describe themselves, and ERC-2612 permits.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{Eip712Domain, SolCall, eip712_domain};
use serde_json::json;

use super::{Snapshot, Token};
use crate::error::Error;
use crate::rpc::Call;
use crate::session::Session;

mod interface {
    #![allow(missing_docs, reason = "the names are those of ERC-20 and ERC-2612")]

    alloy_sol_types::sol! {
        interface IErc20 {
            function name() external view returns (string memory text);
            function version() external view returns (string memory text);
            function symbol() external view returns (string memory text);
            function decimals() external view returns (uint8 count);
            function balanceOf(address account) external view returns (uint256 amount);
            function allowance(address owner, address spender) external view returns (uint256 amount);
            function approve(address spender, uint256 amount) external;
            function nonces(address owner) external view returns (uint256 number);
            function DOMAIN_SEPARATOR() external view returns (bytes32 word);
        }

        #[derive(Debug)]
        struct Permit {
            address owner;
            address spender;
            uint256 value;
            uint256 nonce;
            uint256 deadline;
        }
    }
}

pub use interface::{IErc20, Permit};

/// What a token says about itself; what it does not say, or says in another way, is `None`.
pub(super) async fn described(snapshot: &Snapshot<'_>, address: Address) -> Result<Token, Error> {
    let decimals = ask(snapshot, address, IErc20::decimalsCall {}).await?;
    let symbol = ask(snapshot, address, IErc20::symbolCall {}).await?;
    Ok(Token {
        address,
        // Above 77 digits, one token is more than 256 bits hold.
        decimals: decimals.filter(|decimals| *decimals <= 77),
        symbol,
    })
}

async fn ask<C: SolCall>(
    snapshot: &Snapshot<'_>,
    token: Address,
    call: C,
) -> Result<Option<C::Return>, Error> {
    let mut answers =
        snapshot.try_all(token, &[call], |_| format!("{} of {token}", C::SIGNATURE)).await?;
    let output = answers.pop().and_then(Result::ok);
    Ok(output.and_then(|output| C::abi_decode_returns(&output).ok()))
}

/// What an account has of a token, and what of it `spender` may take.
///
/// # Errors
///
/// [`Error::NotAToken`] if it does not say; transport errors.
pub async fn funds(
    snapshot: &Snapshot<'_>,
    token: Address,
    account: Address,
    spender: Address,
) -> Result<(U256, U256), Error> {
    let balance = ask(snapshot, token, IErc20::balanceOfCall { account }).await?;
    let allowance = IErc20::allowanceCall { owner: account, spender };
    let allowance = ask(snapshot, token, allowance).await?;
    Ok((balance.ok_or(Error::NotAToken { token })?, allowance.ok_or(Error::NotAToken { token })?))
}

/// The permit that lets `spender` take `value`, with the domain to sign it under; `None` if the token has
/// none, or if what it says of its domain does not lead to its separator: nothing is signed blindly.
///
/// # Errors
///
/// A disagreement, transport errors.
pub async fn permit(
    snapshot: &Snapshot<'_>,
    chain_id: u64,
    token: Address,
    permit: (Address, Address, U256, U256),
) -> Result<Option<(Permit, Eip712Domain)>, Error> {
    let (owner, spender, value, deadline) = permit;
    let nonce = ask(snapshot, token, IErc20::noncesCall { owner }).await?;
    let separator = ask(snapshot, token, IErc20::DOMAIN_SEPARATORCall {}).await?;
    let name = ask(snapshot, token, IErc20::nameCall {}).await?;
    let version = ask(snapshot, token, IErc20::versionCall {}).await?;
    let (Some(nonce), Some(separator), Some(name)) = (nonce, separator, name) else {
        return Ok(None);
    };
    // ERC-2612 leaves the version open; it is "1" where nothing is said.
    let domain = eip712_domain! {
        name: name,
        version: version.unwrap_or_else(|| "1".to_owned()),
        chain_id: chain_id,
        verifying_contract: token,
    };
    let permit = Permit { owner, spender, value, nonce, deadline };
    Ok((domain.separator() == separator).then_some((permit, domain)))
}

/// What an account has of a token, asked now, of all endpoints.
///
/// # Errors
///
/// [`Error::NotAToken`]; a disagreement, transport errors.
pub async fn allowance_now(
    session: &Session,
    token: Address,
    owner: Address,
    spender: Address,
) -> Result<U256, Error> {
    let data: Bytes = IErc20::allowanceCall { owner, spender }.abi_encode().into();
    let call = Call::new("eth_call", json!([{"to": token, "data": data}, "latest"]));
    let output: Bytes = session.agreed_one(call, "the allowance").await?;
    IErc20::allowanceCall::abi_decode_returns(&output).map_err(|_| Error::NotAToken { token })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, keccak256};
    use alloy_sol_types::SolStruct;

    use super::*;

    #[test]
    fn a_permit_has_the_type_of_erc_2612() {
        let kind =
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";

        assert_eq!(Permit::eip712_encode_type(), kind);
    }

    #[test]
    fn the_digest_is_that_of_eip_712() {
        let token = address!("00000000000000000000000000000000000000aa");
        let domain = eip712_domain! {
            name: "Permit Token",
            version: "1",
            chain_id: 412_346,
            verifying_contract: token,
        };
        let permit = Permit {
            owner: Address::repeat_byte(1),
            spender: Address::repeat_byte(2),
            value: U256::from(3),
            nonce: U256::from(4),
            deadline: U256::from(5),
        };
        let words = |words: &[U256]| -> Vec<u8> {
            words.iter().flat_map(U256::to_be_bytes::<32>).collect()
        };
        let word = |address: Address| U256::from_be_bytes(address.into_word().0);

        let kind = keccak256(Permit::eip712_encode_type().as_bytes());
        let fields =
            [word(permit.owner), word(permit.spender), permit.value, permit.nonce, permit.deadline];
        let message = keccak256([kind.to_vec(), words(&fields)].concat());
        let domain_kind = keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
        );
        let hashes = [domain_kind, keccak256("Permit Token"), keccak256("1")].concat();
        let separator = keccak256([hashes, words(&[U256::from(412_346), word(token)])].concat());
        let expected =
            keccak256([&[0x19, 1][..], separator.as_slice(), message.as_slice()].concat());

        assert_eq!(permit.eip712_signing_hash(&domain), expected);
    }
}
