//! From the bytes of a file to its entries: bundle, single resource or NDJSON.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::digest::without_fragment;
use crate::sound::{self, MAX_SIZE_BYTES};
use crate::{FhirError, number, plain};

/// Members of an object, each as its bytes.
type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The bundle types of R4.
const BUNDLE_TYPES: [&str; 9] = [
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "history",
    "searchset",
    "collection",
];

/// A file taken apart, in the order in which it is to be applied.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) items: Vec<Item<'a>>,
    /// Bundles must bring their Patient; resources by themselves may name it instead.
    pub(crate) is_bundle: bool,
    /// What the file says of its own source.
    pub(crate) origin: Option<String>,
    pub(crate) warnings: Vec<String>,
}

/// One entry of the file.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    /// From 1; in NDJSON the line.
    pub(crate) position: usize,
    pub(crate) full_url: Option<String>,
    /// The resource, or what the entry is and why it has none.
    pub(crate) body: Result<&'a str, (String, String)>,
}

impl<'a> Source<'a> {
    /// Resources by themselves.
    pub(crate) const fn lines(items: Vec<Item<'a>>) -> Self {
        Self { items, is_bundle: false, origin: None, warnings: Vec::new() }
    }
}

impl<'a> Item<'a> {
    pub(crate) const fn alone(position: usize, body: &'a str) -> Self {
        Self { position, full_url: None, body: Ok(body) }
    }
}

/// Checks the file and takes it apart.
pub(crate) fn open(input: &[u8]) -> Result<Source<'_>, FhirError> {
    let text = text_of(input)?;
    let first = text.lines().position(|line| !line.trim().is_empty()).ok_or(FhirError::Empty)?;
    if is_ndjson(text, first) {
        return ndjson(text);
    }
    sound::check(text, 1)?;
    let members = members_of(text).ok_or_else(|| not_resource(text))?;
    if text_member(&members, "resourceType").as_deref() == Some("Bundle") {
        return bundle(&members);
    }
    if !members.contains_key("resourceType") {
        return Err(FhirError::NotResource { found: "an object without resourceType".to_owned() });
    }
    Ok(Source::lines(vec![Item::alone(1, text.trim())]))
}

pub(crate) fn text_of(input: &[u8]) -> Result<&str, FhirError> {
    if input.len() > MAX_SIZE_BYTES {
        return Err(FhirError::TooLarge { size_bytes: input.len() });
    }
    let text = std::str::from_utf8(input).map_err(|error| {
        let offset = error.valid_up_to();
        let line = 1 + input[..offset].iter().filter(|byte| **byte == b'\n').count();
        FhirError::NotUtf8 { line, offset }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// NDJSON has a whole object on its first line, and more after it.
fn is_ndjson(text: &str, first: usize) -> bool {
    let mut lines = text.lines().skip(first);
    let whole = lines
        .next()
        .is_some_and(|line| line.trim_start().starts_with('{') && sound::check(line, 1).is_ok());
    whole && lines.any(|line| !line.trim().is_empty())
}

fn ndjson(text: &str) -> Result<Source<'_>, FhirError> {
    let mut items = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            sound::check(line, index + 1)?;
            items.push(Item::alone(index + 1, line.trim()));
        }
    }
    Ok(Source::lines(items))
}

fn bundle<'a>(members: &Members<'a>) -> Result<Source<'a>, FhirError> {
    let kind = text_member(members, "type").ok_or(FhirError::BundleWithoutType)?;
    if !BUNDLE_TYPES.contains(&kind.as_str()) {
        return Err(FhirError::UnknownBundleType { found: plain(&kind) });
    }
    let entries: Vec<&RawValue> = match members.get("entry").filter(|raw| !is_null(raw)) {
        None => vec![],
        Some(raw) => serde_json::from_str(raw.get())
            .map_err(|_| FhirError::BadEntryList { found: shape(raw.get()) })?,
    };
    let mut warnings = Vec::new();
    let mut items: Vec<_> = entries
        .iter()
        .enumerate()
        .map(|(index, raw)| bundle_item(index + 1, raw, &mut warnings))
        .collect();
    if kind == "history" {
        // The newest is first: applied from the end, the last state wins.
        items.reverse();
    }
    let origin = origin_of(&kind, members, &items);
    Ok(Source { items, is_bundle: true, origin, warnings })
}

