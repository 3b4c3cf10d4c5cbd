//! wages
mod private;
pub use private::{BlindIndex, Private, SealedField};
