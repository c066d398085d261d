//! From keys to actions: a trie for each place the keys can be, and the way back for hints.

use std::collections::BTreeMap;

use crate::app::actions::{ActionId, by_name};
use crate::base::key::{Key, KeySequence};
use crate::config::ConfigError;
use crate::config::keymap::Keymap as KeymapSource;

/// Where keys are looked up. A context falls back to [`Context::Global`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere but in text fields.
    Global,
    /// The tree.
    Tree,
    /// The flat list.
    List,
    /// The details.
    Detail,
    /// Tasks and events.
    Panel,
    /// Consoles, after the leader key.
    Console,
    /// The wall of thumbnails.
    Wall,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 7] = [
        Self::Global,
        Self::Tree,
        Self::List,
        Self::Detail,
        Self::Panel,
        Self::Console,
        Self::Wall,
    ];

    /// The name of its table in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Tree => "tree",
            Self::List => "list",
            Self::Detail => "detail",
            Self::Panel => "panel",
            Self::Console => "console",
            Self::Wall => "wall",
        }
    }
}

/// An action and its argument, as bound to a key or typed on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The action.
    pub action: ActionId,
    /// Its argument, if given.
    pub argument: Option<String>,
}

impl Call {
    /// Reads `area.verb` or `area.verb argument`.
    ///
    /// # Errors
    /// In words, with the nearest name, when there is no such action or it takes no argument or
    /// needs one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, argument) = text
            .split_once(char::is_whitespace)
            .map_or((text, ""), |(name, rest)| (name, rest.trim()));
        let Some(spec) = by_name(name) else {
            let near = nearest(name).map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(format!("'{}' is no action{near}", crate::base::text::show(name)));
        };
        match (spec.argument, argument) {
            (None, "") => Ok(Self {
                action: spec.id,
                argument: None,
            }),
            (None, _) => Err(format!("{name} takes no argument")),
            (Some(wanted), "") if !wanted.starts_with('[') => Err(format!("{name} needs {wanted}")),
            (Some(_), "") => Ok(Self {
                action: spec.id,
                argument: None,
            }),
            (Some(_), argument) => Ok(Self {
                action: spec.id,
                argument: Some(argument.to_owned()),
            }),
        }
    }
}

/// The action name that differs least from what was typed, if any is close.
fn nearest(name: &str) -> Option<&'static str> {
    crate::app::actions::ACTIONS
        .iter()
        .map(|spec| {
            // what was typed may lack the area
            let verb = spec.name.split_once('.').map_or(spec.name, |(_, verb)| verb);
            (distance(name, spec.name).min(distance(name, verb)), spec.name)
        })
        .min()
        .filter(|(distance, _)| *distance <= 2)
        .map(|(_, name)| name)
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// What some keys mean so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// An action.
    Call(Call),
    /// More keys are needed.
    Prefix,
    /// Nothing.
    Nothing,
}

/// All bindings.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    /// Its name.
    pub name: String,
    /// `None` takes a key away, also from the global bindings.
    bindings: BTreeMap<(Context, KeySequence), Option<Call>>,
}

impl Keymap {
    /// Makes a keymap of a file's bindings, later ones over earlier ones. What cannot be used is
    /// left out and reported.
    pub fn new(file: &KeymapSource) -> (Self, Vec<ConfigError>) {
        let mut problems = Vec::new();
        let mut bindings: BTreeMap<(Context, KeySequence), Option<Call>> = BTreeMap::new();
        for binding in &file.bindings {
            let mut problem = |message: String| problems.push(binding.error(message));
            let Some(context) = Context::ALL
                .into_iter()
                .find(|context| context.name() == binding.context)
            else {
                let names: Vec<_> = Context::ALL.iter().map(|context| context.name()).collect();
                problem(format!(
                    "there is no place '{}'; allowed are {}",
                    binding.context,
                    names.join(", ")
                ));
                continue;
            };
            if binding.action == crate::config::keymap::NOOP {
                bindings.insert((context, binding.keys.clone()), None);
                continue;
            }
            match Call::parse(&binding.action) {
                Ok(call) => {
                    bindings.insert((context, binding.keys.clone()), Some(call));
                }
                Err(message) => problem(message),
            }
        }
        let mut keymap = Self {
            name: file.name.clone(),
            bindings,
        };
        for (context, keys) in keymap.shadowed() {
            let at = file
                .bindings
                .iter()
                .find(|binding| binding.keys == keys && binding.context == context.name());
            problems.extend(at.map(|binding| {
                binding.error(format!(
                    "'{keys}' can never be reached, because its first keys are bound as well"
                ))
            }));
            keymap.bindings.remove(&(context, keys));
        }
        (keymap, problems)
    }

