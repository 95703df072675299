//! `chartkey record verify`: every chain from the logs alone.

use alloy_primitives::B256;
use serde_json::json;

use crate::error::Error;
use crate::output::Report;
use crate::records::{Chart, Holder};
use crate::session::Session;
use crate::text::printable;

pub(super) async fn run(session: &Session) -> Result<Report, Error> {
    let holder = Holder::open(session).await?;
    let record: B256 = holder.record(session).await?;
    let chart = Chart::read(session, &holder, record).await?;
    let mut text = String::new();
    let mut sections = Vec::new();
    for section in &chart.sections {
        let name = section.name.as_deref().unwrap_or("(no key)");
        let links = section.state.seq();
        text.push_str(&format!("{:<20} {links} links, the chain holds\n", printable(name)));
        let mut unreadable = Vec::new();
        for entry in &section.entries {
            let Err(error) = &entry.frame else { continue };
            let author = entry.author.to_checksum(None);
            text.push_str(&format!("  entry {} by {author}: {error}\n", entry.seq));
            unreadable.push(json!({"seq": entry.seq, "author": author, "error": error.code()}));
        }
        sections.push(json!({
            "name": section.name,
            "handle": section.section.handle.number(),
            "links": links,
            "state": B256::from(section.state.to_word()),
            "unreadable": unreadable,
        }));
    }
    let links = chart.history.links.len();
    text.push_str(&format!("{:<20} {links} links, the chain holds\n", "access"));
    let data = json!({"record": record, "sections": sections, "access": {"links": links}});
    let mut report = Report::new(data, text);
    report.warnings.extend(chart.keychain.remarks);
    Ok(report)
}
