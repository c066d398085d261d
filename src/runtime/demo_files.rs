//! The bundled fleet's files.

/// The inventory; `@DEMO@` stands for the directory the files are unpacked to.
pub const INVENTORY: &str = include_str!("../../assets/demo/inventory.toml");

/// The other files by name: one host each.
pub const FILES: &[(&str, &str)] = &[
    ("fra-kvm-01.xml", include_str!("../../assets/demo/fra-kvm-01.xml")),
    ("fra-kvm-02.xml", include_str!("../../assets/demo/fra-kvm-02.xml")),
    ("opo-lab-01.xml", include_str!("../../assets/demo/opo-lab-01.xml")),
    ("osl-db-01.xml", include_str!("../../assets/demo/osl-db-01.xml")),
    ("osl-gpu-01.xml", include_str!("../../assets/demo/osl-gpu-01.xml")),
    ("osl-kvm-01.xml", include_str!("../../assets/demo/osl-kvm-01.xml")),
    ("osl-kvm-02.xml", include_str!("../../assets/demo/osl-kvm-02.xml")),
    ("workbench.xml", include_str!("../../assets/demo/workbench.xml")),
];
