//! One derived value, kept until what it was made of changes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A value together with the key of what it was made of. A copy starts empty.
pub struct Memo<K, V>(Mutex<Option<(K, Arc<V>)>>);

impl<K: PartialEq, V> Memo<K, V> {
    /// The value of this key: the one made last when it was made of the same, else a new one.
    pub fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        // a panic while making a value leaves the one before it, which is whole
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_of, value)) = &*slot
            && *made_of == key
        {
            return value.clone();
        }
        let value = Arc::new(make());
        *slot = Some((key, value.clone()));
        value
    }
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<K, V> Clone for Memo<K, V> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<K, V> fmt::Debug for Memo<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_for_the_same_key() {
        let memo = Memo::default();
        let mut made = 0;
        for (key, wanted) in [(1, 1), (1, 1), (2, 2), (1, 3)] {
            let value = memo.get(key, || {
                made += 1;
                made
            });
            assert_eq!(*value, wanted);
        }
    }
}
