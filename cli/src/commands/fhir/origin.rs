//! Where an entry came from, inside its frame.
//!
//! Format `ehr1` (crypto.md 8.1) has no field for the source of a resource, and keeps extensions that it
//! does not know. These two are of its upper half, which the specification does not use: private to this
//! product, sealed like everything in a frame, and left out where there is nothing to say.

use chartkey_crypto::{Extension, Frame};
use chartkey_fhir::{Entry, Identity, Origin};

/// URI of the system that gave the resource its id, in UTF-8.
const SOURCE: u16 = 0x8001;
/// `fullUrl` as it came in, in UTF-8, where source and id do not tell it; empty for `urn:uuid:` and id.
const FULL_URL: u16 = 0x8002;

/// The frame with the origin of this entry.
pub(super) fn with_origin(mut frame: Frame, entry: &Entry<'_>) -> Frame {
    let (source, full_url) = entry.origin.packed(&entry.resource_type, entry.id.as_deref());
    for (kind, text) in [(SOURCE, source), (FULL_URL, full_url)] {
        if let Some(text) = text {
            let value = text.as_bytes().to_vec().into();
            frame = frame.with_extension(Extension { kind, value });
        }
    }
    frame
}

/// The origin that a frame tells of its resource.
pub(super) fn origin(frame: &Frame, body: &str) -> Origin {
    let text = |kind| {
        let found = frame.extensions.iter().find(|extension| extension.kind == kind)?;
        std::str::from_utf8(&found.value).ok()
    };
    let (kind, id) = chartkey_fhir::type_and_id(body).unwrap_or_default();
    Origin::unpacked(text(SOURCE), text(FULL_URL), &kind, id.as_deref())
}

/// Which statement the resource of a frame is a version of.
pub(super) fn identity(frame: &Frame, body: &str) -> Option<Identity> {
    Identity::of(body, &origin(frame, body))
}
