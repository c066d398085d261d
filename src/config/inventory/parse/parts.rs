//! Environments, and the options for `ssh`.

use toml_edit::Item;

use super::super::super::source::{Fields, describe};
use super::super::super::theme::Colour;
use super::{Entry, Reader};
use crate::base::text::Text;
use crate::hv::topology::{Environment, SshOptions};

impl Reader<'_> {
    pub(super) fn read_environments(&mut self, root: &Fields<'_>) {
        let expected = "sections such as [environment.prod]";
        let environments = root.read("environment", expected, &mut self.errors, |item| {
            item.as_table_like().map(|_| ())
        });
        let table = root.table.get("environment").and_then(Item::as_table_like);
        let (Some(()), Some(table)) = (environments, table) else {
            return;
        };
        for (name, item) in table.iter() {
            let Some(inner) = item.as_table_like() else {
                let found = describe(item);
                self.error(
                    item.span(),
                    format!("'{name}' must be a section [environment.{name}], not {found}"),
                );
                continue;
            };
            let fields = self.fields(&Entry::of(inner, item.span()), "an environment");
            fields.unknown(&["word", "colour", "strict"], &mut self.inventory.warnings);
            let colour = fields.string("colour", &mut self.errors);
            if let Some(Err(error)) = colour.as_ref().map(|colour| colour.parse::<Colour>()) {
                self.error(fields.value_span("colour"), error.to_string());
            }
            let word = fields.string("word", &mut self.errors);
            let strict = fields.boolean("strict", &mut self.errors);
            self.check_name(&fields, "word", word.as_deref());
            let name = Text::new(name);
            let known = self.inventory.environments.iter().position(|e| e.name == name);
            let index = known.unwrap_or_else(|| {
                self.inventory.environments.push(Environment {
                    word: Text::new(name.raw().to_uppercase()),
                    name,
                    colour: None,
                    strict: false,
                });
                self.inventory.environments.len() - 1
            });
            let environment = &mut self.inventory.environments[index];
            if let Some(word) = word {
                environment.word = Text::new(word);
            }
            environment.colour = colour.or(environment.colour.take());
            environment.strict = strict.unwrap_or(environment.strict);
        }
    }

    pub(super) fn read_ssh(&mut self, host: &Fields<'_>) -> SshOptions {
        let expected = "a table such as { keyfile = \"~/.ssh/key\" }";
        let found = host.read("ssh", expected, &mut self.errors, |item| {
            item.as_table_like().map(|_| ())
        });
        let item = host.table.get("ssh");
        let (Some(()), Some(table)) = (found, item.and_then(Item::as_table_like)) else {
            return SshOptions::default();
        };
        let span = item.and_then(Item::span).or_else(|| host.key_span("ssh"));
        let fields = self.fields(&Entry::of(table, span), "ssh");
        fields.unknown(
            &["keyfile", "jump", "config", "connect_timeout", "options"],
            &mut self.inventory.warnings,
        );
        let errors = &mut self.errors;
        let ssh = SshOptions {
            keyfile: fields.string("keyfile", errors),
            jump: fields.string("jump", errors),
            config: fields.string("config", errors),
            connect_timeout: fields.read("connect_timeout", "1 to 3600 seconds", errors, |item| {
                let seconds = u16::try_from(item.as_integer()?).ok()?;
                (1..=3600).contains(&seconds).then_some(seconds)
            }),
            options: fields.strings("options", errors).unwrap_or_default(),
        };
        for (key, value) in [("keyfile", &ssh.keyfile), ("jump", &ssh.jump), ("config", &ssh.config)] {
            let Some(value) = value else { continue };
            if value.is_empty() || value.starts_with('-') || value.chars().any(char::is_control) {
                self.error(
                    fields.value_span(key),
                    format!("'{key}' must not be empty, begin with '-' or hold control characters"),
                );
            }
        }
        if ssh.options.iter().any(|option| option.chars().any(char::is_control)) {
            self.error(
                fields.value_span("options"),
                "an option must not hold control characters",
            );
        }
        ssh
    }
}
