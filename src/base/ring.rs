//! A ring buffer that grows on demand up to a fixed bound and then drops its oldest item.

use std::collections::VecDeque;

/// At most `bound` items, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring<T> {
    items: VecDeque<T>,
    bound: usize,
}

impl<T> Ring<T> {
    /// An empty ring that keeps at most `bound` items. It allocates as it fills, so that ten
    /// thousand idle rings cost nothing.
    pub fn new(bound: usize) -> Self {
        Self {
            items: VecDeque::new(),
            bound: bound.max(1),
        }
    }

    /// Adds the newest item; returns the oldest one when it had to go.
    pub fn push(&mut self, item: T) -> Option<T> {
        let dropped = if self.items.len() == self.bound {
            self.items.pop_front()
        } else {
            None
        };
        self.items.push_back(item);
        dropped
    }

    /// Items, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.items.iter()
    }

    /// Puts an item in the place of the newest one; adds it when there is none.
    pub fn replace_last(&mut self, item: T) {
        self.items.pop_back();
        self.items.push_back(item);
    }

    /// The newest item.
    pub fn last(&self) -> Option<&T> {
        self.items.back()
    }

    /// Takes the newest item out.
    pub fn pop_last(&mut self) -> Option<T> {
        self.items.pop_back()
    }

    /// The item `index` places after the oldest.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.items.get(index)
    }

    /// How many items are held.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.items.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest() {
        let mut ring = Ring::new(3);
        for n in 1..=5 {
            ring.push(n);
        }
        assert_eq!(ring.iter().copied().collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(ring.last(), Some(&5));
        assert_eq!(ring.push(6), Some(3));
    }
}
