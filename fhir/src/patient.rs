//! Finding the patient of a file.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::reference::{Identifier, Name, Person, Pointer, without_version};
use crate::{FhirError, Patient, plain};

/// The patient of the file and what of it is theirs.
pub(crate) struct Found {
    pub(crate) patient: Patient,
    pub(crate) person: Person,
    /// Of several: then what names nobody is filed for nobody.
    pub(crate) is_one_of_several: bool,
}

/// The patient of the file, for people and for resolving references; with several in it, the chosen one.
pub(crate) fn find(digests: &[Digest<'_>], chosen: Option<&str>) -> Result<Found, FhirError> {
    let groups = groups(digests);
    if groups.is_empty() {
        return named(digests, chosen);
    }
    let group = match (chosen, groups.as_slice()) {
        (None, [only]) => only,
        (None, several) => {
            return Err(FhirError::SeveralPatients(several.iter().map(|one| label(one)).collect()));
        }
        (Some(chosen), all) => all
            .iter()
            .find(|group| group.iter().any(|patient| is_chosen(patient, chosen)))
            .ok_or_else(|| FhirError::NotThisPatient {
                chosen: plain(chosen),
                known: all.iter().map(|one| label(one)).collect(),
            })?,
    };
    let newest = group[group.len() - 1];
    let id = newest.id.clone().unwrap_or_else(|| last_part(&newest.identity.id).to_owned());
    let display = newest.name.clone().unwrap_or_else(|| plain(&id));
    let names = group.iter().map(|one| Name { id: one.id.clone(), full_url: one.full_url.clone() });
    let person = Person {
        names: names.collect(),
        identifiers: group.iter().flat_map(|patient| patient.identifiers.clone()).collect(),
        things: things(digests),
        is_only_named: false,
    };
    let is_one_of_several = groups.len() > 1;
    Ok(Found { patient: Patient { id, display }, person, is_one_of_several })
}

/// The Patient resources by person: versions of one are one person, and so are those that the file links.
fn groups<'d, 'a>(digests: &'d [Digest<'a>]) -> Vec<Vec<&'d Digest<'a>>> {
    let patients: Vec<_> = digests.iter().filter(|digest| digest.kind == "Patient").collect();
    let mut group: Vec<usize> = (0..patients.len()).collect();
    let mut first = BTreeMap::new();
    for (index, patient) in patients.iter().enumerate() {
        group[index] = *first.entry(&patient.identity).or_insert(index);
    }
    let mut join = |members: &[usize]| {
        for pair in members.windows(2) {
            let (kept, gone) = (group[pair[0]], group[pair[1]]);
            group.iter_mut().filter(|one| **one == gone).for_each(|one| *one = kept);
        }
    };
    for digest in digests.iter().filter(|digest| !digest.links.is_empty()) {
        let meant: BTreeSet<_> =
            digest.links.iter().filter_map(|link| link.named_patient()).collect();
        let members: Vec<usize> = (0..patients.len())
            .filter(|index| {
                let name = Name {
                    id: patients[*index].id.clone(),
                    full_url: patients[*index].full_url.clone(),
                };
                let is_itself =
                    digest.kind == "Patient" && digest.position == patients[*index].position;
                let url = digest.full_url.as_deref();
                is_itself || meant.iter().any(|target| name.is_meant(target, url))
            })
            .collect();
        join(&members);
    }
    let mut found: BTreeMap<usize, Vec<&Digest<'_>>> = BTreeMap::new();
    for (patient, group) in patients.into_iter().zip(group) {
        found.entry(group).or_default().push(patient);
    }
    found.into_values().collect()
}

