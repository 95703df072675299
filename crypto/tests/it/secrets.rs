//! What holds a secret is neither printed nor copied, and is wiped (crypto.md sections 18 and 19).

use chartkey_crypto::*;

/// Does not compile if a type has the trait: then two implementations fit.
macro_rules! lacks {
    ($trait:path: $($type:ty),+ $(,)?) => {
        $(const _: fn() = || {
            trait FitsTwice<A> {
                fn item() {}
            }
            impl<T: ?Sized> FitsTwice<()> for T {}
            struct Other;
            impl<T: ?Sized + $trait> FitsTwice<Other> for T {}
            let _ = <$type as FitsTwice<_>>::item;
        };)+
    };
}

macro_rules! for_every_secret {
    ($check:ident!($($before:tt)*)) => {
        $check!($($before)*
            Root, KemSeed, ChannelRoot, CacheKey, Passphrase, UnlockSignature, EpochSeed, ContentKey,
            HistoryKey, AuthorKey, MessageKey, SealKey, ChannelKey, EmergencyHalf1, EmergencyHalf2,
            EmergencyShare, RecoverySecret, RecoveryShare, DocumentKey, Fresh, Fresh<64>, EpochKeys,
            SlotKey, OwnChannel, EmergencyKey, Item, Delivered, Recovered, Attachment,
        );
    };
}

for_every_secret!(lacks!(std::fmt::Debug:));
for_every_secret!(lacks!(std::fmt::Display:));
for_every_secret!(lacks!(Clone:));
for_every_secret!(lacks!(Copy:));

#[test]
fn every_key_is_wiped_when_dropped() {
    const fn wiped<T: zeroize::ZeroizeOnDrop>() {}
    macro_rules! wiped {
        ($($type:ty),+ $(,)?) => { $(wiped::<$type>();)+ };
    }
    wiped!(Root, KemSeed, ChannelRoot, CacheKey, Passphrase, UnlockSignature, EpochSeed);
    wiped!(ContentKey, HistoryKey, AuthorKey, MessageKey, SealKey, ChannelKey, EmergencyHalf1);
    wiped!(EmergencyHalf2, EmergencyShare, RecoverySecret, RecoveryShare, DocumentKey);
}

#[cfg(not(target_family = "wasm"))]
#[test]
fn the_cipher_is_called_in_seal_and_documents_only() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut callers = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).unwrap().contains("use chacha20poly1305::") {
                callers.push(path.strip_prefix(&source).unwrap().display().to_string());
            }
        }
    }
    callers.sort();
    assert_eq!(callers, ["document/mod.rs", "document/open.rs", "document/seal.rs", "seal.rs"]);
}
