//! A cpu's number, and the lists of them that the kernel writes.

use std::fmt;

/// A cpu (hardware thread) as the operating system numbers it. Numbers need not be consecutive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CpuId(u32);

impl CpuId {
    /// More than any kernel is built for. Keeps a damaged list or a wild number from asking for gigabytes.
    pub(super) const LIMIT: u32 = 1 << 20;

    /// The cpu numbered `number`.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for CpuId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cpu{}", self.0)
    }
}

/// Reads the kernel's list format: `0-3,8,10-11`, with `0-31:2/8` for the first 2 of every 8, ascending and without
/// duplicates; nothing for an empty list. `None` if `text` is not such a list or goes beyond [`CpuId::LIMIT`].
pub(super) fn parse_list(text: &str) -> Option<Vec<CpuId>> {
    let text = text.trim();
    let mut cpus = Vec::new();
    if !text.is_empty() {
        for part in text.split(',') {
            parse_part(part.trim(), &mut cpus)?;
        }
    }
    cpus.sort_unstable();
    cpus.dedup();
    Some(cpus)
}

/// Appends one `7`, `0-3` or `0-31:2/8`.
fn parse_part(part: &str, cpus: &mut Vec<CpuId>) -> Option<()> {
    let (range, (used, group)) = match part.split_once(':') {
        Some((range, stride)) => {
            let (used, group) = stride.split_once('/')?;
            (range, (parse_number(used)?, parse_number(group)?))
        }
        None => (part, (1, 1)),
    };
    let (first, last) = match range.split_once('-') {
        Some((first, last)) => (parse_number(first)?, parse_number(last)?),
        None => (parse_number(range)?, parse_number(range)?),
    };
    if first > last || last >= CpuId::LIMIT || used == 0 || used > group {
        return None;
    }
    cpus.extend((first..=last).filter(|cpu| (cpu - first) % group < used).map(CpuId));
    Some(())
}

/// Digits only: the standard parser would let a sign through.
pub(super) fn parse_number(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
