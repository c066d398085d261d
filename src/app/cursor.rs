//! A cursor bound to an identity, not to a position.
//!
//! Rows come and go under it (refresh, sort, filter, reconnect, migration); the cursor stays on
//! its object and on its line of the screen. When the object is only hidden (by a filter, say),
//! the cursor shows itself on the nearest row and goes back as soon as the object is visible
//! again, unless the user moved meanwhile.

/// A cursor over rows identified by `K`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<K> {
    wanted: Option<K>,
    index: usize,
    offset: usize,
    height: usize,
}

impl<K: Copy + PartialEq> Default for Cursor<K> {
    fn default() -> Self {
        Self {
            wanted: None,
            index: 0,
            offset: 0,
            height: 1,
        }
    }
}

impl<K: Copy + PartialEq> Cursor<K> {
    /// The row the cursor shows itself on.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The first row on the screen.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// How many rows the screen shows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The object the cursor is bound to, visible or not.
    pub fn wanted(&self) -> Option<K> {
        self.wanted
    }

    /// Binds the cursor to another object, for instance because it moved to another host.
    pub fn rebind(&mut self, key: K) {
        self.wanted = Some(key);
    }

    /// Tells how many rows the screen shows.
    pub fn set_height(&mut self, height: usize, rows: usize) {
        self.height = height.max(1);
        self.scroll_into_view(rows);
    }

    /// Finds the object again after the rows changed. `exists` says whether the object is still
    /// known at all although no row shows it.
    pub fn resolve(&mut self, rows: &[K], exists: impl Fn(K) -> bool) {
        let line = self.index.saturating_sub(self.offset);
        if let Some(key) = self.wanted {
            if let Some(found) = position(rows, self.index, key) {
                self.index = found;
            } else {
                self.index = self.index.min(rows.len().saturating_sub(1));
                if !exists(key) {
                    self.wanted = rows.get(self.index).copied();
                }
            }
        } else {
            self.index = self.index.min(rows.len().saturating_sub(1));
            self.wanted = rows.get(self.index).copied();
        }
        // the cursor keeps its line, so that a refresh does not scroll the screen under the eye
        self.offset = self.index.saturating_sub(line);
        self.scroll_into_view(rows.len());
    }

    /// Moves by so many rows and binds to what is there.
    pub fn step(&mut self, rows: &[K], by: isize) {
        self.go(rows, self.index.saturating_add_signed(by));
    }

    /// Goes to a row and binds to what is there.
    pub fn go(&mut self, rows: &[K], index: usize) {
        self.index = index.min(rows.len().saturating_sub(1));
        self.wanted = rows.get(self.index).copied();
        self.scroll_into_view(rows.len());
    }

    /// Goes to an object if a row shows it.
    pub fn go_to(&mut self, rows: &[K], key: K) -> bool {
        match position(rows, self.index, key) {
            Some(index) => {
                self.go(rows, index);
                true
            }
            None => false,
        }
    }

    /// Scrolls without moving the cursor further than needed to stay on the screen.
    pub fn scroll(&mut self, rows: &[K], by: isize) {
        let last = rows.len().saturating_sub(self.height);
        self.offset = self.offset.saturating_add_signed(by).min(last);
        let index = self.index.clamp(self.offset, self.offset + self.height - 1);
        if index != self.index {
            self.go(rows, index);
        }
    }

    fn scroll_into_view(&mut self, rows: usize) {
        self.offset = self.offset.min(rows.saturating_sub(self.height));
        if self.index < self.offset {
            self.offset = self.index;
        } else if self.index >= self.offset + self.height {
            self.offset = self.index + 1 - self.height;
        }
    }
}

/// Where `key` is in `rows`, tried first at `near`, where it nearly always is.
fn position<K: Copy + PartialEq>(rows: &[K], near: usize, key: K) -> Option<usize> {
    if rows.get(near) == Some(&key) {
        Some(near)
    } else {
        rows.iter().position(|row| *row == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_object_comes_back() {
        let mut cursor = Cursor::default();
        let all = [1, 2, 3, 4, 5];
        cursor.resolve(&all, |_| true);
        cursor.go(&all, 3);
        cursor.resolve(&[1, 2], |key| all.contains(&key));
        assert_eq!(cursor.index(), 1);
        cursor.resolve(&all, |_| true);
        assert_eq!(cursor.index(), 3);
    }

    #[test]
    fn gone_object_lets_go() {
        let mut cursor = Cursor::default();
        cursor.resolve(&[1, 2, 3], |_| true);
        cursor.go(&[1, 2, 3], 1);
        cursor.resolve(&[1, 3], |_| false);
        assert_eq!(cursor.wanted(), Some(3));
    }

    proptest! {
        #[test]
        fn refresh_never_moves_identity(
            start in proptest::collection::btree_set(0u16..200, 1..100),
            updates in proptest::collection::vec(proptest::collection::btree_set(0u16..200, 0..100), 1..10),
            pick in any::<prop::sample::Index>(),
            height in 1usize..40,
        ) {
            let rows: Vec<u16> = start.into_iter().collect();
            let mut cursor = Cursor::default();
            cursor.set_height(height, rows.len());
            cursor.resolve(&rows, |_| true);
            cursor.go(&rows, pick.index(rows.len()));
            let bound = cursor.wanted();
            for update in updates {
                let rows: Vec<u16> = update.into_iter().collect();
                cursor.resolve(&rows, |_| true);
                prop_assert_eq!(cursor.wanted(), bound);
                if let Some(at) = rows.iter().position(|row| Some(*row) == bound) {
                    prop_assert_eq!(cursor.index(), at);
                }
                if !rows.is_empty() {
                    prop_assert!(cursor.index() < rows.len());
                    prop_assert!(cursor.offset() <= cursor.index());
                    prop_assert!(cursor.index() < cursor.offset() + height);
                }
            }
        }
    }
}
