//! Calls, events and errors of the *records* program.

macro_rules! interface {
    ($($attr:tt)*) => {
        alloy_sol_types::sol! {
            #[derive(Debug, PartialEq, Eq)]
            $($attr)*
            interface IRecords {
                /// A health record came into being; `owner` is the account in charge of it.
                event RecordCreated(bytes32 indexed record, address indexed owner);

                /// One link was appended to the chain of a section (crypto.md section 9.2).
                ///
                /// `state` is the state word after the link: `head(28) || u32 seq`.
                /// `link` packs `u8 kind || u16 index || u64 time` into its low 11 bytes.
                /// `blob` is the envelope (kind 1), the epoch record (kind 2), all ciphertext, or the
                /// Keccak-256 of an envelope that is kept elsewhere (kind 3).
                event HealthRecordUpdated(
                    bytes32 indexed record,
                    uint16 indexed handle,
                    address indexed author,
                    bytes32 state,
                    bytes32 link,
                    bytes blob
                );

                /// One or two links were appended to a record's access chain (crypto.md section 9.3).
                ///
                /// `subject` is the grantee, claimant, candidate or new owner; zero if there is none.
                /// `state` is the access word after the links: `head(28) || u32 seq`.
                /// `link` packs `u8 kind || actor(20) || u64 time` into its low 29 bytes.
                /// `terms` holds, from the left, what the body has between subject and digest.
                /// `payload` is a delivery list, a sealed note, or guardian shares and recovery blob.
                /// After kinds 1, 2 and 8 a payload that is not empty makes a second link, of kind 3.
                event AccessChanged(
                    bytes32 indexed record,
                    address indexed subject,
                    bytes32 state,
                    bytes32 link,
                    bytes32 terms,
                    bytes payload
                );

                /// An account registered an identity key; `key` is `key_id(28) || u32 version`.
                event KeyRegistered(address indexed account, bytes32 key, bytes publicKey);
                /// One more way to the root of the identity `key` (crypto.md section 5.3).
                event KeySlotAdded(address indexed account, bytes32 key, uint8 kind, bytes slot);
                /// The registrar stated who is a licensed provider, from when until when.
                event CredentialSet(
                    address indexed account, uint64 validFrom, uint64 validUntil, uint8 flags
                );
                /// The registrar offered its post to another account.
                event RegistrarOffered(address indexed registrar, address indexed account);
                /// The post went to the account to which it was offered.
                event RegistrarChanged(address indexed registrar);

                /// No record has this identity.
                error NoRecord(bytes32 record);
                /// The identity is taken: this creator used this nonce before.
                error RecordExists(bytes32 record);
                /// Only the owner of the record may do this, and the caller has no grant.
                error NotOwner(bytes32 record, address caller);
                /// The section moved on: `expected` is no longer its state word.
                error StateMoved(bytes32 record, uint16 handle, bytes32 expected, bytes32 actual);
                /// Handles run from 0 to 63.
                error HandleOutOfRange(uint16 handle);
                /// The section has no epoch yet; open it with `appendEpoch` first.
                error SectionNotOpen(bytes32 record, uint16 handle);
                /// The blob is shorter or longer than format `ehr1` allows.
                error BlobLength(uint256 length, uint256 least, uint256 most);
                /// A batch holds at least one envelope.
                error EmptyBatch();
                /// Each section of a rotation has one state word and one epoch record.
                error RotationShape(uint256 handles, uint256 states, uint256 epochRecords);
                /// Somebody lost access since the section's epoch began: rotate before the next entry.
                error RotationDue(bytes32 record, uint16 handle);

                /// The grant does not give this permission on all of these sections.
                error NotGranted(bytes32 record, address grantee, uint64 handles, uint16 permission);
                /// The grant held until `expiry`.
                error GrantExpired(bytes32 record, address grantee, uint64 expiry);
                /// The grant still holds; nobody but the owner can end it.
                error GrantHolds(bytes32 record, address grantee, uint64 expiry);
                /// The account has no grant, or its grantor has lost the one it came from.
                error NoGrant(bytes32 record, address grantee);
                /// Unknown permission bits, no section, an end that is past, or no purpose.
                error GrantTerms(uint16 permissions, uint64 handles, uint64 expiry, uint8 purpose);
                /// A grant cannot give more than its grantor has, nor longer, nor further.
                error GrantTooWide(bytes32 record, address grantor);
                /// The zero address, or the owner, cannot be the other side.
                error AccountUnfit(address account);
                /// No current credential: none, not yet, no more, suspended, or not for this.
                error CredentialNotCurrent(
                    address account, uint64 validFrom, uint64 validUntil, uint8 flags
                );

                /// The delivery list breaks the format at byte `offset`.
                error ListMalformed(uint256 offset);
                /// Nobody but the owner delivers through a channel.
                error DirectOnly(bytes32 record, address caller);
                /// The caller may deliver, but not to this account.
                error RecipientNotAllowed(bytes32 record, address recipient);
                /// A recipient's registered key is not the one that the caller sealed to.
                error KeysMoved(bytes32 expected, bytes32 actual);
                /// The account has registered no key.
                error KeyNotRegistered(address account);
                /// Versions go up by one.
                error KeyVersion(uint32 version, uint32 needed);
                /// Slots of kind 1 and 3 go on chain, no others.
                error KeySlotKind(uint8 kind);

                /// Only the registrar may do this.
                error NotRegistrar(address caller);
                /// Nothing was offered to the caller.
                error NotOffered(address caller);
                /// A credential ends after it begins and has known flags.
                error CredentialTerms(uint64 validFrom, uint64 validUntil, uint8 flags);

                /// The record has no emergency access set up.
                error NoEmergency(bytes32 record);
                /// Generations go up by one.
                error EmergencyGeneration(uint32 generation, uint32 needed);
                /// The claimant's claim is open until `until`.
                error ClaimOpen(bytes32 record, address claimant, uint64 until);
                /// The account has claimed nothing here.
                error NoClaim(bytes32 record, address claimant);

                /// Between 2 and all guardians decide, after 24 to 8,760 hours.
                error GuardianPolicy(uint8 threshold, uint8 count, uint16 delayHours);
                /// The caller is not in this set of guardians, or this is not the record's set.
                error NotGuardian(bytes32 record, address caller);
                /// Too few approvals, or the delay runs until `readyAt`.
                error RecoveryNotReady(
                    bytes32 record, address candidate, uint8 approvals, uint64 readyAt
                );

                /// Creates a record for the caller and opens its first section.
                ///
                /// The identity is `keccak256(T("ehr1/record-id") || u64 chain id || this contract
                /// || caller || nonce)`; `epochRecord` becomes link 1 of `handle`.
                function createRecord(bytes32 nonce, uint16 handle, bytes calldata epochRecord)
                    external returns (bytes32 record);

                /// Appends an epoch record (kind 2); the first one opens the section.
                function appendEpoch(
                    bytes32 record, uint16 handle, bytes32 expectedState, bytes calldata epochRecord
                ) external returns (bytes32 state);

                /// Appends one sealed entry (kind 1).
                function append(
                    bytes32 record, uint16 handle, bytes32 expectedState, bytes calldata envelope
                ) external returns (bytes32 state);

                /// Appends several sealed entries to one section, in order.
                function appendBatch(
                    bytes32 record, uint16 handle, bytes32 expectedState, bytes[] calldata envelopes
                ) external returns (bytes32 state);

                /// Appends an entry whose envelope is kept elsewhere (kind 3); `leaf` is its Keccak-256.
                function appendDetached(
                    bytes32 record, uint16 handle, bytes32 expectedState, bytes32 leaf
                ) external returns (bytes32 state);

                /// New epochs for several sections, and the keys for everybody who stays.
                ///
                /// `revoked` loses its grant first; zero revokes nobody. `keys` and `list`: `deliver`.
                function rotate(
                    bytes32 record, address revoked, uint16[] calldata handles,
                    bytes32[] calldata expectedStates, bytes[] calldata epochRecords,
                    bytes32 keys, bytes calldata list
                ) external;

                /// Grants, or replaces a grant; sections that a grantee loses must be rotated.
                function grant(
                    bytes32 record, address grantee, uint16 permissions, uint64 handles,
                    uint64 expiry, uint8 purpose, bytes32 keys, bytes calldata list
                ) external;

                /// Takes a grant back; its sections must be rotated before the next entry.
                function revoke(bytes32 record, address grantee) external;

                /// Ends a grant that has run out, or whose grantor lost access; anyone may.
                function expire(bytes32 record, address grantee) external;

                /// Delivers sealed keys (crypto.md section 7).
                ///
                /// `keys` is the Keccak-256 of the registered words of the recipients of direct
                /// deliveries, in the list's order; zero if there are none.
                function deliver(bytes32 record, bytes32 keys, bytes calldata list) external;

                /// Registers the caller's identity key, 1,216 bytes; `version` goes up by one.
                function registerKey(uint32 version, bytes calldata publicKey) external;

                /// Logs one more way to the caller's root: 104 bytes, of kind 1 or 3.
                function addKeySlot(uint8 kind, bytes calldata slot) external;

                /// States that an account is a provider, from when until when; replaces what was stated.
                function setCredential(
                    address account, uint64 validFrom, uint64 validUntil, uint8 flags
                ) external;

                /// Offers the registrar's post.
                function offerRegistrar(address account) external;

                /// Takes the registrar's post that was offered to the caller.
                function acceptRegistrar() external;

                /// Sets up emergency access: `handle` is the summary, `list` has the halves of its key.
                function setEmergency(
                    bytes32 record, uint16 handle, uint32 generation, bytes32 keys,
                    bytes calldata list
                ) external;

                /// Claims emergency access: a reason code, the co-signer's account, a sealed note.
                function claimEmergency(
                    bytes32 record, address cosigner, uint16 reason, bytes calldata note
                ) external;

                /// Ends a claim; the summary must then be rotated.
                function closeEmergency(bytes32 record, address claimant) external;

                /// Names guardians: the recipients of `shares` = delivery list || recovery blob (104).
                ///
                /// Empty `shares` leave the record without guardians.
                function setGuardians(
                    bytes32 record, uint32 version, uint8 threshold, uint16 delayHours,
                    bytes32 keys, bytes calldata shares
                ) external;

                /// A guardian approves a new owner and may deliver its share to that account.
                ///
                /// `guardians` are all guardians' accounts, 20 bytes each, in the order of the list.
                function approveRecovery(
                    bytes32 record, address candidate, bytes calldata guardians,
                    bytes32 keys, bytes calldata list
                ) external;

                /// The owner ends every recovery under way.
                function vetoRecovery(bytes32 record) external;

                /// The caller, approved and the delay over, becomes owner; all sections must be rotated.
                function finishRecovery(bytes32 record) external;

                /// The owner offers the record to an account; zero takes the offer back.
                function offerRecord(bytes32 record, address account) external;

                /// Takes the record that was offered to the caller; all sections must be rotated.
                function acceptRecord(bytes32 record) external;

                /// Account in charge of a record; zero if there is no such record.
                function ownerOf(bytes32 record) external view returns (address owner);

                /// What the registrar says about an account: `u64 from || u64 until || u8 flags || 0`
                /// (1 suspended, 2 emergency); zero if nothing was ever said.
                function credentialOf(address account) external view returns (bytes32 credential);

                /// State word of a section: `head(28) || u32 seq`; zero if never used.
                function stateOf(bytes32 record, uint16 handle) external view returns (bytes32 state);
            }
        }
    };
}

#[cfg(feature = "json")]
interface!(#[sol(abi)]);
#[cfg(not(feature = "json"))]
interface!();
