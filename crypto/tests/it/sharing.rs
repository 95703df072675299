//! A section that is shared, revoked and rotated: who can read what (crypto.md sections 8.4, 8.5, 17).

use chartkey_crypto::*;

use crate::given;

const PATIENT: Account = [1; 20];
const CLINICIAN: Account = [2; 20];
const LAB: Account = [3; 20];

const fn record() -> Record {
    Record { chain_id: 412_346, contract: [9; 20], id: [8; 32] }
}

fn section() -> Section {
    record().section(Handle::new(3).unwrap())
}

/// The chain of the section, as the contract keeps it.
struct Chain {
    state: State,
    logs: Vec<ChainLog>,
    randomness: u8,
}

impl Chain {
    fn new() -> Self {
        Self { state: section().genesis(), logs: Vec::new(), randomness: 1 }
    }

    fn fresh(&mut self) -> Fresh {
        self.randomness += 1;
        given([self.randomness; 32])
    }

    fn append(&mut self, kind: LinkKind, author: Account, blob: Vec<u8>) {
        let link = Link { kind, index: 0, author, time: 1_800_000_000 };
        self.state = self.state.append(&link, &blob);
        self.logs.push(ChainLog { state: self.state, link, blob });
    }

    /// Writes one entry with the key that the author was delivered.
    fn write(&mut self, epoch: Epoch, author: Account, key: &AuthorKey, text: &str) {
        let place = Place {
            section: section().at(epoch),
            anchor: self.state.head(),
            seq: self.state.seq() + 1,
            author,
        };
        let frame = Frame::create(BodyType::Text, 1_800_000_000, text.as_bytes().to_vec()).unwrap();
        let envelope = seal_entry(key, &place, &frame, self.fresh()).unwrap();
        self.append(LinkKind::Entry, author, envelope);
    }

    fn links(&self) -> Vec<VerifiedLink> {
        verify(&section(), self.state, &self.logs, None).unwrap()
    }
}

/// What opens with a content key of an epoch.
fn readable(links: &[VerifiedLink], epoch: Epoch, content: &ContentKey) -> Vec<String> {
    let at = section().at(epoch);
    let text = |link: &VerifiedLink| {
        let key = content.author(&at, &link.author());
        let body = open_entry(&key, &section(), link).ok()?.body().ok()?;
        Some(String::from_utf8_lossy(&body).into_owned())
    };
    links.iter().filter_map(text).collect()
}

fn epoch_2() -> Epoch {
    Epoch::new(2).unwrap()
}

/// Epoch 1 with an entry by each, then the clinician is revoked: epoch 2 with one more entry.
fn scenario() -> (Chain, EpochSeed, EpochSeed) {
    let mut chain = Chain::new();
    let at = section().at(Epoch::FIRST);
    let seed = EpochSeed::from_bytes([4; 32]);
    let keys = seed.keys(&at);
    let rnd = chain.fresh();
    let first = EpochRecord::create(&section(), Epoch::FIRST, &keys, "medications", rnd).unwrap();
    chain.append(LinkKind::Epoch, PATIENT, first.clone());
    for (author, text) in [(PATIENT, "one"), (CLINICIAN, "two"), (LAB, "three")] {
        chain.write(Epoch::FIRST, author, &keys.content.author(&at, &author), text);
    }

    let next_seed = EpochSeed::from_bytes([5; 32]);
    let rnd = [chain.fresh(), chain.fresh()];
    let now = EpochRecord::parse(&first).unwrap();
    let next = now.rotate(&section(), &seed, &next_seed, rnd).unwrap();
    chain.append(LinkKind::Epoch, PATIENT, next);
    let at = section().at(epoch_2());
    let key = next_seed.keys(&at).content.author(&at, &PATIENT);
    chain.write(epoch_2(), PATIENT, &key, "four");
    (chain, seed, next_seed)
}

#[test]
fn a_revoked_reader_keeps_the_past_and_gets_nothing_new() {
    let (chain, seed, _) = scenario();
    let links = chain.links();

    let content = seed.keys(&section().at(Epoch::FIRST)).content;

    assert_eq!(readable(&links, Epoch::FIRST, &content), ["one", "two", "three"]);
    let in_new_epoch = seed.keys(&section().at(epoch_2())).content;
    assert!(readable(&links, epoch_2(), &in_new_epoch).is_empty());
    let record = EpochRecord::parse(links[4].blob()).unwrap();
    assert_eq!(record.accept(&section(), &seed).err(), Some(Error::EpochCommitmentMismatch));
}

#[test]
fn a_reader_from_now_on_sees_no_past() {
    let (chain, _, next_seed) = scenario();
    let links = chain.links();
    let item = Scope::ThisEpoch.item(&section().at(epoch_2()), &next_seed, &CLINICIAN);

    let Item::Epoch { epoch, key, .. } = item else { panic!("a content key") };

    assert_eq!(readable(&links, epoch, &key), ["four"]);
    assert!(readable(&links, Epoch::FIRST, &key).is_empty());
}

#[test]
fn a_laboratory_reads_only_what_it_wrote() {
    let (chain, seed, _) = scenario();
    let links = chain.links();
    let item = Scope::WriteOnly.item(&section().at(Epoch::FIRST), &seed, &LAB);

    let Item::Author { key, .. } = item else { panic!("an author's key") };

    let opened: Vec<u32> = links
        .iter()
        .filter(|link| open_entry(&key, &section(), link).is_ok())
        .map(VerifiedLink::seq)
        .collect();
    assert_eq!(opened, [4], "number 4 is the laboratory's");
}

#[test]
fn revocation_makes_a_rotation_due_and_says_to_whom_it_goes() {
    let grant = |grantee| {
        let (permissions, sections, expiry) = (1, 1 << 3, 2_000_000_000);
        Action::Grant(Grant { grantee, permissions, sections, expiry, purpose: 1 })
    };
    let mut state = AccessState::genesis(&record());
    let actions = [grant(CLINICIAN), grant(LAB), Action::Revoke { grantee: CLINICIAN }];
    let logs: Vec<AccessLog> = actions
        .iter()
        .map(|action| {
            let (body, time) = (action.encode(), 1_800_000_000);
            state = state.append(&PATIENT, time, &body);
            AccessLog { state, actor: PATIENT, time, body }
        })
        .collect();

    let grants = Grants::of(&verify_access(&record(), state, &logs, None).unwrap());

    let (handle, began, now) = (section().handle, 1_700_000_000, 1_800_000_001);
    let dirty = 1 << 3;
    let due = grants.require_current_keys(handle, dirty, began, now);
    assert_eq!(due, Err(Error::RotationDue(3)));
    let readers: Vec<Account> = grants.readers(handle, now).map(|grant| grant.grantee).collect();
    assert_eq!(readers, [LAB]);
}
