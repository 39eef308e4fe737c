//! Lengths of time for people.

/// A length of time with three to four digits and its unit: `870 ns`, `1.30 us`, `12.4 ms`, `2.51 s`.
pub fn human_ns(ns: f64) -> String {
    // A unit's turn comes where rounding would print 1000 of the one below.
    let (value, unit) = match ns.abs() {
        below if below < 999.5 => (ns, "ns"),
        below if below < 999.5e3 => (ns / 1e3, "us"),
        below if below < 999.5e6 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    match value.abs() {
        below if below < 9.995 => format!("{value:.2} {unit}"),
        below if below < 99.95 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_a_unit() {
        let cases = [
            (0.5, "0.50 ns"),
            (11.0, "11.0 ns"),
            (870.4, "870 ns"),
            (999.7, "1.00 us"),
            (1300.0, "1.30 us"),
            (12_400_000.0, "12.4 ms"),
            (2.51e9, "2.51 s"),
        ];
        for (ns, text) in cases {
            assert_eq!(human_ns(ns), text);
        }
    }
}
