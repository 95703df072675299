//! The JSON of a keystore, checked before anything is computed from it.

use alloy_primitives::{Address, hex};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{KeystoreError, Secret, cipher};
use crate::signer;

/// scrypt cost of the files we write: 2^17 rounds, 128 MiB (crypto.md section 18).
const LOG_N: u8 = 17;
/// Most memory a file may ask scrypt for, in bytes.
const MAX_SCRYPT_MEMORY: u64 = 1 << 30;
/// Most rounds a file may ask PBKDF2 for.
const MAX_PBKDF2_ROUNDS: u64 = 10_000_000;

/// A keystore whose parameters were found sound.
#[derive(Debug)]
pub struct Document {
    address: Option<Address>,
    id: String,
    iv: [u8; 16],
    ciphertext: [u8; 32],
    mac: [u8; 32],
    salt: Vec<u8>,
    derivation: Derivation,
}

#[derive(Debug, Clone, Copy)]
enum Derivation {
    Scrypt { n: u64, r: u32, p: u32 },
    Pbkdf2 { rounds: u32 },
}

#[derive(Deserialize)]
struct Outer {
    version: u64,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(alias = "Crypto")]
    crypto: Inner,
}

#[derive(Deserialize)]
struct Inner {
    cipher: String,
    cipherparams: CipherParams,
    ciphertext: String,
    kdf: String,
    kdfparams: KdfParams,
    mac: String,
}

#[derive(Deserialize)]
struct CipherParams {
    iv: String,
}

#[derive(Deserialize)]
struct KdfParams {
    dklen: u64,
    salt: String,
    n: Option<u64>,
    r: Option<u64>,
    p: Option<u64>,
    c: Option<u64>,
    prf: Option<String>,
}

fn malformed(reason: impl Into<String>) -> KeystoreError {
    KeystoreError::Malformed(reason.into())
}

fn bytes<const N: usize>(name: &str, text: &str) -> Result<[u8; N], KeystoreError> {
    let bytes = hex::decode(text).map_err(|_| malformed(format!("{name} is not hex")))?;
    let found = bytes.len();
    bytes.try_into().map_err(|_| malformed(format!("{name} has {found} bytes, expected {N}")))
}

impl Document {
    /// Reads and checks a keystore; nothing is derived yet.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::Malformed`].
    pub fn parse(json: &[u8]) -> Result<Self, KeystoreError> {
        let outer: Outer =
            serde_json::from_slice(json).map_err(|error| malformed(error.to_string()))?;
        if outer.version != 3 {
            return Err(malformed(format!("version {}, expected 3", outer.version)));
        }
        let inner = outer.crypto;
        if inner.cipher != "aes-128-ctr" {
            return Err(malformed(format!("cipher {:?}, expected aes-128-ctr", inner.cipher)));
        }
        if inner.kdfparams.dklen != 32 {
            return Err(malformed(format!("dklen {}, expected 32", inner.kdfparams.dklen)));
        }
        let salt = hex::decode(&inner.kdfparams.salt).map_err(|_| malformed("salt is not hex"))?;
        if salt.is_empty() {
            return Err(malformed("salt is empty"));
        }
        let address = outer
            .address
            .map(|text| bytes::<20>("address", &text).map(Address::from))
            .transpose()?;
        Ok(Self {
            address,
            id: outer.id.unwrap_or_default(),
            iv: bytes("iv", &inner.cipherparams.iv)?,
            ciphertext: bytes("ciphertext", &inner.ciphertext)?,
            mac: bytes("mac", &inner.mac)?,
            salt,
            derivation: derivation(&inner.kdf, &inner.kdfparams)?,
        })
    }

    /// Address the file names; files of ethers name none.
    #[must_use]
    pub const fn address(&self) -> Option<Address> {
        self.address
    }

