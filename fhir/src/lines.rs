//! NDJSON of many patients: read once line by line to know whose each line is, then patient by patient.
//!
//! What is kept of a line is its place: a file of any size needs the memory of its longest line and of some
//! dozens of bytes per line.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead};

use crate::digest::Digest;
use crate::import::{Refused, another_place};
use crate::reference::{Identifier, Pointer, without_version};
use crate::source::Item;
use crate::{FhirError, sound};

/// Longest line that is read, in bytes: 16 MiB, sixteen times what an entry can hold.
pub const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// Why lines cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinesError {
    /// The file itself.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What is in it; as a whole, since nothing was filed yet.
    #[error(transparent)]
    Fhir(#[from] FhirError),
}

/// Where a line stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// Its first byte.
    pub offset: u64,
    /// Its length in bytes, without the line end.
    pub length: usize,
}

/// The lines of one patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientLines {
    /// FHIR id; `fullUrl` or `system|value` where it is named by that only.
    pub id: String,
    /// Identifiers of its Patient resource.
    pub identifiers: Vec<(String, String)>,
    /// In the order of the file.
    pub lines: Vec<Line>,
}

impl PatientLines {
    /// Whether this is the patient that somebody names: by id, `Patient/id`, or `system|value`.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.id == name
            || name.strip_prefix("Patient/") == Some(&self.id)
            || self.identifiers.iter().any(|own| crate::patient::is_identifier(own, name))
    }
}

/// Whose each line of a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The patients, in the order of their ids.
    pub patients: Vec<PatientLines>,
    /// Lines that are nobody's, or that cannot be read, by number.
    pub refused: Vec<Refused>,
    /// Number of lines that are not empty: those of the patients and the refused ones.
    pub total: usize,
}

/// What the patient of a line is called there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name {
    Id(String),
    Identifier(Identifier),
}

/// A patient as lines name them, while the file is read.
#[derive(Debug, Default)]
struct Names {
    /// Numbers of patients by name.
    known: HashMap<Name, usize>,
    /// Their names, in the order in which they were met.
    labels: Vec<(String, Vec<Identifier>)>,
    /// Which have an id of their own.
    has_id: Vec<bool>,
    /// Which one is the same as another.
    merged: Vec<usize>,
}

/// Reads a file line by line.
///
/// # Errors
///
/// [`LinesError`]: the whole file is refused for a line that is no sound JSON, as a single patient's is.
pub fn index(reader: &mut impl BufRead) -> Result<Index, LinesError> {
    let mut names = Names::default();
    let mut owned: Vec<(Line, usize)> = Vec::new();
    let mut refused = Vec::new();
    let mut lines = Reader { reader, number: 0, offset: 0 };
    let mut buffer = Vec::new();
    while let Some(line) = lines.next(&mut buffer)? {
        let text = text(&buffer, line)?;
        if text.trim().is_empty() {
            continue;
        }
        sound::check(text, line.number)?;
        match names.whose(text, line.number) {
            Ok(patient) => owned.push((line, patient)),
            Err((what, reason)) => refused.push(Refused { position: line.number, what, reason }),
        }
    }
    if owned.is_empty() && refused.is_empty() {
        return Err(FhirError::Empty.into());
    }
    let total = owned.len() + refused.len();
    let mut by_patient: BTreeMap<usize, Vec<Line>> = BTreeMap::new();
    for (line, patient) in owned {
        by_patient.entry(names.root(patient)).or_default().push(line);
    }
    let patients = by_patient.into_iter().map(|(number, lines)| {
        let (id, identifiers) = names.labels[number].clone();
        PatientLines { id, identifiers, lines }
    });
    let mut patients: Vec<_> = patients.collect();
    patients.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Index { patients, refused, total })
}

/// The text of a line; the mark at the start of the file is no part of it.
fn text(bytes: &[u8], line: Line) -> Result<&str, FhirError> {
    let text = std::str::from_utf8(bytes).map_err(|error| FhirError::NotUtf8 {
        line: line.number,
        offset: usize::try_from(line.offset).unwrap_or(usize::MAX) + error.valid_up_to(),
    })?;
    Ok(if line.number == 1 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text })
}

