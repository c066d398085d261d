//! Charts of a host.

use crate::base::units;
use crate::hv::host::Feature;
use crate::inventory::history::HostMetric;
use crate::ui::chart::{self, Chart, Series};
use crate::ui::content::Content;
use crate::ui::detail::host::{View, measured};

pub(super) fn draw<'m>(view: &View<'m>, content: &mut Content<'m>) {
    view.banner(content);
    let series = |name: &str, metric, n| Series {
        name: name.to_owned(),
        points: view.model.store.host_series(view.id, metric).collect(),
        style: view.skin.chart(n),
    };
    for (title, feature, lines) in [
        (
            "CPU",
            Feature::NodeCpuStats,
            vec![
                series("user", HostMetric::CpuUser, 0),
                series("system", HostMetric::CpuSystem, 1),
                series("iowait", HostMetric::CpuIowait, 2),
                series("busy", HostMetric::Cpu, 3),
            ],
        ),
        (
            "Memory used, without cache",
            Feature::NodeMemoryStats,
            vec![series("used", HostMetric::Memory, 0)],
        ),
    ] {
        if view.host.is_unsupported(feature) && !measured(view.host, feature) {
            content.heading(title);
            content.nothing("not supported by this host's driver");
            continue;
        }
        let chart = Chart {
            title,
            top: Some(100.0),
            unit: units::percent,
            height: 8,
        };
        content.blank();
        content.lines(chart::draw(view.skin, &chart, &lines, content.width));
    }
}
