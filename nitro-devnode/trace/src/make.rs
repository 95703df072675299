//! From the name of a tracer to the tracer.

use devnode_chain::{Place, Tracer};
use serde_json::value::RawValue;

use crate::{
    TraceConfig, bounded::Bounded, call::CallTracer, erc7562::Erc7562Tracer,
    flat_call::FlatCallTracer, four_byte::FourByteTracer, go_json::Options,
    keccak_preimage::KeccakPreimageTracer, mux::MuxTracer, noop::NoopTracer,
    prestate::PrestateTracer, struct_log::StructLogger, stylus::StylusTracer,
};

/// Makes the tracer that a request asks for.
///
/// # Errors
///
/// A configuration that the tracer does not understand; a script that does not compile.
pub fn make(config: &TraceConfig, place: Place) -> Result<Box<dyn Tracer>, String> {
    let limit = config.time_limit()?;
    let Some(name) = config.tracer.as_deref() else {
        return Ok(Box::new(Bounded::new(Box::new(StructLogger::new(config.logger)), limit)));
    };
    let options = config.tracer_config.as_deref();
    let tracer = match native(name, options, place)? {
        Some(tracer) => tracer,
        None => script(name, options, place, limit)?,
    };
    Ok(Box::new(Bounded::new(tracer, limit)))
}

/// Whether a name is that of a tracer that comes with the node.
#[must_use]
pub fn is_native(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "callTracer",
        "flatCallTracer",
        "prestateTracer",
        "4byteTracer",
        "muxTracer",
        "noopTracer",
        "keccak256PreimageTracer",
        "erc7562Tracer",
        "stylusTracer",
    ];
    NAMES.contains(&name)
}

/// The tracer of that name, if there is one.
pub(crate) fn native(
    name: &str,
    config: Option<&RawValue>,
    place: Place,
) -> Result<Option<Box<dyn Tracer>>, String> {
    Ok(Some(match name {
        "callTracer" => {
            let options = Options::read(config, "callTracerConfig")?;
            Box::new(CallTracer::new(options.flag("onlyTopCall")?, options.flag("withLog")?))
        }
        "flatCallTracer" => {
            let options = Options::read(config, "flatCallTracerConfig")?;
            Box::new(FlatCallTracer::new(
                place,
                options.flag("convertParityErrors")?,
                options.flag("includePrecompiles")?,
            ))
        }
        "prestateTracer" => {
            let options = Options::read(config, "prestateTracerConfig")?;
            Box::new(PrestateTracer::new(&options)?)
        }
        "4byteTracer" => Box::new(FourByteTracer::default()),
        "muxTracer" => Box::new(MuxTracer::new(config, place)?),
        "noopTracer" => Box::new(NoopTracer),
        "keccak256PreimageTracer" => Box::new(KeccakPreimageTracer::default()),
        "erc7562Tracer" => {
            let options = Options::read(config, "erc7562TracerConfig")?;
            Box::new(Erc7562Tracer::new(options.flag("withLog")?))
        }
        "stylusTracer" => Box::new(StylusTracer::default()),
        _ => return Ok(None),
    }))
}

#[cfg(feature = "js")]
fn script(
    source: &str,
    config: Option<&RawValue>,
    place: Place,
    limit: std::time::Duration,
) -> Result<Box<dyn Tracer>, String> {
    let config = config.map_or("null", RawValue::get);
    Ok(Box::new(crate::js::ScriptTracer::new(source, config, place, limit)?))
}

#[cfg(not(feature = "js"))]
fn script(
    _: &str,
    _: Option<&RawValue>,
    _: Place,
    _: std::time::Duration,
) -> Result<Box<dyn Tracer>, String> {
    Err("tracer not found: this node was built without JavaScript tracers (feature \"js\")"
        .to_owned())
}
