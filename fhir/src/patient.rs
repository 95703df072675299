//! Finding the one patient of a file.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::reference::{Person, without_version};
use crate::{FhirError, Patient, plain};

/// The patient of the file, for people and for resolving references.
pub(crate) fn find(
    digests: &[Digest<'_>],
    is_bundle: bool,
) -> Result<(Patient, Person), FhirError> {
    let patients: Vec<_> = digests.iter().filter(|digest| digest.kind == "Patient").collect();
    let Some(newest) = patients.last() else {
        return if is_bundle { Err(FhirError::NoPatient) } else { named(digests) };
    };
    // Several versions of one Patient, in a history, are one person.
    let keys: BTreeSet<_> = patients.iter().map(|patient| patient.source_key()).collect();
    if keys.len() > 1 {
        return Err(FhirError::SeveralPatients(keys.iter().map(|key| plain(key)).collect()));
    }
    let key = newest.source_key();
    let id = newest.id.clone().unwrap_or_else(|| last_part(&key).to_owned());
    let display = newest.name.clone().unwrap_or_else(|| plain(&id));
    let person = Person {
        id: newest.id.clone(),
        full_url: newest.full_url.clone(),
        identifiers: patients.iter().flat_map(|patient| patient.identifiers.clone()).collect(),
        things: things(digests),
    };
    Ok((Patient { id, display }, person))
}

/// The patient that all references name, where no Patient resource says who it is.
fn named(digests: &[Digest<'_>]) -> Result<(Patient, Person), FhirError> {
    let things = things(digests);
    let names: BTreeSet<_> = digests
        .iter()
        .flat_map(|digest| &digest.pointers)
        .filter_map(|pointer| pointer.named_patient())
        .filter(|target| !things.contains(*target))
        .collect();
    let mut rest = names.iter();
    let (Some(target), None) = (rest.next(), rest.next()) else {
        if names.is_empty() {
            return Err(FhirError::NoPatient);
        }
        return Err(FhirError::SeveralPatients(names.into_iter().map(plain).collect()));
    };
    let id = last_part(without_version(target)).to_owned();
    let full_url = target.contains(':').then(|| (*target).to_owned());
    let person = Person { id: Some(id.clone()), full_url, identifiers: vec![], things };
    Ok((Patient { display: plain(&id), id }, person))
}

/// `fullUrl`s of everything in the file that is no Patient.
fn things(digests: &[Digest<'_>]) -> BTreeSet<String> {
    let others = digests.iter().filter(|digest| digest.kind != "Patient");
    others.filter_map(|digest| digest.full_url.clone()).collect()
}

/// `1` of `Patient/1`, the UUID of a URN.
fn last_part(key: &str) -> &str {
    key.rsplit(['/', ':']).next().unwrap_or(key)
}
