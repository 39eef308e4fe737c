//! The house rules, held by ordinary tests.
