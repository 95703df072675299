//! Where a resource came from, and which statement it is a version of.
//!
//! `Condition/1` of one hospital and `Condition/1` of another are two statements. What tells them apart is
//! the source: a URI of the system that gave the id.

use serde_json::Value;

use crate::number;

/// Base of the `fullUrl`s that an export makes up where the true one is not known.
///
/// Relative references (`Patient/1`) resolve within a bundle only if `fullUrl`s have a base (FHIR R4,
/// bundle.html, "Resolving references"). `.invalid` never exists (RFC 6761), so that nobody looks there.
const NOWHERE: &str = "https://chartkey.invalid/fhir";

/// Where a resource came from, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// URI of the system that gave the id; empty where nothing says so.
    pub source: String,
    /// `fullUrl` as it came in, without version.
    pub full_url: Option<String>,
}

impl Origin {
    /// What has to be kept beside the bytes of a resource to know all this again: the source, and the
    /// `fullUrl` where neither id nor source tell it. The empty text stands for `urn:uuid:` and the id.
    #[must_use]
    pub fn packed(&self, resource_type: &str, id: Option<&str>) -> (Option<&str>, Option<&str>) {
        let source = (!self.source.is_empty()).then_some(self.source.as_str());
        let full_url = self.full_url.as_deref().and_then(|url| match id {
            Some(id) if is_uuid_of(url, id) => Some(""),
            Some(id) if url == at(&self.source, resource_type, id) => None,
            _ => Some(url),
        });
        (source, full_url)
    }

    /// The opposite of [`Self::packed`].
    #[must_use]
    pub fn unpacked(
        source: Option<&str>,
        full_url: Option<&str>,
        resource_type: &str,
        id: Option<&str>,
    ) -> Self {
        let source = source.unwrap_or_default().to_owned();
        let full_url = match (full_url, id) {
            (Some(""), Some(id)) => Some(format!("urn:uuid:{id}")),
            (Some(url), _) if !url.is_empty() => Some(url.to_owned()),
            (None, Some(id)) if is_web(&source) => Some(at(&source, resource_type, id)),
            _ => None,
        };
        Self { source, full_url }
    }

    /// The `fullUrl` for an export: as it came in, else one under which relative references resolve and
    /// from which [`source_of`] reads the source again.
    pub(crate) fn shown(&self, resource_type: &str, id: &str) -> String {
        match &self.full_url {
            Some(url) => url.clone(),
            None if is_web(&self.source) => at(&self.source, resource_type, id),
            None if self.source.is_empty() => at(NOWHERE, resource_type, id),
            None => at(&format!("{NOWHERE}/{}", escaped(&self.source)), resource_type, id),
        }
    }
}

/// Which statement a resource is a version of. Same identity and other content is a new version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// URI of the system that gave the id; empty where nothing says so.
    pub source: String,
    /// FHIR type.
    pub resource_type: String,
    /// The id at the source; a `fullUrl` where there is none, or where the id alone would not do; a
    /// fingerprint of the content where there is neither.
    pub id: String,
}

impl Identity {
    /// The identity of a resource that is kept with its origin; `None` if it is no resource.
    #[must_use]
    pub fn of(body: &str, origin: &Origin) -> Option<Self> {
        let (kind, id) = type_and_id(body)?;
        Some(Self::new(&kind, id.as_deref(), origin, body))
    }

    pub(crate) fn new(kind: &str, id: Option<&str>, origin: &Origin, body: &str) -> Self {
        let url = origin.full_url.as_deref();
        let restful = url.and_then(|url| restful(url, kind)).map(|(_, id)| id);
        let id = match (restful, id, url) {
            (Some(id), _, _) => id.to_owned(),
            // Of an unknown source an id says little; a URN is unique in the world.
            (None, Some(id), Some(url)) if origin.source.is_empty() && !is_uuid_of(url, id) => {
                url.to_owned()
            }
            (None, Some(id), _) => id.to_owned(),
            (None, None, Some(url)) => url.to_owned(),
            (None, None, None) => format!("#{:032x}", fingerprint(body)),
        };
        Self { source: origin.source.clone(), resource_type: kind.to_owned(), id }
    }
}

/// Type and id of a resource; `None` if it is no resource.
#[must_use]
pub fn type_and_id(body: &str) -> Option<(String, Option<String>)> {
    let resource = number::value(body).ok()?;
    let kind = resource.get("resourceType")?.as_str()?;
    let id = resource.get("id").and_then(Value::as_str).map(str::to_owned);
    Some((kind.to_owned(), id))
}

