//! What the import needs to know of one resource; the resource itself stays bytes.

use serde_json::Value;

use crate::describe::{person_name, summarize};
use crate::identity::{self, Identity, Origin};
use crate::reference::{Identifier, Pointer, identifiers, links, pointers, without_version};
use crate::source::Item;
use crate::{plain, r5};

/// One readable resource of the file.
#[derive(Debug)]
pub(crate) struct Digest<'a> {
    pub(crate) position: usize,
    /// As it came in, without version.
    pub(crate) full_url: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) identity: Identity,
    pub(crate) body: &'a str,
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
    pub(crate) summary: String,
    pub(crate) pointers: Vec<Pointer>,
    /// Of a Patient only.
    pub(crate) name: Option<String>,
    /// Of a Patient only.
    pub(crate) identifiers: Vec<Identifier>,
    /// Of a Patient or Linkage: resources that it calls the same person.
    pub(crate) links: Vec<Pointer>,
    /// Where a `null` stands that FHIR does not allow.
    pub(crate) stray_null: Option<String>,
}

impl<'a> Digest<'a> {
    /// Reads a resource, or says what it is and why it cannot be kept.
    ///
    /// `said` is the source that the user gave, which counts before all; `of_file` that of the file, for
    /// resources that name none.
    pub(crate) fn of(
        item: &Item<'a>,
        said: Option<&str>,
        of_file: Option<&str>,
    ) -> Result<Self, (String, String)> {
        let body = item.body.clone()?;
        let resource = crate::number::value(body)
            .map_err(|_| ("entry".to_owned(), "the resource cannot be read".to_owned()))?;
        let kind = kind_of(&resource).map_err(|reason| ("entry".to_owned(), reason))?;
        let id = resource["id"].as_str().map(str::to_owned);
        let refuse = |reason| Err((name_of(&kind, id.as_deref()), reason));
        if let Some(reason) = wrong_type(&resource) {
            return refuse(reason);
        }
        if kind == "Bundle" {
            return refuse("a bundle inside the file; import it by itself".to_owned());
        }
        if let Some(shape) = r5::shape(&kind, &resource) {
            return refuse(format!("{shape}; export the record as FHIR R4"));
        }
        let Some(pointers) = pointers(&resource) else {
            return refuse("the reference to the patient has a wrong JSON type".to_owned());
        };
        let Some(links) = links(&resource) else {
            return refuse("a link to the same person has a wrong JSON type".to_owned());
        };
        let is_patient = kind == "Patient";
        let full_url = item.full_url.as_deref().map(|url| without_version(url).to_owned());
        let origin = origin(&kind, full_url.as_deref(), &resource, said, of_file);
        Ok(Self {
            position: item.position,
            identity: Identity::new(&kind, id.as_deref(), &origin, body),
            origin,
            full_url,
            body,
            links,
            summary: summarize(&resource).line(),
            pointers,
            name: if is_patient { person_name(&resource) } else { None },
            identifiers: if is_patient { identifiers(&resource["identifier"]) } else { vec![] },
            stray_null: stray_null(&resource),
            kind,
            id,
        })
    }

    /// Type and id, for messages.
    pub(crate) fn what(&self) -> String {
        name_of(&self.kind, self.id.as_deref())
    }
}

/// Where a resource came from: what the user says, else the base of its `fullUrl`, its `meta.source`
/// without the number of the request (`#…`), or what the file says of itself.
fn origin(
    kind: &str,
    full_url: Option<&str>,
    resource: &Value,
    said: Option<&str>,
    of_file: Option<&str>,
) -> Origin {
    let base = full_url.and_then(|url| identity::source_of(url, kind));
    let own = resource["meta"]["source"].as_str().map(without_fragment);
    let source = match (said, base) {
        (Some(said), _) => Some(said.to_owned()),
        (None, Some(base)) => base,
        (None, None) => own.filter(|own| !own.is_empty()).or(of_file).map(str::to_owned),
    };
    let full_url = full_url.filter(|url| !identity::is_made_up(url)).map(str::to_owned);
    Origin { source: source.unwrap_or_default(), full_url }
}

pub(crate) fn without_fragment(uri: &str) -> &str {
    uri.split('#').next().unwrap_or(uri).trim()
}

fn name_of(kind: &str, id: Option<&str>) -> String {
    id.map_or_else(|| kind.to_owned(), |id| plain(&format!("{kind}/{id}")))
}

pub(crate) fn kind_of(resource: &Value) -> Result<String, String> {
    if !resource.is_object() {
        return Err(format!("the resource is {}, expected an object", shape(resource)));
    }
    match &resource["resourceType"] {
        Value::Null => Err("resourceType is missing".to_owned()),
        Value::String(kind) if is_type_name(kind) => Ok(kind.clone()),
        Value::String(kind) => Err(format!("{:?} is not a resource type", plain(kind))),
        other => Err(format!("resourceType is {}, expected a string", shape(other))),
    }
}

/// FHIR's type names: letters only, the first a capital; the longest of R4 has 33.
fn is_type_name(kind: &str) -> bool {
    kind.len() <= 64
        && kind.starts_with(|first: char| first.is_ascii_uppercase())
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Checks the elements that every resource, or every clinical one, has in the same shape.
fn wrong_type(resource: &Value) -> Option<String> {
    let expect = |name: &str, wanted: &str| {
        let found = &resource[name];
        (!found.is_null() && shape(found) != wanted)
            .then(|| format!("{name} is {}, expected {wanted}", shape(found)))
    };
    let texts = ["id", "language", "implicitRules", "status"];
    let objects = ["meta", "clinicalStatus", "verificationStatus", "vaccineCode"];
    let arrays = ["contained", "extension", "modifierExtension"];
    texts
        .iter()
        .find_map(|name| expect(name, "a string"))
        .or_else(|| objects.iter().find_map(|name| expect(name, "an object")))
        .or_else(|| arrays.iter().find_map(|name| expect(name, "an array")))
        .or_else(|| match resource["resourceType"].as_str()? {
            "Condition" | "AllergyIntolerance" | "Observation" | "DiagnosticReport"
            | "Procedure" | "Medication" => expect("code", "an object"),
            "Patient" => expect("name", "an array").or_else(|| expect("identifier", "an array")),
            _ => None,
        })
}

/// The first `null` that is not a member of an extended array (`given` beside `_given`).
fn stray_null(value: &Value) -> Option<String> {
    let object = value.as_object()?;
    object.iter().find_map(|(name, member)| match member {
        Value::Null => Some(plain(name)),
        Value::Array(items) => {
            let extended = name.starts_with('_') || object.contains_key(&format!("_{name}"));
            items.iter().find_map(|item| match item {
                Value::Null if !extended => Some(plain(name)),
                _ => stray_null(item).map(|inner| format!("{}.{inner}", plain(name))),
            })
        }
        _ => stray_null(member).map(|inner| format!("{}.{inner}", plain(name))),
    })
}

const fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
