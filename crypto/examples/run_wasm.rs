//! Runs a test binary that was built for wasm32-unknown-unknown: `run_wasm FILE` ends with 0 if its
//! `main` returns, which Rust's test harness does when every test passed. Such a binary cannot print.

#[cfg(not(target_family = "wasm"))]
fn main() -> wasmtime::Result<()> {
    use wasmtime::{Engine, Instance, Module, Store};

    let path = std::env::args().nth(1).expect("usage: run_wasm FILE");
    let engine = Engine::default();
    let module = Module::from_file(&engine, &path)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let main = instance.get_typed_func::<(i32, i32), i32>(&mut store, "main")?;
    let status = main.call(&mut store, (0, 0))?;
    assert_eq!(status, 0, "the tests in {path} failed");
    println!("{path}: every test passed in WASM");
    Ok(())
}

#[cfg(target_family = "wasm")]
fn main() {}
