//! Names of disks and interfaces out of a VM's XML, for drivers without bulk statistics.

/// Disk targets and interface targets of a VM.
pub(super) fn device_names(xml: &str) -> (Vec<String>, Vec<String>) {
    let Ok(document) = roxmltree::Document::parse(xml) else {
        return (Vec::new(), Vec::new());
    };
    let targets = |element: &str| {
        document
            .descendants()
            .filter(|node| {
                node.has_tag_name(element) && node.parent().is_some_and(|parent| parent.has_tag_name("devices"))
            })
            .filter_map(|node| {
                node.children()
                    .find(|child| child.has_tag_name("target"))?
                    .attribute("dev")
            })
            .map(str::to_owned)
            .collect()
    };
    (targets("disk"), targets("interface"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_targets() {
        let xml = "<domain><devices><disk><target dev='vda'/></disk><interface><target dev='vnet0'/></interface><interface/></devices></domain>";
        assert_eq!(device_names(xml), (vec!["vda".to_owned()], vec!["vnet0".to_owned()]));
        assert_eq!(device_names("<x"), (vec![], vec![]));
    }
}
