//! The list of deliveries in one log (crypto.md section 7.1).

use alloc::vec::Vec;

use crate::{Account, Error};

/// Longest list (crypto.md section 15).
const MOST: usize = 64 * 1024;

/// Stands in a list for a reader who is not to be seen there: the true account is in the delivery's
/// context, and the reader tries each unlisted delivery (section 7.4).
pub const UNLISTED: Account = [0; 20];

/// A delivery and for whom it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// The recipient, or [`UNLISTED`].
    pub recipient: Account,
    /// The delivery; [`Delivery::parse`](super::Delivery::parse) reads it. One that cannot be read
    /// does not hide the others.
    pub delivery: &'a [u8],
}

/// Writes a list.
///
/// # Errors
///
/// [`Error::TooLarge`] for more than 64 KiB.
pub fn encode_list(deliveries: &[Listed<'_>]) -> Result<Vec<u8>, Error> {
    let mut list = Vec::new();
    for Listed { recipient, delivery } in deliveries {
        let length = u16::try_from(delivery.len())
            .map_err(|_| Error::TooLarge { length: delivery.len(), most: MOST })?;
        list.extend_from_slice(recipient);
        list.extend_from_slice(&length.to_be_bytes());
        list.extend_from_slice(delivery);
    }
    if list.len() > MOST {
        return Err(Error::TooLarge { length: list.len(), most: MOST });
    }
    Ok(list)
}

/// Reads a list.
///
/// # Errors
///
/// [`Error::TooLarge`], [`Error::BadDelivery`]
pub fn parse_list(mut list: &[u8]) -> Result<Vec<Listed<'_>>, Error> {
    if list.len() > MOST {
        return Err(Error::TooLarge { length: list.len(), most: MOST });
    }
    let short = Error::BadDelivery("a list that ends within a delivery");
    let mut deliveries = Vec::new();
    while !list.is_empty() {
        let (recipient, rest) = list.split_first_chunk().ok_or(short)?;
        let (length, rest) = rest.split_first_chunk().ok_or(short)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (delivery, rest) = rest.split_at_checked(length).ok_or(short)?;
        deliveries.push(Listed { recipient: *recipient, delivery });
        list = rest;
    }
    Ok(deliveries)
}
