//! `chartkey appointment details`: what is about a stay and not for the chain, as entries of format `ehr1`
//! that both parties can open: the room, instructions, questions.

mod candidates;
mod parties;
mod read;
mod send;
mod told;

use crate::args::{Content, Details};
use crate::error::Error;
use crate::output::Report;
use crate::session::Session;

pub(super) async fn run(session: &Session, arguments: Details) -> Result<Report, Error> {
    let Details { stay, file, text, deliver, all, section, words } = arguments;
    let content = file.map(|file| Content { file, text });
    if content.is_none() && !deliver {
        return read::run(session, stay, all).await;
    }
    let section = section.as_deref().unwrap_or(SECTION);
    send::run(session, stay, content.as_ref(), section, &words).await
}

/// The section that details go to if no other is named.
const SECTION: &str = chartkey_fhir::Section::Administration.name();
