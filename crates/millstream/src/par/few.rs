//! A list that is mostly of one: the spans of a loop, of which a small loop has one.

/// Values in order; the first needs no allocation.
#[derive(Debug)]
pub(crate) struct Few<T> {
    first: Option<T>,
    /// Empty if there is no first.
    rest: Vec<T>,
}

impl<T> Few<T> {
    pub(crate) const fn new() -> Self {
        Few { first: None, rest: Vec::new() }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: T) {
        match self.first {
            None => self.first = Some(value),
            Some(_) => self.rest.push(value),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.rest)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.first.iter_mut().chain(&mut self.rest)
    }

    /// Keeps the first `len` values, at least one.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.rest.truncate(len.saturating_sub(1));
    }

    pub(crate) fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        if self.rest.is_empty() {
            return;
        }
        self.rest.extend(self.first.take());
        self.rest.sort_unstable_by_key(key);
        self.first = Some(self.rest.remove(0));
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list() {
        for len in 0..5 {
            let mut few = Few::new();
            (0..len).rev().for_each(|x| few.push(x));
            few.sort_by_key(|x| *x);
            assert!(few.iter().copied().eq(0..len));
            few.truncate(2);
            few.iter_mut().for_each(|x| *x += 1);
            assert!(few.into_iter().eq(1..=len.min(2)));
        }
    }
}
