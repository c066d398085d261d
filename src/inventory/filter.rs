//! What `/` on the screen and `--search` on the command line match.
//!
//! Words are searched in all of a VM's texts, upper and lower case alike; all of them must be
//! found. `!word` must not be found. What is searched of a VM: name, UUID, state, title and
//! addresses, and of its host: name, cluster, data center and tags.

use crate::base::ids::{NodeId, VmKey};
use crate::base::text::Text;
use crate::hv::topology::HostEntry;
use crate::inventory::store::Store;
use crate::inventory::vm::VmEntry;

/// Stands between the texts of one object, so that no word matches across them.
const BETWEEN: char = '\n';

/// A search as understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    wanted: Vec<String>,
    unwanted: Vec<String>,
}

/// What remains to be found in a VM of a certain host.
struct Rest<'a> {
    wanted: Vec<&'a str>,
    unwanted: &'a [String],
}

impl Filter {
    /// Reads a search; any text is one. A lone `!` is ignored, it is being typed.
    pub fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        for word in text.split_whitespace() {
            let mut lower = String::new();
            push_lower(&mut lower, word);
            let word = lower;
            match word.strip_prefix('!') {
                Some("") => {}
                Some(unwanted) => filter.unwanted.push(unwanted.to_owned()),
                None => filter.wanted.push(word),
            }
        }
        filter
    }

    /// Whether everything matches.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// The words that must be found, lower case; for highlighting hits.
    pub fn words(&self) -> &[String] {
        &self.wanted
    }

    /// Whether an object with these texts matches.
    pub fn matches(&self, texts: &[&str]) -> bool {
        self.is_empty() || self.takes(&haystack(texts.iter().copied()))
    }

    fn takes(&self, haystack: &str) -> bool {
        self.wanted.iter().all(|word| haystack.contains(word))
            && !self.unwanted.iter().any(|word| haystack.contains(word))
    }

    /// Whether a node of the tree matches. The fleet matches an empty filter only.
    pub fn matches_node(&self, store: &Store, node: NodeId) -> bool {
        let topology = store.topology();
        if self.is_empty() {
            return true;
        }
        match node {
            NodeId::Fleet => false,
            NodeId::Datacenter(id) => topology
                .datacenter(id)
                .is_some_and(|found| self.matches(&[found.name.raw()])),
            NodeId::Cluster(id) => topology.cluster(id).is_some_and(|found| {
                let datacenter = found.datacenter.and_then(|id| topology.datacenter(id));
                let datacenter = datacenter.map_or("", |found| found.name.raw());
                self.matches(&[found.name.raw(), datacenter])
            }),
            NodeId::Host(id) => store
                .entry(id)
                .is_some_and(|entry| self.takes(&host_haystack(store, entry))),
            NodeId::Vm(key) => self.matches_vm(store, key),
        }
    }

    /// Whether a VM matches; for many, [`Filter::vms_of`] is faster.
    pub fn matches_vm(&self, store: &Store, key: VmKey) -> bool {
        if self.is_empty() {
            return true;
        }
        match (store.entry(key.host), store.vm(key)) {
            (Some(entry), Some(vm)) => self
                .rest(&host_haystack(store, entry))
                .is_some_and(|rest| rest.takes(vm)),
            _ => false,
        }
    }

    /// A test for the VMs of one host.
    pub fn vms_of<'a>(&'a self, store: &Store, entry: &HostEntry) -> impl Fn(&VmEntry) -> bool + use<'a> {
        let rest = if self.is_empty() {
            Some(Rest {
                wanted: Vec::new(),
                unwanted: &[],
            })
        } else {
            self.rest(&host_haystack(store, entry))
        };
        move |vm| rest.as_ref().is_some_and(|rest| rest.takes(vm))
    }

    /// What is not decided by the host's texts; `None` when no VM of it can match.
    fn rest(&self, host: &str) -> Option<Rest<'_>> {
        if self.unwanted.iter().any(|word| host.contains(word)) {
            return None;
        }
        Some(Rest {
            wanted: self
                .wanted
                .iter()
                .filter(|word| !host.contains(*word))
                .map(String::as_str)
                .collect(),
            unwanted: &self.unwanted,
        })
    }
}

