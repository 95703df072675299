//! Calldata: what is malformed is refused without data, by both routes.

use super::*;

fn refused(chain: &mut Chain, data: &[u8]) -> bool {
    chain.send(ALICE, data) == Err(Vec::new())
}

#[test]
fn an_unknown_function_is_refused() {
    let (mut chain, _) = Chain::with_record();

    assert!(refused(&mut chain, &[0xde, 0xad, 0xbe, 0xef]));
}

#[test]
fn arguments_that_are_cut_off_are_refused() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);
    let data = append(record, state, 1).abi_encode();
    for length in [4, 35, 4 + 4 * 32, 4 + 5 * 32, data.len() - 24] {
        assert!(refused(&mut chain, &data[..length]), "{length} bytes");
    }
    assert!(chain.send(ALICE, &data).is_ok());
}

#[test]
fn padding_that_is_not_zero_is_refused() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);
    let sound = append(record, state, 1).abi_encode();
    // The handle is the second argument; an address has twelve bytes of padding.
    for at in [4 + 32, 4 + 32 + 23, 4 + 32 + 29] {
        let mut data = sound.clone();
        data[at] = 1;
        assert!(refused(&mut chain, &data), "byte {at}");
    }
    let mut revoke = IRecords::revokeCall { record, grantee: BOB }.abi_encode();
    revoke[4 + 32 + 11] = 1;
    assert!(refused(&mut chain, &revoke));
}

#[test]
fn offsets_and_lengths_beyond_the_calldata_are_refused() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);
    let batch = IRecords::appendBatchCall {
        record,
        handle: HANDLE,
        expectedState: state,
        envelopes: vec![envelope(1)],
    };
    let sound = batch.abi_encode();
    // Offset of the list, its length, offset of the envelope, its length.
    for word in 3..7 {
        for value in [0x40_u8, 0xff] {
            let mut data = sound.clone();
            data[4 + 32 * word + 28..4 + 32 * word + 32].fill(value);
            assert!(refused(&mut chain, &data), "word {word} {value:#x}");
        }
    }
    assert!(chain.send(ALICE, &sound).is_ok());
}

#[test]
fn bytes_after_the_arguments_are_ignored() {
    let (mut chain, record) = Chain::with_record();
    let state = chain.state(record, HANDLE);
    let mut data = append(record, state, 1).abi_encode();
    data.extend_from_slice(&[0xee; 32]);

    assert!(chain.send(ALICE, &data).is_ok());
}
