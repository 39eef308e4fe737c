//! Every example runs, and its asserts hold.

macro_rules! examples {
    ($($name:ident: $path:literal,)*) => { $(
        #[path = $path]
        #[allow(unreachable_pub, reason = "an example is a program of its own")]
        mod $name;

        #[test]
        fn $name() {
            $name::main();
        }
    )* };
}

examples! {
    map_a_slice: "../map_a_slice.rs",
    first_error: "../first_error.rs",
    own_pool: "../own_pool.rs",
    fork_join: "../fork_join.rs",
    scope_borrows: "../scope_borrows.rs",
    spawn_and_await: "../spawn_and_await.rs",
    same_bits: "../same_bits.rs",
}
