//! `chartkey record open`: one more section (crypto.md section 3).

use chartkey_fhir::Section;
use serde_json::json;

use super::content::refused;
use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder, is_sensitive};
use crate::session::Session;
use crate::text::printable;

/// Longest name, in bytes (crypto.md section 6.2).
const MOST_BYTES: usize = 47;

pub(super) async fn run(session: &Session, name: &str, sensitive: bool) -> Result<Report, Error> {
    let name = checked(name, sensitive)?;
    let holder = Holder::open_to_write(session).await?;
    let record = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    if chart.named(&name).is_some() {
        return Err(refused(
            format!("the record has the section {name} already"),
            "chartkey record add SECTION FILE",
        ));
    }
    let sent = holder.open_sections(session, &chart, &[&name]).await?;
    let Some(receipt) = sent.and_then(|mut sent| sent.pop()) else {
        return Ok(session.rehearsal());
    };
    let chart = Chart::read(session, &holder, record).await?;
    let section = chart.require(&name)?;
    let data = json!({
        "record": record,
        "section": name,
        "handle": section.section.handle.number(),
        "sensitive": section.is_sensitive(),
        "tx": receipt.transaction_hash,
        "block": receipt.block_number.to_string(),
        "gasUsed": receipt.gas_used.to_string(),
        "feeWei": receipt.fee_wei().to_string(),
    });
    Ok(Report::new(data, format!("section {}", section.label())))
}

/// The name as it is sealed: one of the usual ones in its usual spelling; a sensitive one with what makes
/// it so behind a comma.
fn checked(name: &str, sensitive: bool) -> Result<String, Error> {
    let name = name.trim();
    let name =
        Section::parse(name).map_or_else(|_| name.to_owned(), |usual| usual.name().to_owned());
    let hint = "give a short name, such as \"dental\" or \"medications, substance use\"";
    if name.is_empty() || name.starts_with('#') || printable(&name) != name {
        return Err(refused(format!("{} cannot be a section's name", printable(&name)), hint));
    }
    let name = match (sensitive, is_sensitive(&name)) {
        (true, false) => format!("{name}, sensitive"),
        (false, true) => {
            let message = "a name with a comma is that of a sensitive section".to_owned();
            return Err(refused(message, "add --sensitive, or leave the comma out"));
        }
        (true, true) | (false, false) => name,
    };
    if name.len() > MOST_BYTES {
        let message = format!("the name has {} bytes, and {MOST_BYTES} fit", name.len());
        return Err(refused(message, hint));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_keep_their_spelling_and_sensitive_ones_have_a_comma() {
        assert_eq!(checked("Care-Plan", false).expect("usual"), "care plan");
        assert_eq!(checked("medications", true).expect("ours"), "medications, sensitive");
        let name = "medications, substance use";
        assert_eq!(checked(name, true).expect("theirs"), name);
        assert!(checked(name, false).is_err());
    }

    #[test]
    fn names_that_cannot_be_typed_or_stored_are_refused() {
        for name in ["", "  ", "#7", "a\u{1b}b", &"x".repeat(48)] {
            assert!(checked(name, false).is_err(), "{name:?}");
        }
    }
}
