//! A VM's displays with what is secret about them: read from `VIR_DOMAIN_XML_SECURE`, changed by
//! replacing attributes where they stand.

use std::ops::Range;

use roxmltree::{Document, Node};

use crate::base::text::Text;
use crate::hv::command::Secret;

/// One `<graphics>` element.
#[derive(Debug, Clone, PartialEq)]
pub struct Display {
    /// `@type`.
    pub kind: Text,
    /// Which of all displays it is, from 0.
    pub index: u32,
    /// Address it listens on, if it does.
    pub address: Option<Text>,
    /// Port, while running.
    pub port: Option<u16>,
    /// Port for TLS (SPICE), while running.
    pub tls_port: Option<u16>,
    /// Path of the socket it listens on.
    pub socket: Option<Text>,
    /// `@passwd`.
    pub password: Option<Secret>,
    /// `@passwdValidTo`, in UTC of the host's clock.
    pub valid_to: Option<Text>,
    /// Where the element stands in the XML.
    pub range: Range<usize>,
}

/// The displays of a domain; none when the XML cannot be read.
pub fn displays(xml: &str) -> Vec<Display> {
    let Ok(document) = Document::parse(xml) else {
        return Vec::new();
    };
    let found = document.descendants().filter(|node| {
        node.has_tag_name("graphics") && node.parent_element().is_some_and(|up| up.has_tag_name("devices"))
    });
    found.zip(0..).map(|(node, index)| display(node, index)).collect()
}

/// The name of a domain; empty when the XML cannot be read.
pub fn domain_name(xml: &str) -> Text {
    let Ok(document) = Document::parse(xml) else {
        return Text::default();
    };
    let name = document
        .root_element()
        .children()
        .find(|child| child.has_tag_name("name"));
    name.and_then(|name| name.text()).unwrap_or_default().into()
}

fn display(node: Node<'_, '_>, index: u32) -> Display {
    let listen = node.children().find(|child| child.has_tag_name("listen"));
    let of_listen = |name: &str| listen.and_then(|listen| listen.attribute(name));
    let text = |value: Option<&str>| value.filter(|value| !value.is_empty()).map(Text::from);
    let port = |name: &str| {
        node.attribute(name)
            .and_then(|port| port.parse::<u16>().ok())
            .filter(|port| *port > 0)
    };
    Display {
        kind: node.attribute("type").unwrap_or_default().into(),
        index,
        address: text(of_listen("address").or_else(|| node.attribute("listen"))),
        port: port("port"),
        tls_port: port("tlsPort"),
        socket: text(of_listen("socket").or_else(|| node.attribute("socket"))),
        password: node
            .attribute("passwd")
            .filter(|password| !password.is_empty())
            .map(|password| Secret::new(password.to_owned())),
        valid_to: text(node.attribute("passwdValidTo")),
        range: node.range(),
    }
}

/// The element with attributes set or, where there is no value, taken away; everything else stays
/// as it is. `None` when the XML cannot be read.
pub fn with_attributes(element: &str, changes: &[(&str, Option<&str>)]) -> Option<String> {
    let document = Document::parse(element).ok()?;
    let root = document.root_element();
    let mut out = element.to_owned();
    let mut cuts: Vec<Range<usize>> = root
        .attributes()
        .filter(|attribute| changes.iter().any(|(name, _)| *name == attribute.name()))
        .map(|attribute| attribute.range())
        .collect();
    cuts.sort_by_key(|range| std::cmp::Reverse(range.start));
    for cut in cuts {
        out.replace_range(cut, "");
    }
    let after_name = out.find(|c: char| c.is_whitespace() || c == '/' || c == '>')?;
    let added: String = changes
        .iter()
        .filter_map(|(name, value)| Some(format!(" {name}='{}'", escaped((*value)?))))
        .collect();
    out.insert_str(after_name, &added);
    Document::parse(&out).ok()?;
    Some(out)
}

/// A value as it may stand between apostrophes.
fn escaped(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<domain><devices><graphics type='spice' port='5901'/>\
        <graphics type='vnc' port='5900' autoport='yes' listen='127.0.0.1' passwd='a&amp;b'>\
        <listen type='address' address='127.0.0.1'/></graphics>\
        <graphics type='vnc'><listen type='socket' socket='/run/x.sock'/></graphics></devices></domain>";

    #[test]
    fn displays_are_read_with_their_passwords() {
        let all = displays(XML);
        assert_eq!(all.len(), 3);
        assert_eq!(all[1].password.as_ref().map(Secret::expose), Some("a&b"));
        assert_eq!((all[1].port, all[1].index), (Some(5900), 1));
        assert_eq!(all[2].socket.as_ref().map(Text::raw), Some("/run/x.sock"));
        assert!(displays("<broken").is_empty());
        assert_eq!(domain_name("<domain><name>a&amp;b</name></domain>").raw(), "a&b");
        assert!(domain_name("<broken").is_empty());
    }

    #[test]
    fn attributes_are_replaced_where_they_stand() {
        let element = &XML[displays(XML)[1].range.clone()];
        let changed = with_attributes(element, &[("passwd", Some("x'<&")), ("connected", Some("keep"))]).unwrap();
        let document = Document::parse(&changed).unwrap();
        assert_eq!(document.root_element().attribute("passwd"), Some("x'<&"));
        assert_eq!(document.root_element().attribute("connected"), Some("keep"));
        assert_eq!(document.root_element().attribute("port"), Some("5900"));
        assert!(changed.contains("<listen type='address' address='127.0.0.1'/>"));
        let cleared = with_attributes(&changed, &[("passwd", None), ("connected", None)]).unwrap();
        assert!(!cleared.contains("passwd") && !cleared.contains("connected"));
    }
}
