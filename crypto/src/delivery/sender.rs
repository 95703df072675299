//! Who delivers (crypto.md section 7.2, last column).

/// In what role the actor of the access chain delivers. The contract lets nobody else deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The account in charge of the record.
    Owner,
    /// A guardian of the record.
    Guardian,
    /// A holder of the permission to rotate or to grant.
    Delegate,
    /// A custodian, to the claimant of an open emergency.
    Custodian,
    /// A guardian, to the account whose keys are recovered.
    Trustee,
}
