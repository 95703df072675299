//! States of a stay, after FHIR Appointment.

/// States of a stay as `stayOf` returns them.
pub mod stay_state {
    /// Offered by the clinic, no money yet (`proposed`).
    pub const QUOTED: u8 = 1;
    /// The whole price is in escrow (`booked`).
    pub const PAID: u8 = 2;
    /// The escrow was released (`fulfilled`).
    pub const SETTLED: u8 = 3;
    /// A patient asks for it, no price yet (`proposed`).
    pub const REQUESTED: u8 = 4;
    /// The room is reserved for a while (`pending`).
    pub const HELD: u8 = 5;
    /// Accepted, payment is due (`booked`).
    pub const BOOKED: u8 = 6;
    /// In house (`arrived`).
    pub const ARRIVED: u8 = 7;
    /// Cancelled by a party, or lapsed (`cancelled`).
    pub const CANCELLED: u8 = 8;
    /// The patient did not come (`noshow`).
    pub const NO_SHOW: u8 = 9;
    /// The escrow is frozen until the arbiter decides or its time is over.
    pub const DISPUTED: u8 = 10;
    /// It should never have been there (`entered-in-error`).
    pub const ENTERED_IN_ERROR: u8 = 11;
}
