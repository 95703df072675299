//! Which record each patient of a file has: what a clinic keeps, and gives with `--map`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use alloy_primitives::B256;
use chartkey_fhir::{Index, PatientLines, plain};
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::error::Error;
use crate::files;

/// Patients, as somebody names them, and their records.
#[derive(Debug, Default)]
pub(super) struct Map {
    records: BTreeMap<String, B256>,
}

impl Map {
    /// Reads a map: CSV with a patient and a record per line, or a JSON object.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let content = files::read_input(path)?;
        let wrong = |reason: String| Error::Usage {
            message: format!("{}: {reason}", path.display()),
            hint: "write lines of PATIENT,RECORD, or {\"PATIENT\": \"RECORD\"}".into(),
        };
        let text = std::str::from_utf8(&content).map_err(|_| wrong("not UTF-8".into()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let pairs = if text.trim_start().starts_with('{') { json(text) } else { csv(text) };
        let mut map = Self::default();
        for (patient, record) in pairs.map_err(wrong)? {
            let id: B256 =
                record.parse().map_err(|_| wrong(format!("{} is no record id", plain(&record))))?;
            if map.records.insert(patient.clone(), id).is_some_and(|earlier| earlier != id) {
                return Err(wrong(format!("{} has two records", plain(&patient))));
            }
        }
        if map.records.is_empty() {
            return Err(wrong("names no patient".into()));
        }
        Ok(map)
    }

    /// The record of each patient of the file, in their order.
    ///
    /// # Errors
    ///
    /// Two names of a patient with two records, or one record for two patients: nothing is filed by guess.
    pub(super) fn of(&self, index: &Index) -> Result<Vec<Option<B256>>, Error> {
        let mut owners: BTreeMap<B256, &str> = BTreeMap::new();
        let records = index.patients.iter().map(|patient| {
            let record = self.record_of(patient)?;
            if let Some(record) = record
                && let Some(other) = owners.insert(record, &patient.id)
            {
                return Err(Error::Usage {
                    message: format!(
                        "the map gives record {record} to {} and to {}",
                        plain(other),
                        plain(&patient.id)
                    ),
                    hint: "give each patient a record of their own; nothing was sent".into(),
                });
            }
            Ok(record)
        });
        records.collect()
    }

    fn record_of(&self, patient: &PatientLines) -> Result<Option<B256>, Error> {
        let identifiers =
            patient.identifiers.iter().map(|(system, value)| format!("{system}|{value}"));
        let names = [patient.id.clone(), format!("Patient/{}", patient.id)];
        let mut found =
            names.into_iter().chain(identifiers).filter_map(|name| self.records.get(&name));
        let Some(first) = found.next() else { return Ok(None) };
        match found.find(|other| *other != first) {
            None => Ok(Some(*first)),
            Some(other) => Err(Error::Usage {
                message: format!(
                    "the map gives {} two records, {first} and {other}",
                    plain(&patient.id)
                ),
                hint: "name each patient once; nothing was sent".into(),
            }),
        }
    }
}

type Pairs = Result<Vec<(String, String)>, String>;

/// Lines of two fields; a first line that has no record is the header.
fn csv(text: &str) -> Pairs {
    let mut pairs = Vec::new();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (number, line) in lines {
        let (patient, record) = line
            .rsplit_once([',', ';', '\t'])
            .ok_or_else(|| format!("line {} has one field, expected two", number + 1))?;
        let (patient, record) = (field(patient), field(record));
        if number == 0 && record.parse::<B256>().is_err() {
            continue;
        }
        pairs.push((patient, record));
    }
    Ok(pairs)
}

fn field(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.map_or_else(|| text.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// Members of one object, a repeated name included.
fn json(text: &str) -> Pairs {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of patients and records")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = members.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(text);
    let pairs = deserializer.deserialize_map(Members).and_then(|pairs| {
        deserializer.end()?;
        Ok(pairs)
    });
    pairs.map_err(|error| plain(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Map, Error> {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("map");
        std::fs::write(&path, text).expect("ours");
        Map::read(&path)
    }

    fn id(digit: &str) -> String {
        format!("0x{}", digit.repeat(64))
    }

    #[test]
    fn both_forms_name_the_same_records() {
        let csv = format!(
            "\u{feff}patient,record\r\np1,{}\r\n\r\n\"urn:a,b|7\",{}\r\n",
            id("1"),
            id("2")
        );
        let json = format!(r#"{{"p1": "{}", "urn:a,b|7": "{}"}}"#, id("1"), id("2"));

        for text in [csv, json] {
            let map = read(&text).expect("sound");
            assert_eq!(map.records.len(), 2);
            assert_eq!(map.records["urn:a,b|7"].to_string(), id("2"));
        }
    }

    #[test]
    fn what_is_not_clear_is_refused() {
        for text in [
            String::new(),
            "patient,record\n".to_owned(),
            "p1\n".to_owned(),
            format!("p1,{}\np2,0x12\n", id("1")),
            format!("p1,{}\np1,{}\n", id("1"), id("2")),
            format!(r#"{{"p1": "{}", "p1": "{}"}}"#, id("1"), id("2")),
            format!(r#"{{"p1": "{}"}} x"#, id("1")),
            r#"{"p1": 7}"#.to_owned(),
        ] {
            assert!(read(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_record_is_one_patients() {
        let map = read(&format!("p1,{}\np2,{}\n", id("1"), id("1"))).expect("sound");
        let lines = "{\"resourceType\":\"Patient\",\"id\":\"p1\"}\n{\"resourceType\":\"Patient\",\"id\":\"p2\"}\n";
        let index = chartkey_fhir::index(&mut lines.as_bytes()).expect("sound");

        let error = map.of(&index).expect_err("two patients");

        assert!(error.to_string().contains("to p1 and to p2"), "{error}");
    }
}
