//! Custom errors of the precompiles, and their words in RPC answers (devnode.md 5.4).

use alloy_sol_types::SolInterface;

alloy_sol_types::sol! {
    /// Every custom error that a precompile reverts with.
    interface PrecompileErrors {
        error InvalidBlockNumber(uint256 requested, uint256 current);
        error NoTicketWithID();
        error NotCallable();
        error CallerNotArbOS();
        error ProgramNotWasm();
        error ProgramNotActivated();
        error ProgramNeedsUpgrade(uint16 version, uint16 stylusVersion);
        error ProgramExpired(uint64 ageInSeconds);
        error ProgramUpToDate();
        error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
        error ProgramInsufficientValue(uint256 have, uint256 want);
        error Custom(uint64 number, string message, bool flag);
        error Unused();
    }
}

/// `error Name(arguments)` for revert data that are a custom error of a precompile, whoever
/// reverted with them: contracts that call a precompile pass its errors on.
#[must_use]
pub fn custom_error_text(data: &[u8]) -> Option<String> {
    use PrecompileErrors::PrecompileErrorsErrors as Error;

    let arguments = match Error::abi_decode(data).ok()? {
        Error::InvalidBlockNumber(e) => {
            format!("InvalidBlockNumber({}, {})", e.requested, e.current)
        }
        Error::NoTicketWithID(_) => "NoTicketWithID()".to_owned(),
        Error::NotCallable(_) => "NotCallable()".to_owned(),
        Error::CallerNotArbOS(_) => "CallerNotArbOS()".to_owned(),
        Error::ProgramNotWasm(_) => "ProgramNotWasm()".to_owned(),
        Error::ProgramNotActivated(_) => "ProgramNotActivated()".to_owned(),
        Error::ProgramNeedsUpgrade(e) => {
            format!("ProgramNeedsUpgrade({}, {})", e.version, e.stylusVersion)
        }
        Error::ProgramExpired(e) => format!("ProgramExpired({})", e.ageInSeconds),
        Error::ProgramUpToDate(_) => "ProgramUpToDate()".to_owned(),
        Error::ProgramKeepaliveTooSoon(e) => format!("ProgramKeepaliveTooSoon({})", e.ageInSeconds),
        Error::ProgramInsufficientValue(e) => {
            format!("ProgramInsufficientValue({}, {})", e.have, e.want)
        }
        Error::Custom(e) => format!("Custom({}, {}, {})", e.number, e.message, e.flag),
        Error::Unused(_) => "Unused()".to_owned(),
    };
    Some(format!("error {arguments}"))
}