    /// The key.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::WrongPassword`]; [`KeystoreError::OtherAddress`] if the file lies.
    pub fn open(&self, password: &str) -> Result<Secret, KeystoreError> {
        let derived = match self.derivation {
            Derivation::Scrypt { n, r, p } => cipher::scrypt(password, &self.salt, n, r, p)?,
            Derivation::Pbkdf2 { rounds } => cipher::pbkdf2(password, &self.salt, rounds),
        };
        if cipher::mac(&derived, &self.ciphertext) != self.mac {
            return Err(KeystoreError::WrongPassword);
        }
        let mut secret = Zeroizing::new(self.ciphertext);
        cipher::apply(&derived, &self.iv, secret.as_mut_slice());
        let found = signer::address_of(&secret).map_err(|_| KeystoreError::NotAKey)?;
        match self.address {
            Some(said) if said != found => Err(KeystoreError::OtherAddress { said, found }),
            _ => Ok(secret),
        }
    }

    /// Encrypts `secret` with fresh salt and IV.
    ///
    /// # Errors
    ///
    /// [`KeystoreError::RandomnessUnavailable`].
    pub fn seal(secret: &Secret, address: Address, password: &str) -> Result<Self, KeystoreError> {
        let (mut salt, mut iv, mut id) = ([0; 32], [0; 16], [0; 16]);
        for buffer in [&mut salt[..], &mut iv[..], &mut id[..]] {
            getrandom::fill(buffer).map_err(|_| KeystoreError::RandomnessUnavailable)?;
        }
        let (n, r, p) = (1 << LOG_N, 8, 1);
        let derived = cipher::scrypt(password, &salt, n, r, p)?;
        let mut ciphertext = **secret;
        cipher::apply(&derived, &iv, &mut ciphertext);
        Ok(Self {
            address: Some(address),
            id: random_uuid(id),
            iv,
            ciphertext,
            mac: cipher::mac(&derived, &ciphertext),
            salt: salt.to_vec(),
            derivation: Derivation::Scrypt { n, r, p },
        })
    }

    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (kdf, kdfparams) = match self.derivation {
            Derivation::Scrypt { n, r, p } => (
                "scrypt",
                json!({"dklen": 32, "n": n, "r": r, "p": p, "salt": hex::encode(&self.salt)}),
            ),
            Derivation::Pbkdf2 { rounds } => (
                "pbkdf2",
                json!({"dklen": 32, "c": rounds, "prf": "hmac-sha256", "salt": hex::encode(&self.salt)}),
            ),
        };
        let document = json!({
            "version": 3,
            "id": self.id,
            "address": self.address.map_or(Value::Null, |address| Value::from(hex::encode(address))),
            "crypto": {
                "cipher": "aes-128-ctr",
                "cipherparams": {"iv": hex::encode(self.iv)},
                "ciphertext": hex::encode(self.ciphertext),
                "kdf": kdf,
                "kdfparams": kdfparams,
                "mac": hex::encode(self.mac),
            },
        });
        document.to_string() + "\n"
    }
}

/// The file's own wish for work, refused where it would exhaust this machine.
fn derivation(kdf: &str, params: &KdfParams) -> Result<Derivation, KeystoreError> {
    match kdf {
        "scrypt" => {
            let (Some(n), Some(r), Some(p)) = (params.n, params.r, params.p) else {
                return Err(malformed("scrypt needs n, r and p"));
            };
            let memory = n.checked_mul(r).and_then(|blocks| blocks.checked_mul(128));
            if !n.is_power_of_two() || n < 2 {
                return Err(malformed(format!("scrypt n {n} is not a power of two")));
            }
            if r == 0 || p == 0 || p > 64 || memory.is_none_or(|bytes| bytes > MAX_SCRYPT_MEMORY) {
                return Err(malformed(format!(
                    "scrypt n {n}, r {r}, p {p} need more than 1 GiB or are zero"
                )));
            }
            let narrow =
                |value| u32::try_from(value).map_err(|_| malformed("scrypt r or p above 32 bits"));
            Ok(Derivation::Scrypt { n, r: narrow(r)?, p: narrow(p)? })
        }
        "pbkdf2" => {
            if params.prf.as_deref() != Some("hmac-sha256") {
                return Err(malformed("pbkdf2 with another function than hmac-sha256"));
            }
            match params.c {
                Some(rounds @ 1..=MAX_PBKDF2_ROUNDS) => Ok(Derivation::Pbkdf2 {
                    rounds: u32::try_from(rounds).expect("at most 10 million"),
                }),
                _ => Err(malformed("pbkdf2 rounds missing, zero or above 10 million")),
            }
        }
        other => Err(malformed(format!("key derivation {other:?}, expected scrypt or pbkdf2"))),
    }
}

