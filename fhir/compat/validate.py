"""Validates exported bundles: what was made by JSON Schema and fhir.resources, the whole by rules of R4."""

import json
import pathlib
import sys

import jsonschema
from fhir.resources import construct_fhir_element

MADE = {"Composition", "DocumentReference", "Linkage", "Communication", "Consent", "AuditEvent", "Provenance"}
REQUIRED = ["11450-4", "10160-0", "48765-2"]


def made(entry, name):
    """The resource of an entry, if the export made it."""
    resource = entry.get("resource", {})
    kind = resource.get("resourceType")
    if name.startswith("made.") or kind in ("Linkage", "Communication"):
        return resource
    if kind == "DocumentReference" and resource.get("type") == {"text": "Note"}:
        return resource
    is_ours = kind == "Provenance" and resource.get("id", "").startswith("prov-")
    is_summary = kind == "Composition" and resource.get("title") == "International Patient Summary"
    return resource if is_ours or (is_summary and name.endswith(".summary.json")) else None


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


def faults_of_bundle(bundle):
    entries, kind = bundle.get("entry", []), bundle["type"]
    urls = [entry["fullUrl"] for entry in entries]
    if kind != "history" and len(set(urls)) != len(urls):
        yield "bdl-7: a fullUrl twice"
    if any(("request" in entry) != (kind == "history") for entry in entries):
        yield "bdl-3: request"
    if any(("response" in entry) != (kind == "history") for entry in entries):
        yield "bdl-4: response"
    if any("/_history/" in url for url in urls):
        yield "bdl-8: a fullUrl with version"
    if kind != "document":
        return
    if "identifier" not in bundle or "timestamp" not in bundle:
        yield "bdl-9, bdl-10: identifier, timestamp"
    composition = entries[0]["resource"]
    if composition["resourceType"] != "Composition":
        yield "bdl-11: Composition first"
    sections = {one["code"]["coding"][0]["code"]: one for one in composition["section"]}
    yield from (f"IPS: section {code} is missing" for code in REQUIRED if code not in sections)
    for code, section in sections.items():
        if ("entry" in section) == ("emptyReason" in section):
            yield f"cmp-2: section {code}"
    for target in references(composition):
        if target not in urls:
            yield f"{target} is not in the document"


def main(schema_path, folder):
    schema = json.load(open(schema_path, encoding="utf-8"))
    validators = {}
    for kind in MADE:
        reference = {"definitions": schema["definitions"], "$ref": f"#/definitions/{kind}"}
        validators[kind] = jsonschema.Draft6Validator(reference)
    bundles = resources = 0
    faults = []
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        bundle = json.loads(path.read_text(encoding="utf-8"))
        bundles += 1
        faults += [f"{path.name}: {fault}" for fault in faults_of_bundle(bundle)]
        shell = {name: member for name, member in bundle.items() if name != "entry"}
        found = [shell] + [made(entry, path.name) for entry in bundle.get("entry", [])]
        for resource in filter(None, found):
            resources += 1
            kind = resource["resourceType"]
            if kind in validators:
                errors = validators[kind].iter_errors(resource)
                faults += [f"{path.name}: {kind}: {error.message[:200]}" for error in errors]
            try:
                construct_fhir_element(kind, json.dumps(resource))
            except ValueError as error:
                faults.append(f"{path.name}: {kind}: {str(error)[:400]}")
    for fault in faults[:20]:
        print(fault)
    print(f"{bundles} bundles, {resources} resources that the export made, {len(faults)} faults")
    return bool(faults) or bundles == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
