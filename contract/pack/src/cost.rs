//! What starting a program costs (stylus-wasm.md section 7.1, stylus-host.md section 6.2).

use eyre::Result;
use wasmparser::{Parser, Payload};

/// Gas of a call before the first instruction, at the default parameters of Stylus version 2.
pub(crate) struct EntryCost {
    /// When the program is not in the chain's cache.
    pub(crate) cold: u64,
    /// When it is.
    pub(crate) cached: u64,
}

/// What the estimate counts.
#[derive(Default)]
struct Counts {
    /// Functions with a body.
    functions: u64,
    /// Parameters and results of those functions.
    type_size: u64,
    /// Declared globals and the four that metering adds.
    globals: u64,
    /// Encoded bytes of data and element segments.
    segments: u64,
    /// Initial memory pages.
    pages: u64,
}

/// Gas parameters: 69 units of 128, 11 units of 32.
const MIN_INIT: u64 = 8_832;
const MIN_CACHED: u64 = 352;
const FREE_PAGES: u64 = 2;
const PAGE_GAS: u64 = 1_000;

/// Estimates from a module as the chain does.
pub(crate) fn of(module: &[u8]) -> Result<EntryCost> {
    let counts = count(module)?;
    let length = module.len() as u64;
    let cached = 13_420 * counts.functions / 100_000
        + 89 * counts.type_size / 100_000
        + 122 * length / 100_000
        + 1_628 * counts.globals / 1_000
        + 75_244 * counts.segments / 100_000
        + 5 * counts.pages;
    let init = 8_252 * counts.functions / 1_000
        + 1_059 * counts.type_size / 1_000
        + 1_286 * length / 10_000;
    let pages = counts.pages.saturating_sub(FREE_PAGES) * PAGE_GAS;
    let cached = MIN_CACHED + cached + pages;
    Ok(EntryCost { cold: cached + MIN_INIT + init, cached })
}

fn count(module: &[u8]) -> Result<Counts> {
    let mut counts = Counts { globals: 4, ..Counts::default() };
    let mut types: Vec<u64> = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TypeSection(section) => {
                for group in section.into_iter_err_on_gc_types() {
                    let function = group?;
                    types.push((function.params().len() + function.results().len()) as u64);
                }
            }
            Payload::FunctionSection(section) => {
                for index in section {
                    counts.functions += 1;
                    counts.type_size += types.get(index? as usize).copied().unwrap_or_default();
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    counts.pages += memory?.initial;
                }
            }
            Payload::GlobalSection(section) => counts.globals += u64::from(section.count()),
            Payload::DataSection(section) => {
                for segment in section {
                    counts.segments += segment?.range.len() as u64;
                }
            }
            Payload::ElementSection(section) => {
                for segment in section {
                    counts.segments += segment?.range.len() as u64;
                }
            }
            _ => {}
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_a_small_program_by_hand() {
        let module = wat::parse_str(
            r#"(module (memory 3) (global i32 (i32.const 0)) (data (i32.const 0) "abc")
                (func (param i32) (result i32) (local.get 0)))"#,
        )
        .expect("sound text");

        let cost = of(&module).expect("sound WASM");

        let (functions, type_size, globals, pages) = (1, 2, 5, 3);
        let segments = count(&module).expect("sound WASM").segments;
        let length = module.len() as u64;
        let cached = 352
            + 13_420 * functions / 100_000
            + 89 * type_size / 100_000
            + 122 * length / 100_000
            + 1_628 * globals / 1_000
            + 75_244 * segments / 100_000
            + 5 * pages
            + 1_000;
        let init = 8_252 * functions / 1_000 + 1_059 * type_size / 1_000 + 1_286 * length / 10_000;
        assert_eq!((cost.cached, cost.cold), (cached, cached + 8_832 + init));
    }
}
