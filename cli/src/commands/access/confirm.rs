//! `chartkey access confirm`: somebody has a new key, and its words were compared (crypto.md section 7.3).

use serde_json::json;

use super::words;
use crate::args::Confirm;
use crate::error::Error;
use crate::output::Report;
use crate::records::Holder;
use crate::session::Session;

pub(super) async fn run(session: &Session, confirm: Confirm) -> Result<Report, Error> {
    let Confirm { grantee, fingerprint, fingerprint_file } = confirm;
    let words = words(fingerprint.as_deref(), fingerprint_file.as_deref())?.unwrap_or_default();
    let holder = Holder::open_to_write(session).await?;
    let key = holder.confirm_anew(session, grantee, &words).await?;
    let is_dry = session.global.dry_run;
    let text = format!(
        "{}the key of {grantee} with these words{}; nothing was sent",
        if is_dry { "would take " } else { "took " },
        if is_dry { " for the right one" } else { " for the right one, on this machine" },
    );
    let data = json!({
        "account": grantee.to_checksum(None),
        "keyId": format!("0x{}", alloy_primitives::hex::encode(key.0)),
        "fingerprint": key.fingerprint(),
        "confirmed": !is_dry,
    });
    Ok(Report::new(data, text))
}
