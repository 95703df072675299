//! Whose stay it is, and which of them runs the command.

use alloy_primitives::Address;
use chartkey_abi::IStays;

use crate::commands::record::no_access;
use crate::error::Error;
use crate::records::StayTie;
use crate::session::Session;
use crate::stays::Snapshot;

/// The two parties of a stay, and who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parties {
    /// The stay, as entries name it.
    pub(super) tie: StayTie,
    pub(super) clinic: Address,
    pub(super) patient: Address,
    /// Who runs the command: a party, or the clinic's staff.
    pub(super) me: Address,
}

impl Parties {
    /// Those of a stay, before anything is asked for.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a stay that there is not, and for an account that has nothing to do with it;
    /// endpoints that disagree.
    pub(super) async fn of(session: &Session, stay: u64) -> Result<Self, Error> {
        let snapshot = Snapshot::newest(session).await?;
        let entry = snapshot.entry(stay).await?;
        let (clinic, patient) = (entry.stay.clinic, entry.stay.patient);
        let me = session.account().await?.address;
        if me != clinic && me != patient {
            let call = IStays::staffUntilCall { clinic, staff: me };
            let until = snapshot.ask(call, "who is the clinic's staff").await?;
            if until <= snapshot.time().await? {
                return Err(no_access(
                    format!(
                        "{me} is neither clinic nor patient of stay {stay}, nor the clinic's staff"
                    ),
                    "chartkey appointment list",
                ));
            }
        }
        let chain_id = session.chain_id().await?;
        let tie = StayTie { chain_id, contract: snapshot.contract, stay };
        Ok(Self { tie, clinic, patient, me })
    }

    /// For whom the caller writes: the other party; for the clinic's staff the patient.
    pub(super) fn other(&self) -> Address {
        if self.me == self.patient { self.clinic } else { self.patient }
    }

    /// Whether the caller is a party itself.
    pub(super) fn is_party(&self) -> bool {
        self.role(self.me).is_some()
    }

    /// What an account is in this stay.
    pub(super) fn role(&self, account: Address) -> Option<&'static str> {
        if account == self.clinic {
            Some("clinic")
        } else {
            (account == self.patient).then_some("patient")
        }
    }

    /// An account with what it is, for people.
    pub(super) fn named(&self, account: Address) -> String {
        match self.role(account) {
            Some(role) => format!("{role} {account}"),
            None => format!("{account}, no party of the stay"),
        }
    }
}
