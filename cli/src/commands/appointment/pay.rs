//! `chartkey appointment pay`: the price, or a part of it, into escrow.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolCall;
use chartkey_abi::{IStays, stay_state};

use super::allow::{self, Permit};
use super::{done, warn_of_credential, warn_of_days};
use crate::args::Pay;
use crate::error::Error;
use crate::output::Report;
use crate::rpc::Receipt;
use crate::session::{Account, Session};
use crate::stays::{Currency, Entry, Policy, Snapshot};
use crate::transact::{Plan, logged};

/// What becomes public with a payment.
const PUBLIC: &str = "that this account paid this stay, and how much";

/// A payment that is about to be made.
struct Payment<'a> {
    snapshot: &'a Snapshot<'a>,
    entry: &'a Entry,
    currency: &'a Currency,
    account: Account,
    amount: u128,
}

pub(super) async fn run(session: &Session, arguments: &Pay) -> Result<Report, Error> {
    let account = session.account().await?;
    if !session.global.dry_run {
        // What an interrupted run sent is mined before the stay is read.
        session.recover(account.address).await?;
    }
    let snapshot = Snapshot::newest(session).await?;
    let entry = snapshot.entry(arguments.stay).await?;
    warn_of_credential(session, &snapshot, entry.stay.clinic).await?;
    let currency = snapshot.currency(entry.terms.token).await?;
    let due = match entry.stay.state {
        stay_state::QUOTED | stay_state::HELD | stay_state::BOOKED => entry.terms.dueWei,
        // The contract says why nothing is due.
        _ => entry.stay.totalWei,
    };
    let wanted = arguments.amount.as_deref().map(|text| currency.parse(text)).transpose()?;
    let amount = wanted.unwrap_or(due);
    let payment =
        Payment { snapshot: &snapshot, entry: &entry, currency: &currency, account, amount };
    if let Some(receipt) = payment.paid_before(session, wanted).await? {
        return paid(arguments.stay, &receipt, &currency, entry.terms.dueWei);
    }
    let policy = Policy::of(&snapshot, &entry).await?;
    if let Some(policy) = policy.filter(|_| payment.is_possible()) {
        payment.check_part(&policy)?;
        warn_of_days(session, &snapshot, &entry).await?;
    }
    let receipt = match currency {
        Currency::Coin => session.send(account, &payment.in_coins()).await?,
        Currency::Token(_) => payment.in_tokens(session, !arguments.no_permit).await?,
    };
    let Some(receipt) = receipt else { return Ok(session.rehearsal()) };
    logged::<IStays::StayPaid>(&receipt, snapshot.contract)?;
    paid(arguments.stay, &receipt, &currency, due.saturating_sub(amount))
}

fn paid(stay: u64, receipt: &Receipt, currency: &Currency, left: u128) -> Result<Report, Error> {
    let text = match left {
        0 => "is paid; the money is in escrow until it is settled".to_owned(),
        left => format!("has {} left to pay", currency.format(U256::from(left))),
    };
    done(stay, receipt, &text)
}

