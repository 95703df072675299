//! The multi-gas constraints of ArbOS 60, as they are stored and passed (devnode.md 2.4, 4.6).
//!
//! The owner can set them and everyone can read them. They do not move the base fee here: that needs
//! gas counted per kind of resource, which the specification leaves open (devnode.md 9 item 3).

use crate::{
    StateAccess,
    state::{Slot, Space, slots},
};

alloy_sol_types::sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct WeightedResource {
        uint8 resource;
        uint64 weight;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct ResourceConstraint {
        WeightedResource[] resources;
        uint32 adjustmentWindowSecs;
        uint64 targetPerSec;
        uint64 backlog;
    }

    function getMultiGasPricingConstraints() returns (ResourceConstraint[]);
    function setMultiGasPricingConstraints(ResourceConstraint[] constraints);
}

// Positions are this node's choice: a count at offset 0 of the space; per constraint a sub-space with
// window, target, backlog, number of resources, then pairs of resource and weight.
fn count_slot() -> Slot<u64> {
    slots::l2::multi_gas_constraints().slot(0)
}

fn space_of(index: u64) -> Space {
    slots::l2::multi_gas_constraints().child(&index.to_be_bytes())
}

/// Reads all constraints.
pub(super) fn read_multi_gas<S: StateAccess>(
    state: &mut S,
) -> Result<Vec<ResourceConstraint>, S::Error> {
    let count = count_slot().get(state)?;
    (0..count).map(|index| read_one(state, space_of(index))).collect()
}

fn read_one<S: StateAccess>(state: &mut S, space: Space) -> Result<ResourceConstraint, S::Error> {
    let mut word = |offset: u64| space.slot::<u64>(offset).get(state);
    let (window, target, backlog) = (word(0)?, word(1)?, word(2)?);
    let resources = (0..word(3)?)
        .map(|i| {
            let resource = word(4 + 2 * i)? as u8;
            Ok(WeightedResource { resource, weight: word(5 + 2 * i)? })
        })
        .collect::<Result<_, S::Error>>()?;
    Ok(ResourceConstraint {
        resources,
        adjustmentWindowSecs: window as u32,
        targetPerSec: target,
        backlog,
    })
}

/// Replaces all constraints.
pub(super) fn write_multi_gas<S: StateAccess>(
    state: &mut S,
    constraints: &[ResourceConstraint],
) -> Result<(), S::Error> {
    for (index, constraint) in (0..).zip(constraints) {
        let space = space_of(index);
        let head = [
            u64::from(constraint.adjustmentWindowSecs),
            constraint.targetPerSec,
            constraint.backlog,
            constraint.resources.len() as u64,
        ];
        let pairs = constraint.resources.iter().flat_map(|r| [u64::from(r.resource), r.weight]);
        for (offset, value) in (0..).zip(head.into_iter().chain(pairs)) {
            space.slot::<u64>(offset).set(state, value)?;
        }
    }
    count_slot().set(state, constraints.len() as u64)
}
