//! How much fits into one call, and channels opened beforehand where direct deliveries do not
//! (crypto.md sections 7.1, 15 and 16).

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use chartkey_abi::IRecords;

use super::deliver::{Parcel, Routes};
use super::holder::Holder;
use crate::error::Error;
use crate::rpc::Receipt;
use crate::session::Session;

/// Bytes of delivery list and epoch records in one call at most: the transaction must stay below
/// 95,000 bytes, the list below 64 KiB (crypto.md sections 15 and 16).
const CALL_BYTES: usize = 60_000;
/// Most sections in one call: a delivery holds 64 keys, one of which may be that of a channel.
const CALL_SECTIONS: usize = 63;
/// Bytes of a direct delivery and its header without items, of one by a channel, and of an item.
const DIRECT_BYTES: usize = 1_160;
const CHANNEL_BYTES: usize = 100;
const ITEM_BYTES: usize = 39;
/// Bytes of an epoch record with a back link.
const EPOCH_RECORD_BYTES: usize = 261;
/// Direct deliveries of one key in one call.
const BATCH: usize = CALL_BYTES / (DIRECT_BYTES + ITEM_BYTES);

/// How many sections fit into one call that reaches so many readers; 0 if not even one.
pub(super) fn most_sections(direct: usize, by_channel: usize) -> usize {
    let fits = |sections: usize| {
        let with_channel_key = (sections + 1).next_power_of_two() * ITEM_BYTES;
        let alone = sections.next_power_of_two() * ITEM_BYTES;
        direct * (DIRECT_BYTES + with_channel_key)
            + by_channel * (CHANNEL_BYTES + alone)
            + sections * (EPOCH_RECORD_BYTES + 160)
            <= CALL_BYTES
    };
    (1..=CALL_SECTIONS).take_while(|sections| fits(*sections)).last().unwrap_or(0)
}

impl Holder {
    /// Opens the channels to all readers of an own record that have none, in as many calls as they need:
    /// a change of keys is split by section, never by reader, and more than fifty direct deliveries do
    /// not fit into its call.
    ///
    /// # Errors
    ///
    /// As sealing and sending.
    pub(super) async fn open_channels(
        &self,
        session: &Session,
        record: B256,
        routes: &mut Routes,
    ) -> Result<Vec<Receipt>, Error> {
        let mut receipts = Vec::new();
        let readers = routes.direct();
        for part in readers.chunks(BATCH) {
            let parcels = part.iter().map(|to| Parcel { to: *to, items: Vec::new() }).collect();
            let sealed = routes.seal(self, record, parcels)?;
            let call =
                IRecords::deliverCall { record, keys: sealed.keys, list: sealed.list.into() };
            let what = format!("Open the channels to {} readers", part.len());
            let public = "that keys were delivered to these accounts";
            receipts.extend(self.send(session, call.abi_encode(), what, public).await?);
            routes.open(part);
        }
        Ok(receipts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_below_the_limits() {
        assert!(most_sections(10, 1) >= 8);
        assert_eq!(most_sections(0, 2), CALL_SECTIONS);
        assert!(most_sections(0, 300) >= 1, "three hundred readers by their channels");
        assert_eq!(most_sections(60, 1), 0, "sixty direct ones do not fit");
        assert!((45..60).contains(&BATCH));
    }
}
