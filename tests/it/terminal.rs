//! C23: text that others wrote drives no terminal, whatever lists it.

use chartkey_tests::World;

#[test]
fn c23_control_characters_are_escaped_in_every_listing() {
    let world = World::quick();
    world.create_record();
    world.write("clear \u{1b}[2J bell \u{7} right to left \u{202e} c1 \u{9b}31m \u{85}");
    let resource =
        "{\"resourceType\":\"Condition\",\"code\":{\"text\":\"\\u001b]0;title\\u0007\\u202e\"}}";
    let file = world.patient.file("condition.json", resource.as_bytes());
    drop(world.as_patient(&["record", "update-history", &file]).succeeds());

    for command in [
        &["record", "show"][..],
        &["record", "show", "--all"],
        &["record", "verify"],
        &["access", "list", "--all"],
        &["audit", "log"],
        &["audit", "report"],
        &["audit", "disclosures"],
        &["audit", "verify"],
    ] {
        for json in [&[][..], &["--json"]] {
            let run = world.as_patient(&[command, json].concat()).succeeds();
            for (name, text) in [("output", &run.stdout), ("errors", &run.stderr)] {
                let driver = text.chars().find(|c| {
                    (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c)
                });
                assert_eq!(driver, None, "{name} of {}", run.command);
            }
        }
    }
}
