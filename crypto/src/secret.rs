//! Types for keys: wiped when dropped, compared in constant time, never printed or copied.

/// Declares a 32-byte secret. It has no `Debug`, `Display`, `Clone` or `Serialize`
/// (crypto.md section 18).
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes 32 secret bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The secret bytes, to be sealed or handed to another primitive.
            #[must_use]
            pub const fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                subtle::ConstantTimeEq::ct_eq(&self.0[..], &other.0[..]).into()
            }
        }

        impl Eq for $name {}
    };
}

/// As [`secret!`], for secrets that are made of fresh random bytes.
macro_rules! random_secret {
    ($(#[$doc:meta])* $name:ident) => {
        $crate::secret::secret! {
            $(#[$doc])*
            $name
        }

        impl From<$crate::Fresh> for $name {
            fn from(fresh: $crate::Fresh) -> Self {
                Self(*fresh.expose())
            }
        }
    };
}

pub(crate) use {random_secret, secret};