    /// What these keys mean here.
    pub fn lookup(&self, context: Context, keys: &[Key]) -> Lookup {
        let sequence = KeySequence(keys.to_vec());
        for context in [context, Context::Global] {
            if let Some(bound) = self.bindings.get(&(context, sequence.clone())) {
                return bound.clone().map_or(Lookup::Nothing, Lookup::Call);
            }
        }
        let prefix = [context, Context::Global]
            .into_iter()
            .any(|context| self.continuations(context, keys).next().is_some());
        if prefix { Lookup::Prefix } else { Lookup::Nothing }
    }

    /// Bindings that begin with these keys, in one context only.
    pub fn continuations<'a>(
        &'a self,
        context: Context,
        keys: &'a [Key],
    ) -> impl Iterator<Item = (&'a KeySequence, &'a Call)> {
        self.bindings
            .iter()
            .filter(move |((place, sequence), _)| {
                *place == context && sequence.0.len() > keys.len() && sequence.0.starts_with(keys)
            })
            .filter_map(|((_, sequence), call)| Some((sequence, call.as_ref()?)))
    }

    /// The shortest keys of an action without an argument, as the user would have to press them here.
    pub fn keys_of(&self, context: Context, action: ActionId) -> Option<&KeySequence> {
        self.keys_of_call(context, &Call { action, argument: None })
    }

    /// The shortest keys of an action with its argument.
    pub fn keys_of_call(&self, context: Context, call: &Call) -> Option<&KeySequence> {
        [context, Context::Global].into_iter().find_map(|place| {
            self.bindings
                .iter()
                .filter(|((bound_in, _), bound)| *bound_in == place && bound.as_ref() == Some(call))
                .map(|((_, sequence), _)| sequence)
                // a global binding may be taken away or given to something else here
                .filter(|sequence| self.lookup(context, &sequence.0) == Lookup::Call(call.clone()))
                .min_by_key(|sequence| (sequence.0.len(), sequence.to_string().len()))
        })
    }

    /// All keys of an action without an argument that work here, the shortest first.
    pub fn all_keys_of(&self, context: Context, action: ActionId) -> Vec<&KeySequence> {
        let call = Lookup::Call(Call { action, argument: None });
        let mut found: Vec<&KeySequence> = self
            .iter()
            .filter(|(place, keys, bound)| {
                (*place == context || *place == Context::Global)
                    && bound.action == action
                    && self.lookup(context, &keys.0) == call
            })
            .map(|(_, keys, _)| keys)
            .collect();
        found.sort_by_key(|keys| (keys.0.len(), keys.to_string().len()));
        found.dedup();
        found
    }

    /// Every binding.
    pub fn iter(&self) -> impl Iterator<Item = (Context, &KeySequence, &Call)> {
        self.bindings
            .iter()
            .filter_map(|((context, sequence), call)| Some((*context, sequence, call.as_ref()?)))
    }

    /// Bindings that can never be reached because a part of their keys is bound itself.
    fn shadowed(&self) -> Vec<(Context, KeySequence)> {
        let bound = |key: &(Context, KeySequence)| self.bindings.get(key).is_some_and(Option::is_some);
        self.bindings
            .keys()
            .filter(|(context, sequence)| {
                (1..sequence.0.len()).any(|n| bound(&(*context, KeySequence(sequence.0[..n].to_vec()))))
            })
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read() {
        assert_eq!(
            Call::parse("vm.start"),
            Ok(Call {
                action: ActionId::Start,
                argument: None
            })
        );
        assert_eq!(
            Call::parse("view.sort  cpu "),
            Ok(Call {
                action: ActionId::SortBy,
                argument: Some("cpu".into())
            })
        );
        assert!(Call::parse("view.sort").unwrap_err().contains("needs COLUMN"));
        assert!(Call::parse("vm.reset now").unwrap_err().contains("takes no argument"));
        assert!(Call::parse("vm.strat").unwrap_err().contains("vm.start"));
        assert!(Call::parse("force-of").unwrap_err().contains("vm.force-off"));
    }

    #[test]
    fn edit_distance() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