/// What a bundle says of its source: `meta.source`, the endpoint that sent a message, or who numbers its
/// documents. The number itself is new with every issue, and serves only where it stands alone.
fn origin_of(kind: &str, members: &Members<'_>, items: &[Item<'_>]) -> Option<String> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let member = |name: &str| members.get(name).and_then(|raw| number::value(raw.get()).ok());
    let meta = member("meta").and_then(|meta| text(&meta["source"]));
    meta.map(|source| without_fragment(&source).to_owned()).or_else(|| match kind {
        "document" => {
            let identifier = member("identifier")?;
            text(&identifier["system"])
                .filter(|system| system != "urn:ietf:rfc:3986")
                .or_else(|| text(&identifier["value"]))
        }
        "message" => {
            let header = number::value(items.first()?.body.as_ref().ok()?).ok()?;
            text(&header["source"]["endpoint"])
        }
        _ => None,
    })
}

fn bundle_item<'a>(position: usize, raw: &'a RawValue, warnings: &mut Vec<String>) -> Item<'a> {
    let refuse = |full_url, what: &str, reason: String| Item {
        position,
        full_url,
        body: Err((plain(what), reason)),
    };
    let Some(members) = members_of(raw.get()) else {
        let reason = format!("the entry is {}, expected an object", shape(raw.get()));
        return refuse(None, "entry", reason);
    };
    for (name, _) in members.iter().filter(|(_, raw)| is_null(raw)) {
        warnings.push(format!("entry {position}: {} is null, taken as absent", plain(name)));
    }
    let full_url = text_member(&members, "fullUrl");
    if let Some(raw) = members.get("fullUrl").filter(|raw| !is_null(raw))
        && full_url.is_none()
    {
        let reason = format!("fullUrl is {}, expected a string", shape(raw.get()));
        return refuse(None, "entry", reason);
    }
    let (method, url) = request_of(&members);
    let what = url.or_else(|| full_url.clone()).unwrap_or_else(|| "entry".to_owned());
    if method.as_deref() == Some("DELETE") {
        let reason = "a deletion; versions are never deleted, retract the entry instead";
        return refuse(full_url, &what, reason.to_owned());
    }
    if is_outcome(&members) {
        let reason = "a remark of the server on its search; it is nobody's record";
        return refuse(full_url, &what, reason.to_owned());
    }
    match members.get("resource").filter(|raw| !is_null(raw)) {
        Some(resource) => Item { position, full_url, body: Ok(resource.get().trim()) },
        None => refuse(full_url, &what, "the entry has no resource".to_owned()),
    }
}

/// `entry.search.mode` of `outcome`: an OperationOutcome about the search (FHIR R4, bundle.html).
fn is_outcome(entry: &Members<'_>) -> bool {
    let search = entry.get("search").and_then(|raw| members_of(raw.get()));
    search.is_some_and(|search| text_member(&search, "mode").as_deref() == Some("outcome"))
}

/// Method and URL of `entry.request`.
fn request_of(entry: &Members<'_>) -> (Option<String>, Option<String>) {
    entry.get("request").and_then(|raw| members_of(raw.get())).map_or((None, None), |request| {
        (text_member(&request, "method"), text_member(&request, "url"))
    })
}

fn members_of(text: &str) -> Option<Members<'_>> {
    serde_json::from_str(text).ok()
}

fn text_member(members: &Members<'_>, name: &str) -> Option<String> {
    serde_json::from_str(members.get(name)?.get()).ok()
}

fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

fn not_resource(text: &str) -> FhirError {
    FhirError::NotResource { found: shape(text).to_owned() }
}

/// What kind of JSON value the text is, for messages.
fn shape(text: &str) -> &'static str {
    match text.trim_start().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}
