//! wages
