//! What the details pane shows of which object, and how far it is scrolled.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::input::Input;
use crate::app::view::Tab;
use crate::base::ids::{HostId, NodeId};
use crate::base::memo::Memo;
use crate::base::time::Stamp;
use crate::hv::command::HostCommand;
use crate::hv::vm::VmDesc;
use crate::xml::highlight::Outline;

/// What the lines of an XML are made of.
#[derive(Debug, Clone)]
pub struct XmlKey {
    /// The VM's description, the same one as long as it did not change.
    pub desc: Arc<VmDesc>,
    /// What is searched for, in lower case.
    pub wanted: Option<String>,
}

impl PartialEq for XmlKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.desc, &other.desc) && self.wanted == other.wanted
    }
}

/// An XML as it is drawn.
#[derive(Debug)]
pub struct XmlLines {
    /// Parts of each line.
    pub outline: Outline,
    /// Numbers of the lines that match the search, from zero.
    pub matches: Vec<usize>,
}

/// State of the details pane. Everything is kept by object or by kind of object, so that a
/// refresh never changes what is seen.
#[derive(Debug, Default)]
pub struct Detail {
    /// The tab chosen last for each kind of object: groups, hosts, VMs.
    tabs: [Option<Tab>; 3],
    /// Lines scrolled down for each object and tab.
    scroll: HashMap<(NodeId, Tab), usize>,
    /// Objects that rows of the details are about, chosen among them, for each object and tab.
    pointers: HashMap<(NodeId, Tab), NodeId>,
    /// What was last read again because it is being looked at, and when.
    pub reread: Option<(HostId, HostCommand, Stamp)>,
    /// The XML looked at last, as it is drawn, with the lines that match a search.
    pub xml: Memo<XmlKey, XmlLines>,
    /// Text searched for in the XML.
    pub search: Option<Input>,
    /// Whether the search is being typed.
    pub typing: bool,
    /// The match that was gone to last.
    pub match_index: usize,
}

fn kind(node: NodeId) -> usize {
    match node {
        NodeId::Fleet | NodeId::Datacenter(_) | NodeId::Cluster(_) => 0,
        NodeId::Host(_) => 1,
        NodeId::Vm(_) => 2,
    }
}

impl Detail {
    /// The tab that is shown for an object.
    pub fn tab(&self, node: NodeId) -> Tab {
        self.tabs[kind(node)].unwrap_or(Tab::Overview)
    }

    /// Chooses a tab for objects of this kind.
    pub fn set_tab(&mut self, node: NodeId, tab: Tab) {
        if Tab::of(node).contains(&tab) {
            self.tabs[kind(node)] = Some(tab);
        }
    }

    /// Goes so many tabs on, around the ends.
    pub fn step_tab(&mut self, node: NodeId, by: isize) {
        let tabs = Tab::of(node);
        let at = tabs.iter().position(|tab| *tab == self.tab(node)).unwrap_or(0);
        let next = (at as isize + by).rem_euclid(tabs.len() as isize);
        self.set_tab(node, tabs[next as usize]);
    }

    /// Lines scrolled down.
    pub fn offset(&self, node: NodeId) -> usize {
        self.scroll.get(&(node, self.tab(node))).copied().unwrap_or(0)
    }

    /// Scrolls to a line, at most so that the last line is at the bottom.
    pub fn set_offset(&mut self, node: NodeId, offset: usize, lines: usize, rows: usize) {
        let offset = offset.min(lines.saturating_sub(rows));
        let key = (node, self.tab(node));
        if offset == 0 {
            self.scroll.remove(&key);
        } else {
            self.scroll.insert(key, offset);
        }
    }

    /// The object whose row has the cursor inside of the details, if any was chosen.
    pub fn pointer(&self, node: NodeId) -> Option<NodeId> {
        self.pointers.get(&(node, self.tab(node))).copied()
    }

    /// Puts the cursor inside of the details on the row of an object.
    pub fn point_at(&mut self, node: NodeId, row: NodeId) {
        self.pointers.insert((node, self.tab(node)), row);
    }

    /// The text searched for, unless empty.
    pub fn search_text(&self) -> Option<&str> {
        self.search.as_ref().map(Input::text).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::VmKey;

    #[test]
    fn tabs_are_remembered_by_kind() {
        let mut detail = Detail::default();
        let host = NodeId::Host(HostId(1));
        let vm = |n| {
            NodeId::Vm(VmKey {
                host: HostId(1),
                uuid: uuid::Uuid::from_u128(n),
            })
        };
        detail.step_tab(vm(1), -1);
        assert_eq!(detail.tab(vm(2)), Tab::Events);
        assert_eq!(detail.tab(host), Tab::Overview);
        detail.set_tab(host, Tab::Xml);
        assert_eq!(detail.tab(host), Tab::Overview, "a host has no XML tab");
        detail.set_offset(vm(1), 90, 100, 20);
        assert_eq!(detail.offset(vm(1)), 80);
        assert_eq!(detail.offset(vm(2)), 0);
    }
}