impl Rest<'_> {
    fn takes(&self, vm: &VmEntry) -> bool {
        if self.wanted.is_empty() && self.unwanted.is_empty() {
            return true;
        }
        let haystack = vm_haystack(vm);
        self.wanted.iter().all(|word| haystack.contains(word))
            && !self.unwanted.iter().any(|word| haystack.contains(word))
    }
}

fn haystack<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::with_capacity(128);
    for text in texts {
        push_lower(&mut out, text);
        out.push(BETWEEN);
    }
    out
}

/// Adds a text in the form in which words and texts are compared: each character by itself in
/// lower case. `str::to_lowercase` writes a sigma by its place in the word, so that a word cut
/// out of a text would differ from it.
fn push_lower(out: &mut String, text: &str) {
    if text.is_ascii() {
        let from = out.len();
        out.push_str(text);
        out[from..].make_ascii_lowercase();
        return;
    }
    let lower = text.chars().flat_map(char::to_lowercase);
    out.extend(lower.map(|c| if c == 'ς' { 'σ' } else { c }));
}

fn vm_haystack(vm: &VmEntry) -> &str {
    vm.haystack.get_or_init(|| {
        let mut buffer = uuid::Uuid::encode_buffer();
        let uuid = vm.record.uuid.hyphenated().encode_lower(&mut buffer);
        let title = vm.desc.as_deref().and_then(|desc| desc.title.as_ref());
        let addresses = vm.guest.iter().flat_map(|guest| &guest.addresses);
        haystack(
            [
                vm.record.name.raw(),
                uuid,
                vm.record.status.state.word(),
                title.map_or("", |title| title.raw()),
            ]
            .into_iter()
            .chain(addresses.map(|found| found.address.raw())),
        )
        .into_boxed_str()
    })
}

fn host_haystack(store: &Store, entry: &HostEntry) -> String {
    let topology = store.topology();
    let cluster = entry.cluster.and_then(|id| topology.cluster(id));
    let datacenter = store.datacenter_of(entry).and_then(|id| topology.datacenter(id));
    haystack(
        [
            entry.name.raw(),
            cluster.map_or("", |found| found.name.raw()),
            datacenter.map_or("", |found| found.name.raw()),
        ]
        .into_iter()
        .chain(entry.tags.iter().map(Text::raw)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_negation_and_case() {
        let texts = ["Web-01", "running", "Élan"];
        for (text, expected) in [
            ("", true),
            ("  ", true),
            ("!", true),
            ("web", true),
            ("WEB run", true),
            ("web paused", false),
            ("!paused", true),
            ("web !RUN", false),
            ("éLAN", true),
            ("01running", false),
        ] {
            assert_eq!(Filter::parse(text).matches(&texts), expected, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_part_of_a_text_is_found(name in proptest::prelude::any::<String>(), from in 0usize..9, length in 1usize..9) {
            let part: String = name.chars().skip(from).take(length).collect();
            let wanted: Vec<&str> = part.split_whitespace().filter(|word| !word.starts_with('!')).collect();
            let words = wanted.join(" ");
            proptest::prop_assert!(Filter::parse(&words).matches(&[&name]), "{part:?} in {name:?}");
        }
    }

    #[test]
    fn sigma_matches_wherever_it_stands() {
        for (word, text) in [("ΟΔΟΣ", "ΟΔΟΣ"), ("οδος", "ΟΔΟΣ"), ("ΟΔΟΣ", "οδος"), ("Σ", "οδος-1")]
        {
            assert!(Filter::parse(word).matches(&[text]), "{word} in {text}");
        }
    }
}
