//! What a name section may hold (wasm 1.4). Later releases of the parser check the order of parts
//! and names, which these rules do not.

use devnode_stylus::activate;

use crate::scripted::dev_config;

/// A section or a part of one: its id, its length, its contents.
fn framed(id: u8, contents: &[u8]) -> Vec<u8> {
    [&[id], length(contents.len()).as_slice(), contents].concat()
}

/// LEB128.
fn length(mut len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while len > 0x7f {
        bytes.push((len & 0x7f) as u8 | 0x80);
        len >>= 7;
    }
    bytes.push(len as u8);
    bytes
}

fn text(text: &[u8]) -> Vec<u8> {
    [length(text.len()).as_slice(), text].concat()
}

/// Whether a module with these parts of a name section activates.
fn is_accepted(parts: &[Vec<u8>]) -> bool {
    let mut module = wat::parse_str(
        "(module (memory (export \"memory\") 0 0)
         (func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0))",
    )
    .expect("a module");
    let contents = [text(b"name"), parts.concat()].concat();
    module.extend(framed(0, &contents));
    activate(&module, &dev_config(), &mut u64::MAX.clone()).is_ok()
}

fn module_name(name: &[u8]) -> Vec<u8> {
    framed(0, &text(name))
}

fn function_names(names: &[(u8, &[u8])]) -> Vec<u8> {
    let mut contents = length(names.len());
    for (index, name) in names {
        contents.push(*index);
        contents.extend(text(name));
    }
    framed(1, &contents)
}

#[test]
fn order_duplicates_and_ranges_are_not_checked() {
    assert!(is_accepted(&[function_names(&[(0, b"f")]), module_name(b"m")]));
    assert!(is_accepted(&[module_name(b"m"), module_name(b"n")]));
    assert!(is_accepted(&[function_names(&[(1, b"f"), (0, b"g"), (0, b"h"), (99, b"i")])]));
}

#[test]
fn function_names_are_read_to_the_end() {
    assert!(is_accepted(&[function_names(&[(0, &[b'f'; 100_001])])]));
    assert!(!is_accepted(&[function_names(&[(0, b"f"), (1, b"\xff")])]));
    assert!(!is_accepted(&[framed(1, &[2, 0, 1, b'f'])]), "two are announced");
    assert!(!is_accepted(&[framed(1, &[1, 0, 1, b'f', 0])]), "bytes are left");
    assert!(!is_accepted(&[framed(1, &[])]));
}

#[test]
fn the_module_name_is_valid_text_of_512_bytes() {
    assert!(is_accepted(&[module_name(&[b'm'; 512])]));
    assert!(!is_accepted(&[module_name(&[b'm'; 513])]));
    assert!(!is_accepted(&[module_name(b"\xff")]));
    assert!(!is_accepted(&[framed(0, &[1, b'm', 0])]), "bytes are left");
}

#[test]
fn of_other_parts_only_the_count_is_read() {
    for id in 2..=11 {
        assert!(is_accepted(&[framed(id, &[3, 0xff, 0xff])]), "part {id}");
        assert!(!is_accepted(&[framed(id, &[])]), "part {id}");
    }
    for unknown in [42, 127] {
        assert!(is_accepted(&[framed(unknown, &[])]));
    }
    assert!(!is_accepted(&[vec![42, 9, 0]]), "longer than the section");
}
