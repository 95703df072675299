//! Delivery lists: `recipient(20) || u16 len || delivery(len)`, repeated (crypto.md section 7.1).

use alloy_primitives::Address;

/// Bytes in front of each delivery.
const HEADER: usize = 22;
/// Format of deliveries.
const VERSION: u8 = 1;
/// Bytes of an item.
const ITEM: usize = 39;
/// Most items of a delivery.
const MOST_ITEMS: usize = 64;
/// Bytes of a channel delivery without items.
const CHANNEL: usize = 78;
/// Bytes of a direct delivery without items.
const DIRECT: usize = 1_138;

/// One delivery as far as the contract looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// Zero for an unlisted reader (crypto.md section 7.4).
    pub(crate) recipient: Address,
    /// Sealed to the recipient's registered key rather than through a channel.
    pub(crate) is_direct: bool,
}

/// The deliveries of a list; an error is the offset at which the format breaks.
pub(crate) struct Deliveries<'a> {
    list: &'a [u8],
    at: usize,
}

impl<'a> Deliveries<'a> {
    pub(crate) const fn of(list: &'a [u8]) -> Self {
        Self { list, at: 0 }
    }

    fn read(&mut self) -> Option<Delivery> {
        let rest = &self.list[self.at..];
        let header = rest.get(..HEADER)?;
        let length = usize::from(u16::from_be_bytes([header[20], header[21]]));
        let delivery = rest.get(HEADER..HEADER + length)?;
        let is_direct = match delivery.get(..2)? {
            [VERSION, 0] => false,
            [VERSION, 1] => true,
            _ => return None,
        };
        let items = length.checked_sub(if is_direct { DIRECT } else { CHANNEL })?;
        let count = items / ITEM;
        if !items.is_multiple_of(ITEM) || !count.is_power_of_two() || count > MOST_ITEMS {
            return None;
        }
        self.at += HEADER + length;
        Some(Delivery { recipient: Address::from_slice(&header[..20]), is_direct })
    }
}

impl Iterator for Deliveries<'_> {
    type Item = Result<Delivery, usize>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at == self.list.len() {
            return None;
        }
        let at = self.at;
        Some(self.read().ok_or_else(|| {
            self.at = self.list.len();
            at
        }))
    }
}