impl Payment<'_> {
    fn what(&self) -> String {
        let (stay, account) = (self.entry.number, self.account.address);
        let beneficiary = if account == self.entry.stay.patient {
            String::new()
        } else {
            format!(" for patient {}; a refund comes back to {account}", self.entry.stay.patient)
        };
        let token = match self.currency {
            Currency::Coin => String::new(),
            Currency::Token(token) => format!(", token {}", token.address),
        };
        let double = if self.entry.terms.overrides { "; the room may be double" } else { "" };
        format!(
            "Pay {} for stay {stay} of clinic {} into escrow{beneficiary}{token}{double}",
            self.currency.format(U256::from(self.amount)),
            self.entry.stay.clinic
        )
    }

    /// An amount that the contract would refuse, said with what it takes.
    fn check_part(&self, policy: &Policy) -> Result<(), Error> {
        let (due, amount) = (self.entry.terms.dueWei, self.amount);
        if amount == due {
            return Ok(());
        }
        let shown = |amount: u128| self.currency.format(U256::from(amount));
        let whole = format!("without --amount, {} is paid", shown(due));
        let wrong = |message: String| Err(Error::Usage { message, hint: whole.clone() });
        let stay = self.entry.number;
        if amount == 0 || amount > due {
            return wrong(format!("of stay {stay}, {} is due, not {}", shown(due), shown(amount)));
        }
        let Some(least) = policy.least_part(self.entry.stay.totalWei) else {
            return wrong(format!("stay {stay} is paid as a whole: its policy takes no parts"));
        };
        if self.account.address != self.entry.stay.patient {
            return wrong(format!(
                "only the patient pays parts; of stay {stay}, {} is due",
                shown(due)
            ));
        }
        if self.entry.terms.depositWei == 0 && amount < least {
            return wrong(format!("the first part of stay {stay} is at least {}", shown(least)));
        }
        Ok(())
    }

    /// Whether something is due, and of this account: before it is booked only the patient pays.
    fn is_possible(&self) -> bool {
        let is_open = matches!(self.entry.stay.state, stay_state::QUOTED | stay_state::HELD);
        let is_patient = self.account.address == self.entry.stay.patient;
        self.entry.terms.dueWei > 0 && (is_patient || !is_open)
    }

    fn in_coins(&self) -> Plan {
        Plan {
            to: Some(self.snapshot.contract),
            value_wei: U256::from(self.amount),
            data: IStays::payCall { stay: self.entry.number }.abi_encode().into(),
            what: self.what(),
            public: PUBLIC.into(),
        }
    }

    fn plan(&self, permit: Option<Permit>) -> Plan {
        let signature = permit.map(|permit| permit.signature);
        let call = IStays::payTokenCall {
            stay: self.entry.number,
            amountWei: self.amount,
            deadline: permit.map_or(U256::ZERO, |permit| permit.deadline),
            v: signature.map_or(0, |signature| signature.v),
            r: signature.map_or(B256::ZERO, |signature| signature.r),
            s: signature.map_or(B256::ZERO, |signature| signature.s),
        };
        Plan {
            to: Some(self.snapshot.contract),
            value_wei: U256::ZERO,
            data: call.abi_encode().into(),
            what: self.what(),
            public: PUBLIC.into(),
        }
    }

    /// What an interrupted run paid: the amount that is wanted again or, where none is named, what leaves
    /// nothing due. A permit has another deadline and signature each time, so the call itself does not tell;
    /// the event does.
    async fn paid_before(
        &self,
        session: &Session,
        wanted: Option<u128>,
    ) -> Result<Option<Receipt>, Error> {
        if session.global.dry_run {
            return Ok(None);
        }
        let (stay, payer, due) = (self.entry.number, self.account.address, self.entry.terms.dueWei);
        session
            .take_recovered(payer, |one| {
                let paid = logged::<IStays::StayPaid>(&one.receipt, self.snapshot.contract);
                paid.is_ok_and(|paid| {
                    (paid.stay, paid.payer) == (stay, payer)
                        && wanted.map_or(due == 0, |wanted| wanted == paid.amountWei)
                })
            })
            .await
    }

    /// By an allowance that is there, else by permit in one step, else by a new allowance in two.
    async fn in_tokens(
        &self,
        session: &Session,
        uses_permit: bool,
    ) -> Result<Option<Receipt>, Error> {
        let (snapshot, account, currency) = (self.snapshot, self.account, self.currency);
        if !self.is_possible() {
            // The contract says why; nothing is signed for that.
            return session.send(account, &self.plan(None)).await;
        }
        let allowance =
            allow::checked_funds(snapshot, account.address, currency, self.amount).await?;
        if allowance >= U256::from(self.amount) {
            return session.send(account, &self.plan(None)).await;
        }
        if uses_permit && session.global.dry_run {
            if allow::has_permit(session, snapshot, account, currency, self.amount).await? {
                let mut plan = self.plan(None);
                plan.what.push_str("; by a permit of exactly this amount, signed with it");
                session.rehearse_unpriced(&plan);
                return Ok(None);
            }
        } else if uses_permit {
            let permit = allow::permit(session, snapshot, account, currency, self.amount).await?;
            if let Some(permit) = permit {
                match session.send(account, &self.plan(Some(permit))).await {
                    Err(error) if is_unpermitted(&error) => session
                        .screen
                        .warn("the token did not take the permit; an allowance is needed instead"),
                    other => return other,
                }
            }
        }
        let amounts = (self.amount, allowance);
        if allow::approve(session, snapshot, account, currency, amounts).await? {
            return session.send(account, &self.plan(None)).await;
        }
        session.rehearse_unpriced(&self.plan(None));
        Ok(None)
    }
}

/// The token refused in the simulation: nothing was sent.
fn is_unpermitted(error: &Error) -> bool {
    matches!(error, Error::Reverted { refusal, hash: None } if refusal.name == "TokenFailed")
}
