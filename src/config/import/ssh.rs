//! Host names in ssh's client configuration (`ssh_config(5)`).

use std::path::Path;

use super::super::source;

/// Returns the texts of the files that the argument of an `Include` line names.
pub type Include<'a> = dyn FnMut(&str) -> Vec<String> + 'a;

/// The names on `Host` lines, in order, each once, without patterns (`*`, `?`, `!`) and without
/// what could not stand in a URI. An `Include` inside an included file is not followed.
pub fn host_names(text: &str, include: &mut Include<'_>) -> Vec<String> {
    let mut names = Vec::new();
    collect(text, Some(include), &mut names);
    names
}

fn collect(text: &str, mut include: Option<&mut Include<'_>>, names: &mut Vec<String>) {
    for line in text.lines() {
        let words = words(line);
        let Some((keyword, arguments)) = words.split_first() else {
            continue;
        };
        if keyword.eq_ignore_ascii_case("host") {
            for name in arguments {
                if is_plain(name) && !names.contains(name) {
                    names.push(name.clone());
                }
            }
        } else if keyword.eq_ignore_ascii_case("include")
            && let Some(include) = include.as_mut()
        {
            for argument in arguments {
                for text in include(argument) {
                    collect(&text, None, names);
                }
            }
        }
    }
}

fn is_plain(name: &str) -> bool {
    // a name that begins with '-' would be an option to ssh
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

/// The words of a line; `keyword=value` is two, quotes hold spaces together, `#` starts a
/// comment.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted && word.is_empty() => break,
            '=' if !quoted && words.len() <= 1 && (words.is_empty() || word.is_empty()) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The texts of the files an `Include` argument names: `~` is the home directory, other relative
/// paths start in `directory` (`~/.ssh`), the last part may hold `*` and `?`.
pub fn read_includes(home: &Path, directory: &Path, argument: &str) -> Vec<String> {
    let path = match argument.strip_prefix("~/") {
        Some(below) => home.join(below),
        None => directory.join(argument),
    };
    let pattern = path.file_name().and_then(|name| name.to_str());
    let (Some(parent), Some(pattern)) = (path.parent(), pattern) else {
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| matches(pattern, name)))
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files
        .iter()
        .filter_map(|file| source::read(file).ok().flatten())
        .collect()
}

/// Whether a file name fits a pattern of `*` and `?`; hidden files only fit when asked for.
fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let name: Vec<char> = name.chars().collect();
    // which beginnings of the name the pattern so far fits
    let mut fits = vec![false; name.len() + 1];
    fits[0] = true;
    for p in pattern.chars() {
        if p == '*' {
            for n in 1..fits.len() {
                fits[n] |= fits[n - 1];
            }
        } else {
            for n in (1..fits.len()).rev() {
                fits[n] = fits[n - 1] && (p == '?' || p == name[n - 1]);
            }
            fits[0] = false;
        }
    }
    fits[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_only() {
        let text = "# Host commented\nHost alpha beta # gamma\n  HostName x\nhost=delta\nHost \"eps\" !zeta *.lab t?st alpha\nMatch host other\nHost = eta\nHost -oProxyCommand=x a/b\nUser host\n";
        assert_eq!(
            host_names(text, &mut |_| Vec::new()),
            ["alpha", "beta", "delta", "eps", "eta"]
        );
    }

    #[test]
    fn includes_are_followed_once() {
        let mut asked = Vec::new();
        let names = host_names("Include one \"two three\"\nHost last\n", &mut |argument| {
            asked.push(argument.to_owned());
            vec![format!("Include deeper\nHost in-{}\n", asked.len())]
        });
        assert_eq!(names, ["in-1", "in-2", "last"]);
        assert_eq!(asked, ["one", "two three"]);
    }

    #[test]
    fn patterns_of_file_names() {
        for (pattern, name, fits) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.confx", false),
            ("*", ".hidden", false),
            (".h*", ".hidden", true),
            ("a?c*e", "abcde", true),
            ("config", "config", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
