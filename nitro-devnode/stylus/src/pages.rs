//! The price of memory pages in gas (host 6.3).

use crate::Pages;

/// The exponential part of the price: `floor(b^p)` with `b = 31874000^(1/128)`, for `p` = 0 to 128
/// pages. More pages have no finite price.
pub const PAGE_EXPONENTS: [u32; 129] = [
    1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 11, 12, 14, 17, 19, 22, 25, 29, 33, 38,
    43, 50, 57, 65, 75, 85, 98, 112, 128, 147, 168, 193, 221, 253, 289, 331, 379, 434, 497, 569,
    651, 745, 853, 976, 1_117, 1_279, 1_463, 1_675, 1_917, 2_194, 2_511, 2_874, 3_290, 3_765,
    4_309, 4_932, 5_645, 6_461, 7_395, 8_464, 9_687, 11_087, 12_689, 14_523, 16_621, 19_024,
    21_773, 24_919, 28_521, 32_642, 37_359, 42_758, 48_938, 56_010, 64_104, 73_368, 83_971, 96_106,
    109_994, 125_890, 144_082, 164_904, 188_735, 216_010, 247_226, 282_953, 323_844, 370_643,
    424_206, 485_509, 555_672, 635_973, 727_880, 833_067, 953_456, 1_091_243, 1_248_941, 1_429_429,
    1_636_000, 1_872_423, 2_143_012, 2_452_704, 2_807_151, 3_212_820, 3_677_113, 4_208_502,
    4_816_684, 5_512_756, 6_309_419, 7_221_210, 8_264_766, 9_459_129, 10_826_093, 12_390_601,
    14_181_199, 16_230_562, 18_576_084, 21_260_563, 24_332_984, 27_849_408, 31_873_999,
];

/// The parameters of the page price; the chain owner can change them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageParams {
    /// Pages that cost nothing in a transaction.
    pub free_pages: u16,
    /// Gas for each further page.
    pub page_gas: u16,
}

impl PageParams {
    /// Two free pages, 1000 gas for each further one.
    pub const DEFAULT: Self = Self { free_pages: 2, page_gas: 1000 };

    /// Gas for pages counted linearly, given the pages open before and after.
    const fn linear(self, before: u16, after: u16) -> u64 {
        let grown = after.saturating_sub(self.free_pages) as u64;
        let paid = before.saturating_sub(self.free_pages) as u64;
        grown.saturating_sub(paid) * self.page_gas as u64
    }
}

impl Default for PageParams {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The exponential part of the price of `pages` pages ever open in a transaction, in gas;
/// `u64::MAX` above 128 pages.
#[must_use]
pub fn page_ramp(pages: u16) -> u64 {
    PAGE_EXPONENTS.get(usize::from(pages)).map_or(u64::MAX, |gas| u64::from(*gas))
}

/// The gas for opening `new` pages when the transaction's counters stand at `before`.
///
/// Used for the footprint at the start of a program call and for every growth during it.
#[must_use]
pub fn page_gas(new: u16, before: Pages, params: PageParams) -> u64 {
    let after = before.opened(new);
    if after.ever <= params.free_pages {
        return 0;
    }
    let ramp = page_ramp(after.ever).saturating_sub(page_ramp(before.ever));
    params.linear(before.open, after.open).saturating_add(ramp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_to_128_pages_costs_the_same_in_any_number_of_steps() {
        for step in 1..=128_u16 {
            let mut pages = Pages::default();
            let mut gas = 0;
            while pages.open < 128 {
                let new = step.min(128 - pages.open);
                gas += page_gas(new, pages, PageParams::DEFAULT);
                pages = pages.opened(new);
            }
            assert_eq!(gas, 31_999_998, "step {step}");
        }
    }

    #[test]
    fn the_129th_page_is_not_payable() {
        let full = Pages { open: 128, ever: 128 };

        assert_eq!(page_gas(1, full, PageParams::DEFAULT), u64::MAX - 31_873_999 + 1000);
        assert_eq!(page_gas(129, Pages::default(), PageParams::DEFAULT), u64::MAX);
    }

    #[test]
    fn beyond_128_pages_ever_the_ramp_is_gone() {
        assert_eq!(page_gas(5, Pages { open: 0, ever: 200 }, PageParams::DEFAULT), 3000);
    }
}
