//! Examples: one file for each question a user asks. `cargo run -p millstream-examples --example map_a_slice`; the tests run all.
