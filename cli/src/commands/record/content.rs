//! What a file holds that is to be written.

use std::path::Path;

use chartkey_crypto::{BodyType, Frame, Operation};
use chartkey_fhir::FhirError;

use crate::args::Content;
use crate::error::Error;
use crate::text::printable;
use crate::{dates, files};

/// The content of a new version.
#[derive(Debug)]
pub(in crate::commands) struct Written {
    /// FHIR or text.
    pub(in crate::commands) kind: BodyType,
    /// One word about it, such as `a Condition`.
    pub(in crate::commands) what: String,
    /// The bytes as they came.
    pub(in crate::commands) body: String,
}

impl Written {
    /// Reads a file: a FHIR resource, or plain text if that was said.
    pub(in crate::commands) fn read(content: &Content) -> Result<Self, Error> {
        if content.text {
            let body = words(&content.file)?;
            return Ok(Self { kind: BodyType::Text, what: "a text".to_owned(), body });
        }
        let bytes = files::read_input(&content.file)?;
        let found = chartkey_fhir::resource(&bytes).map_err(|error| {
            let is_bundle =
                matches!(&error, FhirError::NotResource { found } if found == "a Bundle");
            let hint = if is_bundle {
                "chartkey fhir import FILE"
            } else {
                "give one whole FHIR R4 resource, or --text for plain text"
            };
            refused(error.to_string(), hint)
        })?;
        let what = format!("a {}", printable(&found.summary.resource_type));
        Ok(Self { kind: BodyType::Fhir, what, body: found.body.to_owned() })
    }

    /// The same for a new statement: one whose status does not exist is refused.
    pub(in crate::commands) fn read_new(content: &Content) -> Result<Self, Error> {
        let written = Self::read(content)?;
        if written.kind == BodyType::Fhir {
            chartkey_fhir::check_status(&written.body).map_err(|error| {
                refused(error.to_string(), "correct the resource; nothing was sent")
            })?;
        }
        Ok(written)
    }

    /// The frame of an entry with this content.
    pub(in crate::commands) fn frame(&self, operation: Operation) -> Result<Frame, Error> {
        frame(operation, self.kind, &self.body)
    }

    /// A word about a resource that an import would file elsewhere; it is written where it was said.
    pub(super) fn misplaced(&self, name: Option<&str>) -> Option<String> {
        let name = name?;
        let kind = chartkey_fhir::describe(&self.body).resource_type;
        let usual = chartkey_fhir::section_of(&kind).name();
        // "medications, substance use" is a part of "medications".
        let is_usual = name.split(',').next() == Some(usual);
        (self.kind == BodyType::Fhir && !is_usual)
            .then(|| format!("a {kind} usually belongs to {usual}, not to {}", printable(name)))
    }
}

/// The frame of an entry, refused before anything is read or sent if it does not fit.
pub(super) fn frame(operation: Operation, kind: BodyType, body: &str) -> Result<Frame, Error> {
    let frame = Frame::new(operation, kind, dates::now(), body.as_bytes().to_vec())?;
    frame.encode()?;
    Ok(frame)
}

/// Reads a text with something in it; `-` is standard input.
pub(super) fn words(file: &Path) -> Result<String, Error> {
    let hint = "give a text file in UTF-8 with something in it";
    let bytes = files::read_input(file)?;
    let text =
        String::from_utf8(bytes).map_err(|_| refused("the content is not UTF-8".into(), hint))?;
    if text.trim().is_empty() {
        return Err(refused("the content is empty".into(), hint));
    }
    Ok(text)
}

/// What this account may not do, or not see.
pub(in crate::commands) fn no_access(message: String, hint: &str) -> Error {
    Error::NotFound { message, hint: hint.to_owned() }
}

/// What cannot be done as it was said.
pub(in crate::commands) fn refused(message: String, hint: &str) -> Error {
    Error::Usage { message, hint: hint.to_owned() }
}