impl Names {
    /// The number of the patient whose line this is, or what it is and why it is nobody's.
    fn whose(&mut self, text: &str, number: usize) -> Result<usize, (String, String)> {
        let digest = Digest::of(&Item::alone(number, text.trim()), None, None)?;
        if digest.kind == "Patient" {
            return Ok(self.patient(&digest));
        }
        let mut found: Vec<usize> =
            digest.pointers.iter().filter_map(|pointer| self.named(pointer)).collect();
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err((digest.what(), another_place().to_owned())),
            _ => Err((
                digest.what(),
                "names several patients of the file; import it with one patient's file".to_owned(),
            )),
        }
    }

    fn patient(&mut self, digest: &Digest<'_>) -> usize {
        let id = digest.id.clone().unwrap_or_else(|| digest.identity.id.clone());
        let patient = self.number(Name::Id(id));
        for identifier in &digest.identifiers {
            let other = self.number(Name::Identifier(identifier.clone()));
            self.merge(patient, other);
            let known = &mut self.labels[patient].1;
            if !known.contains(identifier) {
                known.push(identifier.clone());
            }
        }
        patient
    }

    fn named(&mut self, pointer: &Pointer) -> Option<usize> {
        if let Some(target) = pointer.named_patient() {
            let id = crate::patient::last_part(without_version(target)).to_owned();
            return Some(self.number(Name::Id(id)));
        }
        let identifier = pointer.identifiers.first()?;
        Some(self.number(Name::Identifier(identifier.clone())))
    }

    fn number(&mut self, name: Name) -> usize {
        if let Some(number) = self.known.get(&name) {
            return self.root(*number);
        }
        let label = match &name {
            Name::Id(id) => id.clone(),
            Name::Identifier((system, value)) => format!("{system}|{value}"),
        };
        let number = self.labels.len();
        self.labels.push((label, Vec::new()));
        self.has_id.push(matches!(name, Name::Id(_)));
        self.merged.push(number);
        self.known.insert(name, number);
        number
    }

    fn root(&self, mut number: usize) -> usize {
        while self.merged[number] != number {
            number = self.merged[number];
        }
        number
    }

    /// The second name is one of the first patient, unless it is another Patient's already.
    fn merge(&mut self, patient: usize, other: usize) {
        if other != patient && !self.has_id[other] {
            self.merged[other] = patient;
        }
    }
}

/// Lines with their places.
struct Reader<'r, R> {
    reader: &'r mut R,
    number: usize,
    offset: u64,
}

impl<R: BufRead> Reader<'_, R> {
    /// Reads the next line, without its end, into `buffer`.
    fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Line>, LinesError> {
        buffer.clear();
        loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(chunk.len(), |end| end + 1);
            buffer.extend_from_slice(&chunk[..taken]);
            self.reader.consume(taken);
            if buffer.len() > MAX_LINE_BYTES {
                let line = self.number + 1;
                return Err(FhirError::LineTooLong { line, most: MAX_LINE_BYTES }.into());
            }
            if end.is_some() {
                break;
            }
        }
        if buffer.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let offset = self.offset;
        self.offset += buffer.len() as u64;
        while buffer.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            buffer.pop();
        }
        Ok(Some(Line { number: self.number, offset, length: buffer.len() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed(text: &str) -> Result<Index, LinesError> {
        index(&mut text.as_bytes())
    }

    #[test]
    fn lines_are_sorted_by_patient_wherever_the_patient_stands() {
        let text = "\u{feff}{\"resourceType\":\"Condition\",\"id\":\"c\",\"subject\":{\"reference\":\"Patient/b\"}}\r\n\r\n\
            {\"resourceType\":\"Basic\",\"subject\":{\"identifier\":{\"system\":\"s\",\"value\":\"7\"}}}\n\
            {\"resourceType\":\"Patient\",\"id\":\"a\",\"identifier\":[{\"system\":\"s\",\"value\":\"7\"}]}\n\
            {\"resourceType\":\"Patient\",\"id\":\"b\"}\n\
            {\"resourceType\":\"Device\",\"id\":\"d\"}\n\
            {\"resourceType\":\"Basic\",\"subject\":{\"reference\":\"https://x.example/Patient/a/_history/3\"}}";

        let index = indexed(text).unwrap();

        let numbers = |at: usize| -> Vec<usize> {
            index.patients[at].lines.iter().map(|line| line.number).collect()
        };
        assert_eq!(index.patients.len(), 2);
        assert_eq!((index.patients[0].id.as_str(), numbers(0)), ("a", vec![3, 4, 7]));
        assert_eq!((index.patients[1].id.as_str(), numbers(1)), ("b", vec![1, 5]));
        assert!(index.patients[0].is_named("s|7") && index.patients[0].is_named("Patient/a"));
        assert_eq!(index.refused.len(), 1, "a Device that names nobody");
        assert_eq!(index.total, 6);
        for line in index.patients.iter().flat_map(|patient| &patient.lines) {
            let start = usize::try_from(line.offset).unwrap();
            let found = &text.as_bytes()[start..start + line.length];
            assert!(found.ends_with(b"}"), "{line:?}");
        }
    }

    #[test]
    fn one_identifier_of_two_patients_is_nobodys_link() {
        let text = "{\"resourceType\":\"Patient\",\"id\":\"a\",\"identifier\":[{\"system\":\"s\",\"value\":\"7\"}]}\n\
            {\"resourceType\":\"Patient\",\"id\":\"b\",\"identifier\":[{\"system\":\"s\",\"value\":\"7\"}]}\n";

        assert_eq!(indexed(text).unwrap().patients.len(), 2);
    }

    #[test]
    fn a_line_that_is_not_sound_refuses_the_file_with_its_number() {
        let good = "{\"resourceType\":\"Patient\",\"id\":\"a\"}";
        for (text, line) in [(format!("{good}\n{good}\n{{\"a\""), 3), (format!("{good}\n[,]"), 2)] {
            let error = indexed(&text).unwrap_err();
            assert!(error.to_string().contains(&format!("line {line}")), "{error}");
        }
        assert!(matches!(indexed("\n \n"), Err(LinesError::Fhir(FhirError::Empty))));
    }
}
