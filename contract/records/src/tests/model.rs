//! Random calls against a plain model: heads chain, dirty bits, grants, expiry, credentials.

use std::collections::BTreeMap;

use chartkey_abi::{Terms, access_kind, entry_kind};
use proptest::prelude::*;

use super::*;

const PEOPLE: [Address; 4] = [ALICE, BOB, CAROL, DAVE];
const SECTIONS: [u16; 2] = [HANDLE, 8];
const END: u64 = NOW + 100;

/// One call, by one of the people.
#[derive(Debug, Clone)]
enum Step {
    Append { section: usize, entries: u8, is_current: bool },
    Rotate { section: usize, revoked: Option<usize> },
    Grant { grantee: usize, permissions: u16, handles: u64, expiry: u64 },
    Revoke { grantee: usize },
    Expire { grantee: usize },
    Credential { account: usize, until: u64 },
    Wait { seconds: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let section = 0..SECTIONS.len();
    let person = 0..PEOPLE.len();
    let handles = prop_oneof![Just(1 << HANDLE), Just(1 << 8), Just(0b11 << HANDLE), Just(0)];
    prop_oneof![
        4 => (section.clone(), 1..=2_u8, prop::bool::weighted(0.9)).prop_map(
            |(section, entries, is_current)| Step::Append { section, entries, is_current }
        ),
        3 => (section, prop::option::weighted(0.3, person.clone()))
            .prop_map(|(section, revoked)| Step::Rotate { section, revoked }),
        4 => (person.clone(), 0..=128_u16, handles, NOW..END + 20).prop_map(
            |(grantee, permissions, handles, expiry)| {
                Step::Grant { grantee, permissions, handles, expiry }
            }
        ),
        2 => person.clone().prop_map(|grantee| Step::Revoke { grantee }),
        2 => person.clone().prop_map(|grantee| Step::Expire { grantee }),
        2 => (person, NOW..END).prop_map(|(account, until)| Step::Credential { account, until }),
        2 => (0..40_u64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

#[derive(Debug, Clone, Copy)]
struct Held {
    terms: Terms,
    /// Which grant it is; a grant that loses something is another one.
    name: u32,
    /// By whom, out of which grant, if not by the owner.
    from: Option<(Address, u32)>,
}

/// What must be true, kept as plainly as possible.
struct Model {
    now: u64,
    record: B256,
    states: BTreeMap<u16, B256>,
    access: B256,
    dirty: u64,
    grants: BTreeMap<Address, Held>,
    credentials: BTreeMap<Address, u64>,
}

impl Model {
    fn holds(&self, who: Address) -> Option<Terms> {
        let held = self.grants.get(&who)?;
        let above = match held.from {
            None => true,
            Some((grantor, name)) => self
                .grants
                .get(&grantor)
                .is_some_and(|above| above.name == name && self.now < above.terms.expiry),
        };
        (above && self.now < held.terms.expiry).then_some(held.terms)
    }

    fn may(&self, who: Address, handle: u16, needed: u16) -> bool {
        if who == ALICE {
            return true;
        }
        let Some(terms) = self.holds(who) else { return false };
        let is_licensed = self.credentials.get(&who).is_some_and(|until| self.now < *until);
        terms.handles & (1 << handle) != 0
            && terms.permissions & needed != 0
            && (is_licensed || terms.permissions & permission::DEVICE != 0)
    }

    fn in_charge(&self, who: Address, grantee: Address) -> bool {
        let grantor = self.grants.get(&grantee).and_then(|held| held.from);
        who == ALICE || grantor.is_some_and(|(grantor, _)| grantor == who)
    }

    fn link(&mut self, actor: Address, kind: u8, subject: Address, terms: B256) {
        for body in access_bodies(kind, subject, terms, &[]) {
            self.access = chain::append_access(self.access, actor, self.now, &body);
        }
    }

    fn extend(&mut self, author: Address, handle: u16, kind: u8, blobs: &[Bytes]) {
        let state = self.states.get_mut(&handle).expect("both sections are open");
        for (index, blob) in (0..).zip(blobs) {
            let link = Link { kind, index, author, time: self.now };
            *state = chain::append(*state, link, keccak256(blob));
        }
    }

    fn end(&mut self, actor: Address, grantee: Address) {
        let held = self.grants.remove(&grantee).expect("there is a grant");
        self.dirty |= held.terms.handles;
        self.link(actor, access_kind::REVOKE, grantee, B256::ZERO);
    }

    fn can_grant(&self, who: Address, grantee: Address, terms: Terms) -> bool {
        let is_sound = terms.permissions <= permission::ALL
            && terms.handles != 0
            && terms.expiry > self.now
            && grantee != ALICE
            && grantee != who;
        if who == ALICE || !is_sound {
            return is_sound;
        }
        let Some(own) = self.holds(who) else { return false };
        let passes_on = own.permissions & 0b1_0111;
        own.permissions & permission::GRANT != 0
            && terms.handles & !own.handles == 0
            && terms.permissions & !passes_on == 0
            && terms.expiry <= own.expiry
            && (!self.grants.contains_key(&grantee) || self.in_charge(who, grantee))
    }

    fn grant(&mut self, who: Address, grantee: Address, terms: Terms) {
        let had = self.grants.get(&grantee).copied();
        self.link(who, access_kind::GRANT, grantee, terms.word());
        let number = chain::next_number(self.access) - 1;
        let name = had
            .filter(|had| {
                had.terms.permissions & !terms.permissions == 0
                    && had.terms.handles & !terms.handles == 0
                    && had.terms.expiry <= terms.expiry
            })
            .map_or(number, |had| had.name);
        self.dirty |= had.map_or(0, |had| had.terms.handles & !terms.handles);
        let from = (who != ALICE).then(|| (who, self.grants[&who].name));
        self.grants.insert(grantee, Held { terms, name, from });
    }
}

fn do_step(chain: &mut Chain, model: &mut Model, who: Address, step: &Step) -> (bool, bool) {
    let record = model.record;
    match *step {
        Step::Append { section, entries, is_current } => {
            let handle = SECTIONS[section];
            let envelopes: Vec<Bytes> = (0..entries).map(envelope).collect();
            let seen = if is_current { model.states[&handle] } else { B256::repeat_byte(3) };
            let call = IRecords::appendBatchCall {
                record,
                handle,
                expectedState: seen,
                envelopes: envelopes.clone(),
            };
            let expected = is_current
                && model.may(who, handle, permission::WRITE)
                && model.dirty & (1 << handle) == 0;
            if expected {
                model.extend(who, handle, entry_kind::ENTRY, &envelopes);
            }
            (chain.call(who, &call).is_ok(), expected)
        }
        Step::Rotate { section, revoked } => {
            let handle = SECTIONS[section];
            let revoked = revoked.map(|person| PEOPLE[person]);
            let call = IRecords::rotateCall {
                revoked: revoked.unwrap_or_default(),
                handles: vec![handle],
                ..rotate(record, model.states[&handle])
            };
            let revokes = revoked.is_none_or(|grantee| {
                model.in_charge(who, grantee) && model.grants.contains_key(&grantee)
            });
            // A delegate that rotates is judged before and after: it cannot revoke itself.
            let expected = revokes && model.may(who, handle, permission::ROTATE);
            if expected {
                if let Some(grantee) = revoked {
                    model.end(who, grantee);
                }
                model.extend(who, handle, entry_kind::EPOCH, &[epoch(2)]);
                model.dirty &= !(1 << handle);
            }
            (chain.call(who, &call).is_ok(), expected)
        }
        Step::Grant { grantee, permissions, handles, expiry } => {
            let grantee = PEOPLE[grantee];
            let terms = Terms { permissions, handles, expiry, purpose: purpose::TREAT };
            let call =
                IRecords::grantCall { handles, expiry, ..grant(record, grantee, permissions) };
            let expected = model.can_grant(who, grantee, terms);
            if expected {
                model.grant(who, grantee, terms);
            }
            (chain.call(who, &call).is_ok(), expected)
        }
        Step::Revoke { grantee } => {
            let grantee = PEOPLE[grantee];
            let expected = model.grants.contains_key(&grantee) && model.in_charge(who, grantee);
            if expected {
                model.end(who, grantee);
            }
            (chain.call(who, &IRecords::revokeCall { record, grantee }).is_ok(), expected)
        }
        Step::Expire { grantee } => {
            let grantee = PEOPLE[grantee];
            let expected = model.grants.contains_key(&grantee) && model.holds(grantee).is_none();
            if expected {
                model.end(who, grantee);
            }
            (chain.call(who, &IRecords::expireCall { record, grantee }).is_ok(), expected)
        }
        Step::Credential { account, until } => {
            let call = IRecords::setCredentialCall {
                account: PEOPLE[account],
                validFrom: 0,
                validUntil: until,
                flags: 0,
            };
            model.credentials.insert(PEOPLE[account], until);
            (chain.call(REGISTRAR, &call).is_ok(), true)
        }
        Step::Wait { seconds } => {
            model.now += seconds;
            chain.at(model.now);
            (true, true)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever is called in whatever order, by whomever: what is accepted, every head, the dirty
    /// bits and the access chain are those of the model.
    #[test]
    fn the_program_is_its_model(
        steps in prop::collection::vec((0..PEOPLE.len(), step()), 1..40),
    ) {
        let (mut chain, record) = Chain::with_record();
        chain.call(ALICE, &open(record, 8, B256::ZERO)).expect("opened");
        let states =
            SECTIONS.iter().map(|handle| (*handle, chain.state(record, *handle))).collect();
        let mut model = Model {
            now: NOW,
            record,
            states,
            access: chain.access(record),
            dirty: 0,
            grants: BTreeMap::new(),
            credentials: BTreeMap::new(),
        };
        for (who, step) in steps {
            let who = PEOPLE[who];
            let (accepted, expected) = do_step(&mut chain, &mut model, who, &step);
            prop_assert_eq!(accepted, expected, "{} {:?}", who, step);
            for handle in SECTIONS {
                prop_assert_eq!(chain.state(record, handle), model.states[&handle]);
            }
            prop_assert_eq!(chain.dirty(record), model.dirty);
            prop_assert_eq!(chain.access(record), model.access);
            for grantee in PEOPLE {
                let stored = Terms::from_word(chain.grant_word(record, grantee));
                let held = model.grants.get(&grantee).map(|held| held.terms.word());
                prop_assert_eq!(stored.word(), held.unwrap_or_default());
            }
        }
        prop_assert_eq!(chain.replayed_access(record), chain.access(record));
    }
}
