//! Why bytes are no transaction, in the words of go-ethereum's decoder (devnode.md 2.7, row 1).

use std::fmt;

use alloy_primitives::U256;

/// What stands in a field.
#[derive(Clone, Copy)]
enum Kind {
    /// An integer of up to so many bytes; the text is its Go type.
    Integer(usize, &'static str),
    /// An address.
    Address,
    /// An address, or nothing.
    Target,
    /// Any bytes.
    Data,
    /// A list, whose items are not looked at; the text is its Go type.
    List(&'static str),
}

const WORD: Kind = Kind::Integer(8, "uint64");
const BIG: Kind = Kind::Integer(32, "*big.Int");
const WIDE: Kind = Kind::Integer(32, "*uint256.Int");
const ACCESS: Kind = Kind::List("types.AccessList");

type Field = (&'static str, Kind);

const LEGACY: &[Field] = &[
    ("Nonce", WORD),
    ("GasPrice", BIG),
    ("Gas", WORD),
    ("To", Kind::Target),
    ("Value", BIG),
    ("Data", Kind::Data),
    ("V", BIG),
    ("R", BIG),
    ("S", BIG),
];
const ACCESS_LIST: &[Field] = &[
    ("ChainID", BIG),
    ("Nonce", WORD),
    ("GasPrice", BIG),
    ("Gas", WORD),
    ("To", Kind::Target),
    ("Value", BIG),
    ("Data", Kind::Data),
    ("AccessList", ACCESS),
    ("V", BIG),
    ("R", BIG),
    ("S", BIG),
];
const DYNAMIC_FEE: &[Field] = &[
    ("ChainID", BIG),
    ("Nonce", WORD),
    ("GasTipCap", BIG),
    ("GasFeeCap", BIG),
    ("Gas", WORD),
    ("To", Kind::Target),
    ("Value", BIG),
    ("Data", Kind::Data),
    ("AccessList", ACCESS),
    ("V", BIG),
    ("R", BIG),
    ("S", BIG),
];
const SET_CODE: &[Field] = &[
    ("ChainID", WIDE),
    ("Nonce", WORD),
    ("GasTipCap", WIDE),
    ("GasFeeCap", WIDE),
    ("Gas", WORD),
    ("To", Kind::Address),
    ("Value", WIDE),
    ("Data", Kind::Data),
    ("AccessList", ACCESS),
    ("AuthList", Kind::List("[]types.SetCodeAuthorization")),
    ("V", WIDE),
    ("R", WIDE),
    ("S", WIDE),
];

/// A fault of the encoding itself or of what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// An item ends behind its list.
    ElementTooLarge,
    /// The list ends behind the input.
    ValueTooLarge,
    /// A length in more bytes than it needs.
    LongSize,
    /// A fault of a value; the text says which.
    Value(&'static str),
}

/// One item at the start of the input.
struct Item<'a> {
    is_list: bool,
    content: &'a [u8],
    rest: &'a [u8],
}

/// A transaction's Go type without its package, its fields and its list.
fn layout(raw: &[u8]) -> Option<(&'static str, &'static [Field], &[u8])> {
    Some(match raw.first()? {
        1 => ("AccessListTx", ACCESS_LIST, &raw[1..]),
        2 => ("DynamicFeeTx", DYNAMIC_FEE, &raw[1..]),
        4 => ("SetCodeTx", SET_CODE, &raw[1..]),
        _ => ("LegacyTx", LEGACY, raw),
    })
}

/// The integer in a field of a transaction without [faults](first_fault), by the field's Go name;
/// `None` where the type has no such field.
pub(crate) fn number(raw: &[u8], name: &str) -> Option<U256> {
    let (_, fields, list) = layout(raw)?;
    let position = fields.iter().position(|(field, _)| *field == name)?;
    let mut left = item(list, Fault::ValueTooLarge).ok()?.content;
    for (_, kind) in &fields[..position] {
        left = take(left, *kind).ok()?;
    }
    U256::try_from_be_slice(item(left, Fault::ElementTooLarge).ok()?.content)
}

/// The first fault that go-ethereum finds in a transaction; `None` where it finds none.
pub(crate) fn first_fault(raw: &[u8]) -> Option<String> {
    let (name, fields, list) = layout(raw)?;
    let whole = |what: &dyn fmt::Display| Some(format!("rlp: {what} for types.{name}"));
    let item = match item(list, Fault::ValueTooLarge) {
        Ok(item) if item.is_list => item,
        Ok(_) => return whole(&"expected input list"),
        Err(Fault::LongSize) => return whole(&"non-canonical size information"),
        Err(_) => return Some("rlp: value size exceeds available input length".to_owned()),
    };
    let mut left = item.content;
    for (field, kind) in fields {
        if left.is_empty() {
            return whole(&"too few elements");
        }
        match take(left, *kind) {
            Ok(rest) => left = rest,
            Err(fault) => return Some(in_field(fault, *kind, name, field)),
        }
    }
    if !left.is_empty() {
        return whole(&"input list has too many elements");
    }
    let surplus = "rlp: input contains more than one value";
    (!item.rest.is_empty()).then(|| surplus.to_owned())
}

fn in_field(fault: Fault, kind: Kind, name: &str, field: &str) -> String {
    let what = match fault {
        Fault::ElementTooLarge | Fault::ValueTooLarge => {
            return "rlp: element is larger than containing list".to_owned();
        }
        Fault::LongSize => "non-canonical size information",
        Fault::Value(what) => what,
    };
    let kind = match kind {
        Kind::Integer(_, go) | Kind::List(go) => go,
        Kind::Address | Kind::Target => "common.Address",
        Kind::Data => "[]uint8",
    };
    format!("rlp: {what} for {kind}, decoding into (types.{name}).{field}")
}

/// Takes one field off; what is left.
fn take(input: &[u8], kind: Kind) -> Result<&[u8], Fault> {
    let item = item(input, Fault::ElementTooLarge)?;
    let length = item.content.len();
    let fault = match kind {
        Kind::List(_) if !item.is_list => Some("expected input list"),
        Kind::List(_) => None,
        _ if item.is_list => Some("expected input string or byte"),
        Kind::Integer(most, _) if length > most => Some("input string too long"),
        Kind::Integer(..) if item.content.first() == Some(&0) => {
            Some("non-canonical integer (leading zero bytes)")
        }
        Kind::Target if length == 0 => None,
        Kind::Address | Kind::Target if length < 20 => Some("input string too short"),
        Kind::Address | Kind::Target if length > 20 => Some("input string too long"),
        _ => None,
    };
    fault.map_or(Ok(item.rest), |what| Err(Fault::Value(what)))
}

/// Reads the item at the start of the input; `beyond` is the fault of one that ends behind it.
fn item(input: &[u8], beyond: Fault) -> Result<Item<'_>, Fault> {
    let (&head, body) = input.split_first().ok_or(beyond)?;
    let (is_list, short) = match head {
        0x00..=0x7f => {
            return Ok(Item { is_list: false, content: &input[..1], rest: body });
        }
        0x80..=0xbf => (false, head - 0x80),
        0xc0..=0xff => (true, head - 0xc0),
    };
    let (size, body) = if short < 56 {
        (usize::from(short), body)
    } else {
        let (digits, body) = body.split_at_checked(usize::from(short - 55)).ok_or(beyond)?;
        let size = digits.iter().try_fold(0_usize, |size, digit| {
            size.checked_mul(256).map(|size| size + usize::from(*digit))
        });
        let size = size.ok_or(beyond)?;
        if digits[0] == 0 || size < 56 {
            return Err(Fault::LongSize);
        }
        (size, body)
    };
    let (content, rest) = body.split_at_checked(size).ok_or(beyond)?;
    if !is_list && size == 1 && content[0] < 0x80 {
        return Err(Fault::LongSize);
    }
    Ok(Item { is_list, content, rest })
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;

    #[test]
    fn every_fault_has_go_ethereums_words() {
        let cases: [(&[u8], &str); 13] = [
            (&hex!("80"), "rlp: expected input list for types.LegacyTx"),
            (&hex!("c0"), "rlp: too few elements for types.LegacyTx"),
            (&hex!("02c0"), "rlp: too few elements for types.DynamicFeeTx"),
            (&hex!("01ff"), "rlp: value size exceeds available input length"),
            (&hex!("04f800"), "rlp: non-canonical size information for types.SetCodeTx"),
            (&hex!("c101c0"), "rlp: too few elements for types.LegacyTx"),
            (&hex!("c183"), "rlp: element is larger than containing list"),
            (
                &hex!("c100"),
                "rlp: non-canonical integer (leading zero bytes) for uint64, decoding into \
                 (types.LegacyTx).Nonce",
            ),
            (
                &hex!("c28101"),
                "rlp: non-canonical size information for uint64, decoding into \
                 (types.LegacyTx).Nonce",
            ),
            (
                &hex!("ca89010203040506070809"),
                "rlp: input string too long for uint64, decoding into (types.LegacyTx).Nonce",
            ),
            (
                &hex!("c201c0"),
                "rlp: expected input string or byte for *big.Int, decoding into \
                 (types.LegacyTx).GasPrice",
            ),
            (
                &hex!("c6010203820102"),
                "rlp: input string too short for common.Address, decoding into \
                 (types.LegacyTx).To",
            ),
            (
                &hex!("ca01020380808001010101"),
                "rlp: input list has too many elements for types.LegacyTx",
            ),
        ];
        for (raw, expected) in cases {
            assert_eq!(first_fault(raw).as_deref(), Some(expected), "{raw:02x?}");
        }
        assert_eq!(first_fault(&hex!("c9010203808080010101")), None);
        let more = first_fault(&hex!("c901020380808001010100"));
        assert_eq!(more.as_deref(), Some("rlp: input contains more than one value"));
    }
}