/// Version 4 UUID (RFC 9562 section 5.4) of 16 random bytes.
fn random_uuid(mut random: [u8; 16]) -> String {
    random[6] = random[6] & 0x0f | 0x40;
    random[8] = random[8] & 0x3f | 0x80;
    let hex = hex::encode(random);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// geth's own vectors (Web3 Secret Storage definition): the password is `testpassword`.
    const SCRYPT: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},"ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt","kdfparams":{"dklen":32,"n":262144,"p":8,"r":1,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},"mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;
    const PBKDF2: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;
    const KEY: &str = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

    #[test]
    fn the_standards_own_pbkdf2_file_opens() {
        let secret = Document::parse(PBKDF2.as_bytes()).expect("sound").open("testpassword");
        assert_eq!(hex::encode(secret.expect("the password").as_slice()), KEY);
    }

    #[test]
    fn our_files_open_with_ethers_and_with_us_but_not_with_another_password() {
        let secret = signer::parse_secret(KEY).expect("a key");
        let address = signer::address_of(&secret).expect("a key");

        let text = Document::seal(&secret, address, "pässwörd").expect("random").to_json();

        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("key");
        std::fs::write(&path, &text).expect("writable");
        let foreign = ethers_signers::LocalWallet::decrypt_keystore(&path, "pässwörd")
            .expect("ethers reads it");
        let document = Document::parse(text.as_bytes()).expect("sound");
        assert_eq!(foreign.signer().to_bytes().as_slice(), secret.as_slice());
        assert_eq!(document.open("pässwörd").expect("ours"), secret);
        assert!(matches!(document.open("passwörd"), Err(KeystoreError::WrongPassword)));
        assert_eq!(document.address(), Some(address));
    }

    #[test]
    fn files_of_ethers_open() {
        let folder = tempfile::tempdir().expect("folder");
        let secret = signer::parse_secret(KEY).expect("a key");
        let mut rng = ethers_core::rand::thread_rng();
        let (_, name) = ethers_signers::LocalWallet::encrypt_keystore(
            folder.path(),
            &mut rng,
            secret.as_slice(),
            "pw",
            Some("theirs"),
        )
        .map(|(wallet, _)| (wallet, "theirs"))
        .expect("written");

        let opened = super::super::open(&folder.path().join(name), "pw").expect("opens");

        assert_eq!(opened, secret);
    }

    #[test]
    fn dangerous_parameters_are_refused_before_anything_is_computed() {
        for (from, to) in [
            ("83dbcc02d8ccb40e466191a123791e0e", "83db"),
            ("\"dklen\":32", "\"dklen\":8"),
            ("262144", "1073741824"),
            ("262144", "262143"),
            ("262144", "0"),
            ("\"r\":1", "\"r\":0"),
            ("\"p\":8", "\"p\":4294967296"),
            ("aes-128-ctr", "aes-128-cbc"),
            ("\"scrypt\"", "\"argon2\""),
            ("\"version\":3", "\"version\":1"),
            ("ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19", ""),
        ] {
            let broken = SCRYPT.replacen(from, to, 1);
            assert_ne!(broken, SCRYPT);
            assert!(
                matches!(Document::parse(broken.as_bytes()), Err(KeystoreError::Malformed(_))),
                "{from} -> {to}"
            );
        }
        assert!(Document::parse(b"").is_err());
        assert!(Document::parse(PBKDF2.replace("262144", "4000000000").as_bytes()).is_err());
    }

    #[test]
    fn a_changed_code_is_a_wrong_password() {
        let broken = PBKDF2.replace("517ead", "517eae");
        let opened = Document::parse(broken.as_bytes()).expect("sound").open("testpassword");
        assert!(matches!(opened, Err(KeystoreError::WrongPassword)));
    }
}
