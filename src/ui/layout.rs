//! Which pane stands where.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::app::view::{Pane, View};

/// Places of everything; what is `None` is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub header: Option<Rect>,
    pub status: Rect,
    /// Everything between header and status line.
    pub body: Rect,
    pub navigator: Option<Rect>,
    pub detail: Option<Rect>,
    pub panel: Option<Rect>,
}

/// Divides the screen.
pub(super) fn plan(model: &Model, area: Rect) -> Plan {
    let header = model.header.then_some(Rect { height: 1, ..area });
    let top = u16::from(model.header);
    let status = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1,
        ..area
    };
    let body = Rect {
        y: area.y + top,
        height: area.height.saturating_sub(top + 1),
        ..area
    };
    let mut plan = Plan {
        header,
        status,
        body,
        navigator: None,
        detail: None,
        panel: None,
    };
    let columns = if model.zoom { 1 } else { model.columns() };
    let panel = model.shown_panel().is_some();
    match columns {
        1 => one(model, body, panel, &mut plan),
        2 => {
            let (upper, lower) = if panel { lower_third(body) } else { (body, None) };
            plan.panel = lower;
            let width = share(upper.width, if model.view == View::List { 58 } else { 44 }, 46);
            let (left, right) = split(upper, width);
            (plan.navigator, plan.detail) = (Some(left), Some(right));
        }
        _ => {
            let width = share(body.width, if model.view == View::List { 54 } else { 33 }, 60);
            let (left, rest) = split(body, width);
            plan.navigator = Some(left);
            if panel {
                let (middle, right) = split(rest, rest.width - share(rest.width, 44, 50));
                (plan.detail, plan.panel) = (Some(middle), Some(right));
            } else {
                plan.detail = Some(rest);
            }
        }
    }
    plan
}

/// One pane at a time.
fn one(model: &Model, body: Rect, panel: bool, plan: &mut Plan) {
    if panel && model.pane == Pane::Panel {
        plan.panel = Some(body);
        return;
    }
    let (upper, lower) = if panel && !model.zoom {
        lower_third(body)
    } else {
        (body, None)
    };
    plan.panel = lower;
    match model.pane {
        Pane::Detail => plan.detail = Some(upper),
        Pane::Navigator | Pane::Panel => plan.navigator = Some(upper),
    }
}

fn lower_third(body: Rect) -> (Rect, Option<Rect>) {
    let height = (body.height / 3).max(5);
    if body.height < height + 6 {
        return (body, None);
    }
    let upper = Rect {
        height: body.height - height,
        ..body
    };
    let lower = Rect {
        y: upper.bottom(),
        height,
        ..body
    };
    (upper, Some(lower))
}

/// So many percent of a width, but at least so many columns and never more than all but ten.
fn share(width: u16, percent: u16, least: u16) -> u16 {
    let part = u32::from(width) * u32::from(percent) / 100;
    (part as u16).max(least).min(width.saturating_sub(10))
}

fn split(area: Rect, width: u16) -> (Rect, Rect) {
    let left = Rect { width, ..area };
    let right = Rect {
        x: left.right(),
        width: area.width - width,
        ..area
    };
    (left, right)
}
