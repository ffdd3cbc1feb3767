//! Lists of which a few members are kept without an allocation.

/// A list that allocates only from its `N + 1`th member on.
pub(super) struct Few<T, const N: usize> {
    few: Option<[T; N]>,
    len: usize,
    /// All of them, once they are more than a few.
    many: Vec<T>,
}

impl<T, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Self { few: None, len: 0, many: Vec::new() }
    }
}

impl<T: Copy, const N: usize> Few<T, N> {
    pub(super) fn push(&mut self, member: T) {
        let few = self.few.get_or_insert([member; N]);
        if self.many.is_empty()
            && let Some(place) = few.get_mut(self.len)
        {
            *place = member;
        } else {
            if self.many.is_empty() {
                self.many.extend_from_slice(few);
            }
            self.many.push(member);
        }
        self.len += 1;
    }

    /// Drops all but the first so many.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.many.truncate(len);
    }

    pub(super) fn as_slice(&self) -> &[T] {
        match &self.few {
            Some(few) if self.many.is_empty() => &few[..self.len],
            _ => &self.many,
        }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [T] {
        match &mut self.few {
            Some(few) if self.many.is_empty() => &mut few[..self.len],
            _ => &mut self.many,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_and_many_are_one_list() {
        let mut list = Few::<u8, 3>::default();
        assert!(list.as_slice().is_empty());
        for member in 1..=5 {
            list.push(member);
            assert_eq!(list.as_slice(), (1..=member).collect::<Vec<_>>());
            assert_eq!(list.as_mut_slice().len(), usize::from(member));
        }
        list.truncate(4);
        list.push(9);
        assert_eq!(list.as_slice(), [1, 2, 3, 4, 9]);
        list.truncate(0);
        list.push(7);
        assert_eq!(list.as_slice(), [7]);
    }
}
