#!/usr/bin/env python3
"""Takes one check of the stays program away at a time; each such mutant has to make tests fail.

  contract/stays/mutants.py             every mutant of mutants.txt
  contract/stays/mutants.py 12 40       from the 12th to the 40th
  contract/stays/mutants.py --list      the mutants by number, and checks that the list forgets

All mutants are compiled once, into a copy of the workspace: each expression of the list becomes a choice
between itself and its alternatives, and CHARTKEY_MUTANT says which is alive. For each, the stateful test
runs first and the unit tests of the program, its checks and its interface after it; who kills it is said.
mutants.txt says how its lines are read.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = pathlib.Path(__file__).with_name("mutants.txt")
PACKAGES = ["chartkey-stays", "chartkey-checks", "chartkey-abi"]
# A mutant may run for ever: that is noticed too.
SECONDS = 300
# The choice between an expression and its mutants; it needs the standard library even where there is none.
CHOICE = """
#[allow(unused_extern_crates)]
extern crate std;

/// Whether this mutant is the one that is alive.
pub(crate) fn mutant(number: u32) -> bool {
    static ALIVE: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    let read = || std::env::var("CHARTKEY_MUTANT").ok().and_then(|text| text.parse().ok());
    number == *ALIVE.get_or_init(|| read().unwrap_or(0))
}
"""
# What decides something: a condition, a comparison, a choice of states, a bound, a call that may refuse.
CHECK = re.compile(
    r"\bif (?!let)|(?<![=!<>])[=!]=(?!=)| [<>]=? | && | \|\| |matches!\(|\.min\(|\.max\(|checked_|try_from"
    r"|^ *self\.[a-z_]+\([^;{}]*\)\?;$",
    re.M,
)


class Site:
    """An expression of a file, and its mutants by number."""

    def __init__(self, file, start, end, text):
        self.file, self.start, self.end, self.text = file, start, end, text
        self.mutants = {}

    def choice(self):
        if self.text.endswith(";"):
            (number,) = self.mutants
            return f"if !crate::mutant({number}) {{ {self.text} }}"
        branches = "".join(
            f"if crate::mutant({number}) {{ {alternative} }} else "
            for number, (alternative, _) in self.mutants.items()
        )
        return f"({branches}{{ {self.text} }})"


def code_of(file):
    """A source without its unit tests."""
    return (ROOT / file).read_text().split("#[cfg(test)]\nmod tests {")[0]


def find(code, wanted, where):
    """Where the marked part of `wanted` is in `code`, whatever the white space; exactly once."""
    before, marked, after = wanted, "", ""
    if "«" in wanted:
        before, rest = wanted.split("«")
        marked, after = rest.split("»")
    else:
        before, marked = "", wanted
    words = ([re.escape(word) for word in re.findall(r"\w+|[^\w\s]", part)] for part in (before, marked, after))
    groups = [r"\s*".join(part) for part in words]
    pattern = r"\s*".join(f"({group})" for group in groups)
    found = list(re.finditer(pattern, code))
    if len(found) != 1:
        sys.exit(f"{where}: found {len(found)} times: {wanted}")
    return found[0].span(2)


def without_each(text):
    """`matches!(x, A | B)` with one of its patterns less, or `a.max(b).max(c)` with one number less."""
    text = " ".join(text.split())
    if ".max(" in text:
        numbers = re.sub(r" ?\.max\((.*?)\)", r" | \1", text.replace("self .", "self.")).split(" | ")
        for gone in numbers:
            first, *rest = (number for number in numbers if number != gone)
            yield first + "".join(f".max({number})" for number in rest)
        return
    subject, patterns = re.fullmatch(r"matches!\((.*?), (.*)\)", text).groups()
    patterns = patterns.split(" | ")
    for gone in patterns:
        yield f"matches!({subject}, {' | '.join(p for p in patterns if p != gone)})"


def read_list():
    """The sites of mutants.txt, and for each file the spans that are exempt."""
    sites, exempt, file, number = [], {}, None, 0
    for line_number, line in enumerate(LIST.read_text().splitlines(), 1):
        where = f"{LIST.name}:{line_number}"
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            file = line.strip("[]")
            code = code_of(file)
            continue
        line, _, reason = line.partition(" ## ")
        text, _, alternatives = line.strip().partition(" ~> ")
        start, end = find(code, text, where)
        if not alternatives:
            if not reason:
                sys.exit(f"{where}: neither an alternative nor a reason")
            exempt.setdefault(file, []).append((start, end))
            continue
        same = [s for s in sites if (s.file, s.start, s.end) == (file, start, end)]
        site = same[0] if same else Site(file, start, end, code[start:end])
        for alternative in alternatives.split(" ~| "):
            each = list(without_each(site.text)) if alternative == "*" else [alternative.strip()]
            for one in each:
                number += 1
                site.mutants[number] = (one, reason)
        sites += [] if same else [site]
    return sites, exempt


def forgotten(sites, exempt):
    """Checks of the listed files that no mutant touches."""
    for file in dict.fromkeys(site.file for site in sites):
        code = re.sub(r"//.*", lambda comment: " " * len(comment.group()), code_of(file))
        spans = [(s.start, s.end) for s in sites if s.file == file] + exempt.get(file, [])
        for check in CHECK.finditer(code):
            start, end = check.span()
            if check.group().startswith("if"):
                end = code.index("{", end)
            # An operator between two expressions that are mutated touches both.
            if not any(start <= stop and begin <= end for begin, stop in spans):
                line = code.count("\n", 0, start) + 1
                yield f"{file}:{line}: no mutant: {code.splitlines()[line - 1].strip()}"


def build(sites, tree):
    """The copy of the workspace with every choice in it; answers the test programs."""
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    shutil.rmtree(tree, ignore_errors=True)
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    for file in {site.file for site in sites}:
        source = (tree / file).read_text()
        for site in sorted((s for s in sites if s.file == file), key=lambda s: -s.start):
            source = source[: site.start] + site.choice() + source[site.end :]
        # What asks which mutant is alive is no constant.
        (tree / file).write_text(source.replace("const fn", "fn"))
    for crate in {file.split("/src/")[0] for file in (site.file for site in sites)}:
        with open(tree / crate / "src/lib.rs", "a") as root:
            root.write(CHOICE)
    packages = [word for package in PACKAGES for word in ("-p", package)]
    made = subprocess.run(
        ["cargo", "test", "--quiet", "--locked", "--offline", "--lib", "--no-run", "--message-format=json", *packages],
        cwd=tree,
        stdout=subprocess.PIPE,
        text=True,
        # Cargo would take the copy for the workspace itself, and its programs for fresh.
        env={**os.environ, "CARGO_TARGET_DIR": str(tree.with_name("mutants-target"))},
    )
    messages = [json.loads(line) for line in made.stdout.splitlines() if line.startswith("{")]
    if made.returncode != 0:
        texts = [m["message"]["rendered"] for m in messages if m["reason"] == "compiler-message"]
        sys.exit("\n".join(text for text in texts if text.startswith("error")))
    programs = {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}
    return [programs[package.replace("-", "_")] for package in PACKAGES]


def fails(program, number, *arguments):
    """How many tests fail; a mutant that never ends fails one."""
    try:
        done = subprocess.run(
            [program, *arguments],
            # Finding the names for a backtrace takes longer than the tests.
            env={**os.environ, "CHARTKEY_MUTANT": str(number), "RUST_BACKTRACE": "0"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return 1
    failed = len(re.findall(r"^test .*FAILED$", done.stdout, re.M))
    return max(failed, int(done.returncode != 0))


def judge(programs, number):
    stays, *others = programs
    by_model = fails(stays, number, "stateful")
    by_units = fails(stays, number, "--skip", "stateful") + sum(fails(p, number) for p in others)
    return by_model, by_units


def main(arguments):
    sites, exempt = read_list()
    mutants = [(n, s, *s.mutants[n]) for s in sites for n in s.mutants]
    missing = list(forgotten(sites, exempt))
    if "--list" in arguments:
        for number, site, alternative, reason in mutants:
            print(f"{number}: {site.file}: {' '.join(site.text.split())} -> {alternative}{reason and ' ## ' + reason}")
    print("\n".join(missing), end="\n" if missing else "")
    if missing or "--list" in arguments:
        return bool(missing)
    first, last = (int(arguments[0]), int(arguments[1])) if arguments else (1, len(mutants))
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    programs = build(sites, target / "mutants")
    if any(judge(programs, 0)):
        sys.exit("the tests fail without a mutant")
    wrong, by_units_only = [], []
    chosen = mutants[first - 1 : last]
    pool = ThreadPoolExecutor(os.cpu_count())
    verdicts = pool.map(lambda mutant: judge(programs, mutant[0]), chosen)
    for (number, site, alternative, reason), (by_model, by_units) in zip(chosen, verdicts):
        name = f"{number}: {pathlib.Path(site.file).name}: {' '.join(site.text.split())} -> {alternative}"
        killed = by_model + by_units > 0
        if reason:
            verdict = "is seen after all" if killed else f"makes no difference: {reason}"
        elif killed:
            verdict = f"killed by {'the model and ' if by_model else ''}{by_units} unit tests"
        else:
            verdict = "SURVIVED"
        if killed == bool(reason):
            wrong.append(number)
        if killed and not by_model:
            by_units_only.append(number)
        print(f"{name}: {verdict}", flush=True)
    print(f"only unit tests see: {' '.join(map(str, by_units_only)) or 'none'}")
    if wrong:
        sys.exit(f"not as the list says: {' '.join(map(str, wrong))}")
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
