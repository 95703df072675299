//! Who was given keys to what: deliveries of the access chain, with the grants under which they were
//! made. This is complete and provable; who read is not (crypto.md section 13).

use alloy_primitives::Address;
use chartkey_abi::{access_kind, permission};

use super::events::{Access, recipients};
use crate::records::{AccessLink, Chart, SectionChart};

/// Keys of one section that went to one account in one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    /// The reader.
    pub(super) to: Address,
    /// Who delivered.
    pub(super) by: Address,
    /// Number of the access entry.
    pub(super) entry: u32,
    /// Block time in Unix seconds.
    pub(super) time: u64,
    /// The section's handle.
    pub(super) section: u8,
    /// The epochs that the keys open.
    pub(super) epochs: (u32, u32),
    /// Only what the reader writes itself.
    pub(super) is_own_only: bool,
    /// What for; `None` for who is in charge.
    pub(super) purpose: Option<u8>,
}

/// What was given, and deliveries of which the chain does not say what they hold.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// In the chain's order.
    pub(super) given: Vec<Given>,
    /// Access entries that deliver to readers who are not listed, with how many.
    pub(super) unlisted: Vec<(u32, usize)>,
    /// Deliveries to accounts that held no grant at the time: account and access entry.
    pub(super) without_grant: Vec<(Address, u32)>,
}

impl Keys {
    /// What the access chain says of keys. A delivery is sealed; what it is for follows from the grant
    /// that its reader held at the time.
    pub(super) fn of(chart: &Chart) -> Self {
        let mut keys = Self::default();
        let sections: Vec<Section<'_>> =
            chart.sections.iter().map(|section| Section::of(chart, section)).collect();
        for link in &chart.history.links {
            // Shares and halves open no section by themselves.
            if !matches!(Access::of(link), Access::Delivered(_)) {
                continue;
            }
            let entry = link.proven.seq();
            let (time, block) = (link.proven.time(), link.event.position.block);
            let by = Address::from(link.proven.actor());
            let is_alone = sections.iter().all(|section| !section.is_renewed_with(link));
            let concerned =
                sections.iter().filter(|section| is_alone || section.is_renewed_with(link));
            let mut unlisted = 0;
            for to in recipients(link.list()) {
                if to.is_zero() {
                    unlisted += 1;
                    continue;
                }
                let given = |section, epochs, is_own_only, purpose| Given {
                    to,
                    by,
                    entry,
                    time,
                    section,
                    epochs,
                    is_own_only,
                    purpose,
                };
                if chart.history.owner_at(entry) == Some(to) {
                    keys.given.extend(concerned.clone().filter_map(|section| {
                        let epoch = section.epoch_at(time, block)?;
                        Some(given(section.handle(), (1, epoch), false, None))
                    }));
                    continue;
                }
                let Some(holding) = chart.history.holding_at(entry, to) else {
                    keys.without_grant.push((to, entry));
                    continue;
                };
                let grant = holding.grant;
                let has = |bit: u16| grant.permissions & bit != 0;
                let covered =
                    concerned.clone().filter(|one| grant.covers(one.chart.section.handle));
                keys.given.extend(covered.filter_map(|section| {
                    let epoch = section.epoch_at(time, block)?;
                    let first = if has(permission::HISTORY) { 1 } else { epoch };
                    let is_own_only = !has(permission::READ) && !has(permission::ROTATE);
                    let purpose = Some(grant.purpose);
                    Some(given(section.handle(), (first, epoch), is_own_only, purpose))
                }));
            }
            if unlisted > 0 {
                keys.unlisted.push((entry, unlisted));
            }
        }
        keys
    }
}

/// A section, and in which blocks its epochs began. Times are proven; within one second the order is
/// what the endpoint says.
struct Section<'a> {
    chart: &'a SectionChart,
    blocks: Vec<u64>,
}

impl<'a> Section<'a> {
    fn of(chart: &Chart, section: &'a SectionChart) -> Self {
        let block = |seq: u32| {
            let mut logs = chart.section_logs(section.section.handle);
            logs.find(|log| log.log.state.seq() == seq).map_or(0, |log| log.position.block)
        };
        let blocks = section.epochs.iter().map(|epoch| block(epoch.seq)).collect();
        Self { chart: section, blocks }
    }

    const fn handle(&self) -> u8 {
        self.chart.section.handle.number()
    }

    /// The epoch at a time.
    fn epoch_at(&self, time: u64, block: u64) -> Option<u32> {
        let mut epochs = self.chart.epochs.iter().zip(&self.blocks).rev();
        let began = epochs.find(|(epoch, began)| (epoch.began, **began) <= (time, block));
        began.map(|(epoch, _)| epoch.epoch.number())
    }

    /// Whether it got new keys in the call of a delivery: then the delivery holds those. One with a
    /// grant, or by itself, is for all that its reader may have.
    fn is_renewed_with(&self, link: &AccessLink) -> bool {
        let place = (link.proven.time(), link.event.position.block);
        link.event.kind == access_kind::DELIVERY
            && self.chart.epochs.iter().zip(&self.blocks).any(|(epoch, block)| {
                (epoch.began, *block) == place && epoch.by == link.proven.actor()
            })
    }
}
