//! `docs/stays.md`: every command in it is run, every answer compared. `CHARTKEY_DOCS=write` writes the
//! answers again.

use std::path::Path;

use chartkey_tests::{Home, PATIENT, Run, World, wallet};

/// Anvil's second and third accounts.
const CLINIC: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const INSURER: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
/// What the clinic tells its patient.
const ARRIVAL: &str =
    "Room 101, second floor, by the lift.\nNothing to eat after midnight; bring your card.";
/// Prefix of a command line.
const PROMPT: &str = "$ chartkey ";

/// The people of the walk-through.
struct Cast {
    world: World,
    insurer: Home,
}

impl Cast {
    fn new() -> Self {
        let world = World::new();
        for (home, name, text) in [
            (&world.clinic, "arrival.txt", ARRIVAL),
            (&world.patient, "question.txt", "May my sister stay overnight?"),
        ] {
            drop(home.file(name, text.as_bytes()));
        }
        let insurer = Home::at(&world.node.url());
        wallet(&insurer, "insurer", 2);
        Self { world, insurer }
    }

    fn run(&self, command: &str) -> Run {
        let command = [("$CLINIC", CLINIC), ("$PATIENT", PATIENT), ("$INSURER", INSURER)]
            .into_iter()
            .fold(command.to_owned(), |text, (name, address)| text.replace(name, address));
        let args: Vec<&str> = command.split_whitespace().collect();
        let home = match args.last() {
            Some(&"clinic") => &self.world.clinic,
            Some(&"insurer") => &self.insurer,
            _ => &self.world.patient,
        };
        home.run(&[&args[..], &["--yes", "--quiet"], &self.world.flags()[..]].concat()).succeeds()
    }
}

/// What differs from run to run is left out: transactions, times, numbers of sections; addresses are shortened.
fn steady(text: &str) -> String {
    text.lines().map(|line| words(line) + "\n").collect()
}

fn words(line: &str) -> String {
    let is_hex = |word: &str, digits: usize| {
        let hex = word.strip_prefix("0x").unwrap_or_default();
        hex.len() == digits && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let is_time = |word: &str| word.len() == 20 && word.ends_with('Z') && &word[10..11] == "T";
    // Numbers of sections are drawn.
    let is_handle = |word: &str| {
        let digits = word.strip_prefix('#').or_else(|| word.strip_prefix('(')?.strip_suffix(')'));
        digits.is_some_and(|digits| digits.parse::<u8>().is_ok())
    };
    let steady = |word: &str| {
        let bare = word.trim_end_matches([',', ':', ';']);
        let tail = &word[bare.len()..];
        if is_hex(bare, 40) {
            format!("{}…{}{tail}", &bare[..6], &bare[38..])
        } else if is_hex(bare, 64) {
            format!("0x…{tail}")
        } else if is_time(bare) {
            format!("<time>{tail}")
        } else if is_handle(bare) {
            format!(
                "{}{tail}",
                bare.replace(|c: char| c.is_ascii_digit(), "")
                    .replace('(', "(…")
                    .replace('#', "#…")
            )
        } else {
            word.to_owned()
        }
    };
    line.split(' ').map(steady).collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

/// The page with the answers that the commands give now.
fn answered(page: &str, cast: &Cast) -> String {
    let mut lines = page.lines().peekable();
    let (mut text, mut is_console) = (String::new(), false);
    while let Some(line) = lines.next() {
        match line {
            "```console" => is_console = true,
            "```" => is_console = false,
            _ => {}
        }
        let Some(command) = line.strip_prefix(PROMPT).filter(|_| is_console) else {
            // In a console block everything else is an answer, and comes anew.
            if !is_console || line == "```console" {
                text.push_str(&format!("{line}\n"));
            }
            continue;
        };
        text.push_str(&format!("{line}\n"));
        let mut command = command.to_owned();
        while let Some(begun) = command.strip_suffix('\\') {
            let next = lines.next().expect("a continued line goes on");
            text.push_str(&format!("{next}\n"));
            command = format!("{begun}{next}");
        }
        text.push_str(&steady(&cast.run(&command).stdout));
    }
    text
}

#[test]
fn the_walk_through_is_what_the_commands_answer() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/stays.md");
    let page = std::fs::read_to_string(&file).expect("in the repository");

    let now = answered(&page, &Cast::new());

    assert!(page.matches(PROMPT).count() > 10, "the commands are found");
    if std::env::var("CHARTKEY_DOCS").is_ok_and(|value| value == "write") {
        std::fs::write(&file, &now).expect("the repository can be written");
        return;
    }
    for (number, (written, now)) in (1..).zip(page.lines().zip(now.lines())) {
        assert_eq!(written, now, "docs/stays.md:{number}; CHARTKEY_DOCS=write writes it again");
    }
    assert_eq!(page.lines().count(), now.lines().count());
}
