//! What a token needs before the program may take some of it: nothing, a permit, or an allowance.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use crate::dates;
use crate::error::Error;
use crate::session::{Account, Session};
use crate::signer::Signed;
use crate::stays::token::{self, IErc20};
use crate::stays::{Currency, Snapshot};
use crate::transact::Plan;

/// How long a permit may be handed in, in seconds: an hour.
const PERMIT_SECS: u64 = 3_600;

/// A signed permit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permit {
    /// Until then, in Unix seconds.
    pub(super) deadline: U256,
    pub(super) signature: Signed,
}

/// The account has the tokens; how much of them the program may take already.
///
/// # Errors
///
/// [`Error::TooFewTokens`].
pub(super) async fn checked_funds(
    snapshot: &Snapshot<'_>,
    account: Address,
    currency: &Currency,
    amount: u128,
) -> Result<U256, Error> {
    let (token, needed) = (currency.address(), U256::from(amount));
    let (balance, allowance) = token::funds(snapshot, token, account, snapshot.contract).await?;
    if balance < needed {
        return Err(Error::TooFewTokens { account, token, balance, needed });
    }
    Ok(allowance)
}

/// A permit for exactly `amount`, signed after it is confirmed; `None` if the token has none that can be
/// signed with open eyes, or if the key is not ours to sign with.
pub(super) async fn permit(
    session: &Session,
    snapshot: &Snapshot<'_>,
    account: Account,
    currency: &Currency,
    amount: u128,
) -> Result<Option<Permit>, Error> {
    if account.is_nodes {
        return Ok(None);
    }
    let (token, deadline) =
        (currency.address(), U256::from(snapshot.time_from_now().await? + PERMIT_SECS));
    let terms = (account.address, snapshot.contract, U256::from(amount), deadline);
    let chain_id = session.chain_id().await?;
    let Some((message, domain)) = token::permit(snapshot, chain_id, token, terms).await? else {
        return Ok(None);
    };
    session.screen.confirm(&format!(
        "Sign a permit of token {token}: program {} may take {} once, until {}\n  public for ever: \
         the permit, as part of the payment",
        snapshot.contract,
        currency.format(U256::from(amount)),
        dates::format_instant(deadline.saturating_to())
    ))?;
    let signature = session.signer()?.sign_typed(&message, &domain)?;
    Ok(Some(Permit { deadline, signature }))
}

/// Whether [`permit`] would sign one.
pub(super) async fn has_permit(
    session: &Session,
    snapshot: &Snapshot<'_>,
    account: Account,
    currency: &Currency,
    amount: u128,
) -> Result<bool, Error> {
    if account.is_nodes {
        return Ok(false);
    }
    let terms = (account.address, snapshot.contract, U256::from(amount), U256::MAX);
    let chain_id = session.chain_id().await?;
    Ok(token::permit(snapshot, chain_id, currency.address(), terms).await?.is_some())
}

/// Lets the program take exactly `amount`. `false` after `--dry-run`.
pub(super) async fn approve(
    session: &Session,
    snapshot: &Snapshot<'_>,
    account: Account,
    currency: &Currency,
    (amount, allowance): (u128, U256),
) -> Result<bool, Error> {
    let token = currency.address();
    // Some tokens refuse to change an allowance that is not used up.
    let steps = if allowance.is_zero() { &[amount][..] } else { &[0, amount][..] };
    for step in steps {
        let call = IErc20::approveCall { spender: snapshot.contract, amount: U256::from(*step) };
        let data: Bytes = call.abi_encode().into();
        let plan = Plan {
            to: Some(token),
            value_wei: U256::ZERO,
            data,
            what: match step {
                0 => format!(
                    "Take back what the program {} may take of it so far",
                    snapshot.contract
                ),
                _ => format!(
                    "Let the program {} take {} of token {token}, and no more",
                    snapshot.contract,
                    currency.format(U256::from(*step))
                ),
            },
            public: "that this account lets the program take these tokens".into(),
        };
        if session.send(account, &plan).await?.is_none() {
            return Ok(false);
        }
    }
    let found = token::allowance_now(session, token, account.address, snapshot.contract).await?;
    if found < U256::from(amount) {
        return Err(Error::NotAToken { token });
    }
    Ok(true)
}
