//! Every seed of the fuzz targets, and bytes without any sense, through what the targets call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test fails by panicking"
)]

#[path = "fuzz/src/lib.rs"]
mod entries;

use std::path::Path;

use proptest::prelude::*;

#[test]
fn every_seed_keeps_what_is_promised() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for (name, entry) in entries::ENTRIES {
        let mut seeds: Vec<_> = std::fs::read_dir(corpus.join(name))
            .unwrap()
            .map(|seed| seed.unwrap().path())
            .collect();
        seeds.sort();
        assert!(seeds.len() >= 3, "{name} has too few seeds");
        for seed in seeds {
            let bytes = std::fs::read(&seed).unwrap();
            assert!(bytes.len() <= 16 * 1024, "{} is too large for a seed", seed.display());
            if let Err(panic) = std::panic::catch_unwind(|| entry(&bytes)) {
                eprintln!("{} breaks a promise", seed.display());
                std::panic::resume_unwind(panic);
            }
        }
        entry(b"");
    }
}

#[test]
fn every_target_has_a_program_and_the_other_way_round() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let manifest = std::fs::read_to_string(place.join("Cargo.toml")).unwrap();
    for (name, _) in entries::ENTRIES {
        let program = std::fs::read_to_string(place.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("entries::{name}(data)")));
        assert!(manifest.contains(&format!("name = \"{name}\"")));
    }
    let programs = std::fs::read_dir(place.join("fuzz_targets")).unwrap().count();
    assert_eq!(programs, entries::ENTRIES.len());
}

proptest! {
    // what is found is kept as a seed
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn seeds_that_were_damaged_keep_it_too(
        seed in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
        for (name, entry) in entries::ENTRIES {
            let mut seeds: Vec<_> = std::fs::read_dir(corpus.join(name)).unwrap().map(|seed| seed.unwrap().path()).collect();
            seeds.sort();
            let mut bytes = std::fs::read(seed.get(&seeds)).unwrap();
            for (at, value) in &changes {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = *value;
                }
            }
            entry(&bytes);
        }
    }
}