/// The source that a `fullUrl` names: the base of `BASE/Type/id`. The inner `None` is the unknown source
/// of our own exports.
pub(crate) fn source_of(full_url: &str, kind: &str) -> Option<Option<String>> {
    let (base, _) = restful(full_url, kind)?;
    match base.strip_prefix(NOWHERE) {
        Some("") => Some(None),
        Some(rest) => Some(rest.strip_prefix('/').and_then(unescaped)),
        None => Some(Some(base.to_owned())),
    }
}

/// Whether the URL was made up by an export and says nothing about where the resource is.
pub(crate) fn is_made_up(full_url: &str) -> bool {
    full_url.strip_prefix(NOWHERE).is_some_and(|rest| rest.starts_with('/'))
}

/// Base and id of `http://server/fhir/Condition/1`.
fn restful<'u>(full_url: &'u str, kind: &str) -> Option<(&'u str, &'u str)> {
    let (head, id) = full_url.rsplit_once('/')?;
    let base = head.strip_suffix(kind)?.strip_suffix('/')?;
    (is_web(full_url) && !id.is_empty() && base.len() > "https://".len()).then_some((base, id))
}

fn at(base: &str, kind: &str, id: &str) -> String {
    format!("{base}/{kind}/{id}")
}

fn is_web(uri: &str) -> bool {
    uri.starts_with("https://") || uri.starts_with("http://")
}

fn is_uuid_of(url: &str, id: &str) -> bool {
    url.strip_prefix("urn:uuid:") == Some(id)
}

/// Percent-encoding of everything that RFC 3986 does not call unreserved.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

/// FNV-1a of 128 bits: tells resources without any identity apart. Not a protection against anybody,
/// which it need not be: whoever can choose the bytes can choose the id as well.
pub(crate) fn fingerprint(text: &str) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(source: &str, full_url: Option<&str>) -> Origin {
        Origin { source: source.to_owned(), full_url: full_url.map(str::to_owned) }
    }

    fn id(id: Option<&str>, origin: &Origin) -> String {
        Identity::new("Condition", id, origin, "{}").id
    }

    #[test]
    fn the_id_counts_within_its_source_and_a_urn_without_one() {
        const UUID: &str = "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0";
        let name = format!("urn:uuid:{UUID}");
        let urn = Some(name.as_str());
        assert_eq!(id(Some("1"), &origin("", None)), "1");
        assert_eq!(id(Some("1"), &origin("https://a.example", urn)), "1");
        assert_eq!(id(Some("1"), &origin("", urn)), name);
        assert_eq!(id(Some(UUID), &origin("", urn)), UUID);
        assert_eq!(id(None, &origin("", Some("https://a.example/Condition/7"))), "7");
        assert!(id(None, &origin("", None)).starts_with('#'));
    }

    #[test]
    fn what_is_kept_beside_the_bytes_brings_the_origin_back() {
        for (source, url, packed) in [
            ("https://a.example/fhir", Some("https://a.example/fhir/Condition/1"), None),
            ("", Some("urn:uuid:1"), Some("")),
            ("", Some("urn:uuid:2"), Some("urn:uuid:2")),
            ("urn:oid:1.2.3", None, None),
            ("", None, None),
            ("", Some("https://a.example/elsewhere"), Some("https://a.example/elsewhere")),
        ] {
            let origin = origin(source, url);
            let (kept_source, kept_url) = origin.packed("Condition", Some("1"));
            assert_eq!(kept_url, packed, "{url:?}");
            let again = Origin::unpacked(kept_source, kept_url, "Condition", Some("1"));
            assert_eq!(again, origin);
        }
    }

    #[test]
    fn a_made_up_url_gives_its_source_back() {
        for source in ["", "urn:oid:1.2.3", "Röntgen am See/Haus 2", "100%"] {
            let url = origin(source, None).shown("Condition", "1");
            let found = source_of(&url, "Condition").expect("restful");
            assert_eq!(found.unwrap_or_default(), source, "{url}");
            assert!(is_made_up(&url));
        }
        assert_eq!(source_of("urn:uuid:1", "Condition"), None);
        assert_eq!(source_of("https://a.example/x", "Condition"), None);
    }
}
