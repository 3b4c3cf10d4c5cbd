//! A map of few keys, sorted in one piece of memory: a worker has a stay or two and some months on a project, and
//! there are a million such workers.

#[derive(Clone, Debug)]
pub(crate) struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Few<K, V> {
        Few(Vec::new())
    }
}

impl<K: Ord + Copy, V> Few<K, V> {
    fn find(&self, key: K) -> Result<usize, usize> {
        self.0.binary_search_by_key(&key, |(known, _)| *known)
    }

    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.find(key).ok().and_then(|at| self.0.get(at)).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.find(key).ok().and_then(|at| self.0.get_mut(at)).map(|(_, value)| value)
    }

    pub(crate) fn contains(&self, key: K) -> bool {
        self.find(key).is_ok()
    }

    /// Puts a value in the place of what the key has.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.find(key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.put(at, key, value),
        }
    }

    /// What the key has, made where it has nothing; and whether it was.
    pub(crate) fn or_default(&mut self, key: K) -> (&mut V, bool)
    where
        V: Default,
    {
        let found = self.find(key);
        let at = found.unwrap_or_else(|at| {
            self.put(at, key, V::default());
            at
        });
        (&mut self.0[at].1, found.is_err())
    }

    /// The first takes no more room than it needs; where there are several, more will come.
    fn put(&mut self, at: usize, key: K, value: V) {
        if self.0.is_empty() {
            self.0.reserve_exact(1);
        }
        self.0.insert(at, (key, value));
    }

    /// Keeps what the keys say; how many went.
    pub(crate) fn retain(&mut self, keep: impl Fn(K) -> bool) -> usize {
        let before = self.0.len();
        self.0.retain(|(key, _)| keep(*key));
        self.0.shrink_to_fit();
        before - self.0.len()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (*key, value))
    }

    /// Those up to a key and with it.
    pub(crate) fn up_to(&self, end: K) -> impl DoubleEndedIterator<Item = &V> {
        let count = self.0.partition_point(|(key, _)| *key <= end);
        self.0.iter().take(count).map(|(_, value)| value)
    }
}
