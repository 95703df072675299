//! `noopTracer`: runs the transaction and says nothing.

use devnode_chain::Tracer;

#[derive(Debug)]
pub(crate) struct NoopTracer;

impl Tracer for NoopTracer {
    fn result(&mut self) -> Result<String, String> {
        Ok("{}".to_owned())
    }
}
