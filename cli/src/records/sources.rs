//! Gathering the logs of a record: from the first endpoint, and from the second one and the archive of a
//! backup where that does not lead to what the chain stores (crypto.md section 9.4).

use alloy_primitives::B256;
use chartkey_crypto::{AccessLog, ChainLog, Error as CryptoError, access_faults, faults};

use super::access::links_of;
use super::archive::Archive;
use super::evidence::Words;
use super::logs::Logs;
use crate::error::Error;
use crate::rpc::{LogFilter, RpcError};
use crate::session::Session;

/// Logs, and what there is to say about who told them.
pub(super) struct Gathered {
    /// The logs; where all sources together are not whole, those of the first endpoint that answered.
    pub(super) logs: Logs,
    /// Who told them.
    pub(super) told_by: String,
    /// Which sources were not enough, though together they are.
    pub(super) remarks: Vec<String>,
}

/// One source and what is wrong with it alone.
struct Told {
    by: String,
    logs: Logs,
    fault: String,
}

/// A fault of what a source tells, and in which chain.
struct Fault {
    chain: String,
    error: CryptoError,
}

/// Reads logs until every chain leads to its word. One source that does is enough; what several have
/// is put together, since each log is proven by itself.
pub(super) async fn gather(
    session: &Session,
    words: &Words<'_>,
    filter: &LogFilter,
) -> Result<Gathered, Error> {
    let record = B256::from(words.place.id);
    let (mut told, mut refused): (Vec<Told>, Vec<(&crate::rpc::Rpc, RpcError)>) =
        Default::default();
    let mut pool = Logs::default();
    for endpoint in session.endpoints() {
        let logs = match endpoint.logs(filter).await {
            Ok(logs) => Logs::of(record, &logs),
            Err(error) => {
                refused.push((endpoint, error));
                continue;
            }
        };
        let by = endpoint.endpoint().to_owned();
        let Some(fault) = words.first_fault(&logs) else {
            return Ok(Gathered { logs, remarks: remarks(&told, &refused, &by), told_by: by });
        };
        pool.absorb(logs.clone());
        told.push(Told { by, logs, fault: format!("{}: {}", fault.chain, fault.error) });
    }
    if let [_, others @ ..] = told.as_slice()
        && !others.is_empty()
    {
        // Neither has it whole; perhaps each has what the other lacks.
        let (proven, is_whole) = words.proven(&pool);
        if is_whole {
            let by = "all endpoints together".to_owned();
            return Ok(Gathered {
                logs: proven,
                remarks: remarks(&told, &refused, &by),
                told_by: by,
            });
        }
    }
    if let Some(archive) = Archive::read(session, words.place)? {
        pool.absorb(archive.logs);
        let since = LogFilter { from_block: archive.block.saturating_add(1), ..filter.clone() };
        for (endpoint, _) in refused.iter().filter(|_| since.from_block <= since.to_block) {
            if let Ok(logs) = endpoint.logs(&since).await {
                pool.absorb(Logs::of(record, &logs));
            }
        }
        let (proven, is_whole) = words.proven(&pool);
        if is_whole {
            let by = "the backup that was restored here".to_owned();
            return Ok(Gathered {
                logs: proven,
                remarks: remarks(&told, &refused, &by),
                told_by: by,
            });
        }
    }
    let Some(first) = told.into_iter().next() else {
        let refused = refused.into_iter().next().map(|(_, error)| error);
        return Err(refused.map_or_else(|| Error::Internal("no endpoint".into()), Error::Rpc));
    };
    Ok(Gathered { logs: first.logs, told_by: first.by, remarks: Vec::new() })
}

fn remarks(told: &[Told], refused: &[(&crate::rpc::Rpc, RpcError)], used: &str) -> Vec<String> {
    let short = told.iter().map(|one| {
        format!(
            "{} does not tell the whole history ({}); it was completed from {used}, and the chain \
             proves it",
            one.by, one.fault
        )
    });
    let refused = refused.iter().map(|(endpoint, error)| {
        format!(
            "{} gives no logs ({error}); they are from {used}, and the chain proves them",
            endpoint.endpoint()
        )
    });
    short.chain(refused).collect()
}

impl Words<'_> {
    /// What is wrong first with a source's logs.
    fn first_fault(&self, logs: &Logs) -> Option<Fault> {
        let of_sections = self.sections.iter().find_map(|(handle, state)| {
            let section = self.place.section(*handle);
            let plain: Vec<ChainLog> =
                logs.of_section(*handle).iter().map(|log| log.log.clone()).collect();
            let error = *faults(&section, *state, &plain, None).first()?;
            Some(Fault { chain: format!("section #{}", handle.number()), error })
        });
        of_sections.or_else(|| {
            let events: Vec<_> = logs.access.iter().cloned().map(std::rc::Rc::new).collect();
            let plain: Vec<AccessLog> =
                links_of(self.place, &events).into_iter().map(|(log, _)| log).collect();
            let error = *access_faults(self.place, self.access, &plain, None).first()?;
            Some(Fault { chain: "access chain".to_owned(), error })
        })
    }
}