/// How a patient is called in messages: `Patient/1`, or the `fullUrl`.
fn label(group: &[&Digest<'_>]) -> String {
    group.last().map_or_else(String::new, |patient| match (&patient.id, &patient.full_url) {
        (None, Some(url)) => plain(url),
        _ => patient.what(),
    })
}

fn is_chosen(patient: &Digest<'_>, chosen: &str) -> bool {
    let id = patient.id.as_deref();
    id == Some(chosen)
        || chosen.strip_prefix("Patient/").is_some_and(|rest| id == Some(rest))
        || patient.full_url.as_deref() == Some(chosen)
        || patient.identifiers.iter().any(|own| is_identifier(own, chosen))
}

/// Whether `system|value` is this identifier.
pub(crate) fn is_identifier((system, value): &Identifier, text: &str) -> bool {
    text.split_once('|').is_some_and(|(left, right)| left == system && right == value)
}

/// The patient that all references name, where no Patient resource says who it is.
fn named(digests: &[Digest<'_>], chosen: Option<&str>) -> Result<Found, FhirError> {
    let things = things(digests);
    let pointers = || digests.iter().flat_map(|digest| &digest.pointers);
    let names: BTreeSet<_> = pointers()
        .filter_map(|pointer| pointer.named_patient())
        .filter(|target| !things.contains(*target))
        .collect();
    if names.is_empty() {
        return by_identifier(pointers(), things);
    }
    let is_chosen = |target: &&&str| match chosen {
        Some(chosen) => **target == chosen || last_part(target) == chosen,
        None => names.len() == 1,
    };
    let Some(target) = names.iter().find(is_chosen) else {
        let known: Vec<_> = names.iter().map(|name| plain(name)).collect();
        return Err(match chosen {
            Some(chosen) => FhirError::NotThisPatient { chosen: plain(chosen), known },
            None => FhirError::SeveralPatients(known),
        });
    };
    let id = last_part(without_version(target)).to_owned();
    let full_url = target.contains(':').then(|| (*target).to_owned());
    let is_one_of_several = names.len() > 1;
    let name = Name { id: Some(id.clone()), full_url };
    let person = Person { names: vec![name], identifiers: vec![], things, is_only_named: true };
    Ok(Found { patient: Patient { display: plain(&id), id }, person, is_one_of_several })
}

/// The patient that is named by identifiers only, in references or in contained Patients.
fn by_identifier<'p>(
    pointers: impl Iterator<Item = &'p Pointer>,
    things: BTreeSet<String>,
) -> Result<Found, FhirError> {
    let mut people: Vec<BTreeSet<&Identifier>> = Vec::new();
    for pointer in pointers.filter(|pointer| !pointer.identifiers.is_empty()) {
        // Who shares an identifier with somebody is that person.
        match people
            .iter_mut()
            .find(|person| pointer.identifiers.iter().any(|one| person.contains(one)))
        {
            Some(person) => person.extend(&pointer.identifiers),
            None => people.push(pointer.identifiers.iter().collect()),
        }
    }
    let names = people.iter().filter_map(|person| person.first());
    let names: Vec<_> = names.map(|(system, value)| format!("{system}|{value}")).collect();
    let [id] = names.as_slice() else {
        let known = names.iter().map(|name| plain(name)).collect();
        return Err(if names.is_empty() {
            FhirError::NoPatient
        } else {
            FhirError::SeveralPatients(known)
        });
    };
    let identifiers = people.into_iter().flatten().cloned().collect();
    let person = Person { names: vec![], identifiers, things, is_only_named: true };
    let patient = Patient { display: plain(id), id: id.clone() };
    Ok(Found { patient, person, is_one_of_several: false })
}

/// `fullUrl`s of everything in the file that is no Patient.
fn things(digests: &[Digest<'_>]) -> BTreeSet<String> {
    let others = digests.iter().filter(|digest| digest.kind != "Patient");
    others.filter_map(|digest| digest.full_url.clone()).collect()
}

/// `1` of `Patient/1`, the UUID of a URN.
pub(crate) fn last_part(key: &str) -> &str {
    key.rsplit(['/', ':']).next().unwrap_or(key)
}
